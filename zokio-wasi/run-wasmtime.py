#!/usr/bin/env python3
"""Runs a preview 1 module on wasmtime (`pip install wasmtime`), as cargo's runner:

    CARGO_TARGET_WASM32_WASIP1_RUNNER=zokio-wasi/run-wasmtime.py cargo test -p zokio-wasi --target wasm32-wasip1

Arguments, environment and standard streams are passed on, "." is preopened, and the module's exit code is returned; a trap is
134, as of an aborted process.
"""

import signal
import sys

import wasmtime


def main() -> int:
    # A module that is waiting for input must end with the terminal's Ctrl-C.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    wasi = wasmtime.WasiConfig()
    wasi.argv = sys.argv[1:]
    wasi.inherit_env()
    wasi.inherit_stdin()
    wasi.inherit_stdout()
    wasi.inherit_stderr()
    wasi.preopen_dir(".", ".")

    engine = wasmtime.Engine()
    linker = wasmtime.Linker(engine)
    linker.define_wasi()
    store = wasmtime.Store(engine)
    store.set_wasi(wasi)
    module = wasmtime.Module.from_file(engine, sys.argv[1])
    start = linker.instantiate(store, module).exports(store)["_start"]
    try:
        start(store)
    except wasmtime.ExitTrap as exit:
        return exit.code
    except wasmtime.Trap as trap:
        print(trap, file=sys.stderr)
        return 134
    return 0


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit("usage: run-wasmtime.py MODULE [ARGUMENT]...")
    sys.exit(main())
