"""One registry over the entry points of all that is installed.

Names are known without importing anything; a plugin is imported when it is used.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from contextlib import redirect_stdout
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from typing import Any, Literal

from mnistkit.errors import PluginError

BUILT_IN = "mnistkit"

Kind = Literal["command", "architecture", "dataset", "exporter"]
State = Literal["ok", "broken", "shadowed", "refused"]

GROUPS: dict[Kind, str] = {
    "command": "mnistkit.commands",
    "architecture": "mnistkit.architectures",
    "dataset": "mnistkit.datasets",
    "exporter": "mnistkit.exporters",
}


@dataclass(frozen=True)
class Plugin:
    """What is known of a plugin; `reason` says why its state is not `ok`."""

    kind: Kind
    name: str
    distribution: str
    version: str
    state: State
    reason: str | None


def names(kind: Kind) -> list[str]:
    """The names that can be used, sorted; nothing is imported.

    Raises:
        PluginError: mnistkit itself is not installed.
    """
    return sorted(_entry_points(kind))


def load(kind: Kind, name: str) -> Any:
    """Import a plugin.

    Returns:
        What its entry point loads to, see `mnistkit.contracts`; of a command, what Typer
        makes of that.

    Raises:
        PluginError: No such name (the nearest are named), a name that two
            distributions claim, or a plugin that can't be imported.
    """
    claims = _entry_points(kind).get(name)
    if claims is None:
        raise PluginError(unknown(kind, name))
    _, reason = _judge(claims[0], claims)
    if reason:
        raise PluginError(f"{kind} {name!r} can't be used: {reason}")
    return _import(kind, claims[0])


def survey(kinds: Iterable[Kind] = tuple(GROUPS)) -> Iterator[Plugin]:
    """Import every plugin of these kinds and tell its state."""
    for kind in kinds:
        for name, claims in sorted(_entry_points(kind).items()):
            for entry_point in claims:
                state, reason = _judge(entry_point, claims)
                if state == "ok":
                    try:
                        _import(kind, entry_point)
                    except PluginError as error:
                        state, reason = "broken", str(error)
                yield Plugin(
                    kind, name, _distribution(entry_point), _version(entry_point), state, reason
                )


@cache
def _entry_points(kind: Kind) -> dict[str, list[EntryPoint]]:
    """Per name, everyone who claims it, the built-in one first."""
    claims: dict[str, list[EntryPoint]] = {}
    for entry_point in _installed().select(group=GROUPS[kind]):
        claims.setdefault(entry_point.name, []).append(entry_point)
    for rivals in claims.values():
        if len(rivals) > 1:
            rivals.sort(key=lambda rival: (not _is_built_in(rival), _distribution(rival)))
    if not any(_is_built_in(rivals[0]) for rivals in claims.values()):
        raise PluginError("mnistkit is not installed; run `pip install .` in its folder first")
    return claims


@cache
def _installed() -> Any:
    """All entry points of the environment, to select from; finding them takes some 10 ms."""
    return entry_points()


def _judge(entry_point: EntryPoint, claims: list[EntryPoint]) -> tuple[State, str | None]:
    """Whether this claim to a name holds: the built-in one does, a contested one never."""
    if len(claims) == 1 or _is_built_in(entry_point):
        return "ok", None
    if _is_built_in(claims[0]):
        return "shadowed", "the name is a built-in one; its author has to choose another"
    owners = " and ".join(_distribution(claim) for claim in claims)
    return "refused", f"{owners} both claim the name; uninstall one of them"


def _import(kind: Kind, entry_point: EntryPoint) -> Any:
    try:
        # What it prints while it is imported is no result of ours.
        with redirect_stdout(sys.stderr):
            loaded = entry_point.load()
            wanted = _misfit(kind, loaded)
            fitting = _as_command(entry_point.name, loaded) if _is_command(kind, loaded) else loaded
    # A plugin's import can fail in any way, and must break nothing but its own name.
    except (Exception, SystemExit) as error:
        reason = " ".join(str(error).split())
        raise PluginError(
            f"{kind} {entry_point.name!r} of {_distribution(entry_point)} can't be imported from "
            f"{entry_point.value}: {type(error).__name__}: {reason}; repair or uninstall that "
            "package"
        ) from error
    if wanted:
        raise PluginError(
            f"{kind} {entry_point.name!r} of {_distribution(entry_point)}: expected {wanted}, "
            f"received {type(loaded).__name__} from {entry_point.value}; it has to be repaired"
        )
    return fitting


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
    return command


def _misfit(kind: Kind, loaded: Any) -> str | None:
    """What was expected of a plugin that is something else."""
    if kind == "command":
        return None if callable(loaded) else "a function or a typer.Typer"
    # Not at the top: NumPy, which the contracts speak of, would slow every start.
    from mnistkit import contracts

    expected: tuple[type, ...] = {
        "architecture": (contracts.Architecture,),
        "dataset": (contracts.Dataset, contracts.DatasetFamily),
        "exporter": (contracts.Exporter,),
    }[kind]
    if isinstance(loaded, expected):
        return None
    return f"an instance of {' or '.join(known.__name__ for known in expected)}"


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
    ours = entry_point.value.startswith(f"{BUILT_IN}.")
    return ours and _distribution(entry_point) == BUILT_IN


def _distribution(entry_point: EntryPoint) -> str:
    return (entry_point.dist.name if entry_point.dist else None) or "unknown"


def _version(entry_point: EntryPoint) -> str:
    return (entry_point.dist.version if entry_point.dist else None) or "unknown"
