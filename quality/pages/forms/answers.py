"""What a platform says of all the listings that wait for it, on one page: each in a form of its own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy.orm import Session
from werkzeug.datastructures import CombinedMultiDict, MultiDict

from quality.core.errors import Invalid
from quality.core.words import Text, _
from quality.delivery import operations as delivery
from quality.evidence.models import EvidenceKind
from quality.notices.answers import OutcomeEntry
from quality.notices.models import Notice, NoticeItem, Outcome
from quality.notices.workflow import WAITING
from quality.pages.forms.exhibits import taken_in
from quality.pages.forms.notices import Answer
from quality.pages.forms.sheet import put_beside
from quality.pages.words import word
from quality.people.actor import Actor

SAID = ("outcome", "acted_at", "units_sold", "swept", "reason", "evidence")


class Said(NamedTuple):
    """One listing with its form, as it stands on the page."""

    item: NoticeItem
    form: Answer
    version: int  # of the listing, as the page showed it
    loose: list[Text]  # what is wrong with it beside its fields

    @property
    def is_wrong(self) -> bool:
        return bool(self.form.errors or self.loose)


def waiting(notice: Notice) -> list[NoticeItem]:
    there = [item for item in notice.items if item.status in WAITING]
    return sorted(there, key=lambda item: WAITING.index(item.status))


def form_of(item: NoticeItem) -> Answer:
    form = Answer(prefix=f"listing-{item.id}")
    form.outcome.offer({outcome.value: word("outcome", outcome.value) for outcome in Outcome})
    return form


def unsaid(items: Sequence[NoticeItem]) -> list[Said]:
    return [Said(item, form_of(item), item.version, []) for item in items]


def typed(notice: Notice, sent: CombinedMultiDict[str, Any]) -> list[Said]:
    """Of each listing that waits, what was typed; nothing, where it is left for later.

    What was typed of a listing that waits no more comes back too: a colleague was first.
    """
    found, due = [], waiting(notice)
    for item in [*due, *(item for item in notice.items if item not in due)]:
        form = form_of(item)
        version = sent.get(f"version-{item.id}", "")
        if says_anything(form, sent):
            form.process(sent)
        elif item not in due:
            continue
        found.append(Said(item, form, int(version) if version.isascii() and version.isdigit() else item.version, []))
    return found


def says_anything(form: Answer, sent: MultiDict[str, Any]) -> bool:
    values = (value for name in SAID for value in sent.getlist(form[name].name))
    return any(value.filename if hasattr(value, "filename") else str(value).strip() for value in values)


def record(
    session: Session, notice: Notice, said: Sequence[Said], *, by: Actor, edition: int | None = None
) -> list[Said]:
    """Write down what can be; what is wrong is put beside its field. Returns the listings that were answered.

    `edition` is the one that the page showed: where another is in force since, nothing is written down.
    """
    entries = [(each, entry) for each in said if (entry := entry_of(session, each, by=by)) is not None]
    if not entries:
        return []
    answered = delivery.answer(session, notice, [entry for _each, entry in entries], by=by, edition=edition)
    done = []
    for (each, _entry), result in zip(entries, answered, strict=True):
        if result.ok:
            done.append(each)
        elif result.problems:
            each.loose.extend(put_beside(each.form, result.problems))
        else:
            each.loose.append(result.reason)
    return done


def entry_of(session: Session, said: Said, *, by: Actor) -> OutcomeEntry | None:
    """What was typed of one listing, with its files taken in; None where nothing was said or something is wrong."""
    form = said.form
    if not any(f.raw_data for f in form):
        return None
    if said.version != said.item.version:
        said.loose.append(_("Somebody else changed this listing after you opened the page; look at it again"))
        return None
    if not form.validate():
        return None
    try:
        proofs = taken_in(session, form.evidence.data, EvidenceKind.PLATFORM_PROOF, by=by)
    except Invalid as wrong:
        form.evidence.errors = [str(problem.text) for problem in wrong.problems]
        return None
    return OutcomeEntry(
        said.item.listing_id,
        form.outcome.data or "",
        acted_at=form.acted_at.data,
        reason=form.reason.data or "",
        units_sold=form.units_sold.data,
        swept=(form.swept.data or "").split(),
        evidence=proofs,
    )
