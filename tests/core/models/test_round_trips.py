"""Cards and records are read back as they were written, whatever they say."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as some
from made_up import ALWAYS, TEXTS, made_up

from mnistkit.core.models.card import CARD_FORMAT_VERSION, MAX_DIMENSIONS, Card
from mnistkit.core.models.reader_card import READER_CARD_VERSION, ReaderCard
from mnistkit.core.models.record import (
    FORMAT_VERSION,
    EnsembleRecord,
    ImportRecord,
    Metrics,
    TrainingRecord,
    from_json,
)

# Such a record names the version of mnistkit; a finished run has metrics.
KNOWN = {
    "format_version": some.just(FORMAT_VERSION),
    "packages": some.builds(lambda version: {"mnistkit": version, "keras": "3"}, TEXTS),
    "metrics": made_up(Metrics),
}
NAMES = some.lists(TEXTS.map(ascii), min_size=2, max_size=4).map(tuple)


def through_json(value):
    return json.loads(json.dumps(value.to_json(), ensure_ascii=False, allow_nan=False))


@ALWAYS
@given(made_up(Card, class_names=NAMES, format_version=some.just(CARD_FORMAT_VERSION)))
def test_a_card_is_read_as_it_was_written(card):
    if all(len(layer.output_shape) <= MAX_DIMENSIONS for layer in card.layers):
        assert Card.from_json(through_json(card)) == card


@ALWAYS
@given(made_up(ReaderCard, format_version=some.just(READER_CARD_VERSION)))
def test_a_readers_card_is_read_as_it_was_written(card):
    assert ReaderCard.from_json(through_json(card)) == card


@pytest.mark.parametrize("kind", [TrainingRecord, EnsembleRecord, ImportRecord])
def test_a_record_is_read_as_it_was_written(kind):
    @ALWAYS
    @given(made_up(kind, **KNOWN))
    def holds(record):
        read = from_json(through_json(record))
        assert read == record
        assert type(read) is kind

    holds()
