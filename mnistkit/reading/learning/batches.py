"""Batches of made crops, from processes that make them while the network learns.

Each crop depends on the seed, the number of its step and its place in the batch alone. So a
training that goes on after an interruption learns from what it would have learned from without
one, however many processes make the crops.
"""

from __future__ import annotations

import multiprocessing
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from multiprocessing.connection import Connection
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from mnistkit.errors import MnistkitError
from mnistkit.reading.learning.made_page import MadePage
from mnistkit.reading.learning.targets import Targets, stacked, targets

CropMaker: TypeAlias = Callable[[np.random.Generator, int], MadePage]
"""From a source of chance and a side in pixels to a crop."""

Preparation: TypeAlias = Callable[[], CropMaker]
"""Makes ready what makes crops; is sent to other processes, and called in each."""


@dataclass(frozen=True)
class Plan:
    """What the crops of a training are made from: its seed, crops a batch and pixels a side."""

    seed: int
    batch_size: int
    side: int


@dataclass(frozen=True)
class Batch:
    """Crops, uint8 (n, side, side), and what the network should say of them."""

    pages: NDArray[np.uint8]
    targets: Targets


def make_batch(make: CropMaker, plan: Plan, step: int) -> Batch:
    """Return the batch of a step, the same whenever it is made."""
    sources = [np.random.default_rng((plan.seed, step, place)) for place in range(plan.batch_size)]
    crops = [make(source, plan.side) for source in sources]
    return Batch(np.stack([crop.grey for crop in crops]), stacked([targets(c) for c in crops]))


@contextmanager
def made_batches(
    prepare: Preparation, plan: Plan, first: int, workers: int
) -> Iterator[Iterator[Batch]]:
    """Give the batches of the steps from `first` on, made by so many processes.

    Each process is one batch ahead: it makes the next one while its last waits to be taken. When
    this process ends, however it does, their pipes break, and they end, too.
    """
    # Not forked: TensorFlow's threads would not be there, but their locks would.
    context = multiprocessing.get_context("spawn")
    processes, pipes = [], []
    for number in range(workers):
        ours, theirs = context.Pipe(duplex=False)
        arguments = (theirs, prepare, plan, first + number, workers)
        process = context.Process(target=_work, args=arguments, daemon=True)
        process.start()
        theirs.close()
        processes.append(process)
        pipes.append(ours)
    try:
        yield _taken_in_turn(pipes)
    finally:
        for pipe in pipes:
            pipe.close()
        for process in processes:
            process.terminate()
            process.join()


def _taken_in_turn(pipes: list[Connection]) -> Iterator[Batch]:
    while True:
        for pipe in pipes:
            try:
                yield pipe.recv()
            except EOFError as error:
                raise MnistkitError(
                    "expected crops from the process that makes them, received its end; what it "
                    "printed says why"
                ) from error


def _work(pipe: Connection, prepare: Preparation, plan: Plan, first: int, apart: int) -> None:
    """Make every so many steps' batches, until nobody takes them."""
    # Ctrl-C reaches all processes of a terminal; the one that trains ends this one.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    make = prepare()
    try:
        for step in count(first, apart):
            pipe.send(make_batch(make, plan, step))
    except BrokenPipeError:
        return
