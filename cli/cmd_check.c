/* SPDX-License-Identifier: GPL-3.0-or-later */
/* check: Jason's questions, asked of a service that runs. */
#include "cli/cmd_check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/ours.h"
#include "cli/world.h"

#define SKEW INT64_C(300) /* seconds two clocks may differ */
#define AGE_MAX CA_DAY    /* of an OCSP answer that has no nextUpdate */
#define TIMEOUT_DEFAULT 15
#define PORT_MAX 65535
#define WORD_MAX 300 /* octets of HOST:PORT */

static const struct opt options[] = {
    {"starttls", OPT_TEXT, "PROTOCOL",
	"TLS begins after words in the clear: smtp, imap, pop3, postgres or "
	"mysql"},
    {"servername", OPT_TEXT, "NAME",
	"the name that the server is asked for (SNI), and judged by, instead "
	"of HOST"},
    {"host", OPT_TEXT, "NAME",
	"the name, or address, that I meant, when it is neither"},
    {"cert", OPT_TEXT, "FILE",
	"a client certificate, with its intermediates behind it"},
    {"key", OPT_TEXT, "FILE", "its key"}, CMD_OPT_PASSIN,
    {"roots", OPT_LIST, "FILE",
	"whom to trust, instead of this home's roots; may be repeated"},
    {"crl", OPT_LIST, "FILE",
	"CRLs, for whether it has been revoked; may be repeated"},
    {"offline", OPT_FLAG, NULL,
	"fetch no CRLs, OCSP answers and missing issuers"},
    {"soft-fail", OPT_FLAG, NULL,
	"believe it also where nobody says whether it has been revoked"},
    {"at", OPT_TEXT, "TIME",
	"judge for this time, offline: 2027-01-31T12:00:00Z, 2027-01-31 (its "
	"begin, UTC), +30d"},
    {"timeout", OPT_TEXT, "SECONDS",
	"for the service, and again for what is fetched (15)"},
    {"json", OPT_FLAG, NULL, "as JSON"}, {0}};

struct checking {
	const struct invocation *in;
	/* ---- what is asked ---- */
	struct ca_buf host;   /* as it is looked up */
	struct ca_buf sni;    /* "" for none */
	struct ca_buf wanted; /* the name that is judged */
	char port[6];
	enum starttls starttls;
	int64_t timeout_ms;
	bool is_offline;
	struct ca_buf chain, key;           /* ours */
	struct pool anchors, others, certs; /* others: of the home */
	struct pool crls, ocsp;
	struct authority *a; /* NULL: no_ledger says why */
	struct ca_error no_ledger;
	/* ---- what came of it ---- */
	struct connection connection;
	struct tls *tls;
	struct check_talk talk;
	struct check_standing standing[TLS_CHAIN_MAX];
	size_t number[TLS_CHAIN_MAX];
	struct online online;
	struct ca_verify_question ask;
	struct ca_verdict verdict;
	struct ours ours;
	struct check_report report;
	char staple[300];       /* a line of what is stapled */
	struct ca_error broken; /* why there is no connection */
};

/* ---- HOST:PORT ---- */

static enum ca_status
out_of_memory(struct ca_error *err)
{
	return ca_fail(err, CA_MEMORY, "out of memory");
}

/* An address as it is, a name as DNS has it; ret_name only for a name. */
static enum ca_status
take_host(const char *text, struct ca_buf *ret, bool *ret_is_address,
    struct ca_error *err)
{
	uint8_t octets[16];
	size_t len;

	*ret_is_address = ca_ip_parse(text, octets, &len);
	if (*ret_is_address && ca_buf_append_text(ret, text) != CA_OK)
		return out_of_memory(err);
	if (!*ret_is_address)
		return ca_verify_host_prepare(text, ret, err);
	return ca_buf_text(ret) != NULL ? CA_OK : out_of_memory(err);
}

static enum ca_status
take_port(struct checking *c, const char *text, struct ca_error *err)
{
	char *end;
	long port = strtol(text, &end, 10);

	if (text[0] < '0' || text[0] > '9' || *end != '\0' || port < 1 ||
	    port > PORT_MAX)
		return ca_fail(err, CA_USAGE,
		    "%.100s: \"%.40s\" is no port: 1 to %d, as in "
		    "company.com:443",
		    c->in->opts.args[0], text, PORT_MAX);
	(void)snprintf(c->port, sizeof(c->port), "%ld", port);
	return CA_OK;
}

/* company.com, company.com:443, 192.0.2.1:443, [2001:db8::1]:443, and an IPv6
 * address alone. */
static enum ca_status
take_place(struct checking *c, bool *ret_is_address, struct ca_error *err)
{
	const char *word = c->in->opts.args[0];
	char host[WORD_MAX];
	const char *first = strchr(word, ':'), *port = strrchr(word, ':');
	size_t len = strlen(word), skip = word[0] == '[' ? 1 : 0;

	if (skip == 1) {
		const char *bracket = strchr(word, ']');

		if (bracket == NULL ||
		    (bracket[1] != '\0' && bracket[1] != ':'))
			return ca_fail(err, CA_USAGE,
			    "%.100s: an IPv6 address and a port are written "
			    "[2001:db8::1]:443",
			    word);
		port = bracket[1] == ':' ? bracket + 1 : NULL;
		len = (size_t)(bracket - word);
	} else if (port != NULL && port == first) {
		len = (size_t)(port - word);
	} else {
		port = NULL;
	}
	if (strstr(word, "://") != NULL || len == skip ||
	    len - skip >= sizeof(host))
		return ca_fail(err, CA_USAGE,
		    "%.100s: HOST:PORT is wanted, as company.com:443", word);
	memcpy(host, word + skip, len - skip);
	host[len - skip] = '\0';
	(void)snprintf(
	    c->port, sizeof(c->port), "%s", starttls_port(c->starttls));
	if (port != NULL && take_port(c, port + 1, err) != CA_OK)
		return CA_USAGE;
	return take_host(host, &c->host, ret_is_address, err);
}

/* Who is asked for: --servername, else the name among --host and HOST. Who is
 * judged: --host, else --servername, else HOST. */
static enum ca_status
take_names(struct checking *c, struct ca_error *err)
{
	const char *meant = opt_text(&c->in->opts, "host");
	const char *sni = opt_text(&c->in->opts, "servername");
	const char *name;
	bool is_address = false, meant_address = false;
	enum ca_status st = take_place(c, &is_address, err);

	if (st != CA_OK)
		return st;
	if (sni != NULL &&
	    (st = take_host(sni, &c->sni, &meant_address, err)) != CA_OK)
		return st;
	if (sni != NULL && meant_address)
		return ca_fail(err, CA_USAGE,
		    "--servername %.60s: an address is no server's name (RFC "
		    "6066 3)",
		    sni);
	name = meant != NULL ? meant :
	    sni != NULL      ? ca_buf_text(&c->sni) :
			       ca_buf_text(&c->host);
	if ((st = take_host(name, &c->wanted, &meant_address, err)) != CA_OK)
		return st;
	if (meant_address)
		c->ask.ip = ca_buf_text(&c->wanted);
	else
		c->ask.host = ca_buf_text(&c->wanted);
	if (sni == NULL && (!meant_address || !is_address) &&
	    ca_buf_append(&c->sni,
		ca_view(is_address || meant != NULL ? &c->wanted : &c->host)) !=
		CA_OK)
		return out_of_memory(err);
	return CA_OK;
}

static enum ca_status
read_question(struct checking *c, struct ca_error *err)
{
	const struct opts *opts = &c->in->opts;
	const char *starttls = opt_text(opts, "starttls");
	const struct world *world = world_real();
	enum ca_status st;

	if (starttls != NULL && !starttls_by_name(starttls, &c->starttls))
		return ca_fail(err, CA_USAGE,
		    "--starttls %.40s: one of smtp, imap, pop3, postgres, "
		    "mysql",
		    starttls);
	c->ask.at = world->now(world->ctx);
	c->ask.purpose = CA_PURPOSE_SERVER;
	/* It may be any company's, under an authority of its own. */
	c->ask.is_private = true;
	c->ask.skew = SKEW;
	c->ask.ocsp_max_age = AGE_MAX;
	c->is_offline = opt_flag(opts, "offline") ||
	    opt_text(opts, "at") != NULL;
	if ((st = take_names(c, err)) != CA_OK ||
	    (st = cmd_date(c->in, "at", &c->ask.at, err)) != CA_OK ||
	    (st = cmd_timeout(c->in, TIMEOUT_DEFAULT, &c->timeout_ms, err)) !=
		CA_OK)
		return st;
	return cmd_check_credentials(c->in, &c->chain, &c->key, err);
}

/* ---- whom to trust ---- */

static enum ca_status
read_pools(struct checking *c, struct ca_error *err)
{
	const struct opts *opts = &c->in->opts;
	const char *path;
	enum ca_status st = CA_OK;

	c->certs = c->others = (struct pool){
	    .kind = POOL_CERTS, .max = CA_VERIFY_MAX_POOL + 1};
	c->certs.needs_first = true;
	c->anchors = (struct pool){
	    .kind = POOL_ANCHORS, .max = CA_VERIFY_MAX_ANCHORS};
	c->crls = (struct pool){.kind = POOL_CRLS, .max = CA_VERIFY_MAX_CRLS};
	c->ocsp = (struct pool){.kind = POOL_OCSP, .max = CA_VERIFY_MAX_OCSP};
	for (size_t i = 0;
	     st == CA_OK && (path = opt_item(opts, "roots", i)) != NULL; i++)
		st = pool_read(&c->anchors, path, err);
	for (size_t i = 0;
	     st == CA_OK && (path = opt_item(opts, "crl", i)) != NULL; i++)
		st = pool_read(&c->crls, path, err);
	return st;
}

/* With --roots the home is asked only for what it has issued. */
static enum ca_status
open_home(struct checking *c, struct ca_error *err)
{
	const bool has_roots = opt_count(&c->in->opts, "roots") > 0;
	enum ca_status st = cmd_open(c->in, &c->a, &c->no_ledger);

	if (st == CA_OK)
		return has_roots ?
		    CA_OK :
		    cmd_take_authorities(c->a, &c->anchors, &c->others, err);
	if (has_roots && cmd_misses_home(c->in, st, &c->no_ledger, err))
		return CA_NOT_FOUND;
	if (has_roots && st != CA_MEMORY)
		return CA_OK;
	(void)ca_fail(err, st, "%s", c->no_ledger.msg);
	if (st == CA_NOT_FOUND)
		ca_fail_hint(err, "or name whom to trust: --roots FILE");
	return st;
}

/* ---- the service ---- */

static enum ca_status
take_sent(struct checking *c, struct ca_error *err)
{
	const struct tls_facts *facts = tls_facts(c->tls);
	char where[40];
	enum ca_status st = CA_OK;

	for (size_t i = 0; i < facts->cert_count && st == CA_OK; i++) {
		(void)snprintf(
		    where, sizeof(where), "number %zu that was sent", i + 1);
		c->number[c->certs.count] = i + 1;
		st = pool_add(&c->certs, ca_view(&facts->certs[i]), where, err);
	}
	c->report.sent_count = c->certs.count;
	for (size_t i = 0; i < c->others.count && st == CA_OK; i++)
		st = pool_add(&c->certs, c->others.certs[i].der, "home", err);
	return st;
}

/* CA_OK also when the handshake was not completed and there is a chain to
 * look at: c->broken has the reason. */
static enum ca_status
connect_to(struct checking *c, struct ca_error *err)
{
	const struct tls_ask ask = {.connection = &c->connection,
	    .server_name = c->sni.len > 0 ? ca_buf_text(&c->sni) : NULL,
	    .chain = ca_view(&c->chain),
	    .key = ca_view(&c->key)};
	enum ca_status st;

	c->connection.host = ca_buf_text(&c->host);
	c->connection.port = c->port;
	st = connection_open(&c->connection, c->timeout_ms, c->timeout_ms, err);
	if (st == CA_NOT_FOUND)
		return ca_fail(err, CA_IO, "%s", err->msg);
	if (st != CA_OK ||
	    (st = starttls_begin(c->starttls, &c->connection, err)) != CA_OK)
		return st;
	st = tls_open(&ask, &c->tls, &c->broken);
	ca_buf_free(&c->key);
	if (st != CA_OK &&
	    (c->tls == NULL || tls_facts(c->tls)->cert_count == 0))
		return ca_fail(err, st, "%s", c->broken.msg);
	/* Not for want of a connection. */
	if (tls_facts(c->tls)->refused)
		c->broken = (struct ca_error){0};
	st = cmd_check_talk(
	    c->tls, c->starttls, ca_buf_text(&c->wanted), &c->talk, err);
	connection_close(&c->connection);
	return st;
}

/* ---- judging ---- */

/* A certificate that names no place to ask is not held against its holder. */
static enum ca_revocation
revocation_wanted(const struct checking *c)
{
	if (opt_count(&c->in->opts, "crl") > 0)
		return CA_REVOCATION_LEAF;
	if (c->is_offline || !ca_verify_names_place(&c->certs.certs[0]))
		return CA_REVOCATION_GIVEN;
	return opt_flag(&c->in->opts, "soft-fail") ? CA_REVOCATION_SOFT :
						     CA_REVOCATION_NAMED;
}

/* Whoever names no responder has nothing to staple. */
static enum ca_status
look_for_staple(struct checking *c, struct ca_error *err)
{
	const struct ca_exts *exts = &c->certs.certs[0].exts;
	const struct ca_ext *access = ca_exts_find(
	    exts, CA_OID_AUTHORITY_INFO_ACCESS);
	struct ca_url_list responders = {0}, issuers = {0};

	if (c->is_offline || c->broken.status != CA_OK || access == NULL ||
	    !ca_info_access_get(access->value, &responders, &issuers) ||
	    responders.count == 0)
		return CA_OK;
	return cmd_check_staple(&c->connection, c->starttls,
	    c->sni.len > 0 ? ca_buf_text(&c->sni) : NULL, c->timeout_ms,
	    &c->ask, &c->ocsp, c->staple, err);
}

static enum ca_status
judge(struct checking *c, struct ca_error *err)
{
	const struct online_pools pools = {
	    &c->certs, &c->anchors, &c->crls, &c->ocsp};
	struct ca_error why = {0};
	enum ca_status st = CA_OK;

	c->ask.revocation = revocation_wanted(c);
	if (!c->is_offline) {
		c->online.pools = pools;
		c->online.whole_ms = c->timeout_ms;
		st = online_gather(&c->online, &c->ask, err);
	}
	if (st != CA_OK)
		return st;
	online_set(&c->ask, &pools);
	if ((st = look_for_staple(c, err)) != CA_OK)
		return st;
	online_set(&c->ask, &pools);
	st = ca_verify(&c->ask, &c->verdict, &why);
	if (st != CA_OK && st != CA_UNTRUSTED)
		return ca_fail(err, st, "%s", why.msg);
	if (c->a == NULL)
		return CA_OK;
	/* What this home has revoked is not trusted, whatever a list says. */
	st = ours_look_up(&c->ours, authority_ledger(c->a), &c->verdict,
	    opt_text(&c->in->opts, "at") != NULL ? c->ask.at : OURS_ANY_TIME,
	    err);
	if (st == CA_OK)
		ours_judge(&c->ours, &c->verdict, &why);
	return st;
}

static enum ca_status
ask_ledger(struct checking *c, struct ca_error *err)
{
	const char *name = c->ask.host != NULL ? c->ask.host : c->ask.ip;
	enum ca_status st = CA_OK;

	for (size_t i = 0;
	     c->a != NULL && i < c->report.sent_count && st == CA_OK; i++)
		st = check_ledger(c->a, &c->certs.certs[i], i == 0, name,
		    c->ask.at, &c->standing[i], err);
	for (size_t i = 0; i < c->report.sent_count && st == CA_OK; i++)
		if (c->verdict.revoked &&
		    c->verdict.trust.outcome == CA_OUTCOME_HOLDS &&
		    c->verdict.revocation.cert != NULL &&
		    ca_bytes_equal(
			c->verdict.revocation.cert->der, c->certs.certs[i].der))
			check_revoked(&c->standing[i]);
	return st;
}

/* Who has no home is Jason: he needs no advice to make one. */
static const char *
no_ledger(const struct checking *c)
{
	if (c->a != NULL)
		return NULL;
	if (c->no_ledger.status == CA_NOT_FOUND)
		return "there is no home here";
	return c->no_ledger.msg;
}

static enum ca_status
fill_report(struct checking *c, struct ca_error *err)
{
	struct check_report *report = &c->report;

	report->host = ca_buf_text(&c->host);
	report->port = c->port;
	report->server_name = c->sni.len > 0 ? ca_buf_text(&c->sni) : NULL;
	report->staple = c->staple;
	report->starttls = starttls_name((int)c->starttls);
	report->facts = tls_facts(c->tls);
	report->talk = &c->talk;
	report->certs = c->certs.certs;
	report->number = c->number;
	report->standing = c->standing;
	report->no_ledger = no_ledger(c);
	report->ask = &c->ask;
	report->verdict = &c->verdict;
	report->online = c->is_offline ? NULL : &c->online;
	report->left_out = &c->certs;
	report->broken = &c->broken;
	check_cipher(report->facts->cipher, &report->cipher);
	check_group(
	    report->facts->group, report->facts->dh_bits, &report->group);
	if (check_key(&report->certs[0].spki, &report->key) != CA_OK)
		return out_of_memory(err);
	return CA_OK;
}

/* ---- telling ---- */

static enum ca_status
tell(const struct checking *c, struct ca_error *err)
{
	struct text text = {0};

	if (c->in->json)
		return json_print("check", check_json(&c->report), err);
	check_print(&c->report, &text, c->in->term.colour_out);
	return text_print(&text, err);
}

/* What the connection has to say names it already. */
static void
name_place(const struct checking *c, struct ca_error *err)
{
	const char *host = c->connection.host;

	if (host == NULL || strncmp(err->msg, host, strlen(host)) != 0)
		ca_fail_in(err, c->in->opts.args[0]);
}

static enum ca_status
conclude(const struct checking *c, struct ca_error *err)
{
	struct text faults = {0};
	enum ca_status st = CA_OK;

	check_faults(&c->report, &faults);
	if (faults.status != CA_OK) {
		st = out_of_memory(err);
	} else if (faults.buf.len > 0) {
		st = ca_fail(err, CA_UNTRUSTED, "walk away: %.*s",
		    (int)strcspn(text_get(&faults), "\n"), text_get(&faults));
	} else if (c->broken.status != CA_OK) {
		st = ca_fail(err, c->broken.status, "%s", c->broken.msg);
	} else if (c->talk.client == CHECK_CLIENT_REFUSED) {
		st = ca_fail(err, CA_IO, "the server refuses %s: %s",
		    c->report.facts->shown ?
			"our certificate" :
			"who shows no certificate (--cert, --key)",
		    c->talk.said);
	}
	if (st != CA_OK)
		name_place(c, err);
	text_done(&faults);
	return st;
}

static void
done(struct checking *c)
{
	struct ca_buf *const bufs[] = {
	    &c->host, &c->sni, &c->wanted, &c->chain, &c->key};
	struct pool *const pools[] = {
	    &c->anchors, &c->others, &c->certs, &c->crls, &c->ocsp};

	tls_close(c->tls);
	connection_close(&c->connection);
	authority_close(c->a);
	online_done(&c->online);
	for (size_t i = 0; i < sizeof(pools) / sizeof(pools[0]); i++)
		pool_done(pools[i]);
	for (size_t i = 0; i < sizeof(bufs) / sizeof(bufs[0]); i++)
		ca_buf_free(bufs[i]);
	free(c);
}

static enum ca_status
run(const struct invocation *in, struct ca_error *err)
{
	struct checking *c = calloc(1, sizeof(*c));
	enum ca_status st;

	if (c == NULL)
		return out_of_memory(err);
	c->in = in;
	c->connection.fd = -1;
	if ((st = read_question(c, err)) != CA_OK ||
	    (st = read_pools(c, err)) != CA_OK ||
	    (st = open_home(c, err)) != CA_OK)
		goto out;
	if ((st = connect_to(c, err)) != CA_OK ||
	    (st = take_sent(c, err)) != CA_OK ||
	    (st = judge(c, err)) != CA_OK ||
	    (st = ask_ledger(c, err)) != CA_OK ||
	    (st = fill_report(c, err)) != CA_OK) {
		name_place(c, err);
		goto out;
	}
	if ((st = tell(c, err)) == CA_OK)
		st = conclude(c, err);
out:
	done(c);
	return st;
}

const struct command cmd_check = {
    .name = "check",
    .operands = "HOST:PORT",
    .summary = "is a service to be believed: TLS, its chain, this ledger",
    .about =
	"Connects by TLS 1.3 or 1.2 and asks of the certificate that the "
	"service shows what `signet verify` asks of a file: is it in date, is "
	"it for the name that was meant, is it signed by someone trusted, and "
	"has it been revoked: CRLs and OCSP answers are fetched from where the "
	"certificates say they are, unless --offline. Without PORT it is 443, "
	"or the one of --starttls.\n\nThen: how strong protocol, cipher, key "
	"exchange and key are (weak: below 128 bit, RSA below 2048); what is "
	"wrong with the chain as it is sent; whether a client certificate is "
	"asked for, and what became of ours; what is stapled, where TLS 1.2 "
	"shows it; how many days are left; and of "
	"each certificate whether it is in this home's ledger. One that bears "
	"the name of an authority of ours and is not there, or that a stranger "
	"issued for a name of ours, is an IMPOSTOR.\n\nA staple that says "
	"revoked is "
	"heeded. One that says good is told, and stands for no answer that was "
	"asked for and did not come: TLS 1.3's cannot be seen here, and the "
	"verdict is to be the same for both.\n\nThe server may be a private "
	"authority's: what browsers alone demand of the public's is not "
	"demanded (extKeyUsage may be missing or critical, subjectAltName "
	"critical). The name must be among its subjectAltNames, an "
	"extKeyUsage have serverAuth, signatures be of SHA-2, RSA keys of 2048 "
	"bit; and it is no authority's (CA:TRUE), not even one that --roots "
	"has: `openssl req -x509` wants -addext "
	"basicConstraints=critical,CA:FALSE.\n\nThe exit code is 0 when "
	"all is good; 5 when one should walk away; 1 when there is no "
	"connection, the server refuses us, or what it shows cannot be read.",
    .examples =
	"  signet check company.com:443\n"
	"  signet check mail.company.com --starttls smtp\n"
	"  signet check company.com --cert jason.crt --key jason.key\n"
	"  signet check 127.0.0.1:8443 --servername company.com\n"
	"  signet check www.example.org --roots their-root.pem --json\n",
    .options = options,
    .min_args = 1,
    .max_args = 1,
    .needs = CMD_LEDGER_ALONE | CMD_NETWORK,
    .run = run,
};
