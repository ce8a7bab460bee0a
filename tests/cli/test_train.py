"""`mnistkit train` as a user meets it."""

from __future__ import annotations

import json
import os
import re
import shlex
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image
from typer.testing import CliRunner

from mnistkit import guide
from mnistkit.cli.app import app
from mnistkit.core.models.keras_file import open_model
from mnistkit.core.models.tensorflow import native_output_hidden
from mnistkit.exporting import parity

pty = pytest.importorskip("pty", reason="needs a POSIX system: it has pseudo-terminals")

SMALL = ("--dataset", "mnist-sample", "--limit", "64", "--epochs", "1", "--no-export")
EPOCH = re.compile(
    r"epoch 1/1  \d+\.\d s  accuracy \d+\.\d\d%, loss \d\.\d{4}  "
    r"validation \d+\.\d\d%, \d\.\d{4}"
)
RESULTS = ["training accuracy", "validation accuracy", "test accuracy", "first test image", "run"]


def strict(text):
    """Read JSON as every reader of it does: NaN is none."""

    def refuse(word):
        raise AssertionError(word)

    return json.loads(text, parse_constant=refuse)


def train(*words):
    return CliRunner().invoke(app, ["train", *map(str, words)])


def next_commands(stdout):
    """The commands below `next`, each in one line."""
    whole = stdout.replace(" \\\n", " ")
    return re.findall(r"^ +(mnistkit .*)$", whole.split("\nnext\n")[1], re.MULTILINE)


def type_in(line, environment, folder):
    """Run a command line as typed into a shell, with the installed `mnistkit`."""
    scripts = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return subprocess.run(
        ["/bin/sh", "-c", line],
        cwd=folder,
        env=environment | {"PATH": scripts},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def status(run):
    return strict((run / "run.json").read_text())["status"]


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    """A finished run without export."""
    run = tmp_path_factory.mktemp("small") / "my run"
    answered = train(*SMALL, "--output", run)
    assert answered.exit_code == 0, answered.output
    return run


def test_without_a_network_the_sample_is_learned(mnistkit, clean_environment, sample, tmp_path):
    answered = mnistkit("train", "--limit", 64, "--epochs", 1)
    assert answered.returncode == 0, answered.stderr
    (run,) = (tmp_path / "runs").iterdir()
    assert re.fullmatch(r"\d{8}-\d{6}-cnn-mnist-sample", run.name)
    unavailable, fallback, beginning, epoch, *stages = answered.stderr.splitlines()
    assert unavailable.startswith("mnistkit: warning: train-images-idx3-ubyte.gz is neither")
    assert fallback.startswith("mnistkit: warning: using the bundled sample")
    assert beginning == f"training in runs/{run.name}, epochs 1 to 1"
    assert EPOCH.fullmatch(epoch)
    assert [line.split(":")[0] for line in stages] == [
        "measuring",
        "exporting",
        "exported and proved",
    ]
    results, following = answered.stdout.split("next\n")
    assert [line[:20].strip() for line in results.splitlines()] == list(RESULTS)
    assert max(map(len, following.splitlines())) <= 80
    assert f", labelled {sample.class_indices[0]}" in answered.stdout
    Image.fromarray(sample.images[0]).save(tmp_path / "digit.png")
    commands = next_commands(answered.stdout)
    assert [command.split()[1] for command in commands] == ["predict", "evaluate"]
    for command in commands:
        typed = type_in(command.replace("PICTURE", "digit.png"), clean_environment, tmp_path)
        assert typed.returncode == 0, typed.stderr
        assert typed.stdout


def test_json_is_one_document_and_quiet_says_nothing_else(tmp_path):
    run = tmp_path / "run"
    answered = train(*SMALL, "--output", run, "--format", "json", "--quiet")
    assert answered.exit_code == 0
    assert answered.stderr == ""
    document = strict(answered.stdout)
    assert document.pop("run") == str(run)
    assert document == strict((run / "run.json").read_text())
    assert document["status"] == "finished"
    measured = {"train", "validation", "test", "first_test_image", "temperature"}
    assert set(document["metrics"]) == measured


@pytest.mark.slow
def test_what_is_next_works_for_a_run_without_export_too(small, sample, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Image.fromarray(sample.images[0]).save("PICTURE", format="PNG")
    answered = train("--resume", small)
    commands = next_commands(answered.stdout)
    assert len(commands) >= 2
    try:
        for command in commands:
            _, *words = shlex.split(command)
            typed = CliRunner().invoke(app, words)
            assert typed.exit_code == 0, f"{command}: {typed.stderr}"
    finally:
        (small / "model.onnx").unlink(missing_ok=True)


# Calibration meets the NaN of weights that diverged.
@pytest.mark.filterwarnings("ignore:invalid value")
def test_what_was_learned_is_printed_where_the_export_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(parity, "PROOF_IMAGES", 50)
    words = ["--limit", "64", "--epochs", "1", "--architecture", "tiny", "--learning-rate", "1e30"]
    answered = train("--dataset", "mnist-sample", *words, "--output", tmp_path / "run")
    assert answered.exit_code == 4
    assert f"{tmp_path}/run/model.onnx was not written" in answered.stderr.splitlines()[-1]
    names = [line[:19].rstrip() for line in answered.stdout.splitlines()]
    assert {"training accuracy", "test accuracy"} <= {*names}


def test_a_finished_run_says_so(small):
    before = (small / "run.json").read_bytes()
    answered = train("--resume", small)
    assert answered.exit_code == 0
    (said,) = answered.stderr.splitlines()
    assert str(small) in said
    assert "finished" in said
    assert [line[:20].strip() for line in answered.stdout.splitlines()][:5] == RESULTS
    assert (small / "run.json").read_bytes() == before


def test_a_run_that_only_has_to_be_measured_announces_no_epochs(small):
    record = strict((small / "run.json").read_text())
    (small / "run.json").write_text(json.dumps(record | {"status": "interrupted", "metrics": None}))
    answered = train("--resume", small)
    assert answered.exit_code == 0
    assert status(small) == "finished"
    assert "epochs 2 to 1" not in answered.stderr


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (["--seed", "1"], "--seed"),
        (["--dataset", "mnist"], "--dataset"),
        (["--validation", "0.1"], "--validation"),
        (["--no-export"], "--no-export"),
        (["--output", "other"], "--output"),
        (["--batch-size", "8", "--dropout", "0"], "--batch-size, --dropout"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_a_resumed_run_takes_no_other_settings(small, words, named):
    answered = train("--resume", small, "--epochs", 4, "--format", "json", *words)
    assert answered.exit_code == 2
    assert f"received {named}: a resumed run keeps its recorded settings" in answered.stderr
    assert answered.stdout == ""
    assert status(small) == "finished"


def test_an_output_that_holds_something_is_refused_and_left_alone(tmp_path):
    (tmp_path / "notes.txt").write_text("mine")
    answered = train(*SMALL, "--output", tmp_path)
    assert answered.exit_code == 2
    assert len(answered.stderr.splitlines()) == 1
    assert "--resume" in answered.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]


@pytest.mark.parametrize("words", [[], ["--output", "run"]], ids=["below runs", "named"])
def test_a_place_that_can_not_be_written_is_said_before_anything_is_learned(monkeypatch, words):
    # No one writes here, not even root.
    monkeypatch.chdir("/proc")
    answered = train(*SMALL, *words)
    assert answered.exit_code == 1
    (said,) = answered.stderr.splitlines()
    assert "could not be written" in said
    assert answered.stdout == ""


@pytest.mark.parametrize(
    ("words", "exit_code", "said"),
    [
        ("--epochs 0", 2, "--epochs: expected 1 or more, received 0"),
        ("--epochs 1.5", 2, "1.5"),
        ("--batch-size 0", 2, "--batch-size: expected 1 or more, received 0"),
        ("--limit 0", 2, "--limit: expected 1 or more, received 0"),
        ("--limit 4", 2, "raise --limit"),
        ("--seed -1", 2, "--seed: expected 0 to 4294967295, received -1"),
        ("--dropout 1.5", 2, "from 0 to below 1, received 1.5"),
        ("--dropout 1", 2, "from 0 to below 1, received 1"),
        ("--dropout nan", 2, "received nan"),
        ("--learning-rate -1", 2, "above 0, received -1"),
        ("--learning-rate 0", 2, "above 0, received 0"),
        ("--learning-rate nan", 2, "above 0, received nan"),
        ("--learning-rate inf", 2, "above 0, received inf"),
        ("--validation 1", 2, "from 0 to below 1, received 1"),
        ("--validation -0.1", 2, "from 0 to below 1, received -0.1"),
        ("--format xml", 2, "xml"),
        ("--data-dir absent", 2, "absent"),
        ("--architecture cnnn", 3, "did you mean cnn"),
        ("--dataset mnist-smaple", 3, "did you mean mnist-sample"),
    ],
)
def test_nonsense_is_refused(tmp_path, monkeypatch, words, exit_code, said):
    monkeypatch.chdir(tmp_path)
    answered = train("--dataset", "mnist-sample", "--no-export", *words.split())
    assert answered.exit_code == exit_code
    assert said in " ".join(answered.stderr.replace("│", " ").split())
    assert "Traceback" not in answered.stderr
    assert answered.stdout == ""
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["absent", "empty", "file"])
def test_only_a_run_can_be_gone_on_with(tmp_path, name):
    (tmp_path / "empty").mkdir()
    (tmp_path / "file").touch()
    answered = train("--resume", tmp_path / name)
    assert answered.exit_code == 3
    assert "expected a run folder" in answered.stderr
    assert len(answered.stderr.splitlines()) == 1


@pytest.fixture
def start(clean_environment, tmp_path):
    """Start `mnistkit train` in `tmp_path`, its stderr where it is told to; end it at the end."""
    processes = []

    def run(*words, stderr=subprocess.PIPE, **environment):
        process = subprocess.Popen(
            [sys.executable, "-m", "mnistkit", "train", *words],
            cwd=tmp_path,
            env=clean_environment | environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=stderr,
            text=True,
        )
        processes.append(process)
        return process

    yield run
    for process in processes:
        with process:
            process.kill()


def test_ctrl_c_ends_in_the_command_to_go_on_with(start, clean_environment, tmp_path):
    process = start(*SMALL, "--limit", "320", "--epochs", "2", "--output", "it's a run")
    lines = iter(process.stderr.readline, "")
    assert next(line for line in lines if line.startswith("epoch 1/2"))
    process.send_signal(signal.SIGINT)
    stdout, stderr = process.communicate(timeout=60)
    assert process.returncode == 130
    assert stdout == ""
    (said,) = stderr.splitlines()
    assert "interrupted after 1 of 2 epochs" in said
    assert status(tmp_path / "it's a run") == "interrupted"
    (command,) = re.findall(r"`(mnistkit train --resume .*)`", said)
    typed = type_in(command, clean_environment, tmp_path)
    assert typed.returncode == 0, typed.stderr
    assert [line.split("  ")[0] for line in typed.stderr.splitlines()] == [
        "training in it's a run, epochs 2 to 2",
        "epoch 2/2",
        "measuring",
    ]
    assert status(tmp_path / "it's a run") == "finished"


def test_ctrl_c_while_tensorflow_starts_brings_up_none_of_its_lines(capfd):
    def interrupted():
        with native_output_hidden():
            os.write(2, b"WARNING: All log messages before absl::InitializeLog() is called\n")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert capfd.readouterr().err == ""


def test_a_terminal_shows_a_live_bar(start):
    master, slave = pty.openpty()
    process = start(*SMALL, "--limit", "960", "--output", "run", stderr=slave, TERM="xterm")
    os.close(slave)
    shown = b""
    # Linux ends a terminal that nobody writes to any more with an error.
    try:
        while part := os.read(master, 4096):
            shown += part
    except OSError:
        pass
    finally:
        os.close(master)
    stdout, _ = process.communicate(timeout=60)
    assert process.returncode == 0
    assert stdout.startswith("training accuracy")
    assert "\x1b" not in stdout
    drawn = shown.decode()
    # Moving the cursor is no colour.
    assert not re.search(r"\x1b\[[\d;]*[34]\d[\d;]*m", drawn)
    plain = re.sub(r"\x1b\[[\d;?]*[A-Za-z]", "", drawn)
    lines = [line.strip() for line in re.split(r"[\r\n]+", plain)]
    bar = re.compile(
        r"epoch 1/1 [━╸╺ ]+ (?:[\d,.]+ images/s  )?\d+:\d\d(?: left)?"
        r"  loss \d\.\d{4}, accuracy \d+\.\d\d%"
    )
    assert len({line for line in lines if bar.fullmatch(line)}) > 1
    assert [line for line in lines if EPOCH.fullmatch(line)]
    assert lines[0] == "loading TensorFlow, which takes some seconds"
    assert "tensorflow" not in "".join(lines[1:]).lower()
    assert "absl" not in plain


def test_every_part_of_a_recipe_can_be_chosen_and_is_recorded(tmp_path):
    chosen = {
        "schedule": "one-cycle",
        "optimizer": "sgd",
        "momentum": 0.8,
        "weight_decay": 0.001,
        "ema": 0.5,
        "label_smoothing": 0.2,
        "augmentation": "light",
        "dropout": 0.25,
    }
    words = [f"--{name.replace('_', '-')}={value}" for name, value in chosen.items()]
    words += ["--architecture", "cnn", "--option", "filters=4", "--option", "units=8"]
    answered = train(*SMALL, *words, "--output", tmp_path / "run")
    assert answered.exit_code == 0, answered.stderr
    settings = json.loads((tmp_path / "run" / "run.json").read_text())["settings"]
    assert chosen.items() <= settings.items()
    assert settings["options"] == {"filters": 4, "units": 8}
    rates = open_model(tmp_path / "run" / "model.keras").optimizer.get_config()
    assert (rates["momentum"], rates["weight_decay"]) == (0.8, 0.001)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--option", "filters"], "expected NAME=VALUE, received 'filters'"),
        (["--option", "depth=3"], "an option of the architecture (filters, units), received depth"),
        (["--weight-decay", "-1"], "expected a number of 0 or more, received -1"),
        (["--optimizer", "adam", "--weight-decay", "1"], "choose --optimizer adamw"),
        (
            ["--schedule", "steps"],
            "expected one of 'constant', 'cosine', 'one-cycle', received 'steps'",
        ),
        (["--init", "nothing"], "no model at nothing"),
    ],
    ids=str,
)
def test_a_choice_that_can_not_be_made_is_told_in_a_line(words, message):
    answered = train("--dataset", "mnist-sample", *words)
    assert answered.exit_code in {2, 3}
    assert message in " ".join(answered.stderr.split())


@pytest.mark.parametrize(("architecture", "warned"), [("fast", True), ("cnn", False)])
def test_too_few_steps_for_normalization_are_warned_of(tmp_path, architecture, warned):
    answered = train(*SMALL, "--architecture", architecture, "--output", tmp_path / "run")
    assert answered.exit_code == 0, answered.stderr
    assert ("choose a smaller --batch-size" in " ".join(answered.stderr.split())) == warned


@pytest.mark.slow
def test_a_recipe_takes_smaller_batches_of_few_images_unless_told_otherwise(tmp_path):
    sizes = []
    for number, words in enumerate([(), ("--batch-size", "32")]):
        run = tmp_path / str(number)
        assert train(*SMALL, *words, "--output", run).exit_code == 0
        sizes.append(json.loads((run / "run.json").read_text())["settings"]["batch_size"])
    assert sizes == [8, 32]


@pytest.fixture(scope="module")
def fast(tmp_path_factory):
    """What was said of `fast` learning the whole sample by its recipe, and its run."""
    run = tmp_path_factory.mktemp("fast") / "run"
    words = ("--architecture", "fast", "--dataset", "mnist-sample", "--no-export")
    answered = train(*words, "--output", run)
    assert answered.exit_code == 0, answered.stderr
    return answered.stderr, strict((run / "run.json").read_text()), run


@pytest.mark.slow
def test_a_recipe_for_a_large_set_learns_the_sample_too(fast):
    stderr, record, _ = fast
    said, beginning, *_ = stderr.splitlines()
    assert said == (
        "small dataset (3,600 images): training 10 epochs instead of 1, because the recipe needs "
        "150 steps"
    )
    assert beginning.endswith("epochs 1 to 10")
    recipes = guide.page("recipes")
    (told,) = re.findall(r"reaches (\S+)% of the\s+sample's test images", recipes)
    assert record["metrics"]["test"]["accuracy"] == pytest.approx(float(told) / 100, abs=0.01)


@pytest.mark.slow
def test_the_epochs_that_were_settled_are_recorded_and_the_schedule_lies_over_them(fast):
    _, record, run = fast
    assert record["settings"]["epochs"] == len(record["history"]) == 10
    described = CliRunner().invoke(app, ["summary", str(run), "--format", "json"])
    assert " --epochs 10 --batch-size 256 " in strict(described.stdout)["command"]
    schedule = open_model(run / "model.keras").optimizer.get_config()["learning_rate"]["config"]
    assert schedule["warmup_steps"] + schedule["decay_steps"] == 150


def test_epochs_that_were_asked_for_are_obeyed_however_few_steps_they_make(tmp_path):
    answered = train(*SMALL, "--architecture", "fast", "--output", tmp_path / "run")
    assert answered.exit_code == 0, answered.stderr
    assert "small dataset" not in answered.stderr
    assert "choose a smaller --batch-size or more --epochs" in " ".join(answered.stderr.split())
    assert len(strict((tmp_path / "run" / "run.json").read_text())["history"]) == 1


SPELLED_OUT = {
    "architecture": "vgg",
    "dataset": "mnist-sample",
    "epochs": 1,
    "batch_size": 16,
    "learning_rate": 1e-05,
    "dropout": 0.25,
    "schedule": "cosine",
    "optimizer": "sgd",
    "momentum": 0.5,
    "weight_decay": 0.01,
    "ema": 0.5,
    "label_smoothing": 0.1,
    "augmentation": "light",
    "options": {"width": 16},
    "validation": 0.25,
    "limit": 40,
    "seed": 7,
    "export": False,
}


@pytest.mark.slow
def test_the_command_of_a_run_makes_it_again_whatever_was_asked_for(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    words = ["--option", "width=16", "--no-export", "--output", "init"]
    for name, value in SPELLED_OUT.items():
        if name not in {"options", "export"}:
            words += [f"--{name.replace('_', '-')}", value]
    begun = train(*words, "--format", "json")
    assert begun.exit_code == 0, begun.stderr
    typed = shlex.join(["mnistkit", "train", *map(str, words), "--format", "json"])
    assert json.loads(begun.stdout)["command_line"] == typed
    settings = json.loads(begun.stdout)["settings"]
    assert settings == SPELLED_OUT | {"init": None}

    # One that begins with a run is made again from anywhere.
    words[words.index("init")] = "first"
    first = json.loads(train(*words, "--init", "init", "--format", "json").stdout)
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    described = CliRunner().invoke(app, ["summary", "../first", "--format", "json"])
    program, command, *words = shlex.split(json.loads(described.stdout)["command"])
    assert (program, command) == ("mnistkit", "train")
    again = json.loads(train(*words, "--output", "again", "--format", "json").stdout)
    for part in ("settings", "dataset", "metrics", "learned_from", "init_sha256"):
        assert again[part] == first[part]
    assert first["settings"]["init"] == str(tmp_path / "init")
