"""Products."""

from django.db import models


class Product(models.Model):
    name = models.CharField(max_length=200, unique=True)
    price = models.DecimalField(max_digits=10, decimal_places=2)
    photo = models.FileField(upload_to="photos/", blank=True)

    class Meta:
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name
