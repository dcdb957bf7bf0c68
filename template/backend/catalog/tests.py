"""The catalog on a database of its own; what else it talks to is in memory."""

import hashlib
from unittest import mock

from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import TestCase, override_settings

from catalog.models import Product
from catalog.tasks import fingerprint, summarize

IN_MEMORY = override_settings(
    CACHES={"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}},
    STORAGES={
        "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    },
    MEDIA_URL="/media/",
    SECURE_SSL_REDIRECT=False,
)


@IN_MEMORY
class CatalogTest(TestCase):
    def setUp(self) -> None:
        self.product = Product.objects.create(name="Teapot", price="12.50")
        self.address = f"/api/products/{self.product.pk}/photo/"

    def test_the_list_has_what_beat_had_summarized(self) -> None:
        listed = {"id": self.product.pk, "name": "Teapot", "price": "12.50", "photo": None}
        self.assertEqual(self.client.get("/api/products/").json(), {"products": [listed], "summary": None})
        summarize()
        summary = self.client.get("/api/products/").json()["summary"]
        self.assertEqual((summary["products"], summary["cheapest"]), (1, "12.50"))

    def test_the_staff_alone_may_upload(self) -> None:
        self.assertEqual(self.client.post(self.address, {"photo": photo()}).status_code, 403)

    def test_a_photo_is_kept_and_read_by_a_worker(self) -> None:
        self.client.force_login(User.objects.create_superuser("admin"))
        self.assertEqual(self.client.post(self.address).status_code, 400)
        with mock.patch.object(fingerprint, "delay", return_value=mock.Mock(id="a-task")) as delay:
            answer = self.client.post(self.address, {"photo": photo()})
        self.assertEqual((answer.status_code, answer.json()["task"]), (201, "a-task"))
        delay.assert_called_once_with(self.product.pk)
        self.assertEqual(fingerprint(self.product.pk), hashlib.sha256(b"a photo").hexdigest())


def photo() -> SimpleUploadedFile:
    return SimpleUploadedFile("teapot.png", b"a photo")
