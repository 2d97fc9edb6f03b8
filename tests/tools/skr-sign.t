# skr-sign: the whole of it on a real token (SoftHSM), and every way to be refused.
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../minimal.sh"
cd "$T" || exit 1
NOW=2026-12-01

# Stories of one algorithm each: D/ksr.xml, D/prev.xml, D/policy.yaml; the KSK on the token.
new_token main
serial=0
story()
{
	"$TESTS/mint" ceremony --dir "$T/$1" --ksk "ksk-$1" --algorithm "$1" --zone "${2:-.}" \
		--start 2027-01-01 --module "$MODULE" &&
		import main "$1/ksk-$1.pem" "ksk-$1"
}

# import TOKEN PEM LABEL
import()
{
	serial=$((serial + 1))
	softhsm2-util --import "$2" --token "$1" --label "$3" --id "$(printf %02x $serial)" \
		--pin 1234 >/dev/null
}

# sign D ARGUMENT...: with the PIN on descriptor 3.
sign()
{
	local d=$1
	shift
	run skr-sign --policy "$d/policy.yaml" --previous "$d/prev.xml" --schema normal \
		--time $NOW --plan-ok normal --pin-fd 3 "$@" <"$d/ksr.xml" 3<<<"${PIN:-1234}"
}

for a in RSASHA256 RSASHA512 ECDSAP256SHA256 ECDSAP384SHA384 ED25519 ED448; do
	check "$a: a story" story $a
	sign $a
	expect 0 "$a: signed"
	cp out $a.skr
	check "$a: a simple parser reads it" minimal $a.skr
	run skr-check --policy $a/policy.yaml --time $NOW --previous $a/prev.xml --ksr $a/ksr.xml \
		--anchor $a/ksk.ds $a.skr
	expect 0 "$a: skr-check accepts it"
	case $a in
	ECDSA*) ;;
	*)
		check "$a: the bytes that the same key makes in software" cmp $a.skr $a/skr.xml
		;;
	esac
done
R=RSASHA256
sign $R
check "the same request, policy and key give the same bytes" cmp out $R.skr

sign $R --output new.xml
expect 0 "--output"
check "--output: the file is the response" cmp new.xml $R.skr
check "--output: nothing on standard output" test ! -s out
sign $R --output new.xml
refused 2 "new.xml: exists" "--output: an existing file"
check "--output: an existing file stays as it is" cmp new.xml $R.skr
sign $R --output no/such/folder.xml
refused 2 "no/such/folder.xml: No such file" "--output: no such folder"

# edit SED...: RSASHA256's policy, changed, as policy.yaml of the folder edited.
edit()
{
	mkdir -p edited
	cp -f $R/ksr.xml $R/prev.xml $R/ksk.ds edited
	sed -E "$@" $R/policy.yaml >edited/policy.yaml
	chmod 600 edited/policy.yaml
}

# Before the token is opened: the module, loaded beside the judging, is not even there.
edit 's/module: .*/module: \/nonexistent\/module.so/'
nomodule="module.so"
for case in KSR-BUNDLE-POP/tampered KSR-CHAIN-OVERLAP/gap; do
	rule=${case%/*}
	name=$("$TESTS/mint" cases | awk -v r="$rule/" 'index($1, r) == 1 && $2 == "ksr" && $3 == substr(r, 1, length(r) - 1) { print $1; exit }')
	[ -n "$name" ] || name=$case
	"$TESTS/mint" ksr --dir $R --zone . --start 2027-01-01 --break "$name" >edited/ksr.xml
	sign edited
	broke "$rule" "a request broken by $name is refused, and nothing is said of the module"
done
: >edited/ksr.xml
sign edited
broke KSR-XML "empty input"
cp $R/ksr.xml edited/ksr.xml
sign edited
refused 2 "$nomodule" "no module"

# The policy's keys are the token's keys, or nothing is signed.
edit 's/key_tag: .*/key_tag: 1/'
sign edited
broke PLAN-SLOTS "another key tag"
edit 's/ds_sha256: 0/ds_sha256: f/; t; s/ds_sha256: ./ds_sha256: 0/'
sign edited --anchor $R/ksk.ds
broke PLAN-SLOTS "another ds_sha256"
edit 's/algorithm: RSASHA256/algorithm: RSASHA512/'
sign edited --anchor $R/ksk.ds
refused 1 PLAN-SLOTS "another algorithm, which the token cannot tell, but the tag can"
edit 's/algorithm: RSASHA256/algorithm: ED25519/'
sign edited
refused 2 "ksk-RSASHA256" "an algorithm that the key is not of"
edit 's/rsa_size: .*/rsa_size: 4096/'
sign edited
broke PLAN-SLOTS "another size"
edit 's/rsa_exponent: .*/rsa_exponent: 3/'
sign edited
broke PLAN-SLOTS "another exponent"
edit 's/valid_from: .*/valid_from: 2027-01-02T00:00:00+00:00/'
sign edited
broke PLAN-SLOTS "not valid yet in the first slot"
edit 's/(.*)valid_from: .*/&\n\1valid_until: 2027-03-22T00:00:00+00:00/'
sign edited
broke PLAN-SLOTS "no longer valid at the inception of the last slot"
edit 's/(.*)valid_from: .*/&\n\1valid_until: 2027-03-22T00:00:01+00:00/'
sign edited
expect 0 "valid at the inception of the last slot"
off='s/^ksk_policy:/&\n  check_plan_slots: false/'
for wrong in 's/valid_from: .*/valid_from: 2027-01-02T00:00:00+00:00/' 's/key_tag: .*/key_tag: 1/' \
	's/rsa_exponent: .*/rsa_exponent: 3/'; do
	edit "$off; $wrong"
	sign edited --anchor $R/ksk.ds
	expect 0 "check_plan_slots: false, and $wrong"
	check "... with a warning" grep -q \
		"warning: PLAN-SLOTS: switched off by ksk_policy.check_plan_slots, but for" err
	check "... the same response" cmp out $R.skr
done
edit "$off; /^    9:/,\$d"
sign edited --anchor $R/ksk.ds
broke PLAN-SLOTS "check_plan_slots: false does not hold for a slot that is not there"
edit 's/signers_name: .*/signers_name: example./'
sign edited
broke KSR-DOMAIN "another signer's name"
edit '/^    9:/,$d'
sign edited
broke PLAN-SLOTS "a schema of eight slots"
run skr-sign --policy $R/policy.yaml --previous $R/prev.xml --time $NOW --schema rollover \
	<$R/ksr.xml
broke PLAN-SLOTS "no such schema"
edit 's/label: ksk-RSASHA256/label: no-such-key/'
sign edited
refused 2 "no-such-key" "no such key on any token"

# What the request wishes (Signer): an order where the policy says so, else a warning.
for who in ksk-$R ksk-absent; do
	n=9
	[ "$who" = ksk-absent ] || n=0
	for honour in false true; do
		edit "1s/^/honour_signers: $honour\n/"
		"$TESTS/mint" legal --form signers --in $R/ksr.xml |
			sed "s/<Signer keyIdentifier=\"[^\"]*/<Signer keyIdentifier=\"$who/" >edited/ksr.xml
		check "a wish in each slot" test "$(grep -c "<Signer keyIdentifier=\"$who\"" edited/ksr.xml)" -eq 9
		sign edited
		case $who.$honour in
		ksk-absent.true) broke PLAN-SLOTS "honour_signers, and a KSK that will not sign" ;;
		*)
			expect 0 "$who is wished for, honour_signers: $honour"
			check "... the response is the same" cmp out $R.skr
			;;
		esac
		check "... said for $n slots" test \
			"$(grep -c "PLAN-SLOTS: bundle [1-9] .*the request wishes that '$who' signs" err)" -eq $n
	done
done

# What was left out of the judgement is said before the question, not only when all is over.
edit 's/^request_policy:/&\n  validate_signatures: false/'
cat >warned.exp <<'END'
set timeout 20
log_user 0
log_file -a -noappend warned
spawn -noecho sh -c "skr-sign --policy edited/policy.yaml --previous edited/prev.xml --unauthenticated-previous --schema normal --time 2026-12-01 --pin-fd 3 --output warned.xml <edited/ksr.xml 3<pin.warned"
expect {
	"Type its name" { close; wait }
	timeout { exit 99 }
}
END
(umask 077 && echo 1234 >pin.warned)
run command expect warned.exp
expect 0 "the plan of a policy with a rule switched off"
for line in "judged as of 2026-12-01, a time given by hand" "KSR-BUNDLE-POP: switched off by request_policy.validate_signatures" \
	"SKR-ANCHOR: not authenticated by any anchor, as asked for"; do
	check "... shown before the question: $line" sh -c \
		"tr -d '\r' <warned | sed '/^Schema normal/,\$d' | grep -qxF 'warning: $line'"
done
check "... and nobody confirmed it" test ! -e warned.xml

# The plan is confirmed by the schema's name and no other, by whoever is there to do it.
for name in Normal normal2 norma "normal "; do
	run skr-sign --policy $R/policy.yaml --previous $R/prev.xml --schema normal --time $NOW \
		--plan-ok "$name" --pin-fd 3 --output unconfirmed.xml <$R/ksr.xml 3<<<1234
	broke PLAN-SLOTS "--plan-ok '$name'"
	check "... leaves no file" test ! -e unconfirmed.xml
done
run setsid skr-sign --policy $R/policy.yaml --previous $R/prev.xml --schema normal --time $NOW \
	--pin-fd 3 --output unconfirmed.xml <$R/ksr.xml 3<<<1234
refused 2 "the plan cannot be confirmed at the terminal" "no terminal to confirm the plan at"
check "... leaves no file" test ! -e unconfirmed.xml

# PINs: once, and from where.
PIN=9999
sign $R
PIN=1234
refused 2 "CKR_PIN_INCORRECT" "a wrong PIN"
check "a wrong PIN is tried once" test "$(grep -c PIN err)" -eq 1
sign $R
expect 0 "the right PIN after a wrong one"
edit 's/(.*)module: .*/&\n\1pin: "1234"/'
run skr-sign --policy edited/policy.yaml --previous edited/prev.xml --schema normal --time $NOW \
	--plan-ok normal \
	<edited/ksr.xml
expect 0 "a PIN in a policy that its owner alone can read"
check "... with a warning" grep -q "warning: .*PIN" err
refute "... which does not show it" grep -q 1234 err
chmod 640 edited/policy.yaml
run skr-sign --policy edited/policy.yaml --previous edited/prev.xml --schema normal --time $NOW \
	--plan-ok normal \
	<edited/ksr.xml
refused 2 "policy.yaml" "a PIN in a policy that others can read"
echo 1234 >pin
chmod 600 pin
edit "s|(.*)module: .*|&\n\1uri: \"pkcs11:token=main?pin-source=file:$T/pin\"|"
run skr-sign --policy edited/policy.yaml --previous edited/prev.xml --schema normal --time $NOW \
	--plan-ok normal \
	<edited/ksr.xml
expect 0 "a PIN from pin-source"
chmod 644 pin
run skr-sign --policy edited/policy.yaml --previous edited/prev.xml --schema normal --time $NOW \
	--plan-ok normal \
	<edited/ksr.xml
refused 2 "pin" "a pin-source that others can read"
run setsid skr-sign --policy $R/policy.yaml --previous $R/prev.xml --schema normal --time $NOW \
	<$R/ksr.xml
refused 2 "terminal|No such device" "no terminal to ask for a PIN"
run skr-sign --policy $R/policy.yaml --previous $R/prev.xml --schema normal --time $NOW \
	--pin-fd 9 <$R/ksr.xml 9<&-
refused 2 "Bad file descriptor" "a closed --pin-fd"

# A person at a terminal.
cat >ask.exp <<'END'
set timeout 20
log_user 0
spawn -noecho sh -c "skr-sign --policy RSASHA256/policy.yaml --previous RSASHA256/prev.xml --schema normal --time 2026-12-01 --output asked.xml <RSASHA256/ksr.xml"
expect {
	"PIN of token main" { send "$env(TYPED)\r"; exp_continue }
	"Type its name" { send "$env(NAME)\r"; exp_continue }
	timeout { exit 99 }
	eof
}
exit [lindex [wait] 3]
END
TYPED=1234 NAME=normal run command expect ask.exp
expect 0 "a PIN and the schema's name at the terminal"
check "... and the response" cmp asked.xml $R.skr
rm -f asked.xml
TYPED=4321 NAME=normal run command expect ask.exp
expect 2 "a wrong PIN at the terminal"
check "... leaves no file" test ! -e asked.xml
for name in "" Normal "normal " rollover yes; do
	TYPED=1234 NAME=$name run command expect ask.exp
	expect 1 "'$name' typed for the plan"
	check "... leaves no file" test ! -e asked.xml
done

# Several tokens.
new_token second
import second $R/ksk-$R.pem ksk-$R
sign $R
expect 0 "the same key on two tokens: a cluster"
check "... gives the same bytes" cmp out $R.skr
edit 's|(.*)module: .*|&\n\1uri: "pkcs11:token=absent"\n  other:\n&|'
sign edited
expect 0 "an HSM that is not there, and every key found elsewhere"
check "... with a warning" grep -q "warning: hsm softhsm: its uri fits none" err
new_token third
"$TESTS/mint" keys --dir third --algorithm RSASHA256 ksk-$R
import third third/ksk-$R.pem ksk-$R
sign $R
refused 2 "ksk-$R" "another key of that label on a third token"
edit 's|(.*)module: .*|&\n\1uri: "pkcs11:token=main"|'
sign edited
expect 0 "unless the policy names the token"
edit "s|(.*)label: ksk-$R|\1uri: \"pkcs11:token=second;object=ksk-$R\"|"
sign edited
expect 0 "or the key's own uri does"
import third third/ksk-$R.pem ksk-$R
edit 's|(.*)module: .*|&\n\1uri: "pkcs11:token=third"|'
sign edited
refused 2 "twice|more than one|several" "the same label twice on one token"

softhsm2-util --delete-token --token third >/dev/null

# The previous SKR's KSK must be at hand, and the previous SKR ours.
edit "s/check_chain_keys_in_hsm: .*//; /ds_sha256/d; /key_tag/d"
sign edited
expect 0 "without any anchor the token's keys authenticate the previous SKR"
"$TESTS/mint" keys --dir other --algorithm RSASHA256 ksk-other
"$TESTS/mint" skr --dir other --ksr $R/prev.ksr.xml --ksk ksk-other >edited/prev.xml
sign edited
refused 1 "KSR-CHAIN-KEYS|SKR-ANCHOR" "a previous SKR of somebody else's KSK"
check "... is said by both rules" test "$(rules)" = "KSR-CHAIN-KEYS SKR-ANCHOR"
cp $R/prev.xml edited/prev.xml

# The history: every answer is recorded, and none is given twice unasked.
: >history
sign $R --history history --output h1.xml
expect 0 "a request that is new to the history"
check "... is recorded with both digests" test "$(cut -d' ' -f3,4 history)" = \
	"$(sha256sum <$R/ksr.xml | cut -c1-64) $(sha256sum <h1.xml | cut -c1-64)"
sign $R --history history
broke KSR-ID "the same request again"
sign $R --history history --again "the drive was lost"
expect 0 "the same request again, by word"
check "... with a warning that says why" grep -q "warning: KSR-ID: .*the drive was lost" err
check "... and recorded again" test "$(wc -l <history)" -eq 2
sed -i '1s/ [0-9a-f]\{64\} / 0000000000000000000000000000000000000000000000000000000000000000 /' history
sign $R --history history --again "the drive was lost"
broke KSR-ID "another request of the same id is never answered"
sign $R --history no-such-history
refused 2 "no-such-history" "a history that is not there"
echo garbage >history
sign $R --history history
refused 2 "history:1" "a history that is none"
if [ "$(id -u)" -ne 0 ]; then
	skip "a history that cannot be written needs a user to whom modes mean nothing"
else
	: >history
	if chattr +i history 2>/dev/null; then
		sign $R --history history --output h2.xml
		refused 2 "history" "a history that cannot be written"
		check "... and no response" test ! -e h2.xml
		chattr -i history
	else
		skip "chattr does not work here"
	fi
fi

# The response is judged by SKR-TIMELINE where that is asked for.
sign $R --ttl P2D --propagation PT2H
expect 0 "--ttl of two days"
sign $R --ttl P10D
broke "SKR-TIMELINE" "--ttl of ten days"

# Where the response goes.
if skr-sign --policy $R/policy.yaml --previous $R/prev.xml --schema normal --time $NOW \
	--plan-ok normal --pin-fd 3 <$R/ksr.xml 3<<<1234 >/dev/full 2>err; then status=0; else status=$?; fi
: >out
refused 2 "No space left" "a full disk behind standard output"
if [ "$(id -u)" -eq 0 ] && mkdir small && mount -t tmpfs -o size=4k none small 2>/dev/null; then
	sign $R --output small/skr.xml
	refused 2 "No space left" "a full disk behind --output"
	check "... and nothing is left there" test -z "$(ls -A small)"
	umount small
else
	skip "a full disk needs a mount of its own"
fi
if skr-sign --policy $R/policy.yaml --previous $R/prev.xml --schema normal --time $NOW \
	--plan-ok normal --pin-fd 3 <$R/ksr.xml 3<<<1234 >&- 2>err; then status=0; else status=$?; fi
refused 2 "standard output" "a closed standard output"

# Usage.
run skr-sign --help
expect 0 "--help"
run skr-sign --version
expect 0 "--version"
run skr-sign --policy $R/policy.yaml --first <$R/ksr.xml
refused 2 "schema" "no --schema"
run skr-sign --policy $R/policy.yaml --schema normal <$R/ksr.xml
refused 2 "first" "neither --previous nor --first"
run skr-sign --policy $R/policy.yaml --schema normal --first $R/ksr.xml
refused 2 "operand|usage" "an operand"
run skr-sign --policy $R/policy.yaml --schema normal --first --pin-fd x <$R/ksr.xml
refused 2 "pin-fd" "a --pin-fd that is no number"
run skr-sign --policy $R/policy.yaml --schema normal --first --again "because" <$R/ksr.xml
refused 2 "history" "--again without --history"
run skr-sign --policy $R/policy.yaml --show-policy
expect 0 "--show-policy"
check "... with the file's digest" grep -q "^# $(sha256sum <$R/policy.yaml | cut -c1-64)" out

done_testing
