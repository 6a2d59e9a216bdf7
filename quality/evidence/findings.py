"""What stands out in how a file came: its own words, its sender's and the server's laid beside each other.

Facts, for a person to judge: "taken 3 days before it was sent" is none of guilt. A phone's clock may be wrong, a file
may wait for a network, a seller's page is a screenshot by nature. Pure: facts in, findings out; nothing of it is kept,
so that a better rule speaks of older files too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta, timezone
from typing import NamedTuple

from quality.core.clock import BEIJING
from quality.core.words import Text, _, ngettext
from quality.evidence.clamd import Outcome
from quality.evidence.kinds import FILMS, MAY_BE, PICTURES, SEEN
from quality.evidence.models import EvidenceKind
from quality.evidence.said import Said, Source
from quality.evidence.screens import EDITORS, is_of_a_screen
from quality.evidence.traits import Traits, local_moment

BEIJINGS_ZONE = 480  # minutes east of Greenwich: the whole country keeps it
AGREES = timedelta(minutes=5)  # a phone that asks nobody for the time goes wrong by seconds a day, not by more
JUST_TAKEN = timedelta(hours=1)  # an unboxing takes so long from its first picture to its last
LONG_AGO = timedelta(days=1)  # evidence is sent on the day on which it is taken, if there is a network
OF_A_YEAR = timedelta(days=2)  # of a clock that is a year off, beside leap days
YEAR = timedelta(days=365, hours=6)
FARTHEST = 26  # hours between two time zones (UTC-12 and UTC+14)
SAVED_LATER = timedelta(minutes=2)  # a telephone saves what it took in seconds


class Facts(NamedTuple):
    kind: EvidenceKind
    media_type: str
    arrived_at: datetime  # by the server's clock
    said: Said
    traits: Traits
    scan: Outcome | None = None  # None: no scanner was named when it came


class Finding(NamedTuple):
    code: str
    stands_out: bool  # else it is as it should be, or nothing follows from it
    text: Text
    is_for_sender: bool = False  # who sent it can mend it, and is told


def findings(facts: Facts) -> list[Finding]:
    """What stands out first, else in the order of CHECKS."""
    found = [each for check in CHECKS for each in check(facts)]
    return sorted(found, key=lambda each: not each.stands_out)


def same_hash(facts: Facts) -> Iterator[Finding]:
    if facts.said.sha256:  # another would have been refused
        yield Finding("same_hash", stands_out=False, text=_("The phone counted the same sha256 before it sent it"))


def can_be_read(facts: Facts) -> Iterator[Finding]:
    if facts.traits.trouble == "broken_exif":
        yield Finding("broken_exif", True, _("What a camera wrote in it (EXIF) cannot be read"))
    if facts.traits.trouble == "unopened":
        text = _("This picture cannot be opened here, and has no copy to look at. Take it again, or send it as JPEG")
        yield Finding("unopened", True, text, is_for_sender=True)
    if facts.traits.trouble == "no_index":
        text = _("This film has no index (moov): no player can show it. If it plays where it was taken, send it again")
        yield Finding("no_index", True, text, is_for_sender=True)


def viruses(facts: Facts) -> Iterator[Finding]:
    match facts.scan:
        case Outcome.CLEAN:
            yield Finding("scanned", False, _("A virus scanner found nothing"))
        case Outcome.WAITING:
            yield Finding("not_scanned", True, _("Not yet looked at by the virus scanner: it was away"))
        case Outcome.TOO_LARGE:
            yield Finding("not_scanned", False, _("Larger than the virus scanner takes; it was not looked at"))
        case Outcome.FOUND:
            text = _("A virus scanner found something in it; the original is handed to nobody until it was judged")
            yield Finding("infected", True, text)


def clock_of_the_phone(facts: Facts) -> Iterator[Finding]:
    if facts.said.phone_now is None:
        return
    ahead, zone_ahead = facts.said.phone_now - facts.arrived_at, zone_off(facts.said.zone_minutes)
    if abs(ahead) <= AGREES:
        yield Finding("clock", False, _("The phone's clock agrees with ours"))
    elif zone_ahead and abs(ahead + zone_ahead) <= AGREES:
        text = _("The phone shows Beijing's time in another time zone; its moments are %(span)s off", span=span(ahead))
        yield Finding("clock_off", True, text)
    elif years(ahead):
        yield Finding("clock_off", True, clock_words(ahead))
    elif ahead > AGREES:
        text = _("The phone's clock is %(span)s ahead, as if its time zone were another", span=span(ahead))
        yield Finding("clock_off", True, text if hours(ahead) else clock_words(ahead))
    else:  # told apart by nothing: what waits on the phone says when it was put there
        text = _("It waited on the phone for %(span)s, or the phone's clock is behind by as much", span=span(ahead))
        yield Finding("waited", -ahead >= LONG_AGO, text)


def zones(facts: Facts) -> Iterator[Finding]:
    said, written = facts.said.zone_minutes, minutes_of(facts.traits.offset)
    if said is not None:
        yield zone("zone", said, of_the_phone)
    if written is not None and written != said:
        yield zone("camera_zone", written, of_the_camera)


def zone(code: str, minutes: int, words: Callable[[timedelta], Text]) -> Finding:
    ahead = zone_off(minutes)
    return Finding(f"{code}_off" if ahead else code, bool(ahead), words(ahead))


def zone_off(minutes: int | None) -> timedelta:
    """How far a zone is ahead of Beijing's; none where nothing is said."""
    return timedelta(minutes=0 if minutes is None else minutes - BEIJINGS_ZONE)


def moment_of_taking(facts: Facts) -> Iterator[Finding]:
    """Against when the phone sent it, by its own clock where that is known: an error of it is in both."""
    taken, sent = taken_at(facts), facts.said.phone_now or facts.arrived_at
    if taken is None:
        if facts.said.source is Source.GALLERY:
            text = _("Chosen from the phone's gallery; nothing says when it was taken")
            yield Finding("gallery", must_be_seen(facts), text)
        return
    before = sent - taken
    if before < -AGREES:
        yield Finding("taken_later", True, later(-before))
    elif facts.said.source is Source.CAMERA and before > JUST_TAKEN:
        text = _("Said to be just taken; its time is %(span)s earlier", span=span(before))
        zoned = _("Said to be just taken; its time is %(span)s earlier, as in another time zone", span=span(before))
        yield Finding("not_just_taken", True, zoned if hours(before) else text)
    elif years(before):
        text = _("Taken %(span)s before it was sent; a clock that far behind writes the same", span=span(before))
        yield Finding("taken_before", True, text)
    else:
        yield from taken_before(facts, before)


def taken_before(facts: Facts, before: timedelta) -> Iterator[Finding]:
    is_old, filled = before >= LONG_AGO, {"span": span(max(before, timedelta()))}
    if facts.said.source is Source.GALLERY:
        text = _("Chosen from the phone's gallery; taken %(span)s before it was sent", **filled)
    elif facts.media_type == "application/pdf":
        text, is_old = _("Made %(span)s before it was sent", **filled), False
    else:
        text = _("Taken %(span)s before it was sent", **filled)
    yield Finding("taken_before", is_old, text)


def later(after: timedelta) -> Text:
    if years(after):
        return _("Taken, it says, %(span)s after it was sent; a clock that far ahead writes that", span=span(after))
    if hours(after):
        return _("Taken, it says, %(span)s after it was sent; a clock of another zone writes that", span=span(after))
    return _("Taken, it says, %(span)s after it was sent", span=span(after))


def camera(facts: Facts) -> Iterator[Finding]:
    """Whether a camera wrote in it, and if none did, whether it looks like a screen."""
    if facts.media_type not in PICTURES or facts.traits.trouble:
        return
    if by_a_camera(facts.traits):
        yield Finding("camera", False, _("A camera wrote in it how it was taken"))
    elif facts.said.source is Source.SCREEN or is_of_a_screen(facts.traits.width, facts.traits.height):
        text = _("It has the size of a screen and nothing that a camera writes, as screenshots have")
        yield Finding("screenshot", must_be_seen(facts), text)
    else:
        yield Finding("no_camera", False, _("It holds nothing that a camera writes"))
    if facts.traits.is_framed and not by_a_camera(facts.traits):
        text = _("A smaller picture of the same shape stands in its middle, as in a screenshot of a screenshot")
        yield Finding("framed", True, text)


def edited(facts: Facts) -> Iterator[Finding]:
    written = facts.traits.software.lower()
    if any(name in written for name in EDITORS):
        yield Finding(
            "edited", True, _("Last saved by %(program)s, which edits pictures", program=facts.traits.software)
        )
    first, last = edges(facts.traits)
    if first and last and last - first > SAVED_LATER:
        yield Finding("saved_later", True, _("Saved again %(span)s after it was made", span=span(last - first)))


CHECKS: tuple[Callable[[Facts], Iterator[Finding]], ...] = (
    can_be_read,
    same_hash,
    viruses,
    clock_of_the_phone,
    zones,
    moment_of_taking,
    camera,
    edited,
)


def taken_at(facts: Facts) -> datetime | None:
    """By what the file says, else by what its sender says."""
    traits = facts.traits
    zone = minutes_of(traits.offset)
    if zone is None:
        zone = facts.said.zone_minutes
    local = local_moment(traits.taken)
    if local is not None:
        return local.replace(tzinfo=BEIJING if zone is None else timezone(timedelta(minutes=zone))).astimezone(UTC)
    made = moment_in(traits.created) if facts.media_type in FILMS | {"application/pdf"} else None
    return made or facts.said.taken_at


def edges(traits: Traits) -> tuple[datetime | None, datetime | None]:
    """When it was made and when it was last saved, both by the clock that wrote them."""
    if traits.taken:
        return local_moment(traits.taken), local_moment(traits.changed)
    return moment_in(traits.created), moment_in(traits.modified)


def by_a_camera(traits: Traits) -> bool:
    return traits.is_exposed or bool(traits.make)


def must_be_seen(facts: Facts) -> bool:
    """Whether it proves what somebody must have held a camera at."""
    return MAY_BE[facts.kind] == SEEN


def moment_in(written: str) -> datetime | None:
    """RFC 3339; without a zone it is Beijing's."""
    try:
        moment = datetime.fromisoformat(written)
        return (moment if moment.tzinfo else moment.replace(tzinfo=BEIJING)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def minutes_of(offset: str) -> int | None:
    """`+08:00` as minutes east of Greenwich."""
    try:
        east = datetime.strptime(offset, "%z").utcoffset()
    except ValueError:
        return None
    return None if east is None else int(east.total_seconds() // 60)


def years(off: timedelta) -> int:
    """How many whole years it is, if it is that to two days."""
    count = round(abs(off) / YEAR)
    return count if count and abs(abs(off) - count * YEAR) <= OF_A_YEAR else 0


def hours(off: timedelta) -> int:
    """How many whole hours it is, as between two time zones."""
    count = round(abs(off) / timedelta(hours=1))
    is_near = abs(abs(off) - timedelta(hours=count)) <= AGREES
    return count if is_near and 0 < count <= FARTHEST else 0


def span(off: timedelta) -> Text:
    """In its largest unit, rounded: whoever reads it asks how much, not how exactly."""
    length = abs(off)
    if years(length) or length >= 2 * YEAR:
        count = round(length / YEAR)
        return ngettext("%(count)s year", "%(count)s years", count)
    if length >= timedelta(days=1) and not hours(length):
        return ngettext("%(count)s day", "%(count)s days", round(length / timedelta(days=1)))
    if length >= timedelta(hours=1) - AGREES:
        return ngettext("%(count)s hour", "%(count)s hours", round(length / timedelta(hours=1)))
    return ngettext("%(count)s minute", "%(count)s minutes", round(length / timedelta(minutes=1)))


def clock_words(ahead: timedelta) -> Text:
    if ahead > timedelta():
        return _("The phone's clock is %(span)s ahead", span=span(ahead))
    return _("The phone's clock is %(span)s behind", span=span(ahead))


def of_the_phone(ahead: timedelta) -> Text:
    if not ahead:
        return _("The phone's time zone is Beijing's")
    if ahead > timedelta():
        return _("The phone's time zone is %(span)s ahead of Beijing's", span=span(ahead))
    return _("The phone's time zone is %(span)s behind Beijing's", span=span(ahead))


def of_the_camera(ahead: timedelta) -> Text:
    if not ahead:
        return _("The time zone in the file is Beijing's")
    if ahead > timedelta():
        return _("The time zone in the file is %(span)s ahead of Beijing's", span=span(ahead))
    return _("The time zone in the file is %(span)s behind Beijing's", span=span(ahead))
