"""IAM: roles, their policies, and instance profiles."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import unquote

from standin.resource import Aws, Change, Function, Refused, Resource, found, given, pages, tag_list, tag_map, tagged
from standin.values import Props

VERSIONS = ("2012-10-17", "2008-10-17")


def check_policy(text: str, what: str, principal: bool) -> None:
    """Refuses what AWS would call a malformed policy document."""

    def refuse(reason: str) -> None:
        raise Refused(f"MalformedPolicyDocument: {what}: {reason}")

    try:
        document = json.loads(text)
    except ValueError:
        refuse("not JSON")
    if not isinstance(document, dict) or document.get("Version") not in VERSIONS:
        refuse(f"`Version` is none of {VERSIONS}")
    statements = document.get("Statement")
    statements = [statements] if isinstance(statements, dict) else statements
    if not statements:
        refuse("`Statement` is missing")
    for statement in statements:
        _check_statement(statement, principal, refuse)


def _check_statement(statement: Any, principal: bool, refuse: Any) -> None:
    known = {
        "Sid",
        "Effect",
        "Principal",
        "NotPrincipal",
        "Action",
        "NotAction",
        "Resource",
        "NotResource",
        "Condition",
    }
    if not isinstance(statement, dict) or statement.keys() - known:
        refuse(f"a statement has unknown elements: {statement}")
    if statement.get("Effect") not in ("Allow", "Deny"):
        refuse("`Effect` is neither `Allow` nor `Deny`")
    if not (statement.get("Action") or statement.get("NotAction")):
        refuse("a statement has no `Action`")
    has_principal = "Principal" in statement or "NotPrincipal" in statement
    if principal != has_principal:
        refuse("a statement has no `Principal`" if principal else "a role's policy has no `Principal`")
    if not principal and not (statement.get("Resource") or statement.get("NotResource")):
        refuse("a statement has no `Resource`")


def _text(document: Any) -> str:
    """boto3 parses documents, some are still quoted."""
    return json.dumps(document) if isinstance(document, dict) else unquote(document)


def _check_tags(props: Props) -> None:
    """IAM compares the keys of tags without case."""
    keys = [key.lower() for key in props.get("tags") or {}]
    if len(set(keys)) < len(keys):
        raise Refused("InvalidInput: Duplicate tag keys found. Please note that Tag keys are case insensitive.")


def check_service(aws: Aws, arn: str, service: str, action: str, refusal: str) -> None:
    """Refuses a role that a service of AWS cannot take on, or that may not do what the service tries out."""
    name = arn.split("/")[-1]
    role = found(lambda: aws.iam.get_role(RoleName=name))
    trusted = role and service in _text(role["Role"]["AssumeRolePolicyDocument"])
    policies = pages(aws.iam, "list_role_policies", "PolicyNames", RoleName=name) if role else []
    texts = [_text(aws.iam.get_role_policy(RoleName=name, PolicyName=p)["PolicyDocument"]) for p in policies]
    if not trusted or not any(action in text for text in texts):
        raise Refused(refusal)


# Roles.


def create_role(aws: Aws, props: Props) -> str:
    """Makes a role."""
    check_policy(props["assumeRolePolicy"], f"trust policy of role `{props['name']}`", principal=True)
    _check_tags(props)
    arguments = given(
        RoleName=props["name"],
        AssumeRolePolicyDocument=props["assumeRolePolicy"],
        Description=props.get("description"),
        MaxSessionDuration=props.get("maxSessionDuration"),
        Path=props.get("path"),
        PermissionsBoundary=props.get("permissionsBoundary"),
        Tags=tag_list(props.get("tags")),
    )
    return aws.iam.create_role(**arguments)["Role"]["RoleName"]


def read_role(aws: Aws, identifier: str, _state: Props) -> Props | None:
    """Reads a role, with its policies, whoever owns them."""
    answer = found(lambda: aws.iam.get_role(RoleName=identifier))
    if not answer:
        return None
    role = answer["Role"]
    inline = pages(aws.iam, "list_role_policies", "PolicyNames", RoleName=identifier)
    attached = pages(aws.iam, "list_attached_role_policies", "AttachedPolicies", RoleName=identifier)
    return {
        "arn": role["Arn"],
        "assumeRolePolicy": _text(role["AssumeRolePolicyDocument"]),
        "createDate": role["CreateDate"].isoformat(),
        "description": role.get("Description") or None,
        "inlinePolicies": [
            {
                "name": name,
                "policy": _text(aws.iam.get_role_policy(RoleName=identifier, PolicyName=name)["PolicyDocument"]),
            }
            for name in inline
        ],
        "managedPolicyArns": [policy["PolicyArn"] for policy in attached],
        "maxSessionDuration": role.get("MaxSessionDuration", 3600),
        "name": role["RoleName"],
        "path": role["Path"],
        "permissionsBoundary": role.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn"),
        "uniqueId": role["RoleId"],
        **tagged(tag_map(role.get("Tags"))),
    }


def update_role(aws: Aws, identifier: str, change: Change) -> None:
    """Changes trust policy, description, longest session and tags."""
    if change.touches("assumeRolePolicy"):
        check_policy(change.new["assumeRolePolicy"], f"trust policy of role `{identifier}`", principal=True)
        aws.iam.update_assume_role_policy(RoleName=identifier, PolicyDocument=change.new["assumeRolePolicy"])
    if change.touches("description", "maxSessionDuration"):
        arguments = given(
            Description=change.new.get("description") or "",
            MaxSessionDuration=change.new.get("maxSessionDuration") or 3600,
        )
        aws.iam.update_role(RoleName=identifier, **arguments)
    changed, gone = change.tags()
    _check_tags(change.new)
    if gone:
        aws.iam.untag_role(RoleName=identifier, TagKeys=gone)
    if changed:
        aws.iam.tag_role(RoleName=identifier, Tags=tag_list(changed))


def delete_role(aws: Aws, identifier: str, state: Props) -> None:
    """Deletes a role to which nothing is attached."""
    if not found(lambda: aws.iam.get_role(RoleName=identifier)):
        return
    attached = pages(aws.iam, "list_attached_role_policies", "AttachedPolicies", RoleName=identifier)
    inline = pages(aws.iam, "list_role_policies", "PolicyNames", RoleName=identifier)
    profiles = pages(aws.iam, "list_instance_profiles_for_role", "InstanceProfiles", RoleName=identifier)
    if profiles or ((attached or inline) and not state.get("forceDetachPolicies")):
        left = [p["PolicyName"] for p in attached] + inline + [p["InstanceProfileName"] for p in profiles]
        raise Refused(f"DeleteConflict: role `{identifier}` cannot be deleted, it must be detached first: {left}")
    for policy in attached:
        aws.iam.detach_role_policy(RoleName=identifier, PolicyArn=policy["PolicyArn"])
    for name in inline:
        aws.iam.delete_role_policy(RoleName=identifier, PolicyName=name)
    aws.iam.delete_role(RoleName=identifier)


# Inline policies: the id is `role:name`.


def _put_policy(aws: Aws, props: Props) -> None:
    check_policy(props["policy"], f"policy `{props['name']}` of role `{props['role']}`", principal=False)
    aws.iam.put_role_policy(RoleName=props["role"], PolicyName=props["name"], PolicyDocument=props["policy"])


def create_role_policy(aws: Aws, props: Props) -> str:
    """Gives a role a policy of its own."""
    _put_policy(aws, props)
    return f"{props['role']}:{props['name']}"


def read_role_policy(aws: Aws, identifier: str, _state: Props) -> Props | None:
    """Reads a role's own policy."""
    role, name = identifier.split(":", 1)
    answer = found(lambda: aws.iam.get_role_policy(RoleName=role, PolicyName=name))
    return {"name": name, "policy": _text(answer["PolicyDocument"]), "role": role} if answer else None


def update_role_policy(aws: Aws, _identifier: str, change: Change) -> None:
    """Changes the text of a role's own policy."""
    if change.touches("policy"):
        _put_policy(aws, change.new)


def delete_role_policy(aws: Aws, identifier: str, _state: Props) -> None:
    """Takes a role's own policy away."""
    role, name = identifier.split(":", 1)
    found(lambda: aws.iam.delete_role_policy(RoleName=role, PolicyName=name))


# Attached policies.


def create_attachment(aws: Aws, props: Props) -> str:
    """Attaches a policy; AWS's own exist everywhere, whether the emulation lists them or not."""
    aws.iam.attach_role_policy(RoleName=props["role"], PolicyArn=props["policyArn"])
    return f"{props['role']}/{props['policyArn']}"


def read_attachment(aws: Aws, _identifier: str, state: Props) -> Props | None:
    """Reads an attachment."""
    answer = found(lambda: aws.iam.list_attached_role_policies(RoleName=state["role"]))
    attached = [policy["PolicyArn"] for policy in answer["AttachedPolicies"]] if answer else []
    return {"role": state["role"], "policyArn": state["policyArn"]} if state["policyArn"] in attached else None


def delete_attachment(aws: Aws, _identifier: str, state: Props) -> None:
    """Detaches a policy."""
    found(lambda: aws.iam.detach_role_policy(RoleName=state["role"], PolicyArn=state["policyArn"]))


# Instance profiles.


def create_profile(aws: Aws, props: Props) -> str:
    """Makes an instance profile with its role."""
    _check_tags(props)
    arguments = given(InstanceProfileName=props["name"], Path=props.get("path"), Tags=tag_list(props.get("tags")))
    name = aws.iam.create_instance_profile(**arguments)["InstanceProfile"]["InstanceProfileName"]
    if props.get("role"):
        aws.iam.add_role_to_instance_profile(InstanceProfileName=name, RoleName=props["role"])
    return name


def read_profile(aws: Aws, identifier: str, _state: Props) -> Props | None:
    """Reads an instance profile."""
    answer = found(lambda: aws.iam.get_instance_profile(InstanceProfileName=identifier))
    if not answer:
        return None
    profile = answer["InstanceProfile"]
    return {
        "arn": profile["Arn"],
        "createDate": profile["CreateDate"].isoformat(),
        "name": profile["InstanceProfileName"],
        "path": profile["Path"],
        "role": profile["Roles"][0]["RoleName"] if profile["Roles"] else None,
        "uniqueId": profile["InstanceProfileId"],
        **tagged(tag_map(profile.get("Tags"))),
    }


def update_profile(aws: Aws, identifier: str, change: Change) -> None:
    """Swaps the role of an instance profile, and brings its tags up to date."""
    if change.touches("role"):
        if change.old.get("role"):
            aws.iam.remove_role_from_instance_profile(InstanceProfileName=identifier, RoleName=change.old["role"])
        if change.new.get("role"):
            aws.iam.add_role_to_instance_profile(InstanceProfileName=identifier, RoleName=change.new["role"])
    changed, gone = change.tags()
    _check_tags(change.new)
    if gone:
        aws.iam.untag_instance_profile(InstanceProfileName=identifier, TagKeys=gone)
    if changed:
        aws.iam.tag_instance_profile(InstanceProfileName=identifier, Tags=tag_list(changed))


def delete_profile(aws: Aws, identifier: str, _state: Props) -> None:
    """Deletes an instance profile that no running instance uses."""
    profile = found(lambda: aws.iam.get_instance_profile(InstanceProfileName=identifier))
    if not profile:
        return
    for role in profile["InstanceProfile"]["Roles"]:
        aws.iam.remove_role_from_instance_profile(InstanceProfileName=identifier, RoleName=role["RoleName"])
    aws.iam.delete_instance_profile(InstanceProfileName=identifier)


RESOURCES: dict[str, Resource] = {
    "aws:iam/role:Role": Resource(
        create_role,
        read_role,
        delete_role,
        update_role,
        state_only=frozenset({"forceDetachPolicies"}),
        json=frozenset({"assumeRolePolicy"}),
    ),
    "aws:iam/rolePolicy:RolePolicy": Resource(
        create_role_policy,
        read_role_policy,
        delete_role_policy,
        update_role_policy,
        json=frozenset({"policy"}),
    ),
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment": Resource(
        # A replacement is the same attachment: made first, it would be deleted with the old one.
        create_attachment,
        read_attachment,
        delete_attachment,
        delete_first=True,
    ),
    "aws:iam/instanceProfile:InstanceProfile": Resource(create_profile, read_profile, delete_profile, update_profile),
}
FUNCTIONS: dict[str, Function] = {}
