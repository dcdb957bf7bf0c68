"""What CloudWatch Logs does with log groups and moto does not: they take another key, or AWS's own again."""

from __future__ import annotations

from typing import Any

from moto.logs.responses import LogsResponse

from emulation.answers import answers


def _group(self: Any) -> Any:
    return self.logs_backend.groups[self._get_param("logGroupName")]


@answers(LogsResponse, "associate_kms_key")
def associate_kms_key(self: Any) -> dict[str, Any]:
    """Encrypts what comes from now on with a key."""
    _group(self).kms_key_id = self._get_param("kmsKeyId")
    return {}


@answers(LogsResponse, "disassociate_kms_key")
def disassociate_kms_key(self: Any) -> dict[str, Any]:
    """Encrypts what comes from now on with AWS's own key."""
    _group(self).kms_key_id = None
    return {}
