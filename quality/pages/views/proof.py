"""Proof for everybody: the signed roots of the record, what proves each result, and a page that checks it."""

from __future__ import annotations

import json
import re
from typing import Any, NamedTuple

from flask import Blueprint, Response, jsonify, render_template, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import RequestEntityTooLarge

from quality.core.db import db
from quality.core.errors import FieldProblem, Invalid, NotFound
from quality.core.handover import kept, noted_in
from quality.core.roots import Root, days_of, folder_of, root_in
from quality.core.words import Text, _
from quality.pages.proving import (
    LINKS,
    MEANS,
    SIGNS,
    STATES,
    WAYS,
    keys_of,
    links_of,
    plain_day,
    statements_in,
    unreadable,
)
from quality.people.access import public as open_to_all
from quality.publication.checking import LARGEST, Checked, Told, Unreadable, check, read, read_any
from quality.publication.proofs import NoProof, proof_of
from quality.publication.search import visible
from quality.web import errors, settings
from quality.web.pace import let_in

proof = Blueprint("proof", __name__)
A_PAGE = 50
EARLIER_A_MINUTE = 30  # proofs by the root of an earlier day, for one address
DIGITS = 9  # of an edition
LONGEST = 400  # characters of the keys that are given
NOTHING = Told(None, None, None, None, None)
NO_HTML = re.compile(  # what a page may not hold (HTML, 13.2.3.5); line ends and tabs may stay
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef"
    + "".join(chr(plane << 16 | last) for plane in range(17) for last in (0xFFFE, 0xFFFF))
    + "]"
)
PROGRAM = "public/proof.py.txt"


class Answer(NamedTuple):
    checked: Checked | None = None
    problem: Text | None = None  # why nothing was checked
    field: str = "proof"


# --- the roots ---


@proof.get("/proof/roots.json", endpoint="roots_as_json")
@proof.get("/proof/")
@open_to_all
def roots() -> ResponseReturnValue:
    folder = folder_of(db.session(), settings().roots_folder)
    days = days_of(folder)
    if before := request.args.get("before"):
        edge = plain_day(before)
        if edge is None:
            raise Invalid(FieldProblem("before", "bad_day", _("Write a day as 2026-11-27")))
        days = [day for day in days if day < edge]
    shown = [root_in(folder / f"{day}.json") for day in days[:A_PAGE]]
    following = shown[-1].day if len(days) > A_PAGE else None
    if errors.wants_problem():
        return jsonify(items=[root_as_json(each) for each in shown], next=following)
    return render_template(
        "public/proof.html",
        roots=shown,
        following=following,
        keys=keys_of(settings(), folder),
        program=render_template(PROGRAM),
        section="proof",
    )


def root_as_json(root: Root) -> dict[str, Any]:
    """As its file has it, and the sha256 of that file, which the next root names as `previous`."""
    return root.body | {"sha256": root.sha256}


@proof.get("/proof/roots/<day>.json")
@open_to_all
def root(day: str) -> ResponseReturnValue:
    """The file itself, byte for byte."""
    path = folder_of(db.session(), settings().roots_folder) / f"{plain_day(day)}.json"
    if not path.is_file():
        raise NotFound(visible(day)[:20])
    return Response(path.read_bytes(), content_type="application/json")


@proof.get("/proof/keys.json")
@open_to_all
def keys() -> ResponseReturnValue:
    """The keys, and what they have signed of each other: `statements` is all that a check needs of it."""
    folder = folder_of(db.session(), settings().roots_folder)
    found = keys_of(settings(), folder)
    return jsonify(
        items=[
            {
                "algorithm": "Ed25519",
                "key": each.key,
                "sha256": each.fingerprint,
                "first_day": each.first,
                "last_day": each.last,
                "current": each.is_current,
                "vouched_by": each.vouched_by,
                "revoked_at": each.revoked_at,
            }
            for each in found
        ],
        statements=kept(folder),
    )


@proof.get("/proof/proof.py")
@open_to_all
def program() -> ResponseReturnValue:
    """Checks a proof with nothing of ours: plain Python, and `cryptography` for the signature."""
    return Response(render_template(PROGRAM) + "\n", content_type="text/plain; charset=utf-8")


# --- of one result ---


@proof.get("/results/<number>/v<int:edition>/proof.json")
@proof.get("/results/<number>/proof.json")
@open_to_all
def of_result(number: str, edition: int | None = None) -> ResponseReturnValue:
    """By the newest root; at `?root=2026-11-27` by that day's, for whoever kept it."""
    day = request.args.get("root")
    if day is not None:
        let_in("roots of earlier days", EARLIER_A_MINUTE, tells=False)
        day = plain_day(day)
        if day is None:
            raise Invalid(FieldProblem("root", "bad_day", _("Write a day as 2026-11-27")))
    return as_file(proof_of(db.session(), settings().roots_folder, number, edition, day))


def as_file(found: dict[str, Any]) -> Response:
    return Response(written(found) + "\n", content_type="application/json")


def written(found: dict[str, Any]) -> str:
    return json.dumps(found, ensure_ascii=False, indent=1)


# --- the check ---


@proof.get("/proof/check")
@open_to_all
def form() -> ResponseReturnValue:
    """Empty, or filled in with the proof of a result."""
    number, edition = request.args.get("result", ""), request.args.get("edition", "")
    if not number:
        return shown("", own_keys(), Answer())
    which = int(edition) if edition.isascii() and edition.isdigit() and len(edition) <= DIGITS else None
    try:
        found = proof_of(db.session(), settings().roots_folder, number, which)
    except NoProof as none:
        return shown("", own_keys(), Answer(problem=none.reason)), 404
    return shown(written(found), own_keys(), Answer())


@proof.post("/proof/check", endpoint="check")
@open_to_all
def check_what_was_sent() -> ResponseReturnValue:
    """The same check by us, for a browser that runs no script: who does not believe us has the program."""
    request.max_content_length = request.max_form_memory_size = 5 * LARGEST  # 4 bytes a character, and the form's own
    try:
        typed, given = what_was_sent(), visible(request.form.get("key", ""))[:LONGEST]
        overs = request.form.get("statements", "")
    except RequestEntityTooLarge:
        return shown("", "", Answer(problem=unreadable(Unreadable("size")))), 422
    if not typed.strip():
        return shown(typed, given, Answer(problem=_("Paste a proof, or choose its file")), overs), 422
    try:
        statements = statements_in(read_any(overs)) if overs.strip() else []
        answer = Answer(check(read(typed), keys=noted_in(given), statements=statements))
    except Unreadable as problem:
        field = "statements" if problem.where == "keys" else "proof"
        return shown(typed, given, Answer(problem=unreadable(problem), field=field), overs), 422
    return shown(typed, given, answer, overs)


def what_was_sent() -> str:
    """The file, if one was chosen, else what was pasted."""
    sent = request.files.get("file")
    if sent is not None and sent.filename:
        return sent.stream.read(4 * LARGEST + 1).decode("utf-8", errors="replace").removeprefix("\ufeff")
    return request.form.get("proof", "")


def own_statements() -> str:
    """What our keys have signed of each other, as one pastes it."""
    found = kept(folder_of(db.session(), settings().roots_folder))
    return json.dumps(found, indent=1) if found else ""


def own_keys() -> str:
    found = keys_of(settings(), folder_of(db.session(), settings().roots_folder))
    return " ".join(each.fingerprint for each in found)


def shown(typed: str, given: str, answer: Answer, statements: str | None = None) -> str:
    checked = answer.checked
    return render_template(
        "public/proof_check.html",
        typed=NO_HTML.sub("", typed[:LARGEST]),
        given=given,
        problem=answer.problem,
        checked=checked,
        told=checked.told if checked else NOTHING,
        day=checked.day if checked else "",
        event=checked.event if checked else None,
        fingerprint=checked.fingerprint if checked else "",
        reached=checked.reached if checked else None,
        ways=WAYS,
        field=answer.field,
        statements=own_statements() if statements is None else NO_HTML.sub("", statements[:LARGEST]),
        links={link: found for link, found, _sentence in links_of(checked)} if checked else {},
        words=LINKS,
        means=MEANS,
        signs=SIGNS,
        states=STATES,
        section="proof",
    )
