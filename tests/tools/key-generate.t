# key-generate: key pairs on a real token (SoftHSM), seen by another program too (pkcs11-tool).
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../manual.sh"
cd "$T" || exit 1
MINT=$TESTS/mint
umask 077
echo 1234 >pin

# policy TOKEN ALGORITHM [WORDS...]: policy.yaml for a zone whose ZSKs are on this token.
policy()
{
	local token=$1 algorithm=$2
	shift 2
	cat >policy.yaml <<-END
		hsm:
		  soft:
		    module: $MODULE
		    uri: pkcs11:token=$token
		keys:
		  ksk-2027:
		    algorithm: ED25519
		    valid_from: 2027-01-01
		  ksk-2028:
		    label: second
		    algorithm: RSASHA512
		    rsa_size: 1024
		    valid_from: 2028-01-01T12:00:00
		    valid_until: 2029-01-01T12:00:00
		  ksk-old:
		    algorithm: ED25519
		    key_tag: 4711
		ksk_policy:
		  signers_name: example.org
		zsk:
		  domain: example.org
		  algorithm: $algorithm
		  hsm: soft
	END
	printf '  %s\n' "$@" >>policy.yaml
}

# generate ARGS...: with the PIN on descriptor 3.
generate()
{
	run key-generate --pin-fd 3 "$@" 3<pin
}

# field N: this field of the keys that were printed.
field()
{
	grep -v '^#' out | cut -f "$1" | xargs
}

# objects TOKEN: how many halves pkcs11-tool sees there.
objects()
{
	pkcs11-tool --module "$MODULE" --token-label "$1" --login --pin 1234 --list-objects 2>/dev/null |
		grep -cE '^(Public|Private) Key Object'
}

new_token zsk

# Every algorithm: what the line says, and what the token has.
for a in RSASHA256:2048 RSASHA512:1024 ECDSAP256SHA256:256 ECDSAP384SHA384:384 ED25519:256 ED448:456; do
	alg=${a%:*} bits=${a#*:}
	case $alg in
	RSA*) policy zsk "$alg" "size: $bits" ;;
	*) policy zsk "$alg" ;;
	esac
	generate --role zsk --policy policy.yaml --count 2 --from 2027-01-01
	expect 0 "$alg"
	check "$alg: its lines" test "$(field 1,4-6,9-)" = "$(printf \
		'example.org. zsk %s %s 2027-01-01 2027-04-01 pPs - example.org. zsk %s %s 2027-04-01 2027-07-01 pPs -' \
		"$alg" "$bits" "$alg" "$bits")"
	check "$alg: the labels" test "$(field 2)" = \
		"example.org-zsk-${alg,,}-2027-01-01-1 example.org-zsk-${alg,,}-2027-04-01-1"
	check "$alg: the ids begin with the day" test "$(field 3 | tr ' ' '\n' | cut -c -8 | xargs)" = "20270101 20270401"
	check "$alg: the tag of the revoked form" awk -F'\t' \
		'/^#/ { next } ($7 + 128) % 65536 != $8 && ($7 + 129) % 65536 != $8 { exit 1 }' out
	check "$alg: the header" grep -qE '^# token zsk serial [0-9a-f]+ model SoftHSM%20v2 firmware' <(head -n 1 out)
	check "$alg: the last line" test "$(tail -n 1 out)" = "# keys 2"
done
check "pkcs11-tool sees both halves of all" test "$(objects zsk)" -eq 24
pkcs11-tool --module "$MODULE" --token-label zsk --login --pin 1234 --list-objects --type privkey 2>/dev/null >private
check "the private halves sign and nothing else" test "$(grep 'Usage:' private | sort -u | xargs)" = "Usage: sign"
check "they never leave the token" test "$(grep 'Access:' private | sort -u | xargs)" = \
	"Access: sensitive, always sensitive, never extractable, local"

# A second call sees what is there; the dates come back from the token.
generate --role zsk --policy policy.yaml --for P3M --from 2027-01-01
expect 0 "nothing needed"
check "nothing needed: no key" test "$(grep -v '^# token' out)" = "# keys 0"
generate --role zsk --policy policy.yaml --for P4M21D --from 2027-01-01
check "up to the day on which the next is published: nothing" test "$(tail -n 1 out)" = "# keys 0"
generate --role zsk --policy policy.yaml --for P5M21D --from 2027-01-01
check "from that day on: one" test "$(field 9)" = "2027-07-01"
generate --role zsk --policy policy.yaml --for P14M --from 2027-01-01
check "the rest" test "$(field 9)" = "2027-10-01 2028-01-01"

# Other forms of label; a lifetime.
policy zsk ED25519 'label: "k{n}"' 'lifetime: P30D'
generate --role zsk --policy policy.yaml --count 3 --from 2030-01-01
check "k{n}" test "$(field 2)" = "k1 k2 k3"
check "a lifetime" test "$(field 9,10)" = \
	"2030-01-01 2030-01-31 2030-01-31 2030-03-02 2030-03-02 2030-04-01"
generate --role zsk --policy policy.yaml --count 1 --from 2031-01-01
check "k{n}: the first that is free" test "$(field 2)" = k4
policy zsk ED25519 'label: same'
generate --role zsk --policy policy.yaml --count 2 --from 2035-01-01
refused 1 'a key has the label same already' "two keys of one label"
policy zsk ED25519 'label: "{what}"'
generate --role zsk --policy policy.yaml --count 1
refused 2 "zsk.label: '{what}' has a word that is not known" "an unknown word"
policy zsk ED25519 'lifetime: PT2H'
generate --role zsk --policy policy.yaml --for P1M --from 2036-01-01
refused 2 'parts of a day' "keys of hours, counted by days"
before=$(objects zsk)

# KSKs.
policy zsk ED25519
generate --role ksk --policy policy.yaml --key ksk-2027 --key ksk-2028
expect 0 "two KSKs"
check "two KSKs: their lines" diff <(grep -v '^#' out | sort | cut -f 1,2,4-6,9-11) - <<END
example.org.	ksk-2027	ksk	ED25519	256	2027-01-01	-	pPs
example.org.	second	ksk	RSASHA512	1024	2028-01-01	2029-01-02	pPs
END
generate --role ksk --policy policy.yaml --key ksk-2027
refused 1 'a key has the label ksk-2027 already' "a KSK that is there"
generate --role ksk --policy policy.yaml --key ksk-old
refused 1 'policy.yaml:[0-9]+: key ksk-old: its key_tag .* has been made' "a KSK whose tag is known"
generate --role ksk --policy policy.yaml --key other
refused 2 '--key other: no policy' "a KSK that no policy names"
generate --role ksk --module "$MODULE" --token zsk --label mine --algorithm 14 --zone Example.COM --from 2027-01-01 \
	--until 2027-01-02 --extractable
expect 0 "--label, without a policy"
check "--label: its line" test "$(field 1,2,4-6,9-11)" = \
	"example.com. mine ksk ECDSAP384SHA384 384 2027-01-01 2027-01-02 pPsxt"
check "they were added" test "$(objects zsk)" -eq $((before + 6))
generate --role zsk --module "$MODULE" --token zsk --label 'with	tab' --size 1024
check "a label with a control character is printed as %09" test "$(field 2)" = "with%09tab"

# Several zones in one login; a zone whose keys are elsewhere.
new_token many
policy many ECDSAP256SHA256
sed 's/domain: example.org/domain: ./' policy.yaml >root.yaml
sed 's/domain: example.org/domain: example.net/' policy.yaml >net.yaml
generate --role zsk --policy policy.yaml --policy net.yaml --policy root.yaml --for P14M --from 2027-01-01
expect 0 "three zones"
check "three zones: fifteen keys" test "$(tail -n 1 out)" = "# keys 15"
check "three zones: five each" test "$(grep -v '^#' out | cut -f 1 | sort | uniq -c | xargs)" = \
	"5 . 5 example.net. 5 example.org."
cp out record
generate --role zsk --policy policy.yaml --policy net.yaml --policy root.yaml --for P14M --from 2027-01-01
check "again: none" test "$(tail -n 1 out)" = "# keys 0"
sed 's/token=many/token=zsk/' net.yaml >other.yaml
generate --role zsk --policy policy.yaml --policy other.yaml --count 1
refused 2 'policy.yaml and other.yaml name different tokens' "two tokens"
sed 's/  hsm: soft/  key_dir: ./' policy.yaml >files.yaml
generate --role zsk --policy files.yaml --count 1
refused 2 'files.yaml: its ZSKs are files' "keys in files"

# Key tags: none that the record has, as it is or revoked; half of all tags are taken there.
new_token tags
policy tags ECDSAP256SHA256 'lifetime: P1D'
for ((i = 0; i < 65536; i += 512)); do
	for ((j = i; j < i + 128; j++)); do
		printf -- '-\told-%d\t%08x\tzsk\tECDSAP256SHA256\t256\t%d\t%d\t-\t-\tP\t-\n' "$j" "$j" "$j" $((j + 128))
	done
done >half.record
generate --role zsk --policy policy.yaml --record half.record --count 40 --from 2027-01-01
expect 0 "half of the tags are taken"
check "half of the tags are taken: no such tag" awk -F'\t' \
	'/^#/ { next } $7 % 512 < 256 || $8 % 512 < 256 { exit 1 }' out
check "half of the tags are taken: forty keys and no more" test "$(objects tags)" -eq 80
for ((j = 0; j < 65536; j += 2)); do
	printf -- '-\told-%d\t%08x\tzsk\tECDSAP256SHA256\t256\t%d\t%d\t-\t-\tP\t-\n' "$j" "$j" "$j" $((j + 1))
done >full.record
generate --role zsk --policy policy.yaml --record full.record --count 1 --from 2028-01-01
refused 2 'no free key tag in 100 attempts' "all tags are taken"
check "all tags are taken: nothing is left" test "$(objects tags)" -eq 80
"$MINT" ceremony --dir skr >/dev/null 2>&1
generate --role zsk --policy policy.yaml --skr skr/prev.xml --count 1 --from 2028-01-01
expect 0 "--skr"
echo nonsense >bad.xml
generate --role zsk --policy policy.yaml --skr bad.xml --count 1 --from 2028-01-01
refused 1 'bad.xml:1.*SKR-XML' "--skr that is none"
: >empty
generate --role zsk --policy policy.yaml --skr empty --count 1 --from 2028-01-01
refused 1 'empty: SKR-XML: empty' "--skr that is empty"
generate --role zsk --policy policy.yaml --record empty --count 1 --from 2028-01-01
refused 2 'empty' "--record that is empty"
printf 'a\tb\n' >short
generate --role zsk --policy policy.yaml --record short --count 1 --from 2028-01-01
refused 2 'short:1' "--record with a bad line"

# A token that holds other things: they stay.
new_token odd
policy odd ED25519
new_key odd one 01 rsa:2048
echo data >data
pkcs11-tool --module "$MODULE" --token-label odd --login --pin 1234 --write-object data --type data --label note \
	--private >/dev/null 2>&1
generate --role zsk --policy policy.yaml --count 1 --from 2027-01-01
expect 0 "a token with other objects"

# A token that misbehaves.
export FAULTY_MODULE=$MODULE FAULTY_LOG=$T/log FAULTY_GATE=$T/gate
export ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}handle_segv=0:verify_asan_link_order=0
new_token bad
policy bad ED25519 'lifetime: P1D'
sed -i "s|module: .*|module: $TESTS/faulty.so|" policy.yaml
generate --role zsk --policy policy.yaml --count 2 --from 2027-01-01
expect 0 "without a fault"
day=2028-01-01

# faulty FAULT ARGS...: three keys more, none of their days taken before.
faulty()
{
	local fault=$1
	shift
	day=$(date -u -d "$day 10 days" +%F)
	before=$(objects bad)
	FAULTY=$fault generate --role zsk --policy policy.yaml --count 3 --from "$day" "$@"
	n=$(grep -vc '^#' out)
}
faulty C_GenerateKeyPair=more:2
expect 2 "an object more"
check "an object more: it is named" \
	grep -qE '^key-generate: data intruder: token bad serial [0-9a-f]+: it was added, and not by this program$' err
check "an object more: ours are listed" test "$n" -eq 3
faulty C_GenerateKeyPair=changed:2
expect 2 "a key that is changed"
check "a key that is changed: it is named" grep -qE '^key-generate: key .*: it is not as it was before$' err
faulty C_GenerateKeyPair=gone:2
expect 2 "a key that is gone"
check "a key that is gone: it is named" \
	grep -qE '^key-generate: key .*: (it was there before, and is gone|it is not as it was before)$' err
faulty C_GenerateKeyPair=lost:3
expect 2 "a key without its private half"
check "a key without its private half: it is named" grep -qE '^key-generate: key example.org-zsk-.*: ' err
faulty C_GenerateKeyPair=open:2
expect 2 "a key that is not sensitive"
check "a key that is not sensitive: it is said" grep -qE 'it made a key that is not sensitive$' err
check "a key that is not sensitive: it is deleted, the one before is listed" \
	test "$n" -eq 1 -a "$(objects bad)" -eq $((before + 2))
faulty C_GenerateKeyPair=extractable:1
refused 2 'it made a key that is extractable' "a key that is extractable"
check "a key that is extractable: it is deleted" test "$(objects bad)" -eq "$before"
faulty "C_GenerateKeyPair=extractable:1 C_DestroyObject=CKR_DEVICE_ERROR:1"
refused 2 'its private half is still there: CKR_DEVICE_ERROR' "a bad key that cannot be deleted"
faulty C_GenerateKeyPair=CKR_DEVICE_MEMORY:3
expect 2 "a token that is full"
check "a token that is full: it is said" grep -q 'CKR_DEVICE_MEMORY (the token is full?)' err
check "a token that is full: of how many" grep -q '^key-generate: 2 of 3 keys were made, and are listed$' err
check "a token that is full: two are listed, whole" test "$n" -eq 2 -a "$(objects bad)" -eq $((before + 4))
generate --role zsk --policy policy.yaml --for P3D --from "$day"
check "a token that was full: the rest" test "$(field 9 | cut -d' ' -f 1)" = "$(date -u -d "$day 2 days" +%F)"
faulty C_GenerateKeyPair=CKR_DEVICE_REMOVED:1
refused 2 'CKR_DEVICE_REMOVED \(the token is gone\)' "a token that is removed"
faulty C_GenerateKeyPair=remove:2
expect 2 "a token that stays away"
check "a token that stays away: what was made is listed or named" grep -q '1 of 3 keys were made' err
faulty C_OpenSession=CKR_TOKEN_WRITE_PROTECTED:2
refused 2 'CKR_TOKEN_WRITE_PROTECTED' "a token that is write-protected"
faulty C_GenerateKeyPair=CKR_TOKEN_WRITE_PROTECTED:1
refused 2 'CKR_TOKEN_WRITE_PROTECTED \(the token cannot be written to\)' "a key that cannot be written"
faulty C_FindObjects=CKR_DEVICE_ERROR:1
refused 2 'CKR_DEVICE_ERROR' "a token that cannot be read before"

# What a token may refuse of a key.
faulty C_GenerateKeyPair=no-dates:1+
expect 0 "a token without dates"
check "a token without dates: a warning, once" test "$(grep -c 'warning: .*: it keeps no dates' err)" -eq 1
check "a token without dates: the lines have them" test "$(field 9 | cut -d' ' -f 1)" = "$day"
faulty C_GenerateKeyPair=no-uses:1+
expect 0 "a token that is not told what a key is not for"
check "a token that is not told: a warning" grep -q 'warning: .*for signatures alone' err
faulty C_GenerateKeyPair=no-trusted:1+ --extractable
expect 0 "a token without CKA_WRAP_WITH_TRUSTED"
check "a token without it: a warning" grep -q 'warning: .*CKA_WRAP_WITH_TRUSTED' err
check "a token without it: the lines say so" test "$(field 11)" = "pPsx pPsx pPsx"
faulty "C_GenerateKeyPair=CKR_GENERAL_ERROR:1+"
refused 2 'C_GenerateKeyPair: CKR_GENERAL_ERROR' "a token that refuses everything"

# Interrupted while a key is being made: that one is finished, and no other begun.
for signal in INT TERM HUP QUIT; do
	rm -f log gate
	day=$(date -u -d "$day 10 days" +%F)
	FAULTY=C_GenerateKeyPair=hold:3 perl -e '$SIG{$_} = "DEFAULT" for qw(INT HUP TERM QUIT); exec @ARGV' \
		key-generate --role zsk --policy policy.yaml --count 9 --from "$day" --pin-fd 3 3<pin >out 2>err &
	pid=$!
	for ((i = 0; i < 500; i++)); do
		grep -q '^C_GenerateKeyPair .*hold$' log 2>/dev/null && break
		sleep 0.02
	done
	kill -s $signal $pid
	: >gate
	wait $pid
	status=$?
	expect 2 "SIG$signal"
	check "SIG$signal: it is said" grep -q '^key-generate: interrupted: 3 of 9 keys were made, and are listed$' err
	check "SIG$signal: three lines, and their number" test "$(field 9 | wc -w)" -eq 3 -a "$(tail -n 1 out)" = "# keys 3"
done
unset FAULTY FAULTY_LOG FAULTY_GATE

# At a terminal: the PIN is asked for, and the progress is shown; elsewhere neither.
policy bad ED25519 'lifetime: P1D'
cat >person.exp <<'END'
	set timeout 60
	log_user 0
	log_file -a -noappend screen
	spawn -noecho bash -c "key-generate --role zsk --policy policy.yaml --count 3 --from 2040-01-01 >out; echo $? >code"
	expect "User PIN of token bad: " { send "1234\r" } timeout { exit 99 }
	expect eof
END
if type -P expect >/dev/null; then
	"$(type -P expect)" person.exp
	check "at a terminal: three keys" test "$(tail -n 1 out)" = "# keys 3"
	check "at a terminal: the progress" grep -q 'key-generate: key 3 of 3' screen
	refute "at a terminal: the PIN is not shown" grep -q 1234 screen
else
	skip "no expect"
fi
generate --role zsk --policy policy.yaml --count 1 --from 2040-01-01
check "elsewhere: no progress" test ! -s err

# Faults.
policy odd ED25519
generate --role zsk --policy missing.yaml --count 1
refused 2 'missing.yaml: cannot be read: No such file' "no policy"
run key-generate --role zsk --policy policy.yaml --count 1 --pin-fd 3 3< <(echo 9999)
refused 2 'the PIN is wrong; it was tried once' "a wrong PIN"
sed 's/token=odd/token=nowhere/' policy.yaml >nowhere.yaml
generate --role zsk --policy nowhere.yaml --count 1
refused 2 'nowhere' "no such token"
key-generate --role zsk --policy policy.yaml --count 1 --from 2027-07-01 --pin-fd 3 3<pin >/dev/full 2>err
status=$?
: >out
refused 2 'standard output: No space left on device; the keys are on the token' "a full disk"
for args in "" "--role zsk" "--role dsk --policy policy.yaml" "--role zsk --policy policy.yaml" \
	"--role zsk --policy policy.yaml --count 1 --for P1M" "--role zsk --policy policy.yaml --count 0" \
	"--role zsk --policy policy.yaml --for 14" "--role zsk --policy policy.yaml --count 10001" \
	"--role zsk --policy policy.yaml --count 1 --from yesterday" "--role ksk --policy policy.yaml" \
	"--role ksk --policy policy.yaml --key a --for P1M" "--role zsk --policy policy.yaml --key a --count 1" \
	"--role ksk --module m --token t" "--role ksk --module m --token t --label a --count 1" \
	"--role zsk --policy policy.yaml --count 1 --algorithm 8" "--role ksk --policy policy.yaml --label a --algorithm 5" \
	"--role ksk --policy policy.yaml --label a --size 512" "--role ksk --policy policy.yaml --label a --zone a..b" \
	"--role zsk --policy policy.yaml --count 1 extra" "--role zsk --policy policy.yaml --count 1 --pin-fd 1"; do
	# shellcheck disable=SC2086
	run key-generate $args
	refused 2 'usage: key-generate' "usage: $args"
done

# The manual.
new_token zsk2
policy zsk2 ECDSAP256SHA256
export MODULE
example()
{
	bash -c "$1" 2>&1 | sed -E 's/serial [0-9a-f]+/serial SERIAL/; s/^# token zsk2/# token zsk/'
}
manual key-generate.1 example

done_testing
