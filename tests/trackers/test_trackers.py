"""TensorBoard and MLflow, each read back by its own reader."""

import logging
import shutil
import sqlite3
from contextlib import ExitStack, closing
from importlib.util import find_spec
from pathlib import Path

import pytest
from asking import make_request
from full_disk import no_file_above
from typer.testing import CliRunner

from mnistkit.cli.app import app
from mnistkit.core import packages
from mnistkit.core.models import run_folder
from mnistkit.core.models.choice import BUNDLED_RUN
from mnistkit.core.models.tracked_run import TrackedRun
from mnistkit.errors import InterruptedRunError, MissingError, OutputError
from mnistkit.fetching.store import Store
from mnistkit.trackers.mlflow import MlflowRun
from mnistkit.training import train
from mnistkit.training.tracking import TrackingError, tracked

EventAccumulator = pytest.importorskip(
    "tensorboard.backend.event_processing.event_accumulator", reason="pip install '.[track]'"
).EventAccumulator
pytest.importorskip("mlflow", reason="pip install '.[track]'")

# MLflow warns of what it imports.
pytestmark = [pytest.mark.thorough, pytest.mark.filterwarnings("ignore")]
BOTH = ("tensorboard", "mlflow")
NOWHERE = "http://user:secret@127.0.0.1:9"


class Stopping:
    """A listener that presses Ctrl-C after the first epoch."""

    def begin(self, run, first_epoch, last_epoch):
        pass

    def batch(self, epoch, _progress):
        if epoch == 2:
            raise KeyboardInterrupt

    def epoch(self, row):
        pass

    stage = epoch


def client():
    from mlflow.tracking import MlflowClient

    return MlflowClient()


def told(run):
    """What MLflow has of a run."""
    return client().get_run(run.record.tracked["mlflow"]["run"])


def losses_in_mlflow(run):
    history = client().get_metric_history(run.record.tracked["mlflow"]["run"], "loss")
    return {metric.step: metric.value for metric in history}, len(history)


def events(run):
    read = EventAccumulator(str(run.path / "tensorboard"))
    read.Reload()
    return read


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """The working directory, with MLflow's local store."""
    folder = tmp_path_factory.mktemp("place")
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("MLFLOW_TRACKING_URI", raising=False)
        patch.chdir(folder)
        yield folder


@pytest.fixture(scope="module")
def run(place, listener):
    """A run of two epochs that was interrupted in the second one, and resumed."""
    path = place / "resumed"
    request = make_request(
        "tiny", "mnist-sample", limit=64, epochs=2, batch_size=16, output=path, trackers=BOTH
    )
    with pytest.raises(InterruptedRunError):
        train.begin(request, Store(), Stopping())
    interrupted = run_folder.read(path)
    assert told(interrupted).info.status == "KILLED"
    assert list(losses_in_mlflow(interrupted)[0]) == [1]
    resumed = train.resume(path, None, Store(), listener)
    assert resumed.record.tracked == interrupted.record.tracked
    return resumed


@pytest.fixture
def copied(place, tmp_path):
    """A finished run that was never tracked."""
    assert Path.cwd() == place
    return run_folder.read(Path(shutil.copytree(BUNDLED_RUN, tmp_path / "copied")))


def losses(run):
    return {row.epoch: pytest.approx(row.loss) for row in run.record.history}


@pytest.mark.slow
def test_a_resumed_run_is_one_run_in_mlflow_with_each_epoch_once(run, place):
    assert losses_in_mlflow(run) == (losses(run), 2)
    assert told(run).info.status == "FINISHED"
    assert told(run).info.run_name == "resumed"
    assert run.record.tracked["mlflow"]["store"] == f"sqlite:///{place / 'mlflow.db'}"


def test_mlflow_has_the_settings_the_metrics_the_plots_and_the_model(run):
    data = told(run).data
    assert data.params.items() >= {"architecture": "tiny", "batch_size": "16"}.items()
    assert data.params["dataset_sha256"] == run.record.dataset.sha256
    assert data.metrics["final_test_accuracy"] == run.record.metrics.test.accuracy
    assert data.metrics["validation_loss"] == run.record.history[-1].validation_loss
    kept = client().list_artifacts(told(run).info.run_id)
    assert {file.path for file in kept} == {"curves.png", "history.csv", "run.json", "model.onnx"}
    copy = client().download_artifacts(told(run).info.run_id, "model.onnx")
    assert Path(copy).read_bytes() == run.exported.read_bytes()


def test_a_resumed_run_is_one_curve_in_tensorboard_with_each_epoch_once(run):
    shown = events(run).Scalars("epoch/loss")
    assert {event.step: event.value for event in shown} == losses(run)
    assert len(shown) == 2


def test_tensorboard_has_the_settings_the_metrics_and_the_curves(run):
    read = events(run)
    (accuracy,) = read.Scalars("final/test_accuracy")
    assert accuracy.value == pytest.approx(run.record.metrics.test.accuracy)
    (settings,) = read.Tensors("settings")
    assert b"| architecture | tiny |" in settings.tensor_proto.string_val[0]
    (curves,) = read.Images("curves")
    assert curves.encoded_image_string == (run.path / "curves.png").read_bytes()


def test_a_finished_run_is_sent_to_a_tracker_later_and_only_once(copied, listener):
    for _ in range(2):
        train.resume(copied.path, None, Store(), listener, ["mlflow"])
    sent = run_folder.read(copied.path)
    assert losses_in_mlflow(sent) == (losses(sent), len(sent.record.history))
    assert told(sent).data.metrics["final_test_accuracy"] == sent.record.metrics.test.accuracy


def test_a_store_that_is_not_reached_costs_a_line_and_no_training(copied, monkeypatch):
    monkeypatch.setenv("MLFLOW_TRACKING_URI", NOWHERE)
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    words = ["train", "--resume", str(copied.path), "--track", "mlflow"]
    answered = CliRunner().invoke(app, words)
    assert answered.exit_code == 1
    assert "test accuracy" in answered.stdout
    lost, finished, advice = answered.stderr.splitlines()
    assert lost == (
        "mnistkit: warning: the MLflow store http://127.0.0.1:9 could not be written: connection "
        "refused; check MLFLOW_TRACKING_URI; going on without the tracker mlflow"
    )
    assert "is finished" in finished
    assert advice.endswith(f"send the rest with `mnistkit train --resume {copied.path}`")
    assert run_folder.read(copied.path).record.tracked == {"mlflow": {}}


def test_a_store_that_is_something_else_is_told_in_the_words_of_its_library(tmp_path, monkeypatch):
    (tmp_path / "notes.db").write_text("no database " * 100)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{tmp_path / 'notes.db'}")
    with pytest.raises(OutputError) as failure:
        MlflowRun(TrackedRun(tmp_path / "run", {}))
    told = str(failure.value)
    assert told.startswith(f"the MLflow store sqlite:///{tmp_path}/notes.db could not be written")
    assert "file is not a database; check MLFLOW_TRACKING_URI" in told
    assert "\n" not in told


def test_a_store_that_takes_no_more_is_told_of_once(place, tmp_path):
    sent = MlflowRun(TrackedRun(tmp_path / "run", {}))
    with closing(sqlite3.connect(place / "mlflow.db")) as store:
        full = "CREATE TRIGGER full BEFORE INSERT ON metrics BEGIN SELECT RAISE(ABORT, 'full'); END"
        store.execute(full)
        with pytest.raises(OutputError) as failure:
            sent.end("finished", 1, {"test_accuracy": 0.5})
        store.execute("DROP TRIGGER full")
    assert str(failure.value).count("could not be written") == 1


def test_a_tracker_that_fails_later_is_told_nothing_more(copied, caplog):
    caplog.set_level(logging.WARNING, "mnistkit")
    row = copied.record.history[0]
    with ExitStack() as opened:
        opened.enter_context(pytest.raises(TrackingError))
        send = opened.enter_context(tracked(copied, ["tensorboard"]))
        with no_file_above(1):
            send(row)
        send(row)
    (said,) = caplog.messages
    assert said.endswith("going on without the tracker tensorboard")


def test_without_mlflow_the_command_says_how_to_install_it(monkeypatch, tmp_path, listener):
    found = find_spec
    monkeypatch.setattr(
        packages, "find_spec", lambda name: None if name == "mlflow" else found(name)
    )
    request = make_request("tiny", "mnist-sample", output=tmp_path / "run", trackers=("mlflow",))
    with pytest.raises(MissingError, match=r"pip install '\.\[track\]'"):
        train.begin(request, Store(), listener)
    assert not [*tmp_path.iterdir()]
