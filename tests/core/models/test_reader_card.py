"""The card of a page reader, which may come from anywhere."""

from __future__ import annotations

import json
from dataclasses import asdict

import pytest

from mnistkit.core.models.reader_card import ReaderCard, ReaderSettings
from mnistkit.errors import ModelError

SETTINGS = ReaderSettings(
    steps=10,
    seed=0,
    batch_size=8,
    side=192,
    learning_rate=2e-3,
    init_sha256=None,
    dataset="mnist",
    dataset_sha256="0" * 64,
    typefaces=("DejaVuSans.ttf",),
)
CARD = ReaderCard(
    toolkit_version="0.1.0",
    command="mnistkit train-reader --steps 10",
    settings=SETTINGS,
    packages={"keras": "3.15"},
    measures={"rows": {"read": 0.99, "false_a_page": None}},
    weaknesses=("Digits that overlap.",),
)


def test_a_card_is_the_same_after_json():
    assert ReaderCard.from_json(json.loads(json.dumps(CARD.to_json()))) == CARD


@pytest.mark.parametrize(
    "change",
    [
        {"kind": "classifier"},
        {"measures": []},
        {"measures": {"rows": {"read": "all"}}},
        {"packages": {"keras": 3}},
        {"settings": {}},
        {"settings": asdict(SETTINGS) | {"seed": -1}},
        {"weaknesses": [1]},
        {"command": None},
        {"format_version": "1"},
        {"more": 1},
    ],
    ids=str,
)
def test_a_damaged_card_is_told_in_one_line(change):
    with pytest.raises(ModelError, match="expected a page reader's card, received a damaged one"):
        ReaderCard.from_json(CARD.to_json() | change)


@pytest.mark.parametrize("values", [None, [], "reader", {}], ids=str)
def test_what_is_no_card_is_told_in_one_line(values):
    with pytest.raises(ModelError, match="expected the kind 'reader'"):
        ReaderCard.from_json(values)


def test_a_later_format_names_the_way_out():
    with pytest.raises(ModelError, match="use the mnistkit that wrote it"):
        ReaderCard.from_json(CARD.to_json() | {"format_version": 2})
