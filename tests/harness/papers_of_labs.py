"""Reports as laboratories send them: the smallest PDFs that a reader opens."""

from __future__ import annotations

PAPER = """%%PDF-1.4
1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj
2 0 obj<</Type/Pages/Kids[%s]/Count %d>>endobj
3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F 5 0 R>>>>>>endobj
4 0 obj<</Length %d>>stream
%s
endstream endobj
5 0 obj<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>endobj
%s
trailer<</Root 1 0 R/Size 7%s>>
%%%%EOF
"""
LOCK = "6 0 obj<</Filter/Standard/V 1/R 2/P -4/O<{0}>/U<{0}>>>endobj"


def report_pdf(*lines: str, pages: int = 1, locked: bool = False) -> bytes:
    """Each page says the same lines of ASCII; without any it is as a scan."""
    written = " ".join(f"BT /F 12 Tf 50 {800 - 20 * n} Td ({line}) Tj ET" for n, line in enumerate(lines))
    lock = LOCK.format("5a" * 32) if locked else ""
    more = "/Encrypt 6 0 R/ID[<5a><5a>]" if locked else ""
    return (PAPER % ("3 0 R " * pages, pages, len(written), written, lock, more)).encode()
