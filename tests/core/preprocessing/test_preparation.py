"""Digits of any size and polarity become MNIST images; MNIST images stay what they are."""

import time

import numpy as np
import pytest
from as_files import encoded
from conditions import CONDITIONS
from likeness import likeness
from PIL import Image
from scipy import ndimage

from mnistkit.core.preprocessing.decoding import decode_photo
from mnistkit.core.preprocessing.preparation import (
    PREPARATIONS,
    prepare,
    prepare_character,
    prepare_digit,
)

# The centre is a whole pixel, so half a pixel is as near as an image can be; where thin strokes
# grow after that, a little more.
CENTRE, NEAREST = 14, 0.55
BOX, GROWN = 20, 1


def stroke(height, width, thickness=6):
    """An L without symmetry: uint8 (height, width), bright ink on black, no margin."""
    ink = np.zeros((height, width), np.uint8)
    ink[:, :thickness] = 255
    ink[-thickness:, :] = 200
    return ink


def resized(image, side, resampling=Image.Resampling.BICUBIC):
    return np.asarray(Image.fromarray(image).resize((side, side), resampling))


def extent(image):
    rows, columns = np.nonzero(image)
    return np.ptp(rows) + 1, np.ptp(columns) + 1


def cropped(image):
    rows, columns = np.nonzero(image)
    return image[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]


def as_file(picture, form="PNG"):
    return decode_photo(encoded(picture, form)).upright()


POLARITIES = pytest.mark.parametrize(
    "polarity", [lambda image: image, lambda image: 255 - image], ids=["bright", "inverted"]
)


@POLARITIES
def test_mnist_images_come_through_unchanged(sample, polarity):
    assert len(sample.images) == 1000
    prepared = [prepare_digit(polarity(image)) for image in sample.images]
    np.testing.assert_array_equal(np.stack(prepared), sample.images)


@POLARITIES
def test_mnist_images_come_through_files_unchanged(sample, polarity):
    prepared = [prepare_digit(as_file(polarity(image))) for image in sample.images]
    np.testing.assert_array_equal(np.stack(prepared), sample.images)


VARIATIONS = {
    "ten times as large": lambda image: resized(image, 280),
    "coarsely five times as large": lambda image: resized(image, 140, Image.Resampling.NEAREST),
    "padded": lambda image: np.pad(image, 36),
    "in a corner": lambda image: np.pad(image, ((2, 80), (60, 3))),
    "cropped close": lambda image: np.pad(cropped(image), 1),
    "large and dark on light": lambda image: 255 - np.pad(resized(image, 280), 100),
    "pencil on grey paper": lambda image: np.pad(170 - image // 3, 40, constant_values=170),
    "on a large page": lambda image: np.pad(resized(image, 1000), 800),
}


@pytest.mark.sampled(4)
@pytest.mark.parametrize("vary", VARIATIONS.values(), ids=VARIATIONS)
def test_varied_digits_keep_the_labels_of_the_originals(sample, bundled, vary):
    images = sample.images[:200]
    prepared = np.stack([prepare_digit(vary(image)) for image in images])
    originals = bundled.predict(images).argmax(axis=1)
    assert np.mean(bundled.predict(prepared).argmax(axis=1) == originals) >= 0.95


@pytest.mark.parametrize("vary", VARIATIONS.values(), ids=VARIATIONS)
def test_dark_on_light_and_light_on_dark_agree(sample, vary):
    for image in sample.images[:20]:
        picture = vary(image)
        # Averaging rounds 0.5 up, which is another way in the negative.
        assert likeness(prepare_digit(picture), prepare_digit(255 - picture)) > 0.95


@pytest.mark.parametrize("vary", VARIATIONS.values(), ids=VARIATIONS)
def test_a_prepared_image_is_an_mnist_image_but_for_a_pixel_that_thin_strokes_grow(sample, vary):
    for image in sample.images[:50]:
        prepared = prepare_digit(vary(image))
        assert prepared.shape == (28, 28)
        assert prepared.dtype == np.uint8
        assert BOX <= max(extent(prepared)) <= BOX + 2 * GROWN
        off = np.subtract(ndimage.center_of_mass(prepared), CENTRE)
        assert np.abs(off).max() <= NEAREST
        if max(extent(prepared)) == BOX:
            np.testing.assert_array_equal(prepare_digit(prepared), prepared)


@pytest.mark.parametrize("thickness", [2, 4, 8, 12])
def test_strokes_that_are_too_thin_grow_and_others_do_not(thickness):
    ink = np.pad(stroke(100, 60, thickness), 30)
    prepared = prepare_digit(255 - ink)
    fitted = np.asarray(Image.fromarray(stroke(100, 60, thickness)).resize((12, 20)), np.float64)
    is_thin = thickness * BOX / 100 < 2
    assert max(extent(prepared)) == BOX + 2 * GROWN * is_thin
    assert (prepared.sum() > 1.2 * fitted.sum()) == is_thin


SIZES = [
    (20, 20),
    (28, 28),
    (60, 40),
    (40, 60),
    (35, 100),
    (300, 290),
    (900, 700),
    (3000, 2000),
]


@pytest.mark.parametrize(("height", "width"), SIZES)
def test_the_ink_fills_the_box_with_its_aspect_kept(height, width):
    longer = max(height, width)
    picture = np.pad(stroke(height, width, thickness=longer // 6), 30 + longer // 20)
    rows, columns = extent(prepare_digit(picture))
    assert max(rows, columns) == 20
    assert rows / columns == pytest.approx(height / width, rel=0.12)


@pytest.mark.parametrize("margin", [20, 300])
def test_where_the_ink_lies_makes_no_difference(margin):
    ink = stroke(60, 40)
    near = prepare_digit(np.pad(ink, 5))
    far = prepare_digit(np.pad(ink, ((margin, 5), (5, margin))))
    np.testing.assert_array_equal(near, far)


@pytest.mark.parametrize(
    ("rows", "columns"), [(200, 2), (2, 200), (3000, 8), (8, 3000)], ids=lambda side: f"{side} px"
)
def test_a_thin_stroke_is_still_ink(rows, columns):
    picture = np.pad(np.full((rows, columns), 255, np.uint8), 20)
    prepared = prepare_digit(picture)
    assert max(extent(prepared)) == BOX + 2 * GROWN
    assert min(extent(prepared)) <= 1 + 2 * GROWN


@pytest.mark.parametrize(
    "shape", [(5000, 30), (30, 5000), (2, 2), (3, 3), (1, 40), (40, 1), (4000, 4000)]
)
def test_pictures_of_any_shape_are_answered(shape):
    picture = np.full(shape, 255, np.uint8)
    picture[: max(shape[0] // 3, 1), : max(shape[1] // 3, 1)] = 0
    assert prepare_digit(picture).shape == (28, 28)


def test_ink_that_covers_most_of_the_picture_is_still_ink():
    picture = np.full((100, 100), 255, np.uint8)
    picture[5:95, 5:95] = 0
    assert extent(prepare_digit(picture)) == (20, 20)


def test_a_bold_digit_cropped_close_agrees_with_one_with_more_paper(sample, bundled):
    bold = [cropped(ndimage.grey_dilation(image, (5, 5))) for image in sample.images[:100]]
    close = np.stack([prepare_digit(np.pad(image, 1)) for image in bold])
    wide = np.stack([prepare_digit(np.pad(image, 30)) for image in bold])
    labels = bundled.predict(wide).argmax(axis=1)
    assert np.mean(bundled.predict(close).argmax(axis=1) == labels) >= 0.95


@pytest.mark.parametrize(
    "picture",
    [
        np.zeros((28, 28), np.uint8),
        np.full((28, 28), 255, np.uint8),
        np.full((600, 400), 120, np.uint8),
        np.zeros((1, 1), np.uint8),
        np.full((1, 1), 255, np.uint8),
        np.random.default_rng(0).integers(245, 256, (300, 200), np.uint8),
        np.tile(np.linspace(200, 215, 100).astype(np.uint8), (80, 1)),
    ],
    ids=["black", "white", "grey", "black 1x1", "white 1x1", "noisy paper", "shaded paper"],
)
def test_a_picture_without_ink_has_no_image(picture):
    assert prepare_digit(picture) is None


@pytest.mark.parametrize("side", [100, 9000])
def test_a_speck_on_a_page_never_ends_in_an_error(side):
    picture = np.full((side, side), 255, np.uint8)
    picture[side // 2, side // 2] = 0
    prepared = prepare_digit(picture)
    assert prepared is None or prepared.shape == (28, 28)


@pytest.mark.parametrize("shape", [(1, 1), (1, 50), (50, 1), (3, 3), (4000, 2), (2, 4000)])
@pytest.mark.parametrize("seed", range(3))
def test_odd_pictures_of_noise_never_end_in_an_error(shape, seed):
    picture = np.random.default_rng(seed).integers(0, 256, shape, np.uint8)
    prepared = prepare_digit(picture)
    assert prepared is None or prepared.shape == (28, 28)


NOISE = {
    "white": lambda random, shape: random.integers(0, 256, shape, np.uint8),
    "black and white": lambda random, shape: random.integers(0, 2, shape, np.uint8) * 255,
    "a chessboard": lambda _, shape: (np.indices(shape).sum(axis=0) % 2 * 255).astype(np.uint8),
    "dots": lambda _, shape: (np.indices(shape).max(axis=0) % 2 * 255).astype(np.uint8),
}


@pytest.mark.parametrize("shape", [(160, 160), (1500, 2000)], ids=str)
@pytest.mark.parametrize("make", NOISE.values(), ids=NOISE)
def test_pictures_of_noise_are_answered_soon(make, shape):
    picture = make(np.random.default_rng(0), shape)
    began = time.process_time()
    prepare_digit(picture)
    assert time.process_time() - began < 1


@pytest.mark.parametrize("condition", CONDITIONS)
@POLARITIES
def test_the_digit_in_a_picture_is_prepared_as_it_was(sample, condition, polarity):
    images = sample.images[:20]
    pictures = (CONDITIONS[condition](image) for image in images)
    prepared = [prepare_digit(polarity(picture)) for picture in pictures]
    likenesses = np.array([likeness(*pair) for pair in zip(prepared, images, strict=True)])
    assert likenesses.min() > 0.8
    assert np.mean(likenesses > 0.88) >= 0.95


@pytest.mark.parametrize("preparation", PREPARATIONS)
def test_a_picture_is_prepared_as_its_preparation_is_called(preparation):
    picture = 255 - np.pad(stroke(120, 90), 30)
    made = prepare(picture, preparation)
    np.testing.assert_array_equal(made.image, PREPARATIONS[preparation](picture))
    assert not made.several


@POLARITIES
@pytest.mark.parametrize(("down", "right"), [(0, 0), (1, 0), (0, 1), (1, 1)])
def test_a_character_one_pixel_off_the_middle_comes_through_unchanged(polarity, down, right):
    image = np.zeros((28, 28), np.uint8)
    # An odd side can't be in the middle; the margins are 2 and 3, or 3 and 2.
    image[2 + down : 25 + down, 6 + right : 21 + right] = stroke(23, 15, 3)
    np.testing.assert_array_equal(prepare_character(polarity(image)), image)


@pytest.mark.parametrize("offset", [-2, -1, 1, 2])
@pytest.mark.parametrize("axis", [0, 1])
def test_a_character_that_is_further_off_the_middle_is_centred(offset, axis):
    image = np.zeros((28, 28), np.uint8)
    image[2:26, 6:22] = stroke(24, 16, 3)
    moved = prepare_character(np.roll(image, offset, axis=axis))
    rows, columns = np.nonzero(moved)
    assert abs(rows.min() - (27 - rows.max())) <= 1
    assert abs(columns.min() - (27 - columns.max())) <= 1
