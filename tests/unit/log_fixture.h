/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A log's key, and a checkpoint by it. It does not check what it is not asked
 * to.
 */
#ifndef TESTS_LOG_FIXTURE_H
#define TESTS_LOG_FIXTURE_H

#include "tests/unit/bytes.h"

#include "ca/checkpoint.h"

struct log_fixture {
	struct ca_rng *rng;
	struct ca_key *secret;
	struct ca_note_key key;
};

static inline int
make_log_key(void **state)
{
	struct log_fixture *f = calloc(1, sizeof(*f));

	*state = f;
	if (f == NULL || ca_rng_new(&f->rng, NULL) != CA_OK ||
	    ca_key_generate(CA_KEY_ED25519, 0, f->rng, &f->secret, NULL) !=
		CA_OK)
		return -1;
	return ca_note_key_set(ca_text("lab.example/log"),
		   ca_key_spki(f->secret)->key, &f->key, NULL) == CA_OK ?
	    0 :
	    -1;
}

static inline int
drop_log_key(void **state)
{
	struct log_fixture *f = *state;

	ca_key_free(f->secret);
	ca_rng_free(f->rng);
	free(f);
	return 0;
}

static inline void
sign_head(struct log_fixture *f, const struct ca_merkle_head *head,
    struct ca_buf *ret)
{
	struct ca_error err = {0};

	if (ca_checkpoint_sign(head, &f->key, f->secret, f->rng, ret, &err) !=
	    CA_OK)
		fail_msg("%s", err.msg);
}

#endif
