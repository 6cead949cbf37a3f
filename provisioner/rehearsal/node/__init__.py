"""The machines of the rehearsed world: a disk, a first boot, and a real SSH server."""
