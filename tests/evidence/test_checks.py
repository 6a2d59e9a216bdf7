"""A file is one thing only, and the one it seems."""

from __future__ import annotations

import io
import zipfile
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quality.evidence.checks import CHECKS, DOUBTS, doubt_about, media_type_of
from quality.evidence.kinds import EVERYTHING, MAY_BE, SAYS, require_fitting
from quality.evidence.models import EvidenceKind
from tests.evidence.files import FILES, iso_media, photograph
from tests.harness.problems import invalid

PDF = b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog >>\nendobj\ntrailer << /Root 1 0 R >>\n%%EOF\n"


def archive(name: str = "A.class") -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr(name, "something else")
    return file.getvalue()


def packed_object(says: bytes, *, many: int = 1) -> bytes:
    packed = zlib.compress(says * many)
    return b"2 0 obj\n<< /Type /ObjStm /Filter /FlateDecode /Length %d >>\nstream\r\n%s\nendstream\n" % (
        len(packed),
        packed,
    )


def doubts(data: bytes) -> str | None:
    file = io.BytesIO(data)
    found = doubt_about(file, media_type_of(file))
    return found and found.code


@pytest.mark.parametrize("media_type", FILES)
def test_a_file_that_is_one_thing_is_not_doubted(media_type: str) -> None:
    assert media_type_of(io.BytesIO(FILES[media_type])) == media_type
    assert doubts(FILES[media_type]) is None


@pytest.mark.parametrize(
    "two",
    [
        PDF + archive(),
        photograph() + archive(),
        photograph(kind="PNG") + archive("META-INF/MANIFEST.MF"),  # GIFAR's kin
        FILES["video/mp4"] + archive(),
        FILES["image/heic"] + archive(),
        photograph() + b"<html><script>alert(1)</script>",
        photograph().replace(b"Camera", b"<?php "),
        photograph(kind="PNG") + b"\x7fELF\x02\x01\x01" + bytes(60),
        b"%PDF-1.4\n<HTML><body>" + PDF,
        PDF + b"<!doctype html><p>",
        b"/* \n" + PDF + b"*/ alert(1)",  # a script, until a reader of PDF opens it
        "说明\n".encode() + PDF,
    ],
)  # fmt: skip
def test_a_file_that_is_two_things_is_condemned(two: bytes) -> None:
    assert doubts(two) == "two_in_one"


@pytest.mark.parametrize(
    "behind", [b"", b"\n", bytes(2_000), b"SEFHe\x00\x00\x00SEFT", photograph(), FILES["video/mp4"]]
)
def test_what_telephones_write_behind_a_picture_is_no_second_thing(behind: bytes) -> None:
    assert doubts(photograph() + behind) is None


@pytest.mark.parametrize(
    "runs",
    [
        PDF + b"<< /S /JavaScript /JS (app.alert(1)) >>",
        PDF + b"<< /S /J#61vaScript >>",
        PDF + b"<< /S /Launch >>",
        PDF + bytes(3_000_000) + b"/JavaScript ",
        PDF + packed_object(b"<< /S /JavaScript >>"),
        PDF + bytes(1_048_570) + packed_object(bytes(500_000) + b"<< /S /JavaScript >>"),
    ],
)
def test_a_paper_that_runs_something_is_condemned(runs: bytes) -> None:
    assert doubts(runs) == "runs_something"


def test_a_paper_that_unpacks_to_anything_is_not_unpacked_to_its_end() -> None:
    assert doubts(PDF + packed_object(bytes(1_000_000), many=100)) == "bomb"


@pytest.mark.parametrize(
    "calm", [PDF, PDF + packed_object(b"<< /Type /Page >>"), PDF + b"/JavaScripted /ObjStm stream"]
)
def test_a_paper_that_lies_still_is_not_doubted(calm: bytes) -> None:
    assert doubts(calm) is None


@pytest.mark.parametrize(
    "drawing",
    [
        b"<svg xmlns='http://www.w3.org/2000/svg'></svg>",
        b'\xef\xbb\xbf<?xml version="1.0"?>\n<!-- drawn -->\n<SVG >',
        b'<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "svg11.dtd">\n<svg>',
    ],
)
def test_a_drawing_is_not_taken(drawing: bytes) -> None:
    with invalid(("file", "unknown_media_type")):
        media_type_of(io.BytesIO(drawing))


def test_a_workbook_is_none_of_what_is_taken_whatever_its_name() -> None:
    with invalid(("file", "unknown_media_type")):
        media_type_of(io.BytesIO(archive("xl/workbook.xml")))


def test_a_text_is_text_to_its_end() -> None:
    long = ("磁" * 200_000).encode()
    for text in (long, ("磁" * 200_000).encode("gb18030")):
        assert media_type_of(io.BytesIO(text)) == "text/plain"
    with invalid(("file", "unknown_media_type")):
        media_type_of(io.BytesIO(long + b"\x00\x01\x02"))


def test_a_film_that_was_cut_short_is_said_to_be() -> None:
    whole = iso_media(b"isom") + (10_000).to_bytes(4, "big") + b"mdat" + bytes(9_992)
    assert media_type_of(io.BytesIO(whole)) == "video/mp4"
    with invalid(("file", "damaged")):
        media_type_of(io.BytesIO(whole[:-1]))


def test_each_kind_of_evidence_says_what_it_may_be() -> None:
    assert MAY_BE.keys() == set(EvidenceKind)
    assert set(MAY_BE.values()) - {EVERYTHING} <= SAYS.keys()
    for kind, may_be in MAY_BE.items():
        for media_type in FILES:
            if media_type in may_be:
                require_fitting(kind, media_type)
            else:
                with invalid(("file", "wrong_media_type")):
                    require_fitting(kind, media_type)


@given(st.binary(max_size=3_000), st.sampled_from(sorted(FILES)))
def test_no_bytes_stop_a_check(behind: bytes, media_type: str) -> None:
    file = io.BytesIO(FILES[media_type] + behind)
    assert all((doubt := check(file, media_type)) is None or doubt.code in DOUBTS for check in CHECKS)
