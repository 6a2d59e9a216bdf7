"""What is wrong with a field is said once, whoever finds it: the form or what the plan asks."""

from __future__ import annotations

import re

from flask import Flask
from sqlalchemy.orm import Session

from tests.harness.databases import on_sqlite
from tests.harness.desk import give_password, sign_in
from tests.harness.people import Cast


@on_sqlite
def test_what_is_missing_or_unreadable_is_said_once(app: Flask, session: Session, cast: Cast) -> None:
    assert cast.coordinator.person
    give_password(session, cast.coordinator.person)
    session.commit()

    answer = sign_in(app, cast.coordinator).post("/desk/campaign/new", data={"allocation_n": "many"})

    said = re.search(r"<div[^>]*mc-errors.*?</div>", answer.text, re.DOTALL)
    assert answer.status_code == 422
    assert said
    named = re.findall(r'href="#(\w+)"', said[0])
    assert {"title", "basis", "allocation_n"} <= set(named)
    assert len(named) == len(set(named))
