"""The app's icons, drawn from the mark of brand.svg: two circles on paper. `MINGCHA_PICTURES=1` writes them anew."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree as ET

from PIL import Image, ImageDraw

from quality.core.surroundings import CHECKOUT

STATIC = CHECKOUT / "quality" / "static"
SVG = "{http://www.w3.org/2000/svg}"
PAPER, ACCENT = "#f5f6f4", "#0b5a6b"
FINER = 4  # times, drawn larger and made smaller: edges are smooth then
SHARE = {"any": 0.8, "maskable": 0.6}  # of the width; a mask leaves the inner 80 % of a circle for certain
ICONS = (("any", 192), ("any", 512), ("maskable", 512))


def path_of(purpose: str, size: int) -> Path:
    return STATIC / "icons" / f"{purpose}-{size}.png"


def drawn(purpose: str, size: int) -> Image.Image:
    mark = next(each for each in ET.parse(STATIC / "brand.svg").iter(f"{SVG}symbol") if each.get("id") == "mark")
    box = float(mark.get("viewBox", "").split()[2])
    whole = size * FINER
    scale = whole * SHARE[purpose] / box
    paper = Image.new("RGB", (whole, whole), PAPER)
    pen = ImageDraw.Draw(paper)
    for circle in mark.iter(f"{SVG}circle"):
        radius, stroke = float(circle.get("r", "0")), float(circle.get("stroke-width", "0"))
        reach = (radius + stroke / 2) * scale
        round_it = (whole / 2 - reach, whole / 2 - reach, whole / 2 + reach, whole / 2 + reach)
        if circle.get("fill") == "none":
            pen.ellipse(round_it, outline=ACCENT, width=round(stroke * scale))
        else:
            pen.ellipse(round_it, fill=ACCENT)
    return paper.resize((size, size), Image.Resampling.LANCZOS)
