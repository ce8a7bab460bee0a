"""A picture of noise is given up after so many images were asked about."""

from dataclasses import replace

import numpy as np
from PIL import Image

from mnistkit.reading.page import read_page


def noise(seed, shape, block):
    random = np.random.default_rng(seed)
    pixels = np.where(random.random(shape) < 0.5, 0, 255).astype(np.uint8)
    return np.asarray(Image.fromarray(pixels).resize((shape[1] * block, shape[0] * block), 0))


def test_no_further_way_to_look_is_tried_after_so_many_looks(bundled, monkeypatch):
    def looks(limit):
        asked = []

        def infer(images):
            asked.append(len(images))
            return bundled.infer(images)

        monkeypatch.setattr("mnistkit.reading.page.MAX_LOOKS", limit)
        assert read_page(replace(bundled, infer=infer), picture) == []
        return sum(asked)

    picture = noise(0, (100, 60), 5)
    assert looks(0) < looks(10**6)
