/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/pubkey.h"

#include <stdlib.h>
#include <string.h>

#include "ca/cert.h"
#include "ca/csr.h"
#include "ca/key.h"
#include "ca/pem.h"
#include "cli/file.h"

/* ---- one format each ---- */

static enum ca_status
of_certificate(
    struct ca_bytes der, struct ca_buf *ret_spki, struct ca_error *err)
{
	struct ca_cert *cert = calloc(1, sizeof(*cert));
	enum ca_status st;

	if (cert == NULL)
		return ca_fail(err, CA_MEMORY, "out of memory");
	if ((st = ca_cert_parse(der, cert, err)) == CA_OK)
		st = ca_buf_append(ret_spki, cert->spki.der);
	free(cert);
	return st;
}

static enum ca_status
of_request(struct ca_bytes der, struct ca_buf *ret_spki, struct ca_error *err)
{
	struct ca_csr *csr = calloc(1, sizeof(*csr));
	enum ca_status st;

	if (csr == NULL)
		return ca_fail(err, CA_MEMORY, "out of memory");
	if ((st = ca_csr_parse(der, csr, err)) == CA_OK)
		st = ca_buf_append(ret_spki, csr->spki.der);
	free(csr);
	return st;
}

static enum ca_status
of_public_key(
    struct ca_bytes der, struct ca_buf *ret_spki, struct ca_error *err)
{
	struct ca_spki spki = {0};
	enum ca_status st;

	if ((st = ca_spki_get(&der, &spki, err)) != CA_OK)
		return st;
	if (der.len > 0)
		return ca_fail(err, CA_MALFORMED,
		    "public key: %zu octets behind it", der.len);
	return ca_buf_append(ret_spki, spki.der);
}

static enum ca_status
of_private_key(struct ca_bytes file, const struct pass *pass,
    struct ca_buf *ret_spki, struct ca_error *err)
{
	struct ca_buf secret = {0};
	struct ca_rng *rng = NULL;
	struct ca_key *key = NULL;
	enum ca_status st;

	if ((st = ca_rng_new(&rng, err)) != CA_OK ||
	    (ca_key_pem_is_encrypted(file) &&
		(st = pass_for_opening(pass, "this key", &secret, err)) !=
		    CA_OK) ||
	    (st = ca_key_from_pem(file, ca_view(&secret), rng, &key, err)) !=
		CA_OK)
		goto out;
	st = ca_buf_append(ret_spki, ca_key_spki(key)->der);
out:
	ca_key_free(key);
	ca_rng_free(rng);
	ca_buf_free(&secret);
	return st;
}

/* ---- which it is ---- */

static enum ca_status
of_pem(struct ca_bytes file, const struct pass *pass, struct ca_buf *ret_spki,
    struct ca_error *err)
{
	struct ca_bytes rest = file;
	struct ca_buf der = {0};
	char label[CA_PEM_LABEL];
	enum ca_status st;

	if ((st = ca_pem_next(&rest, label, &der, err)) != CA_OK)
		goto out;
	if (strcmp(label, CA_PEM_CERTIFICATE) == 0)
		st = of_certificate(ca_view(&der), ret_spki, err);
	else if (strcmp(label, CA_PEM_REQUEST) == 0 ||
	    strcmp(label, CA_PEM_REQUEST_OLD) == 0)
		st = of_request(ca_view(&der), ret_spki, err);
	else if (strcmp(label, CA_PEM_PUBLIC_KEY) == 0)
		st = of_public_key(ca_view(&der), ret_spki, err);
	else if (strcmp(label, "RSA PUBLIC KEY") == 0)
		st = ca_fail(err, CA_MALFORMED,
		    "a public key of PKCS #1 (PEM: RSA PUBLIC KEY): convert it "
		    "with `openssl rsa -RSAPublicKey_in -in FILE -pubout`");
	else if (strstr(label, CA_PEM_KEY) != NULL)
		/* A format that is not read here says how to convert it. */
		st = of_private_key(file, pass, ret_spki, err);
	else
		st = ca_fail(err, CA_MALFORMED,
		    "holds a %s: a certificate, a request, a public or a "
		    "private key has a key",
		    label);
out:
	ca_buf_free(&der);
	return st;
}

/* What DER is shows in what it parses as. */
static enum ca_status
of_der(struct ca_bytes file, const struct pass *pass, struct ca_buf *ret_spki,
    struct ca_error *err)
{
	if (of_certificate(file, ret_spki, NULL) == CA_OK ||
	    of_request(file, ret_spki, NULL) == CA_OK ||
	    of_public_key(file, ret_spki, NULL) == CA_OK)
		return CA_OK;
	ca_buf_clear(ret_spki);
	if (of_private_key(file, pass, ret_spki, NULL) == CA_OK)
		return CA_OK;
	return ca_fail(err, CA_MALFORMED,
	    "holds no key that can be read: a certificate, a request, a "
	    "public or a private key is wanted, PEM or DER");
}

enum ca_status
pubkey_read(const char *path, const struct pass *pass, struct ca_buf *ret_spki,
    struct ca_error *err)
{
	struct ca_buf file = {0}, spki = {0};
	enum ca_status st;

	if ((st = file_read(path, CA_CERT_MAX, &file, err)) != CA_OK)
		goto out;
	st = ca_pem_is_pem(ca_view(&file)) ?
	    of_pem(ca_view(&file), pass, &spki, err) :
	    of_der(ca_view(&file), pass, &spki, err);
	if (st != CA_OK) {
		ca_fail_in(err, path);
		goto out;
	}
	st = ca_buf_append(ret_spki, ca_view(&spki));
out:
	ca_buf_free(&file);
	ca_buf_free(&spki);
	return st;
}
