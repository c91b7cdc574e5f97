#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes certification requests with one fault each into the current folder.

Every one asks for host.example.com, is signed with its own key, and is right
but for what its name says. Only openssl and the standard library are needed.
"""
import base64
import hashlib
import subprocess


def openssl(*args, data=None):
    return subprocess.run(("openssl",) + args, input=data, check=True,
                          stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL).stdout


# ---- DER ----

def tlv(tag, *parts):
    body = b"".join(parts)
    if len(body) < 128:
        return bytes([tag, len(body)]) + body
    size = len(body).to_bytes((len(body).bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(size)]) + size + body


def seq(*parts):
    return tlv(0x30, *parts)


def integer(value):
    return tlv(2, value.to_bytes(value.bit_length() // 8 + 1, "big"))


def oid(text):
    arcs = [int(arc) for arc in text.split(".")]
    out = b""
    for arc in [arcs[0] * 40 + arcs[1]] + arcs[2:]:
        octets = [arc & 0x7F]
        while arc := arc >> 7:
            octets.insert(0, 0x80 | arc & 0x7F)
        out += bytes(octets)
    return tlv(6, out)


def bits(data):
    return tlv(3, b"\0" + data)


NULL = tlv(5)
EC, P256 = oid("1.2.840.10045.2.1"), oid("1.2.840.10045.3.1.7")
RSA = oid("1.2.840.113549.1.1.1")
ECDSA_SHA256 = seq(oid("1.2.840.10045.4.3.2"))
RSA_SHA256 = seq(oid("1.2.840.113549.1.1.11"), NULL)
SAN, EXTENSIONS = oid("2.5.29.17"), oid("1.2.840.113549.1.9.14")


# ---- the parts of a request ----

def subject(common_name="host.example.com"):
    return seq(tlv(0x31, seq(oid("2.5.4.3"), tlv(12, common_name.encode()))))


def dns(name):
    return tlv(0x82, name if isinstance(name, bytes) else name.encode())


def san(*names):
    return seq(SAN, tlv(4, seq(*names)))


def extensions(*parts):
    return seq(EXTENSIONS, tlv(0x31, seq(*parts)))


ASKED = extensions(san(dns("host.example.com")))


def info(spki, attributes=ASKED, version=integer(0), name=None):
    return seq(version, name or subject(), spki, tlv(0xA0, attributes))


def write(name, der):
    with open(name, "wb") as file:
        file.write(der)


# ---- an EC key that is fine, and its signatures ----

openssl("genpkey", "-algorithm", "EC", "-pkeyopt",
        "ec_paramgen_curve:P-256", "-out", "ec.key")
EC_SPKI = openssl("pkey", "-in", "ec.key", "-pubout", "-outform", "DER")
POINT = EC_SPKI[-65:]


def signed(body, algorithm=ECDSA_SHA256):
    signature = openssl("dgst", "-sha256", "-sign", "ec.key", data=body)
    return seq(body, algorithm, bits(signature))


def ec_request(**parts):
    return signed(info(EC_SPKI, **parts))


def spki(point, curve=P256):
    return seq(seq(EC, curve), bits(point))


# ---- RSA keys that openssl does not make, and signatures that hold ----

def rsa_request(name, n, e, d, parameters=NULL, algorithm=RSA_SHA256):
    key = seq(seq(RSA, parameters), bits(seq(integer(n), integer(e))))
    body = info(key)
    size = (n.bit_length() + 7) // 8
    digest = seq(seq(oid("2.16.840.1.101.3.4.2.1"), NULL),
                 tlv(4, hashlib.sha256(body).digest()))
    padded = (b"\0\1" + b"\xff" * (size - len(digest) - 3) + b"\0" + digest)
    value = pow(int.from_bytes(padded, "big"), d, n)
    write(name, seq(body, algorithm, bits(value.to_bytes(size, "big"))))


def prime(count):
    return int(openssl("prime", "-generate", "-bits", str(count)))


def is_prime(value):
    return all(value % p for p in (3, 5, 7, 11, 13, 17, 19, 23)) and \
        pow(2, value - 1, value) == 1


def rsa_from(name, p, q, e=65537, **more):
    rsa_request(name, p * q, e, pow(e, -1, (p - 1) * (q - 1)), **more)


def prime_for(count, e):
    while (value := prime(count)) % e == 1:
        pass
    return value


def rsa_requests():
    p, q = prime_for(1024, 3), prime_for(1024, 3)
    rsa_from("rsa-good.csr", p, q)
    rsa_from("rsa-e3.csr", p, q, 3)
    rsa_request("rsa-e1.csr", p * q, 1, 1)
    rsa_request("rsa-e-even.csr", p * q, 65536, 1)
    rsa_request("rsa-e-above-n.csr", p * q, p * q + 2, 1)
    rsa_from("rsa-no-null.csr", p, q, parameters=b"")
    rsa_from("rsa-1024.csr", prime(512), prime(512))
    rsa_from("rsa-2047.csr", prime(1023), p)
    big = prime(2047)
    rsa_from("rsa-n-even.csr", 2, big)
    rsa_from("rsa-factor-3.csr", 3, big)
    rsa_from("rsa-factor-751.csr", 751, prime(2039))
    near = p + 2
    while not is_prime(near):
        near += 2
    rsa_from("rsa-fermat.csr", p, near)
    rsa_request("rsa-16k.csr", (1 << 16383) + 1, 65537, 1)


# ---- faults ----

def encoding():
    good = ec_request()
    body = info(EC_SPKI)
    write("good.der", good)
    write("version-1.csr", ec_request(version=integer(1)))
    write("version-2.csr", ec_request(version=integer(2)))
    write("wrong-signature.csr", good.replace(b"host.example", b"evil.example"))
    flipped = bytearray(good)
    flipped[-1] ^= 1
    write("flipped-signature.csr", bytes(flipped))
    write("ber-indefinite.csr", b"\x30\x80" + good[4:] + b"\0\0")
    write("ber-long-length.csr", signed(
        info(EC_SPKI, name=b"\x30\x81" + subject()[1:])))
    write("ber-integer.csr", ec_request(version=b"\x02\x02\0\0"))
    write("ber-boolean.csr", ec_request(attributes=extensions(
        seq(SAN, b"\x01\x01\x01", tlv(4, seq(dns("host.example.com")))))))
    write("trailing.csr", good + b"\0")
    write("trailing-inside.csr", seq(good[4:], NULL))
    write("trailing-in-san.csr", ec_request(attributes=extensions(
        seq(SAN, tlv(4, seq(dns("host.example.com")), NULL)))))
    write("truncated.csr", good[:-9])
    write("empty-sequence.csr", seq())
    write("signature-alg-null.csr", signed(
        body, seq(oid("1.2.840.10045.4.3.2"), NULL)))
    write("signature-alg-other.csr", signed(body, RSA_SHA256))


def attributes():
    one = san(dns("host.example.com"))
    write("extension-twice.csr", ec_request(attributes=extensions(one, one)))
    write("attribute-twice.csr", ec_request(attributes=ASKED + ASKED))
    write("attribute-empty.csr", ec_request(
        attributes=seq(EXTENSIONS, tlv(0x31))))
    write("attribute-two-values.csr", ec_request(
        attributes=seq(EXTENSIONS, tlv(0x31, seq(one), seq(one)))))
    write("san-empty.csr", ec_request(attributes=extensions(san())))
    write("names-101.csr", ec_request(attributes=extensions(
        san(*(dns("h%d.example.com" % i) for i in range(101))))))
    write("rdns-20000.csr", ec_request(name=seq(
        *[tlv(0x31, seq(oid("2.5.4.11"), tlv(12, b"x")))] * 20000)))
    deep = b""
    for _ in range(2000):
        deep = seq(deep)
    write("deep.csr", ec_request(name=deep))


def curve():
    off = bytearray(POINT)
    off[-1] ^= 1
    write("ec-off-curve.csr", signed(info(spki(bytes(off)))))
    write("ec-infinity.csr", signed(info(spki(b"\0"))))
    write("ec-zero.csr", signed(info(spki(b"\4" + bytes(64)))))
    write("ec-too-large.csr", signed(info(spki(b"\4" + b"\xff" * 64))))
    write("ec-compressed.csr", signed(info(spki(
        bytes([2 + (POINT[-1] & 1)]) + POINT[1:33]))))
    write("ec-short.csr", signed(info(spki(POINT[:-1]))))


HOSTS = {
    "nul": b"host.example.com\0.evil.example",
    "newline": b"host.example.com\nevil.example",
    "u-label": "b\u00fccher.example".encode(),
    "latin-1": b"b\xfccher.example",
    "punycode": "xn--999999999.example",
    "address": "10.0.0.1",
    "address-6": "2001:db8::1",
    "wildcard": "*.example.com",
    "wildcard-part": "f*o.example.com",
    "wildcard-two": "*.*.example.com",
    "wildcard-inside": "a.*.example.com",
    "wildcard-alone": "*",
    "wildcard-tld": "*.com",
    "empty": "",
    "dot": ".",
    "dot-first": ".example.com",
    "dot-last": "host.example.com.",
    "dots": "host..example.com",
    "space": "host .example.com",
    "underscore": "a_b.example.com",
    "hyphen": "-host.example.com",
    "label-64": "a" * 64 + ".example.com",
    "name-254": ".".join(["a" * 49] * 5) + ".abcd",
}


def names():
    for name, host in HOSTS.items():
        write("host-%s.csr" % name, ec_request(
            attributes=extensions(san(dns("host.example.com"), dns(host)))))
    write("ip-5.csr", ec_request(attributes=extensions(
        san(dns("host.example.com"), tlv(0x87, bytes(5))))))
    write("no-names.csr", ec_request(attributes=b""))
    write("cn-other.csr", ec_request(name=subject("other.example.com")))
    write("cn-address.csr", ec_request(name=subject("10.0.0.1")))
    write("cn-65.csr", ec_request(name=subject("a" * 65)))
    write("cn-nul.csr", ec_request(name=subject("host.example.com\0")))


def pem():
    text = base64.encodebytes(ec_request()).decode()
    one = "-----BEGIN %s-----\n" + text + "-----END %s-----\n"
    kind = "CERTIFICATE REQUEST"
    block = one % (kind, kind)
    write("pem-good.csr", ("a note\n" + block).encode())
    write("pem-crlf.csr", block.replace("\n", "\r\n").encode())
    write("pem-old.csr", (one % ("NEW " + kind, "NEW " + kind)).encode())
    write("pem-two.csr", (block + block).encode())
    write("pem-no-end.csr", block[:block.index("-----END")].encode())
    write("pem-other-end.csr", (one % (kind, "X")).encode())
    write("pem-nul.csr", block.replace("\n", "\0\n", 2).encode())
    write("pem-header.csr", block.replace(
        "-----\n", "-----\nProc-Type: 4,ENCRYPTED\n\n", 1).encode())
    write("pem-base64.csr", block.replace("M", "!", 1).encode())
    write("large.csr", seq(bytes(200000)))


encoding()
attributes()
curve()
names()
pem()
rsa_requests()
