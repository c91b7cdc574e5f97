/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The floor under `signet sign`: wolfCrypt and SQLite, called as Signet calls
 * them, and nothing around it.
 *
 *   bench_sign once LEDGER KEY CSR CERT OUT
 *       One ECDSA P-256 certificate. The key is loaded and its public half
 *       computed, the request's signature verified, the intent committed, the
 *       TBS signed, the signature verified, the outcome committed; then OUT is
 *       written and synced. LEDGER is a copy of a home's, so that tables,
 *       indexes and pages are the same; CERT, which was issued for this
 *       request, says what is signed. Nothing is decided, linted or locked.
 *   bench_sign rate THREADS SECONDS
 *       Signatures a second: ECDSA P-256 of a hash, with wolfCrypt's tables.
 */
#include <wolfssl/options.h>

#include <wolfssl/wolfcrypt/asn_public.h>
#include <wolfssl/wolfcrypt/ecc.h>
#include <wolfssl/wolfcrypt/random.h>
#include <wolfssl/wolfcrypt/sha256.h>

#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <pthread.h>
#include <sqlite3.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#define FILE_MAX 65536
#define SERIAL 17
#define POINT 65
#define THREADS_MAX 64
#define CHECKPOINT_PAGES 256 /* as db/ledger_settle.c */

struct octets {
	const uint8_t *data;
	size_t len;
};

static void
must(int holds, const char *what)
{
	if (holds)
		return;
	(void)fprintf(stderr, "bench_sign: %s\n", what);
	exit(1);
}

/* ---- files ---- */

static struct octets
read_file(const char *path)
{
	uint8_t *data = malloc(FILE_MAX);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t len;

	must(data != NULL && fd >= 0, path);
	len = read(fd, data, FILE_MAX);
	must(len > 0 && len < FILE_MAX, path);
	(void)close(fd);
	return (struct octets){data, (size_t)len};
}

static struct octets
read_pem(const char *path, int type)
{
	struct octets pem = read_file(path);
	uint8_t *der = malloc(FILE_MAX);
	int len;

	must(der != NULL, "no memory");
	len = type == ECC_PRIVATEKEY_TYPE ?
	    wc_KeyPemToDer(pem.data, (int)pem.len, der, FILE_MAX, NULL) :
	    wc_CertPemToDer(pem.data, (int)pem.len, der, FILE_MAX, type);
	must(len > 0, path);
	return (struct octets){der, (size_t)len};
}

/* As cli/file does it: a reader sees all of it or nothing, and its name is on
 * the disk too. */
static void
write_pem(const char *path, struct octets der)
{
	uint8_t pem[FILE_MAX];
	char folder[PATH_MAX], self[64];
	int len = wc_DerToPem(
	    der.data, (word32)der.len, pem, sizeof(pem), CERT_TYPE);
	int fd, dir;

	must(len > 0 && strlen(path) < sizeof(folder), "PEM");
	(void)snprintf(folder, sizeof(folder), "%s", path);
	(void)memmove(folder, dirname(folder), strlen(dirname(folder)) + 1);
	fd = open(folder, O_WRONLY | O_TMPFILE | O_CLOEXEC, 0644);
	must(fd >= 0 && write(fd, pem, (size_t)len) == len && fsync(fd) == 0,
	    path);
	(void)snprintf(self, sizeof(self), "/proc/self/fd/%d", fd);
	must(linkat(AT_FDCWD, self, AT_FDCWD, path, AT_SYMLINK_FOLLOW) == 0,
	    path);
	dir = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	must(dir >= 0 && fsync(dir) == 0, folder);
	(void)close(dir);
	(void)close(fd);
}

/* ---- DER, as far as it is needed ---- */

/* The element at the front of in, header and all; its content beside it. */
static struct octets
take(struct octets *in, struct octets *ret_content)
{
	size_t header = 2, len;
	struct octets whole;

	must(in->len >= 2, "DER");
	len = in->data[1];
	if (len >= 0x80) {
		size_t octets = len & 0x7f;

		must(octets <= 2 && in->len >= 2 + octets, "DER");
		len = octets == 1 ? in->data[2] :
				    (size_t)in->data[2] << 8 | in->data[3];
		header += octets;
	}
	must(in->len >= header + len, "DER");
	whole = (struct octets){in->data, header + len};
	*ret_content = (struct octets){in->data + header, len};
	in->data += whole.len;
	in->len -= whole.len;
	return whole;
}

struct signed_octets {
	struct octets octets, algorithm, signature;
};

static struct signed_octets
split(struct octets der)
{
	struct signed_octets ret;
	struct octets content, ignored;

	(void)take(&der, &content);
	ret.octets = take(&content, &ignored);
	ret.algorithm = take(&content, &ignored);
	(void)take(&content, &ret.signature);
	ret.signature.data++;
	ret.signature.len--;
	return ret;
}

/* SEQUENCE { version, subject, SubjectPublicKeyInfo, ... } */
static struct octets
key_of_request(struct octets info, struct octets *ret_spki)
{
	struct octets fields, content, ignored, point;

	(void)take(&info, &fields);
	(void)take(&fields, &ignored);
	(void)take(&fields, &ignored);
	*ret_spki = take(&fields, &content);
	(void)take(&content, &ignored);
	(void)take(&content, &point);
	return (struct octets){point.data + 1, point.len - 1};
}

static size_t
put_header(uint8_t *out, uint8_t tag, size_t len)
{
	size_t at = 0;

	out[at++] = tag;
	if (len >= 0x100)
		out[at++] = 0x82;
	else if (len >= 0x80)
		out[at++] = 0x81;
	if (len >= 0x100)
		out[at++] = (uint8_t)(len >> 8);
	out[at++] = (uint8_t)len;
	return at;
}

/* SEQUENCE { tbs, algorithm, BIT STRING } */
static struct octets
put_signed(const struct signed_octets *of)
{
	uint8_t *out = malloc(FILE_MAX), head[8], bits[8];
	size_t bits_len = put_header(bits, 3, of->signature.len + 1), at = 0;

	must(out != NULL, "no memory");
	bits[bits_len++] = 0;
	at = put_header(head, 0x30,
	    of->octets.len + of->algorithm.len + bits_len + of->signature.len);
	memcpy(out, head, at);
	memcpy(out + at, of->octets.data, of->octets.len);
	at += of->octets.len;
	memcpy(out + at, of->algorithm.data, of->algorithm.len);
	at += of->algorithm.len;
	memcpy(out + at, bits, bits_len);
	at += bits_len;
	memcpy(out + at, of->signature.data, of->signature.len);
	return (struct octets){out, at + of->signature.len};
}

/* ---- wolfCrypt ---- */

static void
hash(struct octets data, uint8_t ret[32])
{
	must(wc_Sha256Hash(data.data, (word32)data.len, ret) == 0, "SHA-256");
}

static void
load_key(const char *path, ecc_key *key, uint8_t point[POINT])
{
	struct octets der = read_pem(path, ECC_PRIVATEKEY_TYPE);
	uint8_t claimed[POINT];
	word32 at = 0, len = POINT;

	must(wc_ecc_init(key) == 0 &&
		wc_EccPrivateKeyDecode(der.data, &at, key, (word32)der.len) ==
		    0 &&
		wc_ecc_export_x963(key, claimed, &len) == 0,
	    path);
	/* The table-free way, as ca/crypto_ec.c has it. */
	wc_ecc_fp_free();
	must(wc_ecc_make_pub(key, NULL) == 0, "public key");
	wc_ecc_fp_free();
	len = POINT;
	must(wc_ecc_export_x963(key, point, &len) == 0 &&
		memcmp(point, claimed, POINT) == 0,
	    "public key");
}

static void
verify(struct octets point, struct octets data, struct octets signature)
{
	uint8_t digest[32];
	ecc_key key;
	int holds = 0;

	hash(data, digest);
	must(wc_ecc_init(&key) == 0 &&
		wc_ecc_import_x963_ex(
		    point.data, (word32)point.len, &key, ECC_SECP256R1) == 0 &&
		wc_ecc_point_is_on_curve(&key.pubkey, key.idx) == 0,
	    "public key");
	wc_ecc_fp_free();
	must(wc_ecc_verify_hash(signature.data, (word32)signature.len, digest,
		 sizeof(digest), &holds, &key) == 0 &&
		holds == 1,
	    "signature");
	wc_ecc_fp_free();
	(void)wc_ecc_free(&key);
}

static struct octets
sign(ecc_key *key, struct octets data)
{
	uint8_t digest[32], *signature = malloc(ECC_MAX_SIG_SIZE);
	word32 len = ECC_MAX_SIG_SIZE;
	WC_RNG rng;

	hash(data, digest);
	must(signature != NULL && wc_InitRng(&rng) == 0, "random numbers");
	wc_ecc_fp_free();
	must(wc_ecc_sign_hash(
		 digest, sizeof(digest), signature, &len, &rng, key) == 0,
	    "ECDSA");
	wc_ecc_fp_free();
	(void)wc_FreeRng(&rng);
	return (struct octets){signature, len};
}

/* ---- the ledger ---- */

static void
say(sqlite3 *db, const char *text)
{
	must(sqlite3_exec(db, text, NULL, NULL, NULL) == SQLITE_OK,
	    sqlite3_errmsg(db));
}

static int64_t
ask(sqlite3 *db, const char *text)
{
	sqlite3_stmt *stmt = NULL;
	int64_t ret;

	must(sqlite3_prepare_v2(db, text, -1, &stmt, NULL) == SQLITE_OK &&
		sqlite3_step(stmt) == SQLITE_ROW,
	    sqlite3_errmsg(db));
	ret = sqlite3_column_int64(stmt, 0);
	(void)sqlite3_finalize(stmt);
	return ret;
}

/* The pragmas of db/ledger_connect.c. The log stays when it is closed. */
static sqlite3 *
open_ledger(const char *path)
{
	sqlite3 *db = NULL;
	int persist = 1;

	must(sqlite3_open_v2(path, &db,
		 SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOFOLLOW |
		     SQLITE_OPEN_NOMUTEX,
		 NULL) == SQLITE_OK,
	    path);
	say(db,
	    "PRAGMA foreign_keys = ON; PRAGMA trusted_schema = OFF;"
	    "PRAGMA cell_size_check = ON; PRAGMA mmap_size = 0;"
	    "PRAGMA temp_store = MEMORY; PRAGMA secure_delete = FAST;"
	    "PRAGMA synchronous = FULL; PRAGMA cache_size = -8000;"
	    "PRAGMA journal_mode = WAL");
	must(sqlite3_db_config(db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL) ==
		    SQLITE_OK &&
		sqlite3_file_control(db, "main", SQLITE_FCNTL_PERSIST_WAL,
		    &persist) == SQLITE_OK &&
		sqlite3_wal_autocheckpoint(db, CHECKPOINT_PAGES) == SQLITE_OK,
	    sqlite3_errmsg(db));
	return db;
}

struct row {
	int64_t id;
	uint8_t serial[SERIAL], spki_hash[32], tbs_hash[32], der_hash[32];
	struct octets request, tbs, der;
	const char *host;
};

static void
put(sqlite3_stmt *stmt, int at, const void *data, size_t len)
{
	must(sqlite3_bind_blob(stmt, at, data, (int)len, SQLITE_STATIC) ==
		SQLITE_OK,
	    "bind");
}

static sqlite3_stmt *
prepare(sqlite3 *db, const char *text)
{
	sqlite3_stmt *stmt = NULL;

	must(sqlite3_prepare_v2(db, text, -1, &stmt, NULL) == SQLITE_OK,
	    sqlite3_errmsg(db));
	return stmt;
}

static void
run(sqlite3 *db, sqlite3_stmt *stmt)
{
	must(sqlite3_step(stmt) == SQLITE_DONE, sqlite3_errmsg(db));
	(void)sqlite3_finalize(stmt);
}

static void
add_event(sqlite3 *db, const struct row *row, const char *kind,
    const uint8_t object[32])
{
	static const uint8_t zero[112] = {0};
	int64_t sequence = ask(
	    db, "SELECT coalesce(max(sequence), 0) + 1 FROM event");
	sqlite3_stmt *stmt = prepare(db,
	    "INSERT INTO event (sequence, time, actor, kind, certificate,"
	    " issuer_spki_hash, serial, object_hash, leaf)"
	    " VALUES (?, unixepoch(), 'root', ?, ?, ?, ?, ?, ?)");

	(void)sqlite3_bind_int64(stmt, 1, sequence);
	(void)sqlite3_bind_text(stmt, 2, kind, -1, SQLITE_STATIC);
	(void)sqlite3_bind_int64(stmt, 3, row->id);
	put(stmt, 4, row->spki_hash, 32);
	put(stmt, 5, row->serial, SERIAL);
	put(stmt, 6, object, 32);
	put(stmt, 7, zero, sizeof(zero));
	run(db, stmt);
	stmt = prepare(db, "INSERT INTO tree (size, nodes) VALUES (?, ?)");
	(void)sqlite3_bind_int64(stmt, 1, sequence);
	put(stmt, 2, zero, 64);
	run(db, stmt);
}

static void
add_name(sqlite3 *db, const struct row *row, int position, const char *type)
{
	sqlite3_stmt *stmt = prepare(db,
	    "INSERT INTO name (certificate, position, type, value, backwards)"
	    " VALUES (?, ?, ?, ?, ?)");

	(void)sqlite3_bind_int64(stmt, 1, row->id);
	(void)sqlite3_bind_int(stmt, 2, position);
	(void)sqlite3_bind_text(stmt, 3, type, -1, SQLITE_STATIC);
	(void)sqlite3_bind_text(stmt, 4, row->host, -1, SQLITE_STATIC);
	(void)sqlite3_bind_text(stmt, 5, row->host, -1, SQLITE_STATIC);
	run(db, stmt);
}

static void
commit_intent(sqlite3 *db, struct row *row)
{
	sqlite3_stmt *stmt;

	say(db, "BEGIN IMMEDIATE");
	row->id = ask(db, "SELECT coalesce(max(id), 0) + 1 FROM certificate");
	stmt = prepare(db,
	    "INSERT INTO certificate (id, issuer, serial, state, spki_hash,"
	    " tbs_hash, subject, not_before, not_after, lineage, created,"
	    " request, tbs) VALUES (?1, 2, ?2, 1, ?3, ?4, ?5, unixepoch(),"
	    " unixepoch() + 34300800, ?1, unixepoch(), ?6, ?7)");
	(void)sqlite3_bind_int64(stmt, 1, row->id);
	put(stmt, 2, row->serial, SERIAL);
	put(stmt, 3, row->spki_hash, 32);
	put(stmt, 4, row->tbs_hash, 32);
	(void)sqlite3_bind_text(stmt, 5, row->host, -1, SQLITE_STATIC);
	put(stmt, 6, row->request.data, row->request.len);
	put(stmt, 7, row->tbs.data, row->tbs.len);
	run(db, stmt);
	add_name(db, row, 1, "dns");
	add_name(db, row, 2, "cn");
	add_event(db, row, "intended", row->tbs_hash);
	say(db, "COMMIT");
}

static void
commit_outcome(sqlite3 *db, const struct row *row)
{
	sqlite3_stmt *stmt;

	say(db, "BEGIN IMMEDIATE");
	stmt = prepare(db,
	    "UPDATE certificate SET state = 2, tbs = NULL, der = ?,"
	    " der_hash = ? WHERE id = ? AND state = 1");
	put(stmt, 1, row->der.data, row->der.len);
	put(stmt, 2, row->der_hash, 32);
	(void)sqlite3_bind_int64(stmt, 3, row->id);
	run(db, stmt);
	add_event(db, row, "issued", row->der_hash);
	say(db, "COMMIT");
}

/* ---- one ---- */

/* SEQUENCE { [0] version, serial, ... }: another serial, of the same length. */
static void
draw_serial(struct octets tbs, struct row *row)
{
	struct octets fields, ignored;
	uint8_t *at;

	(void)take(&tbs, &fields);
	(void)take(&fields, &ignored);
	at = (uint8_t *)(uintptr_t)fields.data;
	must(fields.len > 2 + SERIAL && at[1] == SERIAL, "serial");
	must(getrandom(row->serial, SERIAL, 0) == SERIAL, "random numbers");
	row->serial[0] = (uint8_t)((row->serial[0] & 0x7f) | 1);
	memcpy(at + 2, row->serial, SERIAL);
}

static void
once(char **word)
{
	sqlite3 *db = open_ledger(word[0]);
	struct octets spki, point;
	struct signed_octets request, cert;
	struct row row = {.host = "h0.lab.example"};
	uint8_t own[POINT];
	ecc_key key;

	load_key(word[1], &key, own);
	row.request = read_pem(word[2], CERTREQ_TYPE);
	request = split(row.request);
	point = key_of_request(request.octets, &spki);
	verify(point, request.octets, request.signature);
	cert = split(read_pem(word[3], CERT_TYPE));
	draw_serial(cert.octets, &row);
	row.tbs = cert.octets;
	hash(spki, row.spki_hash);
	hash(row.tbs, row.tbs_hash);
	commit_intent(db, &row);
	cert.signature = sign(&key, row.tbs);
	row.der = put_signed(&cert);
	cert = split(row.der);
	verify((struct octets){own, POINT}, cert.octets, cert.signature);
	hash(row.der, row.der_hash);
	commit_outcome(db, &row);
	write_pem(word[4], row.der);
	(void)sqlite3_close(db);
	(void)wc_ecc_free(&key);
}

/* ---- how many a second ---- */

static double
now(void)
{
	struct timespec at;

	(void)clock_gettime(CLOCK_MONOTONIC, &at);
	return (double)at.tv_sec + (double)at.tv_nsec / 1e9;
}

struct part {
	pthread_t thread;
	double until;
	long count;
};

static void *
sign_until(void *ctx)
{
	struct part *part = ctx;
	uint8_t digest[32] = {1}, signature[ECC_MAX_SIG_SIZE];
	ecc_key key;
	WC_RNG rng;

	must(wc_InitRng(&rng) == 0 && wc_ecc_init(&key) == 0 &&
		wc_ecc_make_key_ex(&rng, 32, &key, ECC_SECP256R1) == 0,
	    "key");
	while (now() < part->until) {
		word32 len = sizeof(signature);

		must(wc_ecc_sign_hash(digest, sizeof(digest), signature, &len,
			 &rng, &key) == 0,
		    "ECDSA");
		part->count++;
	}
	(void)wc_ecc_free(&key);
	(void)wc_FreeRng(&rng);
	wc_ecc_fp_free();
	return NULL;
}

static void
rate(long threads, double seconds)
{
	struct part parts[THREADS_MAX] = {0};
	double start = now();
	long count = 0;

	must(threads >= 1 && threads <= THREADS_MAX, "1 to 64 threads");
	for (long i = 0; i < threads; i++) {
		parts[i].until = start + seconds;
		must(pthread_create(
			 &parts[i].thread, NULL, sign_until, &parts[i]) == 0,
		    "thread");
	}
	for (long i = 0; i < threads; i++) {
		(void)pthread_join(parts[i].thread, NULL);
		count += parts[i].count;
	}
	(void)printf("%.0f\n", (double)count / (now() - start));
}

int
main(int argc, char **argv)
{
	if (argc == 7 && strcmp(argv[1], "once") == 0) {
		once(argv + 2);
	} else if (argc == 4 && strcmp(argv[1], "rate") == 0) {
		rate(strtol(argv[2], NULL, 10), strtod(argv[3], NULL));
	} else {
		(void)fprintf(stderr,
		    "usage: bench_sign once LEDGER KEY CSR CERT OUT |\n"
		    "       bench_sign rate THREADS SECONDS\n");
		return 2;
	}
	return 0;
}
