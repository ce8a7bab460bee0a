"""Exporting a page reader as ONNX, with proof."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from mnistkit.core.files import replacing
from mnistkit.core.models.onnx_file import BATCH, READER_KEY
from mnistkit.core.models.reader_card import ReaderCard
from mnistkit.core.models.tensorflow import give_back_memory
from mnistkit.core.preprocessing.grey import GreyPicture
from mnistkit.exporters import onnx_graph
from mnistkit.exporters.onnx import OPSETS
from mnistkit.exporters.onnx_graph import Graph
from mnistkit.reading.detection import MULTIPLE, OUTPUTS, STRIDE
from mnistkit.reading.learning.network import with_probabilities
from mnistkit.reading.learning.proof import ReaderProof, prove
from mnistkit.reading.reader import INPUT, open_reader


def export_reader(
    model: Any, card: ReaderCard, path: Path, pages: Iterable[GreyPicture]
) -> ReaderProof:
    """Write a page reader as an ONNX file, and prove on pages that it equals the Keras model.

    Args:
        model: The trained Keras model.
        card: The card to write into the file.
        path: The file; an existing one is replaced.
        pages: Pages to compare on, uint8 (height, width) each.

    Raises:
        VerificationError: They are not equal; nothing is written.
    """
    with replacing(path) as temporary:
        _write(model, card, temporary)
        give_back_memory()
        return prove(model, open_reader(temporary), pages)


def _write(model: Any, card: ReaderCard, path: Path) -> None:
    import tensorflow as tf

    reader = with_probabilities(model)

    def forward(pages: Any) -> list[Any]:
        answer = reader(pages, training=False)
        return [answer[name] for name in OUTPUTS]

    signature = tf.TensorSpec((None, None, None), tf.uint8, name=INPUT)
    converted = onnx_graph.convert(forward, signature, OPSETS[0])
    graph = Graph(
        name="reader",
        description=(
            f"page reader: from `{INPUT}`, uint8 [{BATCH}, height, width], multiples of "
            f"{MULTIPLE}, to what stands in each cell of {STRIDE} x {STRIDE} pixels."
        ),
        dimensions=(BATCH, "height", "width"),
        outputs={name: (BATCH, "rows", "columns", count) for name, count in OUTPUTS.items()},
        metadata={READER_KEY: json.dumps(card.to_json())},
    )
    onnx_graph.finish(converted, graph, path)
