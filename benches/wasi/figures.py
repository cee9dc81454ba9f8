#!/usr/bin/env python3
"""Builds the programs of this folder, measures them on wasmtime, and writes the table into README.md.

    PYTHONPATH=FOLDER benches/wasi/figures.py

FOLDER has the wheel of wasmtime 46 (`cargo ci setup` leaves it in target/tools/wasmtime-46).
"""

import os
import pathlib
import socket
import statistics
import subprocess
import sys
import time

import wasmtime
from wasmtime import component

HERE = pathlib.Path(__file__).resolve().parent
RUN = [sys.executable, str(HERE.parent.parent / "zokio-wasi/run-component.py")]
BUILT = HERE / "target/wasm32-wasip2/release"
PEERS = ("zokio", "tokio")
FUEL = 1 << 60


def build() -> None:
    environment = os.environ | {"RUSTFLAGS": "--cfg tokio_unstable"}  # tokio's net on WASI needs it
    command = ["cargo", "build", "--release", "--target", "wasm32-wasip2"]
    subprocess.run(command, cwd=HERE, env=environment, check=True)


def program(peer: str, name: str) -> str:
    return str(BUILT / f"{peer}-{name}.wasm")


def size(peer: str, name: str) -> str:
    return f"{os.path.getsize(program(peer, name)) / 1024:.0f} KiB"


def late(peer: str) -> str:
    """How late each of 20 sleeps of 1 ms is; the median of five runs."""
    runs = [int(subprocess.check_output([*RUN, program(peer, "timer")])) for _ in range(5)]
    return f"{(statistics.median(runs) - 20_000) / 20:.0f} µs"


def accepts(peer: str) -> str:
    """Whether the echo server answers."""
    server = subprocess.Popen([*RUN, program(peer, "echo")], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        with socket.create_connection(("127.0.0.1", int(server.stdout.readline())), timeout=20) as client:
            client.sendall(b"here")
            return "yes" if client.recv(16) == b"here" else "no"
    except OSError:
        said = server.stderr.read()
        return "no: " + said.split("message: ")[1].split(" }")[0].strip('"') if "message: " in said else "no"
    finally:
        server.kill()
        server.wait()


def idle(peer: str) -> str:
    """Processor time of a client whose server says nothing, for 4 s."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(20)
        client = subprocess.Popen([*RUN, program(peer, "client"), f"127.0.0.1:{server.getsockname()[1]}"])

        def ticks() -> int:
            fields = pathlib.Path(f"/proc/{client.pid}/stat").read_text().rsplit(")", 1)[1].split()
            return int(fields[11]) + int(fields[12])

        try:
            with server.accept()[0] as connection:
                assert connection.recv(16) == b"here"
                time.sleep(0.5)
                before = ticks()
                time.sleep(4)
                return f"{(ticks() - before) * 1000 // os.sysconf('SC_CLK_TCK')} ms"
        finally:
            client.kill()
            client.wait()


def fuel(engine: wasmtime.Engine, built: component.Component, what: str, count: int) -> int:
    linker = component.Linker(engine)
    linker.add_wasip2()
    store = wasmtime.Store(engine)
    store.set_fuel(FUEL)
    wasi = wasmtime.WasiConfig()
    wasi.argv = ["work", what, str(count)]
    wasi.inherit_stderr()
    store.set_wasi(wasi)
    instance = linker.instantiate(store, built)
    found = (instance.get_export_index(store, f"wasi:cli/run@0.2.{patch}") for patch in range(16))
    interface = next(index for index in found if index is not None)
    result = instance.get_func(store, instance.get_export_index(store, "run", interface))(store)
    assert result.tag == "ok"
    return FUEL - store.get_fuel()


def fuels(peer: str) -> dict[str, str]:
    """Wasm instructions per operation: of 11 000 less those of 1000, so that the start does not count."""
    config = wasmtime.Config()
    config.consume_fuel = True
    engine = wasmtime.Engine(config)
    built = component.Component.from_file(engine, program(peer, "work"))
    each = {}
    for what in ("spawn", "yield", "channel"):
        each[what] = f"{(fuel(engine, built, what, 11_000) - fuel(engine, built, what, 1000)) / 10_000:.0f}"
    return each


def main() -> None:
    build()
    work = {peer: fuels(peer) for peer in PEERS}
    rows = [[f"size of {name}", *(size(peer, name) for peer in PEERS)] for name in ("hello", "timer", "echo")]
    rows.append(["a sleep of 1 ms is late by (median of 5 × 20)", *(late(peer) for peer in PEERS)])
    rows.append(["echo server answers a client", *(accepts(peer) for peer in PEERS)])
    rows.append(["processor time of an idle connection, 4 s", *(idle(peer) for peer in PEERS)])
    rows.append(["fuel: spawn a task and await it", *(work[peer]["spawn"] for peer in PEERS)])
    rows.append(["fuel: yield", *(work[peer]["yield"] for peer in PEERS)])
    rows.append(["fuel: there and back through two channels", *(work[peer]["channel"] for peer in PEERS)])
    lines = ["| | Zokio | tokio |", "|---|---:|---:|", *("| " + " | ".join(row) + " |" for row in rows)]
    readme = HERE / "README.md"
    head = readme.read_text().split("<!-- figures -->")[0]
    readme.write_text(head + "<!-- figures -->\n\n" + "\n".join(lines) + "\n")
    print("\n".join(lines))


if __name__ == "__main__":
    main()
