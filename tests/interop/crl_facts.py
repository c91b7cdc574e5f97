# SPDX-License-Identifier: GPL-3.0-or-later
"""What a CRL says, in the words of several programs, brought to one form.

crl_facts.py TOOL <TEXT: a line for each entry, in the order of serials: the
serial in hexadecimal, when it was revoked in seconds since 1970, the reason's
number, and since when it was in doubt; '-' where there is none, and where the
tool does not say. TOOL is openssl, certtool, nss, keytool, or pyca, for which
TEXT is the list itself, in DER.
"""

import re
import sys
from datetime import datetime, timezone

REASONS = (
    "unspecified",
    "keycompromise",
    "cacompromise",
    "affiliationchanged",
    "superseded",
    "cessationofoperation",
    "certificatehold",
    "",
    "removefromcrl",
    "privilegewithdrawn",
    "aacompromise",
)

# For each tool: where an entry begins, with its serial; when; why; since when.
TOOLS = {
    "openssl": (
        r"Serial Number: ([0-9A-F]+)",
        r"Revocation Date: (.+)",
        r"Reason Code:\s+(.+)",
        r"Invalidity Date:\s+(.+)",
    ),
    "certtool": (
        r"Serial Number \(hex\): ([0-9a-f]+)",
        r"Revoked at: (.+)",
        None,
        None,
    ),
    "nss": (
        r"Serial Number:\s+((?:[0-9a-f]{2}[:\s]+)+)",
        r"Revocation Date: (.+)",
        r"CRL reason code\s+Data: (\d+)",
        r"Invalid Date\s+Date: (.+)",
    ),
    "keytool": (
        r"SerialNumber: ([0-9a-f:]+)",
        r"On: (.+)",
        r"Reason Code: (\w+)",
        None,
    ),
}


def octets(digits):
    return digits.zfill(len(digits) + len(digits) % 2)


def reason_number(text):
    if text.isdigit():
        return int(text)
    return REASONS.index(re.sub(r"[^a-z]", "", text.lower()))


def seconds(text):
    words = [w for w in text.split() if w not in ("GMT", "UTC")]
    if not words[0][-1].isdigit() and not words[1].isdigit():
        words = words[1:]
    when = datetime.strptime(" ".join(words), "%b %d %H:%M:%S %Y")
    return int(when.replace(tzinfo=timezone.utc).timestamp())


def of_text(tool, text):
    begin, when, why, since = TOOLS[tool]
    starts = list(re.finditer(begin, text))
    for i, start in enumerate(starts):
        end = starts[i + 1].start() if i + 1 < len(starts) else len(text)
        entry = text[start.end() : end]
        # The list's own extensions and signature come after the last.
        entry = re.split(r"CRL Extensions:|Signature Algorithm", entry)[0]
        reason = why and re.search(why, entry)
        doubt = since and re.search(since, entry)
        yield (
            octets(re.sub(r"[^0-9a-f]", "", start.group(1).lower())),
            seconds(re.search(when, text[start.start() : end]).group(1)),
            reason_number(reason.group(1)) if reason else "-",
            seconds(doubt.group(1)) if doubt else "-",
        )


def of_list(der):
    from cryptography import x509

    def utc(thing, name):
        new = getattr(thing, name + "_utc", None)
        old = new or getattr(thing, name).replace(tzinfo=timezone.utc)
        return int(old.timestamp())

    def extension(entry, kind):
        try:
            return entry.extensions.get_extension_for_class(kind).value
        except x509.ExtensionNotFound:
            return None

    for entry in x509.load_der_x509_crl(der):
        reason = extension(entry, x509.CRLReason)
        doubt = extension(entry, x509.InvalidityDate)
        yield (
            octets(format(entry.serial_number, "x")),
            utc(entry, "revocation_date"),
            reason_number(reason.reason.value) if reason else "-",
            utc(doubt, "invalidity_date") if doubt else "-",
        )


def main():
    data = sys.stdin.buffer.read()
    tool = sys.argv[1]
    facts = of_list(data) if tool == "pyca" else of_text(tool, data.decode())
    for fact in sorted(facts):
        print(*fact)


main()
