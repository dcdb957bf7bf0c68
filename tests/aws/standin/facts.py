"""What the real provider does with a property, from its source: `facts.tsv`.

Each line is a property that is registered, by its path in Pulumi's names: how it is given, what a change of it does, its
default as JSON, and where in `internal/service` of terraform-provider-aws 6.47.1 that stands. The default of a
`description` is Pulumi's own. What depends on both values is in the table of types (`Resource.plan`).
"""

from __future__ import annotations

import csv
import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from standin import schema
from standin.values import Props

TABLE = Path(__file__).with_name("facts.tsv")


@dataclass(frozen=True)
class Fact:
    """One property. `given` is `required`, `optional`, or `computed`: then AWS's value stays where none is given."""

    given: str
    replaces: bool
    default: Any
    source: str

    @property
    def goes(self) -> bool:
        """Whether a value that is no longer given is taken away."""
        return self.given == "optional" and self.default is None


# A resource stays in its region, of whatever type it is.
REGION = Fact("computed", replaces=True, default=None, source="../provider/sdkv2/region.go:97")


@cache
def _table() -> dict[str, dict[str, Fact]]:
    table: dict[str, dict[str, Fact]] = {token: {} for token in schema.document()["resources"]}
    with TABLE.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE):
            default = json.loads(row["default"]) if row["default"] else None
            fact = Fact(row["given"], row["a change"] == "replaces", default, row["source"])
            table[row["type"]][row["property"]] = fact
    for token, facts in table.items():
        if "region" in schema.inputs(token):
            facts["region"] = REGION
    return table


def of(token: str) -> dict[str, Fact]:
    """The facts of a type, by path."""
    return _table()[token]


def replacing(token: str) -> frozenset[str]:
    """The paths whose change replaces a resource."""
    return frozenset(path for path, fact in of(token).items() if fact.replaces)


def missing(token: str, props: Props) -> list[schema.Failure]:
    """The properties among the inputs of which nothing is known."""
    paths = [path + name for path, item in schema.objects(token, props) for name in item if name[:2] != "__"]
    unknown = sorted({path for path in paths if path not in of(token)})
    return [(path, "no row in `facts.tsv`: look up what a change of it does, and add one") for path in unknown]


def fill(token: str, props: Props) -> None:
    """Sets what the provider gives where nothing is given, and names it in `__defaults`, in each object."""
    for path, item in list(schema.objects(token, props)):
        defaults = {
            name.removeprefix(path): fact.default
            for name, fact in of(token).items()
            if fact.default is not None and name.startswith(path) and "." not in name.removeprefix(path)
        }
        absent = {name: value for name, value in defaults.items() if item.get(name) is None}
        item |= {**absent, "__defaults": sorted([*item.get("__defaults", []), *absent])}
