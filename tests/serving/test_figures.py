"""What a server counts, and what many requests cost it."""

from __future__ import annotations

import json
import subprocess
from itertools import pairwise

import pytest
from PIL import Image
from served import load, memory_of, tensor

# Rounds of a thousand requests in which threads and the allocator take their memory.
SETTLING = 5


def test_figures_are_in_prometheus_form(server, sample, seven, bundled):
    before = server.metric('mnistkit_predictions_total{label="7"}')
    server.send("/predict", {"seven.png": seven})
    sevens = sample.images[sample.class_indices == 7]
    sevens = sevens[bundled.predict(sevens).argmax(axis=1) == 7][:5]
    server.infer(tensor(sevens))
    assert server.metric('mnistkit_predictions_total{label="7"}') == before + 6
    text = server.get("/metrics")
    assert text.headers["Content-Type"].startswith("text/plain; version=0.0.4")
    for name in ("mnistkit_requests_total", "mnistkit_request_seconds", "mnistkit_batch_images"):
        assert f"# HELP {name.removesuffix('_total')}" in text.body.decode()


def test_paths_of_strangers_are_not_counted_one_by_one(server):
    for number in range(5):
        server.get(f"/absent-{number}/x")
    assert "absent" not in server.get("/metrics").body.decode()


def test_many_requests_with_malformed_ones_are_answered_in_the_same_memory(start, sample, bundled):
    images = sample.images[:50]
    expected = bundled.predict(images)
    good = [json.dumps(tensor(image[None])).encode() for image in images]
    bodies = [b"{" if number % 20 == 0 else good[number % 50] for number in range(1000)]
    with start(stderr=subprocess.DEVNULL) as server:
        for _ in range(SETTLING):
            load(server.place, bodies)
        memory = [memory_of(server.process.pid)]
        for _ in range(4):
            found = load(server.place, bodies)
            memory.append(memory_of(server.process.pid))
    for number, (status, body) in enumerate(found.replies):
        if number % 20 == 0:
            assert 400 <= status < 500
        else:
            (output,) = json.loads(body)["outputs"]
            assert output["data"] == pytest.approx(expected[number % 50], abs=1e-5)
    # What was kept of each request would grow every time.
    assert min(after - before for before, after in pairwise(memory)) < 2**20


def test_a_100_megapixel_picture_is_refused_at_once(server, tmp_path):
    Image.new("L", (10_000, 10_000)).save(tmp_path / "large.png")
    before = memory_of(server.process.pid)
    reply = server.send("/predict", {"large.png": (tmp_path / "large.png").read_bytes()})
    assert reply.status == 422
    assert "million pixels, received 10000 x 10000" in reply.error
    assert memory_of(server.process.pid) < before + 50 * 2**20
