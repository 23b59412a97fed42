"""Room in an account for slower work beside the pushes: submissions, polls, downloads.

Steps run one after another in a second thread of the account, so that a slow poll or upload never delays a stop-sale.
They share the account's lease, its request windows and its budget with the pushes.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from django.db import connection, transaction

from listwright.channels.protocol import Adapter
from listwright.common.clock import Clock
from listwright.sync.engine import budget
from listwright.sync.engine.timing import Timing


@dataclass(frozen=True, slots=True)
class StepContext:
    """What a step works with.

    `adapter` checks the lease and waits for the request window before each request, each page included; it raises
    `lease.NotHeld` when the account is another worker's by now, or when this one ends: let it pass. `ending()` is True
    when the step should come to an end.
    """

    account_id: int
    company_id: int
    default_market: str
    adapter: Adapter
    clock: Clock
    timing: Timing
    ending: Callable[[], bool]

    def debit(self, lines: int) -> int:
        """Debit up to `lines` SKU lines in the caller's transaction; how many were granted. Write the attempt in the
        same transaction (rule 6)."""
        if not connection.in_atomic_block:
            raise transaction.TransactionManagementError("debit lines in the transaction that writes the attempt")
        with connection.cursor() as cursor:
            return budget.debit(cursor, self.account_id, lines, self.clock.now())


class Step(Protocol):
    """Slower work of an account. One object serves all accounts: keep no state of one between calls."""

    name: str

    def due(self, account_id: int, now: datetime) -> bool:
        """Whether there is work now: one cheap query. Asked about once a second and after each wake-up."""
        ...

    def run(self, context: StepContext) -> None:
        """Do a bounded piece of the work, no more than some seconds of it. A ChannelError that comes out is logged,
        and the step is asked again later, with growing pauses."""
        ...
