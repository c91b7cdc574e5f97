/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Partitions, delta CRLs, and what no list says yet. */
#include "tests/unit/ledger_fixture.h"

static enum ca_status
write_serial(void *ctx, const struct ledger_revocation *row)
{
	enum ca_status st = ca_hex_append(ctx, row->serial);

	return st == CA_OK ?
	    ca_buf_printf(ctx, "/%lld ", (long long)row->partition) :
	    st;
}

static struct ledger_crl
crl_of(const struct fixture *f, int64_t number, int64_t this_update)
{
	return (struct ledger_crl){
	    .issuer = f->root,
	    .number = number,
	    .this_update = this_update,
	    .next_update = this_update + 86400,
	    .entries = 3,
	    .der = BYTES("a list"),
	    .hash = hash_of(0x44),
	};
}

static enum ca_status
compare_crl(void *ctx, const struct ledger_crl *row)
{
	const struct ledger_crl *is = ctx;

	assert_int_equal(row->issuer, is->issuer);
	assert_int_equal(row->number, is->number);
	assert_int_equal(row->base, is->base);
	assert_int_equal(row->this_update, is->this_update);
	assert_int_equal(row->next_update, is->next_update);
	assert_int_equal(row->entries, is->entries);
	assert_true(ca_bytes_equal(row->der, is->der));
	assert_true(ca_bytes_equal(row->hash, is->hash));
	return CA_OK;
}

static int64_t
put_point(struct fixture *f, const char *name, int64_t shard)
{
	const struct ledger_point point = {
	    .issuer = f->root, .name = ca_text(name), .shard = shard};
	int64_t id = 0;

	assert_ok(f, ledger_put_point(f->ledger, &point, &id, &f->err));
	return id;
}

/* checklist 87, 93: what is published at once shares number and date; each
 * kind of each point once; a delta has a base of its own point. */
static void
lists_published_at_once(void **state)
{
	struct fixture *f = *state;
	struct ledger_crl crl = crl_of(f, 1, NOW);
	struct ledger_crl_query query = {.issuer = f->root};
	int64_t part;

	begin(f);
	part = put_point(f, "a", 1);
	assert_ok(f, ledger_add_crl(f->ledger, &crl, &f->err));
	crl.point = part;
	assert_ok(f, ledger_add_crl(f->ledger, &crl, &f->err));
	assert_fails(f, ledger_add_crl(f->ledger, &crl, &f->err), CA_REFUSED,
	    "CRL number 1 after 1");
	crl = crl_of(f, 2, NOW + 1);
	assert_ok(f, ledger_add_crl(f->ledger, &crl, &f->err));
	crl.base = 1;
	crl.this_update++;
	assert_fails(f, ledger_add_crl(f->ledger, &crl, &f->err), CA_REFUSED,
	    "CRL number 2 after 2");
	crl.this_update--;
	assert_ok(f, ledger_add_crl(f->ledger, &crl, &f->err));
	crl = crl_of(f, 3, NOW + 2);
	crl.base = 2;
	crl.point = part;
	assert_fails(f, ledger_add_crl(f->ledger, &crl, &f->err), CA_REFUSED,
	    "delta CRL 3: its base 2 was not published");
	crl.base = 1;
	assert_ok(f, ledger_add_crl(f->ledger, &crl, &f->err));
	commit(f);
	query.kind = LEDGER_CRL_DELTA;
	query.point = part;
	assert_ok(
	    f, ledger_find_crl(f->ledger, &query, compare_crl, &crl, &f->err));
	query.base = 7;
	assert_fails(f,
	    ledger_find_crl(f->ledger, &query, compare_crl, &crl, &f->err),
	    CA_NOT_FOUND, "no such delta CRL");
	crl = crl_of(f, 2, NOW + 1);
	assert_ok(
	    f, ledger_last_crl(f->ledger, f->root, compare_crl, &crl, &f->err));
	crl = crl_of(f, 1, NOW);
	query = (struct ledger_crl_query){.issuer = f->root, .below = 2};
	assert_ok(
	    f, ledger_find_crl(f->ledger, &query, compare_crl, &crl, &f->err));
	query.without_der = true;
	crl.der = (struct ca_bytes){0};
	assert_ok(
	    f, ledger_find_crl(f->ledger, &query, compare_crl, &crl, &f->err));
}

/* checklist 87, 88: by force the date goes back, the number never. */
static void
a_date_goes_back_by_force(void **state)
{
	struct fixture *f = *state;
	struct ledger_crl crl = crl_of(f, 1, NOW + 86400);

	begin(f);
	assert_ok(f, ledger_add_crl(f->ledger, &crl, &f->err));
	crl = crl_of(f, 2, NOW);
	assert_fails(f, ledger_add_crl(f->ledger, &crl, &f->err), CA_REFUSED,
	    "thisUpdate");
	crl.may_go_back = true;
	crl.number = 1;
	assert_fails(f, ledger_add_crl(f->ledger, &crl, &f->err), CA_REFUSED,
	    "CRL number 1 after 1");
	crl.number = 2;
	assert_ok(f, ledger_add_crl(f->ledger, &crl, &f->err));
	commit(f);
}

/* checklist 94: a URL is one list's for ever. */
static void
a_point_is_one_lists(void **state)
{
	struct fixture *f = *state;
	struct ledger_point point = {
	    .issuer = f->root, .name = BYTES("a"), .shard = 1};
	int64_t first, id = 0;

	begin(f);
	first = put_point(f, "a", 1);
	assert_int_equal(put_point(f, "a", 1), first);
	assert_int_not_equal(put_point(f, "b", 1), first);
	assert_int_not_equal(put_point(f, "c", 0), first);
	point.authorities = true;
	assert_fails(f, ledger_put_point(f->ledger, &point, &id, &f->err),
	    CA_REFUSED, "lists other certificates");
	point.authorities = false;
	point.shard = 0;
	assert_fails(f, ledger_put_point(f->ledger, &point, &id, &f->err),
	    CA_REFUSED, "RFC 5280 5.2.5");
	assert_int_equal(id, 0);
	commit(f);
}

static enum ca_status
compare_freshest(void *ctx, const struct ledger_point *row)
{
	assert_true(ca_bytes_equal(row->freshest, ca_text(ctx)));
	return CA_OK;
}

/* Certificates name the delta CRL, whatever is issued beside them. */
static void
a_freshest_stays(void **state)
{
	static const struct {
		const char *given, *is;
	} steps[] = {{"", ""}, {"x", "x"}, {"", "x"}, {"y", "y"}, {"", "y"}};
	struct fixture *f = *state;
	struct ledger_point point = {.issuer = f->root, .name = BYTES("a")};
	int64_t id;

	begin(f);
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		char is[2] = {steps[i].is[0], 0};

		point.freshest = ca_text(steps[i].given);
		assert_ok(f, ledger_put_point(f->ledger, &point, &id, &f->err));
		assert_ok(f,
		    ledger_each_point(
			f->ledger, f->root, compare_freshest, is, &f->err));
	}
	commit(f);
}

/* A partition's list is of its own certificates; the complete one of all. */
static void
revocations_of_a_partition(void **state)
{
	struct fixture *f = *state;
	struct ca_buf text = {0};
	int64_t points[3];

	begin(f);
	points[0] = put_point(f, "a", 1);
	points[1] = put_point(f, "b", 2);
	points[2] = put_point(f, "c", 0);
	for (uint8_t i = 1; i <= 6; i++) {
		struct ledger_cert row = cert_of(f, (struct ca_bytes){&i, 1});

		row.point = points[i % 3];
		(void)revoke_for(f, intend(f, &row), NOW, 4);
	}
	commit(f);
	assert_ok(f,
	    ledger_each_revocation(
		f->ledger, f->root, 0, write_serial, &text, &f->err));
	assert_text(&text, "01/2 02/0 03/1 04/2 05/0 06/1 ");
	assert_ok(f,
	    ledger_each_listed(
		f->ledger, f->root, 0, 0, write_serial, &text, &f->err));
	assert_text(&text, "01/0 02/0 03/0 04/0 05/0 06/0 ");
	assert_ok(f,
	    ledger_each_listed(f->ledger, f->root, points[1], 0, write_serial,
		&text, &f->err));
	assert_text(&text, "01/0 04/0 ");
	assert_ok(f,
	    ledger_each_listed(f->ledger, f->root, points[2], 0, write_serial,
		&text, &f->err));
	assert_int_equal(text.len, 0);
}

static void
add_event(struct fixture *f, const char *kind)
{
	const struct ledger_event event = {
	    .actor = "a", .kind = kind, .issuer_spki_hash = hash_of(0x11)};

	begin(f);
	assert_ok(f, ledger_add_event(f->ledger, &event, &f->err));
	commit(f);
}

static void
knows_what_no_list_says_yet(void **state)
{
	static const struct {
		const char *kind;
		bool news;
	} steps[] = {{"issued", false}, {"revoked", true}, {"issued", true},
	    {"crl-published", false}, {"intended", false}, {"unheld", true},
	    {"crl-published", false}};
	struct fixture *f = *state;
	bool news = true;

	for (size_t i = 0; i < COUNT(steps); i++) {
		add_event(f, steps[i].kind);
		assert_ok(f,
		    ledger_has_news(f->ledger, hash_of(0x11), &news, &f->err));
		assert_int_equal(news, steps[i].news);
	}
	add_event(f, "revoked");
	assert_ok(f, ledger_has_news(f->ledger, hash_of(0x12), &news, &f->err));
	assert_false(news);
}

/* Those that were revoked since, and have not ended. */
static void
counts_what_no_list_says(void **state)
{
	struct fixture *f = *state;
	int64_t count = -1;

	add_event(f, "revoked"); /* of no certificate */
	assert_ok(f,
	    ledger_count_unlisted(
		f->ledger, hash_of(0x11), NOW, &count, &f->err));
	assert_int_equal(count, 0);
}

#define WITH_LEDGER(test) \
	cmocka_unit_test_setup_teardown(test, make_ledger, drop_folder)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    WITH_LEDGER(lists_published_at_once),
	    WITH_LEDGER(a_date_goes_back_by_force),
	    WITH_LEDGER(a_point_is_one_lists),
	    WITH_LEDGER(a_freshest_stays),
	    WITH_LEDGER(revocations_of_a_partition),
	    WITH_LEDGER(knows_what_no_list_says_yet),
	    WITH_LEDGER(counts_what_no_list_says),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
