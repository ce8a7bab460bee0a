"""A runtime in a process of its own: what its user is told when it ends."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from mnistkit.errors import ModelError
from mnistkit.exporters.separate import open_separately

IMAGES = np.zeros((2, 28, 28), np.uint8)
# Answers as a model of ten classes, until an image begins with a bright pixel.
PROGRAM = """
import os, signal, sys
def tell(content):
    sys.stdout.buffer.write(content)
    sys.stdout.buffer.flush()
tell(b"+")
while count := sys.stdin.buffer.read(4):
    images = sys.stdin.buffer.read(784 * int.from_bytes(count, "little"))
    if images[0]:
        LAST
    tell(bytes(40 * int.from_bytes(count, "little")))
"""
# Is interrupted while it waits for the answer to a bright image, and asks again.
INTERRUPTED = """
import os, signal, sys, threading
from pathlib import Path
import numpy as np
from mnistkit.core.models.choice import choose
from mnistkit.errors import ModelError
from mnistkit.exporters.separate import open_separately
from mnistkit.prediction.opening import open_served
card = open_served(choose("bundled").path).card
opened = open_separately(Path("model.x"), (sys.executable, "-c", sys.argv[1]), card)
signal.signal(signal.SIGINT, signal.default_int_handler)
threading.Timer(0.2, os.kill, (os.getpid(), signal.SIGINT)).start()
try:
    opened.predict(np.full((1, 28, 28), 255, np.uint8))
except KeyboardInterrupt:
    try:
        opened.predict(np.zeros((1, 28, 28), np.uint8))
    except ModelError as error:
        print(error)
"""
BRIGHT = np.full((1, 28, 28), 255, np.uint8)


@pytest.fixture
def open_program(bundled):
    def call(last="pass"):
        command = (sys.executable, "-c", PROGRAM.replace("LAST", last))
        return open_separately(Path("model.x"), command, bundled.card)

    return call


@pytest.mark.parametrize(
    ("last", "reason"),
    [
        ("os.kill(os.getpid(), signal.SIGKILL)", "it ended with SIGKILL"),
        ("sys.exit('no such operator')", "no such operator"),
    ],
)
def test_a_process_that_ends_is_told_of_at_each_request_from_then_on(open_program, last, reason):
    opened = open_program(last)
    np.testing.assert_array_equal(opened.predict(IMAGES), np.zeros((2, 10)))
    with pytest.raises(ModelError, match=rf"^model\.x: expected a whole model .*\({reason}\)"):
        opened.predict(BRIGHT)
    with pytest.raises(ModelError, match=r"^model\.x: expected a whole model that its runtime"):
        opened.predict(IMAGES)


def test_a_stopped_process_is_said_to_have_ended(open_program):
    opened = open_program()
    opened.stop()
    with pytest.raises(ModelError, match="it ended with SIGKILL"):
        opened.predict(IMAGES)


def test_ctrl_c_ends_a_request_and_its_process():
    # In a process of its own, as nothing else may take the signal.
    ended = subprocess.run(
        [sys.executable, "-c", INTERRUPTED, PROGRAM.replace("LAST", "signal.pause()")],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert ended.returncode == 0, ended.stderr
    assert "it ended with SIGKILL" in ended.stdout
