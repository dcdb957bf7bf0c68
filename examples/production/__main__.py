"""Production of a Django shop, and a rehearsal of it: each stack is a base, or the app on the base that its live config
names."""

import pulumi
import pulumi_aws_django as aws_django

config, stack = pulumi.Config(), pulumi.get_stack()
deletion_protection = config.get_bool("deletionProtection", True)

if on := config.get("base"):
    reference = pulumi.StackReference(f"{pulumi.get_organization()}/{pulumi.get_project()}/{on}")
    app = aws_django.ProdApp(
        stack,
        base=reference.require_output("base"),
        image=config.require("image"),
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
else:
    base = aws_django.ProdBase(
        stack,
        domain_name=config.require("domainName"),
        database={"instance_class": config.require("instanceClass"), "multi_az": config.get_bool("multiAz", True)},
        deletion_protection=deletion_protection,
    )
    pulumi.export("base", base.outputs)
    pulumi.export("finalSnapshotName", base.final_snapshot_name)
