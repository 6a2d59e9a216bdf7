"""From what a document says to its pages: one template a kind, in the document's language, with its code as a QR."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any, NamedTuple

from flask import render_template
from flask_babel import force_locale
from markupsafe import Markup

from quality.core import clock
from quality.core.clock import BEIJING, rfc3339
from quality.core.config import Settings
from quality.documents import render
from quality.documents.columns import widths
from quality.documents.models import Document, DocumentKind, Language
from quality.documents.signing import SIGNED, Key, key_for, signed
from quality.evidence.vault import Vault, vault_from

QUIET = 2  # modules of white around a code; readers need it
TENTH = Decimal("0.1")
DIGITS = "〇一二三四五六七八九"


class Paper(NamedTuple):
    """What is printed: a row's values, so that nobody holds the row while it is printed."""

    kind: DocumentKind
    language: Language
    code: str
    number: str
    agency: str
    edition: int
    dated: datetime
    says: dict[str, Any]
    agency_code: str = ""


class Printed(NamedTuple):
    pdf: bytes
    key: Key | None  # the agency's, where it was signed with one


def paper_of(document: Document) -> Paper:
    return Paper(
        document.kind,
        document.language,
        document.code,
        document.number,
        document.agency.name,
        document.edition,
        document.asked_at,
        document.says,
        document.agency.code,
    )


@dataclass(frozen=True)
class Press:
    """Where documents are printed and kept. Needs the program's context: templates and words are its own."""

    vault: Vault
    public_url: str
    keys: Path | None = None
    password: str | None = field(default=None, repr=False)

    @classmethod
    def of(cls, settings: Settings) -> Press:
        vault = vault_from(settings.evidence_url)
        return cls(vault, settings.public_url, settings.document_keys, settings.document_keys_password)

    def printed(self, paper: Paper) -> Printed:
        key = key_for(self.keys, self.password, paper.agency_code) if paper.kind in SIGNED else None
        if key:
            key.must_hold_at(clock.now())
        pdf = render.pdf_of(self.html(paper))
        return Printed(signed(pdf, key, paper.dated) if key else pdf, key)

    def preview(self, paper: Paper) -> bytes:
        """Of a paper without a code, to be looked at: it says so on every page, is not signed, and nobody keeps it."""
        assert not paper.code, "what has a code is issued"
        return render.pdf_of(self.html(paper))

    def html(self, paper: Paper) -> str:
        address = f"{self.public_url}/verify/{paper.code}"
        with force_locale(paper.language.value):
            return render_template(
                f"pdf/{paper.kind.value}.html",
                paper=paper,
                says=paper.says,
                address=address,
                shown_address=address.partition("://")[2],
                qr=qr_of(address),
                qr_of=qr_of,
                public_url=self.public_url,
                written_at=rfc3339(paper.dated),
                on=dated(paper.dated.astimezone(BEIJING).date(), paper.language),
                ordinal=ordinal,
                has_digit=has_digit,
                said_in=said_in,
                dated_in=lambda text, spoken: dated(date.fromisoformat(text), Language(spoken)),
                widths=widths,
                percent=percent,
                at=moment_of,
                day_of=lambda text: dated(date.fromisoformat(text), paper.language),
            )


def said_in(language: str, macro: Callable[[str], str]) -> str:
    """What a macro writes in one language, on a paper that has both beside each other."""
    with force_locale(language):
        return macro(language)


def qr_of(address: str) -> Markup:
    import segno  # noqa: PLC0415 - a start draws no codes

    drawn = segno.make(address, error="m", micro=False)
    return Markup(drawn.svg_inline(border=QUIET, omitsize=True, dark="#000", light="#fff", svgclass=None))


def dated(on: date, language: Language) -> str:
    """As an official document writes its date, without leading zeros (GB/T 9704—2012, 7.3.5.4)."""
    return f"{on.year}年{on.month}月{on.day}日" if language == Language.ZH else f"{on.day} {on:%B %Y}"


def has_digit(text: str) -> bool:
    """Whether a value is a number of some unit: `未检出` has none."""
    return any(character.isdigit() for character in text)


def percent(text: str) -> str:
    """A kept share between 0 and 1, rounded once: `12.9`."""
    return f"{(Decimal(text) * 100).quantize(TENTH, ROUND_HALF_UP)}"


def moment_of(text: str) -> str:
    """A kept moment to the minute in Beijing, the same in both languages."""
    return f"{datetime.fromisoformat(text).astimezone(BEIJING):%Y-%m-%d %H:%M}"


def ordinal(n: int, language: Language) -> str:
    """一 … 九十九 in 中文, as the headings of a document count."""
    if language != Language.ZH:
        return str(n)
    tens, ones = divmod(n, 10)
    return ("" if not tens else "十" if tens == 1 else f"{DIGITS[tens]}十") + (DIGITS[ones] if ones or not tens else "")
