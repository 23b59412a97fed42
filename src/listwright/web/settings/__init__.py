"""Company Settings with its Toolbox, and Client Settings."""
