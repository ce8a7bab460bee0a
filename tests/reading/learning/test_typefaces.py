from __future__ import annotations

import numpy as np
import pytest
from fontTools.ttLib import TTFont
from fontTools.ttLib.tables._g_l_y_f import Glyph

from mnistkit.reading.learning.typefaces import Typeface, find_typefaces, is_held_out


def names(faces) -> set[str]:
    return {face.path.stem for face in (*faces.printed, *faces.handwritten)}


def test_typefaces_for_training_and_for_tests_are_others():
    training, test = names(find_typefaces()), names(find_typefaces(held_out=True))

    assert training
    assert test
    assert not training & test


def test_all_weights_of_a_family_stand_on_one_side():
    assert len({is_held_out(f"Face-{weight}") for weight in ("Bold", "Light", "Italic")}) == 1


def test_faces_of_symbols_are_left_out():
    assert not {name for name in names(find_typefaces()) if name.startswith(("cmsy", "STIXSiz"))}


def test_a_file_that_is_no_typeface_is_left_out(tmp_path):
    (tmp_path / "broken.ttf").write_bytes(b"no typeface")

    assert "broken" not in names(find_typefaces([tmp_path]))


@pytest.mark.parametrize("character", "H8")
def test_outlines_stand_on_the_baseline_as_high_as_a_capital(character):
    face = find_typefaces().printed[0]
    points = np.concatenate(face.outline(character).parts)

    assert points[:, 1].max() == pytest.approx(0, abs=0.05)
    assert points[:, 1].min() == pytest.approx(-1, abs=0.1)


def test_strokes_run_within_the_outline():
    face = find_typefaces().printed[0]
    outline = np.concatenate(face.outline("4").parts)
    strokes = np.concatenate(face.strokes("4").parts)

    assert (strokes.min(axis=0) > outline.min(axis=0) - 0.02).all()
    assert (strokes.max(axis=0) < outline.max(axis=0) + 0.02).all()


def test_a_dot_has_a_stroke():
    assert find_typefaces().printed[0].strokes(".").parts


def test_a_typeface_that_lacks_a_sign_is_left_out(tmp_path):
    font = TTFont(find_typefaces().printed[0].path)
    for table in font["cmap"].tables:
        table.cmap.pop(ord("&"), None)
    font.save(tmp_path / "lacking.ttf")

    assert "lacking" not in names(find_typefaces([tmp_path], held_out=is_held_out("lacking")))


def test_an_accent_that_is_empty_in_a_typeface_is_left_out(tmp_path):
    face = find_typefaces().printed[0]
    font = TTFont(face.path)
    glyphs = font["glyf"]
    glyphs[font.getBestCmap()[ord("Ñ")]] = Glyph()
    font.save(tmp_path / "empty.ttf")
    broken = Typeface(tmp_path / "empty.ttf")

    for one, other in zip(broken.outline("Ñ").parts, broken.outline("N").parts, strict=True):
        np.testing.assert_array_equal(one, other)
    assert len(face.outline("Ñ").parts) > len(face.outline("N").parts)


def test_a_character_without_ink_is_refused():
    with pytest.raises(ValueError, match="expected an outline of ' '"):
        find_typefaces().printed[0].outline(" ")


def test_the_same_typeface_in_two_folders_is_one(tmp_path):
    [first, *_] = find_typefaces().printed
    (tmp_path / first.path.name).write_bytes(first.path.read_bytes())

    found = [face.path.stem for face in find_typefaces([tmp_path]).printed]

    assert found == [face.path.stem for face in find_typefaces().printed]
