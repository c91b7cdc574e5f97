#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
#
# signet revoke: by serial, file, name, key and line; what is asked first.

load helper

setup_file() {
	shared_home ecdsa-p256
	export SIGNET_HOME=$BATS_FILE_TMPDIR/home
	cd "$BATS_FILE_TMPDIR"
	signet issue server company.com --no-passphrase --quiet --out-dir .
	signet issue client jason@lab.example --no-passphrase --quiet --out-dir .
}

setup() {
	own_home
	cp "$BATS_FILE_TMPDIR"/*.{key,csr,crt} .
}

serial() {
	openssl x509 -in "$1" -noout -serial | sed 's/.*=//' | tr A-F a-f
}

# sign_again NAME: one more certificate for the key and names of company.csr.
sign_again() {
	signet sign company.com.csr --policy server --out "$1" --quiet
}

revoked() {
	rows "select count(*) from revocation"
}

reason() {
	rows "select reason from revocation"
}

# entries: the CRL of the issuing authority as openssl reads it.
entries() {
	signet crl --ca issuing --quiet >crl.pem
	openssl crl -in crl.pem -noout -text
}

@test "by serial, as anybody writes it" {
	signet revoke "$(serial company.com.crt | tr a-f A-F)" 2>err
	grep -q 'revoked CN=company.com: unspecified' err
	[ "$(revoked)" -eq 1 ]
}

@test "by file and by name, several with --yes" {
	refused 2 "2 certificates would be revoked: $(serial company.com.crt)" \
	    signet revoke company.com.crt jason@lab.example
	[ "$(revoked)" -eq 0 ]
	signet revoke company.com.crt jason@lab.example --yes 2>err
	grep -q '2 certificates: 2 revoked (unspecified), 0 were' err
	[ "$(revoked)" -eq 2 ]
}

@test "the same one twice is one" {
	signet revoke company.com.crt company.com "$(serial company.com.crt)"
	[ "$(revoked)" -eq 1 ]
}

@test "every reason that RFC 5280 has, in word and with hyphens" {
	local r
	for r in keyCompromise cACompromise affiliationChanged superseded \
	    cessationOfOperation certificateHold privilegeWithdrawn \
	    aACompromise; do
		rm -rf home
		cp -a "$BATS_FILE_TMPDIR/home" home
		signet revoke company.com --reason "$r" 2>err
		grep -q "revoked CN=company.com: $r" err
		signet show company.com.crt | grep -q "$r"
	done
	rm -rf home
	cp -a "$BATS_FILE_TMPDIR/home" home
	signet revoke company.com --reason key-compromise 2>err
	grep -q ': keyCompromise' err
	[ "$(reason)" -eq 1 ]
}

@test "no other reason" {
	refused 2 "--reason because" signet revoke company.com --reason because
	refused 2 "removeFromCRL" signet revoke company.com \
	    --reason removeFromCRL
	[ "$(revoked)" -eq 0 ]
}

@test "again changes nothing (78)" {
	signet revoke company.com --reason superseded
	rows ".dump" >before
	signet revoke company.com.crt --reason keyCompromise 2>err
	grep -q 'was revoked already; nothing changed' err
	rows ".dump" >after
	cmp before after
}

@test "unspecified may rise to keyCompromise, a hold to any (78, 92)" {
	signet revoke company.com
	date=$(rows "select revoked_at from revocation")
	signet revoke company.com.crt --reason keyCompromise
	[ "$(rows "select reason, revoked_at from revocation")" = "1|$date" ]
	signet revoke jason@lab.example --reason certificateHold
	date=$(rows "select revoked_at from revocation where reason = 6")
	signet revoke jason@lab.example --reason privilegeWithdrawn
	[ "$(rows "select revoked_at from revocation where reason = 9")" = \
	    "$date" ]
}

@test "what is not there is refused and nothing is written (77)" {
	rows ".dump" >before
	refused 4 "no certificate" signet revoke 00ff00ff
	refused 4 "no certificate" signet revoke nobody@lab.example
	refused 4 "no certificate" signet revoke ';drop table certificate'
	refused 4 "no certificate" signet revoke company.com nobody --yes
	openssl req -x509 -newkey ed25519 -nodes -keyout f.key -out f.crt \
	    -subj /CN=foreign 2>/dev/null
	refused 4 "not issued here" signet revoke f.crt
	refused 2 "something is missing" signet revoke
	rows ".dump" >after
	cmp before after
}

@test "a name is no pattern, and a wildcard's name is its own (77)" {
	local verb
	# shellcheck disable=SC2086 # two words
	for verb in "revoke --yes" show renew rekey unhold; do
		refused 4 "no certificate" signet $verb '*.com'
		refused 4 "no certificate" signet $verb 'company*'
		refused 4 "no certificate" signet $verb '*'
	done
	[ "$(revoked)" -eq 0 ]
	[ "$(issued)" -eq 4 ]
	sed -i 's/^dns .*/dns = .company.com, *.company.com/' \
	    home/policies/server.policy
	signet issue server '*.company.com' --no-passphrase --quiet --out-dir .
	signet issue server www.company.com --no-passphrase --quiet --out-dir .
	signet show '*.company.com' | grep -qF 'CN=*.company.com'
	signet revoke '*.company.com' --yes
	[ "$(revoked)" -eq 1 ]
	[ "$(signet list --revoked --json | jq -r '.certificates[].subject')" = \
	    'CN=*.company.com' ]
}

@test "a decimal serial is not taken for another (77)" {
	decimal=$(python3 -c "print(int('$(serial company.com.crt)', 16))") ||
	    skip "python3 is not installed"
	refused 4 "no certificate" signet revoke "$decimal"
}

@test "--since: the invalidity date, in the list too" {
	signet revoke company.com --reason keyCompromise \
	    --since 2026-01-31T12:00:00Z
	entries >text
	grep -A1 'Invalidity Date' text | grep -q 'Jan 31 12:00:00 2026 GMT'
	grep -A1 'Reason Code' text | grep -q 'Key Compromise'
	refused 2 "in the future" signet revoke jason@lab.example \
	    --since +30d
	refused 2 "--since yesterday" signet revoke jason@lab.example \
	    --since yesterday
	[ "$(revoked)" -eq 1 ]
}

@test "a name that several bear is refused with their serials" {
	sign_again second.crt
	refused 2 "2 certificates bear this name: $(serial company.com.crt), \
$(serial second.crt)" signet revoke company.com
	refused 2 "say which to revoke" signet revoke company.com --yes
	[ "$(revoked)" -eq 0 ]
	signet revoke "$(serial second.crt)"
	[ "$(rows "select hex(serial) from revocation" | tr A-F a-f)" = \
	    "$(serial second.crt)" ]
}

@test "a name that several bear is asked about on a terminal" {
	sign_again second.crt
	sign_again third.crt
	not at_terminal "" revoke company.com --yes
	grep -q 'none was chosen' said
	not at_terminal "4" revoke company.com --yes
	grep -q 'not an answer' said
	not at_terminal "2x" revoke company.com --yes
	[ "$(revoked)" -eq 0 ]
	at_terminal "2" revoke company.com --yes
	grep -q "^  1 $(serial company.com.crt) valid" said
	grep -q "^  3 $(serial third.crt) valid" said
	[ "$(rows "select hex(serial) from revocation" | tr A-F a-f)" = \
	    "$(serial second.crt)" ]
	at_terminal "all" revoke company.com --yes
	[ "$(revoked)" -eq 3 ]
}

@test "a terminal is shown what would be revoked, and asked" {
	not at_terminal "" revoke company.com --reason superseded
	grep -q "^$(serial company.com.crt) valid .*CN=company.com" said
	grep -q 'Revoke 1 certificate (superseded)? \[y/N\]' said
	grep -q 'not confirmed; nothing was revoked' said
	not at_terminal "n" revoke company.com --quiet
	grep -q "^$(serial company.com.crt) valid" said
	[ "$(revoked)" -eq 0 ]
	at_terminal "y" revoke company.com
	[ "$(revoked)" -eq 1 ]
	# What would change nothing is not asked about.
	at_terminal "" revoke company.com
	! grep -q 'y/N' said
	grep -q 'was revoked already; nothing changed' said
	not at_terminal "" revoke company.com --reason keyCompromise
	grep -q 'Revoke 1 certificate (keyCompromise)? \[y/N\]' said
	[ "$(rows "select reason from revocation")" = 0 ]
	not at_terminal "" revoke "Lab Root CA"
	! grep -q 'y/N' said
	grep -q 'a root cannot revoke itself' said
	not at_terminal "n" revoke "Lab Issuing CA"
	grep -q 'the authority issuing: nothing it signed is trusted' said
}

@test "--plan shows and does nothing" {
	sign_again second.crt
	signet revoke --key company.com.crt --plan >out
	grep -q "^$(serial company.com.crt) valid" out
	grep -q "^$(serial second.crt) valid" out
	grep -q 'refused from then on' out
	signet revoke company.com.crt jason@lab.example --plan >out 2>err
	[ "$(wc -l <out)" -eq 2 ]
	grep -q 'would be revoked: 2 (unspecified); nothing is' err
	[ "$(revoked)" -eq 0 ]
	sign_again third.crt
}

@test "--key: every certificate of it, and none from then on (29)" {
	sign_again second.crt
	refused 2 "2 certificates would be revoked" signet revoke \
	    --key company.com.key
	signet revoke --key company.com.key --reason superseded --yes 2>err
	grep -q '2 certificates: 2 revoked' err
	grep -q 'the key is refused from now on' err
	[ "$(revoked)" -eq 2 ]
	refused 3 "key is blocked" signet sign company.com.csr --policy server
	refused 3 "key is blocked" signet sign company.com.csr \
	    --policy server --plan
	signet revoke --key company.com.key --reason superseded --yes 2>err
	grep -q 'the key was refused already' err
	signet issue server company.com --no-passphrase --out-dir home/issued
	signet audit
}

@test "--key takes any file that has the key in it" {
	local file
	openssl pkey -in company.com.key -pubout -out pub.pem
	openssl pkey -in company.com.key -pubout -outform DER -out pub.der
	openssl x509 -in company.com.crt -outform DER -out crt.der
	openssl req -in company.com.csr -outform DER -out csr.der
	openssl pkcs8 -topk8 -in company.com.key -nocrypt -outform DER \
	    -out key.der
	openssl pkcs8 -topk8 -in company.com.key -passout pass:secret \
	    -out encrypted.key
	for file in pub.pem pub.der crt.der csr.der key.der company.com.crt \
	    company.com.csr company.com.key; do
		chmod 644 "$file"
		signet revoke --key "$file" --plan >out
		grep -q "^$(serial company.com.crt) valid" out
		[ "$(grep -c valid out)" -eq 1 ]
	done
	echo secret >pass
	signet revoke --key encrypted.key --passin file:pass --plan >out
	grep -q "^$(serial company.com.crt) valid" out
	refused 2 "no terminal" signet revoke --key encrypted.key
	echo wrong >pass
	refused 5 "encrypted.key" signet revoke --key encrypted.key \
	    --passin file:pass
	openssl ec -in company.com.key -out old.key 2>/dev/null
	refused 3 "openssl pkey" signet revoke --key old.key
	signet crl --ca issuing --quiet >crl.pem
	refused 1 "holds a X509 CRL" signet revoke --key crl.pem
	echo nothing >text
	refused 1 "holds no key" signet revoke --key text
	refused 4 "none.key" signet revoke --key none.key
	[ "$(revoked)" -eq 0 ]
}

@test "--key: one that nobody has a certificate of yet (29)" {
	request leaked www.company.com
	signet revoke --key leaked.key 2>err
	grep -q 'no certificate has this key' err
	refused 3 "key is blocked" signet sign leaked.csr --policy server
}

@test "--key stands alone, and cannot be a hold" {
	refused 2 "--key FILE says by itself" signet revoke company.com \
	    --key company.com.key
	refused 2 "--key FILE says by itself" signet revoke --lineage \
	    --key company.com.key
	refused 2 "certificateHold can be lifted" signet revoke \
	    --key company.com.key --reason certificateHold
	[ "$(revoked)" -eq 0 ]
}

@test "an authority is revoked by its parent; a root by nobody" {
	signet revoke "Lab Issuing CA" --reason cessationOfOperation
	signet crl --ca root --quiet >crl.pem
	openssl crl -in crl.pem -noout -text | grep -q 'Cessation Of Operation'
	refused 3 "a root cannot revoke itself" signet revoke "Lab Root CA"
	refused 3 "a root cannot revoke itself" signet revoke \
	    --key home/keys/root.key
	[ "$(revoked)" -eq 1 ]
}

@test "openssl sees it through a bundle of every authority's CRL" {
	signet revoke company.com.crt
	signet crl --all --bundle --out all.pem --quiet
	signet roots export --with-intermediates --quiet >roots.pem
	openssl verify -crl_check_all -CAfile roots.pem -CRLfile all.pem \
	    jason@lab.example.crt
	not openssl verify -crl_check_all -CAfile roots.pem -CRLfile all.pem \
	    company.com.crt >verify.txt 2>&1
	grep -q 'certificate revoked' verify.txt
}

@test "--key: a public key of PKCS #1 is told how to become one that is read" {
	openssl genrsa -traditional -out p.key 2048 2>/dev/null
	openssl rsa -in p.key -RSAPublicKey_out -out p.pub 2>/dev/null
	refused 1 'openssl rsa -RSAPublicKey_in' signet revoke --key p.pub --yes
}

@test "an authority by its short name" {
	signet show issuing | grep -q 'CN=Lab Issuing CA'
	[ "$(signet show issuing | grep -c '^ledger')" -eq 1 ]
	refused 4 "no certificate with this" signet show issuin
	# A certificate bears the name as well: which of them?
	request also issuing
	signet sign also.csr --policy server --out also.crt --quiet
	[ "$(signet show issuing | grep -c '^ledger')" -eq 2 ]
	refused 2 "2 certificates" signet revoke issuing
	[ "$(revoked)" -eq 0 ]
	signet revoke also.crt --yes --quiet
	signet revoke issuing --reason cessationOfOperation --plan >said
	grep -q 'This is the authority issuing' said
	signet revoke issuing --yes --quiet
	[ "$(revoked)" -eq 2 ]
	signet show issuing | grep -q revoked
	signet audit
}
