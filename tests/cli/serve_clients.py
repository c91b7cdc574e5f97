# SPDX-License-Identifier: GPL-3.0-or-later
"""Clients of a status server that a shell cannot be, on raw sockets.

    slow PORT PID PATH FILE       downloads; half way PID is told to stop
    halves PORT PID REQUEST FILE  sends half a question, PID is told to stop,
                                  sends the rest
    race PORT SIGNET (NAME REQUEST)...
                                  eight clients ask about each name while
                                  another process revokes it

Exits with 1 and a line when what was promised is not so.
"""

import base64
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.parse

PATIENCE = 20  # seconds after which a test has failed


def connect(port, buffer=None):
    s = socket.socket()
    if buffer is not None:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
    s.settimeout(PATIENCE)
    s.connect(("127.0.0.1", port))
    s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return s


def read_head(stream):
    """The status code and the headers, by their names in lower case."""
    status = int(stream.readline().split()[1])
    headers = {}
    for line in iter(stream.readline, b"\r\n"):
        if not line:
            sys.exit("the connection ended within the headers")
        name, _, value = line.decode().partition(":")
        headers[name.lower()] = value.strip()
    return status, headers


def read_answer(stream):
    status, headers = read_head(stream)
    return status, stream.read(int(headers["content-length"]))


def refuses(port):
    """Nobody accepts a connection any more. One that still lies in the
    backlog is reset, or ends without an answer."""
    try:
        s = connect(port)
    except ConnectionError:
        return True
    s.close()
    return False


def until_it_drains(port):
    end = time.monotonic() + PATIENCE
    while not refuses(port):
        if time.monotonic() > end:
            sys.exit("it still takes connections")
        time.sleep(0.02)


def slow(port, pid, path, out):
    s = connect(int(port), 4096)
    s.sendall(b"GET %s HTTP/1.1\r\nHost: x\r\n\r\n" % path.encode())
    stream = s.makefile("rb", 4096)
    status, headers = read_head(stream)
    length = int(headers["content-length"])
    body = stream.read(length // 10)
    os.kill(int(pid), signal.SIGTERM)
    until_it_drains(int(port))
    body += stream.read(length - len(body))
    if status != 200 or len(body) != length:
        sys.exit("status %d, %d of %d octets" % (status, len(body), length))
    with open(out, "wb") as file:
        file.write(body)


def post(path, body):
    return (
        b"POST %s HTTP/1.1\r\nHost: x\r\n"
        b"Content-Type: application/ocsp-request\r\n"
        b"Content-Length: %d\r\n\r\n" % (path, len(body))
    ) + body


def halves(port, pid, request, out):
    with open(request, "rb") as file:
        request = file.read()
    message = post(b"/ocsp", request)
    head, body = message[: -len(request)], message[-len(request) :]
    s = connect(int(port))
    stream = s.makefile("rb")
    s.sendall(head[:-2] + b"Expect: 100-continue\r\n\r\n")
    if read_head(stream)[0] != 100:
        sys.exit("it did not read the head")
    s.sendall(body[:-20])
    os.kill(int(pid), signal.SIGTERM)
    until_it_drains(int(port))
    s.sendall(body[-20:])
    status, body = read_answer(stream)
    if status != 200:
        sys.exit("status %d" % status)
    with open(out, "wb") as file:
        file.write(body)


# ---- the race ----


def cert_id_of(request):
    """The certID: SEQUENCEs OCSPRequest, TBSRequest, requestList, Request,
    each around the next and each shorter than 128 octets, then it."""
    at = 0
    for _ in range(4):
        if request[at] != 0x30 or request[at + 1] > 127:
            sys.exit("a request of another shape")
        at += 2
    return request[at : at + 2 + request[at + 1]]


def state_of(answer, cert_id):
    """4.2.1: certStatus follows the certID: [0] good, [1] revoked."""
    at = answer.find(cert_id)
    if at < 0:
        return "no answer"
    tag = answer[at + len(cert_id)]
    return {0x80: "good", 0xA1: "revoked", 0x82: "unknown"}.get(tag, "?")


class Client(threading.Thread):
    """Asks on, by POST or by GET, and remembers when and what."""

    def __init__(self, port, request, number):
        super().__init__()
        self.port, self.number = port, number
        self.cert_id = cert_id_of(request)
        # What it holds of an answer, as a cache does: the field that asks
        # again, by what of the answer, and the answer.
        self.field, self.by = (("If-None-Match", "etag"),
                               ("If-Modified-Since", "last-modified"),
                               (None, None))[number // 2 % 3]
        self.held, self.body = None, None
        self.heard = []  # (when it was asked, what was said)
        self.fault = None
        self.done = threading.Event()
        text = urllib.parse.quote(base64.b64encode(request), safe="")
        if number % 2 == 0:
            self.message = post(b"/ocsp", request)
        else:
            self.message = (
                b"GET /ocsp/%s HTTP/1.1\r\nHost: x\r\n\r\n" % text.encode()
            )

    def wanted(self):
        if self.number % 2 == 0 or self.held is None:
            return self.message
        again = "%s: %s\r\n\r\n" % (self.field, self.held)
        return self.message[:-2] + again.encode()

    def heed(self, stream):
        """The answer, which is the one it holds where that is said."""
        status, headers = read_head(stream)
        if status == 304 and self.held is not None:
            return self.body
        if status != 200:
            raise AssertionError("status %d" % status)
        self.body = stream.read(int(headers["content-length"]))
        self.held = headers.get(self.by)
        return self.body

    def ask(self):
        s = connect(self.port)
        stream = s.makefile("rb")
        while not self.done.is_set():
            asked = time.monotonic()
            s.sendall(self.wanted())
            body = self.heed(stream)
            self.heard.append((asked, state_of(body, self.cert_id)))

    def run(self):
        try:
            self.ask()
        except Exception as e:  # told by the one who waits
            self.fault = "%s: %s" % (type(e).__name__, e)


def wait_for(what, clients, condition):
    end = time.monotonic() + PATIENCE
    while not all(condition(c) for c in clients):
        if time.monotonic() > end or any(c.fault for c in clients):
            sys.exit("%s: %s" % (what, [c.fault for c in clients]))
        time.sleep(0.005)


def one_race(port, signet, name, request):
    clients = [Client(port, request, i) for i in range(8)]
    for c in clients:
        c.start()
    try:
        wait_for("no good", clients, lambda c: len(c.heard) >= 5)
        before = [[state for _, state in c.heard] for c in clients]
        subprocess.run(
            [signet, "revoke", name, "--yes", "--quiet"],
            check=True,
            stdin=subprocess.DEVNULL,
        )
        committed = time.monotonic()
        wait_for(
            "no answer afterwards",
            clients,
            lambda c: sum(asked > committed for asked, _ in c.heard) >= 5,
        )
    finally:
        for c in clients:
            c.done.set()
        for c in clients:
            c.join()
    for c, states in zip(clients, before):
        if set(states) != {"good"}:
            sys.exit("%s: client %d heard %s" % (name, c.number, set(states)))
        late = {state for asked, state in c.heard if asked > committed}
        if late != {"revoked"}:
            sys.exit("%s: client %d: %s after it" % (name, c.number, late))
    return sum(len(c.heard) for c in clients)


def race(port, signet, *pairs):
    answers = 0
    for name, path in zip(pairs[::2], pairs[1::2]):
        with open(path, "rb") as file:
            answers += one_race(int(port), signet, name, file.read())
    print("%d answers" % answers)


if __name__ == "__main__":
    tasks = {"slow": slow, "halves": halves, "race": race}
    tasks[sys.argv[1]](*sys.argv[2:])
