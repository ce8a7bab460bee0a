"""How the training of a page reader is shown: a live bar on a terminal, lines in a pipe."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest
from terminals import on_terminal

ESCAPES = re.compile(r"\x1b\[[\d;?]*[A-Za-z]")
# Sixty steps without a network.
PROGRAM = """
import time
from pathlib import Path
from mnistkit.cli import output
from mnistkit.cli.progress import display, drawing
from mnistkit.cli.train_reader.progress import ReaderProgress
from mnistkit.reading.learning.record import Row
output.set_verbosity(20)
display.DELAY, display.INTERVAL = 0, 0.05
with display.Display() as shown:
    progress = ReaderProgress(shown)
    progress.stage("preparing")
    time.sleep(0.3)
    progress.begin(Path("new"), 40, 20_000)
    for done in range(41, 101):
        progress.step(done, {"loss": 2.5, "heat": 1.25})
        time.sleep(0.01)
    progress.row(Row(100, {"loss": 2.5}, {"recall": 0.5, "precision": None}))
    progress.stage("exporting")
"""
LINES = [
    "preparing",
    "training in new, steps 41 to 20,000",
    "step 100: recall 0.5000",
    "exporting",
]


@pytest.fixture
def environment(clean_environment):
    return clean_environment | {"TERM": "xterm"}


def test_a_terminal_shows_a_live_bar_with_speed_and_time_left(environment):
    shown = ESCAPES.sub("", on_terminal([sys.executable, "-c", PROGRAM], environment).decode())

    lines = [line.strip() for line in re.split(r"[\r\n]+", shown)]
    bar = re.compile(
        r"training [━╸╺ ]+ \d\d of 20,000 steps  [\d.,]+(?:/s| s each)  [\d:]+ left  loss 2\.500"
    )
    assert len({line for line in lines if bar.fullmatch(line)}) > 1
    assert [line for line in lines if line in LINES] == LINES
    # Something moves while the network is built.
    before = lines[lines.index("preparing") : lines.index(LINES[1])]
    assert len({line for line in before if re.fullmatch(r"preparing [━ ]+ \d:\d\d", line)}) > 1


def test_a_pipe_gets_a_line_after_a_few_steps_and_now_and_then(environment):
    ended = subprocess.run(
        [sys.executable, "-c", PROGRAM], env=environment, capture_output=True, text=True, check=True
    )

    preparing, beginning, *steps, row, exporting = ended.stderr.splitlines()
    assert [preparing, beginning, row, exporting] == LINES
    line = re.compile(r"step (\d+)/20,000  0\.\d\d s, [\d,]+ min left  loss 2\.500, heat 1\.250")
    assert [line.fullmatch(step)[1] for step in steps] == ["50", "51", "100"]
