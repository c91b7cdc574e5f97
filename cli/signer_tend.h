/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * signer_tend: what the signer of `signet serve` does from time to time, in a
 * thread of its own: a list of a million entries, or a lock that another
 * process holds, keeps no OCSP answer waiting. The authorities' keys are used
 * by this thread alone.
 *
 * What this does not do: decide when; say what it found, but to whoever asks.
 */
#ifndef CLI_SIGNER_TEND_H
#define CLI_SIGNER_TEND_H

#include "cli/authority_status.h"

struct signer_tend_options {
	struct responders *responders; /* borrowed: the thread's alone */
	/* What else is to be tended, with its faults; called by the thread.
	 * May be NULL. */
	void (*more)(
	    void *ctx, void (*fault)(void *to, const char *line), void *to);
	void *ctx;
};

struct signer_tend; /* opaque */

/* What a turn found, each line with a newline. */
struct signer_tend_found {
	struct ca_buf faults;
	struct ca_buf ends; /* "NAME SECONDS": notAfter of its responder */
};

/* Starts the thread. CA_MEMORY, CA_IO. */
CA_MUST_USE enum ca_status signer_tend_start(
    const struct signer_tend_options *options, struct signer_tend **ret,
    struct ca_error *err);
/* Begins a turn, unless one is under way. */
void signer_tend_ask(struct signer_tend *tend);
/* Readable when a turn has ended that was not taken. */
int signer_tend_fd(const struct signer_tend *tend);
/* True: *ret, the caller's now, is what the last turn found. False when none
 * has ended since. */
bool signer_tend_take(struct signer_tend *tend, struct signer_tend_found *ret);
/* Milliseconds since the turn that is under way began; 0: none is. */
int64_t signer_tend_busy(struct signer_tend *tend);
/* False when the turn that is under way did not end within this time: the
 * thread goes on until the process ends, and what it was given is not to be
 * closed. NULL is fine. */
bool signer_tend_stop(struct signer_tend *tend, int64_t patience_ms);
void signer_tend_found_done(struct signer_tend_found *found);

#endif
