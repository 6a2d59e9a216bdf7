"""A copy of a picture in which a person has blacked out what leads to a buyer: evidence of its own, fit to be shown.

What is blacked out is named by the fields of a grid, as on a map: B2:E4. So it can be done with a keyboard, on a
telephone, without a script, and told on the telephone; and the record says exactly what was hidden.
"""

from __future__ import annotations

import io
import re
import unicodedata
from typing import NamedTuple

from PIL import Image, ImageDraw, ImageFont
from sqlalchemy.orm import Session

from quality.core.errors import FieldProblem, Invalid, NotPermitted, Refused
from quality.core.words import _
from quality.core.workflow import record
from quality.evidence.models import CopyKind, EvidenceKind, Exhibit
from quality.evidence.operations import attach, show, take_in
from quality.evidence.pictures import as_jpeg
from quality.evidence.queries import case_of
from quality.evidence.vault import Vault
from quality.people.actor import Actor
from quality.people.looks import LookReason
from quality.permissions import Can

COLUMNS, ROWS = "ABCDEFGHIJKLMNOP", 24
MOST = 60  # rectangles
WIDEST = 1000  # pixels of the picture with the grid
LINE, INK = (214, 40, 40), (20, 20, 20)
FIELD = re.compile(rf"([{COLUMNS}])(\d{{1,2}})(?:[:-]([{COLUMNS}])(\d{{1,2}}))?")


class Box(NamedTuple):
    """Fields of the grid, counted from 0, both ends included."""

    left: int
    top: int
    right: int
    bottom: int

    def __str__(self) -> str:
        first, last = f"{COLUMNS[self.left]}{self.top + 1}", f"{COLUMNS[self.right]}{self.bottom + 1}"
        return first if first == last else f"{first}:{last}"


def boxes_in(typed: str) -> list[Box]:
    """`B2:E4, G1` as boxes; `Invalid` at `fields`, naming the first that cannot be read."""
    named = [each for each in re.split(r"[\s,;、，；]+", unicodedata.normalize("NFKC", typed).upper()) if each]
    if not named:
        raise Invalid(FieldProblem("fields", "missing", _("Name the fields to black out, as in B2:E4, G1")))
    if len(named) > MOST:
        raise Invalid(FieldProblem("fields", "too_many", _("Name at most %(most)s rectangles", most=MOST)))
    return [box_of(each) for each in named]


def box_of(named: str) -> Box:
    read = FIELD.fullmatch(named)
    if read is not None:
        column, row, to_column, to_row = read[1], int(read[2]), read[3] or read[1], int(read[4] or read[2])
        if 1 <= row <= ROWS and 1 <= to_row <= ROWS:
            columns = sorted((COLUMNS.index(column), COLUMNS.index(to_column)))
            rows = sorted((row - 1, to_row - 1))
            return Box(columns[0], rows[0], columns[1], rows[1])
    text = _(
        "“%(named)s” is no field: columns go from A to P, rows from 1 to %(rows)s, as in B2:E4",
        named=named[:20],
        rows=ROWS,
    )
    raise Invalid(FieldProblem("fields", "no_such_field", text))


def pixels_of(box: Box, width: int, height: int) -> tuple[int, int, int, int]:
    """The whole of its fields in a picture of this size: left, top, right, bottom, rounded outward."""
    across, down = len(COLUMNS), ROWS
    left, top = box.left * width // across, box.top * height // down
    right, bottom = -(-(box.right + 1) * width // across), -(-(box.bottom + 1) * height // down)
    return left, top, min(right, width) - 1, min(bottom, height) - 1


def blacked_out(picture: Image.Image, boxes: list[Box]) -> bytes:
    """As JPEG. Nothing of what stood there is in it: it is painted over, and the file is written anew."""
    painted = picture.convert("RGB")
    drawn = ImageDraw.Draw(painted)
    for box in boxes:
        drawn.rectangle(pixels_of(box, *painted.size), fill="black")
    painted.info.clear()
    return as_jpeg(painted).data


def with_its_grid(picture: Image.Image) -> bytes:
    """To look at while the fields are named: lines, and the names of columns and rows around it, never upon it."""
    shown = picture.convert("RGB")
    shown.thumbnail((WIDEST, WIDEST * 4))
    size = max(10, min(shown.width // 30, shown.height // ROWS))
    edge, font = size + size // 2, ImageFont.load_default(size)
    whole = Image.new("RGB", (shown.width + 2 * edge, shown.height + 2 * edge), "white")
    whole.paste(shown, (edge, edge))
    drawn = ImageDraw.Draw(whole)
    for row in range(ROWS):
        for column in range(len(COLUMNS)):
            left, top, right, bottom = pixels_of(Box(column, row, column, row), *shown.size)
            drawn.rectangle((left + edge, top + edge, right + edge, bottom + edge), outline=LINE)
    for column, letter in enumerate(COLUMNS):
        middle = edge + (2 * column + 1) * shown.width // (2 * len(COLUMNS))
        for at in (edge // 2, whole.height - edge // 2):
            drawn.text((middle, at), letter, fill=INK, font=font, anchor="mm")
    for row in range(ROWS):
        middle = edge + (2 * row + 1) * shown.height // (2 * ROWS)
        for at in (edge // 2, whole.width - edge // 2):
            drawn.text((at, middle), str(row + 1), fill=INK, font=font, anchor="mm")
    whole.thumbnail((WIDEST, WIDEST * 5))
    return as_jpeg(whole).data


def may_not_black_out(exhibit: Exhibit, by: Actor) -> NotPermitted | None:
    if not by.can(Can.IDENTITY_READ) or not by.can(Can.EVIDENCE_ADD):
        return NotPermitted("role_may_not", _("Your role may not open this"))
    if exhibit.holding.organisation_id != by.organisation_id or not by.stands_over(case_of(exhibit)):
        return NotPermitted("not_yours", _("This belongs to another organisation or person; you may only read it"))
    return None


def looked_through(
    session: Session, vault: Vault, exhibit: Exhibit, *, by: Actor, why: str, reason: LookReason
) -> Image.Image:
    """The picture as it is to be blacked out, for who may; the look is logged."""
    if never := may_not_black_out(exhibit, by):
        raise never
    with show(session, vault, exhibit, by=by, why=why, reason=reason, copy=CopyKind.READABLE).file as file:
        picture = Image.open(io.BytesIO(file.read()), formats=["JPEG"])
        picture.load()
    return picture


def black_out(
    session: Session, vault: Vault, exhibit: Exhibit, typed: str, *, by: Actor, why: str, reason: LookReason
) -> Exhibit:
    """Make the copy, and have the same case refer to it. What was hidden stands in the case's record."""
    boxes = boxes_in(typed)
    picture = looked_through(session, vault, exhibit, by=by, why=why, reason=reason)
    if exhibit.kind is EvidenceKind.REDACTED:
        raise Refused("is_a_copy", _("This is a copy already; take the picture that it was made of"))
    case = case_of(exhibit)
    made = take_in(session, vault, blacked_out(picture, boxes), kind=EvidenceKind.REDACTED, by=by)
    copy = attach(session, case, made.sha256, EvidenceKind.REDACTED, by=by)
    told = {"of": f"exhibit:{exhibit.id}", "fields": [str(box) for box in boxes], "sha256": made.sha256}
    record(session, case, "black_out", by=by, details=told)
    return copy
