"""What waits for approval before it is sent."""
