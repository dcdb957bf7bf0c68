"""Refusals: how each protocol of AWS says that a call is not carried out."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from json import dumps
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from emulation.told import Fault


@dataclass(frozen=True)
class Kind:
    """The code of a refusal in JSON protocols and in XML ones, the status of each, and the words."""

    code: str
    xml_code: str
    status: int
    xml_status: int
    words: str


KINDS = {
    "throttled": Kind("ThrottlingException", "Throttling", 400, 400, "Rate exceeded"),
    "denied": Kind(
        "AccessDeniedException",
        "AccessDenied",
        400,
        403,
        "User: {principal} is not authorized to perform: {call} on resource: {resource} because no identity-based "
        "policy allows the {call} action",
    ),
    "expired": Kind(
        "ExpiredTokenException",
        "ExpiredToken",
        400,
        403,
        "The security token included in the request is expired",
    ),
    "server": Kind("ServerException", "InternalFailure", 500, 500, "Service Unavailable. Please try again later."),
    # IAM takes seconds to be known: ECS says so of a role that is new.
    "role": Kind(
        "ClientException",
        "ClientException",
        400,
        400,
        "ECS was unable to assume the role '{resource}' that was provided for this task. Please verify that the role "
        "being passed has the proper trust relationship and permissions and that your IAM user has permissions to "
        "pass this role.",
    ),
}


@dataclass(frozen=True)
class Refusal:
    """What is sent in place of an answer."""

    code: str
    status: int
    type: str
    body: bytes


def refusal(fault: Fault, call: str, principal: str) -> Refusal:
    """A refusal in the protocol of the service that is called."""
    kind, (service, operation) = KINDS[fault.error], call.split(":", 1)
    action = f"{PREFIXES.get(service, service)}:{operation}"
    words = fault.message or kind.words.format(principal=principal, call=action, resource=fault.resource)
    if service in JSON_SERVICES:
        body = dumps({"__type": kind.code, "message": words})
        return Refusal(kind.code, kind.status, "application/x-amz-json-1.1", body.encode())
    code = kind.xml_code
    inner = f"<Code>{code}</Code><Message>{escape(words)}</Message>"
    if service == "ec2":
        body = f"<Response><Errors><Error>{inner}</Error></Errors><RequestID>refused</RequestID></Response>"
    elif service == "s3":
        body = f"<Error>{inner}</Error>"
    else:
        error = f"<Error><Type>Sender</Type>{inner}</Error>"
        body = f"<ErrorResponse>{error}<RequestId>refused</RequestId></ErrorResponse>"
    return Refusal(code, kind.xml_status, "text/xml", body.encode())


# What IAM calls a service in the names of its actions, where that is not what a client calls it.
PREFIXES = {"elbv2": "elasticloadbalancing"}
# The services of ours that speak JSON.
JSON_SERVICES = frozenset({"acm", "ecr", "ecs", "kms", "logs", "secretsmanager", "servicediscovery", "ssm"})
