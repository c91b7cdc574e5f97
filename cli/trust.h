/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * trust: where programs of this machine keep the roots they trust: the
 * system's store, NSS databases (Chromium, Firefox), Java keystores. One file
 * a kind, trust_KIND.c; each of its stores is a place.
 *
 * A place is changed by the programs that belong to it (update-ca-certificates,
 * certutil, keytool). What is ours in it is told by the certificate's bytes and
 * by nothing else: a name that looks like ours may be somebody's.
 *
 * What this does not do: ask or tell anybody (cli/cmd_roots_store); the stores
 * of Windows, macOS, Android and iOS.
 */
#ifndef CLI_TRUST_H
#define CLI_TRUST_H

#include "ca/cert.h"

#define TRUST_PLACES_MAX 64
#define TRUST_LABEL 80

/* The certificate, and whom this is done for. */
struct trust {
	const struct ca_cert *cert;
	struct ca_bytes der;
	struct ca_bytes pem;
	char label[TRUST_LABEL]; /* its file name, nickname and alias */
	const char *person;      /* $HOME, or NULL */
	const char *storepass;   /* NAME=value, for keytool */
};

enum trust_state {
	TRUST_ABSENT = 0,
	TRUST_PARTLY, /* there, and not trusted, or not by everybody */
	TRUST_PRESENT
};

struct trust_place {
	const struct trust_kind *kind;
	struct ca_buf path;     /* with a NUL behind it */
	enum trust_state state; /* by look() */
	struct ca_buf entry;    /* the first name it has there, "" */
};

struct trust_places {
	struct trust_place list[TRUST_PLACES_MAX];
	size_t count;
};

struct trust_kind {
	const char *name;    /* "nss", for --store */
	const char *program; /* what changes it, and its Debian package */
	const char *package;
	const char *inside; /* where in the place the files are, or NULL */
	const char *after;  /* what a person does then */
	/* Adds the places that this person's programs look into; none is
	 * no error. */
	enum ca_status (*find)(const struct trust *trust,
	    struct trust_places *places, struct ca_error *err);
	/* Adds the place that a person named. CA_NOT_FOUND, CA_USAGE. */
	enum ca_status (*name_place)(const char *name,
	    struct trust_places *places, struct ca_error *err);
	/* Sets state and entry. */
	enum ca_status (*look)(const struct trust *trust,
	    struct trust_place *place, struct ca_error *err);
	/* Can this certificate be put there or taken away, by this user? CA_IO
	 * says who may. */
	enum ca_status (*check)(const struct trust *trust,
	    const struct trust_place *place, struct ca_error *err);
	enum ca_status (*add)(const struct trust *trust,
	    struct trust_place *place, struct ca_error *err);
	/* Every entry that is this certificate. */
	enum ca_status (*remove)(const struct trust *trust,
	    struct trust_place *place, struct ca_error *err);
};

extern const struct trust_kind trust_system, trust_nss, trust_java;
/* In the order in which they are changed; NULL behind the last. */
const struct trust_kind *trust_kind_at(size_t i);
/* NULL when there is none. */
const struct trust_kind *trust_kind_by_name(const char *name);

/* "signet-lab-root-ca-0123456789abcdef", of its common name and its SHA-256:
 * letters of ASCII, digits and '-', which every store takes. */
CA_MUST_USE enum ca_status trust_label(struct ca_bytes der,
    struct ca_bytes subject, char ret[TRUST_LABEL], struct ca_error *err);

/* For trust_KIND.c. One that is there already is not added again. */
CA_MUST_USE enum ca_status trust_add_place(struct trust_places *places,
    const struct trust_kind *kind, const char *path, struct ca_error *err);
/* access(path, W_OK), with an error that says what to do. */
CA_MUST_USE enum ca_status trust_check_writable(
    const char *path, const char *advice, struct ca_error *err);
/* The number of certificates in a text or DER file, and how many of them are
 * der. What cannot be read holds none. */
void trust_count(struct ca_bytes file, struct ca_bytes der, size_t *ret_all,
    size_t *ret_own);
/* Sets the entry. */
CA_MUST_USE enum ca_status trust_set_entry(
    struct trust_place *place, struct ca_bytes entry, struct ca_error *err);
void trust_places_done(struct trust_places *places);

#endif
