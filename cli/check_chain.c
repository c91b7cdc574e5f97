/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is wrong with the chain as it is sent, and why one should walk away. */
#include <string.h>

#include "ca/name.h"
#include "cli/check.h"
#include "cli/verdict.h"

static void
add_subject(struct text *text, const struct ca_cert *cert)
{
	if (ca_name_is_empty(cert->subject))
		text_add(text, "(a certificate without a name)");
	else
		text_status(
		    text, ca_name_append_text(&text->buf, cert->subject));
}

static bool
is_same(const struct ca_cert *a, const struct ca_cert *b)
{
	return ca_bytes_equal(a->der, b->der);
}

static bool
was_sent(const struct check_report *report, const struct ca_cert *cert)
{
	for (size_t i = 0; i < report->sent_count; i++)
		if (is_same(&report->certs[i], cert))
			return true;
	return false;
}

static bool
is_of_use(const struct ca_verdict *verdict, const struct ca_cert *cert)
{
	for (size_t i = 0; i < verdict->chain_len; i++)
		if (is_same(verdict->chain[i], cert))
			return true;
	return false;
}

static bool
was_sent_before(const struct check_report *report, size_t number)
{
	for (size_t i = 0; i < number; i++)
		if (is_same(&report->certs[i], &report->certs[number]))
			return true;
	return false;
}

/* ---- defects ---- */

/* RFC 5246 7.4.2; RFC 8446 4.4.2 lets a server leave the order, and wants
 * clients to bear it: not all do. */
static void
find_disorder(const struct check_report *report, struct text *lines)
{
	const size_t *number = report->number;

	for (size_t i = 1; i < report->sent_count; i++)
		if (number[i] == number[i - 1] + 1 &&
		    !ca_name_equal(report->certs[i - 1].issuer,
			report->certs[i].subject)) {
			text_add(lines,
			    "the chain is out of order: number %zu is not the "
			    "issuer of number %zu (RFC 5246 7.4.2)\n",
			    number[i], number[i - 1]);
			return;
		}
}

static void
find_missing(const struct check_report *report, struct text *lines)
{
	const struct ca_verdict *verdict = report->verdict;

	for (size_t i = 1; i + 1 < verdict->chain_len; i++) {
		if (was_sent(report, verdict->chain[i]))
			continue;
		text_add(lines, "an intermediate is missing: ");
		add_subject(lines, verdict->chain[i]);
		text_add(lines,
		    " is not sent, and who does not have it by chance cannot "
		    "trust (RFC 8446 4.4.2)\n");
	}
}

/* Signed by itself, as far as can be told; one that carries a key over to
 * another of the same name is of use. */
static bool
is_root(const struct ca_cert *cert)
{
	return ca_name_equal(cert->subject, cert->issuer) &&
	    (cert->alg.kind == CA_SIG_NONE ||
		ca_cert_verify(cert, &cert->spki, NULL) == CA_OK);
}

static void
find_needless(const struct check_report *report, struct text *lines)
{
	for (size_t i = 1; i < report->sent_count; i++) {
		const struct ca_cert *cert = &report->certs[i];

		if (was_sent_before(report, i)) {
			text_add(lines, "number %zu is sent twice\n",
			    report->number[i]);
		} else if (is_root(cert)) {
			text_add(lines,
			    "number %zu is a root: sent needlessly, nobody "
			    "trusts it for that\n",
			    report->number[i]);
		} else if (!is_of_use(report->verdict, cert)) {
			text_add(lines,
			    "number %zu is of no use: it stands in no path to "
			    "a root\n",
			    report->number[i]);
		}
	}
}

void
check_chain(const struct check_report *report, struct text *lines)
{
	find_disorder(report, lines);
	if (!report->verdict->complete)
		return;
	find_missing(report, lines);
	find_needless(report, lines);
}

/* ---- why to walk away ---- */

static void
add_broken(
    struct text *lines, const char *what, const struct check_strength *strength)
{
	if (strength->name[0] != '\0' && strength->broken)
		text_add(
		    lines, "the %s can be broken: %s\n", what, strength->name);
}

static void
add_standing(
    const struct check_report *report, size_t number, struct text *lines)
{
	const struct check_standing *standing = &report->standing[number];

	if (standing->origin == CHECK_IMPOSTOR) {
		text_add(lines, "IMPOSTOR: ");
		add_subject(lines, &report->certs[number]);
		text_add(lines, ": %s\n", standing->reason);
	} else if (standing->revoked && !report->verdict->revoked) {
		add_subject(lines, &report->certs[number]);
		text_add(lines, " is %s in this ledger\n", standing->state);
	}
}

void
check_faults(const struct check_report *report, struct text *lines)
{
	for (size_t i = 0; i < report->sent_count; i++)
		add_standing(report, i, lines);
	verdict_faults(lines, report->verdict);
	add_broken(lines, "cipher", &report->cipher);
	add_broken(lines, "key exchange", &report->group);
	add_broken(lines, "server's key", &report->key);
	if (report->broken->status == CA_UNTRUSTED)
		text_add(lines, "%s\n", report->broken->msg);
}
