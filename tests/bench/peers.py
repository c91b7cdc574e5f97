# SPDX-License-Identifier: GPL-3.0-or-later
"""`openssl ca` and cfssl, set up to do the same work with the same keys."""

import json
import os
import random
import re
import shutil
import socket
import sqlite3
import subprocess
import time

from measure import Failed, Job, environment, run, seconds

OPENSSL_CONFIG = """\
[ca]
default_ca = bench
[bench]
database = index.txt
new_certs_dir = new
certificate = issuing.pem
private_key = issuing.key
default_md = sha256
default_days = 397
policy = any
copy_extensions = copy
rand_serial = yes
unique_subject = no
email_in_dn = no
x509_extensions = leaf
[any]
commonName = optional
[leaf]
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = serverAuth
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
"""


class OpenSSL:
    """A folder of `openssl ca`, with a database of so many rows."""

    def __init__(self, folder, issuer, rows=0):
        self.folder = folder
        certificate, key = issuer
        (folder / "new").mkdir()
        (folder / "ca.cnf").write_text(OPENSSL_CONFIG)
        shutil.copy(certificate, folder / "issuing.pem")
        shutil.copy(key, folder / "issuing.key")
        draw = random.Random(1)
        with open(folder / "index.txt", "w") as f:
            for i in range(rows):
                f.write(f"V\t401231235959Z\t\t41{draw.getrandbits(128):032X}"
                        f"\tunknown\t/CN=h{i}.lab.example\n")
        self.command = ["openssl", "ca", "-batch", "-config", "ca.cnf",
                        "-notext"]

    def sign(self, request, out):
        return seconds([*self.command, "-in", request, "-out", out],
                       self.folder)

    def sign_all(self, requests):
        """All of that folder: seconds, and the processor's."""
        names = sorted(entry.name for entry in os.scandir(requests))
        link = self.folder / "r"
        if not link.is_symlink():
            link.symlink_to(requests)
        job = Job([*self.command, "-infiles",
                   *(f"r/{name}" for name in names)], self.folder)
        job.end()
        if self.rows() != len(names):
            raise Failed(f"openssl ca: {self.rows()} rows of {len(names)}")
        return job.seconds, job.processor

    def rows(self):
        with open(self.folder / "index.txt") as f:
            return sum(1 for _ in f)


# Of cfssl's certdb/sqlite: the two tables that it asks for.
CFSSL_TABLES = """\
CREATE TABLE certificates (serial_number blob NOT NULL,
    authority_key_identifier blob NOT NULL, ca_label blob,
    status blob NOT NULL, reason int, expiry timestamp, revoked_at timestamp,
    pem blob NOT NULL, PRIMARY KEY (serial_number, authority_key_identifier));
CREATE TABLE ocsp_responses (serial_number blob NOT NULL,
    authority_key_identifier blob NOT NULL, body blob NOT NULL,
    expiry timestamp, PRIMARY KEY (serial_number, authority_key_identifier),
    FOREIGN KEY (serial_number, authority_key_identifier)
    REFERENCES certificates (serial_number, authority_key_identifier));
"""


class Cfssl:
    """A folder of cfssl with its SQLite database."""

    def __init__(self, folder, issuer):
        self.folder = folder
        # It reads the traditional format of an EC key alone.
        certificate, key = issuer
        shutil.copy(certificate, folder / "issuing.pem")
        run("openssl", "ec", "-in", key, "-out", folder / "issuing.key")
        (folder / "db.json").write_text(json.dumps(
            {"driver": "sqlite3", "data_source": "cfssl.db"}))
        usages = ["digital signature", "server auth"]
        (folder / "config.json").write_text(json.dumps({"signing": {
            "default": {"expiry": "9528h", "usages": usages}}}))
        with sqlite3.connect(folder / "cfssl.db") as db:
            db.executescript(CFSSL_TABLES)
        db.close()
        self.options = ["-ca", "issuing.pem", "-ca-key", "issuing.key",
                        "-config", "config.json", "-db-config", "db.json"]

    def sign(self, request):
        return seconds(["cfssl", "sign", *self.options, "-loglevel", "5",
                        request], self.folder, out=self.folder / "out.json")

    def rows(self):
        db = sqlite3.connect(self.folder / "cfssl.db")
        found = db.execute("SELECT count(*) FROM certificates").fetchone()[0]
        db.close()
        return found

    # ---- its server, which is its only way to sign many ----

    def serve(self):
        port = free_port()
        self.url = f"http://127.0.0.1:{port}/api/v1/cfssl/sign"
        self.server = subprocess.Popen(
            ["cfssl", "serve", "-address", "127.0.0.1", "-port", str(port),
             *self.options, "-loglevel", "5"], cwd=self.folder,
            env=environment(), stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait_for(port, self.server)

    def write_script(self, requests):
        """For wrk: the requests of a folder, one after the other."""
        with open(self.folder / "bodies", "w") as f:
            for entry in sorted(os.scandir(requests), key=lambda e: e.name):
                with open(entry.path) as request:
                    f.write(json.dumps(
                        {"certificate_request": request.read()}) + "\n")
        (self.folder / "sign.lua").write_text("""\
local bodies = {}
for line in io.lines("bodies") do
	bodies[#bodies + 1] = wrk.format("POST", nil,
	    {Host = "127.0.0.1", ["Content-Type"] = "application/json"}, line)
end
local n = 0
request = function()
	n = n % #bodies + 1
	return bodies[n]
end
""")

    def rate(self, length):
        """Certificates a second over 8 connections."""
        before = self.rows()
        start = time.perf_counter()
        said = run("wrk", "-t1", "-c8", f"-d{length}s", "-s", "sign.lua",
                   self.url, cwd=self.folder)
        took = time.perf_counter() - start
        refused = re.search(r"Non-2xx.*: (\d+)", said)
        if refused:
            raise Failed(f"cfssl serve: {refused[0]}")
        return (self.rows() - before) / took

    def end(self):
        self.server.terminate()
        self.server.wait()


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def wait_for(port, process):
    for _ in range(200):
        if process.poll() is not None:
            raise Failed(f"{process.args[0]}: ended, {process.returncode}")
        with socket.socket() as s:
            if s.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise Failed(f"{process.args[0]}: nothing listens at port {port}")
