#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
#
# What the README says to paste is pasted here; what it links to exists.

setup() {
	SIGNET_SOURCE=${SIGNET_SOURCE:-$BATS_TEST_DIRNAME/../..}
	command -v openssl >/dev/null || skip "openssl is not installed"
	cd "$BATS_TEST_TMPDIR"
}

# blocks FILE LANGUAGE: the fenced blocks of it, indented or not.
blocks() {
	awk -v fence="^ *\`\`\`$2 *\$" '
		/^ *```/ && on { on = 0; next }
		$0 ~ fence { on = 1; next }
		on { sub(/^   /, ""); print }' "$1"
}

@test "the six jobs run as they stand, from top to bottom" {
	blocks "$SIGNET_SOURCE/README.md" sh >jobs.sh
	grep -q '^signet init' jobs.sh
	PATH=$(dirname "$SIGNET"):$PATH run bash -eux jobs.sh </dev/null
	echo "$output"
	[ "$status" -eq 0 ]
	openssl verify -x509_strict -CAfile lab-root.pem \
	    -untrusted company.crt company.crt
	openssl pkcs12 -in jason.p12 -passin file:jason.pass -nokeys
	[ "$(grep -c 'BEGIN X509 CRL' all.crl.pem)" -eq 2 ]
}

@test "what the README and docs/ link to exists" {
	cd "$SIGNET_SOURCE"
	run bash -c 'for page in README.md docs/*.md; do
		[ -f "$page" ] || continue
		grep -oE "\]\([^)#:]+" "$page" | sed "s/^](//" |
		while read -r link; do
			[ -e "$(dirname "$page")/$link" ] ||
			    echo "$page: $link is not there"
		done
	done'
	echo "$output"
	[ -z "$output" ]
}
