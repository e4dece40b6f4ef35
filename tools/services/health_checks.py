"""Asks a server one question in its own protocol, with nothing installed: does it answer yet?"""

import contextlib
import socket
import struct
from collections.abc import Callable

from tools.services.settings import ADDRESS

ANSWER_TIMEOUT_S = 5.0


def kafka_answers(port: int) -> bool:
    """A Metadata request (version 4, no topics): answered, and with at least one broker in it."""
    client = b"verbatim"
    body = struct.pack(">hhih", 3, 4, 1, len(client)) + client + struct.pack(">ib", 0, 0)
    with contextlib.suppress(OSError, struct.error):
        answer = _ask(port, struct.pack(">i", len(body)) + body, lambda head: struct.unpack(">i", head)[0])
        (_, _, brokers) = struct.unpack_from(">iii", answer)
        return bool(brokers > 0)
    return False


def mongo_answers(port: int) -> bool:
    """`listDatabases`, which FerretDB answers only while its PostgreSQL does."""
    document = b"\x10listDatabases\0" + struct.pack("<i", 1) + b"\x08nameOnly\0\x01" + _text("$db", "admin")
    section = b"\0" + struct.pack("<i", len(document) + 5) + document + b"\0"
    message = struct.pack("<iiii", 20 + len(section), 1, 0, 2013) + struct.pack("<I", 0) + section
    with contextlib.suppress(OSError, struct.error):
        answer = _ask(port, message, lambda head: struct.unpack("<i", head)[0] - 4)
        return b"\x01ok\0" + struct.pack("<d", 1.0) in answer
    return False


def postgres_answers(port: int) -> bool:
    """A startup message: let in (R), not told that it is still starting (E)."""
    body = struct.pack(">i", 196608) + b"user\0postgres\0database\0postgres\0\0"
    with contextlib.suppress(OSError), socket.create_connection((ADDRESS, port), ANSWER_TIMEOUT_S) as connection:
        connection.settimeout(ANSWER_TIMEOUT_S)
        connection.sendall(struct.pack(">i", len(body) + 4) + body)
        return connection.recv(1) == b"R"
    return False


def _text(name: str, value: str) -> bytes:
    raw = value.encode() + b"\0"
    return b"\x02" + name.encode() + b"\0" + struct.pack("<i", len(raw)) + raw


def _ask(port: int, message: bytes, size_of: Callable[[bytes], int]) -> bytes:
    with socket.create_connection((ADDRESS, port), ANSWER_TIMEOUT_S) as connection:
        connection.settimeout(ANSWER_TIMEOUT_S)
        connection.sendall(message)
        return _exactly(connection, size_of(_exactly(connection, 4)))


def _exactly(connection: socket.socket, count: int) -> bytes:
    found = b""
    while len(found) < count:
        chunk = connection.recv(count - len(found))
        if not chunk:
            raise ConnectionError("closed in the middle of an answer")
        found += chunk
    return found
