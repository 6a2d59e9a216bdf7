"""A capsule is checked in a real browser, from a file, with no network: as the command does, by the same codes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from flask import Flask
from playwright.sync_api import Browser, FilePayload, Page, expect

from quality.capsules.page import page as verify_page
from quality.capsules.stamping import ask
from quality.core.handover import fingerprint
from tests.harness.capsules import Invented, alterations, authority, invented, members
from tests.harness.databases import on_sqlite
from tests.journeys.reader import PHONE

pytestmark = on_sqlite


@pytest.fixture
def capsules(app: Flask, tmp_path: Path) -> Iterator[tuple[Invented, Invented]]:
    with authority(tmp_path / "tsa") as stamps:

        def stamp(signature: bytes) -> bytes:
            return ask(stamps.url, signature)

        yield invented(verify_page(), stamp), invented(verify_page(), stamp, "YZ-S-8")


@pytest.fixture
def opened(browser: Browser, capsules: tuple[Invented, Invented], tmp_path: Path) -> Iterator[Page]:
    """The page out of the capsule itself, opened from the disk; whatever it asks of a network is a failure."""
    place = tmp_path / "verify.html"
    place.write_bytes(members(capsules[0].capsule)["verify.html"])
    size: Any = {"width": PHONE, "height": 844}
    context = browser.new_context(viewport=size, offline=True, locale="en-GB")
    made = context.new_page()
    asked: list[str] = []
    made.on("request", lambda request: asked.append(request.url))
    errors: list[str] = []
    made.on("pageerror", lambda error: errors.append(str(error)))
    made.on("console", lambda said: errors.append(said.text) if said.type == "error" else None)
    made.goto(place.as_uri())
    yield made
    assert [each for each in asked if not each.startswith("file:")] == []
    assert errors == []
    context.close()


def payload(name: str, content: bytes) -> FilePayload:
    return {"name": name, "mimeType": "application/octet-stream", "buffer": content}


def answer(page: Page, *files: FilePayload) -> tuple[str, str, str]:
    page.evaluate("document.getElementById('answer').removeAttribute('data-found')")
    page.locator("#files").set_input_files(list(files))
    place = page.locator("#answer[data-found]")
    expect(place).to_be_attached(timeout=20_000)
    found, code, name = (place.get_attribute(f"data-{each}") or "" for each in ("found", "code", "name"))
    return found, code, name


def test_a_capsule_and_each_that_was_altered_in_a_browser_without_network(
    opened: Page, capsules: tuple[Invented, Invented]
) -> None:
    ours, other = capsules
    assert answer(opened, payload("capsule.zip", ours.capsule))[0] == "unknown"
    opened.locator("#key").fill(fingerprint(ours.key))
    assert answer(opened, payload("capsule.zip", ours.capsule)) == ("holds", "", "")
    for altered in alterations(ours.capsule, other.capsule):
        found = answer(opened, payload("capsule.zip", altered.capsule))
        assert found == ("broken", altered.code, altered.name), altered.what
        expect(opened.locator("#answer .bad").nth(1)).to_be_visible()

    files = [payload(name, content) for name, content in members(ours.capsule).items()]
    assert answer(opened, *files) == ("holds", "", "")
    assert answer(opened, *files, payload("note.txt", b"mine")) == ("broken", "added", "note.txt")

    for language in ("en", "zh-CN"):
        expect(opened.locator("html")).to_have_attribute("lang", language)
        assert opened.evaluate("document.documentElement.scrollWidth") <= PHONE
        assert Axe().run(opened).response["violations"] == []
        opened.locator("#language").click()


def test_a_file_is_dropped_and_the_page_says_so_in_words(opened: Page, capsules: tuple[Invented, Invented]) -> None:
    altered = next(each for each in alterations(*(each.capsule for each in capsules)) if each.code == "tail")
    opened.locator("#key").fill(capsules[0].key)
    dropped = opened.evaluate_handle(
        "(bytes) => { const data = new DataTransfer(); "
        "data.items.add(new File([Uint8Array.from(bytes)], 'capsule.zip')); return data; }",
        list(altered.capsule),
    )
    opened.dispatch_event("#drop", "drop", {"dataTransfer": dropped})
    said = "The events of sample:7 are not complete: there should be 4, and are 3"
    expect(opened.get_by_text(said)).to_be_visible()
    opened.locator("#language").click()
    expect(opened.get_by_text("sample:7 的记录不完整：应有 4 条，实有 3 条")).to_be_visible()


def test_a_browser_that_knows_no_such_signatures_says_what_it_could_not_check(
    opened: Page, capsules: tuple[Invented, Invented]
) -> None:
    opened.evaluate(
        "() => { const known = crypto.subtle.importKey.bind(crypto.subtle);"
        "crypto.subtle.importKey = (form, raw, kind, ...more) => kind.name === 'Ed25519'"
        " ? Promise.reject(new Error('none')) : known(form, raw, kind, ...more); }"
    )
    opened.locator("#key").fill(capsules[0].key)
    assert answer(opened, payload("capsule.zip", capsules[0].capsule))[0] == "unknown"
    expect(opened.get_by_text(re.compile("cannot check Ed25519"))).to_be_visible()
