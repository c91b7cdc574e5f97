/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * doctor_part: what the doctor_*.c files share: the checks of doctor.c's
 * table, and how they tell what they find.
 *
 * What this does not do: appear outside the doctor*.c files.
 */
#ifndef CLI_DOCTOR_PART_H
#define CLI_DOCTOR_PART_H

#include "cli/doctor.h"

/* Takes the finding with its texts. */
void doctor_say(struct doctor *doctor, struct doctor_finding *finding);
/* Counts what ends. */
void doctor_ends(
    struct doctor *doctor, const char *type, const char *name, int64_t at);
/*
 * What a read returned: true for CA_OK. Memory and a busy ledger end the
 * examination, anything else is a finding about the ledger.
 */
bool doctor_took(
    struct doctor *doctor, enum ca_status st, const struct ca_error *why);
/* How long before an end it is soon, of what lives this long. */
int64_t doctor_soon(
    const struct doctor *doctor, int64_t usual, int64_t lifetime);
/* "2027-01-31T12:00:00Z", appended. */
void doctor_add_time(struct text *text, int64_t time);
/* home/part, as a shell takes it; the same unquoted. */
void doctor_add_path(
    struct text *text, const struct doctor *doctor, const char *part);
const char *doctor_path(
    struct ca_buf *buf, const struct doctor *doctor, const char *part);
/* The command that makes an authority like this one, under another name. */
void doctor_add_successor(struct doctor *doctor, struct text *command,
    const struct doctor_authority *authority);
struct ledger *doctor_ledger(const struct doctor *doctor);

/* ---- the checks ---- */
void doctor_check_modes(struct doctor *doctor);
void doctor_check_disk(struct doctor *doctor);
void doctor_check_library(struct doctor *doctor);
void doctor_check_policies(struct doctor *doctor);
/* With a ledger: */
void doctor_check_pages(struct doctor *doctor);
void doctor_check_clock(struct doctor *doctor);
void doctor_check_orphans(struct doctor *doctor);
void doctor_check_log(struct doctor *doctor);
void doctor_check_keys(struct doctor *doctor);
void doctor_check_authorities(struct doctor *doctor);
void doctor_check_lists(struct doctor *doctor);
void doctor_check_copies(struct doctor *doctor);
void doctor_check_points(struct doctor *doctor);
void doctor_check_served(struct doctor *doctor);
void doctor_check_responders(struct doctor *doctor);
void doctor_check_certificates(struct doctor *doctor);
void doctor_check_outlives(struct doctor *doctor);

/* ---- of ca_crypto_version() and dpkg's list of packages ---- */
enum doctor_library {
	DOCTOR_LIBRARY_GOOD = 0,
	DOCTOR_LIBRARY_OLD,    /* known faults */
	DOCTOR_LIBRARY_UNKNOWN /* a package that may have been mended, or not */
};
/* package: its version as dpkg has it, "" when there is none. */
enum doctor_library doctor_library_judge(
    const char *version, const char *package);
/* Appends the version of the installed package libwolfssl and digits. */
CA_MUST_USE enum ca_status doctor_library_package(
    struct ca_bytes status, struct ca_buf *ret);

#endif
