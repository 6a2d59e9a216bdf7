"""The picture that stands beside an address where it is shared: what the page says first, as a PNG.

Drawn from words that the page has anyway, in its colours. A picture depends on its card alone, so one that was drawn is
given again as long as the page says the same. Where no Chinese font is found none is drawn, and no page names one.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from functools import cache, lru_cache
from threading import Lock
from typing import NamedTuple

from quality.core.errors import Unavailable
from quality.core.words import _
from quality.pages.plots import Bar
from quality.pages.words import Tone

SIZE = WIDTH, HEIGHT = 1200, 630  # pixels, as those who show it ask for
MARGIN, EDGE = 72, 20  # px: around, and the stripe in the colour of the verdict
PAPER, SURFACE, LINE = "#f5f6f4", "#ffffff", "#dee2de"
INK, MUTED, ACCENT = "#17222b", "#55626b", "#0b5a6b"
TONES = {Tone.OK: "#1a6840", Tone.SEEN: "#1a6840", Tone.WARN: "#855400", Tone.BAD: "#9c1c46"}
PIECES = {"accept": "#e3f1e8", "guard": "#fbf0d8", "reject": "#f9e6ec"}
REGULAR = ("NotoSansCJK-Regular.ttc", "SourceHanSansSC-Regular.otf", "msyh.ttc", "PingFang.ttc", "wqy-microhei.ttc")
BOLD = ("NotoSansCJK-Bold.ttc", "SourceHanSansSC-Bold.otf", "msyhbd.ttc", *REGULAR)
SIMPLIFIED = 2  # of Noto's fonts in one file: Japanese, Korean, then these
COLOURS, FAST = 64, 2  # Pillow's octree: a third of the time, and nothing that an eye would see
KEPT = 200  # pictures of some 20 KiB in each process
WAIT = 0.5  # seconds until others are drawn, some twenty of them: there is one pen, and who waits keeps a thread
LONGEST = 400  # characters that are looked at of a text
pen = Lock()


class Plot(NamedTuple):
    """One test item against its limit, or a rate on its axis: in percent of the width. `says` stands above it."""

    says: str
    pieces: tuple[tuple[str, float, float], ...] = ()  # tone, x, width
    limits: tuple[tuple[float, str], ...] = ()
    spans: tuple[tuple[float, float], ...] = ()
    dots: tuple[tuple[float, bool], ...] = ()  # x, and whether it is a bound
    ends: tuple[str, str] = ("", "")  # of the axis


class Card(NamedTuple):
    above: str  # whose it is
    title: str
    says: str
    below: tuple[str, ...]
    verdict: str = ""
    tone: Tone | None = None
    figure: str = ""
    plot: Plot | None = None


def plot_of(bar: Bar, says: str) -> Plot:
    return Plot(
        says,
        tuple((piece.tone, float(piece.x), float(piece.width)) for piece in bar.pieces),
        tuple((float(limit.x), limit.text) for limit in bar.limits),
        tuple((float(span.x1), float(span.x2)) for span in bar.spans),
        tuple((float(dot.x), dot.is_bound) for dot in bar.dots),
    )


def can_be_drawn() -> bool:
    return font_named(REGULAR, 20) is not None


@lru_cache(KEPT)
def drawn(card: Card) -> bytes:
    """As a PNG of a few dozen KiB. One at a time: who comes while another is drawn waits a moment, and then not."""
    if not pen.acquire(timeout=WAIT):
        raise Unavailable(
            "busy", _("Others are having pictures drawn at this moment. Try again in a few seconds"), retry_after=5
        )
    try:
        return Drawing(card).png()
    finally:
        pen.release()


# --- fonts ---


@cache
def font_named(names: Sequence[str], size: int):  # type: ignore[no-untyped-def]  # Pillow's, which a start does without
    from PIL import ImageFont  # noqa: PLC0415

    for name in names:
        for index in (SIMPLIFIED, 0) if name.endswith(".ttc") else (0,):
            try:
                return ImageFont.truetype(name, size, index, layout_engine=ImageFont.Layout.BASIC)
            except OSError:
                continue
    return None


class Drawing:
    """From the top down; `self.y` is where the next line begins."""

    def __init__(self, card: Card) -> None:
        from PIL import Image, ImageDraw  # noqa: PLC0415 - a start does without

        self.card, self.y = card, MARGIN - 8
        self.image = Image.new("RGB", SIZE, PAPER)
        self.pen = ImageDraw.Draw(self.image)
        self.ink = TONES.get(card.tone, ACCENT) if card.tone else ACCENT

    def png(self) -> bytes:
        self.pen.rectangle((0, 0, EDGE, HEIGHT), fill=self.ink)
        self.brand()
        card = self.card
        if card.verdict:
            self.line(card.verdict, 56, fill=self.ink, bold=True)
        titled = self.lines(card.title, 48 if card.figure else 60, 2, bold=True)
        if card.figure:
            self.line(card.figure, 84, bold=True)
        if not card.plot or titled == 1:  # else there is no room for both, and the plot says what failed
            self.lines(card.says, 34, 1 if card.plot else 3, fill=MUTED)
        if card.plot:
            self.draw_plot(card.plot)
        self.foot()
        kept = io.BytesIO()
        self.image.quantize(COLOURS, FAST).save(kept, "PNG", compress_level=6)
        return kept.getvalue()

    def brand(self) -> None:
        """The sun of 明 in its oldest form, as in brand.svg, and whose page it is."""
        self.disc(MARGIN + 18, self.y + 22, 18, outline=ACCENT, wide=7)
        self.disc(MARGIN + 18, self.y + 22, 6, fill=ACCENT)
        self.write(MARGIN + 52, self.y, "明察", 34, bold=True)
        self.write(WIDTH - MARGIN, self.y + 4, fitted(self.card.above, 28, 700), 28, fill=MUTED, anchor="ra")
        self.y += 76

    def foot(self) -> None:
        self.pen.line((MARGIN, HEIGHT - 88, WIDTH - MARGIN, HEIGHT - 88), fill=LINE, width=2)
        self.write(MARGIN, HEIGHT - 70, fitted(" · ".join(self.card.below), 26, WIDTH - 2 * MARGIN), 26, fill=MUTED)

    # --- text ---

    def write(
        self, x: float, y: float, text: str, size: int, *, fill: str = INK, bold: bool = False, anchor: str = "la"
    ) -> None:
        self.pen.text((x, y), text, fill=fill, font=font_named(BOLD if bold else REGULAR, size), anchor=anchor)

    def line(self, text: str, size: int, *, fill: str = INK, bold: bool = False) -> None:
        self.write(MARGIN, self.y, fitted(text, size, WIDTH - 2 * MARGIN, bold), size, fill=fill, bold=bold)
        self.y += round(size * 1.4)

    def lines(self, text: str, size: int, most: int, *, fill: str = INK, bold: bool = False) -> int:
        """How many they were."""
        found = broken(text, size, WIDTH - 2 * MARGIN, most, bold)
        for each in found:
            self.line(each, size, fill=fill, bold=bold)
        self.y += 8
        return len(found)

    # --- figures ---

    def disc(
        self, x: float, y: float, r: float, *, fill: str | None = None, outline: str | None = None, wide: int = 0
    ) -> None:
        """Smooth: drawn four times as large, and made small."""
        from PIL import Image, ImageDraw  # noqa: PLC0415

        side = round(2 * r) + 4
        mask = Image.new("L", (4 * side, 4 * side))
        around = (8, 8, 8 + 8 * r, 8 + 8 * r)
        ImageDraw.Draw(mask).ellipse(around, fill=255 if fill else 0, outline=255 if outline else None, width=4 * wide)
        self.image.paste(fill or outline or INK, (round(x - r - 2), round(y - r - 2)), mask.resize((side, side)))

    def draw_plot(self, plot: Plot) -> None:
        left, wide = MARGIN, WIDTH - 2 * MARGIN
        self.write(left, self.y, fitted(plot.says, 28, wide), 28)
        y = self.y + 72

        def at(percent: float) -> float:
            return left + wide * percent / 100

        if not plot.pieces:
            self.pen.rectangle((left, y - 5, left + wide, y + 5), fill=LINE)
        for tone, x, width in plot.pieces:
            self.pen.rectangle((at(x), y - 12, at(x + width), y + 12), fill=PIECES[tone])
        for x1, x2 in plot.spans:
            self.pen.line((at(x1), y, at(x2), y), fill=self.ink, width=6)
            for end in (x1, x2):
                self.pen.line((at(end), y - 12, at(end), y + 12), fill=self.ink, width=4)
        for x, is_bound in plot.dots:
            self.disc(at(x), y, 17, fill=SURFACE)
            self.disc(at(x), y, 13, **{"outline": self.ink, "wide": 5} if is_bound else {"fill": self.ink})
        for x, text in plot.limits:
            self.pen.line((at(x), y - 30, at(x), y + 30), fill=INK, width=4)
            self.write(at(x), y + 34, text, 26, fill=MUTED, anchor="ma")
        for x, text, anchor in ((left, plot.ends[0], "la"), (left + wide, plot.ends[1], "ra")):
            self.write(x, y + 20, text, 26, fill=MUTED, anchor=anchor)


# --- lines that fit ---


def plain(text: str) -> str:
    """Signs that can be drawn, and single blanks."""
    return " ".join("".join(each if each.isprintable() else " " for each in text).split())[:LONGEST]


def width_of(text: str, size: int, bold: bool = False) -> float:
    font = font_named(BOLD if bold else REGULAR, size)
    return float(font.getlength(text)) if font else 0.0


def fitted(text: str, size: int, wide: float, bold: bool = False) -> str:
    """One line: what is too long ends with an ellipsis."""
    text = plain(text)
    if width_of(text, size, bold) <= wide:
        return text
    low, high = 0, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        if width_of(f"{text[:middle]}…", size, bold) <= wide:
            low = middle
        else:
            high = middle - 1
    return f"{text[:low].rstrip()}…"


def broken(text: str, size: int, wide: float, most: int, bold: bool = False) -> list[str]:
    """So many lines at most: between words, or between any two signs where there are no words."""
    rest, found = plain(text), list[str]()
    while rest and len(found) < most - 1 and width_of(rest, size, bold) > wide:
        head = fitted(rest, size, wide, bold).removesuffix("…")
        blank = head.rfind(" ")
        cut = blank if blank > len(head) // 2 and rest[len(head) : len(head) + 1].isascii() else len(head)
        found.append(rest[:cut].rstrip())
        rest = rest[cut:].lstrip()
    return [*found, fitted(rest, size, wide, bold)] if rest else found
