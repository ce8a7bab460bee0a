"""What is said of a wrong command line, and what is suggested."""

from __future__ import annotations

import pytest
from typer.testing import CliRunner

from mnistkit import plugins
from mnistkit.cli.app import app, command_line
from mnistkit.cli.suggestions import options_like

COMMANDS = plugins.names("command")


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    """A folder with a run, pictures, and tables."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "my-run").mkdir()
    (tmp_path / "my-run" / "run.json").touch()
    (tmp_path / "my-digits" / "7").mkdir(parents=True)
    for name in ("seven.png", "digits.csv", "digits.npz", "model.onnx"):
        (tmp_path / name).touch()
    return tmp_path


def said(words, exit_code=2):
    """The one line that a command ends with."""
    answered = CliRunner().invoke(app, words.split())
    assert answered.exit_code == exit_code, answered.output
    assert answered.stdout == ""
    (line,) = answered.stderr.splitlines()
    assert line.startswith("mnistkit: error: ")
    return line.removeprefix("mnistkit: error: ")


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("train --lr", "--learning-rate"),
        ("train --lr=0.1", "--learning-rate"),
        ("train --learning_rate", "--learning-rate"),
        ("train --wd", "--weight-decay"),
        ("train --bs", "--batch-size"),
        ("train --batch", "--batch-size"),
        ("train --batchsize", "--batch-size"),
        ("train --epoch", "--epochs"),
        ("train --num-epochs", "--epochs"),
        ("train --num_epochs", "--epochs"),
        ("train --arch", "--architecture"),
        ("train --optim", "--optimizer"),
        ("train --dropuot", "--dropout"),
        ("train --val", "--validation"),
        ("train --random-seed", "--seed"),
        ("train --data", "--dataset or --data-dir"),
        ("train --datasets", "--dataset"),
        ("train --out", "--output"),
        ("train --output-dir", "--output"),
        ("predict --mdl", "--model"),
        ("predict --fmt", "--format"),
        ("predict --output-format", "--format"),
        ("datasets --data", "--data-dir"),
        ("datasets show mnist --fmt", "--format"),
        ("--vers", "--version"),
    ],
)
def test_an_option_of_other_tools_or_mistyped_is_answered_with_ours(typed, meant):
    option = typed.split()[-1].partition("=")[0]
    assert said(typed) == f"there is no option {option}; did you mean {meant}?"


@pytest.mark.parametrize("option", ["--gpu", "--verbose", "--", "--_", "---"])
def test_where_nothing_is_like_it_nothing_is_suggested(option):
    assert options_like(option, ["--learning-rate", "--epochs", "--output"]) == []


@pytest.mark.parametrize(
    ("words", "meant"),
    [
        ("train mnist", "--dataset mnist"),
        ("train cnn", "--architecture cnn"),
        ("train mnist cnn", "--dataset mnist --architecture cnn"),
        ("train folder:my-digits", "--dataset folder:my-digits"),
        ("train my-digits", "--dataset folder:my-digits"),
        ("train digits.csv", "--dataset csv:digits.csv"),
        ("train digits.npz", "--dataset npz:digits.npz"),
        ("train my-run", "--resume my-run"),
        ("train bundled", "--init bundled"),
        ("tune mnist", "--dataset mnist"),
        ("predict mnist", "--dataset mnist"),
        ("predict bundled", "--model bundled"),
        ("predict cnn", "--model RUN, the run of a trained cnn"),
        ("read bundled", "--model bundled"),
        ("mnist", "`mnistkit datasets show mnist`"),
        ("my-digits", "`mnistkit datasets show folder:my-digits`"),
        ("cnn", "`mnistkit summary cnn`"),
        ("my-run", "`mnistkit summary my-run`"),
        ("model.onnx", "`mnistkit summary model.onnx`"),
        ("seven.png", "`mnistkit predict seven.png`"),
        ("datasets mnist", "`mnistkit datasets show mnist`"),
        ("datasets shwo mnist", "show"),
        ("trian", "train"),
    ],
)
def test_a_word_without_its_option_or_command_is_answered_with_it(words, meant):
    assert said(words).endswith(f"; did you mean {meant}?")


def test_a_picture_called_as_a_dataset_is_a_picture(here):
    (here / "mnist").touch()
    answered = CliRunner().invoke(app, ["predict", "mnist", "--model", "bundled"])
    assert "mnist: expected a picture, received an empty file" in answered.stderr


@pytest.mark.parametrize(
    ("words", "line"),
    [
        ("train --epochs 0", "--epochs: expected 1 or more, received 0"),
        ("train --epochs five", "--epochs: expected a whole number, received 'five'"),
        ("train --seed -1", "--seed: expected 0 to 4294967295, received -1"),
        ("train --learning-rate x", "--learning-rate: expected a number, received 'x'"),
        (
            "train --schedule cos",
            "--schedule: expected one of 'constant', 'cosine', 'one-cycle', received 'cos'",
        ),
        ("train xyz", "unexpected argument xyz"),
        ("read", "expected PICTURES..., received none"),
        ("datasets xyz", "mnistkit datasets has no command 'xyz'"),
        ("predict", "expected one of SOURCES, --files-from and --dataset, received none"),
    ],
)
def test_wrong_usage_is_one_line_that_ends_with_where_the_help_is(words, line):
    command = " ".join(words.split()[:1])
    assert said(words) == f"{line}; see `mnistkit {command} --help`"


def test_an_option_without_its_value_is_one_line():
    assert said("train --learning-rate") == "--learning-rate: expected a value, received none"


def test_an_unknown_architecture_is_answered_with_all_of_them_or_the_nearest():
    names = ", ".join(plugins.names("architecture"))
    assert f"choose one of {names}, which" in said("train --architecture lenet", 3)
    assert "did you mean resnet?" in said("train --architecture resent", 3)
    assert "'mnist', which is a dataset" in said("train --architecture mnist", 3)
    assert "'cnn', which is an architecture" in said("train --dataset cnn", 3)
    assert "`mnistkit train --architecture cnn`" in said("evaluate --model cnn", 3)
    assert "`mnistkit train --architecture cnn`" in said("export cnn", 3)


def paths(command, path=()):
    """Every command with its sub-commands, as words."""
    yield path
    names = COMMANDS if not path else getattr(command, "commands", {})
    for name in names:
        inner = command.get_command(None, name) if not path else command.commands[name]
        yield from paths(inner, (*path, name))


@pytest.mark.parametrize("path", list(paths(command_line())), ids=" ".join)
def test_the_short_option_shows_the_help_everywhere(path):
    short, long = (CliRunner().invoke(app, [*path, option]) for option in ("-h", "--help"))
    assert short.exit_code == 0
    assert short.stdout == long.stdout
    assert "-h, --help" in short.stdout
