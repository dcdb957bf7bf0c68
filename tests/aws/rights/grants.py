"""Which rights each `pulumi up` and each command needs: from the tables beside this to the one that `aws-django policy`
prints from.

`operations.tsv` is what the provider's code calls for a type. `untaken.tsv` takes out what only properties that a component
never registers lead to. `names.tsv` turns an operation into rights where they are called otherwise, `needs.tsv` adds what
AWS wants besides, `arns.tsv` says on which resources, `wide.tsv` where that is not what it seems.
`made.tsv` is what our own code calls, which a test holds to the calls that are made, `fixed.tsv` what Pulumi's backend and
Docker do.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from rights import reference

HERE = Path(__file__).parent
ROOT = HERE.parents[2]
SNAPSHOTS = ROOT / "provider/pulumi-resource-aws-django/src/snapshots"
TABLE = ROOT / "provider/aws-django/src/policy/grants.tsv"

COMPONENTS = {"AdHocBase": "ad_hoc_base", "AdHocApp": "ad_hoc_app", "ProdBase": "prod_base", "ProdApp": "prod_app"}
PREFIXES = {
    "applicationautoscaling": "application-autoscaling",
    "appautoscaling": "application-autoscaling",
    "cloudwatchlogs": "logs",
    "elasticloadbalancingv2": "elasticloadbalancing",
    "elbv2": "elasticloadbalancing",
    "s3control": "s3",
}
DEFAULT_GROUP = "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup"
# What these kinds are called says nothing of whose they are; their tag does.
TAGGED = ("acm:certificate", "ec2:", "servicediscovery:")
TAG = "StringLike aws:ResourceTag/env {name}"
MARKED = "StringLike aws:RequestTag/env {name}"
CLUSTER = "ArnLike ecs:cluster {cluster}"


@dataclass(frozen=True, order=True)
class Grant:
    """A line of the table: a right on some resources, under a condition."""

    by: str
    # Whether a preview, or a command that changes nothing, needs it as well.
    access: str
    action: str
    arns: str
    condition: str


@cache
def rows(name: str) -> list[dict[str, str]]:
    """A table beside this."""
    with (HERE / f"{name}.tsv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


@cache
def registered(component: str) -> dict[str, frozenset[str]]:
    """The types that a component registers, with the properties that it ever gives them, as its snapshots show."""
    found: dict[str, set[str]] = {}
    for file in SNAPSHOTS.glob(f"{COMPONENTS[component]}_*.snap"):
        token = ""
        for line in file.read_text(encoding="utf-8").splitlines():
            if it := re.match(r"(?:\+ )?(aws(?:-django)?:\S+) \S+(?: > (\w+))?", line):
                token = it[1]
                found.setdefault(token, set()).update([it[2]] if it[2] else [])
            elif (it := re.match(r" {4}(\w+):", line)) and token:
                found[token].add(it[1])
            elif not line.startswith(" "):
                token = ""
    return {token: frozenset(properties) for token, properties in found.items()}


@cache
def _functions(component: str) -> list[str]:
    return next(row["functions"].split() for row in rows("functions") if row["component"] == component)


def untaken(token: str, given: frozenset[str]) -> set[str]:
    """The operations that nothing registered leads to."""
    return {
        called(operation)
        for row in rows("untaken")
        if row["token"] == token and not (row["property"] and row["property"] in given)
        for operation in row["operations"].split()
    }


def called(operation: str) -> str:
    """An operation by the prefix of its service's rights; the SDK's packages have other names."""
    service, _, name = operation.partition(":")
    return f"{PREFIXES.get(service, service)}:{name}"


def actions(operation: str) -> list[str]:
    """The rights that a call is checked for."""
    special = {row["operation"]: row["actions"].split() for row in rows("names")}
    return special.get(operation, [operation])


def made(component: str) -> Iterator[tuple[str, str, str]]:
    """What a component's resources and functions do: the right, the token, `read` or `write`."""
    types = registered(component)
    for token in [*types, *_functions(component)]:
        left_out = untaken(token, types.get(token, frozenset()))
        for row in rows("operations"):
            operation = called(row["operation"])
            if row["token"] == token and operation not in left_out:
                reads = {"plan", "read"} & set(row["phases"].split())
                for it in actions(operation):
                    yield it, token, "read" if reads and _only_looks(it) else "write"
        for row in rows("made"):
            for it in row["actions"].split() if row["by"] == token else []:
                yield it, token, "read" if _only_looks(it) else "write"


def _only_looks(action: str) -> bool:
    return reference.action(action).level in {"List", "Read"}


def components() -> Iterator[Grant]:
    """What `pulumi up` of each needs."""
    for component in COMPONENTS:
        found = list(made(component))
        named = {token: {it for it, of, _ in found if of == token} for _, token, _ in found}
        scope = "base" if component.endswith("Base") else "app"
        for it, token, access in found:
            given = registered(component).get(token, frozenset())
            yield from granted(component, access, it, scope, named[token], given)
            if token == DEFAULT_GROUP and it == "ec2:CreateTags":
                # It is there before it has a tag of ours.
                group = f"{reference.arn('ec2:security-group')}:security-group/*"
                yield Grant(component, access, it, group, _named(MARKED, scope))


def commands() -> Iterator[Grant]:
    """What our own programs need."""
    told: dict[str, set[str]] = {}
    for row in rows("made"):
        if not row["by"].startswith("aws-django:"):
            told.setdefault(row["by"], set()).update(row["actions"].split())
    for by, all_of_it in told.items():
        scope = "base" if by == "tunnel" else "app"
        for it in all_of_it:
            yield from granted(by, "read" if _only_looks(it) else "write", it, scope, all_of_it, None)


def fixed() -> Iterator[Grant]:
    """What other programs need: Pulumi's backend, and Docker."""
    for row in rows("fixed"):
        for it in row["actions"].split():
            yield Grant(row["by"], row["access"], it, row["arns"], "")


def granted(
    by: str, access: str, action: str, scope: str, beside: set[str], given: frozenset[str] | None
) -> Iterator[Grant]:
    """A right, and what AWS wants besides. `beside` are those of the same resource: they tell what is tagged. `given` are
    the properties that it is given, on which some depend."""
    yield from _on(by, access, action, scope, beside)
    for row in rows("needs"):
        wanted = not row["property"] or given is None or row["property"] in given
        if row["call"] == action and row["arns"] != "-" and wanted:
            if row["arns"]:
                yield Grant(by, access, row["action"], _named(row["arns"], scope), _named(row["condition"], scope))
            else:
                yield from _on(by, access, row["action"], scope, beside)


def _on(by: str, access: str, action: str, scope: str, beside: set[str]) -> Iterator[Grant]:
    wide = [row for row in rows("wide") if row["action"] == action]
    for row in wide:
        yield Grant(by, access, action, row["arns"], _named(row["condition"], scope))
    if wide:
        return
    service = action.split(":")[0]
    known = reference.action(action)
    kinds = [kind for kind in known.types if f"{service}:{kind}" in _arns(scope)]
    if known.level == "Tagging":
        others = [reference.action(it) for it in beside if it.startswith(f"{service}:")]
        own = {kind for it in others if it.level != "Tagging" for kind in it.types}
        # An image is named to start an instance, and is not ours.
        kinds = [kind for kind in kinds if kind in own and kind != "image"] if own else kinds
    # Of kinds such as `listener/app` and `listener/net` one is enough.
    found = {kind.split("/")[0] for kind in kinds}
    missing = [kind for kind, wanted in known.types.items() if wanted and kind.split("/")[0] not in found]
    if missing or (known.types and not kinds):
        msg = f"{by}: {action} takes {known.types}, and `arns.tsv` has no {missing} for a {scope}"
        raise ValueError(msg)
    condition = _condition(service, known, kinds, scope)
    arns = " ".join(sorted({arn for kind in kinds for arn in _arns(scope)[f"{service}:{kind}"]}))
    if action == "ec2:CreateTags":
        # What is being made takes our tag. Later only what has it may be tagged: else a tag would make anything ours.
        yield Grant(by, access, action, arns, _named(f"{MARKED} & Null ec2:CreateAction false", scope))
    yield Grant(by, access, action, arns or "*", _named(condition, scope))


def _condition(service: str, known: reference.Action, kinds: list[str], scope: str) -> str:
    """What narrows a right further: whose cluster, or whose tag."""
    of_call = known.keys.get("", frozenset())
    if "ecs:cluster" in of_call and not {"cluster", "service", "task"} & set(kinds):
        return CLUSTER
    if not any(f"{service}:{kind}".startswith(TAGGED) for kind in kinds) or known.level not in {"Tagging", "Write"}:
        return ""
    # What is being made has no tag yet, nor have network interfaces that AWS makes.
    has_tags = all("aws:ResourceTag/${TagKey}" in known.keys[kind] | of_call for kind in kinds)
    return TAG if known.level == "Tagging" or (has_tags and "network-interface" not in kinds) else ""


@cache
def _arns(scope: str) -> dict[str, list[str]]:
    """The resources of a base or an app, by kind."""
    found = {}
    for row in rows("arns"):
        if row[scope]:
            head = reference.arn(row["type"])
            if row["type"] == "ec2:image" or row[scope].startswith("parameter/aws/"):
                head = head.replace("{account}", "")
            found[row["type"]] = [f"{head}:{_named(it, scope)}" for it in row[scope].split()]
    return found


def _named(text: str, scope: str) -> str:
    """The environment's name is that of the base or of the app."""
    cluster = "arn:{partition}:ecs:{region}:{account}:cluster/{app}-cluster"
    return text.replace("{name}", f"{{{scope}}}").replace("{cluster}", cluster)


def table() -> str:
    """The whole table, as it is committed."""
    found = sorted({*components(), *commands(), *fixed()})
    # What is read as well as written is told once.
    read = {(it.by, it.action, it.arns, it.condition) for it in found if it.access == "read"}
    kept = [it for it in found if it.access == "read" or (it.by, it.action, it.arns, it.condition) not in read]
    lines = [f"{it.by}\t{it.access}\t{it.action}\t{it.arns}\t{it.condition}" for it in kept]
    return "\n".join(["by\taccess\taction\tarns\tcondition", *lines, ""])


if __name__ == "__main__":
    TABLE.write_text(table(), encoding="utf-8")
