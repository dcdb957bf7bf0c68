"""What differs between the state of a resource and its new inputs, and what of it needs a replacement."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from standin import facts, schema
from standin.resource import Resource
from standin.values import UNKNOWN, Props

_ABSENT = object()
# Terraform tells these from nothing as little as AWS does. An empty object is a block, which is something.
_ZEROS = (None, False, 0, "", [])


@dataclass(frozen=True)
class Difference:
    """One leaf that differs. `kind` is ADD, DELETE or UPDATE."""

    path: str
    kind: str
    replaces: bool


def differences(token: str, resource: Resource, state: Props, news: Props) -> list[Difference]:
    """Everything that differs, in the order of the properties' names.

    What was given before does not count: a value that AWS or the provider filled in stays, one that somebody changed
    is changed back.
    """
    found = []
    replace, same = facts.replacing(token) | resource.plan(state, news), resource.suppress(state, news)
    for name, kind in sorted(schema.inputs(token).items()):
        old, new = state.get(name, _ABSENT), news.get(name, _ABSENT)
        if new == {} and kind.startswith("map<"):
            new = _ABSENT
        if name in same or (new is _ABSENT and not _goes(token, name, old)):
            continue
        old = in_form_of(token, resource, name, new, old)
        if old == new or (name not in resource.ordered and _set_equal(old, new)):
            continue
        for path, kind, value in _leaves(name, old, new):
            found.append(Difference(path, kind, not replace.isdisjoint(_paths(path, value))))
    return found


def changed_names(token: str, resource: Resource, state: Props, news: Props) -> frozenset[str]:
    """The top-level properties that differ."""
    return frozenset(top(d.path) for d in differences(token, resource, state, news))


def top(path: str) -> str:
    """The property that a path begins with."""
    return re.split(r"[.\[]", path, maxsplit=1)[0]


def settled(state: Props, news: Props, ignore: list[str]) -> Props:
    """The new inputs, with what `ignoreChanges` names as it is in the state: the engine puts old inputs there, and
    what was released since is in the state alone."""
    news = copy.deepcopy(news)
    for path in ignore:
        steps = [key or name or int(at) for name, key, at in re.findall(r'([^.\[\]"]+)|\["([^"]*)"\]|\[(\d+)\]', path)]
        _put(news, steps, _at(state, steps))
    return news


def _at(value: Any, steps: list[str | int]) -> Any:
    for step in steps:
        inside = step in value if isinstance(value, dict) else isinstance(value, list) and step in range(len(value))
        if not inside:
            return _ABSENT
        value = value[step]
    return value


def _put(value: Any, steps: list[str | int], item: Any) -> None:
    holder = _at(value, steps[:-1])
    if isinstance(holder, dict) and item is _ABSENT:
        holder.pop(steps[-1], None)
    elif isinstance(holder, dict) or (isinstance(holder, list) and steps[-1] in range(len(holder))):
        holder[steps[-1]] = item


def _goes(token: str, path: str, old: Any) -> bool:
    """Whether a value goes when it is no longer given. Of what is not registered, nothing is known: it stays."""
    fact = facts.of(token).get(path)
    return fact is not None and fact.goes and old is not _ABSENT and old not in _ZEROS


def _paths(path: str, value: Any) -> Iterator[str]:
    """The paths that a leaf concerns, without places in lists: those above it, and those in what comes or goes."""
    parts = [part for part in path.replace("[", ".[").split(".") if not part.startswith("[")]
    yield from (".".join(parts[: n + 1]) for n in range(len(parts)))
    for item in value if isinstance(value, list) else [value]:
        if isinstance(item, dict):
            for key, inner in item.items():
                yield from _paths(f"{'.'.join(parts)}.{key}", inner)


def _leaves(path: str, old: Any, new: Any) -> Iterator[tuple[str, str, Any]]:
    """Path and kind of each leaf, with what comes or goes there."""
    if old is _ABSENT or old is None:
        if new is not _ABSENT and new not in _ZEROS:
            yield path, "ADD", new
    elif new is _ABSENT or new is None:
        if old not in _ZEROS:
            yield path, "DELETE", old
    elif new is UNKNOWN or (type(old) is not type(new) and not _numbers(old, new)):
        yield path, "UPDATE", None
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
        yield path, "UPDATE", None


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


def json_equal(old: str, new: str) -> bool:
    """Whether two texts are the same JSON."""
    try:
        return json.loads(old) == json.loads(new)
    except ValueError:
        return old == new


def in_form_of(token: str, resource: Resource, name: str, given: Any, actual: Any) -> Any:
    """What AWS answered in the form in which it was given, unless it is really something else.

    What AWS filled in beside what was given is left out, so that a preview can promise what will come.
    """
    if isinstance(given, str) and isinstance(actual, str) and name in resource.json and json_equal(given, actual):
        return given
    return _Form(token, name in resource.ordered).of(schema.outputs(token).get(name, "any"), name, given, actual)


@dataclass(frozen=True)
class _Form:
    token: str
    ordered: bool

    def of(self, kind: str, path: str, given: Any, actual: Any) -> Any:
        if kind.endswith("[]") and isinstance(given, list) and isinstance(actual, list):
            return self._list(kind.removesuffix("[]"), path, given, list(actual))
        if kind.startswith("#") and isinstance(given, dict) and isinstance(actual, dict):
            return self._object(schema.document()["types"][kind[1:]]["properties"], path, given, actual)
        if isinstance(given, str) and isinstance(actual, int | float) and given == str(actual):
            return given
        return actual

    def _object(self, kinds: dict[str, str], path: str, given: Props, actual: Props) -> Props:
        shaped: Props = {}
        for key in given.keys() | actual.keys():
            inner = f"{path}.{key}"
            if key in given and actual.get(key) is not None:
                shaped[key] = self.of(kinds.get(key, "any"), inner, given[key], actual[key])
            elif key in given and given[key] in _ZEROS:
                # What AWS does not mention and what was given as nothing are the same.
                shaped[key] = given[key]
            elif key not in given and _goes(self.token, inner, actual[key]):
                shaped[key] = actual[key]
        return shaped

    def _list(self, kind: str, path: str, given: list[Any], actual: list[Any]) -> list[Any]:
        if self.ordered:
            shaped = [self.of(kind, path, g, a) for g, a in zip(given, actual, strict=False)]
            return shaped + actual[len(given) :]
        result, left = [], []
        for item in given:
            match = next((a for a in actual if sort_key(self.of(kind, path, item, a)) == sort_key(item)), None)
            if match is None:
                left.append(item)
            else:
                actual.remove(match)
                result.append(self.of(kind, path, item, match))
        # What has no equal is paired by position, so that a difference within an element shows as just that.
        pairs = zip(left, actual, strict=False)
        return result + [self.of(kind, path, item, other) for item, other in pairs] + actual[len(left) :]
