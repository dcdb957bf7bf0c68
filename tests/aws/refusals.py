"""What AWS refuses, with words of its answer."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from cases import POLICY, TRUST, certificate_record, container, database, rule, service, task
from engine import Engine
from graph import CASES
from standin.values import Props


@dataclass(frozen=True)
class Refusal:
    """Something that AWS does not do, and words of its answer."""

    name: str
    words: str
    attempt: Callable[[Engine, dict[str, Props]], Any]


def creating(token: str, inputs: Callable[[dict[str, Props]], Props]) -> Callable[[Engine, dict[str, Props]], Any]:
    return lambda engine, made: engine.create(token, "refused", inputs(made))


def deleting(name: str) -> Callable[[Engine, dict[str, Props]], Any]:
    return lambda engine, _made: engine.delete(name)


def updating(name: str, change: Callable[[dict[str, Props]], Props]) -> Callable[[Engine, dict[str, Props]], Any]:
    def attempt(engine: Engine, made: dict[str, Props]) -> None:
        inputs = next(case for case in CASES if case.name == name).inputs(made)
        engine.update(name, {**inputs, **change(made)})

    return attempt


ROLE, TASK, RULE, SERVICE = (
    "aws:iam/role:Role",
    "aws:ecs/taskDefinition:TaskDefinition",
    "aws:lb/listenerRule:ListenerRule",
    "aws:ecs/service:Service",
)
BALANCER, GROUP, DATABASE, BUCKET, RECORD = (
    "aws:lb/loadBalancer:LoadBalancer",
    "aws:lb/targetGroup:TargetGroup",
    "aws:rds/instance:Instance",
    "aws:s3/bucket:Bucket",
    "aws:route53/record:Record",
)


def without_rule(engine: Engine, made: dict[str, Props]) -> None:
    """A service whose target group no listener has yet."""
    group = {"port": 8000, "protocol": "HTTP", "targetType": "ip", "vpcId": made["vpc"]["id"]}
    arn = engine.create(GROUP, "unused", group)["arn"]
    try:
        balancers = [{"targetGroupArn": arn, "containerName": "web", "containerPort": 8000}]
        engine.create(SERVICE, "refused", service(made, name="alpha-unruled", loadBalancers=balancers))
    finally:
        engine.delete("unused")


def without_gateway(engine: Engine, _made: dict[str, Props]) -> None:
    """A NAT gateway in a network without an internet gateway."""
    vpc = engine.create("aws:ec2/vpc:Vpc", "closed", {"cidrBlock": "10.9.0.0/16"})["id"]
    subnet = engine.create("aws:ec2/subnet:Subnet", "closed-a", {"vpcId": vpc, "cidrBlock": "10.9.0.0/20"})["id"]
    address = engine.create("aws:ec2/eip:Eip", "unused", {"domain": "vpc"})["id"]
    try:
        engine.create("aws:ec2/natGateway:NatGateway", "refused", {"allocationId": address, "subnetId": subnet})
    finally:
        for name in ("unused", "closed-a", "closed"):
            engine.delete(name)


def unproved(engine: Engine, made: dict[str, Props]) -> None:
    """A certificate for whose proof nobody made a record."""
    token = "aws:acm/certificate:Certificate"
    arn = engine.create(token, "unproved", {"domainName": "unproved.org", "validationMethod": "DNS"})["arn"]
    try:
        engine.create("aws:acm/certificateValidation:CertificateValidation", "refused", {"certificateArn": arn})
    finally:
        engine.delete("unproved")


def hosts(count: int) -> Props:
    return {"hostHeader": {"values": [f"{number}.example.com" for number in range(count)]}}


REFUSALS = [
    Refusal(
        "an unknown property",
        "taksDefinition: no such property",
        creating(SERVICE, lambda m: service(m, taksDefinition="x")),
    ),
    Refusal(
        "a wrong type", "desiredCount: expected `number`", creating(SERVICE, lambda m: service(m, desiredCount="1"))
    ),
    Refusal(
        "a wrong type deep down",
        "networkConfiguration.subnets: expected `string[]`",
        creating(SERVICE, lambda m: service(m, networkConfiguration={"subnets": "x"})),
    ),
    Refusal("a missing property", "assumeRolePolicy: missing required", creating(ROLE, lambda _: {})),
    Refusal(
        "a property that is not carried out",
        "does not carry out `dedicatedLogVolume`",
        creating(DATABASE, lambda m: database(m, identifier="other-rds", dedicatedLogVolume=True)),
    ),
    Refusal(
        "a property of which nothing is known",
        "proxyConfiguration: no row in `facts.tsv`",
        creating(TASK, lambda m: task(m, family="alpha-lost", proxyConfiguration={"containerName": "web"})),
    ),
    Refusal(
        "an automatic name too long",
        "longer than 32",
        lambda e, m: e.create(
            GROUP, "a-base-with-a-long-name-web", {"port": 1, "protocol": "HTTP", "vpcId": m["vpc"]["id"]}
        ),
    ),
    Refusal(
        "a role's name too long", "at most 64", creating(ROLE, lambda _: {"name": "r" * 65, "assumeRolePolicy": TRUST})
    ),
    Refusal(
        "a cluster's name with other letters",
        "not a name that AWS takes",
        creating("aws:ecs/cluster:Cluster", lambda _: {"name": "a b"}),
    ),
    Refusal(
        "a database's name with other letters",
        "dbName",
        creating(DATABASE, lambda m: database(m, identifier="other-rds", dbName="a-b")),
    ),
    Refusal(
        "a reserved user of a database",
        "reserved word",
        creating(DATABASE, lambda m: database(m, identifier="other-rds", username="rdsadmin")),
    ),
    Refusal(
        "a parameter group of another version",
        "does not fit",
        creating(DATABASE, lambda m: database(m, identifier="other-rds", engineVersion="16")),
    ),
    Refusal(
        "a parameter that AWS keeps",
        "not beginning with",
        creating("aws:ssm/parameter:Parameter", lambda _: {"name": "/ssm/x", "type": "String", "value": "x"}),
    ),
    Refusal(
        "logs of requests where nobody may write",
        "Access Denied for bucket: nowhere",
        creating(
            BALANCER,
            lambda m: {
                "subnets": [m["public-a"]["id"], m["public-b"]["id"]],
                "accessLogs": {"bucket": "nowhere", "enabled": True},
            },
        ),
    ),
    Refusal(
        "a role that nobody can take on for flow logs",
        "Unable to assume given IAM role",
        creating(
            "aws:ec2/flowLog:FlowLog",
            lambda m: {
                "vpcId": m["vpc"]["id"],
                "logDestinationType": "cloud-watch-logs",
                "logDestination": m["logs"]["arn"],
                "iamRoleArn": m["role"]["arn"],
            },
        ),
    ),
    Refusal(
        "a role that cannot monitor",
        "ENHANCED_MONITORING",
        creating(
            DATABASE,
            lambda m: database(m, identifier="other-rds", monitoringInterval=60, monitoringRoleArn=m["role"]["arn"]),
        ),
    ),
    Refusal(
        "a web ACL of CloudFront",
        "no regional web ACL",
        creating(
            "aws:wafv2/webAclAssociation:WebAclAssociation",
            lambda m: {"resourceArn": m["balancer"]["arn"], "webAclArn": m["acl"]["arn"].replace("regional", "global")},
        ),
    ),
    Refusal(
        "an alarm that tells nobody",
        "Invalid arn syntax",
        creating(
            "aws:cloudwatch/metricAlarm:MetricAlarm",
            lambda _: {"evaluationPeriods": 1, "comparisonOperator": "LessThanThreshold", "alarmActions": ["x"]},
        ),
    ),
    Refusal(
        "a trust policy that is not JSON",
        "MalformedPolicyDocument",
        creating(ROLE, lambda _: {"assumeRolePolicy": "{"}),
    ),
    Refusal(
        "a policy without version",
        "Version",
        creating(ROLE, lambda _: {"assumeRolePolicy": json.dumps({"Statement": []})}),
    ),
    Refusal(
        "a policy without resource",
        "no `Resource`",
        creating(
            "aws:iam/rolePolicy:RolePolicy",
            lambda m: {
                "role": m["role"]["name"],
                "policy": POLICY.replace("Resource", "NotAResource").replace("NotAResource", "Sid"),
            },
        ),
    ),
    Refusal(
        "a CPU that Fargate lacks",
        "no Fargate configuration exists for `300`",
        creating(TASK, lambda m: task(m, cpu="300")),
    ),
    Refusal(
        "a memory that Fargate lacks", "`256` CPU units with `4096`", creating(TASK, lambda m: task(m, memory="4096"))
    ),
    Refusal(
        "a big pair that Fargate lacks",
        "`16384` CPU units with `36864`",
        creating(TASK, lambda m: task(m, cpu="16384", memory="36864")),
    ),
    Refusal("two containers of one name", "not unique", creating(TASK, lambda m: task(m, container(), container()))),
    Refusal(
        "an unknown dependency",
        "unknown container `x`",
        creating(TASK, lambda m: task(m, container(dependsOn=[{"containerName": "x", "condition": "SUCCESS"}]))),
    ),
    Refusal(
        "no essential container",
        "at least one container must be essential",
        creating(TASK, lambda m: task(m, container(essential=False))),
    ),
    Refusal(
        "a secret and a variable of one name",
        "not shared",
        creating(TASK, lambda m: task(m, container(secrets=[{"name": "A", "valueFrom": "x"}]))),
    ),
    Refusal(
        "a role that does not exist",
        "there is no role",
        creating(TASK, lambda m: task(m, taskRoleArn="arn:aws:iam::123456789012:role/nobody")),
    ),
    *[
        Refusal(f"{word} on Fargate", words, creating(TASK, lambda m, more=more: task(m, container(**more))))
        for word, words, more in [
            ("devices", "linuxParameters.devices", {"linuxParameters": {"devices": [{"hostPath": "/dev/x"}]}}),
            ("shared memory", "linuxParameters.sharedMemorySize", {"linuxParameters": {"sharedMemorySize": 64}}),
            ("swap", "linuxParameters.maxSwap", {"linuxParameters": {"maxSwap": 0}}),
            ("a capability", "add NET_ADMIN", {"linuxParameters": {"capabilities": {"add": ["NET_ADMIN"]}}}),
            ("a privileged container", "`privileged`", {"privileged": True}),
            ("a long stop", "at most 120", {"stopTimeout": 121}),
            (
                "a tmpfs of no size",
                "at least 1 MiB",
                {"linuxParameters": {"tmpfs": [{"containerPath": "/tmp", "size": 0}]}},
            ),
            (
                "a relative tmpfs",
                "absolute path",
                {"linuxParameters": {"tmpfs": [{"containerPath": "tmp", "size": 8}]}},
            ),
            ("a health check without a shell", "begins with CMD", {"healthCheck": {"command": ["true"]}}),
            ("a slow health check", "`interval`", {"healthCheck": {"command": ["CMD", "true"], "interval": 301}}),
        ]
    ],
    Refusal(
        "credentials of a repository without a role",
        "needs an execution role",
        creating(
            TASK,
            lambda m: task(
                m, container(repositoryCredentials={"credentialsParameter": "arn:x"}), executionRoleArn=None
            ),
        ),
    ),
    Refusal("a service without a rule", "does not have an associated load balancer", without_rule),
    Refusal(
        "a service with foreign capacity",
        "not associated with the cluster",
        creating(
            SERVICE,
            lambda m: service(m, name="x", capacityProviderStrategies=[{"capacityProvider": "mine", "weight": 1}]),
        ),
    ),
    Refusal("a service twice", "not idempotent", creating(SERVICE, service)),
    Refusal(
        "a service that can never roll",
        "must be greater",
        creating(SERVICE, lambda m: service(m, name="x", deploymentMaximumPercent=100)),
    ),
    Refusal(
        "another port on a live service",
        "unable to change the port",
        updating(
            "service",
            lambda m: service(
                m, loadBalancers=[{"targetGroupArn": m["group"]["arn"], "containerName": "web", "containerPort": 9000}]
            ),
        ),
    ),
    Refusal("capacity providers taken from services", "ResourceInUse", deleting("providers")),
    Refusal("a cluster with services", "ClusterContainsServices", deleting("cluster")),
    Refusal("a group in use", "dependent object", deleting("tasks")),
    Refusal("a group of a balancer", "dependent object", deleting("lb")),
    Refusal("a target group in use", "ResourceInUse", deleting("group")),
    Refusal("a priority taken", "PriorityInUse", creating(RULE, rule)),
    Refusal(
        "more than three values", "at most 3", creating(RULE, lambda m: rule(m, priority=20, conditions=[hosts(4)]))
    ),
    Refusal(
        "more than five values",
        "at most 5",
        creating(
            RULE, lambda m: rule(m, priority=20, conditions=[hosts(3), {"pathPattern": {"values": ["/a", "/b", "/c"]}}])
        ),
    ),
    Refusal(
        "more than five wildcards",
        "at most 5 wildcards, got 6",
        creating(
            RULE, lambda m: rule(m, priority=20, conditions=[{"pathPattern": {"values": ["/*/a*", "/*/b?", "/?/c*"]}}])
        ),
    ),
    Refusal(
        "tags of a role that differ in case",
        "case insensitive",
        creating(ROLE, lambda _: {"assumeRolePolicy": TRUST, "tags": {"env": "a", "Env": "b"}}),
    ),
    Refusal(
        "a domain that is no common name",
        "no longer than 64",
        creating(
            "aws:acm/certificate:Certificate",
            lambda _: {"domainName": f"{'a' * 53}.example.com", "validationMethod": "DNS"},
        ),
    ),
    Refusal(
        "two Cloud Map services of one name",
        "ServiceAlreadyExists",
        creating(
            "aws:servicediscovery/service:Service",
            lambda m: {
                "name": "alpha-redis",
                "dnsConfig": {"namespaceId": m["namespace"]["id"], "dnsRecords": [{"type": "A", "ttl": 10}]},
            },
        ),
    ),
    Refusal(
        "a static parameter at once",
        "immediate apply method for static parameter",
        creating(
            "aws:rds/parameterGroup:ParameterGroup",
            lambda _: {"family": "postgres14", "parameters": [{"name": "rds.force_ssl", "value": "1"}]},
        ),
    ),
    Refusal(
        "operations a second for small storage",
        "storage size less than 400",
        creating(DATABASE, lambda m: database(m, identifier="other-rds", iops=3000)),
    ),
    Refusal(
        "too few operations a second for large storage",
        "Invalid iops value `3000`",
        creating(DATABASE, lambda m: database(m, identifier="other-rds", allocatedStorage=400, iops=3000)),
    ),
    Refusal(
        "storage that crosses 400 GiB",
        "Invalid iops value `3000`",
        updating("database", lambda _: {"allocatedStorage": 400}),
    ),
    Refusal(
        "a limit that storage cannot grow to",
        "at least 10 percent",
        creating(DATABASE, lambda m: database(m, identifier="other-rds", maxAllocatedStorage=21)),
    ),
    Refusal("a role with policies", "DeleteConflict", deleting("role")),
    Refusal("a subnet in use", "DependencyViolation", deleting("public-a")),
    Refusal("a network in use", "DependencyViolation", deleting("vpc")),
    Refusal("a gateway in use", "DependencyViolation", deleting("gateway")),
    Refusal("an address in use", "permission to release", deleting("address")),
    Refusal("a NAT gateway without internet", "no internet gateway attached", without_gateway),
    Refusal("a namespace with services", "ResourceInUse", deleting("namespace")),
    Refusal("a subnet group in use", "in use by", deleting("subnets")),
    Refusal("a parameter group in use", "in use by", deleting("parameters")),
    Refusal(
        "a log group that exists",
        "ResourceAlreadyExists",
        creating("aws:cloudwatch/logGroup:LogGroup", lambda _: {"name": "/ecs/alpha/web"}),
    ),
    Refusal(
        "days that CloudWatch lacks",
        "is one of",
        creating("aws:cloudwatch/logGroup:LogGroup", lambda _: {"name": "/x", "retentionInDays": 8}),
    ),
    Refusal(
        "a parameter that exists",
        "ParameterAlreadyExists",
        creating(
            "aws:ssm/parameter:Parameter", lambda _: {"name": "/dev/alpha/SECRET_KEY", "type": "String", "value": "x"}
        ),
    ),
    Refusal(
        "a record that exists",
        "already exists",
        creating(RECORD, lambda m: certificate_record(m, allowOverwrite=False)),
    ),
    Refusal("a certificate in use", "ResourceInUse", deleting("certificate")),
    Refusal("a certificate without proof", "no public zone answers", unproved),
    Refusal("a route table in use", "DependencyViolation", deleting("table")),
]
