"""The administrator's desk: the people of the own organisation, what they work as, and whether they may come in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, abort, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from quality.core.db import db
from quality.core.errors import Invalid, NotFound, Stale
from quality.core.events import Event
from quality.core.words import Text, _
from quality.pages.forms.account import InviteForm, RoleForm, roles_in
from quality.pages.forms.sheet import put_beside
from quality.pages.moments import local
from quality.pages.timeline import Names, person_of
from quality.pages.words import deed, word
from quality.pages.words.people import PEOPLE
from quality.people import administration, keyring, queries
from quality.people.access import acting, me, needs
from quality.people.kept import comes_back
from quality.people.models import Membership
from quality.people.operations import invite_person, wrong_with_invitation
from quality.people.queries import Asked, Member
from quality.people.security import invitation_link, refused
from quality.permissions import Can, Role

people = Blueprint("people", __name__, url_prefix="/desk/people")
A_PAGE = 30


@people.get("/")
@needs(Can.PERSON_READ)
def everybody() -> ResponseReturnValue:
    asked = Asked(*(request.args.get(name, "").strip()[:100] for name in ("q", "role", "state")))
    before = request.args.get("before", type=int)
    members, older = queries.listed(db.session(), me, asked, A_PAGE, before)
    return render_template(
        "people/everybody.html",
        members=members,
        older=older,
        asked=asked,
        roles=roles_in(organisation()),
        states=PEOPLE,
        before=before,
        keys_ending=keyring.soon_over(db.session(), programs_of=me.organisation_id),
    )


@people.get("/invite")
@needs(Can.PERSON_INVITE)
def invitation() -> ResponseReturnValue:
    return render_template("people/invite.html", form=InviteForm(organisation()))


@people.post("/invite", endpoint="invite")
@comes_back
@needs(Can.PERSON_INVITE)
def invite() -> ResponseReturnValue:
    """The link stands on the answer and nowhere else; whoever loses it makes a new one."""
    session, form = db.session(), InviteForm(organisation(), request.form)
    try:
        if not form.validate():
            raise Invalid(*wrong_with_invitation(form.email.data or "", form.name.data or ""))
        made = invite_person(
            session,
            email=form.email.data or "",
            name=form.name.data or "",
            organisation=organisation(),
            role=Role(str(form.role.data)),
            by=me,
        )
    except Invalid as wrong:
        session.rollback()
        loose = put_beside(form, wrong.problems)
        return refused(render_template("people/invite.html", form=form, loose=loose), None)
    session.flush()
    return link_page(made.person_id, is_new=True)


def link_page(person_id: int, *, is_new: bool) -> ResponseReturnValue:
    """A person who has a password, or whom another organisation invited first, gets no link from here."""
    session = db.session()
    session.expire_all()
    member = queries.one_visible(session, me, person_id)
    alone = administration.works_here_only(session, member.person, me) is None
    fits = alone and (not is_new or member.person.password is None)
    link = invitation_link(member.person) if fits else None
    return render_template("people/link.html", member=member, link=link, is_new=is_new)


@people.get("/<int:person>")
@acting
def one(person: int) -> ResponseReturnValue:
    return person_page(queries.one_visible(db.session(), me, person))


def person_page(member: Member, form: RoleForm | None = None) -> str:
    session = db.session()
    events = queries.history(session, member.person)
    roles = [(m, None if m.ended_at else administration.why_role_stays(session, m, me)) for m in member.memberships]
    return render_template(
        "people/person.html",
        member=member,
        status=PEOPLE[member.state],
        roles=roles,
        form=form or RoleForm(organisation()),
        takes_roles=member.person.active,
        choices=list(administration.choices(session, member.person, me)),
        lines=lines_of(events),
    )


def lines_of(events: Sequence[Event]) -> list[dict[str, Any]]:
    """Who did what; of a role, which. What another organisation gave or took is its own business."""
    mine = str(me.organisation_id)  # as JSON keeps numbers here
    events = [event for event in events if event.details.get("organisation", mine) == mine]
    who = Names(db.session(), {found for event in events if (found := person_of(event.actor))}, me)
    days = [local(event.at).date() for event in events]
    return [
        {
            "at": event.at,
            "opens": place == 0 or days[place - 1] != days[place],
            "seq": event.seq,
            "digest": event.digest,
            "is_said": False,
            "who": who.name(person_of(event.actor)),
            "did": deed("person", event.action),
            "role": word("role", event.details["role"]) if "role" in event.details else "",
        }
        for place, event in enumerate(events)
    ]


@people.errorhandler(Stale)
def changed_meanwhile(no: Stale) -> ResponseReturnValue:
    """Who did what since the page was opened."""
    page = render_template(
        "errors/refused.html",
        status=409,
        code=no.code,
        title=_("Someone else changed this just now"),
        reason=no.reason,
        lines=lines_of(no.since),
        back=url_for("people.one", person=(request.view_args or {})["person"]),
        more={},
    )
    return make_response(page, 409)


@people.post("/<int:person>/roles", endpoint="add_role")
@acting
def add_role(person: int) -> ResponseReturnValue:
    session, member = db.session(), queries.one_visible(db.session(), me, person)
    form = RoleForm(organisation(), request.form)
    try:
        if not form.validate():
            raise Invalid
        administration.add_role(session, member.person, Role(str(form.role.data)), by=me, version=version_read())
    except Invalid as wrong:
        session.rollback()
        for problem in wrong.problems:
            form.role.errors = [*form.role.errors, str(problem.text)]
        return refused(person_page(queries.one_visible(session, me, person), form), None)
    return done(person, _("The role is given"))


@people.post("/<int:person>/roles/<int:membership>/end", endpoint="end_role")
@acting
def end_role(person: int, membership: int) -> ResponseReturnValue:
    session, member = db.session(), queries.one_visible(db.session(), me, person)
    ending: Membership | None = next((m for m in member.memberships if m.id == membership), None)
    if ending is None:
        raise NotFound("membership")
    administration.end_role(session, ending, by=me, version=version_read())
    if member.person.id == me.id:  # they may just have stopped being the administrator
        return redirect(url_for("desk.home"))
    return done(person, _("The role has ended"))


@people.post("/<int:person>/<any(suspend, reinstate, new_link, second_step_off, blank):name>", endpoint="do")
@acting
def do(person: int, name: str) -> ResponseReturnValue:
    session, member = db.session(), queries.one_visible(db.session(), me, person)
    administration.do(session, name, member.person, by=me, version=version_read())
    if name == "new_link":
        return link_page(person, is_new=False)
    if member.person.id == me.id:  # who suspends themselves is out
        return redirect(url_for("security.login"))
    return done(person, DONE[name])


DONE: dict[str, Text] = {
    "suspend": _("Suspended, and signed out everywhere"),
    "reinstate": _("Reinstated"),
    "second_step_off": _("Second step and passkeys are taken away"),
    "blank": _("The name is blanked; the record keeps the number"),
}


def done(person: int, says: Text) -> ResponseReturnValue:
    flash(str(says), "success")
    return redirect(url_for("people.one", person=person))


def version_read() -> int:
    version = request.form.get("version", type=int)
    if version is None:
        abort(422)
    return version


def organisation() -> Any:
    return me.organisation
