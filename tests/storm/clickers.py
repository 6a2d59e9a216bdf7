"""Actors that come by the pages: they sign in, open a case, choose one of its forms and fill it in."""

from __future__ import annotations

import random
import re
from typing import Any

from tests.storm.asking import Asking, new_picture
from tests.storm.fillers import SELDOM, Pen, typed
from tests.storm.forms import Form, Reader, read
from tests.storm.journal import Entry, Journal
from tests.storm.prepare import PASSWORD, Somebody
from tests.storm.program import Clock

WHERE: dict[str, dict[str, int]] = {
    "coordinator": {"task": 3, "sample": 4, "finding": 5, "objection": 1, "notice": 6, "result": 1},
    "reviewer": {"finding": 4, "notice": 4, "result": 3, "objection": 2, "campaign": 1},
    "buyer": {"task": 5, "sample": 1},
    "analyst": {"portion": 1},
    "platform": {"notice": 1},
}
LIVE: dict[str, list[str]] = {
    "task": ["assigned", "ordered", "shipped", "received", "received"],
    "sample": ["sealed", "reported", "concluded"],
    "finding": ["proposed", "confirmed"],
    "objection": ["received", "admitted", "in_reinspection"],
    "notice": ["draft", "in_review", "approved", "issued", "served", "acknowledged", "answered"],
    "result": ["proposed"],
    "campaign": ["in_review", "approved", "frozen"],
    "portion": ["dispatched", "at_lab"],
}
PLANNED = ["planned", "planned", "assigned"]
DOSSIER = re.compile(r"/desk/\w+/[A-Z0-9:-]+")
DEED = re.compile(r"/desk/(\w+)/([A-Za-z0-9:-]+)/(?:(\d+)/)?(\w+)")
NOT_DONE_HERE = {"amend", "frame", "close_campaign", "drawn"}
BESIDE = {"evidence", "check_label", "identity"}  # they do not bring the case further
LOOKS = 4  # at most, until there is something to do
STALE, TWICE = 0.04, 0.05


class ByPage:
    """Somebody at a browser without a mouse."""

    def __init__(self, who: Somebody, base: str, clock: Clock, journal: Journal, chances: random.Random) -> None:
        self.who, self.chances, self.base = who, chances, base
        self.line = Asking(base, clock, journal, who.signature, "page", follow_redirects=False)
        self.pen = Pen(chances, clock.now, lambda _kind: None)
        self.signed_in = False

    def turn(self) -> None:
        if not self.signed_in and not self.sign_in():
            return
        for _look in range(LOOKS):
            kind = self.chances.choices(list(WHERE[self.who.role]), list(WHERE[self.who.role].values()))[0]
            status = self.chances.choice(PLANNED if (self.who.role, kind) == ("coordinator", "task") else LIVE[kind])
            listed = self.open(f"/desk/{kind}/?status={status}")
            found = sorted({link for link in listed.links if DOSSIER.fullmatch(link)}) if listed else []
            page = self.open(self.chances.choice(found)) if found else None
            if page is not None:
                self.act_on(page)
                return

    def open(self, address: str) -> Reader | None:
        answer = self.line.get(address)
        if answer is None or not answer.is_success:
            if answer is not None and (answer.is_redirect or answer.status_code == 401):
                self.signed_in = False
            return None
        return read(answer.text)

    def act_on(self, page: Reader) -> None:
        """One of the forms that stand on the page, or one that a link on it opens."""
        choices: list[tuple[str, Form | str]] = []
        for form in page.forms:
            found = DEED.fullmatch(form.action)
            if found and form.method == "post" and found[4] not in NOT_DONE_HERE:
                choices.append((found[4], form))
        choices += [
            (found[4], link)
            for link in set(page.links)
            if (found := DEED.fullmatch(link)) and found[4] not in NOT_DONE_HERE
        ]
        if not choices:
            return
        choices.sort(key=lambda choice: (choice[0], str(choice[1])))
        steps = [
            name
            for name, where in choices
            if isinstance(where, Form) and name not in {"evidence", "check_label", "identity"}
        ]
        weights = [self.weight(name, bool(steps)) for name, _where in choices]
        _name, where = self.chances.choices(choices, weights)[0]
        if isinstance(where, str):
            opened = self.open(where)
            found_there = [form for form in opened.forms if form.action == where or not form.action] if opened else []
            if not found_there:
                return
            form = found_there[0]
            form.action = form.action or where
        else:
            form = where
        self.fill_in(form)

    def weight(self, name: str, goes_on: bool) -> float:
        """A buyer takes pictures until the step can be made."""
        if name == "evidence":
            return 3.0 if self.who.role == "buyer" and not goes_on else 0.1
        if self.who.role == "buyer" and goes_on and name not in SELDOM:
            return 3.0
        return SELDOM.get(name, 1.0)

    def fill_in(self, form: Form) -> Entry:
        found = DEED.fullmatch(form.action)
        deed = f"{found[1]}/{found[4]}" if found else form.action
        values, files, sha256 = self.values(form)
        if self.chances.random() < STALE and values.get("version", "").isdigit():
            values["version"] = str(max(1, int(values["version"]) - 1))
        more: Any = {"data": values, "sha256": sha256, "files": files or None}
        entry = self.line.deed(deed, form.action, **more)
        if self.chances.random() < TWICE:  # an impatient finger
            self.line.deed(deed, form.action, **more)
        return entry

    def values(self, form: Form) -> tuple[dict[str, Any], list[tuple[str, tuple[str, bytes, str]]], str]:
        values: dict[str, Any] = {}
        files: list[tuple[str, tuple[str, bytes, str]]] = []
        sha256 = ""
        for name, field in form.fields.items():
            match field.kind:
                case "file":
                    picture, sent = new_picture()
                    files.append((name, ("p.png", picture, "image/png")))
                    if not name.endswith("-picture"):  # which is only read for the number on it
                        sha256 = sent
                case "checkbox":
                    if self.chances.random() < 0.1:
                        values[name] = [self.chances.choice(field.choices)]
                case "radio":
                    values[name] = self.choose(name, field.choices)
                case "select":
                    if field.choices:
                        values[name] = self.choose(name, field.choices)
                case "submit" | "image" | "button" | "search":
                    pass
                case _:
                    values[name] = typed(self.pen, name, field.kind, field.value)
        return values, files, sha256

    def choose(self, name: str, choices: list[str]) -> str:
        sure = {"gone", "intact", "removed", "yes"} & set(choices)
        if sure and self.chances.random() < 0.85:
            return sorted(sure)[0]
        return self.chances.choice(choices)

    def sign_in(self) -> bool:
        self.line.client.cookies.clear()
        page = self.open("/account/sign-in")
        form = next((form for form in page.forms if "password" in form.fields), None) if page else None
        if form is None:
            return False
        values, _files, _sha = self.values(form)
        values |= {"email": self.who.email, "password": PASSWORD}
        entry = self.line.deed("sign in", "/account/sign-in", data=values)
        self.signed_in = entry.status == 302
        return self.signed_in
