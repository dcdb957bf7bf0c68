// Production of a Django shop, and a rehearsal of it. By its live config a stack has a base, or names the stack that has it;
// with an image it has the app. So `live` is a base, `production` the app on it, and `rehearsal` both.

import * as awsDjango from "@aws-django/pulumi";
import * as pulumi from "@pulumi/pulumi";

const config = new pulumi.Config();
const stack = pulumi.getStack();
const [image, on] = [config.get("image"), config.get("base")];
const deletionProtection = config.getBoolean("deletionProtection") ?? true;

function newBase(name: string) {
    return new awsDjango.ProdBase(name, {
        domainName: config.require("domainName"),
        database: { instanceClass: config.require("instanceClass"), multiAz: config.getBoolean("multiAz") ?? true },
        deletionProtection,
    });
}

function baseOf(stack: string) {
    const name = `${pulumi.getOrganization()}/${pulumi.getProject()}/${stack}`;
    return new pulumi.StackReference(name).getOutput("base");
}

function newApp(image: string, base: awsDjango.ProdAppArgs["base"]) {
    return new awsDjango.ProdApp(stack, {
        base,
        image,
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
}

const base = on ? undefined : newBase(image ? `${stack}-base` : stack);
const app = image ? newApp(image, base ?? baseOf(on!)) : undefined;

export = {
    base: base?.outputs,
    finalSnapshotName: base?.finalSnapshotName,
    url: app?.url,
    bucketName: app?.bucketName,
};
