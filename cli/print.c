/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/print.h"

#include <string.h>

#include "ca/constraints.h"
#include "ca/name.h"
#include "ca/time.h"

#define LABEL 14

/* ---- small parts ---- */

static void
sha256(struct ca_bytes data, uint8_t ret[32])
{
	uint8_t hash[CA_HASH_MAX] = {0};

	if (ca_hash_bytes(CA_HASH_SHA256, data, hash, NULL) != CA_OK)
		memset(hash, 0, sizeof(hash));
	memcpy(ret, hash, 32);
}

void
print_fingerprint(const struct term *term, struct ca_bytes der)
{
	uint8_t hash[32];
	struct text first = {0}, second = {0};

	/* Two lines: one of 95 characters cannot be read aloud. */
	sha256(der, hash);
	text_add_fingerprint(&first, (struct ca_bytes){hash, 16});
	text_add_fingerprint(&second, (struct ca_bytes){hash + 16, 16});
	term_note(term, "SHA-256 %s:", text_get(&first));
	term_note(term, "        %s", text_get(&second));
	text_done(&first);
	text_done(&second);
}

/* ICAO Annex 10 for letters; figures are said as figures. */
static const char *
spoken_digit(unsigned digit)
{
	static const char *const words[] = {"zero", "one", "two", "three",
	    "four", "five", "six", "seven", "eight", "nine", "Alfa", "Bravo",
	    "Charlie", "Delta", "Echo", "Foxtrot"};

	return words[digit & 0x0f];
}

void
print_fingerprint_aloud(struct text *text, struct ca_bytes der)
{
	uint8_t hash[32];

	sha256(der, hash);
	text_add(text, "SHA-256  ");
	text_add_fingerprint(text, (struct ca_bytes){hash, 16});
	text_add(text, ":\n         ");
	text_add_fingerprint(text, (struct ca_bytes){hash + 16, 16});
	text_add(text, "\n\n");
	for (size_t row = 0; row < 8; row++) {
		const uint8_t *h = hash + 4 * row;

		text_add(text, "%zu  %02X%02X %02X%02X ", row + 1, h[0], h[1],
		    h[2], h[3]);
		for (size_t i = 0; i < 8; i++)
			text_add(text, "%s%s", i == 4 ? ", " : " ",
			    spoken_digit(i % 2 == 0 ? (unsigned)h[i / 2] >> 4 :
						      h[i / 2]));
		text_add(text, "\n");
	}
}

static void
label(struct text *text, const char *name, bool colour)
{
	text_add(text, "%s%-*s%s ", term_dim(colour), LABEL, name,
	    term_plain(colour));
}

static void
line(struct text *text, const char *name, const char *value, bool colour)
{
	label(text, name, colour);
	text_add_safe(text, ca_text(value));
	text_add(text, "\n");
}

static void
line_name(struct text *text, const char *name, struct ca_bytes dn, bool colour)
{
	struct text value = {0};

	label(text, name, colour);
	if (ca_name_is_empty(dn))
		text_add(&value, "(none)");
	else
		text_status(&value, ca_name_append_text(&value.buf, dn));
	text_add_wrapped(text, text_get(&value), LABEL + 1, LABEL + 1);
	text_done(&value);
}

static void
line_time(struct text *text, const char *name, int64_t time, bool colour)
{
	char value[CA_TIME_TEXT];

	ca_time_text(time, value);
	line(text, name, value, colour);
}

static void
line_san(
    struct text *text, const struct ca_san *san, bool is_first, bool colour)
{
	label(text, is_first ? "names" : "", colour);
	text_status(text, ca_san_append_text(&text->buf, san));
	text_add(text, "\n");
}

static void
add_oids(struct text *text, const struct ca_oid_list *list)
{
	for (size_t i = 0; i < list->count; i++) {
		text_add(text, "%s", i > 0 ? ", " : "");
		text_status(text, ca_oid_append_text(&text->buf, list->oid[i]));
	}
}

static void
add_urls(struct text *text, const struct ca_url_list *urls)
{
	for (size_t i = 0; i < urls->count; i++) {
		text_add(text, "%s", i > 0 ? " " : "");
		text_add_safe(text, urls->url[i]);
	}
}

/* ---- extensions ---- */

static void
add_constraints(struct text *text, struct ca_bytes value)
{
	struct ca_subtree trees[CA_CONSTRAINTS_MAX];
	size_t count = 0;

	if (ca_constraints_parse(value, trees, &count, NULL) != CA_OK) {
		text_add(text, "(malformed)");
		return;
	}
	for (size_t i = 0; i < count; i++) {
		text_add(text, "%s", i > 0 ? ", " : "");
		text_status(
		    text, ca_subtree_append_text(&text->buf, &trees[i]));
	}
}

static void
add_access(struct text *text, struct ca_bytes value)
{
	struct ca_url_list ocsp = {0}, issuers = {0};

	if (!ca_info_access_get(value, &ocsp, &issuers)) {
		text_add(text, "(malformed)");
		return;
	}
	if (ocsp.count > 0)
		text_add(text, "OCSP ");
	add_urls(text, &ocsp);
	if (issuers.count > 0)
		text_add(text, "%sissuer ", ocsp.count > 0 ? ", " : "");
	add_urls(text, &issuers);
}

static void
add_lists(struct text *text, const struct ca_ext *ext)
{
	struct ca_oid_list oids = {0};
	struct ca_url_list urls = {0};

	if (ext->id == CA_OID_EXT_KEY_USAGE &&
	    ca_ext_key_usage_get(ext->value, &oids))
		add_oids(text, &oids);
	else if (ext->id == CA_OID_CERTIFICATE_POLICIES &&
	    ca_certificate_policies_get(ext->value, &oids))
		add_oids(text, &oids);
	else if (ext->id == CA_OID_CRL_DISTRIBUTION_POINTS &&
	    ca_distribution_points_get(ext->value, &urls))
		add_urls(text, &urls);
	else
		text_add_hex(text, ext->value);
}

static void
add_extension(struct text *text, const struct ca_ext *ext)
{
	struct ca_bytes id;
	uint16_t bits;
	bool ca;
	int path_len;

	if (ext->id == CA_OID_BASIC_CONSTRAINTS &&
	    ca_basic_constraints_get(ext->value, &ca, &path_len)) {
		text_add(text, ca ? "CA:TRUE" : "CA:FALSE");
		if (path_len != CA_PATH_LEN_NONE)
			text_add(text, ", pathlen:%d", path_len);
	} else if (ext->id == CA_OID_KEY_USAGE &&
	    ca_key_usage_get(ext->value, &bits)) {
		text_status(text, ca_key_usage_append_text(&text->buf, bits));
	} else if (ext->id == CA_OID_SUBJECT_KEY_IDENTIFIER &&
	    ca_subject_key_id_get(ext->value, &id)) {
		text_add_hex(text, id);
	} else if (ext->id == CA_OID_AUTHORITY_KEY_IDENTIFIER &&
	    ca_authority_key_id_get(ext->value, &id)) {
		text_add_hex(text, id);
	} else if (ext->id == CA_OID_NAME_CONSTRAINTS) {
		add_constraints(text, ext->value);
	} else if (ext->id == CA_OID_AUTHORITY_INFO_ACCESS) {
		add_access(text, ext->value);
	} else if (ext->id == CA_OID_OCSP_NO_CHECK) {
		text_add(text, "yes");
	} else {
		add_lists(text, ext);
	}
}

static void
lines_extensions(struct text *text, const struct ca_exts *exts, bool colour)
{
	for (size_t i = 0; i < exts->count; i++) {
		const struct ca_ext *ext = &exts->list[i];
		struct text name = {0}, value = {0};

		if (ext->id == CA_OID_SUBJECT_ALT_NAME)
			continue;
		text_status(&name, ca_oid_append_text(&name.buf, ext->oid));
		add_extension(&value, ext);
		text_add(text, "  %s%s%s%s:", text_get(&name),
		    term_yellow(colour), ext->critical ? " critical" : "",
		    term_plain(colour));
		text_add_wrapped(text, text_get(&value),
		    name.buf.len + (ext->critical ? 12 : 3), 4);
		text_done(&name);
		text_done(&value);
	}
}

static json_t *
extensions_json(const struct ca_exts *exts)
{
	json_t *array = json_array();

	for (size_t i = 0; i < exts->count; i++) {
		const struct ca_ext *ext = &exts->list[i];
		json_t *object = json_object();
		struct text name = {0}, value = {0};

		text_status(&name, ca_oid_append_text(&name.buf, ext->oid));
		add_extension(&value, ext);
		json_put_text(object, "name", text_get(&name));
		(void)json_object_set_new(
		    object, "critical", json_boolean(ext->critical));
		if (ext->id != CA_OID_SUBJECT_ALT_NAME)
			json_put_text(object, "text", text_get(&value));
		json_put_hex(object, "value", ext->value);
		(void)json_array_append_new(array, object);
		text_done(&name);
		text_done(&value);
	}
	return array;
}

static void
put_name(json_t *object, const char *key, struct ca_bytes dn)
{
	struct text text = {0};

	text_status(&text, ca_name_append_text(&text.buf, dn));
	json_put_text(object, key, text_get(&text));
	text_done(&text);
}

static void
append_san(json_t *array, const struct ca_san *san)
{
	json_t *object = json_object();
	struct text value = {0};

	text_status(&value, ca_san_append_value(&value.buf, san));
	json_put_text(object, "type", ca_san_type_name(san->type));
	json_put_text(object, "value", text_get(&value));
	(void)json_array_append_new(array, object);
	text_done(&value);
}

static void
put_key(json_t *object, const struct ca_spki *spki)
{
	struct text text = {0};
	uint8_t hash[32];

	text_status(&text, ca_spki_append_text(&text.buf, spki));
	json_put_text(object, "key", text_get(&text));
	sha256(spki->der, hash);
	json_put_hex(
	    object, "keySha256", (struct ca_bytes){hash, sizeof(hash)});
	text_done(&text);
}

static void
line_key(struct text *text, const struct ca_spki *spki, bool colour)
{
	uint8_t hash[32];

	label(text, "key", colour);
	text_status(text, ca_spki_append_text(&text->buf, spki));
	sha256(spki->der, hash);
	text_add(text, ", SHA-256 ");
	text_add_hex(text, (struct ca_bytes){hash, 8});
	text_add(text, "...\n");
}

/* ---- certificates ---- */

void
print_cert(struct text *text, const struct ca_cert *cert, bool colour)
{
	struct ca_san_walk walk;
	struct ca_san san;
	uint8_t hash[32];

	label(text, "serial", colour);
	text_add_hex(text, cert->serial);
	text_add(text, "\n");
	line_name(text, "subject", cert->subject, colour);
	ca_san_walk(&walk, cert->sans);
	for (bool first = true; ca_san_next(&walk, &san); first = false)
		line_san(text, &san, first, colour);
	line_name(text, "issuer", cert->issuer, colour);
	line_time(text, "not before", cert->not_before, colour);
	line_time(text, "not after", cert->not_after, colour);
	line_key(text, &cert->spki, colour);
	label(text, "signed with", colour);
	text_status(text, ca_sig_alg_append_text(&text->buf, &cert->inner_alg));
	text_add(text, "\n");
	if (cert->der.len > 0) {
		sha256(cert->der, hash);
		label(text, "SHA-256", colour);
		text_add_hex(text, (struct ca_bytes){hash, sizeof(hash)});
		text_add(text, "\n");
	}
	lines_extensions(text, &cert->exts, colour);
}

json_t *
print_cert_json(const struct ca_cert *cert)
{
	json_t *object = json_object(), *names = json_array();
	struct ca_san_walk walk;
	struct ca_san san;
	uint8_t hash[32];

	json_put_hex(object, "serial", cert->serial);
	put_name(object, "subject", cert->subject);
	put_name(object, "issuerName", cert->issuer);
	ca_san_walk(&walk, cert->sans);
	while (ca_san_next(&walk, &san))
		append_san(names, &san);
	(void)json_object_set_new(object, "names", names);
	json_put_time(object, "notBefore", cert->not_before);
	json_put_time(object, "notAfter", cert->not_after);
	put_key(object, &cert->spki);
	if (cert->der.len > 0) {
		sha256(cert->der, hash);
		json_put_hex(
		    object, "sha256", (struct ca_bytes){hash, sizeof(hash)});
	}
	(void)json_object_set_new(
	    object, "extensions", extensions_json(&cert->exts));
	return object;
}

/* ---- requests ---- */

void
print_csr(struct text *text, const struct ca_csr *csr, bool colour)
{
	line_name(text, "subject", csr->subject, colour);
	for (size_t i = 0; i < csr->san_count; i++)
		line_san(text, &csr->sans[i], i == 0, colour);
	line_key(text, &csr->spki, colour);
	label(text, "signed with", colour);
	text_status(text, ca_sig_alg_append_text(&text->buf, &csr->alg));
	text_add(text, "\n");
	if (csr->exts.count > (csr->san_count > 0 ? 1u : 0u))
		text_add(text, "asks for (shown, never copied):\n");
	lines_extensions(text, &csr->exts, colour);
	if (csr->has_challenge)
		text_add(text, "carries a challengePassword (ignored)\n");
	if (csr->has_unstructured)
		text_add(text, "carries an unstructuredName (ignored)\n");
}

json_t *
print_csr_json(const struct ca_csr *csr)
{
	json_t *object = json_object(), *names = json_array();

	put_name(object, "subject", csr->subject);
	for (size_t i = 0; i < csr->san_count; i++)
		append_san(names, &csr->sans[i]);
	(void)json_object_set_new(object, "names", names);
	put_key(object, &csr->spki);
	(void)json_object_set_new(
	    object, "extensions", extensions_json(&csr->exts));
	return object;
}

/* ---- states ---- */

const char *
print_state(const struct ledger_cert *row, int64_t now)
{
	if (row->revoked_at != LEDGER_NO_TIME)
		return row->reason == CA_REASON_CERTIFICATE_HOLD ? "held" :
								   "revoked";
	if (row->state == LEDGER_INTENDED)
		return "intended";
	if (now > row->not_after)
		return "expired";
	return now < row->not_before ? "not yet" : "valid";
}

const char *
print_state_colour(const char *state, bool colour)
{
	if (strcmp(state, "valid") == 0)
		return term_green(colour);
	if (strcmp(state, "revoked") == 0 || strcmp(state, "held") == 0)
		return term_red(colour);
	return term_yellow(colour);
}
