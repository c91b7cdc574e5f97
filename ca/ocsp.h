/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * ocsp: the Online Certificate Status Protocol (RFC 6960; nonces RFC 9654),
 * both sides of it: requests and responses, each read strictly and written.
 *
 * A responder: ca_ocsp_request_parse(), for each certID of the request
 * ca_ocsp_id_is_of() and the ledger, ca_ocsp_may_answer(), ca_ocsp_tbs(),
 * ca_ocsp_sign(). Where that fails, ca_ocsp_error() with what
 * ca_ocsp_error_for() says of the failure: such an answer is not signed.
 *
 * A client: ca_ocsp_request_build(), ca_ocsp_response_parse(),
 * ca_ocsp_response_verify().
 *
 * Views point into the caller's bytes. Times are Unix seconds. Everything is
 * DER: what clients may send as BER is answered with malformedRequest.
 *
 * What this does not do: HTTP, base64, the ledger, the trust in the issuer
 * (ca/verify's path), signing or verifying requests, responders that are
 * trusted by configuration, CRL references, or any response type but
 * id-pkix-ocsp-basic.
 */
#ifndef CA_OCSP_H
#define CA_OCSP_H

#include "ca/base.h"
#include "ca/cert.h"
#include "ca/ext.h"
#include "ca/key.h"
#include "ca/spki.h"

/* Octets of a request or a response. */
#define CA_OCSP_MAX ((size_t)64 * 1024)
#define CA_OCSP_MAX_IDS 64    /* certificates asked for in one request */
#define CA_OCSP_MAX_CERTS 8   /* certificates that come with an object */
#define CA_OCSP_MAX_NONCE 128 /* octets, RFC 9654 2.1; none is of 0 */

/* ---- certID, 4.1.1 ---------------------------------------------------- */

struct ca_ocsp_id {
	struct ca_bytes der; /* the whole CertID element */
	/* SHA1 or SHA256; NONE for every other: hash_oid names it, and
	 * nothing of ours can be found by it (checklist 103). */
	enum ca_hash hash;
	struct ca_bytes hash_oid;
	struct ca_bytes name_hash, key_hash;
	/* As in struct ca_cert: a magnitude, and false for a number that is
	 * negative, zero or of more than 20 octets, which nobody issued. */
	struct ca_bytes serial;
	bool serial_is_proper;
};

/* What an issuer is called by in a certID, computed once. */
#define CA_OCSP_HASH_MAX 32
struct ca_ocsp_issuer {
	uint8_t name_sha1[CA_OCSP_HASH_MAX], key_sha1[CA_OCSP_HASH_MAX];
	uint8_t name_sha256[CA_OCSP_HASH_MAX], key_sha256[CA_OCSP_HASH_MAX];
};

/* Hashes the subject's DER and the octets of the subjectPublicKey. */
CA_MUST_USE enum ca_status ca_ocsp_issuer_of(const struct ca_cert *issuer,
    struct ca_ocsp_issuer *ret, struct ca_error *err);
/* The same, but its name as cert writes it, whose issuer it is: that may be in
 * another string type (RFC 5280 7.1), and RFC 6960 4.1.1 means that one. */
CA_MUST_USE enum ca_status ca_ocsp_issuer_in(const struct ca_cert *cert,
    const struct ca_cert *issuer, struct ca_ocsp_issuer *ret,
    struct ca_error *err);
/* The certID is for a certificate of this issuer: a hash we know, and both
 * values equal in length and content (checklist 101, 104). */
bool ca_ocsp_id_is_of(
    const struct ca_ocsp_id *id, const struct ca_ocsp_issuer *issuer);

/* ---- requests, 4.1 ---------------------------------------------------- */

struct ca_ocsp_request {
	struct ca_bytes der;
	struct ca_ocsp_id id[CA_OCSP_MAX_IDS];
	size_t count;          /* 1 or more */
	struct ca_bytes nonce; /* 1 to 128 octets; {0} when there is none */
	/* Reported, and nothing depends on them: who asks is not asked. */
	struct ca_bytes requestor; /* a GeneralName element; {0} if absent */
	bool is_signed;            /* the signature is not verified */
};

/*
 * CA_MALFORMED, to be answered with malformedRequest: not an OCSPRequest in
 * DER, a version other than 1, an extension twice, a certID whose hashes do
 * not have the length of their algorithm, a nonce of 0 or of more than 128
 * octets, no certificate asked for. CA_REFUSED, to be answered with
 * unauthorized: a critical extension that is not the nonce, more than
 * CA_OCSP_MAX_IDS certificates, CA_OCSP_MAX octets or CA_OCSP_MAX_CERTS
 * certificates of the one who signed. An unknown hash is neither: see
 * struct ca_ocsp_id.
 */
CA_MUST_USE enum ca_status ca_ocsp_request_parse(
    struct ca_bytes der, struct ca_ocsp_request *ret, struct ca_error *err);
/*
 * Asks for one certificate of issuer. hash is SHA1, which every responder
 * knows, or SHA256. nonce is {0}, or 1 to 128 octets (RFC 9654 2.1: 32 are
 * recommended) from the caller's generator. CA_REFUSED when issuer did not
 * issue cert, by its name, or cert's serial is not proper. ret is replaced.
 */
CA_MUST_USE enum ca_status ca_ocsp_request_build(const struct ca_cert *cert,
    const struct ca_cert *issuer, enum ca_hash hash, struct ca_bytes nonce,
    struct ca_buf *ret, struct ca_error *err);

/* ---- what is said of a certificate, 2.2 and 4.2.1 --------------------- */

enum ca_ocsp_state {
	CA_OCSP_UNKNOWN = 0, /* {0} says nothing good of anything */
	CA_OCSP_GOOD,
	CA_OCSP_REVOKED,
	/* 2.2 and 4.4.8: written, and read, as revoked on 1970-01-01 for
	 * certificateHold, with extended-revoke in the response. */
	CA_OCSP_NEVER_ISSUED
};
/* "good", "revoked", "unknown", "never issued"; NULL for no such state. */
const char *ca_ocsp_state_name(int state);

struct ca_ocsp_answer {
	struct ca_ocsp_id id; /* to write one, id.der alone is looked at */
	enum ca_ocsp_state state;
	int64_t revoked_at;    /* 0 unless revoked */
	enum ca_reason reason; /* unspecified is left out */
	int64_t this_update;
	int64_t next_update; /* INT64_MAX: not said */
};

/* ---- responses, written ----------------------------------------------- */

struct ca_ocsp_order {
	const struct ca_spki *responder; /* responderID is its SHA-1 */
	int64_t produced_at;
	const struct ca_ocsp_answer *answer;
	size_t count;          /* 1 to CA_OCSP_MAX_IDS */
	struct ca_bytes nonce; /* the request's; {0} for none */
};

/*
 * The responder may answer for the issuer at now, and until next_update: it
 * has the issuer's very name and key, or ca_ocsp_responder_check() holds; now
 * lies in the validity of both certificates, and next_update does not come
 * after the end of either (checklist 107, 109). CA_UNTRUSTED otherwise:
 * answer tryLater, as ca_ocsp_error_for() says, and tell the operator.
 */
CA_MUST_USE enum ca_status ca_ocsp_may_answer(const struct ca_cert *responder,
    const struct ca_cert *issuer, int64_t now, int64_t next_update,
    struct ca_error *err);
/*
 * A ResponseData element. The certIDs are copied as bytes, so that each
 * answer carries the certID of the request; extended-revoke is there when
 * one of them was never issued. CA_INTERNAL, for it is the caller's fault:
 * not thisUpdate <= producedAt < nextUpdate, no answer or too many, a nonce
 * too long, what is no CertID, removeFromCRL, or a date out of range. ret is
 * replaced.
 */
CA_MUST_USE enum ca_status ca_ocsp_tbs(const struct ca_ocsp_order *order,
    struct ca_buf *ret, struct ca_error *err);
/*
 * A whole OCSPResponse, successful, around tbs and its signature. cert is
 * the delegated responder's certificate, sent along; NULL when the issuer
 * itself signs, whose certificate whoever asks has. The bytes are parsed
 * again, and compared with tbs, before they are returned. CA_INTERNAL when
 * the key is not cert's, nor the responderID its hash. ret is replaced.
 */
CA_MUST_USE enum ca_status ca_ocsp_sign(struct ca_bytes tbs,
    const struct ca_cert *cert, struct ca_key *key,
    const struct ca_sig_alg *alg, struct ca_rng *rng, struct ca_buf *ret,
    struct ca_error *err);

/* OCSPResponseStatus, 4.2.1; 4 is not used. */
enum ca_ocsp_status {
	CA_OCSP_SUCCESSFUL = 0,
	CA_OCSP_MALFORMED_REQUEST = 1,
	CA_OCSP_INTERNAL_ERROR = 2,
	CA_OCSP_TRY_LATER = 3,
	CA_OCSP_SIG_REQUIRED = 5,
	CA_OCSP_UNAUTHORIZED = 6
};
/* "tryLater"; NULL for a number that is none. */
const char *ca_ocsp_status_name(int status);
/*
 * An OCSPResponse that says why there is none, unsigned (2.3). CA_INTERNAL
 * for CA_OCSP_SUCCESSFUL and what is no status. ret is replaced.
 */
CA_MUST_USE enum ca_status ca_ocsp_error(
    enum ca_ocsp_status status, struct ca_buf *ret, struct ca_error *err);
/*
 * What to tell the client of a failure: CA_MALFORMED malformedRequest;
 * CA_REFUSED, CA_NOT_FOUND and CA_USAGE unauthorized; CA_BUSY, CA_IO,
 * CA_MEMORY and CA_UNTRUSTED tryLater; all else internalError.
 */
enum ca_ocsp_status ca_ocsp_error_for(enum ca_status status);

/* ---- responses, read -------------------------------------------------- */

struct ca_ocsp_response {
	struct ca_bytes der;
	enum ca_ocsp_status status;
	/* {0}, all of them, unless status is successful */
	struct ca_bytes tbs; /* ResponseData element */
	struct ca_sig_alg alg;
	struct ca_bytes signature;
	struct ca_bytes responder_name; /* Name element; {0} if by key */
	struct ca_bytes responder_key;  /* 20 octets; {0} if by name */
	int64_t produced_at;
	struct ca_ocsp_answer answer[CA_OCSP_MAX_IDS];
	size_t count;          /* 1 or more */
	struct ca_bytes nonce; /* {0} when there is none */
	bool extended_revoke;
	struct ca_bytes certs; /* certificates, one after the other */
};

/*
 * CA_MALFORMED: not an OCSPResponse in DER; successful without a response,
 * or a failure with one; a version other than 1, no answer, nextUpdate
 * before thisUpdate, an extension twice, one that is critical and unknown.
 * CA_REFUSED: another response type, an algorithm we do not read, more
 * answers, octets or certificates than the bounds. The certificates that
 * came along are not parsed yet.
 */
CA_MUST_USE enum ca_status ca_ocsp_response_parse(
    struct ca_bytes der, struct ca_ocsp_response *ret, struct ca_error *err);

struct ca_ocsp_question {
	const struct ca_cert *cert;   /* of which it is asked */
	const struct ca_cert *issuer; /* whom the caller trusts */
	struct ca_bytes nonce;        /* what was sent; {0}: none */
	bool nonce_needed;            /* an answer without it is refused */
	int64_t now;
	int64_t skew; /* seconds the two clocks may differ, 0 or more */
	/* Seconds after thisUpdate for which an answer that has no
	 * nextUpdate is taken; 0: never. */
	int64_t max_age;
};

struct ca_ocsp_verdict {
	struct ca_ocsp_answer answer;
	bool has_nonce; /* and it was the one that was sent */
	/* The certificate of a delegated responder; {0} for the issuer. */
	struct ca_bytes responder;
	/* It has ocspNoCheck (4.2.2.2.1): where it has not, ask for its own
	 * state before believing it. True for the issuer. */
	bool responder_no_check;
};

/*
 * The response answers the question, CA_OK whatever the state it reports:
 * look at ret->answer.state. CA_UNTRUSTED, with the rule:
 *
 *   the responder is neither the issuer nor one with a certificate that
 *   came along, ca_ocsp_responder_check() holds for, and responderID names;
 *   the signature is not its;
 *   no answer's certID is the certificate's, each part compared by length
 *   and content; or more than one is (two hashes of the same certificate);
 *   not thisUpdate - skew <= now < nextUpdate + skew, or producedAt comes
 *   after now + skew;
 *   the nonce is not the one that was sent, or is missing and was needed. A
 *   missing one that is not needed passes (4.4.1), and so does one nobody
 *   asked for: an answer stapled or cached was for somebody else.
 *
 * CA_REFUSED when the response reports a failure, CA_BUSY for tryLater; and
 * for a certificate whose issuer is not question->issuer or whose serial is
 * not proper. Trust in the issuer, its validity included, is the caller's.
 */
CA_MUST_USE enum ca_status ca_ocsp_response_verify(
    const struct ca_ocsp_response *response,
    const struct ca_ocsp_question *question, struct ca_ocsp_verdict *ret,
    struct ca_error *err);
/*
 * The certificate is that of a delegated responder of this very issuer
 * (4.2.2.2): its issuer's name and key identifier are the issuer's, the
 * signature is the issuer's, it is valid at now, its extKeyUsage has
 * OCSPSigning by that name, its keyUsage, if any, digitalSignature or
 * nonRepudiation, and no critical extension is unknown. CA_UNTRUSTED.
 */
CA_MUST_USE enum ca_status ca_ocsp_responder_check(
    const struct ca_cert *responder, const struct ca_cert *issuer, int64_t now,
    struct ca_error *err);

#endif
