"""Templates of notices: their editions, and who confirms them."""

from __future__ import annotations

from typing import Any

from flask.typing import ResponseReturnValue
from pydantic import Field

from quality.api.door import door, takes, told
from quality.api.idempotency import once
from quality.api.reading import sent
from quality.api.shapes import JustAMove, Line, Moment, Page, Paragraph, Sent, Told, Version, WithAReason
from quality.core.db import db
from quality.notices.models import Measure, NoticeKind
from quality.notices.operations.templates import (
    confirm_template,
    in_force,
    one_template,
    propose_template,
    refuse_template,
    retire_template,
    templates_of,
)
from quality.notices.texts import NoticeTemplate
from quality.people.access import me, needs, require_for
from quality.permissions import Can

templates = door("templates", tag="notice-templates", about="What notices say before anybody fits it to a case")
DOORS = [templates]


class TextsTold(Told):
    legal_basis: str
    reasons: str
    reasons_untested: str = Field(description="Of a notice that names no tested listing")
    answer_to: str
    how_to_object: str


class TemplateTold(Told):
    """One edition. It is offered to who drafts while it is the newest that is confirmed, and not retired."""

    id: int
    name: str
    edition: int
    version: int
    kind: str
    measures: list[str]
    zh: TextsTold
    en: TextsTold
    is_offered: bool
    drafted_by: str
    drafted_at: Moment
    confirmed_by: str | None
    confirmed_at: Moment | None
    refused_at: Moment | None
    retired_at: Moment | None


class TextsSent(Sent):
    """`{agency}` and `{platform}` are filled in; any other placeholder is 422."""

    legal_basis: Paragraph
    reasons: Paragraph
    reasons_untested: Paragraph
    answer_to: Paragraph = ""
    how_to_object: Paragraph = ""


class TemplateSent(Sent):
    name: Line = Field(description="One that is there already: this is its next edition")
    kind: NoticeKind
    measures: list[Measure] = Field(max_length=len(Measure))
    zh: TextsSent
    en: TextsSent = Field(description="For the courtesy copy; needed where the Chinese text is not empty")
    version: Version | None = Field(None, description="Of the edition that waits, to draft it anew")


def template_told(one: NoticeTemplate, offered: set[int | None]) -> TemplateTold:
    kept = ("id", "name", "edition", "version", "drafted_at", "confirmed_at", "refused_at", "retired_at")
    said: dict[str, Any] = {name: getattr(one, name) for name in kept}
    return TemplateTold(
        **said,
        kind=one.says["kind"],
        measures=list(one.says["measures"]),
        zh=TextsTold(**one.says["zh"]),
        en=TextsTold(**one.says["en"]),
        is_offered=one.id in offered,
        drafted_by=one.drafted_by.name,
        confirmed_by=one.confirmed_by.name if one.confirmed_by else None,
    )


def as_it_is_now(one: NoticeTemplate, status: int = 200) -> ResponseReturnValue:
    offered = {each.id for each in in_force(db.session(), me)}
    return told(template_told(one, offered), status)


@templates.get("/notice-templates", summary="Every edition, by name", responses={200: Page[TemplateTold]})
@needs(Can.ITEM_VERIFY)
@takes()
def list_templates() -> ResponseReturnValue:
    session = db.session()
    offered = {each.id for each in in_force(session, me)}
    found = [template_told(each, offered) for each in templates_of(session, me)]
    return told(Page[TemplateTold](items=found, next=None))


@templates.post("/notice-templates", summary="Draft an edition", responses={201: TemplateTold})
@once
@needs(Can.NOTICE_DRAFT)
@takes(body=TemplateSent)
def draft_template() -> ResponseReturnValue:
    """Another person confirms it; until then the edition before it is offered."""
    given = sent(TemplateSent).model_dump()
    name, version = given.pop("name"), given.pop("version")
    return as_it_is_now(propose_template(db.session(), name=name, says=given, by=me, version=version), 201)


@templates.post("/notice-templates/<int:template>/confirm", summary="Confirm it", responses={200: TemplateTold})
@once
@needs(Can.NOTICE_APPROVE, once_found=True)
@takes(body=JustAMove)
def confirm_one(template: int) -> ResponseReturnValue:
    one = one_template(db.session(), me, template)
    require_for(one)
    confirm_template(db.session(), one, by=me, version=sent(JustAMove).version)
    return as_it_is_now(one)


@templates.post("/notice-templates/<int:template>/refuse", summary="Put it away", responses={200: TemplateTold})
@once
@needs(Can.ITEM_VERIFY, once_found=True)
@takes(body=WithAReason)
def refuse_one(template: int) -> ResponseReturnValue:
    one = one_template(db.session(), me, template)
    require_for(one)
    given = sent(WithAReason)
    refuse_template(db.session(), one, given.note, by=me, version=given.version)
    return as_it_is_now(one)


@templates.post("/notice-templates/<int:template>/retire", summary="Offer it no more", responses={200: TemplateTold})
@once
@needs(Can.NOTICE_APPROVE, once_found=True)
@takes(body=JustAMove)
def retire_one(template: int) -> ResponseReturnValue:
    one = one_template(db.session(), me, template)
    require_for(one)
    retire_template(db.session(), one, by=me, version=sent(JustAMove).version)
    return as_it_is_now(one)
