"""The Git host of a rehearsed world: one bare repository with the kit of this release in it."""
