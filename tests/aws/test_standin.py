"""The stand-in plugin against moto, through the gRPC stubs: no engine, no CLI.

One graph holds every type of the token list. Each of its resources is checked, previewed, created, read and compared,
then changed, and in the end everything is deleted in reverse order. A second table holds what AWS refuses.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import boto3
import grpc
import pytest
from pulumi.runtime.proto import provider_pb2, provider_pb2_grpc

import inventory
from standin import schema, values
from standin.resources import FUNCTIONS, RESOURCES
from standin.resources.ecs_task import canonical
from standin.values import UNKNOWN, Props

HERE = Path(__file__).parent
REGION = "eu-central-1"
TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Principal": {"Service": "ecs-tasks.amazonaws.com"}, "Action": "sts:AssumeRole"}],
    }
)
POLICY = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}]})


class Engine:
    """The part of Pulumi's engine that a plugin meets: registers resources, previews first, remembers the state."""

    def __init__(self, channel: grpc.Channel) -> None:
        self.stub = provider_pb2_grpc.ResourceProviderStub(channel)
        self.state: dict[str, tuple[str, str, Props, Props]] = {}

    @staticmethod
    def urn(token: str, name: str) -> str:
        return f"urn:pulumi:test::test::{token}::{name}"

    def check(self, token: str, name: str, inputs: Props, olds: Props | None = None) -> Props:
        """The checked inputs; a failure is raised."""
        request = provider_pb2.CheckRequest(urn=self.urn(token, name), randomSeed=name.encode())
        request.news.CopyFrom(values.encode_props(inputs))
        request.olds.CopyFrom(values.encode_props(olds or {}))
        answer = self.stub.Check(request)
        if answer.failures:
            raise Failed("; ".join(f"{failure.property}: {failure.reason}" for failure in answer.failures))
        return values.decode_props(answer.inputs)

    def preview(self, token: str, name: str, inputs: Props) -> Props:
        """What creating promises."""
        properties = values.encode_props(self.check(token, name, inputs))
        request = provider_pb2.CreateRequest(urn=self.urn(token, name), properties=properties, preview=True)
        return values.decode_props(self.stub.Create(request).properties)

    def create(self, token: str, name: str, inputs: Props) -> Props:
        """Checks and creates."""
        checked = self.check(token, name, inputs)
        request = provider_pb2.CreateRequest(urn=self.urn(token, name), properties=values.encode_props(checked))
        answer = called(self.stub.Create, request)
        outputs = values.decode_props(answer.properties)
        self.state[name] = (token, answer.id, checked, outputs)
        return {**values.plain(outputs), "id": answer.id}

    def diff(self, name: str, news: Props, ignore: tuple[str, ...] = ()) -> Any:
        """What would change."""
        token, identifier, inputs, outputs = self.state[name]
        request = provider_pb2.DiffRequest(id=identifier, urn=self.urn(token, name), ignoreChanges=ignore)
        request.olds.CopyFrom(values.encode_props(outputs))
        request.old_inputs.CopyFrom(values.encode_props(inputs))
        request.news.CopyFrom(values.encode_props(self.check(token, name, news, inputs)))
        return self.stub.Diff(request)

    def update(self, name: str, news: Props) -> Props:
        """Changes in place."""
        token, identifier, inputs, outputs = self.state[name]
        checked = self.check(token, name, news, inputs)
        request = provider_pb2.UpdateRequest(id=identifier, urn=self.urn(token, name))
        request.olds.CopyFrom(values.encode_props(outputs))
        request.old_inputs.CopyFrom(values.encode_props(inputs))
        request.news.CopyFrom(values.encode_props(checked))
        outputs = values.decode_props(called(self.stub.Update, request).properties)
        self.state[name] = (token, identifier, checked, outputs)
        return values.plain(outputs)

    def read(self, name: str) -> Any:
        """Reads, as a refresh does."""
        token, identifier, inputs, outputs = self.state[name]
        request = provider_pb2.ReadRequest(id=identifier, urn=self.urn(token, name))
        request.properties.CopyFrom(values.encode_props(outputs))
        request.inputs.CopyFrom(values.encode_props(inputs))
        return called(self.stub.Read, request)

    def delete(self, name: str) -> None:
        """Deletes."""
        token, identifier, inputs, outputs = self.state[name]
        request = provider_pb2.DeleteRequest(id=identifier, urn=self.urn(token, name))
        request.properties.CopyFrom(values.encode_props(outputs))
        request.old_inputs.CopyFrom(values.encode_props(inputs))
        called(self.stub.Delete, request)
        del self.state[name]

    def invoke(self, token: str, args: Props) -> Props:
        """Calls a function."""
        answer = called(self.stub.Invoke, provider_pb2.InvokeRequest(tok=token, args=values.encode_props(args)))
        if answer.failures:
            raise Failed("; ".join(f"{failure.property}: {failure.reason}" for failure in answer.failures))
        return values.decode_props(getattr(answer, "return"))


class Failed(Exception):
    """The plugin said no."""


def called(method: Callable[[Any], Any], request: Any) -> Any:
    """The answer, or what the plugin says to the user."""
    try:
        return method(request)
    except grpc.RpcError as error:
        raise Failed(error.details()) from error


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
    Case("aws:ec2/vpc:Vpc", "vpc", lambda _: {"cidrBlock": "10.0.0.0/16", "enableDnsHostnames": True, **TAGS}, retag, lambda _: {"cidrBlock": "10.1.0.0/16"}),
    Case("aws:ec2/defaultSecurityGroup:DefaultSecurityGroup", "default", lambda m: {"vpcId": m["vpc"]["id"], **TAGS}, retag),
    Case("aws:ec2/internetGateway:InternetGateway", "gateway", lambda m: {"vpcId": m["vpc"]["id"], **TAGS}, retag),
    Case("aws:ec2/subnet:Subnet", "public-a", lambda m: subnet(m, 0, f"{REGION}a"), retag, lambda _: {"availabilityZone": f"{REGION}c"}),
    Case("aws:ec2/subnet:Subnet", "public-b", lambda m: subnet(m, 1, f"{REGION}b"), lambda _: {"mapPublicIpOnLaunch": True}),
    Case("aws:ec2/subnet:Subnet", "private", lambda m: subnet(m, 4, f"{REGION}a"), retag, lambda _: {"cidrBlock": "10.0.208.0/20"}),
    Case("aws:ec2/routeTable:RouteTable", "table", lambda m: {"vpcId": m["vpc"]["id"], **TAGS}, retag),
    Case("aws:ec2/routeTable:RouteTable", "other-table", lambda m: {"vpcId": m["vpc"]["id"]}, retag),
    Case(
        "aws:ec2/route:Route",
        "route",
        lambda m: {"routeTableId": m["table"]["id"], "destinationCidrBlock": "0.0.0.0/0", "gatewayId": m["gateway"]["id"]},
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
        lambda m: {"vpcId": m["vpc"]["id"], "serviceName": f"com.amazonaws.{REGION}.s3", "routeTableIds": [m["table"]["id"]], **TAGS},
        retag,
    ),
    Case("aws:ec2/securityGroup:SecurityGroup", "lb", lambda m: {"vpcId": m["vpc"]["id"], "description": "balancer", **TAGS}, retag, lambda _: {"description": "other"}),
    Case("aws:ec2/securityGroup:SecurityGroup", "tasks", lambda m: {"vpcId": m["vpc"]["id"], "description": "tasks", **TAGS}, retag),
    Case(
        "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
        "in",
        lambda m: {"securityGroupId": m["lb"]["id"], "cidrIpv4": "0.0.0.0/0", "ipProtocol": "tcp", "fromPort": 443, "toPort": 443, "description": "HTTPS", **TAGS},
        lambda _: {"cidrIpv4": "10.0.0.0/8"},
        lambda m: {"securityGroupId": m["tasks"]["id"]},
    ),
    Case(
        "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule",
        "out",
        lambda m: {"securityGroupId": m["lb"]["id"], "referencedSecurityGroupId": m["tasks"]["id"], "ipProtocol": "tcp", "fromPort": 1024, "toPort": 65535, **TAGS},
        lambda _: {"description": "to the tasks"},
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
    Case("aws:lb/loadBalancer:LoadBalancer", "balancer", lambda m: {
        "loadBalancerType": "application",
        "securityGroups": [m["lb"]["id"]],
        "subnets": [m["public-a"]["id"], m["public-b"]["id"]],
        "dropInvalidHeaderFields": True,
        "desyncMitigationMode": "defensive",
        **TAGS,
    }, lambda _: {"idleTimeout": 120}, lambda _: {"internal": True}),
    Case("aws:acm/certificate:Certificate", "certificate", lambda _: {
        "domainName": "example.com", "subjectAlternativeNames": ["*.example.com"], "validationMethod": "DNS", **TAGS,
    }, retag, lambda _: {"domainName": "other.com"}),
    Case("aws:route53/record:Record", "proof", certificate_record, lambda _: {"ttl": 120}, lambda _: {"name": "other"}),
    Case("aws:acm/certificateValidation:CertificateValidation", "validation", lambda m: {
        "certificateArn": m["certificate"]["arn"], "validationRecordFqdns": [m["proof"]["fqdn"]],
    }, replace=lambda _: {"certificateArn": "arn:aws:acm:x:1:certificate/y"}),
    Case("aws:lb/listener:Listener", "redirect", lambda m: {
        "loadBalancerArn": m["balancer"]["arn"],
        "port": 80,
        "protocol": "HTTP",
        "defaultActions": [{"type": "redirect", "redirect": {"protocol": "HTTPS", "port": "443", "statusCode": "HTTP_301"}}],
        **TAGS,
    }, retag),
    Case("aws:lb/listener:Listener", "listener", lambda m: {
        "loadBalancerArn": m["balancer"]["arn"],
        "port": 443,
        "protocol": "HTTPS",
        "sslPolicy": "ELBSecurityPolicy-TLS13-1-2-2021-06",
        "certificateArn": m["validation"]["certificateArn"],
        "defaultActions": [{"type": "fixed-response", "fixedResponse": {"contentType": "text/plain", "statusCode": "404"}}],
        **TAGS,
    }, lambda _: {"sslPolicy": "ELBSecurityPolicy-TLS13-1-2-Res-2021-06"}),
    Case("aws:lb/targetGroup:TargetGroup", "group", lambda m: {
        "port": 8000,
        "protocol": "HTTP",
        "targetType": "ip",
        "vpcId": m["vpc"]["id"],
        "deregistrationDelay": 30,
        "healthCheck": {"path": "/api/health-check/", "interval": 10, "timeout": 5, "healthyThreshold": 2, "unhealthyThreshold": 3, "matcher": "200"},
        **TAGS,
    }, lambda _: {"deregistrationDelay": 60}, lambda _: {"port": 9000}),
    Case("aws:lb/listenerRule:ListenerRule", "rule", rule, lambda _: {"priority": 12}),
    Case("aws:cloudwatch/logGroup:LogGroup", "logs", lambda _: {"name": "/ecs/alpha/web", "retentionInDays": 7, **TAGS}, lambda _: {"retentionInDays": 30}, lambda _: {"name": "/ecs/beta/web"}),
    Case("aws:iam/role:Role", "role", lambda _: {"assumeRolePolicy": TRUST, **TAGS}, lambda _: {"description": "runs tasks"}, lambda _: {"name": "fixed"}),
    Case("aws:iam/rolePolicy:RolePolicy", "policy", lambda m: {"role": m["role"]["name"], "policy": POLICY}, lambda _: {"policy": POLICY.replace("Get", "Put")}),
    Case("aws:iam/rolePolicyAttachment:RolePolicyAttachment", "attachment", lambda m: {
        "role": m["role"]["name"], "policyArn": "arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore",
    }, replace=lambda _: {"policyArn": "arn:aws:iam::aws:policy/ReadOnlyAccess"}),
    Case("aws:iam/instanceProfile:InstanceProfile", "profile", lambda m: {"role": m["role"]["name"], **TAGS}, retag),
    Case("aws:ec2/instance:Instance", "bastion", lambda m: {
        "ami": m["image"]["value"],
        "instanceType": "t4g.nano",
        "iamInstanceProfile": m["profile"]["name"],
        "subnetId": m["private"]["id"],
        "vpcSecurityGroupIds": [m["tasks"]["id"]],
        "metadataOptions": {"httpTokens": "required", "httpEndpoint": "enabled"},
        "rootBlockDevice": {"encrypted": True},
        "associatePublicIpAddress": False,
        **TAGS,
    }, retag, lambda m: {"subnetId": m["public-a"]["id"]}),
    Case("aws:ecs/cluster:Cluster", "cluster", lambda _: {"name": "alpha-cluster", "settings": [{"name": "containerInsights", "value": "disabled"}], **TAGS}, retag, lambda _: {"name": "beta-cluster"}),
    Case("aws:ecs/clusterCapacityProviders:ClusterCapacityProviders", "providers", lambda m: {
        "clusterName": m["cluster"]["name"], "capacityProviders": ["FARGATE", "FARGATE_SPOT"],
    }, lambda _: {"defaultCapacityProviderStrategies": [{"capacityProvider": "FARGATE", "weight": 1, "base": 1}]}),
    Case("aws:ecs/taskDefinition:TaskDefinition", "task", task, retag, lambda _: {"cpu": "512", "memory": "1024"}),
    Case("aws:ecs/service:Service", "service", service, lambda _: {"enableExecuteCommand": False}, lambda _: {"name": "alpha-ui"}),
    Case("aws:rds/subnetGroup:SubnetGroup", "subnets", lambda m: {"subnetIds": [m["public-a"]["id"], m["public-b"]["id"]], **TAGS}, retag),
    Case("aws:rds/parameterGroup:ParameterGroup", "parameters", lambda _: {
        "family": "postgres17", "parameters": [{"name": "rds.force_ssl", "value": "1"}], **TAGS,
    }, retag, lambda _: {"family": "postgres16"}),
    Case("aws:rds/instance:Instance", "database", database, lambda _: {"backupRetentionPeriod": 2}, lambda _: {"username": "other"}),
    Case("aws:route53/record:Record", "alias", lambda m: {
        "zoneId": m["zone"]["id"],
        "name": "alpha.example.com",
        "type": "A",
        "aliases": [{"name": m["balancer"]["dnsName"], "zoneId": m["balancer"]["zoneId"], "evaluateTargetHealth": True}],
    }, lambda m: {"aliases": [{"name": m["balancer"]["dnsName"], "zoneId": m["balancer"]["zoneId"], "evaluateTargetHealth": False}]}),
    Case("aws:s3/bucket:Bucket", "bucket", lambda _: {"forceDestroy": True, **TAGS}, retag, lambda _: {"bucket": "another-bucket"}),
    Case("aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock", "block", lambda m: {
        "bucket": m["bucket"]["id"], "blockPublicAcls": True, "blockPublicPolicy": True, "ignorePublicAcls": True, "restrictPublicBuckets": True,
    }, lambda _: {"blockPublicAcls": False}),
    Case("aws:s3/bucketOwnershipControls:BucketOwnershipControls", "ownership", lambda m: {
        "bucket": m["bucket"]["id"], "rule": {"objectOwnership": "BucketOwnerEnforced"},
    }, lambda _: {"rule": {"objectOwnership": "BucketOwnerPreferred"}}),
    Case("aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration", "encryption", lambda m: {
        "bucket": m["bucket"]["id"], "rules": [{"applyServerSideEncryptionByDefault": {"sseAlgorithm": "AES256"}}],
    }, lambda _: {"rules": [{"applyServerSideEncryptionByDefault": {"sseAlgorithm": "aws:kms"}, "bucketKeyEnabled": True}]}),
    Case("aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration", "lifecycle", lambda m: {
        "bucket": m["bucket"]["id"], "rules": [{"id": "abort", "status": "Enabled", "filter": {}, "abortIncompleteMultipartUpload": {"daysAfterInitiation": 7}}],
    }, lambda _: {"rules": [{"id": "abort", "status": "Disabled", "abortIncompleteMultipartUpload": {"daysAfterInitiation": 7}}]}),
    Case("aws:s3/bucketPolicy:BucketPolicy", "bucket-policy", lambda m: {"bucket": m["bucket"]["id"], "policy": bucket_policy(m, "Deny")}, lambda m: {"policy": bucket_policy(m, "Allow")}),
    Case("aws:servicediscovery/privateDnsNamespace:PrivateDnsNamespace", "namespace", lambda m: {"name": "dev-sd-ns", "vpc": m["vpc"]["id"], **TAGS}, retag, lambda _: {"name": "other-ns"}),
    Case("aws:servicediscovery/service:Service", "discovery", lambda m: {
        "name": "alpha-redis",
        "dnsConfig": {"namespaceId": m["namespace"]["id"], "dnsRecords": [{"type": "A", "ttl": 10}], "routingPolicy": "MULTIVALUE"},
        "forceDestroy": True,
        **TAGS,
    }, retag, lambda _: {"name": "beta-redis"}),
    Case("aws:ssm/parameter:Parameter", "parameter", lambda _: {"name": "/dev/alpha/SECRET_KEY", "type": "SecureString", "value": values.Secret("hidden"), **TAGS}, lambda _: {"value": values.Secret("other")}, lambda _: {"name": "/dev/alpha/OTHER"}),
]


def bucket_policy(made: dict[str, Props], effect: str) -> str:
    arn = made["bucket"]["arn"]
    statement = {"Effect": effect, "Principal": "*", "Action": "s3:*", "Resource": [arn, f"{arn}/*"]}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def started(*command: str, **environment: str) -> tuple[subprocess.Popen[str], str]:
    """A process and the port that it prints."""
    variables = {**os.environ, "PYTHONPATH": str(HERE), **environment}
    process = subprocess.Popen([sys.executable, *command], stdout=subprocess.PIPE, text=True, env=variables)
    assert process.stdout is not None
    return process, process.stdout.readline().strip()


@contextmanager
def world() -> Iterator[tuple[Engine, str]]:
    """An emulated AWS of its own, and an engine with the plugin that works on it."""
    moto, port = started(str(HERE / "moto_server.py"))
    endpoint = f"http://127.0.0.1:{port}"
    environment = {"AWS_ENDPOINT_URL": endpoint, "AWS_REGION": REGION}
    plugin, port = started("-m", "standin", "--logtostderr", "-v=3", "ignored", **environment)
    with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
        engine = Engine(channel)
        engine.stub.Handshake(provider_pb2.ProviderHandshakeRequest())
        engine.stub.Configure(provider_pb2.ConfigureRequest())
        yield engine, endpoint
    for process in (plugin, moto):
        process.terminate()
        process.wait()


def client(endpoint: str, service: str) -> Any:
    keys = {"aws_access_key_id": "testing", "aws_secret_access_key": "testing"}
    return boto3.client(service, region_name=REGION, endpoint_url=endpoint, **keys)


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


@pytest.fixture(scope="session")
def shared() -> Iterator[tuple[Engine, str]]:
    with world() as made:
        yield made


@pytest.fixture(scope="session")
def engine(shared: tuple[Engine, str]) -> Engine:
    return shared[0]


@pytest.fixture(scope="session")
def endpoint(shared: tuple[Engine, str]) -> str:
    return shared[1]


@pytest.fixture(scope="session")
def made(engine: Engine, endpoint: str) -> dict[str, Props]:
    return create_all(engine, endpoint)


def by_name(case: Case) -> str:
    return case.name


def test_every_type_of_the_pinned_schema_is_carried_out() -> None:
    assert RESOURCES.keys() == schema.document()["resources"].keys()
    assert FUNCTIONS.keys() == schema.document()["functions"].keys()
    assert {case.token for case in CASES} == RESOURCES.keys()


@pytest.mark.parametrize("case", CASES, ids=by_name)
def test_what_is_unchanged_has_no_difference(case: Case, engine: Engine, made: dict[str, Props]) -> None:
    assert not engine.diff(case.name, case.inputs(made)).detailedDiff
    _, identifier, inputs, outputs = engine.state[case.name]
    answer = engine.read(case.name)
    assert answer.id == identifier
    assert values.decode_props(answer.inputs) == inputs
    assert values.decode_props(answer.properties) == outputs


@pytest.mark.parametrize("case", CASES, ids=by_name)
def test_a_preview_promises_what_comes(case: Case, engine: Engine, made: dict[str, Props]) -> None:
    preview, outputs = engine.preview(case.token, case.name, case.inputs(made)), engine.state[case.name][3]
    assert preview.keys() >= outputs.keys()
    assert {key: value for key, value in preview.items() if value is not UNKNOWN and value != outputs.get(key)} == {}
    blind = engine.preview(case.token, case.name, {key: UNKNOWN for key in case.inputs(made)})
    assert all(blind[key] is UNKNOWN for key in case.inputs(made))


@pytest.mark.parametrize("case", CASES, ids=by_name)
def test_a_change_is_an_update_or_a_replacement(case: Case, engine: Engine, made: dict[str, Props]) -> None:
    inputs = case.inputs(made)
    if replace := case.replace(made):
        answer = engine.diff(case.name, {**inputs, **replace})
        assert list(answer.replaces) == sorted(replace)
    if change := case.change(made):
        news = {**inputs, **change}
        answer = engine.diff(case.name, news)
        assert not answer.replaces
        assert list(answer.diffs) == sorted(change)
        outputs = engine.update(case.name, news)
        assert {key: outputs[key] for key in change} == values.plain(change)
        read = engine.read(case.name)
        assert values.decode_props(read.inputs) == engine.state[case.name][2]
        engine.update(case.name, inputs)
    assert change or replace


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
GROUP, DATABASE, BUCKET, RECORD = (
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


def with_object(engine: Engine, made: dict[str, Props], endpoint: str) -> None:
    """A bucket that holds an object and may not be emptied."""
    bucket = engine.create(BUCKET, "full", {})["bucket"]
    client(endpoint, "s3").put_object(Bucket=bucket, Key="a", Body=b"a")
    try:
        engine.delete("full")
    finally:
        client(endpoint, "s3").delete_object(Bucket=bucket, Key="a")
        engine.delete("full")


def with_instance(engine: Engine, made: dict[str, Props], endpoint: str) -> None:
    """A Cloud Map service in which a task is still registered."""
    token = "aws:servicediscovery/service:Service"
    dns = {"namespaceId": made["namespace"]["id"], "dnsRecords": [{"type": "A", "ttl": 10}]}
    identifier = engine.create(token, "held", {"name": "held", "dnsConfig": dns})["id"]
    discovery = client(endpoint, "servicediscovery")
    attributes = {"AWS_INSTANCE_IPV4": "10.0.0.1"}
    discovery.register_instance(ServiceId=identifier, InstanceId="a", Attributes=attributes)
    try:
        engine.delete("held")
    finally:
        discovery.deregister_instance(ServiceId=identifier, InstanceId="a")
        engine.delete("held")


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
    Refusal("an unknown property", "taksDefinition: no such property", creating(SERVICE, lambda m: service(m, taksDefinition="x"))),
    Refusal("a wrong type", "desiredCount: expected `number`", creating(SERVICE, lambda m: service(m, desiredCount="1"))),
    Refusal("a wrong type deep down", "networkConfiguration.subnets: expected `string[]`", creating(SERVICE, lambda m: service(m, networkConfiguration={"subnets": "x"}))),
    Refusal("a missing property", "assumeRolePolicy: missing required", creating(ROLE, lambda _: {})),
    Refusal("a property that is not carried out", "does not carry out `proxyConfiguration`", creating(TASK, lambda m: task(m, family="alpha-lost", proxyConfiguration={"containerName": "web"}))),
    Refusal("an automatic name too long", "longer than 32", lambda e, m: e.create(GROUP, "a-base-with-a-long-name-web", {"port": 1, "protocol": "HTTP", "vpcId": m["vpc"]["id"]})),
    Refusal("a role's name too long", "at most 64", creating(ROLE, lambda _: {"name": "r" * 65, "assumeRolePolicy": TRUST})),
    Refusal("a cluster's name with other letters", "not a name that AWS takes", creating("aws:ecs/cluster:Cluster", lambda _: {"name": "a b"})),
    Refusal("a database's name with other letters", "dbName", creating(DATABASE, lambda m: database(m, identifier="other-rds", dbName="a-b"))),
    Refusal("a reserved user of a database", "reserved word", creating(DATABASE, lambda m: database(m, identifier="other-rds", username="rdsadmin"))),
    Refusal("a parameter group of another version", "does not fit", creating(DATABASE, lambda m: database(m, identifier="other-rds", engineVersion="16"))),
    Refusal("a parameter that AWS keeps", "not beginning with", creating("aws:ssm/parameter:Parameter", lambda _: {"name": "/ssm/x", "type": "String", "value": "x"})),
    Refusal("a trust policy that is not JSON", "MalformedPolicyDocument", creating(ROLE, lambda _: {"assumeRolePolicy": "{"})),
    Refusal("a policy without version", "Version", creating(ROLE, lambda _: {"assumeRolePolicy": json.dumps({"Statement": []})})),
    Refusal("a policy without resource", "no `Resource`", creating("aws:iam/rolePolicy:RolePolicy", lambda m: {"role": m["role"]["name"], "policy": POLICY.replace("Resource", "NotAResource").replace("NotAResource", "Sid")})),
    Refusal("a CPU that Fargate lacks", "no Fargate configuration exists for `300`", creating(TASK, lambda m: task(m, cpu="300"))),
    Refusal("a memory that Fargate lacks", "`256` CPU units with `4096`", creating(TASK, lambda m: task(m, memory="4096"))),
    Refusal("a big pair that Fargate lacks", "`16384` CPU units with `36864`", creating(TASK, lambda m: task(m, cpu="16384", memory="36864"))),
    Refusal("two containers of one name", "not unique", creating(TASK, lambda m: task(m, container(), container()))),
    Refusal("an unknown dependency", "unknown container `x`", creating(TASK, lambda m: task(m, container(dependsOn=[{"containerName": "x", "condition": "SUCCESS"}])))),
    Refusal("no essential container", "at least one container must be essential", creating(TASK, lambda m: task(m, container(essential=False)))),
    Refusal("a secret and a variable of one name", "not shared", creating(TASK, lambda m: task(m, container(secrets=[{"name": "A", "valueFrom": "x"}])))),
    Refusal("a role that does not exist", "there is no role", creating(TASK, lambda m: task(m, taskRoleArn="arn:aws:iam::123456789012:role/nobody"))),
    Refusal("a service without a rule", "does not have an associated load balancer", without_rule),
    Refusal("a service with foreign capacity", "not associated with the cluster", creating(SERVICE, lambda m: service(m, name="x", capacityProviderStrategies=[{"capacityProvider": "mine", "weight": 1}]))),
    Refusal("a service twice", "not idempotent", creating(SERVICE, service)),
    Refusal("a service that can never roll", "must be greater", creating(SERVICE, lambda m: service(m, name="x", deploymentMaximumPercent=100))),
    Refusal("another port on a live service", "unable to change the port", updating("service", lambda m: service(m, loadBalancers=[{"targetGroupArn": m["group"]["arn"], "containerName": "web", "containerPort": 9000}]))),
    Refusal("capacity providers taken from services", "ResourceInUse", deleting("providers")),
    Refusal("a cluster with services", "ClusterContainsServices", deleting("cluster")),
    Refusal("a group in use", "dependent object", deleting("tasks")),
    Refusal("a group of a balancer", "dependent object", deleting("lb")),
    Refusal("a target group in use", "ResourceInUse", deleting("group")),
    Refusal("a priority taken", "PriorityInUse", creating(RULE, rule)),
    Refusal("more than three values", "at most 3", creating(RULE, lambda m: rule(m, priority=20, conditions=[hosts(4)]))),
    Refusal("more than five values", "at most 5", creating(RULE, lambda m: rule(m, priority=20, conditions=[hosts(3), {"pathPattern": {"values": ["/a", "/b", "/c"]}}]))),
    Refusal("a role with policies", "DeleteConflict", deleting("role")),
    Refusal("a subnet in use", "DependencyViolation", deleting("public-a")),
    Refusal("a network in use", "DependencyViolation", deleting("vpc")),
    Refusal("a gateway in use", "DependencyViolation", deleting("gateway")),
    Refusal("an address in use", "permission to release", deleting("address")),
    Refusal("a NAT gateway without internet", "no internet gateway attached", without_gateway),
    Refusal("a namespace with services", "ResourceInUse", deleting("namespace")),
    Refusal("a subnet group in use", "in use by", deleting("subnets")),
    Refusal("a parameter group in use", "in use by", deleting("parameters")),
    Refusal("a log group that exists", "ResourceAlreadyExists", creating("aws:cloudwatch/logGroup:LogGroup", lambda _: {"name": "/ecs/alpha/web"})),
    Refusal("days that CloudWatch lacks", "is one of", creating("aws:cloudwatch/logGroup:LogGroup", lambda _: {"name": "/x", "retentionInDays": 8})),
    Refusal("a parameter that exists", "ParameterAlreadyExists", creating("aws:ssm/parameter:Parameter", lambda _: {"name": "/dev/alpha/SECRET_KEY", "type": "String", "value": "x"})),
    Refusal("a record that exists", "already exists", creating(RECORD, lambda m: certificate_record(m, allowOverwrite=False))),
    Refusal("a certificate in use", "ResourceInUse", deleting("certificate")),
    Refusal("a certificate without proof", "no public zone answers", unproved),
    Refusal("a route table in use", "DependencyViolation", deleting("table")),
]  # fmt: skip


@pytest.mark.parametrize("refusal", REFUSALS, ids=lambda refusal: refusal.name)
def test_what_aws_refuses_is_refused(refusal: Refusal, engine: Engine, made: dict[str, Props]) -> None:
    before = set(engine.state)
    with pytest.raises(Failed) as caught:
        refusal.attempt(engine, made)
    assert refusal.words in str(caught.value)
    assert set(engine.state) == before


@pytest.mark.parametrize("attempt", [with_object, with_instance])
def test_what_holds_something_stays(attempt: Callable[..., None], engine: Engine, made: dict[str, Props], endpoint: str) -> None:
    with pytest.raises(Failed, match="BucketNotEmpty|ResourceInUse"):
        attempt(engine, made, endpoint)


def test_a_released_service_keeps_its_revision_and_count(engine: Engine, made: dict[str, Props], endpoint: str) -> None:
    ecs = client(endpoint, "ecs")
    inputs = service(made, name="alpha-released")
    engine.create(SERVICE, "released", inputs)
    released = engine.create(TASK, "released-task", task(made, cpu="512", memory="1024"))
    ecs.update_service(cluster="alpha-cluster", service="alpha-released", taskDefinition="alpha-web", desiredCount=2)
    ecs.get_waiter("services_stable").wait(cluster="alpha-cluster", services=["alpha-released"])
    refreshed = values.decode_props(engine.read("released").inputs)
    assert (refreshed["taskDefinition"], refreshed["desiredCount"]) == (released["arn"], 2)
    engine.update("released", {**inputs, "enableExecuteCommand": False})
    shown = ecs.describe_services(cluster="alpha-cluster", services=["alpha-released"])["services"][0]
    assert (shown["taskDefinition"], shown["desiredCount"], shown["runningCount"]) == (released["arn"], 2, 2)
    assert (shown["enableExecuteCommand"], shown["deploymentConfiguration"]["maximumPercent"]) == (False, 200)
    engine.delete("released")
    engine.delete("released-task")


def test_a_definition_that_is_not_canonical_differs_after_a_refresh(engine: Engine, made: dict[str, Props]) -> None:
    sloppy = {"name": "web", "image": "nginx:1", "environment": [{"name": "B", "value": "2"}, {"name": "A", "value": "1"}], "secrets": []}
    engine.create(TASK, "sloppy", task(made, sloppy, family="alpha-sloppy"))
    read = values.decode_props(engine.read("sloppy").inputs)["containerDefinitions"]
    assert json.loads(read) == canonical([sloppy]) != [sloppy]
    engine.state.pop("sloppy")


def test_a_secret_stays_one(engine: Engine, made: dict[str, Props]) -> None:
    outputs = engine.state["parameter"][3]
    assert outputs["value"] == values.Secret("hidden")
    assert not values.has_secret(outputs["name"])


def test_unknown_inputs_pass_and_replace_in_a_preview(engine: Engine, made: dict[str, Props]) -> None:
    answer = engine.diff("group", {**next(c for c in CASES if c.name == "group").inputs(made), "vpcId": UNKNOWN})
    assert list(answer.replaces) == ["vpcId"]
    assert not answer.deleteBeforeReplace


@pytest.mark.parametrize(
    ("name", "change", "first"),
    [
        ("group", {"port": 9000}, False),
        ("role", {"path": "/x/"}, False),
        ("logs", {"logGroupClass": "INFREQUENT_ACCESS"}, True),
        ("service", {"launchType": "FARGATE"}, True),
    ],
)
def test_only_a_fixed_name_goes_before_its_replacement(
    name: str, change: Props, first: bool, engine: Engine, made: dict[str, Props]
) -> None:
    answer = engine.diff(name, {**next(c for c in CASES if c.name == name).inputs(made), **change})
    assert answer.replaces
    assert answer.deleteBeforeReplace == first


def test_ignored_changes_are_no_difference(engine: Engine, made: dict[str, Props]) -> None:
    news = service(made, taskDefinition="alpha-web:9", tags={"env": "dev", "desired-count": "2"})
    assert list(engine.diff("service", news, ("taskDefinition",)).diffs) == ["tags"]
    assert not engine.diff("service", news, ("taskDefinition", 'tags["desired-count"]')).detailedDiff


@pytest.mark.parametrize(
    ("token", "args", "output", "value"),
    [
        ("aws:index/getAvailabilityZones:getAvailabilityZones", {"state": "available", "filters": [{"name": "opt-in-status", "values": ["opt-in-not-required"]}]}, "names", [f"{REGION}a", f"{REGION}b", f"{REGION}c"]),
        ("aws:index/getAvailabilityZones:getAvailabilityZones", {"region": "us-east-1"}, "region", "us-east-1"),
        ("aws:index/getCallerIdentity:getCallerIdentity", {}, "accountId", "123456789012"),
        ("aws:index/getPartition:getPartition", {}, "partition", "aws"),
        ("aws:index/getRegion:getRegion", {}, "region", REGION),
        ("aws:rds/getEngineVersion:getEngineVersion", {"engine": "postgres", "version": "17"}, "parameterGroupFamily", "postgres17"),
        ("aws:route53/getZone:getZone", {"name": "example.com"}, "name", "example.com"),
    ],
)  # fmt: skip
def test_functions_answer(token: str, args: Props, output: str, value: Any, engine: Engine, made: dict[str, Props]) -> None:
    assert engine.invoke(token, args)[output] == value


def test_passwords_differ_and_keep_to_their_letters(engine: Engine) -> None:
    args = {"passwordLength": 50, "excludePunctuation": True}
    first, second = (engine.invoke("aws:secretsmanager/getRandomPassword:getRandomPassword", args)["randomPassword"] for _ in range(2))
    assert first != second
    assert len(first) == 50
    assert first.isalnum()


def test_a_zone_that_is_not_there_is_an_error(engine: Engine) -> None:
    with pytest.raises(Failed, match="no matching Route 53"):
        engine.invoke("aws:route53/getZone:getZone", {"name": "nowhere.org"})


def test_destroy_leaves_revisions_alone() -> None:
    """Everything goes in reverse order; task definition revisions and the forgotten zone of the namespace stay."""
    with world() as (engine, endpoint):
        create_all(engine, endpoint)
        for name in reversed(list(engine.state)):
            engine.delete(name)
        left = inventory.collect(endpoint, [REGION])
        assert left.keys() <= inventory.MAY_REMAIN
        assert [item["name"] for item in left["ecs task definition"]] == ["alpha-web:1"]


def test_the_inventory_sees_every_type(engine: Engine, made: dict[str, Props], endpoint: str) -> None:
    kinds = inventory.collect(endpoint, [REGION])
    assert kinds.keys() >= inventory.KINDS.keys() - inventory.MAY_REMAIN
