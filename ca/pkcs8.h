/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * pkcs8: the format of private keys (RFC 5958): PrivateKeyInfo, and its second
 * version OneAsymmetricKey with the public key beside the private one.
 *
 * What this does not do: look inside the key (ca/crypto), compare it with the
 * public key beside it (ca/key), encryption (ca/pbes2), text (ca/pem).
 */
#ifndef CA_PKCS8_H
#define CA_PKCS8_H

#include "ca/base.h"
#include "ca/spki.h"

struct ca_pkcs8 {
	enum ca_key_type type;
	struct ca_bytes inner;      /* RSAPrivateKey, ECPrivateKey, ... */
	struct ca_bytes public_key; /* as in an SPKI; {0} when absent */
};

/*
 * Views into der, which must be one whole DER element. The AlgorithmIdentifier
 * must be, byte for byte, that of a key type of ours; attributes are passed
 * over. CA_MALFORMED names the field. CA_REFUSED for another algorithm or
 * curve, and for traditional RSA and EC keys in DER, with what to do.
 */
CA_MUST_USE enum ca_status ca_pkcs8_parse(
    struct ca_bytes der, struct ca_pkcs8 *ret, struct ca_error *err);
/* Appends a PrivateKeyInfo with the AlgorithmIdentifier of spki. */
CA_MUST_USE enum ca_status ca_pkcs8_append(struct ca_buf *ret,
    const struct ca_spki *spki, struct ca_bytes inner, struct ca_error *err);

#endif
