#!/usr/bin/env -S node --no-warnings
// Runs a preview 1 module on Node, as cargo's runner:
//
//     CARGO_TARGET_WASM32_WASIP1_RUNNER=zokio-wasi/run-node.mjs cargo test -p zokio-wasi --target wasm32-wasip1
//
// Arguments, environment and standard streams are passed on, "." is preopened, and the module's exit code is returned; a trap
// is 134, as of an aborted process.

import { readFile } from "node:fs/promises";
import { WASI } from "node:wasi";

const args = process.argv.slice(2);
if (args.length === 0) {
  console.error("usage: run-node.mjs MODULE [ARGUMENT]...");
  process.exit(1);
}
// A module that closes its standard input ends Node, unless that is another descriptor of Node's.
const stdin = Number(process.env.WASI_STDIN ?? 0);
const preopens = { ".": "." };
const wasi = new WASI({ version: "preview1", args, env: process.env, preopens, stdin, returnOnExit: true });
const module = await WebAssembly.compile(await readFile(args[0]));
const instance = await WebAssembly.instantiate(module, wasi.getImportObject());
try {
  process.exitCode = wasi.start(instance);
} catch (trap) {
  if (!(trap instanceof WebAssembly.RuntimeError)) throw trap;
  console.error(trap.stack);
  process.exitCode = 134;
}
