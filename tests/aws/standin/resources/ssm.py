"""Systems Manager: parameters."""

from __future__ import annotations

from standin.resource import Aws, Change, Function, Refused, Resource, found, given, tag_list, tag_map, tagged
from standin.values import Props

STANDARD_BYTES = 4096


def _check_value(props: Props) -> str:
    value = props.get("value") if props.get("value") is not None else props.get("insecureValue")
    if not value:
        raise Refused("ValidationException: a parameter needs a value that is not empty")
    if len(value.encode()) > STANDARD_BYTES and props.get("tier") != "Advanced":
        raise Refused(f"ValidationException: a standard parameter holds at most {STANDARD_BYTES} characters")
    return value


def create(aws: Aws, props: Props) -> str:
    """Makes a parameter; one that exists is refused unless `overwrite` is set."""
    if not props.get("overwrite") and read(aws, props["name"], {}) is not None:
        raise Refused(f"ParameterAlreadyExists: a parameter `{props['name']}` exists; use `overwrite` to take it over")
    arguments = given(
        Name=props["name"],
        Type=props["type"],
        Value=_check_value(props),
        Description=props.get("description"),
        KeyId=props.get("keyId"),
        Tier=props.get("tier"),
        DataType=props.get("dataType"),
        AllowedPattern=props.get("allowedPattern"),
    )
    if props.get("overwrite"):
        aws.ssm.put_parameter(**arguments, Overwrite=True)
        if props.get("tags"):
            aws.ssm.add_tags_to_resource(
                ResourceType="Parameter", ResourceId=props["name"], Tags=tag_list(props["tags"])
            )
    else:
        aws.ssm.put_parameter(**arguments, Tags=tag_list(props.get("tags")))
    return props["name"]


def read(aws: Aws, identifier: str, _state: Props) -> Props | None:
    """Reads a parameter with its value, which the provider keeps secret."""
    answer = found(lambda: aws.ssm.get_parameter(Name=identifier, WithDecryption=True), "ParameterNotFound")
    if not answer:
        return None
    parameter = answer["Parameter"]
    filters = [{"Key": "Name", "Option": "Equals", "Values": [identifier]}]
    shown = aws.ssm.describe_parameters(ParameterFilters=filters)["Parameters"]
    details = shown[0] if shown else {}
    tags = aws.ssm.list_tags_for_resource(ResourceType="Parameter", ResourceId=identifier)["TagList"] if shown else []
    return {
        "allowedPattern": details.get("AllowedPattern"),
        "arn": parameter["ARN"],
        "dataType": parameter.get("DataType") or "text",
        "description": details.get("Description") or None,
        "hasValueWo": False,
        "keyId": details.get("KeyId"),
        "name": parameter["Name"],
        "tier": details.get("Tier") or "Standard",
        "type": parameter["Type"],
        "value": parameter["Value"],
        "version": parameter["Version"],
        **tagged(tag_map(tags)),
    }


def update(aws: Aws, identifier: str, change: Change) -> None:
    """Writes a new version of the parameter, and brings its tags up to date."""
    if change.touches("value", "insecureValue", "type", "description", "keyId", "tier", "allowedPattern"):
        arguments = given(
            Name=identifier,
            Type=change.new["type"],
            Value=_check_value(change.new),
            Description=change.new.get("description"),
            KeyId=change.new.get("keyId"),
            Tier=change.new.get("tier"),
            AllowedPattern=change.new.get("allowedPattern"),
        )
        aws.ssm.put_parameter(**arguments, Overwrite=True)
    changed, gone = change.tags()
    if gone:
        aws.ssm.remove_tags_from_resource(ResourceType="Parameter", ResourceId=identifier, TagKeys=gone)
    if changed:
        aws.ssm.add_tags_to_resource(ResourceType="Parameter", ResourceId=identifier, Tags=tag_list(changed))


def delete(aws: Aws, identifier: str, _state: Props) -> None:
    """Deletes a parameter."""
    found(lambda: aws.ssm.delete_parameter(Name=identifier), "ParameterNotFound")


def get_parameter(aws: Aws, args: Props) -> Props:
    """Looks a parameter up: one of the account, or one that AWS publishes."""
    decrypt = args.get("withDecryption", True)
    parameter = aws.ssm.get_parameter(Name=args["name"], WithDecryption=decrypt)["Parameter"]
    return {
        "arn": parameter["ARN"],
        "id": parameter["Name"],
        "insecureValue": "" if parameter["Type"] == "SecureString" else parameter["Value"],
        "name": parameter["Name"],
        "region": aws.region,
        "type": parameter["Type"],
        "value": parameter["Value"],
        "version": parameter["Version"],
        "withDecryption": decrypt,
    }


RESOURCES: dict[str, Resource] = {
    "aws:ssm/parameter:Parameter": Resource(
        create,
        read,
        delete,
        update,
        state_only=frozenset({"overwrite"}),
        secret=frozenset({"value"}),
        volatile=dict.fromkeys(("value", "insecureValue", "description", "type"), ("version",)),
    )
}
FUNCTIONS: dict[str, Function] = {"aws:ssm/getParameter:getParameter": get_parameter}
