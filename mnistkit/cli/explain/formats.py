"""Printing an explanation, as text or JSON."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from mnistkit.cli import output, terminal
from mnistkit.cli.escaping import escaped
from mnistkit.cli.explain import drawing
from mnistkit.cli.options import TextOrJson
from mnistkit.cli.predict.columns import Columns
from mnistkit.core.models.choice import name_of
from mnistkit.core.models.classifier import Classifier
from mnistkit.core.preprocessing.grey import GreyPicture
from mnistkit.evaluation.explanation import SAMPLE, SAMPLE_SPLIT, Explanation, Neighbour
from mnistkit.prediction.records import Answers, Prediction, is_uncertain, record_of

BAR, BAR_WIDTH = "\N{FULL BLOCK}", 40
MOST_BARS = 10
DISTANCE = "Euclidean, of pixels from 0 to 1"
NO_NEAREST = f"no nearest images: the bundled sample {SAMPLE} has other classes or preparation"


@dataclass(frozen=True)
class Explained:
    """A picture, uint8 (height, width), with its answer and what the answer rests on."""

    classifier: Classifier
    picture: GreyPicture
    prediction: Prediction
    explanation: Explanation


def print_json(explained: Explained) -> None:
    """Print one object: the answer, the image, the occlusion map and the nearest images."""
    explanation, classifier = explained.explanation, explained.classifier
    occlusion = explanation.occlusion
    output.document(
        {
            "model": name_of(classifier.path),
            "class_names": classifier.class_names,
            **record_of(explained.prediction, Answers(classifier)),
            "image": explanation.image.tolist(),
            "occlusion": {
                "label": occlusion.label,
                "window": occlusion.window.side,
                "stride": occlusion.window.stride,
                "map": occlusion.drops.tolist(),
                "worst": {
                    "row": occlusion.worst[0],
                    "column": occlusion.worst[1],
                    "probability": occlusion.left,
                    "label": occlusion.instead,
                },
            },
            "nearest": _nearest(explanation),
        }
    )


def print_text(explained: Explained) -> None:
    """Print the answer, the images side by side, the probabilities and the occlusion map."""
    prediction, explanation = explained.prediction, explained.explanation
    confidence = float(explanation.probabilities.max())
    doubt = ", uncertain" if is_uncertain(prediction) else ""
    output.line(f"{prediction.source}: {explanation.ranked[0]}, {confidence:.2%}{doubt}")
    output.line("")
    output.drawing(
        drawing.beside(
            ("picture", drawing.of_picture(explained.picture)),
            ("image, as the model sees it", drawing.of_image(explanation.image)),
        )
    )
    output.line("")
    for line in _bars(explained):
        output.line(line)
    output.line("")
    text = drawing.of_text(list(_occlusion_lines(explanation)))
    output.drawing(drawing.beside(("occlusion", drawing.of_occlusion(explanation)), ("", text)))
    output.line("")
    _print_nearest(explanation)


def _nearest(explanation: Explanation) -> dict[str, Any] | None:
    if explanation.nearest is None:
        return None
    images = [
        {"label": each.label, "index": each.index, "distance": each.distance}
        for each in explanation.nearest
    ]
    return {"dataset": SAMPLE, "split": SAMPLE_SPLIT, "distance": DISTANCE, "images": images}


def _bars(explained: Explained) -> Iterator[str]:
    """Yield a line for each of the most probable labels, with its probability as a bar."""
    explanation = explained.explanation
    shares = sorted(explanation.probabilities.tolist(), reverse=True)[:MOST_BARS]
    labels = [escaped(label) for label in explanation.ranked[:MOST_BARS]]
    columns = Columns(("label", "probability", ""), (len("probability"), BAR_WIDTH), labels)
    yield columns.heading()
    for label, share in zip(labels, shares, strict=True):
        yield from columns.lines((label, f"{share:.2%}", BAR * round(share * BAR_WIDTH) or " "))
    more = len(explanation.ranked) - MOST_BARS
    if more > 0:
        yield f"{more:,} more labels; --format json has all"


def _occlusion_lines(explanation: Explanation) -> Iterator[str]:
    """Yield what was occluded, where it matters most, and what the colours say."""
    occlusion, window = explanation.occlusion, explanation.occlusion.window
    yield f"Black squares of {window.side}x{window.side} pixels, stride {window.stride}."
    yield ""
    yield _worst_square(explanation)
    yield ""
    label = occlusion.label
    if terminal.has_shades():
        yield f"Orange: {label} is less probable without it. Blue: more probable."
    else:
        yield f"The denser a character, the less probable {label} is without it."


def _worst_square(explanation: Explanation) -> str:
    """Return a sentence about the square under which the answer is least probable."""
    occlusion, whole = explanation.occlusion, float(explanation.probabilities.max())
    label, (row, column) = occlusion.label, occlusion.worst
    if occlusion.left >= whole:
        return f"No square makes {label} less probable."
    then = "stays" if occlusion.instead == label else f"changes to {occlusion.instead}"
    return (
        f"The square from row {row}, column {column} matters most: the probability of {label} "
        f"falls from {whole:.2%} to {occlusion.left:.2%}, and the answer {then}."
    )


def _print_nearest(explanation: Explanation) -> None:
    """Print the nearest image of both labels, and the numbers and distances of all."""
    if explanation.nearest is None:
        output.line(NO_NEAREST)
        return
    groups = [
        [each for each in explanation.nearest if each.label == label]
        for label in explanation.ranked[:2]
    ]
    first, second = (_titled(group[0]) for group in groups)
    output.drawing(drawing.beside(first, second))
    output.line("")
    output.line(f"nearest in {SAMPLE}, {SAMPLE_SPLIT} split, by number, with the distance:")
    for group in groups:
        found = (f"{each.index} ({each.distance:.2f})" for each in group)
        output.line(f"  of {group[0].label}: {', '.join(found)}")


def _titled(found: Neighbour) -> tuple[str, drawing.Block]:
    return f"nearest {found.label}", drawing.of_image(found.image)


PRINT: dict[TextOrJson, Callable[[Explained], None]] = {"json": print_json, "text": print_text}
