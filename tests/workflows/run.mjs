// Runs a workflow of a project as GitHub does, on this machine: `node run.mjs REQUEST.json`.
//
// Expressions are evaluated by GitHub's own library, scripts by bash with the files of a step, and each job has a checkout
// of its own. What needs GitHub itself is played: `actions.mjs` has the actions, the folder `programs` what is called.
// The keys of a request:
//
// - `workflow`: name of its file; `commits`: folder of each commit, by its name; the workflow is read from `github.sha`
// - `github`: the context of that name, with `event`, `event_name`, `ref`, `sha` and `repository`
// - `variables`: those of the repository; `environments`: by name `vars`, and `refs`, the only ones that may use it, if there
//   are any such, of which a `*` may be the end
// - `roles`: by ARN the subjects that the role trusts; `subject`: what the repository's begin with
// - `before`: by the name of a job what a shell runs before it: what happens while it waits for an approval
// - `folder`: where it works; `store`: what GitHub has of the pull requests, for `gh`; `result_file`
//
// The result: `conclusion`, and `jobs`, each with `name`, `result`, `environment`, `group` (that of `concurrency`),
// `permissions`, `summary`, `log`, `outputs`, and `steps` with their outcomes; `ran`, the scripts that were carried out, and
// `scripts`, all that the commit has, each with `file` and `script`.
//
// Jobs run one after the other. Whatever of a workflow is not known here is an error, never left out.

import { execFileSync } from "node:child_process";
import { appendFileSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join, normalize } from "node:path";

import { due, filled, imported, text, texts } from "./expressions.mjs";
import { runSteps } from "./steps.mjs";

const { parse } = await imported("yaml/dist/index.js");

const LEVELS = ["none", "read", "write"];
const KEYS = "concurrency env environment if needs outputs permissions runs-on steps strategy timeout-minutes uses with";
const KNOWN = new Set(KEYS.split(" "));

/** The inputs that a workflow takes, of what it is told, with its defaults. */
function taken(wanted, told, who) {
    const strange = Object.keys(told).find((name) => !(name in wanted));
    if (strange) {
        throw new Error(`\`${who}\` takes no \`${strange}\``);
    }
    const inputs = {};
    for (const [name, { default: value, options, required }] of Object.entries(wanted)) {
        inputs[name] = told[name] ?? value;
        if ((required && text(inputs[name]) === "") || (options && !options.includes(inputs[name]))) {
            throw new Error(`\`${who}\` does not take \`${inputs[name]}\` for \`${name}\``);
        }
    }
    return inputs;
}

/** The group of which GitHub runs one job at a time. Nothing may be ended half-way for the sake of what comes later. */
function together(concurrency, contexts) {
    if (concurrency && concurrency["cancel-in-progress"] !== false) {
        throw new Error("a later run would end this one half-way");
    }
    return filled(concurrency?.group, contexts);
}

/** Whether a ref is one that a pattern means, of which a `*` may be the end. */
function matches(ref, pattern) {
    return pattern.endsWith("*") ? ref.startsWith(pattern.slice(0, -1)) : ref === pattern;
}

/** The scripts of a workflow or an action, wherever they stand in it. */
function scripts(content) {
    const inner = content !== null && typeof content === "object" ? Object.values(content).flatMap(scripts) : [];
    return typeof content?.run === "string" ? [content.run] : inner;
}

/** One run of a workflow, with the workflows that it calls. */
class Run {
    jobs = [];
    ran = [];

    constructor(request) {
        this.request = request;
        this.github = { server_url: "https://github.com", run_id: "1", actor: "somebody", ...request.github };
        this.github.ref_name ??= this.github.ref.split("/").slice(2).join("/");
        const { head } = this.github.event.pull_request ?? {};
        this.isOfFork = head !== undefined && head.repo?.full_name !== this.github.repository;
    }

    /** What a job asks for, of which nobody has more than who calls. */
    granted(asked, callers, name) {
        for (const [scope, level] of Object.entries(asked ?? {})) {
            if (callers && LEVELS.indexOf(level) > LEVELS.indexOf(callers[scope] ?? "none")) {
                throw new Error(`the job \`${name}\` asks for \`${scope}: ${level}\`, which its caller does not have`);
            }
        }
        return asked ?? {};
    }

    /** What a job has of that: a fork reads at most, and nobody hears of it who it is. */
    had(permissions) {
        const limited = ([scope, level]) => [scope, scope === "id-token" ? "none" : level === "write" ? "read" : level];
        const all = Object.entries(permissions);
        return Object.fromEntries(this.isOfFork ? all.map(limited) : all);
    }

    /** Runs a workflow that this event starts, with its inputs, if somebody started it by hand. */
    whole(path) {
        const { on } = this.read(path);
        const event = this.github.event_name;
        if (!(event in on)) {
            throw new Error(`\`${event}\` does not start \`${path}\``);
        }
        const { inputs = {} } = on.workflow_dispatch ?? {};
        const said = event === "workflow_dispatch" ? this.github.event.inputs : undefined;
        return this.workflow(path, { inputs: said ? taken(inputs, said, path) : {} });
    }

    /** A file of the commit. */
    read(path) {
        return parse(readFileSync(join(this.request.commits[this.github.sha], path), "utf8"));
    }

    /** All scripts of the commit. */
    scripts() {
        const folder = ".github";
        const files = readdirSync(join(this.request.commits[this.github.sha], folder), { recursive: true });
        const found = files.filter((file) => file.endsWith(".yml")).map((file) => join(folder, file));
        return found.flatMap((file) => scripts(this.read(file)).map((script) => ({ file, script })));
    }

    /** Runs the jobs of a workflow, each after those that it needs; answers its result and its outputs. */
    workflow(path, { inputs, permissions, prefix = "" }) {
        const content = this.read(path);
        if (content.permissions === undefined) {
            throw new Error(`\`${path}\` has every right`);
        }
        const done = {};
        const waiting = Object.entries(content.jobs);
        while (waiting.length > 0) {
            const isReady = ([, job]) => [job.needs ?? []].flat().every((need) => need in done);
            const at = waiting.findIndex(isReady);
            if (at < 0) {
                throw new Error(`jobs of \`${path}\` wait for each other`);
            }
            const [[id, definition]] = waiting.splice(at, 1);
            const needs = Object.fromEntries([definition.needs ?? []].flat().map((need) => [need, done[need]]));
            const asked = definition.permissions ?? content.permissions;
            const job = { id, path, prefix, definition, asked, callers: permissions, ancestors: [] };
            job.ancestors = Object.values(needs).flatMap((need) => [need.result, ...need.ancestors]);
            done[id] = { ...this.job(job, { inputs, needs }), ancestors: job.ancestors };
        }
        const outputs = Object.entries(content.on?.workflow_call?.outputs ?? {}).map(([name, it]) => [name, it.value]);
        const results = Object.values(done).map((job) => job.result);
        return {
            result: results.includes("failure") ? "failure" : "success",
            outputs: filled(Object.fromEntries(outputs), { jobs: done }),
        };
    }

    /** Runs a job in each form that its matrix gives it. */
    job({ id, path, prefix, definition, asked, callers, ancestors }, { inputs, needs }) {
        const strange = Object.keys(definition).find((key) => !KNOWN.has(key));
        if (strange) {
            throw new Error(`\`${strange}\` of the job \`${id}\` is not known to these tests`);
        }
        const contexts = { github: this.github, inputs, needs, vars: this.request.variables };
        // What was skipped is no failure, but whoever needs it is skipped as well, unless a condition says more.
        const isHeld = ancestors.includes("skipped") && !/\b(always|cancelled|failure)\s*\(/.test(definition.if ?? "");
        if (isHeld || !due(definition.if, contexts, ancestors.includes("failure"))) {
            this.jobs.push({ name: prefix + id, result: "skipped" });
            return { result: "skipped", outputs: {} };
        }
        const matrix = filled(definition.strategy?.matrix ?? {}, contexts);
        const [[axis, values] = [null, [null]], more] = Object.entries(matrix);
        if (more) {
            throw new Error("a matrix of two dimensions is not known to these tests");
        }
        const forms = values.map((value) => {
            const form = { ...contexts, matrix: axis ? { [axis]: value } : {} };
            const name = prefix + (axis ? `${id} (${value})` : id);
            const given = { name, id, path, definition, permissions: this.granted(asked, callers, prefix + id) };
            return definition.uses ? this.called(given, form) : new Job(this, given, form).outcome();
        });
        const failed = forms.find((form) => form.result === "failure");
        return failed ?? forms.at(-1);
    }

    /** Runs the jobs of a workflow that is called. */
    called({ name, definition, permissions }, contexts) {
        const group = together(definition.concurrency, contexts);
        const { inputs: wanted } = this.read(definition.uses).on.workflow_call ?? {};
        const inputs = taken(wanted ?? {}, filled(definition.with ?? {}, contexts), name);
        const outcome = this.workflow(definition.uses, { inputs, permissions, prefix: `${name} / ` });
        this.jobs.push({ name, group, ...outcome });
        return outcome;
    }
}

/** A job on a machine of its own. */
class Job {
    steps = [];
    paths = [];

    constructor(run, { name, id, path, definition, permissions }, contexts) {
        const file = normalize(path);
        Object.assign(this, { run, name, id, file, definition, permissions: run.had(permissions) });
        const { environment } = definition;
        this.environment = filled(environment?.name ?? environment, contexts);
        this.group = together(definition.concurrency, contexts);
        const { vars = {} } = run.request.environments[this.environment] ?? {};
        this.given = { ...contexts, vars: { ...contexts.vars, ...vars } };
        this.folder = join(run.request.folder, name.replaceAll(/[^a-z0-9]+/gi, "-"));
        this.workspace = join(this.folder, "workspace");
        this.log = join(this.folder, "log");
        this.summary = join(this.folder, "summary");
        const temporary = join(this.folder, "temporary");
        [this.workspace, temporary].forEach((folder) => mkdirSync(folder, { recursive: true }));
        [this.log, this.summary].forEach((file) => writeFileSync(file, ""));
        const event = join(this.folder, "event.json");
        writeFileSync(event, JSON.stringify(run.github.event));
        this.token = `token of ${this.folder}`;
        this.env = {
            ...process.env,
            ...texts(filled(definition.env ?? {}, this.contexts())),
            CI: "true",
            GITHUB_ACTIONS: "true",
            GITHUB_EVENT_NAME: run.github.event_name,
            GITHUB_EVENT_PATH: event,
            GITHUB_REF: run.github.ref,
            GITHUB_REF_NAME: run.github.ref_name,
            GITHUB_REPOSITORY: run.github.repository,
            GITHUB_SHA: run.github.sha,
            GITHUB_STEP_SUMMARY: this.summary,
            GITHUB_WORKSPACE: this.workspace,
            RUNNER_TEMP: temporary,
        };
    }

    /** What its expressions see. */
    contexts() {
        const github = { ...this.run.github, token: this.token };
        return { ...this.given, github, env: this.env ?? {}, runner: { os: "Linux" }, secrets: {} };
    }

    /** The same job as the steps of an action see it, which has a file of its own. */
    within(file) {
        const { github, env, runner } = this.contexts();
        const job = Object.assign(Object.create(this), { file });
        job.contexts = () => ({ github, env: { ...env, ...this.env }, runner });
        return job;
    }

    say(line) {
        appendFileSync(this.log, `${line}\n`);
    }

    /** Runs it. */
    outcome() {
        const { refs } = this.run.request.environments[this.environment] ?? {};
        let outcome;
        if (this.environment && refs && !refs.some((allowed) => matches(this.run.github.ref, allowed))) {
            this.say(`${this.run.github.ref} is not allowed to deploy to ${this.environment}`);
            outcome = { result: "failure", outputs: {} };
        } else {
            outcome = this.carriedOut();
        }
        const { name, environment, group, permissions, steps } = this;
        const [log, summary] = [this.log, this.summary].map((file) => readFileSync(file, "utf8"));
        this.run.jobs.push({ name, ...outcome, environment, group, permissions, steps, log, summary });
        return outcome;
    }

    carriedOut() {
        const before = this.run.request.before?.[this.id];
        if (before) {
            execFileSync("bash", ["-ec", before], { stdio: "inherit" });
        }
        const tokens = join(this.run.request.folder, "tokens.jsonl");
        appendFileSync(tokens, `${JSON.stringify({ token: this.token, permissions: this.permissions })}\n`);
        Object.assign(this.env, { FAKE_GITHUB: this.run.request.store, FAKE_GITHUB_TOKENS: tokens });
        const { inputs } = this.given;
        const { failed, told } = runSteps(this.definition.steps, this, inputs);
        const outputs = filled(this.definition.outputs ?? {}, { ...this.contexts(), steps: told });
        return { result: failed ? "failure" : "success", outputs };
    }
}

const request = JSON.parse(readFileSync(process.argv[2], "utf8"));
const run = new Run(request);
let conclusion;
try {
    conclusion = run.whole(`.github/workflows/${request.workflow}`).result;
} catch (error) {
    // What GitHub does not even start.
    conclusion = `startup failure: ${error.stack}`;
}
writeFileSync(request.result_file, JSON.stringify({ conclusion, jobs: run.jobs, ran: run.ran, scripts: run.scripts() }, null, 2));
