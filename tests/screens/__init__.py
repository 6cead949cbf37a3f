"""The screens, driven by keys on a scripted backend, and pictured."""
