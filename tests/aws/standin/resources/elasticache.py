"""ElastiCache: replication groups, and the subnets that they may be in."""

from __future__ import annotations

import re
from typing import Any

from standin.resource import Aws, Change, Function, Refused, Resource, found, given, pages, tag_list, tag_map, tagged
from standin.values import Props


def update_tags(aws: Aws, arn: str, change: Change) -> None:
    """Brings the tags of anything in ElastiCache up to date."""
    changed, gone = change.tags()
    if gone:
        aws.elasticache.remove_tags_from_resource(ResourceName=arn, TagKeys=gone)
    if changed:
        aws.elasticache.add_tags_to_resource(ResourceName=arn, Tags=tag_list(changed))


def tags_of(aws: Aws, arn: str) -> Props:
    """The outputs that say which tags a thing has."""
    return tagged(tag_map(aws.elasticache.list_tags_for_resource(ResourceName=arn)["TagList"]))


def servers(aws: Aws) -> list[dict[str, Any]]:
    """The servers of all groups."""
    return pages(aws.elasticache, "describe_cache_clusters", "CacheClusters")


# Subnet groups.


def _subnet_group(aws: Aws, name: str) -> dict[str, Any] | None:
    answer = found(lambda: aws.elasticache.describe_cache_subnet_groups(CacheSubnetGroupName=name))
    return answer["CacheSubnetGroups"][0] if answer else None


def create_subnet_group(aws: Aws, props: Props) -> str:
    """Makes a subnet group."""
    aws.elasticache.create_cache_subnet_group(
        CacheSubnetGroupName=props["name"],
        CacheSubnetGroupDescription=props["description"],
        SubnetIds=props["subnetIds"],
        Tags=tag_list(props.get("tags")),
    )
    return props["name"].lower()


def read_subnet_group(aws: Aws, identifier: str, _state: Props) -> Props | None:
    """Reads a subnet group."""
    shown = _subnet_group(aws, identifier)
    if shown is None:
        return None
    return {
        "arn": shown["ARN"],
        "description": shown["CacheSubnetGroupDescription"],
        "name": shown["CacheSubnetGroupName"],
        "subnetIds": [subnet["SubnetIdentifier"] for subnet in shown["Subnets"]],
        "vpcId": shown["VpcId"],
        **tags_of(aws, shown["ARN"]),
    }


def update_subnet_group(aws: Aws, identifier: str, change: Change) -> None:
    """Changes subnets, description and tags."""
    if change.touches("subnetIds", "description"):
        aws.elasticache.modify_cache_subnet_group(
            CacheSubnetGroupName=identifier,
            CacheSubnetGroupDescription=change.new["description"],
            SubnetIds=change.new["subnetIds"],
        )
    update_tags(aws, change.old["arn"], change)


def delete_subnet_group(aws: Aws, identifier: str, _state: Props) -> None:
    """Deletes a subnet group that no server is in."""
    users = [server["CacheClusterId"] for server in servers(aws) if server.get("CacheSubnetGroupName") == identifier]
    if users:
        raise Refused(f"CacheSubnetGroupInUse: cache subnet group `{identifier}` is currently in use by {users}")
    if _subnet_group(aws, identifier):
        aws.elasticache.delete_cache_subnet_group(CacheSubnetGroupName=identifier)


# Replication groups. Properties that go into the calls as they are, by the name of the API.

SETTABLE = {
    "autoMinorVersionUpgrade": "AutoMinorVersionUpgrade",
    "automaticFailoverEnabled": "AutomaticFailoverEnabled",
    "description": "ReplicationGroupDescription",
    "maintenanceWindow": "PreferredMaintenanceWindow",
    "multiAzEnabled": "MultiAZEnabled",
    "nodeType": "CacheNodeType",
    "securityGroupIds": "SecurityGroupIds",
    "snapshotRetentionLimit": "SnapshotRetentionLimit",
    "transitEncryptionEnabled": "TransitEncryptionEnabled",
    "transitEncryptionMode": "TransitEncryptionMode",
}
FIXED = {
    "atRestEncryptionEnabled": "AtRestEncryptionEnabled",
    "authToken": "AuthToken",
    "engine": "Engine",
    "kmsKeyId": "KmsKeyId",
    "numCacheClusters": "NumCacheClusters",
    "port": "Port",
    "replicationGroupId": "ReplicationGroupId",
    "subnetGroupName": "CacheSubnetGroupName",
}
DEFAULT_PORT = 6379
MOST_SERVERS = 6
MOST_SNAPSHOT_DAYS = 35
# Letters, digits and the only special characters that AWS permits.
TOKEN = re.compile(r"[A-Za-z0-9!&#$^<>-]{16,128}")
# Redis lets TLS be switched on and off from this version on.
TLS_CHANGES_FROM = (7, 0, 5)


def _check_servers(props: Props) -> None:
    """Refuses a number of servers that does not go with what shall happen when the first of them fails."""
    count, takes_over = props.get("numCacheClusters") or 1, props.get("automaticFailoverEnabled")
    if props.get("multiAzEnabled") and not takes_over:
        raise Refused("automatic_failover_enabled must be true if multi_az_enabled is true")
    if takes_over and count < 2:
        raise Refused('"num_cache_clusters": must be at least 2 if automatic_failover_enabled is true')
    if count > MOST_SERVERS:
        raise Refused(f"InvalidParameterValue: a group has at most {MOST_SERVERS} cache clusters, got {count}")
    if (props.get("snapshotRetentionLimit") or 0) > MOST_SNAPSHOT_DAYS:
        raise Refused(f"expected snapshot_retention_limit to be at most ({MOST_SNAPSHOT_DAYS})")


def _check_token(props: Props) -> None:
    """Refuses a token that AWS does not take."""
    token, strategy = props.get("authToken"), props.get("authTokenUpdateStrategy")
    if strategy == "DELETE" and token:
        raise Refused('"auth_token" must not be specified when "auth_token_update_strategy" is "DELETE"')
    if strategy and strategy != "DELETE" and not token:
        raise Refused('"auth_token_update_strategy": "auth_token" must be specified')
    if token and not TOKEN.fullmatch(token):
        raise Refused(
            '"auth_token" must contain from 16 to 128 alphanumeric characters or symbols '
            "(of the symbols AWS takes only !&#$^<>-)"
        )
    if token and not props.get("transitEncryptionEnabled"):
        raise Refused("InvalidParameterCombination: the AUTH token can only be specified with transit encryption")


def create_group(aws: Aws, props: Props) -> str:
    """Makes a group. AWS chooses the version."""
    if not props.get("nodeType"):
        raise Refused('"node_type" is required unless "global_replication_group_id" is set.')
    _check_servers(props)
    _check_token(props)
    if props.get("engine", "redis") not in ("redis", "valkey"):
        raise Refused(f"expected engine to be one of [redis valkey], got {props['engine']}")
    if props.get("subnetGroupName") and _subnet_group(aws, props["subnetGroupName"]) is None:
        raise Refused(f"CacheSubnetGroupNotFoundFault: there is no cache subnet group `{props['subnetGroupName']}`")
    names = {**SETTABLE, **FIXED}
    arguments = {argument: props[name] for name, argument in names.items() if props.get(name) is not None}
    answer = aws.elasticache.create_replication_group(
        **{"Engine": "redis", "TransitEncryptionEnabled": False, **arguments}, Tags=tag_list(props.get("tags"))
    )
    return answer["ReplicationGroup"]["ReplicationGroupId"]


def _group(aws: Aws, identifier: str) -> dict[str, Any] | None:
    answer = found(lambda: aws.elasticache.describe_replication_groups(ReplicationGroupId=identifier))
    return answer["ReplicationGroups"][0] if answer else None


def read_group(aws: Aws, identifier: str, state: Props) -> Props | None:
    """Reads a group, and its first server, as the provider does. Nobody answers the token: it stays as it was given."""
    shown = _group(aws, identifier)
    if shown is None:
        return None
    shard = shown["NodeGroups"][0]
    member = shard["NodeGroupMembers"][0]["CacheClusterId"]
    server = aws.elasticache.describe_cache_clusters(CacheClusterId=member, ShowCacheNodeInfo=True)["CacheClusters"][0]
    version = server["EngineVersion"]
    return {
        "applyImmediately": state.get("applyImmediately"),
        "arn": shown["ARN"],
        "atRestEncryptionEnabled": server["AtRestEncryptionEnabled"],
        "authToken": state.get("authToken") if server["AuthTokenEnabled"] else None,
        "autoMinorVersionUpgrade": server["AutoMinorVersionUpgrade"],
        "automaticFailoverEnabled": shown["AutomaticFailover"] == "enabled",
        "clusterEnabled": shown["ClusterEnabled"],
        "clusterMode": shown["ClusterMode"],
        "dataTieringEnabled": shown["DataTiering"] == "enabled",
        "description": shown["Description"],
        "engine": server["Engine"],
        "engineVersion": ".".join(version.split(".")[:2]),
        "engineVersionActual": version,
        "ipDiscovery": shown["IpDiscovery"],
        "kmsKeyId": shown.get("KmsKeyId"),
        "maintenanceWindow": server["PreferredMaintenanceWindow"],
        "memberClusters": shown["MemberClusters"],
        "multiAzEnabled": shown["MultiAZ"] == "enabled",
        "networkType": shown["NetworkType"],
        "nodeType": server["CacheNodeType"],
        "numCacheClusters": len(shown["MemberClusters"]),
        "numNodeGroups": len(shown["NodeGroups"]),
        "parameterGroupName": server["CacheParameterGroup"]["CacheParameterGroupName"],
        "port": shard["PrimaryEndpoint"]["Port"],
        "primaryEndpointAddress": shard["PrimaryEndpoint"]["Address"],
        "readerEndpointAddress": shard["ReaderEndpoint"]["Address"],
        "replicasPerNodeGroup": len(shard["NodeGroupMembers"]) - 1,
        "replicationGroupId": shown["ReplicationGroupId"],
        "securityGroupIds": [group["SecurityGroupId"] for group in server["SecurityGroups"]],
        "snapshotRetentionLimit": shown["SnapshotRetentionLimit"],
        "snapshotWindow": shown["SnapshotWindow"],
        "subnetGroupName": server.get("CacheSubnetGroupName"),
        "transitEncryptionEnabled": server["TransitEncryptionEnabled"],
        "transitEncryptionMode": server.get("TransitEncryptionMode"),
        **tags_of(aws, shown["ARN"]),
    }


def _check_encryption(change: Change) -> None:
    """TLS comes and goes by way of `preferred`, in which the server answers with it and without."""
    before, after = (
        (props.get("transitEncryptionEnabled"), props.get("transitEncryptionMode"))
        for props in (change.old, change.new)
    )
    if before == (True, "required") and not after[0]:
        raise Refused("InvalidParameterCombination: set TransitEncryptionMode to preferred before TLS is disabled")
    if not before[0] and after[0] and after[1] != "preferred":
        raise Refused("InvalidParameterCombination: set TransitEncryptionMode to preferred to enable TLS")


def update_group(aws: Aws, identifier: str, change: Change) -> None:
    """Changes a group in the provider's order: more replicas, settings, token, fewer replicas."""
    _check_servers(change.new)
    _check_token(change.new)
    _check_encryption(change)
    if change.touches("engine"):
        raise Refused("must explicitly set 'engine_version' attribute when updating engine to 'valkey'")
    before, after = change.old["numCacheClusters"], change.new.get("numCacheClusters") or 0
    replicas = {"ReplicationGroupId": identifier, "NewReplicaCount": after - 1, "ApplyImmediately": True}
    count_changes = change.touches("numCacheClusters")
    if count_changes and after > before:
        aws.elasticache.increase_replica_count(**replicas)
    changed = change.only(*SETTABLE)
    if changed.get("snapshotRetentionLimit", 0) is None:
        changed["snapshotRetentionLimit"] = 0
    arguments = {SETTABLE[name]: value for name, value in changed.items() if value is not None}
    if arguments.get("SnapshotRetentionLimit") and not change.old.get("snapshotRetentionLimit"):
        arguments["SnapshottingClusterId"] = _primary(aws, identifier)
    now = bool(change.new.get("applyImmediately"))
    if arguments:
        aws.elasticache.modify_replication_group(ReplicationGroupId=identifier, ApplyImmediately=now, **arguments)
    strategy = change.new.get("authTokenUpdateStrategy")
    if change.touches("authToken", "authTokenUpdateStrategy") and strategy != "DELETE":
        if not change.new.get("authToken"):
            # The provider sends an empty one.
            raise Refused("InvalidParameterValue: the AUTH token must contain from 16 to 128 characters")
        token = given(AuthToken=change.new["authToken"], AuthTokenUpdateStrategy=strategy)
        aws.elasticache.modify_replication_group(ReplicationGroupId=identifier, ApplyImmediately=True, **token)
    if count_changes and after < before:
        aws.elasticache.decrease_replica_count(**replicas)
    update_tags(aws, change.old["arn"], change)


def _primary(aws: Aws, identifier: str) -> str:
    """The server that is written to."""
    members = (_group(aws, identifier) or {})["NodeGroups"][0]["NodeGroupMembers"]
    return next(member["CacheClusterId"] for member in members if member["CurrentRole"] == "primary")


def plan_group(state: Props, news: Props) -> frozenset[str]:
    """From Valkey there is no way back to Redis, and an old Redis has TLS from its beginning or never."""
    actual = tuple(int(part) for part in str(state.get("engineVersionActual") or "9.9.9").split("."))
    back = {"engine"} if (state.get("engine"), news.get("engine")) == ("valkey", "redis") else set()
    return frozenset(back | ({"transitEncryptionEnabled"} if actual < TLS_CHANGES_FROM else set()))


def suppress_group(state: Props, news: Props) -> frozenset[str]:
    """The usual port is what there is when nothing is said."""
    return frozenset({"port"} if state.get("port") == DEFAULT_PORT and not news.get("port") else ())


def delete_group(aws: Aws, identifier: str, _state: Props) -> None:
    """Deletes a group, without a last snapshot."""
    if _group(aws, identifier):
        aws.elasticache.delete_replication_group(ReplicationGroupId=identifier)


RESOURCES: dict[str, Resource] = {
    "aws:elasticache/subnetGroup:SubnetGroup": Resource(
        create_subnet_group, read_subnet_group, delete_subnet_group, update_subnet_group
    ),
    "aws:elasticache/replicationGroup:ReplicationGroup": Resource(
        create_group,
        read_group,
        delete_group,
        update_group,
        state_only=frozenset({"applyImmediately", "authTokenUpdateStrategy"}),
        plan=plan_group,
        suppress=suppress_group,
        secret=frozenset({"authToken"}),
        volatile={"numCacheClusters": ("memberClusters",)},
    ),
}
FUNCTIONS: dict[str, Function] = {}
