/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * CRLs that others test with: NIST's PKITS and pyca's odd ones. Each that is
 * not read is listed with its reason; what is read has one encoding and as
 * many entries as it says.
 */
#include <dirent.h>

#include "ca/crl.h"
#include "ca/pem.h"
#include "tests/fuzz/property.h"
#include "tests/unit/asn1.h"

struct refused {
	const char *file;
	enum ca_status status;
	const char *words; /* in the reason */
};

/* checklist 38, 98: PKITS wants the first, and those with unknown critical
 * extensions, refused. */
static const struct refused pkits[] = {
    {"BadCRLSignatureCACRL.crl", CA_MALFORMED, "RFC 5280 5.1.1.3"},
    {"DSACACRL.crl", CA_REFUSED, "dsa"},
    {"DSAParametersInheritedCACRL.crl", CA_REFUSED, "dsa"},
    /* Tests 4.4.14 and 15: a negative serial is taken there. RFC 5280
     * 4.1.2.2 has positive ones alone. */
    {"NegativeSerialNumberCACRL.crl", CA_MALFORMED, "negative"},
    {"UnknownCRLEntryExtensionCACRL.crl", CA_MALFORMED, "critical"},
    {"UnknownCRLExtensionCACRL.crl", CA_MALFORMED, "critical"},
    {"indirectCRLCA1CRL.crl", CA_REFUSED, "indirect"},
    {"indirectCRLCA3cRLIssuerCRL.crl", CA_REFUSED, "indirect"},
    {"indirectCRLCA4cRLIssuerCRL.crl", CA_REFUSED, "indirect"},
    {"indirectCRLCA5CRL.crl", CA_REFUSED, "indirect"},
};

#define TIME CA_MALFORMED, "RFC 5280 5.1.2.4"

static const struct refused pyca[] = {
    /* GeneralizedTime before 2050, in these */
    {"crl_all_reasons.pem", TIME},
    {"crl_dup_entry_ext.pem", TIME},
    {"crl_inval_cert_issuer_entry_ext.pem", TIME},
    {"crl_unsupported_reason.pem", TIME},
    {"crl_invalid_time.der", TIME},
    {"crl_bad_version.pem", CA_MALFORMED, "version 2"},
    {"crl_empty.pem", CA_REFUSED, "sha1"},
    {"crl_idp_fullname_indirect_crl.pem", CA_REFUSED, "indirect"},
    {"crl_md2_unknown_crit_entry_ext.pem", CA_REFUSED, "md2"},
    {"crl_no_next_update.pem", CA_REFUSED, "sha1"},
};

static enum ca_status
judge(struct ca_bytes der, struct ca_error *err)
{
	struct ca_bytes entries;
	struct ca_crl_entry entry;
	struct ca_crl crl;
	enum ca_status st;
	size_t count = 0;

	st = ca_crl_parse(der, &crl, err);
	if (st != CA_OK)
		return st;
	require_one_encoding(der);
	entries = crl.entries;
	while (ca_crl_next(&entries, &entry))
		count++;
	assert_int_equal(count, crl.entry_count);
	return CA_OK;
}

struct tally {
	const struct refused *table;
	size_t count, taken, refused;
};

static void
hold_one(struct tally *tally, const char *file, struct ca_bytes der)
{
	struct ca_error err = {0};
	enum ca_status st = judge(der, &err);

	for (size_t i = 0; i < tally->count; i++) {
		if (strcmp(tally->table[i].file, file) != 0)
			continue;
		if (st != tally->table[i].status ||
		    strstr(err.msg, tally->table[i].words) == NULL)
			fail_msg("%s: %d \"%s\"", file, st, err.msg);
		tally->refused++;
		return;
	}
	if (st != CA_OK)
		fail_msg("%s: %d \"%s\"", file, st, err.msg);
	tally->taken++;
}

static bool
ends_in(const char *name, const char *end)
{
	size_t len = strlen(name), end_len = strlen(end);

	return len >= end_len && strcmp(name + len - end_len, end) == 0;
}

static void
hold_file(struct tally *tally, const char *name, struct ca_bytes file)
{
	char label[CA_PEM_LABEL];
	struct ca_buf der = {0};

	if (!ends_in(name, ".pem")) {
		hold_one(tally, name, file);
		return;
	}
	while (ca_pem_next(&file, label, &der, NULL) == CA_OK) {
		if (strcmp(label, CA_PEM_CRL) == 0)
			hold_one(tally, name, ca_view(&der));
		ca_buf_free(&der);
	}
	ca_buf_free(&der);
}

static void
hold_folder(struct tally *tally, const char *under)
{
	char path[768];
	struct dirent *entry;
	DIR *dir;

	(void)snprintf(path, sizeof(path), "%s/%s", corpora(), under);
	dir = opendir(path);
	if (dir == NULL)
		fail_msg("%s: cannot be read", path);
	while ((entry = readdir(dir)) != NULL) {
		const char *name = entry->d_name;
		struct ca_buf file = {0};

		if (!ends_in(name, ".pem") && !ends_in(name, ".crl") &&
		    (!ends_in(name, ".der") || strncmp(name, "crl_", 4) != 0))
			continue;
		(void)snprintf(
		    path, sizeof(path), "%s/%s/%s", corpora(), under, name);
		assert_true(append_file(&file, path));
		hold_file(tally, name, ca_view(&file));
		ca_buf_free(&file);
	}
	closedir(dir);
}

static void
pkits_is_read(void **state)
{
	struct tally tally = {.table = pkits, .count = COUNT(pkits)};

	(void)state;
	hold_folder(&tally, "pkits/crls");
	assert_int_equal(tally.refused, COUNT(pkits));
	assert_int_equal(tally.taken, 173 - COUNT(pkits));
}

static void
pycas_odd_ones_are_read_or_refused(void **state)
{
	struct tally tally = {.table = pyca, .count = COUNT(pyca)};

	(void)state;
	hold_folder(&tally, "pyca/x509/custom");
	assert_int_equal(tally.refused, COUNT(pyca));
	assert_true(tally.taken >= 14);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(pkits_is_read),
	    cmocka_unit_test(pycas_odd_ones_are_read_or_refused),
	};

	if (corpora() == NULL)
		return not_here();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
