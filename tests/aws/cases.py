"""One resource of each type, and more where they need each other: a graph in the order of creation."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from engine import REGION, Engine, client
from standin import values
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


CASES = [
    Case(
        "aws:ec2/vpc:Vpc",
        "vpc",
        lambda _: {"cidrBlock": "10.0.0.0/16", "enableDnsHostnames": True, **TAGS},
        retag,
        lambda _: {"cidrBlock": "10.1.0.0/16"},
    ),
    Case(
        "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup",
        "default",
        lambda m: {"vpcId": m["vpc"]["id"], **TAGS},
        retag,
    ),
    Case("aws:ec2/internetGateway:InternetGateway", "gateway", lambda m: {"vpcId": m["vpc"]["id"], **TAGS}, retag),
    Case(
        "aws:ec2/subnet:Subnet",
        "public-a",
        lambda m: subnet(m, 0, f"{REGION}a"),
        retag,
        lambda _: {"availabilityZone": f"{REGION}c"},
    ),
    Case(
        "aws:ec2/subnet:Subnet",
        "public-b",
        lambda m: subnet(m, 1, f"{REGION}b"),
        lambda _: {"mapPublicIpOnLaunch": True},
    ),
    Case(
        "aws:ec2/subnet:Subnet",
        "private",
        lambda m: subnet(m, 4, f"{REGION}a"),
        retag,
        lambda _: {"cidrBlock": "10.0.208.0/20"},
    ),
    Case("aws:ec2/routeTable:RouteTable", "table", lambda m: {"vpcId": m["vpc"]["id"], **TAGS}, retag),
    Case("aws:ec2/routeTable:RouteTable", "other-table", lambda m: {"vpcId": m["vpc"]["id"]}, retag),
    Case(
        "aws:ec2/route:Route",
        "route",
        lambda m: {
            "routeTableId": m["table"]["id"],
            "destinationCidrBlock": "0.0.0.0/0",
            "gatewayId": m["gateway"]["id"],
        },
        replace=lambda _: {"destinationCidrBlock": "9.0.0.0/8"},
    ),
    Case(
        "aws:ec2/routeTableAssociation:RouteTableAssociation",
        "association",
        lambda m: {"routeTableId": m["table"]["id"], "subnetId": m["public-a"]["id"]},
        lambda m: {"routeTableId": m["other-table"]["id"]},
        lambda m: {"subnetId": m["public-b"]["id"]},
    ),
    Case("aws:ec2/eip:Eip", "address", lambda _: {"domain": "vpc", **TAGS}, retag),
    Case(
        "aws:ec2/natGateway:NatGateway",
        "nat",
        lambda m: {"allocationId": m["address"]["id"], "subnetId": m["public-a"]["id"], **TAGS},
        retag,
        lambda m: {"subnetId": m["public-b"]["id"]},
    ),
    Case(
        "aws:ec2/vpcEndpoint:VpcEndpoint",
        "s3",
        lambda m: {
            "vpcId": m["vpc"]["id"],
            "serviceName": f"com.amazonaws.{REGION}.s3",
            "routeTableIds": [m["table"]["id"]],
            **TAGS,
        },
        retag,
    ),
    Case(
        "aws:ec2/securityGroup:SecurityGroup",
        "lb",
        lambda m: {"vpcId": m["vpc"]["id"], "description": "balancer", **TAGS},
        retag,
        lambda _: {"description": "other"},
    ),
    Case(
        "aws:ec2/securityGroup:SecurityGroup",
        "tasks",
        lambda m: {"vpcId": m["vpc"]["id"], "description": "tasks", **TAGS},
        retag,
    ),
    Case(
        "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
        "in",
        lambda m: {
            "securityGroupId": m["lb"]["id"],
            "cidrIpv4": "0.0.0.0/0",
            "ipProtocol": "tcp",
            "fromPort": 443,
            "toPort": 443,
            "description": "HTTPS",
            **TAGS,
        },
        lambda _: {"cidrIpv4": "10.0.0.0/8"},
        lambda m: {"securityGroupId": m["tasks"]["id"]},
    ),
    Case(
        "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule",
        "out",
        lambda m: {
            "securityGroupId": m["lb"]["id"],
            "referencedSecurityGroupId": m["tasks"]["id"],
            "ipProtocol": "tcp",
            "fromPort": 1024,
            "toPort": 65535,
            "description": "to the tasks",
            **TAGS,
        },
        lambda _: {"description": "to all tasks"},
    ),
    Case(
        "aws:ec2/vpcEndpoint:VpcEndpoint",
        "ecr",
        lambda m: {
            "vpcId": m["vpc"]["id"],
            "serviceName": f"com.amazonaws.{REGION}.ecr.api",
            "vpcEndpointType": "Interface",
            "subnetIds": [m["private"]["id"]],
            "securityGroupIds": [m["tasks"]["id"]],
            "privateDnsEnabled": True,
            **TAGS,
        },
        retag,
    ),
    Case(
        "aws:lb/loadBalancer:LoadBalancer",
        "balancer",
        lambda m: {
            "loadBalancerType": "application",
            "securityGroups": [m["lb"]["id"]],
            "subnets": [m["public-a"]["id"], m["public-b"]["id"]],
            "dropInvalidHeaderFields": True,
            "desyncMitigationMode": "defensive",
            **TAGS,
        },
        lambda _: {"idleTimeout": 120},
        lambda _: {"internal": True},
    ),
    Case(
        "aws:acm/certificate:Certificate",
        "certificate",
        lambda _: {
            "domainName": "example.com",
            "subjectAlternativeNames": ["*.example.com"],
            "validationMethod": "DNS",
            **TAGS,
        },
        retag,
        lambda _: {"domainName": "other.com"},
    ),
    Case("aws:route53/record:Record", "proof", certificate_record, lambda _: {"ttl": 120}, lambda _: {"name": "other"}),
    Case(
        "aws:acm/certificateValidation:CertificateValidation",
        "validation",
        lambda m: {
            "certificateArn": m["certificate"]["arn"],
            "validationRecordFqdns": [m["proof"]["fqdn"]],
        },
        replace=lambda _: {"certificateArn": "arn:aws:acm:x:1:certificate/y"},
    ),
    Case(
        "aws:lb/listener:Listener",
        "redirect",
        lambda m: {
            "loadBalancerArn": m["balancer"]["arn"],
            "port": 80,
            "protocol": "HTTP",
            "defaultActions": [
                {"type": "redirect", "redirect": {"protocol": "HTTPS", "port": "443", "statusCode": "HTTP_301"}}
            ],
            **TAGS,
        },
        retag,
    ),
    Case(
        "aws:lb/listener:Listener",
        "listener",
        lambda m: {
            "loadBalancerArn": m["balancer"]["arn"],
            "port": 443,
            "protocol": "HTTPS",
            "sslPolicy": "ELBSecurityPolicy-TLS13-1-2-2021-06",
            "certificateArn": m["validation"]["certificateArn"],
            "defaultActions": [
                {"type": "fixed-response", "fixedResponse": {"contentType": "text/plain", "statusCode": "404"}}
            ],
            **TAGS,
        },
        lambda _: {"sslPolicy": "ELBSecurityPolicy-TLS13-1-2-Res-2021-06"},
    ),
    Case(
        "aws:lb/targetGroup:TargetGroup",
        "group",
        lambda m: {
            "port": 8000,
            "protocol": "HTTP",
            "targetType": "ip",
            "vpcId": m["vpc"]["id"],
            "deregistrationDelay": 30,
            "healthCheck": {
                "path": "/api/health-check/",
                "interval": 10,
                "timeout": 5,
                "healthyThreshold": 2,
                "unhealthyThreshold": 3,
                "matcher": "200",
            },
            **TAGS,
        },
        lambda _: {"deregistrationDelay": 60},
        lambda _: {"port": 9000},
    ),
    Case("aws:lb/listenerRule:ListenerRule", "rule", rule, lambda _: {"priority": 12}),
    Case(
        "aws:cloudwatch/logGroup:LogGroup",
        "logs",
        lambda _: {"name": "/ecs/alpha/web", "retentionInDays": 7, **TAGS},
        lambda _: {"retentionInDays": 30},
        lambda _: {"name": "/ecs/beta/web"},
    ),
    Case(
        "aws:iam/role:Role",
        "role",
        lambda _: {"assumeRolePolicy": TRUST, **TAGS},
        lambda _: {"description": "runs tasks"},
        lambda _: {"name": "fixed"},
    ),
    Case(
        "aws:iam/rolePolicy:RolePolicy",
        "policy",
        lambda m: {"role": m["role"]["name"], "policy": POLICY},
        lambda _: {"policy": POLICY.replace("Get", "Put")},
    ),
    Case(
        "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
        "attachment",
        lambda m: {
            "role": m["role"]["name"],
            "policyArn": "arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore",
        },
        replace=lambda _: {"policyArn": "arn:aws:iam::aws:policy/ReadOnlyAccess"},
    ),
    Case("aws:iam/instanceProfile:InstanceProfile", "profile", lambda m: {"role": m["role"]["name"], **TAGS}, retag),
    Case(
        "aws:ec2/instance:Instance",
        "bastion",
        lambda m: {
            "ami": m["image"]["value"],
            "instanceType": "t4g.nano",
            "iamInstanceProfile": m["profile"]["name"],
            "subnetId": m["private"]["id"],
            "vpcSecurityGroupIds": [m["tasks"]["id"]],
            "metadataOptions": {"httpTokens": "required", "httpEndpoint": "enabled"},
            "rootBlockDevice": {"encrypted": True, "volumeType": "gp3", **TAGS},
            "associatePublicIpAddress": False,
            **TAGS,
        },
        lambda m: {"vpcSecurityGroupIds": [m["lb"]["id"]]},
        lambda m: {"subnetId": m["public-a"]["id"]},
    ),
    Case(
        "aws:ecs/cluster:Cluster",
        "cluster",
        lambda _: {"name": "alpha-cluster", "settings": [{"name": "containerInsights", "value": "disabled"}], **TAGS},
        retag,
        lambda _: {"name": "beta-cluster"},
    ),
    Case(
        "aws:ecs/clusterCapacityProviders:ClusterCapacityProviders",
        "providers",
        lambda m: {
            "clusterName": m["cluster"]["name"],
            "capacityProviders": ["FARGATE", "FARGATE_SPOT"],
        },
        lambda _: {"defaultCapacityProviderStrategies": [{"capacityProvider": "FARGATE", "weight": 1, "base": 1}]},
    ),
    Case("aws:ecs/taskDefinition:TaskDefinition", "task", task, retag, lambda _: {"cpu": "512", "memory": "1024"}),
    Case(
        "aws:ecs/service:Service",
        "service",
        service,
        lambda _: {"enableExecuteCommand": False},
        lambda _: {"name": "alpha-ui"},
    ),
    Case(
        "aws:rds/subnetGroup:SubnetGroup",
        "subnets",
        lambda m: {"subnetIds": [m["public-a"]["id"], m["public-b"]["id"]], **TAGS},
        lambda m: {"subnetIds": [m["private"]["id"], m["public-b"]["id"]]},
    ),
    Case(
        "aws:rds/parameterGroup:ParameterGroup",
        "parameters",
        lambda _: {
            "family": "postgres17",
            "parameters": [{"name": "rds.force_ssl", "value": "1"}],
            **TAGS,
        },
        retag,
        lambda _: {"family": "postgres16"},
    ),
    Case(
        "aws:rds/instance:Instance",
        "database",
        database,
        lambda _: {"backupRetentionPeriod": 2},
        lambda _: {"username": "other"},
    ),
    Case(
        "aws:route53/record:Record",
        "alias",
        lambda m: {
            "zoneId": m["zone"]["id"],
            "name": "alpha.example.com",
            "type": "A",
            "aliases": [
                {"name": m["balancer"]["dnsName"], "zoneId": m["balancer"]["zoneId"], "evaluateTargetHealth": True}
            ],
        },
        lambda m: {
            "aliases": [
                {"name": m["balancer"]["dnsName"], "zoneId": m["balancer"]["zoneId"], "evaluateTargetHealth": False}
            ]
        },
    ),
    Case(
        "aws:s3/bucket:Bucket",
        "bucket",
        lambda _: {"forceDestroy": True, **TAGS},
        retag,
        lambda _: {"bucket": "another-bucket"},
    ),
    Case(
        "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
        "block",
        lambda m: {
            "bucket": m["bucket"]["id"],
            "blockPublicAcls": True,
            "blockPublicPolicy": True,
            "ignorePublicAcls": True,
            "restrictPublicBuckets": True,
        },
        lambda _: {"blockPublicAcls": False},
    ),
    Case(
        "aws:s3/bucketOwnershipControls:BucketOwnershipControls",
        "ownership",
        lambda m: {
            "bucket": m["bucket"]["id"],
            "rule": {"objectOwnership": "BucketOwnerEnforced"},
        },
        lambda _: {"rule": {"objectOwnership": "BucketOwnerPreferred"}},
    ),
    Case(
        "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
        "encryption",
        lambda m: {
            "bucket": m["bucket"]["id"],
            "rules": [{"applyServerSideEncryptionByDefault": {"sseAlgorithm": "AES256"}}],
        },
        lambda _: {
            "rules": [{"applyServerSideEncryptionByDefault": {"sseAlgorithm": "aws:kms"}, "bucketKeyEnabled": True}]
        },
    ),
    Case(
        "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration",
        "lifecycle",
        lambda m: {
            "bucket": m["bucket"]["id"],
            "rules": [
                {
                    "id": "abort",
                    "status": "Enabled",
                    "filter": {"prefix": ""},
                    "abortIncompleteMultipartUpload": {"daysAfterInitiation": 7},
                }
            ],
        },
        lambda _: {
            "rules": [
                {
                    "id": "abort",
                    "status": "Disabled",
                    "filter": {"prefix": ""},
                    "abortIncompleteMultipartUpload": {"daysAfterInitiation": 7},
                }
            ]
        },
    ),
    Case(
        "aws:s3/bucketPolicy:BucketPolicy",
        "bucket-policy",
        lambda m: {"bucket": m["bucket"]["id"], "policy": bucket_policy(m, "Deny")},
        lambda m: {"policy": bucket_policy(m, "Allow")},
    ),
    Case(
        "aws:servicediscovery/privateDnsNamespace:PrivateDnsNamespace",
        "namespace",
        lambda m: {"name": "dev-sd-ns", "vpc": m["vpc"]["id"], **TAGS},
        retag,
        lambda _: {"name": "other-ns"},
    ),
    Case(
        "aws:servicediscovery/service:Service",
        "discovery",
        lambda m: {
            "name": "alpha-redis",
            "dnsConfig": {
                "namespaceId": m["namespace"]["id"],
                "dnsRecords": [{"type": "A", "ttl": 10}],
                "routingPolicy": "MULTIVALUE",
            },
            "healthCheckCustomConfig": {"failureThreshold": 1},
            "forceDestroy": True,
            **TAGS,
        },
        retag,
        lambda _: {"name": "beta-redis"},
    ),
    Case(
        "aws:ssm/parameter:Parameter",
        "parameter",
        lambda _: {"name": "/dev/alpha/SECRET_KEY", "type": "SecureString", "value": values.Secret("hidden"), **TAGS},
        lambda _: {"value": values.Secret("other")},
        lambda _: {"name": "/dev/alpha/OTHER"},
    ),
]


def bucket_policy(made: dict[str, Props], effect: str) -> str:
    arn = made["bucket"]["arn"]
    statement = {"Effect": effect, "Principal": "*", "Action": "s3:*", "Resource": [arn, f"{arn}/*"]}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def create_all(engine: Engine, endpoint: str) -> dict[str, Props]:
    """The whole graph, created."""
    zone = client(endpoint, "route53").create_hosted_zone(Name="example.com", CallerReference="test")["HostedZone"]
    name = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-arm64"
    made: dict[str, Props] = {
        "zone": {"id": zone["Id"].split("/")[-1]},
        "image": engine.invoke("aws:ssm/getParameter:getParameter", {"name": name}),
    }
    for case in CASES:
        made[case.name] = engine.create(case.token, case.name, case.inputs(made))
    return made
