"""The states that a thing goes through. They move with what is asked, never with a clock."""

from __future__ import annotations

from collections.abc import Iterator

# A state, and how many answers show it before it is over; `None` for one that stays.
Phase = tuple[str, int | None]


class Life:
    """What a thing is now, and what it will be."""

    def __init__(self, *phases: Phase) -> None:
        self._phases: list[Phase] = []
        self.turn(*phases)

    @property
    def state(self) -> str:
        """What it is now; empty before `moves` was called for the first time."""
        return self._phases[0][0]

    def turn(self, *phases: Phase) -> None:
        """Plans all that comes anew. `moves` enters the first state of it."""
        self._phases = [("", 0), *phases]

    def look(self) -> None:
        """Counts an answer that showed the state."""
        state, left = self._phases[0]
        self._phases[0] = (state, None if left is None else left - 1)

    def moves(self) -> Iterator[str]:
        """Enters the states whose time has come, and says each."""
        while len(self._phases) > 1 and self._phases[0][1] is not None and self._phases[0][1] <= 0:
            del self._phases[0]
            yield self.state
