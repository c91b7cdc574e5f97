/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/passphrase.h"

const char *
passphrase_fault(struct ca_bytes passphrase)
{
	if (passphrase.len < PASSPHRASE_MIN || passphrase.len > PASSPHRASE_MAX)
		return "a new passphrase has 4 to 1024 octets";
	for (size_t i = 0; i < passphrase.len; i++)
		if (passphrase.data[i] < 0x20 || passphrase.data[i] == 0x7f)
			return "a new passphrase has no control characters";
	return NULL;
}
