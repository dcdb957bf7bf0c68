"""S3: buckets, and their settings as resources of their own."""

from __future__ import annotations

import json
from typing import Any

from standin.resource import Aws, Change, Function, Refused, Resource, found, given, tag_list, tag_map, tagged
from standin.values import Props

# The zone of each region's bucket addresses; the provider has a table of them, one region is enough here.
HOSTED_ZONE = "Z3AQBSTGFYJSTF"
# What the provider calls a bucket that has never kept versions.
NO_VERSIONS = "Disabled"


def _exists(aws: Aws, bucket: str) -> bool:
    return bool(found(lambda: aws.s3.head_bucket(Bucket=bucket), "404", "NoSuchBucket"))


def _need(aws: Aws, bucket: str) -> str:
    if not _exists(aws, bucket):
        raise Refused(f"NoSuchBucket: there is no bucket `{bucket}`")
    return bucket


# Buckets.


def _put_tags(aws: Aws, bucket: str, tags: dict[str, str] | None) -> None:
    if tags:
        aws.s3.put_bucket_tagging(Bucket=bucket, Tagging={"TagSet": tag_list(tags)})
    else:
        aws.s3.delete_bucket_tagging(Bucket=bucket)


def create_bucket(aws: Aws, props: Props) -> str:
    """Makes a bucket. The region `us-east-1` is the one that must not be named."""
    bucket = props["bucket"]
    if _exists(aws, bucket):
        raise Refused(f"BucketAlreadyExists: there is a bucket `{bucket}`")
    place = {} if aws.region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": aws.region}}
    locked = given(ObjectLockEnabledForBucket=props.get("objectLockEnabled"))
    aws.s3.create_bucket(Bucket=bucket, **place, **locked)
    if props.get("tags"):
        _put_tags(aws, bucket, props["tags"])
    return bucket


def read_bucket(aws: Aws, identifier: str, _state: Props) -> Props | None:
    """Reads a bucket, with its policy, whoever owns it."""
    if not _exists(aws, identifier):
        return None
    tags = found(lambda: aws.s3.get_bucket_tagging(Bucket=identifier))
    policy = found(lambda: aws.s3.get_bucket_policy(Bucket=identifier))
    place = aws.s3.get_bucket_location(Bucket=identifier)["LocationConstraint"] or "us-east-1"
    return {
        "arn": f"arn:aws:s3:::{identifier}",
        "bucket": identifier,
        "bucketDomainName": f"{identifier}.s3.amazonaws.com",
        "bucketRegion": place,
        "bucketRegionalDomainName": f"{identifier}.s3.{place}.amazonaws.com",
        "hostedZoneId": HOSTED_ZONE,
        "policy": policy["Policy"] if policy else None,
        "requestPayer": "BucketOwner",
        **tagged(tag_map(tags["TagSet"]) if tags else None),
    }


def update_bucket(aws: Aws, identifier: str, change: Change) -> None:
    """Brings the tags of a bucket up to date."""
    if change.touches("tags"):
        _put_tags(aws, identifier, change.new.get("tags"))


def delete_bucket(aws: Aws, identifier: str, state: Props) -> None:
    """Deletes a bucket; one that holds objects is refused unless it is forced."""
    if not _exists(aws, identifier):
        return
    pages = aws.s3.get_paginator("list_object_versions").paginate(Bucket=identifier)
    versions = [item for page in pages for kind in ("Versions", "DeleteMarkers") for item in page.get(kind, [])]
    if versions and not state.get("forceDestroy"):
        raise Refused(f"BucketNotEmpty: the bucket `{identifier}` you tried to delete is not empty")
    for item in versions:
        aws.s3.delete_object(Bucket=identifier, Key=item["Key"], VersionId=item["VersionId"])
    aws.s3.delete_bucket(Bucket=identifier)


# Public access.

BLOCKS = {
    "blockPublicAcls": "BlockPublicAcls",
    "blockPublicPolicy": "BlockPublicPolicy",
    "ignorePublicAcls": "IgnorePublicAcls",
    "restrictPublicBuckets": "RestrictPublicBuckets",
}


def create_block(aws: Aws, props: Props) -> str:
    """Blocks public access."""
    _put_block(aws, props)
    return props["bucket"]


def _put_block(aws: Aws, props: Props) -> None:
    settings = {argument: bool(props.get(name)) for name, argument in BLOCKS.items()}
    aws.s3.put_public_access_block(Bucket=_need(aws, props["bucket"]), PublicAccessBlockConfiguration=settings)


def read_block(aws: Aws, identifier: str, _state: Props) -> Props | None:
    """Reads what is blocked."""
    answer = found(lambda: aws.s3.get_public_access_block(Bucket=identifier))
    if not answer:
        return None
    settings = answer["PublicAccessBlockConfiguration"]
    return {"bucket": identifier, **{name: settings[argument] for name, argument in BLOCKS.items()}}


def update_block(aws: Aws, _identifier: str, change: Change) -> None:
    """Changes what is blocked."""
    if change.touches(*BLOCKS):
        _put_block(aws, change.new)


def delete_block(aws: Aws, identifier: str, state: Props) -> None:
    """Unblocks public access."""
    if not state.get("skipDestroy"):
        found(lambda: aws.s3.delete_public_access_block(Bucket=identifier))


# Ownership.


def _put_ownership(aws: Aws, props: Props) -> None:
    rules = [{"ObjectOwnership": props["rule"]["objectOwnership"]}]
    aws.s3.put_bucket_ownership_controls(Bucket=_need(aws, props["bucket"]), OwnershipControls={"Rules": rules})


def create_ownership(aws: Aws, props: Props) -> str:
    """Says who owns the objects."""
    _put_ownership(aws, props)
    return props["bucket"]


def read_ownership(aws: Aws, identifier: str, _state: Props) -> Props | None:
    """Reads who owns the objects."""
    answer = found(lambda: aws.s3.get_bucket_ownership_controls(Bucket=identifier))
    if not answer:
        return None
    return {
        "bucket": identifier,
        "rule": {"objectOwnership": answer["OwnershipControls"]["Rules"][0]["ObjectOwnership"]},
    }


def update_ownership(aws: Aws, _identifier: str, change: Change) -> None:
    """Changes who owns the objects."""
    if change.touches("rule"):
        _put_ownership(aws, change.new)


def delete_ownership(aws: Aws, identifier: str, _state: Props) -> None:
    """Forgets who owns the objects."""
    found(lambda: aws.s3.delete_bucket_ownership_controls(Bucket=identifier))


# Encryption.


def _put_encryption(aws: Aws, props: Props) -> None:
    rules = []
    for rule in props["rules"]:
        default = rule.get("applyServerSideEncryptionByDefault") or {}
        by_default = given(SSEAlgorithm=default.get("sseAlgorithm"), KMSMasterKeyID=default.get("kmsMasterKeyId"))
        rules.append(
            given(ApplyServerSideEncryptionByDefault=by_default or None, BucketKeyEnabled=rule.get("bucketKeyEnabled"))
        )
    settings = {"Rules": rules}
    aws.s3.put_bucket_encryption(Bucket=_need(aws, props["bucket"]), ServerSideEncryptionConfiguration=settings)


def create_encryption(aws: Aws, props: Props) -> str:
    """Sets the encryption of a bucket."""
    _put_encryption(aws, props)
    return props["bucket"]


def read_encryption(aws: Aws, identifier: str, _state: Props) -> Props | None:
    """Reads the encryption of a bucket."""
    answer = found(
        lambda: aws.s3.get_bucket_encryption(Bucket=identifier),
        "ServerSideEncryptionConfigurationNotFoundError",
        "NoSuchBucket",
    )
    if not answer:
        return None
    rules = []
    for rule in answer["ServerSideEncryptionConfiguration"]["Rules"]:
        default = rule.get("ApplyServerSideEncryptionByDefault", {})
        shown = given(sseAlgorithm=default.get("SSEAlgorithm"), kmsMasterKeyId=default.get("KMSMasterKeyID"))
        rules.append(
            {"applyServerSideEncryptionByDefault": shown, "bucketKeyEnabled": rule.get("BucketKeyEnabled", False)}
        )
    return {"bucket": identifier, "rules": rules}


def update_encryption(aws: Aws, _identifier: str, change: Change) -> None:
    """Changes the encryption of a bucket."""
    if change.touches("rules"):
        _put_encryption(aws, change.new)


def delete_encryption(aws: Aws, identifier: str, _state: Props) -> None:
    """Goes back to S3's own encryption."""
    if _exists(aws, identifier):
        aws.s3.delete_bucket_encryption(Bucket=identifier)


# Life cycle. Only the parts that our rules have; any other is refused.


def _lifecycle_rule(rule: Props) -> dict[str, Any]:
    known = {"id", "status", "filter", "abortIncompleteMultipartUpload", "expiration", "noncurrentVersionExpiration"}
    if rule.keys() - known:
        raise Refused(
            f"the stand-in does not carry out the rules' {sorted(rule.keys() - known)}: add it in `standin/resources`"
        )
    abort, expire = rule.get("abortIncompleteMultipartUpload"), rule.get("expiration")
    old = rule.get("noncurrentVersionExpiration")
    return given(
        ID=rule["id"],
        Status=rule["status"],
        Filter=given(Prefix=(rule.get("filter") or {}).get("prefix") or ""),
        AbortIncompleteMultipartUpload=given(DaysAfterInitiation=abort["daysAfterInitiation"]) if abort else None,
        Expiration=given(Days=expire.get("days"), ExpiredObjectDeleteMarker=expire.get("expiredObjectDeleteMarker"))
        if expire
        else None,
        NoncurrentVersionExpiration=given(
            NoncurrentDays=old["noncurrentDays"], NewerNoncurrentVersions=old.get("newerNoncurrentVersions")
        )
        if old
        else None,
    )


def _shown_lifecycle_rule(rule: dict[str, Any]) -> Props:
    abort, expire = rule.get("AbortIncompleteMultipartUpload"), rule.get("Expiration")
    old = rule.get("NoncurrentVersionExpiration")
    return given(
        id=rule.get("ID"),
        status=rule["Status"],
        filter={"prefix": rule.get("Filter", {}).get("Prefix") or ""},
        abortIncompleteMultipartUpload={"daysAfterInitiation": abort["DaysAfterInitiation"]} if abort else None,
        expiration=given(days=expire.get("Days"), expiredObjectDeleteMarker=expire.get("ExpiredObjectDeleteMarker"))
        if expire
        else None,
        noncurrentVersionExpiration=given(
            noncurrentDays=old["NoncurrentDays"], newerNoncurrentVersions=old.get("NewerNoncurrentVersions")
        )
        if old
        else None,
    )


def _put_lifecycle(aws: Aws, props: Props) -> None:
    settings = {"Rules": [_lifecycle_rule(rule) for rule in props["rules"]]}
    aws.s3.put_bucket_lifecycle_configuration(Bucket=_need(aws, props["bucket"]), LifecycleConfiguration=settings)


def create_lifecycle(aws: Aws, props: Props) -> str:
    """Sets the rules of a bucket's life cycle."""
    if not props.get("rules"):
        raise Refused("MalformedXML: a life cycle has at least one rule")
    _put_lifecycle(aws, props)
    return props["bucket"]


def read_lifecycle(aws: Aws, identifier: str, _state: Props) -> Props | None:
    """Reads the rules of a bucket's life cycle."""
    answer = found(lambda: aws.s3.get_bucket_lifecycle_configuration(Bucket=identifier))
    return (
        {"bucket": identifier, "rules": [_shown_lifecycle_rule(rule) for rule in answer["Rules"]]} if answer else None
    )


def update_lifecycle(aws: Aws, _identifier: str, change: Change) -> None:
    """Changes the rules of a bucket's life cycle."""
    if change.touches("rules"):
        _put_lifecycle(aws, change.new)


def delete_lifecycle(aws: Aws, identifier: str, _state: Props) -> None:
    """Takes the rules away."""
    if _exists(aws, identifier):
        aws.s3.delete_bucket_lifecycle(Bucket=identifier)


# Policies.


def _put_policy(aws: Aws, props: Props) -> None:
    bucket, text = _need(aws, props["bucket"]), props["policy"]
    try:
        statements = json.loads(text)["Statement"]
    except (ValueError, KeyError, TypeError) as error:
        raise Refused(f"MalformedPolicy: the policy of bucket `{bucket}` is not a policy: {error}") from error
    for statement in [statements] if isinstance(statements, dict) else statements:
        resources = statement.get("Resource", [])
        for arn in [resources] if isinstance(resources, str) else resources:
            if arn != f"arn:aws:s3:::{bucket}" and not arn.startswith(f"arn:aws:s3:::{bucket}/"):
                raise Refused(f"MalformedPolicy: policy has invalid resource `{arn}`")
        if "Principal" not in statement:
            raise Refused("MalformedPolicy: missing required field `Principal`")
    aws.s3.put_bucket_policy(Bucket=bucket, Policy=text)


def create_policy(aws: Aws, props: Props) -> str:
    """Sets the policy of a bucket."""
    _put_policy(aws, props)
    return props["bucket"]


def read_policy(aws: Aws, identifier: str, _state: Props) -> Props | None:
    """Reads the policy of a bucket."""
    answer = found(lambda: aws.s3.get_bucket_policy(Bucket=identifier))
    return {"bucket": identifier, "policy": answer["Policy"]} if answer else None


def update_policy(aws: Aws, _identifier: str, change: Change) -> None:
    """Changes the policy of a bucket."""
    if change.touches("policy"):
        _put_policy(aws, change.new)


def delete_policy(aws: Aws, identifier: str, _state: Props) -> None:
    """Takes the policy away."""
    found(lambda: aws.s3.delete_bucket_policy(Bucket=identifier))


# Versions.


def _put_versioning(aws: Aws, bucket: str, settings: Props) -> None:
    arguments = given(Status=settings["status"], MFADelete=settings.get("mfaDelete"))
    aws.s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration=arguments)


def create_versioning(aws: Aws, props: Props) -> str:
    """Says whether a bucket keeps versions; one that never has any needs no call."""
    bucket = _need(aws, props["bucket"])
    if props["versioningConfiguration"]["status"] != NO_VERSIONS:
        _put_versioning(aws, bucket, props["versioningConfiguration"])
    return bucket


def read_versioning(aws: Aws, identifier: str, _state: Props) -> Props | None:
    """Reads whether a bucket keeps versions."""
    answer = found(lambda: aws.s3.get_bucket_versioning(Bucket=identifier))
    if answer is None:
        return None
    settings = given(status=answer.get("Status") or NO_VERSIONS, mfaDelete=answer.get("MFADelete"))
    return {"bucket": identifier, "versioningConfiguration": settings}


def update_versioning(aws: Aws, identifier: str, change: Change) -> None:
    """Changes whether a bucket keeps versions."""
    if change.touches("versioningConfiguration"):
        _put_versioning(aws, identifier, change.new["versioningConfiguration"])


def plan_versioning(state: Props, news: Props) -> frozenset[str]:
    """A bucket that has kept versions can pause, but never again be one that has not."""
    old, new = ((props.get("versioningConfiguration") or {}) for props in (state, news))
    if isinstance(new, dict) and new.get("status") == NO_VERSIONS and old.get("status") in ("Enabled", "Suspended"):
        raise Refused(f"versioning_configuration.status cannot be updated from '{old['status']}' to '{NO_VERSIONS}'")
    return frozenset()


def delete_versioning(aws: Aws, identifier: str, state: Props) -> None:
    """Pauses: that is all that can be taken back."""
    if state["versioningConfiguration"]["status"] != NO_VERSIONS and _exists(aws, identifier):
        _put_versioning(aws, identifier, {"status": "Suspended"})


# Logs of requests.


def _put_logging(aws: Aws, bucket: str, props: Props) -> None:
    settings = {"TargetBucket": props["targetBucket"], "TargetPrefix": props["targetPrefix"]}
    aws.s3.put_bucket_logging(Bucket=bucket, BucketLoggingStatus={"LoggingEnabled": settings})


def create_logging(aws: Aws, props: Props) -> str:
    """Says into which bucket the requests to one are written; S3 has to be let into it."""
    bucket = _need(aws, props["bucket"])
    _put_logging(aws, bucket, props)
    return bucket


def read_logging(aws: Aws, identifier: str, _state: Props) -> Props | None:
    """Reads where the requests to a bucket are written."""
    answer = found(lambda: aws.s3.get_bucket_logging(Bucket=identifier))
    shown = (answer or {}).get("LoggingEnabled")
    if not shown:
        return None
    return {"bucket": identifier, "targetBucket": shown["TargetBucket"], "targetPrefix": shown["TargetPrefix"]}


def update_logging(aws: Aws, identifier: str, change: Change) -> None:
    """Changes where the requests to a bucket are written."""
    if change.touches("targetBucket", "targetPrefix"):
        _put_logging(aws, identifier, change.new)


def delete_logging(aws: Aws, identifier: str, _state: Props) -> None:
    """Writes no requests any more."""
    if _exists(aws, identifier):
        aws.s3.put_bucket_logging(Bucket=identifier, BucketLoggingStatus={})


RESOURCES: dict[str, Resource] = {
    "aws:s3/bucket:Bucket": Resource(
        create_bucket,
        read_bucket,
        delete_bucket,
        update_bucket,
        state_only=frozenset({"forceDestroy"}),
    ),
    "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": Resource(
        create_block,
        read_block,
        delete_block,
        update_block,
        state_only=frozenset({"skipDestroy"}),
    ),
    "aws:s3/bucketOwnershipControls:BucketOwnershipControls": Resource(
        create_ownership, read_ownership, delete_ownership, update_ownership
    ),
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": Resource(
        create_encryption, read_encryption, delete_encryption, update_encryption
    ),
    "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": Resource(
        create_lifecycle, read_lifecycle, delete_lifecycle, update_lifecycle
    ),
    "aws:s3/bucketLogging:BucketLogging": Resource(create_logging, read_logging, delete_logging, update_logging),
    "aws:s3/bucketVersioning:BucketVersioning": Resource(
        create_versioning, read_versioning, delete_versioning, update_versioning, plan=plan_versioning
    ),
    "aws:s3/bucketPolicy:BucketPolicy": Resource(
        create_policy,
        read_policy,
        delete_policy,
        update_policy,
        json=frozenset({"policy"}),
    ),
}
FUNCTIONS: dict[str, Function] = {}
