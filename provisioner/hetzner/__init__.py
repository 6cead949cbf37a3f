"""Hetzner Cloud as the engine asks it: catalogue, prices, probes, inventory."""
