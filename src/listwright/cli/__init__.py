"""The `listwright` command, one module per verb."""
