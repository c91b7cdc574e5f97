/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/doctor.h"

#include <stdlib.h>
#include <string.h>

#include "ca/time.h"
#include "cli/doctor_part.h"
#include "cli/home.h"
#include "cli/world.h"

static const char *const kind_names[DOCTOR_KINDS] = {
    [DOCTOR_PERMISSIONS] = "permissions",
    [DOCTOR_DISK] = "disk",
    [DOCTOR_LIBRARY] = "library",
    [DOCTOR_POLICY] = "policy",
    [DOCTOR_LEDGER] = "ledger",
    [DOCTOR_CLOCK] = "clock",
    [DOCTOR_ORPHANS] = "orphan",
    [DOCTOR_KEY_MISSING] = "key-missing",
    [DOCTOR_KEY_ALTERED] = "key-altered",
    [DOCTOR_KEY_PLAIN] = "key-plain",
    [DOCTOR_AUTHORITY_END] = "authority-end",
    [DOCTOR_CRL] = "crl",
    [DOCTOR_CRL_COPY] = "crl-copy",
    [DOCTOR_CRL_POINT] = "crl-point",
    [DOCTOR_CRL_SERVED] = "crl-served",
    [DOCTOR_RESPONDER] = "responder",
    [DOCTOR_CERTIFICATE_END] = "certificate-end",
    [DOCTOR_OUTLIVES] = "outlives-issuer",
    [DOCTOR_CHECKPOINT_AGE] = "checkpoint",
};

static const struct {
	void (*run)(struct doctor *doctor);
	bool needs_ledger;
} checks[] = {
    {doctor_check_modes, false},
    {doctor_check_disk, false},
    {doctor_check_library, false},
    {doctor_check_policies, false},
    {doctor_check_pages, true},
    {doctor_check_clock, true},
    {doctor_check_orphans, true},
    {doctor_check_log, true},
    {doctor_check_keys, true},
    {doctor_check_authorities, true},
    {doctor_check_lists, true},
    {doctor_check_copies, true},
    {doctor_check_points, true},
    {doctor_check_served, true},
    {doctor_check_responders, true},
    {doctor_check_certificates, true},
    {doctor_check_outlives, true},
};

const char *
doctor_kind_name(enum doctor_kind kind)
{
	return kind_names[kind];
}

const char *
doctor_severity_name(enum doctor_severity severity)
{
	static const char *const names[DOCTOR_SEVERITIES] = {
	    "note", "soon", "bad"};

	return names[severity];
}

size_t
doctor_count(const struct doctor *doctor, enum doctor_severity severity)
{
	size_t count = 0;

	for (size_t i = 0; i < doctor->count; i++)
		count += doctor->findings[i].severity == severity;
	return count;
}

/* ---- telling ---- */

static void
out_of_memory(struct doctor *doctor)
{
	if (doctor->status == CA_OK)
		doctor->status = ca_fail(
		    &doctor->why, CA_MEMORY, "out of memory");
}

static void *
make_room(
    struct doctor *doctor, void *list, size_t size, size_t count, size_t *room)
{
	size_t more = *room == 0 ? 16 : *room * 2;
	void *ret;

	if (count < *room)
		return list;
	if ((ret = reallocarray(list, more, size)) == NULL)
		out_of_memory(doctor);
	else
		*room = more;
	return ret;
}

static void
finding_done(struct doctor_finding *finding)
{
	text_done(&finding->subject);
	text_done(&finding->what);
	text_done(&finding->command);
}

/* "crl-copy", or "key-missing:root". */
static bool
is_accepted(const struct doctor *doctor, struct doctor_finding *finding)
{
	const char *kind = doctor_kind_name(finding->kind);
	const size_t len = strlen(kind);

	for (size_t i = 0; i < doctor->accept_count; i++) {
		const char *word = doctor->accept[i];

		if (strncmp(word, kind, len) == 0 &&
		    (word[len] == '\0' ||
			(word[len] == ':' &&
			    strcmp(word + len + 1,
				text_get(&finding->subject)) == 0)))
			return true;
	}
	return false;
}

void
doctor_say(struct doctor *doctor, struct doctor_finding *finding)
{
	void *list;

	if (finding->subject.status != CA_OK || finding->what.status != CA_OK ||
	    finding->command.status != CA_OK)
		out_of_memory(doctor);
	list = make_room(doctor, doctor->findings, sizeof(*doctor->findings),
	    doctor->count, &doctor->room);
	if (list == NULL) {
		finding_done(finding);
		return;
	}
	doctor->findings = list;
	if (finding->severity != DOCTOR_NOTE && is_accepted(doctor, finding)) {
		finding->severity = DOCTOR_NOTE;
		finding->accepted = true;
	}
	finding->order = doctor->count;
	doctor->findings[doctor->count++] = *finding;
}

void
doctor_ends(
    struct doctor *doctor, const char *type, const char *name, int64_t at)
{
	struct doctor_end *end;
	void *list = make_room(doctor, doctor->ends, sizeof(*doctor->ends),
	    doctor->end_count, &doctor->end_room);

	if (list == NULL)
		return;
	doctor->ends = list;
	end = &doctor->ends[doctor->end_count++];
	*end = (struct doctor_end){.type = type, .at = at};
	(void)strncpy(end->name, name, sizeof(end->name) - 1);
}

/* Once: what is told of it later has the same cause. */
static void
say_unreadable(struct doctor *doctor, const char *why)
{
	static const char who[] = "ledger: ";
	struct doctor_finding f = {.kind = DOCTOR_LEDGER,
	    .severity = DOCTOR_BAD,
	    .rule = "SQLite quick_check"};

	for (size_t i = 0; i < doctor->count; i++)
		if (doctor->findings[i].kind == DOCTOR_LEDGER)
			return;
	text_add(&f.subject, "ledger");
	text_add(&f.what, "%s",
	    strncmp(why, who, strlen(who)) == 0 ? why + strlen(who) : why);
	text_add(&f.command, "signet audit");
	doctor_say(doctor, &f);
}

bool
doctor_took(
    struct doctor *doctor, enum ca_status st, const struct ca_error *why)
{
	if (st == CA_OK)
		return true;
	if (st != CA_MEMORY && st != CA_BUSY)
		say_unreadable(doctor, why->msg);
	else if (doctor->status == CA_OK)
		doctor->status = ca_fail(&doctor->why, st, "%s",
		    why->msg[0] != '\0' ? why->msg : "out of memory");
	return false;
}

int64_t
doctor_soon(const struct doctor *doctor, int64_t usual, int64_t lifetime)
{
	if (doctor->within != 0)
		return doctor->within;
	return lifetime / DOCTOR_LAST_PART < usual ?
	    lifetime / DOCTOR_LAST_PART :
	    usual;
}

void
doctor_add_time(struct text *text, int64_t time)
{
	char when[CA_TIME_TEXT];

	ca_time_text(time, when);
	text_add(text, "%s", when);
}

const char *
doctor_path(struct ca_buf *buf, const struct doctor *doctor, const char *part)
{
	const char *path;

	ca_buf_clear(buf);
	if (home_path(doctor->home, part, buf) != CA_OK ||
	    (path = ca_buf_text(buf)) == NULL)
		return "";
	return path;
}

void
doctor_add_path(
    struct text *text, const struct doctor *doctor, const char *part)
{
	struct ca_buf path = {0};

	text_add_shell(text,
	    part[0] == '\0' ? doctor->home : doctor_path(&path, doctor, part));
	ca_buf_free(&path);
}

struct ledger *
doctor_ledger(const struct doctor *doctor)
{
	return authority_ledger(doctor->a);
}

/* ---- the authorities ---- */

static enum ca_status
take_authority(void *ctx, const struct ledger_authority *row)
{
	struct doctor *doctor = ctx;
	struct doctor_authority *to;
	enum ca_status st;

	if (row->certificate == 0 ||
	    doctor->authority_count == DOCTOR_AUTHORITIES)
		return CA_OK;
	to = &doctor->authorities[doctor->authority_count++];
	*to = (struct doctor_authority){.id = row->id,
	    .parent = row->parent,
	    .certificate = row->certificate,
	    .not_before = row->not_before,
	    .not_after = row->not_after};
	(void)strncpy(to->name, row->name, sizeof(to->name) - 1);
	if (row->spki_hash.len == sizeof(to->spki_hash))
		memcpy(
		    to->spki_hash, row->spki_hash.data, sizeof(to->spki_hash));
	for (size_t i = 0; i < doctor->authority_count; i++)
		if (doctor->authorities[i].id == row->parent)
			doctor->authorities[i].has_child = true;
	st = ca_buf_append_text(&to->key_ref, row->key_ref);
	if (st == CA_OK)
		st = ca_buf_append_text(&to->subject, row->subject);
	if (st == CA_OK &&
	    (ca_buf_text(&to->key_ref) == NULL ||
		ca_buf_text(&to->subject) == NULL))
		st = CA_MEMORY;
	return st;
}

static void
load_authorities(struct doctor *doctor)
{
	struct ca_error why = {0};
	enum ca_status st;

	doctor->authorities = calloc(
	    DOCTOR_AUTHORITIES, sizeof(*doctor->authorities));
	if (doctor->authorities == NULL) {
		out_of_memory(doctor);
		return;
	}
	st = ledger_each_authority(
	    doctor_ledger(doctor), take_authority, doctor, &why);
	if (!doctor_took(doctor, st, &why))
		return;
	for (size_t i = 0; i < doctor->authority_count; i++)
		doctor->authorities[i].revoked = authority_check_standing(
						     doctor->a,
						     doctor->authorities[i].id,
						     NULL) == CA_REFUSED;
}

/* ---- all of it ---- */

static enum ca_status
check_accept(const struct doctor *doctor, struct ca_error *err)
{
	for (size_t i = 0; i < doctor->accept_count; i++) {
		const char *word = doctor->accept[i];
		const size_t len = strcspn(word, ":");
		bool known = false;

		for (int k = 0; k < DOCTOR_KINDS; k++)
			known = known ||
			    (strlen(kind_names[k]) == len &&
				strncmp(word, kind_names[k], len) == 0);
		if (!known)
			return ca_fail(err, CA_USAGE,
			    "--accept %.60s: there is no such kind of finding: "
			    "say one that `signet doctor --json` names, as "
			    "key-missing or key-missing:root",
			    word);
	}
	return CA_OK;
}

static void
open_ledger(struct doctor *doctor)
{
	const struct authority_options options = {.home = doctor->home,
	    .wait_ms = doctor->wait_ms,
	    .looks_only = true};
	struct ca_error why = {0};
	enum ca_status st = authority_open(&options, &doctor->a, &why);

	if (doctor_took(doctor, st, &why) &&
	    doctor_took(
		doctor, authority_check_founded(doctor->a, &why), &why)) {
		load_authorities(doctor);
		return;
	}
	authority_close(doctor->a);
	doctor->a = NULL;
}

static int
compare(const void *left, const void *right)
{
	const struct doctor_finding *a = left, *b = right;

	if (a->severity != b->severity)
		return a->severity > b->severity ? -1 : 1;
	if (a->at != b->at)
		return a->at < b->at ? -1 : 1;
	return a->order < b->order ? -1 : 1;
}

enum ca_status
doctor_examine(struct doctor *doctor, struct ca_error *err)
{
	const struct world *world = world_real();
	struct ca_error why = {0};
	enum ca_status st = check_accept(doctor, err);

	if (st != CA_OK)
		return st;
	/* A mode that lets others in is found below. */
	st = home_check(doctor->home, &why);
	if (st != CA_OK && st != CA_REFUSED)
		return ca_fail(err, st, "%s", why.msg);
	doctor->now = world->now(world->ctx);
	open_ledger(doctor);
	for (size_t i = 0; i < sizeof(checks) / sizeof(checks[0]); i++)
		if (doctor->status == CA_OK &&
		    (doctor->a != NULL || !checks[i].needs_ledger))
			checks[i].run(doctor);
	if (doctor->status != CA_OK)
		return ca_fail(err, doctor->status, "%s", doctor->why.msg);
	if (doctor->count > 1)
		qsort(doctor->findings, doctor->count,
		    sizeof(*doctor->findings), compare);
	return CA_OK;
}

void
doctor_done(struct doctor *doctor)
{
	for (size_t i = 0; i < doctor->count; i++)
		finding_done(&doctor->findings[i]);
	for (size_t i = 0; i < doctor->authority_count; i++) {
		ca_buf_free(&doctor->authorities[i].key_ref);
		ca_buf_free(&doctor->authorities[i].subject);
	}
	free(doctor->findings);
	free(doctor->ends);
	free(doctor->authorities);
	authority_close(doctor->a);
	*doctor = (struct doctor){0};
}
