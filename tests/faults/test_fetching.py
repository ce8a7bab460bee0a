"""A fetch of a dataset that is killed, or finds the disk full or broken, at any operation."""

from __future__ import annotations

import errno
import gzip
import hashlib
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
import pytest
from file_faults import LASTS, Fault
from injected import PATIENCE

from mnistkit.core.holding import PREFIX

FETCH = "datasets fetch lone"
PLUGIN = """
import numpy as np
from mnistkit.contracts import Dataset
from mnistkit.fetching.publication import Publication, RemoteFile

PUBLICATION = Publication("lone", ("http://127.0.0.1:{port}/",))
FILES = {{split: RemoteFile(PUBLICATION, split + ".gz", sum) for split, sum in {sums}.items()}}

def load(split, store):
    stored = store.read(FILES[split])
    stored.verify()
    images = np.frombuffer(stored.content, np.uint8).reshape(-1, 28, 28)
    return images, np.arange(len(images)) % 2

DATASET = Dataset("two files", ("a", "b"), "none", "digit", load)
"""


class Silent(SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def plugin(tmp_path_factory):
    """A folder with the plugin of a dataset, whose files a server on this machine has."""
    folder = tmp_path_factory.mktemp("published")
    sums = {}
    for split, count in (("train", 20), ("test", 10)):
        images = np.random.default_rng(count).integers(0, 256, (count, 28, 28), np.uint8)
        content = gzip.compress(images.tobytes(), mtime=0)
        (folder / f"{split}.gz").write_bytes(content)
        sums[split] = f"sha256:{hashlib.sha256(content).hexdigest()}"
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Silent, directory=str(folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    installed = tmp_path_factory.mktemp("installed")
    text = PLUGIN.format(port=server.server_port, sums=sums)
    (installed / "lone_set.py").write_text(text)
    about = installed / "lone_set-1.0.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: lone-set\nVersion: 1.0\n")
    entry = "[mnistkit.datasets]\nlone = lone_set:DATASET\n"
    (about / "entry_points.txt").write_text(entry)
    yield installed
    server.shutdown()
    server.server_close()


@pytest.fixture
def fetching(injected, plugin):
    injected.empty()
    return injected.with_environment(PYTHONPATH=str(plugin))


def fetched(injected):
    return {path.name: path.read_bytes() for path in (injected.base / "home").rglob("*.gz")}


def final(injected):
    """What was fetched under a final name."""
    found = fetched(injected).items()
    return {name: content for name, content in found if not name.startswith(PREFIX)}


def test_two_at_once_both_fetch_it(fetching):
    both = [fetching.start(FETCH) for _ in range(2)]
    for process in both:
        _, said = process.communicate(timeout=PATIENCE)
        assert process.returncode == 0, said
    assert fetched(fetching).keys() == {"train.gz", "test.gz"}
    assert not any(PREFIX in name for name in fetching.names())


def test_a_kill_at_any_operation_is_made_up_for(fetching):
    states = list(fetching.states(FETCH))
    whole, names = fetched(fetching), fetching.names()
    assert whole.keys() == {"train.gz", "test.gz"}
    assert len(states) > len(whole)
    for state in states:
        fetching.restore(state.copy)
        assert final(fetching).items() <= whole.items(), state.operation
        ended = fetching.run(FETCH)
        assert ended.code == 0, f"{state.operation}: {ended.said}"
        assert fetching.names() == names, state.operation
        assert fetched(fetching) == whole


@pytest.mark.slow
@pytest.mark.parametrize("error", LASTS)
def test_an_error_at_any_operation_is_one_line_and_leaves_nothing(fetching, error):
    operations = fetching.run(FETCH).operations
    whole = fetched(fetching)
    for at, operation in enumerate(operations, 1):
        fetching.empty()
        ended = fetching.run(FETCH, Fault(at, error, LASTS[error]))
        assert final(fetching).items() <= whole.items(), operation
        if ended.code:
            assert ended.code == 3, f"{operation}: {ended.said}"
            assert len(ended.stderr.splitlines()) == 1, f"{operation}: {ended.said}"
            if error == errno.EROFS:
                # Nothing can be deleted; the next command does it.
                assert fetching.run(FETCH).code == 0, operation
            assert not any(PREFIX in name for name in fetching.names()), operation
