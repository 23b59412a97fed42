"""Tags for templates that load them by name."""
