"""The engine: takes a Sovereign from answers to a healthy platform, and back to nothing."""
