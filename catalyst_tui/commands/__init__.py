"""The commands, one a file: what each asks of the engine and how it shows the answer."""
