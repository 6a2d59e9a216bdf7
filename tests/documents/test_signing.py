"""A document is signed by the agency's key, and independent readers verify it."""

from __future__ import annotations

import io
import re
import shutil
import subprocess
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption
from cryptography.hazmat.primitives.serialization.pkcs12 import serialize_key_and_certificates
from cryptography.x509.oid import NameOID
from flask import Flask
from sqlalchemy.orm import Session

from quality.core import clock
from quality.core.errors import Refused
from quality.documents.models import DocumentKind, SigningCertificate
from quality.documents.press import Press
from quality.documents.queries import latest_of, open_document
from quality.documents.readers import Reader
from quality.documents.render import printed
from quality.documents.signing import key_for, signatures_of, signed
from quality.notices.jobs import seal_issuing_notices
from quality.notices.models import NoticeStatus
from tests.harness.beginnings import Concluded
from tests.harness.databases import on_sqlite
from tests.harness.notices import notice_at, run
from tests.harness.press import real_press

AT = datetime(2026, 9, 1, 2, 30, tzinfo=UTC)
MAKES: dict[str, Any] = {
    "rsa": lambda: rsa.generate_private_key(65537, 2048),
    "p256": lambda: ec.generate_private_key(ec.SECP256R1()),
    "p384": lambda: ec.generate_private_key(ec.SECP384R1()),
    "ed25519": ed25519.Ed25519PrivateKey.generate,
}


def key_file(
    folder: Path, code: str, make: str = "p256", *, first: datetime = AT - timedelta(days=9), days: int = 900
) -> None:
    private, name = MAKES[make](), x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "云州市市场监督管理局")])
    use = dict.fromkeys(
        ("key_encipherment", "data_encipherment", "key_agreement", "key_cert_sign", "crl_sign", "encipher_only",
         "decipher_only"), False,
    )  # fmt: skip
    certificate = (
        x509.CertificateBuilder(name, name, private.public_key(), x509.random_serial_number())
        .not_valid_before(first)
        .not_valid_after(first + timedelta(days=days))
        .add_extension(x509.KeyUsage(digital_signature=True, content_commitment=True, **use), critical=True)
        .sign(private, None if make == "ed25519" else hashes.SHA256())
    )
    kept = serialize_key_and_certificates(b"", private, certificate, None, BestAvailableEncryption(b"geheim"))
    (folder / f"{code}.p12").write_bytes(kept)


@pytest.fixture(scope="module")
def page() -> bytes:
    return printed("<html><body>处置通知书</body></html>")


@pytest.mark.parametrize("make", ["rsa", "p256"])
def test_independent_readers_verify_it_and_two_presses_make_the_same_bytes(
    page: bytes, make: str, tmp_path: Path
) -> None:
    key_file(tmp_path, "YZ", make)
    key = key_for(tmp_path, "geheim", "YZ")
    assert key and key.name == "云州市市场监督管理局"
    pdf = signed(page, key, AT)
    is_the_same = signed(page, key, AT) == pdf  # not in the assertion, which would show both
    assert is_the_same
    assert pdf[: len(page)] == page, "what was printed is not touched"
    verified = openssl_verifies(pdf, tmp_path), openssl_verifies(altered(pdf), tmp_path)
    assert verified == (True, False)
    if shutil.which("pdfsig"):
        (tmp_path / "signed.pdf").write_bytes(pdf)
        said = subprocess.run(
            ["pdfsig", "-nocert", tmp_path / "signed.pdf"], capture_output=True, text=True, check=True
        )
        assert "Signature is Valid" in said.stdout
        assert "Total document signed" in said.stdout
        assert "ETSI.CAdES.detached" in said.stdout


def altered(pdf: bytes) -> bytes:
    """One bit of what was printed is another."""
    place = pdf.index(b"stream\n") + 40
    return pdf[:place] + bytes([pdf[place] ^ 1]) + pdf[place + 1 :]


def openssl_verifies(pdf: bytes, folder: Path) -> bool:
    """The signed ranges against the CMS between them; whom to trust is another question."""
    a, b, c, d = map(int, re.search(rb"/ByteRange \[ ?(\d+) (\d+) (\d+) (\d+)", pdf).groups())  # type: ignore[union-attr]
    held = bytes.fromhex(pdf[b + 1 : c - 1].decode().strip("<>")).rstrip(b"\0")
    (folder / "content").write_bytes(pdf[a : a + b] + pdf[c : c + d])
    (folder / "cms").write_bytes(held)
    asked = ["openssl", "cms", "-verify", "-binary", "-inform", "DER", "-in", "cms", "-content", "content", "-noverify"]
    return subprocess.run([*asked, "-out", "out"], cwd=folder, capture_output=True, check=False).returncode == 0


def test_what_was_changed_or_added_behind_it_is_told(page: bytes, tmp_path: Path) -> None:
    key_file(tmp_path, "YZ")
    key = key_for(tmp_path, "geheim", "YZ")
    assert key
    pdf = signed(page, key, AT)

    def told(file: bytes) -> list[tuple[str, bool, bool]]:
        found = signatures_of(io.BytesIO(file), most_bytes=1 << 20)
        return [(each.fingerprint, each.intact, each.whole) for each in found]

    assert told(pdf) == [(key.fingerprint, True, True)]
    assert told(pdf + b"\n% more") == [(key.fingerprint, True, False)]
    assert told(altered(pdf)) == [(key.fingerprint, False, True)]
    assert told(page) == told(b"%PDF-1.4 /ByteRange [") == told(b"") == []


def test_a_key_that_cannot_sign_is_refused_and_says_why(tmp_path: Path) -> None:
    assert key_for(None, None, "YZ") is None
    assert key_for(tmp_path, None, "YZ") is None
    key_file(tmp_path, "YZ")
    with pytest.raises(Refused, match="bad_key"):
        key_for(tmp_path, "wrong", "YZ")
    for make in ("p384", "ed25519"):
        key_file(tmp_path, "QH", make)
        with pytest.raises(Refused, match="bad_key"):
            key_for(tmp_path, "geheim", "QH")
    key_file(tmp_path, "LP", days=5)
    key = key_for(tmp_path, "geheim", "LP")
    assert key
    with pytest.raises(Refused, match="key_expired"):
        key.must_hold_at(AT)


@real_press
@on_sqlite
def test_a_notice_is_signed_and_anybody_reads_by_whom(
    session: Session, concluded: Concluded, app: Flask, client: Any, tmp_path: Path
) -> None:
    day, now = timedelta(days=1), clock.now()
    key_file(tmp_path, concluded.cast.agency.code, first=now - day)
    notice = notice_at(session, concluded.cast, NoticeStatus.ISSUING, concluded.bad[0])
    press = replace(Press.of(app.config["SETTINGS"]), keys=tmp_path, password="geheim")
    assert run(session, lambda sessions, at: seal_issuing_notices(sessions, press, at)) == 1
    document = latest_of(session, notice, DocumentKind.DISPOSAL_NOTICE)
    assert document and document.signed_with
    with open_document(press.vault, document, Reader.PLATFORM) as kept:
        pdf = kept.read()
    is_verified = openssl_verifies(pdf, tmp_path)
    assert is_verified
    pem = session.get_one(SigningCertificate, document.signed_with).pem
    answer = client.get(f"/verify/{document.code}?lang=en").text
    assert document.signed_with in answer
    assert "Signed by" in answer
    assert client.get(f"/verify/certificates/{document.signed_with}.pem").text == pem
    assert client.get("/verify/certificates/none.pem").status_code == 404
    assert client.get(f"/verify/{document.code}.json").json["signed_with"] == document.signed_with

    def checked(file: bytes) -> tuple[int, str]:
        sent = client.post("/verify?lang=en", data={"file": (io.BytesIO(file), "notice.pdf")})
        return sent.status_code, sent.text

    assert checked(pdf)[0] == 303
    status, text = checked(pdf + b"\n% more")
    assert (status, "Changed after it was signed" in text) == (404, True)
    page, other = printed("<html><body>处置通知书</body></html>"), tmp_path / "other"
    other.mkdir()
    key_file(other, "YZ", first=now - day)
    for folder, said in ((other, "Signed by nobody"), (tmp_path, "not in the record")):
        key = key_for(folder, "geheim", concluded.cast.agency.code)
        assert key
        status, text = checked(signed(page, key, now))
        assert (status, said in text) == (404, True)


@on_sqlite
def test_with_a_key_that_has_run_out_a_notice_waits_and_nothing_is_printed(
    session: Session, concluded: Concluded, app: Flask, tmp_path: Path
) -> None:
    key_file(tmp_path, concluded.cast.agency.code, first=clock.now() - timedelta(days=9), days=1)
    notice = notice_at(session, concluded.cast, NoticeStatus.ISSUING, concluded.bad[0])
    press = replace(Press.of(app.config["SETTINGS"]), keys=tmp_path, password="geheim")
    with pytest.raises(Refused, match="key_expired"):
        run(session, lambda sessions, at: seal_issuing_notices(sessions, press, at))
    session.expire_all()
    assert notice.status == NoticeStatus.ISSUING
    assert latest_of(session, notice, DocumentKind.DISPOSAL_NOTICE) is None
