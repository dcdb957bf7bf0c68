"""Property values as Pulumi sends them: plain JSON, with unknown and secret values among it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from google.protobuf import struct_pb2

# The words of the wire format: a struct with this key is no object but a special value.
SIGNATURE = "4dabf18193072939515e22adb298388d"
SECRET = "1b47061264138c4ac30d75fd1eb44270"
OUTPUT = "d0e6a833031e9bbcd3f4e8bde6ca49a4"
REFERENCE = "5cf8f73096256a8f31e491e813e4eb8e"
UNKNOWN_TEXT = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
UNKNOWN_TEXTS = {
    UNKNOWN_TEXT,
    "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",
    "3eeb2bf0-c639-47a8-9e75-3b44932eb421",
    "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",
    "030794c1-ac77-496b-92df-f27374a8bd58",
    "e48ece36-62e2-4504-bad9-02848725956a",
    "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",
}

Props = dict[str, Any]


class Unknown:
    """The value of something that does not exist yet. There is one: `UNKNOWN`."""

    def __repr__(self) -> str:
        return "UNKNOWN"

    def __deepcopy__(self, _memo: Props) -> Unknown:
        return self


UNKNOWN = Unknown()


@dataclass(frozen=True)
class Secret:
    """A value that the engine encrypts in its state and hides from people."""

    value: Any


def decode(value: struct_pb2.Value) -> Any:
    """One value of a message. Numbers without a fraction become integers."""
    kind = value.WhichOneof("kind")
    if kind == "struct_value":
        return decode_struct(value.struct_value)
    if kind == "list_value":
        return [decode(item) for item in value.list_value.values]
    if kind == "number_value":
        return int(value.number_value) if value.number_value.is_integer() else value.number_value
    if kind == "string_value":
        return UNKNOWN if value.string_value in UNKNOWN_TEXTS else value.string_value
    return value.bool_value if kind == "bool_value" else None


def decode_struct(struct: struct_pb2.Struct) -> Any:
    """An object, or the special value that stands in its form. Resource references become identifiers."""
    plain = {key: decode(item) for key, item in struct.fields.items()}
    signature = plain.get(SIGNATURE)
    if signature == SECRET:
        return Secret(plain["value"])
    if signature == OUTPUT:
        value = plain.get("value", UNKNOWN)
        return Secret(value) if plain.get("secret") else value
    if signature == REFERENCE:
        return plain.get("id") or plain["urn"]
    return plain


def decode_props(struct: struct_pb2.Struct) -> Props:
    """The properties of a message, without those that are null: missing and null mean the same."""
    return {key: value for key, value in decode_struct(struct).items() if value is not None}


def encode(value: Any) -> Any:
    """A value in the form that `Struct.update` takes."""
    if isinstance(value, Secret):
        return {SIGNATURE: SECRET, "value": encode(value.value)}
    if value is UNKNOWN:
        return UNKNOWN_TEXT
    if isinstance(value, dict):
        return {key: encode(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [encode(item) for item in value]
    return value


def encode_props(props: Props) -> struct_pb2.Struct:
    """The properties as a message."""
    struct = struct_pb2.Struct()
    struct.update(encode({key: value for key, value in props.items() if value is not None}))
    return struct


def plain(value: Any) -> Any:
    """The value without its secret marks."""
    return _rebuilt(value, lambda leaf: leaf)


def bare(value: Any) -> Any:
    """The value without what the plugin notes beside the properties (`__defaults`)."""
    if isinstance(value, Secret):
        return Secret(bare(value.value))
    if isinstance(value, dict):
        return {key: bare(item) for key, item in value.items() if not key.startswith("__")}
    return [bare(item) for item in value] if isinstance(value, list) else value


def noted(value: Any, before: Any) -> Any:
    """The value with what the plugin noted beside the same properties before."""
    if isinstance(value, dict) and isinstance(before, dict):
        notes = {key: item for key, item in before.items() if key.startswith("__")}
        return {**{key: noted(item, before.get(key)) for key, item in value.items()}, **notes}
    if isinstance(value, list) and isinstance(before, list):
        return [noted(item, before[at] if at < len(before) else None) for at, item in enumerate(value)]
    return value


def _rebuilt(value: Any, leaf: Callable[[Any], Any]) -> Any:
    if isinstance(value, Secret):
        return _rebuilt(value.value, leaf)
    if isinstance(value, dict):
        return {key: _rebuilt(item, leaf) for key, item in value.items()}
    if isinstance(value, list):
        return [_rebuilt(item, leaf) for item in value]
    return leaf(value)


def contains(value: Any, wanted: Callable[[Any], bool]) -> bool:
    """Whether the value is, or holds at any depth, what is wanted."""
    if wanted(value):
        return True
    if isinstance(value, Secret):
        return contains(value.value, wanted)
    children: Iterable[Any] = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return any(contains(child, wanted) for child in children)


def has_unknown(value: Any) -> bool:
    """Whether something in the value is not known yet."""
    return contains(value, lambda part: part is UNKNOWN)


def has_secret(value: Any) -> bool:
    """Whether something in the value is secret."""
    return contains(value, lambda part: isinstance(part, Secret))
