"""The dossier of a test report: each result against its limit. A laboratory reads it by blind number."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload, object_session, selectinload

from quality.core.words import Text, _
from quality.core.workflow import name_of
from quality.evidence.vault import vault_from
from quality.lab.models import Legible, OutsideItem, OutsideStatus, Report, ReportStatus
from quality.lab.operations import (
    accept_file,
    add_report_file,
    agree_outside,
    authorise,
    decline_outside,
    withdraw_report,
)
from quality.lab.queries import files_of, one_report, report_in_force, reports_visible_to
from quality.lab.workflow import (
    OUTSIDE_LIFE,
    REPORT_LIFE,
    its_file_shows_both_numbers,
    was_entered_by_someone_else,
)
from quality.pages.accreditation import of_report
from quality.pages.corrections import corrections
from quality.pages.forms.fields import Files, Form
from quality.pages.forms.outside import REPORT_SHEETS, may_be_marked
from quality.pages.forms.sheet import Sheet
from quality.pages.judging import Row, row_of, rows_of, undecided, weights_of
from quality.pages.kinds.narrowing import About, in_campaign
from quality.pages.kinds.shape import Clocked, Deed, Dossier, Fact, Kind, Made, link
from quality.pages.moments import day, moment
from quality.pages.timeline import name_for
from quality.pages.words import STATUSES, Party, Status, word
from quality.people.actor import SYSTEM, Actor
from quality.permissions import Can, Sees
from quality.purchases.models import Portion, PortionKind, Sample
from quality.web import settings


def number(report: Report) -> str:
    """With the laboratory's code: two laboratories may give the same number."""
    return f"{report.laboratory.code}:{report.report_no}"


def named(session: Session, me: Actor, number: str) -> Report:
    laboratory, colon, report_no = number.partition(":")
    return one_report(session, me, report_no, laboratory) if colon else one_report(session, me, number)


def describe(session: Session, report: Report, me: Actor) -> Dossier:
    blind = report.portion.blind_no
    facts = [
        Fact(_("Report"), report.report_no, is_code=True),
        Fact(_("Laboratory"), report.laboratory.name),
        Fact(_("Blind number"), blind, link(me, Can.PORTION_READ, "portion", blind), is_code=True),
    ]
    if me.can(Can.SAMPLE_READ):
        sample = report.sample
        facts.append(Fact(_("Sample"), sample.number, link(me, Can.SAMPLE_READ, "sample", sample.number), is_code=True))
    if me.organisation_id == report.laboratory_id:  # to others its people are the laboratory
        by = name_for(session, report.authorised_by_id, me)
        facts += [
            Fact(_("Analyst"), report.analyst),
            Fact(_("Entered by"), name_for(session, report.entered_by_id, me)),
            Fact(_("Authorised by"), by, beside=moment(report.authorised_at)),
        ]
    elif report.authorised_at is not None:
        facts.append(Fact(_("Authorised"), moment(report.authorised_at)))
    if report.supersedes is not None:
        facts.append(
            Fact(
                _("Supersedes"),
                report.supersedes.report_no,
                link(me, Can.REPORT_READ, "report", number(report.supersedes)),
                is_code=True,
            )
        )
    facts += file_facts(session, report, me)
    if report.tested_on is not None:
        facts.append(Fact(_("Tested until"), day(report.tested_on)))
    if report.method_note:
        facts.append(Fact(_("Note on the method"), report.method_note))
    rows = beside_the_other(session, report) if me.can(Can.SAMPLE_READ) else rows_of(report.results)
    return Dossier(
        heading=_("Test report %(number)s", number=report.report_no),
        facts=facts,
        parts=report.outside,
        part_names={name_of(each): each.result.item for each in report.outside},
        more={
            "rows": rows,
            "undecided": undecided([row_of(result) for result in report.results]),
            "corrections": corrections(report),
            "accredited": of_report(session, report),
        },
    )


def file_facts(session: Session, report: Report, me: Actor) -> list[Fact]:
    """Whether the newest file bears the numbers by which it is the report on this sample."""
    newest = next(iter(files_of(session, report)), None)
    if newest is None:
        return []
    beside: Text = ""
    if newest.accepted_at:
        who, when = name_for(session, newest.accepted_by_id, me), moment(newest.accepted_at)
        beside = _("Looked at by %(who)s, %(when)s", who=who, when=when)
    found = "both" if newest.shows_both_numbers else newest.legible.value
    if newest.legible == Legible.READ and found != "both":
        found = "no_blind_no" if newest.has_report_no else "no_report_no" if newest.has_blind_no else "neither"
    return [Fact(_("The report as a file"), word("report_file", found), beside=beside)]


def lacks_a_number(report: Report) -> bool:
    session = object_session(report)
    assert session, "a row that is shown belongs to a session"
    return report.status == ReportStatus.ENTERED and its_file_shows_both_numbers(report, SYSTEM) is not None


class WithFile(Form):
    file = Files(
        _("The signed report"),
        _("A PDF. Report number and blind number are looked for in its text"),
        many=False,
        accept="application/pdf",
    )


def add_file(session: Session, report: Report, form: Any, me: Actor, _version: int) -> None:
    add_report_file(session, vault_from(settings().evidence_url), report, form.file.data[0].stream, by=me)


def beside_the_other(session: Session, report: Report) -> list[Row]:
    """For the agency, with what is in force on the other portion: its laboratories know nothing of each other."""
    is_first, weights = report.portion.kind == PortionKind.TEST, weights_of(session, report.agency_id, report.results)
    portion = report.sample.portion(PortionKind.BACKUP if is_first else PortionKind.TEST)
    other = report_in_force(session, portion) if report.status == ReportStatus.AUTHORISED else None
    if other is None:
        return rows_of(report.results, (), weights)
    weights |= weights_of(session, report.agency_id, other.results)
    if is_first:
        return rows_of(report.results, other.results, weights)
    again = {result.item for result in report.results}
    return rows_of([result for result in other.results if result.item in again], report.results, weights)


ANSWER_OUTSIDE = _("Agree to the items outside the accreditation, or say why not")
MARKED_ONES = Report.outside.any(OutsideItem.status == OutsideStatus.MARKED)


MARK_FIRST = _("Mark the items outside the accreditation; then a signatory other than the analyst authorises it")


def turn(report: Report, session: Session | None) -> Status | None:
    """The coordinator's, while an item is marked as outside the accreditation and nobody has answered."""
    if report.status == ReportStatus.ENTERED and any(each.status == OutsideStatus.MARKED for each in report.outside):
        to_do = ANSWER_OUTSIDE
        return STATUSES["report"][report.status]._replace(has_it=Party.COORDINATOR, to_do=to_do)
    if session and may_be_marked(report):
        return STATUSES["report"][report.status]._replace(to_do=MARK_FIRST)
    return None


def falls_to(me: Actor) -> sa.ColumnElement[bool]:
    """Of a laboratory's those that wait for it, by the clock of their portion."""
    if me.sees is not Sees.LABORATORY:
        return sa.true()
    if not me.can(Can.REPORT_AUTHORISE):
        return sa.false()
    return sa.and_(Report.status == ReportStatus.ENTERED, sa.not_(MARKED_ONES))


# of the items that a laboratory reports outside its accreditation
ANSWERS = {
    "agree": Made(lambda session, outside, by, version, _note: agree_outside(session, outside, by=by, version=version)),
    "decline": Made(
        lambda session, outside, by, version, note: decline_outside(session, outside, note, by=by, version=version),
        _("Why you do not agree"),
        must=True,
    ),
}

REPORT = Kind(
    name="report",
    title=_("Reports"),
    read=Can.REPORT_READ,
    life=REPORT_LIFE,
    model=Report,
    visible_to=reports_visible_to,
    one_visible=named,
    number=number,
    called=lambda report: report.report_no,
    heading=lambda report: _("Sample %(blind)s", blind=report.portion.blind_no),
    beside=lambda report: report.laboratory.name,
    describe=describe,
    numbers=(Report.report_no,),
    narrowed_by={"campaign": in_campaign(Report, Report.sample, Sample.task)},
    about=About(Sample, Report.sample_id, Report.sample_id.in_, Can.SAMPLE_READ),  # which no laboratory may
    shown_with=(
        joinedload(Report.portion),
        joinedload(Report.laboratory),
        selectinload(Report.outside),
    ),
    turn=turn,
    falls_to=falls_to,
    clocked=Clocked(Portion.__tablename__, Report.portion_id, frozenset({"lab_report"})),
    turned_to={Party.COORDINATOR: sa.and_(Report.status == ReportStatus.ENTERED, MARKED_ONES)},
    makes={
        "authorise": Made(
            lambda session, report, by, version, _note: authorise(session, report, by=by, version=version)
        ),
        "withdraw": Made(
            lambda session, report, by, version, note: withdraw_report(session, report, note, by=by, version=version),
            _("Why it is withdrawn"),
            must=True,
        ),
    },
    follows=frozenset({"supersede", "attest", "discard"}),
    sheets={
        "file": Sheet(
            lambda _session, _report, _me: WithFile(),
            add_file,
            _("Where a number is not found, the signatory looks and confirms before the report is authorised."),
            label=_("Add the signed report as a file"),
            by=Can.PORTION_READ,  # the laboratory's people, and nobody else
            is_due=lambda report: report.status in (ReportStatus.ENTERED, ReportStatus.AUTHORISED),
            may_wait=True,
        ),
        **REPORT_SHEETS,
    },
    deeds={
        "accept_file": Deed(
            _("I have looked at the file: it is this report"),
            Can.REPORT_AUTHORISE,
            lacks_a_number,
            Made(
                lambda session, report, by, version, note: accept_file(
                    session, report, by=by, version=version, note=note
                ),
                _("What you saw"),
                also=[was_entered_by_someone_else],
            ),
        )
    },
    part_life=OUTSIDE_LIFE,
    parts=lambda report: report.outside,
    part_makes=ANSWERS,
)
