"""Which programs the engine runs, and where they come from."""
