"""An emulated account for each test of the emulation."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import pytest

from emulated import Account
from engine import HERE, started

NUMBERS = itertools.count(1)


@pytest.fixture(scope="session")
def emulation() -> Iterator[str]:
    """The endpoint of a server that the tests of the emulation share."""
    with started(str(HERE / "moto_server.py")) as port:
        yield f"http://127.0.0.1:{port}"


@pytest.fixture
def account(emulation: str) -> Iterator[Account]:
    """A cluster of its own, of which nothing is told yet."""
    made = Account(emulation, f"c{next(NUMBERS)}")
    yield made
    made.forget()
