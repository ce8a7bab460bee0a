"""The SavedModel exporter, for TensorFlow Serving."""

from __future__ import annotations

import errno
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mnistkit.core.arrays import IMAGE_SHAPE
from mnistkit.core.models.card import Card
from mnistkit.core.models.classifier import Classifier
from mnistkit.core.models.onnx_file import INPUT, OUTPUT
from mnistkit.core.recipe import Options
from mnistkit.errors import first_line
from mnistkit.exporters.runtimes import Runtime
from mnistkit.exporters.separate import open_separately
from mnistkit.plugin_types import Exporter

RUNTIME = Runtime("tensorflow", "tensorflow", "2.20", "saved-model")


def write(model: Any, _card: Card, path: Path, _: Options) -> Mapping[str, Any]:
    """Write a Keras model as a SavedModel whose signature is from `image` to `probabilities`."""
    RUNTIME.require()
    import keras
    import tensorflow as tf

    from mnistkit.core.models.tensorflow import native_output_hidden

    archive = keras.export.ExportArchive()
    archive.track(model)
    archive.add_endpoint(
        "serve",
        lambda image: {OUTPUT: model(image, training=False)},
        [tf.TensorSpec((None, *IMAGE_SHAPE), tf.uint8, name=INPUT)],
    )
    try:
        with native_output_hidden():
            archive.write_out(str(path), verbose=False)
    except tf.errors.OpError as error:
        # It does not always say why, but the folder is a new one of our own.
        raise OSError(errno.ENOSPC, first_line(error)) from error
    return {"tensorflow": tf.__version__, "signature": "serving_default"}


def open_folder(path: Path) -> Classifier:
    """Return a classifier that runs a SavedModel in a fresh TensorFlow process.

    Raises:
        MissingError: TensorFlow is missing or too old.
        ModelError: A file is missing or damaged, or the signature is another one.
    """
    RUNTIME.require()
    program = "mnistkit.exporters.saved_model_process"
    # With -P, no module in the working directory is imported.
    return open_separately(path, (sys.executable, "-P", "-m", program, str(path)))


EXPORTER = Exporter(
    summary="TensorFlow's SavedModel, for TensorFlow Serving",
    suffix="",
    write=write,
    open=open_folder,
    tolerance=1e-6,
)
