#!/usr/bin/env python3
"""Builds the programs of this folder, measures them on wasmtime, and writes the table into README.md.

    PYTHONPATH=FOLDER benches/wasi/figures.py

FOLDER has the wheel of wasmtime 46 (`cargo ci setup` leaves it in target/tools/wasmtime-46). WASMI names the program wasmi,
which is the one host here that gives preview 1 modules sockets; without it that row is left out.
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
PEERS = ("zokio", "tokio", "wstd")
# Of preview 1, where wstd does not run.
MODULES = ("zokio", "tokio")
RUN_MODULE = [sys.executable, str(HERE.parent.parent / "zokio-wasi/run-wasmtime.py")]
FUEL = 1 << 60


def build() -> None:
    environment = os.environ | {"RUSTFLAGS": "--cfg tokio_unstable"}  # tokio's net on WASI needs it
    command = ["cargo", "build", "--release", "--target"]
    both = ("hello", "timer", "work")
    for target, peers, only in (("wasm32-wasip2", PEERS, ("echo", "client")), ("wasm32-wasip1", MODULES, ("listener",))):
        names = [word for peer in peers for name in both + only for word in ("--bin", f"{peer}-{name}")]
        subprocess.run([*command, target, *names], cwd=HERE, env=environment, check=True)


def program(peer: str, name: str, preview: int = 2) -> str:
    return str(HERE / f"target/wasm32-wasip{preview}/release/{peer}-{name}.wasm")


def size(peer: str, name: str, preview: int = 2) -> str:
    return f"{os.path.getsize(program(peer, name, preview)) / 1024:.0f} KiB"


def late(peer: str, preview: int = 2) -> str:
    """How late each of 20 sleeps of 1 ms is; the median of five runs."""
    run = RUN if preview == 2 else RUN_MODULE
    runs = [int(subprocess.check_output([*run, program(peer, "timer", preview)])) for _ in range(5)]
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


def processor_time(pid: int) -> str:
    """What a process takes in 4 s, after half a second in which it comes to rest."""

    def ticks() -> int:
        fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
        return int(fields[11]) + int(fields[12])

    time.sleep(0.5)
    before = ticks()
    time.sleep(4)
    return f"{(ticks() - before) * 1000 // os.sysconf('SC_CLK_TCK')} ms"


def connect(port: int) -> socket.socket:
    """To a server that may not be there yet."""
    until = time.monotonic() + 20
    while True:
        try:
            return socket.create_connection(("127.0.0.1", port), timeout=20)
        except ConnectionRefusedError:
            if time.monotonic() > until:
                raise
            time.sleep(0.05)


def module_idle(peer: str, wasmi: str) -> str:
    """Processor time of an echo server on preview 1 whose client has had one answer and says nothing more."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    server = subprocess.Popen([wasmi, "--tcplisten", f"127.0.0.1:{port}", program(peer, "listener", 1)])
    try:
        with connect(port) as client:
            client.sendall(b"here")
            assert client.recv(16) == b"here"
            return processor_time(server.pid)
    finally:
        server.kill()
        server.wait()


def idle(peer: str) -> str:
    """Processor time of a client whose server says nothing, for 4 s."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(20)
        client = subprocess.Popen([*RUN, program(peer, "client"), f"127.0.0.1:{server.getsockname()[1]}"])
        try:
            with server.accept()[0] as connection:
                assert connection.recv(16) == b"here"
                return processor_time(client.pid)
        finally:
            client.kill()
            client.wait()


def calls(peer: str, what: str, count: int) -> int:
    """What a preview 1 module asks of its host, all told."""
    command = [sys.executable, str(HERE / "host-calls.py"), program(peer, "work", 1), what, str(count)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as host:
        if what == "read":
            # A byte for each line, so that every read waits for its own.
            for _ in range(count):
                assert host.stdout.readline() == b"\n", host.stderr.read().decode()
                host.stdin.write(b"x")
                host.stdin.flush()
        _, said = host.communicate()
    assert host.returncode == 0, said.decode()
    return int(said.split()[-1])


def calls_each(peer: str, what: str) -> str:
    """Of 300 less those of 100, so that the start does not count."""
    return f"{(calls(peer, what, 300) - calls(peer, what, 100)) / 200:.3g}"


def prepared(engine: wasmtime.Engine, what: str, count: int) -> wasmtime.Store:
    store = wasmtime.Store(engine)
    store.set_fuel(FUEL)
    wasi = wasmtime.WasiConfig()
    wasi.argv = ["work", what, str(count)]
    wasi.inherit_stderr()
    store.set_wasi(wasi)
    return store


def module_fuel(engine: wasmtime.Engine, built: wasmtime.Module, what: str, count: int) -> int:
    linker = wasmtime.Linker(engine)
    linker.define_wasi()
    store = prepared(engine, what, count)
    linker.instantiate(store, built).exports(store)["_start"](store)
    return FUEL - store.get_fuel()


def fuel(engine: wasmtime.Engine, built: component.Component, what: str, count: int) -> int:
    linker = component.Linker(engine)
    linker.add_wasip2()
    store = prepared(engine, what, count)
    instance = linker.instantiate(store, built)
    found = (instance.get_export_index(store, f"wasi:cli/run@0.2.{patch}") for patch in range(16))
    interface = next(index for index in found if index is not None)
    result = instance.get_func(store, instance.get_export_index(store, "run", interface))(store)
    assert result.tag == "ok"
    return FUEL - store.get_fuel()


def fuels(peer: str, preview: int = 2) -> dict[str, str]:
    """Wasm instructions per operation: of 11 000 less those of 1000, so that the start does not count."""
    config = wasmtime.Config()
    config.consume_fuel = True
    engine = wasmtime.Engine(config)
    kind, of = (component.Component, fuel) if preview == 2 else (wasmtime.Module, module_fuel)
    built = kind.from_file(engine, program(peer, "work", preview))
    each = {}
    for what in ("spawn", "yield", "channel"):
        each[what] = f"{(of(engine, built, what, 11_000) - of(engine, built, what, 1000)) / 10_000:.0f}"
    return each


def table(peers: tuple[str, ...], rows: list[list[str]]) -> list[str]:
    head = "| | " + " | ".join("Zokio" if peer == "zokio" else peer for peer in peers) + " |"
    return [head, "|---" + "|---:" * len(peers) + "|", *("| " + " | ".join(row) + " |" for row in rows)]


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
    lines = ["## Components, preview 2", "", *table(PEERS, rows)]
    work = {peer: fuels(peer, 1) for peer in MODULES}
    rows = [[f"size of {name}", *(size(peer, name, 1) for peer in MODULES)] for name in ("hello", "timer")]
    rows.append(["size of echo, on a listener that the host gives", *(size(peer, "listener", 1) for peer in MODULES)])
    rows.append(["a sleep of 1 ms is late by (median of 5 × 20)", *(late(peer, 1) for peer in MODULES)])
    if wasmi := os.environ.get("WASMI"):
        name = "processor time of an idle connection, 4 s, on wasmi"
        rows.append([name, *(module_idle(peer, wasmi) for peer in MODULES)])
    else:
        print("left out: an idle connection on preview 1, because wasmi is not here: cargo ci setup")
    rows.append(["host calls of a sleep of 1 ms", *(calls_each(peer, "sleep") for peer in MODULES)])
    rows.append(["host calls of a read from a pipe", calls_each("zokio", "read"), "no asynchronous standard input"])
    names = (("a task that wakes itself", "yield"), ("a task spawned and awaited", "spawn"))
    for name, what in (*names, ("there and back through two channels", "channel")):
        rows.append([f"host calls of {name}", *(calls_each(peer, what) for peer in MODULES)])
    rows.append(["fuel: spawn a task and await it", *(work[peer]["spawn"] for peer in MODULES)])
    rows.append(["fuel: yield", *(work[peer]["yield"] for peer in MODULES)])
    rows.append(["fuel: there and back through two channels", *(work[peer]["channel"] for peer in MODULES)])
    lines += ["", "## Modules, preview 1", "", *table(MODULES, rows)]
    readme = HERE / "README.md"
    head = readme.read_text().split("<!-- figures -->")[0]
    readme.write_text(head + "<!-- figures -->\n\n" + "\n".join(lines) + "\n")
    print("\n".join(lines))


if __name__ == "__main__":
    main()
