"""The curves of a training on a terminal."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace

import pytest
from terminals import on_terminal

from mnistkit.core.models.choice import BUNDLED_RUN
from mnistkit.core.models.record import Epoch
from mnistkit.core.models.run_folder import read
from mnistkit.reporting.sparkline import ASCII, BLOCKS, WIDEST, curve_lines, sparkline

PROGRAM = """
from mnistkit.cli.run_summary import print_run
from mnistkit.core.models.choice import BUNDLED_RUN
from mnistkit.core.models.run_folder import read
print_run(read(BUNDLED_RUN), "text")
"""


@pytest.fixture
def settings():
    return replace(read(BUNDLED_RUN).record.settings, dropout=0, augmentation="none")


def history(accuracies, validated):
    pairs = zip(accuracies, validated, strict=True)
    return [
        Epoch(number, 0.1, accuracy, 1.0, 10.0, 0.1, validation)
        for number, (accuracy, validation) in enumerate(pairs, start=1)
    ]


def test_training_and_validation_have_one_scale(settings):
    rows = history((0.5, 0.6, 0.8), (0.75, 0.9, 0.85))
    assert list(curve_lines(settings, rows)) == [
        "accuracy by epoch",
        "  training           ▁▃▆  50.00% to 80.00%",
        "  validation         ▅█▇  75.00% to 85.00%; best in 2",
    ]
    training, validation = list(curve_lines(settings, rows, ASCII))[1:]
    assert (training + validation).isascii()


def test_the_training_curve_is_named_for_what_it_is(settings):
    rows = history((0.5, 0.6), (None, None))
    (heading, training) = curve_lines(replace(settings, dropout=0.5), rows)
    assert heading == "accuracy by epoch (training, with dropout)"
    assert training.startswith("  training ")


@pytest.mark.parametrize("epochs", [0, 1])
def test_no_curve_without_two_epochs(settings, epochs):
    assert list(curve_lines(settings, history([0.5] * epochs, [0.5] * epochs))) == []


@pytest.mark.parametrize("epochs", [WIDEST, WIDEST + 1, 1000])
def test_many_epochs_have_one_line_that_ends_with_the_last(settings, epochs):
    rows = history([0.5] * (epochs - 1) + [0.9], [0.5] * epochs)
    lines = list(curve_lines(settings, rows))
    assert max(map(len, lines)) <= 80
    assert lines[1].split()[1] == "▁" * (WIDEST - 1) + "█"


def test_equal_values_are_a_level_line():
    assert len(set(sparkline([0.5] * 4, 0.5, 0.5, BLOCKS))) == 1


@pytest.mark.parametrize(
    ("variables", "levels"),
    [
        ({"TERM": "xterm"}, BLOCKS),
        ({"TERM": "linux"}, ASCII),
        ({"TERM": "xterm", "PYTHONIOENCODING": "ascii"}, ASCII),
    ],
    ids=["utf-8", "linux", "ascii"],
)
def test_a_run_ends_with_its_curve_on_a_terminal_and_without_it_in_a_pipe(
    clean_environment, variables, levels
):
    program, environment = [sys.executable, "-c", PROGRAM], clean_environment | variables
    shown = on_terminal(program, environment).decode().splitlines()
    ended = subprocess.run(program, env=environment, capture_output=True, text=True, check=True)
    piped = ended.stdout.splitlines()
    curve = [line for line in shown if line not in piped]
    assert [line for line in shown if line in piped] == piped
    assert curve[0].startswith("accuracy by epoch")
    assert set(curve[1].split()[1]) <= set(levels)
    assert any(line.startswith("first test image") for line in piped)
    assert max(map(len, shown)) <= 80
