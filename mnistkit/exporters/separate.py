"""A runtime in a process of its own, which is sent images and answers with probabilities."""

from __future__ import annotations

import os
import signal
import subprocess
import tempfile
import threading
import weakref
from collections.abc import Sequence
from pathlib import Path
from typing import IO, cast

import numpy as np

from mnistkit.core.arrays import Images, Probabilities
from mnistkit.core.models.card import Card
from mnistkit.core.models.card_file import read_card
from mnistkit.core.models.classifier import Classifier
from mnistkit.errors import ModelError

READY = b"+"
"""What the process writes when the model is open."""


def open_separately(path: Path, command: Sequence[str], card: Card | None = None) -> Classifier:
    """Return the classifier of an exported model, which a process of its own runs.

    Args:
        path: The file or folder.
        command: The process. It writes `READY`; for each request on stdin, a uint32 count and
            so many images, it writes their probabilities as float32. It ends with its input.
        card: The model's card; None for the one in its folder.

    Raises:
        ModelError: The process ends before it is ready.
    """
    card = card or read_card(path)
    process = _Process(path, command, len(card.class_names))
    return Classifier(card, process.infer, path, process.stop)


class _Process:
    """A running process, for one caller at a time."""

    def __init__(self, path: Path, command: Sequence[str], classes: int) -> None:
        self._path, self._classes = path, classes
        self._lock = threading.Lock()
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115  # until the process ends
        self._process = subprocess.Popen(  # noqa: S603  # the commands of exporters
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"},
            # Ctrl-C is for this process, which then ends the other one.
            start_new_session=True,
        )
        self._stdin = cast("IO[bytes]", self._process.stdin)
        self._stdout = cast("IO[bytes]", self._process.stdout)
        self.stop = weakref.finalize(self, _end, self._process, self._errors)
        self._read(len(READY))

    def infer(self, images: Images) -> Probabilities:
        with self._lock:
            try:
                self._stdin.write(np.uint32(len(images)).tobytes() + images.tobytes())
                self._stdin.flush()
                answer = self._read(len(images) * self._classes * np.float32().nbytes)
            # The process has ended, or was stopped.
            except (BrokenPipeError, ValueError) as error:
                raise self._failed() from error
            except KeyboardInterrupt:
                # The next request would get this one's answer.
                self.stop()
                raise
        return np.frombuffer(answer, np.float32).reshape(len(images), self._classes)

    def _read(self, size: int) -> bytes:
        answer = self._stdout.read(size)
        if len(answer) < size:
            raise self._failed()
        return answer

    def _failed(self) -> ModelError:
        ended, reason = self._process.wait(), self._last_words()
        self.stop()
        if ended == ModelError.exit_code:
            return ModelError(reason)
        if ended < 0:
            reason = f"it ended with {signal.Signals(-ended).name}"
        return ModelError(
            f"{self._path}: expected a whole model that its runtime runs, received one that fails "
            f"({reason:.200}); export the model again"
        )

    def _last_words(self) -> str:
        """Return the last line that the process wrote to stderr."""
        try:
            self._errors.seek(0)
            told = self._errors.read().decode(errors="replace").split("\n")
        # `stop` has closed it.
        except ValueError:
            told = []
        return next((line for line in reversed(told) if line.strip()), "no reason")


def _end(process: subprocess.Popen[bytes], errors: IO[bytes]) -> None:
    """End a process; it holds nothing that could be lost."""
    process.kill()
    process.communicate()
    errors.close()
