/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What tests/bench/audit.sh measures `signet audit` with:
 *
 *   bench_audit fill HOME N KEY [FIRST]
 *                                  issues N server certificates, each for a
 *                                  key of its own of that type and a host of
 *                                  its own, hFIRST.lab.example and on, by
 *                                  "issuing", as `issue --batch` does
 *   bench_audit bare HOME THREADS  what cannot be spared: every certificate's
 *                                  signature and that of its request, and the
 *                                  hashes: of TBS, key and DER, of each event
 *                                  and of a node of their tree; all of it
 *                                  parsed and in memory before the clock runs.
 *                                  Prints seconds.
 */
#include <malloc.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "ca/cert.h"
#include "ca/crypto.h"
#include "ca/csr.h"
#include "ca/merkle.h"
#include "cli/authority_batch.h"
#include "cli/request.h"

#define THREADS_MAX 64

static struct ca_error err;

static void
must(enum ca_status st)
{
	if (st == CA_OK)
		return;
	(void)fprintf(stderr, "bench_audit: %s\n", err.msg);
	exit(1);
}

static void *
allocated(void *memory)
{
	if (memory != NULL)
		return memory;
	(void)fprintf(stderr, "bench_audit: out of memory\n");
	exit(1);
}

static struct authority *
open_home(const char *home)
{
	const struct authority_options options = {
	    .home = home, .wait_ms = 60000, .world = world_real()};
	struct authority *a = NULL;

	must(authority_open(&options, &a, &err));
	return a;
}

/* ---- fill ---- */

struct fill {
	enum ca_key_type type;
	intptr_t next, end;
	size_t refused;
};

/* In any thread. */
static enum ca_status
make_request(void *ctx, struct batch_item *item, struct ca_rng *rng,
    struct ca_error *why)
{
	const struct fill *fill = ctx;
	struct wishes *wishes = allocated(wishes_new());
	struct ca_key *key = NULL;
	enum ca_status st;
	char host[64];

	(void)snprintf(
	    host, sizeof(host), "h%ld.lab.example", (long)(intptr_t)item->ctx);
	if ((st = ca_key_generate(fill->type, 0, rng, &key, why)) == CA_OK &&
	    (st = wishes_add(wishes, CA_SAN_DNS, host, why)) == CA_OK &&
	    (st = wishes_subject(wishes, NULL, why)) == CA_OK)
		st = wishes_request(wishes, key, rng, &item->request, why);
	ca_key_free(key);
	wishes_free(wishes);
	return st;
}

static enum ca_status
next_request(void *ctx, struct batch_item *item, struct ca_error *why)
{
	struct fill *fill = ctx;

	(void)why;
	if (fill->next == fill->end)
		return CA_NOT_FOUND;
	item->ctx = (void *)fill->next++;
	return CA_OK;
}

static enum ca_status
count_refused(
    void *ctx, struct batch_item *items, size_t count, struct ca_error *why)
{
	struct fill *fill = ctx;

	(void)why;
	for (size_t i = 0; i < count; i++)
		fill->refused += items[i].status != CA_OK;
	return CA_OK;
}

static void
fill(const char *home, long first, long count, const char *key)
{
	const struct term term = {.quiet = true};
	struct pass pass = {.term = &term, .no_passphrase = true};
	struct authority *a = open_home(home);
	struct signer signer = {0};
	struct fill fill = {.next = first, .end = first + count};
	const struct batch batch = {.policy = "server",
	    .term = ca_term_none,
	    .ctx = &fill,
	    .next = next_request,
	    .make = make_request,
	    .release = count_refused};
	unsigned bits = 0;

	must(ca_key_type_parse(key, &fill.type, &bits, &err));
	must(signer_open(a, "issuing", &signer, &err));
	must(signer_unlock(a, &signer, &pass, &err));
	must(authority_batch(a, &signer, &batch, &err));
	if (fill.refused > 0) {
		(void)fprintf(
		    stderr, "bench_audit: %zu were refused\n", fill.refused);
		exit(1);
	}
	signer_done(&signer);
	authority_close(a);
}

/* ---- bare ---- */

struct signed_octets {
	struct ca_spki key;
	struct ca_sig_alg alg;
	struct ca_bytes octets, signature;
};

struct work {
	struct ca_buf der, request;
	struct signed_octets cert, csr;
	struct ca_bytes spki;
	int64_t issuer;
};

struct load {
	struct work *work;
	size_t count, room;
	struct ca_buf *leaves; /* of events */
	size_t leaf_count, leaf_room;
	struct ca_spki keys[1000];
	struct ca_buf issuers[1000];
};

static void
view_of(struct work *work)
{
	struct ca_cert *cert = allocated(calloc(1, sizeof(*cert)));
	struct ca_csr *csr = allocated(calloc(1, sizeof(*csr)));

	must(ca_cert_parse(ca_view(&work->der), cert, &err));
	must(ca_csr_parse(ca_view(&work->request), csr, &err));
	work->cert = (struct signed_octets){.alg = cert->alg,
	    .octets = cert->tbs,
	    .signature = cert->signature};
	work->csr = (struct signed_octets){.key = csr->spki,
	    .alg = csr->alg,
	    .octets = csr->info,
	    .signature = csr->signature};
	work->spki = cert->spki.der;
	free(cert);
	free(csr);
}

static enum ca_status
take_cert(void *ctx, const struct ledger_cert *row)
{
	struct load *load = ctx;
	struct work *work;

	if (row->state != LEDGER_ISSUED)
		return CA_OK;
	if (load->count == load->room) {
		load->room = 2 * load->room + 1024;
		load->work = allocated(
		    reallocarray(load->work, load->room, sizeof(*load->work)));
	}
	work = &load->work[load->count++];
	*work = (struct work){.issuer = row->issuer};
	must(ca_buf_append(&work->der, row->der));
	must(ca_buf_append(&work->request, row->request));
	view_of(work);
	return CA_OK;
}

static enum ca_status
take_authority(void *ctx, const struct ledger_authority *row)
{
	struct load *load = ctx;
	struct ca_cert *cert = allocated(calloc(1, sizeof(*cert)));

	must(ca_buf_append(&load->issuers[row->id], row->der));
	must(ca_cert_parse(ca_view(&load->issuers[row->id]), cert, &err));
	load->keys[row->id] = cert->spki;
	free(cert);
	return CA_OK;
}

static enum ca_status
take_event(void *ctx, const struct ledger_event *row)
{
	struct load *load = ctx;

	if (load->leaf_count == load->leaf_room) {
		load->leaf_room = 2 * load->leaf_room + 1024;
		load->leaves = allocated(reallocarray(
		    load->leaves, load->leaf_room, sizeof(*load->leaves)));
	}
	load->leaves[load->leaf_count] = (struct ca_buf){0};
	must(ca_buf_append(&load->leaves[load->leaf_count++], row->leaf));
	return CA_OK;
}

struct part {
	const struct load *load;
	size_t from, to, leaf_from, leaf_to;
	pthread_t thread;
	bool wrong;
};

static bool
holds(const struct signed_octets *what, const struct ca_spki *key)
{
	return ca_crypto_verify_many(key, &what->alg, what->octets,
		   what->signature, NULL) == CA_OK;
}

static bool
hashed(struct ca_bytes data)
{
	uint8_t hash[CA_HASH_MAX];

	return ca_hash_bytes(CA_HASH_SHA256, data, hash, NULL) == CA_OK;
}

static void *
run(void *ctx)
{
	struct part *part = ctx;

	for (size_t i = part->from; i < part->to; i++) {
		const struct work *work = &part->load->work[i];

		if (!holds(&work->cert, &part->load->keys[work->issuer]) ||
		    !holds(&work->csr, &work->csr.key) ||
		    !hashed(work->cert.octets) || !hashed(work->spki) ||
		    !hashed(ca_view(&work->der)))
			part->wrong = true;
	}
	for (size_t i = part->leaf_from; i < part->leaf_to; i++) {
		struct ca_merkle_hash hash;

		if (ca_merkle_leaf(ca_view(&part->load->leaves[i]), &hash,
			NULL) != CA_OK ||
		    ca_merkle_node(&hash, &hash, &hash, NULL) != CA_OK)
			part->wrong = true;
	}
	ca_crypto_drop_tables();
	return NULL;
}

static double
now(void)
{
	struct timespec at;

	(void)clock_gettime(CLOCK_MONOTONIC, &at);
	return (double)at.tv_sec + (double)at.tv_nsec / 1e9;
}

static void
bare(const char *home, size_t threads)
{
	const struct ledger_query all = {0};
	struct authority *a = open_home(home);
	struct load *load = allocated(calloc(1, sizeof(*load)));
	struct part parts[THREADS_MAX] = {0};
	bool wrong = false;
	double start;

	must(ledger_each_authority(
	    authority_ledger(a), take_authority, load, &err));
	must(
	    ledger_each_cert(authority_ledger(a), &all, take_cert, load, &err));
	must(ledger_each_event(authority_ledger(a), 0, take_event, load, &err));
	start = now();
	for (size_t i = 0; i < threads; i++) {
		parts[i] = (struct part){.load = load,
		    .from = load->count * i / threads,
		    .to = load->count * (i + 1) / threads,
		    .leaf_from = load->leaf_count * i / threads,
		    .leaf_to = load->leaf_count * (i + 1) / threads};
		if (pthread_create(&parts[i].thread, NULL, run, &parts[i]) != 0)
			exit(1);
	}
	for (size_t i = 0; i < threads; i++) {
		(void)pthread_join(parts[i].thread, NULL);
		wrong = wrong || parts[i].wrong;
	}
	(void)printf("%.2f\n", now() - start);
	if (wrong)
		(void)fprintf(stderr, "bench_audit: one does not hold\n");
	exit(wrong ? 1 : 0);
}

int
main(int argc, char **argv)
{
	(void)mallopt(M_TRIM_THRESHOLD, 64 << 20);
	if ((argc == 5 || argc == 6) && strcmp(argv[1], "fill") == 0) {
		fill(argv[2], argc == 6 ? strtol(argv[5], NULL, 10) : 0,
		    strtol(argv[3], NULL, 10), argv[4]);
	} else if (argc == 4 && strcmp(argv[1], "bare") == 0) {
		long threads = strtol(argv[3], NULL, 10);

		bare(argv[2],
		    threads < 1 || threads > THREADS_MAX ? 1 : (size_t)threads);
	} else {
		(void)fprintf(stderr,
		    "usage: bench_audit fill HOME N KEY [FIRST] |\n"
		    "       bench_audit bare HOME THREADS\n");
		return 2;
	}
	return 0;
}
