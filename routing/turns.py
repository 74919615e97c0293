"""One at a time for each key: what belongs together stays in order, and nothing else waits for it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=str)


class Turns(Generic[Key]):
    def __init__(self) -> None:
        self._locks: dict[Key, asyncio.Lock] = {}
        self._waiting: dict[Key, int] = {}

    @asynccontextmanager
    async def of(self, key: Key) -> AsyncIterator[None]:
        lock = self._locks.setdefault(key, asyncio.Lock())
        self._waiting[key] = self._waiting.get(key, 0) + 1
        try:
            async with lock:
                yield
        finally:
            self._waiting[key] -= 1
            if not self._waiting[key]:
                del self._locks[key], self._waiting[key]
