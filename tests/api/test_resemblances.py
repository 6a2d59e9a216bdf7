"""A program of the agency reads what a picture resembles, and which pictures of its agency look alike."""

from __future__ import annotations

from sqlalchemy.orm import Session

from quality.evidence.models import EvidenceKind
from quality.purchases.models import TaskStatus
from tests.api.conftest import Keyed
from tests.harness.databases import on_sqlite
from tests.harness.looks import compared, shown
from tests.harness.people import Cast
from tests.harness.purchases import task_at

pytestmark = on_sqlite
K = EvidenceKind


def test_an_agency_reads_what_resembles_what(session: Session, cast: Cast, keyed: Keyed) -> None:
    one, other = (task_at(session, cast, TaskStatus.SHIPPED) for _task in range(2))
    near = shown(session, one, K.PARCEL, cast, 1)
    shown(session, other, K.PARCEL, cast, 1, quality=40)
    shown(session, one, K.OPENING, cast, 2)
    shown(session, other, K.OPENING, cast, 2)  # the very file
    shown(session, one, K.MARKS, cast, 3)
    compared(session)

    program = keyed(cast.coordinator)
    told = {each["kind"]: each for each in program.get(f"/tasks/{one.number}/evidence").get_json()["items"]}
    [look], [same] = told["parcel"]["resembles"], told["opening"]["resembles"]
    assert (look["number"], look["collection"], look["same_file"]) == (other.number, "task", False)
    assert (same["number"], same["distance"], same["same_file"]) == (other.number, 0, True)
    assert told["marks"]["resembles"] == []

    alike = program.get(f"/evidence/{near.holding.sha256}/resembling").get_json()["items"]
    assert [(each["kind"], each["sha256"], each["distance"]) for each in alike] == [
        ("parcel", look["sha256"], look["distance"])
    ]
    assert program.get(f"/evidence/{'0' * 64}/resembling").status_code == 404
    assert keyed(cast.desk).get(f"/evidence/{near.holding.sha256}/resembling").status_code == 404
