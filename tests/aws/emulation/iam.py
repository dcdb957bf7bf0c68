"""What IAM does and moto does not: it says what the policies of a role allow."""

from __future__ import annotations

from typing import Any

from moto.iam.access_control import IAMPolicy, PermissionResult
from moto.iam.responses import IamResponse

from emulation.answers import answers


def _decision(documents: list[Any], action: str, resource: str) -> str:
    told = [IAMPolicy(document).is_action_permitted(action, resource) for document in documents]
    if PermissionResult.DENIED in told:
        return "explicitDeny"
    return "allowed" if PermissionResult.PERMITTED in told else "implicitDeny"


@answers(IamResponse, "simulate_principal_policy")
def simulate_principal_policy(self: Any) -> dict[str, Any]:
    """Decides each action on each resource by the role's own policies and those that are attached."""
    role = self.backend.get_role_by_arn(self._get_param("PolicySourceArn"))
    documents = [*role.policies.values(), *(policy.document for policy in role.managed_policies.values())]
    results = [
        {
            "EvalActionName": action,
            "EvalResourceName": resource,
            "EvalDecision": _decision(documents, action, resource),
            "MatchedStatements": [],
            "MissingContextValues": [],
        }
        for action in self._get_param("ActionNames")
        for resource in self._get_param("ResourceArns") or ["*"]
    ]
    return {"EvaluationResults": results, "IsTruncated": False}
