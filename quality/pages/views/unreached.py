"""The list of who could not be reached: what was tried when, and what comes next; as a page, a workbook and a table."""

from __future__ import annotations

import io
from collections.abc import Iterator

from flask import Blueprint, Response, make_response, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue

from quality.campaigns.models import Campaign
from quality.campaigns.queries import one_visible as one_campaign
from quality.core.db import db
from quality.core.errors import NotFound
from quality.core.words import Text, _
from quality.informing.unreached import SAMPLE, Unreached, named, page_of
from quality.pages.book import XLSX, book_of
from quality.pages.moments import moment
from quality.pages.told import said_of
from quality.pages.words import Tone, word
from quality.people.access import me, needs
from quality.permissions import Can
from quality.workbooks.texts import harmless

unreached = Blueprint("unreached", __name__, url_prefix="/desk/unreached")
A_PAGE, AT_ONCE, MOST = 50, 500, 10_000  # lines of a page; read at once, and given out, of a table
LONGEST = 60  # characters of a campaign's number
TONES = {"open": Tone.WAIT, "expired": Tone.WARN, "taken_back": Tone.WARN}  # what was tried in vain is bad
HEADINGS: tuple[Text, ...] = (
    _("Campaign"), _("About what"), _("Number"), _("Party"), _("Name"), _("Not reached since"), _("Links sent"),
    _("Last sent"), _("What was tried"), _("How it stands"), _("What is next"),
)  # fmt: skip


@unreached.get("/")
@needs(Can.OBJECTION_READ)
def listed() -> ResponseReturnValue:
    typed, after = request.args.get("campaign", "").strip(), request.args.get("after", "")
    campaign, problem = campaign_typed(typed)
    found = [] if problem else page_of(db.session(), me, A_PAGE, campaign=campaign, after=after)
    drawn = render_template(
        "desk/unreached.html",
        lines=found[:A_PAGE],
        tones=TONES,
        said_of=said_of,
        about=about,
        address=address,
        typed=typed[:LONGEST],
        problem=problem,
        after=after,
        more=named(found[A_PAGE - 1].place) if len(found) > A_PAGE else None,
    )
    return drawn, 422 if problem else 200


def campaign_typed(typed: str) -> tuple[Campaign | None, Text | None]:
    if not typed:
        return None, None
    try:
        return one_campaign(db.session(), me, typed), None
    except NotFound:
        return None, _("There is no campaign with this number")


def about(line: Unreached) -> Text:
    return _("Notice that a sample was taken") if line.about == SAMPLE else word("letter_kind", line.about)


def address(line: Unreached) -> str | None:
    kind, deed = ("sample", Can.SAMPLE_READ) if line.about == SAMPLE else ("finding", Can.FINDING_READ)
    return url_for("desk.dossier", kind=kind, number=line.number) if me.can(deed) else None


@unreached.get("/list.xlsx", endpoint="book")
@needs(Can.OBJECTION_READ)
def as_a_book() -> ResponseReturnValue:
    lines = [HEADINGS, *map(cells, every_line())]
    content = io.BytesIO(book_of([(_("Not reached"), lines)]))
    return make_response(send_file(content, XLSX, as_attachment=True, download_name=str(_("Not reached.xlsx"))))


@unreached.get("/list.csv", endpoint="csv")
@needs(Can.OBJECTION_READ)
def as_csv() -> ResponseReturnValue:
    """In UTF-8 with its mark; what begins like a formula is made harmless."""
    rows = [HEADINGS, *map(cells, every_line())]
    text = "".join(",".join(quoted(str(cell)) for cell in row) + "\r\n" for row in rows)
    answer = Response("\ufeff" + text, mimetype="text/csv")
    answer.headers["Content-Disposition"] = 'attachment; filename="unreached.csv"'
    return answer


def quoted(cell: str) -> str:
    return '"' + harmless(cell).replace('"', '""') + '"'


def every_line() -> Iterator[Unreached]:
    campaign, problem = campaign_typed(request.args.get("campaign", "").strip())
    if problem:
        raise NotFound("campaign")
    after, given = "", 0
    while given < MOST:
        found = page_of(db.session(), me, AT_ONCE, campaign=campaign, after=after)
        yield from found[:AT_ONCE]
        given += AT_ONCE
        if len(found) <= AT_ONCE:
            return
        after = named(found[AT_ONCE - 1].place)


def cells(line: Unreached) -> list[Text]:
    return [
        line.campaign,
        about(line),
        line.number,
        word("objecting_party", line.party),
        line.addressee,
        moment(line.first_sent_at),
        str(line.letters or ""),
        moment(line.last_sent_at),
        str(_("; ")).join(str(said_of(each)) for each in line.tries),
        word("reach_state", line.state),
        word("reach_step", line.step),
    ]
