/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ca/time.h"
#include "cli/cmd.h"
#include "cli/doctor.h"
#include "cli/file.h"
#include "cli/home.h"

static const struct opt options[] = {
    {"within", OPT_TEXT, "TIME",
	"how near an end is soon, whatever ends; else 30d, of an authority "
	"180d, and at most the last third of its life"},
    {"online", OPT_FLAG, NULL,
	"fetch the CRLs from where certificates say they are, too"},
    {"accept", OPT_LIST, "KIND[:SUBJECT]",
	"of such a finding make a note: key-missing:root"},
    {"prometheus", OPT_TEXT, "FILE",
	"write metrics there as well, atomically (textfile collector)"},
    {"json", OPT_FLAG, NULL, "as JSON"}, {0}};

static enum ca_status
take_within(
    const struct invocation *in, struct doctor *doctor, struct ca_error *err)
{
	const char *within = opt_text(&in->opts, "within");

	if (within == NULL)
		return CA_OK;
	if (ca_duration_parse(within, &doctor->within) != CA_OK ||
	    doctor->within == 0)
		return ca_fail(err, CA_USAGE,
		    "--within %.40s: a duration is a count and s, m, h, d, w "
		    "or y: 30d",
		    within);
	return CA_OK;
}

static enum ca_status
take_accept(
    const struct invocation *in, struct doctor *doctor, struct ca_error *err)
{
	const char *word;

	doctor->accept_count = opt_count(&in->opts, "accept");
	doctor->accept = calloc(doctor->accept_count + 1, sizeof(char *));
	if (doctor->accept == NULL)
		return ca_fail(err, CA_MEMORY, "out of memory");
	for (size_t i = 0; (word = opt_item(&in->opts, "accept", i)) != NULL;
	     i++)
		doctor->accept[i] = word;
	return CA_OK;
}

/* Asked before: a doctor that is run for its metrics must leave some. */
static enum ca_status
check_metrics(const struct invocation *in, struct ca_error *err)
{
	const char *path = opt_text(&in->opts, "prometheus");
	enum ca_status st;

	if (path == NULL)
		return CA_OK;
	if (strcmp(path, "-") == 0)
		return ca_fail(err, CA_USAGE,
		    "--prometheus -: findings go to standard output; name a "
		    "file, in the collector's folder");
	if ((st = home_check_output(in->home, path, err)) != CA_OK)
		return st;
	return file_check_writable(path, FILE_REPLACE, err);
}

static enum ca_status
write_metrics(const struct invocation *in, const struct doctor *doctor,
    struct ca_error *err)
{
	const char *path = opt_text(&in->opts, "prometheus");
	struct text text = {0};
	enum ca_status st;

	if (path == NULL)
		return CA_OK;
	doctor_metrics(doctor, &text);
	st = text.status != CA_OK ? ca_fail(err, text.status, "out of memory") :
				    file_write(path, ca_view(&text.buf),
					FILE_PUBLIC, FILE_REPLACE, err);
	text_done(&text);
	return st;
}

static enum ca_status
print(const struct invocation *in, const struct doctor *doctor,
    struct ca_error *err)
{
	const struct doctor_page page = {.home = in->term.home,
	    .colour = in->term.colour_out,
	    .wrapped = isatty(STDOUT_FILENO) == 1,
	    .notes = !in->term.quiet};
	struct text text = {0};

	if (in->json)
		return json_print(
		    "findings", doctor_json(doctor, in->term.home), err);
	doctor_print(doctor, &page, &text);
	return text_print(&text, err);
}

static enum ca_status
verdict(const struct doctor *doctor, struct ca_error *err)
{
	const size_t bad = doctor_count(doctor, DOCTOR_BAD);
	const size_t soon = doctor_count(doctor, DOCTOR_SOON);

	if (bad + soon == 0)
		return CA_OK;
	return ca_fail(err, CA_UNTRUSTED,
	    "doctor: %zu thing%s hurt%s now, %zu soon: run the command behind "
	    "each, or --accept its kind",
	    bad, bad == 1 ? "" : "s", bad == 1 ? "s" : "", soon);
}

static enum ca_status
run(const struct invocation *in, struct ca_error *err)
{
	struct doctor doctor = {.home = in->home,
	    .wait_ms = in->wait_ms,
	    .online = opt_flag(&in->opts, "online")};
	const char **accept;
	enum ca_status st;

	if ((st = take_within(in, &doctor, err)) == CA_OK)
		st = take_accept(in, &doctor, err);
	accept = doctor.accept;
	if (st == CA_OK && (st = check_metrics(in, err)) == CA_OK &&
	    (st = doctor_examine(&doctor, err)) == CA_OK &&
	    (st = write_metrics(in, &doctor, err)) == CA_OK &&
	    (st = print(in, &doctor, err)) == CA_OK)
		st = verdict(&doctor, err);
	doctor_done(&doctor);
	free(accept);
	return st;
}

const struct command cmd_doctor = {
    .name = "doctor",
    .operands = "",
    .summary = "what hurts or will soon, and what mends it",
    .about =
	"Looks at the home without changing it, opens no key and asks for no "
	"passphrase. A line each, worst first: BAD hurts now, SOON will, NOTE "
	"is to know. Exit 0 when there are notes at most, 5 otherwise. Ends of "
	"authorities, CRLs, OCSP responders, and certificates without a "
	"successor; CRLs against where certificates say they are; files' modes "
	"and owners; keys, policies, clock, disk, wolfSSL; SQLite's "
	"quick_check, and orphans. With --quiet notes are not told.",
    .examples = "  signet doctor\n"
		"  signet doctor --quiet --online --accept key-missing:root\n"
		"  signet doctor --json | jq -r '.findings[].command'\n",
    .options = options,
    .max_args = 0,
    .needs = CMD_ONLINE,
    .reads = "/var/lib/dpkg/status",
    .run = run,
};
