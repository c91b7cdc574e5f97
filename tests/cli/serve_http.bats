#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
#
# The front of `signet serve` and its clients, with a signer that says what
# the test wants: tests/cli/serve_http.py.

load helper

setup_file() {
	needs python3
	shared_home
	cd "$BATS_FILE_TMPDIR" || return
	request one one.lab.example
	request two two.lab.example
	for name in one two; do
		signet sign $name.csr --home home --policy server --quiet \
		    --out $name.crt
	done
}

setup() {
	own_home
	export SIGNET
	SIGNET_FRONT=${SIGNET_FRONT:-$(dirname "$SIGNET")/signet-front}
	export SIGNET_FRONT
}

scenario() {
	local status=0
	python3 "$BATS_TEST_DIRNAME/serve_http.py" "$1" || status=$?
	[ "$status" -ne 77 ] || skip "not here"
	[ "$status" -eq 0 ]
}

@test "an OCSP request by POST, and by GET in every way of base64" {
	scenario ocsp_forms
}

@test "what caches may keep of an OCSP answer, and 304" {
	scenario ocsp_headers
}

@test "max-age ends before nextUpdate" {
	scenario ocsp_short_validity
}

@test "after a commit the next answer is the new one" {
	scenario fresh_after_commit
}

@test "a revocation of the same second is no 304" {
	scenario revoked_within_the_second
}

@test "what was unknown is good once it is there" {
	scenario issued_after_unknown
}

@test "a new fault of the signer clears the cache" {
	scenario faults_clear_the_cache
}

@test "another responder clears the cache; its end is in /metrics" {
	scenario editions_clear_the_cache
}

@test "an answer whose signer is revoked is not given once more" {
	scenario a_revoked_signer_clears_the_cache
}

@test "CRLs, as they are in the ledger at the moment" {
	scenario crls
}

@test "a CRL is known by its date where that is the same one, and over" {
	scenario crls_by_date
}

@test "CRLs of partitions, and deltas" {
	scenario crl_names
}

@test "the authorities' certificates, DER and PEM" {
	scenario certificates
}

@test "/healthz and /metrics" {
	scenario health_and_metrics
}

@test "what is refused, and with which code" {
	scenario refusals
}

@test "a path of 1 MiB, headers without end" {
	scenario long_heads
}

@test "bodies: chunked, too large, lengths that lie" {
	scenario bodies
}

@test "heads that are malformed" {
	scenario malformed_heads
}

@test "octets by chance" {
	scenario garbage
}

@test "slow clients are ended" {
	scenario slow_clients
}

@test "slow readers hold nobody up" {
	scenario slow_readers
}

@test "readers that stop are ended" {
	scenario readers_that_stop
}

@test "old versions of a CRL that are still read are bounded" {
	scenario old_versions
}

@test "signals that are ignored" {
	scenario signals_ignored
}

@test "10,000 idle connections, and the next is answered" {
	scenario idle_connections
}

@test "above the limit of connections they queue" {
	scenario connection_limit
}

@test "bodies that wait for their end are bounded" {
	scenario memory_of_bodies
}

@test "the cache is bounded" {
	scenario memory_of_answers
}

@test "a slow signer keeps nobody else waiting" {
	scenario signer_is_slow
}

@test "a silent signer: try later" {
	scenario signer_is_silent
}

@test "too many questions: try later, at once" {
	scenario too_many_questions
}

@test "without the signer it ends by itself" {
	scenario signer_dies
}

@test "an answer that is none ends it" {
	scenario signer_lies
}

@test "SIGTERM: what is under way is finished" {
	scenario drains
}

@test "two listening sockets" {
	scenario two_listeners
}

@test "it has given up what it does not need" {
	scenario confined
}

@test "it is not for people" {
	run "$SIGNET_FRONT"
	[ "$status" -eq 2 ]
	[[ $output == *"signet serve"* ]]
	run "$SIGNET_FRONT" "$SIGNET_HOME" 1 1 --idle 0
	[ "$status" -eq 2 ]
}
