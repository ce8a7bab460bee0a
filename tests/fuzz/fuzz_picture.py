"""Fuzz pictures of every format: an image, nothing, or one line that says why not."""

import io

import numpy as np
from fuzzing import check_told, fuzz, instrumented
from PIL import Image

with instrumented():
    from mnistkit.core.preprocessing.decoding import FORMATS, decode_photo
    from mnistkit.core.preprocessing.kinds import is_heif
    from mnistkit.core.preprocessing.preparation import PREPARATIONS
    from mnistkit.errors import PictureError


def target(data: bytes) -> None:
    # Another process decodes it.
    if is_heif(data):
        return
    try:
        picture = decode_photo(data, colour=True).upright()
    except PictureError as error:
        check_told(error)
        return
    assert picture.ndim == 2
    for prepare in PREPARATIONS.values():
        image = prepare(picture)
        assert image is None or (image.shape, image.dtype) == ((28, 28), np.uint8)


def seeds():
    random = np.random.default_rng(0)
    drawn = np.full((12, 9), 255, np.uint8)
    drawn[2:10, 4] = 0
    grey = Image.fromarray(drawn)
    for name in FORMATS:
        yield encoded(grey, name)
        yield encoded(Image.fromarray(random.integers(0, 256, (8, 8, 3), np.uint8)), name)
    for mode in ("1", "P", "LA", "RGBA", "I;16"):
        yield encoded(grey.convert(mode), "PNG")
    for mode in ("1", "P", "CMYK", "F", "I", "LAB"):
        yield encoded(grey.convert("RGB").convert(mode) if mode == "LAB" else grey.convert(mode))
    for compression in ("tiff_lzw", "tiff_adobe_deflate", "packbits", "jpeg"):
        yield encoded(grey, "TIFF", compression=compression)
    yield encoded(grey, "JPEG", progressive=True)
    yield encoded(grey, "GIF", save_all=True, append_images=[grey.rotate(90)])
    yield encoded(grey, "PNG", save_all=True, append_images=[grey.rotate(90)])
    yield encoded(grey, "WEBP", lossless=True)
    yield b"P1\n3 1\n0 1 0\n"
    yield b"P2\n3 1\n15\n15 0 15\n"
    yield b"Pf\n1 1\n-1.0\n\0\0\0\0"


def encoded(image, name="TIFF", **options):
    stream = io.BytesIO()
    image.save(stream, name, **options)
    return stream.getvalue()


if __name__ == "__main__":
    fuzz(target, seeds())
