"""What leads to a buyer, as it is looked for in what is written down and in what leaves the agency.

Every case that came of a purchase leads back to its task by its own columns; the values of that task are opened here
for comparing only, and nobody is shown them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from typing import Any

import sqlalchemy as sa
from flask import current_app, has_app_context
from sqlalchemy import event as sa_event
from sqlalchemy.orm import Session

from quality.core import withholding
from quality.core.cipher import Cipher, Unreadable
from quality.core.db import Base
from quality.core.redaction import Needle, folded
from quality.core.withholding import Keeper
from quality.core.words import Text, _
from quality.permissions import Sees
from quality.purchases.operations.identity import Secret, place_of
from quality.purchases.secrets import KEPT_OPEN, TaskSecret

LEAST_NUMBER = 7  # digits of a telephone number
LEAST = 6  # of anything else, where a 中文 character counts twice: what is shorter stands in other words by chance
MOST_TASKS = 300  # behind one row: a notice has a hundred listings at most, and a campaign is no text of one purchase
PLACES = "省市区县镇乡"  # behind the last of these an address says where somebody lives
# tables whose rows stand for more than one purchase, and what of them names these
PARTED: dict[str, str] = {"notice": "notice_item"}
NO_PARENT = frozenset({"task_secret", "declined", "control", "search_entry", "campaign"})

CALLED: dict[str, Text] = {
    Secret.ORDER_NUMBER: _("order number"),
    Secret.ACCOUNT: _("account"),
    Secret.DELIVERY_NUMBER: _("delivery number"),
    Secret.RECIPIENT: _("name on the parcel"),
    Secret.ADDRESS: _("address"),
    Secret.TELEPHONE: _("telephone number"),
}


def needles_of(kind: str, value: str) -> Iterator[Needle]:
    """How a value is looked for. A moment of payment is none: it is no name, and stands in many places by chance."""
    if kind == Secret.PAID_AT:
        return
    within, _places = folded(value)
    if kind == Secret.TELEPHONE:
        digits = "".join(sign for sign in within if sign.isdigit())
        if within.startswith("86") and len(digits) > len("19900000000"):
            digits = digits.removeprefix("86")
        if len(digits) >= LEAST_NUMBER:
            yield Needle(kind, digits)
        return
    said = [within]
    if kind == Secret.ADDRESS and (last := max(within.rfind(place) for place in PLACES)) >= 0:
        said.append(within[last + 1 :])
    yield from (Needle(kind, each) for each in said if weight(each) >= LEAST)


def weight(text: str) -> int:
    return sum(1 if sign.isascii() else 2 for sign in text)


@cache
def parents() -> dict[str, tuple[str, str]]:
    """Of each table that came of a purchase: the column that leads one step back towards its task, and whither."""
    found: dict[str, tuple[str, str]] = {}
    known, before = {"task"}, -1
    while len(known) > before:
        before = len(known)
        for table in Base.metadata.sorted_tables:
            if table.name in known or table.name in NO_PARENT or table.name in PARTED:
                continue
            for key in sorted(table.foreign_keys, key=lambda key: (bool(key.parent.nullable), str(key.parent.name))):
                if key.column.table.name in known:
                    found[table.name] = (str(key.parent.name), key.column.table.name)
                    known.add(table.name)
                    break
    return found


def tasks_behind(table: str, keys: Iterable[int]) -> sa.Select[Any] | None:
    """Asks for the ids of the tasks that rows of `table` came of; None for what comes of no purchase."""
    wanted = sa.select(Base.metadata.tables[table].c.id).where(Base.metadata.tables[table].c.id.in_(list(keys)))
    if table in PARTED:
        part = Base.metadata.tables[PARTED[table]]
        wanted = sa.select(part.c.id).where(part.c[f"{table}_id"].in_(wanted))
        table = part.name
    while table != "task":
        if table not in parents():
            return None
        column, above = parents()[table]
        here = Base.metadata.tables[table]
        wanted = sa.select(here.c[column]).where(here.c.id.in_(wanted), here.c[column].is_not(None))
        table = above
    return wanted.distinct().limit(MOST_TASKS)


def known(session: Session, table: str, keys: Iterable[int]) -> Sequence[Needle]:
    """Of the purchases behind these rows. Opened once a transaction, for one deed writes several texts."""
    behind = tasks_behind(table, keys)
    if behind is None or not has_app_context():
        return ()
    with session.no_autoflush:
        asked = sa.select(TaskSecret).where(TaskSecret.task_id.in_(behind)).order_by(TaskSecret.id)
        secrets = session.scalars(asked).all()
    opened: dict[int, list[Needle]] = session.info.setdefault(KEPT_OPEN, {})
    if missing := [secret for secret in secrets if secret.id not in opened]:
        told = current_app.config["SETTINGS"]
        cipher = Cipher(told.identity_keys, told.identity_index_key)
        opened |= {secret.id: needles_in(secret, cipher) for secret in missing}
    return list(dict.fromkeys(needle for secret in secrets for needle in opened[secret.id]))


def needles_in(secret: TaskSecret, cipher: Cipher) -> list[Needle]:
    try:
        value = cipher.decrypt(secret.value, about=place_of(secret.task_id, secret.kind))
    except Unreadable:  # a key was lost: whoever asks to read it is told so, and what is written goes on
        return []
    return list(needles_of(secret.kind, value))


@sa_event.listens_for(Session, "after_commit")
@sa_event.listens_for(Session, "after_rollback")
def forget(session: Session) -> None:
    session.info.pop(KEPT_OPEN, None)


withholding.KEEPERS.append(
    Keeper(known, lambda actor: getattr(actor, "sees", None) in {Sees.AGENCY, Sees.OWN_WORK}, CALLED)
)
