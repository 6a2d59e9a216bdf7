"""Templates of notices on their pages, and by API: drafted, read with what changed, confirmed, chosen by a drafter."""

from __future__ import annotations

import copy

import pytest
import sqlalchemy as sa

from quality.documents.models import Document
from quality.notices.operations.templates import confirm_template, in_force, propose_template
from quality.notices.texts import SHIPPED
from quality.pages.views.templates import PRINTS
from quality.web.pace import EXTENSION
from tests.documents.reading import joined, read
from tests.harness.api import program_of, wrong
from tests.harness.databases import on_sqlite
from tests.harness.desk import give_password
from tests.harness.press import real_press

pytestmark = on_sqlite
NAME = "儿童用品"


@pytest.fixture
def cast(concluded):
    return concluded.cast


@pytest.fixture
def people(session, cast, sign_in):
    for actor in (cast.coordinator, cast.reviewer, cast.desk):
        give_password(session, actor.person)
    session.commit()
    return sign_in(cast.coordinator), sign_in(cast.reviewer)


def filled(**changed):
    texts = {f"{language}_{field}": text for language in ("zh", "en") for field, text in SHIPPED[language].items()}
    return {"name": NAME, "kind": "order", "measures": ["delist"], **texts} | changed


def test_a_template_is_drafted_confirmed_and_chosen(people, session, cast):
    coordinator, reviewer = people
    assert SHIPPED["zh"]["reasons"] in coordinator.get("/desk/notice-templates/new").text
    made = coordinator.post("/desk/notice-templates/new", data=filled(zh_reasons="{platform}：检验不合格。"))
    assert made.status_code == 302
    address = made.location
    assert "Waits for confirmation" in reviewer.get("/desk/notice-templates/").text
    assert f'href="{address}">{NAME}</a>' in reviewer.get("/desk/").text
    assert f'href="{address}"' not in coordinator.get("/desk/").text
    page = reviewer.get(address).text
    assert "Confirm this edition" in page
    assert coordinator.post(f"{address}/confirm", data={"version": 1}).status_code == 403
    assert reviewer.post(f"{address}/refuse", data={"version": 1, "note": ""}).status_code == 422
    assert reviewer.post(f"{address}/confirm", data={"version": 1}).status_code == 302
    assert f'href="{address}"' not in reviewer.get("/desk/").text
    page = coordinator.get("/desk/notice/new").text
    assert "{platform}：检验不合格。" in page and NAME in page
    assert "{platform}：检验不合格。" not in coordinator.get("/desk/notice/new?template=").text
    assert coordinator.get("/desk/notice/new?template=none").status_code == 200
    assert coordinator.get("/desk/notice-templates/shipped").status_code == 200
    assert coordinator.get("/desk/notice-templates/shipped/preview?in=en").status_code == 200

    changed = filled(zh_reasons="{platform}：另有依据。")
    second = coordinator.post("/desk/notice-templates/new", data=changed).location
    assert "另有依据" in reviewer.get(second).text
    again = coordinator.get(f"/desk/notice-templates/new?of={NAME}").text
    assert "另有依据" in again and 'name="version" value="1"' in again
    assert reviewer.post(f"{second}/refuse", data={"version": 1, "note": "不妥"}).status_code == 302
    assert reviewer.post(f"{address}/retire", data={"version": 2}).status_code == 302
    session.expire_all()
    assert [each.name for each in in_force(session, cast.coordinator)] == [""]


def test_an_unknown_placeholder_is_named_and_what_was_typed_comes_back(people):
    coordinator, _reviewer = people
    answer = coordinator.post("/desk/notice-templates/new", data=filled(en_reasons="{shop} must act"))
    assert answer.status_code == 422
    assert "{shop}" in answer.text and 'href="#en_reasons"' in answer.text


@pytest.mark.parametrize("of", ["", "untested"])
@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_sample_is_shown_in_both_languages(people, session, cast, of, language):
    says = copy.deepcopy(dict(SHIPPED))
    says["en"]["reasons"], says["en"]["reasons_untested"] = "{agency}: tested.", "{agency}: compared."
    made = propose_template(session, name=NAME, says=says, by=cast.coordinator)
    session.commit()
    page = people[0].get(f"/desk/notice-templates/{made.id}/preview?in={language}&of={of}").text
    reasons = SHIPPED["zh"]["reasons_untested" if of else "reasons"]
    english = f"{cast.agency.name}: {'compared' if of else 'tested'}."
    assert (reasons if language == "zh" else english) in page
    assert people[0].get(f"/desk/notice-templates/{made.id}/preview?in=fr").status_code == 404


@real_press
@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_paper_itself_is_previewed_marked_on_every_page_and_kept_by_nobody(people, session, cast, language):
    before = session.scalar(sa.select(sa.func.count()).select_from(Document))
    answer = people[0].get(f"/desk/notice-templates/shipped/preview.pdf?in={language}&of=untested")
    assert (answer.status_code, answer.mimetype) == (200, "application/pdf")
    paper = read(answer.data)
    mark, issued = (
        ("预览：未签发，不生效", "印发") if language == "zh" else ("Preview:notissued,withouteffect", "Issuedon")
    )
    assert all(mark in page and ("预览" if language == "zh" else "Preview") in page for page in paper.pages)
    assert paper.codes == [] and "/verify/" not in paper.text and issued not in paper.text
    assert joined(cast.agency.name) in paper.text and "磁力片积木" in paper.text
    assert session.scalar(sa.select(sa.func.count()).select_from(Document)) == before
    assert people[0].get("/desk/notice-templates/shipped/preview.pdf?in=fr").status_code == 404


def test_a_paper_is_previewed_at_the_pace_of_a_person(app, people, session, cast):
    app.extensions.pop(EXTENSION, None)
    made = propose_template(session, name=NAME, says=dict(SHIPPED), by=cast.coordinator)
    session.commit()
    address = f"/desk/notice-templates/{made.id}/preview.pdf"
    assert f'href="{address}?in=zh"' in people[0].get(f"/desk/notice-templates/{made.id}").text
    answers = [people[0].get(address).status_code for _press in range(PRINTS + 1)]
    assert answers == [200] * PRINTS + [429]
    app.extensions.pop(EXTENSION, None)


def test_a_platform_reads_none(people, session, cast, sign_in):
    assert sign_in(cast.desk).get("/desk/notice-templates/").status_code == 403


def test_programs_do_the_same(app, session, cast, concluded):
    drafter, approver = program_of(app, session, cast.coordinator), program_of(app, session, cast.reviewer)
    body = {"name": NAME, "kind": "order", "measures": ["delist"], "zh": SHIPPED["zh"], "en": SHIPPED["en"]}
    bad = body | {"zh": SHIPPED["zh"] | {"reasons": "{shop}"}}
    assert wrong(drafter.post("/notice-templates", bad)) == {"zh_reasons": "unknown_placeholder"}
    made = drafter.post("/notice-templates", body).get_json()
    assert (made["edition"], made["is_offered"]) == (1, False)
    address = f"/notice-templates/{made['id']}"
    assert drafter.post(f"{address}/confirm", {"version": 1}).status_code == 403
    assert approver.post(f"{address}/confirm", {"version": 1}).get_json()["is_offered"]
    second = drafter.post("/notice-templates", body | {"kind": "notice"}).get_json()
    again = {"version": second["version"], "note": "不妥"}
    assert drafter.post(f"/notice-templates/{second['id']}/refuse", again).get_json()["refused_at"]
    assert len(drafter.get("/notice-templates").get_json()["items"]) == 2

    asked = {"kind": "order", "findings": [concluded.bad[0].number], "template": NAME}
    [drafted] = drafter.post("/notices", asked).get_json()["items"]
    told = drafter.get(f"/notices/{drafted['number']}").get_json()
    assert told["reasons"] == SHIPPED["zh"]["reasons"]
    nothing = {"kind": "order", "findings": [concluded.bad[1].number]}
    assert wrong(drafter.post("/notices", nothing)) == {"legal_basis": "missing", "reasons": "missing"}
    assert wrong(drafter.post("/notices", nothing | {"template": "x"})) == {"template": "unknown"}
    assert approver.post(f"{address}/retire", {"version": 2}).get_json()["retired_at"]


def test_the_page_of_a_finding_begins_with_the_first_template_too(people, session, cast, concluded):
    says = copy.deepcopy(dict(SHIPPED))
    says["zh"]["reasons"], says["en"]["reasons"] = "本机关的理由。", "Our reasons."
    confirm_template(session, propose_template(session, name=NAME, says=says, by=cast.coordinator), by=cast.reviewer)
    session.commit()
    assert "本机关的理由。" in people[0].get(f"/desk/finding/{concluded.bad[0].number}/draft_notice").text
