"""The detached process that owns a Sovereign while it is changed.

::

    launch.py    starts it from outside, secrets by pipe
    order.py     what it is told and what it answers
    serve.py     lock, journal, signals, heartbeat; then the road
    signals.py   who asks it to end
    guards.py    what else could end it: a full disk, a logout
    road.py      the phases in their order
    recorder.py  its way to the journal
"""
