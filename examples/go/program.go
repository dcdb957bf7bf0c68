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
	app, err := awsdjango.NewAdHocApp(ctx, ctx.Stack(), &awsdjango.AdHocAppArgs{
		Base:     reference.GetOutput(pulumi.String("base")),
		Image:    pulumi.String(live.Require("image")),
		Frontend: &awsdjango.FrontendArgs{Image: pulumi.String(live.Require("frontendImage"))},
		Workers: []awsdjango.WorkerArgs{{
			Name:    "default",
			Command: pulumi.ToStringArray([]string{"celery", "--app=shop", "worker", "-Q", "default"}),
		}},
		Beat: &awsdjango.BeatArgs{Command: pulumi.ToStringArray([]string{"celery", "--app=shop", "beat", "--schedule=/tmp/celerybeat"})},
	})
	if err != nil {
		return err
	}
	ctx.Export("url", app.Url)
	ctx.Export("releaseCommand", app.ReleaseCommand)
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
