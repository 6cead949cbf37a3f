"""The detached process that owns a Sovereign while it is changed.

::

    launch.py    starts it from outside, secrets by pipe
    order.py     what it is told and what it answers
    serve.py     lock, journal, signals, heartbeat; then the road
    road.py      the phases in their order
    recorder.py  its way to the journal
"""
