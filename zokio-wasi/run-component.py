#!/usr/bin/env python3
"""Runs a preview 2 component on wasmtime (`pip install wasmtime==46.0.1`), as cargo's runner:

    CARGO_TARGET_WASM32_WASIP2_RUNNER=zokio-wasi/run-component.py cargo run --target wasm32-wasip2 ...

Arguments, environment, standard streams, the network and requests over HTTP are passed on, and "." is preopened. A trap is 134, as of an aborted
process.

The wheel of wasmtime 46 is the last whose embedding lets a component create sockets: in later ones (50 among them) `inherit_network` allows the
addresses but not the sockets. The command `wasmtime run -S inherit-network` has no such gap.
"""

import signal
import sys

import wasmtime
from wasmtime import _bindings, component


def main() -> int:
    # A component that waits must end with the terminal's Ctrl-C.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    wasi = wasmtime.WasiConfig()
    wasi.argv = sys.argv[1:]
    wasi.inherit_env()
    wasi.inherit_stdin()
    wasi.inherit_stdout()
    wasi.inherit_stderr()
    wasi.preopen_dir(".", ".")
    # Python's own class does not offer these.
    _bindings.wasi_config_inherit_network(wasi.ptr())
    _bindings.wasi_config_allow_ip_name_lookup(wasi.ptr(), True)

    engine = wasmtime.Engine()
    linker = component.Linker(engine)
    linker.add_wasip2()
    _bindings.wasmtime_component_linker_add_wasi_http(linker.ptr())
    store = wasmtime.Store(engine)
    store.set_wasi(wasi)
    _bindings.wasmtime_context_set_wasi_http(store._context())
    instance = linker.instantiate(store, component.Component.from_file(engine, sys.argv[1]))
    for patch in range(16):
        interface = instance.get_export_index(store, f"wasi:cli/run@0.2.{patch}")
        if interface is not None:
            break
    else:
        print("the component exports no wasi:cli/run", file=sys.stderr)
        return 2
    run = instance.get_func(store, instance.get_export_index(store, "run", interface))
    try:
        result = run(store)
    except wasmtime.ExitTrap as exit:
        return exit.code
    except wasmtime.WasmtimeError as error:
        print(error, file=sys.stderr)
        return 134
    return 0 if result.tag == "ok" else 1


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit("usage: run-component.py COMPONENT [ARGUMENT]...")
    sys.exit(main())
