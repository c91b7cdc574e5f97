/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/serve/siphash.h"

struct state {
	uint64_t v0, v1, v2, v3;
};

static uint64_t
turn(uint64_t word, unsigned by)
{
	return word << by | word >> (64 - by);
}

static void
rounds(struct state *s, int count)
{
	for (int i = 0; i < count; i++) {
		s->v0 += s->v1;
		s->v1 = turn(s->v1, 13) ^ s->v0;
		s->v0 = turn(s->v0, 32);
		s->v2 += s->v3;
		s->v3 = turn(s->v3, 16) ^ s->v2;
		s->v0 += s->v3;
		s->v3 = turn(s->v3, 21) ^ s->v0;
		s->v2 += s->v1;
		s->v1 = turn(s->v1, 17) ^ s->v2;
		s->v2 = turn(s->v2, 32);
	}
}

static void
take(struct state *s, uint64_t word)
{
	s->v3 ^= word;
	rounds(s, 2);
	s->v0 ^= word;
}

static uint64_t
word_at(const uint8_t *data, size_t count)
{
	uint64_t word = 0;

	for (size_t i = 0; i < count; i++)
		word |= (uint64_t)data[i] << (8 * i);
	return word;
}

uint64_t
siphash(const struct siphash_key *key, struct ca_bytes bytes)
{
	struct state s = {key->k0 ^ UINT64_C(0x736f6d6570736575),
	    key->k1 ^ UINT64_C(0x646f72616e646f6d),
	    key->k0 ^ UINT64_C(0x6c7967656e657261),
	    key->k1 ^ UINT64_C(0x7465646279746573)};
	size_t at = 0;

	for (; bytes.len - at >= 8; at += 8)
		take(&s, word_at(bytes.data + at, 8));
	take(&s,
	    (uint64_t)bytes.len << 56 |
		word_at(bytes.data + at, bytes.len - at));
	s.v2 ^= 0xff;
	rounds(&s, 4);
	return s.v0 ^ s.v1 ^ s.v2 ^ s.v3;
}
