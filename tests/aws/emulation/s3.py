"""What S3 does and moto does not: it finds in a bucket's policy, in whatever form, that it may write its logs there."""

from __future__ import annotations

import json
from collections.abc import Callable
from fnmatch import fnmatchcase
from typing import Any

from moto.s3.models import FakeBucket

from emulation.patch import replaced

SERVICE, ACTION = "logging.s3.amazonaws.com", "s3:PutObject"


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _lets(statement: dict[str, Any], target: str) -> bool:
    principal = statement.get("Principal")
    services = (
        _listed(principal.get("Service")) if isinstance(principal, dict) else [SERVICE if principal == "*" else ""]
    )
    return (
        statement.get("Effect") == "Allow"
        and SERVICE in services
        and any(fnmatchcase(ACTION, action) for action in _listed(statement.get("Action", [])))
        and any(fnmatchcase(target, resource) for resource in _listed(statement.get("Resource", [])))
    )


@replaced(FakeBucket, "_log_permissions_enabled_policy")
def log_permissions_enabled_policy(
    _original: Callable[..., Any], _self: Any, target_bucket: FakeBucket, target_prefix: str | None
) -> bool:
    """Whether some statement lets S3 write below the prefix: moto wants one of three resources, and breaks at a `*`."""
    statements = json.loads(target_bucket.policy or b'{"Statement": []}')["Statement"]
    target = f"arn:aws:s3:::{target_bucket.name}/{target_prefix or ''}2026-01-01-00-00-00-0123456789ABCDEF"
    return any(_lets(statement, target) for statement in _listed(statements))
