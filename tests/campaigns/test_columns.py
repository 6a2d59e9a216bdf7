"""What headings mean, said by somebody; and a file that stops in the middle of a line."""

from __future__ import annotations

import json

import pytest

from quality.campaigns.frame import import_frame
from quality.campaigns.frame.command import print_import
from quality.campaigns.frame.headings import columns, read_mapping
from quality.core.errors import Invalid

ROWS = "".join(f"L{i},棠梨商城,玩具,{i}.5,x\n" for i in range(3))


def test_what_somebody_says_of_a_heading_counts_before_what_it_says_itself():
    said = {"编码": "listing_id", "类目": "category", "标题": "", "备注": "-"}
    headings = ["编码", "平台", " 类目 ", "标题", "备注", "其他"]
    assert columns(headings, mapping=said) == ["listing_id", "platform", "category", "标题", "", "其他"]


@pytest.mark.parametrize("told", [[], {"a": 1}, {"a": "colour"}, "a", None])
def test_what_names_no_column_is_refused(told):
    with pytest.raises(Invalid) as wrong:
        read_mapping(told, "map")
    assert [(each.field, each.code) for each in wrong.value.problems] == [("map", "bad_mapping")]


def test_the_command_takes_it_from_a_file_and_freezes_the_same_rows(tmp_path, capsys):
    odd, plain, said = (tmp_path / name for name in ("odd.csv", "plain.csv", "map.json"))
    odd.write_text("编码,platform,类目,价,备注\n" + ROWS, encoding="utf-8")
    plain.write_text("listing_id,platform,category,price_yuan\n" + ROWS.replace(",x", ""), encoding="utf-8")
    mapping = {"编码": "listing_id", "类目": "category", "价": "price_yuan", "备注": "-"}
    said.write_text(json.dumps(mapping, ensure_ascii=False), encoding="utf-8")
    print_import(odd, tmp_path / "store", said)
    assert f"sha256 {import_frame(plain, tmp_path / 'store').sha256}" in capsys.readouterr().out
    said.write_text("{", encoding="utf-8")
    with pytest.raises(Invalid):
        print_import(odd, tmp_path / "store", said)


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030", "utf-16"])
def test_a_text_that_stops_in_the_middle_of_a_line_may_have_been_cut_off(tmp_path, encoding, capsys):
    source = tmp_path / "frame.csv"
    whole = "listing_id,platform,category,price_yuan,note\n" + ROWS
    for content, says in ((whole, False), (whole.replace("\n", "\r\n"), False), (whole[:-3], True), (whole[:-1], True)):
        source.write_bytes(content.encode(encoding))
        assert import_frame(source, tmp_path / "store").ends_open is says, content
    print_import(source, tmp_path / "store")
    told = capsys.readouterr()
    assert "may have been cut off" in told.err
    assert "cut off" not in told.out


def test_a_quotation_mark_that_is_never_closed_loses_no_row_in_silence(tmp_path):
    source = tmp_path / "frame.csv"
    source.write_text("listing_id,platform,category,price_yuan,note\n" + ROWS + 'L9,"棠梨商城', encoding="utf-8")
    with pytest.raises(Invalid) as wrong:
        import_frame(source, tmp_path / "store")
    assert [each.code for each in wrong.value.problems] == ["never_closed"]
