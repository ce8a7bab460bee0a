"""Ctrl-C while a model runs that never ends."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import threading
import time
import weakref

import numpy as np
import onnx
import pytest

from mnistkit.core.models.card import Card
from mnistkit.core.models.interruption import run_interruptibly
from mnistkit.core.models.onnx_file import METADATA_KEY, READER_KEY
from mnistkit.core.models.reader_card import ReaderCard, ReaderSettings
from mnistkit.core.preprocessing.saving import save_picture
from mnistkit.reading.detection import OUTPUTS

# Nearly 2^63 turns of a loop, each of which adds nothing.
ENDLESS = """
<ir_version: 9, opset_import: ["" : 18]>
endless ({page}) => ({outputs}) {{
    {constants}
    start = Constant <value = float[{shape}] {{{zeros}}}> ()
    turns = Constant <value = int64 {{9223372036854775807}}> ()
    go_on = Constant <value = bool {{1}}> ()
    {name} = Loop <body = turn (int64 number, bool before, float[{shape}] sum)
        => (bool after, float[{shape}] added) {{
            after = Identity (before)
            added = Add (sum, sum)
        }}> (turns, go_on, start)
}}
"""


def endless(page, outputs, shape, channels):
    """Return a model whose first output never comes; the others are zero."""
    name, *others = channels

    def zeros(count):
        return ", ".join(["0"] * count)

    text = ENDLESS.format(
        page=page,
        outputs=", ".join(f"float[{outputs}, {count}] {name}" for name, count in channels.items()),
        constants="\n".join(
            f"{name} = Constant <value = float[{shape}, {channels[name]}] "
            f"{{{zeros(channels[name])}}}> ()"
            for name in others
        ),
        shape=f"{shape}, {channels[name]}",
        zeros=zeros(channels[name]),
        name=name,
    )
    return onnx.parser.parse_model(text)


@pytest.fixture(scope="module")
def place(tmp_path_factory, sample):
    """A folder with a picture, a classifier and a page reader that never end."""
    folder = tmp_path_factory.mktemp("place")
    card = Card(
        toolkit_version="0.1.0",
        class_names=tuple("0123456789"),
        architecture="endless",
        layers=(),
        dataset="mnist-sample",
        preparation="digit",
        accuracy=None,
    )
    settings = ReaderSettings(1, 0, 8, 192, 2e-3, None, "mnist", "0" * 64, ())
    reader_card = ReaderCard("0.1.0", "mnistkit train-reader", settings, {}, {})
    classifier = endless("uint8[batch, 28, 28] image", "batch", "1", {"probabilities": 10})
    reader = endless("uint8[batch, height, width] page", "batch, rows, columns", "1, 1, 1", OUTPUTS)
    for name, model, key, told in (
        ("endless", classifier, METADATA_KEY, card),
        ("reader", reader, READER_KEY, reader_card),
    ):
        onnx.helper.set_model_props(model, {key: json.dumps(told.to_json())})
        onnx.save(model, folder / f"{name}.onnx")
    save_picture(255 - sample.images[0], folder, "x.png", ".png")
    return folder


@pytest.mark.parametrize(
    "words",
    [
        "predict x.png --model endless.onnx",
        "read x.png --model reader.onnx",
        "evaluate --limit 5 --model endless.onnx",
        "benchmark endless.onnx",
        "explain x.png --model endless.onnx",
    ],
    ids=lambda words: words.split()[0],
)
def test_one_ctrl_c_ends_a_model_that_never_does(clean_environment, place, words):
    with subprocess.Popen(
        [sys.executable, "-m", "mnistkit", *words.split()],
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


def test_what_is_run_keeps_one_thread_and_no_objects():
    def run(kept):
        return run_interruptibly(lambda: (threading.get_ident(), kept)[0], pytest.fail)

    kept = np.zeros(3)
    held = weakref.ref(kept)
    threads = {run(kept) for _ in range(5)}
    del kept
    # The answer is told before the thread forgets what it ran.
    until = time.monotonic() + 10
    while held() is not None and time.monotonic() < until:
        time.sleep(0.01)
    assert held() is None
    assert len(threads) == 1
    assert threads != {threading.get_ident()}


def test_after_a_ctrl_c_the_next_is_run():
    freed = threading.Event()

    def interrupted():
        # The main thread begins to wait meanwhile.
        time.sleep(0.2)
        signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)
        assert freed.wait(10)

    with pytest.raises(KeyboardInterrupt):
        run_interruptibly(interrupted, freed.set)
    assert run_interruptibly(lambda: 7, pytest.fail) == 7


def run_program(program, environment):
    return subprocess.run(
        [sys.executable, "-c", program],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("module", ["mnistkit.cli.app", "mnistkit.cli.train"])
def test_ctrl_c_while_it_starts_is_silent(clean_environment, module):
    ended = run_program(
        "import runpy, sys\n"
        "sys.argv[1:] = ['train', '--help']\n"
        "class Interrupted:\n"
        "    def find_spec(self, name, *_):\n"
        f"        if name == '{module}':\n"
        "            raise KeyboardInterrupt\n"
        "sys.meta_path.insert(0, Interrupted())\n"
        "runpy.run_module('mnistkit', run_name='__main__')\n",
        clean_environment,
    )
    assert (ended.returncode, ended.stdout, ended.stderr) == (130, "", "")


def test_ctrl_c_cleans_up_but_takes_no_module_apart(clean_environment):
    ended = run_program(
        "import atexit\n"
        "from mnistkit.cli import app\n"
        "class TensorFlow:\n"
        "    def __del__(self):\n"
        "        print('taken apart', flush=True)\n"
        "class Group:\n"
        "    def main(self, **_):\n"
        "        print('half of a result')\n"
        "        raise KeyboardInterrupt\n"
        "loaded = TensorFlow()\n"
        "app.command_line = Group\n"
        "atexit.register(lambda: print('cleaned up'))\n"
        "app.main()\n",
        clean_environment,
    )
    assert ended.returncode == 130
    assert ended.stdout.splitlines() == ["half of a result", "cleaned up"]
