/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The files of the home that the ledger knows: keys/, and crl/. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/authority_audit.h"
#include "cli/file.h"
#include "cli/home.h"
#include "cli/text.h"

#define KEY_FILE_MAX ((size_t)64 * 1024)
/* More files than a home has. */
#define FILES_MAX 100000

static bool
ends_with(const char *name, const char *end)
{
	size_t len = strlen(name), tail = strlen(end);

	return len > tail && strcmp(name + len - tail, end) == 0;
}

static bool
hash_is(const struct ca_buf *content, struct ca_bytes expected)
{
	uint8_t hash[LEDGER_HASH_LEN];

	return authority_hash(ca_view(content), hash, NULL) == CA_OK &&
	    ca_bytes_equal(expected, (struct ca_bytes){hash, sizeof(hash)});
}

/* ---- keys ---- */

/* Calls fn with the path of every file of a folder whose name ends so. */
static enum ca_status
each_file(struct audit *audit, const char *folder, const char *end,
    enum ca_status (*fn)(
	struct audit *audit, const char *ref, const char *name))
{
	struct ca_buf path = {0}, ref = {0};
	struct dirent **entries = NULL;
	enum ca_status st = home_path(audit->a->path, folder, &path);
	int count = -1;

	if (st == CA_OK && ca_buf_text(&path) != NULL)
		count = scandir(ca_buf_text(&path), &entries, NULL, alphasort);
	for (int i = 0; i < count; i++) {
		const char *name = entries[i]->d_name;

		if (st == CA_OK && i < FILES_MAX && ends_with(name, end)) {
			ca_buf_clear(&ref);
			st = ca_buf_printf(&ref, "%s/%s", folder, name);
			if (st == CA_OK)
				st = fn(audit, ca_buf_text(&ref), name);
		}
		free(entries[i]);
	}
	free(entries);
	ca_buf_free(&path);
	ca_buf_free(&ref);
	return st;
}

/* CA_NOT_FOUND when it is not there. */
static enum ca_status
read_file(struct audit *audit, const char *ref, bool secret,
    struct ca_buf *content, struct ca_error *err)
{
	struct ca_buf path = {0};
	enum ca_status st = home_path(audit->a->path, ref, &path);

	if (st == CA_OK && ca_buf_text(&path) != NULL)
		st = secret ? file_read_secret(ca_buf_text(&path), KEY_FILE_MAX,
				  content, err) :
			      file_read_regular(ca_buf_text(&path),
				  FILE_MAX_READ, content, err);
	ca_buf_free(&path);
	return st;
}

static bool
is_authoritys(const char *ref)
{
	return strncmp(ref, "keys/", 5) == 0;
}

static void
say_altered(struct audit *audit, const char *ref, bool own)
{
	struct text line = {0};

	text_add(&line, "is not the file that was written; ");
	if (own)
		text_add(&line,
		    "put it back from a backup, or, when another program gave "
		    "it a passphrase, say `signet key passphrase %.*s`",
		    (int)(strlen(ref) - strlen("keys/.key")),
		    ref + strlen("keys/"));
	else
		text_add(&line, "`signet key passphrase` records it");
	audit_say(
	    audit, own ? AUDIT_FAULT : AUDIT_NOTE, 0, ref, text_get(&line));
	text_done(&line);
}

/*
 * An authority's key must be as it was written, or is kept elsewhere. Another
 * key is its owner's: to take it away or to give it another passphrase is
 * nothing to tell of, or to note.
 */
static enum ca_status
check_key_file(void *ctx, const struct ledger_key_file *row)
{
	bool own = is_authoritys(row->ref);
	struct audit *audit = ctx;
	struct ca_buf content = {0};
	struct ca_error inner = {0};
	enum ca_status st = read_file(audit, row->ref, own, &content, &inner);

	if (st == CA_NOT_FOUND && own)
		audit_say(audit, AUDIT_NOTE, 0, row->ref,
		    "is not here: kept elsewhere, or lost?");
	else if (st != CA_OK && own)
		audit_say(audit, AUDIT_FAULT, 0, NULL, inner.msg);
	else if (st == CA_OK && !hash_is(&content, row->hash))
		say_altered(audit, row->ref, own);
	ca_buf_free(&content);
	return CA_OK;
}

static enum ca_status
check_known(struct audit *audit, const char *ref, const char *name)
{
	struct ca_buf hash = {0};
	enum ca_status st = ledger_get_key_file(
	    audit->a->ledger, ref, &hash, NULL);

	(void)name;
	ca_buf_free(&hash);
	if (st == CA_NOT_FOUND)
		audit_say(audit, AUDIT_NOTE, 0, ref, "is no authority's key");
	return st == CA_NOT_FOUND ? CA_OK : st;
}

/* ---- CRLs ---- */

/* A row that is what the file is. */
struct match {
	struct audit *audit;
	const char *name; /* the file's */
	int64_t id, issuer, number, point, base;
	bool named; /* and is called so */
};

static enum ca_status
take_row(void *ctx, const struct ledger_crl *row)
{
	struct match *match = ctx;

	match->id = row->id;
	match->issuer = row->issuer;
	match->number = row->number;
	match->point = row->point;
	match->base = row->base;
	return CA_OK;
}

static enum ca_status
compare_name(void *ctx, const char *name, const struct ledger_crl *row)
{
	struct match *match = ctx;
	size_t len = strlen(name);

	if (row->id == match->id && strncmp(name, match->name, len) == 0 &&
	    strcmp(match->name + len, ".crl") == 0)
		match->named = true;
	return CA_OK;
}

static enum ca_status
take_number(void *ctx, const struct ledger_crl *row)
{
	*(int64_t *)ctx = row->number;
	return CA_OK;
}

static void
check_newest(struct audit *audit, const char *ref, const struct match *match)
{
	const struct ledger_crl_query query = {.issuer = match->issuer,
	    .point = match->point,
	    .kind = match->base > 0 ? LEDGER_CRL_DELTA : LEDGER_CRL_FULL,
	    .without_der = true};
	int64_t newest = match->number;
	char what[120];

	if (ledger_find_crl(audit->a->ledger, &query, take_number, &newest,
		NULL) != CA_OK ||
	    newest == match->number)
		return;
	(void)snprintf(what, sizeof(what),
	    "is CRL %lld; the newest is %lld: publish again (signet crl --all)",
	    (long long)match->number, (long long)newest);
	audit_say(audit, AUDIT_NOTE, 0, ref, what);
}

static enum ca_status
check_crl(struct audit *audit, const char *ref, const char *name)
{
	struct match match = {.audit = audit, .name = name};
	const struct signer *signer;
	struct ca_buf content = {0};
	struct ca_error inner = {0};
	uint8_t hash[LEDGER_HASH_LEN];
	enum ca_status st = read_file(audit, ref, false, &content, &inner);

	if (st == CA_OK)
		st = authority_hash(ca_view(&content), hash, &inner);
	if (st == CA_OK)
		st = ledger_each_crl_hashed(audit->a->ledger,
		    (struct ca_bytes){hash, sizeof(hash)}, take_row, &match,
		    &inner);
	ca_buf_free(&content);
	if (st != CA_OK) {
		audit_say(audit, AUDIT_FAULT, 0, ref, inner.msg);
		return CA_OK;
	}
	signer = audit_signer(audit, match.issuer);
	if (signer != NULL)
		st = authority_each_published(audit->a, signer, match.number,
		    compare_name, &match, &inner);
	if (st != CA_OK || !match.named)
		audit_say(audit, AUDIT_FAULT, 0, ref,
		    match.id == 0 ? "is no CRL that was published here: "
				    "remove it, and publish (signet crl "
				    "--all)" :
				    "is another CRL than its name says: remove "
				    "it, and publish (signet crl --all)");
	else
		check_newest(audit, ref, &match);
	return CA_OK;
}

/* ---- the log ---- */

static void
check_log_key(struct audit *audit)
{
	struct ca_note_key known;
	struct ca_error inner = {0};
	enum ca_status st = authority_log_key(audit->a, &known, &inner);

	if (st == CA_NOT_FOUND)
		return;
	if (st == CA_OK)
		st = authority_log_open(audit->a, NULL, &inner);
	/* One with a passphrase is not opened here. */
	if (st == CA_OK || st == CA_USAGE)
		return;
	audit_say(audit, st == CA_NOT_FOUND ? AUDIT_NOTE : AUDIT_FAULT, 0, NULL,
	    inner.msg);
}

/* A file is there after its row: rows are read behind the files. */
enum ca_status
audit_home(struct audit *audit, struct ca_error *err)
{
	enum ca_status st;

	check_log_key(audit);
	if ((st = ledger_each_key_file(
		 audit->a->ledger, check_key_file, audit, err)) != CA_OK)
		return st;
	if ((st = each_file(audit, "keys", ".key", check_known)) != CA_OK ||
	    (st = each_file(audit, "crl", ".crl", check_crl)) != CA_OK)
		return ca_fail(err, st, "the home's files cannot be looked at");
	return CA_OK;
}
