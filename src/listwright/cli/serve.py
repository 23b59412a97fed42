"""`listwright serve`: the web server."""

from __future__ import annotations

import os

import click

from listwright.cli.runtime import Runtime, say

PORT_REMEDY = "choose another with --port or LISTWRIGHT_PORT"


@click.command()
@click.option("--host", envvar="LISTWRIGHT_HOST", default="127.0.0.1", show_default=True, help="Where to listen.")
@click.option("--port", envvar="LISTWRIGHT_PORT", default=8000, show_default=True, type=click.IntRange(1, 65535))
@click.option(
    "--processes",
    envvar="LISTWRIGHT_WEB_PROCESSES",
    default=1,
    show_default=True,
    type=click.IntRange(1, 64),
    help="Web processes, each with its own threads.",
)
@click.option(
    "--threads",
    envvar="LISTWRIGHT_WEB_THREADS",
    default=8,
    show_default=True,
    type=click.IntRange(1, 256),
    help="Requests each process answers at once.",
)
@click.pass_obj
def serve(runtime: Runtime, host: str, port: int, processes: int, threads: int) -> None:
    """Run the web server alone: pages, REST and static files."""
    from listwright.common.parentwatch import announce_to_children, follow_parent

    follow_parent()
    runtime.require_free_port(host, port, PORT_REMEDY)
    with runtime.database():
        os.environ.setdefault("LISTWRIGHT_DB_POOL", "1")
        os.environ.setdefault("LISTWRIGHT_DB_POOL_SIZE", str(threads))
        announce_to_children()
        from granian.constants import HTTPModes, Interfaces, Loops
        from granian.log import LogLevels
        from granian.server import Server

        say(f"Listwright listens on http://{f'[{host}]' if ':' in host else host}:{port}")
        Server(
            "listwright.config.wsgi:application",
            address=host,
            port=port,
            interface=Interfaces.WSGI,
            http=HTTPModes.http1,
            loop=Loops.asyncio,
            workers=processes,
            blocking_threads=threads,
            respawn_failed_workers=True,
            workers_kill_timeout=10,
            log_level=LogLevels.error,
        ).serve()
