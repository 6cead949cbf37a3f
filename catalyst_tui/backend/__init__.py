"""The real backend: wires the engine's functions to what the screens ask for; decides nothing.

``EngineBackend`` imports what is heavy only when a method first needs it.
"""
