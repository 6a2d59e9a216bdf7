"""What a telephone may keep of the desk to work without network: pages that are made for it, and say so.

They hold no name of who works, no token, no picture and nothing that leads to a buyer: those stand on pages that are
made for nobody to keep. A telephone keeps a page only if the server marked it (`SAYS`), and asks for it again when
`as_of` in the list of them is another (views/on_phone.py; static/field/worker.js).
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterator
from typing import Any, NamedTuple

import sqlalchemy as sa
from flask import Flask, Response, current_app, g, has_request_context, request, url_for
from sqlalchemy.orm import Session

from quality.core import clock
from quality.core.clock import BEIJING
from quality.core.words import tongue_now
from quality.pages.freshness import RELEASE
from quality.pages.scans import codes_of
from quality.pages.unboxing import Page
from quality.people.actor import Actor
from quality.permissions import Can
from quality.purchases.models import Sample, SampleStatus, Task, TaskStatus
from quality.purchases.queries import visible_samples, visible_tasks
from quality.purchases.seals import rule_of
from quality.purchases.unboxing import kept_when
from quality.web import settings

ASKS, SAYS = "Mingcha-Keep", "Mingcha-Kept"
WORKED_ON = (TaskStatus.ASSIGNED, TaskStatus.ORDERED, TaskStatus.SHIPPED, TaskStatus.RECEIVED)
MOST = 100  # cases of a kind whose pages are kept
IN_GENERAL = ("desk.home", "on_phone.board", "on_phone.queue", "on_phone.not_kept")
OF_A_CASE = ("desk.cases", "desk.dossier", "desk.sheet", "unboxing.show", "unboxing.labels")
OF_A_SAMPLE = ("dispatch", "hand_over")  # forms that stand on pages of their own
READ_BY_SCRIPTS = ("phone", "queue", "shelf", "envelope", "sha256", "tus", "views", "unboxing", "seals")


UNBOXED = (TaskStatus.RECEIVED, TaskStatus.SHIPPED)  # the parcel is there, or may come where no network is
MOST_UNBOXED = 20  # tasks with the pages of their unboxing, nine each


class KeptPage(NamedTuple):
    address: str
    as_of: str  # another as soon as the page is


def works_afield(me: Actor | None) -> bool:
    """Who buys, and who takes samples from who bought."""
    return me is not None and me.can(Can.SAMPLE_DISPATCH)


def is_to_keep() -> bool:
    """Whether this page is made to be kept on a telephone."""
    return (
        has_request_context()  # documents are drawn without one
        and request.headers.get(ASKS) == "1"
        and request.method == "GET"
        and request.endpoint in {*IN_GENERAL, *OF_A_CASE}
        and works_afield(g.get("actor"))
    )


def init_app(app: Flask) -> None:
    app.after_request(say_so)
    app.add_template_global(is_to_keep)
    app.add_template_global(works_afield)
    app.add_template_global(person_here)
    app.add_template_global(version_of_the_program)


def say_so(response: Response) -> Response:
    if response.status_code == 200 and is_to_keep():  # noqa: PLR2004 - OK
        response.headers[SAYS] = "1"
    return response


def person_here(me: Actor) -> str:
    """Who works as what, as a telephone may know it: the same each time, and nobody's name or number."""
    told = f"telephone {me.id} {me.organisation_id} {me.role}"
    return hmac.new(settings().secret_key.encode(), told.encode(), hashlib.sha256).hexdigest()[:24]


def version_of_the_program() -> str:
    """Another after an upgrade. What it is made from is a secret; this is not."""
    return hashlib.sha256(b"worker " + current_app.extensions[RELEASE]()).hexdigest()[:16]


def pages_to_keep(session: Session, me: Actor) -> list[KeptPage]:
    """The pages of who works afield: the general ones, and those of each case that they have now."""
    tasks, samples = tasks_of(session, me), samples_of(session, me)
    today = f"{clock.now().astimezone(BEIJING):%Y-%m-%d}"  # pages count days
    common = (version_of_the_program(), tongue_now(), today, person_here(me), str(g.get("theme")))
    all_of_them = [f"{each.number} {each.version}" for each in tasks] + [f"{s.number} {s.version}" for s in samples]

    def page(endpoint: str, *depends: str, **values: Any) -> KeptPage:
        said = "\0".join((*common, *depends))
        return KeptPage(url_for(endpoint, **values), hashlib.sha256(said.encode()).hexdigest()[:24])

    at_hand = sorted(filter(can_be_unboxed_later, tasks), key=lambda task: UNBOXED.index(task.status))[:MOST_UNBOXED]
    typed, codes = kept_when(session, at_hand), codes_of(session, samples)
    seals = str(rule_of(session, me.organisation_id)) if at_hand else ""

    def of_cases() -> Iterator[KeptPage]:
        for task in tasks:
            yield page("desk.dossier", str(task.version), kind="task", number=task.number)
        for task in at_hand:
            for step in Page:
                told = (str(task.version), str(typed.get(task.id)), seals)
                yield page("unboxing.show", *told, number=task.number, page=step)
        for sample in samples:
            own: dict[str, Any] = {"kind": "sample", "number": sample.number}
            yield page("desk.dossier", str(sample.version), **own)
            printed = [code for portion in sample.portions for code in codes.get(portion.id, ())]
            yield page("unboxing.labels", str(sample.version), *printed, number=sample.number)
            for name in OF_A_SAMPLE:
                yield page("desk.sheet", str(sample.version), **own, name=name)

    lists = [page("desk.cases", *all_of_them, kind=kind) for kind in ("task", "sample")]
    return [*(page(each, *all_of_them) for each in IN_GENERAL), *lists, *of_cases()]


def can_be_unboxed_later(task: Task) -> bool:
    return task.status in UNBOXED


def tasks_of(session: Session, me: Actor) -> list[Task]:
    """My own that are not sealed yet, the oldest first."""
    asked = visible_tasks(me).where(Task.buyer_id == me.id, Task.status.in_(WORKED_ON))
    return list(session.scalars(asked.order_by(None).order_by(Task.id).limit(MOST)))


def samples_of(session: Session, me: Actor) -> list[Sample]:
    """Those that I bought and still have."""
    mine = sa.and_(Sample.task.has(Task.buyer_id == me.id), Sample.status == SampleStatus.SEALED)
    return list(session.scalars(visible_samples(me).where(mine).order_by(None).order_by(Sample.id).limit(MOST)))


def files_to_keep() -> list[str]:
    """What those pages are drawn with."""
    scripts = [f"field/{name}.js" for name in READ_BY_SCRIPTS]
    own = ("mingcha.css", "beside.css", "brand.svg", "favicon.svg", "scan.js", *scripts)
    theirs = ("css/bootstrap.min.css", "icons/bootstrap-icons.svg")
    return [
        *(url_for("static", filename=name) for name in own),
        *(url_for("bootstrap.static", filename=name) for name in theirs),
    ]
