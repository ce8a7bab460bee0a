"""The MLflow tracker: parameters, metrics, plots and the exported model in an MLflow store."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

from mnistkit.core.models import run_folder
from mnistkit.core.models.tracked_run import Figures, Outcome, TrackedRun
from mnistkit.core.packages import require_extra
from mnistkit.errors import OutputError, first_line, reason_of
from mnistkit.plugin_types import Tracker

EXPERIMENT = "mnistkit"
# Before the names of the final measures; each epoch has a validation accuracy, too.
FINAL = "final_"
STATUS: dict[Outcome, str] = {"finished": "FINISHED", "interrupted": "KILLED", "failed": "FAILED"}
FILES = (
    run_folder.CURVES_FILE,
    run_folder.HISTORY_FILE,
    run_folder.RECORD_FILE,
    run_folder.EXPORTED_FILE,
)
# The skinny package leaves out what a local store needs.
MODULES = {"mlflow-skinny": "mlflow", "sqlalchemy": "sqlalchemy", "alembic": "alembic"}
ENVIRONMENT = {
    # Without these a training waits some minutes for a server that does not answer.
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "2",
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "20",
    "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
    "MLFLOW_LOGGING_LEVEL": "ERROR",
    # It would report to its makers how it is used.
    "MLFLOW_DISABLE_TELEMETRY": "true",
    # Its lines would stand between the results on stdout.
    "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT": "true",
}
# Characters of a reason that MLflow gives.
LONGEST_REASON = 200


def check() -> None:
    """Raise `MissingError` with the command that installs MLflow, unless it is installed."""
    require_extra("--track mlflow", "track", MODULES)


class MlflowRun:
    """One run in an MLflow store; a resumed training continues it."""

    def __init__(self, run: TrackedRun) -> None:
        for name, value in ENVIRONMENT.items():
            os.environ.setdefault(name, value)
        from mlflow.tracking import MlflowClient, get_tracking_uri

        self._path = run.path
        known = None if os.environ.get("MLFLOW_TRACKING_URI") else run.facts.get("store")
        uri = known or get_tracking_uri()
        self._store = _without_password(uri)
        with self._reached():
            self._client: Any = MlflowClient(tracking_uri=uri)
            # A run's number means nothing in another store.
            sent = run.facts.get("run") if run.facts.get("store") == self._store else None
            self._id = sent or self._create(run)
            self._client.update_run(self._id, status="RUNNING")
            told = self._steps("loss")
            for number, measures in enumerate(run.history, 1):
                if number not in told:
                    self.epoch(number, measures)

    @property
    def facts(self) -> Mapping[str, str]:
        """The store and the number of the run there."""
        return {"store": self._store, "run": self._id}

    def epoch(self, number: int, measures: Figures) -> None:
        """Log the measures of an epoch, all at once."""
        from mlflow.entities import Metric

        now = round(time.time() * 1000)
        metrics = [Metric(name, value, now, number) for name, value in measures.items()]
        with self._reached():
            self._client.log_batch(self._id, metrics=metrics)

    def end(self, outcome: Outcome, epochs: int, metrics: Figures) -> None:
        """Log the final measures and the files of a finished run, and end it."""
        with self._reached():
            if outcome == "finished" and epochs not in self._steps(f"{FINAL}test_accuracy"):
                for file in filter(os.path.exists, (self._path / name for name in FILES)):
                    self._client.log_artifact(self._id, str(file))
                # Last, as these tell a resumed training that all was sent.
                self.epoch(epochs, {f"{FINAL}{name}": value for name, value in metrics.items()})
            self._client.set_terminated(self._id, STATUS[outcome])

    def _create(self, run: TrackedRun) -> str:
        from mlflow.entities import Param

        created = self._client.create_run(self._experiment(), run_name=run.path.name)
        parameters = [Param(name, str(value)) for name, value in run.settings.items()]
        self._client.log_batch(created.info.run_id, params=parameters)
        return str(created.info.run_id)

    def _experiment(self) -> str:
        """Return the number of the experiment, which is made if it does not exist."""
        name = os.environ.get("MLFLOW_EXPERIMENT_NAME") or EXPERIMENT
        found = self._client.get_experiment_by_name(name)
        return str(found.experiment_id if found else self._client.create_experiment(name))

    def _steps(self, measure: str) -> set[int]:
        """Return the epochs of which the store has a measure."""
        return {metric.step for metric in self._client.get_metric_history(self._id, measure)}

    @contextmanager
    def _reached(self) -> Iterator[None]:
        """Raise `OutputError` if the store fails; each kind of store raises errors of its own."""
        try:
            yield
        except OutputError:
            raise
        except Exception as error:
            raise OutputError(
                f"the MLflow store {self._store} could not be written: {_reason(error)}; check "
                "MLFLOW_TRACKING_URI"
            ) from error


def _without_password(uri: str) -> str:
    parts = urlsplit(uri)
    return uri.replace(f"{parts.netloc}", parts.netloc.rpartition("@")[2], 1)


def _reason(error: BaseException) -> str:
    """Return why a store failed: in plain words where the cause is the network or a file."""
    cause: BaseException = error
    while cause.__cause__ or cause.__context__:
        cause = cause.__cause__ or cause.__context__ or cause
    if isinstance(cause, OSError):
        return reason_of(cause)
    return first_line(error)[:LONGEST_REASON]


TRACKER = Tracker(
    summary="an MLflow store: mlflow.db in the working directory, else MLFLOW_TRACKING_URI",
    open=MlflowRun,
    check=check,
)
