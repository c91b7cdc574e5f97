/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Two judges: a few certificates are made from the input, truly signed, and
 * asked about. What we take, openssl takes as well.
 *
 * The other way round is not asked: we are stricter in much. Nor is anything
 * made of which openssl is known to think otherwise: see put_usages(),
 * put_policies() and put_key_ids().
 *
 * No dictionary: each octet is a choice.
 */
#include <openssl/x509v3.h>

#include "ca/constraints.h"
#include "ca/name.h"
#include "ca/sign.h"
#include "ca/tbs.h"
#include "ca/time.h"
#include "ca/verify.h"
#include "tests/fuzz/property.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
const char *__lsan_default_suppressions(void);

#define AT INT64_C(1767225600) /* 2026-01-01T00:00:00Z */
#define MAX_CERTS 6
#define SETTINGS 4 /* octets about the question */
#define OCTETS 12  /* octets about each certificate */

/* What the octets of a certificate decide. */
enum octet {
	ISSUER,
	SUBJECT,
	BASIC,
	USAGE,
	EXT_USAGE,
	NAMES,
	PERMITTED,
	EXCLUDED,
	POLICIES,
	MAPPING,
	SKIP_CERTS,
	OTHER
};

struct made {
	const uint8_t *octet;
	size_t issuer;
	struct ca_key *key;
	struct ca_buf name, der;
};

static struct {
	struct ca_rng *rng;
	struct ca_key *key[MAX_CERTS];
} world;

#define MUST(call) REQUIRE((call) == CA_OK)

static void
open_world(void)
{
	if (world.rng != NULL)
		return;
	MUST(ca_rng_new(&world.rng, NULL));
	for (size_t i = 0; i < MAX_CERTS; i++)
		MUST(ca_key_generate(
		    CA_KEY_ED25519, 0, world.rng, &world.key[i], NULL));
}

/* ---- names ------------------------------------------------------------ */

static const struct {
	enum ca_san_type type;
	const char *name, *base;
} names[] = {
    {CA_SAN_DNS, "company.com", "company.com"},
    {CA_SAN_DNS, "www.company.com", "www.company.com"},
    {CA_SAN_DNS, "*.company.com", "example"},
    {CA_SAN_DNS, "Evil.Example", "evil.example"},
    {CA_SAN_EMAIL, "jason@company.com", "company.com"},
    {CA_SAN_EMAIL, "Boss@mail.company.com", ".company.com"},
    {CA_SAN_IP, "\x0a\x01\x02\x03", "\x0a\x00\x00\x00\xff\x00\x00\x00"},
    {CA_SAN_URI, "https://www.company.com/", ".company.com"},
};
#define NAME_COUNT (sizeof(names) / sizeof(names[0]))

static struct ca_bytes
name_value(enum ca_san_type type, const char *text, size_t ip_len)
{
	if (type == CA_SAN_IP)
		return (struct ca_bytes){(const uint8_t *)text, ip_len};
	return ca_text(text);
}

static const char *const subjects[] = {"CN=%c", "O=Company, CN=%c",
    "O=COMPANY, CN=%c", "O=Company, OU=Web, CN=%c", "O=Evil, CN=%c",
    "CN=%c.company.com", "CN=%c.evil.example", "C=DE, O=Company, CN=%c"};
static const char *const directories[] = {
    "O=Company", "O=company, OU=web", "O=Evil", "C=DE"};

/* Its own, or its issuer's: a new key of the same authority. */
static void
make_name(struct made *cert, const struct made *issuer, size_t index)
{
	uint8_t octet = cert->octet[SUBJECT];
	char text[64];

	if (index > 0 && octet % 16 == 15) {
		MUST(ca_buf_append(&cert->name, ca_view(&issuer->name)));
		return;
	}
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	(void)snprintf(
	    text, sizeof(text), subjects[octet % 8], (char)('a' + index));
#pragma GCC diagnostic pop
	MUST(ca_name_parse(text, &cert->name, NULL));
}

/* ---- extensions ------------------------------------------------------- */

static void
put_basic(struct der_out *out, uint8_t octet, bool is_leaf)
{
	if (is_leaf ? octet % 8 != 0 : octet % 32 == 31)
		return;
	ca_ext_open(out, CA_OID_BASIC_CONSTRAINTS, true);
	ca_basic_constraints_put(out, !is_leaf && octet % 32 != 30,
	    is_leaf || octet % 32 == 30 ? CA_PATH_LEN_NONE :
					  (int)(octet >> 6) - 1);
	ca_ext_close(out);
}

/* anyExtendedKeyUsage lets a purpose through an authority here, and not
 * there: it is not made. */
static void
put_usages(struct der_out *out, const uint8_t *octet, bool is_leaf)
{
	static const uint16_t usages[] = {CA_KU_DIGITAL_SIGNATURE,
	    CA_KU_KEY_CERT_SIGN | CA_KU_CRL_SIGN, CA_KU_KEY_CERT_SIGN,
	    CA_KU_CRL_SIGN};
	struct ca_oid_list list = {0};
	uint8_t usage = octet[USAGE] % 16;

	if (usage != 15) {
		ca_ext_open(out, CA_OID_KEY_USAGE, true);
		ca_key_usage_put(
		    out, usages[usage < 4 ? usage : (is_leaf ? 0u : 1u)]);
		ca_ext_close(out);
	}
	if ((octet[EXT_USAGE] & 1) != 0)
		list.oid[list.count++] = ca_oid_der(CA_OID_SERVER_AUTH);
	if ((octet[EXT_USAGE] & 2) != 0)
		list.oid[list.count++] = ca_oid_der(CA_OID_CLIENT_AUTH);
	if ((octet[EXT_USAGE] & 4) != 0)
		list.oid[list.count++] = ca_oid_der(CA_OID_EMAIL_PROTECTION);
	if (list.count == 0)
		return;
	ca_ext_open(out, CA_OID_EXT_KEY_USAGE, false);
	ca_ext_key_usage_put(out, &list);
	ca_ext_close(out);
}

static void
put_names(struct der_out *out, uint8_t mask)
{
	if (mask == 0)
		return;
	ca_ext_open(out, CA_OID_SUBJECT_ALT_NAME, false);
	der_open(out, DER_SEQUENCE);
	for (size_t i = 0; i < NAME_COUNT; i++) {
		const struct ca_san san = {.type = names[i].type,
		    .value = name_value(names[i].type, names[i].name, 4)};

		if ((mask >> i & 1) != 0)
			ca_san_put(out, &san);
	}
	der_close(out);
	ca_ext_close(out);
}

static void
add_trees(struct ca_subtree *trees, size_t *count, uint8_t mask, bool excluded)
{
	for (size_t i = 0; i < NAME_COUNT; i++)
		if ((mask >> i & 1) != 0)
			trees[(*count)++] = (struct ca_subtree){excluded,
			    names[i].type,
			    name_value(names[i].type, names[i].base, 8)};
}

static void
put_constraints(struct der_out *out, const uint8_t *octet)
{
	struct ca_subtree trees[2 * NAME_COUNT + 1];
	struct ca_buf directory = {0};
	size_t count = 0;

	add_trees(trees, &count, octet[PERMITTED], false);
	add_trees(trees, &count, octet[EXCLUDED], true);
	if ((octet[OTHER] & 0x30) == 0x30) {
		MUST(ca_name_parse(
		    directories[octet[OTHER] >> 6], &directory, NULL));
		trees[count++] = (struct ca_subtree){(octet[OTHER] & 8) != 0,
		    CA_SAN_DIRECTORY, ca_view(&directory)};
	}
	if (count > 0) {
		ca_ext_open(out, CA_OID_NAME_CONSTRAINTS, true);
		ca_constraints_put(out, trees, count);
		ca_ext_close(out);
	}
	ca_buf_free(&directory);
}

static const uint8_t policy_octets[4][3] = {
    {0x2a, 3, 1}, {0x2a, 3, 2}, {0x2a, 3, 3}, {0x2a, 3, 4}};

static struct ca_bytes
policy(unsigned index)
{
	return (struct ca_bytes){policy_octets[index % 4], 3};
}

static void
put_policies(struct der_out *out, const uint8_t *octet, bool is_leaf)
{
	struct ca_oid_list list = {0};
	const struct ca_policy_mapping map = {
	    policy(octet[MAPPING]), policy(octet[MAPPING] >> 2)};
	int require = (octet[SKIP_CERTS] & 7) - 5;
	int mapping = (octet[SKIP_CERTS] >> 3 & 7) - 5;

	for (unsigned i = 0; i < 4; i++)
		if ((octet[POLICIES] >> i & 1) != 0)
			list.oid[list.count++] = policy(i);
	if ((octet[POLICIES] & 0x10) != 0)
		list.oid[list.count++] = ca_oid_der(CA_OID_ANY_POLICY);
	if (list.count > 0) {
		ca_ext_open(out, CA_OID_CERTIFICATE_POLICIES, false);
		ca_certificate_policies_put(out, &list, (struct ca_bytes){0});
		ca_ext_close(out);
	}
	if (is_leaf)
		return;
	/* What is mapped under anyPolicy it loses, against RFC 5280 6.1.3 (d)
	 * (2): not made. */
	if ((octet[MAPPING] & 0x70) == 0x70 && (octet[POLICIES] & 0x10) == 0) {
		ca_ext_open(out, CA_OID_POLICY_MAPPINGS, true);
		ca_policy_mappings_put(out, &map, 1);
		ca_ext_close(out);
	}
	if (require >= 0 || mapping >= 0) {
		ca_ext_open(out, CA_OID_POLICY_CONSTRAINTS, true);
		ca_policy_constraints_put(out, require < 0 ? -1 : require,
		    mapping < 0 ? -1 : mapping);
		ca_ext_close(out);
	}
	if ((octet[SKIP_CERTS] & 0xc0) != 0)
		return;
	ca_ext_open(out, CA_OID_INHIBIT_ANY_POLICY, true);
	ca_inhibit_any_policy_put(out, octet[MAPPING] & 1);
	ca_ext_close(out);
}

/* Each names the right key: openssl goes by them when it looks for a path,
 * and does not come back. */
static void
put_key_ids(struct der_out *out, struct ca_key *key, struct ca_key *above)
{
	uint8_t id[CA_KEY_ID_LEN];

	MUST(ca_key_id(ca_key_spki(above), id, NULL));
	ca_ext_open(out, CA_OID_AUTHORITY_KEY_IDENTIFIER, false);
	ca_authority_key_id_put(out, (struct ca_bytes){id, sizeof(id)});
	ca_ext_close(out);
	MUST(ca_key_id(ca_key_spki(key), id, NULL));
	ca_ext_open(out, CA_OID_SUBJECT_KEY_IDENTIFIER, false);
	ca_subject_key_id_put(out, (struct ca_bytes){id, sizeof(id)});
	ca_ext_close(out);
}

/* ---- certificates ----------------------------------------------------- */

static void
put_tbs(struct der_out *out, const struct made *cert, const struct made *issuer,
    size_t index, bool is_leaf)
{
	const struct ca_sig_alg alg = ca_sig_alg_for(ca_key_spki(issuer->key));
	uint8_t when = cert->octet[OTHER] & 7;

	der_open(out, DER_SEQUENCE);
	der_open(out, DER_CONTEXT_CONS(0));
	der_put_uint(out, 2);
	der_close(out);
	der_put_uint(out, index + 1);
	ca_sig_alg_put(out, &alg);
	der_put_raw(out, ca_view(&issuer->name));
	der_open(out, DER_SEQUENCE);
	ca_time_put(out, AT - (when == 7 ? -1 : 1) * CA_DAY);
	ca_time_put(out, AT + (when == 6 ? -1 : 1) * 2 * CA_DAY);
	der_close(out);
	der_put_raw(out, ca_view(&cert->name));
	der_put_raw(out, ca_key_spki(cert->key)->der);
	der_open(out, DER_CONTEXT_CONS(3));
	der_open(out, DER_SEQUENCE);
	put_key_ids(out, cert->key, issuer->key);
	put_basic(out, cert->octet[BASIC], is_leaf);
	put_usages(out, cert->octet, is_leaf);
	put_names(out, cert->octet[NAMES]);
	if (!is_leaf)
		put_constraints(out, cert->octet);
	put_policies(out, cert->octet, is_leaf);
	der_close(out);
	der_close(out);
	der_close(out);
}

static void
make_cert(struct made *made, size_t index, const uint8_t *octet, bool is_leaf)
{
	struct made *cert = &made[index], *issuer;
	struct ca_sig_alg alg;
	struct der_out out = {0};
	struct ca_buf tbs = {0};

	cert->octet = octet;
	cert->key = world.key[index];
	cert->issuer = index == 0 ? 0 : octet[ISSUER] % index;
	/* Most of them one below the other. */
	if (index > 0 && octet[ISSUER] >= 0x40)
		cert->issuer = index - 1;
	issuer = &made[cert->issuer];
	make_name(cert, issuer, index);
	alg = ca_sig_alg_for(ca_key_spki(issuer->key));
	put_tbs(&out, cert, issuer, index, is_leaf);
	MUST(der_finish(&out, &tbs));
	MUST(ca_sign(
	    ca_view(&tbs), issuer->key, &alg, world.rng, &cert->der, NULL));
	ca_buf_free(&tbs);
}

/* ---- the two judges --------------------------------------------------- */

struct question {
	enum ca_purpose purpose;
	const char *host, *ip, *email;
	bool explicit_policy, inhibit_mapping, inhibit_any;
	unsigned policies; /* a mask; 0: any */
};

static struct question
read_question(const uint8_t *octet)
{
	static const enum ca_purpose purposes[] = {CA_PURPOSE_ANY,
	    CA_PURPOSE_SERVER, CA_PURPOSE_CLIENT, CA_PURPOSE_EMAIL};
	static const char *const hosts[] = {NULL, "company.com",
	    "www.company.com", "a.company.com", "evil.example",
	    "a.b.company.com"};

	return (struct question){.purpose = purposes[octet[0] % 4],
	    .host = hosts[octet[1] % 6],
	    .ip = octet[1] >> 6 == 3 ? "10.1.2.3" : NULL,
	    .email = octet[0] >> 6 == 3 ? "jason@company.com" : NULL,
	    .explicit_policy = (octet[2] & 1) != 0,
	    .inhibit_mapping = (octet[2] & 6) == 6,
	    .inhibit_any = (octet[2] & 24) == 24,
	    .policies = octet[3] & 15};
}

static bool
we_take(const struct question *q, const struct made *made, size_t count)
{
	struct ca_cert *cert = calloc(count, sizeof(*cert));
	struct ca_verdict verdict = {0};
	struct ca_verify_question ask = {.at = AT,
	    .purpose = q->purpose,
	    .host = q->host,
	    .ip = q->ip,
	    .email = q->email,
	    .explicit_policy = q->explicit_policy,
	    .inhibit_mapping = q->inhibit_mapping,
	    .inhibit_any = q->inhibit_any,
	    .lenient = true};
	bool taken;

	REQUIRE(cert != NULL);
	for (size_t i = 0; i < count; i++)
		MUST(ca_cert_parse(ca_view(&made[i].der), &cert[i], NULL));
	for (unsigned i = 0; i < 4; i++)
		if ((q->policies >> i & 1) != 0)
			ask.policies.oid[ask.policies.count++] = policy(i);
	ask.anchors = cert;
	ask.anchor_count = 1;
	ask.pool = cert + 1;
	ask.pool_count = count - 2;
	ask.leaf = cert + count - 1;
	taken = ca_verify(&ask, &verdict, NULL) == CA_OK;
	free(cert);
	return taken;
}

static X509 *
as_x509(const struct made *made)
{
	const unsigned char *at = made->der.data;
	X509 *x509 = d2i_X509(NULL, &at, (long)made->der.len);

	REQUIRE(x509 != NULL);
	return x509;
}

static void
set_params(X509_STORE_CTX *ctx, const struct question *q)
{
	static const int purposes[CA_PURPOSE_COUNT] = {
	    [CA_PURPOSE_SERVER] = X509_PURPOSE_SSL_SERVER,
	    [CA_PURPOSE_CLIENT] = X509_PURPOSE_SSL_CLIENT,
	    [CA_PURPOSE_EMAIL] = X509_PURPOSE_SMIME_SIGN};
	X509_VERIFY_PARAM *param = X509_STORE_CTX_get0_param(ctx);
	unsigned long flags = X509_V_FLAG_POLICY_CHECK;
	char dotted[16];

	X509_VERIFY_PARAM_set_time(param, (time_t)AT);
	if (purposes[q->purpose] != 0)
		REQUIRE(
		    X509_STORE_CTX_set_purpose(ctx, purposes[q->purpose]) == 1);
	if (q->host != NULL)
		REQUIRE(X509_VERIFY_PARAM_set1_host(param, q->host, 0) == 1);
	if (q->ip != NULL)
		REQUIRE(X509_VERIFY_PARAM_set1_ip_asc(param, q->ip) == 1);
	if (q->email != NULL)
		REQUIRE(X509_VERIFY_PARAM_set1_email(param, q->email, 0) == 1);
	flags |= q->explicit_policy ? X509_V_FLAG_EXPLICIT_POLICY : 0;
	flags |= q->inhibit_mapping ? X509_V_FLAG_INHIBIT_MAP : 0;
	flags |= q->inhibit_any ? X509_V_FLAG_INHIBIT_ANY : 0;
	X509_VERIFY_PARAM_set_flags(param, flags);
	/* Without any it has none that is wanted. */
	if (q->policies == 0)
		REQUIRE(X509_VERIFY_PARAM_add0_policy(
			    param, OBJ_nid2obj(NID_any_policy)) == 1);
	for (unsigned i = 0; i < 4; i++) {
		if ((q->policies >> i & 1) == 0)
			continue;
		(void)snprintf(dotted, sizeof(dotted), "1.2.3.%u", i + 1);
		REQUIRE(X509_VERIFY_PARAM_add0_policy(
			    param, OBJ_txt2obj(dotted, 1)) == 1);
	}
}

/* It loses a policy mapping now and then. */
const char *
__lsan_default_suppressions(void)
{
	return "leak:libcrypto.so";
}

static bool
openssl_takes(const struct question *q, const struct made *made, size_t count,
    const char **ret_why)
{
	X509_STORE_CTX *ctx = X509_STORE_CTX_new();
	X509_STORE *store = X509_STORE_new();
	STACK_OF(X509) *pool = sk_X509_new_null();
	X509 *root = as_x509(&made[0]), *leaf = as_x509(&made[count - 1]);
	bool taken;

	REQUIRE(ctx != NULL && store != NULL && pool != NULL);
	REQUIRE(X509_STORE_add_cert(store, root) == 1);
	for (size_t i = 1; i + 1 < count; i++)
		REQUIRE(sk_X509_push(pool, as_x509(&made[i])) > 0);
	REQUIRE(X509_STORE_CTX_init(ctx, store, leaf, pool) == 1);
	set_params(ctx, q);
	taken = X509_verify_cert(ctx) == 1;
	*ret_why = X509_verify_cert_error_string(X509_STORE_CTX_get_error(ctx));
	X509_STORE_CTX_free(ctx);
	X509_STORE_free(store);
	sk_X509_pop_free(pool, X509_free);
	X509_free(root);
	X509_free(leaf);
	return taken;
}

/* ---- one input -------------------------------------------------------- */

static void
compare(const struct question *q, const struct made *made, size_t count)
{
	const char *why = NULL;

	if (!we_take(q, made, count) || openssl_takes(q, made, count, &why))
		return;
	for (size_t i = 0; i < count; i++) {
		for (size_t k = 0; k < made[i].der.len; k++)
			fprintf(stderr, "%02x", made[i].der.data[k]);
		fprintf(stderr, "\n");
	}
	fprintf(stderr, "openssl: %s\n", why);
	abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct made made[MAX_CERTS] = {0};
	struct question q;
	size_t count;

	if (size < SETTINGS + 2 * OCTETS)
		return 0;
	open_world();
	count = (size - SETTINGS) / OCTETS;
	count = count > MAX_CERTS ? MAX_CERTS : count;
	for (size_t i = 0; i < count; i++)
		make_cert(
		    made, i, data + SETTINGS + i * OCTETS, i + 1 == count);
	q = read_question(data);
	compare(&q, made, count);
	for (size_t i = 0; i < count; i++) {
		ca_buf_free(&made[i].name);
		ca_buf_free(&made[i].der);
	}
	return 0;
}
