"""`python -m listwright_sandbox`."""

from .main import main

main()
