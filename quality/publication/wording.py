"""The text of an announcement from a template: what may be filled in, with which figures, and what is wrong with one.

Pure. A text is filled from what the announcement itself says, which is frozen: nothing is read from live rows. Of a
campaign by risk it says counts only, since nobody knows how likely each product was to be chosen.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, NamedTuple

from quality.campaigns.models import CampaignKind
from quality.core.db import canonical
from quality.core.differences import Change
from quality.core.errors import FieldProblem
from quality.core.words import Text, _
from quality.publication.copies import WORDS
from quality.publication.personal import Field, found_in

LANGUAGES = ("zh", "en")
LONGEST = 10_000  # characters of a template, and of a text as it is typed
LONGEST_FILLED = 40_000  # with the list filled in
LISTED = 50  # products that the text itself lists; all stand in the annex
TENTH = Decimal("0.1")
PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
HEADING = re.compile(r"(?:[一二三四五六七八九十]{1,3}、|\d{1,2}\. )[^。；：:;.]{1,40}")
SHARE = re.compile(r"[%％‰]|百分之|per\s*cent", re.IGNORECASE)

# fmt: off
PLACEHOLDERS: dict[str, Text] = {
    "agency":             _("the agency's name"),
    "campaign":           _("the campaign's title"),
    "number":             _("the campaign's number"),
    "category":           _("the category"),
    "basis":              _("the legal basis"),
    "period":             _("the first and the last day of sampling"),
    "platforms":          _("the platforms whose listings were bought"),
    "bought":             _("how many batches were bought"),
    "tested":             _("how many were tested and announced"),
    "nonconforming":      _("how many do not conform"),
    "conforming":         _("how many conform"),
    "label_only":         _("how many fail by their label and were not tested, as words; nothing where there are none"),
    "rate":               _("the detection rate with its interval, or why there is none"),
    "nonconforming_list": _("what does not conform, a line each"),
    "day":                _("the day on which the text is proposed"),
}
# fmt: on
SHARES = ("rate",)  # that no text of a campaign by risk says

SHIPPED: Mapping[CampaignKind, Mapping[str, str]] = {
    CampaignKind.PROBABILITY: {
        "zh": "根据{basis}，我局于{period}组织开展了{category}网络销售产品质量监督抽查（任务编号{number}）。"
        "现将抽查结果公告如下。\n"
        "一、基本情况\n"
        "本次抽查以消费者身份在{platforms}购买样品{bought}批次，样品由冻结的抽样框随机抽取；"
        "完成检验并公布{tested}批次，其中不合格{nonconforming}批次，合格{conforming}批次{label_only}。{rate}。\n"
        "二、不合格产品\n"
        "{nonconforming_list}\n"
        "三、处理情况\n"
        "对不合格产品，我局已通知相关平台依法处置，并自行核查下架情况。本公告附件列明全部结果，"
        "每项结果均有单独的网页，可以查询和验证。\n"
        "特此公告。",
        "en": "Under {basis}, from {period} we carried out a spot check of {category} sold online (campaign {number}). "
        "The results are announced as follows.\n"
        "1. Overview\n"
        "Buying as a consumer on {platforms}, we bought {bought} batches, drawn at random from a frozen list; "
        "{tested} were tested and are announced: {nonconforming} do not conform, {conforming} conform{label_only}. "
        "{rate}.\n"
        "2. Products that do not conform\n"
        "{nonconforming_list}\n"
        "3. What was done\n"
        "The platforms were told to act on what does not conform, and we looked for ourselves whether it was taken "
        "down. The annexes list every result; each has a page of its own, where it can be checked.",
    },
    CampaignKind.RISK_TARGETED: {
        "zh": "根据{basis}，我局于{period}组织开展了{category}网络销售产品质量风险监督抽查（任务编号{number}）。"
        "现将抽查结果公告如下。\n"
        "一、基本情况\n"
        "本次抽查以消费者身份在{platforms}购买样品{bought}批次，样品按风险选取；"
        "完成检验并公布{tested}批次，其中不合格{nonconforming}批次，合格{conforming}批次{label_only}。"
        "以上仅为数量，不代表在售产品的总体情况。\n"
        "二、不合格产品\n"
        "{nonconforming_list}\n"
        "三、处理情况\n"
        "对不合格产品，我局已通知相关平台依法处置，并自行核查下架情况。本公告附件列明全部结果，"
        "每项结果均有单独的网页，可以查询和验证。\n"
        "特此公告。",
        "en": "Under {basis}, from {period} we carried out a risk-based spot check of {category} sold online (campaign "
        "{number}). The results are announced as follows.\n"
        "1. Overview\n"
        "Buying as a consumer on {platforms}, we bought {bought} batches, chosen by risk; {tested} were tested and are "
        "announced: {nonconforming} do not conform, {conforming} conform{label_only}. These are counts only, and do "
        "not speak for all products on sale.\n"
        "2. Products that do not conform\n"
        "{nonconforming_list}\n"
        "3. What was done\n"
        "The platforms were told to act on what does not conform, and we looked for ourselves whether it was taken "
        "down. The annexes list every result; each has a page of its own, where it can be checked.",
    },
}
WHY_NO_RATE = {  # by the codes of estimates.WhyNot
    "risk_targeted": (
        "样品按风险选取，只公布数量，不计算比例",
        "Chosen by risk, so that counts are announced and no rate",
    ),
    "too_few": ("检验批次较少，不计算比例", "Too few were tested for a rate to be stated"),
}


# --- filled in ---


def figures_in(says: Mapping[str, Any], *, agency: str, number: str) -> dict[str, dict[str, str]]:
    """By language, what stands for each placeholder but the day. `says`: what the announcement says (contents.py)."""
    said = {language: {"agency": agency, "number": number, **filled_from(says, language)} for language in LANGUAGES}
    return said


def filled_from(says: Mapping[str, Any], language: str) -> dict[str, str]:
    is_zh = language == "zh"
    lines, found = says["nonconforming"], says["found"]
    names = dict.fromkeys(each["platform"] for each in [*lines, *says["conforming"]])
    first, last = (written(says[name], language) for name in ("starts_on", "ends_on"))
    return {
        "campaign": says["title"],
        "category": says["category"],
        "basis": str(says["basis"]).rstrip("。.；; "),
        "period": f"{first}至{last}" if is_zh else f"{first} to {last}",
        "platforms": ("、" if is_zh else ", ").join(names) or ("—" if names else "网络平台" if is_zh else "platforms"),
        "bought": str(says["bought"]),
        "tested": str(says["tested"]),
        "nonconforming": str(found["nonconforming"]),
        "conforming": str(found["conforming"]),
        "label_only": untested_in_words(int(says.get("label_only") or 0), language),
        "rate": rate_in_words(says["figures"], language),
        "nonconforming_list": "\n".join(listed(lines, language)) or ("无" if is_zh else "None"),
    }


def untested_in_words(many: int, language: str) -> str:
    """It goes on behind what was tested, and is in none of those numbers."""
    if not many:
        return ""
    if language == "zh":
        return f"；另有{many}件标签不合格，未经检验"
    return f"; {many} more {'fails' if many == 1 else 'fail'} by the label alone, untested"


def written(on: date | str, language: str) -> str:
    """As an official document writes a day."""
    day = on if isinstance(on, date) else date.fromisoformat(on)
    return f"{day.year}年{day.month}月{day.day}日" if language == "zh" else f"{day.day} {day:%B %Y}"


def rate_in_words(figures: Mapping[str, Any], language: str) -> str:
    """Never without its interval; or the sentence why none is said."""
    share = figures.get("rate")
    if share is None:
        return WHY_NO_RATE.get(figures["why_not"] or "", WHY_NO_RATE["too_few"])[language != "zh"]
    value, low, high = (percent(share[name]) for name in ("value", "low", "high"))
    if language == "zh":
        return f"不合格发现率为{value}%（95%置信区间{low}%至{high}%，威尔逊法）"
    return f"The detection rate is {value}% (95% interval {low}% to {high}%, Wilson)"


def percent(share: Decimal | str) -> str:
    return f"{(Decimal(share) * 100).quantize(TENTH, ROUND_HALF_UP)}"


def listed(lines: Collection[Mapping[str, Any]], language: str) -> Iterator[str]:
    """A line each, the first LISTED: product, batch, producer, what failed against which limit."""
    is_zh = language == "zh"
    for place, each in enumerate([*lines][:LISTED], 1):
        about = [part for part in (each["product"]["spec"], each["product"]["batch"], each["producer"]) if part]
        failed = ("、" if is_zh else "; ").join(failure(item, is_zh=is_zh) for item in each["failed"])
        beside = f"（{'；'.join(about)}）" if is_zh else f" ({'; '.join(about)})"
        denies = ("（标称生产者否认生产）" if is_zh else " (the producer denies it)") if each["producer_denies"] else ""
        gap = "：" if is_zh else ": "
        if each.get("label_only"):
            gap = "（仅标签不合格，未经检验）：" if is_zh else " (by its label alone, untested): "
        yield f"{place}. {each['product']['name']}{beside if about else ''}{denies}{gap}{failed}"
    if len(lines) > LISTED:
        more = len(lines) - LISTED
        yield f"其余{more}批次见附件1。" if is_zh else f"{more} more stand in Annex 1."


def failure(item: Mapping[str, Any], *, is_zh: bool) -> str:
    """A limit that is no number is what was required: 符合."""
    limit, is_number = item["limit"], any(sign.isdigit() for sign in item["limit"])
    value = f"{item['item']} {item['value']} {item['unit']}".rstrip()
    if is_zh:
        return f"{value}（{'限量' if is_number else '要求：'}{limit}）"
    return f"{value} ({'limit' if is_number else 'required:'} {limit})"


def fill(text: str, values: Mapping[str, str]) -> str:
    """The text with what stands for each placeholder; all else as it is."""
    return PLACEHOLDER.sub(lambda found: values.get(found[1], found[0]), text)


class Block(NamedTuple):
    """A paragraph of a text, or a heading: a short line that counts and ends no sentence."""

    text: str
    is_heading: bool


def blocks_of(text: str) -> list[Block]:
    lines = (line.strip() for line in text.split("\n"))
    return [Block(line, HEADING.fullmatch(line) is not None) for line in lines if line]


def still_holds(rests_on: Mapping[str, Any], now: Mapping[str, Any]) -> bool:
    """Whether the figures on which a text rests are those of the announcement as it is made now.

    What is new since the text was written, and says nothing, is no other figure.
    """
    known = {
        language: {name: text for name, text in values.items() if text or name in rests_on.get(language, {})}
        for language, values in now.items()
    }
    return canonical(rests_on) == canonical(known)


# --- what is wrong ---


def unknown_placeholders(text: str, kind: CampaignKind) -> list[str]:
    """What stands in braces and is filled in by nothing, as it was typed, each once."""
    known = offered(kind)
    return list(dict.fromkeys(name for name in PLACEHOLDER.findall(text) if name not in known))


def offered(kind: CampaignKind) -> list[str]:
    """The placeholders of a template for campaigns of this kind."""
    return [name for name in PLACEHOLDERS if kind == CampaignKind.PROBABILITY or name not in SHARES]


def problems_of_template(says: Mapping[str, str], kind: CampaignKind) -> list[FieldProblem]:
    """By the fields `zh` and `en`."""
    return [each for language in LANGUAGES for each in problems_of_one(says[language], language, kind, LONGEST)]


def problems_of_one(text: str, place: str, kind: CampaignKind, longest: int) -> Iterator[FieldProblem]:
    if not text.strip():
        yield FieldProblem(place, "missing", _("Fill this in: the announcement says it in both languages"))
    if len(text) > longest:
        yield FieldProblem(place, "too_long", _("Keep to %(most)s characters", most=longest))
    if any(not (sign.isprintable() or sign in "\n\t\u3000") for sign in text):
        yield FieldProblem(place, "control_character", _("Remove control characters and other signs that nobody sees"))
    known = "、".join(f"{{{each}}}" for each in offered(kind))
    for unknown in unknown_placeholders(text, kind)[:5]:
        said = (
            _("{%(name)s} is a share, and a campaign by risk says counts only: take it out", name=unknown)
            if unknown in SHARES
            else _("Nothing is filled in for {%(name)s}; there are %(known)s", name=unknown[:60], known=known)
        )
        yield FieldProblem(place, "unknown_placeholder", said)
    if re.search(r"[{}]", PLACEHOLDER.sub("", text)):
        yield FieldProblem(place, "open_brace", _("A brace has no partner: placeholders stand as in {campaign}"))


def problems_of_text(
    says: Mapping[str, str], kind: CampaignKind, values: Mapping[str, Mapping[str, str]], people: Collection[str]
) -> Iterator[FieldProblem]:
    """Of a text that is proposed, filled in. `people`: names that must not appear in it at all.

    What it repeats of the frozen figures was looked through when they were frozen: a batch number is no telephone.
    """
    for language in LANGUAGES:
        text = says[language]
        yield from problems_of_one(text, language, kind, LONGEST_FILLED)
        typed = without_figures(text, values[language])
        for what in found_in(typed, Field.PROSE, people=people):
            said = _("It holds %(what)s: leave it out, for everybody reads this", what=WORDS[what])
            yield FieldProblem(language, f"personal_{what}", said)
        if kind != CampaignKind.PROBABILITY and SHARE.search(typed):
            said = _(
                "A campaign by risk says counts only: take out the percentage, for it would speak for all products"
            )
            yield FieldProblem(language, "share", said)


def without_figures(text: str, values: Mapping[str, str]) -> str:
    """The text without what was filled in, line by line of what has several."""
    filled = [line for value in values.values() for line in value.split("\n") if line]
    for value in sorted(filled, key=len, reverse=True):
        text = text.replace(value, " ") if len(value) > 1 else text
    return text


def differences(old: Mapping[str, str] | None, new: Mapping[str, str]) -> Iterator[Change]:
    """Language by language; of a first one, nothing."""
    for language in LANGUAGES if old is not None else ():
        if old and old[language] != new[language]:
            yield Change("text", old[language], new[language], language)
