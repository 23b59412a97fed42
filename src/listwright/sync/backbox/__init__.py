"""BackBox: what competitors ask, read for listings with repricing enabled, and the prices repricing makes of it (E2)."""
