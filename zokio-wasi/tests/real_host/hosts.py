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
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
CRATE = HERE.parent.parent
BYTES = bytes(i * 7 % 251 for i in range(1_000_000))


def build() -> str:
    """Builds the test and returns its path."""
    command = ["cargo", "test", "--package", "zokio-wasi", "--target", "wasm32-wasip1", "--test", "real_host"]
    command += ["--no-run", "--message-format", "json"]
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
    return found


def checksum(data: bytes) -> str:
    total = 0
    for byte in data:
        total = (total * 31 + byte) & 0xFFFF_FFFF_FFFF_FFFF
    return f"{len(data)} {total}\n"


class Case:
    """One run of the module."""

    def __init__(self, command: list[str], name: str, **streams):
        streams = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE} | streams
        self.name = name
        self.process = subprocess.Popen([*command, name], **streams)

    def finish(self, data: bytes | None = None) -> tuple[str, str]:
        try:
            out, err = self.process.communicate(data, timeout=60)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise AssertionError("it hangs") from None
        err = err.decode()
        assert self.process.returncode == 0, f"exit code {self.process.returncode}: {err}"
        assert err.endswith(f"done: {self.name}\n"), err
        return (out or b"").decode(), err


def without_input(command):
    Case(command, "without input", stdin=subprocess.DEVNULL).finish()


def conversation(command):
    case = Case(command, "conversation")
    for line, answer in ((b"first\n", b"one\n"), (b"second\n", b"two\n")):
        said = case.process.stdout.readline()
        assert said == line, said
        case.process.stdin.write(answer)
        case.process.stdin.flush()
    assert case.process.stdout.readline() == b"third\n"
    _, err = case.finish()
    assert "goodbye\n" in err, err


def conversation_on_a_terminal(command):
    ours, theirs = pty.openpty()
    case = Case(command, "conversation", stdin=theirs)
    os.close(theirs)
    for line, answer in ((b"first\n", b"one\n"), (b"second\n", b"two\n"), (b"third\n", b"\x04\x04")):
        said = case.process.stdout.readline()
        assert said == line, said
        os.write(ours, answer)
    case.finish()
    os.close(ours)


def silence(command):
    case = Case(command, "silence")
    # `communicate` would close standard input.
    code = case.process.wait(60)
    err = case.process.stderr.read().decode()
    assert code == 0 and err == "done: silence\n", err


def count_pipe(command):
    out, _ = Case(command, "count").finish(BYTES)
    assert out == checksum(BYTES), out


def count_file(command):
    with open(__file__, "rb") as file:
        out, _ = Case(command, "count", stdin=file).finish()
    assert out == checksum(pathlib.Path(__file__).read_bytes()), out


def count_nothing(command):
    out, _ = Case(command, "count", stdin=subprocess.DEVNULL).finish()
    assert out == checksum(b""), out


def closed(command):
    # Node must not lose its own standard input.
    reader, writer = os.pipe()
    environment = os.environ | {"WASI_STDIN": str(reader)}
    case = Case(command, "closed", stdin=reader, pass_fds=(reader,), env=environment)
    case.finish()
    os.close(reader)
    os.close(writer)


def nobody_reads(command):
    reader, writer = os.pipe()
    os.close(reader)
    case = Case(command, "nobody reads", stdin=subprocess.DEVNULL, stdout=writer)
    os.close(writer)
    _, err = case.finish()
    assert "fd_write failed for descriptor 1" in err, err


def cost(command):
    case = Case(command, "cost")
    code = case.process.wait(60)
    out = case.process.stdout.read().decode()
    assert code == 0, case.process.stderr.read().decode()
    print(*(f"    {line}" for line in out.splitlines()), sep="\n")


CASES = (without_input, conversation, conversation_on_a_terminal, silence, count_pipe, count_file, count_nothing)
CASES += (closed, nobody_reads, cost)


def main() -> int:
    module = sys.argv[1] if len(sys.argv) > 1 else build()
    failed = 0
    found = hosts()
    for host, command in found.items():
        for case in CASES:
            try:
                case([*command, module])
                print(f"{host}: {case.__name__}: ok", flush=True)
            except AssertionError as error:
                failed += 1
                print(f"{host}: {case.__name__}: FAILED: {error}", flush=True)
    if not found:
        print("no host is here: pip install wasmtime, or install Node")
    return 1 if failed or not found else 0


if __name__ == "__main__":
    sys.exit(main())
