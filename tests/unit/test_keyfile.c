/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/keyfile.h"

#include <signal.h>
#include <sys/resource.h>

#include "tests/unit/folder.h"

static const struct term no_term;
static const struct pass unencrypted = {
    .term = &no_term, .no_passphrase = true};
/* The least scrypt that is allowed: a test has no secret to keep. */
static const struct ca_kdf quick = {
    .kind = CA_KDF_SCRYPT, .n = CA_KDF_N_MIN, .r = 8, .p = 1};

struct ring {
	struct folder folder;
	struct ca_rng *rng;
	struct ca_key *key;
};

static int
open_ring(void **state)
{
	struct ring *r = calloc(1, sizeof(*r));

	assert_non_null(r);
	*state = r;
	r->folder = folder_open();
	write_file("right", BYTES("correct horse\n"));
	write_file("wrong", BYTES("battery staple\n"));
	WORKS(ca_rng_new(&r->rng, &err));
	WORKS(ca_key_generate(CA_KEY_ED25519, 0, r->rng, &r->key, &err));
	return 0;
}

static int
close_ring(void **state)
{
	struct ring *r = *state;

	ca_key_free(r->key);
	ca_rng_free(r->rng);
	folder_close(&r->folder);
	free(r);
	return 0;
}

#define WITH_RING(test) \
	cmocka_unit_test_setup_teardown(test, open_ring, close_ring)

static struct pass
pass_of(const char *source)
{
	return (struct pass){
	    .term = &no_term, .passin = source, .passout = source};
}

static void
put_key(struct ring *r, const char *source, uint8_t hash[32])
{
	struct pass pass = pass_of(source);

	WORKS(keyfile_write("a.key", NULL, r->key,
	    source != NULL ? &pass : &unencrypted, &quick, r->rng, hash, &err));
}

static enum ca_status
get_key(struct ring *r, const char *source, const uint8_t *hash,
    struct ca_error *err)
{
	struct pass pass = pass_of(source);
	struct ca_key *key = NULL;
	enum ca_status st = keyfile_read(
	    "a.key", &pass, hash, r->rng, &key, err);

	assert_int_equal(st == CA_OK, key != NULL);
	if (key != NULL)
		assert_bytes(ca_key_spki(key)->der, ca_key_spki(r->key)->der);
	ca_key_free(key);
	return st;
}

static void
assert_mode(const char *name, mode_t mode)
{
	struct stat info;

	assert_int_equal(stat(name, &info), 0);
	assert_int_equal(info.st_mode & 07777, mode);
}

/* checklist 41 */
static void
a_key_comes_back(void **state)
{
	struct ring *r = *state;
	mode_t before = umask(0);
	uint8_t hash[32], sum[CA_HASH_MAX];
	struct ca_buf file;

	put_key(r, NULL, hash);
	(void)umask(before);
	assert_mode("a.key", 0600);
	file = read_file("a.key");
	assert_non_null(strstr(ca_buf_text(&file), "BEGIN PRIVATE KEY"));
	WORKS(ca_hash_bytes(CA_HASH_SHA256, ca_view(&file), sum, &err));
	assert_memory_equal(sum, hash, sizeof(hash));
	ca_buf_free(&file);
	/* Nothing is asked. */
	WORKS(get_key(r, NULL, hash, &err));
	WORKS(get_key(r, NULL, NULL, &err));
}

/* checklist 43 */
static void
an_encrypted_key_wants_its_passphrase(void **state)
{
	struct ring *r = *state;
	struct ca_buf file;
	uint8_t hash[32];

	put_key(r, "file:right", hash);
	assert_mode("a.key", 0600);
	file = read_file("a.key");
	assert_non_null(
	    strstr(ca_buf_text(&file), "BEGIN ENCRYPTED PRIVATE KEY"));
	ca_buf_free(&file);
	WORKS(get_key(r, "file:right", hash, &err));
	WORKS(get_key(r, "file:right", NULL, &err));
	FAILS(get_key(r, "file:wrong", hash, &err), CA_UNTRUSTED,
	    "a.key|wrong passphrase|intact");
	/* Without the hash it cannot be told from damage. */
	FAILS(get_key(r, "file:wrong", NULL, &err), CA_UNTRUSTED, "a.key");
	FAILS(get_key(r, "file:none", hash, &err), CA_NOT_FOUND, "none");
	FAILS(get_key(r, NULL, hash, &err), CA_USAGE, "a.key|--passin");
}

/*
 * checklist 43: with the right passphrase and the hash. PBES2 has no MAC: an
 * octet that was changed may lie where it makes another key, which is never
 * the one of the certificate.
 */
static void
assert_damaged(struct ring *r, struct ca_bytes file, const uint8_t *hash)
{
	const struct pass pass = pass_of("file:right");
	struct ca_key *key = NULL;
	struct ca_error err = {0};
	enum ca_status st;

	write_file("a.key", file);
	st = keyfile_read("a.key", &pass, hash, r->rng, &key, &err);
	if (st == CA_OK) {
		assert_false(ca_bytes_equal(
		    ca_key_spki(key)->der, ca_key_spki(r->key)->der));
		ca_key_free(key);
		return;
	}
	assert_int_equal(st, CA_IO);
	assert_says(err.msg, "a.key|not the one that was written|backup");
}

static void
damage_is_told_from_a_wrong_passphrase(void **state)
{
	struct ring *r = *state;
	struct ca_buf file;
	uint8_t hash[32];

	put_key(r, "file:right", hash);
	file = read_file("a.key");
	for (size_t i = 0; i < file.len - 1; i += file.len / 12) {
		assert_damaged(r, (struct ca_bytes){file.data, i}, hash);
		file.data[i] ^= 1;
		assert_damaged(r, ca_view(&file), hash);
		file.data[i] ^= 1;
	}
	ca_buf_free(&file);
}

/* A passphrase that was changed with openssl: another file, that opens. */
static void
a_file_that_opens_is_taken(void **state)
{
	struct ring *r = *state;
	uint8_t hash[32] = {0};

	put_key(r, "file:right", NULL);
	WORKS(get_key(r, "file:right", hash, &err));
}

/* checklist 41 */
static void
a_key_others_can_read_is_refused(void **state)
{
	struct ring *r = *state;

	put_key(r, NULL, NULL);
	assert_int_equal(chmod("a.key", 0640), 0);
	FAILS(get_key(r, NULL, NULL, &err), CA_REFUSED,
	    "a.key|0640|chmod 600 a.key");
	assert_int_equal(unlink("a.key"), 0);
	FAILS(get_key(r, NULL, NULL, &err), CA_NOT_FOUND, "a.key");
}

static void
a_key_is_never_overwritten(void **state)
{
	struct ring *r = *state;
	struct ca_buf before, after;
	struct ca_key *other = NULL;

	put_key(r, NULL, NULL);
	before = read_file("a.key");
	WORKS(ca_key_generate(CA_KEY_ED25519, 0, r->rng, &other, &err));
	FAILS(keyfile_write(
		  "a.key", NULL, other, &unencrypted, NULL, r->rng, NULL, &err),
	    CA_REFUSED, "a.key|exists already");
	/* And no passphrase is asked for what cannot be written. */
	FAILS(keyfile_write("no/a.key", NULL, other,
		  &(struct pass){.term = &no_term}, NULL, r->rng, NULL, &err),
	    CA_NOT_FOUND, "the folder no does not exist");
	after = read_file("a.key");
	assert_bytes(ca_view(&after), ca_view(&before));
	ca_buf_free(&before);
	ca_buf_free(&after);
	ca_key_free(other);
}

/* Nothing is left, and no part of a key. */
static void
a_full_disk_leaves_no_key(void **state)
{
	struct ring *r = *state;
	struct rlimit limit, saved;

	(void)signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &saved), 0);
	limit = saved;
	limit.rlim_cur = 50;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
	FAILS(keyfile_write("a.key", NULL, r->key, &unencrypted, NULL, r->rng,
		  NULL, &err),
	    CA_IO, "a.key|cannot be written");
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &saved), 0);
	assert_int_equal(access("a.key", F_OK), -1);
	put_key(r, NULL, NULL);
}

static void
what_is_no_key_is_told(void **state)
{
	static const struct {
		struct ca_bytes file;
		const char *says;
	} cases[] = {{LITERAL(""), "a.key"}, {LITERAL("hello"), "a.key"},
	    {LITERAL("-----BEGIN RSA PRIVATE KEY-----\nAAAA\n"
		     "-----END RSA PRIVATE KEY-----\n"),
		"a.key|openssl"}};
	struct ring *r = *state;

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct ca_error err = {0};

		write_file("a.key", cases[i].file);
		assert_int_equal(chmod("a.key", 0600), 0);
		assert_int_not_equal(get_key(r, NULL, NULL, &err), CA_OK);
		assert_says(err.msg, cases[i].says);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    WITH_RING(a_key_comes_back),
	    WITH_RING(an_encrypted_key_wants_its_passphrase),
	    WITH_RING(damage_is_told_from_a_wrong_passphrase),
	    WITH_RING(a_file_that_opens_is_taken),
	    WITH_RING(a_key_others_can_read_is_refused),
	    WITH_RING(a_key_is_never_overwritten),
	    WITH_RING(a_full_disk_leaves_no_key),
	    WITH_RING(what_is_no_key_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
