# tests/lib.sh: TAP for the shell tests.  A test starts with
#
#	. "$(dirname "$0")/../lib.sh"
#
# and is run from anywhere; the programs of the build come first in PATH, the
# work folder $T is empty and removed at the end, HERE is the source tree.
# KSR_BIN names the folder of the programs (default: build/bin).
# shellcheck shell=bash

set -u
HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
BIN=${KSR_BIN:-$HERE/build/bin}
TESTS=$(cd "$BIN/../tests" && pwd)
PATH=$BIN:$PATH
export LC_ALL=C TZ=UTC
T=$(mktemp -d "${TMPDIR:-/tmp}/ksrkit.XXXXXX")
count=0
status=0

# What a test adds to the end of its run: a function name.
at_exit=
finish()
{
	[ -z "$at_exit" ] || $at_exit
	rm -rf "$T"
}
trap finish EXIT
trap 'exit 1' INT TERM

# run COMMAND...: stdout to $T/out, stderr to $T/err, the exit status to $status.
# Standard input is the caller's.  A program that does not end within two minutes is ended, with status 124.
run()
{
	if [ "$(type -t "$1")" = file ]; then
		timeout --foreground -k 5 120 "$@" >"$T/out" 2>"$T/err"
	else
		"$@" >"$T/out" 2>"$T/err"
	fi
	status=$?
}

pass()
{
	count=$((count + 1))
	echo "ok $count - $*"
}

fail()
{
	count=$((count + 1))
	echo "not ok $count - $*"
	if [ -s "$T/err" ]; then
		head -n 5 "$T/err" | sed 's/^/# stderr: /'
	fi
}

# check NAME COMMAND...: passes if the command succeeds.
check()
{
	local name=$1
	shift
	if "$@" >"$T/check.log" 2>&1; then
		pass "$name"
	else
		fail "$name"
		sed 's/^/# /' "$T/check.log" | head -n 10
	fi
}

# refute NAME COMMAND...: passes if the command fails: the control of a check.
refute()
{
	local name=$1
	shift
	if "$@" >"$T/check.log" 2>&1; then
		fail "$name"
	else
		pass "$name"
	fi
}

# expect STATUS NAME: the exit status of the last run.
expect()
{
	if [ "$status" -eq "$1" ]; then
		pass "$2: exit $1"
	else
		fail "$2: exit $status, expected $1"
	fi
}

# refused STATUS PATTERN NAME: that exit status, an extended pattern on stderr, and
# not one byte on stdout.
refused()
{
	if [ "$status" -ne "$1" ]; then
		fail "$3: exit $status, expected $1"
	elif [ -s "$T/out" ]; then
		fail "$3: bytes on stdout"
	elif ! grep -qE -- "$2" "$T/err"; then
		fail "$3: nothing on stderr that matches $2"
	else
		pass "$3"
	fi
}

# rules: the ids of the broken rules on stderr of the last run, sorted, on one line.
# (A warning has the word "warning:" before its rule.)
rules()
{
	grep -vE ': warning: ' "$T/err" | grep -oE ': (KSR|SKR|PLAN)-[A-Z0-9-]+: ' |
		tr -d ': ' | LC_ALL=C sort -u | tr '\n' ' ' | sed 's/ $//'
}

# broke "ID ID..." NAME: exactly these rules were broken in the last run, exit 1, and
# nothing on stdout.
broke()
{
	local got
	got=$(rules)
	if [ "$status" -ne 1 ]; then
		fail "$2: exit $status, expected 1"
	elif [ -s "$T/out" ]; then
		fail "$2: bytes on stdout"
	elif [ "$got" != "$1" ]; then
		fail "$2: broke '$got', expected '$1'"
	else
		pass "$2"
	fi
}

# passed FILE NAME: the last run accepted this file, and the same bytes are on stdout.
passed()
{
	expect 0 "$2"
	check "$2: the same bytes" cmp "$T/out" "$1"
}

# usage NAME PATTERN ARGUMENT...: the tool that the script is named after refuses these, in one line with its usage.
usage()
{
	local name=$1 pattern=$2 tool
	tool=$(basename "$0" .t)
	shift 2
	run "$tool" "$@"
	refused 2 "^$tool: .*$pattern.*; usage: $tool " "$name"
	check "$name: one line" test "$(wc -l <"$T/err")" -eq 1
}

# json FILE EXPRESSION: is it true (in Perl) of $j, the object that is alone in the file $T/FILE?
json()
{
	perl -MJSON::PP -e '
		local $/; my $text = <STDIN>;
		exit 1 unless $text =~ /\A[ -~]+\n\z/;
		our $j = JSON::PP->new->decode($text);
		exit(eval($ARGV[0]) ? 0 : 1)' "$2" <"$T/$1"
}

# skip REASON: says so, once, in the form that TAP readers count.
skip()
{
	count=$((count + 1))
	echo "ok $count # SKIP $*"
}

done_testing()
{
	echo "1..$count"
}

# new_token LABEL: a fresh SoftHSM token in $T/tokens (user PIN 1234, security
# officer's 5678); sets SOFTHSM2_CONF and MODULE.
new_token()
{
	MODULE=$(softhsm_module)
	if [ ! -e "$T/softhsm2.conf" ]; then
		mkdir -p "$T/tokens"
		printf 'directories.tokendir = %s/tokens\nobjectstore.backend = file\nlog.level = ERROR\n' \
			"$T" >"$T/softhsm2.conf"
	fi
	export SOFTHSM2_CONF=$T/softhsm2.conf
	# Its own leaks are only told from ours by whole stacks, which are slow to take.
	export ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}fast_unwind_on_malloc=0:malloc_context_size=10
	softhsm2-util --init-token --free --label "$1" --so-pin 5678 --pin 1234 </dev/null >/dev/null
}

softhsm_module()
{
	local f
	for f in /usr/lib/softhsm/libsofthsm2.so /usr/lib/*/softhsm/libsofthsm2.so; do
		[ -e "$f" ] && echo "$f" && return
	done
	echo "no SoftHSM module found" >&2
	return 1
}

# new_key TOKEN LABEL ID TYPE: a key pair on the token, by pkcs11-tool; TYPE as its
# --key-type takes it (rsa:2048, EC:prime256v1, EC:secp384r1, EC:edwards25519 ...).
new_key()
{
	pkcs11-tool --module "$MODULE" --token-label "$1" --login --pin 1234 --keypairgen \
		--label "$2" --id "$3" --key-type "$4" --usage-sign </dev/null >"$T/keygen.log" 2>&1
}
