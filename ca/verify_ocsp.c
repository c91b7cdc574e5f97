/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What OCSP answers that were given say of a certificate (RFC 6960). */
#include "ca/verify_part.h"

/* The answer's signature and the certificate of its delegate, of whom two may
 * bear the name. */
#define SIGNATURES 4

/* called: by its own certificate, and by the one that is asked about. */
static bool
is_about(const struct ca_ocsp_response *response, const struct ca_cert *cert,
    const struct ca_ocsp_issuer called[2])
{
	for (size_t i = 0; i < response->count; i++) {
		const struct ca_ocsp_id *id = &response->answer[i].id;

		if (id->serial_is_proper &&
		    ca_bytes_equal(id->serial, cert->serial) &&
		    (ca_ocsp_id_is_of(id, &called[0]) ||
			ca_ocsp_id_is_of(id, &called[1])))
			return true;
	}
	return false;
}

/* An answer about what path has at a height; is_delegate: that is a responder
 * whose own answers are in question. */
struct asking {
	struct verify_run *run;
	const struct verify_path *path;
	size_t at;
	bool is_delegate;
};

static void ask_all(const struct asking *asking, struct verify_status *ret);

/* The delegate's certificate, and what stands above it. */
static bool
read_delegate(const struct asking *asking, struct ca_bytes der,
    struct ca_cert *delegate, struct verify_path *ret)
{
	if (ca_cert_parse(der, delegate, NULL) != CA_OK)
		return false;
	*ret = (struct verify_path){
	    .cert = {delegate}, .len = 1, .complete = true};
	for (size_t i = asking->at + 1; i < asking->path->len; i++)
		ret->cert[ret->len++] = asking->path->cert[i];
	return true;
}

/*
 * It is a certificate like others: critical extensions, name constraints and
 * its key are judged by the rules for a path. What it is for ca_ocsp_verify.c
 * has judged.
 */
static bool
delegate_is_fit(const struct asking *asking,
    const struct ca_ocsp_verdict *verdict, struct ca_finding *why)
{
	struct ca_verify_question ask = *asking->run->ask;
	struct verify_run run = {.ask = &ask, .budget = asking->run->budget};
	struct verify_path own;
	struct ca_cert delegate;

	if (verdict->responder.len == 0) /* the issuer itself */
		return true;
	ask.purpose = CA_PURPOSE_ANY;
	if (!read_delegate(asking, verdict->responder, &delegate, &own))
		return verify_fails(why, NULL, "", "it cannot be read");
	return verify_path_holds(&run, &own, why);
}

/* As much is wanted of it as of the certificate it speaks for. */
static bool
must_be_good(const struct verify_run *run)
{
	return run->ask->revocation == CA_REVOCATION_NAMED ||
	    run->ask->revocation == CA_REVOCATION_ALL;
}

/*
 * A delegate without ocspNoCheck may itself have been revoked (4.2.2.2.1): its
 * issuer's CRL and OCSP answers about it are asked, but none of a delegate
 * that would have to be asked about in turn.
 */
static enum verify_state
delegate_state(
    const struct asking *asking, const struct ca_ocsp_verdict *verdict)
{
	struct verify_status crl = {0}, ocsp = {0};
	struct verify_path own;
	const struct asking about = {asking->run, &own, 0, true};
	struct ca_cert delegate;

	if (verdict->responder_no_check)
		return VERIFY_GOOD;
	if (asking->is_delegate ||
	    !read_delegate(asking, verdict->responder, &delegate, &own))
		return VERIFY_UNKNOWN;
	ask_all(&about, &ocsp);
	verify_crl_status(asking->run, &own, 0, &crl);
	if (ocsp.state < crl.state)
		ocsp.state = crl.state;
	if (ocsp.state == VERIFY_NOT_GIVEN)
		return must_be_good(asking->run) ? VERIFY_UNKNOWN : VERIFY_GOOD;
	return ocsp.state;
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

/* Of two evils: an answer that says revoked is heeded unless its responder is
 * known to have been revoked. */
static void
add_judged(const struct asking *asking, const struct ca_ocsp_verdict *verdict,
    struct verify_status *ret)
{
	struct verify_status status = {0};
	struct ca_finding why = {0};

	if (!delegate_is_fit(asking, verdict, &why)) {
		verify_unknown(ret,
		    "the OCSP responder's own certificate is not fit: %s: "
		    "%.250s",
		    why.field, why.reason);
		return;
	}
	add_answer(&verdict->answer, &status);
	switch (delegate_state(asking, verdict)) {
	case VERIFY_GOOD:
		break;
	case VERIFY_REVOKED:
		status = (struct verify_status){0};
		verify_unknown(&status,
		    "the OCSP responder's own certificate has been revoked "
		    "(RFC 6960 4.2.2.2.1)");
		break;
	case VERIFY_NOT_GIVEN:
	case VERIFY_UNKNOWN:
		if (status.state != VERIFY_GOOD)
			break;
		status = (struct verify_status){0};
		verify_unknown(&status,
		    "an OCSP answer says good, but whether the OCSP "
		    "responder's own certificate has been revoked is not "
		    "known, and it has no ocspNoCheck (RFC 6960 4.2.2.2.1)");
		break;
	}
	*ret = status;
}

static void
add_response(const struct asking *asking,
    const struct ca_ocsp_response *response, struct verify_status *ret)
{
	const struct ca_verify_question *ask = asking->run->ask;
	const struct ca_ocsp_question question = {
	    .cert = asking->path->cert[asking->at],
	    .issuer = asking->path->cert[asking->at + 1],
	    .now = ask->at,
	    .skew = ask->skew,
	    .max_age = ask->ocsp_max_age};
	struct ca_ocsp_verdict verdict;
	struct verify_status status = {0};
	struct ca_error why = {0};
	enum ca_status st;

	if (!verify_spend(asking->run->budget, SIGNATURES)) {
		verify_unknown(ret, "more OCSP answers than are looked at");
		return;
	}
	st = ca_ocsp_response_verify(response, &question, &verdict, &why);
	(void)verify_goes_on(asking->run->budget, st);
	if (st != CA_OK)
		verify_unknown(&status, "%.350s", why.msg);
	else
		add_judged(asking, &verdict, &status);
	if (status.state > ret->state)
		*ret = status;
}

static void
ask_all(const struct asking *asking, struct verify_status *ret)
{
	const struct ca_verify_question *ask = asking->run->ask;
	const struct ca_cert *cert = asking->path->cert[asking->at];
	const struct ca_cert *issuer = asking->path->cert[asking->at + 1];
	struct ca_ocsp_issuer called[2];
	enum ca_status st;

	if (ask->ocsp_count == 0)
		return;
	st = ca_ocsp_issuer_of(issuer, &called[0], NULL);
	if (st == CA_OK)
		st = ca_ocsp_issuer_in(cert, issuer, &called[1], NULL);
	if (st != CA_OK) {
		(void)verify_goes_on(asking->run->budget, st);
		verify_unknown(ret, "the issuer has no hash for OCSP");
		return;
	}
	for (size_t i = 0; i < ask->ocsp_count; i++)
		if (is_about(&ask->ocsp[i], cert, called))
			add_response(asking, &ask->ocsp[i], ret);
}

void
verify_ocsp_status(struct verify_run *run, const struct verify_path *path,
    size_t at, struct verify_status *ret)
{
	const struct asking asking = {run, path, at, false};

	ask_all(&asking, ret);
}
