# SPDX-License-Identifier: GPL-3.0-or-later
"""signet-front with a signer that is not one: it says what a test wants it
to say, so that the front is seen alone. And an HTTP client that sends what a
test wants to send."""

import os
import signal
import socket
import sqlite3
import struct
import subprocess
import threading
import time

NO_TIME = -(1 << 63)
OCSP, TEND, READY = 1, 2, 3
# struct wire_head of cli/wire.h, with struct status_fact in it.
HEAD = struct.Struct("=IIII qq q20sB?2x q i20sB7x I4xQ")
PATIENCE = 20  # seconds after which a test has failed


def wait_for(what, condition):
    """Polls until condition() is true, and returns what it gave."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        result = condition()
        if result:
            return result
        time.sleep(0.01)
    raise AssertionError("not within %d s: %s" % (PATIENCE, what))


def ocsp_request(serial, more=b""):
    """Enough of one for the front, which does not look into it."""
    inner = b"\x02" + bytes([len(serial)]) + serial + more
    return b"\x30" + bytes([len(inner)]) + inner


class Signer:
    """Answers from the ledger, in words. What is not as it should be is for
    a test to set."""

    def __init__(self, home):
        self.path = os.path.join(home, "ledger.db")
        self.validity = 3600
        self.at = None  # thisUpdate of all answers
        self.status = 0
        self.cacheable = True
        self.faults = b""
        self.ends = b""
        self.responder = b""  # the serial of who signs
        self.edition = 0
        self.asked = []
        self.gate = threading.Event()  # closed: it does not answer
        self.gate.set()

    def fact(self, serial):
        """The row's state, as the real one would find it."""
        uri = "file:%s?mode=ro" % self.path
        with sqlite3.connect(uri, uri=True) as ledger:
            row = ledger.execute(
                "SELECT c.issuer, r.revoked_at, r.reason FROM certificate c"
                " LEFT JOIN revocation r ON r.certificate = c.id"
                " WHERE c.serial = ?",
                (serial,),
            ).fetchone()
        ledger.close()
        return row

    def answer(self, kind, payload):
        if kind == TEND:
            return HEAD.pack(
                TEND, len(self.faults) + len(self.ends), 0, 0, 0, 0, 0, b"", 0,
                False, 0, 0, b"", 0, len(self.faults), self.edition,
            ) + self.faults + self.ends
        self.asked.append(payload)
        self.gate.wait(PATIENCE)
        serial = payload[4 : 4 + payload[3]]
        row = self.fact(serial)
        if row is None:
            word, issuer, known, revoked, reason = "unknown", 1, False, NO_TIME, 0
        elif row[1] is None:
            word, issuer, known, revoked, reason = "good", row[0], True, NO_TIME, 0
        else:
            word, issuer, known, revoked, reason = "revoked", row[0], True, row[1], row[2]
        text = ("%s %s" % (word, serial.hex())).encode()
        now = self.at or int(time.time())
        return HEAD.pack(
            OCSP, len(text), self.status, self.cacheable and b"nonce" not in payload,
            now, now + self.validity, issuer, serial, len(serial), known, revoked, reason,
            self.responder, len(self.responder), 0, self.edition,
        ) + text


class Front:
    """The program, its signer in threads, and how both end."""

    def __init__(self, home, *options, signer=None, pairs=2, listeners=1):
        program = os.environ["SIGNET_FRONT"]
        self.signer = signer or Signer(home)
        mine, theirs = zip(
            *(socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
              for _ in range(pairs))
        )
        listening = [self.listen() for _ in range(listeners)]
        self.ports = [s.getsockname()[1] for s in listening]
        self.port = self.ports[0]
        self.pairs = mine
        given = [s.fileno() for s in theirs + tuple(listening)]
        arguments = [program, home, str(pairs), str(listeners), *options]
        self.process = subprocess.Popen(
            arguments, stdin=subprocess.DEVNULL, close_fds=False,
            preexec_fn=lambda: self.place(given),
        )
        for s in theirs + tuple(listening):
            s.close()
        self.ready = threading.Event()
        for s in mine:
            threading.Thread(target=self.serve, args=(s,), daemon=True).start()
        if not self.ready.wait(PATIENCE):
            self.end()
            raise AssertionError("it does not say that it is ready")

    @staticmethod
    def listen():
        s = socket.socket()
        s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        s.bind(("127.0.0.1", 0))
        s.listen(4096)
        return s

    @staticmethod
    def place(given):
        """Descriptors 3, 4, ... as cli/wire.h says, and no others."""
        high = [os.dup2(fd, 200 + i) for i, fd in enumerate(given)]
        for i, fd in enumerate(high):
            os.dup2(fd, 3 + i, inheritable=True)
        os.closerange(3 + len(given), 400)

    def serve(self, pair):
        try:
            while True:
                packet = pair.recv(1 << 18)
                if not packet:
                    return
                kind, length = struct.unpack_from("=II", packet)
                if kind == READY:
                    self.ready.set()
                    continue
                pair.send(self.signer.answer(kind, packet[HEAD.size :][:length]))
        except OSError:
            return

    def terminate(self):
        self.process.send_signal(signal.SIGTERM)

    def memory(self):
        """Resident octets; a sanitizer's are not of interest."""
        with open(self.process.args[0], "rb") as f:
            if b"__asan_init" in f.read():
                return 0
        with open("/proc/%d/statm" % self.process.pid) as f:
            return int(f.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")

    def end(self):
        self.signer.gate.set()
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        for pair in self.pairs:
            pair.close()

    def __enter__(self):
        return self

    def __exit__(self, *ignored):
        self.end()


class Client:
    """One connection; what is sent is sent as it is."""

    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port), PATIENCE)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.buffer = b""

    def send(self, data):
        self.socket.sendall(data)

    def more(self):
        piece = self.socket.recv(1 << 16)
        self.buffer += piece
        return bool(piece)

    def ended(self):
        """The server closes: nothing more comes, by an end or a reset."""
        try:
            while self.more():
                pass
        except ConnectionError:
            pass
        return self.buffer == b""

    def response(self, head_only=False):
        """(code, headers in lower case, body)"""
        while b"\r\n\r\n" not in self.buffer:
            if not self.more():
                raise EOFError("closed without an answer")
        head, self.buffer = self.buffer.split(b"\r\n\r\n", 1)
        lines = head.decode("latin-1").split("\r\n")
        code = int(lines[0].split()[1])
        if code == 100:
            return self.response(head_only)
        headers = {}
        for line in lines[1:]:
            name, value = line.split(":", 1)
            assert name.lower() not in headers, "twice: " + name
            headers[name.lower()] = value.strip()
        length = int(headers.get("content-length", 0))
        if head_only or code == 304:
            length = 0
        while len(self.buffer) < length:
            if not self.more():
                raise EOFError("closed within the body")
        body, self.buffer = self.buffer[:length], self.buffer[length:]
        return code, headers, body

    def ask(self, method, path, body=None, version="HTTP/1.1", **headers):
        """Header names with '_' for '-'."""
        lines = ["%s %s %s" % (method, path, version), "Host: status.example"]
        if body is not None and "Content_Length" not in headers:
            headers["Content_Length"] = str(len(body))
        lines += ["%s: %s" % (k.replace("_", "-"), v) for k, v in headers.items()]
        self.send(("\r\n".join(lines) + "\r\n\r\n").encode() + (body or b""))
        return self.response(method == "HEAD")

    def post(self, body, path="/ocsp", **headers):
        headers.setdefault("Content_Type", "application/ocsp-request")
        return self.ask("POST", path, body, **headers)

    def close(self):
        self.socket.close()


def ask(port, *arguments, **more):
    """One request on a connection of its own."""
    client = Client(port)
    try:
        return client.ask(*arguments, **more)
    finally:
        client.close()
