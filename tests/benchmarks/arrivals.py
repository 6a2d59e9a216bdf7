"""Intake of a photograph of twelve million pixels, against Pillow's decoding and its thumbnail, in CPU time.

Ours: hashed, known by its bytes, searched for second natures, EXIF, read to its end, thumbnail, perceptual hashes, both
files kept under their sha256, and all rows committed. The readable copy of so large a picture is made after its arrival
(docs/decisions/0079), and is not in it; nor is waiting for the disk, which the floor does not do.
"""

from __future__ import annotations

import io
from time import process_time

from flask import Flask
from PIL import Image

from quality.core.db import db
from quality.evidence.models import CopyKind, EvidenceKind
from quality.evidence.operations import take_in
from quality.evidence.pictures import THUMBNAIL
from quality.evidence.queries import derived_of
from quality.evidence.vault import vault_from
from quality.people.actor import SYSTEM
from quality.people.models import OrganisationKind
from quality.people.operations import add_organisation
from quality.permissions import Role
from tests.benchmarks.measure import Row, in_turn
from tests.harness.people import hire

SIZE = (4000, 3000)
ROUNDS = 25


def rows(database: str, app: Flask) -> list[Row]:
    vault = vault_from(app.config["SETTINGS"].evidence_url)
    session, data, sent = db.session(), photograph(), 0
    house = add_organisation(session, kind=OrganisationKind.AGENCY, code="PX", name="云州市测量局", by=SYSTEM)
    buyer = hire(session, house, Role.BUYER)
    session.commit()

    def ours() -> None:
        nonlocal sent
        sent += 1
        held = take_in(session, vault, numbered(data, sent), kind=EvidenceKind.MARKS, by=buyer)
        session.commit()
        assert derived_of(session, held.sha256, CopyKind.THUMBNAIL)

    def bare() -> None:
        with Image.open(io.BytesIO(data)) as picture:
            picture.load()
            picture.thumbnail(THUMBNAIL)
            picture.save(io.BytesIO(), "JPEG", quality=85)

    seconds, theirs, ratio = in_turn(ours, bare, ROUNDS, by=process_time)
    what = f"intake of a JPEG of {SIZE[0]} × {SIZE[1]}: hashes, EXIF, checks, thumbnail, kept and committed (CPU)"
    return [Row(what, "Pillow: open, decode, thumbnail, save it", database, seconds, theirs, ratio, 1.5)]


def photograph() -> bytes:
    """With as much in it as a camera's, about four megabytes; upright, with EXIF."""
    ground = Image.effect_noise((SIZE[0] // 8, SIZE[1] // 8), 90).resize(SIZE, Image.Resampling.BICUBIC)
    grain = Image.effect_noise(SIZE, 18)
    bands = [Image.blend(ground.point([min(255, v + 20 * n) for v in range(256)]), grain, 0.25) for n in range(3)]
    exif, file = Image.Exif(), io.BytesIO()
    exif[0x010F], exif[0x0110] = "TheMaker", "TheModel"
    exif.get_ifd(0x8769)[0x9003] = "2026:09:01 10:15:30"
    Image.merge("RGB", bands).save(file, "JPEG", quality=90, exif=exif)
    return file.getvalue()


def numbered(jpeg: bytes, number: int) -> bytes:
    """The same picture with a comment: another file."""
    return jpeg[:2] + b"\xff\xfe\x00\x0a" + f"{number:08}".encode() + jpeg[2:]
