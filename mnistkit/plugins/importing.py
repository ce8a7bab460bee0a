"""Importing what an entry point names, and checking it."""

from __future__ import annotations

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
    """What can say whether it keeps its contract."""

    def flaw(self) -> str | None:
        """Say what was expected and what was received; None where nothing is wrong."""


class _UserInterrupt(KeyboardInterrupt):
    """Ctrl-C, unlike a KeyboardInterrupt that a plugin raises."""


def load(kind: Kind, entry_point: EntryPoint, expected: tuple[type[Any], ...]) -> Any:
    """Import a plugin and check it; see `mnistkit.plugins.load`.

    Raises:
        PluginError: It can't be imported, is of another type or breaks its contract.
    """
    try:
        # What it prints while it is imported is not our output.
        with redirect_stdout(sys.stderr), _user_interrupts(entry_point):
            loaded = entry_point.load()
            flaw = _command_flaw(loaded) if kind == "command" else misfit(loaded, expected)
            if kind == "command" and flaw is None:
                loaded = _as_command(entry_point.name, loaded)
    except _UserInterrupt:
        raise
    # A plugin's import can fail in any way, and must break nothing but its own name.
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
    """Say why a value is none of the expected types or breaks its contract; None where it fits."""
    # By its type: an object may lie about its class.
    if expected and not issubclass(type(value), expected):
        wanted = " or ".join(known.__name__ for known in expected)
        return f"expected an instance of {wanted}, received {type(value).__name__}"
    return value.flaw() if expected and isinstance(value, Checked) else None


def broken(kind: Kind, name: str, entry_point: EntryPoint, flaw: str) -> PluginError:
    """Return the error for a plugin, or for what it made, that breaks its contract."""
    owner = installed.distribution_name(entry_point)
    return PluginError(
        f"{kind} {name!r} of {owner}: {flaw} from {entry_point.value}; its plugin has to be "
        "repaired"
    )


def told(error: BaseException) -> str:
    """Return in one line what a plugin raised, whatever that is."""
    try:
        reason = " ".join(str(error).split())
    # Its text is made by the plugin, too.
    except Exception:  # noqa: BLE001
        reason = "no message"
    return reason if isinstance(error, MnistkitError) else f"{type(error).__name__}: {reason}"


@contextmanager
def _user_interrupts(entry_point: EntryPoint) -> Iterator[None]:
    """Let Ctrl-C raise `_UserInterrupt` while a plugin of another package is imported."""
    if is_own_module(entry_point) or threading.current_thread() is not threading.main_thread():
        yield
        return
    # Not at the top: it takes a millisecond, which few starts need.
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


def _as_command(name: str, loaded: Any) -> Any:
    """Return the command that Typer makes of a function or an app; Typer may refuse it."""
    import typer

    app = loaded if isinstance(loaded, typer.Typer) else typer.Typer(add_completion=False)
    # All help looks alike, and starts fast.
    app.rich_markup_mode = None
    if app is not loaded:
        app.command(name)(loaded)
    command = typer.main.get_command(app)
    command.name = name
    # What the list of commands shows of it.
    command.get_short_help_str()
    return command
