# SPDX-License-Identifier: GPL-3.0-or-later
"""A TLS server that looks at CRLs, as Python's standard library has it.

crl_handshake.py ROOT CRLS SERVER SERVERKEY KEY CHAIN...: each chain, all of
the same KEY, is shown by a client to a server that trusts ROOT alone and
checks all of the chain against CRLS. Prints a line with the chain's file, and
"good" or what is wrong with it. Nothing leaves this process.
"""

import ssl
import sys


def server_side(root, crls, chain, key):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_verify_locations(root)
    context.load_verify_locations(crls)
    context.verify_flags |= ssl.VERIFY_CRL_CHECK_CHAIN | ssl.VERIFY_X509_STRICT
    context.load_cert_chain(chain, key)
    return context


def client_side(root, chain, key):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.load_verify_locations(root)
    context.load_cert_chain(chain, key)
    return context


def step(end):
    """True when the handshake of this end is done."""
    try:
        end.do_handshake()
        return True
    except ssl.SSLWantReadError:
        return False


def verdict(server, client):
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    a = client.wrap_bio(to_client, to_server)
    b = server.wrap_bio(to_server, to_client, server_side=True)
    try:
        for _ in range(10):
            step(a)
            if step(b):
                return "good"
    except ssl.SSLCertVerificationError as error:
        return error.verify_message
    return "no end to it"


def main():
    root, crls, chain, server_key, key = sys.argv[1:6]
    server = server_side(root, crls, chain, server_key)
    for name in sys.argv[6:]:
        print(name, verdict(server, client_side(root, name, key)))


main()
