#!/usr/bin/env python3
"""Builds the programs of this folder, measures them on wasmtime, and writes the table into README.md.

    PYTHONPATH=FOLDER benches/wasi/figures.py

FOLDER has the wheel of wasmtime 46 (`cargo ci setup` leaves it in target/tools/wasmtime-46). WASMI names the program wasmi,
which is the one host here that gives preview 1 modules sockets, and JCO the folder of jco (target/tools/jco), which shows what
a component asks of its host; rows that need what is not named are left out. Every cell has a time limit.
"""

import contextlib
import faulthandler
import os
import pathlib
import signal
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Callable

import wasmtime
from wasmtime import component

HERE = pathlib.Path(__file__).resolve().parent
RUN = [sys.executable, str(HERE.parent.parent / "zokio-wasi/run-component.py")]
PEERS = ("zokio", "tokio", "wstd")
# Of preview 1, where wstd does not run.
MODULES = ("zokio", "tokio")
RUN_MODULE = [sys.executable, str(HERE.parent.parent / "zokio-wasi/run-wasmtime.py")]
FUEL = 1 << 60
# How many seconds a cell may take; the longest takes ten on two slow cores. And the build, with all to download.
CELL = 120
BUILD = 1200


@contextlib.contextmanager
def within(seconds: int, what: str):
    """Ends whatever takes longer, and says what that was."""

    def late(*_: object) -> None:
        raise TimeoutError(f"{what}: no end within {seconds} s")

    signal.signal(signal.SIGALRM, late)
    signal.alarm(seconds)
    # Python handles no signal while it is inside of a module.
    faulthandler.dump_traceback_later(seconds + 10, exit=True)
    try:
        yield
    finally:
        signal.alarm(0)
        faulthandler.cancel_dump_traceback_later()


@contextlib.contextmanager
def started(command: list[str], **pipes: object):
    """A program that does not outlive its use."""
    program = subprocess.Popen(command, **pipes)
    try:
        yield program
    finally:
        program.kill()
        program.communicate()


def build() -> None:
    environment = os.environ | {"RUSTFLAGS": "--cfg tokio_unstable"}  # tokio's net on WASI needs it
    command = ["cargo", "build", "--release", "--target"]
    both = ("hello", "timer", "work")
    for target, peers, only in (("wasm32-wasip2", PEERS, ("echo", "client")), ("wasm32-wasip1", MODULES, ("listener",))):
        names = [word for peer in peers for name in both + only for word in ("--bin", f"{peer}-{name}")]
        with within(BUILD, f"the build for {target}"):
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
    with started([*RUN, program(peer, "echo")], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as server:
        try:
            with socket.create_connection(("127.0.0.1", int(server.stdout.readline())), timeout=20) as client:
                client.sendall(b"here")
                return "yes" if client.recv(16) == b"here" else "no"
        except (OSError, ValueError):
            # A server that has failed but goes on would be read from without end.
            server.kill()
            said = server.stderr.read()
            return "no: " + said.split("message: ")[1].split(" }")[0].strip('"') if "message: " in said else "no"


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
    with started([wasmi, "--tcplisten", f"127.0.0.1:{port}", program(peer, "listener", 1)]) as server:
        with connect(port) as client:
            client.sendall(b"here")
            assert client.recv(16) == b"here"
            return processor_time(server.pid)


def idle(peer: str) -> str:
    """Processor time of a client whose server says nothing, for 4 s."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(20)
        with started([*RUN, program(peer, "client"), f"127.0.0.1:{server.getsockname()[1]}"]) as client:
            with server.accept()[0] as connection:
                assert connection.recv(16) == b"here"
                return processor_time(client.pid)


def calls(preview: int, peer: str, what: str, count: int) -> int:
    """What a program asks of its host, all told."""
    counter = [sys.executable, str(HERE / "host-calls.py")] if preview == 1 else ["node", str(HERE / "host-calls.mjs")]
    command = [*counter, program(peer, "work", preview), what, str(count)]
    pipes = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
    with started(command, **pipes) as host:
        if what == "read":
            # A byte for each line, so that every read waits for its own.
            for _ in range(count):
                assert host.stdout.readline() == b"\n", host.stderr.read().decode()
                host.stdin.write(b"x")
                host.stdin.flush()
        _, said = host.communicate()
        assert host.returncode == 0, said.decode()
        return int(said.split()[-1])


def calls_each(preview: int, peer: str, what: str) -> str:
    """Of 300 less those of 100, so that the start does not count."""
    if peer == "tokio" and what == "read":
        return "no asynchronous standard input"
    return f"{(calls(preview, peer, what, 300) - calls(preview, peer, what, 100)) / 200:.3g}"


def calls_rows(preview: int, peers: tuple[str, ...]) -> list[list[str]]:
    whats = {
        "a sleep of 1 ms": "sleep",
        "a read from a pipe": "read",
        "a task that wakes itself": "yield",
        "a task spawned and awaited": "spawn",
        "there and back through two channels": "channel",
    }
    return [
        row(f"host calls of {name}", peers, lambda peer, what=what: calls_each(preview, peer, what))
        for name, what in whats.items()
    ]


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


def fuel_rows(preview: int, peers: tuple[str, ...]) -> list[list[str]]:
    work = {}
    for peer in peers:
        with within(CELL, f"the fuel of {peer}"):
            work[peer] = fuels(peer, preview)
    whats = {"spawn a task and await it": "spawn", "yield": "yield", "there and back through two channels": "channel"}
    return [[f"fuel: {name}", *(work[peer][what] for peer in peers)] for name, what in whats.items()]


def row(name: str, peers: tuple[str, ...], cell: Callable[[str], str]) -> list[str]:
    cells = []
    for peer in peers:
        with within(CELL, f"{name}, {peer}"):
            cells.append(cell(peer))
    return [name, *cells]


def table(peers: tuple[str, ...], rows: list[list[str]]) -> list[str]:
    head = "| | " + " | ".join("Zokio" if peer == "zokio" else peer for peer in peers) + " |"
    return [head, "|---" + "|---:" * len(peers) + "|", *("| " + " | ".join(row) + " |" for row in rows)]


LATE = "a sleep of 1 ms is late by (median of 5 × 20)"


def components() -> list[list[str]]:
    rows = [row(f"size of {name}", PEERS, lambda peer, name=name: size(peer, name)) for name in ("hello", "timer", "echo")]
    rows.append(row(LATE, PEERS, late))
    rows.append(row("echo server answers a client", PEERS, accepts))
    rows.append(row("processor time of an idle connection, 4 s", PEERS, idle))
    if os.environ.get("JCO"):
        rows += calls_rows(2, PEERS)
    else:
        print("left out: host calls on preview 2, because jco is not here: cargo ci setup")
    return rows + fuel_rows(2, PEERS)


def modules() -> list[list[str]]:
    rows = [row(f"size of {name}", MODULES, lambda peer, name=name: size(peer, name, 1)) for name in ("hello", "timer")]
    name = "size of echo, on a listener that the host gives"
    rows.append(row(name, MODULES, lambda peer: size(peer, "listener", 1)))
    rows.append(row(LATE, MODULES, lambda peer: late(peer, 1)))
    if wasmi := os.environ.get("WASMI"):
        name = "processor time of an idle connection, 4 s, on wasmi"
        rows.append(row(name, MODULES, lambda peer: module_idle(peer, wasmi)))
    else:
        print("left out: an idle connection on preview 1, because wasmi is not here: cargo ci setup")
    return rows + calls_rows(1, MODULES) + fuel_rows(1, MODULES)


def main() -> None:
    build()
    lines = ["## Components, preview 2", "", *table(PEERS, components())]
    lines += ["", "## Modules, preview 1", "", *table(MODULES, modules())]
    readme = HERE / "README.md"
    head = readme.read_text().split("<!-- figures -->")[0]
    readme.write_text(head + "<!-- figures -->\n\n" + "\n".join(lines) + "\n")
    print("\n".join(lines))


if __name__ == "__main__":
    main()
