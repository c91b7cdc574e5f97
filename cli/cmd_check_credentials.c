/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Who we are, when a server asks: --cert and --key. */
#include "ca/pem.h"
#include "cli/cmd_check.h"
#include "cli/keyfile.h"
#include "cli/pool.h"

static enum ca_status
put_chain(const struct pool *pool, struct ca_buf *ret, struct ca_error *err)
{
	for (size_t i = 0; i < pool->count; i++)
		if (ca_pem_append(
			ret, CA_PEM_CERTIFICATE, pool->certs[i].der) != CA_OK)
			return ca_fail(err, CA_MEMORY, "out of memory");
	return CA_OK;
}

static enum ca_status
read_key(const struct invocation *in, const char *path,
    const struct ca_cert *cert, struct ca_buf *ret, struct ca_error *err)
{
	struct ca_rng *rng = NULL;
	struct ca_key *key = NULL;
	enum ca_status st;

	if ((st = ca_rng_new(&rng, err)) != CA_OK ||
	    (st = keyfile_read(path, &in->pass, NULL, rng, &key, err)) != CA_OK)
		goto out;
	if (ca_bytes_equal(ca_key_spki(key)->der, cert->spki.der))
		st = ca_key_to_pkcs8(key, ret, err);
	else
		st = ca_fail(err, CA_USAGE,
		    "%.200s is not the key of the certificate that --cert "
		    "names",
		    path);
out:
	ca_key_free(key);
	ca_rng_free(rng);
	return st;
}

enum ca_status
cmd_check_credentials(const struct invocation *in, struct ca_buf *ret_chain,
    struct ca_buf *ret_key, struct ca_error *err)
{
	const char *cert = opt_text(&in->opts, "cert");
	const char *key = opt_text(&in->opts, "key");
	struct pool pool = {
	    .kind = POOL_CERTS, .max = TLS_CHAIN_MAX, .needs_first = true};
	enum ca_status st;

	if (cert == NULL && key == NULL)
		return CA_OK;
	if (cert == NULL || key == NULL)
		return ca_fail(
		    err, CA_USAGE, "--cert FILE and --key FILE go together");
	if ((st = pool_read(&pool, cert, err)) == CA_OK &&
	    (st = put_chain(&pool, ret_chain, err)) == CA_OK)
		st = read_key(in, key, &pool.certs[0], ret_key, err);
	pool_done(&pool);
	return st;
}
