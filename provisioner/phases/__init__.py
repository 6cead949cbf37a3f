"""The story of a run, one chapter a file."""
