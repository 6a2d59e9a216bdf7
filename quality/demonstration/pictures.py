"""Pictures that stand for a photograph: drawn here, the same for the same thing, and marked for what they are."""

from __future__ import annotations

import hashlib
import io

from PIL import Image, ImageDraw, ImageFont

from quality.evidence.models import EvidenceKind

SIZE = WIDTH, HEIGHT = 480, 360  # pixels
PAPER, INK, PALE = "#f6f4ee", "#2f3b37", "#c9c5b8"
INKS = ("#2f6f5e", "#8a5a2b", "#41618a", "#7a4a6d", "#6b7034")
SCREENS = {
    EvidenceKind.SELLER, EvidenceKind.PRODUCT_PAGE, EvidenceKind.ORDER, EvidenceKind.PAYMENT, EvidenceKind.LOOK,
    EvidenceKind.PLATFORM_PROOF,
}  # fmt: skip
SEALS = {EvidenceKind.SEAL_TEST, EvidenceKind.SEAL_BACKUP}


def picture(subject: str, kind: EvidenceKind) -> bytes:
    """A PNG: a screen, a sealed bag or a box, with what it is of and the word `demonstration`."""
    digest = hashlib.sha256(f"{kind} of {subject}".encode()).digest()
    image = Image.new("P", SIZE, PAPER)
    draw, ink = ImageDraw.Draw(image), INKS[digest[0] % len(INKS)]
    if kind in SCREENS:
        screen(draw, ink, digest)
    elif kind in SEALS:
        sealed_bag(draw, ink, digest)
    else:
        box(draw, ink, digest)
    draw.rectangle((0, HEIGHT - 56, WIDTH, HEIGHT), fill=INK)
    draw.text((16, HEIGHT - 50), f"{kind.value}  {subject}", fill=PAPER, font=ImageFont.load_default(18))
    draw.text((16, HEIGHT - 26), "demonstration: drawn, not photographed", fill=PALE, font=ImageFont.load_default(14))
    kept = io.BytesIO()
    image.save(kept, "PNG")
    return kept.getvalue()


def screen(draw: ImageDraw.ImageDraw, ink: str, digest: bytes) -> None:
    """A page with a picture of the goods and lines of text beside it."""
    draw.rounded_rectangle((24, 20, WIDTH - 24, HEIGHT - 76), 8, outline=INK, width=2)
    draw.line((24, 52, WIDTH - 24, 52), fill=INK, width=2)
    draw.rectangle((44, 72, 194, 222), fill=ink)
    for row, byte in enumerate(digest[1:7]):
        draw.rectangle((214, 76 + 26 * row, 240 + byte * 3 // 4, 88 + 26 * row), fill=PALE)


def sealed_bag(draw: ImageDraw.ImageDraw, ink: str, digest: bytes) -> None:
    """A bag with a strip across it, and bars that no other bag has."""
    draw.rounded_rectangle((120, 24, 360, 284), 14, outline=INK, width=3)
    draw.rectangle((96, 118, 384, 178), fill=ink)
    for place, byte in enumerate(digest[1:25]):
        draw.line((108 + 11 * place, 128, 108 + 11 * place, 168), fill=PAPER, width=1 + byte % 6)


def box(draw: ImageDraw.ImageDraw, ink: str, digest: bytes) -> None:
    """A carton from the front and above, with a label."""
    draw.polygon([(110, 110), (190, 50), (410, 50), (330, 110)], fill=PALE, outline=INK)
    draw.polygon([(330, 110), (410, 50), (410, 220), (330, 280)], fill=PALE, outline=INK)
    draw.rectangle((110, 110, 330, 280), fill=ink, outline=INK, width=2)
    draw.rectangle((140, 150, 260, 240), fill=PAPER)
    for row, byte in enumerate(digest[1:5]):
        draw.rectangle((150, 160 + 18 * row, 160 + byte % 90, 168 + 18 * row), fill=INK)
