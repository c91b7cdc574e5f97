/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * chains: tests/chains/chains.txt read, and its certificates, CRLs and OCSP
 * answers made. The grammar stands at the top of that file.
 *
 * What this does not do: judge a chain: tests/unit/test_verify_chains.c.
 */
#ifndef TESTS_UNIT_CHAINS_H
#define TESTS_UNIT_CHAINS_H

#include <ctype.h>
#include <stdlib.h>

#include "ca/constraints.h"
#include "ca/name.h"
#include "ca/sign.h"
#include "ca/tbs.h"
#include "ca/tbs_crl.h"
#include "ca/time.h"
#include "ca/verify.h"
#include "ca/weakkey.h"
#include "tests/unit/asn1.h"
#include "tests/unit/bytes.h"

#define CHAINS_MAX_LINES 24
#define CHAINS_MAX_SECTIONS 1024

struct section {
	const char *kind, *name; /* "leaf", "www" */
	unsigned line;
	const char *key[CHAINS_MAX_LINES], *value[CHAINS_MAX_LINES];
	size_t count;
	/* what was made of it */
	struct ca_key *secret;
	struct ca_buf der;
	bool is_made;
};

struct chains {
	struct ca_buf text;
	struct section section[CHAINS_MAX_SECTIONS];
	size_t count;
	struct ca_rng *rng;
	uint8_t serial;
};

#define CHAINS_OK(section, call)                                         \
	do {                                                             \
		struct ca_error chains_err = {0};                        \
		enum ca_status chains_st = (call);                       \
		if (chains_st != CA_OK)                                  \
			fail_msg("chains.txt:%u: %s: %s: status %d: %s", \
			    (section)->line, (section)->name, #call,     \
			    (int)chains_st, chains_err.msg);             \
	} while (0)

/* ---- the text --------------------------------------------------------- */

static inline char *
chains_trim(char *text)
{
	size_t len;

	while (isspace((unsigned char)*text))
		text++;
	len = strlen(text);
	while (len > 0 && isspace((unsigned char)text[len - 1]))
		text[--len] = '\0';
	return text;
}

static inline void
chains_section(struct chains *c, char *line, unsigned number)
{
	struct section *s = &c->section[c->count++];
	char *name;

	assert_true(c->count < CHAINS_MAX_SECTIONS);
	if (line[strlen(line) - 1] != ']')
		fail_msg("chains.txt:%u: no ']'", number);
	line[strlen(line) - 1] = '\0';
	name = strchr(line, ' ');
	if (name == NULL)
		fail_msg("chains.txt:%u: a section without a name", number);
	*name++ = '\0';
	*s = (struct section){
	    .kind = line + 1, .name = chains_trim(name), .line = number};
}

static inline void
chains_line(struct chains *c, char *line, unsigned number)
{
	struct section *s = c->count > 0 ? &c->section[c->count - 1] : NULL;
	char *equals = strchr(line, '=');

	if (equals == NULL || s == NULL)
		fail_msg("chains.txt:%u: no '='", number);
	assert_true(s->count < CHAINS_MAX_LINES);
	*equals = '\0';
	s->key[s->count] = chains_trim(line);
	s->value[s->count++] = chains_trim(equals + 1);
}

/* What c->text holds. */
static inline void
chains_read_text(struct chains *c)
{
	unsigned number = 0;
	char *rest, *line;

	assert_non_null(ca_buf_text(&c->text));
	assert_int_equal(ca_rng_new(&c->rng, NULL), CA_OK);
	rest = (char *)c->text.data;
	while ((line = strsep(&rest, "\n")) != NULL) {
		number++;
		if (strstr(line, " # ") != NULL)
			*strstr(line, " # ") = '\0';
		line = chains_trim(line);
		if (*line == '[')
			chains_section(c, line, number);
		else if (*line != '\0' && *line != '#')
			chains_line(c, line, number);
	}
}

static inline void
chains_read(struct chains *c, const char *path)
{
	if (!append_file(&c->text, path))
		fail_msg("%s: cannot be read", path);
	chains_read_text(c);
}

static inline void
chains_done(struct chains *c)
{
	for (size_t i = 0; i < c->count; i++) {
		ca_key_free(c->section[i].secret);
		ca_buf_free(&c->section[i].der);
	}
	ca_buf_free(&c->text);
	ca_rng_free(c->rng);
}

static inline const char *
chains_get(const struct section *s, const char *key)
{
	for (size_t i = 0; i < s->count; i++)
		if (strcmp(s->key[i], key) == 0)
			return s->value[i];
	return NULL;
}

static inline struct section *
chains_find(struct chains *c, const struct section *from, const char *name)
{
	for (size_t i = 0; i < c->count; i++)
		if (strcmp(c->section[i].name, name) == 0 &&
		    strcmp(c->section[i].kind, "chain") != 0)
			return &c->section[i];
	fail_msg("chains.txt:%u: nothing is called %s", from->line, name);
	return NULL;
}

/* The next of "a, b, c" into word; false at the end. */
static inline bool
chains_word(const char **list, char word[256])
{
	size_t len;

	if (*list == NULL)
		return false;
	while (**list == ' ' || **list == ',')
		(*list)++;
	len = strcspn(*list, ",");
	assert_true(len < 256);
	memcpy(word, *list, len);
	word[len] = '\0';
	*list += len;
	len = strlen(word);
	while (len > 0 && word[len - 1] == ' ')
		word[--len] = '\0';
	return len > 0;
}

static inline bool
chains_has(const char *list, const char *wanted)
{
	char word[256];

	while (chains_word(&list, word))
		if (strcmp(word, wanted) == 0)
			return true;
	return false;
}

static inline int64_t
chains_time(const struct section *s, const char *key, const char *otherwise)
{
	const char *text = chains_get(s, key);
	int64_t time = 0;

	if (ca_time_parse(text != NULL ? text : otherwise, 0, &time) != CA_OK)
		fail_msg("chains.txt:%u: %s is no time", s->line, key);
	return time;
}

/* ---- names ------------------------------------------------------------ */

/* "\00" is an octet; all else as it stands. */
static inline void
chains_octets(struct ca_buf *buf, const char *text)
{
	while (*text != '\0') {
		uint8_t octet = (uint8_t)*text;

		if (*text == '\\') {
			octet = asn1_octet(text + 1);
			text += 2;
		}
		text++;
		assert_int_equal(
		    ca_buf_append(buf, (struct ca_bytes){&octet, 1}), CA_OK);
	}
}

static inline void
chains_ip(const struct section *s, struct ca_buf *buf, const char *text)
{
	uint8_t octets[16], mask[16] = {0};
	unsigned prefix;
	size_t len;

	if (strncmp(text, "hex ", 4) == 0) {
		CHAINS_OK(s, ca_hex_parse(buf, text + 4));
		return;
	}
	if (ca_ip_parse(text, octets, &len)) {
		CHAINS_OK(
		    s, ca_buf_append(buf, (struct ca_bytes){octets, len}));
		return;
	}
	if (!ca_ip_prefix_parse(text, octets, &len, &prefix))
		fail_msg("chains.txt:%u: %s is no address", s->line, text);
	for (unsigned i = 0; i < prefix; i++)
		mask[i / 8] |= (uint8_t)(0x80u >> (i % 8));
	CHAINS_OK(s, ca_buf_append(buf, (struct ca_bytes){octets, len}));
	CHAINS_OK(s, ca_buf_append(buf, (struct ca_bytes){mask, len}));
}

/* otherName SmtpUTF8Mailbox: its type-id, and a UTF8String. */
static inline void
chains_utf8_mailbox(
    const struct section *s, const char *text, struct ca_buf *ret)
{
	struct der_out out = {0};

	der_put(&out, DER_OID, ca_oid_der(CA_OID_SMTP_UTF8_MAILBOX));
	der_open(&out, DER_CONTEXT_CONS(0));
	der_put(&out, DER_UTF8_STRING, ca_text(text));
	der_close(&out);
	CHAINS_OK(s, der_finish(&out, ret));
}

/* "dns:company.com" into type and value octets. */
static inline enum ca_san_type
chains_name(const struct section *s, const char *text, struct ca_buf *ret)
{
	static const enum ca_san_type types[] = {CA_SAN_DNS, CA_SAN_EMAIL,
	    CA_SAN_IP, CA_SAN_URI, CA_SAN_UPN, CA_SAN_DIRECTORY, CA_SAN_RID};

	for (size_t i = 0; i < COUNT(types); i++) {
		const char *name = ca_san_type_name(types[i]);
		size_t len = strlen(name);

		if (strncmp(text, name, len) != 0 || text[len] != ':')
			continue;
		text += len + 1;
		if (types[i] == CA_SAN_IP)
			chains_ip(s, ret, text);
		else if (types[i] == CA_SAN_DIRECTORY)
			CHAINS_OK(s, ca_name_parse(text, ret, &chains_err));
		else
			chains_octets(ret, text);
		return types[i];
	}
	if (strncmp(text, "mail8:", 6) == 0) {
		chains_utf8_mailbox(s, text + 6, ret);
		return CA_SAN_OTHER;
	}
	fail_msg("chains.txt:%u: %s is no name", s->line, text);
	return CA_SAN_OTHER;
}

static inline void
chains_subject(const struct section *s, struct ca_buf *ret)
{
	const char *text = chains_get(s, "subject");
	char plain[128];

	(void)snprintf(plain, sizeof(plain), "CN=%s", s->name);
	CHAINS_OK(
	    s, ca_name_parse(text != NULL ? text : plain, ret, &chains_err));
}

/* ---- keys ------------------------------------------------------------- */

/* The section's own, or that of the one it names. */
static inline struct ca_key *
chains_key(struct chains *c, struct section *s)
{
	const char *other = chains_get(s, "key");

	if (other != NULL && strncmp(other, "rsa-", 4) != 0 &&
	    strcmp(other, "off-curve") != 0)
		return chains_key(c, chains_find(c, s, other));
	if (s->secret == NULL) {
		enum ca_key_type type = CA_KEY_P256;
		unsigned bits = 0;

		if (chains_get(s, "type") != NULL)
			CHAINS_OK(s,
			    ca_key_type_parse(chains_get(s, "type"), &type,
				&bits, &chains_err));
		CHAINS_OK(s,
		    ca_key_generate(
			type, bits, c->rng, &s->secret, &chains_err));
	}
	return s->secret;
}

/* A number that might be an RSA modulus of so many bits: nobody has its key,
 * and nobody needs it. A weak one repeats itself. */
static inline void
chains_put_rsa_number(
    struct chains *c, struct der_out *out, unsigned bits, bool weak)
{
	static const uint8_t exponent[] = {1, 0, 1};
	uint8_t modulus[1024];
	struct der_out key = {0};
	struct ca_buf der = {0};
	size_t len = (bits + 7) / 8;

	memset(modulus, 0xa5, sizeof(modulus));
	if (!weak)
		assert_int_equal(
		    ca_rng_fill(c->rng, modulus, sizeof(modulus), NULL), CA_OK);
	modulus[0] = (uint8_t)(0x80u >> (len * 8 - bits));
	modulus[len - 1] |= 1;
	der_open(&key, DER_SEQUENCE);
	der_put_unsigned(&key, (struct ca_bytes){modulus, len});
	der_put_unsigned(&key, (struct ca_bytes){exponent, 3});
	der_close(&key);
	assert_int_equal(der_finish(&key, &der), CA_OK);
	ca_spki_put(out, CA_KEY_RSA, ca_view(&der));
	ca_buf_free(&der);
}

/* Random ones are tried until none of what we look for is wrong with it. */
static inline void
chains_put_rsa(struct chains *c, struct der_out *out, unsigned bits)
{
	for (int i = 0; i < 1000; i++) {
		struct der_out made = {0};
		struct ca_buf der = {0};
		struct ca_spki spki;
		struct ca_bytes in;
		bool fit;

		chains_put_rsa_number(c, &made, bits, false);
		assert_int_equal(der_finish(&made, &der), CA_OK);
		in = ca_view(&der);
		assert_int_equal(ca_spki_get(&in, &spki, NULL), CA_OK);
		fit = ca_weakkey_check_broken(&spki, false, NULL) == CA_OK;
		if (fit)
			der_put_raw(out, ca_view(&der));
		ca_buf_free(&der);
		if (fit)
			return;
	}
	fail_msg("no modulus of %u bits", bits);
}

/* Beside its curve. */
static inline void
chains_put_off_curve(struct chains *c, struct section *s, struct der_out *out)
{
	const struct ca_bytes der = ca_key_spki(chains_key(c, s))->der;
	uint8_t changed[200];

	assert_true(der.len <= sizeof(changed));
	memcpy(changed, der.data, der.len);
	changed[der.len - 1] ^= 1;
	der_put_raw(out, (struct ca_bytes){changed, der.len});
}

static inline void
chains_put_spki(struct chains *c, struct section *s, struct der_out *out)
{
	const char *other = chains_get(s, "key");

	if (other != NULL && strncmp(other, "rsa-public ", 11) == 0)
		chains_put_rsa(c, out, (unsigned)strtoul(other + 11, NULL, 10));
	else if (other != NULL && strncmp(other, "rsa-weak ", 9) == 0)
		chains_put_rsa_number(
		    c, out, (unsigned)strtoul(other + 9, NULL, 10), true);
	else if (other != NULL && strcmp(other, "off-curve") == 0)
		chains_put_off_curve(c, s, out);
	else
		der_put_raw(out, ca_key_spki(chains_key(c, s))->der);
}

/* ---- extensions ------------------------------------------------------- */

static inline void
chains_oids(const struct section *s, const char *list, struct ca_buf *bufs,
    struct ca_oid_list *ret)
{
	char word[256];

	*ret = (struct ca_oid_list){0};
	while (chains_word(&list, word)) {
		enum ca_oid oid = ca_oid_by_name(word);

		assert_true(ret->count < 8); /* room in bufs */
		if (strcmp(word, "any") == 0)
			oid = CA_OID_ANY_POLICY;
		if (strcmp(word, "critical") == 0)
			continue;
		if (oid != CA_OID_UNKNOWN) {
			ret->oid[ret->count++] = ca_oid_der(oid);
			continue;
		}
		CHAINS_OK(s, ca_oid_parse(&bufs[ret->count], word));
		ret->oid[ret->count] = ca_view(&bufs[ret->count]);
		ret->count++;
	}
}

static inline void
chains_free(struct ca_buf *bufs, size_t count)
{
	for (size_t i = 0; i < count; i++)
		ca_buf_free(&bufs[i]);
}

static inline void
chains_put_sans(const struct section *s, struct der_out *out)
{
	const char *list = chains_get(s, "san");
	char word[256];

	if (list == NULL || strcmp(list, "none") == 0)
		return;
	ca_ext_open(out, CA_OID_SUBJECT_ALT_NAME, chains_has(list, "critical"));
	der_open(out, DER_SEQUENCE);
	while (chains_word(&list, word)) {
		struct ca_buf value = {0};
		struct ca_san san = {0};

		if (strcmp(word, "critical") == 0)
			continue;
		san.type = chains_name(s, word, &value);
		san.value = ca_view(&value);
		ca_san_put(out, &san);
		ca_buf_free(&value);
	}
	der_close(out);
	ca_ext_close(out);
}

static inline void
chains_add_trees(const struct section *s, const char *key, bool excluded,
    struct ca_subtree *trees, struct ca_buf *values, size_t *count)
{
	const char *list = chains_get(s, key);
	char word[256];

	while (chains_word(&list, word)) {
		trees[*count].excluded = excluded;
		trees[*count].type = chains_name(s, word, &values[*count]);
		trees[*count].base = ca_view(&values[*count]);
		assert_true(++*count < 16);
	}
}

static inline void
chains_put_constraints(const struct section *s, struct der_out *out)
{
	struct ca_subtree trees[16] = {0};
	struct ca_buf values[16] = {0};
	size_t count = 0;

	chains_add_trees(s, "permit", false, trees, values, &count);
	chains_add_trees(s, "exclude", true, trees, values, &count);
	if (count == 0)
		return;
	ca_ext_open(
	    out, CA_OID_NAME_CONSTRAINTS, chains_get(s, "constraints") == NULL);
	ca_constraints_put(out, trees, count);
	ca_ext_close(out);
	chains_free(values, COUNT(values));
}

static inline int
chains_number(const struct section *s, const char *key)
{
	const char *text = chains_get(s, key);

	return text == NULL ? -1 : (int)strtol(text, NULL, 10);
}

static inline void
chains_put_mappings(const struct section *s, struct der_out *out)
{
	const char *list = chains_get(s, "map");
	struct ca_policy_mapping map[CA_EXT_MAX_MAPPINGS];
	struct ca_buf oids[2 * CA_EXT_MAX_MAPPINGS] = {0};
	char word[256];
	size_t count = 0;

	if (list == NULL)
		return;
	while (chains_word(&list, word)) {
		char *to = strchr(word, '>');

		assert_non_null(to);
		assert_true(count < COUNT(map));
		*to++ = '\0';
		CHAINS_OK(s, ca_oid_parse(&oids[2 * count], word));
		CHAINS_OK(s, ca_oid_parse(&oids[2 * count + 1], to));
		map[count].issuer = ca_view(&oids[2 * count]);
		map[count].subject = ca_view(&oids[2 * count + 1]);
		count++;
	}
	ca_ext_open(out, CA_OID_POLICY_MAPPINGS, true);
	ca_policy_mappings_put(out, map, count);
	ca_ext_close(out);
	chains_free(oids, COUNT(oids));
}

static inline void
chains_put_policies(const struct section *s, struct der_out *out)
{
	const char *list = chains_get(s, "policies");
	struct ca_buf oids[8] = {0};
	struct ca_oid_list policies;
	int require = chains_number(s, "explicit");
	int mapping = chains_number(s, "no-mapping");

	chains_oids(s, list, oids, &policies);
	if (list != NULL) {
		ca_ext_open(out, CA_OID_CERTIFICATE_POLICIES, false);
		ca_certificate_policies_put(
		    out, &policies, (struct ca_bytes){0});
		ca_ext_close(out);
	}
	chains_free(oids, COUNT(oids));
	chains_put_mappings(s, out);
	if (require >= 0 || mapping >= 0) {
		ca_ext_open(out, CA_OID_POLICY_CONSTRAINTS,
		    chains_get(s, "constraints") == NULL);
		ca_policy_constraints_put(out, require, mapping);
		ca_ext_close(out);
	}
	if (chains_number(s, "no-any") >= 0) {
		ca_ext_open(out, CA_OID_INHIBIT_ANY_POLICY, true);
		ca_inhibit_any_policy_put(out, chains_number(s, "no-any"));
		ca_ext_close(out);
	}
}

static inline void
chains_put_usages(const struct section *s, struct der_out *out)
{
	bool is_leaf = strcmp(s->kind, "leaf") == 0;
	const char *usage = chains_get(s, "usage");
	const char *eku = chains_get(s, "eku");
	struct ca_buf oids[8] = {0};
	struct ca_oid_list list;
	char word[256];
	uint16_t bits = 0;

	if (usage == NULL)
		usage = is_leaf ? "digitalSignature" : "keyCertSign, cRLSign";
	while (strcmp(usage, "none") != 0 && chains_word(&usage, word))
		bits |= ca_key_usage_by_name(word);
	if (bits != 0) {
		ca_ext_open(out, CA_OID_KEY_USAGE, true);
		ca_key_usage_put(out, bits);
		ca_ext_close(out);
	}
	if (eku == NULL)
		eku = is_leaf ? "serverAuth" : "none";
	if (strcmp(eku, "none") == 0)
		return;
	chains_oids(s, eku, oids, &list);
	ca_ext_open(out, CA_OID_EXT_KEY_USAGE, chains_has(eku, "critical"));
	ca_ext_key_usage_put(out, &list);
	ca_ext_close(out);
	chains_free(oids, COUNT(oids));
}

/* "critical, pathlen 0", "none", "false" */
static inline void
chains_put_basic(const struct section *s, struct der_out *out)
{
	const char *text = chains_get(s, "ca"), *len;
	int path_len = CA_PATH_LEN_NONE;

	if (text == NULL)
		text = strcmp(s->kind, "leaf") == 0 ? "none" : "critical";
	if (strcmp(text, "none") == 0)
		return;
	if ((len = strstr(text, "pathlen ")) != NULL)
		path_len = (int)strtol(len + 8, NULL, 10);
	ca_ext_open(
	    out, CA_OID_BASIC_CONSTRAINTS, strstr(text, "critical") != NULL);
	ca_basic_constraints_put(out, strstr(text, "false") == NULL, path_len);
	ca_ext_close(out);
}

static inline void
chains_put_key_ids(struct chains *c, struct section *s, struct section *issuer,
    struct der_out *out)
{
	const char *without = chains_get(s, "without");
	uint8_t id[CA_KEY_ID_LEN];
	struct ca_key *by;

	if (!chains_has(without, "aki")) {
		by = chains_key(c,
		    chains_get(s, "aki") != NULL ?
			chains_find(c, s, chains_get(s, "aki")) :
			issuer);
		CHAINS_OK(s, ca_key_id(ca_key_spki(by), id, &chains_err));
		ca_ext_open(out, CA_OID_AUTHORITY_KEY_IDENTIFIER,
		    chains_has(chains_get(s, "critical"), "aki"));
		ca_authority_key_id_put(out, (struct ca_bytes){id, sizeof(id)});
		ca_ext_close(out);
	}
	if (strcmp(s->kind, "leaf") == 0 || chains_has(without, "ski"))
		return;
	CHAINS_OK(s, ca_key_id(ca_key_spki(chains_key(c, s)), id, &chains_err));
	ca_ext_open(out, CA_OID_SUBJECT_KEY_IDENTIFIER,
	    chains_has(chains_get(s, "critical"), "ski"));
	ca_subject_key_id_put(out, (struct ca_bytes){id, sizeof(id)});
	ca_ext_close(out);
}

/* "key = URL, URL", into views of bufs. */
static inline struct ca_url_list
chains_urls(const struct section *s, const char *key,
    struct ca_buf bufs[CA_EXT_MAX_URLS])
{
	const char *list = chains_get(s, key);
	struct ca_url_list urls = {0};
	char word[256];

	while (chains_word(&list, word)) {
		assert_true(urls.count < CA_EXT_MAX_URLS);
		chains_octets(&bufs[urls.count], word);
		urls.url[urls.count] = ca_view(&bufs[urls.count]);
		urls.count++;
	}
	return urls;
}

/* "point" and "freshest": one distribution point of all the URLs. */
static inline void
chains_put_points(const struct section *s, const char *key, enum ca_oid id,
    struct der_out *out)
{
	struct ca_buf bufs[CA_EXT_MAX_URLS] = {0};
	const struct ca_url_list urls = chains_urls(s, key, bufs);

	if (urls.count > 0) {
		ca_ext_open(out, id, false);
		ca_distribution_points_put(out, &urls);
		ca_ext_close(out);
	}
	chains_free(bufs, COUNT(bufs));
}

static inline void
chains_put_access(const struct section *s, struct der_out *out)
{
	struct ca_buf bufs[2][CA_EXT_MAX_URLS] = {0};
	const struct ca_url_list ocsp = chains_urls(s, "responders", bufs[0]);
	const struct ca_url_list issuers = chains_urls(s, "issuers", bufs[1]);

	if (ocsp.count + issuers.count > 0) {
		ca_ext_open(out, CA_OID_AUTHORITY_INFO_ACCESS, false);
		ca_info_access_put(out, &ocsp, &issuers);
		ca_ext_close(out);
	}
	chains_free(bufs[0], CA_EXT_MAX_URLS);
	chains_free(bufs[1], CA_EXT_MAX_URLS);
}

/* What names places, and "ext = [critical] OID hex", as often as it stands. */
static inline void
chains_put_others(const struct section *s, struct der_out *out)
{
	chains_put_points(s, "point", CA_OID_CRL_DISTRIBUTION_POINTS, out);
	chains_put_points(s, "freshest", CA_OID_FRESHEST_CRL, out);
	chains_put_access(s, out);
	for (size_t i = 0; i < s->count; i++) {
		const char *text = s->value[i];
		bool critical = strncmp(text, "critical ", 9) == 0;
		struct ca_buf oid = {0}, value = {0};
		char dotted[64];
		size_t len;

		if (strcmp(s->key[i], "ext") != 0)
			continue;
		text += critical ? 9 : 0;
		len = strcspn(text, " ");
		assert_true(len < sizeof(dotted));
		memcpy(dotted, text, len);
		dotted[len] = '\0';
		CHAINS_OK(s, ca_oid_parse(&oid, dotted));
		CHAINS_OK(s, ca_hex_parse(&value, text + len + 1));
		ca_ext_put(out, ca_view(&oid), critical, ca_view(&value));
		ca_buf_free(&oid);
		ca_buf_free(&value);
	}
}

/* ---- certificates ----------------------------------------------------- */

/* Of the same letters in another string type (RFC 5280 7.1). */
static inline void
chains_as_printable(const struct section *s, struct ca_buf *name)
{
	static const uint8_t cn[] = {0x06, 0x03, 0x55, 0x04, 0x03, 0x0c};
	size_t i = 0;

	while (i + sizeof(cn) <= name->len &&
	    memcmp(name->data + i, cn, sizeof(cn)) != 0)
		i++;
	if (i + sizeof(cn) > name->len)
		fail_msg("chains.txt:%u: no commonName above", s->line);
	name->data[i + sizeof(cn) - 1] = DER_PRINTABLE_STRING;
}

static inline void
chains_put_tbs(struct chains *c, struct section *s, struct section *issuer,
    const struct ca_sig_alg *alg, struct der_out *out)
{
	const char *serial = chains_get(s, "serial");
	struct ca_buf name = {0}, above = {0}, number = {0};

	chains_subject(s, &name);
	chains_subject(issuer, &above);
	if (chains_get(s, "issuer as") != NULL)
		chains_as_printable(s, &above);
	if (serial != NULL)
		CHAINS_OK(s, ca_hex_parse(&number, serial));
	else
		CHAINS_OK(s, ca_buf_printf(&number, "S%u", s->line));
	der_open(out, DER_SEQUENCE);
	der_open(out, DER_CONTEXT_CONS(0));
	der_put_uint(out, 2);
	der_close(out);
	der_put(out, DER_INTEGER, ca_view(&number));
	ca_sig_alg_put(out, alg);
	der_put_raw(out, ca_view(&above));
	der_open(out, DER_SEQUENCE);
	ca_time_put(out, chains_time(s, "from", "2020-01-01"));
	ca_time_put(out, chains_time(s, "to", "2040-01-01"));
	der_close(out);
	der_put_raw(out, ca_view(&name));
	chains_put_spki(c, s, out);
	der_open(out, DER_CONTEXT_CONS(3));
	der_open(out, DER_SEQUENCE);
	chains_put_key_ids(c, s, issuer, out);
	chains_put_basic(s, out);
	chains_put_usages(s, out);
	chains_put_sans(s, out);
	chains_put_constraints(s, out);
	chains_put_policies(s, out);
	chains_put_others(s, out);
	der_close(out);
	der_close(out);
	der_close(out);
	chains_free(&name, 1);
	chains_free(&above, 1);
	chains_free(&number, 1);
}

static inline struct section *
chains_issuer(struct chains *c, struct section *s)
{
	const char *name = chains_get(s, "issuer");

	return name == NULL ? s : chains_find(c, s, name);
}

static inline void
chains_sign(struct chains *c, struct section *s, struct der_out *out,
    struct ca_key *by, const struct ca_sig_alg *alg)
{
	struct ca_buf tbs = {0};

	CHAINS_OK(s, der_finish(out, &tbs));
	CHAINS_OK(
	    s, ca_sign(ca_view(&tbs), by, alg, c->rng, &s->der, &chains_err));
	ca_buf_free(&tbs);
	/* The last octet of an ECDSA signature is one of s. */
	if (chains_get(s, "signature") != NULL)
		s->der.data[s->der.len - 1] ^= 1;
	s->is_made = true;
}

static inline void
chains_make_cert(struct chains *c, struct section *s)
{
	struct section *issuer = chains_issuer(c, s);
	const char *signer = chains_get(s, "signer");
	struct ca_key *by = chains_key(
	    c, signer != NULL ? chains_find(c, s, signer) : issuer);
	struct ca_sig_alg alg = ca_sig_alg_for(ca_key_spki(by));
	struct der_out out = {0};

	chains_put_tbs(c, s, issuer, &alg, &out);
	chains_sign(c, s, &out, by, &alg);
}

static inline struct ca_bytes
chains_der(struct chains *c, struct section *s)
{
	if (!s->is_made)
		chains_make_cert(c, s);
	return ca_view(&s->der);
}

static inline struct ca_cert
chains_cert(struct chains *c, const struct section *from, const char *name)
{
	struct section *s = chains_find(c, from, name);
	struct ca_cert cert = {0};

	CHAINS_OK(s, ca_cert_parse(chains_der(c, s), &cert, &chains_err));
	return cert;
}

/* ---- CRLs ------------------------------------------------------------- */

/* "www keyCompromise, sub": one certificate each, and a reason. */
static inline void
chains_put_entries(
    struct chains *c, struct section *s, struct ca_crl_writer *writer)
{
	const char *list = chains_get(s, "revoked");
	char word[256];

	while (chains_word(&list, word)) {
		char *reason = strrchr(word, ' ');
		struct ca_crl_entry entry = {.invalid_since = INT64_MIN,
		    .revoked_at = chains_time(s, "from", "2025-12-01")};
		struct ca_cert cert;

		/* Names have spaces in them, reasons have none. */
		if (reason != NULL &&
		    ca_reason_by_name(reason + 1, &entry.reason))
			*reason = '\0';
		cert = chains_cert(c, s, word);
		entry.serial = cert.serial;
		CHAINS_OK(s, ca_crl_put(writer, &entry, &chains_err));
	}
}

static inline struct ca_bytes
chains_crl_point(const struct section *s, struct ca_buf *buf)
{
	const char *point = chains_get(s, "point");
	struct der_out out = {0};

	if (point == NULL)
		return (struct ca_bytes){0};
	der_open(&out, DER_CONTEXT_CONS(0));
	der_put(&out, DER_CONTEXT(6), ca_text(point));
	der_close(&out);
	CHAINS_OK(s, der_finish(&out, buf));
	return ca_view(buf);
}

static inline void
chains_make_crl(struct chains *c, struct section *s)
{
	const char *scope = chains_get(s, "scope");
	const char *signer = chains_get(s, "signer");
	struct ca_cert issuer = chains_cert(c, s, chains_get(s, "issuer"));
	struct ca_key *by = chains_key(c,
	    chains_find(
		c, s, signer != NULL ? signer : chains_get(s, "issuer")));
	struct ca_sig_alg alg = ca_sig_alg_for(ca_key_spki(by));
	struct ca_crl_writer writer = {0};
	struct ca_buf tbs = {0}, point = {0};
	struct ca_buf urls[CA_EXT_MAX_URLS] = {0}, freshest = {0};
	const struct ca_url_list deltas = chains_urls(s, "freshest", urls);
	struct der_out out = {0};
	struct ca_crl_order order = {
	    .number = (uint64_t)abs(chains_number(s, "number")),
	    .this_update = chains_time(s, "from", "2025-12-01"),
	    .next_update = chains_time(s, "to", "2026-02-01"),
	    .scope.point = chains_crl_point(s, &point),
	    .scope.only_user = chains_has(scope, "user"),
	    .scope.only_ca = chains_has(scope, "ca")};

	if (chains_number(s, "base") > 0)
		order.base = (uint64_t)chains_number(s, "base");
	if (deltas.count > 0) {
		ca_distribution_points_put(&out, &deltas);
		CHAINS_OK(s, der_finish(&out, &freshest));
		order.freshest = ca_view(&freshest);
	}
	CHAINS_OK(s, ca_crl_begin(&writer, &issuer, &alg, &order, &chains_err));
	chains_put_entries(c, s, &writer);
	CHAINS_OK(s, ca_crl_end(&writer, &tbs, &chains_err));
	ca_crl_discard(&writer);
	CHAINS_OK(
	    s, ca_sign(ca_view(&tbs), by, &alg, c->rng, &s->der, &chains_err));
	ca_buf_free(&tbs);
	ca_buf_free(&point);
	ca_buf_free(&freshest);
	chains_free(urls, COUNT(urls));
	if (chains_get(s, "signature") != NULL)
		s->der.data[s->der.len - 1] ^= 1;
	s->is_made = true;
}

/* ---- OCSP answers ----------------------------------------------------- */

/* The certID as a request asks it. */
static inline void
chains_ocsp_id(struct section *s, const struct ca_cert *cert,
    const struct ca_cert *issuer, struct ca_buf *request,
    struct ca_ocsp_answer *answer)
{
	struct ca_ocsp_request parsed;

	CHAINS_OK(s,
	    ca_ocsp_request_build(cert, issuer, CA_HASH_SHA1,
		(struct ca_bytes){0}, request, &chains_err));
	CHAINS_OK(
	    s, ca_ocsp_request_parse(ca_view(request), &parsed, &chains_err));
	answer->id = parsed.id[0];
}

static inline void
chains_make_ocsp(struct chains *c, struct section *s)
{
	const char *state = chains_get(s, "state");
	const char *responder = chains_get(s, "responder");
	struct ca_cert issuer = chains_cert(c, s, chains_get(s, "issuer"));
	struct ca_cert cert = chains_cert(c, s, chains_get(s, "about"));
	struct ca_cert delegate = {0};
	struct ca_key *by = chains_key(c,
	    chains_find(
		c, s, responder != NULL ? responder : chains_get(s, "issuer")));
	struct ca_sig_alg alg = ca_sig_alg_for(ca_key_spki(by));
	struct ca_buf tbs = {0}, request = {0};
	struct ca_ocsp_answer answer = {.state = CA_OCSP_GOOD,
	    .this_update = chains_time(s, "from", "2025-12-01"),
	    .next_update = chains_time(s, "to", "2026-02-01")};
	struct ca_ocsp_order order = {.responder = ca_key_spki(by),
	    .produced_at = answer.this_update,
	    .answer = &answer,
	    .count = 1};

	if (responder != NULL)
		delegate = chains_cert(c, s, responder);
	if (state != NULL && strcmp(state, "unknown") == 0)
		answer.state = CA_OCSP_UNKNOWN;
	if (state != NULL && strcmp(state, "revoked") == 0) {
		answer.state = CA_OCSP_REVOKED;
		answer.revoked_at = answer.this_update;
	}
	chains_ocsp_id(s, &cert, &issuer, &request, &answer);
	CHAINS_OK(s, ca_ocsp_tbs(&order, &tbs, &chains_err));
	CHAINS_OK(s,
	    ca_ocsp_sign(ca_view(&tbs), responder != NULL ? &delegate : NULL,
		by, &alg, c->rng, &s->der, &chains_err));
	ca_buf_free(&tbs);
	ca_buf_free(&request);
	s->is_made = true;
}

#endif
