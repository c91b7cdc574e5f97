#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""check_server.py PORTFILE MODE [CHAIN KEY [CAFILE]]: one service of a kind.

On loopback, IPv4; its port is written to PORTFILE. With CHAIN and KEY it goes
on with TLS where the mode gets so far; with CAFILE it asks for a client's
certificate, which may be missing. Serves until it is killed.
"""
import os
import socket
import ssl
import sys
import threading

ENDLESS = 1 << 20  # rounds, for what would go on for ever


class Gone(Exception):
    pass


class Client:
    def __init__(self, sock, context):
        self.sock = sock
        self.context = context
        self.rest = b""

    def say(self, octets):
        self.sock.sendall(octets)

    def line(self):
        while b"\n" not in self.rest:
            more = self.sock.recv(1)
            if not more:
                raise Gone
            self.rest += more
        line, self.rest = self.rest.split(b"\n", 1)
        return line.strip()

    def take(self, count):
        taken = b""
        while len(taken) < count:
            more = self.sock.recv(count - len(taken))
            if not more:
                raise Gone
            taken += more
        return taken

    def tls(self):
        self.sock = self.context.wrap_socket(self.sock, server_side=True)

    def wait(self):
        """Silent, until the other one hangs up."""
        while self.sock.recv(4096):
            pass


# ---- SMTP ----

def smtp_greeting(client):
    client.say(b"220-mail.company.com\r\n220 ESMTP\r\n")
    assert client.line().startswith(b"EHLO ")


def smtp_offer(client):
    smtp_greeting(client)
    client.say(b"250-mail.company.com\r\n250-PIPELINING\r\n250-starttls\r\n"
               b"250 8BITMIME\r\n")
    assert client.line() == b"STARTTLS"


def smtp(client, said=b"250 mail.company.com\r\n"):
    smtp_offer(client)
    client.say(b"220 go on\r\n")
    client.tls()
    client.line()
    client.say(said)
    client.wait()


def smtp_refuses_client(client):
    smtp(client, b"421 4.7.1 Client \x1b[31mcertificate not trusted\r\n")


def smtp_without(client):
    smtp_greeting(client)
    client.say(b"250-mail.company.com\r\n250 8BITMIME\r\n")
    client.wait()


def smtp_not_now(client):
    smtp_offer(client)
    client.say(b"454 4.7.0 TLS \x1b[31mnot available\r\n")
    client.wait()


def smtp_injected(client):
    smtp_offer(client)
    client.say(b"220 go on\r\n250 what somebody put there\r\n")
    client.wait()


def smtp_injected_later(client):
    smtp_offer(client)
    client.say(b"220 go on\r\n")
    client.take(1)
    client.say(b"250 what somebody put there\r\n")
    client.wait()


def smtp_busy(client):
    client.say(b"554 no service here\r\n")


def smtp_endless(client):
    for _ in range(ENDLESS):
        client.say(b"220-still greeting\r\n")


def smtp_long(client):
    for _ in range(ENDLESS):
        client.say(b"x" * 4096)


def smtp_hangs_up(client):
    smtp_offer(client)


# ---- IMAP and POP3 ----

def imap(client):
    client.say(b"* OK [CAPABILITY IMAP4rev1 STARTTLS] ready\r\n")
    assert client.line() == b"s1 STARTTLS"
    client.say(b"* CAPABILITY IMAP4rev1\r\ns1 OK begin\r\n")
    client.tls()
    client.line()
    client.say(b"* CAPABILITY IMAP4rev1 AUTH=EXTERNAL\r\ns2 OK\r\n")
    client.wait()


def imap_preauth(client):
    client.say(b"* PREAUTH welcome\r\n")
    client.wait()


def imap_no(client):
    client.say(b"* OK ready\r\n")
    client.line()
    client.say(b"s1 NO not here\r\n")
    client.wait()


def imap_injected(client):
    client.say(b"* OK ready\r\n")
    client.line()
    client.say(b"s1 OK begin\r\n* OK what somebody put there\r\n")
    client.wait()


def imap_endless(client):
    client.say(b"* OK ready\r\n")
    client.line()
    for _ in range(ENDLESS):
        client.say(b"* OK still there\r\n")


def pop3(client):
    client.say(b"+OK ready\r\n")
    assert client.line() == b"STLS"
    client.say(b"+OK begin\r\n")
    client.tls()
    client.line()
    client.say(b"+OK\r\n.\r\n")
    client.wait()


def pop3_no(client):
    client.say(b"+OK ready\r\n")
    client.line()
    client.say(b"-ERR not here\r\n")
    client.wait()


# ---- PostgreSQL and MySQL ----

SSL_REQUEST = bytes([0, 0, 0, 8, 4, 210, 22, 47])


def postgres(client):
    assert client.take(8) == SSL_REQUEST
    client.say(b"S")
    client.tls()
    client.wait()


def postgres_no(client):
    client.take(8)
    client.say(b"N")
    client.wait()


def postgres_injected(client):
    client.take(8)
    client.say(b"SE what somebody put there")
    client.wait()


def packet(payload, length=None):
    size = len(payload) if length is None else length
    return size.to_bytes(3, "little") + b"\0" + payload


def mysql_greeting(capabilities):
    return (b"\x0a10.11.6-MariaDB\0" + b"\1\0\0\0" + b"scramble" + b"\0"
            + capabilities.to_bytes(2, "little") + b"\x21\2\0\0\0\0" + b"\0" * 20)


def mysql(client):
    client.say(packet(mysql_greeting(0xffff)))
    request = client.take(36)
    assert request[:4] == b"\x20\0\0\1" and request[5] & 8
    client.tls()
    client.wait()


def mysql_no(client):
    client.say(packet(mysql_greeting(0xf7ff)))
    client.wait()


def mysql_blocked(client):
    client.say(packet(b"\xff\x69\x04Host is blocked"))


def mysql_huge(client):
    client.say(packet(mysql_greeting(0xffff), 0xffffff))
    for _ in range(ENDLESS):
        client.say(b"x" * 4096)


# ---- without STARTTLS ----

def tls(client):
    client.tls()
    client.wait()


def silent(client):
    client.wait()


def closes(client):
    client.take(100)


def plain(client):
    client.take(1)
    client.say(b"HTTP/1.1 400 Bad \x1b[31mRequest\r\n\r\n")
    client.wait()


def alert(client):
    client.take(100)
    client.say(bytes([21, 3, 3, 0, 2, 2, 112]))
    client.wait()


def endless(client):
    """A handshake message that is said to be long, and never ends."""
    for _ in range(ENDLESS):
        client.say(bytes([22, 3, 3, 0x40, 0, 2, 0xff, 0xff, 0xff])
                   + b"x" * 0x3ffc)


def drip(client):
    """The first octets of a record, now and then one more."""
    client.say(bytes([22, 3, 3, 1, 0]))
    client.wait()


def http(client, status=b"200 OK", page=b"<title>hello</title>"):
    client.tls()
    assert client.line().startswith(b"GET / HTTP/1.1")
    while client.line():
        pass
    client.say(b"HTTP/1.1 %s\r\nContent-Length: %d\r\n\r\n%s"
               % (status, len(page), page))


def nginx_refuses(client):
    http(client, b"400 Bad Request",
         b"<html><title>400 No required SSL certificate was sent</title>")


def greets(client):
    """As IMAP on its own port does, before it hears a word."""
    client.tls()
    client.say(b"* OK ready\r\n")
    client.wait()


def hangs_up(client):
    """After the handshake, without goodbye."""
    client.tls()


def never_answers(client):
    """Nor does it hang up, whatever comes."""
    client.tls()
    raw = socket.socket(fileno=client.sock.detach())
    while raw.recv(4096):
        pass
    threading.Event().wait()


def stays_silent(client):
    client.tls()
    client.wait()


def serve(client, mode):
    try:
        globals()[mode](client)
    except (OSError, Gone):
        pass
    finally:
        client.sock.close()


def main():
    portfile, mode = sys.argv[1:3]
    context = None
    if len(sys.argv) > 3:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(sys.argv[3], sys.argv[4])
        if len(sys.argv) > 5:
            context.load_verify_locations(sys.argv[5])
            context.verify_mode = ssl.CERT_OPTIONAL
    listening = socket.create_server(("127.0.0.1", 0))
    with open(portfile + ".new", "w") as file:
        file.write(str(listening.getsockname()[1]))
    os.rename(portfile + ".new", portfile)
    while True:
        sock, _ = listening.accept()
        threading.Thread(target=serve, args=(Client(sock, context), mode),
                         daemon=True).start()


main()
