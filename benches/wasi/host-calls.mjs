#!/usr/bin/env node
// Runs a preview 2 component on jco and counts what it asks of the host; the count is the last line of standard error.
//
//     JCO=FOLDER host-calls.mjs COMPONENT [ARGUMENT]...
//
// FOLDER is where npm put jco and its preview 2 host (`cargo ci setup` leaves them in target/tools/jco). jco takes a component
// apart into core modules and instantiates those with functions of the host, so each of these is wrapped in one that counts.
// That a handle is dropped is a call, too. HOST_CALLS=each tells the calls by name as well.
//
// Calls about output streams are not counted: the programs talk to whoever measures them by printing.

import { mkdtempSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";

const UNCOUNTED = /output-stream|cli\/(stdout|stderr|exit|terminal)/;
const calls = new Map();

function counting(name, call) {
  if (UNCOUNTED.test(name)) return call;
  calls.set(name, 0);
  return (...values) => {
    calls.set(name, calls.get(name) + 1);
    return call(...values);
  };
}

/// Only what a module imports from an interface of the host; modules import from each other, too.
function instantiate(module, imports) {
  const wrapped = {};
  for (const [interfaceName, functions] of Object.entries(imports ?? {})) {
    wrapped[interfaceName] = { ...functions };
    if (!interfaceName.startsWith("wasi:")) continue;
    for (const [name, call] of Object.entries(functions)) {
      if (typeof call === "function") wrapped[interfaceName][name] = counting(`${interfaceName} ${name}`, call);
    }
  }
  return WebAssembly.instantiate(module, wrapped);
}

async function main([component, ...words]) {
  const require = createRequire(join(process.env.JCO, "node_modules/"));
  const found = (name) => import(pathToFileURL(require.resolve(name)));
  const [{ transpile }, { WASIShim }, { _setArgs }] = await Promise.all([
    found("@bytecodealliance/jco"),
    found("@bytecodealliance/preview2-shim/instantiation"),
    found("@bytecodealliance/preview2-shim/cli"),
  ]);
  _setArgs([component, ...words]);
  const options = { name: "counted", instantiation: { tag: "async" }, noTypescript: true };
  const { files } = await transpile(readFileSync(component), options);
  const folder = mkdtempSync(join(tmpdir(), "host-calls-"));
  try {
    writeFileSync(join(folder, "package.json"), '{"type": "module"}');
    for (const [name, bytes] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, name)), { recursive: true });
      writeFileSync(join(folder, name), bytes);
    }
    const counted = await import(pathToFileURL(join(folder, "counted.js")));
    const core = (name) => WebAssembly.compile(readFileSync(join(folder, name)));
    const instance = await counted.instantiate(core, new WASIShim().getImportObject(), instantiate);
    // What comes before the program's `main` is not its own.
    for (const name of calls.keys()) calls.set(name, 0);
    await instance.run.run();
  } finally {
    rmSync(folder, { recursive: true });
  }
  const made = [...calls].filter(([, count]) => count > 0);
  if (process.env.HOST_CALLS === "each") made.forEach(([name, count]) => console.error(`${count} ${name}`));
  console.error(made.reduce((sum, [, count]) => sum + count, 0));
}

await main(process.argv.slice(2));
process.exit();
