"""What people call a stratum: as its design names it, but for bands of a price, which a design has in fen and people in
yuan."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from functools import lru_cache
from typing import Any

from quality.campaigns.design import Design, parse_design
from quality.campaigns.frame.bands import NONE, Band, Bands
from quality.core.words import Sentence, Text, _, made_of, sentence

PRICE = "price_fen"
OF_BAND = re.compile(r"(?P<below><[0-9]+)|(?P<from>>=[0-9]+)|(?P<low>[0-9]+)-(?P<high>[0-9]+)")


def stratum_called(stratum: str, design: Design | str) -> str:
    """In the language of the reader: `童装/5000-19999` is 童装/¥50–199.99. `design` may be the text of one."""
    if not stratum:
        return str(_("The whole frame"))
    read = _read(design) if isinstance(design, str) else design
    return called(stratum, read.strata, read.bands)


def called(stratum: str, strata: Sequence[str], bands: Bands) -> str:
    """Whatever does not look like a value of these strata stays as it is: an edition of before may have had others."""
    parts, made_of_number = stratum.split("/"), dict(bands)
    if len(parts) != len(strata):
        return stratum
    columns = (made_of_number.get(name) for name in strata)
    return "/".join(
        _value_called(part, band.column == PRICE) if band else part for part, band in zip(parts, columns, strict=True)
    )


def in_order(names: Iterable[str], design: Design | str) -> list[str]:
    """As people read them: by name, but bands from the lowest up and what has no number last.

    `5000-19999`, `<5000`, `>=20000` is how the bytes of their names sort, which is what a draw goes by.
    """
    read = _read(design) if isinstance(design, str) else design
    return ordered(names, read.strata, read.bands)


def ordered(names: Iterable[str], strata: Sequence[str], bands: Bands) -> list[str]:
    made_of_number = {name: band.values for name, band in bands if band.edges}
    values = [{value: place for place, value in enumerate(made_of_number.get(name, ()))} for name in strata]

    def key(stratum: str) -> list[tuple[int, str]]:
        parts = stratum.split("/")
        if len(parts) != len(values):  # of an edition of before
            return [(0, stratum)]
        return [(places.get(part, len(places)), part) for part, places in zip(parts, values, strict=True)]

    return sorted(names, key=key)


def ordered_in_plan(plan: Mapping[str, Any]) -> list[str]:
    """The strata of an edition of a plan (campaigns/versions.py), where it says what is bought in each."""
    return ordered(plan.get("allocated") or {}, plan["strata"].split("/"), _bands_in(plan))


def meant(typed: str, strata: Sequence[str], bands: Bands) -> str:
    """The design's own name of a stratum that somebody calls as `called` does, or by that name itself."""
    parts, made_of_number = typed.split("/"), dict(bands)
    if len(parts) != len(strata):
        return typed
    columns = (made_of_number.get(name) for name in strata)
    return "/".join(
        _value_meant(part.strip(), band) if band else part for part, band in zip(parts, columns, strict=True)
    )


def edges_called(band: str) -> str:
    """Of a band as an edition of a plan has it: `price_fen: 5000, 20000` is ¥50, ¥200."""
    column, sign, edges = band.partition(": ")
    if column != PRICE or not sign:
        return band
    return ", ".join(_yuan(edge) for edge in edges.split(", "))


def called_in_plan(stratum: str, plan: Mapping[str, Any]) -> str:
    """The same of a stratum in an edition of a plan (campaigns/versions.py)."""
    return called(stratum, plan["strata"].split("/"), _bands_in(plan)) if stratum else str(_("The whole frame"))


def _bands_in(plan: Mapping[str, Any]) -> Bands:
    bands = {name: of.partition(": ") for name, of in plan.get("bands", {}).items()}
    return tuple(
        (name, Band(column, tuple(int(edge) for edge in edges.split(", ") if edge)))
        for name, (column, _sign, edges) in bands.items()
    )


def with_names(text: Text, strata: Sequence[str], bands: Bands) -> Text:
    """A sentence that names a stratum as its design does, for people."""
    if not isinstance(text, Sentence):
        return text
    english, filled_in = made_of(text)
    if "stratum" not in filled_in:
        return text
    return sentence(english, filled_in | {"stratum": called(str(filled_in["stratum"]), strata, bands)})


def _value_called(value: str, is_price: bool) -> str:
    if value == NONE:
        return str(_("no price") if is_price else _("no number"))
    found = OF_BAND.fullmatch(value) if is_price else None
    if found is None:
        return value
    if found["below"]:
        return f"<{_yuan(value[1:])}"
    if found["from"]:
        return f"≥{_yuan(value[2:])}"
    return f"{_yuan(found['low'])}–{_yuan(found['high']).removeprefix('¥')}"


def _value_meant(typed: str, band: Band) -> str:
    """Of yuan and of a dash only what is written is compared: ¥50–199.99 is 50-199.99."""
    if not band.edges:  # they were typed wrongly, which is said at their field
        return typed
    is_price = band.column == PRICE
    names = {_plain(_value_called(value, is_price)): value for value in band.values}
    return typed if typed in band.values else names.get(_plain(typed), typed)


def _plain(value: str) -> str:
    return re.sub(r"[¥￥\s元]", "", value).replace("–", "-").replace("≥", ">=").replace("＜", "<")


def _yuan(fen: str) -> str:
    yuan = Decimal(int(fen)) / 100
    return f"¥{yuan:f}" if yuan == int(yuan) else f"¥{yuan:.2f}"


@lru_cache(maxsize=256)
def _read(design: str) -> Design:
    """A list names one stratum after the other, of few designs."""
    return parse_design(design)
