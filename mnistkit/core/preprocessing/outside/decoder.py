"""A program that decodes one file, and what it answers."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any, BinaryIO, cast

from mnistkit.errors import PictureError, reason_of

PROGRAM = Path(__file__).with_name("program.py")
# For each answer; usual ones take up to a second.
MAX_SECONDS = 20
# Of a line, in bytes.
MAX_LINE = 1000


class Decoder:
    """A program that writes lines of JSON, and pixels behind those that have a size.

    Args:
        process: Runs it.
    """

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process
        self.ended = False
        """Whether it crashed or was stopped, so that no answer follows."""

    def answer(self) -> tuple[dict[str, Any], bytes]:
        """Return the next line, and `row` times `height` bytes of pixels.

        Raises:
            PictureError: It crashed, or takes too long.
        """
        stream = cast(BinaryIO, self._process.stdout)
        late = threading.Event()
        timer = threading.Timer(MAX_SECONDS, self._stop, (late,))
        timer.daemon = True
        timer.start()
        try:
            line = stream.readline(MAX_LINE)
            facts: dict[str, Any] = json.loads(line) if line else {}
            size = int(facts.get("row", 0)) * int(facts.get("height", 0))
            pixels = stream.read(size)
        finally:
            timer.cancel()
        if not line or len(pixels) < size:
            self.ended = True
            raise PictureError(TOO_LONG if late.is_set() else CRASHED)
        return facts, pixels

    def _stop(self, late: threading.Event) -> None:
        late.set()
        self._process.kill()


CRASHED = (
    "expected a picture that can be decoded, received one that its decoder fails at; save it as PNG"
)
TOO_LONG = (
    f"expected a picture that is decoded in {MAX_SECONDS} seconds, received one that takes longer; "
    "save it as PNG"
)


@contextmanager
def start(kind: str, file: BinaryIO, argument: int) -> Iterator[Decoder]:
    """Start the program, and end it behind.

    Args:
        kind: Of the file: `pdf` or `heif`.
        file: On the disk, at its start.
        argument: What the program takes for this kind.

    Raises:
        PictureError: It can't be started.
    """
    # By its path, as a module would import this package; -P keeps its folder out of sys.path.
    command = [sys.executable, "-P", str(PROGRAM), kind, str(argument)]
    try:
        process = subprocess.Popen(  # noqa: S603 - this package's own program
            command, stdin=file, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
    except OSError as error:
        raise PictureError(
            f"expected to start a program that decodes it, received: {reason_of(error)}; try again"
        ) from error
    with process:
        try:
            yield Decoder(process)
        finally:
            process.kill()


@contextmanager
def on_disk(content: bytes) -> Iterator[BinaryIO]:
    """Hold a file's content on the disk, at its start.

    Raises:
        PictureError: There is no room, or no such folder.
    """
    with ExitStack() as held:
        try:
            file = held.enter_context(TemporaryFile())
            file.write(content)
            file.seek(0)
        except OSError as error:
            raise PictureError(
                f"expected to write a temporary file, received: {reason_of(error)}; free space or "
                "set TMPDIR to another folder"
            ) from error
        yield file
