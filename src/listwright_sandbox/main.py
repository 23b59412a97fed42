"""The command `listwright-sandbox`."""

import asyncio
import json
import os
import signal
from pathlib import Path
from typing import Any

import click

from . import dump, generate
from .keep import Kept
from .sandbox import Sandbox
from .server import Server

PARENT_CHECK_SECONDS = 0.5


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=8100, show_default=True, type=click.IntRange(0, 65535), help="0 takes a free port.")
@click.option(
    "--catalog", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="JSON file to start with."
)
@click.option(
    "--state",
    type=click.Path(dir_okay=False, path_type=Path),
    help="File to keep everything in, with a journal beside it: nothing that was answered is lost, whenever it dies.",
)
@click.option("--listings", default=0, type=click.IntRange(0), help="Make up that many listings.")
@click.option("--limits", type=click.Choice(["real", "off"]), default="real", show_default=True)
@click.option("--token", default="sandbox-token", show_default=True, help="The token to demand.")
@click.option("--latency-ms", type=click.FloatRange(0), help="Milliseconds before each answer.")
@click.option("--task-delay", type=click.FloatRange(0), metavar="S", help="Seconds from a file to the end of its task.")
@click.option("--apply-after", type=click.FloatRange(0), metavar="S", help="Seconds from a file until its rows apply.")
@click.option(
    "--setting", "settings", multiple=True, metavar="NAME=VALUE", help="Any setting, its value as JSON or text."
)
@click.option("--seed", default=1, show_default=True, help="The same seed makes the same ids, names and luck.")
@click.option("--die-with-parent", is_flag=True, help="Stop when the process that started this one is gone.")
def main(
    host: str,
    port: int,
    catalog: Path | None,
    state: Path | None,
    listings: int,
    limits: str,
    token: str,
    latency_ms: float | None,
    task_delay: float | None,
    apply_after: float | None,
    settings: tuple[str, ...],
    seed: int,
    die_with_parent: bool,
) -> None:
    """A simulator of Back Market's seller API. Its own paths are under /ws/, its controls under /_sandbox/."""
    parent = os.getppid()
    sandbox = Sandbox(seed=seed)
    server, kept = Server(sandbox, host, port), Kept(state) if state is not None else None
    chosen: dict[str, Any] = {"limits": limits, "token": token}
    if latency_ms is not None:
        chosen["latency_ms"] = latency_ms
    if task_delay is not None:
        chosen.update(task_starts_after=task_delay / 4, bulk_applies_after=task_delay / 2, task_ends_after=task_delay)
    if apply_after is not None:
        chosen["bulk_applies_after"] = apply_after
    try:
        if kept is not None:
            kept.read(sandbox, server.take)
        sandbox.settings.change({**chosen, **dict(_named(setting) for setting in settings)})
        if catalog is not None:
            load_file(sandbox, catalog)
    except ValueError as problem:
        raise click.UsageError(str(problem)) from None
    generate.fill(sandbox, listings)
    asyncio.run(_serve(server, parent if die_with_parent else None, kept))


def load_file(sandbox: Sandbox, path: Path) -> None:
    """Loads `{settings?, categories?, products?, listings?, orders?}`. Raises ValueError naming file and reason."""
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
        sandbox.settings.change(raw.pop("settings", {}))
        orders = raw.pop("orders", [])
        dump.load_catalog(sandbox, raw)
        for order in orders:
            sandbox.orders.place(order, sandbox.settings, sandbox.clock.now())
    except (ValueError, AttributeError, TypeError) as problem:
        raise ValueError(f"{path}: {problem}") from problem


def _named(setting: str) -> tuple[str, Any]:
    name, equals, text = setting.partition("=")
    if not equals:
        raise ValueError(f"--setting {setting!r}: NAME=VALUE is wanted")
    try:
        return name, json.loads(text)
    except ValueError:
        return name, text


async def _serve(server: Server, parent: int | None, kept: Kept | None) -> None:
    if kept is not None:
        server.on_arrival = kept.note
    try:
        await server.start()
    except OSError as problem:
        raise click.ClickException(
            f"cannot listen on {server.host}:{server.port}: {problem.strerror or problem}"
        ) from None
    if kept is not None:
        kept.write(server.sandbox)  # with what the options changed
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)
    click.echo(f"listening on {server.url}")
    while not stopping.is_set():
        if parent is not None and os.getppid() != parent:
            break
        if kept is not None and kept.is_long:
            kept.write(server.sandbox)
        try:
            await asyncio.wait_for(stopping.wait(), PARENT_CHECK_SECONDS)
        except TimeoutError:
            continue
    await server.stop()
    if kept is not None:
        kept.write(server.sandbox)


if __name__ == "__main__":
    main()
