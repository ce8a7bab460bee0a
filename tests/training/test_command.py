"""The command in a record is the training: typed again, it asks for the same settings."""

from __future__ import annotations

import shlex

import pytest
from hypothesis import given
from hypothesis import strategies as some
from made_up import ALWAYS, TEXTS, made_up
from typer.testing import CliRunner

from mnistkit import plugins
from mnistkit.cli.app import app
from mnistkit.core.models.training_settings import Settings
from mnistkit.core.plugin_options import settled
from mnistkit.errors import UsageError
from mnistkit.plugin_types import Architecture
from mnistkit.training import train
from mnistkit.training.settings import from_request

ARCHITECTURES = ("cnn", "fast", "resnet", "tiny", "vgg")
# The command line takes no NUL, and a dataset's name is resolved before it is recorded.
WORDS = TEXTS.filter(lambda text: text and "\0" not in text)


@some.composite
def valid_settings(draw):
    name = draw(some.sampled_from(ARCHITECTURES))
    declared = plugins.load("architecture", name, Architecture).options
    options = {option: draw(some.sampled_from(values)) for option, values in declared.items()}
    return draw(
        made_up(
            Settings,
            architecture=some.just(name),
            dataset=WORDS,
            init=some.none() | WORDS,
            options=some.just(settled("the architecture", declared, options)),
        ).filter(lambda each: each.optimizer != "adam" or not each.weight_decay)
    )


def requested(command, monkeypatch):
    """The request that a command line comes to."""
    seen = []

    def begin(request, *_):
        seen.append(request)
        raise UsageError("it is only looked at")

    monkeypatch.setattr(train, "begin", begin)
    program, *words = shlex.split(command)
    assert program == "mnistkit"
    answered = CliRunner().invoke(app, words)
    assert seen, answered.stderr
    return seen[0]


def test_a_command_asks_for_the_settings_that_it_was_made_of(monkeypatch):
    @ALWAYS
    @given(valid_settings())
    def holds(settings):
        request = requested(settings.command(), monkeypatch)
        architecture = plugins.load("architecture", request.architecture, Architecture)
        assert from_request(request, architecture, request.dataset) == settings

    holds()


@pytest.mark.slow
def test_a_recorded_command_trains_the_same_weights(mnistkit, tmp_path):
    words = ("--architecture", "fast", "--dataset", "mnist-sample", "--limit", 300, "--epochs", 2)
    more = ("--seed", 7, "--dropout", 0.3, "--schedule", "cosine", "--augmentation", "light")
    first = mnistkit("train", *words, *more, "--no-export", "--output", "first")
    assert first.returncode == 0, first.stderr
    # Long as it is, it goes over several lines, as a shell reads it.
    shown = mnistkit("summary", "first").stdout
    lines = shown[shown.index("mnistkit train") :].replace("\\\n", " ").splitlines()
    _, *again = shlex.split(lines[0])
    assert mnistkit(*again, "--output", "second").returncode == 0
    assert weights(tmp_path / "first") == weights(tmp_path / "second")


def weights(run):
    from mnistkit.core.models.keras_file import open_model
    from mnistkit.core.models.run_folder import MODEL_FILE

    return [each.tobytes() for each in open_model(run / MODEL_FILE).get_weights()]
