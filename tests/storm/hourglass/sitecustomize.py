"""For processes under libfaketime, which refuses the way in which Python sleeps ("Invalid argument"). Others never
see this file: only the storm puts its folder on their path."""

import select
import time


def sleep(seconds: float) -> None:
    """By a wait for nothing, which libfaketime leaves as it is."""
    if seconds < 0:
        raise ValueError("sleep length must be non-negative")
    select.select([], [], [], seconds)


time.sleep = sleep  # type: ignore[assignment]
