"""What a telephone sealed is done as if its person had filled in the form on the page: same words, same refusals.

A piece is done once: whoever claims it does it in the same transaction, and a second try finds it done. What is slow in
it (opening it, looking through a file, storing it) comes before.
"""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Any, BinaryIO, NamedTuple, cast

import sqlalchemy as sa
from sqlalchemy.orm import Session, sessionmaker
from werkzeug.datastructures import CombinedMultiDict, FileStorage, MultiDict

from quality.core import clock
from quality.core.cipher import Cipher
from quality.core.config import Settings
from quality.core.errors import FieldProblem, Invalid, NotFound, NotPermitted, Refused, Stale
from quality.core.events import BESIDE, Event
from quality.core.words import LANGUAGES, Text, _, in_language
from quality.core.workflow import hold_still, stale
from quality.evidence.models import EvidenceKind
from quality.evidence.operations import take_in
from quality.evidence.parts import parts_at
from quality.evidence.vault import vault_from
from quality.field import pieces
from quality.field.contents import Contents, Does, read
from quality.field.envelope import Unopened, opened
from quality.field.models import Piece
from quality.field.pieces import Wrong, wrong_with
from quality.field.taking import kept
from quality.field.uploads import LEASE, joined, let_go
from quality.pages.dossier import refuse_unless_due
from quality.pages.forms.fields import Form
from quality.pages.forms.meeting import take, taking
from quality.pages.forms.sheet import Sheet, field_of
from quality.pages.kinds import KINDS, Kind
from quality.pages.scanning import read_labels
from quality.people.actor import Actor

Sessions = sessionmaker[Session]
EVIDENCE, TAKE = "evidence", "take"
AT_ONCE = 50
log = logging.getLogger("mingcha.jobs")
UNOPENED: dict[str, Text] = {
    "no_piece": _("What came is no piece of this program; do it once more on the telephone"),
    "unknown_key": _("It was sealed to a key that this installation does not have any more; do it once more"),
    "altered": _("It was altered or cut on its way; do it once more on the telephone"),
}
LOST = _("Its bytes are lost on our side; do it once more on the telephone")
AT_WORK_NO_MORE = _("Whoever did this does not work in the field any more")


class FormWrong(Exception):
    """The form does not fit: what is wrong with which field, in each language."""

    def __init__(self, problems: list[dict[str, Any]]) -> None:
        super().__init__(len(problems))
        self.problems = problems


class Doing(NamedTuple):
    """A form that a piece fills in: of which case, and as whom."""

    kind: Kind
    case: Any
    name: str
    sheet: Sheet
    me: Actor


def do_piece(sessions: Sessions, settings: Settings, piece_id: int) -> None:
    """Do it, or keep why not. Where the store or the database does not answer, what they raise: it is tried again."""
    vault, store = vault_from(settings.evidence_url), parts_at(settings.evidence_url)
    cipher = Cipher(settings.identity_keys, settings.identity_index_key)
    told: Contents | None = None
    with envelope_of(sessions, settings, piece_id) as sealed, tempfile.TemporaryFile(prefix="mingcha-") as plain:
        if sealed is None:
            wrong: Wrong | None = wrong_with("lost", LOST)
        else:
            told, wrong = attempted(sessions, settings, piece_id, sealed, cast(BinaryIO, plain))
        if wrong is not None:
            with sessions.begin() as session:
                if pieces.let_wait(session, session.get_one(Piece, piece_id), wrong, clock.now()):
                    return
            if sealed is not None:
                sealed.seek(0)
            name = vault.put(sealed).sha256 if sealed is not None else None
            with sessions.begin() as session:
                pieces.refuse(session, session.get_one(Piece, piece_id), wrong, told=told, sealed=name, cipher=cipher)
    with sessions.begin() as session:
        upload = pieces.upload_of(session, piece_id)
        names = let_go(session, upload) if upload else []
    store.drop(names)


def do_due_pieces(sessions: Sessions, settings: Settings, now: datetime) -> int:
    """What waited long enough for another, and what a process left that died. One of several processes does each."""
    with sessions() as session:
        late = pieces.due(session, now, most=AT_ONCE)
    for each in late:
        with sessions.begin() as session:
            is_mine = pieces.take_turn(session, each, now, LEASE)
        if is_mine:
            try:
                do_piece(sessions, settings, each)
            except Exception:  # the others go on; this one is tried again after its lease
                log.exception("a piece could not be done")
    return len(late)


def do_what_waits(sessions: Sessions, settings: Settings, piece_id: int) -> None:
    """Of the same telephone: what came too early may fit now."""
    with sessions() as session:
        waiting = pieces.waiting_of(session, session.get_one(Piece, piece_id).phone_id)
    for each in waiting:
        if each != piece_id:
            do_piece(sessions, settings, each)


@contextmanager
def envelope_of(sessions: Sessions, settings: Settings, piece_id: int) -> Iterator[BinaryIO | None]:
    """As it came: out of its parts, or out of the vault where it was refused before. None where it is lost."""
    with sessions() as session:
        piece, upload = session.get_one(Piece, piece_id), pieces.upload_of(session, piece_id)
        try:
            if piece.sealed is not None:
                with vault_from(settings.evidence_url).open(piece.sealed) as file:
                    yield file
                return
            if upload is None:
                raise FileNotFoundError(piece.uuid)
            with joined(session, parts_at(settings.evidence_url), upload) as file:
                session.close()  # what follows takes its time
                yield file
        except FileNotFoundError:
            yield None


def attempted(
    sessions: Sessions, settings: Settings, piece_id: int, sealed: BinaryIO, plain: BinaryIO
) -> tuple[Contents | None, Wrong | None]:
    """What it says, and what stands in its way. Nothing, where it is done by now, by this process or another."""
    told: Contents | None = None
    try:
        told = read(opened(sealed, settings.field_keys, plain))
        with sessions.begin() as session:
            pieces.note_contents(session, piece_id, told)
        if plain.tell():
            keep_the_file(sessions, settings, piece_id, told, plain)
        with sessions.begin() as session:
            if pieces.claim(session, session.get_one(Piece, piece_id)):
                carry_out(session, doer(session, piece_id), told, plain)
    except Unopened as no:
        return told, wrong_with(no.code, UNOPENED[no.code])
    except FormWrong as no:
        return told, of_fields("invalid", no.problems)
    except Invalid as no:
        return told, of_fields(no.problems[0].code, kept(no.problems))
    except Refused as no:
        may_wait = not isinstance(no, NotPermitted | NotFound | Stale)
        return told, wrong_with(no.code, no.reason, may_wait=may_wait)
    return told, None


def doer(session: Session, piece_id: int) -> Actor:
    actor = pieces.doer_of(session.get_one(Piece, piece_id))
    if actor is None:
        raise NotPermitted("phone_idle", AT_WORK_NO_MORE)
    return actor


def of_fields(code: str, problems: list[dict[str, Any]]) -> Wrong:
    reason = {language: " ".join(dict.fromkeys(each[language] for each in problems)) for language in LANGUAGES}
    return Wrong(code, reason, problems)


def keep_the_file(sessions: Sessions, settings: Settings, piece_id: int, told: Contents, plain: BinaryIO) -> None:
    """Looked through and stored before anything is claimed: it takes its time, and twice is as good as once."""
    plain.seek(0)
    kind = told.name if told.does is Does.EVIDENCE else EvidenceKind.HAND_OVER
    with sessions.begin() as session:
        by = doer(session, piece_id)
        take_in(session, vault_from(settings.evidence_url), plain, kind=kind, by=by, said=told.said)


def carry_out(session: Session, me: Actor, told: Contents, plain: BinaryIO) -> None:
    """Through the form of the page. What the record tells of it has the telephone's moment beside ours."""
    session.info[BESIDE] = {"phone_at": told.said_at} if told.said_at else {}
    if told.does is Does.HAND_OVER and told.name == TAKE:
        take_over(session, me, told, plain)
        return
    doing = found(session, me, told)
    version = version_for(session, doing.case, me, told.version)
    refuse_unless_due(doing.kind.life, doing.name, doing.sheet, doing.case, me)
    form = filled_in(session, doing, told, plain)
    if not form.validate():
        raise FormWrong(said_in_each_language(lambda: filled_in(session, doing, told, plain)))
    try:
        doing.sheet.act(session, doing.case, form, me, version)
    except Invalid as wrong:
        raise Invalid(*(labelled(each, form) for each in wrong.problems)) from wrong


def labelled(problem: FieldProblem, form: Form) -> FieldProblem:
    """Its person reads it far from the form: so it says of which field it is."""
    name = field_of(problem.field)
    if name not in form:
        return problem._replace(field=name)
    return problem._replace(field=name, text=_("%(field)s: %(error)s", field=form[name].label.text, error=problem.text))


def take_over(session: Session, me: Actor, told: Contents, plain: BinaryIO) -> None:
    """The taker's side of a hand-over: of which sample it is, its code says."""

    def filled() -> Form:
        form = taking(session, me)
        form.process(CombinedMultiDict([multi(told.fields), files_for(form, plain)]))
        read_labels(session, form)
        return form

    form = filled()
    if not form.validate():
        raise FormWrong(said_in_each_language(filled))
    take(session, form, me)


def found(session: Session, me: Actor, told: Contents) -> Doing:
    """Which form of which case: a number is a task's or a sample's, and what a task has no form for, its sample may."""
    name = EVIDENCE if told.does is Does.EVIDENCE else told.name
    for kind, case in cases_of(session, me, told.about):
        if sheet := kind.sheets.get(name) or kind.steps.get(name):
            return Doing(kind, case, name, sheet, me)
    raise NotFound(told.about)


def cases_of(session: Session, me: Actor, number: str) -> Iterator[tuple[Kind, Any]]:
    task_kind, sample_kind = KINDS["task"], KINDS["sample"]
    task = session.scalars(task_kind.visible_to(me).where(task_kind.model.number == number)).one_or_none()
    if task is None:
        yield sample_kind, sample_kind.one_visible(session, me, number)
        return
    if task.sample is not None:
        yield sample_kind, task.sample
    yield task_kind, task


def filled_in(session: Session, doing: Doing, told: Contents, plain: BinaryIO) -> Form:
    form = doing.sheet.form(session, doing.case, doing.me)
    sent = told.fields | ({"kind": [told.name]} if told.does is Does.EVIDENCE else {})
    form.process(CombinedMultiDict([multi(sent), files_for(form, plain)]))
    if doing.name not in doing.kind.steps:  # there a label is a label, and stands for no seal
        read_labels(session, form)
    return form


def multi(fields: Mapping[str, list[str]]) -> MultiDict[str, Any]:
    return MultiDict([(name, each) for name, values in fields.items() for each in values])


def files_for(form: Form, plain: BinaryIO) -> MultiDict[str, Any]:
    """The file of the piece, in the one field of the form that takes files."""
    size = plain.seek(0, 2)
    plain.seek(0)
    field = next((each.name for each in form if getattr(each, "drawn_as", "") == "files"), None)
    return MultiDict([(field, FileStorage(plain, "piece", field))] if field and size else [])


def said_in_each_language(made: Callable[[], Form]) -> list[dict[str, Any]]:
    """What is wrong with each field, in all languages: its person reads it later."""
    said: dict[str, dict[str, str]] = {}
    for language in LANGUAGES:
        with in_language(language):
            form = made()
            form.validate()
            for field in form:
                if field.errors:
                    text = f"{field.label.text}: {' '.join(map(str, field.errors))}"
                    said.setdefault(field.name, {})[language] = text
    return [{"field": name, "code": "invalid", **texts} for name, texts in said.items()]


def version_for(session: Session, case: Any, me: Actor, seen: int | None) -> int:
    """The present version, unless another person has moved the case since the telephone saw it.

    What its own pieces did meanwhile it knows; evidence that others added changes nothing of what was to be done.
    """
    hold_still(session, case)
    if seen is None or case.version <= seen:
        return int(case.version)
    theirs = sa.or_(Event.actor == f"person:{me.id}", Event.actor.startswith(f"person:{me.id} ", autoescape=True))
    moved = sa.select(Event.id).where(
        Event.subject_type == case.__tablename__,
        Event.subject_id == case.id,
        Event.seq > seen,
        Event.new_status.is_not(None),
        Event.part.is_(None),
        ~theirs,
    )
    if session.scalars(moved.limit(1)).first() is not None:
        raise stale(session, case, seen)
    return int(case.version)
