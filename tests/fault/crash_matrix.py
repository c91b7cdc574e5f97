#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""A fault at each call that changes the disk, of each command that writes.

    crash_matrix.py SIGNET SHIM SAMPLE [--all] [--only COMMAND[,COMMAND...]]

SHIM is fault_shim.c, built; SAMPLE a home that the first version made. The
place is a temporary folder, in memory where there is one.

Each command is run once to count its calls, then with a fault at the k-th,
k = 1 .. N, on a copy of the same home; without --all at some of them, always
the same ones. After each fault must hold (checklist 70, 71, 73):

  - the ledger opens, and `audit` finds nothing but the orphan of a command
    that signs and did not say it had succeeded;
  - each file of the home is as it was, or whole and what the ledger says;
  - a certificate that was released is in the ledger as issued (P1);
  - no temporary file is left but by a process that was killed;
  - success was told of nothing but what was done, failure in one line;
  - CRL numbers rise, and the same command, run again, does its work.

The number of faults is printed, and of those that nobody was told of.
"""

import argparse
import base64
import collections
import concurrent.futures
import os
import re
import shutil
import sqlite3
import subprocess
import sys
import tempfile

ERRORS = ("enospc", "edquot", "eio", "full", "broken")
KINDS = ("kill", "torn", "short") + ERRORS
KILLED = -9
PATIENCE = 60  # seconds after which a command hangs
STEPS_MAX = 2000

# A fault of which nobody is told, as it takes nothing from anyone.
SPARED = (
    # SQLite takes no notice; Signet synced this folder just before, and told.
    ("fdatasync", r"/home(\.new-\w+)?$"),
    # There are file systems without: a file with a name is written.
    ("tmpfile", ""),
    # The index of the log is made anew by the next process.
    ("unlink|unlinkat|ftrunc", r"-shm$"),
    # To bring the log in can wait: it is whole.
    ("pwrite|fdatasync|ftruncate", r"/ledger\.db$"),
    ("ftruncate|fdatasync before pwrite", r"/ledger\.db-wal$"),
    # Another folder is made.
    ("open", r"/init\.lock$"),
    # It is told where the replaced home is, whatever its name.
    ("renameat2", r"/home\.replaced$"),
    # What is cleared away is not there, or is an empty file.
    ("unlink", r"/init\.lock$|/\.signet\.\w{6}$"),
    # Where --accept-rollback is said, the home that goes need not be read.
    ("open|pwrite|ftruncate", r"-over-.*/home/ledger\.db(-shm|\.lock)$"),
    # A log that cannot be opened to be written is opened to be read.
    ("open", r"/ledger\.db-wal$"),
    ("unlink", r"/ledger\.db\.new"),
)

# It succeeded, and said what did not.
TOLD = (
    "`signet log checkpoint` puts it there",
    "no checkpoint says yet that the backup was restored",
)

PEM = re.compile(
    rb"-----BEGIN ([A-Z0-9 ]+)-----\n([A-Za-z0-9+/=\n]+)-----END \1-----\n"
)


POLICIES = set()  # what `init` writes


NOTE = re.compile(
    rb"[^\n]+\n\d+\n[A-Za-z0-9+/=]+\n\n(\xe2\x80\x94 \S+ [A-Za-z0-9+/=]+\n)+"
)


class Broken(Exception):
    """A promise that was not kept."""


def demand(condition, *words):
    if not condition:
        raise Broken(" ".join(str(word) for word in words))


def ders(pem, kind):
    return [
        base64.b64decode(body)
        for label, body in PEM.findall(pem)
        if label == kind
    ]


def read(path):
    with open(path, "rb") as file:
        return file.read()


# --- a home -----------------------------------------------------------------


class Place:
    """A folder with a home in it, where a command is run."""

    def __init__(self, folder, program):
        self.folder = folder
        self.home = os.path.join(folder, "home")
        self.ledger = os.path.join(self.home, "ledger.db")
        self.program = program

    def run(self, *words, fault=None):
        environment = {
            "PATH": os.environ["PATH"],
            "SIGNET_HOME": self.home,
            "LC_ALL": "C.UTF-8",
            **(fault or {}),
        }
        for name in ("ASAN_OPTIONS", "UBSAN_OPTIONS", "LSAN_OPTIONS"):
            if name in os.environ:
                environment[name] = os.environ[name]
        with open(os.path.join(self.folder, "stdout"), "wb") as out:
            return subprocess.run(
                [self.program, *words],
                cwd=self.folder,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.PIPE,
                timeout=PATIENCE,
                start_new_session=True,
                check=False,
            )

    def must(self, *words):
        done = self.run(*words)
        demand(done.returncode == 0, words, done.stderr.decode())
        return self.out("stdout")

    def out(self, name):
        path = os.path.join(self.folder, name)
        return read(path) if os.path.isfile(path) else None

    def rows(self, sql, *values):
        database = sqlite3.connect(self.ledger)
        try:
            return database.execute(sql, values).fetchall()
        finally:
            database.close()

    def one(self, sql, *values):
        return self.rows(sql, *values)[0][0]

    def files(self):
        """Every file of the home and beside it: its path, its content."""
        found = {}
        for folder, _, names in os.walk(self.folder):
            for name in names:
                path = os.path.join(folder, name)
                found[os.path.relpath(path, self.folder)] = read(path)
        return found

    def is_issued(self, der):
        return self.one(
            "SELECT count(*) FROM certificate WHERE state = 2 AND der = ?", der
        )


# --- what is run ------------------------------------------------------------


def signed(place, before):
    """One certificate more, and it is where it was asked for."""
    pem = place.out("out.crt")
    return pem is not None and bool(ders(pem, b"CERTIFICATE"))


def printed(place, before):
    return bool(ders(place.out("stdout") or b"", b"CERTIFICATE"))


def enrolled(place, before):
    return signed(place, before) and place.out("new.key") is not None


def all_of(folder, names):
    def check(place, before):
        return all(
            place.out(os.path.join(folder, name)) is not None for name in names
        )

    return check


def revoked(place, before):
    return place.one("SELECT count(*) FROM revocation") > before["revoked"]


def unheld(place, before):
    return place.one("SELECT count(*) FROM revocation") < before["revoked"]


def published(*names):
    """Each list's copy is newer than it was, and the ledger has it."""

    def check(place, before):
        for name in names:
            path = os.path.join("home", "crl", name + ".crl")
            der = place.out(path)
            if der is None or der == before["files"].get(path):
                return False
            demand(
                place.one("SELECT count(*) FROM crl WHERE der = ?", der) == 1,
                path,
                "is not in the ledger",
            )
        return True

    return check


def answers(place, before):
    return place.out("home/keys/issuing.ocsp.key") != before["files"].get(
        "home/keys/issuing.ocsp.key"
    )


def founded(name):
    def check(place, before):
        return (
            place.one(
                "SELECT count(*) FROM authority WHERE name = ?"
                " AND certificate IS NOT NULL",
                name,
            )
            == 1
        )

    return check


def made(place, before):
    return os.path.exists(place.ledger) and founded("root")(place, before)


def migrated(place, before):
    version = place.one("PRAGMA user_version")
    demand(version >= 1, "version", version)
    return version > 1


def locked(place, before):
    return b"ENCRYPTED" in (place.out("home/keys/issuing.key") or b"")


# signs: so many orphans one fault may leave, False for none.
Command = collections.namedtuple("Command", "name state words done signs")

# One line for each of them, and one for all.
BATCHES = ("sign-batch", "sign-stream", "issue-batch")

COMMANDS = (
    Command(
        "sign",
        "home",
        "sign r.csr --policy server --out out.crt",
        signed,
        True,
    ),
    Command("sign-stdout", "home", "sign r.csr --policy server", printed, True),
    Command(
        "sign-long-log",
        "long",
        "sign r.csr --policy server --out out.crt",
        signed,
        True,
    ),
    Command(
        "issue",
        "home",
        "issue server new.example.com --out out.crt --key-out new.key"
        " --no-passphrase",
        enrolled,
        True,
    ),
    Command(
        "sign-batch",
        "home",
        "sign --batch r.csr s.csr t.csr --policy server --out-dir made",
        all_of("made", ("r.crt", "s.crt", "t.crt")),
        3,
    ),
    Command(
        "sign-stream",
        "home",
        "sign --batch r.csr s.csr --policy server",
        printed,
        2,
    ),
    Command(
        "issue-batch",
        "home",
        "issue server --batch names.csv --out-dir made --no-passphrase",
        all_of(
            "made",
            ("x.example.com.crt", "y.example.com.crt", "x.example.com.key"),
        ),
        2,
    ),
    Command(
        "renew", "home", "renew a.example.com --out out.crt", signed, True
    ),
    Command(
        "rekey",
        "home",
        "rekey a.example.com --out out.crt --key-out new.key --no-passphrase",
        enrolled,
        True,
    ),
    Command("revoke", "home", "revoke a.example.com", revoked, False),
    Command("unhold", "home", "unhold held.example.com", unheld, False),
    Command("crl", "home", "crl --out out.crl", published("issuing"), False),
    Command(
        "crl-all",
        "home",
        "crl --all --bundle --out out.crl",
        published("issuing", "root"),
        False,
    ),
    Command(
        "crl-delta",
        "home",
        "crl --delta --out out.crl",
        published("issuing.delta"),
        False,
    ),
    Command(
        "crl-partitioned",
        "shards",
        "crl --out out.crl",
        published("issuing", "issuing.1", "issuing.2"),
        False,
    ),
    Command(
        "ocsp-init",
        "home",
        "ocsp init --ca issuing --key ed25519 --no-passphrase",
        answers,
        True,
    ),
    Command(
        "ocsp-replace",
        "responder",
        "ocsp init --ca issuing --key ed25519 --no-passphrase --replace",
        answers,
        True,
    ),
    Command(
        "ca-add",
        "home",
        "ca add second Second --key ed25519 --no-passphrase",
        founded("second"),
        True,
    ),
    Command(
        "key-passphrase",
        "home",
        "key passphrase issuing --passout file:pass --kdf pbkdf2:100000",
        locked,
        False,
    ),
    Command("migrate", "old", "list", migrated, False),
    Command(
        "init", "empty", "init Lab --key ed25519 --no-passphrase", made, True
    ),
    Command(
        "log-checkpoint",
        "home",
        "log checkpoint --out out.note",
        lambda place, before: place.out("out.note") is not None,
        False,
    ),
    Command(
        "log-first",
        "old",
        "log checkpoint --out out.note",
        lambda place, before: place.out("out.note") is not None,
        False,
    ),
    Command(
        "backup",
        "home",
        "backup out.tar",
        lambda place, before: place.out("out.tar") is not None,
        False,
    ),
    Command("restore", "lost", "restore lab.tar", made, False),
    Command(
        "restore-over",
        "later",
        "restore lab.tar --accept-rollback",
        lambda place, before: place.one(
            "SELECT count(*) FROM event WHERE kind LIKE '%restored%'"
        )
        > 0,
        False,
    ),
)


# --- the homes they start from ----------------------------------------------


def make_request(folder):
    subprocess.run(
        "openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes"
        " -keyout r.key -out r.csr -subj /CN=host.example.com"
        " -addext subjectAltName=DNS:host.example.com".split(),
        cwd=folder,
        check=True,
        stderr=subprocess.DEVNULL,
    )


def make_home(place, sharded=False):
    ca = ("--key", "ed25519", "--no-passphrase", "--quiet")
    place.must("init", "Lab Root CA", *ca)
    place.must("ca", "add", "issuing", "Lab Issuing CA", *ca)
    with open(os.path.join(place.folder, "pass"), "w") as file:
        os.fchmod(file.fileno(), 0o600)
        file.write("correct horse\n")
    make_request(place.folder)
    for name in "st":
        shutil.copy(
            os.path.join(place.folder, "r.csr"),
            os.path.join(place.folder, name + ".csr"),
        )
    os.mkdir(os.path.join(place.folder, "made"))
    with open(os.path.join(place.folder, "names.csv"), "w") as file:
        file.write("x.example.com\ny.example.com\n")
    if sharded:
        with open(
            os.path.join(place.home, "policies", "server.policy"), "a"
        ) as file:
            file.write(
                "\n[publish]\n"
                "crl = http://pki.lab.example/{issuer}.{shard}.crl\n"
                "shards = 2\n"
            )
    for name in ("a", "b", "held", "c"):
        place.must(
            "issue",
            "server",
            name + ".example.com",
            "--no-passphrase",
            "--quiet",
        )
    # Which of the two lists is theirs, the serial says.
    while sharded and place.one("SELECT count(*) FROM point") < 2:
        place.must("sign", "r.csr", "--policy", "server", "--quiet")
    place.must("revoke", "b.example.com", "--quiet")
    place.must("crl", "--all", "--quiet")
    place.must(
        "revoke",
        "held.example.com",
        "--reason",
        "certificateHold",
        "--quiet",
    )


def lengthen_log(place, shim):
    """Until the next commit but one brings the log in."""
    for _ in range(400):
        place.must("revoke", "c.example.com", "--reason", "certificateHold")
        place.must("unhold", "c.example.com")
        calls = count_calls(place, shim, ["sign", "r.csr", "--policy", "server"])
        if any(what.endswith("/ledger.db") for _, what in calls):
            return
    raise Broken("the log is never brought in")


def make_old(place, sample):
    """As the first version left it."""
    shutil.copytree(sample, place.home)
    os.chmod(place.home, 0o700)
    with open(os.path.join(place.home, "ledger.sql")) as file:
        database = sqlite3.connect(place.ledger)
        database.executescript(file.read())
        database.close()
    for name in ("ledger.sql", "README"):
        os.unlink(os.path.join(place.home, name))
    for folder, _, names in os.walk(place.home):
        os.chmod(folder, 0o700)
        for name in names:
            os.chmod(os.path.join(folder, name), 0o600)


def make_states(lab):
    def place(name):
        folder = os.path.join(lab.folder, "state-" + name)
        os.mkdir(folder)
        return Place(folder, lab.program)

    home = place("home")
    make_home(home)
    for name in os.listdir(os.path.join(home.home, "policies")):
        POLICIES.add(home.out(os.path.join("home", "policies", name)))
    make_home(place("shards"), sharded=True)
    make_old(place("old"), lab.sample)
    shutil.copytree(home.folder, os.path.join(lab.folder, "state-long"))
    responder = Place(os.path.join(lab.folder, "state-responder"), lab.program)
    shutil.copytree(home.folder, responder.folder)
    responder.must(
        *"ocsp init --ca issuing --key ed25519 --no-passphrase".split()
    )
    if "sign-long-log" in [command.name for command in lab.commands]:
        # Signing is counted there, which leaves a certificate or more.
        long = Place(os.path.join(lab.folder, "state-long"), lab.program)
        lengthen_log(long, lab.shim)
    place("empty")
    later = place("later")
    shutil.rmtree(later.folder)
    shutil.copytree(home.folder, later.folder)
    later.must("backup", "lab.tar", "--quiet")
    lost = place("lost")
    shutil.copy(os.path.join(later.folder, "lab.tar"), lost.folder)
    later.must("revoke", "c.example.com")
    later.must("crl", "--all")


def copy_of(lab, state, name):
    folder = os.path.join(lab.folder, name)
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(os.path.join(lab.folder, "state-" + state), folder)
    return Place(folder, lab.program)


# --- one fault --------------------------------------------------------------


def fault_of(shim, kind, at, log):
    return {
        "LD_PRELOAD": shim,
        "FAULT_KIND": kind,
        "FAULT_AT": str(at),
        "FAULT_LOG": log,
    }


def read_calls(log):
    if not os.path.exists(log):
        return []
    with open(log) as file:
        return [
            tuple((line.rstrip("\n").split(" ", 2) + [""])[1:3])
            for line in file
        ]


def count_calls(place, shim, words):
    log = place.folder + ".log"
    if os.path.exists(log):
        os.unlink(log)
    done = place.run(*words, fault=fault_of(shim, "none", 0, log))
    demand(done.returncode == 0, words, done.stderr.decode())
    calls = read_calls(log)
    os.unlink(log)
    return calls


# What a command that failed did not get to: the copy of a CRL that is in the
# ledger; the authority of a new key, or its file; that a key has another passphrase.
BEHIND = re.compile(
    r"NOTE +(crl|keys)/\S+: (is CRL \d+; the newest is|is not here)"
    r"|NOTE +keys/\S+: is no authority's key"
)
CHANGED = {
    "key-passphrase": re.compile(
        r"FAULT +keys/issuing.key: is not the file that was written;"
        r".*say `signet key passphrase issuing`"
    ),
    "ocsp-replace": re.compile(
        r"FAULT +keys/issuing.ocsp.key: is not the file that was written;"
    ),
}


def check_audit(place, orphans, failed=None):
    done = place.run("audit")
    said = place.out("stdout").decode()
    if failed in CHANGED and CHANGED[failed].match(said):
        return
    demand(done.returncode == 0, "audit:", said, done.stderr.decode())
    found = [
        line
        for line in said.splitlines()[:-1]
        if not line.startswith("ORPHAN")
        and not (failed and BEHIND.match(line))
    ]
    demand(not found, "audit:", found)
    demand(said.count("ORPHAN") <= orphans, "audit:", said)


def is_whole(place, path, content):
    """A file that was not there before, or was another."""
    name = os.path.basename(path)
    if name.startswith(("ledger.db", "init.lock")) or name == "stdout":
        return True
    if name.endswith(".policy"):
        return content in POLICIES
    if path.startswith(os.path.join("home", "crl")):
        return (
            place.one("SELECT count(*) FROM crl WHERE der = ?", content) == 1
        )
    if name.endswith((".crt", ".crl")):
        return content != b"" and PEM.sub(b"", content) == b""
    if name.endswith((".key", ".csr")):
        return PEM.fullmatch(content) is not None
    if name in ("checkpoint", "out.note"):
        return NOTE.fullmatch(content) is not None
    return name.startswith("out.") and content != b""


def is_temporary(path):
    return ".signet." in path or ".new-" in path


def check_files(place, before, may_leave, said):
    found = place.files()
    for path, content in found.items():
        was = path.replace("home.replaced", "home", 1)
        if content in (before["files"].get(path), before["files"].get(was)):
            continue
        if is_temporary(path):
            demand(
                may_leave or path.split(os.sep)[0] in said,
                path,
                "is left over",
            )
            continue
        demand(is_whole(place, path, content), path, "is torn or strange")
        if path.endswith(".crt"):
            for der in ders(content, b"CERTIFICATE"):
                demand(place.is_issued(der), path, "is not in the ledger")
    for path in before["files"]:
        within = path.partition(os.sep)[2] or path
        demand(
            path in found
            or "ledger.db-" in path
            or any(other.endswith(os.sep + within) for other in found),
            path,
            "is gone",
        )
    for der in ders(place.out("stdout") or b"", b"CERTIFICATE"):
        demand(place.is_issued(der), "stdout is not in the ledger")


def numbers(place):
    return dict(place.rows("SELECT name, crl_number FROM authority"))


def check_numbers(place, before):
    rows = place.rows("SELECT issuer, base, point, number FROM crl ORDER BY id")
    last = {}
    for issuer, base, point, number in rows:
        which = (issuer, base > 0, point)
        demand(last.get(which, 0) < number, "CRL numbers:", rows)
        last[which] = number
    now = numbers(place)
    for name, number in before["numbers"].items():
        demand(now.get(name, 0) >= number, "CRL number of", name, "fell")
    for issuer, number in place.rows("SELECT id, crl_number FROM authority"):
        demand(
            all(row[3] <= number for row in rows if row[0] == issuer),
            "CRL number of",
            issuer,
        )


def state_of(place):
    if not os.path.exists(place.ledger):
        return {"files": place.files(), "revoked": 0, "numbers": {}}
    return {
        "numbers": numbers(place),
        "files": place.files(),
        "revoked": place.one("SELECT count(*) FROM revocation"),
    }


def is_spared(call, following):
    """The log is synced by each commit, and before it is brought in."""
    if (
        call[0] == "fdatasync"
        and call[1].endswith("-wal")
        and following
        and following[1].endswith("/ledger.db")
    ):
        call = (call[0] + " before " + following[0], call[1])
    return any(
        re.fullmatch(names, call[0]) and re.search(what, call[1])
        for names, what in SPARED
    )


def check_outcome(command, kind, call, following, done, did):
    """What it said, against what it did. True when it told of the fault."""
    said = done.stderr.decode()
    if kind in ("kill", "torn"):
        demand(done.returncode == KILLED, "exit", done.returncode, said)
        return True
    demand(0 <= done.returncode < 5, "exit", done.returncode, said)
    if done.returncode == 0:
        demand(did, "exit 0, and nothing was done")
        demand(
            kind == "short"
            or is_spared(call, following)
            or any(word in said for word in TOLD),
            "exit 0, and nobody was told",
        )
        return kind == "short"
    demand(kind != "short", "a short write is no fault:", said)
    errors = [l for l in said.splitlines() if l.startswith("signet: error:")]
    demand(
        len(errors) == 1 or (errors and command.name in BATCHES),
        "not one line:",
        said,
    )
    return True


# The key of what was signed is not thrown away.
MAY_BE_OUT = re.compile(
    rb"is issued and in the ledger|stays in the ledger as intended"
)
AGAIN = {
    "key-passphrase": ("--passin", "file:pass"),
    "ocsp-init": ("--replace",),
}
IN_THE_WAY = re.compile(r"error: (\S+): exists already")


def run_again(place, command, before, did, may_leave):
    """As it stands; what a killed process left is first moved away."""
    words = command.words.split()
    if command.name in BATCHES:
        words.append("--resume")
    elif did:
        words += AGAIN.get(command.name, ())
    for _ in range(4):
        done = place.run(*words, "--quiet")
        said = done.stderr.decode()
        left = IN_THE_WAY.search(said)
        if not left or did or not may_leave:
            break
        path = os.path.join(place.folder, left.group(1))
        demand(path not in before["files"], "run again:", said)
        os.rename(path, path + ".aside")
    demand(
        done.returncode == 0 or (did and done.returncode in (2, 3, 4)),
        "run again: exit",
        done.returncode,
        said,
    )
    demand(
        command.done(place, before), "run again: nothing was done", said
    )


def following(lab, command, at):
    """The call behind this one, as it was when they were counted."""
    calls = lab.calls[command.name]
    return calls[at] if at < len(calls) else None


def try_fault(lab, command, kind, at, name):
    """None when there is no such call; else the call, and whether told."""
    place = copy_of(lab, command.state, name)
    before = state_of(place)
    log = place.folder + ".log"
    done = place.run(
        *command.words.split(), fault=fault_of(lab.shim, kind, at, log)
    )
    calls = read_calls(log)
    if not calls:
        return None
    os.unlink(log)
    try:
        did, may_leave = False, True
        if os.path.exists(place.ledger):
            stdout = place.out("stdout")
            failed = command.name if done.returncode != 0 else None
            check_audit(place, int(command.signs) if failed else 0, failed)
            with open(os.path.join(place.folder, "stdout"), "wb") as file:
                file.write(stdout)
            did = command.done(place, before)
            may_leave = (
                kind == "broken"
                or done.returncode == KILLED
                or calls[0][0].startswith("unlink")
            )
            check_files(place, before, may_leave, done.stderr.decode())
            check_numbers(place, before)
        else:
            demand(
                command.state in ("empty", "lost"), "the ledger is gone"
            )
        told = check_outcome(
            command, kind, calls[0], following(lab, command, at), done, did
        )
        run_again(
            place,
            command,
            before,
            did,
            may_leave or MAY_BE_OUT.search(done.stderr),
        )
        check_audit(place, int(command.signs))
        check_numbers(place, before)
    except (Broken, sqlite3.Error, subprocess.TimeoutExpired) as error:
        raise Broken(
            f"{command.name}: {kind} at call {at}, {' '.join(calls[0])}:"
            f" {error}"
        ) from error
    shutil.rmtree(place.folder)
    return calls[0], told


# --- all of them ------------------------------------------------------------


def sample(calls, turn):
    """Some of the calls: writes of the log are many, and much alike."""
    chosen, many, few = [], 0, 0
    for at, (call, what) in enumerate(calls, 1):
        if call == "pwrite":
            many += 1
            wanted = (many + turn) % 61 == 0
        else:
            few += 1
            wanted = (few + turn) % 17 == 0
        if wanted:
            chosen.append(at)
    return chosen


# Tried at each call, whatever else is.
ALWAYS = (("sign", "kill"), ("sign", "enospc"))


def steps(lab, command, kind, turn):
    if lab.all or (command.name, kind) in ALWAYS:
        return range(1, STEPS_MAX)
    if kind == "edquot":
        return ()
    return sample(lab.calls[command.name], turn)


def try_kind(lab, job):
    """Every step of one command and one kind of fault."""
    command, kind, turn = job
    tried, spared, faults = 0, [], []
    for at in steps(lab, command, kind, turn):
        try:
            met = try_fault(
                lab, command, kind, at, f"{command.name}-{kind}-{at}"
            )
        except Broken as error:
            faults.append(str(error))
            tried += 1
            continue
        if met is None:
            if at > len(lab.calls[command.name]) or kind != "short":
                break
            continue
        tried += 1
        if not met[1]:
            spared.append(met[0])
    return command.name, kind, tried, spared, faults


def known(program):
    said = subprocess.run(
        [program, "help"], stdout=subprocess.PIPE, check=True
    ).stdout.decode()
    return lambda command: re.search(
        r"^  (" + "|".join(
            (" ".join(command.words.split()[:2]), command.words.split()[0])
        ) + r")\s", said, re.M
    )


def run_all(lab):
    make_states(lab)
    lab.calls = {}
    jobs = []
    for command in lab.commands:
        place = copy_of(lab, command.state, "count-" + command.name)
        lab.calls[command.name] = count_calls(
            place, lab.shim, command.words.split()
        )
        for kind in lab.kinds:
            jobs.append((command, kind, len(jobs)))
    totals, spared, faults = collections.Counter(), [], []
    with concurrent.futures.ThreadPoolExecutor(lab.workers) as pool:
        for name, _, tried, left, found in pool.map(
            lambda job: try_kind(lab, job), jobs
        ):
            totals[name] += tried
            spared += left
            faults += found
    for name, count in totals.items():
        print(f"{name}: {len(lab.calls[name])} calls, {count} faults")
    print(
        f"{sum(totals.values())} faults tried, {len(faults)} promises broken,"
        f" {len(spared)} that nobody need be told of"
    )
    for line in faults:
        print(line, file=sys.stderr)
    return not faults and sum(totals.values()) > 0


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("program")
    parser.add_argument("shim")
    parser.add_argument("sample")
    parser.add_argument("--all", action="store_true")
    parser.add_argument("--only", default="")
    parser.add_argument("--kinds", default=",".join(KINDS))
    lab = parser.parse_args()
    lab.program, lab.shim = map(os.path.abspath, (lab.program, lab.shim))
    is_known = known(lab.program)
    only = [word for word in lab.only.split(",") if word]
    lab.commands = [
        command
        for command in COMMANDS
        if is_known(command) and (not only or command.name in only)
    ]
    lab.kinds = lab.kinds.split(",")
    lab.workers = min(4, os.cpu_count() or 1)
    base = os.environ.get("BATS_TEST_TMPDIR")
    if os.access("/dev/shm", os.W_OK):
        base = "/dev/shm"
    with tempfile.TemporaryDirectory(prefix="crash.", dir=base) as folder:
        lab.folder = folder
        return 0 if run_all(lab) else 1


if __name__ == "__main__":
    sys.exit(main())
