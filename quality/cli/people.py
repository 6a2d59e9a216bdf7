"""Who is in an empty installation: organisations, people, and the keys by which programs come in."""

from __future__ import annotations

import click

from quality.cli.verbs import group, program, verb
from quality.core.choosing import one_of
from quality.core.errors import FieldProblem, Invalid
from quality.core.words import _


@group(_("Organisations"))
def org() -> None: ...


@verb(_("Found an organisation; KIND is agency, laboratory or platform, CODE as in YZ01"), of=org)
@click.argument("kind")
@click.argument("code")
@click.argument("name")
@click.option("--superior", help="CODE")
@click.option("--region", help="440100")
def add(kind: str, code: str, name: str, superior: str | None, region: str | None) -> None:
    from quality.people.actor import SYSTEM
    from quality.people.models import OrganisationKind
    from quality.people.operations import add_organisation

    kinds = one_of(OrganisationKind, kind, "kind")
    with program() as app:
        session = app.extensions["sqlalchemy"].session()
        made = add_organisation(session, kind=kinds, code=code, name=name, by=SYSTEM, superior=superior, region=region)
        session.commit()
        click.echo(_("Founded %(code)s %(name)s", code=made.code, name=made.name))


@group(_("People"))
def person() -> None: ...


@verb(_("Invite a person into an organisation, and print the link by which they choose a password"), of=person)
@click.argument("email")
@click.option("--org", "code", required=True, help="CODE")
@click.option("--role", required=True)
@click.option("--name", default="")
def invite(email: str, code: str, role: str, name: str) -> None:
    from quality.people.actor import SYSTEM
    from quality.people.operations import find_organisation, invite_person
    from quality.people.security import invitation_link
    from quality.permissions import Role

    chosen = one_of(Role, role, "role")
    with program() as app, app.test_request_context(base_url=app.config["SETTINGS"].public_url):
        session = app.extensions["sqlalchemy"].session()
        organisation = find_organisation(session, code)
        if organisation is None:
            raise Invalid(
                FieldProblem("org", "unknown", _("There is no organisation with the code %(code)s", code=code))
            )
        made = invite_person(session, email=email, organisation=organisation, role=chosen, by=SYSTEM, name=name)
        session.commit()
        click.echo(invitation_link(made.person))


@verb(_("Print a new password link for a person, for instance the last administrator"), of=person)
@click.argument("email")
@click.option("--without-second-step", is_flag=True, help=str(_("take second step and passkeys away too")))
def link(email: str, without_second_step: bool) -> None:
    from quality.people.actor import SYSTEM
    from quality.people.administration import new_door_for
    from quality.people.security import invitation_link

    with program() as app, app.test_request_context(base_url=app.config["SETTINGS"].public_url):
        session = app.extensions["sqlalchemy"].session()
        found = new_door_for(session, email, by=SYSTEM, without_second_step=without_second_step)
        session.commit()
        click.echo(invitation_link(found))


@group(_("Keys by which programs come in"))
def key() -> None: ...


@verb(
    _("Make a key for the API and print it, once; without --person for the organisation's program account"),
    of=key,
    name="add",
)
@click.option("--org", "code", required=True, help="CODE")
@click.option("--role", required=True)
@click.option("--person", "email", help="EMAIL")
@click.option("--name", default="mingcha key add", show_default=True)
@click.option("--days", default=366, show_default=True, type=int)
def add_key(code: str, role: str, email: str | None, name: str, days: int) -> None:
    from quality.people import keys
    from quality.people.actor import SYSTEM
    from quality.permissions import Role

    chosen = one_of(Role, role, "role")
    with program() as app:
        session = app.extensions["sqlalchemy"].session()
        membership = keys.whose(session, code, chosen, email, by=SYSTEM)
        _key, secret = keys.make(session, membership, name=name, days=days, by=SYSTEM)
        session.commit()
        click.echo(secret)
