"""Writing the library. Nothing is changed: every change is a new edition with its author and reason."""

from __future__ import annotations

from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from quality.core import clock
from quality.core.errors import FieldProblem, Invalid, NotFound, NotPermitted
from quality.core.words import _
from quality.core.workflow import begin, record
from quality.people.actor import Actor
from quality.permissions import Can
from quality.standards import queries
from quality.standards.contents import (
    Contents,
    ItemText,
    changes,
    contents_of,
    digest_of,
    one_number,
    one_spelling,
    tidied,
    tidied_item,
    wrong_head,
    wrong_item,
    wrong_names,
    wrong_reason,
)
from quality.standards.models import Edition, Severity, Standard, StandardItem, StandardLimit


def add(session: Session, number: str, contents: Contents, reason: str, *, by: Actor) -> Standard:
    """A standard that the agency did not have yet, in its first edition."""
    may_edit(by)
    number, contents = one_number(number), tidied(contents)
    problems = wrong(number, contents) + wrong_reason(reason)
    if number and queries.by_number(session, by, number):
        problems.append(in_it_already(number))
    if problems:
        raise Invalid(*problems)
    standard = Standard(agency_id=by.organisation_id, number=number, edition=1)
    try:
        with session.begin_nested():
            begin(session, standard, by=by, note=reason, details=details(contents, 1, 0))
    except IntegrityError as taken:  # somebody added it a moment ago
        raise Invalid(in_it_already(number)) from taken
    keep(session, standard, contents, reason, by)
    return standard


def in_it_already(number: str) -> FieldProblem:
    text = _("%(number)s is in the library already; change it there", number=number)
    return FieldProblem("number", "doubled", text)


def revise(
    session: Session, standard: Standard, contents: Contents, reason: str, *, by: Actor, version: int | None = None
) -> bool:
    """The next edition; False if it would say what the last one does, and nothing is written down then."""
    may_edit(by, standard)
    contents = tidied(contents)
    before = contents_of(queries.one_edition(session, standard))
    if before == contents:
        return False
    if problems := wrong(standard.number, contents) + wrong_reason(reason):
        raise Invalid(*problems)
    edition = standard.edition + 1
    record(
        session,
        standard,
        "revise",
        by=by,
        version=standard.version if version is None else version,
        note=reason,
        details=details(contents, edition, sum(1 for _change in changes(before, contents))),
        facts={"edition": edition},
    )
    keep(session, standard, contents, reason, by)
    return True


def set_item(
    session: Session,
    standard: Standard,
    item: ItemText,
    reason: str,
    *,
    by: Actor,
    instead_of: str | None = None,
    version: int | None = None,
) -> bool:
    """A test item more, or another `instead_of` the one of that name, in its place."""
    may_edit(by, standard)
    item = tidied_item(item)
    before = contents_of(queries.one_edition(session, standard))
    names = [each.item for each in before.items]
    if instead_of is not None and instead_of not in names:
        raise NotFound(instead_of)
    problems = wrong_item(item) + wrong_reason(reason)
    if item.item != instead_of and one_spelling(item.item) in map(one_spelling, set(names) - {instead_of}):
        problems.append(FieldProblem("item", "doubled", _("%(item)s stands twice", item=item.item)))
    if problems:
        raise Invalid(*problems)
    items = [item if each.item == instead_of else each for each in before.items]
    if instead_of is None:
        items.append(item)
    return revise(session, standard, before._replace(items=tuple(items)), reason, by=by, version=version)


def drop_item(
    session: Session, standard: Standard, name: str, reason: str, *, by: Actor, version: int | None = None
) -> None:
    """From the next edition on it is not there. What a campaign took before stays as it was."""
    may_edit(by, standard)
    before = contents_of(queries.one_edition(session, standard))
    items = tuple(item for item in before.items if item.item != name)
    if len(items) == len(before.items):
        raise NotFound(name)
    revise(session, standard, before._replace(items=items), reason, by=by, version=version)


def may_edit(by: Actor, standard: Standard | None = None) -> None:
    theirs = standard is None or by.stands_over(standard)
    if not by.can(Can.STANDARD_EDIT) or by.organisation_id is None or by.id is None or not theirs:
        raise NotPermitted("role_may_not", _("Your role may not do this: %(move)s", move=Can.STANDARD_EDIT))


def wrong(number: str, contents: Contents) -> list[FieldProblem]:
    """Everything that is wrong, by the fields of a standard: `items 2, limits 1, limit` is of its second item."""
    problems = wrong_head(number, contents) + wrong_names(contents.items)
    for place, item in enumerate(contents.items, 1):
        problems += [each._replace(field=f"items {place}, {each.field}") for each in wrong_item(item)]
    return problems


def details(contents: Contents, edition: int, changed: int) -> dict[str, Any]:
    return {"edition": edition, "changed": changed, "contents": digest_of(contents)}


def keep(session: Session, standard: Standard, contents: Contents, reason: str, by: Actor) -> None:
    """The rows of an edition, once and for all."""
    session.add(
        Edition(
            standard_id=standard.id,
            edition=standard.edition,
            reason=reason.strip(),
            author_id=by.id,
            made_at=clock.now(),
            items=[item_row(item) for item in contents.items],
            **{name: value for name, value in contents._asdict().items() if name != "items"},
        )
    )
    session.flush()


def item_row(item: ItemText) -> StandardItem:
    plain = {name: value for name, value in item._asdict().items() if name not in {"limits", "severity"}}
    limits = [StandardLimit(**each._asdict()) for each in item.limits]
    return StandardItem(**plain, severity=Severity(item.severity), limits=limits)
