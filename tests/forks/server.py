"""Runs `mnistkit` in forks of a process that has imported its libraries: once, not every time.

A fork is a process as any other, with its own streams, folder, environment and end, and imports
mnistkit itself. Only what others wrote is imported already. It ends when its stdin does.

    python server.py DESCRIPTOR LIBRARY...

The descriptor is of a listening socket, to which `client.py` connects.
"""

import gc
import json
import os
import runpy
import selectors
import signal
import socket
import sys
from contextlib import suppress
from importlib import import_module

# As mnistkit sets it before it imports them.
SETTINGS = {
    "KERAS_BACKEND": "tensorflow",
    "KERAS_HOME": os.devnull,
    "ORT_DISABLE_TELEMETRY": "1",
    "TF_CPP_MIN_LOG_LEVEL": "3",
}
STREAMS = {"stdin": "r", "stdout": "w", "stderr": "w"}
LONGEST_REQUEST = 1 << 20


def serve(listening):
    """Answer requests until stdin ends; return in each fork, with what it is to run."""
    watched = selectors.DefaultSelector()
    watched.register(sys.stdin, selectors.EVENT_READ)
    watched.register(listening, selectors.EVENT_READ)
    while True:
        # One at a time: a fork that ended and its client may both be ready.
        (key, _), *_ = watched.select()
        if key.fileobj is sys.stdin:
            os._exit(0)
        elif key.data:
            end(watched, *key.data)
        elif request := answer(watched, listening):
            return request


def answer(watched, listening):
    """Fork for one client, and watch both; return the request in the fork."""
    connection, _ = listening.accept()
    content, descriptors, _, _ = socket.recv_fds(connection, LONGEST_REQUEST, len(STREAMS))
    request = json.loads(content)
    process = os.fork()
    if not process:
        take(descriptors)
    for descriptor in descriptors:
        os.close(descriptor)
    if not process:
        watched.close()
        listening.close()
        connection.close()
        return request
    handle = os.pidfd_open(process)
    for of in (handle, connection):
        watched.register(of, selectors.EVENT_READ, (process, handle, connection))
    return None


def end(watched, process, handle, connection):
    """Tell a client how its fork ended, and what it took; kill the fork of one that is gone."""
    signal.pidfd_send_signal(handle, signal.SIGKILL)
    _, status, used = os.wait4(process, 0)
    for of in (handle, connection):
        watched.unregister(of)
    os.close(handle)
    with connection, suppress(OSError):
        seconds = used.ru_utime + used.ru_stime
        told = f"{os.waitstatus_to_exitcode(status)} {used.ru_maxrss} {seconds}"
        connection.send(told.encode())


def take(descriptors):
    """Make these the standard streams, opened as Python opens them."""
    for place, (name, mode) in enumerate(STREAMS.items()):
        os.dup2(descriptors[place], place)
        before = getattr(sys, name)
        how = {"encoding": before.encoding, "errors": before.errors, "closefd": False}
        setattr(sys, name, os.fdopen(place, mode, **how))
    sys.stderr.reconfigure(line_buffering=True)


def become(words, folder, environment):
    """Be `python -m mnistkit` with these words, in this folder and environment."""
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    installed = filter(None, environment.get("PYTHONPATH", "").split(os.pathsep))
    sys.path[:1] = [folder, *installed]
    sys.argv[1:] = words
    runpy.run_module("mnistkit", run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    _, descriptor, *libraries = sys.argv
    os.environ.update(SETTINGS)
    for library in libraries:
        import_module(library)
    # Else a fork takes apart at its end what all of them have in common, for a second.
    gc.freeze()
    become(**serve(socket.socket(fileno=int(descriptor))))
