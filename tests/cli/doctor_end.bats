#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
#
# signet doctor: what ends, and the clock it ends by.

load helper
load doctor

setup_file() {
	doctor_home
}

setup() {
	doctor_setup
}

teardown() {
	doctor_teardown
}

@test "an authority near its end, past it, and one with a successor" {
	signet ca add "short" "C=DE, CN=Short CA" --validity 100d --key ed25519 \
	    --no-passphrase --quiet
	silent authority-end
	silent authority-end '' --within 99d
	told note authority-end short 'ends at .*has a successor' --within 101d
	at +110d
	# issuing stands beside it.
	told note authority-end short 'ended at .*, and has a successor'
	signet init "Old Root" --home old --key ed25519 --no-passphrase --quiet
	signet ca add only 'CN=Only CA, O=$ Lab' --home old --validity 100d \
	    --key ed25519 --no-passphrase --quiet
	export SIGNET_HOME=$PWD/old
	told bad authority-end only 'the authority ended at'
	at +80d
	told soon authority-end only 'the authority ends at'
	mended authority-end nobody --no-passphrase
	told note authority-end only 'has a successor'
	signet ca list | grep -qF 'O=$ Lab, CN=Only CA 2'
}

@test "a root near its end: another home is the next" {
	signet init "Brief Root" --home brief --validity 30d --key ed25519 \
	    --no-passphrase --quiet
	export SIGNET_HOME=$PWD/brief
	at +25d
	told soon authority-end root 'ends at'
	jq -r '.[0].command' found.json >next
	grep -q '^signet init "Brief Root 2" --home .*/brief-2$' next
	PATH=$(dirname "$SIGNET"):$PATH setsid -w bash -c \
	    "$(cat next) --no-passphrase --quiet" </dev/null
	signet ca list --home brief-2 | grep -q 'Brief Root 2'
}

@test "an OCSP responder that is missing, ends, or is revoked" {
	silent responder
	printf '[publish]\nocsp = http://pki.lab.example/ocsp\n' \
	    >>home/policies/server.policy
	told soon responder issuing 'has no OCSP responder, and policies name'
	signet ocsp init --ca issuing --no-passphrase --quiet
	silent responder issuing
	at +15d
	silent responder issuing
	at +25d
	told soon responder issuing 'responder ends at'
	mended responder issuing
	later=()
	cp -a "$BATS_FILE_TMPDIR/home" other
	export SIGNET_HOME=$PWD/other
	signet ocsp init --ca issuing --no-passphrase --quiet
	signet revoke "$(signet list --policy ocsp-responder --json |
	    jq -r '.certificates[0].serial')" --quiet
	told bad responder issuing 'has no certificate in force'
	mended responder issuing --no-passphrase
}

@test "certificates that end without a successor" {
	silent certificate-end
	local i
	for i in 1 2 3 4 5; do
		signet issue server "h$i.example" --validity 4${i}d \
		    --no-passphrase --quiet
	done
	silent certificate-end
	# Within the last third of what lives shorter than 90 days.
	silent certificate-end '' --within 40d
	told soon certificate-end certificates \
	    '^5 end soon and have no successor: CN=h1.* and 2 more$' \
	    --within 46d
	at +30d
	told soon certificate-end certificates \
	    '^4 end soon and have no successor: CN=h1\.example .*, CN=h2' \
	    --within 14d
	PATH=$(dirname "$SIGNET"):$PATH "${later[@]}" setsid -w bash -c \
	    "$(jq -r '.[0].command' found.json)" </dev/null >renewed
	told soon certificate-end certificates '^3 end soon .* CN=h2' \
	    --within 14d
	# Revoked or ended, it is missed by nobody.
	for i in 2 3 4; do
		"${later[@]}" setsid -w "$SIGNET" revoke "h$i.example" --quiet \
		    </dev/null
	done
	silent certificate-end '' --within 14d
	at +60d
	silent certificate-end '' --within 1d
}

@test "a certificate that outlives its issuer" {
	silent outlives-issuer
	local end
	end=$(($(date +%s) + 200 * 86400))
	edited "update certificate set not_after = $end where id =
	    (select certificate from authority where name = 'issuing')"
	told soon outlives-issuer issuing '^1 certificate outlives it .*CN=company.com'
	mended outlives-issuer
}

@test "an orphan, once nobody can be at work on it" {
	can_trace
	request r host.example.com
	local k
	for k in 1 2 3 4 5 6; do
		traced -e "inject=fdatasync:signal=SIGKILL:when=$k" \
		    "$SIGNET" sign r.csr --policy server --out "r$k.crt" \
		    >/dev/null 2>&1 || true
		[ "$(rows 'select count(*) from certificate where state = 1')" \
		    -eq 0 ] || break
	done
	silent orphan
	at +1h
	told soon orphan "$(rows 'select lower(hex(serial)) from certificate
	    where state = 1')" 'for CN=host.example.com, and never released'
	mended orphan
}

@test "a clock behind the ledger, and one far ahead" {
	silent clock
	at -4m
	silent clock
	at -1h
	told bad clock clock "is before the ledger's newest event of"
	at +399d
	silent clock
	at +402d
	told note clock clock "402 days after the ledger's newest event"
}

@test "events that no checkpoint has" {
	at +40d
	silent checkpoint
	later=()
	signet issue server a.example --no-passphrase --quiet
	at +30d
	silent checkpoint
	at +40d
	told soon checkpoint log 'is in no checkpoint'
	mended checkpoint
}
