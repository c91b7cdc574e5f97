# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=bash
#
# More servers for servers.bash: databases and mail. They work as nobody where
# the tests are root's, in a folder of their own.

# lab: in setup_file, what they and their clients need. Anna and Bert have a
# certificate; nobody is revoked yet.
lab() {
	local name

	needs openssl curl python3 jq
	cd "$BATS_FILE_TMPDIR" || return
	export SIGNET_HOME=$PWD/home
	new_home home ecdsa-p256
	printf 'correct horse\n' >p12.pass
	for name in anna bert; do
		signet issue client "$name@lab.example" --out "$name.crt" \
		    --key-out locked.key --p12 "$name.p12" --kdf pbkdf2:100000 \
		    --passout file:p12.pass --quiet
		openssl pkey -in locked.key -passin file:p12.pass -out "$name.key"
		rm locked.key
	done
	signet issue server company.com localhost --chain --out company.crt \
	    --key-out company.key --no-passphrase --quiet
	signet roots export --with-intermediates --out ca.pem --quiet
	signet roots export --out root.pem --quiet
	fresh_lists
}

fresh_lists() {
	signet crl --all --bundle --due --out all.crl.pem --quiet
}

# stage: in setup, a folder with all of it that a server may enter who is not
# root; $low before a command makes it such a one.
stage() {
	folder=$(mktemp -d)
	server='' port='' low=()
	cd "$folder" || return
	cp -a "$BATS_FILE_TMPDIR"/*.{crt,key,pem} .
	cp -a "$BATS_FILE_TMPDIR/home" "$BATS_TEST_TMPDIR/home"
	export SIGNET_HOME=$BATS_TEST_TMPDIR/home
	mkdir own
	[ "$(id -u)" -ne 0 ] || {
		low=(setpriv "--reuid=$(id -u nobody)" "--regid=$(id -g nobody)"
			--clear-groups)
		chmod 755 .
		chown nobody own company.key
		"${low[@]}" test -r root.pem ||
		    skip "nobody may not enter $folder"
	}
}

unstage() {
	stop
	cd / || return
	rm -rf "${folder:?}"
}

# revoke NAME: and the new list, of which the server is yet to be told.
revoke() {
	signet revoke "$1@lab.example" --reason keyCompromise --quiet
	fresh_lists
}

# --- PostgreSQL -------------------------------------------------------------

# Debian has its programs in a folder for each version.
can_postgres() {
	postgres=$(find /usr/lib/postgresql/*/bin/postgres 2>/dev/null |
	    sort -V | tail -n 1)
	[ -n "$postgres" ] || skip "postgresql is not installed"
	postgres=${postgres%/*}
}

configure_postgres() {
	[ -d own/data ] || "${low[@]}" "$postgres/initdb" -D own/data \
	    -U postgres -A trust --no-sync --locale=C -E UTF8 >/dev/null
	{
		recipe /etc/postgresql/15/main/conf.d/lab.conf
		cat <<END
listen_addresses = '127.0.0.1'
port = $port
unix_socket_directories = '$PWD/own'
fsync = off
END
	} >own/data/postgresql.conf
	{
		recipe /etc/postgresql/15/main/pg_hba.conf
		echo "local all postgres trust"
	} >own/data/pg_hba.conf
	recipe /etc/postgresql/15/main/pg_ident.conf >own/data/pg_ident.conf
}

run_postgres() {
	exec "${low[@]}" "$postgres/postgres" -D "$PWD/own/data" 2>server.log
}

ready_postgres() {
	as_postgres 'select 1' >/dev/null 2>&1 || gone "$server"
}

# as_postgres SQL: who may do everything, on this machine.
as_postgres() {
	"$postgres/psql" -X -q -At -h "$PWD/own" -p "$port" -U postgres -c "$1"
}

# --- MariaDB ----------------------------------------------------------------

configure_mariadb() {
	[ -d own/data ] || "${low[@]}" mariadb-install-db --no-defaults \
	    --auth-root-authentication-method=normal --skip-test-db \
	    --datadir="$PWD/own/data" >install.log 2>&1
	{
		recipe /etc/mysql/mariadb.conf.d/99-lab.cnf
		cat <<END
datadir = $PWD/own/data
socket = $PWD/own/socket
pid-file = $PWD/own/pid
bind-address = 127.0.0.1
port = $port
innodb-flush-log-at-trx-commit = 0
END
	} >lab.cnf
}

run_mariadb() {
	exec "${low[@]}" mariadbd --defaults-file="$PWD/lab.cnf" 2>server.log
}

ready_mariadb() {
	as_mariadb 'SELECT 1' >/dev/null 2>&1 || gone "$server"
}

as_mariadb() {
	mariadb --no-defaults -u root --socket="$PWD/own/socket" -N -e "$1"
}

# --- Dovecot ----------------------------------------------------------------

# $port is IMAP's, with STARTTLS; the others are in $imaps, $pop3 and $pop3s.
configure_dovecot() {
	local user group
	user=$("${low[@]}" id -un)
	group=$("${low[@]}" id -gn)
	imaps=$(free_port) pop3=$(free_port) pop3s=$(free_port)
	stand_in systemctl
	recipe "lists for Dovecot" >lists
	PATH=$PWD/bin:$PATH sh -e lists
	{
		cat <<END
base_dir = $PWD/own/run
state_dir = $PWD/own
log_path = $PWD/own/log
verbose_ssl = yes
listen = 127.0.0.1
protocols = imap pop3
default_internal_user = $user
default_internal_group = $group
default_login_user = $user
mail_location = maildir:$PWD/own/mail/%u
first_valid_uid = 0
userdb {
  driver = static
  args = uid=$user gid=$group home=$PWD/own/mail/%u
}
auth_failure_delay = 0
service anvil {
  chroot =
  unix_listener anvil-auth-penalty {
    mode = 0
  }
}
service stats {
  chroot =
}
service imap-login {
  chroot =
  inet_listener imap {
    port = $port
  }
  inet_listener imaps {
    port = $imaps
  }
}
service pop3-login {
  chroot =
  inet_listener pop3 {
    port = $pop3
  }
  inet_listener pop3s {
    port = $pop3s
  }
}
END
		recipe /etc/dovecot/conf.d/99-lab.conf
	} >dovecot.conf
}

run_dovecot() {
	exec "${low[@]}" dovecot -F -c "$PWD/dovecot.conf" 2>server.log
}

ready_dovecot() {
	curl -s -m 5 "imap://127.0.0.1:$port/" -X CAPABILITY >/dev/null ||
	    gone "$server"
}

# --- Postfix ----------------------------------------------------------------

# It gives up root's rights by itself, and does nothing for others.
can_postfix() {
	needs postfix postmap
	[ "$(id -u)" -eq 0 ] || skip "Postfix is started by root alone"
}

# What is accepted is thrown away. No name is looked up.
configure_postfix() {
	mkdir -p own/queue/{pid,public,private,incoming,active,deferred,defer} \
	    own/data postfix
	chown -R postfix own/queue own/data
	chown root own own/queue own/queue/pid
	{
		cat <<END
compatibility_level = 3.6
queue_directory = $PWD/own/queue
data_directory = $PWD/own/data
maillog_file = /dev/stdout
myhostname = company.com
mydestination =
mynetworks =
inet_protocols = ipv4
smtpd_peername_lookup = no
smtpd_tls_loglevel = 1
alias_maps =
local_recipient_maps =
default_transport = discard
END
		recipe /etc/postfix/main.cf
	} >postfix/main.cf
	cat >postfix/master.cf <<END
127.0.0.1:$port inet n - n - - smtpd
anvil    unix - - n - 1 anvil
bounce   unix - - n - 0 bounce
cleanup  unix n - n - 0 cleanup
defer    unix - - n - 0 bounce
discard  unix - - n - - discard
error    unix - - n - - error
proxymap unix - - n - - proxymap
qmgr     unix n - n 300 1 qmgr
retry    unix - - n - - error
rewrite  unix - - n - - trivial-rewrite
tlsmgr   unix - - n 1000? 1 tlsmgr
trace    unix - - n - 0 bounce
postlog  unix-dgram n - n - 1 postlogd
END
	: >relay_clientcerts
	postmap -c postfix hash:relay_clientcerts
}

# It ends those of its session.
run_postfix() {
	exec setsid "$(postconf -dh daemon_directory)/master" -c "$PWD/postfix" -d \
	    >server.log 2>&1
}

ready_postfix() {
	curl -s -m 5 "smtp://127.0.0.1:$port/" -X NOOP >/dev/null ||
	    gone "$server"
}
