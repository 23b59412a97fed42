"""What tests of deaths at certain places share: a process of their own that is killed there, and who says where.

The process is forked off the test's, which waits for it: it has what the test had in hand, a database connection of its
own, and ends by SIGKILL, in the middle of whatever it does. What it has committed and sent is all that is left of it.
"""

import functools
import json
import os
import signal
import time
import traceback
from collections.abc import Callable
from typing import Any, NoReturn

from django.db import connection, connections

from listwright.common import killpoints
from listwright.common.clock import ManualClock
from listwright.companies.operations import update_account_settings
from listwright.listings.models import ListingState
from listwright.sync.verify.step import VerifyStep
from tests.chaos.life import ORIGIN, Shop

SIDES = ("before", "after")
LONGEST = 60.0
# Each place at which some test says that it dies, and by whom.
CLAIMED: dict[str, str] = {}
_died: set[str] = set()


def sides(*names: str) -> list[str]:
    """The places before and after each of these, as "commit claim" or "request update"."""
    return [f"{side} {name}" for name in names for side in SIDES]


def dying(*names: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Says of a test that in it a process dies before and after each of these; it fails where that is not so."""

    def claim(test: Callable[..., None]) -> Callable[..., None]:
        CLAIMED.update(dict.fromkeys(sides(*names), f"{test.__module__}.{test.__name__}"))

        @functools.wraps(test)
        def checked(**given: Any) -> None:
            _died.clear()
            test(**given)
            # A test with the parameter `name` dies at one of them at a time.
            its = [one for one in names if "name" not in given or one.split(" ", 1)[1] == given["name"]]
            missing = {*sides(*its)} - _died
            assert not missing, f"nobody died {sorted(missing)}"

        return checked

    return claim


def died(place: str) -> None:
    """Note that a process was killed there."""
    _died.add(place)


def dies_at(shop: Shop, place: str, work: Callable[[], object]) -> None:
    """A process is killed there while it does this; another one comes once its lease has run out."""
    killed_at(place, work, clock=shop.clock)
    shop.next_life()


def killed_at(place: str, work: Callable[[], object], *, clock: ManualClock | None = None) -> None:
    """A process is killed there while it does this; whatever time it let pass on a clock of the test's has passed."""
    before = _others()
    connections.close_all()  # each side makes its own
    reads, writes = os.pipe()
    process = os.fork()
    if process == 0:
        os.close(reads)
        _live_until(place, work, clock, writes)
    os.close(writes)
    with os.fdopen(reads) as pipe:
        told = pipe.read()  # to its end
    _, status = os.waitpid(process, 0)
    assert os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL, f"{place} was not met: {told}"
    _wait_for_rollback(before)
    if clock is not None:
        clock.advance(max(0.0, json.loads(told) - clock.monotonic()))
    died(place)


def _live_until(place: str, work: Callable[[], object], clock: ManualClock | None, pipe: int) -> NoReturn:
    """In the forked process, which never gets back into the test."""

    def watch(passed: str) -> None:
        if passed == place:
            os.write(pipe, json.dumps(clock.monotonic() if clock else 0).encode())
            os.kill(os.getpid(), signal.SIGKILL)

    signal.alarm(int(LONGEST))
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    try:
        with killpoints.watching(watch):
            work()
        os.write(pipe, b"it came to its end")
    except BaseException:
        os.write(pipe, traceback.format_exc().encode())
    finally:
        os._exit(1)


def _others() -> set[int]:
    """Who else is connected to the database, by the ids of the server's processes."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
            " AND backend_type = 'client backend'"
        )
        return {pid for (pid,) in cursor.fetchall()}


def _wait_for_rollback(before: set[int]) -> None:
    """Until the database has noticed that the process is gone: its locks go with that. `before`: who was there already."""
    until = time.monotonic() + LONGEST
    while gone := _others() - before:
        assert time.monotonic() < until, f"the killed process is still connected: {gone}"
        time.sleep(0.002)


def state(shop: Shop, which: int = 0) -> ListingState:
    return ListingState.objects.get(listing__account=shop.account, listing__product__sku=shop.skus[which])


def there(shop: Shop) -> list[int]:
    return [shop.sandbox.listing(sku)["quantity"] for sku in shop.skus]


def read_back(shop: Shop) -> None:
    verify = VerifyStep(rate=1000, interval=600)  # a process's own: the next one begins anew
    for _ in range(4):
        shop.pass_time(3)
        shop.life.attend(verify)


def settings(shop: Shop, **changes: Any) -> None:
    """Settings that have everything planned again."""
    update_account_settings(company=shop.account.company, changes=changes, origin=ORIGIN, now=shop.clock.now())
    shop.plan()
