"""What the demonstration of a first start promises: every status, a record that holds, and work on every desk."""

from __future__ import annotations

from collections import Counter
from datetime import date
from itertools import pairwise

import pytest
import sqlalchemy as sa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from flask_babel import force_locale

from quality import workflows
from quality.campaigns.models import Campaign, CampaignKind, FrameLayer, LayerKind
from quality.capsules.models import Capsule, CapsuleKey, Variant
from quality.clocks.models import Clock
from quality.clocks.queries import calendar, shown
from quality.controls.models import Control
from quality.core.clock import BEIJING
from quality.core.db import Base, Numbered, db
from quality.core.events import Access, Event
from quality.core.record import verify
from quality.core.workflow import Case, Part
from quality.delivery.models import Channel, Receipt
from quality.demonstration import command
from quality.demonstration.people import LABORATORIES, PLATFORMS, PLAYERS
from quality.documents.models import Document, DocumentKind
from quality.evidence.models import EvidenceKind, Exhibit
from quality.field.models import Piece, PieceState
from quality.lab.models import Finding, TestResult, Verdict
from quality.notices.models import Notice, NoticeItem
from quality.notices.thread import ThreadEntry
from quality.objections.models import Decision, Ground, Objection
from quality.pages.worklist import worklist
from quality.people.actor import Actor
from quality.people.models import Membership, Organisation, OrganisationKind, Person
from quality.permissions import Role
from quality.purchases.models import Portion, Sample, SampleStatus, Task, TaskStatus
from quality.purchases.seals import FORM, SealBatch
from quality.radar.models import Hit, Said
from quality.statistics.models import Inquiry
from quality.statistics.suspicions import Sign
from quality.targeting.risk.models import Complaint
from tests.harness.apps import made, running
from tests.harness.databases import settings_for
from tests.harness.demonstration import DEMO_PASSWORD as PASSWORD
from tests.harness.demonstration import bring_demonstration

CANNOT_STAND = {
    ("notice", "issuing"),  # a job seals it within seconds
}
AT_LEAST = {  # of what the issue names
    "samples": 180, "platforms": 3, "laboratories": 3, "campaigns that bought": 4, "reserves activated": 1,
    "refused by the laboratory": 1, "denied by the producer": 1, "confirmed by re-inspection": 1,
    "overturned by re-inspection": 1, "claims returned": 1, "listings that came back": 1, "listings excused": 1,
    "on sale again itself": 1, "on sale again as the same goods": 3, "ruled out as another": 1,
    "complaints": 15, "scored campaigns": 1,
    "overdue": 5, "due today": 5, "due later": 5,
}  # fmt: skip


@pytest.fixture
def loaded(loaded_demonstration, tmp_path, compiled_templates, monkeypatch):
    """What `mingcha demo load` leaves."""
    monkeypatch.setenv("DEMO_PASSWORD", PASSWORD)
    address = bring_demonstration(loaded_demonstration, tmp_path)
    with running(made(settings_for(address, tmp_path), compiled_templates)) as app, force_locale("en"):
        yield app


def test_the_demonstration_holds_what_it_promises(loaded, clock, capsys):
    session, client = db.session(), loaded.test_client()
    clock.moment = session.scalars(sa.select(sa.func.max(Event.at))).one()
    assert_every_status_stands(session)
    assert_what_the_issue_names(session, clock)
    assert_the_record_is_whole(session, clock, loaded.config["SETTINGS"])
    assert_numbers_have_no_gaps(session)
    assert_every_overdue_period_is_recorded_and_explained(session, clock)
    assert_a_period_crosses_a_weekend_that_was_worked(session)
    assert_deeds_are_done_in_office_hours(session)
    assert_what_stands_out_was_asked_about(session)
    assert_evidence_and_papers_are_there(session)
    assert_the_field_shows_each_of_its_things(session)
    assert_each_buyer_has_something_to_order_and_something_to_seal(session)
    assert_each_sign_in_opens_a_desk_with_work(session, client, capsys)


def assert_every_status_stands(session) -> None:
    missing = set()
    for name, life in workflows.WORKFLOWS.items():
        model = next(m.class_ for m in Base.registry.mappers if m.class_.__tablename__ == name)
        assert issubclass(model, Case | Part)
        statuses = {status for move in life.transitions for status in (*move.sources, move.target)} | {life.start}
        missing |= {(name, status) for status in statuses - set(session.scalars(sa.select(model.status)))}
    assert missing == CANNOT_STAND


def assert_what_the_issue_names(session, clock) -> None:
    def count(*so):
        return session.scalars(sa.select(sa.func.count()).where(*so)).one()

    kinds = Counter(session.scalars(sa.select(Organisation.kind)))
    came_back = Event.action == "reopen", Event.part.like("notice_item:%")
    decided = sa.select(Objection.ground, Objection.decision).where(Objection.decision.is_not(None))
    how = Counter((row[0], row[1]) for row in session.execute(decided))
    running = list(session.scalars(sa.select(Clock).where(Clock.stopped_at.is_(None))))
    today = clock.moment.astimezone(BEIJING).date()
    found = {
        "samples": count(Sample.id > 0),
        "platforms": kinds[OrganisationKind.PLATFORM],
        "laboratories": kinds[OrganisationKind.LABORATORY],
        "campaigns that bought": len(set(session.scalars(sa.select(Task.campaign_id)))),
        "reserves activated": count(Event.action == "reserve_activated"),
        "refused by the laboratory": count(Sample.status == SampleStatus.REFUSED_BY_LAB),
        "denied by the producer": how[Ground.AUTHENTICITY, Decision.UPHELD],
        "confirmed by re-inspection": how[Ground.RESULT, Decision.DISMISSED],
        "overturned by re-inspection": how[Ground.RESULT, Decision.UPHELD],
        "claims returned": count(Event.action == "send_back", Event.part.like("notice_item:%")),
        "listings that came back": count(*came_back),
        "listings excused": count(Event.action == "excuse"),
        "on sale again itself": count(Hit.is_itself, Hit.decision.is_(None)),
        "on sale again as the same goods": count(~Hit.is_itself, Hit.decision.is_(None)),
        "ruled out as another": count(Hit.decision == Said.OTHER),
        "complaints": count(Complaint.id > 0),
        "scored campaigns": count(FrameLayer.kind == LayerKind.SCORES),
        "overdue": sum(period.is_overdue(clock.moment) for period in running),
        "due today": sum(period.due_on == today for period in running),
        "due later": sum(period.due_on > today for period in running),
    }
    if not calendar(session).is_worked(today):
        found["due today"] = AT_LEAST["due today"]  # no period in working days ends today
    assert {name: many for name, many in found.items() if many < AT_LEAST[name]} == {}
    assert found.keys() == AT_LEAST.keys()
    assert found["samples"] <= 220
    bought = session.scalars(sa.select(Campaign.kind).where(Campaign.id.in_(sa.select(Task.campaign_id))))
    assert set(bought) == set(CampaignKind)
    assert {Channel.PORTAL, Channel.ACKNOWLEDGEMENT} <= set(session.scalars(sa.select(Receipt.channel)))
    assert set(session.scalars(sa.select(TestResult.verdict))) == {
        "pass", "conditional_pass", "conditional_fail", "fail",
    }  # fmt: skip
    assert set(session.scalars(sa.select(Finding.verdict))) == set(Verdict)


def assert_the_record_is_whole(session, clock, settings) -> None:
    moments = list(session.scalars(sa.select(Event.at).order_by(Event.id)))
    assert all(before <= after for before, after in pairwise(moments)), "the record goes as time goes"
    assert moments[-1] <= clock.moment
    ours = Ed25519PrivateKey.from_private_bytes(settings.record_signing_key).public_key().public_bytes_raw()
    seen = verify(session, settings.roots_folder, [ours])
    assert seen.broken is None
    first, last = (moment.astimezone(BEIJING).date() for moment in (moments[0], moments[-1]))
    assert seen.roots == (last - first).days + 1, "one a day"


def assert_numbers_have_no_gaps(session) -> None:
    columns = {"C": Campaign.number, "T": Task.number, "S": Sample.number, "F": Finding.number, "N": Notice.number}
    for kind, column in (columns | {"Q": Control.number}).items():  # portions of controls have their control's
        given = [number for number in session.scalars(sa.select(column)) if number and number.startswith(f"{kind}-")]
        last = {
            row[0]: row[1] for row in session.execute(sa.select(Numbered.year, Numbered.n).where(Numbered.kind == kind))
        }
        expected = {f"{kind}-YZ-{year}-{n:04}" for year, many in last.items() for n in range(1, many + 1)}
        assert set(given) == expected, kind


def assert_every_overdue_period_is_recorded_and_explained(session, clock) -> None:
    late = [c for c in session.scalars(sa.select(Clock).where(Clock.stopped_at.is_(None))) if c.due_at <= clock.moment]
    told = sa.select(Event.details).where(Event.action == "overdue")
    recorded = {details["clock"] for details in session.scalars(told)}
    assert {str(period.id) for period in late} <= recorded | {str(each) for each in recorded}
    for period in late:
        assert f"{period.due_on}" in str(shown(period, clock.moment).explanation)


def assert_a_period_crosses_a_weekend_that_was_worked(session) -> None:
    crossed = [c for c in session.scalars(sa.select(Clock)) if any(step["code"] == "moved" for step in c.steps)]
    assert {"verify_claim"} <= {period.rule for period in crossed}
    known = calendar(session)
    worked = {day for period in crossed for day in days_named(period)}
    assert any(known.is_worked(day) and day.weekday() >= 5 for day in worked)


def days_named(period: Clock) -> set[date]:
    return {date.fromisoformat(step["from"]) for step in period.steps if step["code"] == "moved"}


def assert_deeds_are_done_in_office_hours(session) -> None:
    by_people = sa.select(Event.at).where(Event.actor.like("person:%"))
    hours = {moment.astimezone(BEIJING).hour for moment in session.scalars(by_people)}
    assert min(hours) >= 8
    assert max(hours) < 18


def assert_what_stands_out_was_asked_about(session) -> None:
    asked = sa.select(Inquiry.sign, ThreadEntry.settled_at).join(ThreadEntry, ThreadEntry.id == Inquiry.entry_id)
    answered = {sign: settled is not None for sign, settled in session.execute(asked)}
    assert answered[Sign.FLAT_LINE], "the platform said why"
    assert {Sign.SAME_FILE, Sign.CONTRADICTED} <= answered.keys()


def assert_evidence_and_papers_are_there(session) -> None:
    files = session.execute(sa.select(Exhibit.kind, Exhibit.holding_id)).all()
    assert len({kind for kind, _holding in files}) >= 11
    again = {EvidenceKind.SELLER, EvidenceKind.HAND_OVER}  # one shop, one licence; what was sealed is handed over
    own = Counter((kind, holding) for kind, holding in files if kind not in again)
    twice = [kind for (kind, _holding), many in own.items() if many > 1]
    assert twice == [EvidenceKind.PLATFORM_PROOF], "each proof is a picture of its own, but for who answers by rote"
    papers = session.scalars(sa.select(Document)).all()
    assert {paper.kind for paper in papers} == set(DocumentKind)
    assert [paper.number for paper in papers if paper.sha256 is None and paper.language == "zh"] == []
    assert session.scalars(sa.select(NoticeItem.id).where(NoticeItem.snapshot.is_(None))).first() is None


def assert_each_sign_in_opens_a_desk_with_work(session, client, capsys) -> None:
    command.print_accounts()
    _heading, *printed, tour = capsys.readouterr().out.splitlines()
    assert tour.endswith("http://127.0.0.1:8000/tour")
    for player, line in zip(PLAYERS, printed, strict=True):
        assert player.name in line
        assert PASSWORD in line
        membership = session.scalars(sa.select(Membership).join(Person).where(Person.email == player.email)).one()
        waiting = worklist(session, Actor.working_in(membership)).many
        waits_for_none = {Role.ADMIN, Role.PLATFORM_READER, Role.PLATFORM_ENGINEER}
        assert waiting or player.role in waits_for_none, player.address
    for player in {player.role: player for player in PLAYERS}.values():
        answer = client.post("/account/sign-in", data={"email": player.email, "password": PASSWORD})
        assert (answer.status_code, answer.location) == (302, "/desk"), player
        assert client.get("/desk/", follow_redirects=True).status_code == 200
        client.post("/account/sign-out")
    assert {player.role for player in PLAYERS} == set(Role) - {Role.SYSTEM}
    assert {player.organisation for player in PLAYERS} >= {*LABORATORIES, *PLATFORMS}


def assert_the_field_shows_each_of_its_things(session) -> None:
    came = Counter((row[0], row[1]) for row in session.execute(sa.select(Piece.state, Piece.does)))
    assert came == {
        (PieceState.SAFE, "evidence"): 1, (PieceState.REFUSED, "move"): 1, (PieceState.ON_ITS_WAY, "move"): 1,
        (PieceState.ON_ITS_WAY, None): 1,
    }  # fmt: skip
    assert set(session.scalars(sa.select(Capsule.variant).where(Capsule.sha256.is_not(None)))) == set(Variant)
    assert [key.is_own for key in session.scalars(sa.select(CapsuleKey))] == [True]
    last = session.scalars(sa.select(SealBatch.last)).one()
    used = session.scalars(sa.select(sa.func.max(Portion.seal_no)).where(Portion.seal_no.like("YZ-%"))).one()
    assert FORM.fullmatch(used)
    assert session.scalars(sa.select(sa.func.count(Portion.id))).one() < last, "some seals are left to seal with"
    looks = session.scalars(sa.select(Access).where(Access.what.like("identity:%"), Access.reason != "own"))
    assert {look.reason for look in looks} == {"order", "payment", "exposure", "inquiry"}


def assert_each_buyer_has_something_to_order_and_something_to_seal(session) -> None:
    for player in (player for player in PLAYERS if player.role == Role.BUYER):
        buyer = session.scalars(sa.select(Person.id).where(Person.email == player.email)).one()
        statuses = set(session.scalars(sa.select(Task.status).where(Task.buyer_id == buyer)))
        assert {TaskStatus.ASSIGNED, TaskStatus.RECEIVED} <= statuses, player
