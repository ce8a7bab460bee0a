"""The TensorBoard tracker: an event file in the run folder, written by TensorFlow alone."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mnistkit.core.models import run_folder, tensorflow
from mnistkit.core.models.tracked_run import Figures, Outcome, TrackedRun
from mnistkit.plugin_types import Tracker

FOLDER = "tensorboard"


class EventFile:
    """The event file of one process; a resumed run has several.

    Each file begins with the whole history. Its start as a session tells TensorBoard to forget
    what earlier files say of the same epochs, so that no epoch is shown twice and none is missing.
    """

    def __init__(self, run: TrackedRun) -> None:
        tensorflow.import_keras()
        import tensorflow as tf

        self._tf: Any = tf.compat.v1
        self._run = run.path
        folder = run.path / FOLDER
        folder.mkdir(exist_ok=True)
        # Readers take the files of a folder in the order of their names.
        self._file = tf.io.TFRecordWriter(str(folder / f"events.out.tfevents.{time.time_ns()}"))
        self._write(file_version="brain.Event:2")
        start = self._tf.SessionLog(status=self._tf.SessionLog.START)
        self._write(step=0, session_log=start)
        if not run.facts:
            # The start of a session forgets scalars and images, but no texts.
            self._values(0, settings=self._table(run.settings))
        for number, measures in enumerate(run.history, 1):
            self.epoch(number, measures)
        self._file.flush()

    @property
    def facts(self) -> Mapping[str, str]:
        """The folder of the event files."""
        return {"folder": FOLDER}

    def epoch(self, number: int, measures: Figures) -> None:
        """Write the measures of an epoch."""
        self._values(number, **_scalars("epoch", measures))
        self._file.flush()

    def end(self, outcome: Outcome, epochs: int, metrics: Figures) -> None:
        """Write the final measures and the curves, and close the file."""
        if outcome == "finished":
            self._values(epochs, **_scalars("final", metrics))
            self._values(epochs, curves=self._image(self._run / run_folder.CURVES_FILE))
        self._file.close()

    def _values(self, step: int, **values: Mapping[str, Any]) -> None:
        summary = [self._tf.Summary.Value(tag=tag, **value) for tag, value in values.items()]
        self._write(step=step, summary=self._tf.Summary(value=summary))

    def _write(self, **fields: Any) -> None:
        event = self._tf.Event(wall_time=time.time(), **fields)
        self._file.write(event.SerializeToString())

    def _table(self, settings: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return the settings as a table of Markdown, which TensorBoard draws."""
        rows = [f"| {name} | {value} |" for name, value in settings.items()]
        text = "\n".join(["| setting | value |", "| --- | --- |", *rows])
        plugin = self._tf.SummaryMetadata.PluginData(plugin_name="text")
        metadata = self._tf.SummaryMetadata(plugin_data=plugin)
        return {"tensor": self._tf.make_tensor_proto([text]), "metadata": metadata}

    def _image(self, path: Path) -> Mapping[str, Any]:
        from PIL import Image

        with Image.open(path) as picture:
            width, height = picture.size
        encoded = path.read_bytes()
        image = self._tf.Summary.Image(width=width, height=height, encoded_image_string=encoded)
        return {"image": image}


def _scalars(group: str, measures: Figures) -> dict[str, Mapping[str, Any]]:
    """Return the values by tag; TensorBoard shows what stands before the slash as one group."""
    return {f"{group}/{name}": {"simple_value": value} for name, value in measures.items()}


TRACKER = Tracker(
    summary="event files for TensorBoard, in the folder tensorboard of the run",
    open=EventFile,
)
