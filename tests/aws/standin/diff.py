"""What differs between the old and the new inputs of a resource, and what of it needs a replacement."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from standin.resource import Resource
from standin.values import UNKNOWN, Props

_ABSENT = object()


@dataclass(frozen=True)
class Difference:
    """One leaf that differs. `kind` is ADD, DELETE or UPDATE."""

    path: str
    kind: str
    replaces: bool


def ignored(path: str, ignore: list[str]) -> bool:
    """Whether `ignoreChanges` names this path or something above it."""
    return any(path == name or path.startswith((f"{name}.", f"{name}[")) for name in ignore)


def differences(resource: Resource, olds: Props, news: Props, ignore: list[str]) -> list[Difference]:
    """Everything that differs, in the order of the properties' names."""
    found = []
    replace = resource.replace | resource.replace_when(olds, news)
    for name in sorted(olds.keys() | news.keys()):
        if name.startswith("__"):
            continue
        old, new = olds.get(name, _ABSENT), news.get(name, _ABSENT)
        if (name not in resource.ordered and _set_equal(old, new)) or _json_equal(resource, name, old, new):
            continue
        for path, kind in _leaves(name, old, new):
            if not ignored(path, ignore):
                found.append(Difference(path, kind, _replaces(resource, replace, path)))
    return found


def changed_names(resource: Resource, olds: Props, news: Props, ignore: list[str]) -> frozenset[str]:
    """The top-level properties that differ."""
    return frozenset(d.path.split(".")[0].split("[")[0] for d in differences(resource, olds, news, ignore))


def _replaces(resource: Resource, replace: frozenset[str], path: str) -> bool:
    parts = [part for part in path.replace("[", ".[").split(".") if not part.startswith("[")]
    prefixes = {".".join(parts[: n + 1]) for n in range(len(parts))}
    if not prefixes.isdisjoint(resource.state_only):
        return False
    return resource.update is None or not prefixes.isdisjoint(replace)


def _leaves(path: str, old: Any, new: Any) -> Iterator[tuple[str, str]]:
    if old is _ABSENT or old is None:
        if new is not _ABSENT and new is not None:
            yield path, "ADD"
    elif new is _ABSENT or new is None:
        yield path, "DELETE"
    elif new is UNKNOWN or (type(old) is not type(new) and not _numbers(old, new)):
        yield path, "UPDATE"
    elif isinstance(old, dict):
        for key in sorted(old.keys() | new.keys()):
            step = f".{key}" if key.isidentifier() else f'["{key}"]'
            yield from _leaves(path + step, old.get(key, _ABSENT), new.get(key, _ABSENT))
    elif isinstance(old, list):
        for at in range(max(len(old), len(new))):
            before = old[at] if at < len(old) else _ABSENT
            after = new[at] if at < len(new) else _ABSENT
            yield from _leaves(f"{path}[{at}]", before, after)
    elif old != new:
        yield path, "UPDATE"


def _numbers(old: Any, new: Any) -> bool:
    numbers = (int, float)
    return (
        isinstance(old, numbers)
        and isinstance(new, numbers)
        and not isinstance(old, bool)
        and not isinstance(new, bool)
    )


def sort_key(value: Any) -> str:
    """A text that is the same for values that are equal as sets."""
    return json.dumps(_sorted(value), sort_keys=True, default=str)


def _sorted(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _sorted(item) for key, item in value.items() if item is not None}
    if isinstance(value, list):
        return sorted((_sorted(item) for item in value), key=lambda item: json.dumps(item, sort_keys=True, default=str))
    return value


def _set_equal(old: Any, new: Any) -> bool:
    comparable = isinstance(old, list | dict) and isinstance(new, list | dict)
    return comparable and sort_key(old) == sort_key(new) and "UNKNOWN" not in sort_key(new)


def _json_equal(resource: Resource, name: str, old: Any, new: Any) -> bool:
    return name in resource.json and isinstance(old, str) and isinstance(new, str) and json_equal(old, new)


def json_equal(old: str, new: str) -> bool:
    """Whether two texts are the same JSON."""
    try:
        return json.loads(old) == json.loads(new)
    except ValueError:
        return old == new


def in_form_of(resource: Resource, name: str, given: Any, actual: Any) -> Any:
    """What AWS answered in the form in which it was given, unless it is really something else.

    What AWS filled in beside what was given is left out, so that a preview can promise what will come.
    """
    if isinstance(given, str) and isinstance(actual, str) and name in resource.json and json_equal(given, actual):
        return given
    return _in_form(given, actual, name in resource.ordered)


def _in_form(given: Any, actual: Any, ordered: bool) -> Any:
    if isinstance(given, dict) and isinstance(actual, dict):
        # What AWS does not mention and what was given as nothing are the same.
        shaped = {key: _in_form(given[key], actual[key], ordered) for key in given if actual.get(key) is not None}
        empty = {key: item for key, item in given.items() if item in ([], {}, "", False) and key not in shaped}
        return {**shaped, **empty}
    if isinstance(given, list) and isinstance(actual, list):
        return _list_in_form(given, list(actual), ordered)
    if isinstance(given, str) and isinstance(actual, int | float) and given == str(actual):
        return given
    return actual


def _list_in_form(given: list[Any], actual: list[Any], ordered: bool) -> list[Any]:
    if ordered:
        shaped = [_in_form(g, a, ordered) for g, a in zip(given, actual, strict=False)]
        return shaped + actual[len(given) :]
    result, left = [], []
    for item in given:
        match = next((a for a in actual if sort_key(_in_form(item, a, False)) == sort_key(item)), None)
        if match is None:
            left.append(item)
        else:
            actual.remove(match)
            result.append(_in_form(item, match, False))
    # What has no equal is paired by position, so that a difference within an element shows as just that.
    pairs = zip(left, actual, strict=False)
    return result + [_in_form(item, other, False) for item, other in pairs] + actual[len(left) :]
