"""The infrastructure of a Django shop: each stack is a base, or an app on the base that its live config names."""

import pulumi
import pulumi_aws_django as aws_django

config, stack = pulumi.Config(), pulumi.get_stack()

if on := config.get("base"):
    reference = pulumi.StackReference(f"{pulumi.get_organization()}/{pulumi.get_project()}/{on}")
    frontend_image = config.get("frontendImage")
    celery = ["celery", f"--app={config.require('celeryApp')}"]
    app = aws_django.AdHocApp(
        stack,
        base=reference.get_output("base"),
        image=config.require("image"),
        frontend={"image": frontend_image} if frontend_image else None,
        workers=[{"name": "default", "command": [*celery, "worker", "-Q", "default"]}],
        beat={"command": [*celery, "beat", "--schedule=/tmp/celerybeat"]},
    )
    pulumi.export("url", app.url)
    pulumi.export("shellCommand", app.shell_command)
else:
    base = aws_django.AdHocBase(stack, domain_name=config.require("domainName"))
    pulumi.export("base", base.outputs)
