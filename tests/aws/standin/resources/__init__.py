"""The table of all types and functions: one module for each part of AWS, each with `RESOURCES` and `FUNCTIONS`.

A new type is a `Resource` in the table of its module, and its token in `pin/tokens.txt`.
"""

from __future__ import annotations

from standin.resource import Function, Resource
from standin.resources import (
    acm,
    alarms,
    cloudmap,
    ecs,
    ecs_task,
    elasticache,
    flow_logs,
    iam,
    index,
    instance,
    lb,
    lb_rule,
    logs,
    network,
    rds,
    route53,
    routing,
    s3,
    scaling,
    security_group,
    ssm,
    wafv2,
)

_MODULES = (
    acm,
    alarms,
    cloudmap,
    ecs,
    ecs_task,
    elasticache,
    flow_logs,
    iam,
    index,
    instance,
    lb,
    lb_rule,
    logs,
    network,
    rds,
    route53,
    routing,
    s3,
    scaling,
    security_group,
    ssm,
    wafv2,
)

RESOURCES: dict[str, Resource] = {token: item for module in _MODULES for token, item in module.RESOURCES.items()}
FUNCTIONS: dict[str, Function] = {token: item for module in _MODULES for token, item in module.FUNCTIONS.items()}
