"""`listwright up`: web server and worker on one machine."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable
from contextlib import ExitStack

import click

from listwright.cli.runtime import Process, Runtime, say
from listwright.cli.serve import PORT_REMEDY
from listwright.cli.worker import worker_processes


@click.command()
@click.option("--host", envvar="LISTWRIGHT_HOST", default="127.0.0.1", show_default=True, help="Where to listen.")
@click.option("--port", envvar="LISTWRIGHT_PORT", default=8000, show_default=True, type=click.IntRange(1, 65535))
@click.option("--data-dir", envvar="LISTWRIGHT_DATA_DIR", metavar="FOLDER", help="Database, secret key and files.")
@click.pass_obj
def up(runtime: Runtime, host: str, port: int, data_dir: str | None) -> None:
    """Run everything on this machine: the database (unless DATABASE_URL names one), web server and worker."""
    if data_dir:
        os.environ["LISTWRIGHT_DATA_DIR"] = data_dir
    runtime.require_free_port(host, port, PORT_REMEDY)
    with ExitStack() as stack:
        tick = own_database(runtime, stack, program="listwright up")
        migrate(runtime)
        announce_when_ready(host, port)
        web = Process("web", runtime.itself("serve", "--host", host, "--port", str(port)))
        status = runtime.supervise([web, *worker_processes(runtime)], tick=tick)
    sys.exit(status)


def own_database(runtime: Runtime, stack: ExitStack, *, program: str) -> Callable[[], None] | None:
    """Start the embedded server unless `DATABASE_URL` names another, for this process and those it starts.

    Returns what must be called every few seconds to keep the embedded one alive. `program` may run once on a folder.
    """
    if runtime.database_url():
        return None
    from listwright.common.embedded_postgres import EmbeddedPostgres

    server = EmbeddedPostgres(runtime.data_dir())
    stack.callback(server.close)
    os.environ["DATABASE_URL"] = server.open(program)
    return server.ensure_running


def migrate(runtime: Runtime) -> None:
    """Bring the database up to date in a process of its own; ends this one when that fails."""
    status = subprocess.run(runtime.itself("migrate"), check=False).returncode
    if status:
        sys.exit(status)


def announce_when_ready(host: str, port: int) -> None:
    """Say where Listwright is once it answers."""
    shown = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)  # noqa: S104
    address = f"http://{shown}:{port}/"

    def wait() -> None:
        for _ in range(300):
            try:
                with urllib.request.urlopen(f"{address}healthz", timeout=2):  # noqa: S310 - our own address
                    say(f"Listwright is at {address}  (Ctrl-C stops it)")
                    return
            except OSError:
                time.sleep(0.2)

    threading.Thread(target=wait, daemon=True).start()
