"""Anybody reads the signed roots, fetches what proves a result, and checks it: on our page, or without us."""

from __future__ import annotations

import base64
import hashlib
import io
import json
from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa
from click.testing import CliRunner
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from flask.testing import FlaskClient
from sqlalchemy.orm import Session, sessionmaker

from quality.backup.handing import print_handed_over, print_revoked, secret_in
from quality.cli import mingcha
from quality.core.errors import Invalid, Refused
from quality.core.handover import Reached, handed_over
from quality.core.roots import folder_of
from quality.jobs import sign_daily_root
from quality.pages.proven import lay_out_day
from quality.pages.proving import LINKS, WAYS, keys_of
from quality.pages.views import proof as views
from quality.publication.checking import Found, Link, check
from quality.publication.models import Result
from quality.publication.operations import withdraw
from tests.harness.clock import HeldClock
from tests.harness.databases import on_sqlite
from tests.harness.desk import World
from tests.harness.people import Cast
from tests.harness.proofs import OTHER, public
from tests.harness.purchases import settings
from tests.harness.reading import read

pytestmark = on_sqlite


@pytest.fixture
def result(session: Session, cast: Cast, world: World) -> Result:
    return session.scalars(sa.select(Result).where(Result.number == world["result"])).one()


def night(session: Session, clock: HeldClock) -> None:
    clock.advance(days=1)
    session.commit()
    sign_daily_root(sessionmaker(session.get_bind()), settings())


@pytest.fixture
def proved(client: Any, session: Session, result: Result, clock: HeldClock) -> Any:
    night(session, clock)
    return client.get(f"/results/{result.number}/proof.json").json


def test_before_the_first_night_the_pages_say_what_follows(client: Any, result: Result) -> None:
    assert "No root is signed yet" in client.get("/proof/?lang=en").text
    assert client.get("/proof/roots.json").json == {"items": [], "next": None}
    [key] = client.get("/proof/keys.json").json["items"]
    assert (key["current"], key["first_day"]) == (True, None)
    none = client.get(f"/results/{result.number}/proof.json")
    assert (none.status_code, none.mimetype, none.json["code"]) == (404, "application/problem+json", "proof_follows")
    page = client.get(f"/proof/check?result={result.number}&lang=en")
    assert page.status_code == 404
    assert "follows with the next daily root" in page.text
    assert f"/proof/check?result={result.number}" in client.get(f"/results/{result.number}").text


def test_each_root_names_the_one_before_it(client, session: Session, proved, clock: HeldClock, monkeypatch) -> None:
    night(session, clock)
    newest, before = client.get("/proof/roots.json").json["items"]
    files = [client.get(f"/proof/roots/{each['day']}.json").data for each in (newest, before)]
    assert [hashlib.sha256(file).hexdigest() for file in files] == [newest["sha256"], before["sha256"]]
    assert newest["previous"] == before["sha256"]
    assert set(json.loads(files[0])) == {
        "count", "day", "heads", "key", "previous", "root", "signature", "signed_at",
    }  # fmt: skip
    [key] = client.get("/proof/keys.json").json["items"]
    assert (key["key"], key["first_day"], key["last_day"]) == (newest["key"], before["day"], newest["day"])
    monkeypatch.setattr(views, "A_PAGE", 1)
    first = client.get("/proof/roots.json").json
    assert first["next"] == newest["day"]
    assert client.get(f"/proof/roots.json?before={newest['day']}").json["items"] == [before]
    assert f"before={newest['day']}" in client.get("/proof/?lang=en").text
    assert "Back to the start" in client.get(f"/proof/?lang=en&before={newest['day']}").text
    assert "No root is older" in client.get(f"/proof/?lang=en&before={before['day']}").text


def test_a_root_that_was_noted_proves_later(client, session: Session, result: Result, proved, clock: HeldClock) -> None:
    night(session, clock)
    at = f"/results/{result.number}/proof.json?root="
    assert client.get(at + proved["root"]["day"]).json == proved
    assert client.get(at + "2020-01-01").json["code"] == "no_such_root"
    for day in ("", "x", "../..", "2026-13-01"):
        assert client.get(at + day).status_code == 422
    lay_out_day(session, settings(), proved["root"]["day"])
    for day, refusal in [("x", Invalid), ("2020-01-01", Refused)]:
        with pytest.raises(refusal):
            lay_out_day(session, settings(), day)


def test_keys_say_who_vouches_for_them(
    client: Any, session: Session, result: Result, clock: HeldClock, tmp_path
) -> None:
    night(session, clock)
    file, told = tmp_path / "next.key", settings()
    print_handed_over(session, told, file)
    assert file.stat().st_mode & 0o077 == 0
    [statement] = client.get("/proof/keys.json").json["statements"]
    new = replace(told, record_signing_key=secret_in(file), record_earlier_keys=(base64.b64decode(statement["from"]),))
    with pytest.raises(Refused):
        print_handed_over(session, new, file)
    present, before = keys_of(new, folder_of(session, new.roots_folder))
    assert (present.vouched_by, before.vouched_by) == (before.fingerprint, None)
    assert statement["from"] in client.get("/proof/check").text
    proved = client.get(f"/results/{result.number}/proof.json").json
    sent = {"proof": json.dumps(proved | {"statements": []}), "key": present.fingerprint}
    whole = json.dumps(client.get("/proof/keys.json").json)
    for said, means, way in [(whole, "holds", "vouched"), ("", "broken", "no_voucher"), ("[]", "broken", "no_voucher")]:
        answer = client.post("/proof/check", data=sent | {"statements": said}).text
        assert (shown_in(answer, "means"), shown_in(answer, "way")) == ([means], [way])
    wrong = client.post("/proof/check?lang=en", data=sent | {"statements": "[7]"})
    assert (wrong.status_code, "no hand-overs of keys" in wrong.text) == (422, True)
    print_revoked(session, new, file)
    assert keys_of(new, folder_of(session, new.roots_folder))[0].revoked_at
    file.write_text("謹此")
    with pytest.raises(Invalid):
        print_revoked(session, new, file)


@pytest.mark.parametrize("day", ["2020-01-01", "2026-13-01", "20260101", "..%2f..", "x", "2026-11-27.heads"])
def test_a_day_without_a_root_is_not_there(client: FlaskClient, day: str) -> None:
    assert client.get(f"/proof/roots/{day}.json").status_code == 404
    if day != "2020-01-01":
        assert client.get("/proof/roots.json", query_string={"before": day}).status_code == 422
        assert client.get("/proof/", query_string={"before": day}).status_code == 422


def test_a_result_carries_its_proof(client: Any, result: Result, proved) -> None:
    [key] = client.get("/proof/keys.json").json["items"]
    assert check(proved, keys=[key["sha256"]]).found is Found.HOLDS
    assert client.get(f"/results/{result.number}/v1/proof.json").json == proved
    assert client.get(f"/results/{result.number}/v2/proof.json").status_code == 404
    assert client.get("/results/R-YZ-2026-9999/proof.json").json["code"] == "not_found"
    page = client.get(f"/proof/check?result={result.number}&edition=1&lang=en").text
    assert proved["leaf"][3] in page
    assert key["sha256"] in page
    assert "proof.js" in page
    program = client.get("/proof/proof.py")
    assert program.mimetype == "text/plain"
    assert "Ed25519PublicKey" in program.text
    assert "Ed25519PublicKey" in client.get("/proof/").text


def test_a_withdrawn_result_keeps_the_proof_that_it_was_withdrawn(client, session, cast, world, clock) -> None:
    result = session.scalars(sa.select(Result).where(Result.number == world["result"])).one()
    withdraw(session, result, "检验方法有误", by=cast.reviewer)
    night(session, clock)
    gone = client.get(f"/results/{result.number}/proof.json").json
    assert (gone["state"], "copy" in gone) == ("withdrawn", False)
    assert "/proof/check?result=" in client.get(f"/results/{result.number}").text
    [key] = client.get("/proof/keys.json").json["items"]
    answer = client.post("/proof/check?lang=en", data={"proof": json.dumps(gone), "key": key["key"]}).text
    assert shown_in(answer, "means") == ["holds"]
    assert 'data-state="withdrawn">' in answer


def shown_in(page: str, kind: str) -> list[str | None]:
    """What of all that could be said is not hidden."""
    found = [each for each in read(page).elements if each.get(f"data-{kind}")]
    return [each.get("data-found") or each.get(f"data-{kind}") for each in found if each.get("hidden") is None]


def test_without_a_script_our_page_checks_what_is_pasted_or_sent(client, result, proved) -> None:
    [key] = client.get("/proof/keys.json").json["items"]
    text = json.dumps(proved)
    answer = client.post("/proof/check?lang=en", data={"proof": text, "key": key["sha256"]})
    assert (answer.status_code, shown_in(answer.text, "means")) == (200, ["holds"])
    assert set(shown_in(answer.text, "link")) == {"holds"}
    file = {"file": (io.BytesIO(b"\xef\xbb\xbf" + text.encode()), "proof.json")}
    answer = client.post("/proof/check?lang=en", data=file, content_type="multipart/form-data")
    assert shown_in(answer.text, "means") == ["unknown"], "no key was given"
    answer = client.post("/proof/check?lang=en", data={"proof": text, "key": "謹此, 12"})
    assert shown_in(answer.text, "means") == ["broken"]
    assert "somebody else signed" in answer.text
    altered = json.dumps(proved | {"path": proved["path"][1:]})
    answer = client.post("/proof/check", data={"proof": altered, "key": key["key"]})
    assert (answer.status_code, shown_in(answer.text, "means")) == (200, ["broken"])


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("", "Paste a proof"), (" \n", "Paste a proof"), ("謹此", "no JSON object"), ("[]", "no JSON object"),
        ("{}", "format"), ('{"format": "mingcha-proof-1"}', "number"), ("[" * 99_999, "no JSON object"),
        ("\x00\ud7ff<b>'\"%", "no JSON object"), ('{"format": 1e999}', "no JSON object"),
        ("x" * 600_000, "longer than any proof"), ("x" * 3_000_000, "longer than any proof"),
    ],
)  # fmt: skip
def test_what_is_no_proof_is_told_in_words(client: FlaskClient, typed: str, says: str) -> None:
    answer = client.post("/proof/check?lang=en", data={"proof": typed, "key": "x" * 5000})
    assert answer.status_code == 422
    assert says in answer.text
    file = {"file": (io.BytesIO(typed.encode()), "proof.json")}
    assert client.post("/proof/check?lang=en", data=file, content_type="multipart/form-data").status_code == 422


def test_the_command_checks_offline_and_names_what_is_broken(tmp_path, client, clock, proved) -> None:
    present = Ed25519PrivateKey.from_private_bytes(settings().record_signing_key)
    [key] = client.get("/proof/keys.json").json["items"]
    copy = proved["copy"]
    files = {
        "proof": proved,
        "bare": {name: value for name, value in proved.items() if name != "copy"},
        "copy": {"copy": copy},
        "other": copy | {"verdict": "conforming"},
        "roots": client.get("/proof/roots.json").json,
        "root": proved["root"],
        "rest": [proved["root"] | {"day": "2020-01-01"}],
        "none": {"items": [7]},
        "keys": {"statements": [handed_over(OTHER, present, clock.moment)]},
        "floats": {"a": 1.5},
    }
    for name, value in files.items():
        (tmp_path / f"{name}.json").write_text(json.dumps(value), encoding="utf-8")

    def verify(*asked: str) -> tuple[int, str]:
        paths = [str(tmp_path / each) if each.endswith(".json") else each for each in asked]
        done = CliRunner().invoke(mingcha, ["proof", "verify", *paths])
        return done.exit_code, done.output

    known = ("--key", key["sha256"])
    assert verify("proof.json", *known)[0] == 0
    assert verify("proof.json")[0] == 2, "nothing tells whose key it is"
    assert verify("proof.json", "--roots", "roots.json")[0] == 0
    assert verify("proof.json", "--roots", "root.json")[0] == 0
    assert verify("proof.json", "--roots", "rest.json")[0] == 2
    assert verify("proof.json", "--roots", "none.json")[0] == 2
    assert verify("bare.json", *known)[0] == 2
    assert verify("bare.json", "--copy", "copy.json", *known)[0] == 0
    code, said = verify("proof.json", "--copy", "other.json", *known)
    assert (code, str(LINKS[Link.COPY][Found.BROKEN]) in said) == (1, True)
    assert verify("proof.json", "--key", "12")[0] == 1
    assert verify("proof.json", "--keys", "keys.json", "--key", public(OTHER))[0] == 0
    assert verify("proof.json", "--keys", "none.json", "--key", public(OTHER))[0] == 2
    code, said = verify("proof.json", "--key", public(OTHER))
    assert (code, str(WAYS[Reached.NO_VOUCHER]) in said) == (1, True)
    for wrong in ("copy.json", "floats.json"):
        code, said = verify(wrong, *known)
        assert (code, wrong in said) == (2, True)
