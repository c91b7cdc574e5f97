-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- Version 3: the events are the leaves of a Merkle tree (RFC 9162). What was
-- recorded before is added by the program in the same transaction: SQLite has
-- no SHA-256.

-- For each event the nodes that it completes, from its leaf up, 32 octets
-- each: of the size-th event one, and one more for each time that size is even.
-- Two on average; the tree of any size, and each proof, is made of them. A row
-- is never rewritten.
CREATE TABLE tree (
	size INTEGER PRIMARY KEY
		CONSTRAINT tree_size CHECK (size > 0),
	nodes BLOB NOT NULL
		CONSTRAINT tree_nodes_length
		CHECK (length(nodes) % 32 = 0 AND length(nodes) > 0)
) STRICT;

-- Whose signature its checkpoints bear: the newest row's.
CREATE TABLE log_key (
	id INTEGER PRIMARY KEY,
	origin TEXT NOT NULL
		CONSTRAINT log_key_origin_length CHECK (length(origin) > 0),
	key BLOB NOT NULL
		CONSTRAINT log_key_length CHECK (length(key) = 32),
	created INTEGER NOT NULL
) STRICT;

-- What was said of the log: never two things of one size.
CREATE TABLE checkpoint (
	size INTEGER PRIMARY KEY REFERENCES tree (size),
	created INTEGER NOT NULL,
	note BLOB NOT NULL
) STRICT;

-- What happened to a certificate, without a walk along all that ever did.
CREATE INDEX event_by_certificate ON event (certificate)
	WHERE certificate IS NOT NULL;

PRAGMA user_version = 3;
