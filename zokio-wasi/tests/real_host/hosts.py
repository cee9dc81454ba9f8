#!/usr/bin/env python3
"""Runs the cases of this test on every host that is here, with every kind of standard stream.

    tests/real_host/hosts.py [MODULE.wasm]

Builds the module if none is given. No case depends on how long anything takes; a case that hangs fails after a minute.
"""

import json
import os
import pathlib
import pty
import shutil
import socket
import subprocess
import sys
import tempfile
import threading

HERE = pathlib.Path(__file__).resolve().parent
CRATE = HERE.parent.parent
sys.path.insert(0, str(HERE.parent / "peers"))

import peers  # noqa: E402

BYTES = bytes(i * 7 % 251 for i in range(1_000_000))


def build() -> str:
    """Builds the test and returns its path."""
    command = ["cargo", "test", "--package", "zokio-wasi", "--target", "wasm32-wasip1", "--test", "real_host"]
    command += ["--features", "std", "--no-run", "--message-format", "json"]
    output = subprocess.run(command, cwd=CRATE, check=True, stdout=subprocess.PIPE).stdout
    messages = [json.loads(line) for line in output.splitlines()]
    return next(m["executable"] for m in messages if m.get("executable") and m["target"]["name"] == "real_host")


def hosts() -> dict[str, list[str]]:
    """The hosts that are here, by name, with the command that runs a module."""
    found = {}
    if subprocess.run([sys.executable, "-c", "import wasmtime"], stderr=subprocess.DEVNULL).returncode == 0:
        found["wasmtime"] = [sys.executable, str(CRATE / "run-wasmtime.py")]
    if shutil.which("node"):
        found["node"] = ["node", "--no-warnings", str(CRATE / "run-node.mjs")]
    wasmi = os.environ.get("WASMI") or shutil.which("wasmi")
    if wasmi:
        found["wasmi"] = [wasmi, "--dir", "."]
    return found


def checksum(data: bytes) -> str:
    total = 0
    for byte in data:
        total = (total * 31 + byte) & 0xFFFF_FFFF_FFFF_FFFF
    return f"{len(data)} {total}\n"


class Case:
    """One run of the module."""

    def __init__(self, command: list[str], name: str, *words: str, **streams):
        streams = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE} | streams
        self.name = name
        self.process = subprocess.Popen([*command, name, *words], **streams)
        # Ends every wait of this script too: the module's streams are closed then.
        self.watchdog = threading.Timer(60, self.process.kill)
        self.watchdog.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.watchdog.cancel()
        self.process.kill()
        self.process.wait()

    def finish(self, data: bytes | None = None) -> tuple[str, str]:
        """Gives it the rest of its input, unless that is to stay open, and returns what it said."""
        if data is None and self.process.stdin:
            self.process.wait()
        out, err = self.process.communicate(data)
        err = err.decode()
        assert self.process.returncode != -9, f"it hangs: {err}"
        assert self.process.returncode == 0, f"exit code {self.process.returncode}: {err}"
        assert err.endswith(f"done: {self.name}\n"), err
        return (out or b"").decode(), err


def without_input(command):
    with Case(command, "without input", stdin=subprocess.DEVNULL) as case:
        case.finish()


def expect_line(case: Case, line: bytes):
    said = case.process.stdout.readline()
    assert said == line, f"{said} instead of {line}"


def conversation(command):
    with Case(command, "conversation") as case:
        for line, answer in ((b"first\n", b"one\n"), (b"second\n", b"two\n")):
            expect_line(case, line)
            case.process.stdin.write(answer)
            case.process.stdin.flush()
        expect_line(case, b"third\n")
        _, err = case.finish(b"")
        assert "goodbye\n" in err, err


def conversation_on_a_terminal(command):
    ours, theirs = pty.openpty()
    with Case(command, "conversation", stdin=theirs) as case:
        os.close(theirs)
        for line, answer in ((b"first\n", b"one\n"), (b"second\n", b"two\n"), (b"third\n", b"\x04\x04")):
            expect_line(case, line)
            os.write(ours, answer)
        case.finish()
    os.close(ours)


def short_buffer(command):
    with Case(command, "short buffer") as case:
        case.process.stdin.write(b"a long line\n")
        case.process.stdin.flush()
        expect_line(case, b"said\n")
        case.finish()


def silence(command):
    with Case(command, "silence") as case:
        case.finish()


def count_pipe(command):
    with Case(command, "count") as case:
        out, _ = case.finish(BYTES)
    assert out == checksum(BYTES), out


def count_file(command):
    with open(__file__, "rb") as file, Case(command, "count", stdin=file) as case:
        out, _ = case.finish()
    assert out == checksum(pathlib.Path(__file__).read_bytes()), out


def count_nothing(command):
    with Case(command, "count", stdin=subprocess.DEVNULL) as case:
        out, _ = case.finish()
    assert out == checksum(b""), out


def closed(command):
    # Node must not lose its own standard input.
    reader, writer = os.pipe()
    environment = os.environ | {"WASI_STDIN": str(reader)}
    with Case(command, "closed", stdin=reader, pass_fds=(reader,), env=environment) as case:
        case.finish()
    os.close(reader)
    os.close(writer)


def nobody_reads(command):
    reader, writer = os.pipe()
    os.close(reader)
    with Case(command, "nobody reads", stdin=subprocess.DEVNULL, stdout=writer) as case:
        os.close(writer)
        _, err = case.finish()
    assert "fd_write failed for descriptor 1" in err, err


def files(command):
    with tempfile.TemporaryDirectory() as folder, Case(command, "files", stdin=subprocess.DEVNULL, cwd=folder) as case:
        case.finish()
        assert os.listdir(folder) == [], os.listdir(folder)


def bridge(command):
    with Case(command, "bridge") as case:
        out, _ = case.finish(b"one\ntwo\nthree")
    assert out == "eno\nowt\neerht\n", out


def status(command):
    with Case(command, "status", stdin=subprocess.DEVNULL) as case:
        code = case.process.wait()
    assert code == 7, code


def listening(command: list[str]) -> tuple[list[str], int]:
    """The command for a module with a listener, on a port that was free a moment ago."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    return [command[0], "--tcplisten", f"127.0.0.1:{port}", *command[1:]], port


def conformance_on_input(command):
    """The cases that every driver must pass and those that only receive, each with a pipe as its only connection."""
    with Case(command, "conformance on input", stdin=subprocess.DEVNULL) as case:
        names = case.finish()[0].split()
    host = next(name for name, found in hosts().items() if found == command[:-1])
    passed = 0
    for name in names:
        if name.startswith("-"):
            print(f"    left out: {name[1:]}: needs sockets, which standard input is not")
            continue
        if reason := BEYOND.get((host, name)):
            print(f"    left out: {name}: {reason}")
            continue
        # Node must not lose its own standard input, which a case may close.
        reader, writer = os.pipe()
        environment = os.environ | {"WASI_STDIN": str(reader)}
        with (
            open(writer, "wb", buffering=0) as peer,
            Case(command, "conformance on input", name, stdin=reader, pass_fds=(reader,), env=environment) as case,
        ):
            os.close(reader)
            for line in case.process.stdout:
                what, _, *words = line.decode().split()
                if what == "say":
                    peer.write(bytes.fromhex(*words))
                elif what == "drip":
                    peers.drip(peer.write, bytes.fromhex(*words))
                else:
                    peer.close()
            try:
                case.finish()
            except AssertionError as error:
                raise AssertionError(f"{name}: {error}") from None
            passed += 1
    assert passed > 20, names
    print(f"    {passed} cases passed on standard input")


def conformance_on_sockets(command):
    """All cases that preview 1 can have, with many connections, each a client of this script."""
    command, port = listening(command)
    with Case(command, "conformance on sockets") as case:
        peers.serve(case.process, port)
        _, err = case.finish(b"")
    names = peers.cases_run(err)
    assert len(names) > 40, names
    for name in peers.names_elsewhere(CRATE.parent):
        print(peers.left_out(name, ELSEWHERE))
    print(f"    {len(names)} cases passed on sockets")


def sockets(command):
    command, port = listening(command)
    with Case(command, "sockets", stdin=subprocess.DEVNULL) as case:
        expect_line(case, b"listening\n")
        clients = [socket.create_connection(("127.0.0.1", port), timeout=60) for _ in range(3)]
        for round in range(50):
            for number, client in enumerate(clients):
                client.sendall(b"%d %d" % (number, round))
            for number, client in enumerate(clients):
                expected = b"%d %d" % (number, round)
                said = b""
                while len(said) < len(expected):
                    said += client.recv(100)
                assert said == expected, said
        for client in clients:
            client.shutdown(socket.SHUT_WR)
            assert client.recv(100) == b""
            client.close()
        case.finish()


def cost(command):
    with Case(command, "cost") as case:
        out, _ = case.finish()
    print(*(f"    {line}" for line in out.splitlines()), sep="\n")


CASES = (without_input, conversation, conversation_on_a_terminal, short_buffer, silence, count_pipe, count_file, count_nothing)
CASES += (closed, nobody_reads, files, bridge, status, sockets, cost, conformance_on_input, conformance_on_sockets)

# Why preview 1 cannot have a case, by a part of its name.
ELSEWHERE = {
    "datagram": "preview 1 has no sockets for datagrams",
    "connect": "preview 1 cannot connect; accepting alone is who_comes_is_accepted",
    "unpark": "a module has one thread and no interrupt, so nobody can unpark while it waits",
    "woken": "a module has one thread and no interrupt, so nobody can wake it while it waits",
    "file": "files of preview 1 are never waited for: zokio_wasi::fs calls the host at once",
}

# What a host cannot do, and why.
LEFT_OVER = "wasmi keeps what a short read left over, and does not say so when it is asked to wait"
BEYOND = {
    ("wasmtime", "sockets"): "wasmtime's Python package gives a module no listener",
    ("node", "sockets"): "Node gives a module no listener",
    ("wasmtime", "conformance_on_sockets"): "wasmtime's Python package gives a module no listener",
    ("node", "conformance_on_sockets"): "Node gives a module no listener",
    ("wasmi", "short_buffer"): LEFT_OVER,
    # These receive less than there is, on standard input; on sockets they pass.
    ("wasmi", "recv_at_once_and_later"): LEFT_OVER,
    ("wasmi", "recv_pooled_lends_a_buffer"): LEFT_OVER,
    ("wasmi", "cancel_race_on_receive"): LEFT_OVER,
    ("wasmi", "receives_again_and_again"): LEFT_OVER,
    ("wasmi", "receives_until_there_is_no_buffer"): LEFT_OVER,
    ("wasmi", "count_nothing"): "wasmi ends the module that waits for standard input from /dev/null",
}


def main() -> int:
    module = sys.argv[1] if len(sys.argv) > 1 else build()
    failed = 0
    found = hosts()
    for host, command in found.items():
        for case in CASES:
            if reason := BEYOND.get((host, case.__name__)):
                print(f"{host}: {case.__name__}: left out: {reason}", flush=True)
                continue
            try:
                case([*command, module])
                print(f"{host}: {case.__name__}: ok", flush=True)
            except AssertionError as error:
                failed += 1
                print(f"{host}: {case.__name__}: FAILED: {error}", flush=True)
    for host in {"wasmtime", "node", "wasmi"} - found.keys():
        print(f"left out: {host}, which is not here")
    if not found:
        print("no host is here: pip install wasmtime, or install Node")
    return 1 if failed or not found else 0


if __name__ == "__main__":
    sys.exit(main())
