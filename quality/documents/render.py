"""HTML to PDF by WeasyPrint: the same text gives the same bytes, and nothing is ever fetched.

Fonts and stylesheets are read once a process and serve every document; the memory of the fonts is never given back.
"""

from __future__ import annotations

import ctypes.util
import logging
import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import TYPE_CHECKING, Any

from quality.core.errors import Refused
from quality.core.surroundings import CHECKOUT
from quality.core.words import _

if TYPE_CHECKING:
    from weasyprint.urls import URLFetcher

NOWHERE = "https://nowhere.invalid/"  # what is meant relatively is refused like the rest
STYLESHEETS = [CHECKOUT / "quality" / "static" / name for name in ("notice-print.css", "papers.css")]
NEEDED = ("pango-1.0", "pangoft2-1.0", "harfbuzz-subset", "fontconfig")
PACKAGES = "libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fontconfig fonts-noto-cjk"
# Whoever prints, it is this thread that does it, one document at a time: Pango keeps the fonts for each thread anew,
# and ten threads that took turns held seven times the memory of one.
THE_PRINTER = ThreadPoolExecutor(1, "printer")


def pdf_of(html: str) -> bytes:
    """A document of our own templates as a PDF."""
    return THE_PRINTER.submit(printed, html).result()


def printed(html: str) -> bytes:
    logging.getLogger("weasyprint").setLevel(logging.ERROR)  # what it leaves out of a stylesheet is no news each time
    from weasyprint import HTML  # noqa: PLC0415 - a third of a second, and only who prints needs it

    page = HTML(string=html, base_url=NOWHERE, url_fetcher=nobody())
    pdf: bytes = page.write_pdf(stylesheets=stylesheets(), font_config=fonts())
    return pdf


@cache
def fonts() -> Any:
    from weasyprint.text.fonts import FontConfiguration  # noqa: PLC0415

    return FontConfiguration()


@cache
def stylesheets() -> list[Any]:
    """A twentieth of a notice's time would go into reading them again."""
    from weasyprint import CSS  # noqa: PLC0415

    return [CSS(string=path.read_text(), url_fetcher=nobody(), font_config=fonts()) for path in STYLESHEETS]


@cache
def nobody() -> URLFetcher:
    from weasyprint.urls import URLFetcher  # noqa: PLC0415

    class Nobody(URLFetcher):
        """Fetches nothing. A document that refers to anything is not printed."""

        def fetch(self, url: str, headers: Any = None) -> Any:
            raise ValueError(f"a document may not refer to {url}")

    return Nobody(fail_on_errors=True)


def refuse_without_libraries() -> None:
    """Say at the start what is missing, and not at the first notice. Without libharfbuzz-subset a PDF takes 37 times
    as long."""
    if absent := missing_libraries():
        raise Refused(
            "no_pdf_libraries",
            _(
                "PDFs cannot be made: %(absent)s is missing. On Debian or Ubuntu, install it with: "
                "apt-get install %(packages)s",
                absent=", ".join(absent),
                packages=PACKAGES,
            ),
        )


def missing_libraries() -> list[str]:
    absent = [name for name in NEEDED if ctypes.util.find_library(name) is None]
    return absent if absent or has_a_chinese_font() else [str(_("a Chinese font"))]


def has_a_chinese_font() -> bool:
    """As far as fontconfig can be asked; without one a document is made of empty boxes."""
    asked = shutil.which("fc-list")
    if asked is None:
        return True
    return bool(subprocess.run([asked, ":lang=zh-cn", "family"], capture_output=True, check=False).stdout.strip())
