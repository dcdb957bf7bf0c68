"""Resources as the components register them, of which the graph and the refusals are made."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from standin.values import Props

TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Principal": {"Service": "ecs-tasks.amazonaws.com"}, "Action": "sts:AssumeRole"}
        ],
    }
)
POLICY = json.dumps(
    {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}]}
)


@dataclass(frozen=True)
class Case:
    """A resource: its inputs, made of the outputs of those before it, and what an update changes."""

    token: str
    name: str
    inputs: Callable[[dict[str, Props]], Props]
    change: Callable[[dict[str, Props]], Props] = field(default=lambda _made: {})
    replace: Callable[[dict[str, Props]], Props] = field(default=lambda _made: {})


TOPIC = "arn:aws:sns:eu-central-1:123456789012:alarms"

TAGS = {"tags": {"env": "dev"}}
RETAGGED = {"tags": {"env": "dev", "more": "yes"}}


def retag(_made: dict[str, Props]) -> Props:
    return RETAGGED


def container(**more: Any) -> Props:
    return {
        "cpu": 0,
        "environment": [{"name": "A", "value": "1"}, {"name": "B", "value": "2"}],
        "essential": True,
        "image": "public.ecr.aws/docker/library/nginx:1",
        "mountPoints": [],
        "name": "web",
        "portMappings": [{"containerPort": 8000, "hostPort": 8000, "protocol": "tcp"}],
        "systemControls": [],
        "volumesFrom": [],
        **more,
    }


def task(made: dict[str, Props], *containers: Props, **more: Any) -> Props:
    return {
        "family": "alpha-web",
        "containerDefinitions": json.dumps(containers or [container()]),
        "cpu": "256",
        "memory": "512",
        "networkMode": "awsvpc",
        "requiresCompatibilities": ["FARGATE"],
        "runtimePlatform": {"cpuArchitecture": "X86_64", "operatingSystemFamily": "LINUX"},
        "executionRoleArn": made["role"]["arn"],
        "skipDestroy": True,
        **TAGS,
        **more,
    }


def rule(made: dict[str, Props], **more: Any) -> Props:
    return {
        "listenerArn": made["listener"]["arn"],
        "priority": 11,
        "actions": [{"type": "forward", "targetGroupArn": made["group"]["arn"]}],
        "conditions": [{"hostHeader": {"values": ["a.example.com"]}}, {"pathPattern": {"values": ["/api", "/api/*"]}}],
        **TAGS,
        **more,
    }


def service(made: dict[str, Props], **more: Any) -> Props:
    return {
        "name": "alpha-web",
        "cluster": made["cluster"]["arn"],
        "taskDefinition": made["task"]["arn"],
        "desiredCount": 0,
        "capacityProviderStrategies": [{"capacityProvider": "FARGATE_SPOT", "weight": 1}],
        "deploymentCircuitBreaker": {"enable": True, "rollback": True},
        "deploymentMaximumPercent": 200,
        "deploymentMinimumHealthyPercent": 100,
        "enableExecuteCommand": True,
        "forceNewDeployment": True,
        "loadBalancers": [{"targetGroupArn": made["group"]["arn"], "containerName": "web", "containerPort": 8000}],
        "networkConfiguration": {"subnets": [made["private"]["id"]], "securityGroups": [made["tasks"]["id"]]},
        "propagateTags": "SERVICE",
        **TAGS,
        **more,
    }


def database(made: dict[str, Props], **more: Any) -> Props:
    return {
        "identifier": "dev-rds",
        "engine": "postgres",
        "engineVersion": "17",
        "instanceClass": "db.t4g.micro",
        "allocatedStorage": 20,
        "username": "postgres",
        "manageMasterUserPassword": True,
        "dbSubnetGroupName": made["subnets"]["name"],
        "parameterGroupName": made["parameters"]["name"],
        "vpcSecurityGroupIds": [made["tasks"]["id"]],
        "storageEncrypted": True,
        "storageType": "gp3",
        "skipFinalSnapshot": True,
        "backupRetentionPeriod": 1,
        "enabledCloudwatchLogsExports": ["postgresql"],
        **TAGS,
        **more,
    }


def subnet(made: dict[str, Props], number: int, zone: str) -> Props:
    return {"vpcId": made["vpc"]["id"], "cidrBlock": f"10.0.{16 * number}.0/20", "availabilityZone": zone, **TAGS}


def certificate_record(made: dict[str, Props], **more: Any) -> Props:
    option = made["certificate"]["domainValidationOptions"][0]
    return {
        "zoneId": made["zone"]["id"],
        "name": option["resourceRecordName"],
        "type": option["resourceRecordType"],
        "records": [option["resourceRecordValue"]],
        "ttl": 60,
        "allowOverwrite": True,
        **more,
    }


def bucket_policy(made: dict[str, Props], effect: str) -> str:
    arn = made["bucket"]["arn"]
    statement = {"Effect": effect, "Principal": "*", "Action": "s3:*", "Resource": [arn, f"{arn}/*"]}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})
