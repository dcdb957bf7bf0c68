package main

import (
	"fmt"

	"github.com/aws-django/aws-django/sdk/go/awsdjango"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi/config"
)

func program(ctx *pulumi.Context) error {
	live := config.New(ctx, "")
	if on := live.Get("base"); on != "" {
		return app(ctx, live, on)
	}
	return base(ctx, live)
}

func app(ctx *pulumi.Context, live *config.Config, on string) error {
	stack := fmt.Sprintf("%s/%s/%s", ctx.Organization(), ctx.Project(), on)
	reference, err := pulumi.NewStackReference(ctx, stack, nil)
	if err != nil {
		return err
	}
	celery := func(words ...string) pulumi.StringArray {
		return pulumi.ToStringArray(append([]string{"celery", "--app=" + live.Require("celeryApp")}, words...))
	}
	args := &awsdjango.AdHocAppArgs{
		Base:    reference.GetOutput(pulumi.String("base")),
		Image:   pulumi.String(live.Require("image")),
		Workers: []awsdjango.AdHocWorkerArgs{{Name: "default", Command: celery("worker", "-Q", "default")}},
		Beat:    &awsdjango.BeatArgs{Command: celery("beat", "--schedule=/tmp/celerybeat")},
	}
	if image := live.Get("frontendImage"); image != "" {
		args.Frontend = &awsdjango.AdHocFrontendArgs{Image: pulumi.String(image)}
	}
	app, err := awsdjango.NewAdHocApp(ctx, ctx.Stack(), args)
	if err != nil {
		return err
	}
	ctx.Export("url", app.Url)
	ctx.Export("shellCommand", app.ShellCommand)
	return nil
}

func base(ctx *pulumi.Context, live *config.Config) error {
	base, err := awsdjango.NewAdHocBase(ctx, ctx.Stack(), &awsdjango.AdHocBaseArgs{
		DomainName: pulumi.String(live.Require("domainName")),
	})
	if err != nil {
		return err
	}
	ctx.Export("base", base.Outputs)
	return nil
}
