#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
#
# signet revoke: once, with a reason, and never by mistake.

load helper

setup_file() {
	shared_home ed25519
	cd "$BATS_FILE_TMPDIR" || return
	export SIGNET_HOME=$BATS_FILE_TMPDIR/home
	request r host.example.com
	signet sign r.csr --policy server --out r.crt --quiet
}

setup() {
	own_home
	cp "$BATS_FILE_TMPDIR/r.crt" "$BATS_FILE_TMPDIR/r.csr" .
	serial=$(openssl x509 -in r.crt -noout -serial | cut -d= -f2)
}

revoked() {
	rows "select count(*) from revocation"
}

# on_crl: what openssl says of r.crt with the newest CRLs.
on_crl() {
	signet crl --all --bundle --out all.pem --quiet
	signet roots export --with-intermediates --quiet >roots.pem
	not openssl verify -crl_check_all -CAfile roots.pem -CRLfile all.pem \
	    r.crt >verify.txt 2>&1
	grep -q 'certificate revoked' verify.txt
}

@test "by serial, name and file; openssl sees it" {
	local home
	for what in "$serial" host.example.com r.crt; do
		cp -a home "copy"
		signet revoke "$what" --home copy
		signet list --revoked --home copy | grep -qi "^$serial"
		rm -rf copy
	done
	signet revoke r.crt
	on_crl
}

@test "a reason by RFC word or hyphened; the RFC word is printed" {
	while read -r given word; do
		rm -rf copy && cp -a home copy
		signet revoke r.crt --home copy --reason "$given" 2>err
		grep -q "revoked CN=host.example.com: $word$" err
		signet show r.crt --home copy | grep -q "($word)"
	done <<-'END'
		keyCompromise keyCompromise
		key-compromise keyCompromise
		affiliation-changed affiliationChanged
		superseded superseded
		cessation-of-operation cessationOfOperation
		certificateHold certificateHold
		privilegeWithdrawn privilegeWithdrawn
		unspecified unspecified
	END
}

@test "twice changes nothing but unspecified to keyCompromise (78)" {
	signet revoke r.crt --quiet
	local first
	first=$(rows "select revoked_at from revocation")
	signet revoke r.crt 2>err
	grep -q 'revoked already' err
	[ "$(revoked)" -eq 1 ]
	signet revoke r.crt --reason superseded || true
	signet show r.crt >text
	not grep -q superseded text
	signet revoke r.crt --reason keyCompromise --quiet
	signet show r.crt | grep -q '(keyCompromise)'
	[ "$(rows "select distinct revoked_at from revocation")" = "$first" ]
	signet audit
}

@test "several bear the name: their serials are listed, none is revoked" {
	signet sign r.csr --policy server --out s.crt --quiet
	refused 2 "${serial,,}" signet revoke host.example.com
	[ "$(revoked)" -eq 0 ]
}

@test "several at once" {
	signet sign r.csr --policy server --out s.crt --quiet
	signet revoke r.crt s.crt --reason superseded
	[ "$(revoked)" -eq 2 ]
}

@test "what is not in the ledger is not revoked (77)" {
	needs python3
	refused 4 "no certificate" signet revoke 00
	refused 4 "no certificate" signet revoke nobody
	refused 4 "no certificate" signet revoke "${serial:0:30}"
	refused 4 "no certificate" signet revoke \
	    "$(python3 -c "print(0x$serial)")"
	openssl req -x509 -newkey ed25519 -nodes -keyout k -out other.crt \
	    -subj "/CN=Other" 2>/dev/null
	refused 4 "not issued here" signet revoke other.crt
	refused 2 "--reason" signet revoke r.crt --reason because
	refused 2 "RFC 5280 5.3.1" signet revoke r.crt --reason removeFromCRL
	refused 2 "missing" signet revoke
	[ "$(revoked)" -eq 0 ]
}
