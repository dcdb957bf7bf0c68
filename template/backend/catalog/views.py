"""The catalog as JSON."""

from uuid import UUID

from celery.result import AsyncResult
from django.contrib.auth.decorators import permission_required
from django.core.cache import cache
from django.forms import modelform_factory
from django.http import HttpRequest, JsonResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_GET, require_POST

from catalog.models import Product
from catalog.tasks import SUMMARY, fingerprint

PhotoForm = modelform_factory(Product, fields=["photo"])


@require_GET
def products(_request: HttpRequest) -> JsonResponse:
    """All products, and the summary that beat had made last."""
    found = [as_json(product) for product in Product.objects.all()]
    return JsonResponse({"products": found, "summary": cache.get(SUMMARY)})


@require_POST
@permission_required("catalog.change_product", raise_exception=True)
def photo(request: HttpRequest, product_id: int) -> JsonResponse:
    """Takes a product's photo, and has a worker read it."""
    product = get_object_or_404(Product, pk=product_id)
    form = PhotoForm(request.POST, request.FILES, instance=product)
    if not request.FILES or not form.is_valid():
        return JsonResponse({"errors": form.errors.get_json_data()}, status=400)
    form.save()
    return JsonResponse(as_json(product) | {"task": fingerprint.delay(product.pk).id}, status=201)


@require_GET
@permission_required("catalog.change_product", raise_exception=True)
def task(_request: HttpRequest, task_id: UUID) -> JsonResponse:
    """What became of a task. Celery knows of no task that it does not have: one that never was is `PENDING`."""
    found = AsyncResult(str(task_id))
    return JsonResponse({"state": found.state, "result": found.result if found.successful() else None})


def as_json(product: Product) -> dict[str, object]:
    """The photo's address is signed, and valid for an hour."""
    address = product.photo.url if product.photo else None
    return {"id": product.pk, "name": product.name, "price": product.price, "photo": address}
