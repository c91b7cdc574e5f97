/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The home's files: who may read and write them, and whether the policies are
 * some. */
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/doctor_part.h"
#include "cli/home.h"

#define FILES_MAX 10000

static bool
ends_with(const char *name, const char *end)
{
	size_t len = strlen(name), tail = strlen(end);

	return len > tail && strcmp(name + len - tail, end) == 0;
}

/* Calls fn with "folder/name" of each file whose name ends so. */
static void
each_file(struct doctor *doctor, const char *folder, const char *end,
    void (*fn)(struct doctor *doctor, const char *part))
{
	struct ca_buf path = {0};
	struct text part = {0};
	struct dirent **entries = NULL;
	int count = scandir(
	    doctor_path(&path, doctor, folder), &entries, NULL, alphasort);

	for (int i = 0; i < count; i++) {
		if (i < FILES_MAX && ends_with(entries[i]->d_name, end)) {
			text_done(&part);
			text_add(&part, "%s/%s", folder, entries[i]->d_name);
			fn(doctor, text_get(&part));
		}
		free(entries[i]);
	}
	free(entries);
	text_done(&part);
	ca_buf_free(&path);
}

/* ---- modes and owners ---- */

struct guarded {
	const char *part;      /* "": the home itself */
	mode_t refused, wants; /* bits that others must not have; chmod's */
	enum doctor_severity severity;
};

static void
say_mode(struct doctor *doctor, const struct guarded *guarded, mode_t mode)
{
	struct doctor_finding f = {.kind = DOCTOR_PERMISSIONS,
	    .severity = guarded->severity,
	    .rule = "a home is its owner's alone: folders 0700, files 0600"};

	text_add(&f.subject, "%s",
	    guarded->part[0] != '\0' ? guarded->part : "home");
	text_add(&f.what, "mode %04o lets others in", (unsigned)mode & 07777);
	text_add(&f.command, "chmod %o ", (unsigned)guarded->wants);
	doctor_add_path(&f.command, doctor, guarded->part);
	doctor_say(doctor, &f);
}

static void
say_owner(struct doctor *doctor, const char *part, uid_t owner, uid_t wanted)
{
	struct doctor_finding f = {.kind = DOCTOR_PERMISSIONS,
	    .severity = DOCTOR_BAD,
	    .rule = "a home is its owner's alone"};

	text_add(&f.subject, "%s", part);
	text_add(&f.what,
	    "belongs to user %lu, and the home to user %lu: used as root?",
	    (unsigned long)owner, (unsigned long)wanted);
	text_add(&f.command, "chown %lu ", (unsigned long)wanted);
	doctor_add_path(&f.command, doctor, part);
	doctor_say(doctor, &f);
}

static void
check_mode(struct doctor *doctor, const struct guarded *guarded)
{
	struct ca_buf path = {0};
	struct stat info, home;
	const char *at = guarded->part[0] != '\0' ?
	    doctor_path(&path, doctor, guarded->part) :
	    doctor->home;

	if (stat(at, &info) == 0 && stat(doctor->home, &home) == 0) {
		if ((info.st_mode & guarded->refused) != 0)
			say_mode(doctor, guarded, info.st_mode);
		if (info.st_uid != home.st_uid)
			say_owner(
			    doctor, guarded->part, info.st_uid, home.st_uid);
	}
	ca_buf_free(&path);
}

static void
check_key_mode(struct doctor *doctor, const char *part)
{
	const struct guarded guarded = {part, 077, 0600, DOCTOR_BAD};

	check_mode(doctor, &guarded);
}

static void
check_policy_mode(struct doctor *doctor, const char *part)
{
	const struct guarded guarded = {part, 022, 0600, DOCTOR_SOON};

	check_mode(doctor, &guarded);
}

/* Lists, certificates and policies are no secret; who may write a policy
 * decides what is signed. */
void
doctor_check_modes(struct doctor *doctor)
{
	static const struct guarded fixed[] = {
	    {"", 077, 0700, DOCTOR_BAD},
	    {"keys", 077, 0700, DOCTOR_BAD},
	    {"policies", 022, 0700, DOCTOR_SOON},
	    {"crl", 022, 0700, DOCTOR_SOON},
	    {"issued", 022, 0700, DOCTOR_SOON},
	    {"ledger.db", 077, 0600, DOCTOR_SOON},
	    {"ledger.db-wal", 077, 0600, DOCTOR_SOON},
	    {"ledger.db-shm", 077, 0600, DOCTOR_SOON},
	    {"ledger.db.lock", 077, 0600, DOCTOR_SOON},
	};

	for (size_t i = 0; i < sizeof(fixed) / sizeof(fixed[0]); i++)
		check_mode(doctor, &fixed[i]);
	each_file(doctor, "keys", ".key", check_key_mode);
	each_file(doctor, "issued", ".key", check_key_mode);
	each_file(doctor, "policies", ".policy", check_policy_mode);
}

/* ---- policies ---- */

static void
check_policy(struct doctor *doctor, const char *part)
{
	struct doctor_finding f = {.kind = DOCTOR_POLICY,
	    .severity = DOCTOR_BAD,
	    .rule = "docs/policy.md"};
	const char *file = strchr(part, '/') + 1;
	struct ca_policy *policy = NULL;
	struct ca_error why = {0};
	char name[256] = "";
	enum ca_status st;

	(void)strncpy(name, file, sizeof(name) - 1);
	if (ends_with(name, ".policy"))
		name[strlen(name) - strlen(".policy")] = '\0';
	st = home_policy(doctor->home, name, &policy, &why);
	ca_policy_free(policy);
	if (st == CA_OK)
		return;
	text_add(&f.subject, "%s", part);
	text_add(&f.what, "%s", why.msg);
	text_add(&f.command, "\"${EDITOR:-vi}\" ");
	doctor_add_path(&f.command, doctor, part);
	doctor_say(doctor, &f);
}

void
doctor_check_policies(struct doctor *doctor)
{
	each_file(doctor, "policies", ".policy", check_policy);
}
