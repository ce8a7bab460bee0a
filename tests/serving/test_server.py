"""A server from its start to its end, as a user meets it."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from imports import TRACED, imported
from served import INFER, PATIENCE, load, tensor, wait_until

from mnistkit.core.models.choice import BUNDLED_RUN

pytestmark = pytest.mark.thorough

HELD = "held"


def lines_of(path: Path):
    return path.read_text().splitlines()


def ended(*words, environment, **options):
    """What became of a server that can't begin."""
    command = [sys.executable, "-m", "mnistkit", "serve", *map(str, words)]
    options = {"env": environment, "timeout": PATIENCE, "capture_output": True} | options
    return subprocess.run(command, text=True, check=False, **options)


def processes_of(server):
    """The numbers of the processes that a server with several started to answer, on Linux."""
    of_main = Path(f"/proc/{server.process.pid}/task/{server.process.pid}/children")
    return [
        int(child)
        for child in of_main.read_text().split()
        if "multiprocessing.spawn" in Path(f"/proc/{child}/cmdline").read_text()
    ]


def is_taken(place):
    """Whether something listens there."""
    with socket.socket() as asking:
        return asking.connect_ex(place) == 0


def one_line(result, code):
    assert result.returncode == code, result.stderr
    assert result.stdout == ""
    (line,) = result.stderr.splitlines()
    return line.removeprefix("mnistkit: error: ")


def test_the_address_is_printed_and_each_request_is_logged(start, tmp_path, sample):
    log = tmp_path / "log"
    with log.open("w") as stderr, start(quiet=False, stderr=stderr) as server:
        server.infer(tensor(sample.images[:1]))
        server.get("/v2?token=secret\x1b[31m".replace("\x1b", "%1b"))
        server.get("/absent%0aline")
        assert server.end() == 0
    first, *requests = lines_of(log)
    assert first == "model: bundled (from --model)"
    assert server.url.startswith("http://127.0.0.1:")
    told = [line.split()[:4] for line in requests]
    assert told == [
        ["127.0.0.1", "POST", INFER, "200"],
        ["127.0.0.1", "GET", "/v2", "200"],
        ["127.0.0.1", "GET", "/absent%0aline", "404"],
    ]


def test_quiet_logs_nothing(start, tmp_path):
    log = tmp_path / "log"
    with log.open("w") as stderr, start(stderr=stderr) as server:
        server.get("/v2")
        server.end()
    assert lines_of(log) == []


def test_sigterm_answers_what_was_accepted_and_ends_with_0(start, page):
    with start(stderr=subprocess.DEVNULL) as server:
        replies = []
        pages = {f"{number}.jpg": page for number in range(2)}
        asking = threading.Thread(target=lambda: replies.append(server.send("/read", pages)))
        asking.start()
        while not server.process.poll() and server.metric("mnistkit_requests_total") < 1:
            time.sleep(0.05)
        time.sleep(0.5)
        assert server.end() == 0
        asking.join()
    (reply,) = replies
    assert reply.status == 200
    assert len(reply.json["pages"]) == 2


def test_ctrl_c_ends_silently(start, tmp_path):
    log = tmp_path / "log"
    with log.open("w") as stderr, start(stderr=stderr) as server:
        assert server.end(signal.SIGINT) == 130
    assert lines_of(log) == []


@pytest.mark.parametrize("answered", [False, True])
def test_ctrl_c_ends_all_processes_without_a_traceback(start, tmp_path, answered):
    log = tmp_path / "log"
    options = {"start_new_session": True}
    with log.open("w") as stderr, start("--workers", 2, stderr=stderr, **options) as server:
        if answered:
            assert server.get("/v2/health/ready").status == 200
        else:
            wait_until(lambda: processes_of(server))
        # A terminal sends it to every process.
        os.killpg(server.process.pid, signal.SIGINT)
        assert server.process.wait(PATIENCE) == 130
    assert not [line for line in lines_of(log) if "Traceback" in line]


def test_processes_end_with_the_one_that_started_them(start):
    with start("--workers", 2, stderr=subprocess.DEVNULL) as server:
        assert server.get("/v2/health/ready").status == 200
        server.end(signal.SIGKILL)
        # They would keep the port.
        wait_until(lambda: not is_taken(server.place))


def test_idle_connections_do_not_hold_up_the_end(start):
    with start(stderr=subprocess.DEVNULL) as server:
        held = [socket.create_connection(server.place) for _ in range(2)]
        held[0].sendall(b"GET /v2 HT")
        time.sleep(0.2)
        began = time.monotonic()
        assert server.end() == 0
        for connected in held:
            connected.close()
    assert time.monotonic() - began < 10


def test_neither_tensorflow_nor_opencv_is_loaded_for_an_answer(
    clean_environment, start, tmp_path, seven
):
    log = tmp_path / "log"
    with log.open("w") as stderr, start(env=clean_environment | TRACED, stderr=stderr) as server:
        assert server.send("/predict", {"seven.png": seven}).status == 200
        server.end()
    packages = imported(subprocess.CompletedProcess([], 0, "", log.read_text()))
    assert "onnxruntime" in packages
    assert packages.isdisjoint({"tensorflow", "keras", "cv2", "matplotlib", "optuna"})


def test_processes_answer_and_count_together(start, tmp_path, sample):
    log = tmp_path / "log"
    body = json.dumps(tensor(sample.images[:1])).encode()
    with log.open("w") as stderr, start("--workers", 2, quiet=False, stderr=stderr) as server:
        found = load(server.place, [body] * 100)
        assert {status for status, _ in found.replies} == {200}
        counted = {server.metric("mnistkit_predictions_total") for _ in range(10)}
        assert server.end() == 0
    assert counted == {100}
    assert len([line for line in lines_of(log) if INFER in line]) == 100
    assert not [line for line in lines_of(log) if "Traceback" in line]


def test_a_process_that_can_not_start_again_ends_the_server_in_one_line(start, tmp_path):
    model = tmp_path / "model.onnx"
    shutil.copy(BUNDLED_RUN / "model.onnx", model)
    log = tmp_path / "log"
    with log.open("w") as stderr, start("--model", model, "--workers", 2, stderr=stderr) as server:
        assert server.get("/v2/models/model").status == 200
        model.unlink()
        for process in processes_of(server):
            os.kill(process, signal.SIGKILL)
        assert server.process.wait(PATIENCE) == 3
    errors = [line for line in lines_of(log) if "error" in line]
    assert any("no model at" in line for line in errors)
    assert "could not start again" in errors[-1]
    assert not [line for line in lines_of(log) if "Traceback" in line]


@pytest.mark.parametrize("change", ["deleted", "replaced"])
def test_a_model_that_changes_is_served_on_as_it_was_opened(start, tmp_path, sample, change):
    model = tmp_path / "digits.onnx"
    shutil.copy(BUNDLED_RUN / "model.onnx", model)
    log = tmp_path / "log"
    with log.open("w") as stderr, start("--model", model, quiet=False, stderr=stderr) as server:
        path = INFER.replace("bundled", "digits")
        expected = server.infer(tensor(sample.images[:3]), path).json
        model.unlink() if change == "deleted" else model.write_bytes(b"another")
        wait_until(lambda: change in log.read_text())
        assert server.infer(tensor(sample.images[:3]), path).json == expected
        assert server.get("/v2/health/ready").status == 200
        server.end()
    (warning,) = (line for line in lines_of(log) if "warning" in line)
    assert "served on" in warning


def test_a_run_is_called_by_its_name(start, trained_run, sample):
    with start("--model", trained_run.path, stderr=subprocess.DEVNULL) as server:
        name = trained_run.path.name
        assert server.get("/settings").json["model"] == name
        path = INFER.replace("bundled", name)
        assert server.infer(tensor(sample.images[:1]), path).json["model_name"] == name


def test_a_port_in_use_is_told(clean_environment, server):
    result = ended("--port", server.place[1], "--model", "bundled", environment=clean_environment)
    line = one_line(result, 2)
    assert f"127.0.0.1 port {server.place[1]}" in line
    assert "--port" in line


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (["--host", "0.0.0.0"], 2, "MNISTKIT_TOKEN"),  # noqa: S104 - it is refused
        (["--model", "absent"], 3, "no model at absent"),
        (["--reader", "absent.onnx"], 3, "absent.onnx"),
        (["--collect", "file"], 1, "could not be written"),
        (["--token", ""], 2, "empty"),
    ],
)
def test_what_can_not_be_served_is_told_in_one_line(clean_environment, tmp_path, words, code, told):
    (tmp_path / "file").touch()
    result = ended("--port", 0, *words, environment=clean_environment, cwd=tmp_path)
    assert told in one_line(result, code)


def test_without_the_extra_one_line_says_what_to_install(clean_environment, tmp_path):
    program = (
        "import sys\n"
        "sys.modules['fastapi'] = None\n"
        "from mnistkit.core import packages\n"
        "packages.find_spec = lambda name: None if name == 'fastapi' else name\n"
        "from mnistkit.cli.app import main\n"
        "main()\n"
    )
    command = [sys.executable, "-c", program, "serve"]
    result = subprocess.run(
        command, env=clean_environment, capture_output=True, text=True, check=False, cwd=tmp_path
    )
    line = one_line(result, 3)
    assert "FastAPI" in line
    assert "pip install '.[serve]'" in line
