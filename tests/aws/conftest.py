"""An emulated account for each test of the emulation, and a graph of resources for all tests of the plugin."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import pytest

from emulated import Account
from engine import HERE, Engine, started, world
from graph import create_all
from standin.values import Props

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


@pytest.fixture(scope="session")
def shared() -> Iterator[tuple[Engine, str]]:
    """The engine and the endpoint that the tests of the plugin share."""
    with world() as made:
        yield made


@pytest.fixture(scope="session")
def engine(shared: tuple[Engine, str]) -> Engine:
    """An engine with the plugin."""
    return shared[0]


@pytest.fixture(scope="session")
def endpoint(shared: tuple[Engine, str]) -> str:
    """Where AWS is."""
    return shared[1]


@pytest.fixture(scope="session")
def made(engine: Engine, endpoint: str) -> dict[str, Props]:
    """The outputs of the whole graph, by name."""
    return create_all(engine, endpoint)
