"""Fuzz model cards, of classifiers and of page readers: what is read is what is written again."""

import json

from fuzzing import check_told, fuzz, instrumented
from spoiling import spoiled

with instrumented():
    from mnistkit.core import stored_json
    from mnistkit.core.models import run_folder
    from mnistkit.core.models.card import Card
    from mnistkit.core.models.choice import BUNDLED_RUN
    from mnistkit.core.models.onnx_file import MAX_CARD_BYTES
    from mnistkit.core.models.reader_card import ReaderCard
    from mnistkit.errors import ModelError
    from mnistkit.reading.reader import choose_reader, open_reader

RAW = 2
CARDS = (Card, ReaderCard)
WHOLE = (
    run_folder.read(BUNDLED_RUN).card().to_json(),
    open_reader(choose_reader("bundled")).card.to_json(),
)


def target(data: bytes) -> None:
    kind = ord(data[:1] or b"\0") % 4
    text = data[1:] if kind >= RAW else spoiled(WHOLE[kind], data[1:])
    try:
        values = stored_json.parse(text, MAX_CARD_BYTES)
    # `card_of` tells of a text that is no JSON.
    except ValueError:
        return
    try:
        card = CARDS[kind % 2].from_json(values)
    except ModelError as error:
        check_told(error)
        return
    assert CARDS[kind % 2].from_json(card.to_json()) == card
    assert CARDS[kind % 2].from_json(json.loads(json.dumps(card.to_json()))) == card
    repr(card)


def seeds():
    yield from (bytes([kind]) + bytes(range(64)) for kind in range(2))
    yield from (
        bytes([kind + 2]) + json.dumps(values).encode() for kind, values in enumerate(WHOLE)
    )


if __name__ == "__main__":
    fuzz(target, seeds())
