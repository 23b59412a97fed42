"""The verbs. Each module is loaded when its verb is called, so that the command starts at once."""

from __future__ import annotations

from collections.abc import Callable
from importlib import metadata

import click


def _account() -> click.Command:
    from listwright.cli.account import account

    return account


def _company() -> click.Command:
    from listwright.cli.company import company

    return company


def _doctor() -> click.Command:
    from listwright.cli.doctor import doctor

    return doctor


def _download_listings() -> click.Command:
    from listwright.cli.push import download_listings

    return download_listings


def _demo() -> click.Command:
    from listwright.cli.demo import demo

    return demo


def _export() -> click.Command:
    from listwright.cli.export import export

    return export


def _import() -> click.Command:
    from listwright.cli.import_ import import_

    return import_


def _migrate() -> click.Command:
    from listwright.cli.migrate import migrate

    return migrate


def _push() -> click.Command:
    from listwright.cli.push import push

    return push


def _serve() -> click.Command:
    from listwright.cli.serve import serve

    return serve


def _token() -> click.Command:
    from listwright.cli.token import token

    return token


def _up() -> click.Command:
    from listwright.cli.up import up

    return up


def _user() -> click.Command:
    from listwright.cli.user import user

    return user


def _worker() -> click.Command:
    from listwright.cli.worker import worker

    return worker


# In the order of the help: first what runs Listwright, then what sets it up, then the work.
VERBS: dict[str, tuple[Callable[[], click.Command], str]] = {
    "up": (_up, "Run everything on this machine"),
    "demo": (_demo, "Try it: a made-up company and a simulated Back Market"),
    "serve": (_serve, "Run the web server alone"),
    "worker": (_worker, "Run the worker alone"),
    "migrate": (_migrate, "Bring the database up to date"),
    "doctor": (_doctor, "Say what is wrong here, and what mends it"),
    "user": (_user, "People"),
    "company": (_company, "Companies"),
    "account": (_account, "A company's connection to Back Market"),
    "token": (_token, "Keys for programs"),
    "import": (_import, "Apply a file of products"),
    "export": (_export, "Write products as a file"),
    "push": (_push, "Send products to Back Market"),
    "download-listings": (_download_listings, "Read what stands on Back Market"),
}


class Verbs(click.Group):
    """Looks a verb up in VERBS and loads it."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in VERBS:
            return None
        return VERBS[cmd_name][0]()

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, summary) for name, (_, summary) in VERBS.items()])


def _show_version(context: click.Context, option: click.Parameter, asked: bool) -> None:
    if not asked:
        return
    try:
        version = metadata.version("listwright")
    except metadata.PackageNotFoundError:
        version = "not installed, running from its source"
    click.echo(f"listwright {version}")
    context.exit()


@click.group(cls=Verbs, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--version", is_flag=True, is_eager=True, expose_value=False, callback=_show_version, help="Show the version."
)
def cli() -> None:
    """Listwright keeps a seller's Back Market listings right."""
