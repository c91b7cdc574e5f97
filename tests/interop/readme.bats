#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
#
# What the README says to paste is pasted here; what it links to exists.

setup() {
	SIGNET_SOURCE=${SIGNET_SOURCE:-$BATS_TEST_DIRNAME/../..}
	local program
	for program in openssl sqlite3; do
		command -v "$program" >/dev/null ||
		    skip "$program is not installed"
	done
	cd "$BATS_TEST_TMPDIR"
}

# blocks FILE LANGUAGE: the fenced blocks of it, indented or not.
blocks() {
	awk -v fence="^ *\`\`\`$2 *\$" '
		/^ *```/ && on { on = 0; next }
		$0 ~ fence { on = 1; next }
		on { sub(/^   /, ""); print }' "$1"
}

@test "the seven jobs run as they stand, from top to bottom" {
	blocks "$SIGNET_SOURCE/README.md" sh >jobs.sh
	grep -q '^signet init' jobs.sh
	mkdir -p build/release
	ln -s "${SIGNET:-$SIGNET_SOURCE/build/release/signet}" build/release
	run bash -eux jobs.sh </dev/null
	echo "$output"
	[ "$status" -eq 0 ]
	openssl verify -x509_strict -CAfile lab-root.pem \
	    -untrusted company.crt company.crt
	openssl pkcs12 -in jason.p12 -passin file:jason.pass -nokeys
	[ "$(grep -c 'BEGIN X509 CRL' all.crl.pem)" -eq 2 ]
}

# A question would take the next line for its answer.
@test "the seven jobs run as they stand when pasted at a terminal" {
	command -v script >/dev/null || skip "script is not installed"
	mkdir -p build/release
	ln -s "${SIGNET:-$SIGNET_SOURCE/build/release/signet}" build/release
	{
		echo "trap 'echo \"failed: \$BASH_COMMAND\"' ERR"
		blocks "$SIGNET_SOURCE/README.md" sh
		echo "touch done; exit"
	} >jobs.sh
	# Typed ahead as one, as a terminal hands a paste on.
	timeout 120 script -qec "bash --noprofile --norc --noediting" /dev/null \
	    <jobs.sh | tr -d '\r' >said
	cat said
	[ -e done ]
	run grep -aE '^failed: [a-z]|\[y/N\]|error:' said
	echo "$output"
	[ -z "$output" ]
	[ "$(build/release/signet list --home pki --revoked --json |
	    grep -c jason@lab.example)" -ge 1 ]
	[ "$(grep -c 'BEGIN X509 CRL' all.crl.pem)" -eq 2 ]
	tar tf lab-backup.tar | grep -qx ledger.db
}

@test "a backup taken as the README says is the authority" {
	export SIGNET_HOME=$PWD/home LC_ALL=C.UTF-8
	PATH=$(dirname "$SIGNET"):$PATH
	blocks "$SIGNET_SOURCE/README.md" sh |
	    sed -n '/^signet backup/,/^signet restore/p' >backup.sh
	grep -q 'restore .*--check' backup.sh
	signet init "Lab Root CA" --key ed25519 --no-passphrase --quiet
	signet ca add issuing "Lab Issuing CA" --key ed25519 \
	    --no-passphrase --quiet
	signet issue server a.example --no-passphrase --quiet
	signet revoke a.example --yes --quiet
	signet crl --all --quiet
	# Others sign meanwhile.
	for i in 1 2 3 4 5 6; do
		signet issue client "c$i@lab.example" --no-passphrase --quiet
	done &
	bash -eux backup.sh </dev/null
	wait $!
	rm lab-backup.tar
	bash -eux backup.sh </dev/null
	signet list --json >now.json
	rm -rf home
	signet restore lab-backup.tar
	signet list --json | cmp - now.json
	signet crl --all --bundle --out all.pem
	[ "$(grep -c 'BEGIN X509 CRL' all.pem)" -eq 2 ]
	signet issue server b.example --no-passphrase --quiet
	signet audit
}

@test "docs/backup.md runs as it stands, from top to bottom" {
	export SIGNET_HOME=$PWD/home LC_ALL=C.UTF-8
	PATH=$(dirname "$SIGNET"):$PATH
	blocks "$SIGNET_SOURCE/docs/backup.md" sh >docs.sh
	grep -q 'sh nightly.sh backups' docs.sh
	signet init "Lab Root CA" --key ed25519 --no-passphrase --quiet
	signet ca add issuing "Lab Issuing CA" --key ed25519 \
	    --no-passphrase --quiet
	signet crl --all --quiet
	bash -eux docs.sh </dev/null
	[ "$(ls backups/*.tar | wc -l)" -eq 1 ]
	[ "$(ls backups/*.checkpoint | wc -l)" -eq 1 ]
	signet audit
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
