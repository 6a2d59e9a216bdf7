"""What a heading means, however it is written. Whoever reads a stranger's table asks no more than this."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping

OURS = {
    "status": "状态",
    "reason": "原因",
}  # what a dry run adds, headed in both languages; read again, they say nothing
MOST_COLUMNS = 60


def alike(heading: str) -> str:
    """Without differences that the eye does not see: width, case, blanks, underscores."""
    return re.sub(r"[\s_\ufeff]", "", unicodedata.normalize("NFKC", heading)).casefold()


def meanings(names: Mapping[str, str]) -> dict[str, str]:
    return {alike(word): name for name, chinese in names.items() for word in (name, chinese, f"{chinese}{name}")}


# In both languages at once, as we write them: whoever heads a column `reason` alone has something to say in it.
MEANING_OURS = {alike(f"{chinese}{name}"): name for name, chinese in OURS.items()}


def is_ours(heading: str) -> bool:
    return alike(heading) in MEANING_OURS
