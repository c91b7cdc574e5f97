/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <sqlite3.h>

#include "db/ledger.h"

const char *
ledger_engine_version(void)
{
	return sqlite3_libversion();
}
