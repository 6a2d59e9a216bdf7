"""Personal data is found where it stands, and batches, addresses and brands are left alone."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quality.publication.personal import Field, Personal, found_in, is_name, names_a_person

TELEPHONE, EMAIL, IDENTITY_NUMBER, CONTACT, ORDER, NAME = Personal
IDENTITY = "11010519491231002X"  # the example of GB 11643 itself


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("有问题请致电13800138000", TELEPHONE),
        ("13800138000", TELEPHONE),
        ("138-0013-8000", TELEPHONE),
        ("+86 138 0013 8000", TELEPHONE),
        ("１３８００１３８０００", TELEPHONE),
        ("工业路8号，0990-5550117", TELEPHONE),
        ("(0990)5550117", TELEPHONE),
        ("010-65550117转8", TELEPHONE),
        ("客服 400-555-0117", TELEPHONE),
        ("电话：5550117", TELEPHONE),
        ("Tel. 5550117", TELEPHONE),
        ("联系 xiaoming@shop.example 退货", EMAIL),
        ("xiaoming＠shop.example", EMAIL),
        (f"身份证 {IDENTITY}", IDENTITY_NUMBER),
        (IDENTITY.lower(), IDENTITY_NUMBER),
        ("加微信：xiaoming_88", CONTACT),
        ("QQ 345678901", CONTACT),
        ("订单号：TL20260901001", ORDER),
        ("快递单号 SF000000000001", ORDER),
        ("经营者：王小明", NAME),
        ("店主 欧阳小雨，退货联系", NAME),
        ("法定代表人:李强。", NAME),
        ("店主：王小明来电", NAME),
        ("收货人为阿依古丽·买买提", NAME),
        ("由张女士购买", NAME),
        ("周老师", NAME),
    ],
)
def test_personal_data_is_found_in_prose(text, kind):
    assert kind in found_in(text, Field.PROSE)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "宁夏银川市贺兰县金贵镇汉佐村4队",
        "云州市东湖区工业路138号8栋5层3单元501室，邮编750200",
        "委托方：云州市西域商贸有限公司；受委托方：临浦市万家食品有限公司",
        "经所在地市场监管局核实，该批次产品与标称生产者无任何关系。",
        "生产日期2026-08-01，批号20260801",
        "GB 6675.2—2014 第5.25条",
        "适合女士与老师，标称康师傅牌",
        "经营者：云州市东湖区小满百货店",
        "卖家：妙妙屋",
        "经营者：王府百货商行",
        "91110000600037341L",
        "110105194912310021",  # its check is wrong: some other number
        "268克/袋×400袋",
    ],
)
def test_what_only_looks_like_personal_data_is_left_alone(text):
    assert found_in(text, Field.PROSE) == []


@pytest.mark.parametrize(
    "number",
    ["15421704408", "13800138000", "0990-20181003", "570956658125", "https://item.example/15421704408.html", "L00001"],
)
def test_a_number_that_is_no_telephone_is_left_alone_in_its_own_field(number):
    assert found_in(number, Field.NUMBER) == []


@pytest.mark.parametrize(
    "text", ["批号20260801 电话13800138000", f"{IDENTITY}", "https://item.example/?to=a@b.example"]
)
def test_a_number_that_says_what_it_is_is_found_in_any_field(text):
    assert found_in(text, Field.NUMBER) != []


@pytest.mark.parametrize("brand", ["康师傅", "李宁", "江小白", "王老吉", "白象"])
def test_a_brand_that_looks_like_a_name_is_left_alone(brand):
    assert found_in(brand, Field.NAME) == []


def test_names_that_must_not_appear_are_found_in_every_field():
    for field in Field:
        assert found_in("由沈一禾购得", field, people=["沈一禾"]) == [NAME]
        assert found_in("bought by Li Lei", field, people=["Li"]) == [NAME]
    assert found_in("Limited edition", Field.NAME, people=["Li"]) == []
    assert found_in("一盒", Field.PROSE, people=["一", ""]) == []


@pytest.mark.parametrize("shop", ["王小明", "李强", "欧阳小雨", "王小明的小店", "张女士", "张小雨女士"])
def test_a_shop_may_bear_a_persons_name(shop):
    assert names_a_person(shop)


def test_a_name_is_a_surname_and_no_more_than_two_characters():
    assert all(is_name(name) for name in ("王明", "王小明", "欧阳明", "欧阳小明", "阿依古丽·买买提"))
    assert not any(is_name(word) for word in ("王", "王小明明", "妙小明", "欧阳小明明"))


@pytest.mark.parametrize(
    "shop", ["小满童品旗舰店", "妙妙玩具杂货铺", "棠梨", "王记食品专营店", "", "Xiaoman Toys", "女士"]
)
def test_most_shops_bear_none(shop):
    assert not names_a_person(shop)


@settings(deadline=None)
@given(st.text(), st.sampled_from(Field))
def test_any_text_can_be_asked(text, field):
    assert set(found_in(text, field)) <= set(Personal)
    assert names_a_person(text) in (True, False)
