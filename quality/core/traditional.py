"""简体 in 繁體 characters, by OpenCC's table of phrases and characters.

In the forms of Taiwan, which `zh-Hant` stands for where no region is named (CLDR, likely subtags) and which are read in
Hong Kong too; the words stay those of the procedure, so that a term here is the term of the document. What OpenCC takes
for another word in sentences like ours stands in OURS. See docs/decisions/0072.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache, lru_cache

OURS = {
    # it is written so in Taiwan as in Hong Kong; OpenCC keeps to the rarer form
    "台": "台", "湿": "濕", "公布": "公布", "发布": "發布", "分布": "分布",
    # one word each, which OpenCC writes in two ways, by what stands beside it
    "复查": "複查", "复检": "複檢", "复核": "複核", "复算": "複算", "制作": "製作", "应占": "應佔", "周任务": "週任務",
    "周负荷": "週負荷",
    # the end of one word and the beginning of the next are a third word: 天后, 上链, 书签, 验签, 明了
    "天后": "天後", "上链接": "上鏈接", "书签发": "書簽發", "验签": "驗簽", "所签": "所簽", "明了": "明了",
}  # fmt: skip
BETWEEN = re.compile(f"({'|'.join(OURS)})")


@lru_cache(8192)  # pages say a finite number of things, and of what is kept they show the same items and categories
def in_traditional(text: str) -> str:
    """As many characters as `text` has."""
    if text.isascii():
        return text
    convert = converter()
    return "".join(OURS[part] if part in OURS else convert(part) for part in BETWEEN.split(text) if part)


@cache
def converter() -> Callable[[str], str]:
    """Its tables take a tenth of a second to read, and are read for the first page that needs them."""
    from opencc import OpenCC  # noqa: PLC0415

    convert: Callable[[str], str] = OpenCC("s2tw").convert
    return convert
