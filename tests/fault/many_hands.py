#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Many processes on one ledger at once, each of them with a will of its own.

    many_hands.py SIGNET FOLDER [--hands N] [--seconds S | --commands C]

Each hand runs one command after another, chosen at random and the same each
time: issue, renew, revoke, hold and unhold, crl, crl --delta, ocsp respond,
list, show, log checkpoint, backup. Of it must hold (checklist 74, 75, 79, 87):

  - every command succeeds;
  - what a hand has done it sees at once: in the next CRL, OCSP answer, list;
  - a certificate that one hand revokes while another renews it stays revoked;
  - no serial is there twice, and what was released is in the ledger;
  - a CRL begun after another was there has a higher number, and a checkpoint
    no smaller a log;
  - afterwards `audit` is clean, no backup is of half a moment, and no
    temporary file is left.

FOLDER is made, and left. What is read here is read without Signet.
"""

import argparse
import base64
import collections
import os
import random
import re
import sqlite3
import subprocess
import sys
import threading
import time

PATIENCE = 180  # seconds after which a command hangs
BACKUPS_MAX = 8  # that are restored and audited
CA = ("--key", "ed25519", "--no-passphrase", "--quiet")
PEM = re.compile(rb"-----BEGIN [A-Z0-9 ]+-----\n([A-Za-z0-9+/=\n]+)-----END")


class Broken(Exception):
    """A promise that was not kept."""


def demand(condition, *words):
    if not condition:
        raise Broken(" ".join(str(word) for word in words))


def read(path):
    with open(path, "rb") as file:
        return file.read()


# --- DER, as much as is needed ----------------------------------------------


def header(der, at):
    """Where the content of the value at this place begins and ends."""
    length = der[at + 1]
    at += 2
    if length >= 0x80:
        count = length & 0x7F
        length = int.from_bytes(der[at : at + count], "big")
        at += count
    return at, at + length


def tlv(tag, *parts):
    content = b"".join(parts)
    length = len(content)
    if length < 0x80:
        return bytes((tag, length)) + content
    octets = length.to_bytes((length.bit_length() + 7) // 8, "big")
    return bytes((tag, 0x80 | len(octets))) + octets + content


def der_of(path):
    return base64.b64decode(PEM.search(read(path)).group(1))


def serial_of(der):
    """The serial number's value, tag and length and all: Certificate,
    TBSCertificate, version, and there it is."""
    at, _ = header(der, 0)
    at, _ = header(der, at)
    _, at = header(der, at)
    return der[at : header(der, at)[1]]


def number_of(crl):
    """The cRLNumber extension's INTEGER, in its OCTET STRING."""
    at = crl.index(bytes.fromhex("0603551d14")) + 5
    at, _ = header(crl, at)
    first, end = header(crl, at)
    return int.from_bytes(crl[first:end], "big")


def request_for(template, serial):
    """openssl's request for one certificate, made one for another."""
    at = 0
    for _ in range(5):  # OCSPRequest, TBSRequest, requestList, Request, CertID
        at, end = header(template, at)
    begin = at
    for _ in range(3):  # hashAlgorithm, issuerNameHash, issuerKeyHash
        _, at = header(template, at)
    body = tlv(0x30, template[begin:at], serial)
    for _ in range(4):
        body = tlv(0x30, body)
    return body


def status_in(response, serial):
    """certStatus follows the certID, of which the serial is the last."""
    at = response.index(serial) + len(serial)
    return {0x80: "good", 0xA1: "revoked"}.get(response[at], response[at])


# --- the hands --------------------------------------------------------------


class Lab:
    def __init__(self, program, folder):
        self.program = os.path.abspath(program)
        self.folder = folder
        self.home = os.path.join(folder, "home")
        self.lock = threading.Lock()
        self.count = collections.Counter()
        self.slowest = (0.0, "")
        self.faults = []
        self.released = []  # DER
        self.crls = []  # begun, ended, number
        self.checkpoints = []  # begun, ended, size
        self.backups = []

    def path(self, name):
        return os.path.join(self.folder, name)

    def run(self, *words, home=None):
        """Standard output, and when it was begun and ended."""
        environment = {
            "PATH": os.environ["PATH"],
            "SIGNET_HOME": home or self.home,
            "LC_ALL": "C.UTF-8",
        }
        for name in ("ASAN_OPTIONS", "UBSAN_OPTIONS", "TSAN_OPTIONS"):
            if name in os.environ:
                environment[name] = os.environ[name]
        begun = time.monotonic()
        done = subprocess.run(
            [self.program, *words],
            cwd=self.folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            timeout=PATIENCE,
            start_new_session=True,
            check=False,
        )
        ended = time.monotonic()
        demand(
            done.returncode == 0,
            " ".join(words),
            "exit",
            done.returncode,
            done.stderr.decode().strip(),
        )
        with self.lock:
            self.slowest = max(
                self.slowest, (ended - begun, " ".join(words))
            )
        return done.stdout, begun, ended

    def rows(self, sql):
        database = sqlite3.connect(os.path.join(self.home, "ledger.db"))
        try:
            return database.execute(sql).fetchall()
        finally:
            database.close()


class Hand:
    def __init__(self, lab, number):
        self.lab = lab
        self.number = number
        self.name = f"h{number}"
        self.random = random.Random(number)
        self.good = []  # (host, serial): issued by this hand, and not revoked
        self.revoked = []
        self.made = 0

    def pick(self):
        if not self.good:
            self.issue()
        return self.random.choice(self.good)

    def release(self, name):
        """Where a certificate was written: it is in the ledger by now."""
        der = der_of(self.lab.path(name))
        with self.lab.lock:
            self.lab.released.append(der)
        return serial_of(der)

    def issue(self):
        self.made += 1
        name = f"{self.name}-{self.made}"
        host = f"{name}.example.com"
        self.lab.run(
            "issue", "server", host, "--key", "ed25519", "--no-passphrase",
            "--out", name + ".crt", "--key-out", name + ".key", "--quiet",
        )  # fmt: skip
        self.good.append((host, self.release(name + ".crt")))

    def value(self, serial):
        return serial[header(serial, 0)[0] :].hex()

    def revoke(self):
        host, serial = self.pick()
        self.lab.run("revoke", self.value(serial), "--yes", "--quiet")
        self.good.remove((host, serial))
        self.revoked.append(serial)

    def revoke_while_it_is_renewed(self):
        """The one that comes second may be refused: a revoked certificate is
        not renewed. Whichever it is, it stays revoked."""
        host, serial = self.pick()
        self.made += 1
        out = f"{self.name}-{self.made}.crt"
        refused = []

        def renew():
            try:
                self.lab.run(
                    "renew", self.value(serial), "--force", "--out", out,
                    "--quiet",
                )  # fmt: skip
            except Broken as error:
                refused.append(str(error))

        other = threading.Thread(target=renew)
        other.start()
        try:
            self.lab.run("revoke", self.value(serial), "--yes", "--quiet")
        finally:
            other.join()
        self.good.remove((host, serial))
        self.revoked.append(serial)
        if refused:
            demand("exit 3 " in refused[0], refused[0])
            demand("revoked" in refused[0], refused[0])
            demand(not os.path.exists(self.lab.path(out)), out)
        else:
            self.good.append((host, self.release(out)))
        demand(self.ask(serial) == "revoked", host, "is revoked no more")

    def hold(self):
        host, serial = self.pick()
        text = self.value(serial)
        self.lab.run(
            "revoke", text, "--reason", "certificateHold", "--yes", "--quiet"
        )
        demand(self.ask(serial) == "revoked", host, "held, and good")
        self.lab.run("unhold", text, "--quiet")
        demand(self.ask(serial) == "good", host, "let go, and not good")

    def crl(self):
        mine = list(self.revoked)
        out = f"{self.name}.crl"
        _, begun, ended = self.lab.run("crl", "--out", out, "--quiet")
        der = der_of(self.lab.path(out))
        for serial in mine:
            demand(serial in der, "revoked, and not in the next CRL:", serial)
        with self.lab.lock:
            self.lab.crls.append((begun, ended, number_of(der)))

    def delta(self):
        self.lab.run(
            "crl", "--delta", "--out", f"{self.name}.delta", "--quiet"
        )

    def ask(self, serial):
        name = self.name + ".ocsp"
        with open(self.lab.path(name), "wb") as file:
            file.write(request_for(self.lab.template, serial))
        out, _, _ = self.lab.run("ocsp", "respond", name, "--quiet")
        return status_in(out, serial)

    def ocsp(self):
        host, serial = self.pick()
        demand(self.ask(serial) == "good", host, "is not good")
        if self.revoked:
            serial = self.random.choice(self.revoked)
            demand(self.ask(serial) == "revoked", serial, "is not revoked")

    def list(self):
        host, serial = self.pick()
        out, _, _ = self.lab.run("list")
        demand(host.encode() in out, host, "is not listed")

    def show(self):
        _, serial = self.pick()
        out, _, _ = self.lab.run("show", self.value(serial), "--pem")
        der = base64.b64decode(PEM.search(out).group(1))
        demand(serial_of(der) == serial, "another one is shown")

    def checkpoint(self):
        out, begun, ended = self.lab.run("log", "checkpoint", "--quiet")
        with self.lab.lock:
            self.lab.checkpoints.append(
                (begun, ended, int(out.split(b"\n")[1]))
            )

    def backup(self):
        self.made += 1
        out = f"{self.name}-{self.made}.tar"
        self.lab.run("backup", out, "--quiet")
        with self.lab.lock:
            if len(self.lab.backups) < BACKUPS_MAX:
                self.lab.backups.append(out)
                return
        os.unlink(self.lab.path(out))

    ACTIONS = (
        (issue, 8),
        (revoke, 4),
        (revoke_while_it_is_renewed, 2),
        (hold, 1),
        (ocsp, 4),
        (list, 2),
        (show, 2),
        (checkpoint, 1),
        (backup, 1),
    )
    # No two lists bear the same second: all hands would queue for theirs.
    PUBLISHERS = 8  # one of as many
    PUBLISHING = ((crl, 16), (delta, 8))

    def work(self, until, commands):
        actions = self.ACTIONS
        if self.number % self.PUBLISHERS == 0:
            actions += self.PUBLISHING
        chosen = [action for action, weight in actions for _ in range(weight)]
        done = 0
        while time.monotonic() < until and done < commands:
            action = self.random.choice(chosen)
            try:
                action(self)
            except (Broken, ValueError, OSError, subprocess.TimeoutExpired,
                    IndexError, AttributeError) as error:  # fmt: skip
                with self.lab.lock:
                    self.lab.faults.append(
                        f"{self.name}: {action.__name__}: {error!r}"
                    )
                return
            with self.lab.lock:
                self.lab.count[action.__name__] += 1
            done += 1


# --- before and after -------------------------------------------------------


def prepare(lab):
    os.mkdir(lab.folder)
    lab.run("init", "Lab Root CA", *CA)
    lab.run("ca", "add", "issuing", "Lab Issuing CA", *CA)
    lab.run("ocsp", "init", "--ca", "issuing", *CA)
    lab.run("crl", "--quiet")
    lab.run(
        "issue", "server", "first.example.com", "--no-passphrase", "--out",
        "first.crt", "--key-out", "first.key", "--quiet",
    )  # fmt: skip
    with open(lab.path("issuing.pem"), "wb") as file:
        file.write(lab.run("show", "Lab Issuing CA", "--pem")[0])
    lab.released.append(der_of(lab.path("first.crt")))
    subprocess.run(
        "openssl ocsp -issuer issuing.pem -cert first.crt -no_nonce"
        " -reqout template.der".split(),
        cwd=lab.folder,
        check=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    lab.template = read(lab.path("template.der"))


def in_order(what, seen, rises):
    """Of two that did not overlap the later one is told more."""
    ended = sorted(seen, key=lambda one: one[1])
    highest, at = -1, 0
    for begun, _, value in sorted(seen):
        while at < len(ended) and ended[at][1] < begun:
            highest = max(highest, ended[at][2])
            at += 1
        demand(
            value > highest if rises else value >= highest,
            what, value, "after", highest,
        )  # fmt: skip


def check_after(lab):
    demand(lab.crls, "no CRL was made")
    in_order("CRL number", lab.crls, True)
    in_order("log", lab.checkpoints, False)
    numbers = [number for _, _, number in lab.crls]
    demand(len(set(numbers)) == len(numbers), "CRL numbers:", sorted(numbers))
    last = {}
    for issuer, base, point, number in lab.rows(
        "SELECT issuer, base, point, number FROM crl ORDER BY id"
    ):
        which = (issuer, base > 0, point)
        demand(last.get(which, 0) < number, "CRL numbers of the ledger")
        last[which] = number
    serials = [serial_of(der) for der in lab.released]
    demand(len(set(serials)) == len(serials), "a serial is there twice")
    rows = lab.rows(
        "SELECT state, der FROM certificate WHERE policy = 'server'"
    )
    demand(all(state == 2 for state, _ in rows), "an orphan")
    demand(
        sorted(der for _, der in rows) == sorted(lab.released),
        len(rows), "in the ledger,", len(lab.released), "released",
    )  # fmt: skip
    lab.run("audit")
    for at, name in enumerate(lab.backups):
        home = lab.path(f"restored-{at}")
        lab.run("restore", name, "--quiet", home=home)
        lab.run("audit", home=home)
    left = [
        os.path.join(folder, name)
        for folder, _, names in os.walk(lab.folder)
        for name in names
        if ".signet." in name
    ]
    demand(not left, "left over:", left)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("program")
    parser.add_argument("folder")
    parser.add_argument("--hands", type=int, default=64)
    parser.add_argument("--seconds", type=int, default=3600)
    parser.add_argument("--commands", type=int, default=1 << 30)
    words = parser.parse_args()
    lab = Lab(words.program, os.path.abspath(words.folder))
    lasted = 0.0
    try:
        prepare(lab)
        begun = time.monotonic()
        hands = [Hand(lab, number) for number in range(words.hands)]
        threads = [
            threading.Thread(
                target=hand.work, args=(begun + words.seconds, words.commands)
            )
            for hand in hands
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        lasted = time.monotonic() - begun
        check_after(lab)
    except Broken as error:
        lab.faults.append(str(error))
    for name, count in sorted(lab.count.items()):
        print(f"{name}: {count}")
    print(
        f"{words.hands} hands, {lasted:.0f} s, {sum(lab.count.values())} turns,"
        f" {len(lab.released)} certificates, {len(lab.crls)} CRLs,"
        f" {len(lab.backups)} backups; the slowest took"
        f" {lab.slowest[0]:.1f} s ({lab.slowest[1]}); {len(lab.faults)} promises broken"
    )
    for line in lab.faults:
        print(line, file=sys.stderr)
    return 1 if lab.faults or not lab.count else 0


if __name__ == "__main__":
    sys.exit(main())
