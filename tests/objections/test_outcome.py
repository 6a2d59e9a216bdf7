"""What two reports say together. Pure."""

from __future__ import annotations

from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quality.objections.models import Decision
from quality.objections.outcome import what_the_reports_say
from quality.standards.judgement import Verdict, in_force


class Found(NamedTuple):
    item: str
    verdict: str


def results(**verdicts: str) -> list[Found]:
    return [Found(item, verdict) for item, verdict in verdicts.items()]


@pytest.mark.parametrize(
    ("first", "second", "decision"),
    [
        (results(lead="fail"), results(lead="pass"), Decision.UPHELD),
        (results(lead="fail"), results(lead="fail"), Decision.DISMISSED),
        (results(lead="fail", acid="pass"), results(lead="conditional_pass"), Decision.UPHELD),
        (results(lead="fail", acid="pass"), results(lead="conditional_fail"), Decision.DISMISSED),
        (results(lead="fail", acid="fail"), results(lead="pass"), Decision.DISMISSED),  # the other one was not disputed
        (results(lead="fail", acid="fail"), results(lead="pass", acid="pass"), Decision.UPHELD),
        (results(lead="fail"), results(lead="undecided"), None),
    ],
)
def test_the_second_report_has_the_last_word_on_what_it_tested(first, second, decision):
    assert what_the_reports_say(first, second) == decision


@given(
    st.dictionaries(st.sampled_from("abcde"), st.sampled_from(list(Verdict)), min_size=1),
    st.dictionaries(st.sampled_from("abcde"), st.sampled_from(list(Verdict))),
)
@settings(max_examples=150)
def test_every_item_of_the_first_report_is_there_once_and_none_is_added(first, second):
    merged = in_force(results(**first), results(**second))
    assert [result.item for result in merged] == list(first)
    assert all(result.verdict == second.get(result.item, first[result.item]) for result in merged)
