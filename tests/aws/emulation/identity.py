"""Who is calling: what STS says, and what is known of the caller of any call."""

from __future__ import annotations

from typing import Any

from moto.sts.models import sts_backends
from moto.sts.responses import TokenResponse

from emulation.answers import answers
from emulation.told import TOLD

_get = TokenResponse.get_caller_identity


@answers(TokenResponse, "get_caller_identity")
def get_caller_identity(self: Any) -> dict[str, Any]:
    """As moto answers it, with the account that a test has told."""
    identity, told = _get(self).result, TOLD.all("identity")
    account = identity["Account"]
    if told.account is None or told.key not in (None, self.get_access_key()):
        return identity
    return {**identity, "Account": told.account, "Arn": identity["Arn"].replace(f":{account}:", f":{told.account}:")}


def principal(access_key: str) -> str:
    """The ARN of a role's session, or of a user whose name is the key."""
    for account in list(sts_backends.values()):
        for backend in list(account.values()):
            role = backend.get_assumed_role_from_access_key(access_key)
            if role is not None:
                return role.arn
    return f"arn:aws:iam::123456789012:user/{access_key}"
