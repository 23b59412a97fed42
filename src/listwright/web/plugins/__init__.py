"""Plugins: which there are, what each does for a company, and its settings."""
