"""What the commands need of the composition root above them; it hands this over as click's context object."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import wraps
from pathlib import Path
from typing import Any, Protocol

import click


@dataclass(frozen=True)
class Process:
    """A process to run: its name in the output, its command line, and variables besides the present ones."""

    name: str
    arguments: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict)
    stop_seconds: float = 15.0


class Supervise(Protocol):
    """Runs processes until told to stop; returns the exit status. `tick` is called every two seconds."""

    def __call__(self, processes: Sequence[Process], *, tick: Callable[[], None] | None = None) -> int: ...


@dataclass(frozen=True)
class Runtime:
    """`program` is the command line of `listwright` itself; `require_free_port(host, port, remedy)` raises with a
    message for people. The data folder and the database's address are read from the environment when asked for."""

    program: Sequence[str]
    data_dir: Callable[[], Path]
    database_url: Callable[[], str]
    setup_django: Callable[[], None]
    supervise: Supervise
    require_free_port: Callable[[str, int, str], None]

    @contextmanager
    def database(self) -> Iterator[str]:
        """The address of the database: `DATABASE_URL`, else a share in the embedded server while the block runs."""
        if url := self.database_url():
            yield url
            return
        from listwright.common.embedded_postgres import embedded_postgres

        with embedded_postgres(self.data_dir()) as url:
            os.environ["DATABASE_URL"] = url
            try:
                yield url
            finally:
                del os.environ["DATABASE_URL"]

    @contextmanager
    def django(self) -> Iterator[None]:
        """A database, and everything that stands on it, while the block runs."""
        with self.database():
            self.setup_django()
            try:
                yield
            finally:
                from django.db import connections

                connections.close_all()

    def itself(self, *arguments: str) -> list[str]:
        """The command line of another command of this program."""
        return [*self.program, *arguments]


def with_django(function: Callable[..., Any]) -> Callable[..., Any]:
    """A command whose body may read and write the database."""

    @click.pass_obj
    @wraps(function)
    def run(runtime: Runtime, /, *arguments: Any, **options: Any) -> Any:
        with runtime.django():
            return function(*arguments, **options)

    return run


def say(text: str) -> None:
    """A line for people, on standard error: standard output is kept for what a program may read."""
    print(text, file=sys.stderr, flush=True)
