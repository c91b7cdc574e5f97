/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is handed in to be judged: each kind, as PEM and as DER. */
#include "tests/unit/asn1.h"
#include "tests/unit/folder.h"
#include "tests/unit/refused_memory.h"

#include "ca/pem.h"
#include "cli/pool.h"

/* ---- files ---- */

static void
put_vector(const char *file, const char *name)
{
	struct ca_buf der = vector(name);

	write_file(file, ca_view(&der));
	ca_buf_free(&der);
}

static void
add_pem(struct ca_buf *pem, const char *label, const char *name)
{
	struct ca_buf der = vector(name);

	assert_int_equal(ca_pem_append(pem, label, ca_view(&der)), CA_OK);
	ca_buf_free(&der);
}

static void
add_text(struct ca_buf *pem, const char *text)
{
	assert_int_equal(ca_buf_append_text(pem, text), CA_OK);
}

static void
put(const char *file, struct ca_buf *content)
{
	write_file(file, ca_view(content));
	ca_buf_free(content);
}

static const struct kind {
	enum pool_kind kind;
	const char *label, *vector, *other;
} kinds[] = {
    {POOL_CERTS, CA_PEM_CERTIFICATE, "cert/server.der", "crl/full.der"},
    {POOL_ANCHORS, CA_PEM_CERTIFICATE, "cert/root.der", "crl/full.der"},
    {POOL_CRLS, CA_PEM_CRL, "crl/full.der", "cert/server.der"},
    {POOL_OCSP, NULL, "ocsp/resp-good.der", "cert/server.der"},
};

static struct pool
pool_of(const struct kind *kind)
{
	return (struct pool){.kind = kind->kind, .max = 100};
}

static void
assert_counts(struct pool *pool, size_t count, size_t left_out)
{
	assert_int_equal(pool->count, count);
	assert_int_equal(pool->left_out_count, left_out);
}

/* ---- each kind ---- */

/* Its object is parsed, and lies in the pool's own memory. */
static void
assert_is(const struct pool *pool, size_t at, const char *name)
{
	struct ca_buf der = vector(name);

	assert_true(ca_bytes_equal(ca_view(&pool->ders[at]), ca_view(&der)));
	if (pool->kind == POOL_CRLS)
		assert_true(pool->crls[at].this_update > 0);
	else if (pool->kind == POOL_OCSP)
		assert_true(pool->ocsp[at].count > 0);
	else
		assert_true(pool->certs[at].der.data == pool->ders[at].data);
	ca_buf_free(&der);
}

static void
each_kind_as_der(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(kinds); i++) {
		struct pool pool = pool_of(&kinds[i]);

		put_vector("one.der", kinds[i].vector);
		WORKS(pool_read(&pool, "one.der", &err));
		assert_counts(&pool, 1, 0);
		assert_is(&pool, 0, kinds[i].vector);
		pool_done(&pool);
		assert_counts(&pool, 0, 0);
		pool_done(&pool);
	}
}

static void
each_kind_as_pem_with_junk_between(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(kinds); i++) {
		struct pool pool = pool_of(&kinds[i]);
		struct ca_buf pem = {0};

		if (kinds[i].label == NULL)
			continue;
		add_text(&pem, "subject=CN = somebody\nBag Attributes\n");
		add_pem(&pem, kinds[i].label, kinds[i].vector);
		add_text(&pem, "\n# and between\n");
		add_pem(&pem, "DH PARAMETERS", kinds[i].vector);
		add_pem(&pem, "PRIVATE KEY", kinds[i].vector);
		add_pem(&pem, kinds[i].label, kinds[i].vector);
		add_text(&pem, "behind it\n");
		put("two.pem", &pem);
		WORKS(pool_read(&pool, "two.pem", &err));
		assert_counts(&pool, 2, 0);
		assert_is(&pool, 1, kinds[i].vector);
		/* Another file is put behind. */
		put_vector("one.der", kinds[i].vector);
		WORKS(pool_read(&pool, "one.der", &err));
		assert_counts(&pool, 3, 0);
		pool_done(&pool);
	}
}

static void
an_object_is_copied(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(kinds); i++) {
		struct pool pool = pool_of(&kinds[i]);
		struct ca_buf der = vector(kinds[i].vector);

		WORKS(pool_add(&pool, ca_view(&der), "here", &err));
		memset(der.data, 0, der.len);
		assert_is(&pool, 0, kinds[i].vector);
		ca_buf_free(&der);
		pool_done(&pool);
	}
}

/* The objects are found again after the arrays have moved. */
static void
it_grows(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(kinds); i++) {
		struct pool pool = pool_of(&kinds[i]);
		struct ca_buf der = vector(kinds[i].vector);

		for (size_t k = 0; k < 40; k++)
			WORKS(pool_add(&pool, ca_view(&der), "here", &err));
		assert_counts(&pool, 40, 0);
		for (size_t k = 0; k < 40; k++)
			assert_is(&pool, k, kinds[i].vector);
		ca_buf_free(&der);
		pool_done(&pool);
	}
}

/* ---- what it refuses ---- */

static void
no_more_than_were_asked_for(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(kinds); i++) {
		struct pool pool = pool_of(&kinds[i]);
		struct ca_buf der = vector(kinds[i].vector);

		pool.max = 2;
		WORKS(pool_add(&pool, ca_view(&der), "here", &err));
		WORKS(pool_add(&pool, ca_view(&der), "here", &err));
		FAILS(pool_add(&pool, ca_view(&der), "here", &err), CA_USAGE,
		    "more than 2 |give fewer");
		put_vector("one.der", kinds[i].vector);
		FAILS(pool_read(&pool, "one.der", &err), CA_USAGE,
		    "more than 2 |give fewer");
		assert_counts(&pool, 2, 0);
		ca_buf_free(&der);
		pool_done(&pool);
	}
}

/* It is told which, of which file, and why; the others are there. */
static void
what_is_refused_is_left_out_and_told(void **state)
{
	static const struct {
		enum pool_kind kind;
		const char *label, *good, *refused, *words;
	} cases[] = {
	    {POOL_CERTS, CA_PEM_CERTIFICATE, "cert/server.der",
		"cert/version-1.der", "some.pem: certificate 2: |version"},
	    {POOL_ANCHORS, CA_PEM_CERTIFICATE, "cert/root.der", "crl/full.der",
		"some.pem: certificate 2: "},
	    {POOL_CRLS, CA_PEM_CRL, "crl/full.der", "crl/version-1.der",
		"some.pem: CRL 2: |version"},
	    {POOL_CRLS, CA_PEM_CRL, "crl/full.der", "crl/sha1.der",
		"some.pem: CRL 2: "},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct pool pool = {
		    .kind = cases[i].kind, .max = 10, .needs_first = true};
		struct ca_buf pem = {0};

		add_pem(&pem, cases[i].label, cases[i].good);
		add_pem(&pem, cases[i].label, cases[i].refused);
		add_pem(&pem, cases[i].label, cases[i].good);
		put("some.pem", &pem);
		WORKS(pool_read(&pool, "some.pem", &err));
		assert_counts(&pool, 2, 1);
		assert_is(&pool, 1, cases[i].good);
		assert_says(text_get(&pool.left_out), cases[i].words);
		put_vector("one.der", cases[i].refused);
		if (cases[i].kind == POOL_ANCHORS) {
			FAILS(pool_read(&pool, "one.der", &err), CA_MALFORMED,
			    "one.der: ");
		} else {
			WORKS(pool_read(&pool, "one.der", &err));
			assert_counts(&pool, 2, 2);
			assert_says(text_get(&pool.left_out), "\none.der: ");
		}
		pool_done(&pool);
	}
}

/* Whatever is in question must be there: an error says what is wrong. */
static void
the_first_is_needed(void **state)
{
	struct pool pool = {.kind = POOL_CERTS, .max = 10, .needs_first = true};
	struct ca_buf pem = {0};

	(void)state;
	add_pem(&pem, CA_PEM_CERTIFICATE, "cert/version-1.der");
	add_pem(&pem, CA_PEM_CERTIFICATE, "cert/server.der");
	put("some.pem", &pem);
	FAILS(pool_read(&pool, "some.pem", &err), CA_MALFORMED,
	    "some.pem: certificate 1: |version");
	assert_counts(&pool, 0, 0);
	add_pem(&pem, CA_PEM_CERTIFICATE, "ocsp/resp-good.der");
	put("some.pem", &pem);
	FAILS(pool_read(&pool, "some.pem", &err), CA_MALFORMED,
	    "some.pem: certificate 1: ");
	/* Where it is not, none need be left. */
	pool.needs_first = false;
	WORKS(pool_read(&pool, "some.pem", &err));
	assert_counts(&pool, 0, 1);
	pool_done(&pool);
}

/* An OCSP answer has no label that tells: what is none is a mistake. */
static void
an_answer_is_one(void **state)
{
	struct pool pool = {.kind = POOL_OCSP, .max = 10};

	(void)state;
	put_vector("a.der", "ocsp/req-sha256.der");
	FAILS(pool_read(&pool, "a.der", &err), CA_MALFORMED, "a.der: ");
	put_vector("a.der", "cert/server.der");
	FAILS(pool_read(&pool, "a.der", &err), CA_MALFORMED, "a.der: ");
	assert_counts(&pool, 0, 0);
	pool_done(&pool);
}

static void
files_of_another_kind(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(kinds); i++) {
		struct pool pool = pool_of(&kinds[i]);
		struct ca_buf pem = {0};

		put_vector("a", kinds[i].other);
		FAILS(pool_read(&pool, "a", &err), CA_MALFORMED, "a: ");
		write_file("a", (struct ca_bytes){0});
		FAILS(pool_read(&pool, "a", &err), CA_MALFORMED, "a: ");
		write_file("a", BYTES("hello\n"));
		FAILS(pool_read(&pool, "a", &err), CA_MALFORMED, "a: ");
		FAILS(pool_read(&pool, "b", &err), CA_NOT_FOUND, "b");
		add_pem(&pem, "PRIVATE KEY", "cert/server.der");
		put("a", &pem);
		FAILS(pool_read(&pool, "a", &err), CA_MALFORMED, "a: ");
		assert_counts(&pool, 0, 0);
		pool_done(&pool);
	}
}

/* What was whole before it stays. */
static void
pem_that_breaks_off(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(kinds); i++) {
		struct pool pool = pool_of(&kinds[i]);
		struct ca_buf pem = {0};

		if (kinds[i].label == NULL)
			continue;
		add_pem(&pem, kinds[i].label, kinds[i].vector);
		add_pem(&pem, kinds[i].label, kinds[i].vector);
		pem.len -= 40;
		put("cut.pem", &pem);
		FAILS(pool_read(&pool, "cut.pem", &err), CA_MALFORMED,
		    "cut.pem: ");
		assert_counts(&pool, 1, 0);
		pool_done(&pool);
	}
}

static void
a_long_name_is_cut(void **state)
{
	struct pool pool = {.kind = POOL_CRLS, .max = 10};
	char path[700] = "";
	struct ca_buf pem = {0};

	(void)state;
	for (int i = 0; i < 250; i++)
		(void)strncat(path, "./", sizeof(path) - strlen(path) - 1);
	(void)strncat(path, "a", sizeof(path) - strlen(path) - 1);
	add_pem(&pem, CA_PEM_CRL, "crl/version-1.der");
	put("a", &pem);
	WORKS(pool_read(&pool, path, &err));
	assert_counts(&pool, 0, 1);
	assert_says(text_get(&pool.left_out), "./././|version");
	pool_done(&pool);
}

/* ---- out of memory ---- */

/* Each allocation of it fails once: an error that says so, and what was there
 * before is there. */
static void
memory_that_is_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(kinds); i++) {
		struct ca_buf der = vector(kinds[i].vector);
		struct pool pool = pool_of(&kinds[i]);
		enum ca_status st = CA_MEMORY;
		unsigned step;

		for (size_t k = 0; k < 8; k++)
			WORKS(pool_add(&pool, ca_view(&der), "here", &err));
		for (step = 1; st != CA_OK && step < 100; step++) {
			struct ca_error err = {0};

			atomic_store(&refused.at, step);
			st = pool_add(&pool, ca_view(&der), "here", &err);
			atomic_store(&refused.at, 0);
			assert_int_equal(st, err.status);
			if (st == CA_OK)
				break;
			assert_int_equal(st, CA_MEMORY);
			assert_counts(&pool, 8, 0);
			assert_is(&pool, 7, kinds[i].vector);
		}
		assert_in_range(step, 3, 99);
		assert_counts(&pool, 9, 0);
		assert_is(&pool, 8, kinds[i].vector);
		ca_buf_free(&der);
		pool_done(&pool);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    IN_FOLDER(each_kind_as_der),
	    IN_FOLDER(each_kind_as_pem_with_junk_between),
	    IN_FOLDER(an_object_is_copied),
	    IN_FOLDER(it_grows),
	    IN_FOLDER(no_more_than_were_asked_for),
	    IN_FOLDER(what_is_refused_is_left_out_and_told),
	    IN_FOLDER(the_first_is_needed),
	    IN_FOLDER(an_answer_is_one),
	    IN_FOLDER(files_of_another_kind),
	    IN_FOLDER(pem_that_breaks_off),
	    IN_FOLDER(a_long_name_is_cut),
	    IN_FOLDER(memory_that_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
