"""The parts of the face that need no terminal."""
