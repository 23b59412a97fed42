"""What a separate package may decide for a company: the hooks, the types they speak, and the process they run in.

The whole interface is `hookspecs` and `types`; docs/howto/write-a-plugin.md shows how to use it.
"""

from listwright.plugins.hookspecs import hookimpl

__all__ = ["hookimpl"]
