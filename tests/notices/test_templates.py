"""An agency's templates: one person drafts an edition, another confirms it, and who drafts a notice begins with it."""

from __future__ import annotations

import copy
import json

import pytest
import sqlalchemy as sa

from quality.core.errors import Invalid, NotFound, NotPermitted, Refused, Stale
from quality.documents.models import Language
from quality.documents.press import Press, paper_of
from quality.documents.queries import documents_of
from quality.notices.models import ItemKind
from quality.notices.operations import draft_notices, revise
from quality.notices.operations.templates import (
    SHIPPED_ONE,
    chosen,
    confirm_template,
    in_force,
    one_template,
    propose_template,
    refuse_template,
    retire_template,
)
from quality.notices.texts import SHIPPED, NoticeTemplate
from tests.harness.databases import on_sqlite
from tests.harness.likeness import alike_to
from tests.harness.notices import TEXTS, issued
from tests.harness.purchases import settings

NAME = "儿童用品"


def texts(**changed):
    made = copy.deepcopy(dict(SHIPPED))
    for place, text in changed.items():
        language, _, field = place.partition("_")
        made[language][field] = text
    return made


@pytest.fixture
def template(session, cast):
    made = propose_template(
        session, name=NAME, says=texts(zh_answer_to="电话", en_answer_to="Call"), by=cast.coordinator
    )
    confirm_template(session, made, by=cast.reviewer)
    return made


def from_template(template):
    zh = template.says["zh"]
    return {name: zh[name] for name in ("legal_basis", "reasons", "answer_to", "how_to_object", "reasons_untested")}


def test_an_edition_is_offered_once_another_person_confirmed_it(session, cast):
    assert in_force(session, cast.coordinator) == [SHIPPED_ONE]
    made = propose_template(session, name=NAME, says=texts(), by=cast.coordinator)
    assert in_force(session, cast.coordinator) == [SHIPPED_ONE]
    with pytest.raises(NotPermitted):
        confirm_template(session, made, by=cast.coordinator)
    confirm_template(session, made, by=cast.reviewer)
    assert [(each.name, each.edition) for each in in_force(session, cast.coordinator)] == [(NAME, 1), ("", 0)]
    assert in_force(session, cast.desk) == [SHIPPED_ONE]


def test_the_database_holds_the_four_eyes(session, cast):
    made = propose_template(session, name=NAME, says=texts(), by=cast.coordinator)
    with pytest.raises(sa.exc.IntegrityError, match="four_eyes"):
        session.execute(
            sa.update(NoticeTemplate)
            .where(NoticeTemplate.id == made.id)
            .values(confirmed_by_id=cast.coordinator.id, confirmed_at=made.drafted_at)
        )
    session.rollback()


@on_sqlite
def test_an_edit_is_the_next_edition_and_the_one_before_is_offered_meanwhile(session, cast, template):
    with pytest.raises(Invalid) as no:
        propose_template(session, name=NAME, says=template.says, by=cast.coordinator)
    assert [each.code for each in no.value.problems] == ["nothing_changed"]
    second = propose_template(session, name=NAME, says=texts(zh_reasons="另有依据"), by=cast.coordinator)
    assert (second.edition, chosen(session, cast.coordinator, NAME).edition) == (2, 1)
    with pytest.raises(Stale):
        propose_template(session, name=NAME, says=texts(zh_reasons="再改"), by=cast.coordinator)
    again = propose_template(
        session, name=NAME, says=texts(zh_reasons="再改"), by=cast.coordinator, version=second.version
    )
    assert again is second
    confirm_template(session, second, by=cast.reviewer)
    assert chosen(session, cast.coordinator, NAME).edition == 2
    with pytest.raises(Refused, match="decided_already"):
        confirm_template(session, second, by=cast.reviewer)


@on_sqlite
def test_what_is_put_away_or_retired_is_not_offered(session, cast, template):
    second = propose_template(session, name=NAME, says=texts(zh_reasons="另有依据"), by=cast.coordinator)
    refuse_template(session, second, "不妥", by=cast.reviewer)
    assert chosen(session, cast.coordinator, NAME).edition == 1
    third = propose_template(session, name=NAME, says=texts(zh_reasons="另有依据"), by=cast.coordinator)
    confirm_template(session, third, by=cast.reviewer)
    retire_template(session, third, by=cast.reviewer)
    assert in_force(session, cast.coordinator) == [SHIPPED_ONE]
    with pytest.raises(Invalid):
        chosen(session, cast.coordinator, NAME)
    with pytest.raises(Refused, match="not_in_force"):
        retire_template(session, third, by=cast.reviewer)
    with pytest.raises(NotFound):
        one_template(session, cast.desk, template.id)


@on_sqlite
def test_a_notice_is_drafted_from_it_and_its_english_copy_is_english(session, cast, template, concluded):
    offered = chosen(session, cast.coordinator, NAME)
    [notice] = draft_notices(
        session, concluded.bad[:1], by=cast.coordinator, kind="order", template=offered, **from_template(template)
    )
    assert notice.template_id == template.id
    issued(session, cast, notice)
    said = json.loads(notice.sealed)["english"]
    assert said["reasons"] == SHIPPED["en"]["reasons"] and said["answer_to"] == "Call"
    copy_of = next(each for each in documents_of(session, [("notice", notice.id)]) if each.language == Language.EN)
    html = Press.of(settings()).html(paper_of(copy_of))
    assert SHIPPED["en"]["legal_basis"].rstrip(".").replace("'", "&#39;") in html
    assert SHIPPED["zh"]["reasons"] not in html


@on_sqlite
def test_what_its_drafter_changed_is_in_no_english(session, cast, template, concluded):
    offered = chosen(session, cast.coordinator, NAME)
    [notice] = draft_notices(
        session, concluded.bad[:1], by=cast.coordinator, kind="order", template=offered, **from_template(template)
    )
    said = from_template(template) | {"reasons": "另有依据", "kind": "order", "measures": ["delist"]}
    said.pop("reasons_untested")
    revise(session, notice, by=cast.coordinator, **said)
    issued(session, cast, notice)
    assert "reasons" not in json.loads(notice.sealed)["english"]


@on_sqlite
def test_a_notice_of_untested_listings_gives_reasons_that_are_true_of_them(session, cast, concluded):
    from quality.likeness.models import Decision
    from quality.notices.operations import Choice, decide

    finding = concluded.bad[0]
    found = list(alike_to(session, cast, finding).values())
    other = [each for each in found if each.platform_id != finding.sample.purchase.drawn.platform_id]
    decide(session, [Choice(each, each.version) for each in other], Decision.CONFIRMED, by=cast.coordinator)
    texts = TEXTS | {"reasons": "{platform}在售商品经检验不合格", "reasons_untested": "{platform}在售商品与之相同"}
    made = draft_notices(session, [finding], by=cast.coordinator, alike=other, **texts)
    said = {tuple({item.kind for item in notice.items}): notice.reasons for notice in made}
    assert len(made) == 2
    for kinds, reasons in said.items():
        assert reasons.endswith("在售商品经检验不合格" if ItemKind.TESTED in kinds else "在售商品与之相同")
        assert "{" not in reasons
