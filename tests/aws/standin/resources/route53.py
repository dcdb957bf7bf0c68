"""Route 53: records, and the look-up of a zone."""

from __future__ import annotations

from typing import Any

from standin.resource import Aws, Change, Function, Refused, Resource, found, given, pages
from standin.values import Props


def _absolute(name: str) -> str:
    return name.rstrip(".").lower() + "."


def _zone_name(aws: Aws, zone: str) -> str:
    answer = found(lambda: aws.route53.get_hosted_zone(Id=zone))
    if not answer:
        raise Refused(f"NoSuchHostedZone: there is no hosted zone `{zone}`")
    return answer["HostedZone"]["Name"]


def _full_name(aws: Aws, props: Props) -> str:
    """The whole name: the provider adds the zone's where it is missing."""
    zone, name = _zone_name(aws, props["zoneId"]), _absolute(props["name"])
    return name if name == zone or name.endswith(f".{zone}") else f"{name.rstrip('.')}.{zone}"


def find(aws: Aws, zone: str, name: str, kind: str) -> dict[str, Any] | None:
    """A record by zone, whole name and type."""
    pages = found(
        lambda: aws.route53.get_paginator("list_resource_record_sets").paginate(HostedZoneId=zone).build_full_result()
    )
    for record in pages["ResourceRecordSets"] if pages else []:
        # Route 53 writes the star of a wildcard as a code.
        if record["Name"].replace("\\052", "*").lower() == name and record["Type"] == kind:
            return record
    return None


def _record(aws: Aws, props: Props) -> dict[str, Any]:
    record: dict[str, Any] = {"Name": _full_name(aws, props), "Type": props["type"]}
    aliases = props.get("aliases") or []
    if bool(aliases) == bool(props.get("records")):
        raise Refused("InvalidInput: a record has `records` or one of `aliases`")
    if aliases:
        alias = aliases[0]
        record["AliasTarget"] = {
            "HostedZoneId": alias["zoneId"],
            "DNSName": alias["name"],
            "EvaluateTargetHealth": alias["evaluateTargetHealth"],
        }
    elif props.get("ttl") is None:
        raise Refused("InvalidInput: a record with `records` needs `ttl`")
    else:
        record |= {"TTL": props["ttl"], "ResourceRecords": [{"Value": value} for value in props["records"]]}
    return record


def _change(aws: Aws, zone: str, action: str, record: dict[str, Any]) -> None:
    changes = [{"Action": action, "ResourceRecordSet": record}]
    aws.route53.change_resource_record_sets(HostedZoneId=zone, ChangeBatch={"Changes": changes})


def create(aws: Aws, props: Props) -> str:
    """Makes a record; one that exists is refused unless it may be taken over."""
    record = _record(aws, props)
    takes_over = props.get("allowOverwrite")
    if not takes_over and find(aws, props["zoneId"], record["Name"], record["Type"]):
        raise Refused(f"InvalidChangeBatch: record `{record['Name']}` of type `{record['Type']}` already exists")
    _change(aws, props["zoneId"], "UPSERT" if takes_over else "CREATE", record)
    return f"{props['zoneId']}_{props['name']}_{props['type']}"


def read(aws: Aws, _identifier: str, state: Props) -> Props | None:
    """Reads a record."""
    if not found(lambda: aws.route53.get_hosted_zone(Id=state["zoneId"])):
        return None
    name = _full_name(aws, state)
    record = find(aws, state["zoneId"], name, state["type"])
    if record is None:
        return None
    alias = record.get("AliasTarget")
    values = [item["Value"] for item in record.get("ResourceRecords", [])]
    asked = state.get("records") or []
    return {
        "aliases": [
            {
                "evaluateTargetHealth": alias["EvaluateTargetHealth"],
                "name": alias["DNSName"].rstrip(".") if not _dotted(state) else alias["DNSName"],
                "zoneId": alias["HostedZoneId"],
            }
        ]
        if alias
        else None,
        "fqdn": name.rstrip("."),
        "name": state["name"],
        "records": [next((a for a in asked if a.rstrip(".") == v.rstrip(".")), v) for v in values] or None,
        "ttl": record.get("TTL"),
        "type": record["Type"],
        "zoneId": state["zoneId"],
    }


def _dotted(state: Props) -> bool:
    return any(str(alias.get("name", "")).endswith(".") for alias in state.get("aliases") or [])


def update(aws: Aws, _identifier: str, change: Change) -> None:
    """Changes values, lifetime or alias of a record."""
    if change.touches("aliases", "records", "ttl"):
        _change(aws, change.new["zoneId"], "UPSERT", _record(aws, change.new))


def delete(aws: Aws, _identifier: str, state: Props) -> None:
    """Deletes a record."""
    if not found(lambda: aws.route53.get_hosted_zone(Id=state["zoneId"])):
        return
    record = find(aws, state["zoneId"], _full_name(aws, state), state["type"])
    if record:
        _change(aws, state["zoneId"], "DELETE", record)


def get_zone(aws: Aws, args: Props) -> Props:
    """Looks a zone up, by id or by its exact name."""
    if args.get("zoneId"):
        answer = found(lambda: aws.route53.get_hosted_zone(Id=args["zoneId"]))
        zones = [answer["HostedZone"]] if answer else []
    else:
        zones = pages(aws.route53, "list_hosted_zones", "HostedZones")
        wanted, private = _absolute(args.get("name", "")), bool(args.get("privateZone"))
        zones = [z for z in zones if z["Name"] == wanted and z["Config"].get("PrivateZone", False) == private]
    if len(zones) != 1:
        raise Refused(f"{'no' if not zones else 'more than one'} matching Route 53 hosted zone found for `{args}`")
    zone = zones[0]
    identifier = zone["Id"].split("/")[-1]
    delegation = aws.route53.get_hosted_zone(Id=identifier).get("DelegationSet") or {}
    servers = sorted(delegation.get("NameServers", []))
    return given(
        arn=f"arn:aws:route53:::hostedzone/{identifier}",
        callerReference=zone.get("CallerReference"),
        comment=zone["Config"].get("Comment", ""),
        id=identifier,
        name=zone["Name"].rstrip("."),
        nameServers=servers,
        primaryNameServer=servers[0] if servers else "",
        privateZone=zone["Config"].get("PrivateZone", False),
        resourceRecordSetCount=zone.get("ResourceRecordSetCount"),
        tags={},
        zoneId=identifier,
    )


RESOURCES: dict[str, Resource] = {
    "aws:route53/record:Record": Resource(
        create,
        read,
        delete,
        update,
        state_only=frozenset({"allowOverwrite"}),
    )
}
FUNCTIONS: dict[str, Function] = {"aws:route53/getZone:getZone": get_zone}
