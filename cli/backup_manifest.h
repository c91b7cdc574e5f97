/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * backup_manifest: what a backup says of itself, in its last member MANIFEST,
 * which sha256sum -c reads too:
 *
 *	# signet backup 1
 *	# time 2027-01-31T12:00:00Z
 *	# events 1234
 *	# root HEX, of the log's tree over them
 *	# certificates 56
 *	# crl 7 issuing, the last CRL number of each authority
 *	HEX  ledger.db, the SHA-256 of each member, in their order
 *	# end HEX, the SHA-256 of all the lines before
 *
 * What this does not do: prove who made it. A certificate's signature does,
 * and the log's checkpoint.
 */
#ifndef CLI_BACKUP_MANIFEST_H
#define CLI_BACKUP_MANIFEST_H

#include "cli/archive.h"

#define BACKUP_MANIFEST "MANIFEST"
#define BACKUP_LEDGER "ledger.db"
#define BACKUP_HASH 32
#define BACKUP_FILES_MAX 10000
#define BACKUP_ISSUERS_MAX 1000
#define BACKUP_MANIFEST_MAX ((size_t)4 * 1024 * 1024)

struct backup_issuer {
	char name[48];
	int64_t number; /* of its last CRL */
};
struct backup_file {
	char name[ARCHIVE_NAME];
	uint8_t hash[BACKUP_HASH];
};
struct backup_manifest {
	int64_t time;
	int64_t events, certificates;
	uint8_t root[BACKUP_HASH];
	struct backup_issuer *issuers;
	size_t issuer_count;
	struct backup_file *files; /* without MANIFEST itself */
	size_t file_count;
};

/* CA_REFUSED beyond the limit, and of a name that is there already. */
CA_MUST_USE enum ca_status backup_manifest_add_issuer(
    struct backup_manifest *manifest, const char *name, int64_t number,
    struct ca_error *err);
CA_MUST_USE enum ca_status backup_manifest_add_file(
    struct backup_manifest *manifest, const char *name,
    const uint8_t hash[BACKUP_HASH], struct ca_error *err);
CA_MUST_USE enum ca_status backup_manifest_append(
    const struct backup_manifest *manifest, struct ca_buf *ret,
    struct ca_error *err);
/* Strict: what is taken is what backup_manifest_append() writes. CA_MALFORMED,
 * CA_REFUSED for a newer version. */
CA_MUST_USE enum ca_status backup_manifest_parse(
    struct ca_bytes text, struct backup_manifest *ret, struct ca_error *err);
void backup_manifest_done(struct backup_manifest *manifest);

/* A member that a backup may have, of this size, is the home's: ledger.db,
 * keys/, policies/, crl/, log/. CA_REFUSED, naming what is wrong. */
CA_MUST_USE enum ca_status backup_check_member(
    const struct archive_member *member, struct ca_error *err);
/* The most octets that a file of this folder ("keys") has. */
int64_t backup_most(const char *folder);

#endif
