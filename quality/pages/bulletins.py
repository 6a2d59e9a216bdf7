"""What a subscriber reads in their mailbox, in their own language: whether they meant it, and what became public."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from enum import IntEnum
from functools import partial
from typing import NamedTuple

from sqlalchemy.orm import Session

from quality.core.words import Text, _, in_language
from quality.pages.atom import summary_of, title_of
from quality.pages.subscribing import RHYTHMS, said_of
from quality.publication.feed import News
from quality.publication.models import GONE, ResultStatus
from quality.subscriptions.links import LASTS
from quality.subscriptions.posting import Written
from quality.subscriptions.sending import Asking, Foot, Telling, Writer

HOUR = timedelta(hours=1)
MOST = 150  # lines of one mail; what was taken back is told whole


class Group(IntEnum):
    """In the order in which a mail tells them: what was said before and does not stand comes first."""

    WITHDRAWN = 1
    CORRECTED = 2
    NONCONFORMING = 3
    CONFORMING = 4
    ANNOUNCED = 5
    EXPIRED = 6


HEADINGS: dict[Group, Text] = {
    Group.WITHDRAWN: _("Taken back: what these said does not stand any more"),
    Group.CORRECTED: _("Corrected: read these again"),
    Group.NONCONFORMING: _("New, and not conforming"),
    Group.CONFORMING: _("New, and conforming"),
    Group.ANNOUNCED: _("Announcements of campaigns"),
    Group.EXPIRED: _("Not in public any more, because their time is over; nobody found anything wrong with them"),
}


class Line(NamedTuple):
    title: Text
    more: Text
    address: str


def writer(public_url: str) -> Writer:
    return Writer(asks, partial(tells, public_url), ends)


# --- did you mean it? ---


def asks(session: Session, asking: Asking) -> Written:
    with in_language(asking.language):
        if not asking.wishes:
            parts = [
                _("Somebody asked that this address be told of published results. It is told already."),
                _("What you are told, and how often, you see and change here:"),
                asking.own_link,
                _("If it was not you who asked, there is nothing to do."),
            ]
            return Written(str(_("You are told of published results already")), paragraphs(parts))
        wished = [f"* {said_of(session, each)}" for each in asking.wishes]
        parts = [
            _("Somebody asked that this address be told of what is published here:"),
            "\n".join(wished),
            _("If that was you, confirm it here within %(hours)s hours:", hours=LASTS // HOUR),
            asking.confirm_link,
            _("If it was not you, there is nothing to do: without your word nothing is sent, and what was asked for is "
              "forgotten."),
            *([_("What you are told already, and how often, you see and change here:"), asking.own_link]
              if asking.is_known else []),
        ]  # fmt: skip
        return Written(str(_("Confirm that you want to be told of published results")), paragraphs(parts))


# --- what became public ---


def tells(public_url: str, _session: Session, telling: Telling) -> Written | None:
    with in_language(telling.language):
        groups = grouped(telling, public_url)
        if not groups:
            return None
        blocks = [block(group, lines) for group, lines in sorted(groups.items())]
        left = sum(len(lines) - shown_of(group, lines) for group, lines in groups.items())
        if left:
            more = _("And %(count)s more, which you find here:", count=f"{left:,}")
            blocks.append(f"{more}\n{public_url}/results{in_their_language(telling)}")
        return Written(subject(groups), "\n\n".join(blocks) + "\n")


def grouped(telling: Telling, public_url: str) -> dict[Group, list[Line]]:
    """Each result once, as it stands now, whatever happened to it since the last mail."""
    groups: dict[Group, list[Line]] = {}
    seen: set[str] = set()
    for group, key, line in reversed(list(lines_of(telling, public_url))):
        if key not in seen:
            seen.add(key)
            groups.setdefault(group, []).insert(0, line)
    return groups


def lines_of(telling: Telling, public_url: str) -> Iterator[tuple[Group, str, Line]]:
    language = in_their_language(telling)
    for item in telling.items:
        if item.campaign is not None:
            title = _("%(title)s (%(number)s)", title=item.campaign.title, number=item.campaign.number)
            address = f"{public_url}/campaigns/{item.campaign.number}{language}"
            yield Group.ANNOUNCED, item.campaign.number or "", Line(title, "", address)
        elif item.editions:
            last = item.editions[0]
            assert last.published_at, "it was public once"
            about = News(item.news.at, last, last.published_at)
            address = f"{public_url}/results/{last.number}{language}"
            title = title_of(about)
            if last.status not in GONE:  # there the number is all that is said
                title = _("%(title)s (%(number)s)", title=title, number=last.number)
            yield group_of(about), last.number, Line(title, summary_of(about), address)


def group_of(about: News) -> Group:
    if about.is_gone:
        return Group.EXPIRED if about.result.status == ResultStatus.EXPIRED else Group.WITHDRAWN
    if about.is_correction:
        return Group.CORRECTED
    return Group.CONFORMING if about.result.copy["verdict"] == "conforming" else Group.NONCONFORMING


def shown_of(group: Group, lines: Sequence[Line]) -> int:
    return len(lines) if group in {Group.WITHDRAWN, Group.CORRECTED} else min(len(lines), MOST)


def block(group: Group, lines: Sequence[Line]) -> str:
    shown = lines[: shown_of(group, lines)]
    heading = str(_("%(name)s (%(many)s)", name=HEADINGS[group], many=f"{len(lines):,}"))
    if group is Group.EXPIRED:  # the reason is the same of all, and stands in the heading
        return "\n".join([heading, *(f"* {each.title}" for each in shown)])
    said = ["\n".join(filter(None, (f"* {each.title}", indented(each.more), f"  {each.address}"))) for each in shown]
    return "\n\n".join([heading, *said])


def indented(text: Text) -> str:
    """What an agency wrote may have lines of its own."""
    return "\n".join(f"  {line}" for line in str(text).splitlines() if line.strip())


def subject(groups: Mapping[Group, Sequence[Line]]) -> str:
    new = len(groups.get(Group.NONCONFORMING, ())) + len(groups.get(Group.CONFORMING, ()))
    counted: list[tuple[int, Text]] = [
        (len(groups.get(Group.WITHDRAWN, ())), _("taken back")),
        (len(groups.get(Group.CORRECTED, ())), _("put right")),
        (new, _("newly published")),
        (len(groups.get(Group.ANNOUNCED, ())), _("announced")),
        (len(groups.get(Group.EXPIRED, ())), _("no longer in public")),
    ]
    parts = [str(_("%(count)s %(what)s", count=many, what=what)) for many, what in counted if many]
    return str(_("Published results: %(what)s", what=str(_(", ")).join(parts)))


def ends(foot: Foot) -> str:
    with in_language(foot.language):
        why = _("You are told this because you asked for it: %(how)s.", how=RHYTHMS[foot.rhythm])
        return "\n".join(["", "--", str(why), str(_("See, change or end what you are told:")), foot.own_link, ""])


def in_their_language(telling: Telling) -> str:
    return "" if telling.language == "zh" else f"?lang={telling.language}"


def paragraphs(parts: Sequence[Text]) -> str:
    return "\n\n".join(map(str, parts)) + "\n"
