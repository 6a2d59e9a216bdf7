import pytest
from quality.notices.models import NoticeStatus
from tests.harness.notices import notice_at

@pytest.mark.parametrize("status", list(NoticeStatus))
def test_every_status_is_reached(session, cast, status):
    import time; t=time.time()
    assert notice_at(session, cast, status).status == status
    print(status, time.time()-t)
