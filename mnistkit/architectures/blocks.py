"""The layers of networks with batch normalization.

Reference:
    S. Ioffe, C. Szegedy: Batch normalization, accelerating deep network training by reducing
    internal covariate shift. ICML 2015.
"""

from __future__ import annotations

from typing import Any

# Averages over some ten steps, so that a short training has settled averages, too.
MOMENTUM = 0.9


def convolution(
    x: Any, filters: int, size: int = 3, strides: int = 1, padding: str = "same"
) -> Any:
    """Return the convolution of x, (n, height, width, filters), without bias."""
    from keras import layers

    return layers.Conv2D(filters, size, strides, padding=padding, use_bias=False)(x)


def activation(x: Any) -> Any:
    """Return x after batch normalization and ReLU."""
    from keras import layers

    return layers.ReLU()(layers.BatchNormalization(momentum=MOMENTUM)(x))
