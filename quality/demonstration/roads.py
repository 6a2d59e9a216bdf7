"""The steps of a sample's story, how many working days each comes after the one before, and at which hour."""

from __future__ import annotations

from typing import NamedTuple


class Pace(NamedTuple):
    days: int  # working days after the step before
    hour: int  # of Beijing; the minute is some one, always the same


# fmt: off
PACES = {
    "assign": Pace(0, 9), "order": Pace(1, 10), "ship": Pace(1, 16), "receive": Pace(2, 11), "seal": Pace(1, 14),
    "dispatch": Pace(1, 10), "accept": Pace(2, 9), "enter": Pace(5, 15), "authorise": Pace(1, 10),
    "propose": Pace(1, 9), "confirm": Pace(1, 14), "tell": Pace(1, 10),
    # exits
    "cancel": Pace(1, 16), "give_up": Pace(1, 11), "hand_on": Pace(1, 15),
    "refuse": Pace(2, 9), "hold": Pace(2, 9), "impossible": Pace(3, 11), "stop": Pace(1, 11),
    "end_untested": Pace(2, 10),
    # what goes back
    "withdraw_report": Pace(1, 11), "send_back": Pace(1, 11), "enter_again": Pace(3, 15),
    "authorise_again": Pace(1, 10), "reject": Pace(1, 15), "propose_again": Pace(1, 9),
    # what the parties say
    "object": Pace(3, 10), "deny": Pace(3, 10), "admit": Pace(2, 14), "reinspect": Pace(1, 10),
    "accept_backup": Pace(2, 9), "enter_backup": Pace(4, 15), "authorise_backup": Pace(1, 10), "decide": Pace(2, 15),
    "refuse_objection": Pace(2, 14), "withdraw_objection": Pace(3, 11),
    # what everybody reads
    "propose_result": Pace(2, 10), "publish": Pace(1, 15), "correct": Pace(4, 10), "publish_again": Pace(1, 15),
    "withdraw_result": Pace(4, 15), "schedule": Pace(1, 15),
    # nothing happens
    "wait_week": Pace(7, 8), "wait": Pace(12, 8), "wait_long": Pace(20, 8),
}
# fmt: on
Road = tuple[str, ...]
MAIN = (
    "assign", "order", "ship", "receive", "seal", "dispatch", "accept", "enter", "authorise", "propose", "confirm",
    "tell",
)  # fmt: skip


def as_far_as(step: str) -> Road:
    return MAIN[: MAIN.index(step) + 1]


def road(told: str, then: str = "") -> Road:
    return as_far_as(told) + tuple(then.split())


HEARING = "object admit reinspect accept_backup enter_backup authorise_backup decide"
SHOWN = "propose_result publish"
ROADS: dict[str, Road] = {
    **{step: as_far_as(step) for step in MAIN},
    "nothing": (),
    "cancel": road("assign", "cancel"),
    "give_up": road("assign", "give_up"),
    "give_up_late": road("order", "give_up"),
    "hand_on": road("receive", "hand_on"),
    "refuse": road("dispatch", "refuse"),
    "hold": road("dispatch", "hold"),
    "impossible": road("accept", "impossible"),
    "stop": road("accept", "stop"),
    "end_untested": road("accept", "stop end_untested"),
    "withdraw_report": road("enter", "withdraw_report"),
    "send_back": road("authorise", "send_back"),
    "reject": road("propose", "reject"),
    "public": road("tell", SHOWN),
    "public_after_all": road("authorise", f"send_back enter_again authorise_again propose confirm tell {SHOWN}"),
    "public_at_second": road("propose", f"reject propose_again confirm tell {SHOWN}"),
    "public_late": road("tell", f"wait {SHOWN}"),
    "public_week": road("tell", f"wait_week {SHOWN}"),
    "corrected": road("tell", f"{SHOWN} wait_long correct publish_again"),
    "taken_back": road("tell", f"{SHOWN} wait_long withdraw_result"),
    "proposed_result": road("tell", "propose_result"),
    "scheduled": road("tell", "propose_result schedule"),
    "object": road("tell", "object"),
    "deny": road("tell", "deny"),
    "denied_public": road("tell", f"deny admit decide wait {SHOWN}"),
    "admit": road("tell", "object admit"),
    "reinspect": road("tell", "object admit reinspect"),
    "accept_backup": road("tell", "object admit reinspect accept_backup"),
    "authorise_backup": road("tell", "object admit reinspect accept_backup enter_backup authorise_backup"),
    "decide": road("tell", HEARING),
    "decide_public": road("tell", f"{HEARING} {SHOWN}"),
    "refuse_objection": road("tell", "object refuse_objection"),
    "withdraw_objection": road("tell", "object withdraw_objection"),
}


def schedule(name: str, last: int) -> list[tuple[str, int]]:
    """Each step of the road with its distance in working days, so that the last of them lies on `last`."""
    steps, found = ROADS[name], list[tuple[str, int]]()
    for step in reversed(steps):
        found.append((step, last))
        last -= PACES[step].days
    return found[::-1]
