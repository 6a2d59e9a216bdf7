"""The rules are those of the domain's table, each with its source, and an unknown one is refused with the list."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from quality.clocks.rules import Certainty, Unit, every_rule, read, rule_on
from quality.core.errors import Invalid

# fmt: off
THE_TABLE = {  # code: length, unit, certainty, as the domain has them
    "to_lab":                   (5,  "working_day",  "account"),
    "lab_report":               (20, "working_day",  "account"),
    "result_told":              (5,  "working_day",  "account"),
    "objection":                (15, "calendar_day", "law"),
    "objection_admission":      (3,  "working_day",  "param"),
    "reinspection_formalities": (7,  "calendar_day", "param"),
    "reinspection_lab":         (10, "calendar_day", "param"),
    "acknowledge":              (1,  "working_day",  "param"),
    "remove_by_order":          (2,  "working_day",  "param"),
    "remove_by_notice":         (3,  "working_day",  "param"),
    "platform_objection":       (3,  "working_day",  "param"),
    "verify_claim":             (3,  "working_day",  "param"),
    "correction":               (60, "calendar_day", "account"),
    "correction_recheck":       (75, "calendar_day", "account"),
    "second_recheck":           (90, "calendar_day", "account"),
    "recheck_1":                (1,  "calendar_day", "param"),
    "recheck_7":                (7,  "calendar_day", "param"),
    "recheck_30":               (30, "calendar_day", "param"),
    "publish_penalty":          (20, "working_day",  "law"),
    "unpublish_annulled":       (3,  "working_day",  "law"),
    "records":                  (2,  "year",         "account"),
    "records_platform":         (3,  "year",         "law"),
    # not in that table: ours, after the same measures
    "keep_backup":              (90, "calendar_day", "param"),
    "keep_backup_failed":       (180, "calendar_day", "param"),
    "transfer_receipt":         (15, "working_day",  "param"),
    "proof_of_receipt":         (1,  "calendar_day", "param"),
    "told_reminder":            (5,  "working_day",  "param"),
    "shipment":                 (5,  "calendar_day", "param"),
    "parcel":                   (10, "calendar_day", "param"),
    "reply":                    (10, "working_day",  "param"),
    "public_conforming":        (3,  "month", "param"),
    "public_nonconforming":     (3,  "year", "param"),
}
# fmt: on
TODAY = date(2026, 9, 1)


def test_the_rules_are_those_of_the_table():
    present = {code: versions[-1] for code, versions in every_rule().items()}

    assert {code: (rule.length, rule.unit, rule.certainty) for code, rule in present.items()} == {
        code: (length, Unit(unit), Certainty(certainty)) for code, (length, unit, certainty) in THE_TABLE.items()
    }


def test_only_the_second_recheck_has_an_earliest_day():
    assert {code: rule_on(code, TODAY).earliest for code in every_rule() if rule_on(code, TODAY).earliest} == {
        "second_recheck": 60
    }


def test_every_rule_has_its_words_and_source_in_both_languages():
    for rule in (rule for versions in every_rule().values() for rule in versions):
        for words in (rule.name, rule.starts_at, rule.source):
            assert words.english.isascii() and words.english.strip()  # type: ignore[attr-defined]
            assert not words.chinese.isascii()  # type: ignore[attr-defined]


def test_an_unknown_rule_is_refused_with_the_list_of_codes():
    with pytest.raises(Invalid) as refused:
        rule_on("coffee", TODAY)

    (problem,) = refused.value.problems
    assert (problem.field, problem.code) == ("rule", "unknown_rule")
    assert all(code in str(problem.text) for code in THE_TABLE)


def test_the_version_of_a_rule_is_the_one_valid_on_the_day(tmp_path: Path, monkeypatch):
    heading, *rows = Path("quality/clocks/rules.csv").read_text(encoding="utf-8").splitlines()
    changed = next(row for row in rows if row.startswith("objection,")).replace(",15,", ",20,")
    file = tmp_path / "rules.csv"
    file.write_text("\n".join([heading, changed.replace("2000-09-01", "2027-03-01"), *rows]), encoding="utf-8")
    monkeypatch.setattr("quality.clocks.rules.every_rule", lambda: read(file))

    assert rule_on("objection", date(2027, 2, 28)).length == 15
    assert rule_on("objection", date(2027, 3, 1)).length == 20
    assert rule_on("objection", date(1999, 1, 1)).length == 15  # older than any version: the oldest
