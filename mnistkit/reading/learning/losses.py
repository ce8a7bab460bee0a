"""The losses of the page reader's network.

References:
    Lin, Goyal, Girshick, He, Dollar: Focal loss for dense object detection. 2017.
    Zhou, Wang, Kraehenbuehl: Objects as points. 2019 (its form for Gaussian peaks).
"""

from __future__ import annotations

from typing import Any

# The exponents of the focal loss: alpha and beta in the second reference.
FOCUS, DISTANCE = 2, 4
WEIGHTS = {"heat": 1.0, "classes": 1.0, "printed": 0.3, "boxes": 0.7}


def losses(logits: dict[str, Any], targets: dict[str, Any]) -> dict[str, Any]:
    """Return the mean loss of each output over a batch, and their weighted sum as `loss`.

    Args:
        logits: The network's outputs, with the names of `OUTPUTS`.
        targets: The fields of `Targets`, with a batch dimension first.
    """
    import tensorflow as tf

    weight = targets["weight"] * targets["counted"]
    is_digit = tf.cast(targets["label"] >= 0, tf.float32)
    crossed = tf.nn.sparse_softmax_cross_entropy_with_logits(
        tf.maximum(targets["label"], 0), logits["classes"]
    )
    printed = tf.nn.sigmoid_cross_entropy_with_logits(targets["printed"], logits["printed"][..., 0])
    distance = tf.reduce_mean(tf.abs(logits["boxes"] - targets["boxes"]), axis=-1)
    parts = {
        "heat": _focal(logits["heat"], targets["heat"], targets["counted"]),
        "classes": _mean(crossed, weight * is_digit),
        # Separate means: otherwise "letters are printed, digits are not" would have a low loss.
        "printed": _mean(printed, weight * is_digit) + _mean(printed, weight * (1 - is_digit)),
        "boxes": _mean(distance, weight),
    }
    return {"loss": sum(WEIGHTS[name] * part for name, part in parts.items()), **parts}


def _focal(logits: Any, heat: Any, counted: Any) -> Any:
    """Return the focal loss of peaks; easy cells and those near a peak count less."""
    import tensorflow as tf

    probability = tf.sigmoid(logits)
    is_peak = tf.cast(heat >= 1.0, tf.float32)
    missed = (1 - probability) ** FOCUS * tf.nn.softplus(-logits)
    invented = (1 - heat) ** DISTANCE * probability**FOCUS * tf.nn.softplus(logits)
    all_cells = (is_peak * missed + (1 - is_peak) * invented) * counted[..., None]
    peaks = tf.reduce_sum(is_peak * counted[..., None])
    return tf.reduce_sum(all_cells) / tf.maximum(peaks, 1.0)


def _mean(values: Any, weight: Any) -> Any:
    import tensorflow as tf

    return tf.reduce_sum(values * weight) / tf.maximum(tf.reduce_sum(weight), 1.0)
