"""Nobody in particular sends little; who is signed in may send a file."""

from __future__ import annotations

import io

from flask import Flask
from sqlalchemy.orm import Session

from quality.web.bounds import SMALL, WITH_FILES
from tests.harness.databases import on_sqlite
from tests.harness.desk import give_password, sign_in
from tests.harness.people import Cast

pytestmark = on_sqlite


def test_a_stranger_sends_no_more_than_a_form(app: Flask, session: Session, cast: Cast) -> None:
    large = {"email": "x" * 10, "more": (io.BytesIO(bytes(SMALL)), "a")}
    for address in ("/account/sign-in", "/desk/task/T-1/evidence", "/results"):
        told = {"environ_overrides": {"CONTENT_LENGTH": str(SMALL + 1)}}
        assert app.test_client().post(address, data=dict(large, more="y"), **told).status_code in {405, 413}


def test_who_is_signed_in_sends_a_file_up_to_the_largest(app: Flask, session: Session, cast: Cast) -> None:
    assert cast.coordinator.person
    give_password(session, cast.coordinator.person)
    session.commit()
    client = sign_in(app, cast.coordinator)
    for size in (SMALL * 2, WITH_FILES + 1):
        told = {"environ_overrides": {"CONTENT_LENGTH": str(size)}}
        status = client.post("/desk/task/T-1/evidence", data={"kind": "other"}, **told).status_code
        assert (status == 413) == (size > WITH_FILES)
