"""A kill at any instant: the same command again finishes, and nothing half-written is left."""

from __future__ import annotations

import csv
import json
import os
import zipfile
from dataclasses import dataclass
from pathlib import Path

import h5py
import numpy as np
import onnx
import pytest
from file_faults import KILLED, THERE, TRIAL, Fault
from PIL import Image

from mnistkit.core.holding import PREFIX

pytestmark = pytest.mark.slow

MOMENTS = 40
TRAIN = (
    "train --dataset mnist-sample --limit 60 --architecture tiny --batch-size 32 --epochs 2 "
    "--output run"
)
WEB = os.environ.get("ONNXRUNTIME_WEB", "node_modules/onnxruntime-web/dist")


@dataclass(frozen=True)
class Case:
    """A command that is killed.

    Args:
        words: The command.
        given: What of the material lies there before.
        made: What it makes.
        resumed: The command that goes on once `run.json` is there, if not the same one.
        chance: The name of what only some results let it make.
    """

    words: str
    given: tuple[str, ...]
    made: str
    resumed: str | None = None
    chance: str | None = None

    def again(self, work):
        """The command that finishes it."""
        begun = self.resumed and (work / self.made / "run.json").exists()
        return self.resumed if begun else self.words


def exporting(name, made, more=""):
    return Case(f"export one --exporter {name} --output {made}{more}", ("one",), made)


CASES = {
    "train": Case(TRAIN, (), "run", "train --resume run"),
    "train, averaged": Case(f"{TRAIN} --ema 0.5", (), "run", "train --resume run"),
    "train, dated": Case(TRAIN.removesuffix(" --output run"), (), "runs"),
    "resume": Case("train --resume one --epochs 3", ("one",), "one"),
    "export in its run": Case("export one", ("one",), "one/model.onnx"),
    "onnx": exporting("onnx", "made.onnx"),
    "onnx-int8": exporting("onnx-int8", "made.onnx"),
    "litert": exporting("litert", "made.tflite"),
    "micro": exporting("micro", "made"),
    "openvino": exporting("openvino", "made"),
    "saved-model": exporting("saved-model", "made"),
    "web": exporting("web", "made", f" --option runtime={WEB}"),
    "ensemble": Case("ensemble one two --output made", ("one", "two"), "made"),
    "ensemble, dated": Case("ensemble one two", ("one", "two"), "runs"),
    "import": Case(
        "import own.keras --output made --pixels 0-1 --ink bright --fit none",
        ("own.keras",),
        "made",
    ),
    "tune": Case(
        "tune --dataset mnist-sample --limit 60 --architecture tiny --epochs 1 --trials 2 "
        "--output made",
        (),
        "made",
        # A trial that is tried again gets another number, and so other parameters follow.
        chance="work/made/importance.png",
    ),
}


def check_whole(path):
    """Assert that a file under a final name is not half of one."""
    match path.suffix:
        case ".json":
            record = json.loads(path.read_text())
            epochs = [row["epoch"] for row in record.get("history", ())]
            assert epochs == list(range(1, len(epochs) + 1))
        case ".keras":
            with zipfile.ZipFile(path) as archive:
                assert archive.testzip() is None
        case ".onnx":
            onnx.checker.check_model(onnx.load(path))
        case ".png":
            with Image.open(path) as picture:
                picture.load()
        case ".csv":
            assert len({len(row) for row in csv.reader(path.read_text().splitlines())}) == 1
        case _:
            assert path.stat().st_size or path.name in EMPTY


# Made empty, to be appended to.
EMPTY = {"journal.log"}


def check_sound(work):
    """Assert that no half-written file has a final name."""
    for path in work.rglob("*"):
        if path.is_file() and PREFIX not in str(path.relative_to(work)):
            check_whole(path)


def weights(path):
    """All arrays of a Keras model, its optimizer's too."""
    found = {}

    def collect(name, item):
        if isinstance(item, h5py.Dataset):
            found[name] = item[()]

    with zipfile.ZipFile(path) as archive, archive.open("model.weights.h5") as file:
        h5py.File(file).visititems(collect)
    return found


@dataclass(frozen=True)
class Whole:
    """What a command makes that nothing goes wrong with."""

    names: set[str]
    sizes: dict[str, int]
    weights: dict[str, dict]
    milliseconds: int


def whole(injected, case):
    """Run a command to its end, and return what it made."""
    ended = injected.run(case.words)
    assert ended.code == 0, ended.said
    made = injected.work / case.made
    return Whole(
        certain(injected.names(), case),
        sizes(made),
        {str(path.relative_to(injected.work)): weights(path) for path in made.rglob("*.keras")},
        max(operation.milliseconds for operation in ended.operations),
    )


def sizes(folder):
    """The sizes of what an export holds, which is there as a whole."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    return {str(path.relative_to(folder)): path.stat().st_size for path in files}


def certain(names, case):
    """Names without those of runs, which are their times, of others' caches, and of chance."""
    others = ("work/runs/", "home/matplotlib/")
    return {name for name in names if not name.startswith(others)} - {case.chance, TRIAL}


def check_finished(injected, case, expected, after):
    """Finish a command that was killed, and assert that it ends as one that was not."""
    there = (injected.work / case.made).exists()
    ended = injected.run(case.again(injected.work))
    is_there = any(words in ended.stderr for words in THERE)
    assert ended.code == 0 or (there and is_there), f"{after}: {ended.said}"
    assert certain(injected.names(), case) - ended.left_alone == expected.names, after
    check_sound(injected.work)
    for folder in injected.work.glob("runs/*"):
        assert (folder / "run.json").is_file(), f"{after}: {folder}"
    for name, arrays in expected.weights.items():
        if not name.startswith("runs/"):
            found = weights(injected.work / name)
            assert found.keys() == arrays.keys()
            for key in arrays:
                np.testing.assert_array_equal(found[key], arrays[key], str(after))
    if ended.code:
        assert sizes(injected.work / case.made).keys() == expected.sizes.keys()


@pytest.fixture(params=CASES)
def case(request):
    case = CASES[request.param]
    if request.param == "web" and not Path(WEB).is_dir():
        pytest.skip("needs onnxruntime-web: npm install it, and name its folder ONNXRUNTIME_WEB")
    return case


def test_a_kill_at_any_operation_is_made_up_for(case, place):
    expected = whole(place(*case.given), case)
    injected = place(*case.given)
    states = list(injected.states(case.words))
    for state in states:
        injected.restore(state.copy)
        check_sound(injected.work)
        check_finished(injected, case, expected, state.operation)


def test_a_kill_at_any_moment_is_made_up_for(case, place):
    expected = whole(place(*case.given), case)
    drawn = np.random.default_rng(0)
    killed = 0
    injected = place(*case.given)
    while killed < MOMENTS:
        # The same command is killed again and again, until it gets to its end between two.
        fault = Fault(milliseconds=int(drawn.integers(1, expected.milliseconds)))
        ended = injected.run(case.again(injected.work), fault)
        check_sound(injected.work)
        killed += ended.code == KILLED
        if ended.code != KILLED:
            check_finished(injected, case, expected, fault)
            injected = place(*case.given)
    check_finished(injected, case, expected, "the last kill")
