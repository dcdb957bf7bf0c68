"""Certificate Manager: certificates, and the wait for their validation."""

from __future__ import annotations

from typing import Any

from standin.resource import (
    Aws,
    Change,
    Function,
    Refused,
    Resource,
    found,
    given,
    pages,
    tag_list,
    tag_map,
    tagged,
    wait,
)
from standin.resources import route53
from standin.resources.lb import certificates_of, every_listener
from standin.values import UNKNOWN, Props, has_unknown

# A longer domain is no common name; among the alternative names it may be.
LONGEST_DOMAIN = 64


def _find(aws: Aws, arn: str) -> dict[str, Any] | None:
    answer = found(lambda: aws.acm.describe_certificate(CertificateArn=arn))
    return answer["Certificate"] if answer else None


def create(aws: Aws, props: Props) -> str:
    """Asks for a certificate, and waits until it says which records prove the domain."""
    if len(props["domainName"]) > LONGEST_DOMAIN:
        raise Refused(
            f"InvalidDomainValidationOptionsException: the first domain name can be no longer than {LONGEST_DOMAIN} "
            f"characters, `{props['domainName']}` has {len(props['domainName'])}"
        )
    options = props.get("options") or {}
    preference = options.get("certificateTransparencyLoggingPreference")
    arguments = given(
        DomainName=props["domainName"],
        ValidationMethod=props.get("validationMethod"),
        SubjectAlternativeNames=props.get("subjectAlternativeNames") or None,
        KeyAlgorithm=props.get("keyAlgorithm"),
        Options={"CertificateTransparencyLoggingPreference": preference} if preference else None,
        Tags=tag_list(props.get("tags")) or None,
    )
    arn = aws.acm.request_certificate(**arguments)["CertificateArn"]
    wait(f"the validation records of `{arn}`", lambda: len(_records(_find(aws, arn) or {})) > 0)
    return arn


def _records(certificate: dict[str, Any]) -> list[Props]:
    """What proves each domain. Apex and wildcard share one record: ACM makes it from the domain without the star."""
    shown = [option for option in certificate.get("DomainValidationOptions", []) if option.get("ResourceRecord")]
    # Moto has them in any order, ACM and a preview the certificate's own domain first.
    shown.sort(key=lambda option: (option["DomainName"] != certificate["DomainName"], option["DomainName"]))
    return [
        {
            "domainName": option["DomainName"],
            "resourceRecordName": option["ResourceRecord"]["Name"],
            "resourceRecordType": option["ResourceRecord"]["Type"],
            "resourceRecordValue": option["ResourceRecord"]["Value"],
        }
        for option in shown
    ]


def read(aws: Aws, identifier: str, state: Props) -> Props | None:
    """Reads a certificate. The domain itself is among ACM's alternative names, whether it was asked for or not."""
    certificate = _find(aws, identifier)
    if certificate is None:
        return None
    names = certificate.get("SubjectAlternativeNames", [])
    asked = state.get("subjectAlternativeNames")
    if asked is not None and certificate["DomainName"] not in asked:
        names = [name for name in names if name != certificate["DomainName"]]
    tags = aws.acm.list_tags_for_certificate(CertificateArn=identifier)["Tags"]
    dates = {"notBefore": certificate.get("NotBefore"), "notAfter": certificate.get("NotAfter")}
    return {
        "arn": identifier,
        "domainName": certificate["DomainName"],
        "domainValidationOptions": _records(certificate),
        "keyAlgorithm": certificate.get("KeyAlgorithm", "RSA_2048").replace("-", "_"),
        "pendingRenewal": False,
        "renewalEligibility": certificate.get("RenewalEligibility"),
        "status": certificate["Status"],
        "subjectAlternativeNames": names,
        "type": certificate["Type"],
        "validationMethod": state.get("validationMethod"),
        **{name: date.isoformat() for name, date in dates.items() if date},
        **tagged(tag_map(tags)),
    }


def promise(props: Props) -> Props:
    """What a preview knows of the records that prove the domains: which domains they are."""
    domain, others = props.get("domainName"), props.get("subjectAlternativeNames") or []
    if props.get("validationMethod") != "DNS" or has_unknown([domain, others]):
        return {}
    later = dict.fromkeys(("resourceRecordName", "resourceRecordType", "resourceRecordValue"), UNKNOWN)
    return {"domainValidationOptions": [{"domainName": name, **later} for name in dict.fromkeys([domain, *others])]}


def update(aws: Aws, identifier: str, change: Change) -> None:
    """Changes options and tags."""
    if change.touches("options"):
        preference = (change.new.get("options") or {}).get("certificateTransparencyLoggingPreference", "ENABLED")
        options = {"CertificateTransparencyLoggingPreference": preference}
        aws.acm.update_certificate_options(CertificateArn=identifier, Options=options)
    changed, gone = change.tags()
    if gone:
        aws.acm.remove_tags_from_certificate(CertificateArn=identifier, Tags=[{"Key": key} for key in gone])
    if changed:
        aws.acm.add_tags_to_certificate(CertificateArn=identifier, Tags=tag_list(changed))


def delete(aws: Aws, identifier: str, _state: Props) -> None:
    """Deletes a certificate that no listener uses."""
    if _find(aws, identifier) is None:
        return
    users = [
        listener["ListenerArn"]
        for listener in every_listener(aws)
        if identifier in [each["CertificateArn"] for each in certificates_of(aws, listener["ListenerArn"])]
    ]
    if users:
        raise Refused(f"ResourceInUseException: certificate `{identifier}` is in use by {users}")
    aws.acm.delete_certificate(CertificateArn=identifier)


# The validation is no thing of its own: it waits until the certificate is issued.


def _proved(aws: Aws, record: Props) -> bool:
    """Whether some public zone answers the validation record."""
    name = record["resourceRecordName"].rstrip(".").lower() + "."
    zones = pages(aws.route53, "list_hosted_zones", "HostedZones")
    for zone in zones:
        if name.endswith(f".{zone['Name']}") and not zone["Config"].get("PrivateZone"):
            shown = route53.find(aws, zone["Id"].split("/")[-1], name, record["resourceRecordType"])
            values = [item["Value"].rstrip(".") for item in (shown or {}).get("ResourceRecords", [])]
            if record["resourceRecordValue"].rstrip(".") in values:
                return True
    return False


def issued(aws: Aws, arn: str) -> bool:
    """Whether a certificate is issued: of one that moto says so of, the domains are proved too."""
    certificate = _find(aws, arn)
    return (
        certificate is not None
        and certificate["Status"] == "ISSUED"
        and all(_proved(aws, record) for record in _records(certificate))
    )


def create_validation(aws: Aws, props: Props) -> str:
    """Waits until the certificate is issued, for which its records have to be in a public zone."""
    arn = props["certificateArn"]
    certificate = _find(aws, arn)
    if certificate is None:
        raise Refused(f"ResourceNotFoundException: there is no certificate `{arn}`")
    records = _records(certificate)
    names = {record["resourceRecordName"].rstrip(".") for record in records}
    if "validationRecordFqdns" in props and names != {name.rstrip(".") for name in props["validationRecordFqdns"]}:
        raise Refused(f"missing DNS validation record: the certificate wants {sorted(names)}")
    missing = [record["resourceRecordName"] for record in records if not _proved(aws, record)]
    if missing:
        raise Refused(f"timeout while waiting for `{arn}` to be issued: no public zone answers {sorted(set(missing))}")
    wait(f"certificate `{arn}` to be issued", lambda: (_find(aws, arn) or {})["Status"] == "ISSUED")
    return str((_find(aws, arn) or {}).get("IssuedAt") or arn)


def read_validation(aws: Aws, _identifier: str, state: Props) -> Props | None:
    """Reads a validation: it is there as long as the certificate is issued."""
    certificate = _find(aws, state["certificateArn"])
    issued = certificate is not None and certificate["Status"] == "ISSUED"
    return {"certificateArn": state["certificateArn"]} if issued else None


def delete_validation(_aws: Aws, _identifier: str, _state: Props) -> None:
    """There is nothing to delete."""


RESOURCES: dict[str, Resource] = {
    "aws:acm/certificate:Certificate": Resource(create, read, delete, update, promise=promise),
    "aws:acm/certificateValidation:CertificateValidation": Resource(
        create_validation, read_validation, delete_validation
    ),
}
FUNCTIONS: dict[str, Function] = {}
