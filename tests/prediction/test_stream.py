"""A stream of sources becomes a stream of answers: in order, lazily, as soon as can be."""

import itertools
import threading

import numpy as np
import pytest

from mnistkit.core.preprocessing.decoding import Photo
from mnistkit.errors import InputError, PictureError
from mnistkit.prediction.sources import ImageSource, PictureSource, from_dataset
from mnistkit.prediction.stream import AHEAD, BATCH_SIZE, predict

PATIENCE = 10
"""Seconds after which what is waited for is taken not to come."""


def fail():
    raise PictureError("expected a picture, received none")


def photo(pixels):
    return Photo(pixels, orientation=None)


def blank():
    return photo(np.full((50, 50), 255, np.uint8))


@pytest.fixture
def digit(sample):
    return ImageSource("digit", sample.images[0])


def test_every_image_of_a_dataset_is_answered_in_order(classifier, sample):
    answers = list(predict(classifier, from_dataset(sample, None)))
    assert [answer.source for answer in answers] == [
        f"mnist-sample/test/{index}" for index in range(1000)
    ]
    expected = classifier.predict(sample.images)
    received = np.stack([answer.probabilities for answer in answers])
    np.testing.assert_allclose(received, expected, rtol=0, atol=1e-5)


@pytest.mark.parametrize("count", [0, 1, BATCH_SIZE, BATCH_SIZE + 1, AHEAD + 1])
def test_as_many_answers_come_as_there_are_sources(classifier, sample, count):
    sources = (ImageSource(str(n), sample.images[n % 1000]) for n in range(count))
    assert [answer.source for answer in predict(classifier, sources)] == [
        str(n) for n in range(count)
    ]


def test_pictures_without_ink_and_unreadable_ones_stand_in_their_places(classifier, sample):
    def source(number):
        kind = ("digit", "blank", "broken")[number % 3]
        image = sample.images[number]
        read = {"digit": lambda: photo(255 - np.pad(image, 9)), "blank": blank, "broken": fail}
        return PictureSource(f"{number} {kind}", read[kind])

    answers = list(predict(classifier, map(source, range(100))))
    assert [answer.source.split()[0] for answer in answers] == [str(n) for n in range(100)]
    for answer in answers:
        _, kind = answer.source.split()
        assert (answer.probabilities is not None) == (kind == "digit")
        assert (answer.error is not None) == (kind == "broken")
    expected = classifier.predict(sample.images[:100:3])
    received = np.stack([a.probabilities for a in answers if a.probabilities is not None])
    assert np.mean(received.argmax(axis=1) == expected.argmax(axis=1)) > 0.9


def test_sources_are_not_taken_far_ahead_of_what_is_answered(classifier, sample):
    given = 0

    def endless():
        nonlocal given
        for number in itertools.count():
            given += 1
            yield ImageSource(str(number), sample.images[number % 1000])

    answers = predict(classifier, endless())
    for answered, _ in enumerate(itertools.islice(answers, 2000)):
        assert given - answered <= AHEAD + 2 * BATCH_SIZE
    answers.close()


def test_a_source_that_arrives_late_does_not_hold_up_the_answers_before_it(classifier, digit):
    answered = threading.Event()
    was_answered = []

    def sources():
        yield digit
        was_answered.append(answered.wait(PATIENCE))
        yield digit

    answers = predict(classifier, sources())
    next(answers)
    answered.set()
    next(answers)
    assert was_answered == [True]


def test_a_picture_that_decodes_slowly_does_not_hold_up_the_answers_before_it(
    classifier, digit, sample
):
    answered = threading.Event()
    was_answered = []

    def slow():
        was_answered.append(answered.wait(PATIENCE))
        return photo(sample.images[0])

    answers = predict(classifier, iter([digit, PictureSource("slow", slow), digit]))
    next(answers)
    answered.set()
    assert [answer.source for answer in answers] == ["slow", "digit"]
    assert was_answered == [True]


def test_what_stops_the_sources_is_raised_after_the_answers_before_it(classifier, digit):
    def sources():
        yield from itertools.repeat(digit, 20)
        raise InputError("the list broke off")

    answers = predict(classifier, sources())
    for _ in range(20):
        assert next(answers).source == "digit"
    with pytest.raises(InputError, match="the list broke off"):
        next(answers)


def test_what_stops_the_reading_of_a_picture_is_raised_after_the_answers_before_it(
    classifier, digit
):
    def read():
        raise MemoryError("no room for the picture")

    answers = predict(classifier, iter([digit, PictureSource("large", read), digit]))
    assert next(answers).source == "digit"
    with pytest.raises(MemoryError, match="no room for the picture"):
        next(answers)


@pytest.mark.parametrize("taken", [1, AHEAD])
def test_answers_that_are_abandoned_leave_no_thread_behind(classifier, digit, taken):
    before = set(threading.enumerate())
    answers = predict(classifier, itertools.repeat(digit))
    list(itertools.islice(answers, taken))
    own = set(threading.enumerate()) - before
    answers.close()
    for thread in own:
        thread.join(PATIENCE)
    assert own
    assert [thread for thread in own if thread.is_alive()] == []
