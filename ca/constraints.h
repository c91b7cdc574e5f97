/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * constraints: name constraints (RFC 5280 4.2.1.10), written and checked.
 *
 * What this does not do: accumulate a state along a path. Each authority's
 * extension is checked by itself against the leaf's names; a name must pass
 * every one of them, which for permitted subtrees is the intersection the RFC
 * asks for. minimum and maximum are refused when present.
 */
#ifndef CA_CONSTRAINTS_H
#define CA_CONSTRAINTS_H

#include "ca/base.h"
#include "ca/der.h"
#include "ca/san.h"

#define CA_CONSTRAINTS_MAX 256 /* subtrees in one extension */

struct ca_subtree {
	bool excluded;
	enum ca_san_type type; /* dns, email, uri, ip, directory, upn */
	/*
	 * dns: "company.com", also matching all below; ".company.com", all
	 * below and not itself; "" matches all.
	 * email and upn: a mailbox, a host, or ".domain"; "" matches all.
	 * uri: host or ".domain"; "" matches all that have a host.
	 * ip: 8 or 32 octets, address and mask.  directory: a Name element.
	 * Others: as in struct ca_san; they are kept, and match nothing.
	 */
	struct ca_bytes base;
};

/*
 * Parses the extension's value: 1 to CA_CONSTRAINTS_MAX subtrees, permitted
 * ones first. CA_MALFORMED also for a base that no name can be under: a
 * wildcard, a mask with a hole.
 */
CA_MUST_USE enum ca_status ca_constraints_parse(struct ca_bytes value,
    struct ca_subtree ret[CA_CONSTRAINTS_MAX], size_t *ret_count,
    struct ca_error *err);
/* Writes the extension's value (a NameConstraints element). */
void ca_constraints_put(
    struct der_out *out, const struct ca_subtree *trees, size_t count);
/*
 * The names pass the constraints in value. Checked: every san; the subject
 * (whole Name element) against directory constraints when it is not empty,
 * and its emailAddress attributes against email constraints; where the
 * certificate is for a server and bears no dNSName, its commonName is
 * checked as one when it has the form of a host name (as relying parties
 * do). An otherName SmtpUTF8Mailbox is held against email constraints (RFC
 * 9598 6). A constraint of a type that we cannot judge, with a name of that
 * type present, is a refusal. CA_REFUSED names the name and the subtree; a
 * malformed extension is CA_MALFORMED.
 */
CA_MUST_USE enum ca_status ca_constraints_check(struct ca_bytes value,
    struct ca_bytes subject, const struct ca_san *sans, size_t san_count,
    struct ca_error *err);
/*
 * The same for a certificate that was read: sans is its GeneralNames element,
 * or {0}. Of an authority's certificate inside a path the commonName is no
 * host's, whatever it looks like (RFC 5280 6.1.3 (b) and (c)).
 */
CA_MUST_USE enum ca_status ca_constraints_check_cert(struct ca_bytes value,
    struct ca_bytes subject, struct ca_bytes sans, bool is_authority,
    struct ca_error *err);
/*
 * One name under one subtree base of the same type. For an excluded subtree
 * a name that may lie under it does: a wildcard that covers the base, a URI
 * without a host, an IPv4 address as IPv6 (RFC 4291 2.5.5.2), a directory
 * name that differs in letters beyond ASCII, for they are not normalised here.
 */
bool ca_constraints_match(
    const struct ca_san *san, const struct ca_subtree *tree);
/*
 * The name can be compared letter by letter: a host, or that of a mailbox, a
 * UPN or a URI, is ca_san_host_is_plain(); the part before '@' is atoms and
 * dots or a quoted string, with letters beyond ASCII in a UPN alone. A name
 * that cannot ("company.com.") would slip past an exclusion.
 */
bool ca_constraints_can_compare(const struct ca_san *san);
/* Appends "permitted dns:company.com". */
CA_MUST_USE enum ca_status ca_subtree_append_text(
    struct ca_buf *buf, const struct ca_subtree *tree);

#endif
