"""One registry over the entry points of all that is installed.

Names are known without importing anything; a plugin is imported when it is used.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from importlib.metadata import EntryPoint
from typing import Any, Literal, NoReturn, TypeVar, overload

from mnistkit import installed
from mnistkit.errors import MnistkitError, PluginError

BUILT_IN = "mnistkit"

Kind = Literal["command", "architecture", "dataset", "exporter"]
PluginState = Literal["ok", "broken", "shadowed", "refused"]

GROUPS: dict[Kind, str] = {
    "command": "mnistkit.commands",
    "architecture": "mnistkit.architectures",
    "dataset": "mnistkit.datasets",
    "exporter": "mnistkit.exporters",
}


Loaded = TypeVar("Loaded")
Other = TypeVar("Other")

TEXTS = ("summary", "licence", "preparation", "suffix", "parameter")
"""What is text in whatever plugin has it."""


class _UserInterrupt(KeyboardInterrupt):
    """Ctrl-C, unlike a KeyboardInterrupt that a plugin raises."""


@dataclass(frozen=True)
class Plugin:
    """What is known of a plugin; `reason` says why its state is not `ok`."""

    kind: Kind
    name: str
    distribution: str
    version: str
    state: PluginState
    reason: str | None


def names(kind: Kind) -> list[str]:
    """The names that can be used, sorted; nothing is imported.

    Raises:
        PluginError: mnistkit itself is not installed.
    """
    return sorted(filter(installed.is_usable, _entry_points(kind)))


@overload
def load(kind: Literal["command"], name: str) -> Any: ...
@overload
def load(kind: Kind, name: str, expected: type[Loaded], /) -> Loaded: ...
@overload
def load(
    kind: Kind, name: str, expected: type[Loaded], other: type[Other], /
) -> Loaded | Other: ...
def load(kind: Kind, name: str, *expected: type[Any]) -> Any:
    """Import a plugin.

    Args:
        kind: The plugin's.
        name: The plugin's.
        expected: The types one of which its entry point's value has; none of a command, which
            has to be callable.

    Returns:
        What its entry point loads to, see `mnistkit.contracts`; of a command, what Typer
        makes of that.

    Raises:
        PluginError: No such name (the nearest are named), a name that two
            distributions claim, or a plugin that can't be imported or is of another type.
    """
    claims = _entry_points(kind).get(name)
    if claims is None:
        raise PluginError(unknown(kind, name))
    _, reason = _judge(claims[0], claims)
    if reason:
        raise PluginError(f"{kind} {name!r} can't be used: {reason}")
    return _import(kind, claims[0], expected)


def survey(
    types: Mapping[str, tuple[type[Any], ...]], kinds: Iterable[Kind] = tuple(GROUPS)
) -> Iterator[Plugin]:
    """Import every plugin of these kinds and tell its state; `types` as `load` expects them."""
    for kind in kinds:
        for name, claims in sorted(_entry_points(kind).items()):
            for entry_point in claims:
                state, reason = _judge(entry_point, claims)
                if state == "ok":
                    try:
                        _import(kind, entry_point, types[kind])
                    except PluginError as error:
                        state, reason = "broken", str(error)
                distribution = installed.distribution_name(entry_point)
                version = installed.distribution_version(entry_point)
                yield Plugin(kind, name, distribution, version, state, reason)


def told(error: BaseException) -> str:
    """Say in one line what a plugin raised, whatever that is."""
    try:
        reason = " ".join(str(error).split())
    # Its text is made by the plugin, too.
    except Exception:  # noqa: BLE001
        reason = "no message"
    return reason if isinstance(error, MnistkitError) else f"{type(error).__name__}: {reason}"


@cache
def _entry_points(kind: Kind) -> dict[str, list[EntryPoint]]:
    """Per name, everyone who claims it, the built-in one first, and damaged claims last."""
    claims: dict[str, list[EntryPoint]] = {}
    for entry_point in installed.installed().select(group=GROUPS[kind]):
        claims.setdefault(entry_point.name, []).append(entry_point)
    for rivals in claims.values():
        if len(rivals) > 1:
            rivals.sort(key=_precedence)
    if not any(_is_built_in(rivals[0]) for rivals in claims.values()):
        raise PluginError("mnistkit is not installed; run `pip install .` in its folder first")
    return claims


def _precedence(rival: EntryPoint) -> tuple[bool, bool, str]:
    damaged = installed.flaw(rival) is not None
    return damaged, not _is_built_in(rival), installed.distribution_name(rival)


def _judge(entry_point: EntryPoint, claims: list[EntryPoint]) -> tuple[PluginState, str | None]:
    """Whether this claim to a name holds: the built-in one does, a contested one never."""
    flaw = installed.flaw(entry_point)
    if flaw:
        owner = installed.distribution_name(entry_point)
        return "broken", f"{flaw}; repair or uninstall {owner}"
    rivals = [claim for claim in claims if installed.flaw(claim) is None]
    if len(rivals) == 1 or _is_built_in(entry_point):
        return "ok", None
    if _is_built_in(rivals[0]):
        return "shadowed", "the name is built in; its author has to choose another"
    owners = " and ".join(map(installed.distribution_name, rivals))
    return "refused", f"{owners} both claim the name; uninstall one of them"


def _import(kind: Kind, entry_point: EntryPoint, expected: tuple[type[Any], ...]) -> Any:
    try:
        # What it prints while it is imported is no result of ours.
        with redirect_stdout(sys.stderr), _user_interrupts(entry_point):
            loaded = entry_point.load()
            misfit = _misfit(kind, loaded, expected)
            fitting = _as_command(entry_point.name, loaded) if _is_command(kind, loaded) else loaded
    except _UserInterrupt:
        raise
    # A plugin's import can fail in any way, and must break nothing but its own name.
    except BaseException as error:
        if _is_our_module(entry_point) and isinstance(error, KeyboardInterrupt):
            raise
        raise PluginError(
            f"{kind} {entry_point.name!r} of {installed.distribution_name(entry_point)} can't be "
            f"imported from {entry_point.value}: {told(error)}; repair or uninstall that package"
        ) from error
    if misfit:
        raise PluginError(
            f"{kind} {entry_point.name!r} of {installed.distribution_name(entry_point)}: {misfit} "
            f"from {entry_point.value}; it has to be repaired"
        )
    return fitting


@contextmanager
def _user_interrupts(entry_point: EntryPoint) -> Iterator[None]:
    """Let Ctrl-C raise `_UserInterrupt` while a plugin that is not ours is imported."""
    if _is_our_module(entry_point) or threading.current_thread() is not threading.main_thread():
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


def _is_command(kind: Kind, loaded: Any) -> bool:
    return kind == "command" and callable(loaded)


def _as_command(name: str, loaded: Any) -> Any:
    """Let Typer make the command, in which it may find fault with it."""
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


def _misfit(kind: Kind, loaded: Any, expected: tuple[type[Any], ...]) -> str | None:
    """Say what was expected of a plugin that is something else, and what it is."""
    received = type(loaded).__name__
    if kind == "command":
        known = callable(loaded)
        return None if known else f"expected a function or a typer.Typer, received {received}"
    # By its type: an object may lie about its class.
    if expected and not issubclass(type(loaded), expected):
        wanted = " or ".join(known.__name__ for known in expected)
        return f"expected an instance of {wanted}, received {received}"
    for name in TEXTS:
        text = getattr(loaded, name, None)
        if text is not None and not issubclass(type(text), str):
            return f"expected text as its {name}, received {type(text).__name__}"
    return None


@contextmanager
def blamed(
    kind: Kind, name: str, *, passing: type[Exception] | tuple[type[Exception], ...] = ()
) -> Iterator[None]:
    """Raise `PluginError` where the code of a plugin that is not built in fails.

    Args:
        kind: The plugin's.
        name: The plugin's.
        passing: What else than our own errors, which a plugin raises on purpose, is let through.
    """
    try:
        yield
    except MnistkitError:
        raise
    except passing:
        raise
    # It may be anybody's code.
    except (Exception, SystemExit) as error:
        claims = _entry_points(kind).get(name)
        if claims is None or _is_built_in(claims[0]):
            raise
        owner = installed.distribution_name(claims[0])
        raise PluginError(
            f"{kind} {name!r} of {owner} failed with {told(error)}; repair or uninstall that "
            "package"
        ) from error


def owner_of(kind: Kind, name: str) -> str:
    """The distribution that a plugin comes with."""
    return release_of(kind, name)[0]


def release_of(kind: Kind, name: str) -> tuple[str, str]:
    """Return the distribution that a plugin comes with, and its version."""
    claim = _entry_points(kind)[name][0]
    return installed.distribution_name(claim), installed.distribution_version(claim)


def unknown(kind: Kind, name: str) -> str:
    """Say that there is no such plugin, and which names come nearest."""
    meant = nearest(name, names(kind))
    if meant:
        return f"no {kind} is called {name!r}; did you mean {' or '.join(meant)}?"
    other = next((other for other in GROUPS if other != kind and name in names(other)), None)
    if other:
        return f"no {kind} is called {name!r}, which is {'an' if other[0] in 'ae' else 'a'} {other}"
    return (
        f"no {kind} is called {name!r}; choose one of {', '.join(names(kind))}, which "
        f"`mnistkit plugins --kind {kind}s` describes"
    )


def nearest(name: str, known: Iterable[str]) -> list[str]:
    """Return the names a mistyped one may be, at most three; the first letter is seldom wrong."""
    alike = [other for other in known if name[:1] and name[0] in other[:2]]
    return get_close_matches(name, alike, n=3)


def _is_built_in(entry_point: EntryPoint) -> bool:
    # The module first: a distribution's name is parsed out of its metadata at every call.
    return _is_our_module(entry_point) and installed.distribution_name(entry_point) == BUILT_IN


def _is_our_module(entry_point: EntryPoint) -> bool:
    return entry_point.value.startswith(f"{BUILT_IN}.")
