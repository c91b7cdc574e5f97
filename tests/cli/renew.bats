#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
#
# signet renew: the same key and names once more; what hangs together by it.

load helper

setup_file() {
	shared_home ecdsa-p256
	export SIGNET_HOME=$BATS_FILE_TMPDIR/home
	cd "$BATS_FILE_TMPDIR"
	request r www.company.com
	signet sign r.csr --policy server --validity 30d --out r.crt --quiet
	signet roots export --quiet >root.pem
}

setup() {
	own_home
	cp "$BATS_FILE_TMPDIR"/r.* "$BATS_FILE_TMPDIR"/root.pem .
}

serial() {
	openssl x509 -in "$1" -noout -serial | sed 's/.*=//' | tr A-F a-f
}

public() {
	openssl x509 -in "$1" -noout -pubkey
}

seconds() {
	local from to
	from=$(date -d "$(openssl x509 -in "$1" -noout -startdate |
	    sed 's/.*=//')" +%s)
	to=$(date -d "$(openssl x509 -in "$1" -noout -enddate |
	    sed 's/.*=//')" +%s)
	echo $((to - from + 1))
}

@test "the same key and names, another serial, as long as before" {
	signet renew r.crt --chain --out new.crt 2>err
	grep -q 'r.crt: signed by issuing' err
	openssl verify -x509_strict -CAfile root.pem -untrusted new.crt \
	    -verify_hostname www.company.com new.crt
	[ "$(grep -c BEGIN new.crt)" -eq 2 ]
	[ "$(public r.crt)" = "$(public new.crt)" ]
	[ "$(serial r.crt)" != "$(serial new.crt)" ]
	[ "$(seconds new.crt)" -eq $((30 * 86400)) ]
	[ "$(rows "select count(*) from certificate n join certificate o
	    on n.renews = o.id and n.lineage = o.id")" -eq 1 ]
	signet audit
}

@test "what was intended and never released is not taken for the newest" {
	can_trace
	local orphans=0 k
	for k in 1 2 3 4 5 6; do
		traced -e "inject=fdatasync:signal=SIGKILL:when=$k" \
		    "$SIGNET" renew www.company.com >/dev/null 2>&1 || true
		orphans=$(rows "select count(*) from certificate
		    where state = 1 and renews is not null")
		[ "$orphans" -eq 0 ] || break
	done
	[ "$orphans" -eq 1 ]
	signet renew www.company.com --out new.crt
	[ "$(public r.crt)" = "$(public new.crt)" ]
	signet rekey www.company.com --no-passphrase --out newer.crt --quiet
	# The orphan alone is told for what it is.
	refused 3 "never released" signet renew "$(rows "select lower(hex(serial))
	    from certificate where state = 1")"
}

@test "by serial and name; standard output; --validity" {
	signet renew "$(serial r.crt)" --validity 7d >a.crt
	[ "$(seconds a.crt)" -eq $((7 * 86400)) ]
	signet renew www.company.com >b.crt
	[ "$(seconds b.crt)" -eq $((7 * 86400)) ]
	refused 3 "max-validity" signet renew www.company.com --validity 5y
}

@test "by name the newest is meant, again and again" {
	signet renew www.company.com --out 2.crt
	signet renew www.company.com --out 3.crt
	[ "$(rows "select hex(o.serial) from certificate n join certificate o
	    on n.renews = o.id order by n.id desc limit 1" | tr A-F a-f)" = \
	    "$(serial 2.crt)" ]
	signet sign r.csr --policy server --out other.crt
	refused 2 "2 certificates bear this name: $(serial 3.crt), \
$(serial other.crt); say which to renew" signet renew www.company.com
	signet renew 3.crt >/dev/null
}

@test "several into a folder; one that is refused does not stop the others" {
	mkdir new
	request s mail.company.com
	signet sign s.csr --policy server --out s.crt
	refused 2 "--out is for one" signet renew r.crt s.crt --out x.crt
	status=0
	signet renew r.crt nobody s.crt --out-dir new 2>err || status=$?
	[ "$status" -eq 4 ]
	[ "$(ls new | tr '\n' ' ')" = "mail.company.com.crt www.company.com.crt " ]
	refused 3 "exists already" signet renew r.crt --out-dir new
	signet renew r.crt --out-dir new --force
}

@test "--plan signs nothing; with --json" {
	signet renew r.crt --plan >out
	grep -q 'as long as what it renews' out
	grep -q 'www.company.com' out
	needs jq
	signet renew r.crt --plan --json >plan.json
	json plan.json '.version == 1 and (.plans | length) == 1'
	[ "$(issued)" -eq 3 ]
}

@test "what is revoked or held is not renewed; the old stays listed (76)" {
	signet renew r.crt --out new.crt
	signet revoke r.crt --reason superseded
	refused 3 "not renewed" signet renew r.crt
	refused 3 "not renewed" signet renew r.crt --plan
	signet renew new.crt --out newer.crt
	signet crl --ca issuing --quiet | openssl crl -noout -text |
	    grep -qi "Serial Number: $(serial r.crt)"
	signet revoke newer.crt --reason certificateHold
	refused 3 "signet unhold" signet renew newer.crt
	signet unhold newer.crt
	signet renew newer.crt >/dev/null
}

@test "a compromised or blocked key is not renewed (29)" {
	signet sign r.csr --policy server --out other.crt
	signet revoke other.crt --reason keyCompromise
	refused 3 "keyCompromise" signet renew r.crt
	signet revoke --key r.csr --yes
	refused 3 "not renewed" signet renew r.crt
}

@test "what is not ours is not renewed (76)" {
	openssl req -x509 -newkey ed25519 -nodes -keyout f.key -out f.crt \
	    -subj /CN=www.company.com 2>/dev/null
	refused 4 "not issued here" signet renew f.crt
	refused 4 "no certificate" signet renew 00ff
	refused 3 "is the certificate of the authority issuing" \
	    signet renew "Lab Issuing CA"
	refused 3 "is the certificate of the authority root" \
	    signet renew "Lab Root CA"
	refused 2 "missing" signet renew
}

@test "under the policy as it is now" {
	sed -i 's/^dns .*/dns = .example.com/' home/policies/server.policy
	refused 3 "server.policy" signet renew r.crt
	[ "$(issued)" -eq 3 ]
}

@test "another authority with --ca, when the first signs no more" {
	signet revoke "Lab Issuing CA" --reason cessationOfOperation
	refused 3 "revoked" signet renew r.crt
	signet ca add second "Second CA" --no-passphrase --quiet
	signet renew r.crt --ca second --out new.crt
	signet show "Second CA" --pem >second.pem
	openssl verify -CAfile root.pem -untrusted second.pem new.crt
}

@test "revoke --lineage takes every generation" {
	signet renew r.crt --out 2.crt
	signet renew 2.crt --out 3.crt
	signet sign r.csr --policy server --out other.crt
	refused 2 "3 certificates would be revoked" signet revoke 2.crt \
	    --lineage
	signet revoke 2.crt --lineage --plan >out
	[ "$(wc -l <out)" -eq 3 ]
	signet revoke 2.crt --lineage --reason superseded --yes
	[ "$(signet list --revoked 2>/dev/null | sed 1d | wc -l)" -eq 3 ]
	signet list --revoked 2>/dev/null | grep -q "$(serial 3.crt)"
	not grep -q "$(serial other.crt)" <(signet list --revoked)
}

@test "revoke --lineage by a name that one line bears" {
	signet renew r.crt --out 2.crt
	refused 2 "bear this name" signet revoke www.company.com
	signet revoke www.company.com --lineage --yes
	[ "$(rows "select count(*) from revocation")" -eq 2 ]
}
