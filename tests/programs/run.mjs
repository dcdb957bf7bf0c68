// Runs one operation of Pulumi's Automation API on an ordinary TypeScript program, compiled by `tsc`, in this process.
//
// Usage: run.mjs REQUEST.json
//
// The request and the result are those of `run.py`, which describes them; `program` is the compiled file, such as
// `index.js`, and its `@pulumi/pulumi` is the one that runs the operation. There is no `terminal` here.

import { appendFileSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";

const CHANGING = new Set(["preview", "up", "refresh", "previewRefresh", "destroy", "previewDestroy"]);

/** Gathers from the engine's events what a result tells about the steps of an operation. */
class Events {
    summary = {};
    steps = [];
    failed = [];
    diagnostics = [];

    constructor(log) {
        this.log = log;
    }

    add(event) {
        if (this.log) {
            appendFileSync(this.log, `${JSON.stringify(event)}\n`);
        }
        if (event.summaryEvent) {
            this.summary = event.summaryEvent.resourceChanges;
        } else if (event.resourcePreEvent) {
            this.steps.push(step(event.resourcePreEvent.metadata));
        } else if (event.resOpFailedEvent) {
            this.failed.push(event.resOpFailedEvent.metadata.urn);
        } else if (event.diagnosticEvent && event.diagnosticEvent.severity !== "debug") {
            const { severity, urn = null, message } = event.diagnosticEvent;
            this.diagnostics.push({ severity, urn, message });
        }
    }
}

/** Tells what one step does to one resource. */
function step({ op, urn, type, diffs, detailedDiff, keys }) {
    const kinds = Object.entries(detailedDiff ?? {}).map(([path, diff]) => [path, diff.diffKind]);
    return {
        op,
        urn,
        type,
        diffs: diffs ?? [],
        detailedDiff: Object.fromEntries(kinds),
        replaceReasons: keys ?? [],
    };
}

function camelCase(name) {
    return name.replace(/_(.)/g, (_, letter) => letter.toUpperCase());
}

/** The CLI on PATH, which is asked for its version once in a Pulumi home. */
async function pulumi({ PulumiCommand }) {
    const told = join(process.env.PULUMI_HOME, "version");
    if (!existsSync(told)) {
        writeFileSync(told, String((await PulumiCommand.get()).version));
    }
    return new PulumiCommand("pulumi", readFileSync(told, "utf8"));
}

/** The stack, for which the CLI runs once for an operation. To select it, and for outputs and history, which nobody reads
 * here, the SDK would run it four times more. */
async function selected({ LocalWorkspace, Stack }, workspaceOptions, name) {
    const workspace = await LocalWorkspace.create(workspaceOptions);
    workspace.selectStack = async () => {};
    const { name: project } = await workspace.projectSettings();
    const backend = process.env.PULUMI_BACKEND_URL.replace("file://", "");
    const isThere = existsSync(join(backend, `.pulumi/stacks/${project}/${name}.json`));
    const stack = await (isThere ? Stack.select : Stack.create)(name, workspace);
    stack.outputs = async () => ({});
    stack.info = async () => undefined;
    return stack;
}

/** Wraps a program as Pulumi's language host runs it: its exports, or what an exported function returns, are outputs. */
function program(require, file) {
    return async () => {
        delete require.cache[file];
        const exported = require(file);
        return typeof exported === "function" ? exported() : { ...exported };
    };
}

/** Carries out the operation and returns what only this operation tells. */
async function operate(stack, request, events) {
    const operation = camelCase(request.operation);
    if (operation === "export") {
        return { deployment: (await stack.exportStack()).deployment };
    }
    if (operation === "cancel") {
        await stack.cancel();
        return {};
    }
    if (operation === "remove") {
        await stack.workspace.removeStack(stack.name);
        return {};
    }
    if (!CHANGING.has(operation)) {
        throw new Error(`the operation \`${request.operation}\` is not known to this runner`);
    }
    const options = Object.entries(request.options ?? {}).map(([name, value]) => [camelCase(name), value]);
    const onOutput = request.progress ? (text) => process.stderr.write(text) : undefined;
    const outcome = await stack[operation]({
        ...Object.fromEntries(options),
        onEvent: (event) => events.add(event),
        onOutput,
        onError: onOutput,
    });
    return { stdout: outcome.stdout, stderr: outcome.stderr };
}

/** Runs a request; a failure of Pulumi is a result, too. */
async function run(request) {
    const workDir = resolve(request.project_dir);
    const file = resolve(request.program);
    const require = createRequire(file);
    const automation = require("@pulumi/pulumi/automation");
    const events = new Events(request.event_log);
    let result = { result: "succeeded", stdout: "", stderr: "", error: null };
    process.chdir(workDir);
    try {
        const options = {
            workDir,
            program: program(require, file),
            secretsProvider: request.secrets_provider,
            pulumiCommand: await pulumi(automation),
        };
        const stack = await selected(automation, options, request.stack);
        result = { ...result, ...(await operate(stack, request, events)) };
    } catch (failure) {
        if (!(failure instanceof automation.CommandError)) {
            throw failure;
        }
        result = { ...result, result: "failed", error: failure.message };
    }
    const { summary, steps, failed, diagnostics } = events;
    return { ...result, summary, steps, failed, diagnostics };
}

if (process.argv.length !== 3) {
    process.stderr.write("usage: run.mjs REQUEST.json\n");
    process.exit(2);
}
const request = JSON.parse(readFileSync(process.argv[2], "utf8"));
const result = await run(request);
const text = `${JSON.stringify(result, null, 2)}\n`;
if (request.result_file) {
    writeFileSync(request.result_file, text);
} else {
    process.stdout.write(text);
}
process.exitCode = result.result === "succeeded" ? 0 : 1;
