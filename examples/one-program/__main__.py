"""A base and an app on it in one program: the app takes the base itself."""

import pulumi
import pulumi_aws_django as aws_django

config = pulumi.Config()

base = aws_django.AdHocBase("dev", domain_name=config.require("domainName"))
app = aws_django.AdHocApp(
    "alpha",
    base=base,
    image=config.require("image"),
    workers=[{"name": "default", "command": ["celery", "--app=shop", "worker", "-Q", "default"]}],
    beat={"command": ["celery", "--app=shop", "beat", "--schedule=/tmp/celerybeat"]},
)

pulumi.export("url", app.url)
