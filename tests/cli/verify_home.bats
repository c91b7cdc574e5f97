#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
#
# signet verify where the certificate is this home's own: what the ledger
# knows counts, whatever else is given.

load helper

setup_file() {
	needs openssl jq sqlite3
	shared_home
}

setup() {
	cd "$BATS_TEST_TMPDIR" || return
	own_home
	issue www www.example.com
}

# issue NAME HOST [options...]: NAME.crt
issue() {
	local name=$1 host=$2
	shift 2
	signet issue server "$host" --out "$name.crt" --key-out "$name.key" \
	    --key ed25519 --no-passphrase --quiet "$@"
}

# edit SQL: by hand.
edit() {
	sqlite3 home/ledger.db "pragma foreign_keys = off; $1" >/dev/null
}

# says CODE WORDS... -- OPTIONS...: it exits so and says all of this.
says() {
	local code=$1 words=()
	shift
	while [ "$1" != -- ]; do
		words+=("$1")
		shift
	done
	shift
	local status=0
	signet verify www.crt "$@" >said 2>error || status=$?
	tr -s '\n ' ' ' <said >flat
	for word in "${words[@]}"; do
		grep -qF -e "$word" flat || {
			echo "'$word' is not in:"
			cat said
			return 1
		}
	done
	[ "$status" -eq "$code" ]
	status=0
	signet verify www.crt "$@" --json >said.json 2>/dev/null || status=$?
	[ "$status" -eq "$code" ]
}

of() {
	jq -r ".verify | $1" said.json
}

@test "good: the ledger says so, and nothing else is needed" {
	says 0 "yes Is it still good, not revoked?" \
	    "this home's ledger: issued by issuing, and not revoked" \
	    "verdict: trusted (not asked: name, purpose)" --
	not grep -q "ledger here" said
	[ "$(of '.revocation.outcome')" = holds ]
	[ "$(of '.ledger | map(.state) | unique | join(" ")')" = good ]
	[ "$(of '.ledger[0].authority')" = issuing ]
}

@test "revoked: no word of trust, with no list, an older list, other roots" {
	signet crl --all --bundle --out before.pem --quiet
	signet roots export --with-intermediates >all.pem 2>/dev/null
	says 0 "it is not on its issuer's CRL" -- --crl before.pem
	signet revoke www.crt --reason superseded --yes --quiet
	says 5 "NO Is it still good, not revoked?" "this home's ledger" \
	    "reason superseded" "verdict: not trusted: it has been revoked" --
	grep -q "superseded" error
	[ "$(of '.ledger[0].state')" = revoked ]
	[ "$(of .revocationReason)" = superseded ]
	[ "$(of .revokedAt)" = "$(of '.ledger[0].revokedAt')" ]
	says 5 "this home's ledger" -- --crl before.pem
	says 5 "this home's ledger" -- --roots all.pem
	# Without the home it cannot be known, and that is told.
	homeless says 0 "not asked Is it still good" -- --roots all.pem
	signet crl --all --bundle --out after.pem --quiet
	says 5 "it stands on its issuer's CRL" \
	    "ledger here CN=www.example.com: issued by issuing, and revoked" -- --crl after.pem
}

@test "a home that was named and is not there is no home to do without" {
	signet revoke www.crt --reason keyCompromise --yes --quiet
	signet roots export --with-intermediates >all.pem 2>/dev/null
	refused 4 "nowhere" signet verify www.crt --roots all.pem --home nowhere
	refused 4 "leave --home out" \
	    signet verify www.crt --roots all.pem --home nowhere
	SIGNET_HOME=nowhere refused 4 "leave SIGNET_HOME empty" \
	    signet verify www.crt --roots all.pem
	mkdir else
	echo x >else/x
	refused 4 "is not a home" \
	    signet verify www.crt --roots all.pem --home else
	refused 4 "is a file" \
	    signet verify www.crt --roots all.pem --home else/x
	homeless signet verify www.crt --roots all.pem
}

@test "on hold, and lifted; an older list that says otherwise" {
	signet revoke www.crt --reason certificateHold --yes --quiet
	signet crl --all --bundle --out held.pem --quiet
	says 5 "reason certificateHold" --
	[ "$(of '.ledger[0].state')" = onHold ]
	signet unhold www.crt --quiet
	says 0 "and not revoked" --
	# A list that was given counts; what the ledger knows is told beside it.
	says 5 "for the reason certificateHold" "and not revoked" -- --crl held.pem
	signet crl --all --bundle --out lifted.pem --quiet
	says 0 "it is not on its issuer's CRL" -- --crl held.pem --crl lifted.pem
	says 0 "it is not on its issuer's CRL" -- --crl lifted.pem --crl held.pem
}

@test "an authority that is revoked takes what it issued with it" {
	signet revoke issuing --reason cACompromise --yes --quiet
	says 5 "reason cACompromise" "issuing" \
	    "verdict: not trusted: it has been revoked" --
	[ "$(of '.ledger | map(.state) | join(" ")')" = "good revoked good" ]
}

@test "at another time: what was revoked later was good then" {
	signet revoke www.crt --reason superseded --yes --quiet
	local revoked before
	revoked=$(rows 'select max(revoked_at) from revocation')
	before=$(date -u -d "@$((revoked - 60))" +%Y-%m-%dT%H:%M:%SZ)
	says 0 "revoked later, at" -- --at "$before"
	[ "$(of '.ledger[0].state')" = revokedLater ]
	says 5 "reason superseded" -- --at +1d
	# Nobody knows for how long a key was in other hands.
	issue early early.example.com
	signet revoke early.crt --reason keyCompromise --yes --quiet
	mv early.crt www.crt
	says 5 "reason keyCompromise" "not trusted: it has been revoked" -- \
	    --at "$before"
	# It was no good any more since.
	issue since since.example.com
	signet revoke since.crt --reason privilegeWithdrawn \
	    --since "$(date -u -d "@$((revoked - 3600))" +%Y-%m-%dT%H:%M:%SZ)" \
	    --yes --quiet
	mv since.crt www.crt
	says 5 "reason privilegeWithdrawn" -- --at "$before"
}

@test "our signature, and not in the ledger: never issued, or an older copy" {
	local row
	row=$(rows 'select max(id) from certificate')
	edit "delete from certificate where id = $row"
	says 5 "it is not in there, though its issuer, issuing, is" \
	    "verdict: not trusted: whether it has been revoked is not known" --
	[ "$(of '.ledger[0].state')" = notInLedger ]
	signet roots export --with-intermediates >all.pem
	says 5 "it is not in there" -- --roots all.pem
}

@test "another certificate with the serial of one of ours" {
	local row
	row=$(rows 'select max(id) from certificate')
	edit "update certificate set der_hash = randomblob(32) where id = $row"
	says 5 "issuing has issued another certificate with its serial" --
	[ "$(of '.ledger[0].state')" = otherBytes ]
}

@test "intended, and never released" {
	local row
	row=$(rows 'select max(id) from certificate')
	edit "update certificate set state = 1, tbs = der, der = null,
	    der_hash = null where id = $row"
	says 5 "has intended it, and never released it" --
	[ "$(of '.ledger[0].state')" = intended ]
}

@test "another's certificate is no business of the ledger's" {
	new_home other
	signet roots export --with-intermediates --home other >theirs.pem
	rm www.crt www.key
	issue www www.example.com --home other
	says 0 "not asked Is it still good" -- --roots theirs.pem
	[ "$(of '.ledger | length')" -eq 0 ]
	not grep -q "ledger here" said
}
