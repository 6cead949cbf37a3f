"""Every speed and size that this project promises, as ratios measured in one run."""
