# key-dnskey: keys on SoftHSM as DNSKEY records; what openssl and pkcs11-tool know of them says the same.
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../manual.sh"
cd "$T" || exit 1
umask 077
printf '1234\n1234\n' >pins
new_token one
new_token two

# key ARGS...: without a PIN.
key()
{
	run key-dnskey --module "$MODULE" --token one "$@"
}

# Every algorithm, and which other program says the same public key.
new_key one r8 08 rsa:1024
new_key one p256 0d EC:prime256v1
new_key one p384 0e EC:secp384r1
new_key one e25519 0f EC:edwards25519
key-generate --role ksk --module "$MODULE" --token one --label e448 --algorithm ED448 --pin-fd 3 3<pins >/dev/null
for k in r8:8 r8:10 p256:13 p384:14 e25519:15 e448:16; do
	label=${k%:*} n=${k#*:}
	alg=()
	[ "$label" != r8 ] || alg=(--algorithm "$n")
	key --key "$label" --role ksk --zone Example.ORG. --ttl 7 "${alg[@]}"
	expect 0 "algorithm $n, without a PIN"
	check "algorithm $n: its form" grep -qE "^example\.org\. 7 IN DNSKEY 257 3 $n [A-Za-z0-9+/=]+\$" out
	check "algorithm $n: ldns reads it" ldns-key2ds -n -2 out
	run key-csr --module "$MODULE" --token one --key "$label" --algorithm "$n" --zone . --pin-fd 3 3<pins
	openssl req -in out -noout -pubkey | openssl pkey -pubin -outform DER >der
	key --key "$label" --role zsk --zone . "${alg[@]}"
	check "algorithm $n: flags of a ZSK" grep -qE "^\. 3600 IN DNSKEY 256 3 $n " out
	awk '{ print $8 }' out | base64 -d | tail -c 32 >got
	case $label in
	r8) head -c -5 der | tail -c 32 ;;
	*) tail -c 32 der ;;
	esac >want
	check "algorithm $n: openssl has the same key" test -s got -a -z "$(cmp got want)"
	key --key "$label" --role ksk --zone . --revoked "${alg[@]}"
	check "algorithm $n: revoked" grep -qE "^\. 3600 IN DNSKEY 385 3 $n " out
done

# What is not known must be told.
key --key p256 --zone .
refused 2 'key p256: what it is for is not known: give --role' "no role"
key --key r8 --zone . --role ksk
refused 2 'key r8: RSA of which digest' "no algorithm"
key --key p256 --role ksk
refused 2 'key p256: its zone is not known' "no zone"
key --key p384 --key nobody --role ksk --zone .
refused 2 'cannot get the PIN' "a key that is not seen: the PIN is asked for"
key --key p384 --key nobody --role ksk --zone . --pin-fd 3 3<pins
refused 2 'key nobody: on none of 1 tokens' "a key that is not there"
new_key one p256 99 EC:prime256v1
key --key p256 --role ksk --zone .
refused 2 'key p256: 2 different keys are that' "a label that two keys have"

# By key-list lines, as they were printed, and as they never were.
cat >policy.yaml <<END
hsm:
  one: {module: $MODULE, uri: "pkcs11:token=one"}
  two: {module: $MODULE, uri: "pkcs11:token=two"}
keys:
  ksk-2027: {label: "2027", algorithm: ED25519, valid_from: 2027-01-01}
  ksk-rsa: {algorithm: RSASHA512, rsa_size: 1024}
ksk_policy: {signers_name: example.org, ttl: 172800}
zsk: {domain: example.org, algorithm: RSASHA256, size: 1024, hsm: two, ttl: 3601}
END
key-generate --role zsk --policy policy.yaml --count 3 --from 2027-01-01 --pin-fd 3 3<pins >zsks
key-generate --role ksk --policy policy.yaml --hsm two --key ksk-2027 --key ksk-rsa --pin-fd 3 3<pins >ksks
run key-dnskey --policy policy.yaml --hsm two <zsks
expect 0 "three lines on standard input"
check "three lines: their order and tags" diff <(grep -v '^#' zsks | cut -f 7) <(while read -r l; do
	echo "$l" >k
	ldns-key2ds -n -f -2 k | awk '{ print $(NF - 3) }'
done <out)
check "three lines: zone, TTL and flags of the policy" test "$(cut -d' ' -f 1-7 out | sort -u)" = \
	"example.org. 3601 IN DNSKEY 256 3 8"
run key-dnskey --policy policy.yaml --hsm one --hsm two ksks
check "KSKs in a file, on one of two tokens" test "$(cut -d' ' -f 1-7 out | sort | tr '\n' ,)" = \
	"example.org. 172800 IN DNSKEY 257 3 10,example.org. 172800 IN DNSKEY 257 3 15,"
run key-dnskey --policy policy.yaml --hsm two --key ksk-2027 --key ksk-rsa
check "the same by their names in the policy" diff <(sort out) \
	<(key-dnskey --policy policy.yaml --hsm two - <ksks | sort)
run key-dnskey --module "$MODULE" --token two --record ksks --key 2027
check "a record tells what the token does not" test "$(cut -d' ' -f 1-7 out)" = "example.org. 3600 IN DNSKEY 257 3 15"
run key-dnskey --policy policy.yaml --hsm one --pin-fd 3 ksks 3<pins
refused 2 'ksks:2: key [^:]+: on none of 1 tokens' "a line of another token"
grep -v '^#' zsks | awk -F'\t' -v OFS='\t' 'NR == 2 { $7 = ($7 + 1) % 65536 } 1' >tag
run key-dnskey --policy policy.yaml --hsm two --pin-fd 3 tag 3<pins
refused 2 'tag:2: key example.org-zsk-rsasha256-2027-04-01-1: ' "a line with another tag"
grep -v '^#' zsks | awk -F'\t' -v OFS='\t' 'NR == 1 { $3 = "00" } 1' >id
run key-dnskey --policy policy.yaml --hsm two --pin-fd 3 id 3<pins
refused 2 'id:1: key [^:]+: on none' "a line with another id"
run key-dnskey --policy policy.yaml --hsm two </dev/null
refused 2 '' "nothing on standard input"
printf 'x\n' >bad
run key-dnskey --policy policy.yaml --hsm two bad
refused 2 'bad:1' "a line that is none"
echo '# a comment' >none
run key-dnskey --policy policy.yaml --hsm two none
refused 1 'no key is asked for' "no line"

# A public half that is hidden needs the PIN.
pkcs11-tool --module "$MODULE" --token-label two --login --pin 1234 --keypairgen --label hidden --id aa \
	--key-type EC:prime256v1 --usage-sign --private >/dev/null 2>&1
run key-dnskey --module "$MODULE" --token two --key hidden --role ksk --zone . --pin-fd 3 3<pins
expect 0 "a key that is perhaps hidden"

# Faults.
run key-dnskey --policy policy.yaml --hsm three --key a
refused 2 'no section hsm.three' "no such section"
key-dnskey --policy policy.yaml --hsm two --key ksk-2027 >/dev/full 2>err
status=$?
: >out
refused 2 'standard output: No space left' "a full disk"
for args in "--key a" "--module m --key a file" "--module m a b" "--module m --key a --ttl -1" \
	"--module m --key a --ttl 2147483648" "--module m --key a --role x" "--module m --key a --zone a..b" \
	"--module m --key a --algorithm 13"; do
	# shellcheck disable=SC2086
	run key-dnskey $args
	refused 2 'usage: key-dnskey' "usage: $args"
done

# The manual.
new_token three
sed 's/token=one/token=three/; /  two:/d; s/label: "2027", //; s/, hsm: two//' policy.yaml >p3.yaml
mv p3.yaml policy.yaml
key-generate --role ksk --policy policy.yaml --key ksk-2027 --pin-fd 3 3<pins >record
manual key-dnskey.1

done_testing
