/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What was found, for people, programs, and Prometheus. */
#include <string.h>

#include "cli/doctor_part.h"
#include "cli/term.h"

#define INDENT 5 /* of "BAD  " */

/* ---- a line ---- */

/* --home, as it was given, behind "signet". */
static void
add_command(struct text *text, const char *command, const char *home)
{
	static const char signet[] = "signet ";

	if (strncmp(command, signet, strlen(signet)) == 0 && home != NULL &&
	    strstr(command, " --home ") == NULL) {
		text_add(text, "%s--home ", signet);
		text_add_shell(text, home);
		command += strlen(signet) - 1;
	}
	text_add(text, "%s", command);
}

static void
add_line(struct text *text, struct doctor_finding *finding, const char *home)
{
	const char *command = text_get(&finding->command);

	text_add(text, "%s: %s", text_get(&finding->subject),
	    text_get(&finding->what));
	if (finding->rule != NULL)
		text_add(text, " (%s)", finding->rule);
	if (finding->accepted)
		text_add(text, ", accepted");
	if (command[0] != '\0')
		text_add(text, ": ");
	add_command(text, command, home);
}

static const char *
colour_of(enum doctor_severity severity, bool colour)
{
	return severity == DOCTOR_BAD ? term_red(colour) :
	    severity == DOCTOR_SOON   ? term_yellow(colour) :
					term_dim(colour);
}

static void
print_one(struct text *text, struct doctor_finding *finding,
    const struct doctor_page *page)
{
	static const char *const words[DOCTOR_SEVERITIES] = {
	    "NOTE", "SOON", "BAD "};
	struct text line = {0}, safe = {0};

	text_add(text, "%s%s%s ", colour_of(finding->severity, page->colour),
	    words[finding->severity], term_plain(page->colour));
	add_line(&line, finding, page->home);
	text_add_safe(&safe, ca_text(text_get(&line)));
	text_status(text, line.status);
	text_status(text, safe.status);
	if (page->wrapped)
		text_add_wrapped(text, text_get(&safe), INDENT, INDENT);
	else
		text_add(text, "%s\n", text_get(&safe));
	text_done(&line);
	text_done(&safe);
}

void
doctor_print(const struct doctor *doctor, const struct doctor_page *page,
    struct text *text)
{
	const size_t notes = doctor_count(doctor, DOCTOR_NOTE);

	for (size_t i = 0; i < doctor->count; i++)
		if (page->notes || doctor->findings[i].severity != DOCTOR_NOTE)
			print_one(text, &doctor->findings[i], page);
	if (page->notes)
		text_add(text, "%zu bad, %zu soon, %zu note%s\n",
		    doctor_count(doctor, DOCTOR_BAD),
		    doctor_count(doctor, DOCTOR_SOON), notes,
		    notes == 1 ? "" : "s");
}

/* ---- JSON ---- */

static json_t *
one_json(struct doctor_finding *finding, const char *home)
{
	json_t *object = json_object();
	struct text command = {0};

	json_put_text(
	    object, "severity", doctor_severity_name(finding->severity));
	json_put_text(object, "kind", doctor_kind_name(finding->kind));
	json_put_text(object, "subject", text_get(&finding->subject));
	json_put_text(object, "what", text_get(&finding->what));
	json_put_text(object, "rule", finding->rule);
	add_command(&command, text_get(&finding->command), home);
	if (command.buf.len > 0)
		json_put_text(object, "command", text_get(&command));
	if (finding->at != 0)
		json_put_time(object, "at", finding->at);
	if (finding->accepted)
		(void)json_object_set_new(object, "accepted", json_true());
	text_done(&command);
	return object;
}

json_t *
doctor_json(const struct doctor *doctor, const char *home)
{
	json_t *array = json_array();

	for (size_t i = 0; i < doctor->count; i++)
		(void)json_array_append_new(
		    array, one_json(&doctor->findings[i], home));
	return array;
}

/* ---- metrics ---- */

static void
add_head(struct text *text, const char *name, const char *help)
{
	text_add(text, "# HELP %s %s\n# TYPE %s gauge\n", name, help, name);
}

static void
add_counts(struct text *text, const struct doctor *doctor)
{
	size_t counts[DOCTOR_KINDS][DOCTOR_SEVERITIES] = {{0}};

	for (size_t i = 0; i < doctor->count; i++)
		counts[doctor->findings[i].kind]
		      [doctor->findings[i].severity]++;
	add_head(text, "signet_doctor_findings",
	    "What signet doctor found, by kind and severity.");
	for (int kind = 0; kind < DOCTOR_KINDS; kind++)
		for (int severity = 0; severity < DOCTOR_SEVERITIES; severity++)
			text_add(text,
			    "signet_doctor_findings{kind=\"%s\",severity=\"%"
			    "s\"} "
			    "%zu\n",
			    doctor_kind_name((enum doctor_kind)kind),
			    doctor_severity_name(
				(enum doctor_severity)severity),
			    counts[kind][severity]);
}

/* An alert on a time stays true while nobody runs the doctor. */
void
doctor_metrics(const struct doctor *doctor, struct text *text)
{
	add_counts(text, doctor);
	if (doctor->end_count > 0)
		add_head(text, "signet_doctor_expiry_seconds",
		    "Seconds until it ends, as of the examination; below 0: "
		    "since it ended.");
	for (size_t i = 0; i < doctor->end_count; i++)
		text_add(text,
		    "signet_doctor_expiry_seconds{type=\"%s\",authority=\"%s\"}"
		    " "
		    "%lld\n",
		    doctor->ends[i].type, doctor->ends[i].name,
		    (long long)(doctor->ends[i].at - doctor->now));
	add_head(text, "signet_doctor_examined_timestamp_seconds",
	    "When that was, in Unix seconds.");
	text_add(text, "signet_doctor_examined_timestamp_seconds %lld\n",
	    (long long)doctor->now);
}
