"""A party's reply in public, on the page of its letter: written, read back with what came of it, withdrawn."""

from __future__ import annotations

from typing import Any

from flask import redirect, render_template
from flask.typing import ResponseReturnValue

from quality.core.db import db
from quality.core.errors import NotFound
from quality.core.words import Text
from quality.objections.models import Letter
from quality.pages.forms.fields import Form
from quality.pages.forms.replying import SHOWN_WHOLE, replying
from quality.pages.replies import own_of
from quality.pages.views.reply import here, holder_of, opened, reply, sent_in
from quality.people.access import public as open_to_all
from quality.publication import replies
from quality.publication.models import Reply

blueprint = reply  # with these addresses


@reply.get("/statement")
@open_to_all
@opened
def statement(letter: Letter, link: str) -> ResponseReturnValue:
    own = own_of(db.session(), letter)
    if own is None or not own.may_write:
        return redirect(here(link), 303)
    return form_page(letter, link, replying(letter))


@reply.post("/statement", endpoint="state")
@open_to_all
@opened
def state(letter: Letter, link: str) -> ResponseReturnValue:
    if letter.case_id is not None:
        raise NotFound("statement")
    return sent_in(letter, link, replying, send, form_page)


@reply.post("/statement/withdrawal", endpoint="take_statement_back")
@open_to_all
@opened
def take_back(letter: Letter, link: str) -> ResponseReturnValue:
    """Pressed twice, it is withdrawn once."""
    own = own_of(db.session(), letter)
    if own and own.reply and own.may_withdraw:
        replies.withdraw(db.session(), own.reply, by=holder_of(letter))
    return redirect(here(link), 303)


def send(letter: Letter, form: Any) -> Reply:
    return replies.write(db.session(), letter.finding, letter.party, form.statement.data, by=holder_of(letter))


def form_page(letter: Letter, link: str, form: Form, loose: list[Text] | None = None) -> str:
    own = own_of(db.session(), letter)
    return render_template(
        "reply/statement.html", link=link, letter=letter, form=form, loose=loose or [], own=own, says=SHOWN_WHOLE
    )
