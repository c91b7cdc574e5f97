#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
#
# PostgreSQL and MariaDB where the certificate is the password: one is let in,
# the revoked and who has none are not. Their configurations are
# docs/consumers.md's.

load ../cli/helper
load servers
load services

setup_file() {
	lab
}

setup() {
	stage
}

teardown() {
	unstage
}

# postgres_as NAME USER: that client, as that user.
postgres_as() {
	PGSSLMODE=verify-full PGSSLROOTCERT=root.pem PGSSLCERT=$1.crt \
	    PGSSLKEY=$1.key PGCONNECT_TIMEOUT=10 timeout 20 "$postgres/psql" -X -q -At \
	    "host=company.com hostaddr=127.0.0.1 port=$port user=$2 dbname=postgres" \
	    -c 'select current_user, client_dn from pg_stat_ssl
	        where pid = pg_backend_pid()' >said 2>&1
}

@test "PostgreSQL: the certificate is the password, and no longer" {
	can_postgres
	start postgres
	as_postgres 'create user anna'
	as_postgres 'create user bert'
	postgres_as anna anna
	grep -x 'anna|/CN=anna@lab.example' said
	postgres_as bert bert
	# Nobody is somebody else.
	not postgres_as anna bert
	grep 'certificate authentication failed for user "bert"' said
	# Without a certificate.
	not postgres_as none anna
	grep 'connection requires a valid client certificate' said
	revoke bert
	kill -HUP "$server"
	until_true postgres_refuses bert
	grep 'certificate revoked' said
	postgres_as anna anna
	check_server "$port" anna accepted --starttls postgres
	check_server "$port" bert refused --starttls postgres
	# It says so when it hears a name, not before.
	check_server "$port" none accepted --starttls postgres
}

postgres_refuses() {
	not postgres_as "$1" "$1"
}

# mariadb_as NAME USER: that client, as that user.
mariadb_as() {
	local -a shown=()
	[ ! -e "$1.crt" ] || shown=("--ssl-cert=$1.crt" "--ssl-key=$1.key")
	mariadb --no-defaults --protocol=tcp -h localhost -P "$port" -u "$2" \
	    --ssl-ca=root.pem --ssl-verify-server-cert "${shown[@]}" \
	    --connect-timeout=10 -N -e 'SELECT CURRENT_USER()' >said 2>&1
}

@test "MariaDB: the certificate is the password, and no longer" {
	needs mariadbd mariadb-install-db mariadb
	start mariadb
	as_mariadb "$(recipe 'MariaDB: who may come')"
	as_mariadb "CREATE USER bert@'%' REQUIRE X509"
	mariadb_as anna anna
	grep -xF 'anna@%' said
	mariadb_as bert bert
	# Nobody is somebody else.
	not mariadb_as bert anna
	grep "Access denied for user 'anna'" said
	# Without a certificate.
	not mariadb_as none anna
	grep "Access denied for user 'anna'" said
	revoke bert
	as_mariadb 'FLUSH SSL'
	not mariadb_as bert bert
	cat said
	mariadb_as anna anna
	check_server "$port" anna accepted --starttls mysql
	check_server "$port" bert refused --starttls mysql
	check_server "$port" none accepted --starttls mysql
}
