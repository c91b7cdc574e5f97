#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""ocsp_check.py RESPONSE ISSUER CERT: what pyca/cryptography reads in it.

Prints the certificate's status, its reason and whether responder, signature
and dates hold; fails where they do not.
"""
import datetime
import sys

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509 import ocsp


def load(name):
    with open(name, "rb") as file:
        return file.read()


response = ocsp.load_der_ocsp_response(load(sys.argv[1]))
issuer = x509.load_pem_x509_certificate(load(sys.argv[2]))
cert = x509.load_pem_x509_certificate(load(sys.argv[3]))
assert response.response_status == ocsp.OCSPResponseStatus.SUCCESSFUL
assert response.serial_number == cert.serial_number
responder = response.certificates[0]
assert responder.issuer == issuer.subject
issuer.public_key().verify(responder.signature,
                           responder.tbs_certificate_bytes,
                           ec.ECDSA(responder.signature_hash_algorithm))
usage = responder.extensions.get_extension_for_class(x509.ExtendedKeyUsage)
assert list(usage.value) == [x509.ExtendedKeyUsageOID.OCSP_SIGNING]
responder.extensions.get_extension_for_class(x509.OCSPNoCheck)
responder.public_key().verify(response.signature, response.tbs_response_bytes,
                              ec.ECDSA(response.signature_hash_algorithm))
utc = datetime.timezone.utc
now = datetime.datetime.now(utc).replace(tzinfo=None)


def date(name):
    """Releases from 43 on warn of dates without a zone."""
    found = getattr(response, name + "_utc", None)
    return found.replace(tzinfo=None) if found else getattr(response, name)


assert date("this_update") <= date("produced_at") <= now
assert now < date("next_update")
reason = response.revocation_reason
print(response.certificate_status.name, reason.name if reason else "-")
