# Faults: whatever the token, the disk, the pipe or the person at the terminal does,
# skr-sign writes all of a good response or nothing, says why, and tries a PIN once.
. "$(dirname "$0")/../lib.sh"
. "$HERE/tests/faulty/faulty.sh"

# begin FAULTS D ARGUMENT...: a signature of the story D, in the background; the
# words of WRAP come before the command.
WRAP=()
begin()
{
	local faults=$1 d=$2
	shift 2
	launch FAULTY="$faults" "${WRAP[@]}" skr-sign --policy "$d/policy.yaml" --previous "$d/prev.xml" \
		--schema normal --plan-ok normal --time $NOW --pin-fd 3 "$@" <"$d/ksr.xml" 3<<<"${PIN:-1234}"
}

# sign FAULTS D ARGUMENT...: to its end.
sign()
{
	begin "$@"
	over
} 2>/dev/null

# leftover: what of a failure is still there, on one line: nothing, we hope.
leftover()
{
	[ ! -s out ] || echo "bytes on stdout,"
	[ -z "$(ls -A box)" ] || echo "files: $(ls -A box),"
	[ -z "$left" ] || echo "processes: $left,"
	[ "$(logins)" -le 1 ] || echo "the PIN was tried $(logins) times,"
	! grep -qE '[A-Za-z0-9+/]{90}' err || echo "base64 on stderr,"
}

logins()
{
	if [ -e log ]; then grep -c '^C_Login ' log; else echo 0; fi
}

# failed STATUS PATTERN NAME: it ended so, with one line that is no warning, which matches
# (no line where PATTERN is empty), and nothing is left of it.
failed()
{
	local lines rest
	lines=$(grep -vc ': warning: ' err)
	rest=$(leftover)
	if [ "$status" -ne "$1" ]; then
		fail "$3: exit $status, expected $1"
	elif [ -n "$rest" ]; then
		fail "$3: ${rest//$'\n'/ }"
	elif [ "$lines" -ne $((${#2} > 0)) ]; then
		fail "$3: $lines lines"
	elif [ -n "$2" ] && ! grep -v ': warning: ' err | grep -qE -- "$2"; then
		fail "$3: does not say $2"
	else
		pass "$3"
	fi
}

# fault FAULTS STATUS PATTERN [D]: with standard output and with a file, by turns.
turn=0
fault()
{
	turn=$((1 - turn))
	if [ $turn -eq 1 ]; then
		sign "$1" "${4:-$R}"
		failed "$2" "$3" "${4:-} $1"
	else
		sign "$1" "${4:-$R}" --output box/skr.xml
		failed "$2" "$3" "${4:-} $1, to a file"
	fi
}

# harmless FAULTS: the response is the same.
harmless()
{
	sign "$1" $R
	expect 0 "$1"
	check "... gives the same bytes" cmp out good
}

R=RSASHA256
E=ECDSAP256SHA256
D=ED25519
for a in $R $E $D; do
	check "$a: a story" story "$a"
done
sign "" $R
expect 0 "without faults"
cp out good
check "... as made in software" cmp good $R/skr.xml
check "... with one login" test "$(logins)" -eq 1
check "... by which no core can be dumped, nor a debugger attach" \
	grep -q '^process dumpable 0 core 0$' log

# Wrong signatures.  The token makes nine, on as many sessions as there are processors.
for a in $R $E $D; do
	for n in 1 5 9; do
		fault C_Sign=flip:$n 2 "SKR-VERIFY: bundle [1-9] .*token main .*key [0-9]+ .*does not verify" "$a"
	done
	fault C_Sign=other-key:3 2 "SKR-VERIFY: .*does not verify" "$a"
	fault C_Sign=other-message:4 2 "SKR-VERIFY: .*does not verify" "$a"
	fault C_Sign=short:9 2 "key ksk-$a: token main .*a signature of [0-9]+ bytes, expected [0-9]+" "$a"
	fault C_Sign=long:2 2 "a signature of [0-9]+ bytes, expected" "$a"
	fault C_Sign=huge:2 2 "a signature of [0-9]+ bytes, expected" "$a"
done
sign C_Sign=flip:1+ $R
check "every signature wrong: a line for each" test "$(grep -c 'does not verify' err)" -eq 9
refused 2 "does not verify" "... and nothing leaves"

# Errors.
for e in CKR_DEVICE_ERROR CKR_DEVICE_REMOVED CKR_SESSION_CLOSED CKR_SESSION_HANDLE_INVALID \
	CKR_USER_NOT_LOGGED_IN CKR_GENERAL_ERROR CKR_HOST_MEMORY; do
	fault C_Sign=$e:5 2 "key ksk-$R: token main .*: C_Sign: $e"
done
fault C_SignInit=CKR_KEY_HANDLE_INVALID:9 2 "C_SignInit: CKR_KEY_HANDLE_INVALID"
fault C_GetFunctionList=CKR_GENERAL_ERROR 2 "no token of any hsm section can be used"
check "... and why" grep -q "warning: hsm softhsm: .*C_GetFunctionList: CKR_GENERAL_ERROR" err
fault C_Initialize=CKR_DEVICE_ERROR 2 "no token of any hsm section can be used"
check "... and why" grep -q "warning: hsm softhsm: .*C_Initialize: CKR_DEVICE_ERROR" err
for n in 1 2; do
	fault C_GetSlotList=CKR_DEVICE_ERROR:$n 2 "no token of any hsm section can be used"
	check "... and why" grep -q "C_GetSlotList: CKR_DEVICE_ERROR" err
done
fault C_GetSlotList=CKR_DEVICE_ERROR:3 2 "no token of any hsm section can be used"
fault C_GetSlotList=none:1+ 2 "no token of any hsm section can be used"
check "... and why" grep -q "its module shows no initialised token" err
fault C_GetSlotList=flood:2 2 "no token of any hsm section can be used"
check "... and why" grep -q "C_GetSlotList: 100000 slots in a list of" err
fault C_GetTokenInfo=CKR_DEVICE_REMOVED:1+ 2 "no token of any hsm section can be used"
check "... and why" grep -q "C_GetTokenInfo: CKR_DEVICE_REMOVED" err
fault C_GetTokenInfo=CKR_DEVICE_REMOVED:5 2 "token main .*: C_GetTokenInfo: CKR_DEVICE_REMOVED"
fault C_OpenSession=CKR_SESSION_COUNT:1+ 2 "key ksk-$R: .*C_OpenSession: CKR_SESSION_COUNT"
harmless C_OpenSession=CKR_SESSION_COUNT:2+
fault C_FindObjectsInit=CKR_DEVICE_ERROR 2 "key ksk-$R: token main .*C_FindObjects.*: CKR_DEVICE_ERROR"
fault C_FindObjects=CKR_DEVICE_ERROR 2 "key ksk-$R: token main .*: C_FindObjects: CKR_DEVICE_ERROR"
fault C_FindObjects=flood 2 "key ksk-$R: token main .*: too many objects"
fault C_GetAttributeValue=CKR_DEVICE_ERROR:1+ 2 "key ksk-$R: token main "

# Logins.
for e in PIN_INCORRECT PIN_LOCKED PIN_EXPIRED PIN_LEN_RANGE USER_PIN_NOT_INITIALIZED \
	USER_TOO_MANY_TYPES DEVICE_ERROR SESSION_CLOSED; do
	fault C_Login=CKR_$e 2 "token main .*: .*\(C_Login: CKR_$e\)"
	check "... after one attempt" test "$(logins)" -eq 1
done
fault C_GetTokenInfo=locked:1+ 2 "the user PIN is locked; no PIN was tried"
check "... and none was" test "$(logins)" -eq 0
fault C_GetTokenInfo=no-pin:1+ 2 "no user PIN has been set; no PIN was tried"
check "... and none was" test "$(logins)" -eq 0
harmless C_GetTokenInfo=final-try:1+
check "... with a warning" grep -q "warning: token main .*last attempt" err
harmless C_GetTokenInfo=count-low:1+
check "... with a warning" grep -q "warning: token main .*a wrong PIN has been entered before" err
PIN=4321
fault "" 2 "the PIN is wrong; it was tried once"
check "a wrong PIN is tried once" test "$(logins)" -eq 1
PIN=1234

# Lies about the key.
fault C_GetAttributeValue=no-sign:1+ 2 "key ksk-$R: token main .*: it may not sign \(CKA_SIGN\)"
fault C_GetAttributeValue=modulus:1+ 2 "key ksk-$R: token main .*halves"
fault C_GetAttributeValue=long:1+ 2 "key ksk-$R: token main "
sign C_GetAttributeValue=moduli:1+ $R
broke "KSR-CHAIN-KEYS PLAN-SLOTS" "another modulus on both halves"
check "... leaves nothing" test -z "$(leftover)"
mkdir untold
cp $R/*.xml untold
sed '/key_tag/d; /ds_sha256/d; /^request_policy:/a\  check_chain_keys_in_hsm: false\n  check_keys_retire_safety: false
	/^ksk_policy:/a\  check_plan_trust: false' $R/policy.yaml >untold/policy.yaml
sign C_GetAttributeValue=moduli:1+ untold --unauthenticated-previous
refused 2 "SKR-VERIFY: .*does not verify" "... where the policy does not know the key"
check "... leaves nothing" test -z "$(leftover)"

# The token is gone.
for f in C_Login C_FindObjectsInit C_FindObjects C_GetAttributeValue; do
	fault $f=remove 2 "token main .*: .*(CKR_DEVICE_REMOVED|cannot be read)"
done
for f in C_SignInit=remove C_SignInit=remove:9 C_Sign=remove:5; do
	sign $f $R --output box/skr.xml
	refused 2 "key ksk-$R: token main .*: C_Sign(Init)?: CKR_DEVICE_REMOVED" "$f"
	check "... is said once by C_Sign and once by C_SignInit at most" \
		test -z "$(sort err | uniq -d)"
	check "... and leaves nothing" test -z "$(leftover)"
done
harmless C_Logout=remove
harmless C_Logout=CKR_DEVICE_ERROR
harmless C_Finalize=CKR_GENERAL_ERROR
harmless "C_Sign=slow:1+ C_Login=slow C_FindObjects=slow:1+"

# The module crashes.
for f in C_GetFunctionList C_Initialize C_Login C_FindObjects C_SignInit C_Sign C_Sign:9 C_Finalize; do
	n=${f#*:}
	[ "$n" != "$f" ] || n=1
	fault "${f%:*}=crash:$n" 139 ""
done

# Modules that are none.  The policy's env can ask for faults, too.
# hsm SED...: the story $R with another hsm section, as the story other.
hsm()
{
	mkdir -p other
	cp $R/*.xml other
	sed -E "$@" $R/policy.yaml >other/policy.yaml
	chmod 600 other/policy.yaml
}
none="no token of any hsm section can be used"
echo "no library" >text.so
hsm "s|module: .*|module: $T/absent.so|"
fault "" 2 "$none" other
check "... and why: no file" grep -q "absent.so: No such file" err
hsm "s|module: .*|module: $T/text.so|"
fault "" 2 "$none" other
check "... and why: no library" grep -qE "warning: hsm softhsm: .*text.so: (invalid ELF|file too short)" err
hsm "s|module: .*|module: libc.so.6|"
fault "" 2 "$none" other
check "... and why: another library" grep -q "libc.so.6: not a PKCS#11 module" err
hsm "s|(.*)module: .*|&\n\1env:\n\1  FAULTY: C_Sign=CKR_DEVICE_ERROR:7|"
fault "" 2 "C_Sign: CKR_DEVICE_ERROR" other
mkdir tokens.none
sed "s|$T/tokens|$T/tokens.none|" softhsm2.conf >none.conf
SOFTHSM2_CONF=$T/none.conf fault "" 2 "$none"
check "... and why: nothing but an uninitialised token" grep -q "shows no initialised token" err

# The request breaks off: a writer that dies, or none.
mkdir half
cp $R/policy.yaml $R/prev.xml half
for n in 0 1 5000 $(($(wc -c <$R/ksr.xml) - 2)); do
	head -c "$n" $R/ksr.xml >half/ksr.xml
	sign "" half --output box/skr.xml
	failed 1 "-:[0-9:]* KSR-XML: " "a request of which $n bytes came"
	refute "... and no session was opened" grep -qE "^C_(OpenSession|Login) " log
done

# What is the matter with the module, loaded beside the judging, matters to no request that is refused.
"$TESTS/mint" ksr --dir $R --zone . --start 2027-01-01 --break KSR-BUNDLE-POP/tampered >half/ksr.xml
for f in C_Initialize=CKR_GENERAL_ERROR C_GetSlotList=none C_Initialize=slow C_GetTokenInfo=remove; do
	sign "$f" half --output box/skr.xml
	failed 1 "KSR-BUNDLE-POP: " "a request that is refused, and $f"
	check "... the module was there" grep -q '^C_Initialize ' log
	refute "... and no session was opened" grep -qE "^C_(OpenSession|Login) " log
done

mkfifo in
ln -sf ../in half/ksr.xml
sh -c "head -c 9000 $R/ksr.xml; kill -9 \$\$" >in &
disown
sign "" half
failed 1 "-:[0-9:]* KSR-XML: " "a writer that is killed half-way"
WRAP=(sh -c 'exec "$0" "$@" <&-')
sign "" $R --output box/skr.xml
failed 2 "-: .*Bad file descriptor" "a closed standard input"
WRAP=(sh -c 'exec "$0" "$@" <.')
sign "" $R --output box/skr.xml
failed 2 "-: .*Is a directory" "a folder as standard input"

# Nowhere to write to.
WRAP=(sh -c 'exec "$0" "$@" >&-')
sign "" $R
failed 2 "standard output: Bad file descriptor" "a closed standard output"
WRAP=(sh -c 'exec "$0" "$@" >/dev/full')
sign "" $R
failed 2 "standard output: No space left" "a full disk behind standard output"
mkfifo pipe
WRAP=(sh -c 'exec "$0" "$@" >pipe')
true <pipe &
sign "" $R
failed 2 "standard output: Broken pipe" "a reader that has gone"

# A reader that takes the first page only, and a signer that is ended then.
# shellcheck disable=SC2016
perl -e 'open F, "<", "pipe"; fcntl(F, 1031, 4096) or die; sleep 1 until -e "box";
	open G, ">", "gate"; select(undef, undef, undef, 0.05) until -e "ended";
	undef $/; print <F>' >part &
reader=$!
begin C_Sign=hold:1 $R
wait_for log 'C_Finalize 2'
sleep 0.2
over TERM
touch ended
wait $reader
failed 143 "" "SIGTERM in the middle of the output"
check "... when some of it had left" test -s part
run skr-check --policy $R/policy.yaml --previous $R/prev.xml --time $NOW --ksr $R/ksr.xml <part
refused 1 "SKR-XML" "... is refused by the next in the pipe"
WRAP=()

sign "" $R --output no/such/folder.xml
failed 2 "no/such/folder.xml: No such file" "no folder to write to"
sign "" $R --output /dev/full
failed 2 "/dev/full: exists" "a device to write to"
# appear COMMAND: box/skr.xml appears while the token signs.
appear()
{
	begin C_Sign=hold:5 $R --output box/skr.xml
	held C_Sign
	eval "$1"
	touch gate
	over
	mv box was
	mkdir box
	failed 2 "box/skr.xml: .*$2" "while it signs: $1"
}
appear "echo mine >box/skr.xml" "File exists"
check "... and stays as it was" sh -c 'grep -q mine was/skr.xml && test "$(ls -A was)" = skr.xml'
rm -rf was
appear "ln -s ../stray box/skr.xml" "File exists"
check "... and is not followed" sh -c 'test -L was/skr.xml && test ! -e stray'
rm -rf was
appear "rmdir box; mkdir -m 755 else; ln -s else box; rmdir else" "No such file"
rm -rf was
if [ "$(id -u)" -eq 0 ] && mkdir small && mount -t tmpfs -o size=8k none small 2>/dev/null; then
	sign "" $R --output small/skr.xml
	failed 2 "small/skr.xml: No space left" "a full disk"
	check "... stays empty" test -z "$(ls -A small)"
	mount -o remount,ro small
	sign "" $R --output small/skr.xml
	failed 2 "small/skr.xml: Read-only file system" "a read-only disk"
	umount small
else
	skip "a full disk needs a mount of its own"
	mkdir -m 555 readonly
	sign "" $R --output readonly/skr.xml
	failed 2 "readonly/skr.xml: Permission denied" "a read-only folder"
fi

# Two who answer the same request: whoever comes second finds that it has been answered.
: >history
begin C_Sign=hold:5 $R --history history --output box/skr.xml
held C_Sign
check "while it signs: another answer" env FAULTY_LOG="$T/other.log" skr-sign --policy $R/policy.yaml \
	--previous $R/prev.xml --schema normal --plan-ok normal --time $NOW --pin-fd 3 --history history \
	--output other.xml <$R/ksr.xml 3<<<1234
touch gate
over
failed 2 "history: another answer has been recorded since it was read" "the same request answered beside it"
check "... the history has the one" test "$(wc -l <history)" -eq 1 -a \
	"$(cut -d ' ' -f 4 history)" = "$(sha256sum <other.xml | cut -c -64)"
sign "" $R --history history --output box/skr.xml
failed 1 "KSR-ID: the history has an answer to this request" "... and again"

# Ended by signals, at each step.
# kill_at STEP FAULTS
kill_at()
{
	local sig n
	for sig in INT TERM HUP KILL; do
		n=$(kill -l $sig)
		begin "$2" $R --output box/skr.xml
		held "${2%%=*}" || fail "$1 was not reached"
		over $sig
		failed $((128 + n)) "" "SIG$sig during $1"
	done
}
for sig in INT TERM HUP KILL; do
	exec 7<>in
	head -c 9000 $R/ksr.xml >&7
	begin "" half --output box/skr.xml
	wait_for "/proc/$pid/comm" skr-sign
	sleep 0.05
	over $sig
	exec 7>&-
	failed $((128 + $(kill -l $sig))) "" "SIG$sig while the request is read"
done
kill_at "the login" C_Login=hold
kill_at "the search" C_FindObjects=hold
kill_at "the signatures" C_Sign=hold:4
WRAP=(env "LD_PRELOAD=$FAULTY_SO")
# appear_late COMMAND: box/skr.xml appears when the file is complete, but has no name.
appear_late()
{
	begin fsync=hold:1 $R --output box/skr.xml
	held fsync
	eval "$1"
	touch gate
	over
	mv box was
	mkdir box
	failed 2 "box/skr.xml: File exists" "while it writes: $1"
}
appear_late "echo mine >box/skr.xml"
check "... and stays as it was" sh -c 'grep -q mine was/skr.xml && test "$(ls -A was)" = skr.xml'
rm -rf was
appear_late "ln -s ../stray box/skr.xml"
check "... and is not followed" sh -c 'test -L was/skr.xml && test ! -e stray'
rm -rf was
kill_at "the write" fsync=hold:1
kill_at "the last step of the write" linkat=hold
begin fsync=hold:2 $R --output box/skr.xml
held fsync
over KILL
check "SIGKILL after it: the file is whole" cmp box/skr.xml good
WRAP=()

# A person at a terminal: what he types is not shown, and the terminal is as before.
# person STATUS NAME ACT [PATTERN]
person()
{
	clear_away
	terminal $R "$3"
	status=$(cat tty.status)
	check "$2: the question is asked without echo" grep -q -- ' -echo ' tty.during
	check "$2: the terminal is as before" cmp tty.before tty.after
	refute "$2: no PIN is shown" grep -qE '1234|4321' tty.log
	[ "$1" -eq 0 ] || failed "$1" "${4:-}" "$2"
}
person 0 "the PIN" 'send "1234\r"'
check "the PIN: the response" cmp box/skr.xml good
person 2 "a wrong PIN" 'send "4321\r"' "the PIN is wrong; it was tried once"
person 2 "an empty line" 'send "\r"' "cannot get the PIN"
person 2 "end of file" 'send "\004"' "cannot get the PIN"
person 130 "Ctrl-C" 'send "\003"'
person 130 "Ctrl-C after half a PIN" 'send "12"; sleep 0.1; send "\003"'
person 131 "Ctrl-backslash" 'send "\034"'
person 143 "SIGTERM at the question" 'exec kill -TERM [exec cat tty.pid]'
person 129 "SIGHUP at the question" 'exec kill -HUP [exec cat tty.pid]'
FAULTY=C_Login=hold person 130 "Ctrl-C during the login" 'send "1234\r"
	while {![file exists log] || ![string match "* hold*" [exec cat log]]} { after 20 }
	send "\003"'
FAULTY=C_Sign=hold:3 person 130 "Ctrl-C during the signatures" 'send "1234\r"
	while {![file exists log] || ![string match "* hold*" [exec cat log]]} { after 20 }
	send "\003"'
FAULTY=C_Login=crash person 139 "a crash during the login" 'send "1234\r"'

check "no core was left by any of them" test -z "$(find . -name 'core*')"

done_testing
