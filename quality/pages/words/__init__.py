"""What every code is called on a page, in both languages, and in which tone of the look a status stands."""

from __future__ import annotations

from quality.pages.words.codes import CODES, word
from quality.pages.words.deeds import DEEDS, deed
from quality.pages.words.shape import Party, Status, Tone
from quality.pages.words.statuses import STATUSES, status_of_item

__all__ = ["CODES", "DEEDS", "STATUSES", "Party", "Status", "Tone", "deed", "status_of_item", "word"]
