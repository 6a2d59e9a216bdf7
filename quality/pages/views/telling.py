"""Samples of which a platform or a seller was not told yet: chosen from a list, and what came of telling of each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import sqlalchemy as sa
from flask import Blueprint, make_response, render_template, request, url_for
from flask.typing import ResponseReturnValue

from quality.core.db import db
from quality.core.errors import Invalid
from quality.core.words import Text
from quality.informing.several import Looked, Said, page_of, still_bought, tell_several
from quality.objections.models import Party
from quality.pages.asking import cursor_of
from quality.pages.listing import campaigns_of
from quality.people.access import me, needs
from quality.people.kept import comes_back, not_recorded
from quality.people.models import Organisation, OrganisationKind
from quality.permissions import Can
from quality.publication.search import visible
from quality.web import settings

telling = Blueprint("telling", __name__, url_prefix="/desk/untold")
A_PAGE = 50
LONGEST = 60  # characters of a number
PARTIES = (Party.PLATFORM, Party.SELLER)


class Wanted(NamedTuple):
    """As it stands in the address."""

    party: Party
    looked: Looked
    after: int | None

    def in_the_address(self) -> dict[str, Any]:
        every = {"campaign": self.looked.campaign, "platform": self.looked.platform}
        return {name: value for name, value in every.items() if value} | self.of_whom()

    def of_whom(self) -> dict[str, Any]:
        return {} if self.party is Party.PLATFORM else {"party": self.party.value}


def wanted() -> Wanted:
    party = Party.SELLER if request.args.get("party") == Party.SELLER else Party.PLATFORM
    typed = {name: visible(request.args.get(name, ""))[:LONGEST] for name in Looked._fields}
    return Wanted(party, Looked(**typed), cursor_of(request.args.get("after", "")))


@telling.get("/")
@needs(Can.SAMPLE_TELL)
def listed() -> ResponseReturnValue:
    return page(wanted())


@telling.post("/", endpoint="tell")
@comes_back
@needs(Can.SAMPLE_TELL)
def tell() -> ResponseReturnValue:
    """The links of sellers stand on this answer and nowhere else: of each only the hash is kept."""
    session, asked = db.session(), wanted()
    chosen = numbers_sent("sample")
    every = numbers_sent("free") if request.form.get("every") else []
    if why := not_recorded():
        return make_response(page(asked, chosen, why), 422)
    try:
        said = tell_several(session, asked.party, [*chosen, *every], by=me)
    except Invalid as wrong:
        session.rollback()
        return make_response(page(asked, chosen, [problem.text for problem in wrong.problems]), 422)
    back = url_for("telling.listed", **asked.in_the_address())
    lines = [(each, link_of(each)) for each in said]
    done = [line for line in lines if line[0].is_told]
    return render_template(
        "desk/told_many.html",
        party=asked.party,
        done=done,
        refused=[each for each in said if not each.is_told],
        together="\n".join("\t".join((each.number, each.notice.addressee, link)) for each, link in done if each.notice),
        back=back,
    )


def numbers_sent(name: str) -> list[str]:
    return [visible(each)[:LONGEST] for each in request.form.getlist(name)]


def link_of(each: Said) -> str:
    return settings().public_url + url_for("told_link.page", link=each.token) if each.token else ""


def page(asked: Wanted, chosen: Sequence[str] = (), wrong: Sequence[Text] = ()) -> str:
    session = db.session()
    found = page_of(session, me, asked.party, A_PAGE, looked=asked.looked, after=asked.after)
    samples = found[:A_PAGE]
    houses = sa.select(Organisation.code, Organisation.name).where(Organisation.kind == OrganisationKind.PLATFORM)
    return render_template(
        "desk/untold.html",
        asked=asked,
        parties=PARTIES,
        samples=samples,
        others=still_bought(session, samples),
        campaigns=campaigns_of(session, me),
        platforms={code: name for code, name in session.execute(houses.order_by(Organisation.name))},
        chosen=set(chosen),
        every="every" in request.form,
        wrong=wrong,
        kept=asked.in_the_address(),
        more=samples[-1].id if len(found) > A_PAGE else None,
    )
