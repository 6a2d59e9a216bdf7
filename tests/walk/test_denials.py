"""A remark that tells of a successful authenticity objection is recognised, and nothing that only looks like one."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quality.walk.denials import says_the_product_is_not_theirs

PRODUCER = "委托方：西岭电子商务有限公司；受委托方：小满果品有限公司"


@pytest.mark.parametrize(
    "remark",
    [
        "经澜江省市场监管局核实，该批次产品与标称受委托方无任何关系。",
        "经云州市市场监督管理局核实，该产品并非来自小满果品有限公司。",
        "经澜江市市场监管局核实，该批次产品并非由小满果品有限公司生产。",
        "经核实，标称生产企业未生产过该批次产品。",
        "经云州市市场监管局调查核实,该批次产品与标称生产企业无关系",
        "执行标准：GB 1534。经云州市市场监管局确认，该批次产品系假冒小满果品有限公司的产品。",
        "经当地监管部门核查，小满果品有限公司从未生产该批次产品。",
        "经核实，该批次商品不是标称生产企业生产的。",
        "备注：经监管部门核实，上述产品与标称生产企业小满果品有限公司没有任何关联。",
        "经 云州市 市场监管局 核实 ， 该批次产品 与 标称受委托方 无关系 。",
    ],
)
def test_what_an_authority_found_about_the_goods_and_their_named_producer(remark):
    assert says_the_product_is_not_theirs(remark, PRODUCER)


@pytest.mark.parametrize(
    "remark",
    [
        "",
        "执行标准：GB 1534；质量等级：一级；加工工艺：压榨",
        # nobody found it
        "该批次产品与标称受委托方无任何关系。",
        "标称生产企业称该批次产品与其无任何关系。",
        "经核实，标称生产企业称该批次产品非其生产。",
        "经标称生产企业核实，该批次产品与标称受委托方无任何关系。",
        "生产企业对该批次产品的真实性提出异议，云州市市场监管局正在核实。",
        # not yet, or the contrary
        "未经云州市市场监管局核实，该批次产品与标称受委托方无任何关系。",
        "经云州市市场监管局正在核实，该批次产品与标称受委托方无任何关系。",
        "经云州市市场监管局初步核实，该批次产品与标称受委托方无任何关系。",
        "经云州市市场监管局核实，并无证据表明该批次产品与标称受委托方无任何关系。",
        "经云州市市场监管局核实，该批次产品与标称受委托方无任何关系的说法不成立。",
        "经云州市市场监管局核实，该批次产品并非假冒小满果品有限公司的产品。",
        "经云州市市场监管局核实，该批次产品系小满果品有限公司生产。",
        # why it failed, not whose it is
        "经云州市市场监管局核实，该批次产品不合格是存储该产品的冰柜制冷系统发生故障导致。",
        "经云州市市场监管局核实，该批次产品不合格与标称受委托方无任何关系。",
        # somebody else
        "经云州市市场监管局核实，该批次产品与棠梨商城平台无任何关系。",
        "经云州市市场监管局核实，该批次产品与标称销售方无任何关系。",
        "经云州市市场监管局核实，该批次产品并非由大满果品有限公司生产。",
        "经云州市市场监管局核实，该批次产品与公司无任何关系。",
    ],
)
def test_near_misses_are_none(remark):
    assert not says_the_product_is_not_theirs(remark, PRODUCER)


WORDS = [
    "经",
    "核实",
    "，",
    "。",
    "该批次产品",
    "与",
    "标称受委托方",
    "无任何关系",
    "并非由",
    "生产",
    "市场监管局",
    "未",
]


@settings(max_examples=150, deadline=None)
@given(st.lists(st.sampled_from(WORDS), max_size=30).map("".join))
def test_without_an_authority_that_found_it_there_is_none(remark):
    assert not says_the_product_is_not_theirs(remark.replace("核实", "声称"), PRODUCER)


def test_the_longest_remark_is_read_in_no_time():
    begun = time.process_time()
    for part in ("经" * 2_000, "经核实，该产品与" * 250, "经核实，" + "该产品与甲" * 400):
        assert not says_the_product_is_not_theirs(part, PRODUCER)
    assert time.process_time() - begun < 1  # seconds; a pattern that tries every way takes minutes
