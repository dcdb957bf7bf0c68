"""What workers do."""

import hashlib
import logging

from celery import shared_task
from django.core.cache import cache
from django.db.models import Count, Max, Min
from django.utils import timezone

from catalog.models import Product

# Where the cache has the summary.
SUMMARY = "catalog:summary"

log = logging.getLogger(__name__)


@shared_task
def fingerprint(product_id: int) -> str:
    """The SHA-256 of a product's photo."""
    digest = hashlib.sha256()
    with Product.objects.get(pk=product_id).photo.open("rb") as photo:
        for chunk in photo.chunks():
            digest.update(chunk)
    log.info("photo of product %d read", product_id)
    return digest.hexdigest()


@shared_task(ignore_result=True)
def summarize() -> None:
    """Keeps in the cache what the list shows above the products; beat asks for it."""
    summary = Product.objects.aggregate(products=Count("pk"), cheapest=Min("price"), dearest=Max("price"))
    cache.set(SUMMARY, summary | {"at": timezone.now()}, timeout=60)
