"""Importing the object of an entry point, and checking it."""

from __future__ import annotations

import inspect
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from importlib.metadata import EntryPoint
from typing import Any, NoReturn, Protocol, runtime_checkable

from mnistkit.errors import MnistkitError, PluginError
from mnistkit.plugins import installed
from mnistkit.plugins.collisions import Kind, is_own_module


@runtime_checkable
class Checked(Protocol):
    """An object that checks its own contract."""

    def flaw(self) -> str | None:
        """Return what was expected and received, or None if nothing is wrong."""


class _UserInterrupt(KeyboardInterrupt):
    """A Ctrl-C of the user, as opposed to a KeyboardInterrupt that a plugin raises."""


def load(
    kind: Kind, entry_point: EntryPoint, expected: tuple[type[Any], ...], *, listed: bool = False
) -> Any:
    """Return a plugin, imported and checked; see `mnistkit.plugins.load`.

    Args:
        kind: The plugin's kind.
        entry_point: Its entry point.
        expected: The accepted types.
        listed: Whether a command is only listed, so that a built-in one needs no parameters.

    Raises:
        PluginError: It can't be imported, is of another type or breaks its contract.
    """
    try:
        # Prints during an import are not part of a command's output.
        with redirect_stdout(sys.stderr), _user_interrupts(entry_point):
            loaded = entry_point.load()
            flaw = _command_flaw(loaded) if kind == "command" else misfit(loaded, expected)
            if kind == "command" and flaw is None:
                whole = not (listed and is_own_module(entry_point))
                loaded = _as_command(entry_point.name, loaded, whole=whole)
    except _UserInterrupt:
        raise
    # A plugin's import may raise anything; all other plugins must still work.
    except BaseException as error:
        if is_own_module(entry_point) and isinstance(error, KeyboardInterrupt):
            raise
        raise PluginError(
            f"{kind} {entry_point.name!r} of {installed.distribution_name(entry_point)} can't be "
            f"imported from {entry_point.value}: {told(error)}; repair or uninstall that package"
        ) from error
    if flaw:
        raise broken(kind, entry_point.name, entry_point, flaw)
    return loaded


def misfit(value: Any, expected: tuple[type[Any], ...]) -> str | None:
    """Return why a value has none of the expected types or breaks its contract, or None."""
    # Not isinstance: an object may lie about its class.
    if expected and not issubclass(type(value), expected):
        wanted = " or ".join(known.__name__ for known in expected)
        return f"expected an instance of {wanted}, received {type(value).__name__}"
    return value.flaw() if expected and isinstance(value, Checked) else None


def broken(kind: Kind, name: str, entry_point: EntryPoint, flaw: str) -> PluginError:
    """Return the error for a plugin, or an object it made, that breaks its contract."""
    owner = installed.distribution_name(entry_point)
    return PluginError(
        f"{kind} {name!r} of {owner}: {flaw} from {entry_point.value}; its plugin has to be "
        "repaired"
    )


def told(error: BaseException) -> str:
    """Return any exception of a plugin in one line."""
    try:
        reason = " ".join(str(error).split())
    # The plugin's own `__str__` may fail.
    except Exception:  # noqa: BLE001
        reason = "no message"
    return reason if isinstance(error, MnistkitError) else f"{type(error).__name__}: {reason}"


@contextmanager
def _user_interrupts(entry_point: EntryPoint) -> Iterator[None]:
    """Raise `_UserInterrupt` on Ctrl-C while an external plugin is imported."""
    if is_own_module(entry_point) or threading.current_thread() is not threading.main_thread():
        yield
        return
    # Not at the top: the import takes a millisecond, and is rarely needed.
    import signal

    before = signal.getsignal(signal.SIGINT)
    if before is not signal.default_int_handler:
        yield
        return

    def interrupt(_number: int, _frame: object) -> NoReturn:
        raise _UserInterrupt

    signal.signal(signal.SIGINT, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _command_flaw(loaded: Any) -> str | None:
    if callable(loaded):
        return None
    return f"expected a function or a typer.Typer, received {type(loaded).__name__}"


def _as_command(name: str, loaded: Any, *, whole: bool) -> Any:
    """Return the Typer command of a function or an app, with its parameters; Typer may raise."""
    import typer

    if not whole and inspect.isfunction(loaded):
        # The parameters of all commands take half of the time of their list.
        return typer.core.TyperCommand(name, help=inspect.getdoc(loaded))
    app = loaded if isinstance(loaded, typer.Typer) else typer.Typer(add_completion=False)
    # Plain help, as of the built-in commands, which also starts faster.
    app.rich_markup_mode = None
    if app is not loaded:
        app.command(name)(loaded)
    command = typer.main.get_command(app)
    command.name = name
    # Called by the list of commands; an error in it is an error of the plugin.
    command.get_short_help_str()
    return command
