"""Checks of inputs against the pinned subset of the AWS provider's schema."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from standin.values import UNKNOWN, Props, Secret

PINNED = Path(__file__).parents[3] / "provider" / "pulumi-resource-aws-django" / "src" / "aws.schema.json"

Failure = tuple[str, str]
"""Path of a property, and what is wrong with it."""

PYTHON_TYPES: dict[str, tuple[type, ...]] = {"string": (str,), "number": (int, float), "boolean": (bool,)}


@cache
def document() -> dict[str, Any]:
    """The pinned schema: `version`, `resources`, `functions`, `types`."""
    return json.loads(PINNED.read_text())


def version() -> str:
    """The version of the AWS provider that the schema is from."""
    return document()["version"]


def inputs(token: str) -> dict[str, str]:
    """Names and types of a resource's inputs."""
    return document()["resources"][token]["inputs"]


def outputs(token: str) -> dict[str, str]:
    """Names and types of a resource's outputs."""
    return document()["resources"][token]["outputs"]


def check(kind: str, token: str, props: Props) -> list[Failure]:
    """Everything that is wrong with the inputs of a resource (`resources`) or a function (`functions`)."""
    known = document()[kind].get(token)
    if known is None:
        return [("", f"`{token}` is not in the pinned schema")]
    return _object(known["inputs"], known["required"], props, "")


def objects(token: str, props: Props) -> Iterator[tuple[str, Props]]:
    """The inputs of a resource and the objects among them, each with what stands before the paths of its properties."""
    yield from _objects(inputs(token), props, "")


def _objects(properties: dict[str, str], value: Props, path: str) -> Iterator[tuple[str, Props]]:
    yield path, value
    for name, item in value.items():
        kind = properties.get(name, "any").removesuffix("[]")
        if kind.startswith("#"):
            bare = item.value if isinstance(item, Secret) else item
            for child in bare if isinstance(bare, list) else [bare]:
                if isinstance(child, dict):
                    yield from _objects(document()["types"][kind[1:]]["properties"], child, f"{path}{name}.")


def _object(properties: dict[str, str], required: list[str], value: Props, path: str) -> list[Failure]:
    failures = []
    for name in required:
        if value.get(name) is None:
            failures.append((f"{path}{name}", "missing required property"))
    for name, item in value.items():
        # Names with two underscores in front belong to the engine (`__defaults`).
        if name.startswith("__") or item is None:
            continue
        if name not in properties:
            failures.append((f"{path}{name}", "no such property in the pinned schema"))
        else:
            failures += _value(properties[name], item, f"{path}{name}")
    return failures


def _value(expected: str, value: Any, path: str) -> list[Failure]:
    if value is UNKNOWN or expected == "any":
        return []
    wrong = [(path, f"expected `{expected}`, got `{_kind(value)}`")]
    if expected.endswith("[]"):
        if not isinstance(value, list):
            return wrong
        return [f for at, item in enumerate(value) for f in _value(expected[:-2], item, f"{path}[{at}]")]
    if expected.startswith("map<"):
        if not isinstance(value, dict):
            return wrong
        return [f for key, item in value.items() for f in _value(expected[4:-1], item, f'{path}["{key}"]')]
    if expected.startswith("#"):
        known = document()["types"][expected[1:]]
        if not isinstance(value, dict):
            return wrong
        return _object(known["properties"], known["required"], value, f"{path}.")
    fits = isinstance(value, PYTHON_TYPES[expected]) and isinstance(value, bool) == (expected == "boolean")
    return [] if fits else wrong


def _kind(value: Any) -> str:
    names = {bool: "boolean", str: "string", int: "number", float: "number", list: "list", dict: "object"}
    return names.get(type(value), "null")
