import hashlib
from datetime import UTC, datetime

import pytest

from quality.campaigns.commitment import commitment, new_salt, seed
from tests.campaigns.refusals import refuses

MOMENT = datetime(2026, 9, 3, 1, 48, tzinfo=UTC)


def test_a_salt_is_256_bits_and_never_the_same():
    assert len(bytes.fromhex(new_salt())) == 32
    assert new_salt() != new_salt()


def test_the_commitment_can_be_repeated_with_sha256sum():
    by_hand = hashlib.sha256("ab,2026-09-03T01:48:00.000000Z,云州彩票, 第7期".encode()).hexdigest()
    assert commitment(salt="ab", source="云州彩票, 第7期", moment=MOMENT) == by_hand


def test_the_commitment_binds_salt_source_and_moment():
    first = commitment(salt="ab", source="云州彩票", moment=MOMENT)
    assert first != commitment(salt="ac", source="云州彩票", moment=MOMENT)
    assert first != commitment(salt="ab", source="云州指数", moment=MOMENT)
    assert first != commitment(salt="ab", source="云州彩票", moment=MOMENT.replace(hour=2))


def test_the_seed_is_sha256_of_salt_and_number():
    assert seed(salt="ab", number="03 11 25") == hashlib.sha256(b"ab,03 11 25").hexdigest()


@pytest.mark.parametrize("number", ["", "  ", " 7", "7\n", "7\x007"])
def test_a_number_that_nobody_could_copy_is_refused(number):
    with refuses("public_number: bad_number"):
        seed(salt="ab", number=number)
