"""Forms by which both sides of a notice talk, each open to who may."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy.orm import Session

from quality.notices.models import NoticeStatus
from quality.notices.operations import ask, object_to
from quality.people.actor import Actor
from tests.evidence.files import little_picture
from tests.harness.notices import desk_of, notice_at
from tests.harness.people import Cast

Row = tuple[str, Actor, str, dict[str, Any], str]


def of_talk(session: Session, cast: Cast) -> Iterator[Row]:
    """Asked, objected, answered and decided."""
    notice = notice_at(session, cast, NoticeStatus.SERVED)
    desk, here = desk_of(cast, notice), f"/desk/notice/{notice.number}/messages"
    asked = ask(session, notice, "哪个批次？", by=cast.coordinator)
    heard = object_to(session, notice, "并非该产品", notice.items[0], by=desk)

    def row(name: str, actor: Actor, kind: str, to: int | None, **fits: Any) -> Row:
        root = {"to": str(to)} if to else {}
        page = f"{here}?say={kind}" + (f"&to={to}" if to else "")
        return name, actor, here, {"say": kind, **root, **fits}, page

    yield row("talk_question", cast.coordinator, "question", None, about=str(notice.items[0].id), text="库存多少？")
    proof = ("objection.png", little_picture(7))
    yield row("talk_objection", desk, "objection", None, about="whole", text="不服", evidence=proof)
    yield row("talk_answer", desk, "answer", asked.id, text="三月批次")
    yield row(
        "talk_decision", cast.reviewer, "decision", heard.id, ruling="upheld", why="not_this_product", text="属实"
    )
