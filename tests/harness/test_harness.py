"""The harness itself can fail: what the strict client and the watch over templates are there to find, they find."""

from __future__ import annotations

import html5lib
import pytest
import sqlalchemy as sa
from flask import Flask, after_this_request
from sqlalchemy.orm import Session

from quality.core.db import db
from quality.people.access import public
from tests.harness.reading import shape_of
from tests.harness.templates import never_shown

pytestmark = pytest.mark.own_app
WRITE = sa.text("INSERT INTO numbered VALUES ('YZ', 'S', 2026, 1)")
PLAIN = {"Content-Type": "text/plain"}


@pytest.fixture
def rooms(sqlite_app: Flask) -> Flask:
    """Views as no room may write them."""

    @sqlite_app.route("/write", methods=["GET", "POST"])
    @public
    def write():
        db.session.execute(WRITE)
        return "", PLAIN

    @sqlite_app.get("/keep")
    @public
    def keep():
        db.session.execute(WRITE)
        db.session.commit()
        return "", PLAIN

    @sqlite_app.post("/forget")
    @public
    def forget():
        @after_this_request
        def too_late(response):
            db.session.execute(WRITE)
            return response

        return "", PLAIN

    @sqlite_app.get("/malformed")
    @public
    def malformed():
        return "<!doctype html><title>x</title><p><b>never closed</p>"

    return sqlite_app


def test_a_get_that_writes_is_found(rooms):
    with pytest.raises(AssertionError, match=r"GET /write leaves changes unsaved: \{'numbered'\}"):
        rooms.test_client().get("/write")  # whatever a page for everybody wrote is undone
    with pytest.raises(AssertionError, match=r"GET /keep writes to \{'numbered'\}"):
        rooms.test_client().get("/keep")


def test_a_change_left_unsaved_is_found(rooms):
    with pytest.raises(AssertionError, match=r"POST /forget leaves changes unsaved: \{'numbered'\}"):
        rooms.test_client().post("/forget")


def test_a_malformed_page_is_found(rooms):
    for _again in range(2):
        with pytest.raises(html5lib.html5parser.ParseError):
            rooms.test_client().get("/malformed")


def test_a_request_has_a_session_of_its_own(rooms):
    rooms.test_client().post("/write")

    assert db.session.execute(sa.text("SELECT n FROM numbered")).scalars().all() == [1]


def test_each_test_has_an_empty_database_of_its_own(session: Session):
    assert session.execute(sa.text("SELECT count(*) FROM numbered")).scalar() == 0
    session.execute(WRITE)
    session.commit()


test_and_so_has_the_next = test_each_test_has_an_empty_database_of_its_own


def test_a_template_that_nobody_shows_is_named(tmp_path):
    (tmp_path / "notices").mkdir()
    (tmp_path / "notices" / "show.html").touch()
    (tmp_path / "base.html").touch()

    assert never_shown({"base.html", "elsewhere.html"}, tmp_path) == ["notices/show.html"]


SOUND = '<p id="a">磁力棒 <a href="#a">1</a></p><label for="b">x</label><input id="b" title="y">'


@pytest.mark.parametrize(
    ("changed", "is_alike"),
    [
        (SOUND.replace("磁力棒", "铅"), True),
        (SOUND.replace('title="y"', 'title="z"'), True),
        (SOUND.replace('"b"', '"c"'), True),  # both who refers and what is referred to
        (SOUND.replace('for="b"', 'for="c"'), False),
        (SOUND.replace("#a", "#b"), False),
        (SOUND.replace("</p>", ""), False),
        (SOUND.replace("磁力棒", "&nosuch;"), False),
        (SOUND.replace("磁力棒", "\x01"), False),
        (SOUND.replace('title="y"', 'title="&x"'), False),
        (SOUND.replace('id="a"', 'id="b"'), False),
        (SOUND.replace("磁力棒 ", ""), False),
    ],
)
def test_pages_of_one_shape_differ_in_nothing_that_may_be_wrong(changed, is_alike):
    assert (shape_of(changed) == shape_of(SOUND)) == is_alike
