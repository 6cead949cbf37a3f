"""OpenTofu: how it is run, what it says."""
