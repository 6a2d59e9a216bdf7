"""What parties say in public: one reply of each kind, from one that waits to one that its party took back."""

from __future__ import annotations

from typing import NamedTuple

from quality.core import clock
from quality.demonstration.days import moment
from quality.demonstration.life import Life
from quality.demonstration.stage import Stage
from quality.demonstration.timeline import Story
from quality.objections.models import Party
from quality.permissions import Role
from quality.publication import replies
from quality.publication.replies import last_of

SORRY = "本店已下架该商品并停止销售，购买该批次的消费者可凭订单退货退款。"
RECALLED = "本公司已召回该批次产品，改进了绳带设计，并将改进后的样品送检。"
SWEPT = "我平台收到通知后下架了该商品，并排查下架同款商品，冻结了相关链接的上架权限。"
OFF_TOPIC = "我司其他型号产品历年抽检均为合格，请广大消费者放心选购我司全系列产品。"
NOT_ABOUT_IT = "内容与本次不合格项目无关，属于产品宣传。"


class Tale(NamedTuple):
    """One party of one finding: (working day from today, hour, deed, words)."""

    notice: str
    place: int
    party: Party
    acts: list[tuple[int, int, str, str]]


S, P, PLATFORM = Party.SELLER, Party.PRODUCER, Party.PLATFORM
TALES = [
    Tale("clothes T", 0, S, [(-16, 10, "write", SORRY), (-15, 11, "show", "")]),
    Tale("clothes T", 0, P, [(-13, 15, "write", RECALLED), (-12, 11, "show", "")]),
    Tale("clothes T", 0, PLATFORM, [(-12, 16, "say", SWEPT), (-11, 10, "show", "")]),
    Tale("clothes T", 1, P, [(-14, 10, "write", OFF_TOPIC), (-13, 11, "refuse", NOT_ABOUT_IT)]),
    Tale("clothes T", 1, PLATFORM, [(-12, 17, "say", SWEPT), (-10, 10, "take_back", "")]),
    Tale("clothes L", 0, S, [(-2, 10, "write", SORRY)]),
]


def story(stage: Stage, told: Tale) -> Story:
    for day, hour, deed, words in told.acts:
        yield moment(stage.almanac.working(day), hour, f"{told.notice}, {told.place}, {told.party}, {deed}")
        lives: list[Life] = stage.lives.get(told.notice, [])
        if told.place < len(lives):  # a small demonstration has few
            act(stage, lives[told.place], told.party, deed, words)


def act(stage: Stage, life: Life, party: Party, deed: str, words: str) -> None:
    session, finding = stage.session, life.finding
    if deed == "write":  # on paper
        replies.write(session, finding, party, words, by=stage.coordinator, received_at=clock.now())
        return
    desk = stage.at(finding.sample.purchase.drawn.platform, Role.PLATFORM)
    if deed == "say":
        replies.write(session, finding, party, words, by=desk)
        return
    reply = last_of(session, finding, party)
    assert reply is not None, "it was written before"
    match deed:
        case "show":
            replies.show(session, reply, by=stage.reviewer)
        case "refuse":
            replies.refuse(session, reply, words, by=stage.reviewer)
        case "take_back":
            replies.withdraw(session, reply, by=desk)
