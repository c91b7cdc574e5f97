/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/tls.h"

#define HANDSHAKE_FAILURE 40
#define PROTOCOL_VERSION 70

/* RFC 8446 6 and RFC 5246 7.2 */
static const struct {
	int alert;
	const char *name;
} alerts[] = {{10, "unexpected_message"}, {20, "bad_record_mac"},
    {22, "record_overflow"}, {40, "handshake_failure"}, {41, "no_certificate"},
    {42, "bad_certificate"}, {43, "unsupported_certificate"},
    {44, "certificate_revoked"}, {45, "certificate_expired"},
    {46, "certificate_unknown"}, {47, "illegal_parameter"}, {48, "unknown_ca"},
    {49, "access_denied"}, {50, "decode_error"}, {51, "decrypt_error"},
    {70, "protocol_version"}, {71, "insufficient_security"},
    {80, "internal_error"}, {86, "inappropriate_fallback"},
    {90, "user_canceled"}, {100, "no_renegotiation"},
    {109, "missing_extension"}, {110, "unsupported_extension"},
    {112, "unrecognized_name"}, {113, "bad_certificate_status_response"},
    {115, "unknown_psk_identity"}, {116, "certificate_required"},
    {120, "no_application_protocol"}};

const char *
tls_alert_name(int alert)
{
	for (size_t i = 0; i < sizeof(alerts) / sizeof(alerts[0]); i++)
		if (alerts[i].alert == alert)
			return alerts[i].name;
	return NULL;
}

enum ca_status
tls_alert_fail(const struct tls_facts *facts, struct ca_error *err)
{
	const int alert = facts->alert;
	const char *name = tls_alert_name(alert);

	return ca_fail(err, CA_IO,
	    "the server ended the handshake: alert %d%s%s%s", alert,
	    name != NULL ? " " : "", name != NULL ? name : "",
	    alert == PROTOCOL_VERSION ?
		": it speaks neither TLS 1.3 nor 1.2" :
		alert == HANDSHAKE_FAILURE && facts->cert_count == 0 ?
		": it has no cipher or group in common with us" :
		"");
}
