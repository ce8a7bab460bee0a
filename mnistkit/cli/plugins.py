"""`mnistkit plugins`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from mnistkit import plugins as registry
from mnistkit.cli import options, output
from mnistkit.plugins import Kind, Plugin

if TYPE_CHECKING:
    from mnistkit.data.listing import PluginEntry

KINDS: dict[str, Kind] = {f"{kind}s": kind for kind in registry.GROUPS}

KindOption = Annotated[
    Literal["commands", "architectures", "datasets", "exporters", "trackers"] | None,
    typer.Option(help="List only this kind, with details."),
]


def plugins(kind: KindOption = None, format: options.FormatOption = "text") -> None:
    """List the installed plugins and whether each works.

    Plugins are commands, architectures, datasets, exporters and trackers; each is listed with the
    package that it comes from.

    Example:
        mnistkit plugins --kind architectures
    """
    if kind is not None:
        _list_kind(KINDS[kind], format)
        return
    # Not at the top: NumPy, of which the types speak, would slow every start.
    from mnistkit.plugin_types import TYPES

    found = list(registry.survey(TYPES))
    if format == "json":
        output.document([asdict(plugin) for plugin in found])
        return
    output.table(
        ("kind", "name", "state", "distribution"),
        (
            (plugin.kind, plugin.name, plugin.state, f"{plugin.distribution} {plugin.version}")
            for plugin in found
        ),
        words=4,
    )
    _print_reasons(found)


def _list_kind(kind: Kind, format: options.TextOrJson) -> None:
    from mnistkit.data.listing import DETAILS, plugin_entries
    from mnistkit.training.description import describe

    found = list(plugin_entries(kind, lambda name: describe(name).total_parameters))
    if format == "json":
        output.document([{**asdict(entry.plugin), **entry.details} for entry in found])
        return
    columns = ("name", *DETAILS[kind])
    words = columns.index("parameters") if "parameters" in columns else len(columns)
    output.table(columns, map(_row, found), words)
    _print_reasons(entry.plugin for entry in found)


def _row(entry: PluginEntry) -> tuple[str, ...]:
    if entry.plugin.state != "ok":
        return entry.plugin.name, entry.plugin.state
    return entry.plugin.name, *map(_cell, entry.details.values())


def _cell(value: object) -> str:
    """Return a detail, which may be any object of a plugin's, in one line."""
    if value is None:
        return ""
    return f"{value:,}" if isinstance(value, int) else " ".join(str(value).split())


def _print_reasons(found: Iterable[Plugin]) -> None:
    for plugin in found:
        if plugin.reason:
            output.line(f"{plugin.kind} {plugin.name} is {plugin.state}: {plugin.reason}")
