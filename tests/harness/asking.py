"""Who asks at an address of tests/gates/test_routes.py: not everybody who finds nothing there."""

from __future__ import annotations

from typing import Any

from quality.people.actor import Actor
from tests.harness.ground import NOT_THERE, Address

Crew = dict[str, tuple[Actor, Any]]  # by what they are called: each with their browser
IN_TURN = {False: 2, True: 1}  # whether they never read this kind of case: of those who find nothing, how many ask


def told_apart(address: Address, says: dict[str, int], crew: Crew, turn: int) -> list[str]:
    """Who asks at an address: all whom it answers or refuses, and in turn some who find nothing there.

    Of these two who read other cases of the kind, and one who reads none: a move that looks for its case with another
    scope than its view shows it to any of them.
    """
    strange: dict[bool, list[str]] = {False: [], True: []}
    for name in (name for name, said in says.items() if said == NOT_THERE):
        strange[never_reads(address, crew[name][0])].append(name)
    some = [name for kind, names in strange.items() for name in in_turn(names, IN_TURN[kind], turn)]
    return [name for name, said in says.items() if said != NOT_THERE] + some


def those_who_have_not(
    once: set[tuple[str, ...]], address: Address, method: str, says: dict[str, int], crew: Crew
) -> list[str]:
    """Who finds nothing here, and has not yet at another address of this rule and kind: so each view meets everybody.

    Those who never read a kind are one of each role.
    """
    found = []
    for name in (name for name, said in says.items() if said == NOT_THERE):
        who = f"any {crew[name][0].role}" if never_reads(address, crew[name][0]) else name
        key = (address.rule.rule, method, who, address.about.name if address.about else "")
        if key not in once:
            once.add(key)
            found.append(name)
    return found


def never_reads(address: Address, actor: Actor) -> bool:
    return address.about is not None and not actor.can(address.about.read)


def in_turn(names: list[str], many: int, turn: int) -> list[str]:
    return [names[(turn + each) % len(names)] for each in range(min(many, len(names)))]
