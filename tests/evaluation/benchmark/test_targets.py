"""Which models a benchmark compares."""

from __future__ import annotations

import shutil

import pytest

from mnistkit.core.models.card_file import write_card
from mnistkit.core.models.choice import BUNDLED_RUN
from mnistkit.errors import UsageError
from mnistkit.evaluation.benchmark.targets import choose


@pytest.fixture
def run(tmp_path):
    shutil.copytree(BUNDLED_RUN, tmp_path / "run")
    return tmp_path / "run"


def artifacts(*names):
    return [target.artifact for target in choose([*map(str, names)])]


def test_a_run_alone_stands_for_all_its_models(run, bundled):
    folder = run / "other"
    folder.mkdir()
    write_card(folder, bundled.card)
    shutil.copy(run / "model.onnx", run / "later.onnx")
    expected = ["model.onnx", "later.onnx", "other", "model.keras"]
    assert artifacts(run) == [run / name for name in expected]


def test_a_run_beside_other_models_is_the_one_that_predict_uses(run):
    assert artifacts(run, "bundled") == [run / "model.onnx", BUNDLED_RUN / "model.onnx"]
    (run / "model.onnx").unlink()
    assert artifacts("bundled", run) == [BUNDLED_RUN / "model.onnx", run / "model.keras"]


def test_a_file_alone_is_one_model(run):
    assert artifacts(run / "model.onnx") == [run / "model.onnx"]


def test_the_models_of_the_bundled_run_have_names_of_their_own():
    assert [target.name for target in choose(["bundled"])] == ["bundled", "bundled/model.keras"]


def test_the_same_model_is_refused_however_it_is_spelled(run):
    (run.parent / "link").symlink_to(run)
    with pytest.raises(UsageError, match="twice"):
        choose([str(run), str(run.parent / "link" / "model.onnx")])
