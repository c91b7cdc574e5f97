/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/interrupt.h"

void
interrupts_gather(const int *signals, size_t count, sigset_t *ret)
{
	(void)sigemptyset(ret);
	for (size_t i = 0; i < count; i++) {
		struct sigaction now;

		if (sigaction(signals[i], NULL, &now) == 0 &&
		    now.sa_handler != SIG_IGN)
			(void)sigaddset(ret, signals[i]);
	}
}

static const int ending[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};
#define ENDING (sizeof(ending) / sizeof(ending[0]))

void
interrupts_hold(struct interrupts *interrupts)
{
	interrupts_gather(ending, ENDING, &interrupts->held);
	(void)sigprocmask(SIG_BLOCK, &interrupts->held, &interrupts->before);
}

bool
interrupts_came(const struct interrupts *interrupts)
{
	sigset_t waiting;

	if (sigpending(&waiting) != 0)
		return false;
	for (size_t i = 0; i < ENDING; i++)
		if (sigismember(&interrupts->held, ending[i]) == 1 &&
		    sigismember(&waiting, ending[i]) == 1)
			return true;
	return false;
}

void
interrupts_release(const struct interrupts *interrupts)
{
	(void)sigprocmask(SIG_SETMASK, &interrupts->before, NULL);
}
