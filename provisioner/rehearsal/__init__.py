"""The simulated world, and the scenarios it can play."""
