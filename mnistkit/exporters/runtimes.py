"""The optional packages that exporters need, and what their native code reads and prints."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TextIO

from mnistkit.core.models.onnx_file import content_of
from mnistkit.core.native_output import stderr_into
from mnistkit.core.packages import installing, require_extra
from mnistkit.errors import MissingError, ModelError, reason_of


@dataclass(frozen=True)
class Runtime:
    """An optional package that runs a format.

    Args:
        package: Its name on PyPI.
        module: The name of its module.
        oldest: The oldest version that is supported.
        extra: The extra of mnistkit that installs it.
    """

    package: str
    module: str
    oldest: str
    extra: str

    def require(self) -> None:
        """Raise `MissingError` with the command that installs it, if it is missing or too old."""
        require_extra(f"the exporter {self.extra}", self.extra, {self.package: self.module})
        try:
            found = version(self.package)
        # Another distribution may have the module, as tensorflow-cpu does.
        except PackageNotFoundError:
            return
        if _numbers(found) < _numbers(self.oldest):
            raise MissingError(
                f"expected {self.package} {self.oldest} or later, received {found}; install it "
                f"with {installing(self.extra)}"
            )


def _numbers(text: str) -> list[int]:
    return [int(number) for number in re.findall(r"\d+", text)]


def read_content(path: Path) -> bytes:
    """Return the bytes of a model's file.

    Raises:
        ModelError: It can't be read.
    """
    try:
        return content_of(path)
    except (OSError, ValueError) as error:
        raise ModelError(f"{path}: {reason_of(error)}") from error


@contextmanager
def hidden_output() -> Iterator[TextIO]:
    """Send what is written to file descriptor 2 into a file, which is yielded."""
    with tempfile.TemporaryFile("w+", errors="replace") as aside, stderr_into(aside):
        yield aside
