"""Bulk uploads as a step of the account: poll, read back, submit."""

from datetime import datetime

from django.conf import settings

from listwright.sync.bulk import finish, poll, submit, work
from listwright.sync.bulk.times import BulkTimes
from listwright.sync.engine.steps import StepContext


class BulkStep:
    """Product information: what launch jobs wait for."""

    name = "bulk"

    def __init__(self, times: BulkTimes | None = None) -> None:
        self.times = times or BulkTimes.from_settings(settings.SYNC)

    def due(self, account_id: int, now: datetime) -> bool:
        """Whether something is to be polled, read or sent."""
        return poll.due(account_id, now) or finish.due(account_id, now) or work.any_waiting(account_id=account_id)

    def run(self, context: StepContext) -> None:
        """A round of each; bounded by the rows one upload takes."""
        poll.poll_due(context, self.times)
        finish.read_due(context, self.times)
        if not context.ending():
            submit.submit_waiting(context, self.times)
