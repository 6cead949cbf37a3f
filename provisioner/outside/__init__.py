"""The Sovereign as the world sees it: names, ports, certificates, pages."""
