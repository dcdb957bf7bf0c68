// The steps of a job or of a composite action, in their order.

import { spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { closeSync, mkdirSync, openSync, readFileSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";

import { act, own } from "./actions.mjs";
import { due, filled, imported, text, texts } from "./expressions.mjs";

const { parse } = await imported("yaml/dist/index.js");

/** How long a step may take, in milliseconds: nothing here takes its time. */
const PATIENCE = 240_000;

/** How GitHub starts a script. Without a shell it heeds no failure within a pipe. */
const SHELLS = {
    bash: ["bash", "--noprofile", "--norc", "-eo", "pipefail"],
    "": ["bash", "-e"],
};

const KNOWN = new Set(["env", "id", "if", "name", "run", "shell", "uses", "with"]);

/** Runs steps with what they see, and tells whether one has failed. */
export function runSteps(steps, job, inputs) {
    const told = {};
    let failed = false;
    for (const step of steps) {
        const strange = Object.keys(step).find((key) => !KNOWN.has(key));
        if (strange) {
            throw new Error(`\`${strange}\` of a step is not known to these tests`);
        }
        const seen = () => ({ ...job.contexts(), inputs, steps: told });
        const contexts = { ...seen(), env: { ...job.env, ...filled(step.env ?? {}, seen()) } };
        const name = step.id ?? step.name ?? step.uses ?? step.run.trim().split("\n")[0];
        if (!due(step.if, contexts, failed)) {
            job.steps.push({ name, outcome: "skipped" });
            continue;
        }
        const { outcome, outputs } = attempted(step, contexts, job);
        job.steps.push({ name, outcome });
        failed ||= outcome === "failure";
        if (step.id) {
            told[step.id] = { outcome, conclusion: outcome, outputs };
        }
    }
    return { failed, told };
}

/** One step: what became of it, and its outputs. */
function attempted(step, contexts, job) {
    const env = texts(filled(step.env ?? {}, contexts));
    try {
        if (step.run !== undefined) {
            return script(step, env, job);
        }
        const inputs = filled(step.with ?? {}, contexts);
        const folder = own(step.uses, job);
        if (folder) {
            return composite(folder, inputs, job);
        }
        act(step.uses, inputs, job);
        return { outcome: "success", outputs: {} };
    } catch (error) {
        job.say(`Error: ${error.message}`);
        return { outcome: "failure", outputs: {} };
    }
}

/** A composite action: its steps see its inputs, and nothing of the steps around it. */
function composite(folder, given, job) {
    const file = join(folder, "action.yml");
    const action = parse(readFileSync(file, "utf8"));
    const inputs = {};
    for (const [name, input] of Object.entries(action.inputs ?? {})) {
        if (input.required && !text(given[name])) {
            throw new Error(`\`${folder}\` wants \`${name}\``);
        }
        inputs[name] = text(given[name] ?? input.default);
    }
    const strange = Object.keys(given).find((name) => !(name in inputs));
    if (strange) {
        throw new Error(`\`${folder}\` takes no \`${strange}\``);
    }
    // `vars` and `secrets` are not for actions.
    const { failed, told } = runSteps(action.runs.steps, job.within(relative(job.workspace, file)), inputs);
    const values = Object.entries(action.outputs ?? {}).map(([name, output]) => [name, output.value]);
    const outputs = filled(Object.fromEntries(values), { steps: told });
    return { outcome: failed ? "failure" : "success", outputs };
}

/** A script, with the files by which it talks to GitHub. */
function script(step, env, job) {
    if (step.run.includes("${{")) {
        throw new Error("an expression in a script is code to whoever says its value: it has to come by `env`");
    }
    const shell = SHELLS[step.shell ?? ""];
    if (!shell) {
        throw new Error(`\`${step.shell}\` is no shell of these tests`);
    }
    const folder = join(job.folder, `step-${randomBytes(6).toString("hex")}`);
    mkdirSync(folder);
    const file = (name) => join(folder, name);
    const files = { GITHUB_OUTPUT: "output", GITHUB_ENV: "env", GITHUB_PATH: "path" };
    const paths = Object.fromEntries(Object.entries(files).map(([variable, name]) => [variable, file(name)]));
    Object.values(paths).forEach((path) => writeFileSync(path, ""));
    writeFileSync(file("script.sh"), step.run);
    const log = openSync(job.log, "a");
    const [program, ...flags] = shell;
    const ended = spawnSync(program, [...flags, file("script.sh")], {
        cwd: job.workspace,
        env: { ...job.env, ...env, ...paths, PATH: [...job.paths, job.env.PATH].join(":") },
        stdio: ["ignore", log, log],
        timeout: PATIENCE,
    });
    closeSync(log);
    job.run.ran.push({ file: job.file, script: step.run });
    Object.assign(job.env, pairs(readFileSync(paths.GITHUB_ENV, "utf8")));
    job.paths.unshift(...readFileSync(paths.GITHUB_PATH, "utf8").split("\n").filter(Boolean).reverse());
    const outputs = pairs(readFileSync(paths.GITHUB_OUTPUT, "utf8"));
    return { outcome: ended.status === 0 ? "success" : "failure", outputs };
}

/** Reads `name=value`, and values of several lines, which end by a line that their first one tells. */
function pairs(content) {
    const found = {};
    const lines = content.split("\n");
    while (lines.length > 0) {
        const line = lines.shift();
        const [, name, end] = /^([^=]+?)<<(.+)$/.exec(line) ?? [];
        if (name) {
            const at = lines.indexOf(end);
            if (at < 0) {
                throw new Error(`the value of \`${name}\` does not end`);
            }
            found[name] = lines.splice(0, at + 1).slice(0, -1).join("\n");
        } else if (line.includes("=")) {
            found[line.slice(0, line.indexOf("="))] = line.slice(line.indexOf("=") + 1);
        } else if (line) {
            throw new Error(`\`${line}\` is no value of anything`);
        }
    }
    return found;
}
