"""Bad models and runs: every command that opens them answers or says in one line why not."""

from __future__ import annotations

import pytest
from bad_files.models import bad_folders, bad_models
from bad_files.running import MOST_SECONDS, write

pytestmark = pytest.mark.slow
# The first one loads TensorFlow in a fork, as all do that open Keras files.
HEAVY_SECONDS = 3 * MOST_SECONDS


@pytest.fixture(scope="module")
def models(box, trained_run):
    """The paths of all bad models, and the folders of bad runs among them."""
    files = write(box.inside / "files", bad_models(trained_run))
    return [*files, *map(str, bad_folders(trained_run, box.inside / "runs"))]


def check_one_line(ended):
    # `benchmark` tells of each model, and that none is left.
    ended.check_one_line(seconds=HEAVY_SECONDS, most=1 + (ended.words[0] == "benchmark"))


def test_every_model_predicts_or_is_refused(box, models):
    for model in models:
        check_one_line(box.run("predict", "--model", model, "example:seven"))


@pytest.mark.parametrize(
    "words",
    [
        ("summary",),
        ("import",),
        ("read", "example:page", "--model"),
        ("explain", "example:seven", "--model"),
        ("evaluate", "--dataset", "mnist-sample", "--model"),
        ("benchmark",),
        ("export", "--exporter", "onnx", "--model"),
    ],
    ids=lambda words: words[0],
)
def test_every_command_opens_a_model_or_says_why_not(box, models, words):
    command = words[0]
    for number, model in enumerate(models[::3]):
        folder = box.output / f"{command}-{number}"
        output = ("--output", folder) if command in {"import", "export"} else ()
        check_one_line(box.run(*words, model, *output))


def test_bad_members_make_no_ensemble_and_bad_runs_are_listed(box, models):
    for number, model in enumerate(models[::9]):
        folder = box.output / f"ensemble-{number}"
        check_one_line(box.run("ensemble", model, "bundled", "--output", folder))
        check_one_line(box.run("train", "--resume", model))
    box.run("runs").check()
    box.run("runs", "--format", "json").check()
    box.run("predict", "example:seven").check()
