"""What many ask for while the database is busy is asked of it together, in one transaction."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from typing import Generic, TypeVar

log = logging.getLogger("mingcha.delivery")

Asked = TypeVar("Asked")
Got = TypeVar("Got")
MOST = 200  # in one transaction


class Together(Generic[Asked, Got]):
    """One call at a time; whoever asks meanwhile is in the next. `do` takes some and returns what each gets, in order.

    A call that fails is made again for each alone: what is wrong with one is no other's loss.
    """

    def __init__(self, do: Callable[[Sequence[Asked]], Sequence[Got]], where: Executor) -> None:
        self._do = do
        self._where = where
        self._waiting: list[tuple[Asked, asyncio.Future[Got]]] = []
        self._working: asyncio.Task[None] | None = None

    async def __call__(self, asked: Asked) -> Got:
        answer: asyncio.Future[Got] = asyncio.get_running_loop().create_future()
        self._waiting.append((asked, answer))
        if self._working is None:
            self._working = asyncio.create_task(self._work())
        return await answer

    async def _work(self) -> None:
        while self._waiting:
            some, self._waiting = self._waiting[:MOST], self._waiting[MOST:]
            await self._serve(some)
        self._working = None

    async def _serve(self, some: Sequence[tuple[Asked, asyncio.Future[Got]]]) -> None:
        loop = asyncio.get_running_loop()
        try:
            found = await loop.run_in_executor(self._where, self._do, [asked for asked, _answer in some])
        except Exception as problem:
            if len(some) == 1:
                some[0][1].set_exception(problem)
                return
            log.warning("what could not be done together is done one by one", exc_info=True)
            for each in some:
                await self._serve([each])
        else:
            for (_asked, answer), got in zip(some, found, strict=True):
                answer.set_result(got)
