"""Every story is told in an office; most in both transports."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.office import Office, an_office


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    async with an_office(tmp_path) as opened:
        yield opened


@pytest.fixture(params=["socket", "http"])
async def either_office(tmp_path: Path, request: pytest.FixtureRequest) -> AsyncIterator[Office]:
    async with an_office(tmp_path, over=request.param) as opened:
        yield opened
