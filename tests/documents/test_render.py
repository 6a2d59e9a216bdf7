"""HTML to PDF: the same bytes for the same text, nothing fetched from anywhere, and what is missing is named."""

from __future__ import annotations

import ctypes.util
import shutil
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from weasyprint.urls import FatalURLFetchingError

from quality.core.errors import Refused
from quality.documents import render
from tests.documents.reading import joined, read
from tests.harness.press import real_press

PAGE = '<!doctype html><html lang="zh-CN"><meta charset="utf-8"><title>试</title><p>{}</p>'
RARE = "㐂𠮷鿍龘〇、“磁力棒”kG²mm²≤±"


@real_press
def test_the_same_text_gives_the_same_bytes() -> None:
    assert render.pdf_of(PAGE.format("处置通知书")) == render.pdf_of(PAGE.format("处置通知书"))
    assert render.pdf_of(PAGE.format("处置通知书")) != render.pdf_of(PAGE.format("检验委托书"))


@real_press
def test_rare_characters_are_printed_and_read_back() -> None:
    assert joined(RARE) in read(render.pdf_of(PAGE.format(RARE))).text


@real_press
@pytest.mark.parametrize(
    "address",
    ["file:///etc/passwd", "https://example.com/a.css", "http://127.0.0.1:8000/healthz", "../../.env", "mingcha.css"],
)
def test_nothing_is_fetched_but_the_stylesheets_of_papers(address: str) -> None:
    linked = f'<link rel="stylesheet" href="{address}">'
    with pytest.raises(FatalURLFetchingError):
        render.pdf_of(PAGE.format("x").replace("<title>", f"{linked}<title>"))


@real_press
def test_a_picture_of_others_is_fetched_neither() -> None:
    with pytest.raises(FatalURLFetchingError):
        render.pdf_of(PAGE.format('<img src="file:///etc/passwd">'))


def test_what_is_needed_is_there() -> None:
    assert render.has_a_chinese_font()
    render.refuse_without_libraries()


def test_a_missing_library_is_named_with_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    find = ctypes.util.find_library
    monkeypatch.setattr(ctypes.util, "find_library", lambda name: None if name == "harfbuzz-subset" else find(name))
    with pytest.raises(Refused, match="no_pdf_libraries") as no:
        render.refuse_without_libraries()
    assert "harfbuzz-subset" in str(no.value.reason)
    assert "libharfbuzz-subset0" in str(no.value.reason)


def test_a_missing_chinese_font_is_named_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(render, "has_a_chinese_font", lambda: False)
    with pytest.raises(Refused, match="no_pdf_libraries") as no:
        render.refuse_without_libraries()
    assert "fonts-noto-cjk" in str(no.value.reason)


def test_where_fontconfig_cannot_be_asked_the_fonts_are_taken_to_be_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda _name: None)
    assert render.has_a_chinese_font()


@real_press
def test_one_thread_prints_whoever_asks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pango keeps its fonts for each thread anew: ten that printed in turn held seven times the memory of one."""
    printers: set[str] = set()
    printed = render.printed

    def watched(html: str) -> bytes:
        printers.add(threading.current_thread().name)
        return printed(html)

    monkeypatch.setattr(render, "printed", watched)
    with ThreadPoolExecutor(4) as askers:
        pages = list(askers.map(render.pdf_of, [PAGE.format(n) for n in range(8)]))
    assert all(page.startswith(b"%PDF") for page in pages)
    assert len(printers) == 1
