# What the tests with faulty.so share: source it after lib.sh.  The token main, its
# stories, and programs that are watched while they run.
# shellcheck shell=bash
cd "$T" || exit 1
NOW=2026-12-01
FAULTY_SO=$TESTS/faulty.so

# A crash is to be a crash, also of a program with AddressSanitizer.
export ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}handle_segv=0:verify_asan_link_order=0

# Stories of one algorithm each, and a second key of the kind on the token.
new_token main
export FAULTY_MODULE=$MODULE FAULTY_LOG=$T/log FAULTY_GATE=$T/gate
serial=0
import()
{
	serial=$((serial + 1))
	softhsm2-util --import "$1" --token main --label "$2" --id "$(printf %02x $serial)" \
		--pin 1234 >/dev/null
}
story()
{
	"$TESTS/mint" ceremony --dir "$1" --ksk "ksk-$1" --algorithm "$1" --start 2027-01-01 \
		--module "$FAULTY_SO" &&
		import "$1/ksk-$1.pem" "ksk-$1" &&
		"$TESTS/mint" keys --dir "$1/spare" --algorithm "$1" spare &&
		import "$1/spare/spare.pem" "spare-$1"
}

clear_away()
{
	rm -rf log gate box tty.*
	mkdir box
	: >out
	: >err
	left=
}

# launch [VARIABLE=VALUE...] COMMAND...: in a session of its own, in the background: $pid.
# A minute is too much for it, and signals that bash ignores there are not ignored.
launch()
{
	clear_away
	setsid perl -e '$SIG{$_} = "DEFAULT" for qw(INT QUIT); alarm 60; exec @ARGV' \
		env "$@" <&0 >out 2>err &
	pid=$!
}

# over [SIGNAL]: send it, and wait for the end of it; what is left of its session: $left.
# (bash has something to say about each death by a signal, but not where stderr is null.)
over()
{
	[ $# -eq 0 ] || kill -s "$1" "$pid"
	wait "$pid"
	status=$?
	left=$(sed -n 's/^\([0-9]*\) .*) . [0-9]* [0-9]* \([0-9]*\) .*/\1 \2/p' \
		/proc/[0-9]*/stat 2>/dev/null | awk -v s="$pid" '$2 == s { print $1 }')
} 2>/dev/null

# held FUNCTION: until the log says that a call of it is held up.
held()
{
	wait_for log "^$1 .*hold$"
}

# wait_for FILE PATTERN: until a line matches, 20 seconds at most.
wait_for()
{
	local i
	for ((i = 0; i < 1000; i++)); do
		grep -qE -- "$2" "$1" 2>/dev/null && return
		sleep 0.02
	done
	echo "# no $2 in $1"
	return 1
}

# terminal D ACT: sign the story D at a terminal, to box/skr.xml; ACT is what the person
# does (Tcl) once the PIN is asked for.  Leaves the settings of the terminal before, during
# and after it in tty.before ..., what it showed in tty.log, and tty.pid and tty.status.
# PRELOAD may hold settings for the signer alone.  (The outer shell keeps the terminal open: without anybody, it would be hung up.)
cat >terminal.exp <<'END'
set timeout 60
log_user 0
log_file -noappend -a tty.log
spawn -noecho sh -c {
	trap : INT TERM HUP QUIT
	stty -g >tty.before
	sh -c 'echo $$ >tty.pid; exec env $PRELOAD skr-sign --policy $D/policy.yaml --previous $D/prev.xml \
		--schema normal --plan-ok normal --time $NOW --output box/skr.xml <$D/ksr.xml >out 2>err'
	echo $? >tty.status
	stty -g >tty.after
}
expect "PIN of token main: "
exec stty -a <$spawn_out(slave,name) >tty.during
eval $env(ACT)
expect eof
END
terminal()
{
	D=$1 ACT=$2 NOW=$NOW PRELOAD=${PRELOAD:-} command expect terminal.exp >expect.log 2>&1
}
