"""Certificates of a rehearsed world: a real ACME server, a client of it, and authorities."""
