"""PDFs read back by other hands than those that made them: their text, their pages, the QR codes on them."""

from __future__ import annotations

import re
from typing import NamedTuple

import pypdfium2
import zxingcpp


class Read(NamedTuple):
    pages: list[str]  # the text of each, without the blanks and line ends that only the layout made
    sizes: list[tuple[int, int]]  # of each page, in millimetres
    codes: list[str]  # what the QR codes of the last page say: there a paper has its own

    @property
    def text(self) -> str:
        return "".join(self.pages)


def read(pdf: bytes) -> Read:
    document = pypdfium2.PdfDocument(pdf)
    try:
        pages: list[str] = []
        sizes: list[tuple[int, int]] = []
        codes: list[str] = []
        for page in document:
            text = page.get_textpage()
            pages.append(joined(text.get_text_bounded()))
            text.close()
            sizes.append((round(page.get_width() / 72 * 25.4), round(page.get_height() / 72 * 25.4)))
            if len(sizes) == len(document):
                picture = page.render(scale=3).to_pil().convert("L")
                codes = [code.text for code in zxingcpp.read_barcodes(picture)]
            page.close()
        return Read(pages, sizes, codes)
    finally:
        document.close()


def joined(text: str) -> str:
    return re.sub(r"[\s\x02\ufffe]+", "", text)
