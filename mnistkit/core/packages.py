"""The packages that only some commands need, and that a small installation leaves out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib.util import find_spec

from mnistkit.errors import MissingError

KERAS = ("tensorflow", "keras", "h5py")
ONNX = ("tf2onnx", "onnx")
PLOTS = ("matplotlib",)
PAGES = ("jinja2", "matplotlib")
"""What opens and trains Keras models, writes ONNX files, draws plots, and writes reports."""


def require(user: str, packages: Sequence[str]) -> None:
    """Raise `MissingError` with the command that installs what is missing, if anything is.

    Args:
        user: What needs the packages, as the message begins.
        packages: Their names, which are also those of their modules.
    """
    missing = [package for package in packages if find_spec(package) is None]
    _refuse(user, missing, f"`pip install {' '.join(missing)}`")


def require_extra(user: str, extra: str, modules: Mapping[str, str]) -> None:
    """Raise `MissingError` with the command that installs an extra of mnistkit, if it is missing.

    Args:
        user: What needs it, as the message begins.
        extra: Its name in pyproject.toml.
        modules: The modules it has to bring, by the names of their packages.
    """
    missing = [name for name, module in modules.items() if find_spec(module) is None]
    _refuse(user, missing, installing(extra))


def installing(extra: str) -> str:
    """Return the command that installs an extra of mnistkit."""
    return f"`pip install '.[{extra}]'` in mnistkit's folder"


def _refuse(user: str, missing: Sequence[str], command: str) -> None:
    if missing:
        are, them = ("are", "them") if len(missing) > 1 else ("is", "it")
        raise MissingError(
            f"{user} needs {', '.join(missing)}, which {are} not installed; install {them} with "
            f"{command}"
        )
