"""Wire transcripts of Back Market's seller API, written by hand before any code that speaks it."""
