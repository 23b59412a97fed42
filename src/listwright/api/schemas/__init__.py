"""What goes in and out of REST, by noun."""
