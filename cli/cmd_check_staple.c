/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is stapled: told, and heeded when it says revoked. */
#include <stdio.h>

#include "cli/cmd_check.h"

#define LINE_MAX 300
#define PROTOCOL_VERSION 70 /* TLS 1.3 alone: RFC 8446 6.2 */

static void
tell(char *line, size_t octets, const char *what)
{
	(void)snprintf(line, LINE_MAX, "an OCSP answer of %zu octets: %.200s",
	    octets, what);
}

/* It breaks off where it is asked for a staple, and not for the protocol. */
static void
tell_refusal(const struct tls *tls, char *line)
{
	const int alert = tls != NULL ? tls_facts(tls)->alert : TLS_NO_ALERT;
	const char *name = tls_alert_name(alert);

	if (alert != TLS_NO_ALERT && alert != PROTOCOL_VERSION)
		(void)snprintf(line, LINE_MAX,
		    "not seen: asked for it, the server ended the handshake: "
		    "alert %d%s%s",
		    alert, name != NULL ? " " : "", name != NULL ? name : "");
}

/* Judged by itself, with nothing else that says anything of revocation. */
static enum ca_status
judge(struct ca_bytes der, const struct ca_verify_question *ask,
    struct pool *ocsp, char *line, struct ca_error *err)
{
	struct ca_ocsp_response response;
	struct ca_verify_question alone = *ask;
	struct ca_verdict verdict;
	struct ca_error why = {0};

	if (ca_ocsp_response_parse(der, &response, &why) != CA_OK) {
		tell(line, der.len, why.msg);
		return CA_OK;
	}
	alone.crls = NULL;
	alone.crl_count = 0;
	alone.ocsp = &response;
	alone.ocsp_count = 1;
	alone.revocation = CA_REVOCATION_LEAF;
	switch (ca_verify(&alone, &verdict, &why)) {
	case CA_OK:
	case CA_UNTRUSTED:
		break;
	default:
		return CA_OK;
	}
	if (verdict.revoked) {
		tell(line, der.len, "it has been revoked");
		return pool_add(ocsp, der, "the stapled answer", err);
	}
	tell(line, der.len,
	    verdict.revocation.outcome == CA_OUTCOME_HOLDS ?
		"good" :
		verdict.revocation.reason);
	return CA_OK;
}

enum ca_status
cmd_check_staple(const struct connection *place, enum starttls protocol,
    const char *server_name, int64_t timeout_ms,
    const struct ca_verify_question *ask, struct pool *ocsp, char ret[300],
    struct ca_error *err)
{
	struct connection connection = {
	    .host = place->host, .port = place->port, .fd = -1};
	const struct tls_ask wanted = {.connection = &connection,
	    .server_name = server_name,
	    .staple = true};
	struct tls *tls = NULL;
	struct ca_bytes der = {0};
	enum ca_status st = CA_OK;

	ret[0] = '\0';
	if (connection_open(&connection, timeout_ms, timeout_ms, NULL) !=
		CA_OK ||
	    starttls_begin(protocol, &connection, NULL) != CA_OK)
		goto out;
	if (tls_open(&wanted, &tls, NULL) == CA_OK)
		tls_finish(tls, 0);
	if (tls == NULL || tls_facts(tls)->version[0] == '\0') {
		tell_refusal(tls, ret);
		goto out;
	}
	der = ca_view(&tls_facts(tls)->staple);
	/* Another certificate than before is no matter of this one's. */
	if (tls_facts(tls)->cert_count > 0 &&
	    !ca_bytes_equal(ca_view(&tls_facts(tls)->certs[0]), ask->leaf->der))
		goto out;
	if (der.len > 0)
		st = judge(der, ask, ocsp, ret, err);
	else
		(void)snprintf(ret, LINE_MAX, "no OCSP answer");
out:
	tls_close(tls);
	connection_close(&connection);
	return st;
}
