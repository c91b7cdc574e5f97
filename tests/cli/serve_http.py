# SPDX-License-Identifier: GPL-3.0-or-later
"""What clients send to the status server, well-meant and hostile, and what
comes back. `serve_http.py SCENARIO` runs one of the functions below, with
$SIGNET_HOME as the home, $SIGNET and $SIGNET_FRONT as the programs."""

import base64
import calendar
import email.utils
import hashlib
import re
import resource
import subprocess
import sys
import urllib.parse

from front_lab import *

HOME = os.environ["SIGNET_HOME"]


def ledger(sql, *values):
    with sqlite3.connect(os.path.join(HOME, "ledger.db"), timeout=20) as db:
        rows = db.execute(sql, values).fetchall()
    db.close()
    return rows


def signet(*arguments):
    subprocess.run([os.environ["SIGNET"], *arguments], check=True,
                   stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                   stderr=subprocess.DEVNULL, start_new_session=True)


def serial_of(name):
    return ledger("SELECT c.serial FROM certificate c JOIN name n"
                  " ON n.certificate = c.id WHERE n.value = ?", name)[0][0]


def in_url(request):
    return "/ocsp/" + urllib.parse.quote(base64.b64encode(request), safe="")


def same(got, wanted):
    assert got == wanted, "%r, wanted %r" % (got, wanted)


def http_time(text):
    return calendar.timegm(time.strptime(text, "%a, %d %b %Y %H:%M:%S GMT"))


def max_age(headers):
    return int(re.search(r"max-age=(\d+)", headers["cache-control"]).group(1))


def metric(port, name):
    page = ask(port, "GET", "/metrics")[2].decode()
    found = re.search("^" + re.escape(name) + r" (-?\d+)$", page, re.M)
    return int(found.group(1)) if found else None


def publish(name, der, this_update=None, lasts=3600, issuer=None):
    """A row as `signet crl` would make it, of octets that are no CRL."""
    if issuer is None:
        issuer = ledger("SELECT id FROM authority WHERE name = ?", name)[0][0]
    number = 1 + ledger("SELECT crl_number FROM authority WHERE id = ?", issuer)[0][0]
    now = this_update or int(time.time())
    ledger("INSERT INTO crl (issuer, number, base, point, this_update,"
           " next_update, entries, hash, der) VALUES (?, ?, 0, 0, ?, ?, 0, ?, ?)",
           issuer, number, now, now + lasts, hashlib.sha256(der).digest(), der)
    ledger("UPDATE authority SET crl_number = ? WHERE id = ?", number, issuer)


# ---- OCSP ------------------------------------------------------------------


def ocsp_forms():
    """checklist 110: one request, however its base64 comes."""
    request = ocsp_request(serial_of("one.lab.example"), b"\xff\xff\xff\xfb\xef\xbe")
    while b"=" not in base64.b64encode(request) or b"//" not in base64.b64encode(request):
        request = ocsp_request(serial_of("one.lab.example"),
                               b"\xff\xff\xff\xfb\xef\xbe" + os.urandom(len(request) % 7))
    text = base64.b64encode(request).decode()
    assert "//" in text and "+" in text and "=" in text, text
    with Front(HOME) as front:
        client = Client(front.port)
        forms = [
            "/ocsp/" + text,
            "/" + text,
            "/ocsp/" + text.rstrip("="),
            in_url(request),
            in_url(request).replace("%2F", "%2f").replace("%2B", "%2b"),
            "/ocsp/" + text.replace("+", "%2B"),
            "/ocsp/" + text.replace("=", "%3D"),
            "/ocsp/" + "".join("%%%02X" % ord(c) for c in text),
            "/ocsp/" + text + "?and=more",
            "/ocsp//" + text,  # the responder's URL ends in '/'
            "//" + text,
            "http://status.example/ocsp/" + text,  # RFC 9112 3.2.2
        ]
        expected = b"good " + serial_of("one.lab.example").hex().encode()
        for form in forms:
            code, headers, body = client.ask("GET", form)
            same((form, code, body), (form, 200, expected))
            same(headers["content-type"], "application/ocsp-response")
        for path in ("/ocsp", "/", "/ocsp/"):
            same(client.post(request, path)[0::2], (200, expected))
        same(front.signer.asked, [request])
        # What is no base64 is no request; of other URLs it is not said so.
        for text in ("!", "MA=M", "M", "MAA%", "M%00A="):
            same(client.ask("GET", "/ocsp/" + text)[0], 400)
            same(client.ask("GET", "/" + text)[0] in (400, 404), True)


def ocsp_headers():
    """checklist 111: RFC 5019 6.2, and 304."""
    request = ocsp_request(serial_of("one.lab.example"))
    with Front(HOME) as front:
        client = Client(front.port)
        code, headers, body = client.ask("GET", in_url(request))
        same(code, 200)
        now = time.time()
        assert abs(http_time(headers["date"]) - now) < 5
        assert http_time(headers["last-modified"]) <= http_time(headers["date"])
        assert max_age(headers) <= 300
        assert http_time(headers["date"]) + max_age(headers) < http_time(headers["expires"])
        for word in ("public", "no-transform", "must-revalidate"):
            assert word in headers["cache-control"]
        tag = headers["etag"]
        assert re.fullmatch('"[0-9a-f-]+"', tag)

        code, head, nothing = client.ask("HEAD", in_url(request))
        same((code, nothing), (200, b""))
        for name in ("content-type", "etag", "expires", "last-modified",
                     "cache-control", "content-length"):
            same((name, head[name]), (name, headers[name]))

        for conditions in ({"If_None_Match": tag}, {"If_None_Match": "W/" + tag},
                           {"If_None_Match": '"x", ' + tag}, {"If_None_Match": "*"}):
            code, again, nothing = client.ask("GET", in_url(request), **conditions)
            same((conditions, code, nothing), (conditions, 304, b""))
            for name in ("etag", "expires", "cache-control"):
                same(again[name], headers[name])
        for conditions in ({"If_None_Match": '"x"'}, {"If_None_Match": tag[:-1]},
                           {"If_None_Match": '"x"',
                            "If_Modified_Since": headers["last-modified"]},
                           {"If_Modified_Since": headers["last-modified"]},
                           {"If_Modified_Since": headers["date"]},
                           {"If_Modified_Since": "Thu, 01 Jan 1970 00:00:00 GMT"},
                           {"If_Modified_Since": "tomorrow"}):
            same((conditions, client.ask("GET", in_url(request), **conditions)[0]),
                 (conditions, 200))

        # For one client alone, or a failure, it is not kept.
        for answer in (client.post(request),
                       client.ask("GET", in_url(request + b"nonce"))):
            same((answer[0], answer[1]["cache-control"]), (200, "no-store"))
            for name in ("etag", "expires", "last-modified"):
                assert name not in answer[1], name
        # A condition is a GET's.
        same(client.post(request, If_None_Match=tag)[0], 200)
        for first, second, code in (('"x"', tag, 304), (tag, '"x"', 304), ('"x"', '"y"', 200)):
            client.send(("GET %s HTTP/1.1\r\nHost: a\r\nIf-None-Match: %s\r\n"
                         "if-none-match: %s\r\n\r\n" % (in_url(request), first, second)).encode())
            same(client.response()[0], code)
        front.signer.status = 6
        other = ocsp_request(b"\x09")
        for _ in range(2):
            same(client.ask("GET", in_url(other))[1]["cache-control"], "no-store")
        same(front.signer.asked.count(other), 2)


def ocsp_short_validity():
    """checklist 107, 111: max-age ends before nextUpdate, whatever that is."""
    with Front(HOME) as front:
        for i, validity in enumerate((1, 3, 10, 100, 601)):
            front.signer.validity = validity
            headers = ask(front.port, "GET", in_url(ocsp_request(bytes([i + 1]))))[1]
            if "no-store" in headers["cache-control"]:
                assert validity < 4
                continue
            assert http_time(headers["date"]) + max_age(headers) < http_time(headers["expires"])


def fresh_after_commit():
    """checklist 108: the next answer after a commit is the new one, on
    whatever connection, and it was cached before."""
    serial = serial_of("two.lab.example")
    request = ocsp_request(serial)
    with Front(HOME) as front:
        clients = [Client(front.port) for _ in range(16)]
        for client in clients:
            same(client.post(request)[2], b"good " + serial.hex().encode())
        asked = len(front.signer.asked)
        # Other changes: looked into, and not asked for again.
        for i in range(3):
            ledger("UPDATE key_file SET updated = updated + 1")
            for client in clients:
                same(client.post(request)[2], b"good " + serial.hex().encode())
        same(len(front.signer.asked), asked)
        assert metric(front.port, 'signet_ocsp_cache_total{result="renewed"}') > 0
        signet("revoke", "two.lab.example", "--reason", "superseded", "--yes")
        for client in clients:
            same(client.post(request)[2], b"revoked " + serial.hex().encode())
            same(client.ask("GET", in_url(request))[2], b"revoked " + serial.hex().encode())
        same(len(front.signer.asked), asked + 1)


def revoked_within_the_second():
    """checklist 108: who holds `good` learns of it by its date, too."""
    serial = serial_of("two.lab.example")
    request = ocsp_request(serial)
    with Front(HOME) as front:
        front.signer.at = int(time.time()) - 5
        client = Client(front.port)
        code, headers, body = client.ask("GET", in_url(request))
        same((code, body), (200, b"good " + serial.hex().encode()))
        held = {"If_Modified_Since": headers["last-modified"]}
        signet("revoke", "two.lab.example", "--yes")
        code, again, body = client.ask("GET", in_url(request), **held)
        same((code, body), (200, b"revoked " + serial.hex().encode()))
        same(again["last-modified"], headers["last-modified"])
        tag = {"If_None_Match": headers["etag"]}
        same(client.ask("GET", in_url(request), **tag)[0], 200)


def issued_after_unknown():
    """What was unknown is good once it is there."""
    with Front(HOME) as front:
        serial = bytes(range(0x41, 0x51))
        request = ocsp_request(serial)
        client = Client(front.port)
        same(client.post(request)[2][:7], b"unknown")
        same(client.post(request)[2][:7], b"unknown")
        same(len(front.signer.asked), 1)
        columns = [r[1] for r in ledger("PRAGMA table_info(certificate)")]
        copied = ["?" if c == "serial" else "id + 1000" if c == "id" else c for c in columns]
        ledger("INSERT INTO certificate (%s) SELECT %s FROM certificate WHERE id = 1"
               % (", ".join(columns), ", ".join(copied)), serial)
        same(client.post(request)[2][:4], b"good")


def faults_clear_the_cache():
    """checklist 109: where the signer has something new to complain of, what
    it signed before is asked for anew."""
    request = ocsp_request(serial_of("one.lab.example"))
    with Front(HOME, "--tend", "1") as front:
        client = Client(front.port)
        for _ in range(2):
            client.post(request)
        same(len(front.signer.asked), 1)
        front.signer.faults = b"issuing: its responder's certificate is revoked\n"
        wait_for("the fault", lambda: ask(front.port, "GET", "/healthz")[0] == 503)
        client.post(request)
        same(len(front.signer.asked), 2)


def editions_clear_the_cache():
    """A responder that was replaced between two looks, without a fault: what
    was signed before is asked for anew, and not what is of the same."""
    request = ocsp_request(serial_of("one.lab.example"))
    with Front(HOME, "--tend", "1") as front:
        client = Client(front.port)
        for _ in range(2):
            client.post(request)
        same(len(front.signer.asked), 1)
        front.signer.ends = b"issuing %d\n" % (time.time() + 1000)
        name = 'signet_responder_not_after_seconds{authority="%s"}'
        left = lambda: metric(front.port, name % "issuing")
        wait_for("a look", lambda: left() is not None)
        assert 900 < left() <= 1000, left()
        client.post(request)
        same(len(front.signer.asked), 1)
        front.signer.edition = 1
        front.signer.ends = b"issuing %d\nnonsense\n \nroot 1x\n" % (time.time() - 1000)
        wait_for("another look", lambda: left() < 0)
        same(metric(front.port, name % "root"), None)
        client.post(request)
        same(len(front.signer.asked), 2)
        client.post(request)
        same(len(front.signer.asked), 2)
        # It comes with an answer, too.
        front.signer.edition = 2
        client.post(ocsp_request(b"\x07"))
        same(len(front.signer.asked), 3)
        client.post(request)
        same(len(front.signer.asked), 4)


def a_revoked_signer_clears_the_cache():
    """What a responder signed is not given when it is revoked, not even
    once; what another one signed is."""
    request, other = ocsp_request(serial_of("one.lab.example")), ocsp_request(b"\x07")
    with Front(HOME) as front:
        client = Client(front.port)
        front.signer.responder = serial_of("two.lab.example")
        client.post(request)
        front.signer.responder = b"\x09"
        client.post(other)
        client.post(request)
        same(len(front.signer.asked), 2)
        signet("revoke", "two.lab.example", "--yes")
        client.post(other)
        same(len(front.signer.asked), 2)
        client.post(request)
        same(len(front.signer.asked), 3)


# ---- what is published -----------------------------------------------------


def crls():
    with Front(HOME) as front:
        client = Client(front.port)
        same(client.ask("GET", "/crl/issuing.crl")[0], 404)
        signet("crl", "--ca", "issuing", "--out", "first.crl")
        code, headers, body = client.ask("GET", "/crl/issuing.crl")
        same((code, headers["content-type"]), (200, "application/pkix-crl"))
        der = ledger("SELECT der, hash, this_update, next_update FROM crl"
                     " ORDER BY number DESC LIMIT 1")[0]
        same(body, der[0])
        same(http_time(headers["last-modified"]), der[2])
        same(http_time(headers["expires"]), der[3])
        assert der[1].hex().startswith(headers["etag"].strip('"'))
        assert http_time(headers["date"]) + max_age(headers) < der[3]
        code, head, nothing = client.ask("HEAD", "/crl/issuing.crl")
        same((code, nothing, head["content-length"]), (200, b"", str(len(body))))
        code, again, nothing = client.ask("GET", "/crl/issuing.crl",
                                          If_None_Match=headers["etag"])
        same((code, nothing, again["etag"]), (304, b"", headers["etag"]))
        # The next after a commit is the new one.
        for i in range(3):
            publish("issuing", b"number %d" % i, der[2] + i + 1)
            for _ in range(4):
                same(ask(front.port, "GET", "/crl/issuing.crl")[2], b"number %d" % i)
        same(client.ask("GET", "/crl/issuing.crl",
                        If_None_Match=headers["etag"])[0], 200)
        for path in ("/crl/none.crl", "/crl/issuing.delta.crl", "/crl/issuing.1.crl",
                     "/crl/issuing", "/crl/", "/crl/../ledger.db", "/crl/issuing.crl/",
                     "/crl/..%2fkeys%2fissuing.crl", "/crl/issuing%00.crl"):
            same((path, client.ask("GET", path)[0]), (path, 404))


def crls_by_date():
    """A date is as good as a tag where it is the same one, and over."""
    now = int(time.time())
    with Front(HOME) as front:
        client = Client(front.port)

        def asked(since):
            return client.ask("GET", "/crl/issuing.crl", If_Modified_Since=since)

        publish("issuing", b"of now", now - 100)
        held = client.ask("GET", "/crl/issuing.crl")[1]["last-modified"]
        same(asked(held)[0], 304)
        same(asked(held)[2], b"")
        for other in (now - 101, now - 99, now):
            same(asked(email.utils.formatdate(other, usegmt=True))[0], 200)
        # The clock was set back: what is newer has an older date.
        publish("issuing", b"of yesterday", now - 86400)
        same(asked(held)[0::2], (200, b"of yesterday"))
        # Within its second, another one of the same second may follow.
        publish("issuing", b"of tomorrow", now + 86400)
        held = client.ask("GET", "/crl/issuing.crl")[1]["last-modified"]
        same(asked(held)[0::2], (200, b"of tomorrow"))


def crl_names():
    """Partitions, those that took over a shard, and deltas."""
    issuer = ledger("SELECT id FROM authority WHERE name = 'issuing'")[0][0]
    for i, (shard, name) in enumerate(((1, b"a"), (2, b"b"), (1, b"c"))):
        ledger("INSERT INTO point VALUES (?, ?, ?, x'', ?, 0)", i + 10, issuer, name, shard)
    rows = [(1, 0, 0, b"full"), (1, 0, 10, b"full 1"), (1, 0, 11, b"full 2"),
            (1, 0, 12, b"full 1-2"), (2, 1, 0, b"delta"), (2, 1, 10, b"delta 1")]
    for number, base, point, der in rows:
        ledger("INSERT INTO crl (issuer, number, base, point, this_update, next_update,"
               " entries, hash, der) VALUES (?, ?, ?, ?, 1000, 2000000000, 0, ?, ?)",
               issuer, number, base, point, hashlib.sha256(der).digest(), der)
    ledger("UPDATE authority SET crl_number = 2 WHERE id = ?", issuer)
    wanted = {"issuing": b"full", "issuing.1": b"full 1", "issuing.2": b"full 2",
              "issuing.1-2": b"full 1-2", "issuing.delta": b"delta",
              "issuing.1.delta": b"delta 1"}
    with Front(HOME) as front:
        for name, der in wanted.items():
            same((name, ask(front.port, "GET", "/crl/%s.crl" % name)[0::2]),
                 (name, (200, der)))
            left = metric(front.port, 'signet_crl_next_update_seconds{authority="issuing",'
                          'crl="%s"}' % name)
            assert 0 < left < 2000000000
        same(ask(front.port, "GET", "/crl/issuing.2.delta.crl")[0], 404)
    # One that ends is missed where certificates name it.
    ledger("UPDATE crl SET next_update = 2000 WHERE base = 1")
    with Front(HOME) as front:
        assert b"issuing" not in ask(front.port, "GET", "/healthz")[2]
    ledger("UPDATE point SET freshest = x'3000' WHERE id = 10")
    with Front(HOME) as front:
        said = ask(front.port, "GET", "/healthz")[2]
        for name in (b"issuing.delta", b"issuing.1.delta"):
            assert name + b": its CRL ended " in said, said


def certificates():
    with Front(HOME) as front:
        client = Client(front.port)
        for name in ("root", "issuing"):
            der = ledger("SELECT c.der FROM certificate c JOIN authority a"
                         " ON a.certificate = c.id WHERE a.name = ?", name)[0][0]
            code, headers, body = client.ask("GET", "/ca/%s.crt" % name)
            same((code, headers["content-type"], body), (200, "application/pkix-cert", der))
            same(client.ask("GET", "/ca/%s.crt" % name,
                            If_None_Match=headers["etag"])[0], 304)
            code, headers, body = client.ask("GET", "/ca/%s.pem" % name)
            same((code, headers["content-type"]), (200, "application/x-pem-file"))
            lines = body.decode().strip().split("\n")
            same((lines[0], lines[-1]), ("-----BEGIN CERTIFICATE-----",
                                         "-----END CERTIFICATE-----"))
            same(base64.b64decode("".join(lines[1:-1])), der)
        for path in ("/ca/none.crt", "/ca/root", "/ca/root.crl", "/ca/one.lab.example.crt"):
            same((path, client.ask("GET", path)[0]), (path, 404))


def health_and_metrics():
    with Front(HOME, "--tend", "1") as front:
        same(ask(front.port, "GET", "/healthz")[0::2], (200, b"ok\n"))
        front.signer.faults = b"issuing: no responder\x1b[2J\n\nroot: soon\n"
        wait_for("the fault", lambda: ask(front.port, "GET", "/healthz")[0] == 503)
        same(ask(front.port, "GET", "/healthz")[2],
             b"issuing: no responder\\x1B[2J\nroot: soon\n")
        same(metric(front.port, "signet_faults"), 2)
        front.signer.faults = b""
        wait_for("no fault", lambda: ask(front.port, "GET", "/healthz")[0] == 200)
        # A CRL that has ended, whatever the signer says (checklist 88).
        publish("issuing", b"old", int(time.time()) - 500, 400)
        code, _, body = ask(front.port, "GET", "/healthz")
        same(code, 503)
        assert re.fullmatch(rb"issuing: its CRL ended 10\d seconds ago\n", body), body
        left = metric(front.port, 'signet_crl_next_update_seconds{authority="issuing",crl="issuing"}')
        assert -120 < left <= -100, left
        # Once, where the signer says so too.
        line = b"issuing: its CRL ended at 2020-01-01T00:00:00Z: signet crl --ca issuing\n"
        front.signer.faults = b"root: its CRL ended at 2020-01-01T00:00:00Z\n" + line
        wait_for("the signer's", lambda: line in ask(front.port, "GET", "/healthz")[2])
        same(ask(front.port, "GET", "/healthz")[2], front.signer.faults)
        same(metric(front.port, "signet_faults"), 2)
        front.signer.faults = b""
        # It is given all the same, and not to be kept.
        same(max_age(ask(front.port, "GET", "/crl/issuing.crl")[1]), 0)

        code, headers, page = ask(front.port, "GET", "/metrics")
        same((code, headers["content-type"]),
             (200, "text/plain; version=0.0.4; charset=utf-8"))
        known = set()
        for line in page.decode().strip().split("\n"):
            told = re.fullmatch(r"# (HELP|TYPE) ([a-z_]+) (.+)", line)
            if told:
                known.add(told.group(2))
                continue
            row = re.fullmatch(r'([a-z_]+)(\{[a-z_]+="[^"\\]*"(,[a-z_]+="[^"\\]*")*\})? -?\d+', line)
            assert row and row.group(1) in known, line
        same(metric(front.port, 'signet_certificates{state="valid"}'),
             ledger("SELECT count(*) FROM certificate")[0][0])
        ask(front.port, "GET", "/nowhere")
        assert metric(front.port, 'signet_http_responses_total{code="404"}') == 1
        before = metric(front.port, 'signet_ocsp_answers_total{status="unauthorized"}')
        front.signer.status = 6
        ask(front.port, "GET", in_url(ocsp_request(b"\x09")))
        same(metric(front.port, 'signet_ocsp_answers_total{status="unauthorized"}'), before + 1)
        signet("revoke", "one.lab.example", "--reason", "superseded", "--yes")
        wait_for("the count", lambda:
                 metric(front.port, 'signet_certificates{state="revoked"}') == 1)


# ---- hostile input ---------------------------------------------------------

POST_TYPE = "application/ocsp-request"


def refusals():
    with Front(HOME) as front:
        same(ask(front.port, "GET", "/nowhere")[0], 404)
        for method, path, allow in (
                ("POST", "/crl/issuing.crl", "GET, HEAD"),
                ("PUT", "/ca/root.crt", "GET, HEAD"),
                ("DELETE", "/healthz", "GET, HEAD"),
                ("BREW", "/metrics", "GET, HEAD"),
                ("OPTIONS", "/ocsp", "POST"),
                ("GET", "/", "POST"), ("GET", "/ocsp", "POST"), ("PUT", "/", "POST"),
                ("POST", "/ocsp/MAA=", "GET, HEAD")):
            code, headers, _ = ask(front.port, method, path, b"")
            same((method, path, code, headers["allow"]), (method, path, 405, allow))
        # A type that is another, has a longer name, or is not said.
        for kind in ("application/json", "application/ocsp-requests", "text/plain",
                     "application/x-www-form-urlencoded", ""):
            same((kind, ask(front.port, "POST", "/ocsp", b"x", Content_Type=kind)[0]),
                 (kind, 415))
        same(ask(front.port, "POST", "/ocsp", b"x")[0], 415)
        same(ask(front.port, "POST", "/ocsp", b"x", Content_Type=POST_TYPE,
                 Content_Encoding="gzip")[0], 415)
        for kind in (POST_TYPE, POST_TYPE.upper(), POST_TYPE + "; charset=binary"):
            same(ask(front.port, "POST", "/ocsp", b"\x30\x03\x02\x01\x01",
                     Content_Type=kind)[0], 200)
        # An empty one is malformedRequest, which the front says by itself.
        same(ask(front.port, "POST", "/ocsp", b"", Content_Type=POST_TYPE)[2],
             b"\x30\x03\x0a\x01\x01")
        same(ask(front.port, "POST", "/ocsp", Content_Type=POST_TYPE)[0], 411)
        same(ask(front.port, "POST", "/ocsp", version="HTTP/1.0",
                 Content_Type=POST_TYPE)[0], 411)
        # Each refusal is a line of text.
        code, headers, body = ask(front.port, "GET", "/nowhere")
        same(headers["content-type"], "text/plain; charset=utf-8")
        same(body.count(b"\n"), 1)


def long_heads():
    """checklist 110: a path of 1 MiB, headers without end."""
    with Front(HOME) as front:
        for size in (4096, 6000):
            same(ask(front.port, "GET", "/" + "M" * size)[0], 414)
        same(ask(front.port, "GET", "/ocsp/" + "M" * 4000)[0] != 414, True)
        for data, codes in (
                (b"GET /" + b"M" * (1 << 20) + b" HTTP/1.1\r\nHost: a\r\n\r\n", (414,)),
                (b"G" * (1 << 20), (400, 413, 414, 431, 501)),
                (b"GET /healthz HTTP/1.1\r\nHost: a\r\nX: " + b"x" * (1 << 20) + b"\r\n\r\n",
                 (413, 431)),
                (b"GET /healthz HTTP/1.1\r\nHost: a\r\n" + b"X: y\r\n" * 100000 + b"\r\n",
                 (413, 431))):
            client = Client(front.port)
            try:
                client.send(data)
                code = client.response()[0]
            except (ConnectionError, EOFError):
                code = None  # closed before it was all sent
            assert code is None or code in codes, (data[:20], code)
            client.close()
        same(ask(front.port, "GET", "/healthz")[0], 200)


def chunks(*pieces):
    return b"".join(b"%x\r\n%s\r\n" % (len(p), p) for p in pieces) + b"0\r\n\r\n"


def bodies():
    """checklist 110: chunked, too large, lengths that lie."""
    request = ocsp_request(serial_of("one.lab.example"))
    head = b"POST /ocsp HTTP/1.1\r\nHost: a\r\nContent-Type: application/ocsp-request\r\n"
    good = b"good " + serial_of("one.lab.example").hex().encode()
    # Who ends a request in the middle may be noticed by silence alone.
    with Front(HOME, "--idle", "2") as front:
        def raw(data):
            client = Client(front.port)
            try:
                client.send(data)
                return client.response()
            except (ConnectionError, EOFError):
                return None, {}, b""
            finally:
                client.close()

        # One octet a chunk, with extensions and trailers.
        chunked = head + b"Transfer-Encoding: chunked\r\n\r\n"
        same(raw(chunked + chunks(*(bytes([b]) for b in request)))[0::2], (200, good))
        same(raw(chunked + b"%x;a=b\r\n%s\r\n0\r\nX: y\r\n\r\n" % (len(request), request))[0::2],
             (200, good))
        full = b"\x30" * 65536
        same(raw(chunked + chunks(full))[0], 200)
        same(raw(chunked + chunks(full, b"x"))[0], 413)
        same(raw(head + b"Content-Length: 65536\r\n\r\n" + full)[0], 200)
        same(raw(head + b"Content-Length: 65537\r\n\r\n" + full + b"x")[0], 413)
        same(raw(head + b"Content-Length: 99999999999999\r\n\r\n" + full)[0], 413)
        # Told to wait, it is not sent at all.
        same(raw(head + b"Expect: 100-continue\r\nContent-Length: 70000\r\n\r\n")[0], 413)
        same(raw(head + b"Expect: 100-continue\r\nContent-Length: %d\r\n\r\n%s"
                 % (len(request), request))[0::2], (200, good))
        # Chunks without end: more than the system's own buffers can hold.
        client = Client(front.port)
        try:
            client.send(chunked)
            for _ in range(8192):
                client.send(b"2000\r\n" + b"x" * 8192 + b"\r\n")
            raise AssertionError("64 MiB were taken")
        except ConnectionError:
            pass
        # Two readers could disagree about where it ends.
        for bad in (b"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n" + chunks(b"12345"),
                    b"Content-Length: 5\r\nContent-Length: 6\r\n\r\n123456",
                    b"Content-Length: 5, 5\r\n\r\n12345",
                    b"Content-Length: -1\r\n\r\n", b"Content-Length: +5\r\n\r\n12345",
                    b"Content-Length: 0x5\r\n\r\n12345",
                    b"Content-Length: 18446744073709551621\r\n\r\n12345",
                    b"Transfer-Encoding: gzip\r\n\r\n12345",
                    b"Transfer-Encoding: chunked, gzip\r\n\r\n" + chunks(b"12345"),
                    b"Transfer-Encoding: xchunked\r\n\r\n" + chunks(b"12345"),
                    b"Transfer-Encoding: chunked\r\n\r\nzz\r\n12345\r\n0\r\n\r\n",
                    b"Transfer-Encoding: chunked\r\n\r\n-5\r\n12345\r\n0\r\n\r\n",
                    b"Transfer-Encoding: chunked\r\n\r\n5\r\n1234567\r\n0\r\n\r\n",
                    b"Transfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n12345\r\n0\r\n\r\n"):
            code = raw(head + bad)[0]
            assert code is None or code in (400, 413, 501), (bad, code)
        # A body that is not for anything.
        client = Client(front.port)
        same(client.ask("GET", "/healthz", b"x" * 1000)[0], 200)
        same(client.ask("GET", "/healthz")[0], 200)
        # The client goes away in the middle.
        for _ in range(50):
            client = Client(front.port)
            client.send(head + b"Content-Length: 1000\r\n\r\n" + b"x" * 500)
            client.close()
        wait_for("bodies to be forgotten", lambda:
                 metric(front.port, "signet_http_connections") == 1)
        same(ask(front.port, "GET", "/healthz")[0], 200)


def malformed_heads():
    # Who ends a request in the middle may be noticed by silence alone.
    with Front(HOME, "--idle", "2") as front:
        for data in (b"\r\n\r\n\r\n", b"\x00" * 100 + b"\r\n\r\n", b"\x16\x03\x01\x02\x00\x01" * 50,
                     b"GET\r\n\r\n", b"GET /healthz\r\n\r\n", b"GET /healthz HTTP/9.9\r\n\r\n",
                     b"GET /healthz HTTP/1.1\r\n\r\n",  # no Host
                     b"GET /healthz HTTP/1.1\r\nHost a\r\n\r\n",
                     b"GET /healthz HTTP/1.1\r\nHost: a\r\n Folded: b\r\n",
                     b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"):
            client = Client(front.port)
            client.send(data)
            client.socket.shutdown(socket.SHUT_WR)
            try:
                code = client.response()[0]
            except (EOFError, ConnectionError):
                code = None
            assert code is None or code >= 400, (data, code)
            client.close()
        # RFC 9112 3.2: more than one Host is 400.
        for second in (b"b", b"a", b""):
            client = Client(front.port)
            client.send(b"GET /healthz HTTP/1.1\r\nHost: a\r\nhost: " + second + b"\r\n\r\n")
            code, headers, body = client.response()
            same((code, headers["connection"]), (400, "close"))
            assert b"RFC 9112 3.2" in body, body
        # A name is a name for HTTP/1.0 clients too, and for several at once.
        client = Client(front.port)
        client.send(b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n" * 20)
        for _ in range(20):
            same(client.response()[0], 200)
        same(ask(front.port, "GET", "/healthz", version="HTTP/1.0")[0], 200)
        same(ask(front.port, "GET", "/healthz", Connection="close")[0], 200)


def garbage():
    """Octets by chance, well framed and not: the signer gets what is a body,
    and nothing else happens."""
    with Front(HOME) as front:
        import random
        chance = random.Random(110)
        client = Client(front.port)
        for i in range(300):
            body = bytes(chance.getrandbits(8) for _ in range(chance.randrange(1, 200)))
            same(client.post(body + b"\x00" * 40)[0], 200)
        for i in range(200):
            other = Client(front.port)
            try:
                other.send(bytes(chance.getrandbits(8) for _ in range(chance.randrange(1, 2000))))
            except ConnectionError:
                pass
            other.close()
        same(ask(front.port, "GET", "/healthz")[0], 200)


def slow_clients():
    """checklist 110: octet by octet, in the head and in the body; and not at
    all."""
    with Front(HOME, "--idle", "2", "--request", "3") as front:
        silent = Client(front.port)
        kept = Client(front.port)
        same(kept.ask("GET", "/healthz")[0], 200)
        in_head, in_body = Client(front.port), Client(front.port)
        in_body.send(b"POST /ocsp HTTP/1.1\r\nHost: a\r\nContent-Length: 60000\r\n"
                     b"Content-Type: application/ocsp-request\r\n\r\n")
        in_head.send(b"GET /healthz HTTP/1.1\r\nX: ")
        alive = {in_head, in_body}

        def dribble():
            for client in list(alive):
                client.socket.setblocking(False)
                try:
                    client.send(b"x")
                    if client.socket.recv(1000) == b"":
                        alive.discard(client)
                except BlockingIOError:
                    pass
                except ConnectionError:
                    alive.discard(client)
            same(ask(front.port, "GET", "/healthz")[0], 200)
            return not alive

        wait_for("the slow to be ended", dribble)
        assert silent.ended() and kept.ended()


def slow_readers():
    """A client that reads slowly holds nobody up, and gets all of it."""
    large = os.urandom(1 << 20) * 24
    publish("issuing", large)
    with Front(HOME, "--idle", "60", "--request", "1") as front:
        slow = [Client(front.port) for _ in range(20)]
        for client in slow:
            client.send(b"GET /crl/issuing.crl HTTP/1.1\r\nHost: a\r\n\r\n")
            client.more()
        start = time.monotonic()
        wait_for("two seconds to pass in which others are answered", lambda:
                 ask(front.port, "GET", "/healthz")[0] == 200
                 and time.monotonic() - start > 2)
        # One copy for all of them.
        assert front.memory() < 120 << 20, front.memory()
        for client in slow[:2]:
            same(client.response()[2] == large, True)


def readers_that_stop():
    """A response has so long to be read: who does not is ended, and what it
    held is let go; who reads is not."""
    large = os.urandom(1 << 20) * 24
    publish("issuing", large)
    with Front(HOME, "--idle", "60", "--reading", "4", "--rate", "1000000000") as front:
        slow = [Client(front.port) for _ in range(20)]
        for client in slow:
            client.send(b"GET /crl/issuing.crl HTTP/1.1\r\nHost: a\r\n\r\n")
            client.more()
        same(ask(front.port, "GET", "/crl/issuing.crl")[2] == large, True)
        wait_for("their end", lambda: metric(front.port, "signet_http_connections") == 1)
        for client in slow:
            try:
                same(client.response()[2] == large, False)
            except (EOFError, ConnectionError):
                pass
    # Of a large one the rate counts.
    with Front(HOME, "--idle", "60", "--reading", "1", "--rate", "1048576") as front:
        client = Client(front.port)
        client.send(b"GET /crl/issuing.crl HTTP/1.1\r\nHost: a\r\n\r\n")
        client.more()
        start = time.monotonic()
        wait_for("two looks at who is late", lambda: time.monotonic() - start > 2.5)
        same(client.response()[2] == large, True)


def old_versions():
    """Of what was replaced, so much is held for those who still read it: the
    readers of the oldest are cut off."""
    def read(front):
        client = Client(front.port)
        client.send(b"GET /crl/issuing.crl HTTP/1.1\r\nHost: a\r\n\r\n")
        client.more()
        return client

    def cut(client):
        try:
            client.response()
        except (EOFError, ConnectionError):
            return True
        return False

    with Front(HOME, "--idle", "60", "--retired", "50") as front:
        clients = []
        for _ in range(4):  # three are old, two of them are 48 MiB
            publish("issuing", os.urandom(1 << 20) * 24)
            clients.append(read(front))
        wait_for("the end of one", lambda: metric(front.port, "signet_http_connections") == 4)
        same([cut(client) for client in clients], [True, False, False, False])


def signals_ignored():
    """A client that is gone, and a limit on files, do not end it."""
    with Front(HOME) as front:
        with open("/proc/%d/status" % front.process.pid) as f:
            mask = int(re.search(r"^SigIgn:\s*([0-9a-f]+)$", f.read(), re.M).group(1), 16)
        for number in (signal.SIGPIPE, signal.SIGXFSZ):
            same((number, mask >> (number - 1) & 1), (number, 1))


def idle_connections():
    """checklist 110: 10,000 of them, and the next is answered."""
    count = 10000
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard < count + 1000:
        print("skip: %d descriptors are allowed" % hard)
        sys.exit(77)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    with Front(HOME, "--idle", "300", "--request", "300") as front:
        before = front.memory()
        sockets = []
        for i in range(count):
            s = socket.create_connection(("127.0.0.1", front.port), PATIENCE)
            if i % 2:  # half of them have begun
                s.send(b"GET /healthz HTTP/1.1\r\nHost: a\r\n")
            sockets.append(s)
        wait_for("all to be accepted", lambda:
                 metric(front.port, "signet_http_connections") > count)
        start = time.monotonic()
        for _ in range(20):
            same(ask(front.port, "GET", "/healthz")[0], 200)
        took = time.monotonic() - start
        assert took < 10, took
        grown = front.memory() - before
        assert grown < 160 << 20, grown
        print("%d connections: %d KiB, 20 answers in %d ms"
              % (count, grown >> 10, took * 1000))
        # They were not cut: those that had begun can end.
        for s in sockets[1:200:2]:
            s.send(b"\r\n")
            same(s.recv(100)[:12], b"HTTP/1.1 200")


def connection_limit():
    """Above the limit they queue in the kernel, and get their turn."""
    with Front(HOME, "--connections", "20", "--idle", "1") as front:
        idle = [Client(front.port) for _ in range(60)]
        same(ask(front.port, "GET", "/healthz")[0], 200)
        for client in idle:
            assert client.ended()


def memory_of_bodies():
    """Bodies that wait for their end, all at once: some are told to come
    later; afterwards there is room again."""
    with Front(HOME, "--request", "60", "--idle", "60") as front:
        clients = [Client(front.port) for _ in range(400)]
        for client in clients:
            client.send(b"POST /ocsp HTTP/1.1\r\nHost: a\r\nContent-Length: 60000\r\n"
                        b"Content-Type: application/ocsp-request\r\n\r\n" + b"\x30" * 59999)
        wait_for("them to be read", lambda:
                 metric(front.port, "signet_http_body_octets") > 15 << 20)
        for client in clients:
            client.send(b"x")
        codes = [client.response()[0] for client in clients]
        assert codes.count(503) > 50 and codes.count(200) > 200, codes
        same(len(codes), codes.count(503) + codes.count(200))
        wait_for("them to be forgotten", lambda:
                 metric(front.port, "signet_http_body_octets") == 0)
        assert front.memory() < 120 << 20, front.memory()
        same(clients[0].post(b"\x30" * 60000)[0], 200)


def memory_of_answers():
    """The cache has a bound."""
    class Large(Signer):
        def answer(self, kind, payload):
            text = super().answer(kind, payload)
            if kind != OCSP:
                return text
            more = b"x" * 30000
            head = list(HEAD.unpack(text[: HEAD.size]))
            head[1] += len(more)
            return HEAD.pack(*head) + text[HEAD.size :] + more

    with Front(HOME, signer=Large(HOME)) as front:
        client = Client(front.port)
        for i in range(4000):
            client.send(b"GET %s HTTP/1.1\r\nHost: a\r\n\r\n"
                        % in_url(ocsp_request(b"\x01" + i.to_bytes(3, "big"))).encode())
            same(client.response()[0], 200)
        octets = metric(front.port, "signet_ocsp_cache_octets")
        assert 50 << 20 < octets <= 64 << 20, octets
        assert front.memory() < 130 << 20, front.memory()


# ---- the signer, and the end -----------------------------------------------


def signer_is_slow():
    """Who waits for it keeps nobody else waiting."""
    cached, other = ocsp_request(serial_of("one.lab.example")), ocsp_request(b"\x07")
    with Front(HOME) as front:
        same(ask(front.port, "POST", "/", cached, Content_Type=POST_TYPE)[0], 200)
        front.signer.gate.clear()
        waiting = [Client(front.port) for _ in range(40)]
        for client in waiting:
            client.send(b"GET %s HTTP/1.1\r\nHost: a\r\n\r\n" % in_url(other).encode())
        wait_for("the question", lambda: other in front.signer.asked)
        for _ in range(20):
            same(ask(front.port, "POST", "/", cached, Content_Type=POST_TYPE)[0], 200)
            same(ask(front.port, "GET", "/ca/root.crt")[0], 200)
        # Who goes away is not missed.
        waiting.pop().close()
        front.signer.gate.set()
        for client in waiting:
            same(client.response()[2][:7], b"unknown")
        assert front.signer.asked.count(other) <= 4


def signer_is_silent():
    """tryLater, and the answer that comes late is kept for the next."""
    request = ocsp_request(b"\x07")
    with Front(HOME, "--patience", "1") as front:
        front.signer.gate.clear()
        code, headers, body = ask(front.port, "GET", in_url(request))
        same((code, body, headers["cache-control"]), (200, b"\x30\x03\x0a\x01\x03", "no-store"))
        front.signer.gate.set()
        wait_for("the answer", lambda: ask(front.port, "GET", in_url(request))[2][:7] == b"unknown")
        same(front.signer.asked.count(request) < 4, True)


def too_many_questions():
    """More than are taken: tryLater at once."""
    with Front(HOME) as front:
        front.signer.gate.clear()
        clients = [Client(front.port) for _ in range(1100)]
        for i, client in enumerate(clients):
            client.send(b"GET %s HTTP/1.1\r\nHost: a\r\n\r\n"
                        % in_url(ocsp_request(b"\x01" + i.to_bytes(3, "big"))).encode())
        wait_for("tryLater", lambda: metric(
            front.port, 'signet_ocsp_answers_total{status="tryLater"}') == 1100 - 1024)
        front.signer.gate.set()
        bodies = [client.response()[2][:7] for client in clients]
        same(bodies.count(b"unknown"), 1024)


def signer_dies():
    with Front(HOME) as front:
        for pair in front.pairs:
            pair.shutdown(socket.SHUT_RDWR)
            pair.close()
        same(front.process.wait(PATIENCE), 1)


class Liar(Signer):
    lie = b""

    def answer(self, kind, payload):
        return super().answer(kind, payload) if kind == TEND else self.lie


def signer_lies():
    """What is no answer ends the front: there is no other signer."""
    for lie in (b"", b"x", HEAD.pack(OCSP, 99, 0, 1, 0, 0, 1, b"", 1, True, 0, 0, b"", 0, 0, 0),
                HEAD.pack(READY, 0, 0, 1, 0, 0, 1, b"", 1, True, 0, 0, b"", 0, 0, 0)):
        with Front(HOME, signer=Liar(HOME)) as front:
            front.signer.lie = lie
            client = Client(front.port)
            client.send(b"GET %s HTTP/1.1\r\nHost: a\r\n\r\n"
                        % in_url(ocsp_request(b"\x07")).encode())
            same(front.process.wait(PATIENCE), 1)


def chatter(ask, client, ended):
    """Asks as fast as it is answered, on one connection, until it is told that
    this was the last one."""
    last = None
    try:
        while last != "close":
            code, headers, _ = ask(client)
            same(code, 200)
            last = headers.get("connection")
        ended.append(client.ended())
    except Exception as error:
        ended.append(error)


def drains():
    """SIGTERM: what is under way is finished, what has begun is answered, once
    and with a word that it is the last, what is idle is closed, nobody new is
    let in."""
    large = os.urandom(1 << 20) * 24
    publish("issuing", large)
    with Front(HOME, "--idle", "60") as front:
        idle, begun, loading, asking = (Client(front.port) for _ in range(4))
        same(idle.ask("GET", "/healthz")[0], 200)
        loading.send(b"GET /crl/issuing.crl HTTP/1.1\r\nHost: a\r\n\r\n")
        loading.more()
        cached = ocsp_request(serial_of("one.lab.example"))
        same(ask(front.port, "GET", in_url(cached))[0], 200)
        front.signer.gate.clear()
        asking.send(b"GET %s HTTP/1.1\r\nHost: a\r\n\r\n" % in_url(ocsp_request(b"\x07")).encode())
        wait_for("the question", lambda: front.signer.asked)
        ways = [lambda client: client.ask("GET", "/healthz"),
                lambda client: client.ask("GET", "/ca/root.crt"),
                lambda client: client.ask("GET", in_url(cached)),
                lambda client: client.post(cached)] * 4
        ended = []
        chatting = [threading.Thread(target=chatter, args=(way, Client(front.port), ended))
                    for way in ways]
        begun.send(b"GET /healthz HTTP/1.1\r\nHo")
        for thread in chatting:
            thread.start()
        # Not all of these are accepted by then.
        late = [Client(front.port) for _ in range(40)]
        for client in late:
            client.send(b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n")
        front.terminate()
        for client in late:
            same(client.response()[0], 200)
        for thread in chatting:
            thread.join(PATIENCE)
        same(ended, [True] * len(ways))
        assert idle.ended()
        begun.send(b"st: a\r\n\r\n")
        code, headers, _ = begun.response()
        same((code, headers.get("connection")), (200, "close"))
        assert begun.ended()

        def refused():
            try:
                Client(front.port).close()
                return False
            except ConnectionError:
                return True

        wait_for("no new connections", refused)
        same(front.process.poll(), None)
        front.signer.gate.set()
        same(asking.response()[2][:7], b"unknown")
        same(front.process.poll(), None)
        same(loading.response()[2] == large, True)
        same(front.process.wait(PATIENCE), 0)


def two_listeners():
    with Front(HOME, listeners=2, pairs=3) as front:
        for port in front.ports * 3:
            same(ask(port, "GET", "/healthz")[0], 200)
        front.terminate()
        same(front.process.wait(PATIENCE), 0)


def confined():
    """It has given up what it does not need, and holds no key's file."""
    with Front(HOME) as front:
        ask(front.port, "GET", "/ca/root.crt")
        where = "/proc/%d/" % front.process.pid
        with open(where + "status") as f:
            status = f.read()
        same(re.search(r"NoNewPrivs:\s*(\d)", status).group(1), "1")
        if "Seccomp:\t" in status:
            same(re.search(r"Seccomp:\s*(\d)", status).group(1), "2")
        try:
            names = [os.readlink(where + "fd/" + fd) for fd in os.listdir(where + "fd")]
        except PermissionError:
            return
        files = {n for n in names if n.startswith("/") and "/dev/" not in n
                 and not n.endswith(".log")}
        for name in files:
            assert os.path.basename(name).startswith("ledger.db") or "bats" in name, name


if __name__ == "__main__":
    globals()[sys.argv[1]]()
