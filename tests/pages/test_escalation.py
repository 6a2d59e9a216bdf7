"""A platform that is late stands on the coordinator's worklist, on the reviewer's from the second step on."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa

from quality.clocks.jobs import climb_the_ladder
from quality.clocks.models import Clock
from quality.notices.models import NoticeStatus
from tests.harness.databases import on_sqlite
from tests.harness.desk import give_password
from tests.harness.notices import notice_at, run

pytestmark = on_sqlite


def test_who_is_late_is_said_and_the_steps_stand_on_the_dossier(session, cast, sent, clock, sign_in):
    notice = notice_at(session, cast, NoticeStatus.SERVED)
    desk = cast.desk if notice.platform_id == cast.platform.id else cast.other_desk
    for actor in (cast.coordinator, cast.reviewer, desk):
        give_password(session, actor.person)
    session.commit()
    here, late = f"/desk/notice/{notice.number}", f"{notice.platform.name} is late with notices (1)"
    coordinator, reviewer, platform = (sign_in(actor) for actor in (cast.coordinator, cast.reviewer, desk))
    assert late not in coordinator.get("/desk/").text and "Escalation" not in coordinator.get(here).text

    due = session.scalars(sa.select(Clock.due_at).filter_by(subject_id=notice.id, rule="remove_by_order")).one()
    clock.moment = due + timedelta(hours=1)
    run(session, climb_the_ladder)
    told = coordinator.get("/desk/").text
    assert late in told and here in told
    clock.moment = due + timedelta(days=12)
    run(session, climb_the_ladder)
    assert late in (told := reviewer.get("/desk/").text) and "name the platform in public" in told
    page = coordinator.get(here).text
    assert "Escalation" in page and "this installation" in page
    [item] = notice.items
    lead = f"/desk/finding/{item.finding.number}/propose_result?late={notice.number}"
    assert lead in page and lead not in platform.get(here).text
    form = coordinator.get(lead).text
    assert f"{notice.platform.name}于2026年" in form and "1个商品链接中有1个" in form
    assert notice.number not in coordinator.get(lead.partition("?")[0]).text.partition("<form")[2]
    assert coordinator.get(f"{lead}X").status_code == 404
    begun = session.scalars(sa.select(Clock.id).filter_by(subject_id=notice.id, rule="remove_by_order")).one()
    sent_with = {"clock": str(begun), "step": "4", "note": ""}
    page = coordinator.get(f"{here}/deadlines").text
    assert "can no longer be paused or extended" in page and "What is to be done" not in page
    wrong = coordinator.post(f"{here}/deadlines/step", data=sent_with)
    assert wrong.status_code == 422 and "Write down what was done" in wrong.text
    assert coordinator.post(f"{here}/deadlines/step", data=sent_with | {"step": "0"}).status_code == 422
    said = sent_with | {"note": "已函告平台，暂不通报"}
    assert coordinator.post(f"{here}/deadlines/step", data=said).status_code == 302
    assert said["note"] in coordinator.get(here).text and said["note"] not in platform.get(here).text
    assert "A reviewer was told" in coordinator.get("/desk/").text  # of the acknowledgement, which is late as well
    assert "Escalation" not in platform.get(here).text and late not in platform.get("/desk/").text
