"""What the worker processes run: the planner, and the engine with the account's slower steps."""

import threading

from listwright.common.garbage import collected_rarely
from listwright.sync import planner
from listwright.sync.backbox.step import BackBoxStep
from listwright.sync.breaker.step import BreakerStep
from listwright.sync.bulk.step import BulkStep
from listwright.sync.categories import CategoriesStep
from listwright.sync.download.step import DownloadStep
from listwright.sync.engine.run import run
from listwright.sync.engine.steps import Step
from listwright.sync.refreshes import PluginRefreshStep
from listwright.sync.removals import RemovalsStep
from listwright.sync.verify.step import VerifyStep


def plan(stop: threading.Event) -> None:
    """Keep desired values and what is due up to date, until `stop`."""
    planner.run(stop)


def push(stop: threading.Event) -> None:
    """Send, poll, read and download for every account, until `stop`."""
    steps: list[Step] = [
        BreakerStep(),
        BulkStep(),
        DownloadStep(),
        CategoriesStep(),
        RemovalsStep(),
        PluginRefreshStep(),
        BackBoxStep(),
        VerifyStep(),
    ]
    with collected_rarely(10_000):
        run(stop, steps=steps)
