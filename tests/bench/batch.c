/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What `signet sign --batch` is measured with:
 *
 *   bench_batch requests FOLDER N KEY     makes N requests, each for a key of
 *                                         its own of that type and a host of
 *                                         its own: FOLDER/r000000.csr ...
 *   bench_batch bound FOLDER KEY THREADS  what cannot be spared: the signature
 *                                         of each request verified, one made by
 *                                         the key in the file KEY, and that one
 *                                         verified; by the same calls, with
 *                                         the same tables; all of it read and
 *                                         parsed before the clock runs. Prints
 *                                         seconds, and those of the processor.
 */
#include <dirent.h>
#include <malloc.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "ca/crypto.h"
#include "ca/csr.h"
#include "ca/key.h"
#include "ca/pem.h"
#include "cli/file.h"
#include "cli/request.h"

#define THREADS_MAX 64
#define TBS_LEN 360 /* of a server's certificate with a P-256 key */

static void
must(enum ca_status st, const struct ca_error *err)
{
	if (st == CA_OK)
		return;
	(void)fprintf(stderr, "bench_batch: %s\n", err->msg);
	exit(1);
}

static void *
allocated(void *memory)
{
	if (memory != NULL)
		return memory;
	(void)fprintf(stderr, "bench_batch: out of memory\n");
	exit(1);
}

/* ---- a few threads ---- */

struct work;
struct part {
	struct work *work;
	size_t from, to;
	pthread_t thread;
};

struct work {
	const char *folder;
	enum ca_key_type type;
	size_t count;
	struct ca_csr **requests;
	struct ca_buf key; /* PEM */
};

static void
in_threads(struct work *work, size_t threads, void *(*run)(void *))
{
	struct part parts[THREADS_MAX] = {0};

	for (size_t i = 0; i < threads; i++) {
		parts[i] = (struct part){.work = work,
		    .from = work->count * i / threads,
		    .to = work->count * (i + 1) / threads};
		if (pthread_create(&parts[i].thread, NULL, run, &parts[i]) != 0)
			exit(1);
	}
	for (size_t i = 0; i < threads; i++)
		(void)pthread_join(parts[i].thread, NULL);
}

/* ---- requests ---- */

static void
make_request(const struct work *work, size_t i, struct ca_rng *rng)
{
	struct wishes *wishes = allocated(wishes_new());
	struct ca_buf der = {0}, pem = {0};
	struct ca_key *key = NULL;
	struct ca_error err = {0};
	char text[4096];
	FILE *file;

	(void)snprintf(text, sizeof(text), "h%zu.lab.example", i);
	must(ca_key_generate(work->type, 0, rng, &key, &err), &err);
	must(wishes_add(wishes, CA_SAN_DNS, text, &err), &err);
	must(wishes_subject(wishes, NULL, &err), &err);
	must(wishes_request(wishes, key, rng, &der, &err), &err);
	must(ca_pem_append(&pem, CA_PEM_REQUEST, ca_view(&der)), &err);
	(void)snprintf(text, sizeof(text), "%s/r%06zu.csr", work->folder, i);
	if ((file = fopen(text, "wx")) == NULL ||
	    fwrite(pem.data, pem.len, 1, file) != 1 || fclose(file) != 0) {
		perror(text);
		exit(1);
	}
	ca_key_free(key);
	wishes_free(wishes);
	ca_buf_free(&der);
	ca_buf_free(&pem);
}

static void *
make_requests(void *ctx)
{
	struct part *part = ctx;
	struct ca_rng *rng = NULL;
	struct ca_error err = {0};

	must(ca_rng_new(&rng, &err), &err);
	for (size_t i = part->from; i < part->to; i++)
		make_request(part->work, i, rng);
	ca_rng_free(rng);
	return NULL;
}

static void
requests(const char *folder, size_t count, const char *key)
{
	struct work work = {.folder = folder, .count = count};
	struct ca_error err = {0};
	unsigned bits = 0;

	must(ca_key_type_parse(key, &work.type, &bits, &err), &err);
	in_threads(&work, 2, make_requests);
}

/* ---- the bound ---- */

static int
is_request(const struct dirent *entry)
{
	const char *dot = strrchr(entry->d_name, '.');

	return dot != NULL && strcmp(dot, ".csr") == 0;
}

static void
load(struct work *work)
{
	struct dirent **found = NULL;
	int count = scandir(work->folder, &found, is_request, alphasort);
	struct ca_error err = {0};

	if (count <= 0)
		exit(1);
	work->count = (size_t)count;
	work->requests = allocated(
	    calloc(work->count, sizeof(*work->requests)));
	for (size_t i = 0; i < work->count; i++) {
		struct ca_buf *der = allocated(calloc(1, sizeof(*der)));
		char path[4096];

		(void)snprintf(path, sizeof(path), "%s/%s", work->folder,
		    found[i]->d_name);
		work->requests[i] = allocated(
		    calloc(1, sizeof(*work->requests[i])));
		must(request_read(path, der, &err), &err);
		must(ca_csr_parse(ca_view(der), work->requests[i], &err), &err);
		free(found[i]);
	}
	free(found);
}

static void
sign_one(struct ca_key *key, const struct ca_sig_alg *alg, struct ca_rng *rng)
{
	static const uint8_t tbs[TBS_LEN] = {0x30};
	struct ca_bytes data = {tbs, sizeof(tbs)};
	struct ca_buf signature = {0};
	struct ca_error err = {0};
	struct ca_digest digest;

	must(ca_crypto_sign(
		 ca_key_crypto(key), alg, data, rng, &signature, &err),
	    &err);
	must(ca_crypto_digest(alg, data, &digest, &err), &err);
	must(ca_crypto_verify_own(ca_key_crypto(key), ca_key_spki(key), alg,
		 &digest, ca_view(&signature), &err),
	    &err);
	ca_buf_free(&signature);
}

static void *
verify_and_sign(void *ctx)
{
	struct part *part = ctx;
	struct ca_key *key = NULL;
	struct ca_rng *rng = NULL;
	struct ca_error err = {0};
	struct ca_sig_alg alg;

	must(ca_key_from_pem(ca_view(&part->work->key), (struct ca_bytes){0},
		 NULL, &key, &err),
	    &err);
	alg = ca_sig_alg_for(ca_key_spki(key));
	must(ca_rng_new(&rng, &err), &err);
	ca_key_use_tables(key);
	for (size_t i = part->from; i < part->to; i++) {
		must(ca_csr_verify_many(part->work->requests[i], &err), &err);
		sign_one(key, &alg, rng);
	}
	ca_key_free(key);
	ca_rng_free(rng);
	ca_crypto_drop_tables();
	return NULL;
}

static double
now(clockid_t clock)
{
	struct timespec at;

	(void)clock_gettime(clock, &at);
	return (double)at.tv_sec + (double)at.tv_nsec / 1e9;
}

static void
bound(const char *folder, const char *key, size_t threads)
{
	struct work work = {.folder = folder};
	struct ca_error err = {0};
	double start, processor;

	must(file_read_secret(key, CA_KEY_FILE_MAX, &work.key, &err), &err);
	load(&work);
	start = now(CLOCK_MONOTONIC);
	processor = now(CLOCK_PROCESS_CPUTIME_ID);
	in_threads(&work, threads, verify_and_sign);
	(void)printf("%.4f %.4f\n", now(CLOCK_MONOTONIC) - start,
	    now(CLOCK_PROCESS_CPUTIME_ID) - processor);
}

int
main(int argc, char **argv)
{
	(void)mallopt(M_TRIM_THRESHOLD, 64 << 20);
	if (argc == 5 && strcmp(argv[1], "requests") == 0) {
		requests(argv[2], (size_t)strtol(argv[3], NULL, 10), argv[4]);
	} else if (argc == 5 && strcmp(argv[1], "bound") == 0) {
		long threads = strtol(argv[4], NULL, 10);

		bound(argv[2], argv[3],
		    threads < 1 || threads > THREADS_MAX ? 1 : (size_t)threads);
	} else {
		(void)fprintf(stderr,
		    "usage: bench_batch requests FOLDER N KEY |\n"
		    "       bench_batch bound FOLDER KEY THREADS\n");
		return 2;
	}
	return 0;
}
