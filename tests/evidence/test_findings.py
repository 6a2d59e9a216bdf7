"""What stands out in how a file came is said as a fact: wrong zones, clocks a year off, old pictures, screens."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quality.evidence.findings import Facts, Finding, findings
from quality.evidence.models import EvidenceKind as K
from quality.evidence.said import Said, Source
from quality.evidence.traits import Traits

NOW = datetime(2026, 9, 1, 4, 0, tzinfo=UTC)  # noon in Beijing
YEAR, HOUR, DAY = timedelta(days=365), timedelta(hours=1), timedelta(days=1)
EXIF = "%Y:%m:%d %H:%M:%S"
FRESH = Traits(width=4032, height=3024, taken="2026:09:01 11:58:00", make="M", is_exposed=True)


def facts(said: Said | None = None, traits: Traits = FRESH, **changed: Any) -> Facts:
    plain = Facts(K.MARKS, "image/jpeg", NOW, said or Said(), traits)
    return plain._replace(**changed)


def out(of: Facts) -> dict[str, str]:
    """What stands out, in English: nobody listens."""
    return {each.code: str(each.text) for each in findings(of) if each.stands_out}


def written(moment: datetime) -> Traits:
    """As a camera in Beijing writes it."""
    return FRESH._replace(taken=(moment + 8 * HOUR).strftime(EXIF))


def test_a_fresh_picture_of_a_phone_that_goes_right_stands_out_in_nothing() -> None:
    said = Said("0" * 64, NOW - timedelta(minutes=2), NOW - timedelta(seconds=20), 480, Source.CAMERA)
    assert out(facts(said, FRESH._replace(offset="+08:00"))) == {}
    codes = [each.code for each in findings(facts(said))]
    assert codes == ["same_hash", "clock", "zone", "taken_before", "camera"]


@pytest.mark.parametrize(
    ("off", "says"),
    [
        (-YEAR, "The phone's clock is 1 year behind"),
        (YEAR + HOUR, "The phone's clock is 1 year ahead"),
        (-2 * YEAR, "The phone's clock is 2 years behind"),
        (timedelta(minutes=40), "The phone's clock is 40 minutes ahead"),
        (8 * HOUR, "The phone's clock is 8 hours ahead, as if its time zone were another"),
    ],
)
def test_a_clock_that_is_off_is_said_to_be_and_by_how_much(off: timedelta, says: str) -> None:
    """The picture is fresh by the phone's own clock, and not called old."""
    traits = written(NOW + off - timedelta(minutes=2))
    assert out(facts(Said(phone_now=NOW + off), traits)) == {"clock_off": says}


def test_what_waited_on_the_phone_is_told_apart_from_nothing() -> None:
    assert out(facts(Said(phone_now=NOW - 2 * HOUR), written(NOW - 2 * HOUR))) == {}
    assert out(facts(Said(phone_now=NOW - 3 * DAY), written(NOW - 3 * DAY))) == {
        "waited": "It waited on the phone for 3 days, or the phone's clock is behind by as much"
    }


def test_a_wrong_time_zone_is_named() -> None:
    assert out(facts(Said(phone_now=NOW, zone_minutes=0), FRESH._replace(taken="2026:09:01 03:58:00"))) == {
        "zone_off": "The phone's time zone is 8 hours behind Beijing's"
    }
    assert out(facts(traits=FRESH._replace(taken="2026:09:01 12:58:00", offset="+09:00"))) == {
        "camera_zone_off": "The time zone in the file is 1 hour ahead of Beijing's"
    }


def test_a_phone_that_shows_beijings_time_in_another_zone_is_known() -> None:
    said = Said(phone_now=NOW - HOUR, zone_minutes=540)
    assert out(facts(said, FRESH._replace(taken=""))) == {
        "clock_off": "The phone shows Beijing's time in another time zone; its moments are 1 hour off",
        "zone_off": "The phone's time zone is 1 hour ahead of Beijing's",
    }


@pytest.mark.parametrize(
    ("before", "says"),
    [
        (3 * DAY, "Taken 3 days before it was sent"),
        (YEAR, "Taken 1 year before it was sent; a clock that far behind writes the same"),
        (40 * DAY, "Taken 40 days before it was sent"),
    ],
)
def test_an_old_picture_is_said_to_be_as_old_as_it_is(before: timedelta, says: str) -> None:
    assert out(facts(traits=written(NOW - before))) == {"taken_before": says}


@pytest.mark.parametrize(
    ("after", "says"),
    [
        (8 * HOUR, "Taken, it says, 8 hours after it was sent; a clock of another zone writes that"),
        (YEAR, "Taken, it says, 1 year after it was sent; a clock that far ahead writes that"),
        (timedelta(hours=3, minutes=30), "Taken, it says, 4 hours after it was sent"),
    ],
)
def test_a_picture_of_the_future_is_no_picture_of_the_future(after: timedelta, says: str) -> None:
    assert out(facts(traits=written(NOW + after))) == {"taken_later": says}


def test_what_is_said_to_be_just_taken_and_is_older_is_said_both() -> None:
    said = Said(phone_now=NOW, source=Source.CAMERA)
    assert out(facts(said, written(NOW - timedelta(hours=5, minutes=20)))) == {
        "not_just_taken": "Said to be just taken; its time is 5 hours earlier"
    }
    assert out(facts(said, written(NOW - 8 * HOUR))) == {
        "not_just_taken": "Said to be just taken; its time is 8 hours earlier, as in another time zone"
    }


def test_a_picture_of_the_gallery_stands_out_where_something_must_be_seen_and_nothing_says_when() -> None:
    said, untold = Said(source=Source.GALLERY), Traits(width=1000, height=800)
    assert "gallery" in out(facts(said, untold))
    assert "gallery" not in out(facts(said, untold, kind=K.ORDER))
    assert "taken_before" not in out(facts(said, FRESH))


SCREEN = Traits(width=1170, height=2532)


def test_a_screenshot_stands_out_only_where_a_camera_must_have_been_held() -> None:
    assert set(out(facts(traits=SCREEN, media_type="image/png"))) == {"screenshot"}
    assert out(facts(traits=SCREEN, media_type="image/png", kind=K.PRODUCT_PAGE)) == {}
    assert set(out(facts(traits=SCREEN._replace(height=9_000), media_type="image/png"))) == {"screenshot"}
    assert out(facts(traits=SCREEN._replace(make="M", is_exposed=True))) == {}


def test_a_screenshot_of_a_screenshot_stands_out_everywhere() -> None:
    framed = SCREEN._replace(is_framed=True)
    assert set(out(facts(traits=framed, media_type="image/png", kind=K.ORDER))) == {"framed"}


def test_what_a_program_has_edited_and_what_was_saved_again_is_said() -> None:
    traits = FRESH._replace(software="Adobe Photoshop 27.0", changed="2026:09:01 13:58:00")
    assert out(facts(traits=traits)) == {
        "edited": "Last saved by Adobe Photoshop 27.0, which edits pictures",
        "saved_later": "Saved again 2 hours after it was made",
    }
    paper = Traits(created="2026-09-01T11:00:00+08:00", modified="2026-09-01T11:30:00+08:00")
    assert out(facts(traits=paper, media_type="application/pdf", kind=K.ORDER)) == {
        "saved_later": "Saved again 30 minutes after it was made"
    }


def test_what_cannot_be_read_or_played_is_said_and_to_whom_it_helps() -> None:
    told = {
        each.code: each.is_for_sender
        for trouble in ("broken_exif", "unopened", "no_index")
        for each in findings(facts(traits=Traits(trouble=trouble)))
        if each.stands_out
    }
    assert told == {"broken_exif": False, "unopened": True, "no_index": True}


def test_a_film_is_asked_when_it_was_made() -> None:
    assert out(facts(traits=Traits(created="2026-08-29T04:00:00+00:00"), media_type="video/mp4")) == {
        "taken_before": "Taken 3 days before it was sent"
    }


MOMENTS = st.datetimes(datetime(1970, 1, 1), datetime(2100, 1, 1)).map(lambda m: m.replace(tzinfo=UTC))
SAID = st.builds(
    Said, taken_at=st.none() | MOMENTS, phone_now=st.none() | MOMENTS,
    zone_minutes=st.none() | st.integers(-1439, 1439), source=st.none() | st.sampled_from(Source),
)  # fmt: skip
TRAITS = st.builds(
    Traits, taken=st.text(max_size=20) | MOMENTS.map(lambda m: m.strftime(EXIF)), offset=st.text(max_size=7),
    changed=MOMENTS.map(lambda m: m.strftime(EXIF)), created=st.just("") | MOMENTS.map(datetime.isoformat),
    width=st.integers(0, 9_000), height=st.integers(0, 9_000), is_framed=st.booleans(),
)  # fmt: skip


@given(SAID, TRAITS, st.sampled_from(K), st.sampled_from(["image/png", "video/mp4", "application/pdf", "text/plain"]))
def test_whatever_is_said_there_are_words_for_it_each_once_and_what_stands_out_comes_first(
    said: Said, traits: Traits, kind: K, media_type: str
) -> None:
    found: list[Finding] = findings(Facts(kind, media_type, NOW, said, traits))
    assert [each.stands_out for each in found] == sorted((each.stands_out for each in found), reverse=True)
    assert len({each.code for each in found}) == len(found)
    assert all(str(each.text) for each in found)
