"""The Sovereign's name: pools, own domains, propagation."""
