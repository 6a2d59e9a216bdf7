"""Sizes of screens, and programs that edit pictures: data, to be added to as new ones are sold."""

from __future__ import annotations

# fmt: off
SCREENS = frozenset({  # pixels, the shorter side first
    # telephones
    (640, 1136), (720, 1280), (720, 1520), (720, 1560), (720, 1600), (720, 1604), (720, 1612), (750, 1334), (828, 1792),
    (1080, 1920), (1080, 2160), (1080, 2220), (1080, 2244), (1080, 2280), (1080, 2310), (1080, 2316), (1080, 2336),
    (1080, 2340), (1080, 2376), (1080, 2388), (1080, 2400), (1080, 2408), (1080, 2412), (1080, 2460), (1080, 2520),
    (1125, 2436), (1170, 2532), (1179, 2556), (1200, 2640), (1200, 2664), (1200, 2670), (1206, 2622), (1216, 2640),
    (1220, 2712), (1224, 2700), (1228, 2700), (1240, 2772), (1242, 2208), (1242, 2688), (1256, 2760), (1260, 2720),
    (1260, 2736), (1260, 2800), (1264, 2780), (1268, 2756), (1272, 2772), (1280, 2800), (1284, 2778), (1290, 2796),
    (1312, 2848), (1320, 2868), (1344, 2772), (1440, 2560), (1440, 2960), (1440, 3040), (1440, 3088), (1440, 3120),
    (1440, 3168), (1440, 3200), (1440, 3216),
    # tablets and folded ones
    (1200, 1920), (1200, 2000), (1488, 2266), (1536, 2048), (1600, 2560), (1620, 2160), (1640, 2360), (1668, 2224),
    (1668, 2388), (1800, 2880), (1840, 2944), (2048, 2732), (2200, 2480), (2224, 2496),
    # desks
    (768, 1366), (800, 1280), (864, 1536), (900, 1440), (900, 1600), (1050, 1680), (1080, 2560), (1440, 3440),
    (1600, 2880), (1800, 2880), (1864, 2880), (1964, 3024), (2160, 3840),
})
EDITORS = (  # as they name themselves in EXIF, small
    "photoshop", "lightroom", "gimp", "snapseed", "picsart", "pixelmator", "affinity", "paint.net", "acdsee", "canva",
    "capcut", "faceapp", "meitu", "美图", "醒图", "剪映", "轻颜", "无他相机", "faceu", "xingtu", "retouch",
    "photoscape",
)
# fmt: on
WIDTHS = frozenset(short for short, _long in SCREENS if short < 1600)  # noqa: PLR2004  of telephones
ROLLED = 2.5  # as high as wide: longer than any screen, a page that was scrolled while it was taken


def is_of_a_screen(width: int, height: int) -> bool:
    """Whether a screen has this size, lying or upright; or a page of it, rolled through."""
    return (min(width, height), max(width, height)) in SCREENS or (width in WIDTHS and height > ROLLED * width)
