"""What is told of a stage: count, rate, and the time that is left or has passed."""

from __future__ import annotations

import math

import pytest

from mnistkit.cli.progress.stage import BYTES, Stage


def figures(stage, *moments):
    """What is told after the last of these moments, each a time and what is done then."""
    told = ""
    for now, done in moments:
        stage.done = done
        told = stage.figures(now)
    return told


@pytest.mark.parametrize(
    ("stage", "moments", "expected"),
    [
        (Stage("x", began=0), [(75, 0)], "1:15"),
        (Stage("x", began=0), [(3600, 0)], "1:00:00"),
        (Stage("x", 10_000, "images", began=0), [(2, 0)], "0 of 10,000 images  0:02"),
        (
            Stage("x", 10_000, "images", began=0),
            [(1, 1000), (2, 2000)],
            "2,000 of 10,000 images  1,000/s  0:08 left",
        ),
        (Stage("x", None, "pages", began=0), [(2, 8)], "8 pages  4.0/s  0:02"),
        (Stage("x", 4, "pages", began=0), [(5, 2)], "2 of 4 pages  2.5 s each  0:05 left"),
        # What is left passes, even if nothing ends meanwhile.
        (Stage("x", 4, "pages", began=0), [(5, 2), (8, 2)], "2 of 4 pages  2.5 s each  0:02 left"),
        (Stage("x", 4, "pages", began=0), [(5, 2), (80, 2)], "2 of 4 pages  2.5 s each  0:00 left"),
        (
            Stage("x", 9_900_000, BYTES, began=0),
            [(2, 2_200_000)],
            "2.2 of 9.9 MB  1.1 MB/s  0:07 left",
        ),
        (Stage("x", None, BYTES, began=0), [(2, 2_200_000)], "2.2 MB  1.1 MB/s  0:02"),
        (Stage("x", 800, "images", counts=False, began=0), [(2, 400)], "200 images/s  0:02 left"),
    ],
)
def test_figures(stage, moments, expected):
    assert figures(stage, *moments) == expected


def test_a_stage_that_continues_is_as_fast_as_its_own_part():
    told = figures(Stage("x", 100, "trials", 50, began=0), (1000, 60))
    assert told == "60 of 100 trials  1:40 each  1:06:40 left"


@pytest.mark.parametrize(("window", "rate"), [(30.0, "100/s"), (math.inf, "10/s")])
def test_the_rate_is_that_of_the_last_seconds(window, rate):
    stage = Stage("x", None, "images", window=window, began=0)
    slow = [(now, now) for now in range(1, 1000)]
    fast = [(now, 1000 + 100 * (now - 1000)) for now in range(1000, 1101)]
    assert f"  {rate}  " in figures(stage, *slow, *fast)


def test_details_come_last():
    stage = Stage("x", 100, "images", began=0, detail="loss 0.1")
    assert figures(stage, (1, 50)) == "50 of 100 images  50/s  0:01 left  loss 0.1"
