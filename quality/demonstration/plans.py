"""The campaigns of the demonstration, as tables: five that bought or buy, and plans that stand at each step before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from quality.campaigns.models import CampaignKind
from quality.campaigns.operations import ItemPlan
from quality.demonstration.measures import (
    BRUSHES,
    CHARGERS,
    CLOTHES_ITEMS,
    ELECTRIC_ITEMS,
    GLUES,
    MAGNETIC,
    PENCILS,
    PLASTIC,
    PLUSH,
    STATIONERY_ITEMS,
    TOPS,
    TOY_ITEMS,
    TROUSERS,
)

BASIS = "《中华人民共和国产品质量法》第十五条；《中华人民共和国电子商务法》第三十八条；《产品质量监督抽查管理暂行办法》"
PUBLIC_NUMBER = "中国福利彩票双色球当期开奖号码，中国福彩网公布"
PIECES = 2  # bought of each: one to test, one to keep
KEEPS_OPEN = 120  # days after its first that a campaign is planned for


@dataclass(frozen=True, kw_only=True)
class Plan:
    """One campaign. Days are working days back from the campaign's own today; `goes_to` is the last move it made.

    `again`: it was approved, taken back, changed and handed in a second time.
    """

    key: str
    title: str  # {quarter} is the quarter of its first day
    kind: CampaignKind
    category: str
    categories: tuple[str, ...]
    items: Sequence[ItemPlan]
    a_stratum: int  # listings drawn in each: three platforms times the categories
    price_cap_fen: int
    budget_fen: int | None  # for what it buys and has tested
    size_basis: str
    follow_up: bool = False
    all_shops: str = ""  # what was sampled lately is left out, but for the other goods of its shops, and why not those
    by_scores: bool = False  # its strata are the bands of scores
    begins: int  # when it is planned
    goes_to: str = "start"
    listings: int = 40  # on sale in each stratum at least; at most twice as many


BY_PRECISION = "按发现率10%估计，总体估计的95%置信区间半宽不超过7个百分点；每层不少于8件。"
BY_RULE = "风险监测买样：每一平台、每一品种固定件数，只作计数，不推断总体。"
BY_SCORES = "风险定向买样：按风险分分段，每段件数相同、各段不少于1件随机抽取，只作计数，不推断总体。"
BY_BUDGET = "按专项经费确定，每层件数相同。"
AS_BEFORE = "沿用上一季样本量。"
FEW_SHOPS = "各层店铺集中，整店排除后所剩商品不足以抽样；只排除同一商品和同一产品。"
AFTER_A_FINDING = "对此前不合格的链接及同类商品复查，各层同数。"

EARLY, TOYS, CLOTHES, ELECTRIC, STATIONERY = "early", "toys", "clothes", "electric", "stationery"
P, R = CampaignKind.PROBABILITY, CampaignKind.RISK_TARGETED

# fmt: off
PLANS = [
    Plan(key=EARLY, title="网售磁性玩具专项买样", kind=R, category="儿童玩具", items=TOY_ITEMS,
         categories=(MAGNETIC,), a_stratum=2, price_cap_fen=40_000,
         budget_fen=300_000, size_basis=BY_RULE, begins=45),
    Plan(key=TOYS, title="{quarter}网售儿童玩具神秘买样抽检", kind=P, category="儿童玩具", items=TOY_ITEMS,
         categories=(PLUSH, PLASTIC, MAGNETIC), a_stratum=8, price_cap_fen=40_000,
         budget_fen=4_000_000, size_basis=BY_PRECISION, begins=50, listings=240),
    Plan(key=CLOTHES, title="{quarter}网售儿童服装神秘买样抽检", kind=P, category="儿童服装", items=CLOTHES_ITEMS,
         categories=(TOPS, TROUSERS), a_stratum=10, price_cap_fen=50_000,
         budget_fen=2_300_000, size_basis=BY_PRECISION, begins=54, listings=180),
    Plan(key=ELECTRIC, title="充电器与儿童电动牙刷风险监测买样", kind=R, category="家用小电器", items=ELECTRIC_ITEMS,
         categories=(CHARGERS, BRUSHES), a_stratum=9, price_cap_fen=60_000,
         budget_fen=2_500_000, size_basis=BY_RULE, begins=42),
    Plan(key=STATIONERY, title="网售学生文具风险监测买样", kind=R, category="学生文具", items=STATIONERY_ITEMS,
         categories=(PENCILS, GLUES), a_stratum=6, price_cap_fen=20_000,
         budget_fen=1_300_000, size_basis=BY_RULE, begins=27),
]
AGAIN = "in_review"  # of what was bought before: its frame has a listing that had been taken down
STANDING = [  # one at each step before the field; nothing was bought for them
    Plan(key="drawn", title="网售毛绒挂件专项买样", kind=R, category="儿童玩具", items=TOY_ITEMS,
         categories=(PLUSH,), a_stratum=4, price_cap_fen=10_000,
         budget_fen=360_000, size_basis=BY_BUDGET, begins=12, goes_to="draw"),
    Plan(key="frozen", title="网售婴幼儿连体衣买样抽检", kind=P, category="儿童服装", items=CLOTHES_ITEMS,
         categories=(TOPS,), a_stratum=8, price_cap_fen=30_000,
         budget_fen=1_000_000, size_basis=BY_PRECISION, begins=8, goes_to="freeze"),
    Plan(key="approved", title="旅行充电器专项买样", kind=R, category="家用小电器", items=ELECTRIC_ITEMS,
         categories=(CHARGERS,), a_stratum=5, price_cap_fen=30_000,
         budget_fen=700_000, size_basis=BY_SCORES, by_scores=True, begins=7, goes_to="approve"),
    Plan(key=AGAIN, title="网售磁性玩具复查买样", kind=R, category="儿童玩具", items=TOY_ITEMS,
         categories=(MAGNETIC,), a_stratum=6, price_cap_fen=30_000,
         budget_fen=1_000_000, size_basis=AFTER_A_FINDING, follow_up=True, begins=4, goes_to="again"),
    Plan(key="draft", title="{quarter}网售儿童玩具补充买样抽检", kind=P, category="儿童玩具", items=TOY_ITEMS,
         categories=(PLUSH, PLASTIC, MAGNETIC), a_stratum=10, price_cap_fen=10_000,
         budget_fen=4_000_000, size_basis=AS_BEFORE, all_shops=FEW_SHOPS, begins=5, goes_to="return"),
    Plan(key="cancelled", title="网售胶粘剂专项买样", kind=R, category="学生文具", items=STATIONERY_ITEMS,
         categories=(GLUES,), a_stratum=4, price_cap_fen=10_000,
         budget_fen=None, size_basis="", begins=20, goes_to="cancel"),
]
# fmt: on
