"""Back Market Properties of one product."""
