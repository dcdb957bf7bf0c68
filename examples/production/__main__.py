"""Production of a Django shop, and a rehearsal of it. By its live config a stack has a base, or names the stack that has it;
with an image it has the app. So `live` is a base, `production` the app on it, and `rehearsal` both."""

from typing import Any

import pulumi
import pulumi_aws_django as aws_django

config, stack = pulumi.Config(), pulumi.get_stack()
image, on = config.get("image"), config.get("base")
deletion_protection = config.get_bool("deletionProtection", True)

if on:
    reference = pulumi.StackReference(f"{pulumi.get_organization()}/{pulumi.get_project()}/{on}")
    base: aws_django.ProdBase | pulumi.Output[Any] = reference.get_output("base")
else:
    base = aws_django.ProdBase(
        f"{stack}-base" if image else stack,
        domain_name=config.require("domainName"),
        database={"instance_class": config.require("instanceClass"), "multi_az": config.get_bool("multiAz", True)},
        deletion_protection=deletion_protection,
    )
    pulumi.export("base", base.outputs)
    pulumi.export("finalSnapshotName", base.final_snapshot_name)

if image:
    app = aws_django.ProdApp(
        stack,
        base=base,
        image=image,
        deployment=aws_django.Deployment.PULUMI,
        web={"scaling": {"min_count": config.require_int("minCount"), "max_count": config.require_int("maxCount")}},
        workers=[{"name": "default", "command": ["celery", "--app=shop", "worker", "-Q", "default"]}],
        beat={"command": ["celery", "--app=shop", "beat", "--schedule=/tmp/celerybeat"]},
        domain={
            "host_name": config.get("hostName"),
            "redirect_host_names": config.get_object("redirectHostNames", []),
        },
        deletion_protection=deletion_protection,
    )
    pulumi.export("url", app.url)
    pulumi.export("bucketName", app.bucket_name)
