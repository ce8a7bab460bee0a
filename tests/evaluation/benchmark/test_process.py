"""The processes that a benchmark measures."""

from __future__ import annotations

import os

import numpy as np
import pytest

from mnistkit.core.models.choice import BUNDLED_RUN
from mnistkit.errors import ModelError, UsageError
from mnistkit.evaluation.benchmark.process import ask, bound_to


def test_probabilities_are_those_of_the_model(tmp_path, bundled, sample):
    images = sample.images[:10]
    np.save(tmp_path / "images.npy", images)
    answer = ask("answers", BUNDLED_RUN, *(f"{tmp_path}/{name}.npy" for name in ("images", "out")))
    assert answer.result == {}
    assert np.load(tmp_path / "out.npy") == pytest.approx(bundled.predict(images), abs=1e-6)


def test_a_process_that_ends_early_is_told():
    with pytest.raises(ModelError, match="its process ended with status 1"):
        ask("no task", BUNDLED_RUN)


@pytest.mark.skipif(not hasattr(os, "sched_getaffinity"), reason="run it on Linux")
def test_cores_are_bound_for_a_while():
    before = os.sched_getaffinity(0)
    with bound_to(1):
        assert len(os.sched_getaffinity(0)) == 1
    assert os.sched_getaffinity(0) == before


def test_a_system_that_binds_no_process_is_told_to_leave_the_option_out(monkeypatch):
    monkeypatch.delattr(os, "sched_setaffinity", raising=False)
    with bound_to(None):
        pass
    with pytest.raises(UsageError, match="expected Linux for --threads"), bound_to(1):
        pytest.fail("it was bound")
