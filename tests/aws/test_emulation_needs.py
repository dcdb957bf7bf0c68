"""What a look before a release asks ECR and IAM: layers come back as they were pushed, and policies are decided."""

from __future__ import annotations

import json
import urllib.request
from hashlib import sha256

import pytest
from botocore.exceptions import ClientError

from emulated import Account

PARAMETER = "arn:aws:ssm:eu-central-1:123456789012:parameter/dev/alpha"
TRUST = {"Version": "2012-10-17", "Statement": []}
READ = {"Effect": "Allow", "Action": ["ssm:GetParameters"], "Resource": [f"{PARAMETER}/A", f"{PARAMETER}/B"]}
NEVER = {"Effect": "Deny", "Action": ["ssm:*"], "Resource": [f"{PARAMETER}/B"]}


def test_a_layer_comes_back_as_it_was_pushed(account: Account) -> None:
    ecr, content = account.client("ecr"), b'{"os": "linux", "architecture": "amd64"}'
    ecr.create_repository(repositoryName="shop")
    upload = ecr.initiate_layer_upload(repositoryName="shop")["uploadId"]
    part = {"partFirstByte": 0, "partLastByte": len(content) - 1, "layerPartBlob": content}
    ecr.upload_layer_part(repositoryName="shop", uploadId=upload, **part)
    digest = f"sha256:{sha256(content).hexdigest()}"
    ecr.complete_layer_upload(repositoryName="shop", uploadId=upload, layerDigests=[digest])
    address = ecr.get_download_url_for_layer(repositoryName="shop", layerDigest=digest)["downloadUrl"]
    with urllib.request.urlopen(address) as answer:
        assert answer.read() == content
    with pytest.raises(ClientError, match="LayersNotFoundException"):
        ecr.get_download_url_for_layer(repositoryName="shop", layerDigest="sha256:0")
    with pytest.raises(ClientError, match="RepositoryNotFoundException"):
        ecr.get_download_url_for_layer(repositoryName="front", layerDigest=digest)


def test_the_policies_of_a_role_are_decided(account: Account) -> None:
    iam = account.client("iam")
    role = iam.create_role(RoleName="reader", AssumeRolePolicyDocument=json.dumps(TRUST))["Role"]["Arn"]
    policies = {"read": READ, "never": NEVER}
    for name, statement in policies.items():
        document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        iam.put_role_policy(RoleName="reader", PolicyName=name, PolicyDocument=document)
    resources = [f"{PARAMETER}/{name}" for name in "ABC"]
    told = iam.simulate_principal_policy(
        PolicySourceArn=role, ActionNames=["ssm:GetParameters"], ResourceArns=resources
    )
    decisions = [result["EvalDecision"] for result in told["EvaluationResults"]]
    assert decisions == ["allowed", "explicitDeny", "implicitDeny"]
    with pytest.raises(ClientError, match="NoSuchEntity"):
        iam.simulate_principal_policy(PolicySourceArn=f"{role}-x", ActionNames=["ssm:GetParameters"])
