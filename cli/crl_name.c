/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/crl_name.h"

#include <stdio.h>

void
crl_name(char ret[CRL_NAME], const char *authority, int64_t shard,
    int64_t earlier, bool delta)
{
	char part[48] = "", again[32] = "";

	if (shard != 0 && earlier > 0)
		(void)snprintf(
		    again, sizeof(again), "-%lld", (long long)earlier + 1);
	if (shard != 0)
		(void)snprintf(
		    part, sizeof(part), ".%lld%.20s", (long long)shard, again);
	(void)snprintf(
	    ret, CRL_NAME, "%s%s%s", authority, part, delta ? ".delta" : "");
}
