/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * An authority's responder: how it is made, renewed and opened, and what is
 * done and told from time to time.
 */
#include "cli/file.h"
#include "tests/unit/status_fixture.h"

#define RESPONDERS \
	"SELECT count(*) FROM certificate WHERE policy = 'ocsp-responder'"

static int
lab_setup(void **state)
{
	struct desk *d = calloc(1, sizeof(*d));
	void *lab = NULL;

	assert_non_null(d);
	if (lab_open(&lab) != 0)
		return -1;
	d->l = lab;
	*state = d;
	return 0;
}

static struct ca_buf
key_file_of(struct lab *l, const char *name)
{
	struct ca_buf file = {0};
	char path[400];

	(void)snprintf(path, sizeof(path), "%s/keys/%s", l->home, name);
	LAB_OK(l, file_read(path, 65536, &file, &l->err));
	return file;
}

static void
put_key_file(struct lab *l, const char *name, const struct ca_buf *content)
{
	char path[400];

	(void)snprintf(path, sizeof(path), "%s/keys/%s", l->home, name);
	LAB_OK(l,
	    file_write(
		path, ca_view(content), FILE_PRIVATE, FILE_REPLACE, &l->err));
}

/* ---- ocsp init ---- */

/* checklist 62: what it is, and where */
static void
is_made(void **state)
{
	struct desk *d = *state;
	struct lab *l = d->l;
	const struct responder_order order = {.key_type = CA_KEY_P384,
	    .term = ca_term_none,
	    .policy = "ocsp-responder"};
	struct issued issued = {0};
	struct holder h;
	struct ca_buf subject = {0};
	struct stat file;
	char path[400];

	LAB_OK(l,
	    authority_responder_init(
		l->a, &l->signer, &order, &l->pass, &issued, &l->err));
	h = holder_of(l, issued.row, "issuing");
	LAB_OK(l, ca_ocsp_responder_check(h.cert, h.above, l->now, &l->err));
	assert_int_equal(h.cert->spki.type, CA_KEY_P384);
	assert_non_null(ca_exts_find(&h.cert->exts, CA_OID_OCSP_NO_CHECK));
	assert_int_equal(ca_name_append_text(&subject, h.cert->subject), CA_OK);
	assert_text(&subject, "CN=Lab Issuing CA OCSP responder");
	assert_int_equal(
	    h.cert->not_after - h.cert->not_before + 1, 30 * CA_DAY);
	(void)snprintf(path, sizeof(path), "%s/keys/issuing.ocsp.key", l->home);
	assert_int_equal(stat(path, &file), 0);
	assert_int_equal(file.st_mode & 07777, 0600);
	issued_done(&issued);
	holder_done(&h);
	lab_audit_clean(l);
}

static int64_t
tick(void *ctx)
{
	return ((struct lab *)ctx)->now++;
}

/* The ledger dates the key file as its certificate, whatever the clock does
 * in between. */
static void
is_made_while_the_clock_moves_on(void **state)
{
	struct desk *d = *state;
	struct lab *l = d->l;

	l->world.now = tick;
	LAB_OK(l, desk_init(l, NULL));
	lab_audit_clean(l);
}

static void
is_not_made_twice(void **state)
{
	struct desk *d = *state;
	struct lab *l = d->l;
	struct ca_buf before, rows;

	LAB_OK(l, desk_init(l, NULL));
	before = key_file_of(l, "issuing.ocsp.key");
	rows = lab_rows(l);
	LAB_FAILS(l, desk_init(l, NULL), CA_REFUSED,
	    "issuing.ocsp.key|has a responder's key already|signet renew|"
	    "--replace");
	lab_same_rows(l, &rows);
	rows = key_file_of(l, "issuing.ocsp.key");
	assert_bytes(ca_view(&rows), ca_view(&before));
	ca_buf_free(&rows);
	ca_buf_free(&before);
}

/* The type of the key in the certificate that came with the last answer. */
static enum ca_key_type
answered_by(const struct desk *d)
{
	struct ca_ocsp_response response;
	struct ca_cert *cert = calloc(1, sizeof(*cert));
	struct ca_error err = {0};
	enum ca_key_type type;

	assert_non_null(cert);
	LAB_OK(d->l,
	    ca_ocsp_response_parse(ca_view(&d->answer.der), &response, &err));
	assert_true(response.certs.len > 0);
	LAB_OK(d->l, ca_cert_parse(response.certs, cert, &err));
	type = cert->spki.type;
	free(cert);
	return type;
}

static void
is_replaced(void **state)
{
	const struct responder_order order = {.key_type = CA_KEY_ED25519,
	    .term = ca_term_none,
	    .policy = "ocsp-responder",
	    .replace = true};
	struct desk *d = *state;
	struct lab *l = d->l;
	struct holder h = holder_of(
	    l, lab_issue(l, "www.company.com"), "issuing");

	LAB_OK(l, desk_init(l, NULL));
	desk_open_with(d, false);
	assert_int_equal(desk_state(d, &h), CA_OCSP_GOOD);
	LAB_OK(l, desk_init(l, &order));
	/* who had it open goes on with the old one until it looks */
	assert_int_equal(desk_state(d, &h), CA_OCSP_GOOD);
	assert_int_equal(answered_by(d), CA_KEY_P256);
	assert_int_equal(responders_edition(d->responders), 0);
	desk_tend(d);
	desk_says(d, "issuing: its OCSP responder's new key was taken up");
	assert_true(responders_edition(d->responders) > 0);
	assert_int_equal(desk_state(d, &h), CA_OCSP_GOOD);
	assert_int_equal(answered_by(d), CA_KEY_ED25519);
	desk_open_with(d, false);
	assert_int_equal(desk_state(d, &h), CA_OCSP_GOOD);
	assert_int_equal(lab_count(l, RESPONDERS), 2);
	lab_audit_clean(l);
	holder_done(&h);
}

/* An encrypted key of which nobody has the passphrase, and one without a
 * certificate: the one before answers on, and that is told. */
static void
is_not_replaced_by_what_cannot_answer(void **state)
{
	const struct responder_order order = {.key_type = CA_KEY_ED25519,
	    .kdf = &(const struct ca_kdf){CA_KDF_PBKDF2,
		.iterations = CA_KDF_ITERATIONS_MIN, .prf = CA_HASH_SHA256},
	    .term = ca_term_none,
	    .policy = "ocsp-responder",
	    .replace = true};
	struct desk *d = *state;
	struct lab *l = d->l;
	const struct pass pass = {
	    .term = &l->term, .passout = "env:TEST_STATUS"};
	struct holder h = holder_of(
	    l, lab_issue(l, "www.company.com"), "issuing");
	struct issued issued = {0};
	struct ca_buf file, before;

	LAB_OK(l, desk_init(l, NULL));
	before = key_file_of(l, "issuing.ocsp.key");
	file = key_file_of(l, "root.key");
	desk_open_with(d, false);
	put_key_file(l, "issuing.ocsp.key", &file);
	desk_tend(d);
	desk_says(d,
	    "issuing|another key now, and answers with the one before|no "
	    "certificate in force|signet ocsp init --ca issuing --replace");
	assert_int_equal(desk_state(d, &h), CA_OCSP_GOOD);
	put_key_file(l, "issuing.ocsp.key", &before);
	desk_tend(d);
	for (size_t i = 0; i < d->warnings; i++)
		assert_null(strstr(d->lines[i], "another key"));

	assert_int_equal(setenv("TEST_STATUS", "correct horse", 1), 0);
	LAB_OK(l,
	    authority_responder_init(
		l->a, &l->signer, &order, &pass, &issued, &l->err));
	issued_done(&issued);
	unsetenv("TEST_STATUS");
	desk_tend(d);
	desk_says(d,
	    "issuing|another key now|is encrypted, and no passphrase is at "
	    "hand|start this server again with what opens it");
	assert_int_equal(desk_state(d, &h), CA_OCSP_GOOD);
	assert_int_equal(answered_by(d), CA_KEY_P256);
	assert_int_equal(responders_edition(d->responders), 0);
	ca_buf_free(&file);
	ca_buf_free(&before);
	holder_done(&h);
}

/* Before anything is signed or written. */
static void
is_not_made_by_another_policy(void **state)
{
	struct responder_order order = {.key_type = CA_KEY_ED25519,
	    .term = ca_term_none,
	    .policy = "server"};
	struct desk *d = *state;
	struct lab *l = d->l;
	struct ca_buf rows = lab_rows(l);

	LAB_FAILS(l, desk_init(l, &order), CA_REFUSED,
	    "server.policy|OCSPSigning|RFC 6960 4.2.2.2|ocsp-responder");
	order.policy = "nothing";
	LAB_FAILS(l, desk_init(l, &order), CA_NOT_FOUND, "nothing");
	order.policy = "ocsp-responder";
	order.term.validity = 91 * CA_DAY;
	LAB_FAILS(l, desk_init(l, &order), CA_REFUSED, "max-validity");
	lab_same_rows(l, &rows);
	assert_false(file_exists("keys/issuing.ocsp.key"));
}

/* The name that fits is longer than a commonName may be; the rest of it is
 * the authority's. */
static void
is_called_by_the_short_name(void **state)
{
	struct desk *d = *state;
	struct lab *l = d->l;
	struct ca_buf subject = {0};
	struct holder h;

	lab_as(l, "root");
	LAB_OK(l,
	    lab_add(l, "second",
		"CN=A Certificate Authority with a Name of Fifty-Five "
		"Octets,O=Lab",
		&l->signer, NULL));
	lab_as(l, "second");
	LAB_OK(l, desk_init(l, NULL));
	h = holder_of(
	    l, lab_count(l, "SELECT max(id) FROM certificate"), "second");
	assert_int_equal(ca_name_append_text(&subject, h.cert->subject), CA_OK);
	assert_text(&subject, "O=Lab, CN=second OCSP responder");
	holder_done(&h);
}

/* checklist 107: it does not outlive its authority, asked for or not */
static void
ends_with_its_authority(void **state)
{
	struct desk *d = *state;
	struct lab *l = d->l;
	const struct ca_term term = {
	    .validity = 40 * CA_DAY, INT64_MIN, INT64_MIN};
	struct holder h;

	lab_as(l, "root");
	LAB_OK(l, lab_add(l, "brief", "Brief CA", &l->signer, &term));
	l->now += 20 * CA_DAY;
	lab_as(l, "brief");
	LAB_OK(l, desk_init(l, NULL));
	h = holder_of(
	    l, lab_count(l, "SELECT max(id) FROM certificate"), "brief");
	assert_int_equal(h.cert->not_after, h.above->not_after);
	/* and a third before is not renewed for ever */
	l->now = h.cert->not_after - 60;
	desk_open_with(d, true);
	for (int i = 0; i < 5; i++, l->now++)
		desk_tend(d);
	assert_int_equal(lab_count(l, RESPONDERS), 1);
	holder_done(&h);
}

/* ---- open ---- */

static void
is_missed(void **state)
{
	struct desk *d = *state;

	desk_open_with(d, false);
	assert_int_equal(d->warnings, 2);
	desk_says(d, "root|has no OCSP responder|signet ocsp init --ca root");
	desk_says(d, "issuing|has no OCSP responder");
}

/* Where nothing sends anybody to a responder, none is missing. */
static void
is_missed_where_certificates_name_one(void **state)
{
	struct desk *d = *state;
	struct lab *l = d->l;

	lab_publish(l);
	lab_as(l, "root");
	lab_publish(l);
	desk_open_with(d, false);
	desk_tend(d);
	assert_int_equal(d->warnings, 0);
	lab_change_policy(l, "server", "[extensions]\n",
	    "[publish]\nocsp = http://pki.lab.example/\n\n[extensions]\n");
	desk_tend(d);
	assert_int_equal(d->warnings, 2);
	desk_says(d, "issuing|has no OCSP responder|signet ocsp init");
	lab_as(l, "issuing");
	LAB_OK(l, desk_init(l, NULL));
	desk_tend(d);
	assert_int_equal(d->warnings, 2);
	desk_says(d, "issuing: its OCSP responder was taken up");
	desk_says(d, "root|has no OCSP responder");
}

static enum ca_status
try_to_open(struct desk *d, const struct pass *pass, bool with_ca_keys)
{
	const struct responders_options options = {
	    .pass = pass, .with_ca_keys = with_ca_keys, .validity = HOUR};
	struct responders *responders = NULL;
	enum ca_status st;

	st = responders_open(d->l->a, &options, &responders, &d->l->err);
	assert_int_equal(st == CA_OK, responders != NULL);
	responders_close(responders);
	return st;
}

static void
needs_its_passphrase(void **state)
{
	struct desk *d = *state;
	struct lab *l = d->l;
	struct pass pass = {.term = &l->term, .passout = "env:TEST_STATUS"};
	const struct responder_order order = {.key_type = CA_KEY_ED25519,
	    .kdf = &(const struct ca_kdf){CA_KDF_PBKDF2,
		.iterations = CA_KDF_ITERATIONS_MIN, .prf = CA_HASH_SHA256},
	    .term = ca_term_none,
	    .policy = "ocsp-responder"};
	struct issued issued = {0};

	assert_int_equal(setenv("TEST_STATUS", "correct horse", 1), 0);
	LAB_OK(l,
	    authority_responder_init(
		l->a, &l->signer, &order, &pass, &issued, &l->err));
	issued_done(&issued);
	pass.passin = "env:TEST_STATUS";
	LAB_OK(l, try_to_open(d, &pass, false));
	assert_int_equal(setenv("TEST_STATUS", "battery staple", 1), 0);
	LAB_FAILS(l, try_to_open(d, &pass, false), CA_UNTRUSTED,
	    "issuing.ocsp.key|wrong passphrase|the file is intact");
	pass.passin = NULL;
	LAB_FAILS(l, try_to_open(d, &pass, false), CA_USAGE,
	    "issuing.ocsp.key|--passin");
	unsetenv("TEST_STATUS");
}

static void
is_not_opened_damaged(void **state)
{
	struct desk *d = *state;
	struct lab *l = d->l;
	struct ca_buf whole, file;

	LAB_OK(l, desk_init(l, NULL));
	whole = key_file_of(l, "issuing.ocsp.key");
	file = key_file_of(l, "issuing.ocsp.key");
	file.len /= 2;
	put_key_file(l, "issuing.ocsp.key", &file);
	LAB_FAILS(l, try_to_open(d, &l->pass, false), CA_IO,
	    "issuing.ocsp.key|not the one that was written|backup");
	put_key_file(l, "issuing.ocsp.key", &whole);
	LAB_OK(l, try_to_open(d, &l->pass, false));
	ca_buf_free(&file);
	/* a key, and not the one of the certificate */
	file = key_file_of(l, "root.key");
	put_key_file(l, "issuing.ocsp.key", &file);
	desk_open_with(d, false);
	desk_says(
	    d, "issuing|has a key and no certificate|ocsp init --ca issuing");
	ca_buf_free(&whole);
	ca_buf_free(&file);
}

/* A root's key in a drawer is no reason not to serve the others. */
static void
serves_without_a_key_that_is_elsewhere(void **state)
{
	struct desk *d = *state;
	struct lab *l = d->l;
	struct holder h = holder_of(
	    l, lab_issue(l, "www.company.com"), "issuing");
	char path[400];

	LAB_OK(l, desk_init(l, NULL));
	(void)snprintf(path, sizeof(path), "%s/keys/root.key", l->home);
	file_remove(path);
	desk_open_with(d, true);
	desk_says(d, "root|its key is not here|CRLs are not renewed");
	assert_int_equal(desk_state(d, &h), CA_OCSP_GOOD);
	desk_tend(d);
	desk_says(d, "root|has no CRL|signet crl --ca root");
	assert_int_equal(lab_count(l, "SELECT count(*) FROM crl"), 1);
	holder_done(&h);
}

/* ---- from time to time ---- */

static void
is_renewed_with_the_authoritys_key(void **state)
{
	struct desk *d = *state;
	struct lab *l = d->l;
	struct holder h = holder_of(
	    l, lab_issue(l, "www.company.com"), "issuing");

	LAB_OK(l, desk_init(l, NULL));
	desk_open_with(d, true);
	l->now += 19 * CA_DAY;
	desk_tend(d);
	assert_int_equal(lab_count(l, RESPONDERS), 1);
	l->now += 2 * CA_DAY;
	desk_tend(d);
	assert_int_equal(lab_count(l, RESPONDERS), 2);
	/* of the same line, for the same key, and as long */
	assert_int_equal(
	    lab_count(l,
		"SELECT count(*) FROM certificate a JOIN certificate b"
		" ON b.renews = a.id AND b.lineage = a.lineage"
		" AND b.spki_hash = a.spki_hash AND b.not_after - b.not_before"
		" = a.not_after - a.not_before"),
	    1);
	l->now += 20 * CA_DAY;
	assert_int_equal(desk_state(d, &h), CA_OCSP_GOOD);
	desk_tend(d);
	assert_int_equal(lab_count(l, RESPONDERS), 3);
	/* and one that has ended, after a night out */
	l->now += 60 * CA_DAY;
	desk_open_with(d, true);
	desk_tend(d);
	assert_int_equal(lab_count(l, RESPONDERS), 4);
	assert_int_equal(desk_state(d, &h), CA_OCSP_GOOD);
	lab_audit_clean(l);
	holder_done(&h);
}

static void
tells_in_good_time_without_it(void **state)
{
	struct desk *d = *state;
	struct lab *l = d->l;

	LAB_OK(l, desk_init(l, NULL));
	lab_publish(l);
	desk_open_with(d, false);
	desk_tend(d);
	assert_int_equal(d->warnings, 1); /* root has no CRL */
	l->now += 21 * CA_DAY;
	lab_publish(l);
	desk_tend(d);
	desk_says(d, "issuing|responder ends at 2027-02-14|signet renew");
	assert_int_equal(lab_count(l, RESPONDERS), 1);
	desk_open_with(d, false);
	desk_says(d, "issuing|responder ends at 2027-02-14");
}

/* Renewed by somebody else: it goes on with that. */
static void
takes_a_renewal_by_another_process(void **state)
{
	struct desk *d = *state;
	struct lab *l = d->l;
	struct holder h = holder_of(
	    l, lab_issue(l, "www.company.com"), "issuing");
	struct desk other = {.l = l};
	const struct authority_options options = {
	    .home = l->home, .wait_ms = 10000, .world = &l->world};
	struct authority *mine = l->a, *theirs = NULL;

	LAB_OK(l, desk_init(l, NULL));
	desk_open_with(d, false);
	l->now += 25 * CA_DAY;
	(void)desk_state(d, &h);
	assert_int_equal(d->answer.next_update, l->now + 12 * HOUR);
	LAB_OK(l, authority_open(&options, &theirs, &l->err));
	l->a = theirs;
	desk_open_with(&other, true);
	desk_tend(&other);
	responders_close(other.responders);
	l->a = mine;
	authority_close(theirs);
	l->now += 10 * CA_DAY;
	assert_int_equal(desk_state(d, &h), CA_OCSP_GOOD);
	holder_done(&h);
}

/* checklist 88 */
static void
publishes_what_is_due(void **state)
{
	struct desk *d = *state;
	struct lab *l = d->l;
	int64_t row = lab_issue(l, "www.company.com");

	LAB_OK(l, desk_init(l, NULL));
	desk_open_with(d, true);
	desk_tend(d);
	assert_int_equal(lab_count(l, "SELECT count(*) FROM crl"), 2);
	assert_int_equal(d->warnings, 0);
	l->now += 60;
	desk_tend(d);
	assert_int_equal(lab_count(l, "SELECT count(*) FROM crl"), 2);
	(void)lab_revoke(l, row, CA_REASON_SUPERSEDED);
	l->now += 60;
	desk_tend(d);
	assert_int_equal(lab_count(l, "SELECT count(*) FROM crl"), 3);
	/* the policy's overlap of two days before the seventh */
	l->now += 5 * CA_DAY;
	desk_tend(d);
	assert_int_equal(lab_count(l, "SELECT count(*) FROM crl"), 4);
	lab_audit_clean(l);
}

/* A certificate of another policy, without one, ends it for none. */
static void
publishes_deltas_where_there_were(void **state)
{
	static const char freshest[] =
	    "freshest = http://pki.lab.example/{issuer}.delta.crl\n";
	struct desk *d = *state;
	struct lab *l = d->l;

	lab_change_policy(l, "server", "[extensions]",
	    "[publish]\ncrl = http://pki.lab.example/{issuer}.crl\n"
	    "freshest = http://pki.lab.example/{issuer}.delta.crl\n"
	    "[extensions]");
	(void)lab_issue(l, "www.company.com");
	lab_change_policy(l, "server", freshest, "");
	(void)lab_issue(l, "mail.company.com");
	LAB_OK(l, desk_init(l, NULL));
	desk_open_with(d, true);
	desk_tend(d);
	assert_int_equal(
	    lab_count(l, "SELECT count(*) FROM crl WHERE base > 0"), 1);
	lab_audit_clean(l);
}

/* With a delta CRL for those whose certificates name one. */
static void
publishes_deltas_where_there_are(void **state)
{
	struct desk *d = *state;
	struct lab *l = d->l;
	int64_t row, other, number = 0;

	lab_change_policy(l, "server", "[extensions]",
	    "[publish]\ncrl = http://pki.lab.example/{issuer}.crl\n"
	    "freshest = http://pki.lab.example/{issuer}.delta.crl\n"
	    "[extensions]");
	row = lab_issue(l, "www.company.com");
	other = lab_issue(l, "mail.company.com");
	LAB_OK(l, desk_init(l, NULL));
	desk_open_with(d, true);
	desk_tend(d);
	assert_int_equal(
	    lab_count(l, "SELECT count(*) FROM crl WHERE base > 0"), 1);
	l->now += 60;
	desk_tend(d);
	assert_int_equal(
	    lab_count(l, "SELECT count(*) FROM crl WHERE base > 0"), 1);
	(void)lab_revoke(l, row, CA_REASON_SUPERSEDED);
	l->now += 60;
	desk_tend(d);
	assert_int_equal(
	    lab_count(l, "SELECT count(*) FROM crl WHERE base > 0"), 2);
	/* revoked between the complete CRL and the delta CRL of one second */
	(void)lab_revoke(l, other, CA_REASON_SUPERSEDED);
	l->now += 60;
	LAB_OK(l,
	    authority_publish(l->a, &l->signer,
		&(struct crl_order){.delta = true}, &number, NULL, &l->err));
	assert_int_equal(
	    lab_count(l, "SELECT max(number) FROM crl WHERE base = 0"),
	    number - 1);
	desk_tend(d);
	assert_int_equal(
	    lab_count(l, "SELECT max(number) FROM crl WHERE base = 0"),
	    number + 1);
	lab_audit_clean(l);
}

static void
tells_of_a_list_that_grows_old(void **state)
{
	struct desk *d = *state;
	struct lab *l = d->l;

	LAB_OK(l, desk_init(l, NULL));
	desk_open_with(d, false);
	desk_tend(d);
	desk_says(d, "issuing|has no CRL|signet crl --ca issuing");
	lab_publish(l);
	l->now += 6 * CA_DAY;
	desk_tend(d);
	desk_says(d, "issuing|a new CRL is due|ends at 2027-01-22T08:00:00Z");
	l->now += 2 * CA_DAY;
	desk_tend(d);
	desk_says(d, "issuing|its CRL ended at 2027-01-22T08:00:00Z");
	assert_int_equal(lab_count(l, "SELECT count(*) FROM crl"), 1);
}

/* With all that it has: its CRL is made here, and its responder answers. */
static void
takes_up_an_authority_that_came_since(void **state)
{
	struct desk *d = *state;
	struct lab *l = d->l;
	struct holder h;

	desk_open_with(d, true);
	desk_tend(d);
	assert_int_equal(d->warnings, 0);
	lab_as(l, "root");
	LAB_OK(l, lab_add(l, "second", "Lab Second CA", &l->signer, NULL));
	lab_as(l, "second");
	LAB_OK(l, desk_init(l, NULL));
	h = holder_of(l, lab_issue(l, "www.company.com"), "second");
	assert_int_equal(
	    lab_count(l, "SELECT count(*) FROM crl WHERE issuer = 3"), 0);
	desk_tend(d);
	assert_int_equal(d->warnings, 3);
	desk_says(d, "second: was added, and is served from now on");
	desk_says(d, "second: its key was taken up");
	desk_says(d, "second: its OCSP responder was taken up");
	assert_int_equal(
	    lab_count(l, "SELECT count(*) FROM crl WHERE issuer = 3"), 1);
	assert_int_equal(desk_state(d, &h), CA_OCSP_GOOD);
	desk_tend(d);
	assert_int_equal(d->warnings, 0);
	lab_audit_clean(l);
	holder_done(&h);
}

/* Added by another process: the next answer is its own. Without the keys of
 * the authorities nothing is published. */
static void
takes_it_up_with_the_next_answer(void **state)
{
	struct desk *d = *state;
	struct lab *l = d->l;
	const struct authority_options options = {
	    .home = l->home, .wait_ms = 10000, .world = &l->world};
	struct authority *mine = l->a, *theirs = NULL;
	struct ca_buf request;
	struct holder h;

	desk_open_with(d, false);
	LAB_OK(l, authority_open(&options, &theirs, &l->err));
	l->a = theirs;
	lab_as(l, "root");
	LAB_OK(l, lab_add(l, "second", "Lab Second CA", &l->signer, NULL));
	lab_as(l, "second");
	h = holder_of(l, lab_issue(l, "www.company.com"), "second");
	request = question(&h, CA_HASH_SHA1, (struct ca_bytes){0});
	desk_refuses(d, ca_view(&request), CA_OCSP_UNAUTHORIZED,
	    "second: has no OCSP responder");
	LAB_OK(l, desk_init(l, NULL));
	assert_int_equal(desk_state(d, &h), CA_OCSP_GOOD);
	lab_as(l, "issuing");
	l->a = mine;
	authority_close(theirs);
	desk_tend(d);
	desk_says(d, "second: has no CRL: signet crl --ca second");
	assert_int_equal(lab_count(l, "SELECT count(*) FROM crl"), 0);
	ca_buf_free(&request);
	holder_done(&h);
}

/* The key of a root comes out of its drawer. */
static void
takes_up_a_key_that_came_back(void **state)
{
	struct desk *d = *state;
	struct lab *l = d->l;
	struct ca_buf key = key_file_of(l, "root.key"), cut = {0};
	char path[400];

	(void)snprintf(path, sizeof(path), "%s/keys/root.key", l->home);
	file_remove(path);
	desk_open_with(d, true);
	desk_says(d, "root|its key is not here");
	desk_tend(d);
	desk_says(d, "root|has no CRL|signet crl --ca root");
	LAB_OK(
	    l, ca_buf_append(&cut, (struct ca_bytes){key.data, key.len / 2}));
	put_key_file(l, "root.key", &cut);
	desk_tend(d);
	desk_says(d,
	    "root|its key cannot be opened|CRLs are not renewed|not the one "
	    "that was written");
	put_key_file(l, "root.key", &key);
	desk_tend(d);
	desk_says(d, "root: its key was taken up");
	assert_int_equal(
	    lab_count(l, "SELECT count(*) FROM crl WHERE issuer = 1"), 1);
	desk_tend(d);
	assert_int_equal(d->warnings, 0);
	ca_buf_free(&key);
	ca_buf_free(&cut);
}

/* As the thread that answers has them. */
static void
is_copied_for_another_thread(void **state)
{
	struct desk *d = *state;
	struct lab *l = d->l;
	const struct authority_options options = {
	    .home = l->home, .wait_ms = 10000, .world = &l->world};
	struct holder h = holder_of(
	    l, lab_issue(l, "www.company.com"), "issuing");
	struct responders *copy = NULL;
	struct authority *theirs = NULL;

	LAB_OK(l, desk_init(l, NULL));
	desk_open_with(d, true);
	LAB_OK(l, authority_open(&options, &theirs, &l->err));
	LAB_OK(l, responders_copy(d->responders, theirs, &copy, &l->err));
	responders_close(d->responders);
	d->responders = copy;
	assert_int_equal(desk_state(d, &h), CA_OCSP_GOOD);
	/* without the authorities' keys */
	desk_tend(d);
	desk_says(d, "issuing: has no CRL: signet crl --ca issuing");
	assert_int_equal(lab_count(l, "SELECT count(*) FROM crl"), 0);
	responders_close(d->responders);
	d->responders = NULL;
	authority_close(theirs);
	holder_done(&h);
}

/* It signs no more; of what it signed it may still be asked. */
static void
leaves_a_revoked_authority_alone(void **state)
{
	struct desk *d = *state;
	struct lab *l = d->l;
	struct holder h = holder_of(
	    l, lab_issue(l, "www.company.com"), "issuing");

	LAB_OK(l, desk_init(l, NULL));
	(void)lab_revoke(l, lab_count(l, "SELECT min(id) + 1 FROM certificate"),
	    CA_REASON_CA_COMPROMISE);
	l->now += 25 * CA_DAY;
	desk_open_with(d, true);
	assert_int_equal(desk_state(d, &h), CA_OCSP_GOOD);
	desk_tend(d);
	assert_int_equal(lab_count(l, RESPONDERS), 1);
	assert_int_equal(
	    lab_count(l, "SELECT count(*) FROM crl WHERE issuer = 2"), 0);
	assert_int_equal(d->warnings, 0);
	/* and when that ends too, somebody has to know */
	l->now += 6 * CA_DAY;
	desk_tend(d);
	assert_int_equal(d->warnings, 1);
	desk_says(d, "issuing: it is revoked|responder has ended|tryLater");
	assert_int_equal(lab_count(l, RESPONDERS), 1);
	holder_done(&h);
}

static void
tells_of_a_revoked_authority_with_a_revoked_responder(void **state)
{
	struct desk *d = *state;
	struct lab *l = d->l;

	LAB_OK(l, desk_init(l, NULL));
	desk_open_with(d, true);
	desk_tend(d);
	assert_int_equal(d->warnings, 0);
	(void)lab_revoke(l,
	    lab_count(l,
		"SELECT id FROM certificate WHERE policy = 'ocsp-responder'"),
	    CA_REASON_KEY_COMPROMISE);
	(void)lab_revoke(l, lab_count(l, "SELECT min(id) + 1 FROM certificate"),
	    CA_REASON_CA_COMPROMISE);
	desk_tend(d);
	/* The responder's is one more that no CRL will show. */
	assert_int_equal(d->warnings, 2);
	desk_says(d, "issuing: it is revoked|may not answer any more");
	desk_says(d, "issuing: it is revoked|1 that it issued was revoked");
}

/* ---- clocks ---- */

/* The same line each time: it is noted when it changes. */
static void
tells_the_same_a_minute_later(struct desk *d, const char *words)
{
	char line[sizeof(d->lines[0])];

	desk_tend(d);
	desk_says(d, words);
	assert_int_equal(d->warnings, 1);
	memcpy(line, d->lines[0], sizeof(line));
	d->l->now += 60;
	desk_tend(d);
	assert_int_equal(d->warnings, 1);
	assert_string_equal(d->lines[0], line);
}

/* Not a word of a responder to be made anew. */
static void
tells_of_a_clock_that_went_back(void **state)
{
	struct desk *d = *state;
	struct lab *l = d->l;

	LAB_OK(l, desk_init(l, NULL));
	desk_open_with(d, true);
	desk_tend(d);
	assert_int_equal(d->warnings, 0);
	l->now -= 10 * CA_DAY;
	tells_the_same_a_minute_later(
	    d, "clock: it is behind the ledger's newest event|set the clock");
	l->now += 10 * CA_DAY;
	desk_tend(d);
	assert_int_equal(d->warnings, 0);
}

/* Within what is forgiven, a responder may be of the future. */
static void
tells_that_its_certificate_has_not_begun(void **state)
{
	struct desk *d = *state;
	struct lab *l = d->l;
	struct responder_order order = {.key_type = CA_KEY_P256,
	    .term = ca_term_none,
	    .policy = "ocsp-responder"};

	lab_publish(l);
	lab_as(l, "root");
	lab_publish(l);
	lab_as(l, "issuing");
	order.term.not_before = l->now + CA_DAY;
	order.term.validity = 20 * CA_DAY;
	LAB_OK(l, desk_init(l, &order));
	desk_open_with(d, true);
	tells_the_same_a_minute_later(
	    d, "issuing|responder is not valid before|set the clock");
}

static void
tells_of_a_clock_that_jumped(void **state)
{
	struct desk *d = *state;
	struct lab *l = d->l;
	char first[sizeof(d->lines)];

	LAB_OK(l, desk_init(l, NULL));
	desk_open_with(d, true);
	desk_tend(d);
	l->now += AUTHORITY_CLOCK_AHEAD + CA_DAY;
	for (int i = 0; i < 2; i++, l->now += 60) {
		desk_tend(d);
		desk_says(
		    d, "clock: it is more than 400 days after|--force-time");
		desk_says(d, "issuing: its CRL ended at");
		desk_says(d, "issuing|responder ended at");
		if (i == 0)
			memcpy(first, d->lines, sizeof(first));
	}
	for (size_t i = 0; i < d->warnings; i++)
		assert_string_equal(
		    d->lines[i], first + i * sizeof(d->lines[0]));
	assert_int_equal(lab_count(l, RESPONDERS), 1);
}

/* It will be, at once: nobody is told to replace it. */
static void
renews_what_has_ended_without_a_word(void **state)
{
	struct desk *d = *state;
	struct lab *l = d->l;
	char path[400];

	LAB_OK(l, desk_init(l, NULL));
	l->now += 40 * CA_DAY;
	desk_open_with(d, true);
	assert_int_equal(d->warnings, 1);
	desk_says(d, "root|has no OCSP responder");
	desk_tend(d);
	assert_int_equal(d->warnings, 0);
	assert_int_equal(lab_count(l, RESPONDERS), 2);
	/* who cannot is told what to do */
	l->now += 40 * CA_DAY;
	desk_open_with(d, false);
	desk_says(d, "issuing|responder ended at|Z: signet renew ");
	/* and where the key is elsewhere, what it takes */
	(void)snprintf(path, sizeof(path), "%s/keys/issuing.key", l->home);
	file_remove(path);
	desk_open_with(d, true);
	desk_says(d,
	    "issuing|responder ended at|Z: put the key of issuing back, "
	    "keys/issuing.key, and: signet renew ");
}

/* A renewal that is refused is told, and not tried into the ledger. */
static void
tells_of_a_renewal_that_fails(void **state)
{
	struct desk *d = *state;
	struct lab *l = d->l;

	LAB_OK(l, desk_init(l, NULL));
	desk_open_with(d, true);
	desk_tend(d);
	lab_change_policy(l, "ocsp-responder", "OCSPSigning", "serverAuth");
	l->now += 21 * CA_DAY;
	desk_tend(d);
	desk_says(d, "issuing|OCSP responder cannot be renewed|ocsp-responder");
	assert_int_equal(lab_count(l, RESPONDERS), 1);
}

#define TEST(name) \
	cmocka_unit_test_setup_teardown(name, lab_setup, desk_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(is_made),
	    TEST(is_made_while_the_clock_moves_on),
	    TEST(is_not_made_twice),
	    TEST(is_replaced),
	    TEST(is_not_replaced_by_what_cannot_answer),
	    TEST(is_not_made_by_another_policy),
	    TEST(is_called_by_the_short_name),
	    TEST(ends_with_its_authority),
	    TEST(is_missed),
	    TEST(is_missed_where_certificates_name_one),
	    TEST(needs_its_passphrase),
	    TEST(is_not_opened_damaged),
	    TEST(serves_without_a_key_that_is_elsewhere),
	    TEST(is_renewed_with_the_authoritys_key),
	    TEST(tells_in_good_time_without_it),
	    TEST(takes_a_renewal_by_another_process),
	    TEST(publishes_what_is_due),
	    TEST(publishes_deltas_where_there_are),
	    TEST(publishes_deltas_where_there_were),
	    TEST(tells_of_a_list_that_grows_old),
	    TEST(takes_up_an_authority_that_came_since),
	    TEST(takes_it_up_with_the_next_answer),
	    TEST(takes_up_a_key_that_came_back),
	    TEST(is_copied_for_another_thread),
	    TEST(leaves_a_revoked_authority_alone),
	    TEST(tells_of_a_revoked_authority_with_a_revoked_responder),
	    TEST(tells_of_a_clock_that_went_back),
	    TEST(tells_that_its_certificate_has_not_begun),
	    TEST(tells_of_a_clock_that_jumped),
	    TEST(renews_what_has_ended_without_a_word),
	    TEST(tells_of_a_renewal_that_fails),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
