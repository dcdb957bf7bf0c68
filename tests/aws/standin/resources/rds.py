"""RDS: database servers, their parameter and subnet groups."""

from __future__ import annotations

import uuid
from typing import Any

from standin.resource import (
    Aws,
    Change,
    Function,
    Refused,
    Resource,
    found,
    given,
    pages,
    tag_list,
    tag_map,
    tagged,
    wait,
)
from standin.resources.iam import check_service
from standin.values import Props


def update_tags(aws: Aws, arn: str, change: Change) -> None:
    """Brings the tags of anything in RDS up to date."""
    changed, gone = change.tags()
    if gone:
        aws.rds.remove_tags_from_resource(ResourceName=arn, TagKeys=gone)
    if changed:
        aws.rds.add_tags_to_resource(ResourceName=arn, Tags=tag_list(changed))


def tags_of(aws: Aws, arn: str) -> Props:
    """The outputs that say which tags a thing has."""
    return tagged(tag_map(aws.rds.list_tags_for_resource(ResourceName=arn)["TagList"]))


def _servers(aws: Aws) -> list[dict[str, Any]]:
    return pages(aws.rds, "describe_db_instances", "DBInstances")


# Subnet groups.


def create_subnet_group(aws: Aws, props: Props) -> str:
    """Makes a subnet group over at least two zones."""
    _check_zones(aws, props["subnetIds"])
    answer = aws.rds.create_db_subnet_group(
        DBSubnetGroupName=props["name"],
        DBSubnetGroupDescription=props.get("description") or "Managed by Pulumi",
        SubnetIds=props["subnetIds"],
        Tags=tag_list(props.get("tags")),
    )
    return answer["DBSubnetGroup"]["DBSubnetGroupName"]


def _check_zones(aws: Aws, subnets: list[str]) -> None:
    shown = aws.ec2.describe_subnets(SubnetIds=subnets)["Subnets"]
    if len({subnet["AvailabilityZone"] for subnet in shown}) < 2:
        raise Refused(
            "DBSubnetGroupDoesNotCoverEnoughAZs: the subnet group needs subnets in at least two availability zones"
        )


def read_subnet_group(aws: Aws, identifier: str, _state: Props) -> Props | None:
    """Reads a subnet group."""
    answer = found(lambda: aws.rds.describe_db_subnet_groups(DBSubnetGroupName=identifier))
    if not answer:
        return None
    shown = answer["DBSubnetGroups"][0]
    return {
        "arn": shown["DBSubnetGroupArn"],
        "description": shown["DBSubnetGroupDescription"],
        "name": shown["DBSubnetGroupName"],
        "subnetIds": [subnet["SubnetIdentifier"] for subnet in shown["Subnets"]],
        "supportedNetworkTypes": ["IPV4"],
        "vpcId": shown["VpcId"],
        **tags_of(aws, shown["DBSubnetGroupArn"]),
    }


def update_subnet_group(aws: Aws, identifier: str, change: Change) -> None:
    """Changes subnets, description and tags."""
    if change.touches("subnetIds", "description"):
        _check_zones(aws, change.new["subnetIds"])
        arguments = given(DBSubnetGroupDescription=change.new.get("description"), SubnetIds=change.new["subnetIds"])
        aws.rds.modify_db_subnet_group(DBSubnetGroupName=identifier, **arguments)
    update_tags(aws, change.old["arn"], change)


def delete_subnet_group(aws: Aws, identifier: str, state: Props) -> None:
    """Deletes a subnet group that no server is in."""
    users = [
        s["DBInstanceIdentifier"]
        for s in _servers(aws)
        if s.get("DBSubnetGroup", {}).get("DBSubnetGroupName") == identifier
    ]
    if users:
        raise Refused(f"InvalidDBSubnetGroupStateFault: subnet group `{identifier}` is in use by {users}")
    if read_subnet_group(aws, identifier, state):
        aws.rds.delete_db_subnet_group(DBSubnetGroupName=identifier)


# Parameter groups.


# Parameters that take effect at a restart only, by the last version of PostgreSQL in which they do.
STATIC_UNTIL = {"rds.force_ssl": 14}


def _check_parameters(family: str, items: list[Props] | None) -> None:
    version = int(family.removeprefix("postgres"))
    static = [i["name"] for i in items or [] if STATIC_UNTIL.get(i["name"], 0) >= version]
    if any(i["name"] in static and (i.get("applyMethod") or "immediate") == "immediate" for i in items or []):
        raise Refused(
            f"InvalidParameterCombination: cannot use immediate apply method for static parameter {static} of `{family}`"
        )


def _parameters(items: list[Props] | None) -> list[dict[str, str]]:
    return [
        {"ParameterName": i["name"], "ParameterValue": i["value"], "ApplyMethod": i.get("applyMethod") or "immediate"}
        for i in items or []
    ]


def create_parameter_group(aws: Aws, props: Props) -> str:
    """Makes a parameter group and sets its parameters."""
    _check_parameters(props["family"], props.get("parameters"))
    answer = aws.rds.create_db_parameter_group(
        DBParameterGroupName=props["name"],
        DBParameterGroupFamily=props["family"],
        Description=props.get("description") or "Managed by Pulumi",
        Tags=tag_list(props.get("tags")),
    )
    name = answer["DBParameterGroup"]["DBParameterGroupName"]
    if props.get("parameters"):
        aws.rds.modify_db_parameter_group(DBParameterGroupName=name, Parameters=_parameters(props["parameters"]))
    return name


def read_parameter_group(aws: Aws, identifier: str, state: Props) -> Props | None:
    """Reads a parameter group, and of its parameters those that were set."""
    answer = found(lambda: aws.rds.describe_db_parameter_groups(DBParameterGroupName=identifier))
    if not answer or not answer["DBParameterGroups"]:
        return None
    shown = answer["DBParameterGroups"][0]
    parameters = aws.rds.describe_db_parameters(DBParameterGroupName=identifier, Source="user")["Parameters"]
    methods = {item["name"]: item.get("applyMethod") for item in state.get("parameters") or []}
    return {
        "arn": shown["DBParameterGroupArn"],
        "description": shown["Description"],
        "family": shown["DBParameterGroupFamily"],
        "name": identifier,
        "parameters": [
            given(
                name=p["ParameterName"],
                value=p.get("ParameterValue"),
                applyMethod=p.get("ApplyMethod") or methods.get(p["ParameterName"]),
            )
            for p in parameters
        ],
        **tags_of(aws, shown["DBParameterGroupArn"]),
    }


def update_parameter_group(aws: Aws, identifier: str, change: Change) -> None:
    """Sets what differs, and resets what is no longer set."""
    if change.touches("parameters"):
        _check_parameters(change.old["family"], change.new.get("parameters"))
        wanted = _parameters(change.new.get("parameters"))
        names = {item["ParameterName"] for item in wanted}
        gone = [item for item in _parameters(change.old.get("parameters")) if item["ParameterName"] not in names]
        if wanted:
            aws.rds.modify_db_parameter_group(DBParameterGroupName=identifier, Parameters=wanted)
        if gone:
            raise Refused(f"the stand-in cannot reset parameters: {[item['ParameterName'] for item in gone]}")
    update_tags(aws, change.old["arn"], change)


def delete_parameter_group(aws: Aws, identifier: str, state: Props) -> None:
    """Deletes a parameter group that no server uses."""
    users = [
        server["DBInstanceIdentifier"]
        for server in _servers(aws)
        if identifier in [shown["DBParameterGroupName"] for shown in server.get("DBParameterGroups", [])]
    ]
    if users:
        raise Refused(f"InvalidDBParameterGroupState: parameter group `{identifier}` is in use by {users}")
    if not state.get("skipDestroy") and read_parameter_group(aws, identifier, state):
        aws.rds.delete_db_parameter_group(DBParameterGroupName=identifier)


# Servers. Properties that go into the calls as they are, by the name of the API.

SETTABLE = {
    "allocatedStorage": "AllocatedStorage",
    "autoMinorVersionUpgrade": "AutoMinorVersionUpgrade",
    "backupRetentionPeriod": "BackupRetentionPeriod",
    "backupWindow": "PreferredBackupWindow",
    "caCertIdentifier": "CACertificateIdentifier",
    "copyTagsToSnapshot": "CopyTagsToSnapshot",
    "databaseInsightsMode": "DatabaseInsightsMode",
    "deletionProtection": "DeletionProtection",
    "engineVersion": "EngineVersion",
    "iamDatabaseAuthenticationEnabled": "EnableIAMDatabaseAuthentication",
    "instanceClass": "DBInstanceClass",
    "iops": "Iops",
    "maintenanceWindow": "PreferredMaintenanceWindow",
    "manageMasterUserPassword": "ManageMasterUserPassword",
    "masterUserSecretKmsKeyId": "MasterUserSecretKmsKeyId",
    "maxAllocatedStorage": "MaxAllocatedStorage",
    "monitoringInterval": "MonitoringInterval",
    "monitoringRoleArn": "MonitoringRoleArn",
    "multiAz": "MultiAZ",
    "parameterGroupName": "DBParameterGroupName",
    "password": "MasterUserPassword",
    "performanceInsightsEnabled": "EnablePerformanceInsights",
    "performanceInsightsKmsKeyId": "PerformanceInsightsKMSKeyId",
    "performanceInsightsRetentionPeriod": "PerformanceInsightsRetentionPeriod",
    "publiclyAccessible": "PubliclyAccessible",
    "storageThroughput": "StorageThroughput",
    "storageType": "StorageType",
    "vpcSecurityGroupIds": "VpcSecurityGroupIds",
}
FIXED = {
    "availabilityZone": "AvailabilityZone",
    "dbName": "DBName",
    "dbSubnetGroupName": "DBSubnetGroupName",
    "engine": "Engine",
    "kmsKeyId": "KmsKeyId",
    "port": "Port",
    "storageEncrypted": "StorageEncrypted",
    "username": "MasterUsername",
}
EXPORTS = {"enabledCloudwatchLogsExports": "EnableCloudwatchLogsExports"}
# What the call that restores takes of these, and what the provider does not change after it (`rds/instance.go:1197`).
RESTORABLE = {
    *("autoMinorVersionUpgrade", "availabilityZone", "copyTagsToSnapshot", "dbSubnetGroupName", "deletionProtection"),
    *("enabledCloudwatchLogsExports", "engine", "iamDatabaseAuthenticationEnabled", "instanceClass", "multiAz"),
    *("parameterGroupName", "port", "publiclyAccessible", "vpcSecurityGroupIds"),
}
NOT_AFTER_RESTORING = {"caCertIdentifier", "databaseInsightsMode"}
# Names that a PostgreSQL server keeps for itself.
RESERVED_USERS = {"admin", "rdsadmin", "rdsrepladmin", "rdstopmgr"}


def _server(aws: Aws, identifier: str) -> dict[str, Any] | None:
    answer = found(
        lambda: aws.rds.describe_db_instances(DBInstanceIdentifier=identifier),
        "DBInstanceNotFound",
        "DBInstanceNotFoundFault",
    )
    return answer["DBInstances"][0] if answer and answer["DBInstances"] else None


def _check_server(aws: Aws, props: Props) -> None:
    if props.get("username", "").lower() in RESERVED_USERS:
        raise Refused(f"InvalidParameterValue: master user name `{props['username']}` is a reserved word")
    if bool(props.get("password")) == bool(props.get("manageMasterUserPassword")) and not props.get(
        "snapshotIdentifier"
    ):
        raise Refused("InvalidParameterCombination: a server has a `password` or `manageMasterUserPassword`")
    if not props.get("skipFinalSnapshot") and not props.get("finalSnapshotIdentifier"):
        raise Refused("a server needs `finalSnapshotIdentifier` unless `skipFinalSnapshot` is set")
    if props.get("monitoringRoleArn"):
        service, action = "monitoring.rds.amazonaws.com", "logs:CreateLogGroup"
        refusal = (
            "InvalidParameterValue: IAM role ARN value is invalid or does not include the required permissions for: "
            "ENHANCED_MONITORING"
        )
        check_service(aws, props["monitoringRoleArn"], service, action, refusal)
    group = props.get("parameterGroupName")
    if group:
        shown = aws.rds.describe_db_parameter_groups(DBParameterGroupName=group)["DBParameterGroups"][0]
        family, version = shown["DBParameterGroupFamily"], str(props.get("engineVersion", ""))
        if version and family != f"{props['engine']}{version.split('.')[0]}":
            raise Refused(
                f"InvalidParameterCombination: parameter group of family `{family}` does not fit version `{version}`"
            )


def suppress_server(state: Props, news: Props) -> frozenset[str]:
    """Storage that has grown by itself stays, and a limit that leaves no room to grow is none."""
    old, new, limit = state.get("allocatedStorage"), news.get("allocatedStorage"), news.get("maxAllocatedStorage") or 0
    if not all(isinstance(size, int) for size in (old, new, limit)):
        return frozenset()
    grown = {"allocatedStorage"} if old > new < limit else set()
    none = {"maxAllocatedStorage"} if not state.get("maxAllocatedStorage") and limit == new else set()
    return frozenset(grown | none)


# From this size on PostgreSQL's storage of type `gp3` is striped: it has more operations a second, and takes a number.
STRIPED_GIB = 400
GP3_IOPS, STRIPED_IOPS = 3_000, range(12_000, 64_001)
LEAST_GROWTH_PERCENT = 10
GP3_THROUGHPUT, STRIPED_THROUGHPUT = 125, range(500, 4_001)


def _striped(props: Props) -> bool:
    return props.get("allocatedStorage", 0) >= STRIPED_GIB


def _check_storage(props: Props, iops: int | None) -> None:
    """Refuses operations a second that do not go with the size; `iops` is what is sent to AWS."""
    if props.get("storageType") != "gp3":
        return
    throughput = props.get("storageThroughput")
    if not _striped(props) and (iops or throughput):
        raise Refused(
            "InvalidParameterCombination: You can't specify IOPS or storage throughput for engine "
            f"{props['engine']} and a storage size less than {STRIPED_GIB}."
        )
    if _striped(props) and iops is not None and iops not in STRIPED_IOPS:
        raise Refused(
            f"InvalidParameterCombination: Invalid iops value `{iops}`, for storage of {props['allocatedStorage']} GiB"
        )
    if _striped(props) and throughput and throughput not in STRIPED_THROUGHPUT:
        raise Refused(f"InvalidParameterCombination: Invalid storage throughput value `{throughput}`")


def _check_limit(props: Props) -> None:
    """Refuses a limit to which the storage cannot grow by the step in which it grows."""
    size, limit = props.get("allocatedStorage", 0), props.get("maxAllocatedStorage")
    if limit and limit <= size:
        raise Refused("InvalidParameterCombination: Max storage size must be greater than storage size")
    if limit and limit * 100 < size * (100 + LEAST_GROWTH_PERCENT):
        raise Refused(
            "InvalidParameterCombination: The maximum allocated storage must be increased by at least "
            f"{LEAST_GROWTH_PERCENT} percent."
        )


def _log_exports(old: list[str] | None, new: list[str] | None) -> dict[str, Any]:
    before, after = set(old or []), set(new or [])
    return {"EnableLogTypes": sorted(after - before), "DisableLogTypes": sorted(before - after)}


def create_server(aws: Aws, props: Props) -> str:
    """Makes a server and waits until it is available. Its id is the resource id that AWS gives it."""
    _check_server(aws, props)
    _check_storage(props, props.get("iops"))
    _check_limit(props)
    identifier = props.get("identifier") or f"terraform-{uuid.uuid4().hex[:26]}"
    if props.get("snapshotIdentifier"):
        _restore(aws, identifier, props)
    else:
        names = {**SETTABLE, **FIXED, **EXPORTS}
        arguments = {argument: props[name] for name, argument in names.items() if props.get(name) is not None}
        aws.rds.create_db_instance(DBInstanceIdentifier=identifier, **arguments, Tags=tag_list(props.get("tags")))
    wait(f"database `{identifier}`", lambda: (_server(aws, identifier) or {}).get("DBInstanceStatus") == "available")
    return (_server(aws, identifier) or {})["DbiResourceId"]


def _restore(aws: Aws, identifier: str, props: Props) -> None:
    """Makes a server from a snapshot, then changes what the call does not take."""
    snapshot = props["snapshotIdentifier"]
    shown = found(lambda: aws.rds.describe_db_snapshots(DBSnapshotIdentifier=snapshot))
    if not shown or not shown["DBSnapshots"]:
        raise Refused(f"DBSnapshotNotFound: DBSnapshot not found: {snapshot}")
    size = shown["DBSnapshots"][0]["AllocatedStorage"]
    if props.get("allocatedStorage", size) < size:
        raise Refused(f"InvalidParameterCombination: the storage of a server cannot shrink below {size} GiB")
    # The provider sends none of them, whatever is asked for.
    for name in sorted(NOT_AFTER_RESTORING | {"kmsKeyId", "storageEncrypted", "username"}):
        props.get(name)
    names = {name: argument for name, argument in {**SETTABLE, **FIXED, **EXPORTS}.items() if name in RESTORABLE}
    arguments = {argument: props[name] for name, argument in names.items() if props.get(name) is not None}
    aws.rds.restore_db_instance_from_db_snapshot(
        DBInstanceIdentifier=identifier, DBSnapshotIdentifier=snapshot, **arguments, Tags=tag_list(props.get("tags"))
    )
    later = {name: argument for name, argument in SETTABLE.items() if name not in RESTORABLE | NOT_AFTER_RESTORING}
    changes = {argument: props[name] for name, argument in later.items() if props.get(name) is not None}
    aws.rds.modify_db_instance(DBInstanceIdentifier=identifier, ApplyImmediately=True, **changes)


def _by_resource_id(aws: Aws, identifier: str) -> dict[str, Any] | None:
    return next((server for server in _servers(aws) if server["DbiResourceId"] == identifier), None)


def _performance(shown: dict[str, Any]) -> Props:
    """Operations a second and throughput of `gp3`, which AWS answers though nobody gave them."""
    if shown.get("StorageType") != "gp3":
        return {}
    striped = _striped({"allocatedStorage": shown["AllocatedStorage"]})
    return {
        "iops": shown.get("Iops") or (STRIPED_IOPS.start if striped else GP3_IOPS),
        "storageThroughput": shown.get("StorageThroughput")
        or (STRIPED_THROUGHPUT.start if striped else GP3_THROUGHPUT),
    }


def read_server(aws: Aws, identifier: str, state: Props) -> Props | None:
    """Reads a server. The version is answered as it was asked for; `engineVersionActual` says which it is."""
    shown = _by_resource_id(aws, identifier)
    if shown is None:
        return None
    endpoint, limit = shown.get("Endpoint", {}), shown.get("MaxAllocatedStorage") or 0
    secret = shown.get("MasterUserSecret")
    asked, actual = str(state.get("engineVersion", "")), shown["EngineVersion"]
    return {
        **{n: shown[key] for n, key in {**SETTABLE, **FIXED}.items() if n not in ("password", "port") and key in shown},
        "address": endpoint.get("Address"),
        "arn": shown["DBInstanceArn"],
        "dbSubnetGroupName": shown.get("DBSubnetGroup", {}).get("DBSubnetGroupName"),
        "enabledCloudwatchLogsExports": shown.get("EnabledCloudwatchLogsExports", []),
        "endpoint": f"{endpoint.get('Address')}:{endpoint.get('Port')}",
        "engineVersion": asked if asked and (actual == asked or actual.startswith(f"{asked}.")) else actual,
        "engineVersionActual": actual,
        "hostedZoneId": endpoint.get("HostedZoneId"),
        "iamDatabaseAuthenticationEnabled": shown.get("IAMDatabaseAuthenticationEnabled", False),
        "identifier": shown["DBInstanceIdentifier"],
        "maxAllocatedStorage": limit if limit > shown["AllocatedStorage"] else None,
        **_performance(shown),
        "manageMasterUserPassword": True if secret else state.get("manageMasterUserPassword"),
        "masterUserSecrets": [
            given(
                kmsKeyId=secret.get("KmsKeyId"), secretArn=secret["SecretArn"], secretStatus=secret.get("SecretStatus")
            )
        ]
        if secret
        else [],
        "parameterGroupName": next((g["DBParameterGroupName"] for g in shown.get("DBParameterGroups", [])), None),
        "performanceInsightsEnabled": shown.get("PerformanceInsightsEnabled", False),
        "port": endpoint.get("Port"),
        "resourceId": shown["DbiResourceId"],
        "status": shown["DBInstanceStatus"],
        "vpcSecurityGroupIds": [group["VpcSecurityGroupId"] for group in shown.get("VpcSecurityGroups", [])],
        **tags_of(aws, shown["DBInstanceArn"]),
    }


def _storage_arguments(change: Change, changed: Props) -> dict[str, Any]:
    """What goes with a change of the storage: the provider sends its operations a second from the state, unless the
    storage is `gp3` and small, or they are given."""
    if changed.keys().isdisjoint({"allocatedStorage", "iops", "storageThroughput"}):
        return {}
    whole = {**change.old, **{name: item for name, item in change.new.items() if item is not None}}
    small = whole.get("storageType") == "gp3" and not _striped(whole)
    iops = None if small and "iops" not in changed else whole.get("iops")
    _check_storage({**whole, "storageThroughput": changed.get("storageThroughput")}, iops)
    return given(AllocatedStorage=whole["allocatedStorage"], Iops=iops)


def update_server(aws: Aws, _identifier: str, change: Change) -> None:
    """Changes a server in place."""
    changed = change.only(*SETTABLE)
    if changed or change.touches("enabledCloudwatchLogsExports"):
        _check_server(aws, change.new)
    if "allocatedStorage" in changed and changed["allocatedStorage"] < change.old["allocatedStorage"]:
        raise Refused("InvalidParameterCombination: the storage of a server cannot shrink")
    arguments = {SETTABLE[name]: value for name, value in changed.items() if value is not None}
    arguments |= _storage_arguments(change, changed)
    if not changed.keys().isdisjoint({"allocatedStorage", "maxAllocatedStorage"}):
        _check_limit(change.new)
    if "maxAllocatedStorage" in changed and not changed["maxAllocatedStorage"]:
        # This is how storage is told to grow no more.
        arguments["MaxAllocatedStorage"] = change.new["allocatedStorage"]
    if change.touches("enabledCloudwatchLogsExports"):
        names = (change.old.get("enabledCloudwatchLogsExports"), change.new.get("enabledCloudwatchLogsExports"))
        arguments["CloudwatchLogsExportConfiguration"] = _log_exports(*names)
    if "EngineVersion" in arguments:
        arguments["AllowMajorVersionUpgrade"] = bool(change.new.get("allowMajorVersionUpgrade"))
    if arguments:
        now = bool(change.new.get("applyImmediately"))
        aws.rds.modify_db_instance(DBInstanceIdentifier=change.old["identifier"], ApplyImmediately=now, **arguments)
    update_tags(aws, change.old["arn"], change)


def delete_server(aws: Aws, identifier: str, state: Props) -> None:
    """Deletes a server unless it is protected, with a final snapshot unless none is wanted."""
    shown = _by_resource_id(aws, identifier)
    if shown is None:
        return
    if shown.get("DeletionProtection"):
        raise Refused(f"InvalidParameterCombination: server `{shown['DBInstanceIdentifier']}` has deletion protection")
    skip = bool(state.get("skipFinalSnapshot"))
    arguments = given(
        DBInstanceIdentifier=shown["DBInstanceIdentifier"],
        SkipFinalSnapshot=skip,
        FinalDBSnapshotIdentifier=None if skip else state.get("finalSnapshotIdentifier"),
        DeleteAutomatedBackups=state.get("deleteAutomatedBackups"),
    )
    aws.rds.delete_db_instance(**arguments)
    wait(f"the end of `{shown['DBInstanceIdentifier']}`", lambda: _by_resource_id(aws, identifier) is None)


# Minor versions that RDS offers, as the emulation cannot say. The newest is last.
MINOR_VERSIONS = {"postgres": {"15": (12, 13), "16": (8, 9), "17": (4, 5)}}
DEFAULT_MAJOR = "17"


def get_engine_version(aws: Aws, args: Props) -> Props:
    """The version of an engine that AWS would choose: the newest one that fits."""
    engine = args["engine"]
    wanted = str(args.get("version") or args.get("parameterGroupFamily", "").removeprefix(engine) or DEFAULT_MAJOR)
    major, _, minor = wanted.partition(".")
    offered = MINOR_VERSIONS.get(engine, {}).get(major, ())
    if not offered or (minor and int(minor) not in offered):
        raise Refused(f"no RDS engine version matches `{engine}` `{wanted}`")
    version = wanted if minor else f"{major}.{offered[-1]}"
    return {
        "defaultCharacterSet": "",
        "engineDescription": "PostgreSQL",
        "exportableLogTypes": ["postgresql", "upgrade"],
        "id": version,
        "parameterGroupFamily": f"{engine}{major}",
        "region": aws.region,
        "status": "available",
        "version": version,
        "versionActual": version,
        "versionDescription": f"PostgreSQL {version}",
    }


RESOURCES: dict[str, Resource] = {
    "aws:rds/subnetGroup:SubnetGroup": Resource(
        create_subnet_group, read_subnet_group, delete_subnet_group, update_subnet_group
    ),
    "aws:rds/parameterGroup:ParameterGroup": Resource(
        create_parameter_group,
        read_parameter_group,
        delete_parameter_group,
        update_parameter_group,
        state_only=frozenset({"skipDestroy"}),
    ),
    "aws:rds/instance:Instance": Resource(
        create_server,
        read_server,
        delete_server,
        update_server,
        # The provider moves a server between subnet groups, and renames it, in place; our stand-in refuses both aloud.
        state_only=frozenset(
            {
                "allowMajorVersionUpgrade",
                "applyImmediately",
                "deleteAutomatedBackups",
                "finalSnapshotIdentifier",
                "skipFinalSnapshot",
            }
        ),
        suppress=suppress_server,
        secret=frozenset({"password"}),
    ),
}
FUNCTIONS: dict[str, Function] = {"aws:rds/getEngineVersion:getEngineVersion": get_engine_version}
