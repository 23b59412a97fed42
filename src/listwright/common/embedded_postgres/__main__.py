"""The guardian's own process; started by server.py, of no use by hand."""

import sys

from .guardian import main

sys.exit(main())
