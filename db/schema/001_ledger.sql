-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- Version 1 of the ledger, in SQLite's dialect: what an authority may have
-- signed, signed, revoked and published. Times are Unix seconds, serials the
-- magnitude without leading zero octets, hashes SHA-256. No row is deleted,
-- save the revocation of a hold that is lifted: its history is in event.
--
-- Run inside one transaction, into which the two numbers at the end belong.

-- The text that decided a certificate, kept for as long as the certificate.
CREATE TABLE policy (
	hash BLOB NOT NULL PRIMARY KEY
		CONSTRAINT policy_hash_length CHECK (length(hash) = 32),
	name TEXT NOT NULL,
	text BLOB NOT NULL,
	created INTEGER NOT NULL
) STRICT;

CREATE TABLE authority (
	id INTEGER PRIMARY KEY,
	name TEXT NOT NULL UNIQUE
		CONSTRAINT authority_name_length CHECK (length(name) > 0),
	parent INTEGER REFERENCES authority (id)
		CONSTRAINT authority_parent_is_another CHECK (parent <> id),
	-- Its own; there is none between adding it and issuing that.
	certificate INTEGER REFERENCES certificate (id),
	key_ref TEXT NOT NULL,
	key_id BLOB NOT NULL
		CONSTRAINT authority_key_id_length
		CHECK (length(key_id) BETWEEN 1 AND 64),
	spki_hash BLOB NOT NULL
		CONSTRAINT authority_spki_hash_length
		CHECK (length(spki_hash) = 32),
	created INTEGER NOT NULL,
	-- The number of the last CRL; it only rises.
	crl_number INTEGER NOT NULL DEFAULT 0
		CONSTRAINT authority_crl_number CHECK (crl_number >= 0)
) STRICT;

-- Where an issuer's certificates say their CRL is: the bytes of the
-- distribution point's name, and of freshestCRL, as they stand in them. Shard
-- 0: the complete list is published there. Else: a list of the certificates
-- of this point alone, a partition, either users' or authorities'.
CREATE TABLE point (
	id INTEGER PRIMARY KEY,
	issuer INTEGER NOT NULL REFERENCES authority (id),
	name BLOB NOT NULL,
	freshest BLOB NOT NULL,
	shard INTEGER NOT NULL
		CONSTRAINT point_shard CHECK (shard >= 0),
	authorities INTEGER NOT NULL
		CONSTRAINT point_authorities CHECK (authorities IN (0, 1)),
	CONSTRAINT point_is_unique UNIQUE (issuer, name),
	CONSTRAINT point_partition_has_name
		CHECK (shard = 0 OR length(name) > 0)
) STRICT;

CREATE INDEX point_by_issuer ON point (issuer);

-- A row exists before the key is used: as 'intended' (1) with the bytes to be
-- signed, then as 'issued' (2) with the certificate in their place.
CREATE TABLE certificate (
	id INTEGER PRIMARY KEY,
	issuer INTEGER NOT NULL REFERENCES authority (id),
	serial BLOB NOT NULL
		CONSTRAINT certificate_serial_length
		CHECK (length(serial) BETWEEN 1 AND 20)
		CONSTRAINT certificate_serial_is_a_magnitude
		CHECK (substr(serial, 1, 1) <> x'00'),
	state INTEGER NOT NULL
		CONSTRAINT certificate_state CHECK (state IN (1, 2)),
	spki_hash BLOB NOT NULL
		CONSTRAINT certificate_spki_hash_length
		CHECK (length(spki_hash) = 32),
	tbs_hash BLOB NOT NULL
		CONSTRAINT certificate_tbs_hash_length
		CHECK (length(tbs_hash) = 32),
	der_hash BLOB
		CONSTRAINT certificate_der_hash_length
		CHECK (length(der_hash) = 32),
	policy TEXT,
	policy_hash BLOB REFERENCES policy (hash),
	subject TEXT NOT NULL,
	not_before INTEGER NOT NULL,
	not_after INTEGER NOT NULL,
	renews INTEGER REFERENCES certificate (id),
	lineage INTEGER NOT NULL REFERENCES certificate (id),
	point INTEGER REFERENCES point (id),
	created INTEGER NOT NULL,
	request BLOB,
	tbs BLOB,
	der BLOB,
	-- In this order a serial is found without its issuer too.
	CONSTRAINT certificate_serial_is_unique UNIQUE (serial, issuer),
	CONSTRAINT certificate_validity CHECK (not_before <= not_after),
	CONSTRAINT certificate_policy_has_text
		CHECK ((policy IS NULL) = (policy_hash IS NULL)),
	CONSTRAINT certificate_tbs_until_der CHECK (
		(state = 1 AND tbs IS NOT NULL
			AND der IS NULL AND der_hash IS NULL)
		OR (state = 2 AND tbs IS NULL
			AND der IS NOT NULL AND der_hash IS NOT NULL))
) STRICT;

-- Every lookup has its index, which also gives the rows in order of id.
CREATE INDEX certificate_by_issuer ON certificate (issuer);
CREATE INDEX certificate_by_spki ON certificate (spki_hash);
CREATE INDEX certificate_by_der ON certificate (der_hash)
	WHERE der_hash IS NOT NULL;
CREATE INDEX certificate_by_lineage ON certificate (lineage);
CREATE INDEX certificate_by_policy ON certificate (policy);
CREATE INDEX certificate_by_end ON certificate (not_after);
CREATE INDEX certificate_intended ON certificate (state) WHERE state = 1;

-- One row a name. The value read backwards finds all names that end alike:
-- every host of a domain.
CREATE TABLE name (
	certificate INTEGER NOT NULL REFERENCES certificate (id),
	position INTEGER NOT NULL
		CONSTRAINT name_position CHECK (position > 0),
	type TEXT NOT NULL
		CONSTRAINT name_type_length CHECK (length(type) > 0),
	value TEXT NOT NULL,
	backwards TEXT NOT NULL,
	PRIMARY KEY (certificate, position)
) STRICT, WITHOUT ROWID;

CREATE INDEX name_by_value ON name (lower(value));
CREATE INDEX name_by_end ON name (backwards);

-- What the next CRL needs, and nothing else, in the CRL's order: issuer,
-- serial and end are copied so that a CRL is one walk along the table.
CREATE TABLE revocation (
	certificate INTEGER NOT NULL UNIQUE REFERENCES certificate (id),
	issuer INTEGER NOT NULL,
	serial_length INTEGER NOT NULL,
	serial BLOB NOT NULL,
	not_after INTEGER NOT NULL,
	-- The certificate's point, if that is a partition.
	partition INTEGER,
	revoked_at INTEGER NOT NULL,
	-- CRLReason; 8, removeFromCRL, is an entry's and never a state.
	reason INTEGER NOT NULL
		CONSTRAINT revocation_reason
		CHECK (reason IN (0, 1, 2, 3, 4, 5, 6, 9, 10)),
	invalid_since INTEGER,
	PRIMARY KEY (issuer, serial_length, serial),
	FOREIGN KEY (issuer, serial) REFERENCES certificate (issuer, serial),
	CONSTRAINT revocation_serial_length
		CHECK (serial_length = length(serial))
) STRICT, WITHOUT ROWID;

CREATE INDEX revocation_by_partition
	ON revocation (partition, serial_length, serial)
	WHERE partition IS NOT NULL;

-- Keys that no certificate is issued for any more, whoever asks.
CREATE TABLE blocked_key (
	spki_hash BLOB NOT NULL PRIMARY KEY
		CONSTRAINT blocked_key_spki_hash_length
		CHECK (length(spki_hash) = 32),
	created INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- What is published at once bears one number and one date.
CREATE TABLE crl (
	id INTEGER PRIMARY KEY,
	issuer INTEGER NOT NULL REFERENCES authority (id),
	number INTEGER NOT NULL,
	-- 0, or the number of the CRL that a delta CRL starts from.
	base INTEGER NOT NULL,
	-- 0, or the partition it is the list of.
	point INTEGER NOT NULL,
	this_update INTEGER NOT NULL,
	next_update INTEGER NOT NULL,
	entries INTEGER NOT NULL,
	hash BLOB NOT NULL
		CONSTRAINT crl_hash_length CHECK (length(hash) = 32),
	der BLOB,
	CONSTRAINT crl_number_is_unique UNIQUE (issuer, number, point, base),
	CONSTRAINT crl_number CHECK (number > 0),
	CONSTRAINT crl_base CHECK (base >= 0 AND base < number),
	CONSTRAINT crl_update CHECK (this_update < next_update),
	CONSTRAINT crl_entries CHECK (entries >= 0)
) STRICT;

-- Tells a wrong passphrase from a damaged file.
CREATE TABLE key_file (
	ref TEXT NOT NULL PRIMARY KEY,
	hash BLOB NOT NULL
		CONSTRAINT key_file_hash_length CHECK (length(hash) = 32),
	spki_hash BLOB
		CONSTRAINT key_file_spki_hash_length
		CHECK (length(spki_hash) = 32),
	updated INTEGER NOT NULL
) STRICT;

-- The history. leaf is what a Merkle tree is built over: never rewritten.
CREATE TABLE event (
	sequence INTEGER PRIMARY KEY
		CONSTRAINT event_sequence CHECK (sequence > 0),
	time INTEGER NOT NULL,
	actor TEXT NOT NULL,
	kind TEXT NOT NULL
		CONSTRAINT event_kind_length CHECK (length(kind) > 0),
	certificate INTEGER REFERENCES certificate (id),
	issuer_spki_hash BLOB
		CONSTRAINT event_spki_hash_length
		CHECK (length(issuer_spki_hash) = 32),
	serial BLOB
		CONSTRAINT event_serial_length
		CHECK (length(serial) BETWEEN 1 AND 20),
	object_hash BLOB
		CONSTRAINT event_object_hash_length
		CHECK (length(object_hash) = 32),
	leaf BLOB NOT NULL
) STRICT;

-- Whether there is anything that the last CRL does not say.
CREATE INDEX event_of_lists ON event (issuer_spki_hash, sequence)
	WHERE kind IN ('revoked', 'unheld', 'crl-published');

PRAGMA application_id = 0x5369676e; -- "Sign"
PRAGMA user_version = 1;
