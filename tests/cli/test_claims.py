"""Commands whose output another process is at work on."""

from __future__ import annotations

import shutil
import subprocess
import sys

import pytest
from typer.testing import CliRunner

from mnistkit.cli.app import app
from mnistkit.core.claims import claim_folder, claim_output

SAMPLE = "--dataset mnist-sample"
IN_A_FOLDER = {
    f"train {SAMPLE} --limit 50 --output": "new",
    "train --epochs 9 --resume": "run",
    f"ensemble run bundled {SAMPLE} --output": "new",
    f"tune {SAMPLE} --limit 50 --output": "new",
    "export --model": "run",
    "export --force --model bundled --output": "run/model.onnx",
}
IN_A_FILE = {
    "import foreign.keras --output": "imported",
    "export --model run --output": "other.onnx",
    f"evaluate --model bundled {SAMPLE} --limit 5 --plot": "plot.png",
    "datasets show mnist-sample --plot": "samples.png",
    "runs . --plot": "curves.png",
    "explain example:seven --model bundled --plot": "why.png",
}


@pytest.fixture(autouse=True)
def here(monkeypatch, tmp_path, trained_run):
    monkeypatch.chdir(tmp_path)
    shutil.copytree(trained_run.path, tmp_path / "run")
    shutil.copy(trained_run.model, tmp_path / "foreign.keras")


def everything_below(folder):
    return {path: path.is_file() and path.read_bytes() for path in folder.rglob("*")}


def refused(words, target, place):
    before = everything_below(place)
    answered = CliRunner().invoke(app, [*words.split(), target])
    assert answered.exit_code == 2, answered.stderr
    assert "another process is writing there" in answered.stderr.splitlines()[-1]
    assert answered.stdout == ""
    assert everything_below(place) == before


@pytest.mark.parametrize("words", IN_A_FOLDER)
def test_a_folder_in_which_another_process_is_at_work_is_left_to_it(tmp_path, words):
    target = IN_A_FOLDER[words]
    with claim_folder(tmp_path / target.partition("/")[0]):
        refused(words, target, tmp_path)


@pytest.mark.parametrize("words", IN_A_FILE)
def test_a_file_that_another_process_is_writing_is_left_to_it(tmp_path, words):
    with claim_output(tmp_path / IN_A_FILE[words], force=False):
        refused(words, IN_A_FILE[words], tmp_path)


@pytest.mark.slow
def test_of_two_trainings_with_one_output_one_is_whole_and_one_refused(clean_environment, tmp_path):
    words = f"train {SAMPLE} --architecture tiny --limit 60 --epochs 1 --no-export --output same"
    processes = [
        subprocess.Popen(
            [sys.executable, "-m", "mnistkit", *words.split(), "--seed", str(seed)],
            cwd=tmp_path,
            env=clean_environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        for seed in range(2)
    ]
    told = [process.communicate()[1] for process in processes]
    assert sorted(process.returncode for process in processes) == [0, 2], told
    names = {path.name for path in (tmp_path / "same").iterdir()}
    assert names == {"run.json", "model.keras", "history.csv", "curves.png"}


@pytest.mark.parametrize("words", ["train --dataset csv:absent.csv --output new/run"])
def test_what_comes_to_nothing_leaves_no_folder(tmp_path, words):
    before = everything_below(tmp_path)
    assert CliRunner().invoke(app, words.split()).exit_code == 3
    assert everything_below(tmp_path) == before
