/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cmd_sign_batch: `sign --batch`.
 *
 * What this does not do: check that standard input is wanted once only.
 */
#ifndef CLI_CMD_SIGN_BATCH_H
#define CLI_CMD_SIGN_BATCH_H

#include "cli/cmd.h"

CA_MUST_USE enum ca_status cmd_sign_batch(
    const struct invocation *in, const char *policy, struct ca_error *err);

#endif
