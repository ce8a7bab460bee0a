"""The directories of a TIFF are found in either byte order, in small and in big files."""

import struct

import pytest

from mnistkit.core.preprocessing import tiff
from mnistkit.core.preprocessing.tiff import count_values, find_pages, is_tiff, with_first_page

# By the specifications: the byte order, what stands before the first pointer, and the formats of a
# pointer, of the number of tags and of a tag.
VERSIONS = {
    "little-endian": ("<", b"II*\0", "I", "H", "HHII"),
    "big-endian": (">", b"MM\0*", "I", "H", "HHII"),
    "little-endian BigTIFF": ("<", b"II+\0\x08\0\0\0", "Q", "Q", "HHQQ"),
    "big-endian BigTIFF": (">", b"MM\0+\0\x08\0\0", "Q", "Q", "HHQQ"),
}
BYTE, TEXT, SHORT, LONG, UNDEFINED, FLOAT = 1, 2, 3, 4, 7, 11
SUBFILE = 254
PIXELS = b"pixels"
PICTURE = [(256, LONG, 1, 28), (257, LONG, 1, 28)]


def file(version, *directories, after=0):
    """A TIFF of these directories of tags, and where each stands; the last leads to a place."""
    order, start, pointer, number, tag = VERSIONS[version]
    places, place = [], len(start) + struct.calcsize(pointer)
    for tags in directories:
        places.append(place)
        place += struct.calcsize(order + number) + struct.calcsize(pointer) + len(PIXELS)
        place += len(tags) * struct.calcsize(order + tag)
    content = start + struct.pack(order + pointer, places[0])
    for tags, following in zip(directories, [*places[1:], after], strict=True):
        content += struct.pack(order + number, len(tags))
        content += b"".join(struct.pack(order + tag, *one) for one in tags)
        content += struct.pack(order + pointer, following) + PIXELS
    return content, places


@pytest.mark.parametrize("version", VERSIONS)
def test_every_page_is_found_but_thumbnails_and_masks(version):
    thumbnail, page, mask = ([*PICTURE, (SUBFILE, LONG, 1, bits)] for bits in (1, 2, 4))
    content, places = file(version, PICTURE, thumbnail, page, mask, PICTURE)
    assert is_tiff(content)
    assert find_pages(content) == [places[0], places[2], places[4]]


@pytest.mark.parametrize("version", VERSIONS)
def test_a_file_may_begin_with_any_of_its_pages(version):
    content, places = file(version, PICTURE, PICTURE, PICTURE)
    for number, place in enumerate(places):
        turned = with_first_page(content, place)
        assert find_pages(turned) == places[number:]
        assert len(turned) == len(content)


@pytest.mark.parametrize("version", VERSIONS)
def test_the_values_of_the_first_picture_are_counted_but_bytes_and_text(version):
    tags = [
        (273, LONG, 70, 8),
        (258, SHORT, 3, 8),
        (700, BYTE, 1000, 8),
        (270, TEXT, 2000, 8),
        (37724, UNDEFINED, 4000, 8),
        (33550, FLOAT, 5, 8),
    ]
    assert count_values(file(version, tags, PICTURE)[0]) == 70 + 3 + 5
    assert count_values(file(version, [], PICTURE)[0]) == 0


@pytest.mark.parametrize("version", VERSIONS)
def test_counts_of_any_size_add_up(version):
    most = 2**63 if "Big" in version else 2**31
    assert count_values(file(version, [(273, LONG, most, 8), (279, LONG, 5, 8)])[0]) == most + 5
    many = [(273, LONG, 1, 8)] * 40_000
    assert count_values(file(version, many)[0]) == len(many)


@pytest.mark.parametrize("version", VERSIONS)
def test_pages_before_the_end_of_a_file_that_ends_early_are_found(version):
    content, (first, second) = file(version, PICTURE, PICTURE)
    assert find_pages(content[:second]) == [first]
    for length in range(4, first):
        assert find_pages(content[:length]) == []
        assert count_values(content[:length]) == 0


@pytest.mark.parametrize("version", VERSIONS)
def test_a_pointer_out_of_the_file_leads_to_no_page(version):
    most = 2**64 if "Big" in version else 2**32
    for after in (10_000, most // 2, most - 8, most - 40):
        content, places = file(version, PICTURE, after=after)
        assert find_pages(content) == places
        assert find_pages(with_first_page(content, after)) == []


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("tags", [[], PICTURE], ids=["empty", "of two tags"])
def test_a_file_of_endless_directories_is_not_read_to_its_end(monkeypatch, version, tags):
    monkeypatch.setattr(tiff, "MAX_ENTRIES", 30)
    content, places = file(version, *[tags] * 10)
    assert find_pages(content) == places
    content, places = file(version, *[tags] * 100)
    found = find_pages(content)
    assert found == places[: len(found)]
    assert len(found) <= 31


@pytest.mark.parametrize(
    "content", [b"", b"II", b"seven\n" * 100, b"\x89PNG\r\n\x1a\n" + bytes(99)]
)
def test_other_files_are_no_tiff_and_have_no_values(content):
    assert not is_tiff(content)
    assert count_values(content) == 0
