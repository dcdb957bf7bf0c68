"""The infrastructure of the project: each stack is a base, or an app on the base that its live config names."""

import pulumi
import pulumi_aws_django as aws_django

# Its own namespace, which stays when the project is called otherwise.
config, stack = pulumi.Config("django"), pulumi.get_stack()
celery = ["celery", "--quiet", "--app=shop"]

if on := config.get("base"):
    reference = pulumi.StackReference(f"{pulumi.get_organization()}/{pulumi.get_project()}/{on}")
    app = aws_django.AdHocApp(
        stack,
        base=reference.require_output("base"),
        image=config.require("image"),
        workers=[{"name": "default", "command": [*celery, "worker", "--loglevel=INFO", "--concurrency=2"]}],
        beat={"command": [*celery, "beat", "--loglevel=INFO", "--schedule=/tmp/celerybeat"]},
    )
    pulumi.export("url", app.url)
    pulumi.export("shellCommand", app.shell_command)
else:
    base = aws_django.AdHocBase(stack, domain_name=config.require("domainName"))
    pulumi.export("base", base.outputs)
