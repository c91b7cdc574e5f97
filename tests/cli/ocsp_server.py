#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""ocsp_server.py PORTFILE SIGNET...: POST /MODE on loopback.

Hands each request to `SIGNET ocsp respond` (the words behind PORTFILE are the
command), and gives what that says as MODE asks for: plainly, in chunks, to
the end of the connection, always the first answer again, or something that is
no answer. It serves until it is killed, and forgets nothing.
"""
import http.server
import os
import subprocess
import sys

first = {}


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *args):
        pass

    def answer(self, body, kind="application/ocsp-response", code=200):
        self.send_response(code)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def in_chunks(self, body):
        self.send_response(200)
        self.send_header("Content-Type", "application/ocsp-response")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for at in range(0, len(body), 100):
            part = body[at:at + 100]
            self.wfile.write(b"%x\r\n%s\r\n" % (len(part), part))
        self.wfile.write(b"0\r\n\r\n")

    def to_the_end(self, body):
        self.wfile.write(b"HTTP/1.0 200 OK\r\n"
                         b"Content-Type: application/ocsp-response\r\n\r\n")
        self.wfile.write(body)
        self.close_connection = True

    def do_POST(self):
        mode = self.path.strip("/")
        request = self.rfile.read(int(self.headers["Content-Length"]))
        if self.headers["Content-Type"] != "application/ocsp-request":
            return self.answer(b"", code=415)
        if mode == "html":
            return self.answer(b"<p>log in first</p>", "text/html")
        if mode in ("404", "405"):
            return self.answer(b"", code=int(mode))
        if mode == "garbage":
            return self.answer(b"\x30\x03\x0a\x01\x07")
        if mode == "trylater":
            return self.answer(b"\x30\x03\x0a\x01\x03")
        if mode == "large":
            return self.answer(b"\x30" * 65537)
        body = subprocess.run(sys.argv[2:] + ["ocsp", "respond", "--quiet"],
                              input=request, stdout=subprocess.PIPE,
                              stderr=subprocess.DEVNULL, check=False).stdout
        if mode == "replay":
            body = first.setdefault(mode, body)
        if mode == "altered":
            body = body[:-3] + bytes([body[-3] ^ 1]) + body[-2:]
        if mode == "chunks":
            return self.in_chunks(body)
        if mode == "end":
            return self.to_the_end(body)
        return self.answer(body)


def main():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    name = sys.argv[1]
    with open(name + ".new", "w", encoding="ascii") as file:
        print(server.server_address[1], file=file)
    os.rename(name + ".new", name)
    server.serve_forever()


main()
