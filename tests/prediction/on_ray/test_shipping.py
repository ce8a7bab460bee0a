"""A model's files on their way to another machine."""

from __future__ import annotations

from dataclasses import replace

import pytest
from permissions import reachable_folder, refused

from mnistkit.errors import ModelError
from mnistkit.prediction.on_ray.shipping import Shipped


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "model" / "deeper").mkdir(parents=True)
    (tmp_path / "model" / "card.json").write_text("{}")
    (tmp_path / "model" / "deeper" / "weights").write_bytes(bytes(range(256)))
    return tmp_path / "model"


def test_a_folder_arrives_as_it_was_and_the_copy_does_not_stay(folder):
    shipped = Shipped.of(folder)
    with shipped.unpacked() as copy:
        assert copy.name == "model"
        assert Shipped.of(copy) == shipped
        assert (copy / "deeper" / "weights").read_bytes() == bytes(range(256))
    assert not copy.exists()


def test_the_checksum_changes_with_a_name_and_with_a_byte(folder):
    before = Shipped.of(folder).checksum()
    (folder / "card.json").write_text("[]")
    changed = Shipped.of(folder).checksum()
    (folder / "card.json").rename(folder / "other.json")
    assert len({before, changed, Shipped.of(folder).checksum()}) == 3


def test_a_file_that_may_not_be_read_is_refused():
    with reachable_folder() as place:
        path = place / "model.onnx"
        path.touch()
        with refused(path), pytest.raises(ModelError, match=r"model\.onnx: no permission$"):
            Shipped.of(path)


def test_a_model_in_memory_has_to_be_saved_first(bundled):
    assert Shipped.of_classifier(bundled) == Shipped.of(bundled.path)
    with pytest.raises(ModelError, match="received one in memory; save it first"):
        Shipped.of_classifier(replace(bundled, path=None))
