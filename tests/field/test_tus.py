"""Uploads by tus 1.0: with a client that is not ours, against the web server, through deaths on both sides."""

from __future__ import annotations

import base64
import hashlib
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session, sessionmaker
from tusclient.client import TusClient
from tusclient.exceptions import TusCommunicationError, TusUploadFailed

from quality.core import clock
from quality.core.errors import Refused
from quality.evidence.models import Holding
from quality.evidence.parts import parts_at
from quality.evidence.vault import LARGEST, vault_from
from quality.field import uploads
from quality.field.jobs import take_in_what_was_left
from quality.field.models import Upload, UploadPart
from quality.field.uploads import Going, receive
from quality.permissions import Role
from tests.evidence.files import little_picture, photograph
from tests.harness.api import Program, program_of, wrong
from tests.harness.databases import environment_for, on_sqlite
from tests.harness.field import BYTES, TUS, metadata
from tests.harness.people import Cast, hire
from tests.harness.purchases import settings
from tests.harness.served import answers, eventually, free_port

CHUNK = 3 * 1024 * 1024
WHOLE = (b"%064d\n" * 200_000) % tuple(range(200_000))  # 13 MB of text: two parts of ours, five of the client's

CLIENT = """
import sys, time
from tusclient.client import TusClient
address, key, path, chunk = sys.argv[1:]
client = TusClient(address, headers={"Authorization": f"Bearer {key}"})
uploader = client.uploader(path, chunk_size=int(chunk), metadata={"kind": "other", "filename": "long.txt"})
uploader.upload_chunk()
print(uploader.url, flush=True)
time.sleep(60)
"""


@contextmanager
def serving(database: str, folder: Path, port: int) -> Iterator[subprocess.Popen[bytes]]:
    """The web server, in processes of its own."""
    told = os.environ | environment_for(database, folder)
    command = [sys.executable, "-m", "granian", "--interface", "wsgi", "--workers", "1", "--blocking-threads", "4"]
    command += ["--port", str(port), "--log-level", "error", "app:app"]
    server = subprocess.Popen(command, env=told, start_new_session=True)
    try:
        eventually(lambda: answers(port))
        yield server
    finally:
        if server.poll() is None:
            os.killpg(server.pid, signal.SIGKILL)
        server.wait()


def test_an_upload_survives_its_client_and_its_server(
    app: Flask, session: Session, cast: Cast, database: str, tmp_path: Path
) -> None:
    (path := tmp_path / "long.txt").write_bytes(WHOLE)
    program, port = program_of(app, session, cast.coordinator), free_port()
    address = f"http://127.0.0.1:{port}/api/v1/uploads"
    client = TusClient(address, headers={"Authorization": f"Bearer {program.secret}"})
    with serving(database, tmp_path, port) as server:
        said = [sys.executable, "-c", CLIENT, address, program.secret, str(path), str(CHUNK)]
        with subprocess.Popen(said, stdout=subprocess.PIPE) as sender:
            assert sender.stdout
            url = sender.stdout.readline().decode().strip()
            sender.kill()
        with path.open("rb") as file:
            uploader = client.uploader(file_stream=file, url=url, chunk_size=CHUNK, upload_checksum=True)
            assert uploader.offset == CHUNK
            uploader.upload_chunk()
            os.killpg(server.pid, signal.SIGKILL)
            server.wait()
            with pytest.raises((TusCommunicationError, TusUploadFailed)):
                uploader.upload_chunk()
    with serving(database, tmp_path, port), path.open("rb") as file:
        again = client.uploader(file_stream=file, url=url, chunk_size=CHUNK)
        assert again.offset == 2 * CHUNK
        again.upload()
    told = program.get(url.partition("/api/v1")[2]).get_json()
    assert (told["state"], told["offset"], told["filename"]) == ("taken_in", len(WHOLE), "long.txt")
    assert told["file"]["sha256"] == hashlib.sha256(WHOLE).hexdigest()
    assert told["file"]["media_type"] == "text/plain"
    session.expire_all()
    assert session.scalars(sa.select(UploadPart)).all() == []
    assert not list((tmp_path / "evidence" / "uploads").iterdir())


def begin(program: Program, length: int, headers: dict[str, str] | None = None, **said: str) -> Any:
    sent = TUS | {"Upload-Length": str(length)} | metadata(**{"kind": "other", **said}) | (headers or {})
    return program.open("POST", "/uploads", headers=sent)


def place_of(answer: Any) -> str:
    assert answer.status_code == 201, answer.text
    return str(answer.location.removeprefix("/api/v1"))


def more(program: Program, place: str, offset: int, data: bytes, **headers: str) -> Any:
    sent = TUS | {"Upload-Offset": str(offset), "Content-Type": BYTES} | headers
    return program.open("PATCH", place, headers=sent, data=data)


def came(program: Program, place: str) -> tuple[str, str]:
    head = program.open("HEAD", place, headers=TUS).headers
    return head["Upload-Offset"], head["Upload-Length"]


@on_sqlite
def test_what_the_server_speaks_is_told_to_everybody(app: Flask) -> None:
    said = app.test_client().options("/api/v1/uploads").headers
    assert (said["Tus-Version"], said["Tus-Resumable"], said["Tus-Max-Size"]) == ("1.0.0", "1.0.0", str(LARGEST))
    assert said["Tus-Extension"] == "creation,creation-with-upload,checksum,expiration,termination"
    assert said["Tus-Checksum-Algorithm"] == "sha256,sha1"
    assert app.test_client().post("/api/v1/uploads").status_code == 401


@on_sqlite
def test_a_long_video_is_refused_before_its_first_byte(app: Flask, session: Session, cast: Cast) -> None:
    program = program_of(app, session, cast.coordinator)
    no = begin(program, 4 * 1024**3)
    assert (no.status_code, no.get_json()["code"]) == (413, "too_large")
    assert no.get_json()["detail"] == "The file is too large: at most 2 GiB are taken. Cut a long video into parts"
    place = place_of(begin(program, 10))
    assert more(program, place, 0, bytes(11)).status_code == 413
    assert session.scalars(sa.select(sa.func.count()).select_from(Upload)).one() == 1


@on_sqlite
def test_the_protocol_is_kept(app: Flask, session: Session, cast: Cast) -> None:
    program, file = program_of(app, session, cast.coordinator), photograph()
    other = program.open("POST", "/uploads", headers={"Upload-Length": "1", "Tus-Resumable": "0.2.2"})
    assert (other.status_code, other.headers["Tus-Version"]) == (412, "1.0.0")
    place = place_of(begin(program, len(file), filename="封条.jpg"))
    assert came(program, place) == ("0", str(len(file)))
    assert program.open("PATCH", place, headers=TUS | {"Upload-Offset": "0"}, data=file).status_code == 415
    assert more(program, place, 5, file[5:]).get_json()["code"] == "offset_differs"
    assert more(program, place, 0, file[:9]).headers["Upload-Offset"] == "9"
    assert "GMT" in more(program, place, 9, file[9:20]).headers["Upload-Expires"]
    override = {"X-HTTP-Method-Override": "PATCH", "Upload-Offset": "20", "Content-Type": BYTES} | TUS
    assert program.open("POST", place, headers=override, data=file[20:]).status_code == 204
    told = program.get(place).get_json()
    assert (told["state"], told["filename"], told["file"]["media_type"]) == ("taken_in", "封条.jpg", "image/jpeg")
    assert program.open("DELETE", place, headers=TUS).status_code == 204
    assert program.open("HEAD", place, headers=TUS).status_code == 404
    assert program.get(f"/evidence/{hashlib.sha256(file).hexdigest()}").status_code == 200


@on_sqlite
@pytest.mark.parametrize("algorithm", ["sha256", "sha1"])
def test_a_part_that_is_not_what_was_sent_is_not_kept(app: Flask, session: Session, cast: Cast, algorithm: str) -> None:
    program, file = program_of(app, session, cast.coordinator), photograph()
    place = place_of(begin(program, len(file)))

    def checked(data: bytes) -> str:
        return f"{algorithm} {base64.b64encode(hashlib.new(algorithm, data).digest()).decode()}"

    no = more(program, place, 0, file, **{"Upload-Checksum": checked(b"others")})
    assert (no.status_code, no.get_json()["code"]) == (460, "checksum_mismatch")
    assert came(program, place)[0] == "0"
    assert not list((parts_at(settings().evidence_url)).lying(place.rsplit("/", 1)[-1]))
    assert more(program, place, 0, file, **{"Upload-Checksum": "md5 AAAA"}).status_code == 400
    assert more(program, place, 0, file, **{"Upload-Checksum": checked(file)}).status_code == 204


@on_sqlite
def test_an_upload_is_its_senders_alone(app: Flask, session: Session, cast: Cast) -> None:
    mine = program_of(app, session, cast.coordinator)
    place = place_of(begin(mine, 100))
    for actor in (hire(session, cast.agency, Role.COORDINATOR), cast.reviewer, cast.desk):
        theirs = program_of(app, session, actor)
        answered = [theirs.get(place), more(theirs, place, 0, bytes(9)), theirs.open("DELETE", place, headers=TUS)]
        assert {each.status_code for each in answered} == {404}
    other = program_of(app, session, cast.coordinator)  # another key of the same membership
    assert more(other, place, 0, bytes(9)).status_code == 204


@on_sqlite
def test_a_file_that_changed_while_it_was_sent_is_named(app: Flask, session: Session, cast: Cast) -> None:
    program, file = program_of(app, session, cast.coordinator), photograph()
    place = place_of(begin(program, len(file), sha256=hashlib.sha256(photograph(None)).hexdigest()))
    assert more(program, place, 0, file).status_code == 204
    told = program.get(place).get_json()
    assert (told["state"], told["problems"][0]["code"]) == ("refused", "changed_on_the_way")
    assert session.scalars(sa.select(Holding)).all() == []
    assert wrong(begin(program, 9, kind="selfie")) == {"kind": "unknown_kind"}
    assert wrong(begin(program, 9, sha256="ABC")) == {"sha256": "bad_sha256"}


def test_of_two_senders_at_one_place_one_wins(app: Flask, session: Session, cast: Cast) -> None:
    program = program_of(app, session, cast.coordinator)
    place = place_of(begin(program, 8))
    token = place.rsplit("/", 1)[-1]
    upload = session.scalars(sa.select(Upload).filter_by(token=token)).one()
    going, sessions = Going(upload.id, token, 0, 8), sessionmaker(session.get_bind())
    store = parts_at(settings().evidence_url)
    session.commit()

    def slowly(_size: int) -> bytes:
        if came(program, place)[0] == "0":
            assert more(program, place, 0, b"quick").status_code == 204
        return b"slow"

    with pytest.raises(Refused, match="offset_differs"):
        receive(sessions, store, going, slowly)
    assert came(program, place)[0] == "5"
    assert len(list(store.lying(token))) == 1


def test_parts_lie_in_the_bucket_where_evidence_does(
    app: Flask, session: Session, cast: Cast, s3_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    app.config["SETTINGS"] = replace(settings(), evidence_url=s3_url)
    monkeypatch.setattr(uploads, "PART", 40)
    program, file = program_of(app, session, cast.coordinator), little_picture(7)
    place = place_of(begin(program, len(file)))
    assert more(program, place, 0, file[:50]).headers["Upload-Offset"] == "50"
    store, token = parts_at(s3_url), place.rsplit("/", 1)[-1]
    assert [name.rsplit("-", 1)[0] for name in sorted(store.lying(token))] == [f"{token}/{at:012d}" for at in (0, 40)]
    assert more(program, place, 50, file[50:]).status_code == 204
    assert program.get(place).get_json()["state"] == "taken_in"
    assert list(store.lying(token)) == []
    assert vault_from(s3_url).size(hashlib.sha256(file).hexdigest()) == len(file)


@on_sqlite
def test_what_a_dead_process_left_whole_is_taken_in_by_the_job(
    app: Flask, session: Session, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    program, file = program_of(app, session, cast.coordinator), photograph()
    place = place_of(begin(program, len(file)))
    with monkeypatch.context() as dying:
        dying.setattr("quality.api.uploads.take_in_plain", lambda *_told, **_more: None)
        more(program, place, 0, file)
    assert program.get(place).get_json()["state"] == "whole"
    cast.clock.advance(minutes=11)
    vault, store = vault_from(settings().evidence_url), parts_at(settings().evidence_url)
    assert take_in_what_was_left(sessionmaker(session.get_bind()), vault, store, clock.now()) == 1
    assert program.get(place).get_json()["state"] == "taken_in"


@on_sqlite
def test_nobody_begins_more_than_they_end(
    app: Flask, session: Session, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploads, "MOST_OPEN", 1)
    program = program_of(app, session, cast.coordinator)
    place = place_of(begin(program, 100))
    assert begin(program, 100).get_json()["code"] == "too_many_uploads"
    assert program.open("DELETE", place, headers=TUS).status_code == 204
    assert begin(program, 100).status_code == 201
