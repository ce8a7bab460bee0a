"""The versions of the packages that decide what a training ends with."""

from __future__ import annotations

from importlib.metadata import version

PACKAGES = ("mnistkit", "tensorflow", "keras", "numpy", "tf2onnx", "onnxruntime")


def package_versions() -> dict[str, str]:
    """Return the installed version of each of these packages."""
    return {package: version(package) for package in PACKAGES}
