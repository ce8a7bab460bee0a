"""`mnistkit ensemble` as a user meets it."""

from __future__ import annotations

import json
import shlex

import pytest
from typer.testing import CliRunner

from mnistkit.cli.app import app
from mnistkit.core.files import sha256
from mnistkit.core.models import tensorflow
from mnistkit.exporting import parity

pytestmark = pytest.mark.thorough


def invoke(*words):
    return CliRunner().invoke(app, [str(word) for word in words])


def write_member(folder, record, seed):
    """A finished run of a network that knows nothing."""
    keras = tensorflow.import_keras()
    keras.utils.set_random_seed(seed)
    image = keras.Input((28, 28), dtype="uint8")
    x = keras.layers.Flatten()(keras.layers.Rescaling(1 / 255)(image))
    x = keras.layers.Dense(10, activation="softmax")(x)
    folder.mkdir(parents=True)
    keras.Model(image, x).save(folder / "model.keras")
    (folder / "run.json").write_text(json.dumps(record))


@pytest.fixture(scope="module")
def place(trained_run, tmp_path_factory):
    """A folder with two runs, one of which has a name with a space."""
    folder = tmp_path_factory.mktemp("place")
    write_member(folder / "runs" / "a", trained_run.record.to_json(), 1)
    write_member(folder / "runs" / "b c", trained_run.record.to_json(), 2)
    write_member(folder / "bundled", trained_run.record.to_json(), 3)
    return folder


@pytest.fixture(scope="module", autouse=True)
def here(place):
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(place)
        patch.setattr(parity, "PROOF_IMAGES", 50)
        yield place


@pytest.fixture(scope="module")
def made(here):
    """What the command says of an ensemble below ./runs, and its folder."""
    answered = invoke("ensemble", "runs/a", "runs/b c")
    (run,) = (here / "runs").glob("*-ensemble-*")
    return answered, run.relative_to(here)


def test_the_members_and_what_they_reach_together_are_printed(made, trained_run):
    answered, run = made
    assert answered.exit_code == 0, answered.stderr
    table, results = answered.stdout.split("\n\n")
    rows = [line.split() for line in table.splitlines()]
    accuracy = f"{trained_run.record.metrics.test.accuracy:.2%}"
    assert rows[0] == ["member", "architecture", "dataset", "test", "accuracy"]
    assert rows[2:] == [
        ["runs/a", "cnn", "mnist-sample", accuracy],
        ["runs/b", "c", "cnn", "mnist-sample", accuracy],
    ]
    titles = [line[:20].strip() for line in results.split("next\n")[0].splitlines()]
    assert titles == ["validation accuracy", "test accuracy", "first test image", "run"]
    assert results.splitlines()[3].split() == ["run", str(run)]
    assert answered.stderr.splitlines()[:3] == [
        f"averaging 2 runs into {run}",
        "measuring",
        "exporting",
    ]


def test_it_is_a_run_for_every_other_command(made, trained_run):
    _, run = made
    record = json.loads((run / "run.json").read_text())
    for command in (
        "predict --dataset mnist-sample --index 0",
        "evaluate --limit 20",
        "export --force",
    ):
        # Without a model named: it is the newest finished run.
        answered = invoke(*command.split())
        assert answered.exit_code == 0, answered.stderr
        assert str(run.name) in answered.stderr
    answered = invoke("evaluate", "--model", run, "--dataset", "mnist-sample", "--format", "json")
    accuracy = json.loads(answered.stdout)["accuracy"]
    assert accuracy == pytest.approx(record["metrics"]["test"]["accuracy"])
    assert trained_run.record.metrics.test.accuracy > accuracy
    described = json.loads(invoke("summary", run, "--format", "json").stdout)
    assert described["members"] == record["members"]
    assert described["command"] == record["command"]
    assert described["command_line"].startswith("mnistkit ensemble runs/a ")
    assert described["total_parameters"] == 2 * 7_850


def made_without_an_export(place):
    folder = place / "unexported"
    invoke("ensemble", "runs/a", "./bundled", "--no-export", "--output", folder)
    return folder


@pytest.mark.parametrize("export", [True, False])
def test_the_summary_tells_its_command_which_makes_it_again(
    made, place, tmp_path, monkeypatch, export
):
    run = made[1] if export else made_without_an_export(place)
    _, told = invoke("summary", run).stdout.split("\n\n")
    titles = [line.split()[0] for line in told.splitlines() if not line.startswith(" ")]
    facts = ["data", "SHA-256", "packages", "validation", "test"]
    assert titles == ["command", "member", "member", *facts]
    program, *words = shlex.split(
        told.partition("command\n")[2].partition("\nmember")[0].replace("\\\n", "")
    )
    assert program == "mnistkit"
    # It is repeated as it is, and from anywhere.
    monkeypatch.chdir(tmp_path)
    answered = invoke(*words, "--output", "again", "--format", "json")
    again, first = json.loads(answered.stdout), json.loads((place / run / "run.json").read_text())
    assert again.pop("run") == "again"
    assert again["status"] == "finished"
    assert again["metrics"] == first["metrics"]
    for changing in ("created", "updated", "command_line"):
        assert again.pop(changing) != first.pop(changing)
    assert {**again, "members": None} == {**first, "members": None}
    for name in ("model.keras", "model.onnx"):
        assert (tmp_path / "again" / name).exists() == (place / run / name).exists()


def test_a_folder_called_bundled_is_meant_by_its_path_alone(place):
    answered = invoke("ensemble", "runs/a", "./bundled", "--output", "own", "--no-export")
    assert answered.exit_code == 0, answered.stderr
    members = json.loads((place / "own" / "run.json").read_text())["members"]
    assert [member["run"] for member in members] == ["runs/a", "./bundled"]
    assert members[1]["sha256"] == sha256(place / "bundled" / "model.keras")


def test_a_failed_proof_is_told_after_the_results(monkeypatch):
    monkeypatch.setattr(parity.Parity, "passed", False)
    answered = invoke("ensemble", "runs/a", "runs/b c", "--output", "unproved")
    assert answered.exit_code == 4
    assert "test accuracy" in answered.stdout
    assert "mnistkit export --model unproved" in answered.stdout
    assert "was not written" in answered.stderr.splitlines()[-1]


@pytest.mark.parametrize(
    ("words", "exit_code", "said"),
    [
        ("", 2, "RUN RUN"),
        ("runs/a", 2, "expected 2 runs or more, received 1"),
        ("runs/a runs/a", 2, "runs/a and runs/a, which hold the same model"),
        ("runs/a runs/absent", 3, "received runs/absent"),
        ("runs/a runs", 3, "a run folder with a run.json, received runs"),
        ("runs/a bundled --output runs", 2, "choose another --output"),
        ("runs/a bundled --dataset mnist-smaple", 3, "did you mean mnist-sample"),
        ("runs/a bundled --data-dir absent", 2, "received absent"),
    ],
)
def test_nonsense_ends_in_one_line(here, words, exit_code, said):
    before = sorted(here.rglob("*"))
    answered = invoke("ensemble", *words.split())
    assert answered.exit_code == exit_code
    assert answered.stdout == ""
    assert said in answered.stderr.splitlines()[-1]
    assert sorted(here.rglob("*")) == before
