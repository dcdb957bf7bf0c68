"""The values that `valueFrom` of a container's secrets stands for, and what ECS says of those that it cannot have."""

from __future__ import annotations

import json
from typing import Any

from moto.secretsmanager.models import secretsmanager_backends
from moto.ssm.models import ssm_backends

PULL = "ResourceInitializationError: unable to pull secrets or registry auth: execution resource retrieval failed:"
RETRIED = "service call has been retried 1 time(s):"


class Unreadable(Exception):
    """A secret that cannot be had, with ECS's words: no container of the task starts."""


def value(backend: Any, source: str) -> str:
    """The value of a parameter's name or ARN, or of a secret's ARN, which may go on with key, stage and version."""
    return _secret(backend, source) if ":secretsmanager:" in source else _parameter(backend, source)


def variables(backend: Any, container: dict[str, Any]) -> dict[str, str]:
    """The variables that the secrets of a container's definition become."""
    return {secret["name"]: value(backend, secret["valueFrom"]) for secret in container.get("secrets") or []}


def _parameter(backend: Any, source: str) -> str:
    name = source.split(":parameter")[-1]
    parameters = ssm_backends[backend.account_id][backend.region_name]
    for candidate in (name, name.removeprefix("/")):
        found = parameters.get_parameter(candidate)
        if found is not None:
            return found.response_object(decrypt=True)["Value"]
    raise Unreadable(f"{PULL} unable to retrieve secrets from ssm: {RETRIED} invalid ssm parameters: {name}")


def _secret(backend: Any, source: str) -> str:
    parts = [*source.split(":"), "", "", ""]
    arn, key, stage, version = ":".join(parts[:7]), *parts[7:10]
    secrets = secretsmanager_backends[backend.account_id][backend.region_name]
    failed = f"{PULL} unable to retrieve secret from asm: {RETRIED}"
    if not any(secret.arn == arn and not secret.is_deleted() for secret in secrets.secrets.values()):
        missing = "ResourceNotFoundException: Secrets Manager can't find the specified secret."
        raise Unreadable(f"{failed} failed to fetch secret {arn} from secrets manager: {missing}")
    text = secrets.get_secret_value(arn, version or None, stage or "AWSCURRENT")["SecretString"]
    if not key:
        return text
    try:
        return str(json.loads(text)[key])
    except (ValueError, KeyError, TypeError) as error:
        raise Unreadable(f"{failed} retrieved secret from Secrets Manager did not contain json key {key}") from error
