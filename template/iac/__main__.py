"""The infrastructure of the project: each stack is a base, or an app on the base that its live config names. With
`production` in its config it is of the kind for production, else ad hoc."""

import pulumi
import pulumi_aws_django as aws_django

# Its own namespace, which stays when the project is called otherwise.
config, stack = pulumi.Config("django"), pulumi.get_stack()
production = config.get_bool("production", False)
# Production goes only after a deployment with `false`.
deletion_protection = config.get_bool("deletionProtection", True)

celery = ["celery", "--quiet", "--app=shop"]
worker = [*celery, "worker", "--loglevel=INFO", "--concurrency=2"]
beat: aws_django.BeatArgsDict = {
    "command": [*celery, "beat", "--loglevel=INFO", "--schedule=/tmp/celerybeat"],
}

if on := config.get("base"):
    reference = pulumi.StackReference(f"{pulumi.get_organization()}/{pulumi.get_project()}/{on}")
    base, image = reference.get_output("base"), config.require("image")
    app: aws_django.AdHocApp | aws_django.ProdApp
    if production:
        app = aws_django.ProdApp(
            stack,
            base=base,
            image=image,
            # The workflow `update` releases it, and `image` counts until something runs.
            deployment=aws_django.Deployment.PIPELINE,
            domain={
                "host_name": config.require("hostName"),
                "redirect_host_names": config.get_object("redirectHostNames", []),
            },
            workers=[{"name": "default", "command": worker}],
            beat=beat,
            deletion_protection=deletion_protection,
        )
        pulumi.export("releaseCommand", app.release_command)
    else:
        app = aws_django.AdHocApp(
            stack,
            base=base,
            image=image,
            workers=[{"name": "default", "command": worker}],
            beat=beat,
        )
        pulumi.export("shellCommand", app.shell_command)
    pulumi.export("url", app.url)
elif config.get("image"):
    remedy = f"`pulumi config set django:base {'live' if production else 'dev'} -s {stack}`"
    raise pulumi.RunError(f"`{stack}` has `django:image`, and an app names the stack of its base as well: {remedy}")
elif production:
    live = aws_django.ProdBase(
        stack,
        domain_name=config.require("domainName"),
        database={"instance_class": config.require("instanceClass")},
        deletion_protection=deletion_protection,
    )
    pulumi.export("base", live.outputs)
    pulumi.export("finalSnapshotName", live.final_snapshot_name)
else:
    dev = aws_django.AdHocBase(stack, domain_name=config.require("domainName"))
    pulumi.export("base", dev.outputs)
