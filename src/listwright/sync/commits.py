"""Every commit of `sync` has a name, so that a process can be killed right before and right after it (`killpoints`)."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

from django.db import connection, transaction

from listwright.common import killpoints
from listwright.common.killpoints import reach


@contextmanager
def commit(name: str) -> Iterator[None]:
    """A transaction, as `transaction.atomic`, with the places "before commit NAME" and "after commit NAME".

    The one behind it comes before any wake-up of the transaction goes out. Within another transaction both belong to
    that one's commit.
    """
    with transaction.atomic():
        transaction.on_commit(partial(reach, f"after commit {name}"))
        if killpoints.watched():
            _tell(name)
        yield
        reach(f"before commit {name}")


def _tell(name: str) -> None:
    """Let the database know under which name the rows of this transaction are written: a test's triggers look at it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('listwright.commit', %s, true)", [name])
