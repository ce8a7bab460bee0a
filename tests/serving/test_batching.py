"""Requests that arrive together are one batch, and each gets its own rows."""

from __future__ import annotations

import asyncio
import threading
from contextlib import contextmanager

import numpy as np
import own_loop
import pytest

from mnistkit.errors import ModelError
from mnistkit.serving.batching import Batcher
from mnistkit.serving.replies import RequestError
from mnistkit.serving.settings import Batching


class Model:
    """Gives each image its first pixel as its one probability; waits while it is held."""

    def __init__(self):
        self.free = threading.Event()
        self.free.set()
        self.begun = threading.Event()
        self.batches = []

    def infer(self, images):
        self.begun.set()
        assert self.free.wait(60)
        if (images[:, 0, 1] == 1).any():
            raise ModelError("the model fails")
        return images[:, 0, :1].astype(np.float32)


@contextmanager
def batcher_of(model, *, most=4, wait=0.0, queue=100):
    batcher = Batcher(model.infer, Batching(most, wait), queue, 1, model.batches.append)
    yield batcher
    batcher.close()


def images(*firsts):
    made = np.zeros((len(firsts), 28, 28), np.uint8)
    made[:, 0, 0] = firsts
    return made


async def busy(model, batcher):
    """Begin a batch that the model holds; return its task."""
    model.free.clear()
    task = asyncio.create_task(batcher.submit(images(0)))
    await asyncio.to_thread(model.begun.wait, 60)
    return task


def test_what_arrives_while_the_model_is_busy_is_one_batch():
    async def run(model, batcher):
        first = await busy(model, batcher)
        others = [asyncio.create_task(batcher.submit(images(n, n + 10))) for n in (1, 2, 3)]
        await asyncio.sleep(0)
        model.free.set()
        await first
        return [(await other).ravel().tolist() for other in others]

    model = Model()
    with batcher_of(model) as batcher:
        rows = own_loop.run(run(model, batcher))

    assert rows == [[1, 11], [2, 12], [3, 13]]
    assert model.batches == [1, 4, 2]


def test_what_arrives_in_the_same_moment_is_one_batch():
    async def run(batcher):
        return await asyncio.gather(*(batcher.submit(images(n)) for n in range(4)))

    model = Model()
    with batcher_of(model) as batcher:
        rows = own_loop.run(run(batcher))

    assert np.concatenate(rows).ravel().tolist() == [0, 1, 2, 3]
    assert model.batches == [4]


def test_a_batch_waits_for_others_but_not_once_it_is_full():
    async def run(batcher):
        first = asyncio.create_task(batcher.submit(images(0)))
        await asyncio.sleep(0.01)
        return await asyncio.gather(first, batcher.submit(images(1, 2, 3)))

    model = Model()
    with batcher_of(model, wait=60) as batcher:
        own_loop.run(run(batcher))

    assert model.batches == [4]


def test_a_request_of_more_images_than_a_batch_is_not_divided():
    model = Model()
    with batcher_of(model, most=2, queue=3) as batcher:
        rows = own_loop.run(batcher.submit(images(*range(50))))

    assert rows.ravel().tolist() == [*range(50)]
    assert model.batches == [50]


def test_a_full_queue_refuses_and_keeps_what_it_has():
    async def run(model, batcher):
        first = await busy(model, batcher)
        kept = asyncio.create_task(batcher.submit(images(1, 2)))
        await asyncio.sleep(0)
        with pytest.raises(RequestError, match="at most 3 images to wait") as caught:
            await batcher.submit(images(3, 4))
        model.free.set()
        await first
        return caught.value, await kept

    model = Model()
    with batcher_of(model, queue=3) as batcher:
        error, rows = own_loop.run(run(model, batcher))

    assert (error.status, error.headers) == (503, {"Retry-After": "1"})
    assert rows.ravel().tolist() == [1, 2]


def test_what_nobody_waits_for_is_not_given_to_the_model():
    async def run(model, batcher):
        first = await busy(model, batcher)
        gone = asyncio.create_task(batcher.submit(images(1)))
        kept = asyncio.create_task(batcher.submit(images(2)))
        await asyncio.sleep(0)
        gone.cancel()
        await asyncio.sleep(0)
        model.free.set()
        await first
        return await kept

    model = Model()
    with batcher_of(model) as batcher:
        assert own_loop.run(run(model, batcher)).ravel().tolist() == [2]

    assert model.batches == [1, 1]


def test_an_error_of_the_model_is_that_of_every_request_of_the_batch():
    async def run(batcher):
        broken = images(1)
        broken[0, 0, 1] = 1
        asked = (batcher.submit(each) for each in (broken, images(2)))
        failed = await asyncio.gather(*asked, return_exceptions=True)
        return failed, await batcher.submit(images(3))

    model = Model()
    with batcher_of(model) as batcher:
        failed, rows = own_loop.run(run(batcher))

    assert all(isinstance(each, ModelError) for each in failed)
    assert rows.ravel().tolist() == [3]
