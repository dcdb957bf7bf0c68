"""Functions about the account, the region and its zones, and one that makes passwords."""

from __future__ import annotations

from standin.resource import Aws, Function, Resource
from standin.values import Props


def get_region(aws: Aws, args: Props) -> Props:
    """The region of the provider, or the one that is asked about."""
    region = args.get("region") or args.get("name") or aws.region
    return {
        "description": region,
        "endpoint": f"ec2.{region}.amazonaws.com",
        "id": region,
        "name": region,
        "region": region,
    }


def get_caller_identity(aws: Aws, _args: Props) -> Props:
    """Whose credentials these are."""
    answer = aws.sts.get_caller_identity()
    return {"accountId": answer["Account"], "arn": answer["Arn"], "id": answer["Account"], "userId": answer["UserId"]}


def get_partition(aws: Aws, _args: Props) -> Props:
    """The partition of the region."""
    return {"dnsSuffix": "amazonaws.com", "id": "aws", "partition": "aws", "reverseDnsPrefix": "com.amazonaws"}


def get_availability_zones(aws: Aws, args: Props) -> Props:
    """The zones of the region that pass the filters."""
    filters = [{"Name": item["name"], "Values": item["values"]} for item in args.get("filters") or []]
    # The emulation knows neither zones to opt in to nor local ones: all its zones pass these filters.
    known = [item for item in filters if item["Name"] not in ("opt-in-status", "zone-type")]
    zones = aws.ec2.describe_availability_zones(Filters=known)["AvailabilityZones"]
    state = args.get("state")
    zones = [
        zone
        for zone in zones
        if state in (None, zone["State"]) and zone["ZoneName"] not in args.get("excludeNames", [])
    ]
    zones = sorted(zones, key=lambda zone: zone["ZoneName"])
    return {
        "groupNames": [aws.region],
        "id": aws.region,
        "names": [zone["ZoneName"] for zone in zones],
        "region": aws.region,
        "zoneIds": [zone["ZoneId"] for zone in zones],
    }


PASSWORD = {
    "excludeCharacters": "ExcludeCharacters",
    "excludeLowercase": "ExcludeLowercase",
    "excludeNumbers": "ExcludeNumbers",
    "excludePunctuation": "ExcludePunctuation",
    "excludeUppercase": "ExcludeUppercase",
    "includeSpace": "IncludeSpace",
    "passwordLength": "PasswordLength",
    "requireEachIncludedType": "RequireEachIncludedType",
}


def get_random_password(aws: Aws, args: Props) -> Props:
    """A password, another one at each call."""
    arguments = {argument: args[name] for name, argument in PASSWORD.items() if name in args}
    password = aws.secretsmanager.get_random_password(**arguments)["RandomPassword"]
    return {"id": password, "randomPassword": password, "region": aws.region}


RESOURCES: dict[str, Resource] = {}
FUNCTIONS: dict[str, Function] = {
    "aws:index/getAvailabilityZones:getAvailabilityZones": get_availability_zones,
    "aws:index/getCallerIdentity:getCallerIdentity": get_caller_identity,
    "aws:index/getPartition:getPartition": get_partition,
    "aws:index/getRegion:getRegion": get_region,
    "aws:secretsmanager/getRandomPassword:getRandomPassword": get_random_password,
}
