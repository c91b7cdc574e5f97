/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * authority_status: the ledger's answers to OCSP requests (RFC 6960), for all
 * authorities of a home, signed by the delegated responder of each.
 *
 * A responder's key is keys/NAME.ocsp.key; its certificate is the newest that
 * the authority NAME issued for that key, is in force and not revoked.
 * authority_responder_init() makes both. Where responders_open() was given the
 * authority's key too, the certificate is renewed (same key) when a third of
 * its life is left.
 *
 * Each answer is decided by one look at the ledger as it is committed at that
 * moment: whoever asks for a signature cannot say what is signed.
 *
 * What this does not do: HTTP, caching, choosing who may ask.
 */
#ifndef CLI_AUTHORITY_STATUS_H
#define CLI_AUTHORITY_STATUS_H

#include "ca/ocsp.h"
#include "cli/authority.h"

struct responder_order {
	enum ca_key_type key_type;
	unsigned key_bits;
	const struct ca_kdf *kdf; /* NULL: default */
	struct ca_term term;
	const char *policy; /* "ocsp-responder" */
	bool replace;       /* a key that is there is replaced */
};
/* What of authority_responder_init() needs no key: asked before a passphrase
 * is. */
CA_MUST_USE enum ca_status authority_responder_check(struct authority *a,
    const struct signer *signer, const struct responder_order *order,
    struct ca_error *err);
/*
 * Key, request and certificate of the signer's (unlocked) responder: `ocsp
 * init`. CA_REFUSED when the key file is there and replace is not set.
 */
CA_MUST_USE enum ca_status authority_responder_init(struct authority *a,
    struct signer *signer, const struct responder_order *order,
    const struct pass *pass, struct issued *ret, struct ca_error *err);

struct responders; /* of one home: the keys, unlocked */

struct responders_options {
	const struct pass *pass;
	/* Opens what comes later, a key file that was not there or is another
	 * one: nobody can be asked then (struct pass: held). NULL: such files
	 * are not looked at. */
	const struct pass *late;
	const char *only;  /* of this authority alone; NULL: of all */
	bool with_ca_keys; /* unlock the authorities' keys as well */
	int64_t validity;  /* seconds from thisUpdate to nextUpdate */
	/* Told of an authority that cannot be served: has no responder, or
	 * its certificate has expired, is revoked, or ends soon; later, of
	 * what was taken up. One line each. May be NULL. */
	void (*warn)(void *ctx, const char *line);
	void *ctx;
};
/*
 * Opens every responder of the home. One that is not there or cannot be used
 * is a warning, and so is an authority's key that is not in the home; a wrong
 * passphrase, a key file that cannot be read or is damaged is an error,
 * CA_NOT_FOUND that there is no authority "only". Certificates are looked up
 * again at each answer that is signed, so that a renewal by another process
 * counts; with options->late, so do authorities that are added and keys that
 * are made or replaced, where they can be opened.
 */
CA_MUST_USE enum ca_status responders_open(struct authority *a,
    const struct responders_options *options, struct responders **ret,
    struct ca_error *err);
void responders_close(struct responders *responders);
/*
 * The same responders for another thread, with an authority handle of its
 * own: their keys without the authorities'. What comes later, each takes up by
 * itself.
 */
CA_MUST_USE enum ca_status responders_copy(const struct responders *from,
    struct authority *a, struct responders **ret, struct ca_error *err);

/* What was decided for one certID, so that a cache can tell later whether it
 * still holds: a look at the ledger that gives the same row and times decides
 * the same. */
struct status_fact {
	int64_t issuer; /* ledger_authority.id; 0: none of ours */
	uint8_t serial[20];
	uint8_t serial_len;
	bool known;         /* there is a row */
	int64_t revoked_at; /* LEDGER_NO_TIME: it is not */
	int reason;
	/* Who signed: of the same issuer, and not revoked; length 0: nobody. */
	uint8_t responder[20];
	uint8_t responder_len;
};

struct status_answer {
	enum ca_ocsp_status status; /* successful, or why not */
	struct ca_buf der;          /* an OCSPResponse in either case */
	/* Of a successful one: all its answers bear these. */
	int64_t this_update, next_update;
	/* It may be given again to whoever sends the same certID: it is
	 * successful, answers one certID and bears no nonce. */
	bool cacheable;
	struct status_fact fact; /* {0} unless cacheable */
	const char *why;         /* one line for the log when not successful;
				  * valid until the next call */
};
/*
 * Answers a request: always something that may be sent, CA_OK; CA_MEMORY alone
 * is returned as such. unauthorized: a certID of no authority here, a hash we
 * do not know, certIDs of several authorities, an authority without responder.
 * tryLater: the responder's certificate is expired, revoked or lacks
 * OCSPSigning (checklist 109); the ledger is busy; the clock is behind it.
 * A serial that was never issued is unknown, or where the policy of the
 * authority says `[crl] never-issued = revoked`, revoked (RFC 6960 2.2); an
 * orphan (state intended) is answered as issued (checklist 102).
 * nextUpdate comes no later than the end of the responder's and the
 * authority's certificate.
 */
CA_MUST_USE enum ca_status responders_answer(struct responders *responders,
    struct ca_bytes request, struct status_answer *ret);
void status_answer_done(struct status_answer *answer);

/*
 * What is to be done from time to time: renews responder certificates that
 * need it and can be, publishes CRLs that are due (authority_crl_due(), of
 * the authorities whose keys are at hand). fault is called with one line for
 * each authority and thing that is not as it should be and cannot be mended
 * here: CRL overdue or expired, responder missing or about to expire, a key
 * that came since and cannot be opened. A line that begins with
 * RESPONDERS_NOTE (no authority's name has a space) is no fault: nobody can do
 * anything about it.
 */
#define RESPONDERS_NOTE "for the record: "

CA_MUST_USE enum ca_status responders_tend(struct responders *responders,
    void (*fault)(void *ctx, const char *line), void *ctx,
    struct ca_error *err);
/* Looks at ledger and key files, also where nothing seems to have changed.
 * *ret_edition rises when a responder answers with another certificate than
 * before, or no more: what was signed before it rose may be withdrawn. */
CA_MUST_USE enum ca_status responders_look(
    struct responders *responders, uint64_t *ret_edition, struct ca_error *err);
/* As of the last look. */
uint64_t responders_edition(const struct responders *responders);
/* Of each authority that has a responder with a certificate: when the newest
 * one ends, in force or not. */
CA_MUST_USE enum ca_status responders_each_end(
    const struct responders *responders,
    enum ca_status (*fn)(void *ctx, const char *authority, int64_t not_after),
    void *ctx);

#endif
