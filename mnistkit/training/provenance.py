"""What takes part in making a run: packages and plugins, with their versions."""

from __future__ import annotations

from collections.abc import Iterable
from importlib.metadata import version

from mnistkit import plugins
from mnistkit.core.models.record import UsedPlugin
from mnistkit.plugins import Kind

PACKAGES = ("mnistkit", "tensorflow", "keras", "numpy", "tf2onnx", "onnxruntime")
EXPORTER = "onnx"


def package_versions() -> dict[str, str]:
    """Return the version of each package that decides what a training ends with."""
    return {package: version(package) for package in PACKAGES}


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
