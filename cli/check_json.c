/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What was found out, as programs read it. */
#include <string.h>

#include "ca/crypto.h"
#include "ca/name.h"
#include "cli/check.h"
#include "cli/verdict.h"

static json_t *
strength_json(const struct check_strength *strength)
{
	json_t *object = json_object();

	json_put_text(object, "name", strength->name);
	if (strength->known)
		(void)json_object_set_new(
		    object, "bits", json_integer((json_int_t)strength->bits));
	(void)json_object_set_new(object, "weak", json_boolean(strength->weak));
	return object;
}

static json_t *
connection_json(const struct check_report *report)
{
	json_t *object = json_object();

	json_put_text(object, "host", report->host);
	json_put_text(object, "port", report->port);
	if (report->starttls != NULL)
		json_put_text(object, "starttls", report->starttls);
	if (report->server_name != NULL)
		json_put_text(object, "serverName", report->server_name);
	(void)json_object_set_new(
	    object, "complete", json_boolean(report->facts->complete));
	if (report->broken->status != CA_OK)
		json_put_text(object, "error", report->broken->msg);
	if (report->facts->version[0] != '\0')
		json_put_text(object, "protocol", report->facts->version);
	if (report->cipher.name[0] != '\0')
		(void)json_object_set_new(
		    object, "cipher", strength_json(&report->cipher));
	if (report->group.name[0] != '\0')
		(void)json_object_set_new(
		    object, "keyExchange", strength_json(&report->group));
	(void)json_object_set_new(object, "key", strength_json(&report->key));
	return object;
}

static json_t *
client_json(const struct check_report *report)
{
	static const char *const fates[] = {
	    [CHECK_CLIENT_UNASKED] = "not asked",
	    [CHECK_CLIENT_TAKEN] = "accepted",
	    [CHECK_CLIENT_REFUSED] = "refused",
	    [CHECK_CLIENT_UNKNOWN] = "not known"};
	const struct tls_facts *facts = report->facts;
	json_t *object = json_object();

	(void)json_object_set_new(object, "asked", json_boolean(facts->asked));
	(void)json_object_set_new(object, "shown", json_boolean(facts->shown));
	json_put_text(object, "outcome", fates[report->talk->client]);
	if (facts->alert != TLS_NO_ALERT)
		(void)json_object_set_new(
		    object, "alert", json_integer(facts->alert));
	if (report->talk->said[0] != '\0')
		json_put_text(object, "said", report->talk->said);
	return object;
}

static json_t *
sent_json(const struct check_report *report)
{
	json_t *array = json_array();

	for (size_t i = 0; i < report->sent_count; i++) {
		const struct check_standing *standing = &report->standing[i];
		const struct ca_cert *cert = &report->certs[i];
		uint8_t hash[CA_HASH_MAX] = {0};
		struct text name = {0};
		json_t *object = json_object();

		text_status(
		    &name, ca_name_append_text(&name.buf, cert->subject));
		(void)json_object_set_new(object, "number",
		    json_integer((json_int_t)report->number[i]));
		json_put_text(object, "subject", text_get(&name));
		text_done(&name);
		json_put_hex(object, "serial", cert->serial);
		json_put_time(object, "notAfter", cert->not_after);
		if (ca_hash_bytes(CA_HASH_SHA256, cert->der, hash, NULL) ==
		    CA_OK)
			json_put_hex(
			    object, "sha256", (struct ca_bytes){hash, 32});
		json_put_text(
		    object, "ledger", check_origin_name(standing->origin));
		if (standing->state[0] != '\0')
			json_put_text(object, "state", standing->state);
		if (standing->reason[0] != '\0')
			json_put_text(object, "reason", standing->reason);
		(void)json_array_append_new(array, object);
	}
	return array;
}

static json_t *
lines_json(struct text *lines)
{
	struct ca_bytes rest = ca_view(&lines->buf), line;
	json_t *array = json_array();

	while (text_take_line(&rest, &line))
		json_add_bytes(array, line);
	text_done(lines);
	return array;
}

json_t *
check_json(const struct check_report *report)
{
	json_t *object = verdict_json(report->ask, report->verdict);
	const struct ca_cert *own = &report->certs[0];
	struct text lines = {0};

	(void)json_object_set_new(
	    object, "connection", connection_json(report));
	(void)json_object_set_new(object, "client", client_json(report));
	if (report->staple[0] != '\0')
		json_put_text(object, "stapled", report->staple);
	(void)json_object_set_new(object, "sent", sent_json(report));
	text_status(&lines,
	    ca_buf_append(
		&lines.buf, ca_view(&report->left_out->left_out.buf)));
	(void)json_object_set_new(object, "leftOut", lines_json(&lines));
	check_chain(report, &lines);
	(void)json_object_set_new(object, "defects", lines_json(&lines));
	if (report->online != NULL)
		(void)json_object_set_new(
		    object, "online", online_json(report->online));
	(void)json_object_set_new(object, "daysLeft",
	    json_integer((own->not_after - report->ask->at) / CA_DAY));
	check_faults(report, &lines);
	(void)json_object_set_new(
	    object, "walkAway", json_boolean(lines.buf.len > 0));
	(void)json_object_set_new(object, "faults", lines_json(&lines));
	return object;
}
