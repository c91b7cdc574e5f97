/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/secret.h"

#include <sys/mman.h>

/* Whole pages: what lies beside it stays locked with it, and nothing is
 * unlocked, as another secret may lie there. */
void
secret_lock(struct ca_bytes memory)
{
	/* A limit of the system's is no reason to do without. */
	if (memory.len > 0 && mlock(memory.data, memory.len) != 0)
		return;
}

void
secret_lock_key(const struct ca_key *key)
{
	if (key != NULL)
		secret_lock(ca_key_memory(key));
}

enum ca_status
secret_reserve(struct ca_buf *buf, size_t room)
{
	enum ca_status st = ca_buf_reserve(buf, room);

	if (st == CA_OK)
		secret_lock((struct ca_bytes){buf->data, buf->cap});
	return st;
}
