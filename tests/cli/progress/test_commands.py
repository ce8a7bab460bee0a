"""The commands that take long: what they show meanwhile on a terminal, and what stays there."""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass, field

import pytest
from terminals import on_terminal, screen_of

from mnistkit.core.models import keras_file
from mnistkit.core.preprocessing.saving import save_picture
from mnistkit.data.loading import load_split
from mnistkit.exporting.images import quantisation_images
from mnistkit.exporting.writing import ExportFormat, Original, Target, write_proved
from mnistkit.fetching.store import Store

# As if the first second were over.
PROGRAM = """
import sys
from mnistkit.cli import app
from mnistkit.cli.progress import display, drawing
display.DELAY, display.INTERVAL = 0, 0.01
sys.argv[0] = "mnistkit"
app.main()
"""
COMMANDS = {
    "predict": (
        "predict --dataset mnist-sample --format csv",
        r"predicting [━╸ ]+[\d,]+ of 1,000 pictures  [\d,.]+(/s| s each)  \d+:\d\d left",
    ),
    "read": ("read example:page", r"reading [━╸ ]+0 of 1 pages  0:\d\d"),
    "evaluate": (
        "evaluate bundled --dataset mnist-sample --limit 20 --corruptions",
        r"measuring on mnist-sample, corrupted [━╸ ]+[\d,]+ of 300 images  .* left",
    ),
    "compare": (
        "evaluate bundled --compare bundled --dataset mnist-sample --limit 100",
        r"model 2 of 2 on mnist-sample [━╸ ]+[\d,]+ of 100 images  .* left",
    ),
}


@pytest.mark.parametrize("name", COMMANDS)
def test_a_terminal_shows_how_far_a_command_is_and_keeps_its_results(
    mnistkit, clean_environment, tmp_path, name
):
    words, pattern = COMMANDS[name]
    program = [sys.executable, "-c", PROGRAM, *words.split()]
    shown = on_terminal(program, clean_environment | {"TERM": "xterm"}, tmp_path).decode()
    assert re.search(pattern, shown)
    # Wrapped at the terminal's width, and with another speed.
    kept = " ".join(re.sub(r"[\d,]+( images/s|$)", "", line) for line in screen_of(shown))
    piped = mnistkit(*words.split())
    expected = [re.sub(r"[\d,]+( images/s|$)", "", line) for line in piped.stdout.splitlines()]
    assert [line for line in expected if " ".join(line.split()) not in " ".join(kept.split())] == []
    assert "━" not in kept
    assert "━" not in piped.stdout + piped.stderr


@pytest.mark.parametrize(
    ("command", "shown"),
    [
        ('exec "$@" --files-from list.txt', r"[\d,]+ of 600 pictures"),
        ('cat list.txt | exec "$@" --files-from -', r"[\d,]+ pictures  [\d.,]+"),
    ],
)
def test_the_pictures_of_a_list_are_counted_beside_the_work_and_those_of_a_pipe_are_not(
    clean_environment, tmp_path, sample, command, shown
):
    save_picture(255 - sample.images[0], tmp_path, "x.png", ".png")
    (tmp_path / "list.txt").write_text("x.png\n" * 600)
    words = ["predict", "--model", "bundled", "--format", "label"]
    program = ["/bin/sh", "-c", command, "sh", sys.executable, "-c", PROGRAM, *words]
    told = on_terminal(program, clean_environment | {"TERM": "xterm"}, tmp_path).decode()
    bars = [line for line in re.split(r"[\r\n]", told) if line.startswith("predicting")]
    assert any(re.search(shown, bar) for bar in bars), bars
    assert any(" of " in bar for bar in bars) == (" of " in shown)


def test_drawing_is_imported_only_once_something_is_drawn(clean_environment):
    program = PROGRAM.replace(", drawing", "").replace("= 0, 0.01", "= 60, 0.01")
    command = [sys.executable, "-X", "importtime", "-c", program]
    words = ["predict", "example:seven", "--format", "csv"]
    shown = on_terminal([*command, *words], clean_environment | {"TERM": "xterm"}).decode()
    assert "mnistkit.cli.progress.display" in shown
    assert "rich" not in shown


@dataclass
class Told:
    """Keeps each stage's name with its total, and how much of it was told to be done."""

    stages: dict[str, list[int | None]] = field(default_factory=dict)

    def stage(self, name, total=None, unit=""):
        assert bool(unit) == (total is not None)
        self.stages[name] = [total, 0]

    def advance(self, count=1):
        list(self.stages.values())[-1][1] += count


@pytest.mark.slow
def test_an_export_tells_of_every_image_of_its_proof(trained_run, tmp_path):
    card, told = trained_run.card(), Told()
    test = load_split("mnist-sample", "test", Store())
    quantisation = quantisation_images(card, test, Store())
    original = Original(keras_file.open_model(trained_run.model), card, quantisation)
    target = Target(tmp_path / "small.onnx", ExportFormat("onnx-int8"))
    write_proved(original, test.images, target, told)
    count = 3 * len(test.images)
    assert told.stages == {
        "predicting with the model": [count, count],
        "converting to onnx-int8": [None, 0],
        "predicting with the export": [count, count],
        "measuring the accuracy": [2 * len(test.images)] * 2,
    }


# A search without a network: two of four trials are finished, one is pruned, one goes on.
SEARCH = """
import time
from types import SimpleNamespace
from mnistkit.cli import output
from mnistkit.cli.progress import display, drawing
from mnistkit.cli.tune.progress import TuningProgress
output.set_verbosity(20)
display.DELAY, display.INTERVAL = 0, 0.01
best = SimpleNamespace(value=0.98, number=0)
finished = [2]
study = SimpleNamespace(name="cnn-mnist", finished=lambda: finished[0], best=lambda: best)
with display.Display() as shown:
    progress = TuningProgress(shown, 4)
    progress.joined(study, 4)
    progress.began(2, {"dropout": 0.5})
    progress.epoch(2, 1, 0.97)
    time.sleep(0.1)
    finished[0] = 3
    progress.ended(2, "pruned at epoch 1 of 4, 97.00%", best)
    progress.began(3, {"dropout": 0.1})
    time.sleep(0.1)
"""


def test_a_search_shows_its_trials_with_the_time_left(clean_environment):
    shown = on_terminal([sys.executable, "-c", SEARCH], clean_environment | {"TERM": "xterm"})
    text = shown.decode()
    bar = r"trials [━╸ ]+{} of 4  [\d.]+(?:/s| s each)  \d:\d\d left  {}"
    assert re.search(bar.format(2, r"trial 2, epoch 1: 97\.00%"), text)
    assert re.search(bar.format(3, "trial 3"), text)
    assert screen_of(text) == [
        "study cnn-mnist: 2 of 4 trials finished; best 98.00%, trial 0",
        "trial 2: dropout 0.5",
        "trial 2: pruned at epoch 1 of 4, 97.00%; best 98.00%, trial 0",
        "trial 3: dropout 0.1",
    ]
