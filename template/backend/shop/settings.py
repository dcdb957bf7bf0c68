"""Settings. All that differs between environments comes from variables."""

import os
from pathlib import Path

from shop import logs
from shop.environment import Environment

BASE_DIR = Path(__file__).parent.parent
env = Environment(os.environ)

SECRET_KEY = env.text("SECRET_KEY") or "building"
DEBUG = env.flag("DEBUG")
ALLOWED_HOSTS = env.words("ALLOWED_HOSTS")
CSRF_TRUSTED_ORIGINS = env.words("CSRF_TRUSTED_ORIGINS")

# TLS ends at the load balancer, which says so in this header and redirects what comes without. At home there is no TLS.
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_SSL_REDIRECT = SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = not DEBUG
# Raise it once all is well: a browser that has seen it takes no HTTP from this host, however many seconds it says.
SECURE_HSTS_SECONDS = 0 if DEBUG else 3600
# Other hosts below this one, and the lists of the browsers, are for the owner of the domain to decide.
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021"]

ROOT_URLCONF = "shop.urls"
WSGI_APPLICATION = "shop.wsgi.application"
INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "catalog",
]
MIDDLEWARE = [
    "shop.middleware.HealthCheckMiddleware",
    "shop.middleware.RequestLogMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("UserAttributeSimilarityValidator", "MinimumLengthValidator", "CommonPasswordValidator")
]
LOGIN_URL = "admin:login"
TIME_ZONE = "UTC"
USE_TZ = True

# The client library itself reads `PGSSLMODE`.
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "HOST": env.text("POSTGRES_SERVICE_HOST"),
        "PORT": env.number("POSTGRES_SERVICE_PORT"),
        "NAME": env.text("POSTGRES_NAME"),
        "USER": env.text("POSTGRES_USERNAME"),
        "PASSWORD": env.text("POSTGRES_PASSWORD"),
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
    }
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

LOGGING = logs.LOGGING

CACHES = {"default": {"BACKEND": "django_redis.cache.RedisCache", "LOCATION": env.redis("REDIS_URL")}}
SESSION_ENGINE = "django.contrib.sessions.backends.cache"

CELERY_BROKER_URL = env.redis("CELERY_BROKER_URL")
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_RESULT_BACKEND = env.redis("CELERY_RESULT_BACKEND")
CELERY_RESULT_EXPIRES = 3600
CELERY_BEAT_SCHEDULE = {"summarize the catalog": {"task": "catalog.tasks.summarize", "schedule": 10.0}}

# Static files are a part of the image; what users upload is in the bucket, which only signed addresses open.
STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / "static"
MEDIA_STORAGE = {
    "bucket_name": env.text("S3_BUCKET_NAME"),
    "region_name": env.text("AWS_S3_REGION_NAME"),
    "file_overwrite": False,
    "signature_version": "s3v4",
}
STORAGES = {
    "default": {"BACKEND": "storages.backends.s3.S3Storage", "OPTIONS": MEDIA_STORAGE},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}

env.check()
