# SPDX-License-Identifier: GPL-3.0-or-later
"""Asks an OCSP responder by GET, with Python's cryptography.

ocsp_client.py URL ISSUER CERTIFICATE...: prints a line with each file and
"good", "unknown", or "revoked REASON". The answer must be for the certificate
that was asked about, be signed by a responder that the issuer vouches for,
and be valid now.
"""

import base64
import sys
import urllib.parse
import urllib.request
from datetime import datetime, timezone

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp


def load(name):
    with open(name, "rb") as file:
        return x509.load_pem_x509_certificate(file.read())


def get(url, request):
    path = urllib.parse.quote(base64.b64encode(request), safe="")
    with urllib.request.urlopen(f"{url}/{path}", timeout=10) as answer:
        assert answer.headers["Content-Type"] == "application/ocsp-response"
        assert "max-age=" in answer.headers["Cache-Control"]
        return answer.read()


def utc(answer, name):
    new = getattr(answer, name + "_utc", None)
    return new or getattr(answer, name).replace(tzinfo=timezone.utc)


def check_signer(answer, issuer):
    (signer,) = answer.certificates
    use = signer.extensions.get_extension_for_class(x509.ExtendedKeyUsage)
    assert x509.ExtendedKeyUsageOID.OCSP_SIGNING in use.value
    signer.extensions.get_extension_for_class(x509.OCSPNoCheck)
    assert signer.issuer == issuer.subject
    issuer.public_key().verify(
        signer.signature,
        signer.tbs_certificate_bytes,
        ec.ECDSA(signer.signature_hash_algorithm),
    )
    signer.public_key().verify(
        answer.signature,
        answer.tbs_response_bytes,
        ec.ECDSA(answer.signature_hash_algorithm),
    )


def ask(url, issuer, certificate, algorithm):
    builder = ocsp.OCSPRequestBuilder()
    builder = builder.add_certificate(certificate, issuer, algorithm)
    request = builder.build()
    answer = ocsp.load_der_ocsp_response(
        get(url, request.public_bytes(Encoding.DER))
    )
    assert answer.response_status is ocsp.OCSPResponseStatus.SUCCESSFUL
    assert answer.serial_number == certificate.serial_number
    assert answer.issuer_name_hash == request.issuer_name_hash
    assert answer.issuer_key_hash == request.issuer_key_hash
    now = datetime.now(timezone.utc)
    assert utc(answer, "this_update") <= now < utc(answer, "next_update")
    check_signer(answer, issuer)
    status = answer.certificate_status.name.lower()
    if status == "revoked" and answer.revocation_reason is not None:
        status += " " + answer.revocation_reason.value
    return status


def main():
    url, issuer = sys.argv[1], load(sys.argv[2])
    for name in sys.argv[3:]:
        said = {
            ask(url, issuer, load(name), algorithm)
            for algorithm in (hashes.SHA1(), hashes.SHA256())
        }
        assert len(said) == 1, said
        print(name, said.pop())


main()
