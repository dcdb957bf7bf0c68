"""Names: which property of a type Pulumi fills in, and which names AWS takes.

The real plugin fills in the input `name` of every type that has one and does not require it: the logical name, a
hyphen and seven random characters. What is then longer than the limit is refused; nothing is cut.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from dataclasses import dataclass

from standin import schema
from standin.values import Props

RANDOM_CHARACTERS = 7
DEFAULT_LIMIT = 255


@dataclass(frozen=True)
class AutoName:
    """How Pulumi names a type."""

    property: str = "name"
    limit: int = DEFAULT_LIMIT
    lower: bool = False


AUTO_NAMES = {
    "aws:elasticache/replicationGroup:ReplicationGroup": AutoName(property="replicationGroupId", limit=40, lower=True),
    "aws:elasticache/subnetGroup:SubnetGroup": AutoName(lower=True),
    "aws:iam/role:Role": AutoName(limit=64),
    "aws:lb/loadBalancer:LoadBalancer": AutoName(limit=32),
    "aws:lb/targetGroup:TargetGroup": AutoName(limit=32),
    "aws:rds/parameterGroup:ParameterGroup": AutoName(lower=True),
    "aws:rds/subnetGroup:SubnetGroup": AutoName(lower=True),
    "aws:s3/bucket:Bucket": AutoName(property="bucket", limit=63, lower=True),
}


@dataclass(frozen=True)
class Rule:
    """The names that AWS takes: a pattern, the greatest length, and words about it."""

    pattern: str
    limit: int
    words: str


LETTERS_DIGITS_HYPHENS = r"[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?"
IAM_NAME = r"[\w+=,.@-]+"
ECS_NAME = r"[A-Za-z0-9_-]+"
RDS_NAME = r"[a-z]([a-z0-9]|-(?!-|$))*"

RULES: dict[tuple[str, str], Rule] = {
    ("aws:lb/loadBalancer:LoadBalancer", "name"): Rule(
        rf"(?!internal-){LETTERS_DIGITS_HYPHENS}",
        32,
        "letters, digits and inner hyphens, not beginning with `internal-`",
    ),
    ("aws:lb/targetGroup:TargetGroup", "name"): Rule(LETTERS_DIGITS_HYPHENS, 32, "letters, digits and inner hyphens"),
    ("aws:iam/role:Role", "name"): Rule(IAM_NAME, 64, "letters, digits and `_+=,.@-`"),
    ("aws:iam/rolePolicy:RolePolicy", "name"): Rule(IAM_NAME, 128, "letters, digits and `_+=,.@-`"),
    ("aws:iam/instanceProfile:InstanceProfile", "name"): Rule(IAM_NAME, 128, "letters, digits and `_+=,.@-`"),
    ("aws:ecs/cluster:Cluster", "name"): Rule(ECS_NAME, 255, "letters, digits, underscores and hyphens"),
    ("aws:ecs/service:Service", "name"): Rule(ECS_NAME, 255, "letters, digits, underscores and hyphens"),
    ("aws:ecs/taskDefinition:TaskDefinition", "family"): Rule(
        ECS_NAME, 255, "letters, digits, underscores and hyphens"
    ),
    ("aws:cloudwatch/logGroup:LogGroup", "name"): Rule(r"[.\-_/#A-Za-z0-9]+", 512, "letters, digits and `_-/.#`"),
    ("aws:ec2/securityGroup:SecurityGroup", "name"): Rule(
        r"(?!sg-)[a-zA-Z0-9 ._\-:/()#,@\[\]+=&;{}!$*]+", 255, "characters of security groups, not beginning with `sg-`"
    ),
    ("aws:elasticache/replicationGroup:ReplicationGroup", "replicationGroupId"): Rule(
        RDS_NAME, 40, "lower-case letters, digits and single inner hyphens"
    ),
    ("aws:elasticache/subnetGroup:SubnetGroup", "name"): Rule(
        r"(?!default$)[a-z0-9-]+", 255, "lower-case letters, digits and hyphens"
    ),
    ("aws:rds/instance:Instance", "identifier"): Rule(
        RDS_NAME, 63, "lower-case letters, digits and single inner hyphens"
    ),
    ("aws:rds/instance:Instance", "dbName"): Rule(r"[A-Za-z_][A-Za-z0-9_]*", 63, "letters, digits and underscores"),
    ("aws:rds/instance:Instance", "username"): Rule(r"[A-Za-z][A-Za-z0-9_]*", 63, "letters, digits and underscores"),
    ("aws:rds/parameterGroup:ParameterGroup", "name"): Rule(
        RDS_NAME, 255, "lower-case letters, digits and single inner hyphens"
    ),
    ("aws:rds/subnetGroup:SubnetGroup", "name"): Rule(
        r"(?!default$)[a-z0-9 ._-]+", 255, "lower-case letters, digits, ` ._-`"
    ),
    ("aws:s3/bucket:Bucket", "bucket"): Rule(
        r"(?!xn--|sthree-)[a-z0-9](?!.*\.\.)[a-z0-9.-]+(?<!-s3alias)[a-z0-9]",
        63,
        "lower-case letters, digits, dots, hyphens",
    ),
    ("aws:servicediscovery/privateDnsNamespace:PrivateDnsNamespace", "name"): Rule(
        r"[!-~]{1,253}", 253, "a domain name"
    ),
    ("aws:servicediscovery/service:Service", "name"): Rule(
        r"((?=^.{1,127}$)^([a-zA-Z0-9_][a-zA-Z0-9_-]{0,61}[a-zA-Z0-9_]|[a-zA-Z0-9])(\.([a-zA-Z0-9_][a-zA-Z0-9_-]{0,61}[a-zA-Z0-9_]|[a-zA-Z0-9]))*$)|(^\.$)",
        127,
        "labels of a domain name",
    ),
    ("aws:ssm/parameter:Parameter", "name"): Rule(
        r"(?!/?(aws|ssm))(/?[A-Za-z0-9_.-]+)(/[A-Za-z0-9_.-]+)*",
        1011,
        "letters, digits, `_.-` and slashes, not beginning with `aws` or `ssm`",
    ),
}


def auto_name(token: str) -> AutoName | None:
    """How Pulumi names the type, if it does."""
    if token in AUTO_NAMES:
        return AUTO_NAMES[token]
    known = schema.document()["resources"][token]
    return AutoName() if "name" in known["inputs"] and "name" not in known["required"] else None


def fill(token: str, logical: str, seed: bytes, olds: Props, news: Props) -> list[schema.Failure]:
    """Sets the automatic name in `news`, noted in `__defaults`: the old one, or a new one that the seed decides."""
    auto = auto_name(token)
    if (
        auto is None
        or news.get(auto.property) is not None
        or any(k.endswith("Prefix") and auto.property in k for k in news)
    ):
        return []
    if olds.get(auto.property) is not None and auto.property in olds.get("__defaults", [auto.property]):
        news |= {auto.property: olds[auto.property], "__defaults": [auto.property]}
        return []
    stem = logical.lower() if auto.lower else logical
    if len(stem) + 1 + RANDOM_CHARACTERS > auto.limit:
        words = (
            f"name `{stem}-` plus {RANDOM_CHARACTERS} random characters is longer than {auto.limit}; use a shorter name"
        )
        return [(auto.property, words)]
    digits = hashlib.sha256(seed or secrets.token_bytes(16)).hexdigest()
    news |= {auto.property: f"{stem}-{digits[:RANDOM_CHARACTERS]}", "__defaults": [auto.property]}
    return []


def check(token: str, props: Props) -> list[schema.Failure]:
    """Names in the inputs that AWS would not take."""
    failures = []
    for (of, name), rule in RULES.items():
        text = props.get(name)
        if of != token or not isinstance(text, str):
            continue
        if len(text) > rule.limit:
            failures.append((name, f"`{text}` has {len(text)} characters, AWS takes at most {rule.limit}"))
        elif not re.fullmatch(rule.pattern, text):
            failures.append((name, f"`{text}` is not a name that AWS takes: {rule.words}"))
    return failures
