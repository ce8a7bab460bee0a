"""The storage of a study: a journal file, or a database that many workers share."""

from __future__ import annotations

import logging
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import optuna
from optuna.exceptions import ExperimentalWarning, StorageInternalError, UpdateFinishedTrialError
from optuna.storages import BaseStorage, RDBStorage, RetryHeartbeatStaleTrialCallback

from mnistkit.errors import MissingError, StudyError, UsageError, reason_of
from mnistkit.tuning.journal import open_journal

logger = logging.getLogger(__name__)

JOURNAL = "journal:"
FORMS = "journal:PATH, postgresql://HOST/DATABASE or mysql://HOST/DATABASE"

HEARTBEAT_SECONDS = 30
GRACE_SECONDS = 120
"""A trial whose last heartbeat is older than this fails and is retried."""

MAX_RETRIES = 2
"""Retries of a trial; its parameters may be what kills the workers."""

ATTEMPTS = 5
"""Attempts to open a database: if several workers create its tables at once, all but one fail."""

FAILURES = (OSError, RuntimeError, StorageInternalError, UnboundLocalError)
"""Errors of a failing storage. RuntimeError: another process removed a journal's lock.
UnboundLocalError: Optuna's, if the storage fails while a trial ends."""

DRIVERS = {
    "psycopg2": "psycopg2-binary",
    "psycopg": "psycopg[binary]",
    "MySQLdb": "mysqlclient",
}
"""The package of a Python module, if their names differ."""


def open_storage(url: str) -> BaseStorage:
    """Return the storage of a URL, opened.

    Args:
        url: `journal:PATH`, or a database's URL as SQLAlchemy has it.

    Raises:
        UsageError: The URL is of neither form.
        MissingError: The database's Python package is not installed.
        StudyError: The storage can't be reached, or is damaged.
    """
    optuna.logging.disable_default_handler()
    optuna.logging.enable_propagation()
    path = url.removeprefix(JOURNAL)
    if not path or (path == url and "://" not in url):
        raise _unknown(url)
    try:
        with reaching(url):
            return _open_database(url) if path == url else open_journal(Path(path))
    except ImportError as error:
        module = getattr(error.__cause__, "name", None) or "its driver"
        raise MissingError(
            f"{hidden(url)} needs a Python package that is not installed; install it with "
            f"`pip install '{DRIVERS.get(module, module)}'`"
        ) from error


@contextmanager
def reaching(url: str) -> Iterator[None]:
    """Turn errors of a storage into `StudyError`: it can't be reached, or is damaged."""
    try:
        yield
    except (UpdateFinishedTrialError, BrokenPipeError):
        # The storage works: another worker ended the trial, or the terminal closed the pipe.
        raise
    except FAILURES as error:
        raise StudyError(
            f"expected the study's storage at {hidden(url)} to answer, received: {_reason(error)}; "
            "check it and repeat the command, which continues the study"
        ) from error
    except (ValueError, TypeError, LookupError) as error:
        raise StudyError(
            f"expected an Optuna storage at {hidden(url)}, received a damaged one or something "
            f"else ({_reason(error)}); name another --storage"
        ) from error


def hidden(url: str) -> str:
    """Return a storage's URL without its password."""
    if url.startswith(JOURNAL):
        return url
    try:
        password = urlsplit(url).password
    except ValueError:
        return url.partition("://")[0]
    return url.replace(f":{password}@", ":***@") if password else url


class Database(RDBStorage):
    """A database with heartbeats, in which the trials of dead workers are retried."""

    def __init__(self, url: str) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ExperimentalWarning)
            super().__init__(
                url,
                engine_kwargs={"pool_pre_ping": True},
                heartbeat_interval=HEARTBEAT_SECONDS,
                grace_period=GRACE_SECONDS,
                heartbeat_stale_trial_callback=RetryHeartbeatStaleTrialCallback(MAX_RETRIES),
            )

    def record_heartbeat(self, trial_id: int) -> None:
        """Record a heartbeat; if the database can't be reached, the next one is in time."""
        try:
            super().record_heartbeat(trial_id)
        except StorageInternalError as error:
            logger.debug("no heartbeat: %s", _reason(error))


def _open_database(url: str) -> Database:
    from sqlalchemy.exc import ArgumentError, SQLAlchemyError

    for attempt in range(ATTEMPTS):
        try:
            return Database(url)
        except ArgumentError as error:
            raise _unknown(url) from error
        except (SQLAlchemyError, StorageInternalError) as error:
            failure = error
            time.sleep(0.2 * attempt)
    raise StorageInternalError from failure


def _unknown(url: str) -> UsageError:
    return UsageError(
        f"expected a storage such as {FORMS}, received {hidden(url)!r}; name one of these"
    )


def _reason(error: BaseException) -> str:
    """Return the first line of the deepest cause, which says more than Optuna's own error."""
    if isinstance(error, UnboundLocalError) and error.__context__:
        error = error.__context__
    while error.__cause__:
        error = error.__cause__
    if isinstance(error, OSError) and error.filename:
        return f"{error.filename}: {reason_of(error)}"
    lines = str(error).strip().splitlines()
    return lines[0] if lines else type(error).__name__
