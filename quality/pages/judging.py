"""Test results as rows of the look: what was found, the limit, the bar between, and the verdict that was recorded."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple

from sqlalchemy.orm import Session

from quality.core.words import Reason, Text, _, all_in_script, in_script
from quality.pages.plots import Bar, accepted, bar_of, both_bars
from quality.pages.words import Tone, word
from quality.purchases.labels import RECORDED
from quality.standards.judgement import Compared, judge
from quality.standards.models import Severity
from quality.standards.names import item_key
from quality.standards.queries import Weighed, severities
from quality.standards.rules import Verdict

TONES = {
    "pass": Tone.OK,
    "conditional_pass": Tone.WARN,
    "conditional_fail": Tone.BAD,
    "fail": Tone.BAD,
    "undecided": Tone.WARN,
    "conforming": Tone.OK,
    "nonconforming": Tone.BAD,
}
TAKEDOWNS = {  # of all listings of a result, by the least settled of them
    "not_asked": Tone.IDLE,
    "asked": Tone.LIVE,
    "claimed": Tone.SAID,
    "verified": Tone.SEEN,
    "excused": Tone.VOID,
}
NO_WEIGHTS: Mapping[Weighed, Severity] = MappingProxyType({})  # for parties and the public: see decision 0026
PARTS = ("item", "value", "unit", "uncertainty", "lod", "loq", "method", "limit", "rule", "verdict")


class Row(NamedTuple):
    item: str
    method: str
    value: str
    unit: str
    uncertainty: str
    limit: str
    asks: Text  # the limit in a phrase
    rule: Text
    accepted: Text
    tone: Tone
    verdict: Text
    reason: Text
    is_undecided: bool
    resolved_by: Text  # what takes an undecided one further
    bar: Bar | None
    aria: Text
    standard: Text = ""  # of the library, which the limit was taken from
    by: str = "simple"  # the code of the rule
    compared: Compared | None = None
    again: Row | None = None  # what the re-inspection of the same item found
    both: tuple[Bar, Bar] | None = None  # this one and that one on one scale
    is_outside: bool = False  # reported outside the laboratory's accreditation
    severity: Text = ""  # of what failed, for those who decide

    @property
    def names_one_outside(self) -> bool:
        """In either test."""
        return self.is_outside or (self.again is not None and self.again.is_outside)

    @property
    def is_bad(self) -> bool:
        """In either test, where there were two."""
        return Tone.BAD in (self.tone, self.again and self.again.tone)


def rows_of(
    results: Iterable[Any], again: Iterable[Any] = (), weights: Mapping[Weighed, Severity] = NO_WEIGHTS
) -> list[Row]:
    """Each result, and beside it what a re-inspection found of the same item: first what was tested again."""
    second = {item_key(row.item): row for row in (row_of(each, weights) for each in again)}
    first = [row_of(each, weights) for each in results]
    rows = [beside(row, second.pop(item_key(row.item), None)) for row in first]
    rows += second.values()
    return sorted(rows, key=lambda row: row.again is None) if again else rows


def beside(first: Row, again: Row | None) -> Row:
    if again is None:
        return first
    both = both_bars(first.compared, again.compared, (first.by, again.by))
    aria = _("First test: %(first)s. Re-inspection: %(again)s", first=first.aria, again=again.aria)
    return first._replace(again=again, both=both, aria=aria, severity=first.severity or again.severity)


def overtaken(
    results: Sequence[Any], first: Sequence[Any] = (), weights: Mapping[Weighed, Severity] = NO_WEIGHTS
) -> list[Row]:
    """The results as they stand, of which some are a re-inspection's; `first`: what those were before."""
    tested = {item_key(str(said_of(each, "item"))) for each in first}
    rows, again = list[Any](), list[Any]()
    for each in results:
        (again if item_key(str(said_of(each, "item"))) in tested else rows).append(each)
    return rows_of([*first, *rows], again, weights)


def said_of(result: Any, name: str) -> Any:
    """Of a `TestResult`, or of an item of a frozen copy, which has the same names."""
    return result.get(name) if isinstance(result, Mapping) else getattr(result, name, "")


OF_A_LABEL = frozenset(RECORDED.values())
ON_A_LABEL: dict[str, Text] = {  # no laboratory has seen it
    "conforms": _("The agency looked at the label: it is there."),
    "does_not_conform": _("The agency looked at the label: it is missing, or wrong."),
}


def why(reason: Reason, item: str) -> Text:
    if item in OF_A_LABEL and reason.code in ON_A_LABEL:
        return ON_A_LABEL[reason.code]
    if reason.code == "no_uncertainty":
        return _("The decision rule needs the uncertainty U, and none is given")
    return all_in_script(reason.text)


def row_of(result: Any, weights: Mapping[Weighed, Severity] = NO_WEIGHTS) -> Row:
    said = {name: str(said_of(result, name) or "") for name in PARTS}
    shown = {name: in_script(said[name]) for name in ("item", "value", "unit", "limit")}
    rule = said["rule"] or "simple"
    again = judge(
        said["value"],
        said["unit"],
        said["limit"],
        uncertainty=said["uncertainty"],
        lod=said["lod"],
        loq=said["loq"],
        rule=rule,
    )  # for the bar and the words only: the verdict is the one on record
    verdict, spread = word("verdict", said["verdict"]), said["uncertainty"].strip().lstrip("±")
    stretch = accepted(again.compared, rule)
    is_undecided = said["verdict"] == "undecided"
    return Row(
        item=shown["item"],
        method=said["method"],
        value=shown["value"],
        unit=shown["unit"],
        uncertainty=spread,
        limit=shown["limit"],
        asks=phrase(shown["limit"]),
        rule=word("rule", rule),
        accepted=stretch,
        tone=TONES.get(said["verdict"], Tone.IDLE),
        verdict=verdict,
        reason=why(again.reason, said["item"]),
        is_undecided=is_undecided,
        resolved_by=what_resolves(again.reason.code) if is_undecided else "",
        bar=bar_of(again, rule),
        aria=_(
            "Found %(value)s %(unit)s, expanded uncertainty U: %(uncertainty)s, limit %(limit)s. "
            "Decision rule: %(rule)s. Accepted: %(accepted)s. Judgement: %(verdict)s",
            value=shown["value"],
            unit=shown["unit"],
            uncertainty=f"±{spread}" if spread else _("not given"),
            limit=shown["limit"],
            rule=word("rule", rule),
            accepted=stretch or "—",
            verdict=verdict,
        ),
        standard=standard_of(result),
        by=rule,
        compared=again.compared,
        is_outside=bool(said_of(result, "outside_accreditation")),
        severity=severity_of(result, weights),
    )


def weights_of(session: Session, agency_id: int | None, *results: Iterable[Any]) -> dict[Weighed, Severity]:
    """What the agency's library says of those that failed, in the versions that the judgements kept."""
    found = (weighed(result) for each in results for result in each)
    return severities(session, agency_id, filter(None, found))


def weighed(result: Any) -> Weighed | None:
    """None: it did not fail, or no standard of the library set its limit."""
    if said_of(result, "verdict") not in (Verdict.FAIL, Verdict.CONDITIONAL_FAIL) or not (kept := held_against(result)):
        return None
    return Weighed(str(kept["number"]), str(kept["version"]), str(said_of(result, "item")))


def severity_of(result: Any, weights: Mapping[Weighed, Severity]) -> Text:
    named = weighed(result)
    if named is None or named not in weights:
        return ""
    return _("Severity: %(severity)s", severity=word("severity", weights[named]))


def held_against(result: Any) -> Mapping[str, Any] | None:
    """The standard of the library that a judgement kept."""
    if isinstance(result, Mapping):
        return result.get("standard")
    kept: Mapping[str, Any] | None = getattr(result, "judgement", {}).get("standard")
    return kept


def standard_of(result: Any) -> Text:
    """Which standard a limit was taken from, as it stood in which version of the library."""
    kept = held_against(result)
    if not kept:
        return ""
    named = "，".join(filter(None, (str(kept["number"]), str(kept["clause"]))))
    return _("%(standard)s, version %(version)s of the library", standard=named, version=kept["version"])


def phrase(limit: str) -> Text:
    """A limit has a figure or is none at all (不得检出); anything else is a requirement (符合)."""
    if any(map(str.isdigit, limit)) or limit.startswith("不得"):
        return _("Limit %(limit)s", limit=limit)
    return _("Required: %(limit)s", limit=limit)


WANTS: dict[str, Text] = {  # by why it is undecided: what the laboratory's next report has to say
    "maybe_detected": _("A report that gives the detection limit, or says 未检出 where nothing was found"),
    "no_bound": _("A report that gives the detection limit, or says 未检出 where nothing was found"),
    "no_uncertainty": _("A report that gives the expanded uncertainty U"),
    "bound_is_open": _("A test by a method that measures down to the limit"),
    "plan_open": _("A test by a method that measures down to the limit"),
    "wrong_count": _("A report with as many results as the sampling plan asks"),
    "incommensurable": _("A report in a unit that can be converted into the limit's"),
    "unknown_unit": _("A report in a unit that can be converted into the limit's"),
    "unit_missing": _("A report in a unit that can be converted into the limit's"),
    "results_without_unit": _("A report in a unit that can be converted into the limit's"),
    "two_units": _("A report in a unit that can be converted into the limit's"),
}
LIMITS_FAULT = {"no_limit", "limit_without_sign", "unreadable_limit", "unknown_rule"}


def what_resolves(code: str) -> Text:
    if code in LIMITS_FAULT:
        return _("No report helps: the plan's limit or rule cannot be read. End the sample as impossible to test")
    return WANTS.get(code) or _("A report with a value that can be read")


def undecided(rows: Sequence[Row]) -> list[Row]:
    return [row for row in rows if row.is_undecided]
