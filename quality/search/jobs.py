"""Keeps the index: whatever has no entry yet gets one. Derived from the cases, so that nothing is ever forgotten."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, joinedload, selectinload, sessionmaker

from quality.core.db import insert_into
from quality.notices.models import Notice
from quality.publication.search import folded, pairs_of
from quality.purchases.models import Sample, Task
from quality.search.models import SearchEntry, SearchPair

AT_ONCE = 500
LATE = 1_000  # ids behind the last: a transaction that began earlier may end later


def text_of_task(task: Task) -> Sequence[str]:
    listing = task.drawn.listing
    shown = ("title", "shop_name", "brand", "model", "producer_name", "barcode")
    return [task.drawn.listing_id, *(str(listing.get(name) or "") for name in shown)]


def text_of_sample(sample: Sample) -> Sequence[str]:
    about = (sample.product_name, sample.brand, sample.spec, sample.batch, sample.producer_name)
    if not sample.was_bought:
        return about
    drawn = sample.purchase.drawn
    return [*about, drawn.listing_id, str(drawn.listing.get("shop_name") or "")]


def text_of_notice(notice: Notice) -> Sequence[str]:
    found: list[str] = [notice.platform.name]
    for item in notice.items:
        listing, product = item.snapshot["listing"], item.snapshot["product"]
        found += [listing["listing_id"], listing["title"], listing["shop"], product["name"], product["producer"]]
    return found


# what is indexed: by its text, with what must be fetched for it
INDEXED: dict[Any, tuple[Callable[[Any], Sequence[str]], tuple[Any, ...]]] = {
    Task: (text_of_task, (joinedload(Task.drawn),)),
    Sample: (text_of_sample, (joinedload(Sample.task).joinedload(Task.drawn),)),
    Notice: (text_of_notice, (joinedload(Notice.platform), selectinload(Notice.items))),
}


def index_new_cases(sessions: sessionmaker[Session]) -> int:
    """How many entries were made. Of two that index the same at once, one leaves it to the other."""
    made = 0
    for model in INDEXED:
        while True:
            try:
                with sessions.begin() as session:
                    count = index_some(session, model)
            except IntegrityError:
                break
            made += count
            if count < AT_ONCE:
                break
    return made


def index_again(session: Session, case: Any) -> None:
    """What the index says of a case that changed what it is about, in the same transaction as the change.

    A case that the job has not reached yet gets its entry here: else the job, which may have read it a moment ago,
    would write what it was about before. The job finds the entry there, and leaves it.
    """
    text_of, _needed = INDEXED[type(case)]
    table = case.__tablename__
    if case.id <= last_of(session, table) + LATE:  # beyond it an entry would hide from the job what it has yet to index
        row = insert_into(session, SearchEntry).values(subject_type=table, subject_id=case.id, text="")
        session.execute(row.on_conflict_do_nothing())
    entry = session.get(SearchEntry, (table, case.id), with_for_update=True, populate_existing=True)
    if entry is None:
        return
    entry.text = folded(" ".join(text_of(case)))
    about = {"subject_type": case.__tablename__, "subject_id": case.id}
    session.execute(sa.delete(SearchPair).filter_by(**about))
    session.execute(sa.insert(SearchPair), [about | {"pair": pair} for pair in sorted(pairs_of(entry.text))])


def last_of(session: Session, table: str) -> int:
    asked = sa.select(sa.func.max(SearchEntry.subject_id)).where(SearchEntry.subject_type == table)
    return session.scalars(asked).one() or 0


def index_some(session: Session, model: Any) -> int:
    text_of, needed = INDEXED[model]
    table = model.__tablename__
    last = last_of(session, table)
    there = sa.select(SearchEntry.subject_id).where(
        SearchEntry.subject_type == table, SearchEntry.subject_id == model.id
    )
    new = sa.select(model).where(model.id > last - LATE, ~there.exists()).order_by(model.id).limit(AT_ONCE)
    cases = session.scalars(new.options(*needed)).all()
    entries, pairs = [], []
    for case in cases:
        text = folded(" ".join(text_of(case)))
        about = {"subject_type": table, "subject_id": case.id}
        entries.append(about | {"text": text})
        pairs += [about | {"pair": pair} for pair in sorted(pairs_of(text))]
    if entries:
        session.execute(sa.insert(SearchEntry), entries)
    if pairs:
        session.execute(sa.insert(SearchPair), pairs)
    return len(cases)
