# Secrets: a PIN is in locked memory only, and after the login nowhere.  The module gets
# the tool's PIN, a decoy, and gives its own to SoftHSM, so that no copy that SoftHSM keeps
# can hide one of ours.
. "$(dirname "$0")/../lib.sh"
. "$HERE/tests/faulty/faulty.sh"

DECOY=73920561842975306184295730618472
R=RSASHA256
story $R
export FAULTY_PIN=1234
(umask 077 && echo $DECOY >decoy)

# FNV-1a, as the module logs it.
fnv()
{
	local i c h=-3750763034362895579
	for ((i = 0; i < ${#1}; i++)); do
		printf -v c %d "'${1:i:1}"
		h=$(((h ^ c) * 1099511628211))
	done
	printf '%016x' $h
}

# found PID: search it while it is stopped; the mappings go to $T/found.
found()
{
	local rc
	kill -STOP "$1"
	"$TESTS/memgrep" "$1" <decoy >found 2>err.memgrep
	rc=$?
	kill -CONT "$1"
	return $rc
}

# The search finds what is there: in a shell that reads a line, plain memory.
mkfifo pipe
sh -c 'read -r pin; read -r end <pipe; : $pin $end' <decoy &
leaky=$!
wait_for /proc/$leaky/stat ' S '
sleep 0.05
found $leaky
case $? in
0)
	check "a secret in plain memory is found" grep -q "longest 32, unlocked dumped" found
	search=yes
	;;
*)
	skip "no memory can be searched here: $(cat err.memgrep)"
	search=
	;;
esac
kill $leaky
if [ -n "$search" ] && nm -D "$BIN/skr-sign" | grep -q __asan; then
	skip "no search under AddressSanitizer, whose shadow memory is too large"
	search=
fi

# What is freed stays where it was, to be found if it was not wiped.
hoard=()
[ -z "$search" ] || hoard=("LD_PRELOAD=$TESTS/hoard.so")

# only_locked NAME: what was found is in locked memory that is left out of dumps.
only_locked()
{
	check "$1: the PIN is found" test -s found
	refute "$1: but not outside locked memory" grep -qv 'longest 32, locked undumped' found
}

# watch SOURCE: it waits in C_Login, then in C_Sign: where is the PIN?
watch()
{
	held C_Login || fail "$1: no login"
	outside "$1: during the login"
	if [ -n "$search" ]; then
		found "$pid"
		only_locked "$1: during the login"
	fi
	touch gate
	held C_Sign || fail "$1: no signature"
	outside "$1: during the signatures"
	if [ -n "$search" ]; then
		found "$pid"
		case $?,$1 in
		1,*)	pass "$1: after the login the PIN is nowhere" ;;
		0,policy) only_locked "$1: after the login" ;;
		0,*)	fail "$1: after the login the PIN is still there: $(cat found)" ;;
		*)	fail "$1: the search failed" ;;
		esac
	fi
	touch gate
}

# outside NAME: what others can see of a process, and what it may leave behind.
outside()
{
	check "$1: arguments and environment" grep -qa skr-sign "/proc/$pid/cmdline"
	refute "$1: ... have no PIN" grep -qa $DECOY "/proc/$pid/cmdline" "/proc/$pid/environ"
	check "$1: no core can be dumped" \
		grep -qE '^Max core file size +0 +0 ' "/proc/$pid/limits"
}

# after SOURCE: it ended well, and nothing that was written has the PIN.
after()
{
	check "$1: signed" cmp box/skr.xml $R/skr.xml
	check "$1: the module got the PIN as it was given" \
		grep -q "^C_Login 1 32 $(fnv $DECOY)" log
	check "$1: once" test "$(grep -c '^C_Login ' log)" -eq 1
	check "$1: no dumps, no debugger" grep -q '^process dumpable 0 core 0$' log
	refute "$1: the PIN is in nothing that was written" \
		grep -rqaE "$(echo $DECOY | sed 's/.\{8\}/&|/g; s/|$//')" out err log box
}

# begin D ARGUMENT...: with the policy of D.
begin()
{
	launch FAULTY="C_Login=hold C_Sign=hold:3" "${hoard[@]}" skr-sign --policy "$1/policy.yaml" \
		--previous $R/prev.xml --schema normal --plan-ok normal --time $NOW --output box/skr.xml "${@:2}" \
		<$R/ksr.xml 3<decoy
}

# variant NAME SED...: the story's policy, changed.
variant()
{
	mkdir -p "$1"
	sed -E "${@:2}" $R/policy.yaml >"$1/policy.yaml"
	chmod 600 "$1/policy.yaml"
}

begin $R --pin-fd 3
watch pin-fd
over
after pin-fd

variant pin-source "s|(.*)module: .*|&\n\1uri: \"pkcs11:token=main?pin-source=file:$T/decoy\"|"
begin pin-source
watch pin-source
over
after pin-source

variant policy "s|(.*)module: .*|&\n\1pin: \"$DECOY\"|"
begin policy
watch policy
over
after policy

# What the reader of the file freed is fresh while the next file keeps it waiting.
launch "${hoard[@]}" skr-sign --policy policy/policy.yaml --previous pipe --schema normal --plan-ok normal --time $NOW <$R/ksr.xml
wait_for "/proc/$pid/wchan" 'wait_for_partner|^0$'
if [ -n "$search" ]; then
	sleep 0.1
	found "$pid"
	only_locked "policy: when it has been read"
fi
over KILL
run skr-sign --policy policy/policy.yaml --show-policy
expect 0 "--show-policy"
refute "... does not show it" grep -qr $DECOY out err

# At the terminal: what is typed goes no other way.
clear_away
# shellcheck disable=SC2016
FAULTY="C_Login=hold C_Sign=hold:3" PRELOAD=${hoard[*]} \
	terminal $R 'set f [open decoy]; send "[gets $f]\r"' &
prompt=$!
wait_for tty.pid '[0-9]'
pid=$(cat tty.pid)
watch prompt
wait $prompt
after prompt
refute "prompt: it was not shown" grep -q $DECOY tty.log

# Nor is it left where something fails after the login, or by the login.
# doomed NAME FAULTS FUNCTION
doomed()
{
	launch FAULTY="$2" "${hoard[@]}" skr-sign --policy $R/policy.yaml --previous $R/prev.xml --json \
		--schema normal --plan-ok normal --time $NOW --output box/skr.xml --pin-fd 3 <$R/ksr.xml 3<decoy
	held "$3" || fail "$1: was not reached"
	if [ -n "$search" ]; then
		found "$pid"
		check "$1: the PIN is nowhere" test $? -eq 1
	fi
	touch gate
	over
	expect 2 "$1"
	refute "$1: and not in the report" grep -q $DECOY out err
}
doomed "a wrong PIN" "C_Login=CKR_PIN_INCORRECT C_Finalize=hold" C_Finalize
doomed "a token that fails" "C_Sign=CKR_DEVICE_ERROR C_Finalize=hold" C_Finalize

# Killed with a core asked for, while it holds the PIN.
ulimit -c unlimited 2>/dev/null
begin $R --pin-fd 3
held C_Login
over ABRT
expect 134 "SIGABRT during the login"
check "... leaves no core" test -z "$(find . -name '*core*')"

done_testing
