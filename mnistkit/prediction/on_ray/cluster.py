"""Connecting to Ray, or starting it on this machine."""

from __future__ import annotations

import atexit
import logging
import os
import signal
import socket
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue
from typing import Any, NoReturn, TypeVar, cast

import psutil

from mnistkit.core.cores import usable_cores
from mnistkit.core.holding import clear_leftovers, temporary_folder
from mnistkit.core.native_output import stderr_into
from mnistkit.errors import MissingError, UsageError

Item = TypeVar("Item")

LOCAL, AUTO = "local", "auto"
SECONDS = 5
# Only descriptions of parts are kept in Ray's memory; Ray takes no less than 75 MB.
OBJECT_STORE_BYTES = 100 * 10**6
# Ray appends up to 95 characters; the path of a socket has at most 103 on macOS, 107 on Linux.
LONGEST_PLACE, SHORT_PLACE = 8, "/tmp"  # noqa: S108  # the folder in it is made anew

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


@dataclass(frozen=True)
class Connection:
    """Ray, in a thread of its own: it may swallow a `KeyboardInterrupt`, or wait for seconds.

    Args:
        cpus: The number of CPUs of the cluster.
        thread: Where Ray is called.
    """

    cpus: int
    thread: Executor

    def each(self, items: Iterator[Item]) -> Iterator[Item]:
        """Yield what an iterator yields that calls Ray."""
        end = object()
        while (item := _call(self.thread, next, items, end)) is not end:
            yield cast(Item, item)


@contextmanager
def connected(address: str) -> Iterator[Connection]:
    """Yield Ray at an address; `local` runs as long as the block does.

    Raises:
        MissingError: Nothing answers there, or another version of Ray or Python.
    """
    if address not in (LOCAL, AUTO):
        _check_answering(address)
    with _local_options(address) as options, ExitStack() as ending:
        # It lives as long as Ray, since the processes that it starts end with it.
        thread = ending.enter_context(ThreadPoolExecutor(1))
        signal.signal(signal.SIGTERM, _end)
        try:
            ray = _call(thread, _imported)
            ending.callback(_shut_down, ray)
            with _muted():
                _call(thread, _start, address, options)
            # It has taken the signal, and would print a stack.
            signal.signal(signal.SIGTERM, _end)
            yield Connection(max(1, int(ray.cluster_resources().get("CPU", 1))), thread)
            ending.close()
        except (KeyboardInterrupt, SystemExit):
            # It would wait for Ray, in whose thread a call may go on.
            ending.pop_all()
            _kill(_descendants())
            raise


def _call(thread: Executor, function: Callable[..., Any], *arguments: object) -> Any:
    """Return what a function returns that runs in a thread; a signal may end the wait for it."""
    # Waiting for the future itself, Python may leave its lock in disorder after a signal.
    done: SimpleQueue[Future[Any]] = SimpleQueue()
    thread.submit(function, *arguments).add_done_callback(done.put)
    return done.get().result()


def _imported() -> Any:
    """Return Ray, which is kept from printing, and from ending by itself."""
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    if not _debugging():
        os.environ.setdefault("RAY_BACKEND_LOG_LEVEL", "fatal")
    import ray.data

    atexit.unregister(ray.shutdown)
    context = ray.data.DataContext.get_current()
    context.enable_progress_bars = False
    context.print_on_execution_start = False
    if not _debugging():
        for name in ("ray", "ray.data"):
            logging.getLogger(name).setLevel(logging.CRITICAL)
    return ray


def _start(address: str, options: Mapping[str, Any]) -> None:
    import ray

    try:
        ray.init(address, log_to_driver=False, logging_level=logging.FATAL, **options)
    # It raises what fits, and ends the process where a cluster ends meanwhile.
    except (Exception, SystemExit) as error:
        raise _unusable(address, error) from error


def _shut_down(ray: Any) -> None:
    """End Ray, which takes seconds; if that is interrupted, at once."""
    started = _descendants()
    try:
        ray.shutdown()
    except BaseException:
        _kill(started)
        raise


def _descendants() -> list[psutil.Process]:
    """Return the processes that this one has started, and theirs: those of a local Ray."""
    found: list[psutil.Process] = psutil.Process().children(recursive=True)
    return found


def _kill(processes: list[psutil.Process]) -> None:
    """End processes of Ray: the children of this one with it, on Linux, the others now.

    Without the one it talks to, Ray would end this process with an exit code of its own.
    """
    # Threads of Ray would print what they have lost.
    threading.excepthook = lambda _: None
    for process in processes:
        with suppress(psutil.NoSuchProcess):
            if sys.platform == "linux" and process.ppid() == os.getpid():
                process.suspend()
            else:
                process.kill()


def _end(number: int, _frame: object) -> NoReturn:
    sys.exit(128 + number)


@contextmanager
def _local_options(address: str) -> Iterator[dict[str, Any]]:
    if address != LOCAL:
        yield {}
        return
    usual = tempfile.gettempdir()
    place = Path(usual if len(usual) <= LONGEST_PLACE else SHORT_PLACE)
    clear_leftovers(place)
    with temporary_folder(place) as folder:
        yield {
            "num_cpus": usable_cores(),
            "object_store_memory": OBJECT_STORE_BYTES,
            "include_dashboard": False,
            "_temp_dir": str(folder),
        }


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
