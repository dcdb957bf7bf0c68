// Production of a Django shop, and a rehearsal of it: each stack is a base, or the app on the base that its live config
// names.

import * as awsDjango from "@aws-django/pulumi";
import * as pulumi from "@pulumi/pulumi";

const config = new pulumi.Config();
const stack = pulumi.getStack();
const deletionProtection = config.getBoolean("deletionProtection") ?? true;

function app(on: string) {
    const reference = new pulumi.StackReference(`${pulumi.getOrganization()}/${pulumi.getProject()}/${on}`);
    const app = new awsDjango.ProdApp(stack, {
        base: reference.requireOutput("base"),
        image: config.require("image"),
        deployment: awsDjango.Deployment.Pulumi,
        web: { scaling: { minCount: config.requireNumber("minCount"), maxCount: config.requireNumber("maxCount") } },
        workers: [{ name: "default", command: ["celery", "--app=shop", "worker", "-Q", "default"] }],
        beat: { command: ["celery", "--app=shop", "beat", "--schedule=/tmp/celerybeat"] },
        domain: {
            hostName: config.get("hostName"),
            redirectHostNames: config.getObject<string[]>("redirectHostNames") ?? [],
        },
        deletionProtection,
    });
    return { url: app.url, bucketName: app.bucketName };
}

function base() {
    const base = new awsDjango.ProdBase(stack, {
        domainName: config.require("domainName"),
        database: { instanceClass: config.require("instanceClass"), multiAz: config.getBoolean("multiAz") ?? true },
        deletionProtection,
    });
    return { base: base.outputs, finalSnapshotName: base.finalSnapshotName };
}

export = async () => {
    const on = config.get("base");
    return on ? app(on) : base();
};
