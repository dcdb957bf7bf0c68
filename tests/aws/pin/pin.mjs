// Prints the pinned subset of the AWS provider's types as JSON: of the tokens in `tokens.txt`, the names,
// types and required flags of inputs and outputs, read from the type declarations of `@pulumi/aws`.
//
//     node pin.mjs > ../../../provider/pulumi-resource-aws-django/src/aws.schema.json

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import ts from "typescript";

const root = dirname(createRequire(import.meta.url).resolve("@pulumi/aws/package.json"));
const sources = new Map();

function source(file) {
    const path = join(root, file);
    if (!sources.has(path)) {
        sources.set(path, ts.createSourceFile(path, readFileSync(path, "utf8"), ts.ScriptTarget.Latest, true));
    }
    return sources.get(path);
}

function declared(statements, kind, name) {
    return statements.find((node) => node.kind === kind && node.name?.text === name);
}

/** The interface `ecs.ServiceLoadBalancer` of `types/input.d.ts` or `types/output.d.ts`. */
function objectInterface(side, path) {
    let statements = source(`types/${side}.d.ts`).statements;
    for (const part of path.slice(0, -1)) {
        statements = declared(statements, ts.SyntaxKind.ModuleDeclaration, part).body.statements;
    }
    return declared(statements, ts.SyntaxKind.InterfaceDeclaration, path.at(-1));
}

/** Objects met so far: name, then where it was declared and what it holds. */
const objects = new Map();

/** Gives the object its name, with its module in front where two modules have one of that name. */
function object(side, path) {
    const simple = path.at(-1);
    const qualified = path.join(".");
    const name = [simple, qualified].find((name) => !objects.has(name) || objects.get(name).qualified === qualified);
    if (!objects.has(name)) {
        objects.set(name, { qualified, properties: {}, required: [] });
    }
    const entry = objects.get(name);
    if (!entry[side]) {
        entry[side] = true;
        const { properties, required } = members(objectInterface(side, path));
        // Inputs are read first. What only the answer holds is never required of a caller.
        const first = Object.keys(entry.properties).length === 0;
        entry.properties = { ...properties, ...entry.properties };
        entry.required = first && side === "input" ? required : entry.required;
    }
    return `#${name}`;
}

const isNothing = (node) =>
    node.kind === ts.SyntaxKind.UndefinedKeyword || (ts.isLiteralTypeNode(node) && node.literal.kind === ts.SyntaxKind.NullKeyword);

/** Plain unions: an ARN beside a resource, an enumeration beside text and a policy beside its JSON are all text. */
function unionType(node) {
    const parts = node.types.filter((part) => !isNothing(part));
    // A policy document of the union is not visited: it must not appear among the objects.
    const holdsText = parts.some((part) => part.kind === ts.SyntaxKind.StringKeyword || part.getText() === "pulumi.Input<string>");
    const found = holdsText ? ["string"] : [...new Set(parts.map(type))];
    if (found.length !== 1) {
        throw new Error(`no single type for the union \`${node.getText()}\` in ${node.getSourceFile().fileName}`);
    }
    return found[0];
}

function referenceType(node) {
    const name = node.typeName.getText();
    const [first, ...path] = name.split(".");
    if (["pulumi.Input", "pulumi.Output", "Promise"].includes(name)) {
        return type(node.typeArguments[0]);
    }
    if (first === "inputs") {
        return object("input", path);
    }
    if (first === "outputs") {
        return object("output", path);
    }
    if (first === "enums" || name === "ARN" || name === "PolicyDocument" || name.endsWith(".PolicyDocument")) {
        return "string";
    }
    if (name.startsWith("pulumi.asset.")) {
        return "asset";
    }
    // What is left are resources that may stand where their identifier does (`string | Role`).
    if (path.length <= 1 && ts.isUnionTypeNode(node.parent)) {
        return "string";
    }
    throw new Error(`no type for \`${node.getText()}\` in ${node.getSourceFile().fileName}`);
}

/** The compact form: `string`, `number`, `boolean`, `any`, `T[]`, `map<T>`, `#Object`. */
function type(node) {
    switch (node.kind) {
        case ts.SyntaxKind.StringKeyword:
            return "string";
        case ts.SyntaxKind.NumberKeyword:
            return "number";
        case ts.SyntaxKind.BooleanKeyword:
            return "boolean";
        case ts.SyntaxKind.AnyKeyword:
            return "any";
        case ts.SyntaxKind.ArrayType:
            return `${type(node.elementType)}[]`;
        case ts.SyntaxKind.ParenthesizedType:
            return type(node.type);
        case ts.SyntaxKind.UnionType:
            return unionType(node);
        case ts.SyntaxKind.TypeReference:
            return referenceType(node);
        case ts.SyntaxKind.LiteralType:
            return "string";
        case ts.SyntaxKind.TypeLiteral:
            return `map<${type(node.members.find(ts.isIndexSignatureDeclaration).type)}>`;
        default:
            throw new Error(`no type for \`${node.getText()}\` in ${node.getSourceFile().fileName}`);
    }
}

/** Properties of an interface or a class, in alphabetical order, and which of them have to be given. */
function members(node) {
    const isProperty = (member) => ts.isPropertySignature(member) || ts.isPropertyDeclaration(member);
    const isStatic = (member) => member.modifiers?.some((modifier) => modifier.kind === ts.SyntaxKind.StaticKeyword);
    const found = (node?.members ?? []).filter((member) => isProperty(member) && !isStatic(member));
    found.sort((a, b) => (a.name.text < b.name.text ? -1 : 1));
    return {
        properties: Object.fromEntries(found.map((member) => [member.name.text, type(member.type)])),
        required: found.filter((member) => !member.questionToken).map((member) => member.name.text),
    };
}

/** `aws:ecs/service:Service` is declared in `ecs/service.d.ts`, what is in `index` at the root. */
function declaration(token) {
    const [, path, name] = token.split(":");
    return { statements: source(`${path.replace(/^index\//, "")}.d.ts`).statements, name };
}

function resource(token) {
    const { statements, name } = declaration(token);
    const inputs = members(declared(statements, ts.SyntaxKind.InterfaceDeclaration, `${name}Args`));
    const outputs = members(declared(statements, ts.SyntaxKind.ClassDeclaration, name));
    return { inputs: inputs.properties, required: inputs.required, outputs: outputs.properties };
}

function invocation(token) {
    const { statements, name } = declaration(token);
    const pascal = name[0].toUpperCase() + name.slice(1);
    const inputs = members(declared(statements, ts.SyntaxKind.InterfaceDeclaration, `${pascal}Args`));
    const outputs = members(declared(statements, ts.SyntaxKind.InterfaceDeclaration, `${pascal}Result`));
    return { inputs: inputs.properties, required: inputs.required, outputs: outputs.properties };
}

/** JSON with one property in a line and short lists on one, so that a change of the pin is a short difference. */
function print(value, indent = "") {
    if (value === null || typeof value !== "object" || Array.isArray(value)) {
        return JSON.stringify(value);
    }
    const deeper = `${indent} `;
    const lines = Object.entries(value).map(([key, item]) => `${deeper}${JSON.stringify(key)}: ${print(item, deeper)}`);
    return lines.length === 0 ? "{}" : `{\n${lines.join(",\n")}\n${indent}}`;
}

const sorted = (entries) => Object.fromEntries([...entries].sort(([a], [b]) => (a < b ? -1 : 1)));

const tokens = readFileSync(new URL("tokens.txt", import.meta.url), "utf8").split("\n").map((line) => line.trim());
const types = tokens.filter((token) => token.startsWith("aws:"));
const functions = types.filter((token) => /^[a-z]/.test(token.split(":")[2]));
const resources = types.filter((token) => !functions.includes(token));

const document = {
    version: JSON.parse(readFileSync(join(root, "package.json"), "utf8")).version,
    resources: sorted(resources.map((token) => [token, resource(token)])),
    functions: sorted(functions.map((token) => [token, invocation(token)])),
};
document.types = sorted([...objects].map(([name, { properties, required }]) => [name, { properties, required }]));
process.stdout.write(`${print(document)}\n`);
