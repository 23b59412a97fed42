"""`listwright demo`: everything on this machine, with the sandbox and a company that lives."""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
import sys
import threading
import time
import urllib.request
from contextlib import ExitStack
from pathlib import Path

import click

from listwright.cli.runtime import Process, Runtime, say, with_django
from listwright.cli.up import own_database
from listwright.cli.worker import worker_processes

HOST = "127.0.0.1"
ROLES = ("prepare", "live")


@click.command()
@click.option("--port", envvar="LISTWRIGHT_PORT", default=8000, show_default=True, type=click.IntRange(1, 65535))
@click.option("--sandbox-port", default=8100, show_default=True, type=click.IntRange(1, 65535))
@click.option(
    "--data-dir",
    metavar="FOLDER",
    help="Where the demo keeps its database; `demo` in the data folder of `listwright up` when left out.",
)
@click.option("--fresh", is_flag=True, help="Forget what happened and start with the demo's first day again.")
@click.option("--role", type=click.Choice(ROLES), hidden=True, help="A part of it, as a process of its own.")
@click.pass_context
def demo(
    context: click.Context, port: int, sandbox_port: int, data_dir: str | None, fresh: bool, role: str | None
) -> None:
    """Try Listwright: a made-up company with 500 products, and a simulated Back Market where it sells."""
    runtime: Runtime = context.obj
    web, sandbox = f"http://{HOST}:{port}", f"http://{HOST}:{sandbox_port}"
    if role is not None:
        context.invoke(_run_role, role=role, web=web, sandbox=sandbox, fresh=fresh)
        return
    folder = Path(data_dir).expanduser().resolve() if data_dir else runtime.data_dir() / "demo"
    if fresh and runtime.database_url():
        raise click.UsageError("--fresh empties the demo's own database only; DATABASE_URL names another one.")
    os.environ["LISTWRIGHT_DATA_DIR"] = str(folder)
    runtime.require_free_port(HOST, port, "choose another with --port")
    runtime.require_free_port(HOST, sandbox_port, "choose another with --sandbox-port")
    ports = ["--port", str(port), "--sandbox-port", str(sandbox_port)]
    with ExitStack() as stack:
        tick = own_database(runtime, stack, program="listwright demo")
        prepare = runtime.itself("demo", "--role", "prepare", *ports, *(["--fresh"] if fresh else []))
        if subprocess.run(prepare, check=False).returncode:
            sys.exit(1)
        _announce_when_ready(web, sandbox, folder)
        processes = [
            Process("sandbox", _sandbox(sandbox_port, folder)),
            Process("web", runtime.itself("serve", "--host", HOST, "--port", str(port))),
            *worker_processes(runtime),
            Process("demo", runtime.itself("demo", "--role", "live", *ports)),
        ]
        status = runtime.supervise(processes, tick=tick)
    sys.exit(status)


def _sandbox(port: int, folder: Path) -> list[str]:
    from listwright.demo.folder import STATE_FILE

    options = ["--host", HOST, "--port", str(port), "--state", str(folder / STATE_FILE), "--die-with-parent"]
    return [sys.executable, "-m", "listwright_sandbox", *options]


@with_django
def _run_role(role: str, web: str, sandbox: str, fresh: bool) -> None:
    if role == "prepare":
        _prepare(web, sandbox, fresh)
    else:
        _live(sandbox)


def _prepare(web: str, sandbox: str, fresh: bool) -> None:
    from django.conf import settings
    from django.utils import timezone

    from listwright.cli.migrate import bring_up_to_date
    from listwright.demo import prepare

    if fresh:
        prepare.start_anew(settings.DATA_DIR)
    bring_up_to_date(30)
    prepare.prepare(data_dir=settings.DATA_DIR, web=web, sandbox=sandbox, now=timezone.now())


def _live(sandbox: str) -> None:
    from listwright.common.parentwatch import follow_parent
    from listwright.companies import queries
    from listwright.demo import catalog, connect, life
    from listwright.demo.prepare import SLUG

    follow_parent()
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    company, made = queries.company(SLUG), catalog.products()
    try:
        connect.connect(company, made, stop, say)
    except connect.GivenUp as reason:
        if not stop.is_set():
            raise
        say(str(reason))
        return
    life.live(company, sandbox, made, catalog.SEED, stop, say)


def _announce_when_ready(web: str, sandbox: str, folder: Path) -> None:
    """Say where everything is once the web server answers."""
    from listwright.demo.folder import ADMINISTRATOR, PEOPLE_FILE, passwords

    password = passwords(folder)[ADMINISTRATOR]
    command = Path(sys.executable).with_name("listwright")
    lines = [
        "",
        f"  Listwright    {web}/demo/",
        f"  sign in as    {ADMINISTRATOR}   password  {password}",
        f"  the sandbox   {sandbox}/ws/   token  sandbox-token   controls  {sandbox}/_sandbox/",
        f"  other people  {folder / PEOPLE_FILE}",
        f"  key for REST  LISTWRIGHT_DATA_DIR={shlex.quote(str(folder))} {shlex.quote(str(command))}"
        f" token create --user {ADMINISTRATOR} --name curl",
        "",
        "  Ctrl-C stops everything.",
        "",
    ]

    def wait() -> None:
        for _ in range(600):
            try:
                with urllib.request.urlopen(f"{web}/healthz", timeout=2):  # noqa: S310 - our own address
                    say("\n".join(lines))
                    return
            except OSError:
                time.sleep(0.1)

    threading.Thread(target=wait, daemon=True).start()
