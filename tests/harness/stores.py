"""A real S3 server on this machine, one for all tests of a worker, with a bucket for each test."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count

import httpx
import pytest

NUMBERS = count(1)


@pytest.fixture(scope="session")
def s3_server() -> Iterator[str]:
    """Its address."""
    from moto.server import ThreadedMotoServer  # a worker that asks for none does not wait for it

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def s3_url(s3_server: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """EVIDENCE_URL of an empty bucket, with credentials in the environment."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIA-of-the-tests")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret-of-the-tests")
    bucket = f"evidence-{next(NUMBERS)}"
    httpx.put(f"{s3_server}/{bucket}").raise_for_status()
    return f"s3://{bucket}/vault?endpoint={s3_server}"
