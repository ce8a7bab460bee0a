"""The command line: a group whose commands are the installed plugins."""

from __future__ import annotations

import atexit
import io
import logging
import os
import sys
import warnings
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer
from typer.core import TyperCommand, TyperGroup, TyperOption

from mnistkit import plugins
from mnistkit.__about__ import __version__
from mnistkit.cli import as_typed, output
from mnistkit.cli.endings import telling
from mnistkit.cli.escaping import escaped, escaped_lines
from mnistkit.cli.help import EVERYWHERE, help_of
from mnistkit.core import lasting
from mnistkit.errors import PluginError

INTERRUPTED, TERMINATED = 130, 143
VERBOSITY = {
    "quiet": (logging.ERROR, "Print only results and errors."),
    "debug": (logging.DEBUG, "Also print tracebacks and the output of libraries."),
}


class CleanContext(typer.Context):
    """Formats the help of every command, and escapes it, since plugins write some of it."""

    def get_help(self) -> str:
        """Return the help without characters that control a terminal."""
        return escaped_lines(help_of(self))


class PluginGroup(TyperGroup):
    """Finds the commands among the plugins and imports only the one that runs."""

    def list_commands(self, _ctx: Any) -> list[str]:
        """Return the name of every command."""
        return plugins.names("command")

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """Return a command that can run, or reports why it can't."""
        if cmd_name not in self.list_commands(ctx):
            return None
        command = _command(cmd_name, partial(plugins.load, "command"))
        _prepare(command)
        return command

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """Write the list of commands."""
        names = self.list_commands(ctx)
        listed = {name: _command(name, plugins.load_listed) for name in names}
        TyperGroup(commands=listed).format_commands(ctx, formatter)

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Find the command, or suggest the nearest names for a wrong one."""
        name = args[0]
        known = name.startswith("-") or name in self.list_commands(ctx)
        # Completion ignores errors.
        if not known and not ctx.resilient_parsing:
            ctx.fail(_unknown_command(name))
        return super().resolve_command(ctx, args)

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Reset the verbosity of an earlier call in this process, then read the options."""
        as_typed.keep(ctx, args)
        output.set_verbosity(logging.INFO)
        return super().parse_args(ctx, args)

    def shell_complete(self, ctx: Any, incomplete: str) -> Any:
        """Return completions with escaped summaries, which a shell shows beside the names."""
        items = super().shell_complete(ctx, incomplete)
        for item in items:
            item.help = escaped(item.help or "")
        return items

    def main(self, *args: Any, **extra: Any) -> Any:
        """Run the command line, and report every error."""
        try:
            with telling():
                return super().main(*args, **extra)
        except typer.Exit as ended:
            sys.exit(ended.exit_code)

    def make_context(self, *args: Any, **extra: Any) -> Any:
        """Return the context with the options parsed; --help and --version print and exit."""
        with telling():
            return super().make_context(*args, **extra)

    def invoke(self, ctx: Any) -> Any:
        """Run the command."""
        with telling(), lasting.command():
            return super().invoke(ctx)


def _unknown_command(name: str) -> str:
    from mnistkit.cli.suggestions import command_for

    meant = command_for(name)
    if meant:
        return f"no command is called {name!r}; did you mean {meant}?"
    return plugins.unknown("command", name)


def _command(name: str, load: Callable[[str], Any]) -> Any:
    """Return a command; for one that can't be loaded, return a command that reports the reason."""
    try:
        return load(name)
    except PluginError as error:
        return _broken_command(name, error)


def _broken_command(name: str, error: PluginError) -> Any:
    def fail() -> None:
        raise error

    settings = {"ignore_unknown_options": True, "allow_extra_args": True}
    return TyperCommand(
        name,
        callback=fail,
        help=f"Can't be used: {error}",
        context_settings=settings,
        rich_markup_mode=None,
    )


def _prepare(command: Any) -> None:
    """Give a command and its sub-commands --quiet, --debug and the common help."""
    command.context_class = CleanContext
    for name, (level, text) in VERBOSITY.items():
        option = TyperOption(
            param_decls=[f"--{name}"],
            is_flag=True,
            default=False,
            callback=partial(_set_verbosity, level),
            expose_value=False,
            help=text,
            rich_help_panel=EVERYWHERE,
        )
        command.params.append(option)
    for inner in getattr(command, "commands", {}).values():
        _prepare(inner)


def _set_verbosity(level: int, _ctx: Any, _param: Any, value: bool) -> None:
    if value:
        output.set_verbosity(level)


def _open_closed_streams() -> None:
    """Reopen a closed stdin or stderr on the null device; exit with 1 if stdout is closed.

    Otherwise the next opened file would get their file descriptors.
    """
    if sys.stdin is None:
        os.open(os.devnull, os.O_RDONLY)
    if sys.stderr is None:
        sys.stderr = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115  # to the end
    if sys.stdout is None:
        output.set_verbosity(logging.INFO)
        output.error("expected an open stdout to print results to, received a closed one")
        sys.exit(1)


def _print_version(value: bool) -> None:
    if value:
        output.line(f"mnistkit {__version__}")
        raise typer.Exit


# Help and errors are plain text: rich takes half as long again to start, and frames errors.
app = typer.Typer(
    name="mnistkit",
    cls=PluginGroup,
    context_settings={"help_option_names": ["--help", "-h"]},
    no_args_is_help=True,
    rich_markup_mode=None,
)


@app.callback()
def mnistkit(
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_print_version, is_eager=True, help="Print the version and exit."
        ),
    ] = False,
) -> None:
    """Train, evaluate and export digit classifiers, and predict with them.

    Example:
        mnistkit predict example:seven
    """


def command_line() -> Any:
    """Return the whole command line as one command."""
    group = typer.main.get_command(app)
    _prepare(group)
    return group


def main() -> None:
    """Run the command line of `mnistkit`."""
    if not sys.warnoptions:
        warnings.simplefilter("ignore")
    _open_closed_streams()
    # A file name need not be valid text; its bytes are printed.
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            whole = stream.encoding.lower() == "utf-8"
            stream.reconfigure(errors="surrogateescape" if whole else "backslashreplace")
    try:
        command_line().main(prog_name="mnistkit")
    except (KeyboardInterrupt, SystemExit) as ended:
        code = ended.code if isinstance(ended, SystemExit) else INTERRUPTED
        if code not in (INTERRUPTED, TERMINATED):
            raise
        _end_at_once(code)


def _end_at_once(code: int) -> NoReturn:
    """Exit without taking all modules apart: with TensorFlow that takes a second, with Ray more."""
    atexit._run_exitfuncs()  # noqa: SLF001  # what is registered there cleans up
    output.settle()
    os._exit(code)
