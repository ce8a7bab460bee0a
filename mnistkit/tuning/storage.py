"""Where a study is kept, so that any number of processes and machines work on it."""

from __future__ import annotations

import sys
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import optuna
from optuna.exceptions import ExperimentalWarning, StorageInternalError, UpdateFinishedTrialError
from optuna.storages import BaseStorage, JournalStorage, RDBStorage
from optuna.storages.journal import JournalFileBackend, JournalRedisBackend

from mnistkit.errors import MissingError, StudyError, UsageError, reason_of

JOURNAL = "journal:"
REDIS = ("redis://", "rediss://", "unix://")
FORMS = "journal:PATH, sqlite:///PATH, postgresql://HOST/DATABASE or redis://HOST"

REDIS_PREFIX = "mnistkit"
"""Of the keys in Redis: others may use the same one."""

LOCK_SECONDS = 60
"""How long SQLite waits for another process's write."""

DATABASE = "SQLAlchemyError"

ATTEMPTS = 5
"""Of several processes that make the same tables at once, all but one fail at first."""

DRIVERS = {
    "psycopg2": "psycopg2-binary",
    "psycopg": "psycopg[binary]",
    "MySQLdb": "mysqlclient",
}
"""The package that has a module, where it is called otherwise."""


def open_storage(url: str) -> BaseStorage:
    """Open any Optuna storage.

    Args:
        url: `journal:PATH`, `redis://...`, or what SQLAlchemy takes.

    Raises:
        UsageError: It is no such address.
        MissingError: A package it needs is not installed; says which.
        StudyError: It can't be reached, or is damaged.
    """
    optuna.logging.disable_default_handler()
    optuna.logging.enable_propagation()
    path = url.removeprefix(JOURNAL)
    if not path or (path == url and "://" not in url):
        raise UsageError(f"expected a storage such as {FORMS}, received {url!r}; name one of these")
    try:
        with reaching(url):
            return _open(url)
    except ImportError as error:
        module = error.name or getattr(error.__cause__, "name", None) or "its driver"
        raise MissingError(
            f"expected the Python package for {hidden(url)}, received an installation without it; "
            f"install it with `pip install '{DRIVERS.get(module, module)}'`"
        ) from error


@contextmanager
def reaching(url: str) -> Iterator[None]:
    """Tell in one line that a storage failed, whatever it is.

    Raises:
        StudyError: It can't be reached, or is damaged.
    """
    try:
        yield
    except UpdateFinishedTrialError:
        # Nothing is wrong with the storage.
        raise
    except _failures() as error:
        reason = _reason(error)
        raise StudyError(
            f"expected the study's storage at {hidden(url)} to answer, received: {reason}; check "
            "it and repeat the command, which continues the study"
        ) from error
    except (ValueError, TypeError, LookupError) as error:
        raise StudyError(
            f"expected a storage of Optuna's at {hidden(url)}, received a damaged one or something "
            f"else ({_reason(error)}); name another --storage"
        ) from error


def hidden(url: str) -> str:
    """A storage's address without its password."""
    if url.startswith(JOURNAL):
        return url
    try:
        password = urlsplit(url).password
    except ValueError:
        return url.partition("://")[0]
    return url.replace(f":{password}@", ":***@") if password else url


def _open(url: str) -> BaseStorage:
    if url.startswith(JOURNAL):
        path = Path(url.removeprefix(JOURNAL))
        path.parent.mkdir(parents=True, exist_ok=True)
        return JournalStorage(JournalFileBackend(str(path)))
    if url.startswith(REDIS):
        # Optuna's own error does not say which module it misses.
        import_module("redis")
        with warnings.catch_warnings():
            # It is as experimental as it was five years ago.
            warnings.simplefilter("ignore", ExperimentalWarning)
            return JournalStorage(JournalRedisBackend(url, prefix=REDIS_PREFIX))
    return _open_database(url)


def _open_database(url: str) -> RDBStorage:
    from sqlalchemy.engine import make_url
    from sqlalchemy.exc import ArgumentError, SQLAlchemyError

    try:
        make_url(url).get_dialect()
    except ArgumentError as error:
        raise UsageError(
            f"expected a storage such as {FORMS}, received {hidden(url)}; name one of these"
        ) from error
    arguments = {"timeout": LOCK_SECONDS} if url.startswith("sqlite") else {}
    options: dict[str, Any] = {"connect_args": arguments, "pool_pre_ping": True}
    for attempt in range(ATTEMPTS):
        try:
            return RDBStorage(url, engine_kwargs=options)
        except (SQLAlchemyError, StorageInternalError):
            if attempt == ATTEMPTS - 1:
                raise
            time.sleep(0.2 * (attempt + 1))
    raise AssertionError


def _failures() -> tuple[type[Exception], ...]:
    """What storages raise when they can't be reached, as far as their packages are imported."""
    own = ((sys.modules.get("redis"), "RedisError"), (sys.modules.get("sqlalchemy.exc"), DATABASE))
    others = [getattr(module, name) for module, name in own if module]
    # A journal's lock that was taken away is a RuntimeError.
    return (OSError, RuntimeError, StorageInternalError, *others)


def _reason(error: BaseException) -> str:
    """The first line of what lies deepest; Optuna's own says only that something happened."""
    while error.__cause__ is not None:
        error = error.__cause__
    if isinstance(error, OSError) and error.filename:
        return f"{error.filename}: {reason_of(error)}"
    lines = str(error).strip().splitlines()
    return lines[0] if lines else type(error).__name__
