"""Pictures that stand for photographs and screenshots: drawn here, the same for the same thing, marked as drawn."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable
from datetime import datetime
from functools import cache, lru_cache

from PIL import Image, ImageDraw, ImageFont

from quality.core.clock import BEIJING
from quality.demonstration.goods import draw_goods
from quality.evidence.kinds import MAY_BE, SEEN
from quality.evidence.models import EvidenceKind as K

SIZE = WIDTH, HEIGHT = 480, 360  # pixels
FOOT = 26
PAPER, INK, PALE, MUTED, WHITE = "#f6f4ee", "#24302c", "#d9d6cb", "#6d746f", "#ffffff"
INKS = ("#2f6f5e", "#8a5a2b", "#41618a", "#7a4a6d", "#6b7034", "#a0522d")
TABLES = ("#8b6f4e", "#5b6a70", "#a08a6a", "#70655c")  # on which goods were photographed
RED, GREEN, CARTON, TAPE = "#b8321f", "#2c7a4b", "#c69c6d", "#a67c52"
FONTS = ("NotoSansCJK-Regular.ttc", "NotoSerifCJK-Regular.ttc")  # of the package that documents are printed with
EXIF, EXIF_TAKEN, EXIF_EXPOSED = 0x8769, 0x9003, 0x829A  # the part of its own; in it when and for how long, in seconds

Draw = ImageDraw.ImageDraw


@cache
def font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    for name in FONTS:
        try:
            found = ImageFont.truetype(name, size)
        except OSError:
            continue
        found.getmask2 = lru_cache(2_000)(found.getmask2)  # type: ignore[method-assign, assignment] # most words come again
        return found
    return ImageFont.load_default(size)


def picture(kind: K, subject: str, *lines: str, category: str = "", at: datetime | None = None) -> bytes:
    """A JPEG of what this kind of proof shows: `subject` first, then `lines`. `at` is when it was taken."""
    seen = "\n".join((kind.value, subject, *lines, category, f"{at:%Y-%m-%d}" if at else ""))
    digest = hashlib.sha256(seen.encode()).digest()
    image = Image.new("RGB", SIZE, PAPER)
    draw = ImageDraw.Draw(image)
    SCENES[kind](draw, digest, [subject, *lines], category)
    foot(draw, at)
    exif = Image.Exif()
    if at:
        exif.get_ifd(EXIF)[EXIF_TAKEN] = f"{at.astimezone(BEIJING):%Y:%m:%d %H:%M:%S}"
        if MAY_BE[kind] == SEEN:
            exif.get_ifd(EXIF)[EXIF_EXPOSED] = 1 / 60
    kept = io.BytesIO()
    image.save(kept, "JPEG", quality=82, exif=exif)
    return kept.getvalue()


def foot(draw: Draw, at: datetime | None) -> None:
    draw.rectangle((0, HEIGHT - FOOT, WIDTH, HEIGHT), fill=INK)
    said = "演示图片，非实拍  drawn for the demonstration"
    draw.text((12, HEIGHT - FOOT + 3), said, fill=PALE, font=font(13))
    if at:
        dated = f"{at.astimezone(BEIJING):%Y-%m-%d %H:%M}"
        draw.text((WIDTH - 12, HEIGHT - FOOT + 3), dated, fill=PALE, font=font(13), anchor="ra")


def ink(digest: bytes) -> str:
    return INKS[digest[0] % len(INKS)]


def write(draw: Draw, place: tuple[int, int], text: str, size: int = 15, *, fill: str = INK, wide: int = 24) -> int:
    """Text that breaks after `wide` signs, two lines at most; returns where the next line begins."""
    x, y = place
    for start in range(0, min(len(text), 2 * wide), wide):
        draw.text((x, y), text[start : start + wide], fill=fill, font=font(size))
        y += size + 7
    return y


# --- screens ---


def window(draw: Draw, digest: bytes, title: str) -> None:
    """A browser: its bar, and the head of the site."""
    draw.rectangle((0, 0, WIDTH, 30), fill=PALE)
    for place, colour in enumerate(("#c96a5b", "#d8b04a", "#6fa36a")):
        draw.ellipse((10 + 18 * place, 9, 22 + 18 * place, 21), fill=colour)
    draw.rounded_rectangle((76, 6, WIDTH - 12, 24), 8, fill=WHITE)
    draw.rectangle((0, 30, WIDTH, 62), fill=ink(digest))
    draw.text((16, 35), title, fill=WHITE, font=font(17))
    draw.rectangle((0, 62, WIDTH, HEIGHT), fill=WHITE)


def page(draw: Draw, digest: bytes, lines: list[str], category: str) -> None:
    """A product on sale: picture, title, price."""
    window(draw, digest, "商品详情")
    draw.rectangle((16, 76, 216, 276), fill=PAPER, outline=PALE)
    draw_goods(draw, category, (26, 86, 206, 266), digest)
    y = write(draw, (232, 80), lines[0], 17, wide=13)
    for line in lines[1:2]:
        y = write(draw, (232, y + 4), line, 26, fill=RED)
    for line in lines[2:]:
        y = write(draw, (232, y + 2), line, 13, fill=MUTED, wide=20)
    draw.rounded_rectangle((232, 244, 332, 276), 16, outline=RED, width=2)
    draw.text((250, 249), "加入购物车", fill=RED, font=font(13))
    draw.rounded_rectangle((344, 244, 444, 276), 16, fill=RED)
    draw.text((366, 249), "立即购买", fill=WHITE, font=font(13))


def shop(draw: Draw, digest: bytes, lines: list[str], _category: str) -> None:
    """Who sells: the shop's name, and the licence that its platform shows."""
    window(draw, digest, "店铺资质")
    draw.ellipse((20, 78, 76, 134), fill=ink(digest))
    draw.text((48, 106), lines[0][0], fill=WHITE, font=font(26), anchor="mm")
    write(draw, (92, 84), lines[0], 20)
    draw.rectangle((60, 152, 420, 318), fill="#fbf7e9", outline="#b59b5b", width=4)
    draw.text((240, 170), "营业执照", fill=RED, font=font(20), anchor="ma")
    write(draw, (84, 206), "统一社会信用代码", 13, fill=MUTED)
    write(draw, (84, 226), lines[1], 17)
    draw.ellipse((346, 244, 402, 300), outline=RED, width=3)


def bought(draw: Draw, digest: bytes, lines: list[str], category: str) -> None:
    """The order as the platform shows it to the buyer."""
    window(draw, digest, "订单详情")
    draw.rectangle((16, 76, 116, 176), fill=PAPER, outline=PALE)
    draw_goods(draw, category, (22, 82, 110, 170), digest)
    write(draw, (132, 80), lines[0], 16, wide=18)
    y = 190
    for line in lines[1:]:
        y = write(draw, (16, y), line, 16)
    write(draw, (16, y + 4), "收货人 ***  电话 ***", 14, fill=MUTED)
    draw.text((WIDTH - 16, 190), "卖家已接单", fill=GREEN, font=font(15), anchor="ra")


def paid(draw: Draw, digest: bytes, lines: list[str], _category: str) -> None:
    """What a telephone shows after paying."""
    draw.rectangle((0, 0, WIDTH, HEIGHT), fill=PALE)
    draw.rounded_rectangle((120, 8, 360, 322), 18, fill=WHITE, outline=INK, width=3)
    draw.ellipse((216, 32, 264, 80), fill=GREEN)
    draw.line((228, 56, 238, 66, 254, 46), fill=WHITE, width=5, joint="curve")
    draw.text((240, 92), "支付成功", fill=INK, font=font(16), anchor="ma")
    draw.text((240, 120), lines[0], fill=INK, font=font(30), anchor="ma")
    y = 178
    for line in lines[1:]:
        y = write(draw, (136, y), line, 12, fill=MUTED, wide=26)
    draw.rounded_rectangle((180, 276, 300, 304), 14, outline=ink(digest), width=2)
    draw.text((240, 281), "完成", fill=ink(digest), font=font(14), anchor="ma")


def seen(draw: Draw, digest: bytes, lines: list[str], category: str) -> None:
    """What we found at the listing's address: a page that says it is gone, or the product on sale."""
    if lines[1] != "gone":
        page(draw, digest, [lines[0], "在售", *lines[2:]], category)
        return
    window(draw, digest, "商品详情")
    draw.rectangle((190, 100, 290, 200), outline=PALE, width=3)
    draw.line((190, 100, 290, 200), fill=PALE, width=3)
    draw.line((290, 100, 190, 200), fill=PALE, width=3)
    draw.text((240, 216), "该商品已下架，或不存在", fill=INK, font=font(20), anchor="ma")
    draw.text((240, 250), "站内搜索没有找到相同的商品", fill=MUTED, font=font(14), anchor="ma")
    draw.text((240, 280), "  ".join(lines[2:]), fill=MUTED, font=font(13), anchor="ma")


def back_office(draw: Draw, digest: bytes, lines: list[str], _category: str) -> None:
    """A platform's own list of listings, with the one that it took down."""
    window(draw, digest, "商品管理后台")
    draw.rectangle((0, 62, 96, HEIGHT), fill="#2b3a44")
    for place, word in enumerate(("商品", "订单", "店铺", "合规")):
        draw.text((24, 84 + 40 * place), word, fill=WHITE if word == "合规" else MUTED, font=font(15))
    draw.text((112, 74), "编号              商品                   状态", fill=MUTED, font=font(13))
    for row in range(5):
        y = 100 + 42 * row
        draw.line((112, y - 4, WIDTH - 12, y - 4), fill=PALE)
        if row == digest[1] % 5:
            draw.text((112, y), lines[-1], fill=INK, font=font(12))
            draw.text((212, y), lines[0][:11], fill=INK, font=font(13))
            draw.rounded_rectangle((392, y, 464, y + 24), 6, fill=RED)
            draw.text((428, y + 3), "已下架", fill=WHITE, font=font(13), anchor="ma")
        else:
            draw.rectangle((112, y + 6, 190, y + 16), fill=PALE)
            draw.rectangle((212, y + 6, 250 + digest[row + 2] // 2, y + 16), fill=PALE)
            draw.text((428, y + 3), "在售", fill=GREEN, font=font(13), anchor="ma")


# --- photographs ---


def table_top(draw: Draw, digest: bytes) -> None:
    colour = TABLES[digest[3] % len(TABLES)]
    draw.rectangle((0, 0, WIDTH, HEIGHT), fill=colour)
    draw.rectangle((0, 0, WIDTH, 90), fill="#e7e3da")
    draw.line((0, 90, WIDTH, 90), fill="#c8c2b4", width=3)


def receipt(draw: Draw, digest: bytes, lines: list[str], _category: str) -> None:
    """A slip of paper from a counter."""
    draw.rectangle((0, 0, WIDTH, HEIGHT), fill=TABLES[digest[1] % len(TABLES)])
    draw.polygon([(140, 6), (340, 6), (344, 318), (136, 318)], fill=WHITE)
    draw.text((240, 18), "收  据", fill=INK, font=font(20), anchor="ma")
    y = 60
    for line in lines:
        y = write(draw, (154, y), line, 14, wide=12)
    draw.ellipse((262, 232, 330, 300), outline=RED, width=3)
    draw.text((296, 256), "收讫", fill=RED, font=font(16), anchor="ma")


def parcel(draw: Draw, digest: bytes, lines: list[str], _category: str) -> None:
    """A carton with its courier's label."""
    table_top(draw, digest)
    left, wide = 70 + digest[4] % 30, 300 + digest[5] % 40
    draw.polygon([(left, 120), (left + 50, 70), (left + wide + 30, 70), (left + wide, 120)], fill="#d6b184")
    draw.rectangle((left, 120, left + wide, 310), fill=CARTON)
    draw.rectangle((left + wide // 2 - 20, 70, left + wide // 2 + 20, 310), fill=TAPE)
    draw.rectangle((left + 24, 146, left + 196, 270), fill=WHITE)
    for bar in range(26):
        width = 1 + digest[bar % 32] % 4
        draw.rectangle((left + 34 + 6 * bar, 154, left + 34 + 6 * bar + width, 190), fill=INK)
    draw.text((left + 34, 196), lines[0], fill=INK, font=font(14))
    for place, line in enumerate((*lines[1:], "至 ***（云州市）")):
        draw.text((left + 34, 220 + 20 * place), line[:12], fill=INK, font=font(12))


def packaging(draw: Draw, digest: bytes, lines: list[str], category: str) -> None:
    """The goods in their box, beside the number of the task."""
    table_top(draw, digest)
    draw.rectangle((110, 46, 370, 300), fill=ink(digest))
    draw.rectangle((130, 106, 350, 264), fill=PAPER)
    draw_goods(draw, category, (160, 112, 320, 258), digest)
    draw.text((240, 56), lines[1] if len(lines) > 1 else "", fill=WHITE, font=font(26), anchor="ma")
    draw.text((240, 270), lines[0].split()[0], fill=WHITE, font=font(17), anchor="ma")
    draw.rectangle((386, 262, 472, 318), fill=WHITE, outline=INK)
    draw.text((429, 270), "任务号", fill=MUTED, font=font(12), anchor="ma")
    draw.text((429, 290), lines[-1].rpartition("-")[2], fill=INK, font=font(16), anchor="ma")


def marks(draw: Draw, digest: bytes, lines: list[str], _category: str) -> None:
    """The product's label from near."""
    table_top(draw, digest)
    draw.rectangle((40, 26, 440, 312), fill=WHITE, outline=INK, width=2)
    draw.text((240, 36), "合 格 证", fill=INK, font=font(20), anchor="ma")
    y = 76
    for line in lines:
        y = write(draw, (60, y), line, 16, wide=22)
    for bar in range(40):
        width = 1 + digest[bar % 32] % 3
        draw.rectangle((60 + 6 * bar, 262, 60 + 6 * bar + width, 296), fill=INK)
    draw.rectangle((330, 250, 420, 300), outline=RED, width=2)
    draw.text((375, 264), "检验 08", fill=RED, font=font(17), anchor="ma")


def sealed(word: str) -> Callable[[Draw, bytes, list[str], str], None]:
    def bag(draw: Draw, digest: bytes, lines: list[str], category: str) -> None:
        """A bag with a numbered strip across its mouth."""
        table_top(draw, digest)
        draw.rounded_rectangle((110, 30, 370, 312), 12, fill="#dfe7e6", outline="#9fb0ae", width=3)
        draw_goods(draw, category, (160, 140, 320, 290), digest)
        draw.rectangle((90, 70, 390, 126), fill=RED)
        draw.text((240, 74), lines[0], fill=WHITE, font=font(24), anchor="ma")
        draw.text((240, 104), f"{word}  封存  云州市市场监督管理局", fill=WHITE, font=font(12), anchor="ma")

    return bag


def paper(draw: Draw, digest: bytes, lines: list[str], _category: str) -> None:
    """Any other sheet."""
    table_top(draw, digest)
    draw.rectangle((90, 20, 390, 320), fill=WHITE, outline=PALE)
    y = 44
    for line in lines:
        y = write(draw, (112, y), line, 15, wide=17)
    for row in range(6):
        draw.rectangle((112, y + 12 + 22 * row, 130 + digest[row + 6], y + 20 + 22 * row), fill=PALE)


SCENES: dict[K, Callable[[Draw, bytes, list[str], str], None]] = dict.fromkeys(K, paper) | {
    K.SELLER: shop,
    K.PRODUCT_PAGE: page,
    K.ORDER: bought,
    K.PAYMENT: paid,
    K.EXPENSE: receipt,
    K.PARCEL: parcel,
    K.PACKAGING: packaging,
    K.MARKS: marks,
    K.SUSPICION: marks,
    K.SEAL_TEST: sealed("检验样品"),
    K.SEAL_BACKUP: sealed("备用样品"),
    K.HAND_OVER: sealed("样品"),
    K.LAB_RECEIPT: sealed("样品"),
    K.PLATFORM_PROOF: back_office,
    K.LOOK: seen,
}
