"""Addresses below `/api/`."""

from django.urls import path

from catalog import views

urlpatterns = [
    path("products/", views.products),
    path("products/<int:product_id>/photo/", views.photo),
    path("tasks/<uuid:task_id>/", views.task),
]
