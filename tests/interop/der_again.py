# SPDX-License-Identifier: GPL-3.0-or-later
"""der_again.py FILE...: takes DER apart to its leaves and puts it together
again from their values, as X.690 10 and 11 have it; exits 1 for a file that
comes out as other octets (checklist 68). OCTET STRINGs that hold DER, the
extensions' values, are taken apart as well."""
import sys

BOOLEAN, INTEGER, BITS, OCTETS, SET = 1, 2, 3, 4, 0x31


def take(data):
    """The tag, content and rest of what data begins with."""
    tag, length, at = data[0], data[1], 2
    if tag & 31 == 31 or length == 0x80:
        raise ValueError("a long tag or an indefinite length")
    if length > 0x80:
        at += length & 127
        length = int.from_bytes(data[2:at], "big")
    if at + length > len(data):
        raise ValueError("breaks off")
    return tag, data[at:at + length], data[at + length:]


def put(tag, content):
    size = len(content)
    if size < 128:
        return bytes([tag, size]) + content
    octets = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([tag, 128 | len(octets)]) + octets + content


def leaf(tag, content):
    if tag == BOOLEAN:
        return b"\xff" if content != b"\0" else b"\0"
    if tag == INTEGER:
        value = int.from_bytes(content, "big", signed=True)
        bits = value.bit_length() if value >= 0 else (~value).bit_length()
        return value.to_bytes(bits // 8 + 1, "big", signed=True)
    if tag == BITS:
        unused = content[0]
        value = int.from_bytes(content[1:], "big") >> unused << unused
        return bytes([unused]) + value.to_bytes(len(content) - 1, "big")
    if tag == OCTETS:
        try:
            return again(content)
        except (ValueError, IndexError):
            return content
    return content


def again(data):
    if not data:
        raise ValueError("nothing")
    out = []
    while data:
        tag, content, data = take(data)
        if tag & 32:
            parts = again(content) if content else b""
            if tag == SET:
                members, rest = [], parts
                while rest:
                    inner, value, rest = take(rest)
                    members.append(put(inner, value))
                parts = b"".join(sorted(members))
            out.append(put(tag, parts))
        else:
            out.append(put(tag, leaf(tag, content)))
    return b"".join(out)


for path in sys.argv[1:]:
    with open(path, "rb") as file:
        der = file.read()
    if again(der) != der:
        sys.exit(path + ": is not what it is when it is written again")
