"""The loop from a finding to a takedown that stays true, played at random: whatever is done, in whatever order, by
whomever and whenever, what must never happen does not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

import sqlalchemy as sa
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from quality.clocks.changing import Change, change, decide
from quality.clocks.drafts import draft, enter
from quality.clocks.models import ChangeKind, Clock, ClockRequest
from quality.clocks.operations import Allowed
from quality.core import clock
from quality.core.record import verify as verify_record
from quality.core.workflow import perform
from quality.delivery import endpoints
from quality.delivery import operations as delivery
from quality.delivery.by_post import prove_by_post
from quality.delivery.models import Endpoint, Message, MessageType
from quality.delivery.post import Answer
from quality.lab.models import Finding
from quality.likeness.models import Alike
from quality.notices import operations as notices
from quality.notices.answers import OutcomeEntry
from quality.notices.models import Excuse, Notice
from quality.notices.operations import talking
from quality.notices.practice import practice_of, set_practice
from quality.notices.thread import ThreadEntry
from quality.notices.workflow import APPROVE, RETURN
from tests.harness.notices import TEXTS
from tests.loop.chances import (
    AGENCY,
    CLAIMED,
    EXCUSED,
    MINUTE,
    OF_THE_LOOP,
    VERIFIED,
    WITH_THE_PLATFORM,
    YEAR,
    S,
    agency,
    drafter,
    far,
    holidays_with,
    looker,
    masks,
    of,
    platform,
    replies,
    which,
)
from tests.loop.files import Files
from tests.loop.holds import Due, backward, not_told, what_is_wrong
from tests.loop.onward import go_on
from tests.loop.stage import Stage
from tests.loop.watcher import Watcher

REVIEWS = ["submit", "approve", "return", "issue", "take_off", "revise", "draft_withdrawal"]


class Loop(RuleBasedStateMachine):
    """One play. Who plays it sets the stage."""

    stage: ClassVar[Stage]
    came_of: ClassVar[Counter[tuple[str, str]]]  # over all plays: what was done how often, and what refused why

    def __init__(self) -> None:
        super().__init__()
        self.stage.rewind()
        self.watcher, self.due, self.files = Watcher(), Due(), Files(self.stage)
        self.rung_at = datetime(YEAR, 1, 1, tzinfo=UTC)
        self.percent = 0
        self.fell_back = self.may_move = False

    def does(self, deed: Any) -> bool:
        done = self.stage.does(deed)
        self.came_of[deed.__qualname__.split(".")[1], "done" if done else self.stage.why] += 1
        return done

    # --- the beginning ---

    @initialize(alike=st.integers(0, 15), ahead=st.tuples(far, far), two=st.booleans())
    def begin(self, alike: int, ahead: tuple[int, int], two: bool) -> None:
        if two:
            self.set_practice("reviewer", 100)
        self.draft_notices("coordinator", 7, alike, "platform", "order")
        for n, steps in enumerate(ahead):
            self.goes_on(n, steps)

    # --- the agency writes ---

    @rule(who=drafter, findings=st.integers(0, 7), alike=st.integers(0, 15),
          grouping=st.sampled_from(["platform", "finding"]), kind=st.sampled_from(["order", "notice"]))  # fmt: skip
    def draft_notices(self, who: str, findings: int, alike: int, grouping: str, kind: str) -> None:
        s = self.stage.session
        chosen = of(s.scalars(sa.select(Finding).order_by(Finding.id)).all(), findings)
        like = of(s.scalars(sa.select(Alike).where(Alike.listing_id.like("A%")).order_by(Alike.id)).all(), alike)
        texts = TEXTS | {"kind": kind, "grouping": grouping}
        self.does(lambda: notices.draft_notices(s, chosen, by=self.stage.actor(who), alike=like, **texts))

    @rule(n=which, who=agency, deed=st.sampled_from(REVIEWS))
    def review(self, n: int, who: str, deed: str) -> None:
        s, notice, by = self.stage.session, self.stage.notice(n), self.stage.actor(who)
        drafter = notice.drafted_by_id
        deeds: dict[str, Callable[[], Any]] = {
            "draft_withdrawal": lambda: notices.draft_withdrawal(s, notice, "链接有误", by=by),
            "submit": lambda: notices.submit(s, notice, by=by),
            "approve": lambda: perform(s, notice, APPROVE, by=by),
            "return": lambda: perform(s, notice, RETURN, by=by, note="再看一遍"),
            "issue": lambda: notices.issue(s, notice, by=by),
            "take_off": lambda: notices.take_off(s, notice, [notice.items[-1].id], by=by),
            "revise": lambda: notices.revise(s, notice, by=by, measures=["delist"], **TEXTS),
        }
        if self.does(deeds[deed]) and deed == "approve":
            assert by.id != drafter, "nobody approves what they drafted"

    @rule(n=which, who=agency)
    def withdraw(self, n: int, who: str) -> None:
        notice, by = self.stage.notice(n), self.stage.actor(who)
        drafter = notice.proposed.drafted_by_id if notice.proposed else by.id
        if self.does(lambda: notices.withdraw(self.stage.session, notice, "链接有误", by=by)) and notice.issued_at:
            assert drafter != by.id, "nobody takes back alone what was issued"

    # --- it reaches its platform ---

    @rule()
    def seal(self) -> None:
        self.stage.seal()

    @rule(n=which, who=platform, is_served=st.booleans())
    def opens(self, n: int, who: str, is_served: bool) -> None:
        notice = self.stage.notice(n)
        who = who or self.stage.desk_of(notice)
        before = max(filter(None, (notice.issued_at, clock.now())))
        if notice.issued_at and self.does(
            lambda: delivery.open_as_platform(self.stage.session, notice, by=self.stage.actor(who))
        ):
            assert who == self.stage.desk_of(notice), "who else looks proves nothing"
            self.knows(notice, before)
        if is_served:
            self.stage.serve()

    def knows(self, notice: Notice, at: datetime) -> None:
        """The platform has it before it, with all that came back to it."""
        self.watcher.proofs[notice.id].append(at)
        self.watcher.heard.update(item.id for item in notice.items)

    @rule(reply=replies, dies=st.booleans(), is_served=st.booleans())
    def sends(self, reply: Answer, dies: bool, is_served: bool) -> None:
        """The platforms' systems answer what is due, all alike. Of one of them nobody confirmed the test."""
        self.stage.tell()
        for platform_id, webhook_id in self.stage.send(reply, dies=dies):
            if dies or not reply.is_taken or platform_id != self.stage.actor("desk").organisation_id:
                continue
            message = self.stage.session.scalars(sa.select(Message).filter_by(webhook_id=webhook_id)).one()
            assert message.notice and message.notice.issued_at
            if message.type == MessageType.ISSUED:
                self.watcher.proofs[message.notice.id].append(max(clock.now(), message.notice.issued_at))
            elif message.cause.startswith("event:"):
                version = int(message.cause.partition(":")[2])
                asked = {item.id for item in message.notice.items if item.asked_again_in == version}
                self.watcher.heard.update(asked)
        if is_served:
            self.stage.serve()

    @rule(who=st.sampled_from(["desk", "other_desk"]))
    def starts_its_system_again(self, who: str) -> None:
        s, by = self.stage.session, self.stage.actor(who)
        stopped = s.scalars(sa.select(Endpoint).where(Endpoint.platform_id == by.organisation_id)).first()
        if stopped and not stopped.is_active:
            self.does(lambda: endpoints.start(s, stopped, by=by))

    @rule(n=which, who=looker, hours=st.sampled_from([0, 0, 5, 60, -1]))
    def proves_by_post(self, n: int, who: str, hours: int) -> None:
        s, notice, by = self.stage.session, self.stage.notice(n), self.stage.actor(who)
        at = clock.now() - timedelta(hours=hours)
        asked = {item.id: item.asked_again_at for item in notice.asked_again}
        status, issued_at, receipt = notice.status, notice.issued_at, self.files.receipt(by)
        if self.does(lambda: prove_by_post(s, notice, at, "XA 1029 3847 5", receipt, by=by)):
            assert who in AGENCY and issued_at
            if status == S.ISSUED:
                self.watcher.proofs[notice.id].append(max(at, issued_at))
            self.watcher.heard.update(key for key, moment in asked.items() if moment and moment <= at + MINUTE)

    @rule(n=which, who=platform)
    def acknowledges(self, n: int, who: str) -> None:
        notice = self.stage.notice(n)
        who = who or self.stage.desk_of(notice)
        said = max([clock.now(), *filter(None, (notice.issued_at, notice.served_at))])
        if self.does(lambda: delivery.acknowledge(self.stage.session, notice, "TL-REG-118", by=self.stage.actor(who))):
            assert who == self.stage.desk_of(notice)
            self.watcher.proofs[notice.id].append(said)

    @rule(n=which, who=platform, mask=masks, outcome=st.sampled_from(["removed", "removed", "refused", "never_found"]),
          ago=st.sampled_from([0, 0, 1, 500, -1]), proof=st.sampled_from(["none", "own", "the agency's"]))  # fmt: skip
    def answers(self, *, n: int, who: str, mask: int, outcome: str, ago: int, proof: str) -> None:
        s, notice = self.stage.session, self.stage.notice(n)
        who = who or self.stage.desk_of(notice)
        by = self.stage.actor(who)
        was_issued, said = notice.status == S.ISSUED, max(clock.now(), notice.issued_at or clock.now())
        claims = {item.id: len(item.claims) for item in notice.items}
        settled = {item.id for item in notice.items if item.status in (VERIFIED, EXCUSED)}
        evidence = self.files.of_an_answer(by, proof)
        entries = [
            OutcomeEntry(item.listing_id, outcome, clock.now() - timedelta(hours=ago), "已下架", evidence=evidence)
            for item in of(notice.items, mask)
        ]
        if not entries or not self.does(lambda: delivery.answer(s, notice, entries, by=by)):
            return
        assert who == self.stage.desk_of(notice), "nobody answers for another platform"
        if was_issued:
            self.watcher.proofs[notice.id].append(said)
        for item in notice.items:
            if len(item.claims) > claims[item.id]:
                assert item.id not in settled, "what is settled is not answered for"
                assert proof != "the agency's", "nobody proves anything with a file that is not theirs"
                self.watcher.listings[item.id].answered(item.claims[-1].received_at, self.percent == 100)

    # --- the agency looks ---

    @rule(n=which, who=looker, gone=st.booleans(), hours=st.sampled_from([0, 0, 0, 3, 200, -1]),
          file=st.sampled_from(["new", "new", "new", "used", "the platform's"]))  # fmt: skip
    def looks(self, n: int, who: str, gone: bool, hours: int, file: str) -> None:
        s, item, by = self.stage.session, self.stage.item(n), self.stage.actor(who)
        at = clock.now() - timedelta(hours=hours)
        proof = self.files.of_a_look(by, item, file)
        if self.does(
            lambda: notices.look(
                s, item, gone=gone, seen_at=at, evidence=[proof] if proof else [], by=by, reason="" if gone else "在售"
            )
        ):
            assert who in AGENCY and file == "new" and hours >= 0, "a look is the agency's, and brings a new picture"
            self.files.used[item.id] = proof
            self.watcher.listings[item.id].looked(who, gone, at, proof)

    @rule(n=which, who=looker)
    def verifies(self, n: int, who: str) -> None:
        item = self.stage.item(n)
        may = (
            who in AGENCY
            and item.status == CLAIMED
            and item.notice.status not in (S.CLOSED, S.WITHDRAWN)
            and self.watcher.listings[item.id].is_seen_gone
        )
        done = self.does(lambda: notices.verify(self.stage.session, item, by=self.stage.actor(who)))
        assert not done or may, "verified without the regulator's own evidence"
        assert done or not may or self.fell_back, f"seen gone, and not verified: {self.stage.why}"
        if done:
            self.watcher.listings[item.id].settled(clock.now())

    @rule(n=which, who=looker, deed=st.sampled_from(["send_back", "reopen"]))
    def finds_it_there(self, n: int, who: str, deed: str) -> None:
        s, item, by = self.stage.session, self.stage.item(n), self.stage.actor(who)
        seen = self.watcher.listings[item.id].is_seen_there
        back, status = deed == "send_back", item.status
        if self.does(lambda: (notices.send_back if back else notices.reopen)(s, item, by=by)):
            assert seen and who in AGENCY, "nobody saw it there"
            assert status in ((CLAIMED,) if back else (VERIFIED, EXCUSED))
            assert item.notice.status in (S.SERVED, S.ACKNOWLEDGED, S.REOPENED), "its platform is asked again"
            self.watcher.heard.discard(item.id)

    @rule(n=which)
    def it_is_there(self, n: int) -> None:
        """A claim does not hold, or what was settled is back: somebody looks, and it goes back to its platform."""
        self.looks(n, "coordinator", False, 0, "new")
        self.finds_it_there(n, "coordinator", "send_back" if self.stage.item(n).status == CLAIMED else "reopen")

    @rule(n=which, who=agency)
    def excuses(self, n: int, who: str) -> None:
        item = self.stage.item(n)
        if self.does(
            lambda: notices.excuse(self.stage.session, item, Excuse.NOT_THIS_PRODUCT, by=self.stage.actor(who))
        ):
            assert who in ("reviewer", "second_reviewer")
            self.watcher.listings[item.id].settled(clock.now())

    @rule(n=which, who=drafter)
    def closes(self, n: int, who: str) -> None:
        notice = self.stage.notice(n)
        heard = self.stage.session.scalars(sa.select(ThreadEntry).filter_by(kind="objection", notice_id=notice.id))
        is_settled = all(item.status in (VERIFIED, EXCUSED) for item in notice.items) and all(
            each.settled_at for each in heard
        )
        may = who in ("coordinator", "second_coordinator") and notice.status in WITH_THE_PLATFORM and is_settled
        done = self.does(lambda: notices.close(self.stage.session, notice, by=self.stage.actor(who)))
        assert not done or may, "closed with an open listing"
        assert done or not may or self.fell_back, f"every listing is settled, and it does not close: {self.stage.why}"

    @rule(who=drafter, percent=st.sampled_from([0, 100]))
    def set_practice(self, who: str, percent: int) -> None:
        s, by = self.stage.session, self.stage.actor(who)
        edition = getattr(practice_of(s, by.organisation_id), "edition", 0)
        if self.does(lambda: set_practice(s, second_look_percent=percent, edition=edition, by=by)):
            self.percent = percent

    # --- both sides talk ---

    @rule(n=which, who=platform, of_all=st.booleans(), kind=st.sampled_from(["question", "objection", "objection"]))
    def asks(self, n: int, who: str, of_all: bool, kind: str) -> None:
        s, notice = self.stage.session, self.stage.notice(n)
        who, item = who or self.stage.desk_of(notice), None if of_all else notice.items[0]
        say = talking.object_to if kind == "objection" else talking.ask
        if self.does(lambda: say(s, notice, "并非同款", item, by=self.stage.actor(who))):
            assert notice.issued_at and (who in AGENCY or who == self.stage.desk_of(notice))

    @rule(who=agency, upheld=st.booleans())
    def decides_on_an_objection(self, who: str, upheld: bool) -> None:
        s, by = self.stage.session, self.stage.actor(who)
        said = s.scalars(sa.select(ThreadEntry).filter_by(kind="objection", settled_at=None)).first()
        if said is None:
            return
        notice = said.notice
        waiting = {item.id for item in notice.items if item.status not in (VERIFIED, EXCUSED)}
        why = Excuse.NOT_THIS_PRODUCT
        if self.does(lambda: talking.decide_objection(s, said, "查实", upheld=upheld, by=by, why=why)):
            assert by.id != notice.drafted_by_id and who in ("reviewer", "second_reviewer")
            for item in notice.items:
                if item.id in waiting and item.status == EXCUSED:
                    assert upheld and said.item_id in (None, item.id)
                    self.watcher.listings[item.id].settled(clock.now())

    # --- time ---

    @rule(n=st.integers(0, 20), who=agency, kind=st.sampled_from(list(ChangeKind)))
    def changes_a_clock(self, n: int, who: str, kind: ChangeKind) -> None:
        """Asked for, granted by the reviewers in turn, or done at once where the rule leaves it to one."""
        s, by = self.stage.session, self.stage.actor(who)
        running = s.scalars(sa.select(Clock).where(Clock.stopped_at.is_(None), OF_THE_LOOP).order_by(Clock.id)).all()
        if not running:
            return
        one = running[n % len(running)]
        days = 2 if kind is ChangeKind.EXTEND else None
        wanted = Change(kind, "系统检修", Allowed("李局", "云市监〔2026〕8号"), days)
        if self.does(lambda: change(s, one, wanted, by=by)) and kind is ChangeKind.RESUME:
            assert one.due_at > clock.now(), "what ran again had not run out"

    @rule(who=agency, grant=st.booleans())
    def decides_on_a_clock(self, who: str, grant: bool) -> None:
        s, by = self.stage.session, self.stage.actor(who)
        asked = s.scalars(sa.select(ClockRequest).filter_by(granted=None).order_by(ClockRequest.id.desc())).first()
        if asked and self.does(lambda: decide(s, asked, grant=grant, answer="情况属实", by=by)):
            assert by.id != asked.asked_by_id, "nobody grants what they asked for"

    @rule(day=st.integers(0, 20), who=st.sampled_from(["reviewer_above", "planner_above", "reviewer"]))
    def enters_a_calendar(self, day: int, who: str) -> None:
        """One more day off than was announced; the next edition has another."""
        s = self.stage.session

        def enters() -> None:
            enter(s, draft(s, holidays_with(day), by=self.stage.actor("planner_above")), by=self.stage.actor(who))

        self.may_move = self.does(enters)
        self.stage.ring()

    @rule(hours=st.sampled_from([1 / 3600, 1, 9, 24, 72, 8 * 24, 31 * 24, -0.04]), is_quiet=st.booleans())
    def time_goes_by(self, hours: float, is_quiet: bool) -> None:
        """Or the machine's clock falls back. Jobs run, unless they are down."""
        self.stage.clock.advance(hours=hours)
        self.fell_back |= hours < 0
        if not is_quiet:
            self.jobs_run()

    @rule()
    def jobs_run(self) -> None:
        self.stage.serve()
        self.stage.ring()
        self.rung_at = max(clock.now(), self.rung_at)
        self.stage.tell()
        offenders = list(not_told(self.stage.place))
        assert not offenders, offenders

    # --- as it should go ---

    @rule(n=which, steps=st.integers(1, 6))
    def goes_on(self, n: int, steps: int) -> None:
        for _ in range(steps):
            go_on(self, n)

    # --- what must hold ---

    @invariant()
    def nothing_is_wrong(self) -> None:
        if not self.stage.is_changed:
            return
        place, self.stage.is_changed = self.stage.place, False
        offenders = [*what_is_wrong(place, self.watcher, self.rung_at)]
        offenders += backward(place, self.due, may_move=self.may_move)
        self.may_move = False
        self.stage.session.rollback()
        assert not offenders, offenders

    def teardown(self) -> None:
        broken = verify_record(self.stage.session, self.stage.settings.roots_folder).broken
        assert broken is None, broken
