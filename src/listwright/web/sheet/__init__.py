"""Records as rows of labelled values, viewed and edited at the same place."""
