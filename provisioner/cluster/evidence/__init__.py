"""What the cluster's objects prove, one kind a module; all of it pure.

Objects come from a live API and may have any shape: what is missing or strange counts as absent,
and nothing here raises for it.
"""
