"""Marks on a page become lines of digits; what may be none is `?` among digits, else left out."""

from __future__ import annotations

import numpy as np
import pytest
from detected import HEIGHT, STEP, WIDTH, found, row, together
from sheets import texts

from mnistkit.reading.confidence import confidences
from mnistkit.reading.labels import text_of
from mnistkit.reading.page import lines_of

SIGNS = ",./-%+="


def test_lines_are_read_from_top_to_bottom_and_left_to_right():
    marks = found("3145", [*row("31"), *row("45", y=200)])
    shuffled = marks.of(np.array([2, 1, 3, 0]))
    assert texts(lines_of(marks)) == texts(lines_of(shuffled)) == ["31", "45"]


def test_a_wide_gap_is_a_space():
    first, second = row("1234"), row("567", x=50 + 6 * STEP)
    (line,) = lines_of(found("1234567", [*first, *second]))
    assert line.text == "1234 567"
    assert [digit.label for digit in line.digits] == list("1234567")


@pytest.mark.parametrize("sign", SIGNS)
def test_a_sign_among_digits_is_no_digit(sign):
    text = f"12{sign}05"
    (line,) = lines_of(found(text, row(text)))
    assert line.text == "12?05"
    assert [digit.label for digit in line.digits] == ["1", "2", None, "0", "5"]


def test_a_date_has_a_question_mark_for_each_stroke():
    (line,) = lines_of(found("12/05/2024", row("12/05/2024")))
    assert line.text == "12?05?2024"


@pytest.mark.parametrize("text", ["A12", "12A", "AB1", "1AB"])
def test_letters_beside_digits_are_left_out(text):
    (line,) = lines_of(found(text, row(text)))
    assert line.text == "".join(filter(str.isdigit, text))


def test_letters_alone_are_no_line():
    assert lines_of(found("ABCD", row("ABCD"))) == []


def test_a_comma_below_the_digits_is_left_out():
    boxes = row("12,5")
    boxes[2] = [boxes[2][0] + 4, 100 + 0.8 * HEIGHT, 6, 12]
    (line,) = lines_of(found("12,5", boxes))
    assert "," not in line.text
    assert [digit.label for digit in line.digits] == ["1", "2", "5"]


def made_sure(marks, place, wanted):
    """Change a mark's heat so that its confidence is about the one wanted."""
    heats = np.linspace(0.01, 0.999, 300)
    told = []
    for heat in heats:
        marks.heat[place] = heat
        told.append(confidences(marks)[place])
    marks.heat[place] = np.interp(wanted, told, heats)
    assert confidences(marks)[place] == pytest.approx(wanted, abs=0.05)
    return marks


@pytest.mark.parametrize("place", [0, 2, 4])
def test_a_digit_that_is_not_sure_is_a_question_mark_in_a_row(place):
    text = "98765"
    marks = made_sure(found(text, row(text)), place, 0.35)
    (line,) = lines_of(marks)
    assert line.text == text[:place] + "?" + text[place + 1 :]
    assert line.digits[place].label is None
    assert line.digits[place].confidence == pytest.approx(0.35, abs=0.05)


def test_a_digit_that_is_not_sure_is_none_alone():
    marks = together(found("12", row("12")), found("7", row("7", y=400)))
    assert texts(lines_of(made_sure(marks, 2, 0.35))) == ["12"]


def test_what_is_hardly_anything_is_left_out_among_digits():
    marks = made_sure(found("123", row("123")), 1, 0.06)
    assert [digit.label for digit in lines_of(marks)[0].digits] == ["1", "3"]


@pytest.mark.parametrize(("min_confidence", "text"), [(0, "123"), (0.9, "1?3"), (1, "???")])
def test_the_least_confidence_decides_which_digits_are_told(min_confidence, text):
    (line,) = lines_of(made_sure(found("123", row("123")), 1, 0.7))
    assert line.text == "123"
    assert text_of(line, min_confidence) == text


def test_printed_digits_say_so():
    marks = together(found("12", row("12"), printed=0.99), found("3", row("3", y=300)))
    printed, handwritten = lines_of(marks)
    assert all(digit.printed for digit in printed.digits)
    assert not handwritten.digits[0].printed


def test_boxes_are_whole_pixels_and_at_least_one():
    (line,) = lines_of(found("17", [[10.4, 20.6, 0.2, 30], [14.5, 20.6, WIDTH, 30]]))
    assert line.digits[0].box == (10, 21, 1, 30)
    assert all(isinstance(side, int) for digit in line.digits for side in digit.box)


def test_small_and_large_digits_are_of_one_line():
    boxes = row("120345")
    boxes[2][1:] = [100 + HEIGHT / 3, WIDTH / 2, HEIGHT / 2]
    boxes[4][3] = 2 * HEIGHT
    assert texts(lines_of(found("120345", boxes))) == ["120345"]


def test_no_marks_are_no_lines():
    assert lines_of(found("", [])) == []
