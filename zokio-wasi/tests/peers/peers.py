"""The other ends of a module's connections: clients of a script, which do what the module prints (see mod.rs)."""

import re
import select
import socket
import struct
import threading
import time


def drip(send, data: bytes):
    """Gives these bytes one by one, with pauses, while the case goes on."""

    def run():
        for number, byte in enumerate(data):
            send(bytes([byte]))
            if number % 3 == 0:
                time.sleep(0)
            if number % 50 == 0:
                time.sleep(0.0003)

    threading.Thread(target=run).start()


def hear(client: socket.socket) -> bytes:
    """Some of what has come by now."""
    if not select.select([client], [], [], 0)[0]:
        return b"nothing\n"
    heard = client.recv(70_001)
    return b"bytes %d\n" % len(heard) + heard


def serve(process, port: int | None = None) -> None:
    """Does what the module says until it has closed its output."""
    clients: list[socket.socket] = []
    for line in process.stdout:
        what, *words = line.decode().split()
        answer = b"done\n"
        if what == "begin":
            for client in clients:
                client.close()
            clients = []
            continue
        if what == "connect":
            there = ("127.0.0.1", int(words[0]) if words else port)
            clients.append(socket.create_connection(there, timeout=60))
            clients[-1].setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        else:
            client = clients[int(words[0])]
        if what == "say":
            client.sendall(bytes.fromhex(words[1]))
        elif what == "urgent":
            client.send(bytes.fromhex(words[1]), socket.MSG_OOB)
        elif what == "drip":
            drip(client.sendall, bytes.fromhex(words[1]))
        elif what == "leave":
            client.close()
        elif what == "reset":
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            client.close()
        elif what == "hear":
            answer = hear(client)
        process.stdin.write(answer)
        process.stdin.flush()


def cases_run(said: str) -> list[str]:
    """The names of the cases that a module has run."""
    return re.findall("^case: (.*)$", said, re.MULTILINE)


def names_elsewhere(repository) -> list[str]:
    """The cases that only drivers of servers have."""
    source = (repository / "zokio-std/tests/conformance/suite/mod.rs").read_text()
    return re.findall(r'\("(\w+)", \w+::\w+\)', source)


def left_out(name: str, reasons: dict[str, str]) -> str:
    """Why a case is not run, by a part of its name."""
    reason = next((reason for part, reason in reasons.items() if part in name), None)
    assert reason, f"the case {name} is not run here, and nobody says why"
    return f"    left out: {name}: {reason}"
