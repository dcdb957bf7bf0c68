"""What ECR does and moto does not: it gives layers back, from an address of S3 that it has signed.

An image's configuration is such a layer, as AWS's documentation of BatchGetImage and GetDownloadUrlForLayer has it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from moto.core.exceptions import ServiceException
from moto.ecr.models import ECRBackend
from moto.ecr.responses import ECRResponse
from moto.s3.models import s3_backends

from emulation.answers import answers
from emulation.patch import replaced

# AWS keeps layers in a bucket of its own, one for each region.
BUCKET = "prod-{region}-starport-layer-bucket"
SIGNED = "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Expires=3600&X-Amz-Signature=0"


class LayersNotFound(ServiceException):
    """ECR has no such layer."""

    code = "LayersNotFoundException"


@replaced(ECRBackend, "complete_layer_upload")
def complete_layer_upload(
    original: Callable[..., Any], self: Any, repository_name: str, upload_id: str, *args: Any, **kwargs: Any
) -> Any:
    """Keeps the layer: moto only counts its bytes."""
    upload = self._get_repository(repository_name, None).uploads.get(upload_id)
    content = bytes(upload.layer_parts) if upload else b""
    answer = original(self, repository_name, upload_id, *args, **kwargs)
    s3, bucket = s3_backends[self.account_id]["aws"], BUCKET.format(region=self.region_name)
    if bucket not in s3.buckets:
        s3.create_bucket(bucket, self.region_name)
    s3.put_object(bucket, answer["layerDigest"], content)
    return answer


@answers(ECRResponse, "get_download_url_for_layer")
def get_download_url_for_layer(self: Any) -> dict[str, Any]:
    """The address of a layer, for whoever has it within the hour."""
    repository, digest = self._get_param("repositoryName"), self._get_param("layerDigest")
    if digest not in self.ecr_backend._get_repository(repository, None).layers:
        raise LayersNotFound(f"The repository with name '{repository}' has no layer '{digest}'")
    host, bucket = self.headers["Host"], BUCKET.format(region=self.region)
    return {"downloadUrl": f"http://{host}/{bucket}/{digest}?{SIGNED}", "layerDigest": digest}
