"""A simulator of Back Market's seller API: a product of its own that shares no code with Listwright."""
