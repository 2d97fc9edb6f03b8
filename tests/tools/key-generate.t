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

# Interrupted: what was made is complete, and the same call makes the rest.
new_token stop
policy stop ECDSAP256SHA256 'lifetime: P1D'
key-generate --role zsk --policy policy.yaml --count 3000 --from 2027-01-01 --pin-fd 3 3<pin >out 2>err &
pid=$!
while [ -z "$(find tokens -newer policy.yaml -name '*-*.object' | sed -n 4p)" ] && kill -0 $pid 2>/dev/null; do sleep 0.1; done
kill -INT $pid
wait $pid
status=$?
expect 2 "SIGINT"
check "SIGINT: it is said" grep -qE '^key-generate: interrupted: [0-9]+ of 3000 keys were made, and are listed$' err
n=$(grep -oE '[0-9]+ of' err | cut -d' ' -f 1)
check "SIGINT: they are listed" test "$(grep -vc '^#' out)" -eq "$n"
check "SIGINT: and closed" test "$(tail -n 1 out)" = "# keys $n"
check "SIGINT: both halves of each" test "$(objects stop)" -eq $((2 * n))
generate --role zsk --policy policy.yaml --for P1W --from 2027-01-01
expect 0 "SIGINT: the rest"

# A token that holds other things: they stay.
new_token odd
policy odd ED25519
new_key odd one 01 rsa:2048
echo data >data
pkcs11-tool --module "$MODULE" --token-label odd --login --pin 1234 --write-object data --type data --label note \
	--private >/dev/null 2>&1
generate --role zsk --policy policy.yaml --count 1 --from 2027-01-01
expect 0 "a token with other objects"

# Faults.
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
