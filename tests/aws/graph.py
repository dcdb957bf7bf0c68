"""One resource of each type, and more where they need each other: a graph in the order of creation."""

from __future__ import annotations

from cases import (
    POLICY,
    RETAGGED,
    TAGS,
    TOPIC,
    TRUST,
    Case,
    bucket_policy,
    certificate_record,
    database,
    retag,
    rule,
    service,
    subnet,
    task,
)
from engine import REGION, Engine, client
from graph_production import PRODUCTION, logged
from standin import values
from standin.values import Props

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
        lambda _: {"retentionInDays": 30, "kmsKeyId": "arn:aws:kms:eu-central-1:123456789012:key/1234abcd"},
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
        lambda _: {
            "name": "alpha-cluster",
            "configuration": logged("/ecs/alpha/web"),
            "settings": [{"name": "containerInsights", "value": "disabled"}],
            **TAGS,
        },
        lambda _: {"configuration": logged("/ecs/beta/web"), **RETAGGED},
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
        "aws:iam/role:Role",
        "recorder",
        lambda _: {"assumeRolePolicy": TRUST.replace("ecs-tasks", "vpc-flow-logs"), **TAGS},
        retag,
    ),
    Case(
        "aws:iam/rolePolicy:RolePolicy",
        "recording",
        lambda m: {"role": m["recorder"]["name"], "policy": POLICY.replace("s3:GetObject", "logs:CreateLogStream")},
        lambda _: {"policy": POLICY.replace("s3:GetObject", "logs:CreateLogStream").replace("Allow", "Deny")},
    ),
    Case(
        "aws:ec2/flowLog:FlowLog",
        "traffic",
        lambda m: {
            "vpcId": m["vpc"]["id"],
            "trafficType": "REJECT",
            "logDestinationType": "cloud-watch-logs",
            "logDestination": m["logs"]["arn"],
            "iamRoleArn": m["recorder"]["arn"],
            **TAGS,
        },
        retag,
        lambda _: {"trafficType": "ALL"},
    ),
    Case(
        "aws:cloudwatch/metricAlarm:MetricAlarm",
        "alarm",
        lambda _: {
            "alarmActions": [TOPIC],
            "alarmDescription": "busy",
            "comparisonOperator": "GreaterThanThreshold",
            "dimensions": {"DBInstanceIdentifier": "dev-rds"},
            "evaluationPeriods": 5,
            "metricName": "CPUUtilization",
            "namespace": "AWS/RDS",
            "okActions": [TOPIC],
            "period": 60,
            "statistic": "Average",
            "threshold": 90,
            "treatMissingData": "notBreaching",
            **TAGS,
        },
        lambda _: {"threshold": 80, **RETAGGED},
        lambda _: {"name": "another"},
    ),
    Case(
        "aws:wafv2/webAclAssociation:WebAclAssociation",
        "firewall",
        lambda m: {"resourceArn": m["balancer"]["arn"], "webAclArn": m["acl"]["arn"]},
        replace=lambda m: {"webAclArn": f"{m['acl']['arn']}-other"},
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
                    "noncurrentVersionExpiration": {"noncurrentDays": 30},
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
                    "noncurrentVersionExpiration": {"noncurrentDays": 60},
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
    *PRODUCTION,
]


def create_all(engine: Engine, endpoint: str) -> dict[str, Props]:
    """The whole graph, created."""
    zone = client(endpoint, "route53").create_hosted_zone(Name="example.com", CallerReference="test")["HostedZone"]
    name = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-arm64"
    made: dict[str, Props] = {
        "zone": {"id": zone["Id"].split("/")[-1]},
        "image": engine.invoke("aws:ssm/getParameter:getParameter", {"name": name}),
    }
    visible = {"SampledRequestsEnabled": False, "CloudWatchMetricsEnabled": False, "MetricName": "acl"}
    acl = client(endpoint, "wafv2").create_web_acl(
        Name="acl", Scope="REGIONAL", DefaultAction={"Allow": {}}, VisibilityConfig=visible
    )
    made["acl"] = {"arn": acl["Summary"]["ARN"]}
    for case in CASES:
        made[case.name] = engine.create(case.token, case.name, case.inputs(made))
    return made
