/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * enrolment: what `issue` and `rekey` share: a new key, its request and its
 * certificate as files, and as PKCS #12 for a browser.
 *
 * The options are those of ENROLMENT_OPTS.
 *
 * What this does not do: say which names are in it.
 */
#ifndef CLI_ENROLMENT_H
#define CLI_ENROLMENT_H

#include "cli/cmd.h"

#define ENROLMENT_NAME 128 /* octets of a file's name, with the NUL */

#define ENROLMENT_OPTS                                                         \
	CMD_OPT_CA, CMD_OPTS_TERM,                                             \
	    {"out-dir", OPT_TEXT, "DIR",                                       \
		"where key, request and certificate go (the home's issued "    \
		"folder)"},                                                    \
	    {"out", OPT_TEXT, "FILE",                                          \
		"the certificate, instead of DIR/NAME.crt"},                   \
	    {"key-out", OPT_TEXT, "FILE", "the key, instead of DIR/NAME.key"}, \
	    {"p12", OPT_TEXT, "FILE",                                          \
		"key, certificate and chain as PKCS #12 for a browser; "       \
		"its passphrase is --passout's"},                              \
	    {"chain", OPT_FLAG, NULL,                                          \
		"leaf and intermediates in the .crt file"},                    \
	    CMD_OPT_PASSIN, CMD_OPT_PASSOUT, CMD_OPT_NO_PASSPHRASE,            \
	    CMD_OPT_KDF

struct enrolment {
	const struct invocation *in;
	struct authority *a;
	struct signer signer;
	struct ca_rng *rng; /* the authority's */
	struct ca_key *key;
	struct ca_kdf kdf;
	const char *name; /* of what is enrolled; the caller's */
	struct ca_buf request, secret;
	bool unencrypted;
	struct issued issued;
	struct ca_buf key_path, csr_path, crt_path;
	struct ca_buf
	    key_ref; /* as the ledger calls the key's file; or empty */
	uint8_t key_hash[CA_HASH_MAX];
	const char *p12_path;
};

/* A file name from a name: what is odd in one becomes '_'. */
void enrolment_file_name(const char *name, char ret[ENROLMENT_NAME]);
/*
 * Where the files go, from enrolment->name and the options; refused when one
 * is there. With next, NAME-2, NAME-3, ... where NAME is there already.
 */
CA_MUST_USE enum ca_status enrolment_places(
    struct enrolment *enrolment, bool next, struct ca_error *err);
/* The signer (by name, or NULL), its key, the passphrase of the new one: all
 * that is asked is asked here. Then the new key. */
CA_MUST_USE enum ca_status enrolment_begin(struct enrolment *enrolment,
    const char *issuer, const char *default_key, struct ca_error *err);
/* Issues for enrolment->request, writes the files, tells. order is filled but
 * for request and term. */
CA_MUST_USE enum ca_status enrolment_finish(struct enrolment *enrolment,
    struct issue_order *order, struct ca_error *err);
/* Closes the authority too. */
void enrolment_done(struct enrolment *enrolment);

#endif
