"""What ElastiCache does and moto does not: replication groups have members, change and go, and so do subnet groups."""

from __future__ import annotations

from typing import Any

from moto.core.utils import utcnow
from moto.elasticache.exceptions import (
    CacheClusterNotFound,
    CacheSubnetGroupNotFound,
    ReplicationGroupAlreadyExists,
    ReplicationGroupNotFound,
)
from moto.elasticache.responses import ElastiCacheResponse as Response

from emulation.answers import answers, given

# The version and the parameters that AWS chooses where none are asked for, by engine.
ENGINES = {"redis": ("7.1.0", "default.redis7"), "valkey": ("8.1.0", "default.valkey8")}
# What AWS puts between the name of a group and the region in the names of its servers; an account has one.
LETTERS = "x7k2pq"
DIRECTIONS = {
    "central": "c",
    "east": "e",
    "north": "n",
    "northeast": "ne",
    "northwest": "nw",
    "south": "s",
    "southeast": "se",
    "southwest": "sw",
    "west": "w",
}
SWITCHES = ("AutomaticFailoverEnabled", "MultiAZEnabled")
# What is kept apart from the settings.
APART = ("AuthToken", "AuthTokenUpdateStrategy", "NumCacheClusters", "Tags")


class Group:
    """A replication group of one shard."""

    def __init__(self, backend: Any, asked: dict[str, Any]) -> None:
        self.id = asked["ReplicationGroupId"].lower()
        self.settings = {name: value for name, value in asked.items() if name not in APART}
        self.arn = f"arn:aws:elasticache:{backend.region_name}:{backend.account_id}:replicationgroup:{self.id}"
        self.created = utcnow()
        self._region = backend.region_name
        self._zones = zones(backend, asked.get("CacheSubnetGroupName")) or [f"{self._region}a"]
        self._numbers = list(range(1, 1 + (asked.get("NumCacheClusters") or 1)))
        # The server takes all of them; ROTATE keeps the one before beside a new one.
        self._tokens: list[str] = []
        self._tokens_changed: Any = None
        self._authenticate(asked.get("AuthToken"), "SET")

    def change(self, asked: dict[str, Any]) -> None:
        """Changes it at once."""
        self.settings |= {name: value for name, value in asked.items() if name not in APART}
        self._authenticate(asked.get("AuthToken"), asked.get("AuthTokenUpdateStrategy") or "ROTATE")

    def _authenticate(self, token: str | None, strategy: str) -> None:
        if token or strategy == "DELETE":
            kept = self._tokens[-1:] if strategy == "ROTATE" else []
            self._tokens = [*kept, token] if token else []
            self._tokens_changed = utcnow()

    def replicate(self, replicas: int) -> None:
        """Has as many replicas as are wanted; the newest go first."""
        while len(self._numbers) <= replicas:
            self._numbers.append(self._numbers[-1] + 1)
        del self._numbers[replicas + 1 :]

    @property
    def members(self) -> list[str]:
        """The ids of its servers, the one that is written to first."""
        return [f"{self.id}-{number:03}" for number in self._numbers]

    @property
    def _encrypted(self) -> bool:
        return bool(self.settings.get("TransitEncryptionEnabled"))

    @property
    def _engine(self) -> str:
        return self.settings.get("Engine") or "redis"

    def _endpoint(self, encrypted: str, plain: str) -> dict[str, Any]:
        """The address of what has another name with TLS than without."""
        here = f"{short(self._region)}.cache.amazonaws.com"
        names = f"{encrypted}.{self.id}.{LETTERS}" if self._encrypted else f"{plain}.{LETTERS}.ng.0001"
        return {"Address": f"{names}.{here}", "Port": self.settings.get("Port") or 6379}

    def _zone(self, at: int) -> str:
        return self._zones[at % len(self._zones)]

    def _common(self) -> dict[str, Any]:
        """What a group and each of its servers say."""
        said = self.settings
        return given(
            CacheNodeType=said.get("CacheNodeType"),
            Engine=self._engine,
            AutoMinorVersionUpgrade=said.get("AutoMinorVersionUpgrade", True),
            SnapshotRetentionLimit=said.get("SnapshotRetentionLimit") or 0,
            SnapshotWindow=said.get("SnapshotWindow") or "05:00-06:00",
            AuthTokenEnabled=bool(self._tokens),
            AuthTokenLastModifiedDate=self._tokens_changed,
            TransitEncryptionEnabled=self._encrypted,
            TransitEncryptionMode=(said.get("TransitEncryptionMode") or "required") if self._encrypted else None,
            AtRestEncryptionEnabled=said.get("AtRestEncryptionEnabled", self._engine == "valkey"),
            NetworkType="ipv4",
            IpDiscovery="ipv4",
        )

    def shown(self) -> dict[str, Any]:
        """As DescribeReplicationGroups shows it."""
        members = [
            {
                "CacheClusterId": member,
                "CacheNodeId": "0001",
                "PreferredAvailabilityZone": self._zone(at),
                "CurrentRole": "replica" if at else "primary",
            }
            for at, member in enumerate(self.members)
        ]
        shard = {
            "NodeGroupId": "0001",
            "Status": "available",
            "PrimaryEndpoint": self._endpoint("master", self.id),
            "ReaderEndpoint": self._endpoint("replica", f"{self.id}-ro"),
            "NodeGroupMembers": members,
        }
        failover, zones = ("enabled" if self.settings.get(name) else "disabled" for name in SWITCHES)
        return self._common() | given(
            ReplicationGroupId=self.id,
            Description=self.settings["ReplicationGroupDescription"],
            Status="available",
            MemberClusters=self.members,
            NodeGroups=[shard],
            SnapshottingClusterId=self.settings.get("SnapshottingClusterId"),
            AutomaticFailover=failover,
            MultiAZ=zones,
            ClusterEnabled=False,
            ClusterMode="disabled",
            KmsKeyId=self.settings.get("KmsKeyId"),
            ARN=self.arn,
            ReplicationGroupCreateTime=self.created,
            DataTiering="disabled",
        )

    def server(self, member: str) -> dict[str, Any]:
        """As DescribeCacheClusters shows one of its servers."""
        version, parameters = ENGINES[self._engine]
        group = {"CacheParameterGroupName": parameters, "ParameterApplyStatus": "in-sync", "CacheNodeIdsToReboot": []}
        return self._common() | given(
            CacheClusterId=member,
            EngineVersion=version,
            CacheClusterStatus="available",
            NumCacheNodes=1,
            PreferredAvailabilityZone=self._zone(self.members.index(member)),
            CacheClusterCreateTime=self.created,
            # ElastiCache writes it so.
            PreferredMaintenanceWindow=(
                self.settings.get("PreferredMaintenanceWindow") or "sun:03:00-sun:04:00"
            ).lower(),
            CacheSecurityGroups=[],
            CacheParameterGroup=group,
            CacheSubnetGroupName=self.settings.get("CacheSubnetGroupName"),
            SecurityGroups=[
                {"SecurityGroupId": name, "Status": "active"} for name in self.settings.get("SecurityGroupIds") or []
            ],
            ReplicationGroupId=self.id,
            ARN=self.arn.replace(f":replicationgroup:{self.id}", f":cluster:{member}"),
        )


def short(region: str) -> str:
    """A region as it stands in the names of servers: `euc1` for `eu-central-1`."""
    place, direction, number = region.split("-")
    return f"{place}{DIRECTIONS[direction]}{number}"


def zones(backend: Any, subnet_group: str | None) -> list[str]:
    """The zones of a subnet group."""
    group = backend.cache_subnet_groups.get(subnet_group)
    return sorted({subnet["subnet_availability_zone"] for subnet in group.subnets}) if group else []


def found(self: Any) -> Group:
    """The group that a request names."""
    name = self._get_param("ReplicationGroupId")
    group = self.elasticache_backend.replication_groups.get(name.lower())
    if group is None:
        raise ReplicationGroupNotFound(name)
    return group


@answers(Response, "create_replication_group")
def create_replication_group(self: Any) -> dict[str, Any]:
    """Makes a group."""
    backend = self.elasticache_backend
    group = Group(backend, self._get_params())
    if group.id in backend.replication_groups:
        raise ReplicationGroupAlreadyExists(group.id)
    backend.replication_groups[group.id] = group
    backend.tagging_service.tag_resource(group.arn, self._get_param("Tags", []))
    return {"ReplicationGroup": group.shown()}


@answers(Response, "describe_replication_groups")
def describe_replication_groups(self: Any) -> dict[str, Any]:
    """Shows groups."""
    groups = (
        [found(self)] if self._get_param("ReplicationGroupId") else self.elasticache_backend.replication_groups.values()
    )
    return {"ReplicationGroups": [group.shown() for group in groups]}


@answers(Response, "modify_replication_group")
def modify_replication_group(self: Any) -> dict[str, Any]:
    """Changes a group."""
    group = found(self)
    group.change(self._get_params())
    return {"ReplicationGroup": group.shown()}


@answers(Response, "increase_replica_count")
@answers(Response, "decrease_replica_count")
def change_replica_count(self: Any) -> dict[str, Any]:
    """Makes replicas, or takes them away."""
    group = found(self)
    group.replicate(self._get_param("NewReplicaCount"))
    return {"ReplicationGroup": group.shown()}


@answers(Response, "delete_replication_group")
def delete_replication_group(self: Any) -> dict[str, Any]:
    """Deletes a group: moto keeps it."""
    group, backend = found(self), self.elasticache_backend
    del backend.replication_groups[group.id]
    backend.tagging_service.delete_all_tags_for_resource(group.arn)
    return {"ReplicationGroup": group.shown() | {"Status": "deleting"}}


@answers(Response, "describe_cache_clusters")
def describe_cache_clusters(self: Any) -> dict[str, Any]:
    """Shows the servers of groups: moto has others only, which nobody makes here."""
    wanted = self._get_param("CacheClusterId")
    groups = self.elasticache_backend.replication_groups.values()
    servers = [group.server(name) for group in groups for name in group.members if wanted in (None, name)]
    if wanted and not servers:
        raise CacheClusterNotFound(wanted)
    return {"CacheClusters": servers}


def subnets(self: Any) -> Any:
    """The subnet group that a request names."""
    name = self._get_param("CacheSubnetGroupName")
    group = self.elasticache_backend.cache_subnet_groups.get(name)
    if group is None:
        raise CacheSubnetGroupNotFound(name)
    return group


@answers(Response, "modify_cache_subnet_group")
def modify_cache_subnet_group(self: Any) -> dict[str, Any]:
    """Puts a group with other subnets in the place of one; its tags stay."""
    before = subnets(self)
    after = type(before)(
        account_id=self.elasticache_backend.account_id,
        region_name=self.elasticache_backend.region_name,
        cache_subnet_group_name=before.cache_subnet_group_name,
        cache_subnet_group_description=self._get_param("CacheSubnetGroupDescription")
        or before.cache_subnet_group_description,
        subnet_ids=self._get_param("SubnetIds") or before.subnet_ids,
        tags=before.tags,
    )
    self.elasticache_backend.cache_subnet_groups[before.cache_subnet_group_name] = after
    return {"CacheSubnetGroup": {"CacheSubnetGroupName": after.cache_subnet_group_name, "ARN": after.arn}}


@answers(Response, "delete_cache_subnet_group")
def delete_cache_subnet_group(self: Any) -> dict[str, Any]:
    """Deletes a group."""
    group, backend = subnets(self), self.elasticache_backend
    del backend.cache_subnet_groups[group.cache_subnet_group_name]
    backend.tagging_service.delete_all_tags_for_resource(group.arn)
    return {}
