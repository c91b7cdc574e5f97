/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * authority_responder: the delegated OCSP responder of one authority: its key
 * file keys/NAME.ocsp.key, and the certificate in force for that key.
 *
 * What this does not do: appear outside the authority*.c files.
 */
#ifndef CLI_AUTHORITY_RESPONDER_H
#define CLI_AUTHORITY_RESPONDER_H

#include <sys/stat.h>

#include "ca/ocsp.h"
#include "cli/authority_internal.h"
#include "cli/authority_status.h"

/* Of its life; with less left its certificate is renewed, or warned of. */
#define RESPONDER_LAST_PART 3
#define RESPONDERS_MAX 256 /* authorities */

/* A key file as it was when it was last read, or tried. {0}: not there. */
struct key_file_seen {
	bool there;
	dev_t device;
	ino_t inode;
	off_t size;
	struct timespec changed;
	/* It is there and cannot be opened, or (CA_REFUSED) is not taken;
	 * then, what it holds. */
	struct ca_error why;
	uint8_t hash[LEDGER_HASH_LEN];
};

struct responder {
	struct signer signer; /* the authority; its key when it is at hand */
	struct key_file_seen ca_seen, seen; /* its key's file, and its own */
	struct ca_ocsp_issuer called;
	bool never_issued_is_revoked;
	struct ca_key *key; /* NULL: it has no responder */
	struct ca_sig_alg alg;
	uint8_t spki_hash[LEDGER_HASH_LEN];
	/* the newest certificate for this key that is in force */
	int64_t row; /* 0: none */
	struct ca_buf der;
	struct ca_cert *cert; /* of der; {0} while row is 0 */
	/* It may answer from .. until, both included, unless why says that it
	 * may not. */
	int64_t from, until;
	struct ca_error why;
	bool ended;        /* why: it has expired, no more */
	int64_t looked_at; /* when that was looked up */
	int64_t ends;      /* the certificate's notAfter; LEDGER_NO_TIME */
};

struct responders {
	struct authority *a;
	struct responders_options options;
	struct responder *list; /* RESPONDERS_MAX of them: none moves */
	size_t count;
	bool is_open;           /* what comes now is taken up as it can be */
	struct ca_error beside; /* why an authority was not taken up */
	uint64_t edition;
	struct ca_rng *rng;
	int64_t version;    /* ledger_data_version() when they were looked up */
	bool stale;         /* this process wrote since */
	int64_t last_event; /* LEDGER_NO_TIME: there is none */
	char why[sizeof(((struct ca_error *)0)->msg)];
};

/* "keys/issuing.ocsp.key" below the home, and the whole path. */
CA_MUST_USE enum ca_status responder_place(struct authority *a,
    const char *authority, struct ca_buf *ret_ref, struct ca_buf *ret_path,
    struct ca_error *err);
/* Finds the certificate again; what is wrong with it is not an error but
 * responder->why. */
CA_MUST_USE enum ca_status responder_look_up(struct responders *responders,
    struct responder *responder, int64_t now, struct ca_error *err);
/* Its certificate, in force or not, is followed by one for the same key; the
 * authority's key is at hand. */
CA_MUST_USE enum ca_status responder_renew(
    struct authority *a, struct responder *responder, struct ca_error *err);
/*
 * Both keys of an authority: at the start a file that cannot be opened is an
 * error, and one that is missing a warning. Later, what is there and was not,
 * or is another file, is opened with what options.late gives; where that
 * fails, it is told why in the _seen, and the key that is at hand stays.
 */
CA_MUST_USE enum ca_status responder_open_keys(struct responders *responders,
    struct responder *responder, struct ca_error *err);
CA_MUST_USE enum ca_status responder_take_keys(struct responders *responders,
    struct responder *responder, struct ca_error *err);
/* A key of the authority's responder with this SPKI has a certificate in
 * force. */
CA_MUST_USE enum ca_status responder_is_certified(struct authority *a,
    const struct responder *responder, const uint8_t spki_hash[LEDGER_HASH_LEN],
    bool *ret, struct ca_error *err);
/* Less than the last part of its life is left, or none. */
bool responder_ends_soon(const struct responder *responder, int64_t now);
/* What the policy of its authority says, read again. */
CA_MUST_USE enum ca_status responder_read_policy(
    struct authority *a, struct responder *responder, struct ca_error *err);
/* CA_BUSY: the clock is behind the ledger's newest event, as of the last
 * refresh; who asks may ask again when it is right (checklist 107). */
CA_MUST_USE enum ca_status responders_check_clock(
    const struct responders *responders, int64_t now, struct ca_error *err);
/* One line to options.warn. */
void responders_warn(const struct responders *responders, const char *format,
    ...) CA_PRINTF(2, 3);
/* Those of all are as the ledger says now, unless nothing changed; authorities
 * and keys that came since are there. */
CA_MUST_USE enum ca_status responders_refresh(
    struct responders *responders, int64_t now, struct ca_error *err);

#endif
