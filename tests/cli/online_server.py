#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""online_server.py PORTFILE: GET /NAME on loopback, as the file "mode" says.

POST /NAME is an OCSP request, which openssl answers by NAME.crt and NAME.key
for their issuer inter.crt, from known.txt; in mode "missing" nobody does.

Gives the file NAME of the folder it was started in: plainly, in chunks, octet
by octet, or in one of the ways in which servers go wrong or are made to. What
was asked for is appended to the file "asked". It serves until it is killed.
"""
import gzip
import http.server
import os
import select
import subprocess
import sys

ENDLESS = 1 << 20  # rounds, for what would go on for ever


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *args):
        pass

    def hung_up(self, seconds):
        """Nothing more is asked on this connection: it can only end."""
        return bool(select.select([self.connection], [], [], seconds)[0])

    def answer(self, body, length=None, code=200, **headers):
        self.send_response(code)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length",
                         str(len(body) if length is None else length))
        self.end_headers()
        self.wfile.write(body)

    def head(self, *lines):
        self.wfile.write(b"HTTP/1.1 200 OK\r\n"
                         + b"".join(line + b"\r\n" for line in lines))

    def plain(self, body):
        self.answer(body)

    def chunks(self, body):
        self.head(b"Transfer-Encoding: chunked", b"")
        for at in range(0, len(body), 7):
            part = body[at:at + 7]
            self.wfile.write(b"%x\r\n%s\r\n" % (len(part), part))
        self.wfile.write(b"0\r\n\r\n")

    def octets(self, body):
        self.head(b"Content-Length: %d" % len(body), b"")
        for at in range(len(body)):
            self.wfile.write(body[at:at + 1])

    def end(self, body):
        self.wfile.write(b"HTTP/1.0 200 OK\r\n\r\n" + body)
        self.close_connection = True

    def short(self, body):
        self.answer(body, length=len(body) + 10)
        self.close_connection = True

    def long(self, body):
        self.answer(body, length=len(body) - 10)

    def gzip(self, body):
        self.answer(gzip.compress(body), Content_Encoding="gzip")

    def huge(self, body):
        self.answer(body, length=64 * 1024 * 1024 + 1)

    def headers_for_ever(self, body):
        self.head()
        for _ in range(ENDLESS):
            self.wfile.write(b"X-More: and more\r\n")

    def one_header(self, body):
        self.head()
        self.wfile.write(b"X-More: ")
        for _ in range(ENDLESS):
            self.wfile.write(b"yyyyyyyyyyyyyyyy")

    def drip(self, body):
        self.head(b"Content-Length: %d" % ENDLESS, b"")
        for _ in range(ENDLESS):
            self.wfile.write(b"0")
            if self.hung_up(0.05):
                return

    def silent(self, body):
        self.hung_up(60)
        self.close_connection = True

    def hang_up(self, body):
        self.close_connection = True

    def no_http(self, body):
        self.wfile.write(b"220 mail.lab.example ESMTP\r\n")
        self.close_connection = True

    def html(self, body):
        self.answer(b"<p>\x1b[2Jlog in first</p>")

    def missing(self, body):
        self.answer(b"", code=404)

    def empty(self, body):
        self.answer(b"")

    def elsewhere(self, body):
        """A redirect, once."""
        if self.path.startswith("/to/"):
            return self.answer(body)
        return self.answer(b"", code=302, Location="/to" + self.path)

    def https(self, body):
        self.answer(b"", code=301, Location="https://127.0.0.1/x.crl")

    def file(self, body):
        self.answer(b"", code=301, Location="file:///etc/passwd")

    def circle(self, body):
        self.answer(b"", code=307, Location=self.path)

    def do_GET(self):
        with open("asked", "a", encoding="ascii") as file:
            print(self.path, file=file)
        with open("mode", encoding="ascii") as file:
            mode = file.read().strip()
        with open(os.path.basename(self.path), "rb") as file:
            body = file.read()
        try:
            getattr(self, mode)(body)
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True

    def do_POST(self):
        name = os.path.basename(self.path)
        request = self.rfile.read(int(self.headers["Content-Length"]))
        with open("asked", "a", encoding="ascii") as file:
            print("ocsp", name, file=file)
        with open(name + ".req", "wb") as file:
            file.write(request)
        with open("mode", encoding="ascii") as file:
            if file.read().strip() == "missing":
                return self.answer(b"", code=404)
        subprocess.run(
            ["openssl", "ocsp", "-index", "known.txt", "-CA", "inter.crt",
             "-rsigner", name + ".crt", "-rkey", name + ".key",
             "-reqin", name + ".req", "-respout", name + ".answer",
             "-ndays", "1"],
            check=True, stdout=subprocess.DEVNULL)
        with open(name + ".answer", "rb") as file:
            return self.answer(file.read(), Content_Type=(
                "application/ocsp-response"))


def main():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    name = sys.argv[1]
    with open(name + ".new", "w", encoding="ascii") as file:
        print(server.server_address[1], file=file)
    os.rename(name + ".new", name)
    server.serve_forever()


main()
