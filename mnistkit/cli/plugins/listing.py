"""The plugins of one kind, with what helps to choose among them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from typing import Any

from mnistkit import plugins
from mnistkit.plugin_types import TYPES
from mnistkit.plugins import Kind, Plugin
from mnistkit.training.description import describe

DETAILS: dict[Kind, tuple[str, ...]] = {
    "command": ("summary",),
    "architecture": ("summary", "parameters"),
    "dataset": ("summary", "licence"),
    "exporter": ("summary", "suffix"),
}

# A command's help is cut off behind so many characters.
LONGEST_HELP = 1000


@dataclass(frozen=True)
class Entry:
    """A plugin and its details, by the names in `DETAILS`; None for a missing one."""

    plugin: Plugin
    details: dict[str, Any]

    def to_json(self) -> dict[str, Any]:
        """Return the entry as plain JSON values."""
        return {**asdict(self.plugin), **self.details}


def entries(kind: Kind) -> Iterator[Entry]:
    """List the plugins of a kind; an architecture is built, with ten classes, to be counted."""
    for plugin in plugins.survey(TYPES, (kind,)):
        nothing = dict.fromkeys(DETAILS[kind])
        if plugin.state != "ok":
            yield Entry(plugin, nothing)
            continue
        try:
            yield Entry(plugin, nothing | _details(kind, plugin.name))
        # An architecture whose network can't be built shows only now, or whatever else is wrong.
        except Exception as error:  # noqa: BLE001
            yield Entry(replace(plugin, state="broken", reason=plugins.told(error)), nothing)


def _details(kind: Kind, name: str) -> dict[str, Any]:
    loaded = plugins.load(kind, name, *TYPES[kind])
    match kind:
        case "command":
            return {"summary": loaded.get_short_help_str(limit=LONGEST_HELP)}
        case "architecture":
            parameters = describe(name).total_parameters
            return {"summary": loaded.summary, "parameters": parameters}
    return {key: getattr(loaded, key, None) for key in DETAILS[kind]}
