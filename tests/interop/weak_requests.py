#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes requests of the weak public keys of the badkeys collection.

weak_requests.py KEYS OUT: for each public key below KEYS, OUT/NAME.csr is a
request for it. Where the weakness gives the private key away, the request is
signed with it, and OUT/NAME.p8 is that key as PKCS #8 where it has two
primes; else the signature is noise. What this does not do: check anything.
"""

import base64
import functools
import hashlib
import math
import os
import re
import sys

SHA256_RSA = bytes.fromhex("300d06092a864886f70d01010b0500")
RSA = bytes.fromhex("300d06092a864886f70d0101010500")
EC = bytes.fromhex("06072a8648ce3d0201")
ECDSA_SHA256 = bytes.fromhex("300a06082a8648ce3d040302")
ED25519 = bytes.fromhex("300506032b6570")
SHA256_INFO = bytes.fromhex("3031300d060960864801650304020105000420")


def tlv(tag, *parts):
    body = b"".join(parts)
    n = len(body)
    if n < 128:
        return bytes([tag, n]) + body
    size = n.to_bytes((n.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(size)]) + size + body


def integer(n):
    return tlv(2, n.to_bytes(n.bit_length() // 8 + 1, "big"))


def split(der):
    """The elements of DER: (tag, content, whole)."""
    found = []
    while der:
        length, at = der[1], 2
        if length & 0x80:
            at = 2 + (length & 0x7F)
            length = int.from_bytes(der[2:at], "big")
        if at + length > len(der):
            raise ValueError("a fragment")
        found.append((der[0], der[at:at + length], der[:at + length]))
        der = der[at + length:]
    return found


def rsa_spki(n, e):
    key = tlv(0x30, integer(n), integer(e))
    return tlv(0x30, RSA, tlv(3, b"\0", key))


def spki_of(label, der):
    """The SubjectPublicKeyInfo, as it stands or made from PKCS #1."""
    parts = split(split(der)[0][1])
    if label == "PUBLIC KEY":
        return der
    if label == "RSA PUBLIC KEY":
        return rsa_spki(*(int.from_bytes(p[1], "big") for p in parts))
    if label == "RSA PRIVATE KEY":
        return rsa_spki(*(int.from_bytes(p[1], "big") for p in parts[1:3]))
    if label == "CERTIFICATE":
        return [p for p in split(parts[0][1]) if p[0] == 0x30][4][2]
    return None


def numbers(spki):
    """Modulus and exponent of an RSA key, else None."""
    algorithm, key = split(split(spki)[0][1])[:2]
    if algorithm[2] != RSA:
        return None
    pair = [int.from_bytes(p[1], "big")
            for p in split(split(key[1][1:])[0][1])]
    return pair if len(pair) == 2 else None


def prime(n):
    return pow(2, n - 1, n) == 1


@functools.cache
def prime_from(n):
    n |= 1
    while not prime(n):
        n += 2
    return n


def close_factors(n):
    a = math.isqrt(n)
    for a in range(a, a + 100):
        b = math.isqrt(max(a * a - n, 0))
        if a * a - b * b == n:
            return a - b
    return None


def small_factor(n):
    for p in range(3, 65536, 2):
        if n % p == 0 and prime(n // p):
            return p
    return None


def factor_with(n, e, d):
    """A factor, from a pair of exponents that undo each other."""
    odd = e * d - 1
    while odd % 2 == 0:
        odd //= 2
    for g in range(2, 100):
        x = pow(g, odd, n)
        while x not in (1, n - 1):
            y = x * x % n
            if y == 1:
                return math.gcd(x - 1, n)
            x = y
    return None


def break_key(n, e, known):
    """(private exponent, factor), as far as the weakness gives them."""
    if n < 1 << 1000 or n % 2 == 0:
        return None, None
    if e == 1:
        return 1, None
    if prime(n):
        return pow(e, -1, n - 1), None
    for d in (known, 65537):
        if d and pow(pow(2, e, n), d, n) == 2:
            return d, factor_with(n, e, d)
    p = close_factors(n) or small_factor(n)
    if not p and n % prime_from(0xC0 << 1016) == 0:
        p = prime_from(0xC0 << 1016)
    if not p:
        return None, None
    q = n // p
    if p == q:
        return pow(e, -1, p * (p - 1)), None
    return pow(e, -1, (p - 1) * (q - 1)), p


def sign(tbs, n, d):
    size = (n.bit_length() + 7) // 8
    info = SHA256_INFO + hashlib.sha256(tbs).digest()
    block = b"\0\1" + b"\xff" * (size - 3 - len(info)) + b"\0" + info
    return pow(int.from_bytes(block, "big"), d, n).to_bytes(size, "big")


def request(spki, n, d):
    name = tlv(0x30, tlv(0x31, tlv(0x30, bytes.fromhex("0603550403"),
                                   tlv(0x0C, b"weak.example"))))
    tbs = tlv(0x30, integer(0), name, spki, tlv(0xA0))
    algorithm = SHA256_RSA
    signature = bytes(255) + b"\1"
    if d:
        signature = sign(tbs, n, d)
    elif EC in spki:
        algorithm = ECDSA_SHA256
        signature = tlv(0x30, integer(1), integer(1))
    elif ED25519 in spki:
        algorithm, signature = ED25519, bytes(64)
    return tlv(0x30, tbs, algorithm, tlv(3, b"\0", signature))


def pkcs8(n, e, d, p):
    q = n // p
    key = tlv(0x30, *map(integer, (0, n, e, d, p, q, d % (p - 1),
                                   d % (q - 1), pow(q, -1, p))))
    return tlv(0x30, integer(0), RSA, tlv(4, key))


def read(path):
    """The public key, and the private exponent where it is there too."""
    text = open(path, "rb").read().decode("latin-1")
    if "hexmodulus" in path:
        return rsa_spki(int(text, 16), 65537), None
    pem = re.search("-----BEGIN ([A-Z ]+)-----(.*?)-----END", text, re.S)
    if not pem:
        return None, None
    try:
        der = base64.b64decode("".join(pem[2].split()))
        known = None
        if pem[1] == "RSA PRIVATE KEY":
            parts = split(split(der)[0][1])
            known = int.from_bytes(parts[3][1], "big")
        return spki_of(pem[1], der), known
    except (ValueError, IndexError):
        return None, None


def write(path, der):
    with open(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600), "wb") as out:
        out.write(der)


def main(keys, out):
    for folder, _, files in os.walk(keys):
        for file in files:
            spki, known = read(os.path.join(folder, file))
            if not spki:
                continue
            n, e = numbers(spki) or (0, 0)
            d, p = break_key(n, e, known)
            write(f"{out}/{file}.csr", request(spki, n, d))
            if p:
                write(f"{out}/{file}.p8", pkcs8(n, e, d, p))


main(*sys.argv[1:])
