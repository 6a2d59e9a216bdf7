"""The menu: every list and every page over many cases, in groups where a role has more of them than one row holds."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

from flask import url_for
from flask_babel import force_locale

from quality.core.words import Text, _
from quality.pages.kinds import KINDS
from quality.permissions import ROLES, Can, Role

IN_A_ROW = 6  # beside the worklist, in English, at 1280 pixels


class Page(NamedTuple):
    """Where it stands, and the deed without which nobody is led there."""

    title: Text
    endpoint: str
    deed: Can


Lists = str  # the cases of a kind, by its name

# fmt: off
MENU: tuple[tuple[Text, tuple[Lists | Page, ...]], ...] = (
    (_("Buy"), (
        "campaign",
        Page(_("Calendar of campaigns"), "planned.calendar", Can.CAMPAIGN_READ),
        Page(_("Sampling frames"), "frames.listed", Can.CAMPAIGN_READ),
        Page(_("Complaints"), "complaints.listed", Can.CAMPAIGN_READ),
        Page(_("Weights of scores"), "weights.show", Can.CAMPAIGN_READ),
        "task", "sample",
        "expense",
        Page(_("What is due where"), "on_phone.board", Can.TASK_BUY),
        Page(_("Buyers"), "buyers.listed", Can.COVER_KEEP),
        Page(_("Cover identities"), "covers.listed", Can.COVER_READ),
        Page(_("Take over a portion"), "meetings.show", Can.SAMPLE_DISPATCH),
        Page(_("From telephones"), "field_pieces.listed", Can.SAMPLE_DISPATCH),
        Page(_("Seals"), "seals.show", Can.COVER_KEEP),
        Page(_("Evidence checklists"), "checklists.listed", Can.CAMPAIGN_READ),
        Page(_("Labels on one sheet"), "labels.choose", Can.SAMPLE_DISPATCH),
        Page(_("Samples to be told of"), "telling.listed", Can.SAMPLE_TELL),
        Page(_("The store"), "storage.places", Can.STORAGE_READ),
    )),
    (_("Test"), (
        "portion", "report", "finding", "objection",
        Page(_("Standards"), "standards.listed", Can.STANDARD_READ),
        Page(_("Laboratories"), "competence.listed", Can.CERTIFICATE_READ),
        Page(_("How laboratories did"), "grading.listed", Can.CONTROL_READ),
    )),
    (_("Take down"), (
        "notice",
        Page(_("Listings to verify"), "looks.queue", Can.ITEM_VERIFY),
        Page(_("Listings to answer"), "answering.listed", Can.ITEM_ANSWER),
        Page(_("Samples taken"), "told.listed", Can.TOLD_READ),
        Page(_("Same product, same seller"), "alike.queue", Can.FINDING_READ),
        Page(_("On sale again"), "radar.queue", Can.FINDING_READ),
        Page(_("Many notices at once"), "batches.listed", Can.ITEM_VERIFY),
        Page(_("Templates of notices"), "templates.listed", Can.ITEM_VERIFY),
        Page(_("Platforms in figures"), "platforms.listed", Can.PLATFORM_READ),
        Page(_("Our figures"), "standing.own", Can.STANDING_READ),
        Page(_("Delivery settings"), "hooks.listed", Can.ENDPOINT_SET),
    )),
    (_("Follow-up"), (
        "correction", "transfer", "result",
        Page(_("List of who could not be reached"), "unreached.listed", Can.OBJECTION_READ),
        Page(_("Editor's desk"), "publishing.schedule", Can.RESULT_READ),
        Page(_("Told by mail"), "subscribers.show", Can.RESULT_READ),
    )),
    (_("Our agency"), (
        Page(_("Calendar"), "calendar.years", Can.CALENDAR_PROPOSE),
        Page(_("How this agency looks"), "practices.show", Can.ITEM_VERIFY),
        Page(_("Looks at identities"), "readings.listed", Can.READING_READ),
        Page(_("Files set apart"), "apart.files", Can.EVIDENCE_JUDGE),
    )),
)
# fmt: on


class Entry(NamedTuple):
    """A line of the menu, and where it leads; of a group, its lines instead."""

    title: str
    address: str
    within: tuple[Entry, ...] = ()

    def leads_to(self, path: str) -> bool:
        """Whether what stands at `path` is of this entry."""
        if self.within:
            return any(each.leads_to(path) for each in self.within)
        whole = self.address.rstrip("/")
        return path == whole or path.startswith(f"{whole}/")


@cache
def menu_of(role: Role, language: str) -> tuple[Entry, ...]:
    """What a role reads: the same on every page, so it is put into words once a `language`."""
    with force_locale(language):
        groups = [(str(title), tuple(entry(each) for each in pages if may(role, each))) for title, pages in MENU]
    if sum(len(entries) for _title, entries in groups) <= IN_A_ROW:
        return tuple(each for _title, entries in groups for each in entries)
    return tuple(e[0] if len(e) == 1 else Entry(title, "", e) for title, e in groups if e)


def may(role: Role, page: Lists | Page) -> bool:
    return (page.deed if isinstance(page, Page) else KINDS[page].read) in ROLES[role].may


def entry(page: Lists | Page) -> Entry:
    if isinstance(page, Page):
        return Entry(str(page.title), url_for(page.endpoint))
    return Entry(str(KINDS[page].title), url_for("desk.cases", kind=page))
