"""How methods of moto are replaced."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any


def replaced(owner: type, name: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Puts a function that gets the original first in the place of a method."""
    original = getattr(owner, name)

    def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(original)
        def method(self: Any, *args: Any, **kwargs: Any) -> Any:
            return function(original, self, *args, **kwargs)

        setattr(owner, name, method)
        return method

    return decorate
