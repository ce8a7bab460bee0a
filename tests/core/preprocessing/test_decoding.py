"""Every picture a person can have is decoded; everything else is refused in one line."""

import io
import os
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from as_files import encoded, png_chunk
from PIL import Image, ImageOps

from mnistkit.core.preprocessing.decoding import (
    SUFFIXES,
    check_size,
    decode_photo,
    read_photo,
    read_picture,
    suffix_of,
)
from mnistkit.core.preprocessing.walking import walk_pictures
from mnistkit.errors import PictureError

HEIGHT, WIDTH = 24, 36
# Every grey level that counts, in stripes: black, three greys, white.
LEVELS = np.repeat(np.array([0, 51, 102, 204, 255, 255], np.uint8), WIDTH // 6)
GREY = np.tile(LEVELS, (HEIGHT, 1))
BLACK_AND_WHITE = np.where(GREY < 128, 0, 255).astype(np.uint8)
# Not equal to any of its turned or mirrored selves.
CORNER = np.full((HEIGHT, WIDTH), 255, np.uint8)
CORNER[: HEIGHT // 2, : WIDTH // 3] = 0

# How a camera that notes each orientation has stored the upright picture.
STORED = {
    1: lambda upright: upright,
    2: np.fliplr,
    3: lambda upright: np.rot90(upright, 2),
    4: np.flipud,
    5: np.transpose,
    6: lambda upright: np.rot90(upright, 1),
    7: lambda upright: np.rot90(upright, 2).T,
    8: lambda upright: np.rot90(upright, -1),
}
# Grey TIFFs of integers and floats take the 16 and 32 bit pixels that PNG does not.
WIDE_PIXELS = {
    "I;16 in PNG": (np.uint16, 257, "PNG"),
    "I;16 in TIFF": (np.uint16, 257, "TIFF"),
    "16 bits in PNM": (np.uint16, 257, "PPM"),
    "I in TIFF, 16 bits used": (np.int32, 257, "TIFF"),
    "I in TIFF, 8 bits used": (np.int32, 1, "TIFF"),
    "I in TIFF, 31 bits used": (np.int32, 2**23, "TIFF"),
    "F in TIFF, up to 1": (np.float32, 1 / 255, "TIFF"),
    "F in TIFF, up to 255": (np.float32, 1, "TIFF"),
}


def decode_picture(content):
    return decode_photo(content).upright()


def png(width, height, depth, colour_type, rows):
    """A PNG file of pixels that Pillow reads but does not write."""
    header = struct.pack(">IIBBBBB", width, height, depth, colour_type, 0, 0, 0)
    pixels = zlib.compress(b"".join(b"\0" + row for row in rows))
    chunks = png_chunk(b"IHDR", header) + png_chunk(b"IDAT", pixels) + png_chunk(b"IEND")
    return b"\x89PNG\r\n\x1a\n" + chunks


@pytest.mark.parametrize("mode", ["L", "LA", "P", "RGB", "RGBA"])
def test_every_mode_of_png_gives_its_grey_levels(mode):
    picture = decode_picture(encoded(Image.fromarray(GREY).convert(mode)))
    assert picture.dtype == np.uint8
    np.testing.assert_array_equal(picture, GREY)


@pytest.mark.parametrize("format", ["PNG", "GIF", "TIFF", "BMP", "PPM"])
def test_one_bit_pictures_are_black_and_white(format):  # noqa: A002
    image = Image.fromarray(BLACK_AND_WHITE).convert("1")
    np.testing.assert_array_equal(decode_picture(encoded(image, format)), BLACK_AND_WHITE)


@pytest.mark.parametrize("format", ["PNG", "GIF", "TIFF", "BMP", "PPM", "WEBP", "JPEG", "MPO"])
@pytest.mark.parametrize("mode", ["L", "RGB"])
def test_every_format_gives_its_grey_levels(format, mode):  # noqa: A002
    image = Image.fromarray(GREY).convert(mode)
    options = {"WEBP": {"lossless": True}, "JPEG": {"quality": 100}, "MPO": {"quality": 100}}
    picture = decode_picture(encoded(image, format, **options.get(format, {})))
    # JPEG and WebP keep colours in another space.
    tolerance = 3 if format in options else 0
    np.testing.assert_allclose(picture, GREY, rtol=0, atol=tolerance)


@pytest.mark.parametrize("format", ["TIFF", "JPEG"])
def test_cmyk_gives_its_grey_levels(format):  # noqa: A002
    picture = decode_picture(encoded(Image.fromarray(GREY).convert("CMYK"), format, quality=100))
    np.testing.assert_allclose(picture, GREY, rtol=0, atol=3)


def test_lab_gives_its_lightness():
    neutral = Image.new("L", (WIDTH, HEIGHT), 128)
    image = Image.merge("LAB", [Image.fromarray(GREY), neutral, neutral])
    picture = decode_picture(encoded(image, "TIFF"))
    # Lightness is not linear in the grey level; both ends are what it shares with it.
    assert picture[0, 0] == 0
    assert picture[0, -1] == 255


@pytest.mark.parametrize(("dtype", "factor", "format"), WIDE_PIXELS.values(), ids=WIDE_PIXELS)
def test_wide_pixels_are_scaled_and_not_cut_off(dtype, factor, format):  # noqa: A002
    image = Image.fromarray((GREY * np.float64(factor)).astype(dtype))
    picture = decode_picture(encoded(image, format))
    assert picture.dtype == np.uint8
    np.testing.assert_allclose(picture, GREY, rtol=0, atol=1)


def test_negative_and_undefined_floats_are_brought_into_range():
    values = np.where(GREY < 128, -1.0, 1.0).astype(np.float32)
    np.testing.assert_array_equal(
        decode_picture(encoded(Image.fromarray(values), "TIFF")), BLACK_AND_WHITE
    )
    values[0] = [np.nan, np.inf, -np.inf] * (WIDTH // 3)
    picture = decode_picture(encoded(Image.fromarray(values), "TIFF"))
    np.testing.assert_array_equal(picture[1:], BLACK_AND_WHITE[1:])


@pytest.mark.parametrize(("colour_type", "channels"), [(2, 3), (6, 4)], ids=["RGB", "RGBA"])
def test_sixteen_bit_colours_give_their_grey_levels(colour_type, channels):
    pixels = np.repeat((GREY * np.float64(257))[..., np.newaxis], channels, axis=2)
    pixels[..., 3:] = 65535
    rows = [row.astype(">u2").tobytes() for row in pixels]
    picture = decode_picture(png(WIDTH, HEIGHT, 16, colour_type, rows))
    np.testing.assert_array_equal(picture, GREY)


@pytest.mark.parametrize(
    ("colour", "weight"), [("red", 0.299), ("lime", 0.587), ("blue", 0.114)], ids=str
)
def test_colours_become_their_luminance(colour, weight):
    picture = decode_picture(encoded(Image.new("RGB", (4, 4), colour)))
    np.testing.assert_allclose(picture, 255 * weight, atol=1)


def transparent_pictures():
    """Black ink on what is transparent, and black itself, in every mode that can."""
    ink = CORNER == 0
    alpha = Image.fromarray(np.where(ink, 255, 0).astype(np.uint8))
    black = Image.new("L", (WIDTH, HEIGHT))
    paper = Image.fromarray(np.where(ink, 0, 7).astype(np.uint8))
    palette = paper.copy().convert("P")
    wide_paper = Image.fromarray(np.where(ink, 0, 7 * 257).astype(np.uint16))
    rgba = Image.merge("RGBA", [black, black, black, alpha])
    return {
        "LA": encoded(Image.merge("LA", [black, alpha])),
        "RGBA": encoded(rgba),
        "RGBA in TIFF": encoded(rgba, "TIFF"),
        "RGBA in WebP": encoded(rgba, "WEBP", lossless=True),
        "P": encoded(palette, transparency=7),
        "P in GIF": encoded(palette, "GIF", transparency=7),
        "P with levels of alpha": encoded(palette, transparency=bytes([255] * 7 + [0])),
        "L with a transparent level": encoded(paper, transparency=7),
        "I;16 with a transparent level": encoded(wide_paper, transparency=7 * 257),
        "RGB with a transparent colour": encoded(paper.convert("RGB"), transparency=(7, 7, 7)),
    }


@pytest.mark.parametrize("mode", transparent_pictures())
def test_what_is_transparent_is_white(mode):
    np.testing.assert_array_equal(decode_picture(transparent_pictures()[mode]), CORNER)


def test_half_transparent_black_is_grey():
    picture = decode_picture(encoded(Image.new("RGBA", (4, 4), (0, 0, 0, 128))))
    np.testing.assert_allclose(picture, 127, atol=1)


@pytest.mark.parametrize("orientation", STORED)
@pytest.mark.parametrize("format", ["JPEG", "PNG", "TIFF", "WEBP"])
def test_a_photo_is_turned_upright_by_its_exif_orientation(format, orientation):  # noqa: A002
    exif = Image.Exif()
    exif[0x0112] = orientation
    stored = Image.fromarray(np.ascontiguousarray(STORED[orientation](CORNER)))
    picture = decode_picture(encoded(stored, format, exif=exif, quality=100))
    np.testing.assert_allclose(picture, CORNER, rtol=0, atol=3)


@pytest.mark.parametrize("orientation", STORED)
@pytest.mark.parametrize("format", ["JPEG", "PNG"])
def test_a_photo_is_kept_as_it_is_stored_and_turned_as_pillow_turns_it(format, orientation):  # noqa: A002
    exif = Image.Exif()
    exif[0x0112] = orientation
    content = encoded(Image.fromarray(CORNER), format, exif=exif, quality=100)
    photo = decode_photo(content)
    assert photo.orientation == orientation
    np.testing.assert_allclose(photo.pixels, CORNER, rtol=0, atol=3)
    with Image.open(io.BytesIO(content)) as image:
        expected = np.asarray(ImageOps.exif_transpose(image))
    np.testing.assert_array_equal(photo.upright(), expected)
    assert photo.upright().flags.c_contiguous


@pytest.mark.parametrize("format", ["JPEG", "PNG", "TIFF", "WEBP"])
def test_a_photo_without_a_word_on_its_orientation_is_upright(format):  # noqa: A002
    photo = decode_photo(encoded(Image.fromarray(CORNER), format, quality=100))
    assert photo.orientation is None
    np.testing.assert_array_equal(photo.upright(), photo.pixels)


@pytest.mark.parametrize("orientation", [0, 9, 77])
def test_an_orientation_that_there_is_not_is_none(orientation):
    exif = Image.Exif()
    exif[0x0112] = orientation
    photo = decode_photo(encoded(Image.fromarray(CORNER), "PNG", exif=exif))
    assert photo.orientation is None
    np.testing.assert_array_equal(photo.upright(), CORNER)


@pytest.mark.parametrize("exif", [b"Exif\0\0nonsense", b"Exif\0\0II*\0\x08\0\0\0\xff\xff"])
@pytest.mark.filterwarnings("ignore:Corrupt EXIF data:UserWarning")
def test_a_photo_with_damaged_exif_is_still_read(exif):
    picture = decode_picture(encoded(Image.fromarray(CORNER), "JPEG", exif=exif, quality=100))
    np.testing.assert_allclose(picture, CORNER, rtol=0, atol=3)


@pytest.mark.parametrize(
    ("format", "options"),
    [
        ("GIF", {}),
        ("PNG", {}),
        ("WEBP", {"lossless": True}),
        ("TIFF", {}),
    ],
    ids=["GIF", "APNG", "WebP", "pages of TIFF"],
)
def test_the_first_frame_of_several_is_read(format, options):  # noqa: A002
    others = [Image.fromarray(255 - CORNER), Image.fromarray(GREY)]
    content = encoded(
        Image.fromarray(CORNER), format, save_all=True, append_images=others, **options
    )
    np.testing.assert_allclose(decode_picture(content), CORNER, rtol=0, atol=1)


@pytest.mark.parametrize(
    "content",
    [
        b"P1\n3 1\n0 1 0\n",
        b"P2\n3 1\n15\n15 0 15\n",
        b"P3\n3 1\n255\n255 255 255 0 0 0 255 255 255\n",
        b"P4\n3 1\n\x40",
        b"P5\n3 1\n65535\n\xff\xff\0\0\xff\xff",
        b"P6\n3 1\n255\n\xff\xff\xff\0\0\0\xff\xff\xff",
    ],
    ids=["P1", "P2", "P3", "P4", "P5", "P6"],
)
def test_every_pnm_is_read(content):
    np.testing.assert_array_equal(decode_picture(content), [[255, 0, 255]])


def test_a_picture_is_read_from_a_path_and_from_a_stream(tmp_path):
    path = tmp_path / "picture with no suffix"
    path.write_bytes(encoded(Image.fromarray(GREY)))
    np.testing.assert_array_equal(read_picture(path), GREY)
    with path.open("rb") as stream:
        np.testing.assert_array_equal(read_picture(stream), GREY)


@pytest.mark.parametrize("format", ["PNG", "TIFF", "BMP", "PPM"])
def test_a_photo_has_its_colours_if_they_are_asked_for(tmp_path, format):  # noqa: A002
    colours = np.random.default_rng(0).integers(0, 256, (HEIGHT, WIDTH, 3), np.uint8)
    path = tmp_path / "photo"
    path.write_bytes(encoded(Image.fromarray(colours), format))
    asked = read_photo(path, colour=True)
    np.testing.assert_array_equal(asked.colours, colours)
    unasked = read_photo(path)
    assert unasked.colours is None
    np.testing.assert_array_equal(asked.pixels, unasked.pixels)
    assert decode_photo(path.read_bytes()).colours is None


@pytest.mark.parametrize("name", ["corner-1.heic", "corner-6.heic"])
def test_a_photo_in_heif_has_its_colours_if_they_are_asked_for(name):
    path = Path(__file__).parent / "heif" / name
    colours = read_photo(path, colour=True).colours
    # Red in one corner, on white.
    assert np.ptp(colours[..., 0]) < np.ptp(colours[..., 1])
    assert read_photo(path).colours is None


def test_a_grey_png_has_its_levels_as_colours_if_they_are_asked_for():
    colours = decode_photo(encoded(Image.fromarray(GREY)), colour=True).colours
    np.testing.assert_array_equal(colours, np.stack([GREY] * 3, axis=2))


USUAL_SUFFIXES = {
    "PNG": ".png",
    "JPEG": ".jpg",
    "MPO": ".jpg",
    "BMP": ".bmp",
    "GIF": ".gif",
    "TIFF": ".tif",
    "WEBP": ".webp",
    "PPM": ".pnm",
}


@pytest.mark.parametrize(("format", "suffix"), USUAL_SUFFIXES.items())
def test_the_content_of_a_file_has_the_suffix_of_its_format(format, suffix):  # noqa: A002
    image = Image.fromarray(CORNER).convert("RGB")
    # A photo of one picture would be no MPO.
    several = {"save_all": True, "append_images": [image]} if format == "MPO" else {}
    assert suffix_of(encoded(image, format, **several)) == suffix


def test_heif_has_its_suffix_and_no_other_content_has_one():
    heif = Path(__file__).parent / "heif" / "corner-1.heic"
    assert suffix_of(heif.read_bytes()) == ".heic"
    with pytest.raises(PictureError, match=r"expected a PNG, .*, received something else"):
        suffix_of(b"seven\n" * 100)


def test_the_size_of_a_picture_is_checked_by_its_header():
    # Without any pixels.
    content = png(4000, 3000, 8, 0, [])
    check_size(content, 4000 * 3000)
    told = r"^expected at most 11 million pixels, received 4000 x 3000; make the picture smaller"
    with pytest.raises(PictureError, match=told):
        check_size(content, 4000 * 3000 - 1)


@pytest.mark.parametrize("content", [b"", b"%PDF-1.7\n"], ids=["nothing", "a PDF"])
def test_the_size_of_what_has_no_size_of_its_own_is_not_checked(content):
    check_size(content, 1)


def test_the_size_of_heif_is_checked_where_it_is_decoded():
    check_size((Path(__file__).parent / "heif" / "corner-1.heic").read_bytes(), 1)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "expected a picture, received an empty file"),
        (b"%PDF-1.7\n", "expected a picture, received a PDF; `mnistkit read` reads its pages"),
    ],
    ids=["nothing", "a PDF"],
)
def test_what_is_known_to_be_no_picture_is_called_by_its_name(content, said):
    with pytest.raises(PictureError) as refusal:
        decode_picture(content)
    assert str(refusal.value) == said


def damaged_files():
    eps = encoded(Image.fromarray(GREY).convert("RGB"), "EPS")
    return {
        "empty": b"",
        "text": b"seven\n" * 100,
        "zeros": bytes(1000),
        "EPS": eps,
        "PDF": b"%PDF-1.7\n" + bytes(100),
        "SVG": b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        "PNG that ends in its signature": encoded(Image.fromarray(GREY))[:6],
        "PNM without pixels": b"P5\n0 0\n255\n",
        "PNM of no levels": b"P5\n1 1\n0\n\0",
    }


@pytest.mark.parametrize("kind", damaged_files())
def test_what_is_no_picture_is_refused_in_one_line(kind):
    with pytest.raises(PictureError, match=r"expected .*, received .*") as caught:
        decode_picture(damaged_files()[kind])
    assert "\n" not in str(caught.value)


def test_eps_is_not_opened_under_a_suffix_of_ours(tmp_path):
    path = tmp_path / "harmless.png"
    path.write_bytes(damaged_files()["EPS"])
    with pytest.raises(PictureError, match="PNG, JPEG, BMP, GIF, TIFF, WebP, HEIF or PNM"):
        read_picture(path)


@pytest.mark.parametrize("format", ["PNG", "JPEG", "GIF", "BMP", "TIFF", "WEBP", "PPM"])
@pytest.mark.parametrize("share", [0.1, 0.5, 0.8])
@pytest.mark.filterwarnings("ignore:Truncated File Read:UserWarning")
def test_a_truncated_picture_is_refused(format, share):  # noqa: A002
    noise = np.random.default_rng(0).integers(0, 256, (64, 64), np.uint8)
    whole = encoded(Image.fromarray(noise), format)
    with pytest.raises(PictureError, match=r"expected .*, received .*"):
        decode_picture(whole[: int(len(whole) * share)])


def test_a_damaged_byte_ends_in_a_picture_or_in_a_picture_error():
    whole = encoded(Image.fromarray(GREY))
    random = np.random.default_rng(0)
    for place, value in zip(
        random.integers(0, len(whole), 300), random.integers(0, 256, 300), strict=True
    ):
        content = bytearray(whole)
        content[place] = value
        try:
            picture = decode_picture(bytes(content))
        except PictureError:
            continue
        assert picture.ndim == 2


@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")
@pytest.mark.parametrize(
    ("side", "received"), [(20_000, "more than twice that"), (10_000, "10000 x 10000")]
)
def test_a_picture_of_far_too_many_pixels_is_refused_by_its_header(side, received):
    content = png(side, side, 8, 0, [])
    assert len(content) < 100
    told = rf"^expected at most 89 million pixels, received {received}; make the picture smaller"
    with pytest.raises(PictureError, match=told):
        decode_picture(content)


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("missing.png", "^no such file$"),
        (".", "^is a folder, not a file$"),
        ("x" * 300, "^the name is too long$"),
        ("nul\0inside.png", "NUL"),
        ("/dev/zero", "at most 256 MiB"),
    ],
    ids=["missing", "a directory", "too long a name", "a NUL in the name", "an endless stream"],
)
def test_what_cannot_be_read_to_its_end_is_refused(tmp_path, name, reason):
    with pytest.raises(PictureError, match=reason):
        read_picture(tmp_path / name)


def make_files(folder, *names):
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()


def test_a_folder_is_walked_in_sorted_order(tmp_path):
    names = ["0.png", "1/b.png", "1/c/d.png", "10.png", "2.png", "B.png", "a/a.png", "b.png"]
    make_files(tmp_path, *reversed(names))
    walked = [str(path.relative_to(tmp_path)) for path in walk_pictures(tmp_path)]
    assert walked == names


def test_a_walk_yields_the_suffixes_of_its_formats_in_either_case_and_no_others(tmp_path):
    pictures = {f"picture{suffix}" for suffix in SUFFIXES} | {"PICTURE.PNG", "picture.Jpg"}
    make_files(tmp_path, *pictures, "notes.txt", "drawing.eps", "scan.pdf", "png", ".png", "a.png~")
    assert {path.name for path in walk_pictures(tmp_path)} == pictures
    expected = {".png", ".jpg", ".jpeg", ".bmp", ".gif", ".tif", ".tiff", ".webp"}
    expected |= {".heic", ".heif"}
    assert expected | {".pnm", ".pbm", ".pgm", ".ppm"} == SUFFIXES


def test_links_to_folders_are_left_out_and_links_to_pictures_are_not(tmp_path):
    make_files(tmp_path, "inside/one.png", "elsewhere/two.png")
    inside = tmp_path / "inside"
    (inside / "round").symlink_to(tmp_path)
    (inside / "folder").symlink_to(tmp_path / "elsewhere")
    (inside / "looks-like-one.png").symlink_to(tmp_path / "elsewhere")
    (inside / "link.png").symlink_to(tmp_path / "elsewhere" / "two.png")
    assert [path.name for path in walk_pictures(inside)] == ["link.png", "one.png"]


@pytest.fixture
def deep_folder(tmp_path):
    """1,200 folders in each other, which take care to be removed: shutil can't."""
    folders = [tmp_path / "d"]
    folders[0].mkdir()
    for _ in range(1200):
        folders.append(Path(f"{folders[-1]}/d"))
        folders[-1].mkdir()
    picture = folders[-1] / "deep.png"
    picture.touch()
    yield folders[0]
    picture.unlink()
    for folder in reversed(folders):
        folder.rmdir()


def test_folders_may_be_nested_deeper_than_python_can_recurse(deep_folder):
    assert [path.name for path in walk_pictures(deep_folder)] == ["deep.png"]


def test_a_link_that_leads_nowhere_costs_no_other_picture(tmp_path):
    (tmp_path / "a.png").touch()
    (tmp_path / "loop.png").symlink_to("loop.png")
    (tmp_path / "z.png").touch()
    found = list(walk_pictures(tmp_path))
    assert found == [tmp_path / "a.png", tmp_path / "loop.png", tmp_path / "z.png"]


def test_a_pipe_among_the_pictures_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe.png")
    (tmp_path / "z.png").touch()
    assert list(walk_pictures(tmp_path)) == [tmp_path / "z.png"]


def test_twelve_bits_in_sixteen_are_seen_as_well(tmp_path):
    ramp = np.arange(0, 4096, 16, dtype=np.uint16).reshape(16, 16)
    Image.fromarray(ramp).save(tmp_path / "scan.png")
    np.testing.assert_array_equal(read_picture(tmp_path / "scan.png"), ramp >> 4)
