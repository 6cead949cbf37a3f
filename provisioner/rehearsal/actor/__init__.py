"""Plays who lives in a cluster: the controllers of Flux and of Kubernetes, and the kubelet.

What it writes, in which order and when, follows recordings of the real controllers. Everything it
knows stands in the API, so that a restarted actor goes on where the old one was.
"""
