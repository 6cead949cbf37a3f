"""The product without a screen: the same events, as text or as JSON."""
