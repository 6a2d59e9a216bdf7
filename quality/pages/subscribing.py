"""What a subscriber can choose, in words: how often, of what, and by which filters of the public list."""

from __future__ import annotations

from sqlalchemy.orm import Session

from quality.core.words import Text, _
from quality.pages.narrowing import NAMES, value_said
from quality.subscriptions.models import Rhythm, Tells, Wish

FILTERS = ("q", "platform", "category", "region", "verdict", "campaign", "producer")  # as the public list's
LANGUAGES: dict[str, str] = {"zh": "中文", "en": "English"}
RHYTHMS: dict[Rhythm, Text] = {
    Rhythm.AT_ONCE: _("At once"),
    Rhythm.DAILY: _("Once a day, at 8 in the morning Beijing time"),
    Rhythm.WEEKLY: _("Once a week, on Monday at 8 in the morning Beijing time"),
}
TELLS: dict[Tells, Text] = {
    Tells.ALL: _("Results and announcements of campaigns"),
    Tells.RESULTS: _("Results"),
    Tells.ANNOUNCEMENTS: _("Announcements of campaigns"),
}


def said_of(session: Session, wish: Wish) -> str:
    """A wish in words, for a mail or a page."""
    limits = [
        str(_("%(name)s: %(value)s", name=NAMES[name], value=value_said(session, name, value)))
        for name in FILTERS
        if (value := getattr(wish, name))
    ]
    return " · ".join([str(TELLS[wish.tells]), *(limits or [str(_("all of them"))])])
