"""`listwright worker`: planning, sending and tasks, each in a process of its own."""

from __future__ import annotations

import os
import signal
import sys
import threading

import click

from listwright.cli.runtime import Process, Runtime, with_django

ROLES = ("plan", "push", "tasks")
# Database connections of a push process, however many accounts it speaks for; one more listens for wake-ups.
PUSH_CONNECTIONS = 20


@click.command()
@click.option(
    "--role",
    type=click.Choice(ROLES),
    help="plan: what should stand on Back Market; push: sending and reading; tasks: jobs and what runs by the clock. "
    "Left out: all three, each a process.",
)
@click.pass_context
def worker(context: click.Context, role: str | None) -> None:
    """Run the worker alone. Any number may run, on any number of machines."""
    from listwright.common.parentwatch import follow_parent

    follow_parent()
    if role == "push":
        # One process speaks for hundreds of accounts, each with threads of its own.
        os.environ.setdefault("LISTWRIGHT_DB_POOL", "1")
        os.environ.setdefault("LISTWRIGHT_DB_POOL_SIZE", str(PUSH_CONNECTIONS))
    if role in ("plan", "push"):
        # The locks of a worker that was stopped must not outlive its lease. Others may compute for longer in between.
        os.environ.setdefault("LISTWRIGHT_IDLE_TRANSACTION", os.environ.get("LISTWRIGHT_LEASE_LENGTH") or "6")
    if role is not None:
        context.invoke(_run_role, role=role)
        return
    runtime: Runtime = context.obj
    with runtime.database():
        sys.exit(runtime.supervise(worker_processes(runtime)))


def worker_processes(runtime: Runtime) -> list[Process]:
    """The three roles. A long plan must not delay a stop-sale, so plan and push never share a process."""
    return [Process(role, runtime.itself("worker", "--role", role)) for role in ROLES]


@with_django
def _run_role(role: str) -> None:
    from listwright.jobs import heartbeat

    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    with heartbeat.beating(role):
        if role == "plan":
            from listwright.sync import workers

            workers.plan(stop)
        elif role == "push":
            from listwright.sync import workers

            workers.push(stop)
        else:
            from listwright.jobs import queue

            queue.run_worker(stop)
