/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/authority_proof.h"

#include <signal.h>

#include "ca/crl.h"

/* Below, a thread would take longer than the proof. */
#define LARGE ((size_t)256 * 1024)

/*
 * That the signature holds over what was read back says that it is what was
 * signed, to the octet.
 */
static enum ca_status
prove(const struct proof *proof, struct ca_error *err)
{
	const struct ca_cert *issuer = proof->issuer;
	struct ca_crl crl;
	enum ca_status st;

	if ((st = ca_crl_parse(proof->der, &crl, err)) != CA_OK ||
	    (st = ca_crl_verify(&crl, &issuer->spki, err)) != CA_OK)
		return st;
	if (crl.number != proof->number ||
	    !ca_bytes_equal(crl.issuer, issuer->subject) ||
	    !ca_bytes_equal(crl.authority_key_id, issuer->subject_key_id))
		return ca_fail(err, CA_INTERNAL,
		    "the signed CRL is not the one that was made");
	return CA_OK;
}

static void *
run(void *ctx)
{
	struct proof *proof = ctx;

	proof->st = prove(proof, &proof->err);
	return NULL;
}

/* Signals are the main thread's to wake up from. */
static bool
start(struct proof *proof)
{
	sigset_t all, before;
	bool runs;

	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &before);
	runs = pthread_create(&proof->thread, NULL, run, proof) == 0;
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	return runs;
}

void
proof_begin(struct proof *proof, struct ca_bytes der,
    const struct ca_cert *issuer, uint64_t number)
{
	*proof = (struct proof){.der = der, .issuer = issuer, .number = number};
	if (der.len >= LARGE)
		proof->runs = start(proof);
	if (!proof->runs)
		(void)run(proof);
}

enum ca_status
proof_end(struct proof *proof, struct ca_error *err)
{
	if (proof->runs)
		(void)pthread_join(proof->thread, NULL);
	proof->runs = false;
	if (proof->st != CA_OK)
		return ca_fail(err, proof->st, "%s", proof->err.msg);
	return CA_OK;
}
