/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * interrupt: Ctrl-C, a closed terminal and kill, while something must be
 * finished or taken away again first.
 *
 * What this does not do: act on a signal, or hold what ends the process at
 * once (SIGKILL).
 */
#ifndef CLI_INTERRUPT_H
#define CLI_INTERRUPT_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>

/* Those of the signals that are not ignored: what nohup ignores stays so. */
void interrupts_gather(const int *signals, size_t count, sigset_t *ret);

struct interrupts {
	sigset_t held, before;
};
/* From here on they wait. */
void interrupts_hold(struct interrupts *interrupts);
/* Whether one waits. */
bool interrupts_came(const struct interrupts *interrupts);
/* One that waits ends the process here. */
void interrupts_release(const struct interrupts *interrupts);

#endif
