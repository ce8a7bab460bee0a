"""Where files are found, and how they are fetched from real mirrors on this machine."""

from __future__ import annotations

import gzip
import hashlib
import io
import subprocess
import sys
import threading
import zipfile
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest

from mnistkit import __version__
from mnistkit.errors import DatasetError, DatasetUnavailableError
from mnistkit.fetching import download
from mnistkit.fetching.publication import Publication, RemoteFile
from mnistkit.fetching.store import Store

CONTENT = np.random.default_rng(0).bytes(20_000)
PUBLISHED = gzip.compress(CONTENT, mtime=0)
MD5 = f"md5:{hashlib.md5(PUBLISHED, usedforsecurity=False).hexdigest()}"
SHA256 = f"sha256:{hashlib.sha256(CONTENT).hexdigest()}"


def published(mirrors, name="digits.gz", checksum=MD5, content=SHA256, **more):
    """A file of the publication `set`."""
    publication = Publication("set", tuple(mirrors), direct=True)
    return RemoteFile(publication, name, checksum, content, **more)


FILE = published([])
MEMORY = Path("/proc/self/mem")


def read(store, mirrors):
    """The content of the file from the store."""
    return store.read(published(mirrors)).content


def archive(**files):
    """The bytes of a zip archive with these files in a folder."""
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as file:
        for name, content in files.items():
            file.writestr(f"folder/{name}", content)
    return written.getvalue()


OTHER = gzip.compress(b"other")


class Mirrors(ThreadingHTTPServer):
    """A server whose folders answer as their names say."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.requests = []
        self.files, self.agents = {}, []
        self.together = threading.Barrier(2, timeout=20)
        self.end = threading.Event()

    def __getitem__(self, folder):
        return f"http://127.0.0.1:{self.server_port}/{folder}/"


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        _, folder, name = self.path.split("/")
        body = self.server.files.get(name, PUBLISHED)
        self.server.requests.append(folder)
        self.server.agents.append(self.headers["User-Agent"])
        first = self.server.requests.count(folder) == 1
        if folder == "absent":
            self.send_error(404)
        elif folder == "circle":
            self.send_response(302)
            self.send_header("Location", self.path)
            self.end_headers()
        elif folder == "silent":
            self.server.end.wait(20)
        elif folder == "wrong":
            self.answer(b"<html>please log in</html>")
        elif folder == "cut" or (folder == "cut-once" and first):
            self.answer(body, body[: len(body) // 2])
        elif folder == "stalling":
            self.answer(body, body[: len(body) // 2])
            self.server.end.wait(20)
        elif folder in {"trickling", "dripping"}:
            self.answer(body, b"")
            self.trickle(body, 1024 if folder == "trickling" else 1)
        else:
            if folder == "together":
                self.server.together.wait()
            self.answer(body)

    def answer(self, announced, sent=None):
        self.send_response(200)
        self.send_header("Content-Length", str(len(announced)))
        self.end_headers()
        self.wfile.write(announced if sent is None else sent)
        self.wfile.flush()
        self.close_connection = True

    def trickle(self, body, size):
        """Send so many bytes now and then, as long as somebody listens."""
        with suppress(OSError):
            for start in range(0, len(body), size):
                self.wfile.write(body[start : start + size])
                self.wfile.flush()
                if self.server.end.wait(0.02):
                    return

    def log_message(self, *_words):
        pass


@pytest.fixture
def mirrors():
    with Mirrors() as server:
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        yield server
        server.end.set()
        server.shutdown()


@pytest.fixture(autouse=True)
def waits(monkeypatch):
    """Let the pauses between attempts take no time; how long they would have been."""
    pauses = []
    monkeypatch.setattr(download, "sleep", pauses.append)
    return pauses


@pytest.fixture(autouse=True)
def cache(monkeypatch, tmp_path):
    """The folder of the dataset `set` in a cache of the test's own."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.setenv(name, "127.0.0.1")
    return tmp_path / "cache" / "mnistkit" / "set"


@pytest.mark.parametrize("folder", ["", "set"], ids=["without", "with"])
@pytest.mark.parametrize(("name", "stored"), [("digits.gz", PUBLISHED), ("digits", CONTENT)])
def test_a_data_folder_is_read_with_and_without_the_subfolder(
    tmp_path, mirrors, folder, name, stored
):
    (tmp_path / "data" / folder).mkdir(parents=True, exist_ok=True)
    (tmp_path / "data" / folder / name).write_bytes(stored)
    assert read(Store(tmp_path / "data"), [mirrors["good"]]) == CONTENT
    assert mirrors.requests == []


def test_the_data_folder_comes_before_the_cache(tmp_path, cache):
    for place, content in ((tmp_path / "data", OTHER), (cache, PUBLISHED)):
        place.mkdir(parents=True)
        (place / FILE.name).write_bytes(content)
    assert read(Store(tmp_path / "data"), []) == b"other"


def test_the_cache_comes_before_the_mirrors_where_the_data_folder_lacks_the_file(
    tmp_path, cache, mirrors
):
    cache.mkdir(parents=True)
    (cache / FILE.name).write_bytes(PUBLISHED)
    assert read(Store(tmp_path), [mirrors["good"]]) == CONTENT
    assert mirrors.requests == []


def test_a_file_is_fetched_once_and_found_in_the_cache_from_then_on(cache, mirrors):
    for _ in range(3):
        assert read(Store(), [mirrors["good"]]) == CONTENT
    assert mirrors.requests == ["good"]
    assert [path.name for path in cache.iterdir()] == [FILE.name]


def test_damaged_bytes_in_the_cache_are_fetched_anew(cache, mirrors):
    cache.mkdir(parents=True)
    (cache / FILE.name).write_bytes(PUBLISHED[:100])
    assert read(Store(), [mirrors["good"]]) == CONTENT


@pytest.mark.skipif(not MEMORY.exists(), reason="run it on Linux, for its /proc")
def test_a_file_in_the_cache_that_the_disk_can_not_read_is_fetched_anew(cache, mirrors):
    cache.mkdir(parents=True)
    # Reading it from its start fails as a broken disk does.
    (cache / FILE.name).symlink_to(MEMORY)
    assert read(Store(), [mirrors["good"]]) == CONTENT
    assert not (cache / FILE.name).is_symlink()


def test_a_mirror_that_sends_one_round_in_a_circle_is_followed_by_the_next(mirrors):
    with pytest.raises(DatasetUnavailableError, match="Exceeded 30 redirects"):
        read(Store(), [mirrors["circle"]])
    assert read(Store(), [mirrors["circle"], mirrors["good"]]) == CONTENT


@pytest.mark.parametrize("first", ["absent", "wrong", "cut"])
def test_a_mirror_that_fails_is_followed_by_the_next(cache, mirrors, first):
    assert read(Store(), [mirrors[first], mirrors["good"]]) == CONTENT
    assert mirrors.requests[-1] == "good"
    assert set(mirrors.requests[:-1]) == {first}
    assert [path.name for path in cache.iterdir()] == [FILE.name]


def test_a_mirror_that_is_not_there_is_followed_by_the_next(mirrors):
    nobody = "http://127.0.0.1:9/"
    assert read(Store(), [nobody, mirrors["good"]]) == CONTENT


def test_a_mirror_that_does_not_answer_is_followed_by_the_next(mirrors, monkeypatch):
    monkeypatch.setattr(download, "READ_TIMEOUT", 0.1)
    assert read(Store(), [mirrors["silent"], mirrors["good"]]) == CONTENT


def test_a_mirror_that_falls_silent_midway_is_followed_by_the_next(mirrors, monkeypatch):
    monkeypatch.setattr(download, "READ_TIMEOUT", 0.1)
    assert read(Store(), [mirrors["stalling"], mirrors["good"]]) == CONTENT


@pytest.mark.parametrize("folder", ["trickling", "dripping"])
def test_a_mirror_that_never_falls_silent_but_is_too_slow_is_followed_by_the_next(
    mirrors, monkeypatch, folder
):
    monkeypatch.setattr(download, "PATIENCE", 0.2)
    monkeypatch.setattr(download, "MIN_SPEED", 100_000)
    assert read(Store(), [mirrors[folder], mirrors["good"]]) == CONTENT
    assert mirrors.requests == [folder, folder, "good"]


def test_a_mirror_is_given_time_as_long_as_enough_comes(mirrors, monkeypatch):
    monkeypatch.setattr(download, "PATIENCE", 0.1)
    monkeypatch.setattr(download, "MIN_SPEED", 5_000)
    assert read(Store(), [mirrors["trickling"]]) == CONTENT
    assert mirrors.requests == ["trickling"]


def test_a_file_in_an_archive_is_read_from_it_and_the_archive_fetched_once(mirrors, cache):
    content = archive(**{"digits.gz": PUBLISHED, "letters.gz": OTHER})
    mirrors.files["all.zip"] = content
    checksum = f"sha256:{hashlib.sha256(content).hexdigest()}"
    whole = published([mirrors["good"]], "all.zip", checksum, None)
    for name, expected in (("digits.gz", CONTENT), ("letters.gz", b"other")):
        stored = Store().read(published([], name, None, None, archive=whole))
        stored.verify()
        assert stored.content == expected
    assert mirrors.requests == ["good"]
    assert [path.name for path in cache.iterdir()] == ["all.zip"]


def test_a_server_is_told_who_asks(mirrors):
    read(Store(), [mirrors["good"]])
    assert mirrors.agents == [f"mnistkit/{__version__}"]


def test_a_connection_cut_midway_is_tried_again_after_a_pause(mirrors, waits):
    assert read(Store(), [mirrors["cut-once"]]) == CONTENT
    assert mirrors.requests == ["cut-once", "cut-once"]
    assert len(waits) == 1


def test_when_all_fail_each_mirror_is_named_with_its_reason(mirrors, cache, monkeypatch):
    monkeypatch.setattr(download, "READ_TIMEOUT", 0.1)
    monkeypatch.setattr(download, "PATIENCE", 0.3)
    folders = ("absent", "wrong", "silent", "cut", "dripping")
    nobody = "http://localhost:9/"
    with pytest.raises(DatasetUnavailableError) as failure:
        read(Store(), [*(mirrors[folder] for folder in folders), nobody])
    message = str(failure.value)
    host = f"127.0.0.1:{mirrors.server_port}: "
    for reason in ("HTTP 404", "the checksum differs", "no answer in time", "too slow"):
        assert host + reason in message
    assert message.count(host) == len(folders)
    assert "localhost:9: no connection" in message
    assert "--data-dir" in message
    assert "\n" not in message
    assert list(cache.iterdir()) == []


def test_a_cache_that_can_not_be_written_is_a_data_set_that_can_not_be_had(
    tmp_path, mirrors, monkeypatch
):
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    with pytest.raises(DatasetUnavailableError, match="--data-dir"):
        read(Store(), [mirrors["good"]])


def test_threads_that_fetch_at_once_all_succeed(cache, mirrors):
    with ThreadPoolExecutor(2) as pool:
        reads = [pool.submit(read, Store(), [mirrors["together"]]) for _ in range(2)]
    assert [read.result() for read in reads] == [CONTENT, CONTENT]
    assert [path.name for path in cache.iterdir()] == [FILE.name]


def test_processes_that_fetch_at_once_all_succeed(cache, mirrors):
    program = (
        "import sys\n"
        "from mnistkit.fetching.publication import Publication, RemoteFile\n"
        "from mnistkit.fetching.store import Store\n"
        "publication = Publication('set', (sys.argv[1],))\n"
        "Store().read(RemoteFile(publication, *sys.argv[2:])).verify()\n"
    )
    words = [sys.executable, "-c", program, mirrors["together"], FILE.name, MD5, SHA256]
    processes = [subprocess.Popen(words) for _ in range(2)]
    assert [process.wait(60) for process in processes] == [0, 0]
    assert mirrors.requests == ["together", "together"]
    assert [path.name for path in cache.iterdir()] == [FILE.name]


def told_by(mirrors, *folders):
    """What is told of each attempt: the name, the bytes in all, and how many came."""
    told = []

    def track(chunks, total, name):
        told.append([name, total, 0])
        for chunk in chunks:
            told[-1][2] += len(chunk)
            yield chunk

    with suppress(DatasetUnavailableError):
        read(Store(track=track), [mirrors[folder] for folder in folders])
    return told


def test_progress_ends_with_all_bytes_told(mirrors):
    assert told_by(mirrors, "good") == [[FILE.name, len(PUBLISHED), len(PUBLISHED)]]


def test_progress_begins_anew_with_each_attempt(mirrors):
    *cut, whole = told_by(mirrors, "cut", "good")
    assert len(cut) == 2
    assert all(came < total == len(PUBLISHED) for _, total, came in cut)
    assert whole == [FILE.name, len(PUBLISHED), len(PUBLISHED)]


def test_nothing_is_told_where_nothing_is_fetched(tmp_path):
    (tmp_path / FILE.name).write_bytes(PUBLISHED)

    def track(_chunks, _total, name):
        raise AssertionError(name)

    assert read(Store(tmp_path, track=track), []) == CONTENT


@pytest.mark.parametrize(
    "damaged",
    [
        pytest.param(PUBLISHED[: len(PUBLISHED) // 2], id="truncated"),
        pytest.param(PUBLISHED[:-1], id="cut in the trailer"),
        pytest.param(CONTENT, id="not compressed"),
        pytest.param(PUBLISHED[:10] + b"\xff" * 40 + PUBLISHED[50:], id="overwritten"),
        pytest.param(PUBLISHED[:-8] + b"\0" * 8, id="wrong CRC"),
    ],
)
def test_a_damaged_gzip_file_is_refused_and_named(tmp_path, damaged):
    (tmp_path / FILE.name).write_bytes(damaged)
    with pytest.raises(DatasetError, match="expected a whole gzip file") as refusal:
        read(Store(tmp_path), [])
    assert str(tmp_path / FILE.name) in str(refusal.value)
