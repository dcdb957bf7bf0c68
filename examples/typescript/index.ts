// The infrastructure of a Django shop: each stack is a base, or an app on the base that its live config names.

import * as awsDjango from "@aws-django/pulumi";
import * as pulumi from "@pulumi/pulumi";

const config = new pulumi.Config();
const stack = pulumi.getStack();

function app(on: string) {
    const reference = new pulumi.StackReference(`${pulumi.getOrganization()}/${pulumi.getProject()}/${on}`);
    const frontendImage = config.get("frontendImage");
    const celery = ["celery", `--app=${config.require("celeryApp")}`];
    const app = new awsDjango.AdHocApp(stack, {
        base: reference.getOutput("base"),
        image: config.require("image"),
        frontend: frontendImage ? { image: frontendImage } : undefined,
        workers: [{ name: "default", command: [...celery, "worker", "-Q", "default"] }],
        beat: { command: [...celery, "beat", "--schedule=/tmp/celerybeat"] },
    });
    return { url: app.url, shellCommand: app.shellCommand };
}

function base() {
    const base = new awsDjango.AdHocBase(stack, { domainName: config.require("domainName") });
    return { base: base.outputs };
}

export = async () => {
    const on = config.get("base");
    return on ? app(on) : base();
};
