"""Pictures as cameras take them, drawn: large patches with a gradient and some noise, no two numbers alike."""

from __future__ import annotations

import io
import random

from PIL import Image, ImageDraw, ImageFilter
from sqlalchemy.orm import Session, sessionmaker

from quality.core import clock
from quality.core.db import db
from quality.evidence.models import EvidenceKind, Exhibit
from quality.evidence.operations import attach, take_in
from quality.evidence.resembling import compare_new_pictures
from quality.purchases.models import Task
from tests.harness.people import Cast
from tests.harness.purchases import vault


def parcel(number: int, width: int = 400, height: int = 300) -> Image.Image:
    chance = random.Random(f"parcel {number}")
    picture = Image.new("RGB", (width, height), some_colour(chance))
    draw = ImageDraw.Draw(picture)
    for _patch in range(14):
        left, top = chance.randrange(-40, width - 40), chance.randrange(-40, height - 40)
        box = (left, top, left + chance.randrange(40, width // 2), top + chance.randrange(40, height // 2))
        (draw.rectangle if chance.random() < 0.6 else draw.ellipse)(box, fill=some_colour(chance))
    return picture.filter(ImageFilter.GaussianBlur(2))


def some_colour(chance: random.Random) -> tuple[int, int, int]:
    return chance.randrange(256), chance.randrange(256), chance.randrange(256)


def as_jpeg(picture: Image.Image, quality: int = 85) -> bytes:
    out = io.BytesIO()
    picture.convert("RGB").save(out, "JPEG", quality=quality)
    return out.getvalue()


def shown(session: Session, task: Task, kind: EvidenceKind, cast: Cast, number: int, *, quality: int = 85) -> Exhibit:
    """Such a picture, sent by the buyer as proof."""
    sent = take_in(session, vault(), as_jpeg(parcel(number), quality), kind=kind, by=cast.buyer)
    return attach(session, task, sent.sha256, kind, by=cast.buyer)


def compared(session: Session) -> None:
    session.commit()
    compare_new_pictures(sessionmaker(db.engine), clock.now())
