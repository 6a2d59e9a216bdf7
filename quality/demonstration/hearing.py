"""What the parties are told and say, how it is decided, and what everybody may read."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta

from quality.core import clock
from quality.core.errors import Invalid
from quality.demonstration.buying import COURIERS
from quality.demonstration.days import moment, spread
from quality.demonstration.life import Deed, Life
from quality.demonstration.store import with_its_seal
from quality.lab.models import Verdict
from quality.objections import operations as objections
from quality.objections.models import Decision, Ground, Party
from quality.objections.queries import telling_of, tellings_of
from quality.publication import operations as publication
from quality.publication import schedule as publishing
from quality.publication.copies import TYPED
from quality.publication.operations import editions_about
from quality.purchases.models import PortionKind
from quality.purchases.operations import Way

DENIED = "标称生产者提交该批次的生产与发货记录，经其所在地核实，该批产品非其生产。"
REFUSED = "异议人未提供任何材料，经通知补正后仍未补正。"
COST_FEN = 96_000  # of a re-inspection
TAKEN_BACK = "异议人书面撤回。"
CORRECTED = "更正规格型号的写法，检验结论不变。"
WITHDRAWN = "公布的批号与封样单不一致，撤回后重新核对。"
EMBARGO = timedelta(days=6)  # after the loading
CLEAR_REMARK = "规格型号以产品标识为准。"


def tell(life: Life) -> None:
    """The seller, and of what does not conform the producer too."""
    parties = [Party.SELLER, Party.PRODUCER] if life.finding.verdict == Verdict.NONCONFORMING else [Party.SELLER]
    for party in parties:
        objections.tell(life.stage.session, life.finding, party, clock.now(), by=life.stage.coordinator)


def object_to_result(life: Life) -> None:
    receive(life, Ground.RESULT)


def deny(life: Life) -> None:
    receive(life, Ground.AUTHENTICITY)


def receive(life: Life, ground: Ground) -> None:
    told = telling_of(life.stage.session, life.finding, Party.PRODUCER)
    assert told is not None
    life.objection_id = objections.receive(
        life.stage.session,
        life.finding,
        by=life.stage.coordinator,
        party=Party.PRODUCER,
        ground=ground,
        result_received_at=told.received_at,
        received_at=clock.now(),
    ).id


def admit(life: Life) -> None:
    objections.admit(life.stage.session, life.objection, by=life.stage.coordinator)


def refuse_objection(life: Life) -> None:
    objections.refuse(life.stage.session, life.objection, REFUSED, by=life.stage.coordinator)


def withdraw_objection(life: Life) -> None:
    objections.withdraw(life.stage.session, life.objection, TAKEN_BACK, by=life.stage.coordinator)


def reinspect(life: Life) -> None:
    by = life.stage.coordinator
    second = objections.draw_laboratory(life.stage.session, life.objection, by=by)
    shown = with_its_seal(life.stage.session, life.sample, PortionKind.BACKUP)
    parcel = f"{spread(f'{life.number}, second parcel', 10**12):012}"
    objections.send_to_reinspection(
        life.stage.session, life.objection, second, by=by, way=Way(f"courier:{COURIERS[0]}", parcel), shown=shown
    )


def decide(life: Life) -> None:
    """By the second report; a denial by what the producer's own authority found."""
    is_denial = life.objection.ground == Ground.AUTHENTICITY
    decision = Decision.UPHELD if is_denial or life.fate.overturns else Decision.DISMISSED
    reason, cost = (DENIED, None) if is_denial else ("", COST_FEN)
    session, by = life.stage.session, life.stage.reviewer
    objections.decide(session, life.objection, decision, by=by, reason=reason, cost_fen=cost)
    if decision == Decision.DISMISSED:  # what was overturned is still to be told to the others
        for telling in tellings_of(session, life.finding):
            objections.send_letter(session, life.finding, telling.party, by=life.stage.coordinator)


# --- the public row ---


def propose_result(life: Life) -> None:
    offer(life)


def offer(life: Life, reason: str = "", remark: str | None = None) -> None:
    """Personal data is withheld, field by field, exactly where it is found."""
    withheld: Collection[str] = ()
    while True:
        try:
            with life.stage.session.begin_nested():
                publication.propose(
                    life.stage.session,
                    life.finding,
                    by=life.stage.coordinator,
                    reason=reason,
                    remark=remark,
                    withhold=withheld,
                )
        except Invalid as no:
            personal = {problem.field for problem in no.problems}
            if withheld or not personal <= set(TYPED):
                raise
            withheld = personal
        else:
            return


def publish(life: Life) -> None:
    result = editions_about(life.stage.session, life.finding)[-1]
    publication.publish(life.stage.session, result, by=life.stage.reviewer)
    life.stage.after("close samples")


def schedule(life: Life) -> None:
    """Public one morning of the days to come."""
    result = editions_about(life.stage.session, life.finding)[-1]
    at = moment(life.stage.almanac.working(0) + EMBARGO, 10, result.number)
    publishing.schedule(life.stage.session, result, at, by=life.stage.reviewer)


def correct(life: Life) -> None:
    offer(life, CORRECTED, CLEAR_REMARK)


def withdraw_result(life: Life) -> None:
    result = editions_about(life.stage.session, life.finding)[-1]
    publication.withdraw(life.stage.session, result, WITHDRAWN, by=life.stage.reviewer)


DEEDS: dict[str, Deed] = {
    "tell": tell,
    "object": object_to_result,
    "deny": deny,
    "admit": admit,
    "refuse_objection": refuse_objection,
    "withdraw_objection": withdraw_objection,
    "reinspect": reinspect,
    "decide": decide,
    "propose_result": propose_result,
    "publish": publish,
    "schedule": schedule,
    "correct": correct,
    "publish_again": publish,
    "withdraw_result": withdraw_result,
}
