"""Connecting to Ray, or starting it on this machine."""

from __future__ import annotations

import logging
import os
import signal
import socket
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NoReturn

from mnistkit.core.cores import usable_cores
from mnistkit.core.holding import clear_leftovers, temporary_folder
from mnistkit.core.native_output import stderr_into
from mnistkit.errors import MissingError, UsageError

LOCAL, AUTO = "local", "auto"
SECONDS = 5
# Only descriptions of parts are kept in Ray's memory; Ray takes no less than 75 MB.
OBJECT_STORE_BYTES = 100 * 10**6

# What a client of HTTP/2 begins with, and an empty frame of settings. Ray speaks gRPC over it.
GREETING = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes((0, 0, 0, 4, 0, 0, 0, 0, 0))
SETTINGS_FRAME, FRAME_BYTES = 4, 9


def check_address(address: str) -> None:
    """Raise `UsageError` for what is no address of Ray's."""
    if address in (LOCAL, AUTO):
        return
    host, colon, port = address.rpartition(":")
    if not (colon and host and "/" not in host and port.isdecimal() and int(port) < 2**16):
        raise UsageError(
            f"expected --ray {LOCAL}, {AUTO} or HOST:PORT of a cluster's head, received {address}"
        )


@contextmanager
def connected(address: str) -> Iterator[int]:
    """Yield the number of CPUs of Ray at an address; `local` runs as long as the block does.

    Raises:
        MissingError: Nothing answers there, or another version of Ray or Python.
    """
    _silence()
    import ray

    if address not in (LOCAL, AUTO):
        _check_answering(address)
    with _local_options(address) as options:
        try:
            _start(address, options)
            resources: dict[str, float] = ray.cluster_resources()  # type: ignore[no-untyped-call]
            yield max(1, int(resources.get("CPU", 1)))
        finally:
            ray.shutdown()


def _start(address: str, options: Mapping[str, Any]) -> None:
    import ray

    try:
        with _muted(), _uninterrupted():
            ray.init(address, log_to_driver=False, logging_level=logging.FATAL, **options)
    # It raises what fits, and ends the process where a cluster ends meanwhile.
    except (Exception, SystemExit) as error:
        raise _unusable(address, error) from error
    # Ray's own way to end prints a stack.
    signal.signal(signal.SIGTERM, _end)
    _configure()


@contextmanager
def _uninterrupted() -> Iterator[None]:
    """Raise a `KeyboardInterrupt` of the block behind it: Ray's start takes seconds.

    If it were interrupted, some of its processes would stay for a minute.
    """
    received: list[int] = []
    before = signal.signal(signal.SIGINT, lambda number, _frame: received.append(number))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
    if received:
        raise KeyboardInterrupt


def _end(number: int, _frame: object) -> NoReturn:
    sys.exit(128 + number)


@contextmanager
def _local_options(address: str) -> Iterator[dict[str, Any]]:
    if address != LOCAL:
        yield {}
        return
    place = Path(tempfile.gettempdir())
    clear_leftovers(place)
    with temporary_folder(place) as folder:
        yield {
            "num_cpus": usable_cores(),
            "object_store_memory": OBJECT_STORE_BYTES,
            "include_dashboard": False,
            "_temp_dir": str(folder),
        }


def _silence() -> None:
    """Keep Ray from reporting its usage and from printing; before it is imported."""
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    if not _debugging():
        os.environ.setdefault("RAY_BACKEND_LOG_LEVEL", "fatal")


def _debugging() -> bool:
    return logging.getLogger("mnistkit").isEnabledFor(logging.DEBUG)


@contextmanager
def _muted() -> Iterator[None]:
    """Discard what Ray's C++ prints on stderr while it starts, its level of logging among it."""
    if _debugging():
        yield
        return
    with Path(os.devnull).open("wb") as nowhere, stderr_into(nowhere):
        yield


def _configure() -> None:
    """Keep Ray Data from printing."""
    import ray.data

    context = ray.data.DataContext.get_current()
    context.enable_progress_bars = False
    context.print_on_execution_start = False
    if not _debugging():
        logging.getLogger("ray.data").setLevel(logging.CRITICAL)


def _check_answering(address: str) -> None:
    """Raise `MissingError` unless a server of gRPC answers; Ray itself would wait for minutes."""
    host, _, port = address.rpartition(":")
    try:
        with socket.create_connection((host.strip("[]"), int(port)), timeout=SECONDS) as server:
            server.sendall(GREETING)
            answer = server.recv(FRAME_BYTES)
    # A name that can't be one of the DNS is no OSError.
    except (OSError, UnicodeError) as error:
        told = getattr(error, "strerror", None) or "no such host"
        reason = "no answer in time" if isinstance(error, TimeoutError) else told
        raise _unusable(address, error, reason) from error
    # With TLS it is Ray that tells.
    with_tls = os.environ.get("RAY_USE_TLS", "0") != "0"
    if not with_tls and answer[3:4] != bytes((SETTINGS_FRAME,)):
        raise _unusable(address, ValueError(), "an answer of another program")


def _unusable(address: str, error: BaseException, told: str = "") -> MissingError:
    text = told or " ".join(str(error).split())
    if "Version mismatch" in text:
        return MissingError(f"Ray at {address}: {text}; install the same versions here and there")
    start = (
        "check the free memory and the rights"
        if address == LOCAL
        else "start Ray with `ray start --head`, or name --ray local"
    )
    return MissingError(f"expected Ray at {address}, received: {text[:300]}; {start}")
