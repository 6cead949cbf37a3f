"""The Sovereign as the world sees it: names, ports, certificates, pages."""

OWN = "trusted where your own authority is installed"
"""What is seen of a certificate that an authority of one's own signed."""
