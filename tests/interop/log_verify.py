#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
#
# log_verify.py KEY FILE [CERTIFICATE.der]: what `signet log` hands out, read
# and verified from the specifications alone (RFC 9162 2.1, RFC 8032, C2SP
# signed-note, tlog-checkpoint, tlog-proof), on hashlib and nothing of ours.
# Prints what holds; exit 1 and the reason when something does not.
import base64
import hashlib
import struct
import sys

# ---- Ed25519 (RFC 8032 5.1) ----

P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
SQRT_M1 = pow(2, (P - 1) // 4, P)


def recover_x(y, sign):
    if y >= P:
        return None
    x2 = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    if x2 == 0:
        return None if sign else 0
    x = pow(x2, (P + 3) // 8, P)
    if (x * x - x2) % P:
        x = x * SQRT_M1 % P
    if (x * x - x2) % P:
        return None
    return P - x if x & 1 != sign else x


def decode_point(octets):
    y = int.from_bytes(octets, "little")
    sign, y = y >> 255, y & (2**255 - 1)
    x = recover_x(y, sign)
    return None if x is None else (x, y)


def add(a, b):
    (x1, y1), (x2, y2) = a, b
    k = D * x1 * x2 * y1 * y2 % P
    return ((x1 * y2 + x2 * y1) * pow(1 + k, P - 2, P) % P,
            (y1 * y2 + x1 * x2) * pow(1 - k, P - 2, P) % P)


def multiply(n, point):
    total = (0, 1)
    while n:
        if n & 1:
            total = add(total, point)
        point = add(point, point)
        n >>= 1
    return total


BY = 4 * pow(5, P - 2, P) % P
BASE = (recover_x(BY, 0), BY)


def ed25519_holds(key, message, signature):
    if len(signature) != 64:
        return False
    a, r = decode_point(key), decode_point(signature[:32])
    s = int.from_bytes(signature[32:], "little")
    if a is None or r is None or s >= L:
        return False
    h = hashlib.sha512(signature[:32] + key + message).digest()
    h = int.from_bytes(h, "little") % L
    return multiply(s, BASE) == add(r, multiply(h, a))


# ---- notes and checkpoints ----

class Bad(Exception):
    pass


def read_key(text):
    name, key_id, octets = text.strip().split("+", 2)
    octets = base64.b64decode(octets, validate=True)
    if octets[0] != 1 or len(octets) != 33:
        raise Bad("the key is no Ed25519 key")
    made = hashlib.sha256(name.encode() + b"\n" + octets).digest()[:4]
    if made.hex() != key_id:
        raise Bad("the key's id is not its own")
    return name, made, octets[1:]


def read_checkpoint(note, key):
    text, _, lines = note.rpartition("\n\n")
    text += "\n"
    name, key_id, public = key
    good = False
    for line in lines.splitlines():
        dash, who, signature = line.split(" ")
        if dash != "\u2014":
            raise Bad("a line is no signature")
        signature = base64.b64decode(signature, validate=True)
        if who != name or signature[:4] != key_id:
            continue
        if not ed25519_holds(public, text.encode(), signature[4:]):
            raise Bad("the signature does not hold")
        good = True
    if not good:
        raise Bad("it is not signed by this key")
    origin, size, root = text.split("\n")[:3]
    if origin != name or size != str(int(size)):
        raise Bad("it is no checkpoint of this log")
    return int(size), base64.b64decode(root, validate=True)


# ---- RFC 9162 2.1: roots are made of proofs by going down the tree again ----

def node(left, right):
    return hashlib.sha256(b"\x01" + left + right).digest()


def split(size):
    return 1 << (size - 1).bit_length() - 1


def root_of_path(leaf, index, size, path):
    if size == 1:
        if path:
            raise Bad("the proof is too long")
        return leaf
    if not path:
        raise Bad("the proof is too short")
    k = split(size)
    if index < k:
        return node(root_of_path(leaf, index, k, path[:-1]), path[-1])
    return node(path[-1], root_of_path(leaf, index - k, size - k, path[:-1]))


def roots_of_proof(old, new, path, old_root, whole=True):
    """The roots of both trees, as SUBPROOF of 2.1.4.1 was put together."""
    if old == new:
        if whole:
            if path:
                raise Bad("the proof is too long")
            return old_root, old_root
        if len(path) != 1:
            raise Bad("the proof has a wrong length")
        return path[0], path[0]
    if not path:
        raise Bad("the proof is too short")
    k = split(new)
    if old <= k:
        a, b = roots_of_proof(old, k, path[:-1], old_root, whole)
        return a, node(b, path[-1])
    a, b = roots_of_proof(old - k, new - k, path[:-1], old_root, False)
    return node(path[-1], a), node(path[-1], b)


# ---- files ----

def read_leaf(leaf):
    version, sequence, time = struct.unpack(">Bqq", leaf[:17])
    if version != 1:
        raise Bad("another version of the leaf")
    fields, rest = [], leaf[17:]
    while rest:
        size = struct.unpack(">H", rest[:2])[0]
        fields.append(rest[2:2 + size])
        rest = rest[2 + size:]
    kind, _, serial, digest = fields
    return sequence, time, kind.decode(), serial.hex(), digest


def verify_inclusion(lines, key, cert):
    extra = base64.b64decode(lines[1].removeprefix("extra "), validate=True)
    index = int(lines[2].removeprefix("index "))
    end = lines.index("")
    path = [base64.b64decode(h, validate=True) for h in lines[3:end]]
    size, root = read_checkpoint("\n".join(lines[end + 1:]), key)
    length = struct.unpack(">H", extra[:2])[0]
    leaf, der = extra[2:2 + length], extra[2 + length:]
    digest = hashlib.sha256(b"\x00" + leaf).digest()
    if not index < size or root_of_path(digest, index, size, path) != root:
        raise Bad("the proof leads to another root")
    sequence, _, kind, serial, digest = read_leaf(leaf)
    if sequence != index + 1:
        raise Bad("the entry has another number")
    if digest != hashlib.sha256(der).digest() or (cert and cert != der):
        raise Bad("the entry is about another certificate")
    print(f"entry {sequence} of {size}: {kind} {serial}")


def verify_consistency(lines, key):
    end = lines.index("")
    path = [base64.b64decode(h, validate=True) for h in lines[1:end]]
    rest = lines[end + 1:]
    first = rest.index("", rest.index("") + 1)
    old, old_root = read_checkpoint("\n".join(rest[:first]) + "\n", key)
    new, new_root = read_checkpoint("\n".join(rest[first + 1:]), key)
    if not 0 < old <= new:
        raise Bad("the earlier log is the longer one")
    if roots_of_proof(old, new, path, old_root) != (old_root, new_root):
        raise Bad("the proof leads to other roots")
    print(f"{old} entries, then {new}")


def main():
    key = read_key(sys.argv[1])
    with open(sys.argv[2], encoding="utf-8", newline="") as file:
        text = file.read()
    cert = open(sys.argv[3], "rb").read() if len(sys.argv) > 3 else None
    lines = text.split("\n")
    if lines[0] == "c2sp.org/tlog-proof@v1":
        verify_inclusion(lines, key, cert)
    elif lines[0] == "signet/log-consistency@v1":
        verify_consistency(lines, key)
    else:
        size, root = read_checkpoint(text, key)
        print(f"{size} entries, root {root.hex()}")


try:
    main()
except (Bad, ValueError, IndexError, struct.error) as reason:
    sys.exit(f"log_verify: {reason}")
