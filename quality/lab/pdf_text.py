"""Run as a program of its own: are these words in the text of the PDF on standard input?

A stranger's PDF is read by PDFium, in a process with little memory and time that can be lost without harm. It knows
nothing of the rest of this package. Answers one line of JSON: `legible`, `pages` and, for each word, whether it stands
there.
"""

from __future__ import annotations

import json
import re
import resource
import sys
import unicodedata

MOST_MEMORY = 1024 * 1024 * 1024  # bytes
MOST_SECONDS = 15  # of a processor
MOST_PAGES = 300
MOST_TEXT = 4_000_000  # characters
LEAST_TEXT = 12  # characters in all: fewer are a stamp on a scan
PASSWORD = 4  # FPDF_ERR_PASSWORD
DASHES = dict.fromkeys(map(ord, "‐‑‒–—―−﹣\u00ad\ufffe\x02"), "-")


def plainly(text: str) -> str:
    """Full-width letters as the common ones, every dash as `-`, capitals."""
    return unicodedata.normalize("NFKC", text).translate(DASHES).upper()


def pattern(number: str) -> re.Pattern[str]:
    """The number, wherever a line was broken in it, and no part of a longer one."""
    return re.compile(r"(?<![A-Z0-9-])" + r"\s*".join(map(re.escape, plainly(number))) + r"(?!-?[A-Z0-9])")


def looked_for(numbers: list[str]) -> dict[str, object]:
    from pypdfium2 import PdfDocument, PdfiumError  # noqa: PLC0415 - after the limits are set

    try:
        document = PdfDocument(sys.stdin.buffer.read())
        pages = len(document)
    except PdfiumError as error:
        legible = "encrypted" if getattr(error, "err_code", None) == PASSWORD else "damaged"
        return {"legible": legible, "pages": 0, "found": [False] * len(numbers)}
    patterns, read, before = [pattern(number) for number in numbers], 0, ""
    found = [False] * len(numbers)
    for place in range(min(pages, MOST_PAGES)):
        try:
            text = plainly(document[place].get_textpage().get_text_bounded())
        except PdfiumError:
            continue  # a page that cannot be read is read by a person
        read += len("".join(text.split()))
        found = [had or bool(each.search(before + text)) for had, each in zip(found, patterns, strict=True)]
        if all(found) or read > MOST_TEXT:
            break
        before = text[-100:] + "\n"  # a number may go on over the page
    is_cut = not all(found) and (read > MOST_TEXT or pages > MOST_PAGES)
    legible = "too_much" if is_cut else "no_text" if read < LEAST_TEXT else "read"
    return {"legible": legible, "pages": pages, "found": found}


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (MOST_SECONDS, MOST_SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    print(json.dumps(looked_for(sys.argv[1:])))
