"""What is in the pictures: one drawing a category, in colours that the picture's digest decides."""

from __future__ import annotations

from collections.abc import Callable

from PIL import ImageDraw

Box = tuple[int, int, int, int]
COLOURS = ("#d98e73", "#7fa99b", "#e0b84c", "#8aa4c8", "#c78fb0", "#9aa65a", "#c4674f", "#5f8fa8")
DARK, LIGHT = "#3a4140", "#f3efe6"


class Sketch:
    """Draws in hundredths of a square inside `box`."""

    def __init__(self, draw: ImageDraw.ImageDraw, box: Box, digest: bytes) -> None:
        self.draw, self.digest = draw, digest
        self.side = min(box[2] - box[0], box[3] - box[1])
        self.x = box[0] + (box[2] - box[0] - self.side) // 2
        self.y = box[1] + (box[3] - box[1] - self.side) // 2

    def colour(self, nth: int) -> str:
        return COLOURS[self.digest[8 + nth] % len(COLOURS)]

    def at(self, *hundredths: int) -> list[int]:
        return [(self.y if place % 2 else self.x) + each * self.side // 100 for place, each in enumerate(hundredths)]

    def round(self, *box: int, fill: str) -> None:
        self.draw.ellipse(self.at(*box), fill=fill, outline=DARK)

    def block(self, *box: int, fill: str, corner: int = 4) -> None:
        self.draw.rounded_rectangle(self.at(*box), corner * self.side // 100, fill=fill, outline=DARK)

    def shape(self, *points: int, fill: str) -> None:
        self.draw.polygon(self.at(*points), fill=fill, outline=DARK)

    def line(self, *points: int, fill: str = DARK, width: int = 2) -> None:
        self.draw.line(self.at(*points), fill=fill, width=width)


def bear(s: Sketch) -> None:
    fur, inner = s.colour(0), LIGHT
    for box in ((22, 8, 42, 28), (58, 8, 78, 28)):
        s.round(*box, fill=fur)
    s.round(25, 46, 75, 96, fill=fur)
    s.round(37, 58, 63, 88, fill=inner)
    s.round(24, 10, 76, 58, fill=fur)
    s.round(40, 34, 60, 52, fill=inner)
    for box in ((36, 26, 42, 32), (58, 26, 64, 32), (47, 38, 53, 43)):
        s.round(*box, fill=DARK)


def duck(s: Sketch) -> None:
    body, beak = s.colour(0), "#e07b39"
    s.round(14, 44, 82, 90, fill=body)
    s.round(50, 14, 88, 54, fill=body)
    s.shape(84, 30, 98, 36, 84, 42, fill=beak)
    s.round(68, 26, 75, 33, fill=DARK)
    s.round(30, 54, 60, 78, fill=s.colour(1))


def magnets(s: Sketch) -> None:
    for place, (x, y) in enumerate(((10, 55), (32, 55), (54, 55), (21, 33), (43, 33), (32, 11))):
        s.shape(x, y + 30, x + 15, y, x + 30, y + 30, fill=s.colour(place))
    for x in (10, 40, 70):
        s.round(x, 86, x + 9, 95, fill="#b9c0c4")


def hoodie(s: Sketch) -> None:
    cloth = s.colour(0)
    s.shape(30, 20, 6, 44, 18, 58, 28, 48, 28, 94, 72, 94, 72, 48, 82, 58, 94, 44, 70, 20, fill=cloth)
    s.round(36, 8, 64, 36, fill=s.colour(1))
    s.line(44, 34, 42, 56, width=3)
    s.line(56, 34, 58, 56, width=3)
    s.block(38, 64, 62, 82, fill=s.colour(1))


def trousers(s: Sketch) -> None:
    s.shape(26, 10, 74, 10, 84, 94, 58, 94, 50, 40, 42, 94, 16, 94, fill=s.colour(0))
    s.block(25, 8, 75, 18, fill=s.colour(1))
    s.line(50, 18, 50, 38)


def charger(s: Sketch) -> None:
    s.block(20, 30, 66, 84, fill=LIGHT, corner=8)
    for y in (42, 62):
        s.block(66, y, 88, y + 7, fill="#9aa0a0", corner=1)
    s.block(34, 76, 52, 81, fill=DARK, corner=1)
    s.line(43, 82, 43, 92, 14, 96, fill=s.colour(0), width=4)


def toothbrush(s: Sketch) -> None:
    s.block(42, 36, 60, 96, fill=s.colour(0), corner=8)
    s.block(47, 14, 55, 36, fill=LIGHT, corner=2)
    s.block(44, 4, 72, 16, fill=s.colour(1), corner=2)
    for x in range(58, 72, 4):
        s.line(x, 16, x, 24, fill="#7fb0cf", width=3)
    s.round(46, 54, 56, 64, fill=LIGHT)


def pencils(s: Sketch) -> None:
    for place in range(7):
        x = 12 + 11 * place
        s.block(x, 30, x + 9, 94, fill=s.colour(place), corner=1)
        s.shape(x, 30, x + 4, 10, x + 9, 30, fill=LIGHT)


def glue(s: Sketch) -> None:
    s.block(18, 30, 42, 94, fill=LIGHT)
    s.block(18, 14, 42, 32, fill=s.colour(0))
    for place, (x, y) in enumerate(((52, 66), (70, 66), (60, 46))):
        s.round(x, y, x + 22, y + 22, fill=s.colour(place + 1))


DRAWINGS: dict[str, Callable[[Sketch], None]] = {
    "毛绒布制玩具": bear,
    "塑胶玩具": duck,
    "磁性玩具": magnets,
    "儿童上衣": hoodie,
    "儿童裤装": trousers,
    "手机充电器": charger,
    "儿童电动牙刷": toothbrush,
    "彩色铅笔": pencils,
    "胶粘剂与橡皮": glue,
}


def draw_goods(draw: ImageDraw.ImageDraw, category: str, box: Box, digest: bytes) -> None:
    DRAWINGS.get(category, bear)(Sketch(draw, box, digest))
