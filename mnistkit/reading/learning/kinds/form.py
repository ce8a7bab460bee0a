"""Forms: printed labels, boxes and lines, filled in by hand."""

from __future__ import annotations

from mnistkit.reading.learning.clutter import stray_marks
from mnistkit.reading.learning.desk import Desk, Scene, pick_face
from mnistkit.reading.learning.kinds.boxes import lay_boxes
from mnistkit.reading.learning.kinds.fields import (
    APART,
    BOXES,
    TICKS,
    Form,
    Style,
    check_boxes,
    comb_field,
    open_field,
)
from mnistkit.reading.learning.marks import (
    Pen,
    between,
    bounds,
    chance,
    filled_rectangle,
)
from mnistkit.reading.learning.pictures import picture
from mnistkit.reading.learning.vocabulary import form_words, words
from mnistkit.reading.learning.writing import (
    Line,
    paragraph,
    print_text,
    reversed_text,
    text_width,
)


def lay_form(desk: Desk) -> Scene:
    """Return a sheet full of labelled fields, or of boxes for numbers."""
    source = desk.source
    if chance(source, 0.25):
        return lay_boxes(desk)
    style = Style(
        label=between(source, 0.5, 0.95),
        pen=Pen(between(source, 0.015, 0.07), between(source, 0.35, 1.0)),
        high=between(source, 1.2, 2.0),
        filled=between(source, 0.6, 1.0),
        comb=str(source.choice([BOXES, TICKS, APART], p=[0.6, 0.2, 0.2])),
        shade=between(source, 0.03, 0.25) if chance(source, 0.15) else 0.0,
    )
    form = Form([], [], 0.6, between(source, 0.6, 2.0), 0)
    _head(desk, form)
    combed = chance(source, 0.5)
    while form.y < desk.height - style.high - 0.5:
        while form.x < desk.width - 3:
            _field(desk, form, style, combed=combed)
            form.x += between(source, 0.5, 2.0)
        form.x = between(source, 0.5, 0.9)
        form.y += style.high + style.label * 1.6 + between(source, 0.2, 1.0)
        form.row += 2
        if chance(source, 0.15):
            _small_print(desk, form, style)
    return Scene(
        form.printed, form.written + stray_marks(desk, form.written, 0.15), desk.width, desk.height
    )


def _head(desk: Desk, form: Form) -> None:
    """Add a title, and sometimes a bar or an emblem."""
    source = desk.source
    if chance(source, 0.4):
        return
    size = between(source, 0.7, 1.6)
    title = Line(form.x + (2.5 if chance(source, 0.2) else 0), form.y + size, form.row, size=size)
    if title.x > form.x:
        form.printed += picture(desk, (form.x, form.y - 0.3, form.x + 2, form.y + 1.7))
    face = pick_face(source, desk.digits.typefaces)
    form.printed += print_text(desk, words(source, 3, marks=False), title, face)
    form.y += size + between(source, 0.4, 1.2)
    form.row += 1
    if chance(source, 0.3):
        title = Line(0.6, form.y + 1.2, form.row, size=0.7)
        if chance(source, 0.5):
            text = words(source, 2, marks=False)
            form.printed += reversed_text(desk, text, title, desk.width - 0.3)
            form.y += 2.0
            return
        bar = (0.3, form.y, desk.width - 0.3, form.y + between(source, 0.1, 0.6))
        form.printed.append(filled_rectangle(bar, between(source, 0.2, 1.0)))
        form.y += 0.9


def _field(desk: Desk, form: Form, style: Style, *, combed: bool) -> None:
    """Add a label and, beside or below it, a field."""
    source = desk.source
    label = form_words(source)
    if chance(source, 0.15):
        label = f"{source.integers(1, 60)}. {label}"
    beside = chance(source, 0.35)
    base = form.y + (style.high * 0.7 if beside else style.label)
    text = Line(form.x, base, form.row, size=style.label, number=int(form.x * 2))
    form.printed += print_text(desk, label, text)
    label_end = form.x + text_width(desk.face, label, style.label)
    top = form.y + (0 if beside else 1.4 * style.label)
    if beside:
        form.x = label_end + 0.4
    line_of = Line(form.x, 0, form.row + 1, number=int(form.x * 2))
    if chance(source, 0.12):
        check_boxes(desk, form, style, top)
    elif chance(source, 0.6 if combed else 0.15):
        comb_field(desk, form, style, top, line_of)
    else:
        open_field(desk, form, style, top, line_of)
    form.x = max(form.x, label_end)


def _small_print(desk: Desk, form: Form, style: Style) -> None:
    source = desk.source
    size = between(source, 0.6, 0.9) * style.label
    text = words(source, int(source.integers(8, 40)))
    marks = paragraph(
        desk, text, (form.x, form.y, desk.width - 1.5), Line(0, 0, form.row, size=size)
    )
    form.printed += marks
    form.y = bounds(marks)[3] + between(source, 0.4, 1.0)
    form.row = max(mark.tag.row for mark in marks if mark.tag) + 1
