/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ca/constraints.h"
#include "ca/name.h"
#include "tests/unit/bytes.h"

/* Subtrees and names in one line: "+dns:company.com -ip:10.0.0.0/8". A '+'
 * is permitted, a '-' excluded, neither a name; '_' stands for a space. */
#define MAX_WORDS 8

struct words {
	struct ca_subtree trees[MAX_WORDS];
	struct ca_san sans[MAX_WORDS];
	struct ca_buf values[MAX_WORDS];
	size_t tree_count, san_count, count;
};

static void
append_ip(struct ca_buf *value, const char *text)
{
	uint8_t octets[16], mask[16] = {0};
	unsigned prefix;
	size_t len;

	assert_true(ca_ip_prefix_parse(text, octets, &len, &prefix));
	for (unsigned i = 0; i < prefix; i++)
		mask[i / 8] = (uint8_t)(mask[i / 8] | 0x80u >> (i % 8));
	assert_int_equal(
	    ca_buf_append(value, (struct ca_bytes){octets, len}), CA_OK);
	assert_int_equal(
	    ca_buf_append(value, (struct ca_bytes){mask, len}), CA_OK);
}

static void
add_word(struct words *words, const char *word)
{
	static const enum ca_san_type types[] = {CA_SAN_DNS, CA_SAN_EMAIL,
	    CA_SAN_URI, CA_SAN_UPN, CA_SAN_IP, CA_SAN_DIRECTORY, CA_SAN_RID};
	bool is_tree = *word == '+' || *word == '-';
	const char *type = is_tree ? word + 1 : word;
	const char *text = strchr(type, ':') + 1;
	struct ca_buf *value = &words->values[words->count++];
	enum ca_san_type found = CA_SAN_OTHER;

	for (size_t i = 0; i < COUNT(types); i++)
		if (strncmp(ca_san_type_name(types[i]), type,
			(size_t)(text - type - 1)) == 0)
			found = types[i];
	if (found == CA_SAN_IP && is_tree)
		append_ip(value, text);
	else if (found == CA_SAN_IP)
		assert_int_equal(
		    ca_san_from_text(found, text, value, NULL), CA_OK);
	else if (found == CA_SAN_DIRECTORY)
		assert_int_equal(ca_name_parse(text, value, NULL), CA_OK);
	else if (found == CA_SAN_RID)
		assert_int_equal(ca_oid_parse(value, text), CA_OK);
	else
		assert_int_equal(ca_buf_append_text(value, text), CA_OK);
	if (is_tree)
		words->trees[words->tree_count++] = (struct ca_subtree){
		    *word == '-', found, ca_view(value)};
	else
		words->sans[words->san_count++] = (struct ca_san){
		    .type = found, .value = ca_view(value)};
}

static void
read_words(struct words *words, const char *line)
{
	*words = (struct words){0};
	while (*line != '\0') {
		char word[200];
		size_t len = strcspn(line, " ");

		assert_true(len < sizeof(word) && words->count < MAX_WORDS);
		for (size_t i = 0; i < len; i++)
			word[i] = line[i] == '_' ? ' ' : line[i];
		word[len] = '\0';
		add_word(words, word);
		line += len;
		line += strspn(line, " ");
	}
}

static void
free_words(struct words *words)
{
	for (size_t i = 0; i < words->count; i++)
		ca_buf_free(&words->values[i]);
}

static struct ca_buf
encode(const struct words *words)
{
	struct der_out out = {0};
	struct ca_buf value = {0};

	ca_constraints_put(&out, words->trees, words->tree_count);
	assert_int_equal(der_finish(&out, &value), CA_OK);
	return value;
}

static enum ca_status
check(const char *trees, const char *subject, const char *names,
    struct ca_error *err)
{
	struct words t, n;
	struct ca_buf value, name = {0};
	enum ca_status st;

	read_words(&t, trees);
	read_words(&n, names);
	value = encode(&t);
	assert_int_equal(ca_name_parse(subject, &name, NULL), CA_OK);
	st = ca_constraints_check(
	    ca_view(&value), ca_view(&name), n.sans, n.san_count, err);
	ca_buf_free(&value);
	ca_buf_free(&name);
	free_words(&t);
	free_words(&n);
	return st;
}

/* checklist 56: what is inside, and its twin that is not. */
static void
names_are_held_against_subtrees(void **state)
{
	(void)state;
	static const struct {
		const char *trees, *inside, *outside;
	} known[] = {
	    {"+dns:company.com", "dns:company.com", "dns:xcompany.com"},
	    {"+dns:company.com", "dns:a.b.company.com", "dns:company.com.de"},
	    {"+dns:company.com", "dns:COMPANY.com", "dns:com"},
	    {"+dns:Company.Com", "dns:www.company.com", "dns:ompany.com"},
	    {"+dns:company.com", "dns:*.company.com", "dns:*.com.de"},
	    {"+dns:www.company.com", "dns:*.www.company.com",
		"dns:*.company.com"},
	    {"+dns:company.com", "email:a@b.example", "dns:b.example"},
	    {"+dns:a.example +dns:b.example", "dns:a.example dns:b.example",
		"dns:a.example dns:c.example"},
	    {"+dns:", "dns:any.example", "dns:not_valid"},
	    {"-dns:", "email:a@b.example", "dns:any.example"},
	    {"-dns:company.com", "dns:b.example", "dns:company.com"},
	    {"-dns:company.com", "dns:xcompany.com", "dns:a.COMPANY.com"},
	    {"-dns:www.company.com", "dns:company.com", "dns:*.company.com"},
	    {"-dns:a.www.company.com", "dns:*.company.com",
		"dns:*.www.company.com"},
	    {"-dns:company.com", "dns:b.example", "dns:company.com."},
	    {"+dns:company.com -dns:hr.company.com", "dns:it.company.com",
		"dns:a.hr.company.com"},
	    {"+ip:10.0.0.0/8", "ip:10.1.2.3", "ip:11.1.2.3"},
	    {"+ip:10.0.0.0/8", "dns:a.example", "ip:2001:db8::1"},
	    {"+ip:2001:db8::/32", "ip:2001:db8::1", "ip:2001:db9::1"},
	    {"+ip:2001:db8::/32 +ip:10.0.0.0/8", "ip:10.0.0.1", "ip:192.0.2.1"},
	    {"-ip:10.0.0.0/9", "ip:10.128.0.1", "ip:10.127.255.255"},
	    {"-ip:0.0.0.0/0", "ip:2001:db8::1", "ip:192.0.2.1"},
	    {"+email:lab.example", "email:jason@lab.example",
		"email:jason@a.lab.example"},
	    {"+email:.lab.example", "email:jason@a.lab.example",
		"email:jason@lab.example"},
	    {"+email:jason@lab.example", "email:jason@LAB.example",
		"email:Jason@lab.example"},
	    {"-email:jason@lab.example", "email:anna@lab.example",
		"email:Jason@lab.example"},
	    {"-email:lab.example", "email:a@b.example", "email:a@lab.EXAMPLE"},
	    {"-email:", "dns:a.example", "email:a@b.example"},
	    {"+uri:lab.example", "uri:http://lab.example/x",
		"uri:http://a.lab.example/"},
	    {"+uri:.lab.example", "uri:https://u@a.LAB.example:8/",
		"uri:http://lab.example/"},
	    {"+uri:lab.example", "dns:a.example", "uri:urn:a:b"},
	    {"-uri:lab.example", "uri:http://a.example/", "uri:urn:a:b"},
	    {"-uri:lab.example", "uri:http://a.example/",
		"uri:http://192.0.2.1/"},
	    {"-uri:lab.example", "uri:http://a.example@b.example/",
		"uri:http://a.example@lab.example/"},
	    {"+upn:lab.example", "upn:jason@lab.example",
		"upn:jason@a.lab.example"},
	    {"+upn:@lab.example", "upn:jason@Lab.example", "upn:a@b.example"},
	    {"-upn:.lab.example", "upn:jason@lab.example",
		"upn:jason@a.lab.example"},
	    {"+dirName:O=Lab", "dirName:O=Lab,CN=a", "dirName:O=Other,CN=a"},
	    {"+dirName:O=Lab", "dirName:O=LAB", "dirName:CN=a,O=Lab"},
	    {"-dirName:O=Lab", "dirName:O=Lab_1", "dirName:O=lab,OU=x"},
	    /* letters beyond ASCII: full width, or in two ways */
	    {"-dirName:O=Lab", "dirName:OU=\uff2cab", "dirName:O=\uff2cab"},
	    {"-dirName:O=M\u00fcller", "dirName:CN=M",
		"dirName:O=Mu\u0308ller"},
	    {"-dirName:O=M\u00fcller", "dirName:O=Lab", "dirName:O=La\uff42"},
	    {"-dirName:O=Lab", "dirName:O=Caf\u00e9", "dirName:O=Cafe\u0301"},
	    {"-dirName:O=Gross", "dirName:O=Gr\u00f6ss", "dirName:O=Gro\u00df"},
	    {"-dirName:C=DE,O=Lab", "dirName:C=FR,O=La\uff42",
		"dirName:C=DE,O=Lab\u0301,CN=a"},
	    {"+dirName:O=Lab", "dirName:O=Lab", "dirName:O=\uff2cab"},
	    {"+dirName:O=M\u00fcller", "dirName:O=M\u00dcLLER,CN=a",
		"dirName:O=Mu\u0308ller"},
	    /* IPv4 in IPv6 */
	    {"-ip:10.0.0.0/8", "ip:::ffff:11.0.0.1", "ip:::ffff:10.0.0.1"},
	    {"-ip:::ffff:10.0.0.0/104", "ip:11.0.0.1", "ip:10.0.0.1"},
	    {"-ip:::/0", "ip:10.0.0.1", "ip:::ffff:10.0.0.1"},
	    {"+ip:10.0.0.0/8 -ip:::/0", "ip:10.0.0.1", "ip:2001:db8::1"},
	    {"+ip:10.0.0.0/8", "ip:10.0.0.1", "ip:::ffff:10.0.0.1"},
	    /* all below, and not itself */
	    {"+dns:.company.com", "dns:a.b.company.com", "dns:company.com"},
	    {"+dns:.company.com", "dns:*.company.com", "dns:xcompany.com"},
	    {"-dns:.company.com", "dns:company.com", "dns:www.Company.com"},
	    {"-dns:.www.company.com", "dns:*.company.com",
		"dns:*.www.company.com"},
	    {"+dns:a.example", "rid:1.2.3", "dns:b.example"},
	    {"+dirName:", "dirName:CN=x", "dirName:"},
	};

	for (size_t i = 0; i < COUNT(known); i++) {
		struct ca_error err = {0};

		assert_int_equal(
		    check(known[i].trees, "", known[i].inside, &err), CA_OK);
		assert_string_equal(err.msg, "");
		assert_int_equal(
		    check(known[i].trees, "", known[i].outside, &err),
		    CA_REFUSED);
		assert_int_equal(err.status, CA_REFUSED);
	}
}

/* checklist 56 */
static void
the_subject_is_held_too(void **state)
{
	(void)state;
	static const struct {
		const char *trees, *inside, *outside;
	} known[] = {
	    {"+dirName:C=DE,O=Lab", "C=DE, O=Lab, CN=a", "O=Lab, C=DE, CN=a"},
	    {"+dirName:C=DE,O=Lab", "C=DE,O=lAB", "C=DE"},
	    {"+dirName:O=Lab_Inc", "O=lab   inc, CN=a", "O=labinc"},
	    {"+dirName:O=Lab", "", "O=Other"},
	    {"-dirName:O=Lab", "O=Other, CN=Lab", "O=LAB, CN=a"},
	    {"+email:lab.example", "CN=a, emailAddress=a@lab.example",
		"CN=a, emailAddress=a@b.example"},
	    {"-email:lab.example", "emailAddress=a@b.example",
		"emailAddress=a@b.example, emailAddress=a@lab.example"},
	    {"+email:lab.example", "CN=a@b.example", "emailAddress=ab"},
	    {"+dns:company.com", "CN=www.company.com", "CN=www.b.example"},
	    {"+dns:company.com", "CN=Jason", "CN=WWW.B.example"},
	    {"+dns:company.com", "CN=Jason A. Smith",
		"CN=www.company.com, CN=b.example"},
	    {"+dns:company.com", "O=b.example", "CN=*.b.example"},
	    {"-dns:company.com", "CN=*.b.example", "CN=*.company.com"}};

	for (size_t i = 0; i < COUNT(known); i++) {
		struct ca_error err = {0};

		assert_int_equal(
		    check(known[i].trees, known[i].inside, "", &err), CA_OK);
		assert_int_equal(
		    check(known[i].trees, known[i].outside, "", &err),
		    CA_REFUSED);
	}
}

static void
a_common_name_counts_without_dns_names(void **state)
{
	(void)state;
	const char *trees = "+dns:company.com", *cn = "CN=b.example";

	assert_int_equal(check(trees, cn, "dns:company.com", NULL), CA_OK);
	assert_int_equal(
	    check(trees, cn, "email:a@lab.example", NULL), CA_REFUSED);
	assert_int_equal(check(trees, cn, "", NULL), CA_REFUSED);
}

static void
the_reason_names_both(void **state)
{
	(void)state;
	struct ca_error err = {0};

	assert_int_equal(
	    check("+dns:company.com", "", "dns:evil.example", &err),
	    CA_REFUSED);
	assert_non_null(strstr(err.msg, "dns:evil.example"));
	assert_non_null(strstr(err.msg, "permitted dns:company.com"));
	assert_non_null(strstr(err.msg, "RFC 5280 4.2.1.10"));
	err = (struct ca_error){0};
	assert_int_equal(
	    check("-ip:10.0.0.0/8", "", "ip:10.0.0.1", &err), CA_REFUSED);
	assert_non_null(strstr(err.msg, "ip:10.0.0.1"));
	assert_non_null(strstr(err.msg, "excluded ip:10.0.0.0/8"));
}

/* A type nobody can judge, with a name of that type, is a refusal. */
static void
what_cannot_be_judged_is_refused(void **state)
{
	(void)state;
	static const struct ca_bytes srv = /* otherName SRVName */
	    LITERAL("\x06\x08\x2b\x06\x01\x05\x05\x07\x08\x07\xa0\x03\x16\x01"
		    "a");
	static const struct ca_bytes odd_upn = /* a UPN that is no UTF8String */
	    LITERAL("\x06\x0a\x2b\x06\x01\x04\x01\x82\x37\x14\x02\x03\xa0\x03"
		    "\x16\x01"
		    "a");
	const struct ca_san san = {.type = CA_SAN_OTHER, .value = srv};
	const struct ca_san upn = {.type = CA_SAN_UPN, .value = BYTES("a@lab")};
	struct ca_subtree tree = {false, CA_SAN_OTHER, srv};
	struct der_out out = {0};
	struct ca_buf value = {0};

	assert_int_equal(
	    check("+rid:1.2.3", "", "rid:1.2.3", NULL), CA_REFUSED);
	assert_int_equal(check("+rid:1.2.3", "", "dns:a.example", NULL), CA_OK);
	ca_constraints_put(&out, &tree, 1);
	assert_int_equal(der_finish(&out, &value), CA_OK);
	assert_int_equal(ca_constraints_check(
			     ca_view(&value), BYTES("\x30\x00"), &san, 1, NULL),
	    CA_REFUSED);
	assert_int_equal(ca_constraints_check(
			     ca_view(&value), BYTES("\x30\x00"), &upn, 1, NULL),
	    CA_OK);
	tree.base = odd_upn;
	ca_constraints_put(&out, &tree, 1);
	assert_int_equal(der_finish(&out, &value), CA_OK);
	assert_int_equal(ca_constraints_check(
			     ca_view(&value), BYTES("\x30\x00"), &upn, 1, NULL),
	    CA_REFUSED);
	assert_int_equal(ca_constraints_check(
			     ca_view(&value), BYTES("\x30\x00"), &san, 1, NULL),
	    CA_OK);
	ca_buf_free(&value);
}

/* checklist 68. RFC 5280 4.2.1.10: permitted company.com, excluded 10/8. */
static void
the_extension_both_ways(void **state)
{
	(void)state;
	const struct ca_bytes expected = BYTES(
	    "\x30\x1f\xa0\x0f\x30\x0d\x82\x0b"
	    "company.com"
	    "\xa1\x0c\x30\x0a\x87\x08\x0a\x00\x00\x00\xff\x00\x00\x00");
	static const char *const texts[] = {
	    "permitted dns:company.com", "excluded ip:10.0.0.0/8"};
	struct ca_subtree trees[CA_CONSTRAINTS_MAX];
	struct ca_buf value, buf = {0};
	struct words words;
	size_t count = 0;

	read_words(&words, "-ip:10.0.0.0/8 +dns:company.com");
	value = encode(&words);
	free_words(&words);
	assert_bytes(ca_view(&value), expected);
	assert_int_equal(
	    ca_constraints_parse(ca_view(&value), trees, &count, NULL), CA_OK);
	assert_int_equal(count, 2);
	for (size_t i = 0; i < count; i++) {
		assert_int_equal(
		    ca_subtree_append_text(&buf, &trees[i]), CA_OK);
		assert_text(&buf, texts[i]);
	}
	ca_buf_free(&value);
}

static void
subtrees_as_text(void **state)
{
	(void)state;
	static const struct {
		const char *word, *text;
	} known[] = {{"-dns:", "excluded dns:(all)"},
	    {"+ip:2001:db8::/32", "permitted ip:2001:db8::/32"},
	    {"+ip:0.0.0.0/0", "permitted ip:0.0.0.0/0"},
	    {"+dirName:O=Lab", "permitted dirName:O=Lab"},
	    {"+email:.lab.example", "permitted email:.lab.example"}};
	const struct ca_subtree odd = {
	    true, CA_SAN_IP, BYTES("\x0a\0\0\0\xff\0\xff\0")};
	struct ca_buf buf = {0};

	for (size_t i = 0; i < COUNT(known); i++) {
		struct words words;

		read_words(&words, known[i].word);
		assert_int_equal(
		    ca_subtree_append_text(&buf, &words.trees[0]), CA_OK);
		assert_text(&buf, known[i].text);
		free_words(&words);
	}
	assert_int_equal(ca_subtree_append_text(&buf, &odd), CA_OK);
	assert_text(&buf, "excluded ip:#0a000000ff00ff00");
}

#define TREE_A             \
	"\x30\x03\x82\x01" \
	"a"

/* checklist 20 */
static void
malformed_extensions_are_refused(void **state)
{
	(void)state;
	static const struct ca_bytes good[] = {
	    LITERAL("\x30\x07\xa0\x05" TREE_A),
	    LITERAL("\x30\x07\xa1\x05" TREE_A),
	    LITERAL("\x30\x06\xa1\x04\x30\x02\x82\x00"),
	    LITERAL("\x30\x06\xa1\x04\x30\x02\x86\x00"),
	    LITERAL("\x30\x08\xa0\x06\x30\x04\x82\x02"
		    ".a")};
	static const struct ca_bytes bad[] = {LITERAL(""), LITERAL("\x30\x00"),
	    LITERAL("\x30\x02\xa0\x00"), LITERAL("\x30\x02\xa1\x00"),
	    LITERAL("\x30\x02\xa2\x00"), LITERAL("\x30\x02\x05\x00"),
	    LITERAL("\x30\x07\xa0\x05" TREE_A "\x00"),
	    LITERAL("\x30\x09\xa0\x05" TREE_A "\x05\x00"),
	    LITERAL("\x30\x0e\xa1\x05" TREE_A "\xa0\x05" TREE_A),
	    LITERAL("\x30\x0e\xa0\x05" TREE_A "\xa0\x05" TREE_A),
	    LITERAL("\x30\x05\xa0\x03\x82\x01"
		    "a"),
	    LITERAL("\x30\x04\xa0\x02\x30\x00"),
	    /* minimum 0, written out; minimum 1; maximum 5 */
	    LITERAL("\x30\x0a\xa0\x08\x30\x06\x82\x01"
		    "a\x80\x01\x00"),
	    LITERAL("\x30\x0a\xa0\x08\x30\x06\x82\x01"
		    "a\x80\x01\x01"),
	    LITERAL("\x30\x0a\xa0\x08\x30\x06\x82\x01"
		    "a\x81\x01\x05"),
	    /* bases that are none */
	    LITERAL("\x30\x07\xa0\x05\x30\x03\x82\x01"
		    "."),
	    LITERAL("\x30\x09\xa0\x07\x30\x05\x82\x03"
		    "..a"),
	    LITERAL("\x30\x09\xa0\x07\x30\x05\x82\x03"
		    "*.a"),
	    LITERAL("\x30\x08\xa0\x06\x30\x04\x82\x02"
		    "a."),
	    LITERAL("\x30\x08\xa0\x06\x30\x04\x81\x02"
		    "@a"),
	    LITERAL("\x30\x08\xa0\x06\x30\x04\x81\x02"
		    "a@"),
	    LITERAL("\x30\x07\xa0\x05\x30\x03\x81\x01"
		    "."),
	    LITERAL("\x30\x09\xa0\x07\x30\x05\x86\x03"
		    "x:/"),
	    LITERAL("\x30\x0a\xa0\x08\x30\x06\x87\x04\x0a\x00\x00\x00"),
	    LITERAL("\x30\x0e\xa0\x0c\x30\x0a\x87\x08\x0a\x00\x00\x00\xff\x00"
		    "\xff\x00"),
	    LITERAL("\x30\x0e\xa0\x0c\x30\x0a\x87\x08\x0a\x00\x00\x00\x00\x00"
		    "\x00\x01"),
	    LITERAL("\x30\x08\xa0\x06\x30\x04\xa4\x02\x31\x00")};
	struct ca_subtree trees[CA_CONSTRAINTS_MAX];
	size_t count = 42;

	for (size_t i = 0; i < COUNT(good); i++)
		assert_int_equal(
		    ca_constraints_parse(good[i], trees, &count, NULL), CA_OK);
	assert_int_equal(count, 1);
	for (size_t i = 0; i < COUNT(bad); i++) {
		struct ca_error err = {0};

		assert_int_equal(
		    ca_constraints_parse(bad[i], trees, &count, &err),
		    CA_MALFORMED);
		assert_int_equal(count, 1);
		assert_int_equal(ca_constraints_check(
				     bad[i], BYTES("\x30\x00"), NULL, 0, NULL),
		    CA_MALFORMED);
	}
}

static void
subtrees_have_a_bound(void **state)
{
	(void)state;
	struct ca_subtree trees[CA_CONSTRAINTS_MAX + 1];
	struct der_out out = {0};
	struct ca_buf value = {0};
	size_t count = 0;

	for (size_t i = 0; i < COUNT(trees); i++)
		trees[i] = (struct ca_subtree){
		    i % 2 == 0, CA_SAN_DNS, BYTES("a.example")};
	ca_constraints_put(&out, trees, CA_CONSTRAINTS_MAX);
	assert_int_equal(der_finish(&out, &value), CA_OK);
	assert_int_equal(
	    ca_constraints_parse(ca_view(&value), trees, &count, NULL), CA_OK);
	assert_int_equal(count, CA_CONSTRAINTS_MAX);
	trees[CA_CONSTRAINTS_MAX] = trees[0];
	ca_constraints_put(&out, trees, CA_CONSTRAINTS_MAX + 1);
	assert_int_equal(der_finish(&out, &value), CA_OK);
	assert_int_equal(
	    ca_constraints_parse(ca_view(&value), trees, &count, NULL),
	    CA_MALFORMED);
	ca_constraints_put(&out, NULL, 0);
	assert_int_equal(der_finish(&out, &value), CA_INTERNAL);
	ca_buf_free(&value);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(names_are_held_against_subtrees),
	    cmocka_unit_test(the_subject_is_held_too),
	    cmocka_unit_test(a_common_name_counts_without_dns_names),
	    cmocka_unit_test(the_reason_names_both),
	    cmocka_unit_test(what_cannot_be_judged_is_refused),
	    cmocka_unit_test(the_extension_both_ways),
	    cmocka_unit_test(subtrees_as_text),
	    cmocka_unit_test(malformed_extensions_are_refused),
	    cmocka_unit_test(subtrees_have_a_bound),
	};

	return cmocka_run_group_tests_name("constraints", tests, NULL, NULL);
}
