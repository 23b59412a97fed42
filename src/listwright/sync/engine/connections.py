"""A process speaks for many accounts over few database connections: who waits for something else holds none."""

from django.db import connection


def give_back() -> None:
    """Let the process's other threads have this one's connection; call it before waiting for a channel or a wake-up.

    Only where they share a pool. Elsewhere a connection stays with its thread: to make one takes longer than most
    statements.
    """
    if connection.settings_dict["OPTIONS"].get("pool") and not connection.in_atomic_block:
        connection.close()
