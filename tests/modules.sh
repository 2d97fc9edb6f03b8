# tests/modules.sh: PKCS#11 modules that need no hardware, each with a token of its own.  Sourced after
# lib.sh.
#
#	for name in $MODULES; do
#		reason=$(module_missing $name)
#		...
#		module_start $name      # MODULE, SLOT: a token that is not initialised, or (p11kit) is
#		...
#		module_stop             # ends what was started, by process id
#	done
#
# opencryptoki's files stand at fixed places: its part runs by module_run, in name spaces of its own
# where the system lets us have them.
# shellcheck shell=bash

MODULES="softhsm p11kit opencryptoki tpm2"
SO_PIN=87654321
module_pids=

# library NAME: the path of a PKCS#11 module, or nothing.
library()
{
	local f
	for f in /usr/lib/*/pkcs11/"$1" /usr/lib/*/"$1" /usr/lib/pkcs11/"$1"; do
		[ -e "$f" ] && echo "$f" && return
	done
}

# free_port: two of the loopback's that nobody has, the first of them.
free_port()
{
	local port
	for ((i = 0; i < 200; i++)); do
		port=$((20000 + RANDOM % 30000))
		(: <"/dev/tcp/127.0.0.1/$port") 2>/dev/null || (: <"/dev/tcp/127.0.0.1/$((port + 1))") 2>/dev/null ||
			{ echo $port; return; }
	done
	return 1
}

# own_spaces: can we have mount, process and IPC name spaces of our own?
own_spaces()
{
	unshare --mount --ipc --pid --fork --kill-child --mount-proc true 2>/dev/null
}

# module_missing NAME: why it cannot be used here, or nothing.
module_missing()
{
	case $1 in
	softhsm)
		softhsm_module >/dev/null 2>&1 || echo "no SoftHSM" ;;
	p11kit)
		if [ -z "$(library p11-kit-client.so)" ] || ! type -P p11-kit >/dev/null; then
			echo "no p11-kit client and server (p11-kit, p11-kit-modules)"
		fi ;;
	opencryptoki)
		if [ -z "$(library libopencryptoki.so)" ] || ! type -P pkcsslotd >/dev/null; then
			echo "no opencryptoki"
		elif [ "$(id -u)" -ne 0 ]; then
			echo "opencryptoki's daemon needs root"
		elif ! own_spaces && [ -n "$(find /var/lib/opencryptoki/swtok -name NVTOK.DAT 2>/dev/null)" ]; then
			echo "opencryptoki's token is in use, and there are no name spaces"
		fi ;;
	tpm2)
		if [ -z "$(library libtpm2_pkcs11.so.1)" ] || ! type -P swtpm >/dev/null ||
			[ -z "$(library libtss2-tcti-swtpm.so.0)" ] || ! type -P tpm2-abrmd >/dev/null ||
			[ -z "$(library libtss2-tcti-tabrmd.so.0)" ] || ! type -P dbus-daemon >/dev/null; then
			echo "no TPM (libtpm2-pkcs11-1, swtpm, libtss2-tcti-swtpm0, tpm2-abrmd, libtss2-tcti-tabrmd0, dbus-daemon)"
		fi ;;
	esac
}

# module_run NAME COMMAND...: where its files can be.
module_run()
{
	local name=$1
	shift
	if [ "$name" = opencryptoki ] && own_spaces; then
		OWN_SPACES=yes unshare --mount --ipc --pid --fork --kill-child --mount-proc "$@"
	else
		"$@"
	fi
}

# until_there COMMAND...: up to ten seconds.
until_there()
{
	local i
	for ((i = 0; i < 50; i++)); do
		"$@" >/dev/null 2>&1 && return
		sleep 0.2
	done
	return 1
}

start_softhsm()
{
	MODULE=$(softhsm_module)
	mkdir -p "$T/tokens"
	printf 'directories.tokendir = %s/tokens\nobjectstore.backend = file\nlog.level = ERROR\n' "$T" \
		>"$T/softhsm2.conf"
	export SOFTHSM2_CONF=$T/softhsm2.conf
	SLOT=(--slot-index 0)
}

# The server offers a token that is there already: it is made on SoftHSM, and the client sees it only by
# the socket.
start_p11kit()
{
	start_softhsm
	softhsm2-util --init-token --free --label T --so-pin $SO_PIN --pin 1234 </dev/null >/dev/null || return
	p11-kit server --provider "$MODULE" --name "$T/p11.sock" --foreground "pkcs11:token=T" \
		>"$T/server.log" 2>&1 &
	module_pids="$module_pids $!"
	until_there test -S "$T/p11.sock" || return
	export P11_KIT_SERVER_ADDRESS=unix:path=$T/p11.sock
	unset SOFTHSM2_CONF
	MODULE=$(library p11-kit-client.so)
}

start_opencryptoki()
{
	local d
	MODULE=$(library libopencryptoki.so)
	if [ -n "${OWN_SPACES:-}" ]; then
		for d in swtok tpm lite icsf ccatok ep11tok; do
			mkdir -p "$T/ock/lib/$d/TOK_OBJ" "$T/ock/lock/$d"
		done
		printf 'version opencryptoki-3.8\nslot 0\n{\nstdll = libpkcs11_sw.so\n}\n' >"$T/ock/conf"
		chgrp -R pkcs11 "$T/ock" && chmod -R ug=rwX,o= "$T/ock" || return
		mount --bind "$T/ock/conf" /etc/opencryptoki/opencryptoki.conf &&
			mount --bind "$T/ock/lib" /var/lib/opencryptoki &&
			mount --bind "$T/ock/lock" /var/lock/opencryptoki || return
	fi
	# it leaks, and unloads its parts before anybody can see whose leaks these are
	export LSAN_OPTIONS=detect_leaks=0
	pkcsslotd -f >"$T/slotd.log" 2>&1 &
	module_pids="$module_pids $!"
	until_there timeout 5 pkcs11-tool --module "$MODULE" --list-slots || return
	# of the slots that the configuration has, that of the soft token
	d=$(timeout 10 pkcs11-tool --module "$MODULE" --list-slots 2>/dev/null | grep -c '^Slot')
	SLOT=(--slot-index $((d - 1)))
}

# A software TPM, and the resource manager before it, without which it holds three keys at a time; they
# speak over a bus of their own.
start_tpm2()
{
	local port
	MODULE=$(library libtpm2_pkcs11.so.1)
	port=$(free_port) || return
	mkdir -p "$T/tpm/state" "$T/tpm/store"
	swtpm socket --tpm2 --tpmstate "dir=$T/tpm/state" --server "type=tcp,port=$port,bindaddr=127.0.0.1" \
		--ctrl "type=tcp,port=$((port + 1)),bindaddr=127.0.0.1" --flags not-need-init,startup-clear \
		>"$T/swtpm.log" 2>&1 &
	module_pids=$!
	# each ECDSA signature leaks in the module
	export LSAN_OPTIONS=detect_leaks=0
	dbus-daemon --session --nofork --nopidfile --address="unix:path=$T/bus" >"$T/bus.log" 2>&1 &
	module_pids="$! $module_pids"
	until_there test -S "$T/bus" || return
	export DBUS_SESSION_BUS_ADDRESS=unix:path=$T/bus
	tpm2-abrmd --session --allow-root --max-transients=100 --tcti="swtpm:host=127.0.0.1,port=$port" \
		>"$T/abrmd.log" 2>&1 &
	module_pids="$! $module_pids"
	export TPM2_PKCS11_STORE=$T/tpm/store TPM2_PKCS11_TCTI=tabrmd:bus_type=session TSS2_LOG=all+NONE
	until_there tpm2_there || return
	SLOT=(--slot-index 0)
}

tpm2_there()
{
	timeout 5 pkcs11-tool --module "$MODULE" --list-slots 2>/dev/null | grep -q '^Slot 0'
}

# module_start NAME: 0, or 1 and the reason in $T/*.log.
module_start()
{
	module_pids=
	SLOT=()
	# Their own leaks are only told from ours by whole stacks.
	export ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}fast_unwind_on_malloc=0:malloc_context_size=10
	"start_$1" || return 1
	export MODULE
}

module_stop()
{
	local pid
	for pid in $module_pids; do
		kill "$pid" 2>/dev/null
		wait "$pid" 2>/dev/null
	done
	# pkcsslotd leaves its shared memory to whoever comes next
	module_pids=
	return 0
}
