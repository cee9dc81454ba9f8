#!/usr/bin/env python3
"""Runs a preview 1 module on wasmtime and counts what it asks of the host; the count is the last line of standard error.

    host-calls.py MODULE [ARGUMENT]...

Between module and host is a table of forwarders that count. The host finds the memory of a module by looking at who calls,
so a forwarder has the module's memory under its own name; and as that is there only when the module is, the module is given
trampolines that jump through the table, which is filled before the module starts.

Calls to `fd_write` are not counted: the programs talk to whoever measures them by printing.
"""

import sys

import wasmtime

WASI = "wasi_snapshot_preview1"
UNCOUNTED = ("fd_write", "proc_exit")


def types(function: wasmtime.FuncType) -> tuple[str, str, int]:
    """The signature in text: all of it, its results, and how many parameters there are."""
    parameters = " ".join(str(p) for p in function.params)
    results = " ".join(f"(result {r})" for r in function.results)
    return f"(param {parameters}) {results}" if parameters else results, results, len(function.params)


def gets(count: int) -> str:
    return " ".join(f"(local.get {n})" for n in range(count))


def texts(imports: list[tuple[str, wasmtime.FuncType]]) -> tuple[str, str]:
    """The module of trampolines, and that of forwarders."""
    trampolines = [f'(table (export "table") {len(imports)} funcref)']
    forwarders, functions = [], []
    for number, (name, function) in enumerate(imports):
        whole, _, count = types(function)
        jump = f"(call_indirect {whole} {gets(count)} (i32.const {number}))"
        trampolines.append(f'(func (export "{name}") {whole} {jump})')
        forwarders.append(f'(import "{WASI}" "{name}" (func $host{number} {whole}))')
        add = "" if name in UNCOUNTED else "(global.set $calls (i64.add (global.get $calls) (i64.const 1)))"
        functions.append(f"(func $f{number} {whole} {add} (call $host{number} {gets(count)}))")
    forwarders.append('(import "module" "memory" (memory 0)) (export "memory" (memory 0))')
    forwarders.append(f'(import "trampolines" "table" (table {len(imports)} funcref))')
    forwarders.append('(global $calls (export "calls") (mut i64) (i64.const 0))')
    elements = " ".join(f"$f{number}" for number in range(len(imports)))
    forwarders += [*functions, f"(elem (i32.const 0) {elements})"]
    return tuple("(module\n" + "\n".join(parts) + ")" for parts in (trampolines, forwarders))


def main() -> int:
    engine = wasmtime.Engine()
    store = wasmtime.Store(engine)
    wasi = wasmtime.WasiConfig()
    wasi.argv = sys.argv[1:]
    wasi.inherit_stdin()
    wasi.inherit_stdout()
    wasi.inherit_stderr()
    store.set_wasi(wasi)
    module = wasmtime.Module.from_file(engine, sys.argv[1])
    imports = [(i.name, i.type) for i in module.imports]
    assert all(i.module == WASI for i in module.imports)
    trampolines, forwarders = (wasmtime.Module(engine, text) for text in texts(imports))

    linker = wasmtime.Linker(engine)
    linker.define_wasi()
    jumps = wasmtime.Instance(store, trampolines, [])
    instance = wasmtime.Instance(store, module, [jumps.exports(store)[name] for name, _ in imports])
    linker.define(store, "module", "memory", instance.exports(store)["memory"])
    linker.define(store, "trampolines", "table", jumps.exports(store)["table"])
    counting = linker.instantiate(store, forwarders)
    code = 0
    try:
        instance.exports(store)["_start"](store)
    except wasmtime.ExitTrap as exit:
        code = exit.code
    print(counting.exports(store)["calls"].value(store), file=sys.stderr)
    return code


if __name__ == "__main__":
    sys.exit(main())
