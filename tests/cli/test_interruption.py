"""Ctrl-C while a model runs that never ends."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time

import pytest

from mnistkit.core.models.card import Card
from mnistkit.core.models.interruption import run_interruptibly
from mnistkit.core.preprocessing.saving import save_picture

# Nearly 2^63 turns of a loop, each of which adds nothing.
ENDLESS = """
<ir_version: 9, opset_import: ["" : 18]>
endless (uint8[batch, 28, 28] image) => (float[batch, 10] probabilities) {
    start = Constant <value = float[1, 10] {0, 0, 0, 0, 0, 0, 0, 0, 0, 0}> ()
    turns = Constant <value = int64 {9223372036854775807}> ()
    go_on = Constant <value = bool {1}> ()
    probabilities = Loop <body = turn (int64 number, bool before, float[1, 10] sum)
        => (bool after, float[1, 10] added) {
            after = Identity (before)
            added = Add (sum, sum)
        }> (turns, go_on, start)
}
"""


@pytest.fixture(scope="module")
def place(tmp_path_factory, sample):
    """A folder with a picture and a model that never ends."""
    import onnx

    folder = tmp_path_factory.mktemp("place")
    model = onnx.parser.parse_model(ENDLESS)
    card = Card(
        toolkit_version="0.1.0",
        class_names=tuple("0123456789"),
        architecture="endless",
        layers=(),
        dataset="mnist-sample",
        preparation="digit",
        accuracy=None,
    )
    onnx.helper.set_model_props(model, {"mnistkit": json.dumps(card.to_json())})
    onnx.save(model, folder / "endless.onnx")
    save_picture(255 - sample.images[0], folder, "x.png", ".png")
    return folder


@pytest.mark.parametrize(
    "words",
    ["predict x.png", "read x.png", "evaluate --limit 5"],
    ids=lambda words: words.split()[0],
)
def test_one_ctrl_c_ends_a_model_that_never_does(clean_environment, place, words):
    with subprocess.Popen(
        [sys.executable, "-m", "mnistkit", *words.split(), "--model", "endless.onnx"],
        cwd=place,
        env=clean_environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        process.stderr.readline()
        # Told of the model, it soon runs it.
        time.sleep(1)
        process.send_signal(signal.SIGINT)
        stdout, stderr = process.communicate(timeout=20)
    assert process.returncode == 130
    assert stdout == ""
    assert "Traceback" not in stderr


def test_what_is_run_gives_its_result_or_its_error():
    assert run_interruptibly(lambda: 7, pytest.fail) == 7
    with pytest.raises(ZeroDivisionError):
        run_interruptibly(lambda: 1 / 0, pytest.fail)
