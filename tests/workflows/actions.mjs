// What stands in for the actions that workflows use. One that is not here fails the step.

import { cpSync, existsSync, rmSync } from "node:fs";

import { text } from "./expressions.mjs";

/** What the token of a job says to AWS of who it is, as GitHub composes it. */
function subject(job) {
    const { event_name: event, ref } = job.run.github;
    const who = job.environment ? `environment:${job.environment}` : event === "pull_request" ? event : `ref:${ref}`;
    return `${job.run.request.subject}:${who}`;
}

const ACTIONS = {
    /** A clean copy of what the repository has at a commit, in which nothing of another job is. */
    "actions/checkout": (inputs, job) => {
        if (text(inputs["persist-credentials"]) !== "false") {
            throw new Error("a checkout keeps its credentials where whatever is checked out can read them");
        }
        const commit = inputs.ref || job.run.github.sha;
        const folder = job.run.request.commits[commit];
        if (!folder) {
            throw new Error(`there is no commit \`${commit}\``);
        }
        rmSync(job.workspace, { recursive: true });
        cpSync(folder, job.workspace, { recursive: true });
    },

    /** Credentials for those whom the role trusts: the emulated AWS knows a caller by his key. */
    "aws-actions/configure-aws-credentials": (inputs, job) => {
        if (job.permissions["id-token"] !== "write") {
            throw new Error("Credentials could not be loaded: the job has no `id-token: write`");
        }
        const role = job.run.request.roles[inputs["role-to-assume"]];
        if (!role?.includes(subject(job))) {
            throw new Error(`\`${inputs["role-to-assume"]}\` does not trust \`${subject(job)}\``);
        }
        Object.assign(job.env, {
            AWS_ACCESS_KEY_ID: inputs["role-to-assume"].split("/").pop(),
            AWS_SECRET_ACCESS_KEY: "test",
            AWS_REGION: inputs["aws-region"],
            AWS_DEFAULT_REGION: inputs["aws-region"],
        });
    },

    /** Pulumi is there: nothing else is asked of it here. */
    "pulumi/actions": (inputs) => {
        const asked = Object.keys(inputs).join();
        if (asked !== "pulumi-version") {
            throw new Error(`Pulumi is only installed here, and \`${asked}\` is asked`);
        }
    },
};

/** Carries out an action of others. */
export function act(uses, inputs, job) {
    const [name, commit] = uses.split("@");
    if (!ACTIONS[name] || !/^[0-9a-f]{40}$/.test(commit)) {
        throw new Error(`nothing stands in for \`${uses}\``);
    }
    ACTIONS[name](inputs, job);
}

/** The folder of an action of the project's own, in what is checked out. */
export function own(uses, job) {
    const folder = uses.startsWith("./") && `${job.workspace}/${uses}`;
    if (folder && !existsSync(`${folder}/action.yml`)) {
        throw new Error(`nothing with \`${uses}\` is checked out`);
    }
    return folder;
}
