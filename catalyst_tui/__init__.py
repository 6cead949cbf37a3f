"""The shell: command line, App, settings, theme, keys. Wires, decides nothing."""
