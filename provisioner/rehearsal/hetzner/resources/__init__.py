"""One module a kind of resource: what can be asked of it, and what its actions do in the end."""
