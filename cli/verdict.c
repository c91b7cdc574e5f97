/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/verdict.h"

#include <string.h>

#include "ca/crypto.h"
#include "ca/name.h"
#include "ca/time.h"
#include "cli/term.h"

#define ANSWER 11 /* columns of "not asked" and what is between */
#define LABEL 14
#define QUESTIONS 5

/* The five questions in the order they are told. */
struct told {
	const struct ca_finding *finding;
	const char *key;    /* of the JSON, and of what was not asked */
	const char *fault;  /* "not trusted: it ..." */
	struct text phrase; /* "Is it in date?" */
};

/* ---- the questions ---- */

static void
add_name_question(struct text *text, const struct ca_verify_question *ask)
{
	const char *const names[] = {ask->host, ask->ip, ask->email};
	size_t count = 0;

	text_add(text, "Is it for ");
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (names[i] == NULL)
			continue;
		text_add(text, "%s", count++ > 0 ? " and " : "");
		text_add_safe(text, ca_text(names[i]));
	}
	text_add(text, count > 0 ? "?" : "the name I meant?");
}

static const char *
name_of_use(enum ca_purpose purpose)
{
	static const char *const names[CA_PURPOSE_COUNT] = {
	    [CA_PURPOSE_ANY] = "this purpose",
	    [CA_PURPOSE_SERVER] = "a server",
	    [CA_PURPOSE_CLIENT] = "a client",
	    [CA_PURPOSE_EMAIL] = "e-mail",
	    [CA_PURPOSE_CODE] = "signing code",
	    [CA_PURPOSE_TIMESTAMP] = "signing timestamps",
	    [CA_PURPOSE_OCSP] = "signing OCSP answers",
	    [CA_PURPOSE_AUTHORITY] = "signing certificates",
	    [CA_PURPOSE_CRL] = "signing CRLs",
	};

	return names[purpose];
}

static const char *
revocation_fault(const struct ca_verdict *verdict)
{
	if (!verdict->revoked)
		return "whether it has been revoked is not known";
	return verdict->revoked_reason == CA_REASON_CERTIFICATE_HOLD ?
	    "it is on hold" :
	    "it has been revoked";
}

static const char *
trust_fault(const struct ca_verdict *verdict)
{
	return verdict->is_unfit ? "a certificate on the way is not fit" :
				   "nobody trusted vouches for it";
}

static void
tell(const struct ca_verify_question *ask, const struct ca_verdict *verdict,
    struct told told[QUESTIONS])
{
	const struct told each[QUESTIONS] = {
	    {.finding = &verdict->date,
		.key = "date",
		.fault = "it is not in date"},
	    {.finding = &verdict->name,
		.key = "name",
		.fault = "it is for another name"},
	    {.finding = &verdict->trust,
		.key = "trust",
		.fault = trust_fault(verdict)},
	    {.finding = &verdict->purpose,
		.key = "purpose",
		.fault = "it is not for this purpose"},
	    {.finding = &verdict->revocation,
		.key = "revocation",
		.fault = revocation_fault(verdict)},
	};

	memcpy(told, each, sizeof(each));
	text_add(&told[0].phrase, "Is it in date?");
	add_name_question(&told[1].phrase, ask);
	text_add(&told[2].phrase, "Is it signed by someone I trust?");
	text_add(
	    &told[3].phrase, "Is it meant for %s?", name_of_use(ask->purpose));
	text_add(&told[4].phrase, "Is it still good, not revoked?");
}

static void
tell_done(struct told told[QUESTIONS])
{
	for (size_t i = 0; i < QUESTIONS; i++)
		text_done(&told[i].phrase);
}

/* ---- lines ---- */

static void
add_subject(struct text *text, const struct ca_cert *cert)
{
	if (ca_name_is_empty(cert->subject))
		text_add(text, "(a certificate without a name)");
	else
		text_status(
		    text, ca_name_append_text(&text->buf, cert->subject));
}

static void
add_answer(struct text *text, const struct told *told, bool colour)
{
	static const char *const words[] = {
	    [CA_OUTCOME_NOT_ASKED] = "not asked",
	    [CA_OUTCOME_HOLDS] = "yes",
	    [CA_OUTCOME_FAILS] = "NO"};
	const enum ca_outcome outcome = told->finding->outcome;
	struct text phrase = {0}, reason = {0};

	text_add(text, "%s%-*s%s",
	    outcome == CA_OUTCOME_HOLDS     ? term_green(colour) :
		outcome == CA_OUTCOME_FAILS ? term_red(colour) :
					      term_yellow(colour),
	    ANSWER, words[outcome], term_plain(colour));
	text_add_safe(&phrase, ca_view(&told->phrase.buf));
	text_status(&phrase, told->phrase.status);
	text_add(text, "%s", term_bold(colour));
	text_add_wrapped(text, text_get(&phrase), ANSWER, ANSWER);
	text_add(text, "%s%*s", term_plain(colour), ANSWER, "");
	text_status(
	    &reason, ca_finding_append_text(&reason.buf, told->finding));
	text_status(text, reason.status);
	text_add_wrapped(text, text_get(&reason), ANSWER, ANSWER);
	text_done(&phrase);
	text_done(&reason);
}

static void
add_label(struct text *text, const char *name, bool colour)
{
	text_add(text, "%s%-*s%s ", term_dim(colour), LABEL, name,
	    term_plain(colour));
}

static void
add_chain(struct text *text, const struct ca_verdict *verdict, bool colour)
{
	for (size_t i = 0; i < verdict->chain_len; i++) {
		struct text name = {0};

		add_label(text, i == 0 ? "chain" : "", colour);
		add_subject(&name, verdict->chain[i]);
		if (i + 1 == verdict->chain_len)
			text_add(&name,
			    verdict->complete ? " (trusted here)" :
						" (nobody above it is known)");
		text_status(text, name.status);
		text_add_wrapped(text, text_get(&name), LABEL + 1, LABEL + 1);
		text_done(&name);
	}
}

static void
add_head(struct text *text, const struct ca_verify_question *ask, bool colour)
{
	struct text name = {0};
	char when[CA_TIME_TEXT];

	add_label(text, "certificate", colour);
	add_subject(&name, ask->leaf);
	text_status(text, name.status);
	text_add_wrapped(text, text_get(&name), LABEL + 1, LABEL + 1);
	text_done(&name);
	add_label(text, "serial", colour);
	text_add_hex(text, ask->leaf->serial);
	text_add(text, "\n");
	ca_time_text(ask->at, when);
	add_label(text, "judged for", colour);
	text_add(text, "%s\n", when);
}

static void
add_list(struct text *text, const struct told told[QUESTIONS],
    enum ca_outcome outcome, const char *first, const char *next)
{
	size_t count = 0;

	for (size_t i = 0; i < QUESTIONS; i++)
		if (told[i].finding->outcome == outcome)
			text_add(text, "%s%s", count++ > 0 ? next : first,
			    outcome == CA_OUTCOME_FAILS ? told[i].fault :
							  told[i].key);
	if (count > 0 && outcome == CA_OUTCOME_NOT_ASKED)
		text_add(text, ")");
}

void
verdict_line(struct text *text, const struct ca_verdict *verdict, bool colour)
{
	const struct ca_verify_question nothing = {0};
	struct told told[QUESTIONS];
	struct text rest = {0};
	size_t column;

	tell(&nothing, verdict, told);
	text_add(&rest, "%s", verdict->holds ? "trusted" : "not trusted");
	if (verdict->holds)
		add_list(
		    &rest, told, CA_OUTCOME_NOT_ASKED, " (not asked: ", ", ");
	else
		add_list(&rest, told, CA_OUTCOME_FAILS, ": ", "; ");
	text_status(text, rest.status);
	column = sizeof("verdict: ") - 1;
	text_add(text, "%sverdict: ",
	    verdict->holds ? term_green(colour) : term_red(colour));
	text_add_wrapped(text, text_get(&rest), column, column);
	text_add(text, "%s", term_plain(colour));
	text_done(&rest);
	tell_done(told);
}

void
verdict_faults(struct text *lines, const struct ca_verdict *verdict)
{
	const struct ca_verify_question nothing = {0};
	struct told told[QUESTIONS];

	tell(&nothing, verdict, told);
	add_list(lines, told, CA_OUTCOME_FAILS, "", "\n");
	if (!verdict->holds)
		text_add(lines, "\n");
	tell_done(told);
}

void
verdict_answers(struct text *text, const struct ca_verify_question *ask,
    const struct ca_verdict *verdict, bool colour)
{
	struct told told[QUESTIONS];

	add_head(text, ask, colour);
	add_chain(text, verdict, colour);
	text_add(text, "\n");
	tell(ask, verdict, told);
	for (size_t i = 0; i < QUESTIONS; i++)
		add_answer(text, &told[i], colour);
	tell_done(told);
}

void
verdict_print(struct text *text, const struct ca_verify_question *ask,
    const struct ca_verdict *verdict, bool colour)
{
	verdict_answers(text, ask, verdict, colour);
	text_add(text, "\n");
	verdict_line(text, verdict, colour);
}

/* ---- JSON ---- */

static void
put_subject(json_t *object, const char *key, struct ca_bytes dn)
{
	struct text text = {0};

	text_status(&text, ca_name_append_text(&text.buf, dn));
	json_put_text(object, key, text_get(&text));
	text_done(&text);
}

static void
put_hash(json_t *object, const char *key, struct ca_bytes der)
{
	uint8_t hash[CA_HASH_MAX] = {0};

	if (ca_hash_bytes(CA_HASH_SHA256, der, hash, NULL) == CA_OK)
		json_put_hex(object, key, (struct ca_bytes){hash, 32});
}

static json_t *
cert_json(const struct ca_cert *cert)
{
	json_t *object = json_object();

	put_subject(object, "subject", cert->subject);
	put_subject(object, "issuerName", cert->issuer);
	json_put_hex(object, "serial", cert->serial);
	json_put_time(object, "notBefore", cert->not_before);
	json_put_time(object, "notAfter", cert->not_after);
	put_hash(object, "sha256", cert->der);
	return object;
}

static json_t *
finding_json(const struct ca_finding *finding)
{
	json_t *object = json_object();

	json_put_text(object, "outcome", ca_outcome_name(finding->outcome));
	if (finding->cert != NULL) {
		put_subject(object, "certificate", finding->cert->subject);
		put_hash(object, "sha256", finding->cert->der);
	}
	if (finding->field[0] != '\0')
		json_put_text(object, "field", finding->field);
	json_put_text(object, "reason", finding->reason);
	return object;
}

static void
put_asked(json_t *object, const struct ca_verify_question *ask)
{
	json_t *asked = json_object();

	json_put_time(asked, "at", ask->at);
	if (ask->host != NULL)
		json_put_text(asked, "host", ask->host);
	if (ask->ip != NULL)
		json_put_text(asked, "ip", ask->ip);
	if (ask->email != NULL)
		json_put_text(asked, "email", ask->email);
	json_put_text(asked, "purpose", ca_purpose_name((int)ask->purpose));
	(void)json_object_set_new(object, "asked", asked);
}

json_t *
verdict_json(
    const struct ca_verify_question *ask, const struct ca_verdict *verdict)
{
	json_t *object = json_object(), *chain = json_array();
	struct told told[QUESTIONS];

	(void)json_object_set_new(
	    object, "holds", json_boolean(verdict->holds));
	put_asked(object, ask);
	tell(ask, verdict, told);
	for (size_t i = 0; i < QUESTIONS; i++)
		(void)json_object_set_new(
		    object, told[i].key, finding_json(told[i].finding));
	tell_done(told);
	if (verdict->revoked) {
		json_put_time(object, "revokedAt", verdict->revoked_at);
		json_put_text(object, "revocationReason",
		    ca_reason_name((int)verdict->revoked_reason));
	}
	for (size_t i = 0; i < verdict->chain_len; i++)
		(void)json_array_append_new(
		    chain, cert_json(verdict->chain[i]));
	(void)json_object_set_new(object, "chain", chain);
	(void)json_object_set_new(
	    object, "complete", json_boolean(verdict->complete));
	return object;
}
