"""The plugins that take part in making a run, with their versions."""

from __future__ import annotations

from collections.abc import Iterable

from mnistkit import plugins
from mnistkit.core.models.record import UsedPlugin
from mnistkit.plugins import Kind

EXPORTER = "onnx"


def used_plugins(
    architectures: Iterable[str], datasets: Iterable[str], *, export: bool
) -> tuple[UsedPlugin, ...]:
    """Return the plugins of these names, and the exporter of a run that is exported.

    Args:
        architectures: Their names.
        datasets: Their names, also such as `folder:PATH`.
        export: Whether the run's model is exported.
    """
    names: dict[tuple[Kind, str], None] = {
        **{("architecture", name): None for name in architectures},
        **{("dataset", name.partition(":")[0]): None for name in datasets},
        **({("exporter", EXPORTER): None} if export else {}),
    }
    return tuple(UsedPlugin(kind, name, *plugins.release_of(kind, name)) for kind, name in names)
