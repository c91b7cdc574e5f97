/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * completion: what may stand where the cursor is, for a shell that is asked to
 * complete a word. The scripts for bash, zsh and fish ask the program, which
 * answers from its command table: they cannot say anything else than it does.
 *
 * Nothing is opened but the home's list of policies: no ledger, no key.
 *
 * What this does not do: complete serials, or names of certificates.
 */
#ifndef CLI_COMPLETION_H
#define CLI_COMPLETION_H

#include "cli/cmd.h"

#define COMPLETION_WORDS_MAX 4096 /* words of a command line */

/* "bash", "zsh" or "fish" to standard output; CA_USAGE for another. */
CA_MUST_USE enum ca_status completion_script(
    const char *shell, struct ca_error *err);
/*
 * argv are the words behind "signet", the last of them the one to complete, as
 * far as it goes. On standard output "/files" or "/folders" as the first line
 * when such may stand there, then a line for each candidate: the word, and
 * behind a tab what it means, where there is something to say. "--name=v" is
 * answered with whole words, "--name=value".
 */
CA_MUST_USE enum ca_status completion_words(
    const struct command *const *commands, const struct opt *common, int argc,
    char **argv, struct ca_error *err);

#endif
