// Expressions of GitHub, by its own library: `${{ … }}` in a text, and the condition of a job or a step.

import { join } from "node:path";
import { pathToFileURL } from "node:url";

/** Imports a package of the tests' Node project, which is elsewhere. */
export async function imported(path) {
    return import(pathToFileURL(join(process.env.E2E_NODE, "node_modules", path)));
}

const { Evaluator, Lexer, Parser, data } = await imported("@actions/expressions/dist/index.js");

/** The status functions, which the library leaves to whoever knows the run; `failed` is of what came before. */
function statuses(failed) {
    const answers = { always: true, cancelled: false, failure: failed, success: !failed };
    return Object.entries(answers).map(([name, answer]) => {
        return { name, minArgs: 0, maxArgs: 0, call: () => new data.BooleanData(answer) };
    });
}

/** The value of an expression; a context that is not there is an error, as GitHub has it. */
function evaluate(expression, contexts, functions = []) {
    const parser = new Parser(new Lexer(expression).lex().tokens, Object.keys(contexts), functions);
    const dictionary = JSON.parse(JSON.stringify(contexts), data.reviver);
    const named = new Map(functions.map((each) => [each.name, each]));
    return new Evaluator(parser.parse(), dictionary, named).evaluate();
}

/** Whether a job or a step is due. Without a word on the status it is as long as nothing has failed. */
export function due(condition, contexts, failed) {
    const text = String(condition ?? "success()").replace(/^\s*\$\{\{(.*)\}\}\s*$/s, "$1");
    const told = /\b(always|cancelled|failure|success)\s*\(/.test(text) ? text : `success() && (${text})`;
    const value = evaluate(told, contexts, statuses(failed));
    return !["", "false", "0", "null"].includes(value.coerceString());
}

/** A value of a workflow with its expressions carried out, all the way down. */
export function filled(value, contexts) {
    if (Array.isArray(value)) {
        return value.map((each) => filled(each, contexts));
    }
    if (value !== null && typeof value === "object") {
        return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, filled(each, contexts)]));
    }
    if (typeof value !== "string") {
        return value;
    }
    const whole = /^\$\{\{((?:(?!\}\}).)*)\}\}$/s.exec(value.trim());
    if (whole) {
        return JSON.parse(JSON.stringify(evaluate(whole[1], contexts), data.replacer));
    }
    return value.replace(/\$\{\{(.*?)\}\}/gs, (_, expression) => evaluate(expression, contexts).coerceString());
}

/** As GitHub puts a value into a variable. */
export function text(value) {
    return value === null || value === undefined ? "" : String(value);
}

/** As GitHub puts values into variables. */
export function texts(values) {
    return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, text(value)]));
}
