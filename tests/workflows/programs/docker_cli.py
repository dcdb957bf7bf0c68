"""Docker, for tests: `login` to ECR, and `buildx build`, which pushes an image of a folder by its digest.

A build without a file `Dockerfile` fails, as does a push to a registry that nobody has logged in to.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import sys
from pathlib import Path

import boto3

MANIFEST = "application/vnd.oci.image.manifest.v1+json"
CONFIG = "application/vnd.oci.image.config.v1+json"


def digest(content: bytes) -> str:
    """As registries name content."""
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def known() -> Path:
    """Where the registries are that somebody has logged in to."""
    return Path(os.environ["RUNNER_TEMP"]) / "registries"


def login(registry: str) -> None:
    """Takes a password that ECR has given."""
    if not sys.stdin.read().strip():
        sys.exit("Error: Cannot perform an interactive login from a non TTY device")
    known().write_text(registry)


def pushed(repository: str, config: bytes, manifest: str) -> str:
    """Puts an image into ECR, unless it has it, and answers its digest."""
    ecr, named = boto3.client("ecr"), digest(manifest.encode())
    if ecr.batch_get_image(repositoryName=repository, imageIds=[{"imageDigest": named}])["images"]:
        return named
    upload = ecr.initiate_layer_upload(repositoryName=repository)["uploadId"]
    part = {"partFirstByte": 0, "partLastByte": len(config) - 1, "layerPartBlob": config}
    ecr.upload_layer_part(repositoryName=repository, uploadId=upload, **part)
    ecr.complete_layer_upload(repositoryName=repository, uploadId=upload, layerDigests=[digest(config)])
    ecr.put_image(repositoryName=repository, imageManifest=manifest, imageDigest=named)
    return named


def build(context: Path, platform: str, output: str, metadata: Path) -> None:
    """Makes an image of a folder, and pushes it without a tag."""
    told = dict(each.split("=", 1) for each in output.split(","))
    if (told["type"], told.get("push"), told.get("push-by-digest")) != ("image", "true", "true"):
        sys.exit(f"ERROR: nothing here takes `{output}`")
    registry, _, repository = told["name"].partition("/")
    if not known().exists() or known().read_text() != registry:
        sys.exit("ERROR: failed to push: no basic auth credentials")
    if not (context / "Dockerfile").is_file():
        sys.exit("ERROR: failed to read dockerfile: open Dockerfile: no such file or directory")
    files = sorted(file for file in context.rglob("*") if file.is_file())
    content = b"".join(str(file.relative_to(context)).encode() + file.read_bytes() for file in files)
    system, processor = platform.split("/")
    config = json.dumps({"os": system, "architecture": processor, "rootfs": digest(content)}).encode()
    described = {"mediaType": CONFIG, "size": len(config), "digest": digest(config)}
    manifest = json.dumps({"schemaVersion": 2, "mediaType": MANIFEST, "config": described, "layers": []})
    named = pushed(repository, config, manifest)
    metadata.write_text(json.dumps({"containerimage.digest": named, "image.name": told["name"]}))


def main() -> None:
    """Reads what is asked."""
    match sys.argv[1:]:
        case ["login", "--username", "AWS", "--password-stdin", registry]:
            login(registry)
        case ["buildx", "create", "--use"]:
            pass
        case ["buildx", "build", *words]:
            parser = argparse.ArgumentParser(prog="docker buildx build")
            parser.add_argument("--platform", required=True)
            parser.add_argument("--provenance", required=True)
            parser.add_argument("--metadata-file", required=True, type=Path)
            parser.add_argument("--output", required=True)
            parser.add_argument("context", type=Path)
            options = parser.parse_args(words)
            build(options.context, options.platform, options.output, options.metadata_file)
        case words:
            sys.exit(f"docker: nothing here does `{' '.join(words)}`")


if __name__ == "__main__":
    main()
