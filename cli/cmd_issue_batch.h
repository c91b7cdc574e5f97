/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cmd_issue_batch: `issue --batch`.
 *
 * What this does not do: look at the policy.
 */
#ifndef CLI_CMD_ISSUE_BATCH_H
#define CLI_CMD_ISSUE_BATCH_H

#include "cli/cmd.h"

/* check: what `issue` asks of a policy, once the home is open. */
CA_MUST_USE enum ca_status cmd_issue_batch(const struct invocation *in,
    const char *policy,
    enum ca_status (*check)(
	const struct invocation *in, const char *policy, struct ca_error *err),
    struct ca_error *err);

#endif
