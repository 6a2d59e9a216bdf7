"""Other spellings of what is looked for: 繁體 for 简体, pinyin and its first letters for characters. Pure.

玩具 is found by its 繁體, by wanju, wan ju, wánjù and wan2ju4, and by wj. A character that is read in more than one way
(多音字) is read as its phrase says (重庆 chongqing) and as it is read alone, no further: every reading of every
character would find what nobody meant.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from importlib import resources
from itertools import groupby, pairwise
from typing import NamedTuple

SPELLING = 1  # counts up when an entry would be spelt otherwise: a job spells them anew
MOST = 120  # characters of an entry that are spelt
LONGEST = 24  # letters of a word that is taken for pinyin, or for first letters
READINGS = 8  # ways in which one word is cut into syllables
HAN = re.compile(r"[\u3400-\u9fff]+")
LETTERS = re.compile(r"[a-z]+")
UMLAUT = str.maketrans({"ü": "v", "ǖ": "v", "ǘ": "v", "ǚ": "v", "ǜ": "v"})
ALSO_WRITTEN = {"lue": "lve", "nue": "nve"}  # as many type what has an umlaut
SIGNS = re.compile("['’1-5]")  # between syllables, and tones in figures

# fmt: off
SYLLABLES = frozenset(
    initial + final
    for initial, finals in {
        "":   "a ai an ang ao e ei en eng er o ou",
        "b":  "a ai an ang ao ei en eng i ian iao ie in ing o u",
        "p":  "a ai an ang ao ei en eng i ian iao ie in ing o ou u",
        "m":  "a ai an ang ao e ei en eng i ian iao ie in ing iu o ou u",
        "f":  "a an ang ei en eng o ou u",
        "d":  "a ai an ang ao e ei en eng i ia ian iao ie ing iu ong ou u uan ui un uo",
        "t":  "a ai an ang ao e eng i ian iao ie ing ong ou u uan ui un uo",
        "n":  "a ai an ang ao e ei en eng i ian iang iao ie in ing iu ong ou u uan uo v ve",
        "l":  "a ai an ang ao e ei eng i ia ian iang iao ie in ing iu o ong ou u uan un uo v ve",
        "g":  "a ai an ang ao e ei en eng ong ou u ua uai uan uang ui un uo",
        "k":  "a ai an ang ao e ei en eng ong ou u ua uai uan uang ui un uo",
        "h":  "a ai an ang ao e ei en eng ong ou u ua uai uan uang ui un uo",
        "j":  "i ia ian iang iao ie in ing iong iu u uan ue un",
        "q":  "i ia ian iang iao ie in ing iong iu u uan ue un",
        "x":  "i ia ian iang iao ie in ing iong iu u uan ue un",
        "zh": "a ai an ang ao e ei en eng i ong ou u ua uai uan uang ui un uo",
        "ch": "a ai an ang ao e en eng i ong ou u ua uai uan uang ui un uo",
        "sh": "a ai an ang ao e ei en eng i ou u ua uai uan uang ui un uo",
        "r":  "an ang ao e en eng i ong ou u ua uan ui un uo",
        "z":  "a ai an ang ao e ei en eng i ong ou u uan ui un uo",
        "c":  "a ai an ang ao e en eng i ong ou u uan ui un uo",
        "s":  "a ai an ang ao e en eng i ong ou u uan ui un uo",
        "y":  "a an ang ao e i in ing o ong ou u uan ue un",
        "w":  "a ai an ang ei en eng o u",
    }.items()
    for final in finals.split()
) | frozenset(ALSO_WRITTEN)
# fmt: on


def simplified(text: str) -> str:
    """Each 繁體 character as the 简体 one that OpenCC gives first. One by one: what stands beside it must not matter,
    since a text and what is looked for in it are cut at different places."""
    return text.translate(characters())


@cache
def characters() -> dict[int, str]:
    kept = resources.files("opencc").joinpath("dictionary/TSCharacters.txt").read_text("utf-8")
    pairs = (line.split("\t") for line in kept.splitlines() if line)
    return {ord(old): new.split()[0] for old, new in pairs if len(old) == 1}


# --- how an entry is spelt ---


class Spelt(NamedTuple):
    """`sounds`: syllables without tones, a space before and behind each, runs of characters apart by a bar. `letters`:
    the first letters of what the product is called."""

    sounds: str
    letters: str

    def led_by(self) -> set[str]:
        """What it is indexed by: two neighbouring syllables, the last of a run, two and three neighbouring letters."""
        runs = [run.split() for run in self.sounds.split("|") if run]
        found = {" ".join(pair) for run in runs for pair in pairwise([*run, ""])}
        return found.union(*([*keys_of(run, 2), *keys_of(run, 3)] for run in self.letters.split()))


def spelt(named: Iterable[str], others: Iterable[str]) -> Spelt:
    """Of the texts by which the product is named, and of other texts: folded and simplified."""
    first = [reading for text in named for reading in readings(text)]
    rest = [reading for text in others for reading in readings(text)]
    letters = dict.fromkeys("".join(syllable[0] for syllable in run) for run in first)
    sounds = dict.fromkeys(" ".join(run) for run in [*first, *rest])
    return Spelt("|".join(f" {run} " for run in sounds), " ".join(letters))


def readings(text: str) -> Iterator[list[str]]:
    """Each run of characters as it is read in its phrase, and as its characters are read alone where that differs."""
    from pypinyin import lazy_pinyin  # noqa: PLC0415 - 50 MiB, for who spells; not for who searches

    for run in HAN.findall(text[:MOST]):
        as_phrase = [plain(each) for each in lazy_pinyin(run)]
        alone = [plain(each) for character in run for each in lazy_pinyin(character)]
        yield from ([as_phrase] if alone == as_phrase else [as_phrase, alone])


def plain(syllable: str) -> str:
    return syllable.translate(UMLAUT)


def keys_of(letters: str, length: int) -> list[str]:
    """The sign in front keeps them apart from two letters that stand in a text."""
    return [f"~{letters[at : at + length]}" for at in range(len(letters) - length + 1)]


# --- how what was typed may be meant ---


class Meant(NamedTuple):
    """One way to understand what was typed: all of this must stand in an entry. `texts` in its text, `sounds` in its
    sounds, `letters` in its first letters."""

    texts: tuple[str, ...] = ()
    sounds: tuple[str, ...] = ()
    letters: tuple[str, ...] = ()

    def led_by(self) -> set[str]:
        """By which the index leads there, besides the pairs of its texts."""
        found = {" ".join(pair) for run in self.sounds for pair in pairwise(run.split())}
        return found.union(*(keys_of(run, min(len(run), 3)) for run in self.letters))

    def beginnings(self) -> list[str]:
        """How keys begin, of what is too short to have one: a character, a syllable."""
        sounds = [run.lstrip() for run in self.sounds if run.count(" ") == len("  ")]
        return [*sounds, *(text for text in self.texts if len(text) == 1)]

    def joined(self, other: Meant) -> Meant:
        return Meant(self.texts + other.texts, self.sounds + other.sounds, self.letters + other.letters)


def meanings(words: Sequence[str]) -> list[Meant]:
    """Every way to understand these words, the literal one first. Words of one syllable that stand beside each other
    are one: `wan ju` is 玩具, and not everything with a wan and a ju."""
    found = [Meant()]
    for is_syllable, some in groupby(words, key=lambda word: toneless(word) in SYLLABLES):
        group = list(some)
        for part in [group] if is_syllable else [[word] for word in group]:
            ways = ways_of(part)
            found = [before.joined(way) for before in found for way in ways][:READINGS]
    return found


def ways_of(words: Sequence[str]) -> list[Meant]:
    """Of one word, or of syllables that were typed apart."""
    literal = Meant(texts=tuple(words))
    bare = [toneless(word) for word in words]
    if not all(bare) or sum(map(len, bare)) > LONGEST:
        return [literal]
    cuts = [bare] if len(bare) > 1 else syllables_in(bare[0])
    sounds = [Meant(sounds=(f" {' '.join(ALSO_WRITTEN.get(each, each) for each in cut)} ",)) for cut in cuts]
    letters = [Meant(letters=(bare[0],))] if [*words] == bare and may_be_letters(words) else []
    return [literal, *sounds, *letters]


def may_be_letters(words: Sequence[str]) -> bool:
    """One word, without tones. No syllable begins with i, u or v."""
    return len(words) == 1 and len(words[0]) > 1 and not set(words[0]) & set("iuv")


def toneless(word: str) -> str:
    """`wánjù`, `wan2ju4` and `wan'ju` as wanju; empty for what is no pinyin, whatever it is."""
    parts = unicodedata.normalize("NFD", SIGNS.sub("", word.translate(UMLAUT)))
    bare = "".join(c for c in parts if not unicodedata.combining(c))
    return bare if LETTERS.fullmatch(bare) else ""


def syllables_in(word: str) -> list[list[str]]:
    """Every way to cut it into syllables, the longest first, and no more than `READINGS`: xian is 先 and 西安."""
    ways: dict[int, list[list[str]]] = {len(word): [[]]}
    for at in range(len(word) - 1, -1, -1):
        ways[at] = [
            [word[at:end], *rest]
            for end in range(min(len(word), at + 6), at, -1)
            if word[at:end] in SYLLABLES
            for rest in ways.get(end, [])
        ][:READINGS]
    return ways[0]
