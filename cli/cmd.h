/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cmd: the table of subcommands. One file a noun, cmd_<noun>.c, defines its
 * struct command; main.c lists them. Help, usage errors and (later)
 * completions come from this table alone.
 *
 * What this does not do: any work. A command parses words, calls
 * cli/authority or ca/, prints.
 */
#ifndef CLI_CMD_H
#define CLI_CMD_H

#include "ca/base.h"
#include "cli/authority.h"
#include "cli/opt.h"
#include "cli/pass.h"
#include "cli/term.h"
#include "cli/world.h"

struct pool;       /* cli/pool.h */
struct invocation; /* one run of one command */

/*
 * What a command may reach beside what it is given (cli/confine.h). Without
 * any: the whole home, no network.
 */
#define CMD_NO_HOME 0x1U
#define CMD_LEDGER_ALONE 0x2U      /* of the home: no key, no policy */
#define CMD_NEW_HOME 0x4U          /* the folder above it */
#define CMD_NETWORK 0x8U           /* connections to others */
#define CMD_ONLINE 0x10U           /* likewise, with --online */
#define CMD_WRITES_OPERANDS 0x20U  /* operands are files to be written */
#define CMD_CHANGES_OPERANDS 0x40U /* they are, where they are there */
#define CMD_UNCONFINED 0x80U       /* it starts programs, or confines itself */

struct command {
	const char *name;     /* "sign", "ca add" */
	const char *operands; /* "CSR..."; "" for none */
	const char *summary;  /* one line, for the list */
	const char *about;    /* paragraphs, for help; wrapped at 78 */
	const char *examples; /* lines, for help */
	const struct opt *options;
	int min_args, max_args; /* max -1: any number */
	unsigned needs;         /* CMD_... */
	const char *reads;      /* a file of the system's; NULL for none */
	enum ca_status (*run)(
	    const struct invocation *in, struct ca_error *err);
};

struct invocation {
	const struct command *command;
	struct opts opts;
	struct term term;
	struct ca_buf kept; /* see struct pass */
	struct pass pass;   /* from --passin, --passout, --no-passphrase
			     * where the command has them */
	const char *home;   /* the folder, never NULL */
	struct world world; /* the machine's, and who acts */
	char actor[256];
	int64_t wait_ms;
	bool json;
};

/* Opens the home's authority with this invocation's settings. */
CA_MUST_USE enum ca_status cmd_open(
    const struct invocation *in, struct authority **ret, struct ca_error *err);
/*
 * For who can do without a home: cmd_open() said st, and why. Whether the home
 * was named, by --home or SIGNET_HOME, and is not there: a slip of whoever
 * named it, and never to be passed over. Then err has it: CA_NOT_FOUND.
 */
bool cmd_misses_home(const struct invocation *in, enum ca_status st,
    const struct ca_error *why, struct ca_error *err);
/* Every authority of the home: roots to the anchors, those below to others. */
CA_MUST_USE enum ca_status cmd_take_authorities(struct authority *a,
    struct pool *anchors, struct pool *others, struct ca_error *err);
/*
 * The validity a person asked for: --validity, --not-before, --not-after,
 * which the command must have. CA_USAGE for what does not parse or excludes
 * each other.
 */
CA_MUST_USE enum ca_status cmd_term(
    const struct invocation *in, struct ca_term *ret, struct ca_error *err);
/* The date an option of this command gives; ret is left as it was when it is
 * not given. A day alone is its first second, for "not-after" its last. */
CA_MUST_USE enum ca_status cmd_date(const struct invocation *in,
    const char *option, int64_t *ret, struct ca_error *err);
/* --timeout as milliseconds: seconds, 1 to 3600, or the default. */
CA_MUST_USE enum ca_status cmd_timeout(const struct invocation *in,
    int default_seconds, int64_t *ret_ms, struct ca_error *err);
/* --permit and --exclude (lists of TYPE:VALUE) as a NameConstraints value;
 * ret stays empty when there are none. */
CA_MUST_USE enum ca_status cmd_constraints(
    const struct invocation *in, struct ca_buf *ret, struct ca_error *err);
/* Appends the SHA-256 that the ledger has of a key file within the home;
 * nothing when it has none. */
CA_MUST_USE enum ca_status cmd_key_hash(
    const struct invocation *in, const char *path, struct ca_buf *ret);
/* --kdf, with its default; a note when openssl could not read the key. */
CA_MUST_USE enum ca_status cmd_kdf(
    const struct invocation *in, struct ca_kdf *ret, struct ca_error *err);
enum cmd_policy {
	CMD_POLICY_ANY,
	CMD_POLICY_LEAF,
	CMD_POLICY_AUTHORITY
};
/* The policy is there, can be read and is of the kind that is wanted: asked
 * before a passphrase is. */
CA_MUST_USE enum ca_status cmd_policy(const struct invocation *in,
    const char *name, enum cmd_policy wanted, struct ca_policy **ret,
    struct ca_error *err);
CA_MUST_USE enum ca_status cmd_check_policy(const struct invocation *in,
    const char *name, enum cmd_policy wanted, struct ca_error *err);
/* --key and --kdf, with their defaults. */
CA_MUST_USE enum ca_status cmd_key_choice(const struct invocation *in,
    const char *default_type, enum ca_key_type *ret_type, unsigned *ret_bits,
    struct ca_kdf *ret_kdf, struct ca_error *err);
/* --path-len; ret_given false when it is not there. */
CA_MUST_USE enum ca_status cmd_path_len(const struct invocation *in,
    bool *ret_given, int *ret, struct ca_error *err);

/* Option rows that several commands share. */
#define CMD_OPT_PASSIN                                                  \
	{                                                               \
		"passin", OPT_TEXT, "SOURCE",                           \
		    "passphrase of the signing key: env:, file:, fd:, " \
		    "stdin"                                             \
	}
#define CMD_OPT_PASSOUT                                                   \
	{                                                                 \
		"passout", OPT_TEXT, "SOURCE",                            \
		    "passphrase for the new key: env:, file:, fd:, stdin" \
	}
#define CMD_OPT_NO_PASSPHRASE                       \
	{                                           \
		"no-passphrase", OPT_FLAG, NULL,    \
		    "leave the new key unencrypted" \
	}
#define CMD_OPT_KDF                                                           \
	{                                                                     \
		"kdf", OPT_TEXT, "KDF",                                       \
		    "scrypt[:N:8:p], N 16384 to 524288 (openssl reads it to " \
		    "16384), or pbkdf2[:iterations[:sha512]]"                 \
	}
#define CMD_OPTS_TERM                                                         \
	{"validity", OPT_TEXT, "TIME", "how long it is valid: 90d, 12h, 2y"}, \
	    {"not-before", OPT_TEXT, "DATE",                                  \
		"first second: 2027-01-31T12:00:00Z, 2027-01-31 (its "        \
		"begin, UTC), +2d"},                                          \
	{                                                                     \
		"not-after", OPT_TEXT, "DATE",                                \
		    "last second, likewise; 2027-01-31 is its end"            \
	}
#define CMD_OPT_CA                                                 \
	{                                                          \
		"ca", OPT_TEXT, "NAME", "the authority that signs" \
	}

extern const struct command cmd_init, cmd_ca_add, cmd_ca_list, cmd_key_new,
    cmd_key_passphrase, cmd_csr_new, cmd_csr_show, cmd_sign, cmd_issue,
    cmd_list, cmd_show, cmd_revoke, cmd_unhold, cmd_crl, cmd_crl_show,
    cmd_crl_verify, cmd_audit, cmd_ocsp_init, cmd_ocsp_respond, cmd_ocsp_query,
    cmd_renew, cmd_rekey, cmd_roots_export, cmd_roots_install,
    cmd_roots_uninstall, cmd_roots_status, cmd_serve, cmd_verify, cmd_check,
    cmd_log_checkpoint, cmd_log_key, cmd_log_prove, cmd_log_prove_consistency,
    cmd_log_verify, cmd_doctor, cmd_backup, cmd_restore;

/* The exit code of a status: the one table (design: 0 done, 1 failed, 2
 * usage, 3 refused, 4 not found, 5 not trusted, 75 busy). */
int cmd_exit_code(enum ca_status status);

#endif
