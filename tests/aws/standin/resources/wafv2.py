"""WAF: which web ACL a load balancer has."""

from __future__ import annotations

from standin.resource import Aws, Function, Refused, Resource, found
from standin.values import Props


def create(aws: Aws, props: Props) -> str:
    """Gives a load balancer a web ACL, in the place of the one that it has."""
    acl, target = props["webAclArn"], props["resourceArn"]
    if ":regional/webacl/" not in acl:
        raise Refused(f"WAFInvalidParameterException: `{acl}` is no regional web ACL")
    aws.wafv2.associate_web_acl(WebACLArn=acl, ResourceArn=target)
    return f"{acl},{target}"


def read(aws: Aws, identifier: str, _state: Props) -> Props | None:
    """Reads which web ACL a load balancer has, by the load balancer that the id names."""
    target = identifier.split(",")[1]
    answer = found(lambda: aws.wafv2.get_web_acl_for_resource(ResourceArn=target), "WAFNonexistentItemException")
    acl = (answer or {}).get("WebACL")
    return {"resourceArn": target, "webAclArn": acl["ARN"]} if acl else None


def delete(aws: Aws, identifier: str, state: Props) -> None:
    """Takes the web ACL away."""
    if read(aws, identifier, state):
        aws.wafv2.disassociate_web_acl(ResourceArn=identifier.split(",")[1])


RESOURCES: dict[str, Resource] = {
    "aws:wafv2/webAclAssociation:WebAclAssociation": Resource(create, read, delete),
}
FUNCTIONS: dict[str, Function] = {}
