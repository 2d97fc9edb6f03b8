# ZSKs on tokens: the request is the one that files would give; and whatever the token, the disk or
# a signal does, all of a good request is written, or nothing.
. "$(dirname "$0")/../lib.sh"
. "$HERE/tests/faulty/faulty.sh"
. "$HERE/tests/zsks.sh"
MINT=$TESTS/mint

# token D: the keys of D on the token main, and D/token.yaml, the policy that names it.
token()
{
	local f name
	for f in "$1"/zsk-*.pem; do
		name=${f##*/}
		import "$f" "${name%.pem}" || return 1
	done
	sed "s|^  key_dir: .*||; s|^zsk:|hsm:\n  soft:\n    module: $FAULTY_SO\n&|" "$1/policy.yaml" >"$1/token.yaml"
}

# begin FAULTS D ARGUMENT...: a request of D in the background; the words of WRAP come before.
WRAP=()
begin()
{
	local faults=$1 d=$2
	shift 2
	[[ " $* " == *" --id "* ]] || set -- --id one "$@"
	launch FAULTY="$faults" "${WRAP[@]}" ksr-create --policy "$d/token.yaml" --first --cycle 2027q1 \
		--time $NOW --pin-fd 3 "$@" <"$d/${LIST:-list}" 3<<<"${PIN:-1234}"
}
create()
{
	begin "$@"
	over
} 2>/dev/null
logins()
{
	if [ -e log ]; then grep -c '^C_Login ' log; else echo 0; fi
}

# failed STATUS PATTERN NAME: with one line that is no warning, which matches; nothing is left.
failed()
{
	if [ "$status" -ne "$1" ]; then
		fail "$3: exit $status, expected $1"
	elif [ -s out ] || [ -n "$(ls -A box)" ] || [ -n "$left" ]; then
		fail "$3: leaves something: $(ls -A box) $left"
	elif [ "$(logins)" -gt 1 ]; then
		fail "$3: the PIN was tried $(logins) times"
	elif [ "$(grep -vc ': warning: ' err)" -ne $((${#2} > 0)) ]; then
		fail "$3: $(grep -vc ': warning: ' err) lines"
	elif [ -n "$2" ] && ! grep -v ': warning: ' err | grep -qE -- "$2"; then
		fail "$3: does not say $2"
	else
		pass "$3"
	fi
}
fault()
{
	create "$1" "${4:-$R}" --output box/ksr.xml
	failed "$2" "$3" "${4:-} $1"
}

R=RSASHA256
while read -r alg zone; do
	check "$alg, $zone: keys" zsks "$alg" "$alg" "$zone"
	check "$alg: on the token" token "$alg"
	create "" "$alg"
	expect 0 "$alg: from the token"
	check "$alg: with one login" test "$(logins)" -eq 1
	cp out "$alg.xml"
	run ksr-create --policy "$alg/policy.yaml" --first --cycle 2027q1 --time $NOW --id one "$alg/list"
	case $alg in
	ECDSA*) check "$alg: as from files, but for the signatures" diff <(grep -v '<SignatureData>' out) \
		<(grep -v '<SignatureData>' "$alg.xml") ;;
	*) check "$alg: as from files" cmp out "$alg.xml" ;;
	esac
	run ksr-check --policy "$alg/policy.yaml" --first --time $NOW "$alg.xml"
	expect 0 "$alg: accepted"
	for f in "$alg"/zsk-*.pem; do
		name=${f##*/}
		pkcs11-tool --module "$MODULE" --token-label main --login --pin 1234 --delete-object \
			--type privkey --label "${name%.pem}" >/dev/null 2>&1
		pkcs11-tool --module "$MODULE" --token-label main --login --pin 1234 --delete-object \
			--type pubkey --label "${name%.pem}" >/dev/null 2>&1
	done
done <<'END'
RSASHA512 co.test
ECDSAP256SHA256 example.co.test
ECDSAP384SHA384 a-label-of-sixty-three-octets-which-is-as-long-as-a-label-may-b.test
ED25519 Mixed.Case.Test
ED448 dot\\.and\\032space.test
RSASHA256 .
END
check "the keys of RSASHA256 again" token $R
create "" $R
expect 0 "without faults"
cp out good

# The list: label, id, token.
nth=$(softhsm2-util --show-slots | grep -c 'Label: *main')
check "there is one token" test "$nth" -eq 1
at=$(softhsm2-util --show-slots | awk '/Serial number:/ { print $NF; exit }')
# listed SED NAME STATUS PATTERN
listed()
{
	sed -E "$1" $R/list >$R/changed
	LIST=changed create "" $R --output box/ksr.xml
	failed "$3" "$4" "$2"
}
sed "1i # token main serial $at model - firmware -" $R/list >$R/bound
echo "# keys $(wc -l <$R/list)" >>$R/bound
LIST=bound create "" $R
expect 0 "a list that names the token"
check "... gives the same" cmp out good
sed 's/^# token main serial [^ ]*/# token main serial 00/' $R/bound >$R/other
LIST=other create "" $R --output box/ksr.xml
refused 2 "key zsk-[0-9-]*: on none of 1 tokens" "a list of another token"
check "... nothing is written" test -z "$(ls -A box)"
listed '3s/zsk-2027-04-01\t-/zsk-2027-04-01\tff/' "another CKA_ID" 2 "key zsk-2027-04-01: on none of 1 tokens"
listed '3s/zsk-2027-04-01/zsk-absent/' "a label that is not there" 2 "key zsk-absent: on none of 1 tokens"
listed '3s/RSASHA256\t-\t-/RSASHA256\t-\t1/' "another tag" 1 "KSR-BUNDLE-KEYS: key zsk-2027-04-01: on token main .*the line says otherwise"
listed '3s/RSASHA256\t-/RSASHA256\t1024/' "another size" 1 "KSR-BUNDLE-KEYS: key zsk-2027-04-01"
listed '3s/\tpP\t/\tP\t/' "no private half, says the list" 1 "changed:3|-:3: KSR-BUNDLE-POP: key zsk-2027-04-01: its private half is missing"
check "... and no PIN was tried" test "$(logins)" -eq 0
sed '3s/RSASHA256/ECDSAP256SHA256/' $R/list >$R/changed
LIST=changed create "" $R --output box/ksr.xml
broke "KSR-POLICY-ALG KSR-ZSK-SAFETY" "another algorithm, and so a hole in the one that is asked for"
listed '3d' "a hole" 1 "KSR-ZSK-SAFETY"
check "... and no PIN was tried" test "$(logins)" -eq 0
pkcs11-tool --module "$MODULE" --token-label main --login --pin 1234 --delete-object --type privkey \
	--label zsk-2027-04-01 >/dev/null 2>&1
fault "" 2 "key zsk-2027-04-01: token main .*only its public half is there"
pkcs11-tool --module "$MODULE" --token-label main --login --pin 1234 --delete-object --type pubkey \
	--label zsk-2027-04-01 >/dev/null 2>&1
import $R/zsk-2027-04-01.pem zsk-2027-04-01
import $R/zsk-2026-10-01.pem zsk-2026-10-01
fault "" 2 "key zsk-2026-10-01: token main .*it stands twice on one token"
softhsm2-util --init-token --free --label main2 --so-pin 5678 --pin 1234 </dev/null >/dev/null
create "" $R --output box/ksr.xml
refused 2 "hsm soft: 2 tokens: choose with --token" "two tokens, and none is named"
create "" $R --token main2 --output box/ksr.xml
failed 2 "key zsk-.*: on none of 1 tokens" "the other token"
softhsm2-util --delete-token --token main >/dev/null 2>&1
softhsm2-util --delete-token --token main2 >/dev/null 2>&1
new_token main
check "the keys of RSASHA256 once more" token $R
create "" $R --module "$FAULTY_SO" --token main
check "a module and a token that are named" cmp out good
finds()
{
	grep -c '^C_FindObjectsInit ' log
}
check "... one search for all keys" test "$(finds)" -eq 1

# After a response: the module is loaded while that is judged, and the token is asked nothing before it is accepted.
# continued FAULTS FILE: from the token, after FILE.
continued()
{
	launch FAULTY="$1" ksr-create --policy $R/token.yaml --previous "$2" --unauthenticated-previous \
		--cycle 2027q1 --time $NOW --id one --pin-fd 3 --output box/ksr.xml <$R/list 3<<<1234
	over
}
"$MINT" ksr --dir $R --start 2026-10-01 >prev.ksr.xml && "$MINT" skr --dir $R --ksr prev.ksr.xml >prev.xml
continued "" prev.xml
expect 0 "after a response"
run ksr-create --policy $R/policy.yaml --previous prev.xml --unauthenticated-previous --cycle 2027q1 --time $NOW \
	--id one $R/list
check "... as from files" cmp out box/ksr.xml
for f in C_Initialize=slow C_Initialize=CKR_DEVICE_ERROR ""; do
	sed 's/2026-10-01T/2026-10-02T/' prev.xml >wrong.xml
	continued "$f" wrong.xml
	refused 1 "wrong.xml:.*SKR-" "after a response that does not hold: ${f:-no fault}"
	refute "... the token is not asked" grep -qE '^C_(OpenSession|Login|FindObjectsInit) ' log
	check "... nothing is written" test -z "$(ls -A box)"
	[ -z "$f" ] || continue
	check "... and the module is finalised" grep -q '^C_Finalize ' log
done
continued C_Initialize=CKR_DEVICE_ERROR prev.xml
refused 2 "no token of any hsm section can be used" "after a response, and a module that fails"

# Wrong signatures: five are made, of which one stands in seven slots.
check "eleven signatures" test "$(grep -c '<SignatureData>' good)" -eq 11
check "... five different ones" test "$(grep -o '<SignatureData>[^<]*' good | sort -u | wc -l)" -eq 5
create C_Sign=CKR_DEVICE_ERROR:6 $R
expect 0 "no sixth is made"
for n in 1 3 5; do
	fault C_Sign=flip:$n 2 "KSR-BUNDLE-POP: bundle [1-9] \(.*\): the signature that token main .* made with key [0-9]+ \(zsk-.*\) does not verify"
done
fault C_Sign=other-key:3 2 "KSR-BUNDLE-POP: .*does not verify"
fault C_Sign=other-message:4 2 "KSR-BUNDLE-POP: .*does not verify"
fault C_Sign=short:4 2 "key zsk-.*: token main .*a signature of [0-9]+ bytes, expected [0-9]+"
fault C_Sign=huge:2 2 "a signature of [0-9]+ bytes, expected"
for e in CKR_DEVICE_ERROR CKR_SESSION_CLOSED CKR_USER_NOT_LOGGED_IN; do
	fault C_Sign=$e:5 2 "key zsk-.*: token main .*: C_Sign: $e"
done
fault C_SignInit=CKR_KEY_HANDLE_INVALID:4 2 "C_SignInit: CKR_KEY_HANDLE_INVALID"
create C_OpenSession=CKR_SESSION_COUNT:2+ $R
check "no session but one: the same" cmp out good

# Before that.
fault C_Initialize=CKR_DEVICE_ERROR 2 "no token of any hsm section can be used"
fault C_Login=CKR_PIN_INCORRECT 2 "token main .*\(C_Login: CKR_PIN_INCORRECT\)"
fault C_GetTokenInfo=locked:1+ 2 "the user PIN is locked; no PIN was tried"
check "... and none was" test "$(logins)" -eq 0
PIN=4321
fault "" 2 "the PIN is wrong; it was tried once"
PIN=1234
fault C_FindObjects=CKR_DEVICE_ERROR 2 "token main .*: C_FindObjects: CKR_DEVICE_ERROR"
fault C_FindObjectsInit=CKR_DEVICE_ERROR 2 "token main .*: C_FindObjects: CKR_DEVICE_ERROR"
create C_FindObjects=flood:1 $R
expect 0 "a token with many objects: each key by itself"
check "... three searches more" test "$(finds)" -eq 4
check "... give the same" cmp out good
create C_GetAttributeValue=CKR_FUNCTION_FAILED:1 $R
expect 0 "an object among all that cannot be read: each key by itself"
check "... three searches more" test "$(finds)" -eq 4
check "... give the same" cmp out good
create C_GetAttributeValue=CKR_FUNCTION_FAILED:1+ $R --output box/ksr.xml
refused 2 "key zsk-.*: token main .*: C_GetAttributeValue: CKR_FUNCTION_FAILED" "objects that cannot be read"
check "... nothing is written" test -z "$(ls -A box)"
fault C_GetAttributeValue=no-sign:1+ 2 "it may not sign \(CKA_SIGN\)"
fault C_GetAttributeValue=modulus:1+ 2 "key zsk-.*: token main .*halves"
create C_GetAttributeValue=moduli:1+ $R --output box/ksr.xml
refused 2 "KSR-BUNDLE-POP: .*does not verify" "another modulus on both halves"
check "... nothing is written" test -z "$(ls -A box)"
fault C_SignInit=remove 2 "C_Sign(Init)?: CKR_DEVICE_REMOVED"
for f in C_Login C_SignInit C_Sign; do
	fault $f=crash:1 139 ""
done

# Signals; and several requests, of which a part is worse than none.
year=(--cycles 2 --id one --id two --sign-at 2026-12-01 --sign-at 2027-03-01 --output box/year)
for sig in INT TERM KILL; do
	begin C_Sign=hold:4 $R --output box/ksr.xml
	held C_Sign || fail "C_Sign was not reached"
	over $sig
	failed $((128 + $(kill -l $sig))) "" "SIG$sig during the signatures"
done
fault_year()
{
	create "$1" $R "${year[@]}"
	failed "$2" "$3" "two requests: $1"
}
check "a fifth key" sh -c "$MINT keys --dir $R --algorithm RSASHA256 zsk-2027-10-01"
zskline 2027-10-01 RSASHA256 . >>$R/list
import $R/zsk-2027-10-01.pem zsk-2027-10-01
create "" $R "${year[@]}"
expect 0 "two requests"
check "... both" test "$(cd box/year && echo *)" = "ksr-2027q1.xml ksr-2027q2.xml"
check "... the first as before" cmp good box/year/ksr-2027q1.xml
fault_year C_Sign=flip:8 2 "KSR-BUNDLE-POP: .*does not verify"
fault_year C_Sign=CKR_DEVICE_ERROR:7 2 "C_Sign: CKR_DEVICE_ERROR"
WRAP=(env "LD_PRELOAD=$FAULTY_SO")
for sig in INT TERM; do
	begin fsync=hold:1 $R "${year[@]}"
	held fsync || fail "fsync was not reached"
	kill -s $sig "$pid"
	touch gate
	over
	check "SIG$sig while they are written: both, or none" sh -c \
		'test "$(ls box/year 2>/dev/null | wc -l)" -eq 2 && test "$(ls -A box)" = year || test -z "$(ls -A box)"'
done
begin fsync=hold:2 $R "${year[@]}"
held fsync || fail "fsync was not reached"
over KILL
refute "SIGKILL while they are written: none has its name" test -e box/year
WRAP=()
if [ "$(id -u)" -eq 0 ] && mkdir small && mount -t tmpfs -o size=24k none small 2>/dev/null; then
	create "" $R --cycles 2 --id one --id two --sign-at 2026-12-01 --sign-at 2027-03-01 --output small/year
	failed 2 "small/year: No space left" "a disk that is full after the first"
	check "... stays empty" test -z "$(ls -A small)"
	umount small
else
	skip "a full disk needs a mount of its own"
fi

# A person at the terminal is asked for the PIN, once, without echo.
# asked PIN STATUS PATTERN
asked()
{
	clear_away
	PIN=$1 D=$R NOW=$NOW command expect -c '
		set timeout 60
		log_user 0
		log_file -noappend tty.log
		spawn -noecho sh -c {ksr-create --policy $D/token.yaml --first --cycle 2027q1 --time $NOW \
			--id one --output box/ksr.xml $D/list 2>err; echo $? >tty.status}
		expect "User PIN of token main: "
		send "$env(PIN)\r"
		expect eof' >expect.log 2>&1
	status=$(cat tty.status)
	expect "$2" "a PIN at the terminal: $1"
	refute "... is not shown" grep -q "$1" tty.log
}
head -n 4 $R/list >$R/first && mv $R/first $R/list
asked 1234 0
check "... the request" cmp good box/ksr.xml
asked 4321 2
check "... is wrong, and tried once" grep -q "the PIN is wrong; it was tried once" err
check "... and nothing is written" test -z "$(ls -A box)"

# From an empty token on: the record of the key generation, and the list that key-list makes anew.
new_token fresh
sed "s|    module: .*|    module: $MODULE\n    uri: pkcs11:token=fresh|" $R/token.yaml >fresh.yaml
run key-generate --role zsk --policy fresh.yaml --from 2026-10-01 --count 6 --pin-fd 3 3<<<1234
expect 0 "six quarters of ZSKs are made"
cp out record
run ksr-create --policy fresh.yaml --first --cycle 2027q1 --time $NOW --id one --pin-fd 3 record 3<<<1234
expect 0 "a request from their record"
cp out fresh.xml
check "... the slots" test "$(slots fresh.xml)" = "2 1 1 1 1 1 1 1 2"
run key-list --policy fresh.yaml --role zsk --pin-fd 3 3<<<1234
expect 0 "they are listed"
cp out listed
run ksr-create --policy fresh.yaml --first --cycle 2027q1 --time $NOW --id one --pin-fd 3 - <listed 3<<<1234
check "a list gives the same request" cmp out fresh.xml

done_testing
