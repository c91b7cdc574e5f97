/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Has a certificate of the path been revoked (RFC 5280 6.3, RFC 6960)? */
#include "ca/verify_part.h"

#include "ca/name.h"
#include "ca/time.h"

#include <string.h>

/* The signer of a CRL about the signer of a CRL, and no further. */
#define MAX_NESTED 2

void
verify_unknown(struct verify_status *status, const char *format, ...)
{
	va_list args;

	if (status->state == VERIFY_UNKNOWN)
		return;
	status->state = VERIFY_UNKNOWN;
	va_start(args, format);
	ca_line_vprintf(status->why, sizeof(status->why), format, args);
	va_end(args);
}

/*
 * By a path of its own, to the same anchor (6.3.3 (f)), under the name of an
 * authority of the path: nobody's word but theirs counts for the names.
 */
bool
verify_crl_signer(struct verify_run *run, const struct verify_path *path,
    const struct ca_cert *signer)
{
	struct ca_verify_question ask = *run->ask;
	struct verify_run nested = {
	    .ask = &ask, .budget = run->budget, .nested = run->nested + 1};
	struct ca_verdict verdict = {0};

	if (nested.nested > MAX_NESTED)
		return false;
	ask.leaf = signer;
	ask.anchors = path->cert[path->len - 1];
	ask.anchor_count = 1;
	ask.purpose = CA_PURPOSE_CRL;
	ask.host = ask.ip = ask.email = NULL;
	ask.policies.count = 0;
	ask.explicit_policy = ask.inhibit_mapping = ask.inhibit_any = false;
	if (ask.revocation == CA_REVOCATION_LEAF ||
	    ask.revocation == CA_REVOCATION_NAMED)
		ask.revocation = CA_REVOCATION_GIVEN;
	verify_search(&nested, &verdict);
	return verdict.holds;
}

/* Revoked by one is revoked; else good by one is good. */
static void
get_status(struct verify_run *run, const struct verify_path *path, size_t at,
    struct verify_status *ret)
{
	struct verify_status crl = {0}, ocsp = {0};

	verify_ocsp_status(run, path, at, &ocsp);
	verify_crl_status(run, path, at, &crl);
	*ret = ocsp.state >= crl.state ? ocsp : crl;
}

bool
ca_verify_names_place(const struct ca_cert *cert)
{
	const struct ca_ext *access = ca_exts_find(
	    &cert->exts, CA_OID_AUTHORITY_INFO_ACCESS);
	struct ca_url_list ocsp = {0}, issuers = {0};

	if (ca_exts_find(&cert->exts, CA_OID_CRL_DISTRIBUTION_POINTS) != NULL)
		return true;
	return access != NULL &&
	    (!ca_info_access_get(access->value, &ocsp, &issuers) ||
		ocsp.count > 0);
}

static bool
is_needed(const struct ca_verify_question *ask, const struct verify_path *path,
    size_t at)
{
	switch (ask->revocation) {
	case CA_REVOCATION_ALL:
		return true;
	case CA_REVOCATION_LEAF:
		return at == 0;
	case CA_REVOCATION_NAMED:
		return at == 0 || ca_verify_names_place(path->cert[at]);
	case CA_REVOCATION_GIVEN:
	case CA_REVOCATION_SOFT:
	case CA_REVOCATION_NEVER:
		break;
	}
	return false;
}

static void
tell_revoked(const struct verify_status *status, const struct ca_cert *cert,
    struct ca_verdict *verdict)
{
	char text[CA_TIME_TEXT];

	ca_time_text(status->revoked_at, text);
	verdict->revoked = true;
	verdict->revoked_at = status->revoked_at;
	verdict->revoked_reason = status->reason;
	/* A hold is not for good (RFC 5280 5.3.1). */
	(void)verify_fails(&verdict->revocation, cert, "serialNumber",
	    "it was %s at %s, for the reason %s: %.200s",
	    status->reason == CA_REASON_CERTIFICATE_HOLD ?
		"put on hold, which can be lifted," :
		"revoked",
	    text, ca_reason_name((int)status->reason), status->why);
}

static void
tell_missing(const struct ca_verify_question *ask, const struct ca_cert *cert,
    struct ca_finding *finding)
{
	const char *unread = ask->unread_crls;

	if (unread != NULL && unread[0] != '\0')
		(void)verify_fails(finding, cert, "cRLDistributionPoints",
		    "no CRL of its issuer that can be read is here (RFC 5280 "
		    "6.3): %.*s",
		    (int)strcspn(unread, "\n"), unread);
	else
		(void)verify_fails(finding, cert, "cRLDistributionPoints",
		    "no CRL of its issuer and no OCSP answer about it are "
		    "here (RFC 5280 6.3)");
}

/* What one certificate adds; true while the next is to be asked. */
static bool
add_status(const struct ca_verify_question *ask, const struct verify_path *path,
    size_t at, const struct verify_status *status, struct ca_verdict *verdict)
{
	const struct ca_cert *cert = path->cert[at];
	struct ca_finding *finding = &verdict->revocation;

	if (status->state == VERIFY_REVOKED) {
		tell_revoked(status, cert, verdict);
		return false;
	}
	if (finding->outcome == CA_OUTCOME_FAILS)
		return true;
	if (status->state == VERIFY_UNKNOWN &&
	    ask->revocation == CA_REVOCATION_SOFT && at == 0)
		verify_not_asked(finding,
		    "whether it has been revoked is not known: %.300s",
		    status->why);
	else if (status->state == VERIFY_UNKNOWN &&
	    ask->revocation == CA_REVOCATION_SOFT)
		return true;
	else if (status->state == VERIFY_UNKNOWN)
		(void)verify_fails(finding, cert, "cRLDistributionPoints",
		    "whether it has been revoked is not known: %.300s",
		    status->why);
	else if (status->state == VERIFY_NOT_GIVEN && is_needed(ask, path, at))
		tell_missing(ask, cert, finding);
	else if (status->state == VERIFY_GOOD && at == 0)
		verify_holds(finding, cert, "serialNumber",
		    "it has not been revoked: %.300s", status->why);
	else if (status->state == VERIFY_GOOD &&
	    finding->outcome == CA_OUTCOME_NOT_ASKED &&
	    ask->revocation != CA_REVOCATION_SOFT)
		verify_holds(finding, cert, "serialNumber",
		    "this authority has not been revoked; about the leaf "
		    "nothing was given");
	return true;
}

/* From the leaf up; one that is revoked is told before one that is not
 * known. */
bool
verify_revocation(struct verify_run *run, const struct verify_path *path,
    struct ca_verdict *verdict)
{
	verify_not_asked(&verdict->revocation,
	    path->len == 1 ?
		"what is trusted by itself is not revoked by a list" :
		"no CRL and no OCSP answer was given");
	for (size_t i = 0; i + 1 < path->len; i++) {
		struct verify_status status = {0};

		get_status(run, path, i, &status);
		if (!add_status(run->ask, path, i, &status, verdict))
			break;
	}
	return verdict->revocation.outcome != CA_OUTCOME_FAILS;
}
