/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * help: what the command table says, as text on standard output.
 *
 * What this does not do: contain a word that is not in the table, apart from
 * the headings.
 */
#ifndef CLI_HELP_H
#define CLI_HELP_H

#include "cli/cmd.h"

/* The list of commands (NULL-terminated), in at most one screen. */
CA_MUST_USE enum ca_status help_overview(
    const struct command *const *commands, struct ca_error *err);
/* One command's page, with those that begin with its name ("crl show"). */
CA_MUST_USE enum ca_status help_command(const struct command *const *commands,
    const struct command *command, const struct opt *common,
    struct ca_error *err);
/* "ca" of "ca add": does a command of two words begin with this one? */
bool help_is_group(const struct command *const *commands, const char *word);
/* The commands that begin with it. */
CA_MUST_USE enum ca_status help_group(const struct command *const *commands,
    const char *word, struct ca_error *err);
/* Of the words that are not in the table: "help", "version", "completion". */
CA_MUST_USE enum ca_status help_itself(const char *word, struct ca_error *err);
/* "signet 0.1.0", and the libraries it runs on; option may be "--json" or
 * NULL. */
CA_MUST_USE enum ca_status help_version(
    const char *option, struct ca_error *err);

#endif
