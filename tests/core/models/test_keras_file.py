""".keras files as archives: what is inside is bounded before it is opened."""

from __future__ import annotations

import io
import re
import tracemalloc
import zipfile

import h5py
import numpy as np
import pytest

from mnistkit.core.models import keras_file
from mnistkit.core.models.choice import BUNDLED_RUN
from mnistkit.core.models.run_folder import MODEL_FILE
from mnistkit.errors import ModelError

GOOD = BUNDLED_RUN / MODEL_FILE
# What it would take to unpack them whole is a multiple of it.
MOST_MEMORY = 100_000_000


def rewritten(target, **changed):
    """The bundled model's file, with another content of some members, all compressed."""
    contents = {"config.json": None, "metadata.json": None, "model.weights.h5": None} | changed
    with zipfile.ZipFile(GOOD) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        for name, content in contents.items():
            new.writestr(name, old.read(name) if content is None else content)
    return target


def understated(path, name, size):
    """Let an archive state another size of a member than it has."""
    content = bytearray(path.read_bytes())
    for signature, offset in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        for found in re.finditer(re.escape(signature), bytes(content)):
            header = 30 if offset == 22 else 46
            begin = found.start() + header
            if content[begin : begin + len(name)] == name.encode():
                place = found.start() + offset
                content[place : place + 4] = size.to_bytes(4, "little")
    path.write_bytes(content)


def weights_of(shape):
    """HDF5 whose one array takes no room in the file."""
    stream = io.BytesIO()
    with h5py.File(stream, "w") as file:
        file.create_dataset("vars/0", shape, np.float32, chunks=(1000, 1000), compression="gzip")
    return stream.getvalue()


BOMBS = {
    "configuration": {"config.json": bytes(300_000_000)},
    "metadata": {"metadata.json": bytes(300_000_000)},
    "weights": {"model.weights.h5": bytes(300_000_000)},
    "another member": {"assets/x": bytes(300_000_000)},
    "an array": {"model.weights.h5": weights_of((100_000, 100_000))},
}


@pytest.mark.sampled(3)
@pytest.mark.parametrize("lie", [False, True])
@pytest.mark.parametrize("bomb", BOMBS)
def test_what_unpacks_to_much_more_than_it_is_gets_refused(tmp_path, bomb, lie):
    path = rewritten(tmp_path / "bomb.keras", **BOMBS[bomb])
    if lie:
        (name,) = BOMBS[bomb]
        understated(path, name, 60)
    tracemalloc.start()
    with pytest.raises(ModelError, match=r"expected a whole \.keras file") as refusal:
        keras_file.open_model(path)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < MOST_MEMORY
    assert "more than" in str(refusal.value)
    assert "\n" not in str(refusal.value)


def test_a_file_that_was_compressed_afterwards_is_opened(tmp_path):
    path = rewritten(tmp_path / "small.keras")
    assert path.stat().st_size < GOOD.stat().st_size
    assert keras_file.open_model(path).count_params() == 289_066


def test_what_is_missing_or_can_not_be_read_has_no_checksum(tmp_path):
    for path in (tmp_path / "absent.keras", tmp_path):
        with pytest.raises(ModelError, match=str(path)):
            keras_file.checksum(path)
