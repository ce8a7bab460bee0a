"""Pictures of things become images as Fashion-MNIST has them; its images stay what they are."""

from __future__ import annotations

import numpy as np
import pytest
from likeness import likeness
from PIL import Image

from mnistkit.core.preprocessing.objects import prepare_object
from mnistkit.core.preprocessing.preparation import PREPARATIONS
from mnistkit.data.loading import load_split
from mnistkit.datasets import fashion_mnist
from mnistkit.fetching.store import Store


@pytest.fixture(scope="module")
def clothes():
    """Fashion-MNIST's test images."""
    if not fashion_mnist.PUBLICATION.installed.is_dir():
        pytest.skip("install Debian's package dataset-fashion-mnist")
    return load_split("fashion-mnist", "test", Store()).images


def thing(height=60, width=40):
    """A grey thing with a dark edge and a light hole, on white."""
    picture = np.full((height, width), 90, np.uint8)
    picture[:3], picture[-3:], picture[:, :3], picture[:, -3:] = 20, 20, 20, 20
    picture[height // 3 : height // 2, width // 3 : width // 2] = 200
    return picture


def test_its_images_come_through_unchanged_and_inverted_ones_turned_back(clothes):
    for image in clothes:
        assert (prepare_object(image) == image).all()
        assert (prepare_object(255 - image) == image).all()


def test_a_photo_of_it_becomes_the_image_again(clothes):
    """As a shop has it: large, off the middle, on paper that is not quite white."""
    likenesses = []
    for image in clothes[:20]:
        large = np.asarray(Image.fromarray(255 - image).resize((560, 560), Image.BICUBIC))
        photo = np.pad(large, ((60, 100), (200, 90)), constant_values=255)
        noisy = np.clip(photo * 0.98 + np.random.default_rng(0).normal(0, 3, photo.shape), 0, 255)
        likenesses.append(likeness(image, prepare_object(noisy.astype(np.uint8))))
    # What does not fill the 28 pixels as the published procedure lets it is made larger.
    assert np.median(likenesses) > 0.9


@pytest.mark.parametrize(("height", "width"), [(60, 40), (300, 90), (10, 200), (28, 27), (9, 7)])
def test_the_longer_side_fills_the_image_and_the_other_is_centred(height, width):
    image = prepare_object(np.pad(thing(height, width), ((5, 20), (30, 2)), constant_values=255))
    rows, columns = (np.flatnonzero((image > 20).any(axis=axis)) for axis in (1, 0))
    assert max(np.ptp(rows), np.ptp(columns)) + 1 in (27, 28)
    for places in (rows, columns):
        assert abs(places[0] - (27 - places[-1])) <= 1


@pytest.mark.parametrize("background", [255, 200, 150, 100, 50, 0])
def test_the_background_becomes_black_whatever_it_was(background):
    shade = thing() if background > 127 else 255 - thing()
    around = np.full((100, 100), background, np.uint8)
    around[20:80, 30:70] = np.where(np.abs(shade.astype(int) - background) > 30, shade, background)
    image = prepare_object(around)
    assert image[0, 0] == image[-1, -1] == 0
    assert image.max() > 200


def seen_on(background, levels, margin=3):
    """A picture whose image has these levels, on a background of white or black."""
    return np.pad(np.abs(background - levels.astype(int)), margin, constant_values=background)


@pytest.mark.parametrize("background", [255, 0])
def test_a_thing_of_28_pixels_keeps_its_levels(background):
    levels = np.random.default_rng(0).integers(40, 256, (28, 28), np.uint8)
    levels[5:9, 4:20] = 0
    picture = seen_on(background, levels).astype(np.uint8)
    np.testing.assert_array_equal(prepare_object(picture), levels)


@pytest.mark.parametrize("background", [255, 0])
def test_a_picture_of_28_pixels_is_returned_with_a_black_background(background):
    levels = np.zeros((28, 28), np.uint8)
    levels[3:20, 9:12] = np.random.default_rng(0).integers(1, 256, (17, 3))
    picture = seen_on(background, levels, margin=0).astype(np.uint8)
    np.testing.assert_array_equal(prepare_object(picture), levels)


@pytest.mark.parametrize(("background", "beyond"), [(200, 255), (60, 0)])
def test_what_is_beyond_the_background_is_as_black_as_it(background, beyond):
    """As gloss on grey paper."""
    picture = np.full((40, 40), background, np.uint8)
    picture[6:34, 6:34] = 255 - beyond
    picture[10:20, 10:20] = beyond
    image = prepare_object(picture)
    expected = np.full((28, 28), 255)
    expected[4:14, 4:14] = 0
    np.testing.assert_array_equal(image, expected)


def sharpened(levels):
    """ImageMagick's `-sharpen 1x1` of all but the edges: its weights, summed pixel by pixel."""
    near, far = -np.exp(-1 / 2), -np.exp(-1)
    middle = 2 * (1 - 4 * near - 4 * far)
    weights = np.array([[far, near, far], [near, middle, near], [far, near, far]])
    windows = np.lib.stride_tricks.sliding_window_view(levels.astype(float), (3, 3))
    return (windows * weights).sum(axis=(2, 3)) / weights.sum()


def test_a_large_thing_is_averaged_and_then_sharpened_as_published():
    levels = np.random.default_rng(0).integers(90, 160, (28, 28), np.uint8)
    picture = seen_on(255, np.kron(levels, np.ones((3, 3)))).astype(np.uint8)
    image = prepare_object(picture)
    np.testing.assert_allclose(image[1:-1, 1:-1], sharpened(levels), rtol=0, atol=1)


def test_a_small_thing_is_enlarged_smoothly_and_not_sharpened():
    levels = np.random.default_rng(0).integers(90, 160, (20, 20), np.uint8)
    enlarged = Image.fromarray(levels).resize((28, 28), Image.Resampling.BICUBIC)
    picture = seen_on(255, levels).astype(np.uint8)
    np.testing.assert_array_equal(prepare_object(picture), enlarged)


@pytest.mark.parametrize("axis", [0, 1])
def test_a_line_far_thinner_than_a_pixel_of_the_image_is_still_one_pixel_wide(axis):
    picture = np.full((200, 60), 255, np.uint8)
    picture[10:190, 30:32] = 0
    image = prepare_object(picture if axis == 0 else picture.T)
    assert np.count_nonzero(image.any(axis=axis)) == 1
    assert (image.max(axis=axis).max(), image.min()) == (255, 0)


@pytest.mark.parametrize("levels", [(255, 90), (0, 165)], ids=["white", "black"])
@pytest.mark.parametrize(("side", "corner"), [(100, 20), (12, 1)])
def test_the_corners_are_the_background_where_a_thing_reaches_every_edge(side, corner, levels):
    background, level = levels
    picture = np.full((side, side), level, np.uint8)
    for rows in (slice(None, corner), slice(-corner, None)):
        picture[rows, :corner] = picture[rows, -corner:] = background
    image = prepare_object(picture)
    assert image[0, 0] == image[0, -1] == image[-1, 0] == image[-1, -1] == 0
    np.testing.assert_array_equal(image[10:18, 10:18], 165)


def test_specks_in_the_corners_of_a_large_picture_are_not_its_background():
    picture = np.pad(thing(150, 120), 40, constant_values=255)
    clean = prepare_object(picture)
    picture[0, 0] = picture[0, -1] = picture[-1, 0] = 0
    speckled = prepare_object(picture)
    # The specks widen what is trimmed; paper stays paper all the same.
    assert (speckled == 0).sum() > (clean == 0).sum()


@pytest.mark.parametrize("level", [0, 128, 255])
@pytest.mark.parametrize("shape", [(28, 28), (1, 1), (50, 400)])
def test_nothing_but_background_is_no_image(level, shape):
    assert prepare_object(np.full(shape, level, np.uint8)) is None


@pytest.mark.parametrize("preparation", PREPARATIONS)
@pytest.mark.parametrize("shape", [(1, 1), (1, 900), (2, 2), (28, 28), (500, 3)])
def test_every_preparation_answers_whatever_it_is_given(preparation, shape):
    image = PREPARATIONS[preparation](np.random.default_rng(0).integers(0, 256, shape, np.uint8))
    assert image is None or (image.shape == (28, 28) and image.dtype == np.uint8)


def letter_i(side=100):
    """An i with its dot far above, dark on white."""
    picture = np.full((side, side), 255, np.uint8)
    picture[45:85, 47:53] = 0
    picture[20:27, 46:54] = 0
    return picture


def test_a_character_keeps_its_dot_and_fills_24_pixels():
    image = PREPARATIONS["character"](letter_i())
    rows = np.flatnonzero(image.any(axis=1))
    assert rows[-1] - rows[0] + 1 == 24
    assert rows[0] in (2, 3)
    # A gap between dot and stem.
    assert len(rows) < 24


def test_a_character_that_is_an_image_already_comes_through_unchanged():
    image = np.zeros((28, 28), np.uint8)
    image[2:26, 8:20] = np.random.default_rng(0).integers(120, 256, (24, 12))
    for picture in (image, 255 - image):
        np.testing.assert_array_equal(PREPARATIONS["character"](picture), image)
