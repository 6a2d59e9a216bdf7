"""A number that no row of PostgreSQL can have is of no page, like any other that is nobody's."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from tests.harness.desk import give_password, sign_in
from tests.harness.people import Cast


@pytest.mark.parametrize("beyond", [2**31, 10**20])
def test_a_number_beyond_any_row_is_not_there(app: Flask, session: Session, cast: Cast, beyond: int) -> None:
    assert cast.coordinator.person
    give_password(session, cast.coordinator.person)
    session.commit()
    client = sign_in(app, cast.coordinator)
    for address in ("/desk/frames/{}", "/desk/covers/{}", "/desk/buyers/{}"):
        assert client.get(address.format(beyond)).status_code == 404
