"""What is asked for is made once, whoever asks and however many print; what fails waits and stops nothing else."""

from __future__ import annotations

import threading

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session, sessionmaker

from quality.core import clock
from quality.documents import render
from quality.documents.jobs import WAITS, claim, make_at_once, make_documents
from quality.documents.models import Document, DocumentKind, Language
from quality.documents.operations import withdraw_all
from quality.documents.press import Press
from quality.documents.queries import documents_of, latest_of, open_document
from quality.documents.readers import Reader
from quality.evidence.jobs import is_named
from quality.evidence.vault import vault_from
from quality.people.actor import SYSTEM
from quality.purchases.models import Sample
from quality.purchases.operations.papers import ask_for_sampling_sheet
from tests.harness.databases import on_sqlite
from tests.harness.notices import run
from tests.harness.papers import asked
from tests.harness.press import making
from tests.harness.quickly import quick_pdf

K = DocumentKind


@pytest.fixture
def waiting(session, concluded):
    """Sampling sheets of two samples, asked for."""
    samples = [finding.sample for finding in concluded.bad]
    rows = [ask_for_sampling_sheet(session, each, Language.ZH, by=concluded.cast.coordinator) for each in samples]
    session.commit()
    return rows


def test_no_transaction_is_open_while_papers_are_printed(session, waiting, monkeypatch):
    open_meanwhile = []

    def look(html):
        open_meanwhile.append(session.get_bind().pool.checkedout())
        return quick_pdf(html)

    monkeypatch.setattr(render, "pdf_of", look)
    assert run(session, making) == 2
    assert open_meanwhile == [0, 0]


def test_one_that_cannot_be_printed_stops_no_other_and_is_tried_again(session, waiting, cast, monkeypatch):
    broken, whole = waiting

    def jams(html):
        if broken.number in html:
            raise OSError("paper jam")
        return quick_pdf(html)

    monkeypatch.setattr(render, "pdf_of", jams)
    with pytest.raises(OSError, match="paper jam") as problem:
        run(session, making)
    assert problem.value.__notes__ == [f"id {broken.id}"]
    session.expire_all()
    assert (broken.sha256, broken.tries, broken.next_try_at) == (None, 1, clock.now() + WAITS[0])
    assert whole.sha256
    assert run(session, making) == 0

    monkeypatch.setattr(render, "pdf_of", quick_pdf)
    cast.clock.moment += WAITS[0]
    assert run(session, making) == 1


def test_twenty_that_print_at_once_make_each_once(app, session, waiting):
    session.commit()
    gate, made = threading.Barrier(20), []

    def tick() -> None:
        with app.app_context():
            gate.wait()
            press = Press.of(app.config["SETTINGS"])
            made.append(make_documents(sessionmaker(session.get_bind()), press, clock.now()))

    machines = [threading.Thread(target=tick) for _each in range(20)]
    for each in machines:
        each.start()
    for each in machines:
        each.join()
    session.expire_all()
    assert len(made) == 20
    assert sum(made) == len(waiting)
    assert [document.tries for document in waiting] == [1, 1]


def test_of_two_who_ask_at_once_both_get_the_same(app, session, concluded):
    key, people = concluded.good.sample.id, [concluded.cast.coordinator, concluded.cast.buyer]
    session.commit()
    gate, codes = threading.Barrier(2), []

    def want(place: int) -> None:
        with app.app_context(), Session(session.get_bind()) as own:
            sample = own.get_one(Sample, key)
            gate.wait()
            codes.append(ask_for_sampling_sheet(own, sample, Language.ZH, by=people[place]).code)
            own.commit()

    askers = [threading.Thread(target=want, args=[place]) for place in range(2)]
    for each in askers:
        each.start()
    for each in askers:
        each.join()
    assert len(codes) == 2
    assert len(set(codes)) == 1
    assert len(documents_of(session, [("sample", key)])) == 1


@on_sqlite
def test_who_will_not_wait_prints_what_a_dead_one_had_claimed(session, waiting, app):
    sessions = sessionmaker(session.get_bind())
    with sessions.begin() as dead:
        assert claim(dead, waiting[0].id, clock.now())
    assert run(session, making) == 1

    assert make_at_once(sessions, Press.of(app.config["SETTINGS"])) == 1
    assert make_at_once(sessions, Press.of(app.config["SETTINGS"])) == 0


@on_sqlite
def test_what_was_withdrawn_before_it_was_printed_is_not_printed_and_asked_again_it_is_another(
    session, waiting, concluded
):
    first, sample = waiting[0], concluded.bad[0].sample
    withdraw_all(session, sample, by=SYSTEM)
    withdraw_all(session, sample, by=SYSTEM, kind=K.SAMPLING_SHEET)
    again = ask_for_sampling_sheet(session, sample, Language.ZH, by=concluded.cast.coordinator)

    assert run(session, making) == 2
    assert first.sha256 is None
    assert (again.edition, again.code == first.code) == (2, False)
    assert latest_of(session, sample, K.SAMPLING_SHEET).edition == 2


@on_sqlite
def test_what_is_not_made_cannot_be_opened(session, waiting, app):
    with pytest.raises(FileNotFoundError):
        open_document(vault_from(app.config["SETTINGS"].evidence_url), waiting[0], Reader.AGENCY)


@on_sqlite
def test_every_document_has_its_chain_in_the_record(session, concluded):
    document = asked(session, concluded, K.SAMPLING_SHEET, concluded.good.sample)[Language.ZH]
    events = sa.text(
        "SELECT action, details FROM event WHERE subject_type = 'document' AND subject_id = :id ORDER BY seq"
    )

    begun, made = session.execute(events, {"id": document.id}).all()

    assert (begun.action, made.action) == ("create", "made")
    assert document.code in begun.details
    assert document.sha256 in made.details
    assert isinstance(session.get_one(Document, document.id).bytes, int)


@on_sqlite
def test_a_pdf_stays_in_the_vault_and_in_every_backup_whatever_becomes_of_the_same_bytes_elsewhere(session, concluded):
    document = asked(session, concluded, K.SAMPLING_SHEET, concluded.good.sample)[Language.ZH]

    assert is_named(session, document.sha256)
    assert not is_named(session, "0" * 64)
