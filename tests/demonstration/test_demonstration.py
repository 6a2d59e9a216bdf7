"""The demonstration of a first start holds what it promises, survives being cut short, and is loaded once."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

import pytest
import sqlalchemy as sa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from flask_babel import force_locale
from flask_security import hash_password

from quality import cli, demonstration
from quality.campaigns.models import Campaign
from quality.core.errors import Invalid
from quality.core.events import Event
from quality.core.record import verify
from quality.core.workflow import record
from quality.demonstration import Standing, command, standing
from quality.demonstration.people import PLAYERS, found
from quality.demonstration.pictures import picture
from quality.documents.models import Document, DocumentKind, Language
from quality.evidence.media import recognise
from quality.evidence.models import EvidenceKind, Exhibit
from quality.lab.models import Finding, Report, TestResult
from quality.notices.models import Notice, NoticeItem
from quality.objections.models import Objection
from quality.people.actor import SYSTEM
from quality.people.models import OrganisationKind, Person
from quality.people.operations import add_organisation
from quality.permissions import Role
from quality.publication.models import Result
from quality.purchases.models import Sample, Task
from tests.harness.databases import environment_for, on_sqlite

PASSWORD = "moon-tree-fish-lamp"

# fmt: off
PROMISED = {
    Campaign:   {"in_field": 1},
    Task:       {"planned": 1, "assigned": 1, "ordered": 1, "shipped": 1, "received": 1, "sealed": 14,
                 "unobtainable": 1, "transferred_untested": 1},
    Sample:     {"sealed": 1, "dispatched": 1, "at_lab": 1, "testing": 1, "reported": 2, "concluded": 5, "closed": 2,
                 "refused_by_lab": 1},
    Report:     {"entered": 1, "authorised": 9},
    Finding:    {"proposed": 1, "confirmed": 7},
    Objection:  {"in_reinspection": 1},
    Notice:     {"in_review": 1, "acknowledged": 1, "closed": 1},
    NoticeItem: {"open": 2, "claimed": 1, "returned": 1, "verified": 2},
    Result:     {"published": 2},
}
# fmt: on


@pytest.fixture
def given(monkeypatch, app):
    """The password is told by the environment, and nothing is written into the checkout."""
    monkeypatch.setenv("DEMO_PASSWORD", PASSWORD)
    monkeypatch.setattr(demonstration, "WAIT", timedelta(seconds=1))
    with force_locale("en"):
        yield app


def cut_short_at(stage: str, case: int):
    def tell(*so_far: object) -> None:
        if so_far[:2] == (stage, case):
            raise KeyboardInterrupt

    return tell


def test_a_first_start_loads_what_is_promised_even_if_it_was_cut_short_and_a_second_changes_nothing(
    given, session, client, capsys, monkeypatch
):
    for place in (("buy and test", 3), ("publish", 0)):
        with monkeypatch.context() as killed, pytest.raises(KeyboardInterrupt):
            killed.setattr(command, "draw_bar", cut_short_at(*place))
            command.load_once(given)
        assert standing(session) is Standing.BEGUN
        session.rollback()

    command.load_once(given)

    assert {model: dict(Counter(session.scalars(sa.select(model.status)))) for model in PROMISED} == PROMISED
    assert_judgement_has_something_to_show(session)
    assert_every_paper_is_made(session)
    assert_the_record_is_whole(session, given.config["SETTINGS"])
    assert_each_sign_in_opens_its_desk(client, capsys)

    before = session.scalars(sa.select(sa.func.count(Event.id))).one()
    command.load_once(given)
    assert session.scalars(sa.select(sa.func.count(Event.id))).one() == before


def assert_judgement_has_something_to_show(session) -> None:
    verdicts = set(session.scalars(sa.select(TestResult.verdict)))
    assert verdicts == {"pass", "conditional_pass", "conditional_fail", "fail"}
    assert set(session.scalars(sa.select(Finding.verdict))) == {"conforming", "nonconforming"}
    files = session.execute(sa.select(Exhibit.kind, Exhibit.holding_id)).all()
    assert len({kind for kind, _holding in files}) >= 11
    assert len({holding for _kind, holding in files}) == len(files), "each proof is a picture of its own"


def assert_every_paper_is_made(session) -> None:
    """One of each kind that a campaign in the field has: its announcement comes with its end."""
    papers = session.scalars(sa.select(Document)).all()
    assert {paper.kind for paper in papers} == set(DocumentKind) - {DocumentKind.ANNOUNCEMENT}
    assert [paper.number for paper in papers if paper.sha256 is None] == []
    assert {paper.language for paper in papers if paper.kind == DocumentKind.DISPOSAL_NOTICE} == set(Language)


def assert_the_record_is_whole(session, settings) -> None:
    ours = Ed25519PrivateKey.from_private_bytes(settings.record_signing_key).public_key().public_bytes_raw()
    seen = verify(session, settings.roots_folder, [ours])
    assert seen.broken is None
    assert seen.roots == 1


def assert_each_sign_in_opens_its_desk(client, capsys) -> None:
    command.print_accounts()
    printed = capsys.readouterr().out.splitlines()[1:]
    for player, line in zip(PLAYERS, printed, strict=True):
        assert player.name in line
        assert PASSWORD in line
        answer = client.post("/account/sign-in", data={"email": player.email, "password": PASSWORD})
        assert (answer.status_code, answer.location) == (302, "/desk"), player
        assert client.get("/desk/", follow_redirects=True).status_code == 200
        client.post("/account/sign-out")


@on_sqlite
def test_a_database_with_cases_of_its_own_is_left_alone(given, session, capsys):
    add_organisation(session, kind=OrganisationKind.AGENCY, code="LP", name="临浦市市场监督管理局", by=SYSTEM)
    session.commit()

    command.load_once(given)

    assert "holds other cases" in str(capsys.readouterr().err)
    assert session.scalars(sa.select(sa.func.count(Event.id))).one() == 1
    command.print_accounts()
    assert "No demonstration is loaded here" in capsys.readouterr().out


@on_sqlite
def test_a_password_that_was_changed_is_not_shown_as_if_it_opened_the_account(given, session):
    found(session, hash_password(PASSWORD))
    buyer = next(player for player in PLAYERS if player.role == Role.BUYER)
    person = session.scalars(sa.select(Person).where(Person.email == buyer.email)).one()
    record(session, person, "choose_password", by=SYSTEM, facts={"password": hash_password("another-long-password")})

    shown = {row[2]: row[3] for row in command.accounts(session, PASSWORD)}

    assert shown.pop(buyer.email) == "(changed)"
    assert set(shown.values()) == {PASSWORD}
    assert {row[3] for row in command.accounts(session, "")} == {"(changed)"}


def test_a_database_without_tables_says_what_to_do(monkeypatch, tmp_path, capsys):
    for name, value in environment_for(f"sqlite:///{tmp_path}/empty.db", tmp_path).items():
        monkeypatch.setenv(name, value)

    with pytest.raises(SystemExit) as ended:
        cli.main(("--lang", "en", "demo", "load"))
    assert ended.value.code == 1
    assert "run `mingcha db upgrade` first" in capsys.readouterr().err

    with pytest.raises(SystemExit) as ended:
        cli.main(("--lang", "en", "demo", "accounts"))
    assert ended.value.code == 0
    assert "No demonstration is loaded here" in capsys.readouterr().out


def test_a_password_is_made_once_and_kept_where_only_its_owner_reads(tmp_path):
    path = tmp_path / ".env"
    made = command.password_from(path, {})

    assert path.read_text() == f"DEMO_PASSWORD={made}\n"
    assert path.stat().st_mode & 0o777 == 0o600
    assert command.password_from(path, {"DEMO_PASSWORD": made}) == made
    assert path.read_text().count("DEMO_PASSWORD") == 1
    assert command.password_from(tmp_path / "other", {}) != made


def test_a_given_password_that_can_be_guessed_is_refused(tmp_path):
    with pytest.raises(Invalid) as no:
        command.password_from(tmp_path / ".env", {"DEMO_PASSWORD": "demo"})
    assert [problem.field for problem in no.value.problems] == ["DEMO_PASSWORD"]
    assert not (tmp_path / ".env").exists()


def test_a_picture_is_the_same_for_the_same_and_another_for_another():
    made = {picture(subject, kind) for subject in ("YZ-T-2026-00001", "TL-700341744") for kind in EvidenceKind}

    assert len(made) == 2 * len(EvidenceKind)
    assert picture("YZ-T-2026-00001", EvidenceKind.LOOK) in made
    assert {recognise(one) for one in made} == {"image/png"}


def test_columns_stand_below_each_other_in_both_scripts():
    assert command.in_columns([["角色", "x"], ["role", "y"]]) == ["角色  x", "role  y"]
