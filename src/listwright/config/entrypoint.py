"""The `listwright` command: puts the parts together and says what went wrong in one line."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence

import click

from listwright.cli.main import cli
from listwright.cli.runtime import Process, Runtime
from listwright.config import env


def main(arguments: Sequence[str] | None = None) -> None:
    """Run a command line. Exit status 0 done, 1 failed, 2 wrong use."""
    for name in ("LISTWRIGHT_PASSWORD", "LISTWRIGHT_BACKMARKET_TOKEN"):
        if secret := env.text(name):  # perhaps from NAME_FILE, which click does not know
            os.environ[name] = secret
    try:
        status = cli.main(
            list(sys.argv[1:] if arguments is None else arguments),
            prog_name="listwright",
            standalone_mode=False,
            obj=runtime(),
        )
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        click.echo("Stopped.", err=True)
        sys.exit(1)
    except Exception as error:
        sentence = explained(error)
        if sentence is None:
            raise
        click.echo(f"listwright: {sentence}", err=True)
        sys.exit(1)
    sys.exit(status if isinstance(status, int) else 0)


def runtime() -> Runtime:
    """What the commands get of this package."""
    return Runtime(
        program=(sys.executable, "-m", "listwright.config.entrypoint"),
        data_dir=env.data_dir,
        database_url=lambda: env.text("DATABASE_URL"),
        setup_django=_setup_django,
        supervise=_supervise,
        require_free_port=_require_free_port,
    )


def explained(error: Exception) -> str | None:
    """The line for people, for what is anticipated to go wrong; None for a defect."""
    from listwright.common.embedded_postgres import EmbeddedPostgresError
    from listwright.common.errors import ChannelError, DomainError
    from listwright.config.processes import PortInUseError

    if isinstance(error, DomainError | ChannelError | EmbeddedPostgresError | PortInUseError):
        return str(error)
    if type(error).__name__ == "OperationalError" and "django.db" in sys.modules:
        return f"The database cannot be used: {' '.join(str(error).split())}"
    return None


def _setup_django() -> None:
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "listwright.config.settings")
    django.setup()


def _supervise(processes: Sequence[Process], *, tick: Callable[[], None] | None = None) -> int:
    from listwright.config.processes import Command, Supervisor

    commands = [Command(one.name, one.arguments, one.environment, one.stop_seconds) for one in processes]
    return Supervisor(commands, tick=tick).run()


def _require_free_port(host: str, port: int, remedy: str) -> None:
    from listwright.config.processes import require_free_port

    require_free_port(host, port, remedy)


if __name__ == "__main__":
    main()
