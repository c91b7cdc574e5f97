/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>

#include "ca/lint.h"
#include "ca/name.h"
#include "ca/tbs.h"
#include "ca/time.h"
#include "cli/authority_press.h"
#include "cli/home.h"

/* 17 octets, the first 01 to 7f: 134 random bits, never negative, never more
 * than 20 octets (RFC 5280 4.1.2.2). */
#define SERIAL_OCTETS 17
#define SERIAL_TRIES 64

static enum ca_status
draw_serial(struct authority *a, struct ca_buf *ret, struct ca_error *err)
{
	uint8_t octets[SERIAL_OCTETS] = {0};
	enum ca_status st;

	for (int i = 0; i < SERIAL_TRIES; i++) {
		st = a->world->random(
		    a->world->ctx, octets, sizeof(octets), err);
		if (st != CA_OK)
			return st;
		if (octets[0] == 0 || octets[0] > 0x7f)
			continue;
		ca_buf_clear(ret);
		return ca_buf_append(
		    ret, (struct ca_bytes){octets, sizeof(octets)});
	}
	return ca_fail(err, CA_INTERNAL,
	    "randomness: %d draws gave no usable serial number: "
	    "the generator is broken, nothing was signed",
	    SERIAL_TRIES);
}

enum ca_status
authority_admit(const struct ca_policy *policy, const struct ca_csr *csr,
    const struct issue_order *order, bool again, struct ca_grant *ret,
    struct ca_error *err)
{
	const struct ca_wish wish = {
	    .subject = csr->subject,
	    .sans = csr->sans,
	    .san_count = csr->san_count,
	    .spki = &csr->spki,
	    .key_is_proved = again,
	    .signature_holds = !ca_csr_is_masked(csr),
	    .without_notes = again,
	    .exts = &csr->exts,
	    .has_path_len = order->has_path_len,
	    .path_len = order->path_len,
	    .name_constraints = order->name_constraints,
	};

	return ca_policy_admit(policy, &wish, ret, err);
}

/* What is renewed comes from the ledger: possession was checked before the
 * request was kept, and what is masked in it cannot be checked again. */
static enum ca_status
check_possession(const struct press *press, struct ca_error *err)
{
	if (press->order->renews != 0 && ca_csr_is_masked(&press->csr))
		return CA_OK;
	return press->many ? ca_csr_verify_many(&press->csr, err) :
			     ca_csr_verify(&press->csr, err);
}

static enum ca_status
parse_request(struct press *press, struct ca_error *err)
{
	struct issued *out = press->out;
	enum ca_status st;

	/* Our own copy: what is checked is what is signed (checklist 30). */
	st = ca_buf_append(&out->request, press->order->request);
	if (st != CA_OK)
		return ca_fail(err, st, "out of memory");
	if ((st = ca_csr_parse(ca_view(&out->request), &press->csr, err)) !=
		CA_OK ||
	    (st = check_possession(press, err)) != CA_OK)
		return st;
	/* The ledger keeps no secret of whoever asked (checklist 27). */
	ca_csr_mask(&press->csr, &out->request);
	return authority_hash(press->csr.spki.der, press->spki_hash, err);
}

/* Serial, TBS and lint; again with another serial when one collides. */
static enum ca_status
draw(struct press *press, struct ca_error *err)
{
	struct issued *out = press->out;
	struct ca_order order = {
	    .not_before = out->not_before, .not_after = out->not_after};
	const struct ca_cert *issuer_cert = press->signer != NULL ?
	    &press->signer->certs[0] :
	    NULL;
	enum ca_status st;

	if ((st = draw_serial(press->a, &out->serial, err)) != CA_OK)
		return st;
	order.serial = ca_view(&out->serial);
	if ((st = ca_issuer_may_sign(press->issuer, &out->grant, &order,
		 press->now, err)) != CA_OK ||
	    (st = ca_tbs_cert(&out->grant, press->issuer, &press->alg, &order,
		 &out->tbs, err)) != CA_OK ||
	    (st = ca_cert_parse_tbs(ca_view(&out->tbs), &press->cert, err)) !=
		CA_OK ||
	    (st = ca_lint_cert(&press->cert, issuer_cert, err)) != CA_OK)
		return st;
	if (!ca_bytes_equal(press->cert.serial, order.serial))
		return ca_fail(err, CA_INTERNAL,
		    "the serial in the certificate is not the one "
		    "that was drawn; nothing was signed");
	return CA_OK;
}

/* ---- where the fields come from that no request and no policy decides ---- */

static void
note_time(struct ca_grant *grant, enum ca_origin origin, const char *field,
    int64_t time, const char *why)
{
	char text[CA_TIME_TEXT];

	ca_time_text(time, text);
	ca_grant_note(grant, origin, field, ca_text(text), why);
}

static void
note_validity(struct press *press)
{
	const struct ca_term *term = &press->order->term;
	struct issued *out = press->out;
	bool start = term->not_before != INT64_MIN;
	bool end = term->not_after != INT64_MIN;

	note_time(&out->grant, start ? CA_FROM_OPTION : CA_FROM_POLICY,
	    "notBefore", out->not_before,
	    start ? "--not-before" : "now, less the policy's backdate");
	note_time(&out->grant,
	    end || term->validity != 0 ? CA_FROM_OPTION :
		press->keeps_length    ? CA_FROM_SIGNET :
					 CA_FROM_POLICY,
	    "notAfter", out->not_after,
	    end                     ? "--not-after" :
		term->validity != 0 ? "--validity" :
		press->keeps_length ? "as long as what it renews" :
				      "the policy's validity");
}

static void
note_issuer(struct press *press)
{
	struct ca_grant *grant = &press->out->grant;
	struct ca_buf text = {0};

	if (ca_hex_append(&text, ca_view(&press->out->serial)) == CA_OK)
		ca_grant_note(grant, CA_FROM_SIGNET, "serialNumber",
		    ca_view(&text), "random; another one each time");
	ca_buf_free(&text);
	if (ca_name_append_text(&text, press->cert.issuer) == CA_OK)
		ca_grant_note(grant, CA_FROM_ISSUER, "issuer", ca_view(&text),
		    "its subject, byte for byte");
	ca_buf_free(&text);
	if (ca_sig_alg_append_text(&text, &press->alg) == CA_OK)
		ca_grant_note(grant, CA_FROM_ISSUER, "signature",
		    ca_view(&text), "what the issuer's key demands");
	ca_buf_free(&text);
	if (ca_hex_append(&text, press->cert.authority_key_id) == CA_OK)
		ca_grant_note(grant, CA_FROM_ISSUER, "authorityKeyIdentifier",
		    ca_view(&text), "");
	ca_buf_free(&text);
	if (ca_hex_append(&text, press->cert.subject_key_id) == CA_OK)
		ca_grant_note(grant, CA_FROM_SIGNET, "subjectKeyIdentifier",
		    ca_view(&text), "SHA-1 of the key");
	ca_buf_free(&text);
}

static enum ca_status
take_length(void *ctx, const struct ledger_cert *row)
{
	*(int64_t *)ctx = row->not_after - row->not_before + 1;
	return CA_OK;
}

/* What is renewed without a word about its validity is as long as it was, as
 * far as the policy allows that now. */
static enum ca_status
choose_validity(struct press *press, int64_t earliest, struct ca_error *err)
{
	struct issued *out = press->out;
	struct ca_term term = press->order->term;
	int64_t length = 0;
	enum ca_status st;

	press->keeps_length = press->order->renews != 0 && term.validity == 0 &&
	    term.not_after == INT64_MIN;
	if (press->keeps_length) {
		st = ledger_cert_by_id(press->a->ledger, press->order->renews,
		    take_length, &length, err);
		if (st != CA_OK)
			return st;
		term.validity = length < out->policy->max_validity ?
		    length :
		    out->policy->max_validity;
	}
	return ca_policy_validity(out->policy, &term, press->now, earliest,
	    &out->not_before, &out->not_after, err);
}

static enum ca_status
take_policy(struct press *press, struct ca_error *err)
{
	struct issued *out = press->out;

	out->policy = press->policy != NULL ? press->policy :
					      press->order->parsed;
	out->policy_is_shared = out->policy != NULL;
	return out->policy != NULL ?
	    CA_OK :
	    home_policy(
		press->a->path, press->order->policy, &out->policy, err);
}

enum ca_status
press_prepare(struct press *press, struct ca_error *err)
{
	struct issued *out = press->out;
	const struct issue_order *order = press->order;
	int64_t earliest = INT64_MIN;
	enum ca_status st;

	press->now = authority_now(press->a);
	if (press->signer != NULL)
		earliest = press->signer->certs[0].not_before;
	if ((st = parse_request(press, err)) != CA_OK ||
	    (st = take_policy(press, err)) != CA_OK ||
	    (st = authority_admit(out->policy, &press->csr, order, false,
		 &out->grant, err)) != CA_OK ||
	    (st = choose_validity(press, earliest, err)) != CA_OK)
		return st;
	if ((st = draw(press, err)) != CA_OK)
		return st;
	note_validity(press);
	note_issuer(press);
	return CA_OK;
}

enum ca_status
press_redraw(struct press *press, struct ca_error *err)
{
	ca_buf_free(&press->out->tbs);
	return draw(press, err);
}

enum ca_status
authority_plan(struct authority *a, const struct signer *signer,
    const struct issue_order *order, struct issued *ret, struct ca_error *err)
{
	struct press *press = calloc(1, sizeof(*press));
	enum ca_status st;

	if (press == NULL)
		return ca_fail(err, CA_MEMORY, "out of memory");
	*ret = (struct issued){0};
	*press = (struct press){.a = a,
	    .signer = signer,
	    .issuer = &signer->issuer,
	    .alg = signer->alg,
	    .order = order,
	    .out = ret};
	if ((st = press_prepare(press, err)) == CA_OK)
		st = press_check_ledger(press, err);
	if (st != CA_OK)
		issued_done(ret);
	free(press);
	return st;
}

void
issued_done(struct issued *issued)
{
	if (issued == NULL)
		return;
	ca_grant_done(&issued->grant);
	if (!issued->policy_is_shared)
		ca_policy_free(issued->policy);
	ca_buf_free(&issued->request);
	ca_buf_free(&issued->serial);
	ca_buf_free(&issued->tbs);
	ca_buf_free(&issued->der);
	*issued = (struct issued){0};
}
