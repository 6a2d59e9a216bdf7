"""What earlier samples found, filled into a plan as it is typed: S of each stratum, with what it rests on."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, NamedTuple

from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from quality.campaigns.allocation import Method
from quality.campaigns.design import Design
from quality.campaigns.models import Campaign
from quality.campaigns.strata import in_order, stratum_called
from quality.core.words import Text, _
from quality.pages.forms.by_stratum import as_lines, numbers_by_stratum
from quality.pages.forms.planning import PlanForm
from quality.pages.moments import full_day
from quality.pages.sizing import behind, sizes_there, typed_design
from quality.targeting.history import NOTHING, Earlier, earlier, in_all

PLACES = Decimal("0.001")
NAMED = 5  # strata, where many are meant


class Known(NamedTuple):
    """S of one stratum. `guess`: nothing was found there, and somebody had typed this one."""

    stratum: str
    of: Earlier
    deviation: Decimal
    is_guess: bool
    called: str

    @property
    def counts(self) -> str:
        return f"{self.of.found.hits} / {self.of.found.of}" if self.of.is_known else "—"

    @property
    def between(self) -> str:
        interval = self.of.found.interval
        return "—" if interval is None else f"{interval.low * 100:.1f}%–{interval.high * 100:.1f}%"

    @property
    def last_day(self) -> str:
        return full_day(self.of.last_on) if self.of.last_on else "—"


class Remembered(NamedTuple):
    rows: list[Known]
    says: Text
    design: Design


def remembered(session: Session, form: PlanForm, campaign: Campaign | None, agency_id: int) -> Remembered:
    """Of the strata of the frame, or before there is one of those that were tested; `Invalid` where these are wrong."""
    design = typed_design(form, Method.PROPORTIONAL)
    found = earlier(session, agency_id, (form.category.data or "").strip(), design, but=campaign)
    strata = in_order(sizes_there(campaign, design) or found, design)
    guesses = guessed(form, design)
    rows = [known(stratum, design, found.get(stratum, NOTHING), guesses.get(stratum)) for stratum in strata]
    return Remembered(rows, in_words(rows), design)


def guessed(form: PlanForm, design: Design) -> Mapping[str, Decimal]:
    if form.allocation_method.data != Method.NEYMAN:
        return {}
    return numbers_by_stratum(form.by_stratum.data or "", [], of=design)


def known(stratum: str, design: Design, of: Earlier, guess: Decimal | None) -> Known:
    called = stratum_called(stratum, design)
    if of.is_known or guess is None:
        return Known(stratum, of, of.deviation.quantize(PLACES), is_guess=False, called=called)
    return Known(stratum, of, guess, is_guess=True, called=called)


def in_words(rows: list[Known]) -> Text:
    """Why S is what it is, for the reviewer."""
    whole = in_all(row.of for row in rows)
    if not whole.is_known or whole.last_on is None:
        return _(
            "No earlier probability sample of this category with these strata was tested: S is 0.5, the most it can "
            "be, or as typed"
        )
    unknown = [row.called for row in rows if not row.of.is_known]
    said = {"hits": whole.found.hits, "of": whole.found.of, "day": full_day(whole.last_on)}
    if not unknown:
        return _(
            "S from earlier probability samples of this category: %(hits)s of %(of)s tested were nonconforming, the "
            "last on %(day)s",
            **said,
        )
    return _(
        "S from earlier probability samples of this category: %(hits)s of %(of)s tested were nonconforming, the last "
        "on %(day)s; 0.5 or as typed where nothing is known: %(strata)s",
        strata="、".join(unknown[:NAMED]) + ("…" if unknown[NAMED:] else ""),
        **said,
    )


def with_deviations(sent: MultiDict[str, str], found: Remembered) -> MultiDict[str, Any]:
    """What was sent, with S of each stratum, by Neyman's method, and where it is from behind what was written."""
    typed = behind(sent, found.says)
    if found.rows:
        typed["by_stratum"] = as_lines({row.stratum: row.deviation for row in found.rows}, found.design)
        typed["allocation_method"] = Method.NEYMAN.value
    return typed
