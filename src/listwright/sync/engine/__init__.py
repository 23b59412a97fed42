"""The push engine: one worker per account under its lease, the most urgent line first, every attempt written before."""
