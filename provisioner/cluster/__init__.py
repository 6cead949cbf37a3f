"""The new cluster: the way in, the watch, the evidence, the component graph."""
