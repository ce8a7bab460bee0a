"""Importing Keras on TensorFlow, quietly, and giving its memory back."""

from __future__ import annotations

import ctypes
import gc
import logging
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from mnistkit.core import lasting
from mnistkit.core.holding import clear_leftovers, is_passing, temporary_folder
from mnistkit.core.native_output import stderr_into
from mnistkit.core.packages import KERAS, require

logger = logging.getLogger(__name__)


def import_keras() -> Any:
    """Import Keras on TensorFlow; what their native code prints is seen only when debugging.

    Raises:
        MissingError: They are not installed.
    """
    require("a Keras model", KERAS)
    lasting.until_command_ends(_own_temporary_files())
    os.environ["KERAS_BACKEND"] = "tensorflow"
    # Where a user has no home, its settings would be written into the working directory.
    os.environ.setdefault("KERAS_HOME", os.devnull)
    if not logger.isEnabledFor(logging.DEBUG):
        os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    with native_output_hidden():
        import keras
        import tensorflow as tf

        # The first look for devices prints, too.
        tf.config.list_logical_devices()
    return keras


@contextmanager
def _own_temporary_files() -> Iterator[None]:
    """Keep the temporary files of this process in a folder, which a kill leaves to the next one.

    TensorFlow writes programs into the system's folder, and leaves their bytecode there.
    """
    before = tempfile.tempdir
    place = Path(tempfile.gettempdir())
    if is_passing(place):
        yield
        return
    clear_leftovers(place)
    with temporary_folder(place) as folder:
        tempfile.tempdir = str(folder)
        try:
            yield
        finally:
            tempfile.tempdir = before


@contextmanager
def native_output_hidden() -> Iterator[None]:
    """Send what is written to file descriptor 2 aside, and bring it back after an error.

    TensorFlow prints its first lines before it reads TF_CPP_MIN_LOG_LEVEL, and some releases
    print others in spite of it. When debugging nothing is hidden.
    """
    if logger.isEnabledFor(logging.DEBUG):
        yield
        return
    with tempfile.TemporaryFile() as aside, stderr_into(aside) as terminal:
        try:
            yield
        except (Exception, SystemExit):
            aside.seek(0)
            os.write(terminal, aside.read())
            raise


def give_back_memory() -> None:
    """Return what has been freed to the system, where the C library can.

    TensorFlow and tf2onnx leave some 200 MB of it behind.
    """
    gc.collect()
    # Only glibc has it; elsewhere there is nothing to do.
    with suppress(AttributeError, OSError, TypeError):
        ctypes.CDLL(None).malloc_trim(0)
