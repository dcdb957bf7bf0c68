"""Answers of ours: each is held to botocore's model of its operation before it leaves.

Moto drops in silence what the model does not know; here it is an error of the server's, and turns every test red.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from botocore.model import Shape
from moto.core.responses import ActionResult

SCALARS: dict[str, tuple[type, ...]] = {
    "boolean": (bool,),
    "double": (int, float),
    "float": (int, float),
    "integer": (int,),
    "long": (int,),
    "string": (str,),
    "timestamp": (datetime.datetime,),
}


class WrongShape(Exception):
    """An answer is not of the form that AWS's model gives it."""


def check(value: Any, shape: Shape, path: str = "answer") -> None:
    """Raises `WrongShape` unless a value has the members and the types of a shape."""
    if shape.type_name == "structure":
        _check_structure(value, shape, path)
    elif shape.type_name == "list":
        for number, item in enumerate(_typed(value, Sequence, path)):
            check(item, shape.member, f"{path}[{number}]")
    elif shape.type_name == "map":
        for key, item in _typed(value, Mapping, path).items():
            check(item, shape.value, f"{path}.{key}")
    else:
        _check_scalar(value, shape, path)


def _check_structure(value: Any, shape: Shape, path: str) -> None:
    members = _typed(value, Mapping, path)
    strange, missing = members.keys() - shape.members.keys(), set(shape.required_members) - members.keys()
    if strange or missing:
        raise WrongShape(f"{path}: {shape.name} has no {sorted(strange)}, and must have {sorted(missing)}")
    for name, member in members.items():
        check(member, shape.members[name], f"{path}.{name}")


def _check_scalar(value: Any, shape: Shape, path: str) -> None:
    kinds = SCALARS[shape.type_name]
    if not isinstance(value, kinds) or (isinstance(value, bool) and bool not in kinds):
        raise WrongShape(f"{path}: {value!r} is no {shape.type_name}")
    allowed = getattr(shape, "enum", None)
    if allowed and value not in allowed:
        raise WrongShape(f"{path}: {value!r} is none of {allowed}")


def _typed(value: Any, kind: type, path: str) -> Any:
    if not isinstance(value, kind) or isinstance(value, str):
        raise WrongShape(f"{path}: {value!r} is no {kind.__name__}")
    return value


class Answer(ActionResult):
    """An answer of ours, checked on its way out."""

    def execute_result(self, context: Any) -> Any:
        """Checks, then writes as moto does."""
        # Some operations answer nothing.
        if context.operation_model.output_shape:
            check(self.result, context.operation_model.output_shape)
        return super().execute_result(context)


def answers(response: type, operation: str) -> Callable[[Callable[[Any], Any]], Callable[[Any], Any]]:
    """Puts a function that answers an operation into the place of moto's, or where moto has none."""

    def decorate(function: Callable[[Any], Any]) -> Callable[[Any], Any]:
        def method(self: Any) -> Any:
            return Answer(function(self))

        setattr(response, operation, method)
        return function

    return decorate


def given(**members: Any) -> dict[str, Any]:
    """The members that have a value: AWS leaves out what there is not."""
    return {name: value for name, value in members.items() if value is not None}


def page(items: list[Any], key: str, most: int | None, token: str | None) -> dict[str, Any]:
    """A page of what is listed, and where the next one begins."""
    start, size = int(token or 0), most or 100
    more = start + size < len(items)
    return given(**{key: items[start : start + size]}, nextToken=str(start + size) if more else None)
