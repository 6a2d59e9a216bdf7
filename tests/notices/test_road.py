"""Every status of a notice is reached by the real road, and every move leaves one event."""

from __future__ import annotations

import pytest

from quality.notices.models import NoticeStatus
from tests.harness.notices import notice_at


@pytest.mark.parametrize("status", list(NoticeStatus))
def test_every_status_is_reached(session, concluded, status):
    assert notice_at(session, concluded.cast, status, *concluded.bad).status == status
