/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What OCSP answers that were given say of a certificate (RFC 6960). */
#include "ca/verify_part.h"

/* The answer's signature and the certificate of its delegate, of whom two may
 * bear the name. */
#define SIGNATURES 4

static bool
is_about(const struct ca_ocsp_response *response, const struct ca_cert *cert,
    const struct ca_ocsp_issuer *issuer)
{
	for (size_t i = 0; i < response->count; i++)
		if (response->answer[i].id.serial_is_proper &&
		    ca_bytes_equal(
			response->answer[i].id.serial, cert->serial) &&
		    ca_ocsp_id_is_of(&response->answer[i].id, issuer))
			return true;
	return false;
}

/*
 * A delegate without ocspNoCheck may itself have been revoked (4.2.2.2.1):
 * its issuer's CRL is asked, where one is given.
 */
static bool
delegate_is_revoked(struct verify_run *run, const struct verify_path *path,
    size_t at, const struct ca_ocsp_verdict *verdict)
{
	struct verify_status status = {0};
	struct verify_path own = {.complete = true};
	struct ca_cert delegate;

	if (verdict->responder_no_check)
		return false;
	if (ca_cert_parse(verdict->responder, &delegate, NULL) != CA_OK)
		return true;
	own.cert[own.len++] = &delegate;
	for (size_t i = at + 1; i < path->len; i++)
		own.cert[own.len++] = path->cert[i];
	verify_crl_status(run, &own, 0, &status);
	return status.state == VERIFY_REVOKED || status.state == VERIFY_UNKNOWN;
}

static void
add_answer(const struct ca_ocsp_answer *answer, struct verify_status *ret)
{
	switch (answer->state) {
	case CA_OCSP_GOOD:
		*ret = (struct verify_status){.state = VERIFY_GOOD,
		    .why = "an OCSP answer says good (RFC 6960 2.2)"};
		return;
	case CA_OCSP_REVOKED:
	case CA_OCSP_NEVER_ISSUED:
		*ret = (struct verify_status){.state = VERIFY_REVOKED,
		    .revoked_at = answer->revoked_at,
		    .reason = answer->reason,
		    .why = "an OCSP answer says so (RFC 6960 2.2)"};
		return;
	case CA_OCSP_UNKNOWN:
		break;
	}
	verify_unknown(ret,
	    "an OCSP answer says that its responder does not know it "
	    "(RFC 6960 2.2)");
}

static void
add_response(struct verify_run *run, const struct verify_path *path, size_t at,
    const struct ca_ocsp_response *response, struct verify_status *ret)
{
	const struct ca_verify_question *ask = run->ask;
	const struct ca_ocsp_question question = {.cert = path->cert[at],
	    .issuer = path->cert[at + 1],
	    .now = ask->at,
	    .skew = ask->skew,
	    .max_age = ask->ocsp_max_age};
	struct ca_ocsp_verdict verdict;
	struct verify_status status = {0};
	struct ca_error why = {0};
	enum ca_status st;

	if (!verify_spend(run->budget, SIGNATURES)) {
		verify_unknown(ret, "more OCSP answers than are looked at");
		return;
	}
	st = ca_ocsp_response_verify(response, &question, &verdict, &why);
	(void)verify_goes_on(run->budget, st);
	if (st != CA_OK)
		verify_unknown(&status, "%.350s", why.msg);
	else if (delegate_is_revoked(run, path, at, &verdict))
		verify_unknown(&status,
		    "the OCSP responder's own certificate has been revoked, "
		    "or may have been (RFC 6960 4.2.2.2.1)");
	else
		add_answer(&verdict.answer, &status);
	if (status.state > ret->state)
		*ret = status;
}

void
verify_ocsp_status(struct verify_run *run, const struct verify_path *path,
    size_t at, struct verify_status *ret)
{
	const struct ca_verify_question *ask = run->ask;
	struct ca_ocsp_issuer issuer;
	enum ca_status st;

	if (ask->ocsp_count == 0)
		return;
	st = ca_ocsp_issuer_of(path->cert[at + 1], &issuer, NULL);
	if (st != CA_OK) {
		(void)verify_goes_on(run->budget, st);
		verify_unknown(ret, "the issuer has no hash for OCSP");
		return;
	}
	for (size_t i = 0; i < ask->ocsp_count; i++)
		if (is_about(&ask->ocsp[i], path->cert[at], &issuer))
			add_response(run, path, at, &ask->ocsp[i], ret);
}
