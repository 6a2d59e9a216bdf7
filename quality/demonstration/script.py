"""What becomes of each drawn listing, as a table, and of each notice."""

from __future__ import annotations

from typing import NamedTuple

from quality.campaigns.models import Drawn
from quality.campaigns.sampling import DrawRole
from quality.demonstration.measures import (
    BRUSHES,
    CHARGERS,
    GLUES,
    MAGNETIC,
    PENCILS,
    PLASTIC,
    PLUSH,
    TOPS,
    TROUSERS,
)
from quality.demonstration.people import ORGANISATIONS, PLATFORM, SECOND_PLATFORM, THIRD_PLATFORM
from quality.demonstration.plans import CLOTHES, EARLY, ELECTRIC, STATIONERY, TOYS
from quality.notices.models import NoticeKind


class Fate(NamedTuple):
    """How far one listing comes. `ago`: working days before its campaign's today on which the last step was taken."""

    road: str
    ago: int
    found: str = "clean"  # what the laboratory measures: clean, near (passes conditionally), just, fails
    notice: str = ""  # the key in NOTICES
    listing: str = ""  # what becomes of it there: open, claimed, returned, verified, excused, back
    overturns: bool = False  # what the second laboratory finds


F = Fate
T, L, C = PLATFORM, SECOND_PLATFORM, THIRD_PLATFORM

# fmt: off
FATES: dict[str, dict[tuple[str, str], list[Fate]]] = {  # campaign → stratum → by rank; the rest as in USUAL
    EARLY: {
        (T, MAGNETIC): [
            F("public_late", 0, "fails", "early T", "verified"), F("public_late", -1, "fails", "early T", "verified"),
        ],
    },
    TOYS: {
        (T, MAGNETIC): [
            F("public_late", -5, "fails", "toys T", "verified"), F("decide_public", -8, "fails", "toys T", "verified"),
            F("public_late", -6, "fails", "toys T", "verified"), F("public", 12, "near"), F("give_up", 33),
        ],
        (T, PLASTIC): [
            F("public_late", -5, "fails", "toys T", "verified"), F("corrected", -16, "near"),
            F("public_after_all", 8), F("refuse", 14),
        ],
        (T, PLUSH): [F("public", 9, "near"), F("taken_back", -15)],
        (L, MAGNETIC): [F("denied_public", -8, "fails", "toys L", "again"), F("public", 10, "near"), F("public", 11)],
        (L, PLASTIC): [F("public_late", -6, "fails", "toys L", "verified"), F("impossible", 15)],
        (L, PLUSH): [F("public_late", -5, "fails", "toys L", "verified"), F("public_at_second", 8), F("cancel", 36)],
        (C, MAGNETIC): [F("public_late", -6, "fails", "toys C", "verified"), F("give_up_late", 33)],
        (C, PLASTIC): [F("public_late", -5, "just", "toys C", "excused"), F("public", 9, "near")],
        (C, PLUSH): [F("hand_on", 26)],
    },
    CLOTHES: {
        (T, TOPS): [
            F("public_late", 6, "fails", "clothes T", "back"), F("public_late", 4, "fails", "clothes T", "verified"),
            F("decide", 3, "fails", "clothes off", "claimed", overturns=True), F("propose", 1, "fails"),
            F("authorise", 6), F("enter", 1), F("dispatch", 1), F("accept", 20),
        ],
        (T, TROUSERS): [
            F("object", 3, "fails"), F("propose", 2), F("confirm", 3), F("enter", 1, "near"), F("accept", 22),
            F("proposed_result", 1), F("withdraw_report", 1), F("accept", 4),
        ],
        (L, TOPS): [
            F("public", 5, "fails", "clothes L", "verified"), F("tell", 9, "fails", "clothes L", "returned"),
            F("tell", 8, "fails", "clothes L", "claimed"), F("tell", 10, "fails", "clothes L", "open"),
            F("propose", 1, "fails"), F("authorise", 1), F("enter", 1), F("dispatch", 1), F("accept", 3),
        ],
        (L, TROUSERS): [
            F("deny", 5, "fails"), F("reinspect", 2, "fails"), F("send_back", 2, "near"), F("confirm", 4),
            F("refuse_objection", 6, "fails"), F("enter", 2), F("stop", 1),
        ],
        (C, TOPS): [
            F("public_week", 2, "fails", "clothes C", "claimed"), F("tell", 13, "fails", "clothes C", "claimed"),
            F("accept_backup", 1, "fails"), F("propose", 3, "near"), F("authorise", 5), F("enter", 1), F("dispatch", 1),
        ],
        (C, TROUSERS): [
            F("tell", 9, "fails", "clothes late", "open"), F("tell", 10, "fails", "clothes late", "claimed"),
            F("admit", 4, "fails"), F("withdraw_objection", 2, "fails"), F("reject", 2, "fails"), F("refuse", 2),
            F("hold", 4), F("accept", 12),
        ],
    },
    ELECTRIC: {
        (T, CHARGERS): [
            F("tell", 4, "fails", "electric T", "open"), F("tell", 5, "fails", "electric T", "open"),
            F("tell", 4, "fails", "electric T", "open"), F("scheduled", 3), F("propose", 1, "fails"), F("enter", 1),
        ],
        (T, BRUSHES): [
            F("tell", 5, "fails", "electric T2", "open"), F("authorise", 2), F("accept", 7), F("dispatch", 2),
            F("give_up", 14),
        ],
        (L, CHARGERS): [
            F("tell", 4, "fails", "electric L", "open"), F("tell", 6, "fails", "electric L", "open"), F("public", 4),
            F("object", 1, "fails"), F("enter", 1, "near"), F("accept", 5),
        ],
        (L, BRUSHES): [
            F("tell", 5, "fails", "electric L2", "open"), F("authorise", 3, "near"), F("accept", 6),
            F("end_untested", 6),
        ],
        (C, CHARGERS): [
            F("public_week", 3, "fails", "electric C", "verified"), F("tell", 13, "fails", "electric C", "excused"),
            F("public", 4), F("authorise_backup", 1, "fails"), F("enter", 1), F("hand_on", 12),
        ],
        (C, BRUSHES): [
            F("tell", 4, "fails", "electric C2", "open"), F("propose", 2, "near"), F("accept", 8), F("dispatch", 1),
        ],
    },
    STATIONERY: {
        (T, PENCILS): [F("order", 1), F("receive", 1), F("seal", 7), F("accept", 2), F("assign", 2), F("nothing", 0)],
        (T, GLUES): [F("ship", 1), F("seal", 5), F("receive", 2), F("order", 3), F("assign", 1), F("nothing", 0)],
        (L, PENCILS): [F("seal", 2), F("order", 2), F("receive", 1), F("dispatch", 3), F("assign", 2), F("cancel", 5)],
        (L, GLUES): [F("give_up", 8), F("ship", 2), F("seal", 1), F("enter", 2), F("assign", 1), F("nothing", 0)],
        (C, PENCILS): [F("receive", 2), F("order", 1), F("seal", 3), F("accept", 1), F("assign", 3), F("hand_on", 4)],
        (C, GLUES): [F("ship", 1), F("receive", 1), F("give_up_late", 6), F("dispatch", 1), F("assign", 2),
                     F("nothing", 0)],
    },
}
USUAL = {  # those that the table does not name, by rank
    EARLY: lambda rank: F("public", rank),
    TOYS: lambda rank: F("public", 7 + rank),
    CLOTHES: lambda rank: F("public", 3 + rank, "near" if rank == 9 else "clean"),  # noqa: PLR2004
    ELECTRIC: lambda rank: F("public", 2 + rank // 2),
    STATIONERY: lambda rank: F("assign", 1 + rank % 3),
}
STAND_INS = {  # of a reserve that took the place of an unobtainable listing
    EARLY: F("public", 1), TOYS: F("public", 7), CLOTHES: F("ship", 1), ELECTRIC: F("ship", 2),
    STATIONERY: F("ship", 1),
}  # fmt: skip
# fmt: on


def fate_of(campaign: str, drawn: Drawn) -> Fate:
    if drawn.role != DrawRole.MAIN:
        return STAND_INS[campaign]
    platform, category = drawn.stratum.split("/")
    code = next(code for code, (_kind, name) in ORGANISATIONS.items() if name == platform)
    told = FATES[campaign].get((code, category), [])
    return told[drawn.rank - 1] if drawn.rank <= len(told) else USUAL[campaign](drawn.rank)


ALWAYS_SOLD = {C: 120}  # units that a platform reports of every listing: what stands out is asked about


class NoticeStory(NamedTuple):
    """What is done about one notice: (working day from its campaign's today, hour, deed)."""

    campaign: str
    kind: NoticeKind
    acts: list[tuple[int, int, str]]
    looks: tuple[int, ...] = (1, 7, 30)  # calendar days after the last listing was settled


def issued(day: int) -> list[tuple[int, int, str]]:
    """The way to the platform: drafted, submitted, approved the next day, and issued on `day`."""
    return [(day - 2, 15, "draft"), (day - 2, 16, "submit"), (day - 1, 11, "approve"), (day, 9, "issue")]


O, N = NoticeKind.ORDER, NoticeKind.NOTICE  # noqa: E741
NOTICES = {
    "early T": NoticeStory(EARLY, O, [
        *issued(-11), (-10, 10, "open"), (-10, 15, "acknowledge"), (-8, 15, "answer"), (-6, 10, "check"),
        (-5, 10, "close"),
    ]),
    "toys T": NoticeStory(TOYS, N, [  # the claims are verified over the holiday, the last on the weekend worked
        *issued(-6), (-5, 15, "open"), (-4, 9, "acknowledge"), (-3, 16, "answer"), (-1, 10, "check"),
        (0, 11, "check_last"), (1, 10, "close"),
    ]),
    "toys L": NoticeStory(TOYS, O, [  # one listing came back after a week and went once more
        *issued(-7), (-6, 10, "open"), (-6, 14, "acknowledge"), (-5, 16, "answer"), (-4, 10, "check"),
        (-3, 10, "close"), (2, 11, "back"), (2, 14, "open"), (3, 15, "answer"), (5, 10, "check"), (6, 11, "close"),
    ], (1, 30)),
    "toys C": NoticeStory(TOYS, N, [
        *issued(-6), (-5, 10, "acknowledge"), (-3, 15, "answer"), (-1, 14, "check"), (0, 9, "excuse"), (1, 15, "close"),
    ]),
    "clothes T": NoticeStory(CLOTHES, O, [
        *issued(-18), (-18, 14, "open"), (-17, 9, "acknowledge"), (-16, 16, "answer"), (-14, 10, "check"),
        (-13, 10, "close"), (-2, 10, "back"),
    ], (1, 7)),
    "clothes L": NoticeStory(CLOTHES, N, [
        *issued(-5), (-3, 9, "open"), (-3, 15, "acknowledge"), (-2, 16, "answer"), (-1, 10, "check"),
    ]),
    "clothes C": NoticeStory(CLOTHES, N, [  # amended while it waited to be looked at
        *issued(-9), (-8, 9, "open"), (-7, 10, "acknowledge"), (-5, 16, "answer"), (-4, 10, "amend"),
        (-4, 15, "approve_amendment"), (-3, 9, "open"),
    ]),
    "clothes late": NoticeStory(CLOTHES, O, [
        *issued(-6), (-5, 14, "open"), (-4, 11, "acknowledge"), (-3, 16, "answer"), (-2, 10, "question"),
    ]),
    "clothes off": NoticeStory(CLOTHES, N, [
        *issued(-13), (-12, 10, "open"), (-12, 15, "acknowledge"), (-10, 16, "answer"), (-2, 15, "withdraw"),
    ]),
    "electric T": NoticeStory(ELECTRIC, O, [*issued(-2), (-1, 10, "open"), (-1, 11, "objection"), (-1, 16, "amend")]),
    "electric T2": NoticeStory(ELECTRIC, O, issued(-1)[:3]),
    "electric L": NoticeStory(ELECTRIC, N, issued(-1)),
    "electric L2": NoticeStory(ELECTRIC, N, [*issued(0)[:2], (-1, 11, "give_back")]),
    "electric C": NoticeStory(ELECTRIC, N, [
        *issued(-10), (-10, 15, "open"), (-9, 10, "acknowledge"), (-9, 11, "objection"), (-8, 10, "reply"),
        (-8, 15, "answer"), (-7, 10, "refuse"), (-6, 11, "excuse"),
        (-5, 14, "check"), (-4, 10, "close"),
    ], (1,)),
    "electric C2": NoticeStory(ELECTRIC, N, [(-1, 10, "draft"), (-1, 15, "submit")]),
}  # fmt: skip
