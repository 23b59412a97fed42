"""The sandbox on its own, over real HTTP."""
