"""Suspected goods on their pages: the analyst stops, the coordinator finds it on the worklist and decides."""

from __future__ import annotations

import io
from typing import Any

from flask import Flask
from sqlalchemy.orm import Session

from quality.pages.worklist import worklist
from quality.purchases.models import PortionStatus, SampleStatus
from tests.evidence.files import photograph
from tests.harness.databases import on_sqlite
from tests.harness.desk import give_password, sign_in
from tests.harness.lab import portion_to_test, sample_at_lab
from tests.harness.people import Cast

REASON, ANSWER = "证书编号属于另一企业", "权利人确认系假冒，移送处理"


def waiting(session: Session, cast: Cast) -> list[str]:
    session.expire_all()
    groups = worklist(session, cast.coordinator, "sample").groups
    return [str(line.to_do) for _group, lines in groups for line in lines]


@on_sqlite
def test_the_analyst_stops_and_the_coordinator_hands_the_goods_on(app: Flask, session: Session, cast: Cast) -> None:
    for actor in (cast.analyst, cast.signatory, cast.coordinator):
        assert actor.person
        give_password(session, actor.person)
    sample = sample_at_lab(session, cast)
    portion = portion_to_test(sample)
    session.commit()
    there, case = f"/desk/portion/{portion.blind_no}", f"/desk/sample/{sample.number}"
    analyst, coordinator = sign_in(app, cast.analyst), sign_in(app, cast.coordinator)
    assert "end_untested" in coordinator.get(case).text, "it is shown, and says why not now"
    assert waiting(session, cast) == []

    said: dict[str, Any] = {"version": portion.version, "kind": "counterfeit", "reason": REASON}
    said["files"] = (io.BytesIO(photograph()), "marks.jpg")
    assert analyst.post(f"{there}/stop", data=said).status_code == 302

    session.expire_all()
    assert portion.status == PortionStatus.STOPPED
    assert len(waiting(session, cast)) == 1
    assert analyst.get(f"{there}/report").status_code == 409
    page = coordinator.get(case).text
    assert REASON in page
    assert "the laboratory suspects" in page, "its picture is among the evidence"
    empty = coordinator.post(f"{case}/end_untested", data={"version": sample.version, "kind": "counterfeit"})
    assert (empty.status_code, "mc-errors" in empty.text) == (422, True)
    away = {"version": sample.version, "kind": "counterfeit", "authority": "云州市知识产权局", "reason": ANSWER}
    away["no_photo"] = "由执法人员当场取走"
    assert coordinator.post(f"{case}/end_untested", data=away).status_code == 302

    session.expire_all()
    assert (sample.status, portion.status) == (SampleStatus.TRANSFERRED_UNTESTED, PortionStatus.HANDED_ON)
    assert waiting(session, cast) == []
    assert ANSWER in sign_in(app, cast.signatory).get(there).text
