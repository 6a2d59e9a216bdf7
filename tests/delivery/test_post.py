"""One request to one endpoint over TLS: the certificate stands for the name, and nothing else is believed."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from quality.delivery.models import KEPT_OF_AN_ANSWER, Problem
from quality.delivery.post import Answer, Postman
from tests.harness.receiver import Receiver, Reply, receiver

HOST = "desk.example"
DAY = timedelta(days=1)


class Authority(NamedTuple):
    server: ssl.SSLContext  # shows a certificate for HOST
    client: ssl.SSLContext  # trusts whoever signed it


def authority_of(folder: Path, begins: timedelta, ends: timedelta) -> Authority:
    """One whose certificate holds from then until then, counted from now."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, HOST)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now + begins)
        .not_valid_after(now + ends)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(HOST)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    certificate, secret = folder / "certificate.pem", folder / "key.pem"
    certificate.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    plain = serialization.NoEncryption()
    pem, pkcs8 = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    secret.write_bytes(key.private_bytes(pem, pkcs8, plain))
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(certificate, secret)
    return Authority(server, ssl.create_default_context(cafile=str(certificate)))


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return authority_of(tmp_path_factory.mktemp("tls"), -DAY, DAY)


@pytest.fixture
def system(authority: Authority) -> Iterator[Receiver]:
    with receiver(tls=authority.server) as here:
        yield here


def post(*urls: str, tls: ssl.SSLContext | None = None) -> list[Answer]:
    """One after the other, by one postman for whom every name leads to this machine."""

    async def all_of_them() -> list[Answer]:
        postman = Postman(allow_private=True, resolve=lambda *_: ["127.0.0.1"], tls=tls, all_together=5.0)
        async with postman:
            return [await postman.post(url, {"webhook-id": f"msg_{place}"}, b"{}") for place, url in enumerate(urls)]

    with ThreadPoolExecutor(1) as alone:  # a browser that an earlier test left open has a loop in this thread
        return alone.submit(asyncio.run, all_of_them()).result()


def test_the_connection_goes_to_the_address_and_the_certificate_stands_for_the_name(
    authority: Authority, system: Receiver
) -> None:
    [answer] = post(f"https://{HOST}:{system.port}/in?a=1", tls=authority.client)

    assert (answer.status, answer.problem, answer.resolved) == (204, None, "127.0.0.1")
    [taken] = system.taken
    assert (taken.headers["host"], taken.path) == (f"{HOST}:{system.port}", "/in?a=1")


def test_a_certificate_for_another_name_or_of_nobody_known_is_not_believed(
    authority: Authority, system: Receiver
) -> None:
    [other] = post(f"https://other.example:{system.port}/in", tls=authority.client)
    [unknown] = post(f"https://{HOST}:{system.port}/in")

    assert (other.problem, unknown.problem) == (Problem.TLS, Problem.TLS)
    assert system.taken == []


@pytest.mark.parametrize("begins, ends", [(-30 * DAY, -DAY), (DAY, 30 * DAY)], ids=["expired", "not_yet"])
def test_a_certificate_out_of_its_time_is_not_believed_and_nothing_is_said_to_it(
    begins: timedelta, ends: timedelta, tmp_path: Path
) -> None:
    """By one that the client trusts, for this very name: only its days are wrong."""
    out_of_time = authority_of(tmp_path, begins, ends)
    with receiver(tls=out_of_time.server) as system:
        [answer] = post(f"https://{HOST}:{system.port}/in", tls=out_of_time.client)

        assert (answer.status, answer.problem, system.taken) == (None, Problem.TLS, [])


def test_two_names_of_one_address_share_no_connection(authority: Authority, system: Receiver) -> None:
    """Else the second would ride on the certificate that was shown for the first."""
    first, second = post(
        f"https://{HOST}:{system.port}/in", f"https://other.example:{system.port}/in", tls=authority.client
    )

    assert (first.status, second.problem) == (204, Problem.TLS)


def test_nothing_of_the_environment_leads_elsewhere(
    authority: Authority, system: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    with receiver() as proxy:
        for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "https_proxy", "all_proxy"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
        [answer] = post(f"https://{HOST}:{system.port}/in", tls=authority.client)

        assert (answer.status, proxy.taken) == (204, [])


def test_what_one_answer_sets_the_next_request_does_not_bring(authority: Authority, system: Receiver) -> None:
    system.answers = lambda _taken: Reply(200, {"Set-Cookie": "a=1; Path=/"}, b"ok")
    url = f"https://{HOST}:{system.port}/in"
    post(url, url, tls=authority.client)

    assert [taken.headers.get("cookie") for taken in system.taken] == [None, None]


def test_of_a_long_answer_only_the_beginning_is_read(authority: Authority, system: Receiver) -> None:
    system.answers = lambda _taken: Reply(200, {"Content-Encoding": "gzip"}, b"x" * 50_000_000)
    [answer] = post(f"https://{HOST}:{system.port}/in", tls=authority.client)

    assert (answer.status, answer.text) == (200, "x" * KEPT_OF_AN_ANSWER)
    assert answer.duration_ms < 4_000


def test_what_is_no_http_is_said(authority: Authority, system: Receiver) -> None:
    system.answers = lambda _taken: Reply(99)
    [broken] = post(f"https://{HOST}:{system.port}/in", tls=authority.client)
    [refused] = post(f"https://{HOST}:9/in", tls=authority.client)

    assert (broken.problem, refused.problem) == (Problem.BROKEN, Problem.NO_CONNECTION)
    assert (broken.status, refused.status) == (None, None)
