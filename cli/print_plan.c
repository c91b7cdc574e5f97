/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "cli/print.h"

#define ORIGIN 8 /* columns */
#define FIELD (2 + ORIGIN + 1)

static const char *const origins[] = {
    [CA_FROM_REQUEST] = "request",
    [CA_FROM_POLICY] = "policy",
    [CA_FROM_ISSUER] = "issuer",
    [CA_FROM_OPTION] = "option",
    [CA_FROM_SIGNET] = "signet",
    [CA_DROPPED] = "dropped",
};

/* "policy  field: value (why)", the reason on a line of its own where one
 * line of 79 columns does not hold it. */
static void
add_note(struct text *text, const struct ca_note *note, bool colour)
{
	bool dropped = note->origin == CA_DROPPED;
	struct text value = {0};
	size_t used;

	text_add_safe(&value, ca_view(&note->text));
	used = 2 + ORIGIN + 1 + strlen(note->field) + 2 + value.buf.len + 3 +
	    strlen(note->why);
	text_add(text,
	    "  %s%-*s%s %s:", dropped ? term_yellow(colour) : term_dim(colour),
	    ORIGIN, origins[note->origin], term_plain(colour), note->field);
	if (note->why[0] == '\0' || used > 79)
		text_add_wrapped(text, text_get(&value),
		    FIELD + strlen(note->field) + 1, FIELD);
	else
		text_add(text, " %s ", text_get(&value));
	if (note->why[0] != '\0') {
		if (used > 79)
			text_add(text, "%*s", FIELD, "");
		text_add(text, "%s(", term_dim(colour));
		text_add_safe(text, ca_text(note->why));
		text_add(text, ")%s\n", term_plain(colour));
	}
	text_done(&value);
}

static void
add_notes(
    struct text *text, const struct ca_grant *grant, bool dropped, bool colour)
{
	for (size_t i = 0; i < grant->note_count; i++)
		if ((grant->notes[i].origin == CA_DROPPED) == dropped)
			add_note(text, &grant->notes[i], colour);
}

static bool
has_dropped(const struct ca_grant *grant)
{
	for (size_t i = 0; i < grant->note_count; i++)
		if (grant->notes[i].origin == CA_DROPPED)
			return true;
	return false;
}

void
print_plan(struct text *text, const struct issued *plan,
    const struct signer *signer, bool colour)
{
	struct ca_cert *cert = calloc(1, sizeof(*cert));

	if (cert == NULL ||
	    ca_cert_parse_tbs(ca_view(&plan->tbs), cert, NULL) != CA_OK) {
		text_status(text, CA_INTERNAL);
		free(cert);
		return;
	}
	text_add(text, "%sThe certificate that %s would sign%s\n",
	    term_bold(colour), signer->name, term_plain(colour));
	print_cert(text, cert, colour);
	text_add(text, "%sWhere each field comes from%s\n", term_bold(colour),
	    term_plain(colour));
	add_notes(text, &plan->grant, false, colour);
	text_add(text, "%sAsked for and dropped%s%s\n", term_bold(colour),
	    term_plain(colour), has_dropped(&plan->grant) ? "" : ": nothing");
	add_notes(text, &plan->grant, true, colour);
	free(cert);
}

json_t *
print_plan_json(const struct issued *plan, const struct signer *signer)
{
	struct ca_cert *cert = calloc(1, sizeof(*cert));
	json_t *object = json_object(), *fields = json_array();

	json_put_text(object, "signer", signer->name);
	json_put_bytes(object, "policy", ca_view(&plan->policy->name));
	json_put_hex(
	    object, "policySha256", (struct ca_bytes){plan->policy->hash, 32});
	if (cert != NULL &&
	    ca_cert_parse_tbs(ca_view(&plan->tbs), cert, NULL) == CA_OK)
		(void)json_object_set_new(
		    object, "certificate", print_cert_json(cert));
	for (size_t i = 0; i < plan->grant.note_count; i++) {
		const struct ca_note *note = &plan->grant.notes[i];
		json_t *field = json_object();

		json_put_text(field, "field", note->field);
		json_put_text(field, "from", origins[note->origin]);
		json_put_bytes(field, "value", ca_view(&note->text));
		json_put_text(field, "why", note->why);
		(void)json_array_append_new(fields, field);
	}
	(void)json_object_set_new(object, "fields", fields);
	free(cert);
	return object;
}
