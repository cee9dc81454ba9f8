#!/usr/bin/env python3
"""Runs the cases of this test, and the key-value server for real clients, on wasmtime.

    PYTHONPATH=FOLDER tests/component/hosts.py

FOLDER has the wheel of wasmtime 46 (see run-component.py why). No case depends on how long anything takes; one that hangs fails
after a minute.
"""

import json
import pathlib
import shutil
import subprocess
import sys
import tempfile
import threading

HERE = pathlib.Path(__file__).resolve().parent
CRATE = HERE.parent.parent
ROOT = CRATE.parent
sys.path.insert(0, str(HERE.parent / "peers"))

import peers  # noqa: E402

# Why preview 2 cannot have a case, by a part of its name.
ELSEWHERE = {
    "connect": "a handle is a connection once it stands; TcpStream::connect, which is no operation, is tried above",
    "unpark": "a component has one thread and no interrupt, so nobody can unpark while it waits",
    "woken": "a component has one thread and no interrupt, so nobody can wake it while it waits",
    "file": "files of preview 2 are not waited for: zokio_wasi::fs calls the host at once",
}

HOST = [sys.executable, str(CRATE / "run-component.py")]
TARGET = "wasm32-wasip2"


def build(command: list[str], name: str) -> str:
    """Builds and returns the component called `name`."""
    command = ["cargo", *command, "--target", TARGET, "--message-format", "json"]
    output = subprocess.run(command, cwd=CRATE, check=True, stdout=subprocess.PIPE).stdout
    messages = [json.loads(line) for line in output.splitlines() if line.startswith(b"{")]
    found = (m for m in messages if m.get("reason") == "compiler-artifact" and m["target"]["name"] == name)
    return next(file for m in found for file in m["filenames"] if file.endswith(".wasm"))


def cases(component: str) -> int:
    """Runs the cases; each prints a line of its own."""
    with tempfile.TemporaryDirectory() as folder:
        return subprocess.run([*HOST, component], cwd=folder, timeout=60).returncode


def conformance(component: str) -> None:
    """The cases that every driver must pass, with clients of this script."""
    with subprocess.Popen(
        [*HOST, component, "conformance"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        # Ends every wait of this script too.
        watchdog = threading.Timer(60, process.kill)
        watchdog.start()
        try:
            peers.serve(process)
            _, err = process.communicate(timeout=60)
        finally:
            watchdog.cancel()
            process.kill()
    assert process.returncode == 0, f"exit code {process.returncode}: {err.decode()}"
    names = peers.cases_run(err.decode())
    assert len(names) > 40, names
    for name in peers.names_elsewhere(ROOT):
        print(peers.left_out(name, ELSEWHERE))
    print(f"{len(names)} conformance cases pass: ok", flush=True)


def one_source(component: str) -> None:
    """The same program as a component and on this machine says the same."""
    there = subprocess.run([*HOST, component], capture_output=True, text=True, timeout=60, check=True).stdout
    command = ["cargo", "run", "--quiet", "--package", "anywhere"]
    here = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert there == here and "HELLO, ANYWHERE" in here, (there, here)
    print("one source does the same on zokio-std and as a component: ok", flush=True)


def clients(component: str) -> None:
    """The key-value server and what is here of Redis' own clients."""
    server = subprocess.Popen([*HOST, component, "127.0.0.1:0"], stdout=subprocess.PIPE, text=True)
    # Ends every wait of this script too.
    watchdog = threading.Timer(60, server.kill)
    watchdog.start()
    try:
        said = server.stdout.readline()
        assert "listening on" in said, f"it said {said!r}"
        port = said.strip().rsplit(":", 1)[1]

        def cli(*words: str) -> str:
            run = subprocess.run(["redis-cli", "-p", port, *words], capture_output=True, text=True, check=True)
            return run.stdout.strip()

        assert cli("set", "greeting", "hello") == "OK"
        assert cli("get", "greeting") == "hello"
        assert cli("get", "nobody") == ""
        assert cli("set", "brief", "x", "px", "20") == "OK"
        # By the server's own clock, which is what is waited for here.
        while cli("exists", "brief") != "0":
            pass
        print("the server answers redis-cli: ok", flush=True)
        command = ["redis-benchmark", "-p", port, "-c", "20", "-n", "2000", "-t", "set,get,incr", "--csv"]
        run = subprocess.run(command, capture_output=True, text=True, check=True)
        rows = [line.split(",")[0] for line in run.stdout.splitlines()]
        assert [row for row in rows if row in ('"SET"', '"GET"', '"INCR"')] == ['"SET"', '"GET"', '"INCR"'], run.stdout
        assert cli("get", "counter:__rand_int__") == "2000"
        print("the server bears redis-benchmark with 20 clients: ok", flush=True)
    finally:
        watchdog.cancel()
        server.kill()
        server.wait()


def main() -> int:
    print("host: wasmtime 46 (preview 2); later wheels, 50 among them, let no component create a socket", flush=True)
    component = build(["test", "--package", "zokio-wasi", "--test", "component", "--no-run"], "component")
    code = cases(component)
    conformance(component)
    one_source(build(["build", "--package", "anywhere"], "anywhere"))
    if not (shutil.which("redis-cli") and shutil.which("redis-benchmark")):
        print("left out: the server with real clients, because redis-tools are not here")
        return code
    manifest = str(ROOT / "targets/Cargo.toml")
    command = ["build", "--release", "--manifest-path", manifest, "--package", "kv-wasi", "--bin", "kv-wasi-tcp"]
    clients(build(command, "kv-wasi-tcp"))
    return code


if __name__ == "__main__":
    sys.exit(main())
