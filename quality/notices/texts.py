"""Templates of what a notice says, in both languages: an agency's own, edition by edition, and the shipped one.

Pure but for the table. A template in force never changes: an edit is a new edition, which another person confirms.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from quality.core.db import partial_index
from quality.core.differences import Change
from quality.core.errors import FieldProblem
from quality.core.events import Recorded
from quality.core.words import _
from quality.notices.models import Measure, NoticeKind
from quality.people.models import Organisation, Person

LANGUAGES = ("zh", "en")
REASONS, UNTESTED = "reasons", "reasons_untested"
# texts of a template; on a notice where no listing was tested itself, `reasons_untested` are its reasons
TEXTS = ("legal_basis", REASONS, UNTESTED, "answer_to", "how_to_object")
NEEDED = ("legal_basis", REASONS, UNTESTED)
LONGEST = 10_000  # characters of one text
LONGEST_NAME = 60
PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
PLACEHOLDERS = ("agency", "platform")  # that stay what they are, whatever is put on a draft or taken off
WAITING = sa.text("confirmed_at IS NULL AND refused_at IS NULL")


class NoticeTemplate(Recorded):
    """One edition of a template of an agency. The newest that is confirmed is offered to who drafts."""

    __tablename__ = "notice_template"
    __table_args__ = (
        sa.UniqueConstraint("agency_id", "name", "edition"),
        partial_index("uq_notice_template_waiting", "agency_id", "name", where=WAITING, unique=True),
        sa.CheckConstraint("confirmed_by_id <> drafted_by_id", name="four_eyes"),
        sa.CheckConstraint("(confirmed_by_id IS NULL) = (confirmed_at IS NULL)", name="confirmed_by_somebody"),
        sa.CheckConstraint("confirmed_at IS NULL OR refused_at IS NULL", name="confirmed_or_refused"),
    )

    agency_id: Mapped[int] = mapped_column(sa.ForeignKey("organisation.id"))
    name: Mapped[str] = mapped_column(sa.String(LONGEST_NAME))
    edition: Mapped[int]  # from 1, of this name
    says: Mapped[dict[str, Any]]  # kind, measures, and by language the texts
    drafted_by_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    drafted_at: Mapped[datetime]
    confirmed_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    confirmed_at: Mapped[datetime | None]
    refused_at: Mapped[datetime | None]
    retired_at: Mapped[datetime | None]  # offered no more

    agency: Mapped[Organisation] = relationship()
    drafted_by: Mapped[Person] = relationship(foreign_keys=[drafted_by_id])
    confirmed_by: Mapped[Person | None] = relationship(foreign_keys=[confirmed_by_id])

    @property
    def is_waiting(self) -> bool:
        return self.confirmed_at is None and self.refused_at is None


SHIPPED_NAME = ""  # nobody can give it
SHIPPED: Mapping[str, Any] = {
    "kind": NoticeKind.ORDER.value,
    "measures": [measure.value for measure in Measure],
    "zh": {
        "legal_basis": "《中华人民共和国产品质量法》第十三条；《中华人民共和国电子商务法》第二十九条、第三十八条；"
        "《产品质量监督抽查管理暂行办法》",
        REASONS: "经以消费者身份购买样品并送检，下列商品检验不合格，你单位作为平台经营者应当采取必要的处置措施。",
        UNTESTED: "经以消费者身份购买样品并送检，附件所列结论中的商品检验不合格。下列商品本身未经检验，"
        "经逐一比对，与不合格商品为同一产品或者出自同一销售者，你单位作为平台经营者应当采取必要的处置措施。",
        "answer_to": "",
        "how_to_object": "不服本通知的，可以自收到之日起60日内申请行政复议，或者在6个月内提起行政诉讼；"
        "期间不停止执行。",
    },
    "en": {
        "legal_basis": "Product Quality Law of the People's Republic of China, Article 13; E-commerce Law of the "
        "People's Republic of China, Articles 29 and 38; Interim Measures for Product Quality Supervision Sampling",
        REASONS: "Samples were bought as by a consumer and tested. The products below do not conform; as the operator "
        "of the platform you must take the necessary measures.",
        UNTESTED: "Samples were bought as by a consumer and tested, and the products of the findings named in the "
        "annex do not conform. The listings below were not tested themselves: each was compared, and offers the same "
        "product or is of the same seller. As the operator of the platform you must take the necessary measures.",
        "answer_to": "",
        "how_to_object": "Against this notice you may apply for administrative reconsideration within 60 days of "
        "receiving it, or bring an administrative action within 6 months. Neither suspends its execution.",
    },
}


# --- what is wrong with one ---


def unknown_placeholders(text: str) -> list[str]:
    """What stands in braces and is filled in by nothing, as it was typed, each once."""
    found = (name for name in PLACEHOLDER.findall(text) if name not in PLACEHOLDERS)
    return list(dict.fromkeys(found))


def problems_of(name: str, says: Mapping[str, Any]) -> Iterator[FieldProblem]:
    """Fields are named as forms and the API call them: `zh_reasons`."""
    if not name.strip():
        yield FieldProblem("name", "missing", _("Give the template a name, by which people choose it"))
    if len(name) > LONGEST_NAME:
        yield FieldProblem("name", "too_long", _("Keep to %(most)s characters", most=LONGEST_NAME))
    if says["kind"] not in set(NoticeKind):
        yield FieldProblem("kind", "unknown_kind", _("Choose order or notice"))
    if not says["measures"] or not set(says["measures"]) <= set(Measure):
        yield FieldProblem("measures", "missing", _("Choose at least one thing that the platform must do"))
    for field in TEXTS:
        yield from problems_of_a_text(field, says)


def problems_of_a_text(field: str, says: Mapping[str, Any]) -> Iterator[FieldProblem]:
    for language in LANGUAGES:
        text, place = says[language][field], f"{language}_{field}"
        if not text.strip() and field in NEEDED:
            yield FieldProblem(place, "missing", _("Fill this in: each notice says it"))
        elif language == "en" and not text.strip() and says["zh"][field].strip():
            yield FieldProblem(place, "missing", _("Say it in English too: the courtesy copy says it"))
        if len(text) > LONGEST:
            yield FieldProblem(place, "too_long", _("Keep to %(most)s characters", most=LONGEST))
        for unknown in unknown_placeholders(text):
            known = "、".join(f"{{{each}}}" for each in PLACEHOLDERS)
            text_of = _("Nothing is filled in for {%(name)s}; there are %(known)s", name=unknown[:60], known=known)
            yield FieldProblem(place, "unknown_placeholder", text_of)


# --- what it says, and what is different ---


def differences(old: Mapping[str, Any] | None, new: Mapping[str, Any]) -> Iterator[Change]:
    """Field by field and language by language; of a first edition, nothing."""
    if old is None:
        return
    if old["kind"] != new["kind"]:
        yield Change("kind", old["kind"], new["kind"])
    for measure in Measure:
        was, is_ = measure in old["measures"], measure in new["measures"]
        if was != is_:
            yield Change("measure", measure.value if was else None, measure.value if is_ else None)
    for field in TEXTS:
        for language in LANGUAGES:
            if old[language][field] != new[language][field]:
                yield Change(field, old[language][field], new[language][field], language)


def fill(text: str, values: Mapping[str, str]) -> str:
    """The text with what stands for `{agency}` and `{platform}`; all else as it is."""
    return PLACEHOLDER.sub(lambda found: values.get(found[1], found[0]), text)


def english_for(
    says: Mapping[str, Any], typed: Mapping[str, str], values: Mapping[str, str]
) -> dict[str, dict[str, str]]:
    """By field of a notice, the template's English, and of which 中文 it is the English.

    Only of what was left as the template has it: what a person wrote, nobody has translated.
    """
    found = {}
    for field, text in typed.items():
        for of in (field, UNTESTED) if field == REASONS else (field,):
            if text.strip() and text == says["zh"][of].strip() and says["en"][of].strip():
                found[field] = {"of": fill(text, values), "text": fill(says["en"][of].strip(), values)}
    return found


def english_now(english: Mapping[str, Mapping[str, str]], wording: Mapping[str, Any]) -> dict[str, str]:
    """The English of each text that still reads as it did when its English was kept."""
    return {field: kept["text"] for field, kept in english.items() if wording.get(field) == kept["of"]}
