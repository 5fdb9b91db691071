"""The `pdx` command: each part of the project gives its own commands by an entry point of `pdx.commands`."""

import sys
from collections.abc import Sequence
from importlib.metadata import EntryPoint, entry_points

import typer
from sqlalchemy.exc import InterfaceError, OperationalError

from protocol.errors import ProtocolError
from serving.errors import OperatorError

GROUP = "pdx.commands"


def main() -> None:
    """Runs the command line; what the user can mend is one clear line, not a traceback."""
    try:
        build(sys.argv[1:])()
    except (OperatorError, ProtocolError) as error:
        sys.exit(str(error))
    except (OperationalError, InterfaceError) as error:  # its whole text would repeat the statement
        sys.exit(f"the database can't be used now: {str(error.orig).splitlines()[0]}")


def build(arguments: Sequence[str]) -> typer.Typer:
    """The application with the part that the arguments name, or with all parts (for help)."""
    app = typer.Typer(
        name="pdx",
        help="Personal Data Exchange: departments vouch, citizens carry, services check.",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
    )
    app.callback()(_top)
    for point in _wanted(arguments[0] if arguments else ""):
        loaded = point.load()
        if isinstance(loaded, typer.Typer):
            app.add_typer(loaded, name=point.name)
        else:  # a part with one command gives the command itself
            app.command(point.name)(loaded)
    return app


def _top() -> None:
    """Personal Data Exchange: departments vouch, citizens carry, services check."""


def _wanted(name: str) -> list[EntryPoint]:
    found = sorted(entry_points(group=GROUP), key=lambda point: point.name)
    return [point for point in found if point.name == name] or found
