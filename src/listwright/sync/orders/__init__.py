"""Orders: read in overlapping windows, each line counted once, nothing of the buyer kept."""
