"""EC2: instances."""

from __future__ import annotations

from typing import Any

from standin.resource import Aws, Change, Function, Refused, Resource, found, given, tag_map, tagged, wait
from standin.resources.network import arn, specification, update_tags
from standin.values import Props

METADATA_OPTIONS = {
    "httpEndpoint": "HttpEndpoint",
    "httpProtocolIpv6": "HttpProtocolIpv6",
    "httpTokens": "HttpTokens",
    "httpPutResponseHopLimit": "HttpPutResponseHopLimit",
    "instanceMetadataTags": "InstanceMetadataTags",
}
VOLUME = {"encrypted": "Encrypted", "volumeSize": "VolumeSize", "volumeType": "VolumeType", "kmsKeyId": "KmsKeyId"}


def _find(aws: Aws, identifier: str) -> dict[str, Any] | None:
    answer = found(lambda: aws.ec2.describe_instances(InstanceIds=[identifier]))
    instances = [i for reservation in answer["Reservations"] for i in reservation["Instances"]] if answer else []
    return instances[0] if instances and instances[0]["State"]["Name"] not in ("terminated", "shutting-down") else None


def create(aws: Aws, props: Props) -> str:
    """Starts an instance and waits until it runs."""
    profile = props.get("iamInstanceProfile")
    if profile and not found(lambda: aws.iam.get_instance_profile(InstanceProfileName=profile)):
        raise Refused(f"InvalidParameterValue: there is no instance profile `{profile}`")
    interface = given(
        DeviceIndex=0,
        DeleteOnTermination=True,
        SubnetId=props.get("subnetId"),
        Groups=props.get("vpcSecurityGroupIds"),
        AssociatePublicIpAddress=props.get("associatePublicIpAddress"),
    )
    metadata = props.get("metadataOptions") or {}
    volume = props.get("rootBlockDevice")
    arguments = given(
        ImageId=props["ami"],
        InstanceType=props["instanceType"],
        MinCount=1,
        MaxCount=1,
        NetworkInterfaces=[interface],
        IamInstanceProfile={"Name": profile} if profile else None,
        UserData=props.get("userData"),
        Monitoring={"Enabled": props["monitoring"]} if "monitoring" in props else None,
        MetadataOptions={METADATA_OPTIONS[name]: value for name, value in metadata.items()} or None,
        BlockDeviceMappings=[{"DeviceName": "/dev/xvda", "Ebs": _volume(volume)}] if volume else None,
        TagSpecifications=specification("instance", props) + specification("volume", volume or {}) or None,
    )
    identifier = aws.ec2.run_instances(**arguments)["Instances"][0]["InstanceId"]
    wait(f"`{identifier}`", lambda: (_find(aws, identifier) or {"State": {"Name": ""}})["State"]["Name"] == "running")
    return identifier


def _volume(block: Props) -> dict[str, Any]:
    """The root volume. On AWS its size is that of the image, which the emulation does not know."""
    return {"VolumeSize": 8, **{VOLUME[name]: value for name, value in block.items() if name != "tags"}}


def read(aws: Aws, identifier: str, state: Props) -> Props | None:
    """Reads an instance."""
    instance = _find(aws, identifier)
    if instance is None:
        return None
    profile = instance.get("IamInstanceProfile", {}).get("Arn", "")
    options = instance.get("MetadataOptions", {})
    return {
        "ami": instance["ImageId"],
        "arn": arn(aws, "instance", identifier),
        "availabilityZone": instance["Placement"]["AvailabilityZone"],
        "iamInstanceProfile": profile.split("/")[-1],
        "instanceState": instance["State"]["Name"],
        "instanceType": instance["InstanceType"],
        "metadataOptions": {n: options[k] for n, k in METADATA_OPTIONS.items() if k in options}
        or state.get("metadataOptions"),
        "monitoring": instance.get("Monitoring", {}).get("State") == "enabled",
        "primaryNetworkInterfaceId": next(
            (i["NetworkInterfaceId"] for i in instance.get("NetworkInterfaces", [])), None
        ),
        "privateDns": instance.get("PrivateDnsName"),
        "privateIp": instance.get("PrivateIpAddress"),
        "publicDns": instance.get("PublicDnsName") or "",
        "publicIp": instance.get("PublicIpAddress") or "",
        "subnetId": instance.get("SubnetId"),
        "vpcSecurityGroupIds": _groups(instance),
        **tagged(tag_map(instance.get("Tags"))),
    }


def _groups(instance: dict[str, Any]) -> list[str]:
    """Groups of the first interface: those that the emulation shows for the instance itself are not kept up to date."""
    interfaces = sorted(instance.get("NetworkInterfaces", []), key=lambda item: item["Attachment"]["DeviceIndex"])
    return [group["GroupId"] for group in (interfaces[0] if interfaces else instance).get("Groups", [])]


def update(aws: Aws, identifier: str, change: Change) -> None:
    """Changes groups, metadata options and tags in place, the type by a stop and a start."""
    if change.touches("vpcSecurityGroupIds"):
        aws.ec2.modify_instance_attribute(InstanceId=identifier, Groups=change.new["vpcSecurityGroupIds"])
    if change.touches("metadataOptions"):
        options = {METADATA_OPTIONS[name]: value for name, value in change.new["metadataOptions"].items()}
        aws.ec2.modify_instance_metadata_options(InstanceId=identifier, **options)
    if change.touches("instanceType"):
        aws.ec2.stop_instances(InstanceIds=[identifier])
        aws.ec2.modify_instance_attribute(InstanceId=identifier, InstanceType={"Value": change.new["instanceType"]})
        aws.ec2.start_instances(InstanceIds=[identifier])
    update_tags(aws, identifier, change)


def delete(aws: Aws, identifier: str, _state: Props) -> None:
    """Terminates an instance and waits for its end."""
    if _find(aws, identifier):
        aws.ec2.terminate_instances(InstanceIds=[identifier])
        wait(f"the end of `{identifier}`", lambda: _find(aws, identifier) is None)


RESOURCES: dict[str, Resource] = {
    "aws:ec2/instance:Instance": Resource(
        create,
        read,
        delete,
        update,
        state_only=frozenset({"userDataReplaceOnChange", "forceDestroy", "volumeTags"}),
    )
}
FUNCTIONS: dict[str, Function] = {}
