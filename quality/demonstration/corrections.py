"""Orders to correct at each step of their ladder, from one that waits for its second person to a proposed suspension.

Whose findings these are, and on which working days what is done, is a table like that of the notices.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from quality.clocks.days import day_of
from quality.core import clock
from quality.corrections import operations as corrections
from quality.corrections.models import Correction, Outcome, Transfer
from quality.corrections.queries import live_correction, live_transfer
from quality.demonstration.days import moment, spread
from quality.demonstration.life import Life
from quality.demonstration.people import REGION
from quality.demonstration.stage import Stage
from quality.demonstration.timeline import Story
from quality.evidence.models import EvidenceKind
from quality.evidence.operations import attach
from quality.objections.models import Party
from quality.objections.queries import letters_about
from quality.people.actor import Actor

DEMANDS = (
    "立即停止生产、销售该批次产品，封存库存；\n查明不合格项目的原因，对同类产品逐批自检；\n"
    "召回已售出的产品，并在期限内提交书面整改报告。"
)
REPORTED = "已停止销售该批次产品，下架全部链接，更换原料供应商，对库存产品重新检验。"
STILL = "现场查看，仓库仍有该批次产品，整改记录不完整。"
PUT_RIGHT = "现场查看，该批次产品已销毁，新批次产品有检验合格报告。"
REASONS = "期限届满后复查，当事人未按要求改正，同批次产品仍在销售。"
PROVINCE = "江岚省市场监督管理局"
UNCLEAR = "改正要求未写明召回范围。"
THERE, THEIR_REGION, THEIR_CITY = "临浦市市场监督管理局", "180400", "临浦市"
HANDED_OVER = "检验报告1份\n抽样单1份\n样品照片12张"
NOT_OURS = "经查，当事人的实际经营地在临浦市，不在本局辖区。"
CALLED_BACK = "接收机关告知该企业已迁出，另行移送。"


class Tale(NamedTuple):
    """One party of one finding, and what is done about it: (working day from today, hour, deed)."""

    notice: str  # by whose listings the finding is found
    place: int
    party: Party
    acts: list[tuple[int, int, str]]


P, S = Party.PRODUCER, Party.SELLER


def ordered(day: int) -> list[tuple[int, int, str]]:
    return [(day - 1, 10, "order"), (day, 9, "confirm"), (day, 14, "letter"), (day + 3, 16, "arrived")]


# fmt: off
TALES = [
    Tale("early T", 0, P, [*ordered(-73), (-65, 10, "report"), (-63, 14, "still"), (-62, 10, "confirm"),
                           (-61, 10, "announce"), (-60, 11, "confirm_other"), (-60, 16, "letter"),
                           (-12, 14, "still"), (-11, 10, "confirm"),
                           (-10, 15, "suspend"), (-9, 10, "confirm")]),
    Tale("early T", 0, S, [*ordered(-73), (-64, 10, "report"), (-62, 15, "still"), (-61, 11, "confirm"),
                           (-60, 10, "announce"), (-59, 11, "confirm_other"), (-59, 16, "letter"),
                           (-8, 14, "still"), (-7, 10, "confirm")]),
    Tale("early T", 1, P, [*ordered(-72), (-60, 10, "report"), (-58, 14, "put_right"), (-57, 10, "confirm")]),
    Tale("early T", 1, S, [(-72, 15, "order"), (-71, 11, "reject")]),
    Tale("clothes T", 0, P, [*ordered(-18), (-10, 10, "report"), (-8, 14, "still"), (-7, 11, "confirm")]),
    Tale("clothes T", 0, S, [*ordered(-18), (-12, 10, "report"), (-10, 14, "still"), (-9, 11, "confirm"),
                             (-8, 10, "announce"), (-6, 11, "confirm_other")]),
    Tale("clothes T", 1, P, ordered(-15)),
    Tale("clothes T", 1, S, [*ordered(-15), (-3, 10, "report"), (-1, 14, "put_right")]),
    Tale("clothes L", 0, P, [*ordered(-6), (-5, 10, "hand_over"), (-4, 10, "send"), (-1, 11, "receipt")]),
    Tale("clothes L", 0, S, [(-1, 15, "order")]),
    Tale("clothes C", 0, P, [(-2, 15, "hand_over"), (-1, 10, "send")]),
    Tale("clothes C", 1, P, [(-1, 15, "hand_over")]),
    Tale("clothes C", 1, S, [(-3, 15, "hand_over"), (-2, 10, "send"), (-1, 14, "call_back")]),
]
# fmt: on


def story(stage: Stage, told: Tale) -> Story:
    for day, hour, deed in sorted(told.acts):  # a letter arrives while other things go on
        yield moment(stage.almanac.working(day), hour, f"{told.notice}, {told.place}, {told.party}, {deed}")
        lives: list[Life] = stage.lives.get(told.notice, [])
        if told.place < len(lives):  # a small demonstration has few
            DEEDS[deed](stage, lives[told.place], told.party)
            stage.after("documents")


def case_of(stage: Stage, life: Life, party: Party) -> Correction:
    found = live_correction(stage.session, life.finding, party)
    assert found, "it was ordered before"
    return found


def transfer_of(stage: Stage, life: Life, party: Party) -> Transfer:
    found = live_transfer(stage.session, life.finding, party)
    assert found, "it was proposed before"
    return found


def order(stage: Stage, life: Life, party: Party) -> None:
    there = party == Party.PRODUCER and life.sample.producer_address.startswith(THEIR_CITY)
    region = THEIR_REGION if there else REGION
    corrections.propose_order(stage.session, life.finding, party, DEMANDS, by=stage.coordinator, region=region)


def confirm(stage: Stage, life: Life, party: Party) -> None:
    answered(stage, life, party, stage.reviewer)


def confirm_other(stage: Stage, life: Life, party: Party) -> None:
    """The announcement: not by who ordered."""
    answered(stage, life, party, stage.who("reviewer2"))


def answered(stage: Stage, life: Life, party: Party, by: Actor) -> None:
    step = case_of(stage, life, party).waiting
    assert step, "it was proposed before"
    corrections.confirm(stage.session, step, by=by)


def reject(stage: Stage, life: Life, party: Party) -> None:
    step = case_of(stage, life, party).waiting
    assert step, "it was proposed before"
    corrections.reject(stage.session, step, UNCLEAR, by=stage.reviewer)


def report(stage: Stage, life: Life, party: Party) -> None:
    corrections.report(stage.session, case_of(stage, life, party), REPORTED, clock.now(), by=stage.coordinator)


def still(stage: Stage, life: Life, party: Party) -> None:
    looked(stage, life, party, Outcome.FAILED, STILL)


def put_right(stage: Stage, life: Life, party: Party) -> None:
    looked(stage, life, party, Outcome.GOOD, PUT_RIGHT)


def looked(stage: Stage, life: Life, party: Party, verdict: Outcome, says: str) -> None:
    correction, by = case_of(stage, life, party), stage.coordinator
    shown = stage.proof(EvidenceKind.LOOK, by, life.listing["title"], correction.number, correction.addressee, says)
    found = corrections.Recheck(verdict, clock.now(), says, evidence=[shown])
    corrections.enter_recheck(stage.session, correction, found, by=by)


def announce(stage: Stage, life: Life, party: Party) -> None:
    case = case_of(stage, life, party)
    corrections.propose_announcement(stage.session, case, PROVINCE, REASONS, by=stage.coordinator)


def suspend(stage: Stage, life: Life, party: Party) -> None:
    corrections.propose_suspension(stage.session, case_of(stage, life, party), REASONS, by=stage.coordinator)


def hand_over(stage: Stage, life: Life, party: Party) -> None:
    corrections.propose_transfer(
        stage.session,
        life.finding,
        party,
        by=stage.coordinator,
        authority=THERE,
        region=THEIR_REGION,
        what=HANDED_OVER,
        reason=NOT_OURS,
    )


def send(stage: Stage, life: Life, party: Party) -> None:
    corrections.send_transfer(stage.session, transfer_of(stage, life, party), by=stage.reviewer)


def receipt(stage: Stage, life: Life, party: Party) -> None:
    transfer, by = transfer_of(stage, life, party), stage.coordinator
    number = f"临市监收〔{clock.now():%Y}〕{transfer.id + 30}号"
    shown = stage.proof(EvidenceKind.RECEIPT, by, "移送回执", number, transfer.authority)
    corrections.enter_receipt(stage.session, transfer, number, day_of(clock.now()), shown, by=by)


def call_back(stage: Stage, life: Life, party: Party) -> None:
    corrections.withdraw_transfer(stage.session, transfer_of(stage, life, party), CALLED_BACK, by=stage.reviewer)


def letter(stage: Stage, life: Life, party: Party) -> None:
    corrections.send_letter(stage.session, case_of(stage, life, party), by=stage.coordinator)


def arrived(stage: Stage, life: Life, party: Party) -> None:
    """By post; the picture of the receipt is kept with the case."""
    case, by = case_of(stage, life, party), stage.coordinator
    [*_earlier, last] = letters_about(stage.session, case)
    number = f"YD{spread(f'{case.number}, {last.id}', 10**11):011}CN"
    shown = stage.proof(EvidenceKind.RECEIPT, by, "邮寄回执", number, case.addressee)
    corrections.prove_receipt(stage.session, last, clock.now(), number, by=by)
    attach(stage.session, case, shown, EvidenceKind.RECEIPT, by=by)


DEEDS: dict[str, Callable[[Stage, Life, Party], Any]] = {
    "order": order,
    "confirm": confirm,
    "confirm_other": confirm_other,
    "reject": reject,
    "report": report,
    "still": still,
    "put_right": put_right,
    "announce": announce,
    "suspend": suspend,
    "hand_over": hand_over,
    "send": send,
    "receipt": receipt,
    "call_back": call_back,
    "letter": letter,
    "arrived": arrived,
}
