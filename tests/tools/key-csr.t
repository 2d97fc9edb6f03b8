# key-csr: certificate requests by keys on SoftHSM, verified by openssl.
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../manual.sh"
cd "$T" || exit 1
umask 077
echo 1234 >pin
new_token one
cat >policy.yaml <<END
hsm:
  one: {module: $MODULE, uri: "pkcs11:token=one"}
keys:
  k8: {algorithm: RSASHA256, rsa_size: 2048}
  k10: {algorithm: RSASHA512, rsa_size: 1024}
  k13: {algorithm: ECDSAP256SHA256}
  k14: {algorithm: ECDSAP384SHA384}
  k15: {algorithm: ED25519}
  k16: {algorithm: ED448}
  ksk-2027: {label: k15, algorithm: ED25519}
  absent: {algorithm: ED25519}
ksk_policy: {signers_name: example.org}
END
key-generate --role ksk --policy policy.yaml --key k8 --key k10 --key k13 --key k14 --key k15 --key k16 \
	--pin-fd 3 3<pin >record

# csr ARGS...: with the PIN on descriptor 3.
csr()
{
	run key-csr --pin-fd 3 "$@" 3<pin
}

while read -r n signature; do
	csr --policy policy.yaml --key "k$n"
	expect 0 "algorithm $n"
	cp out "$n.csr"
	check "algorithm $n: openssl verifies it" openssl req -in "$n.csr" -verify -noout
	openssl req -in "$n.csr" -noout -text >text
	check "algorithm $n: $signature" grep -q "Signature Algorithm: $signature\$" text
	ds=$(key-dnskey --policy policy.yaml --key "k$n" | key-ds | cut -d' ' -f 1,3-)
	check "algorithm $n: the DS record" grep -qF "1.3.6.1.4.1.1000.53 = $ds" text
	openssl req -in "$n.csr" -outform DER | sed 's/IN DS/IN DX/' | openssl req -inform DER -out changed.csr
	refute "algorithm $n: not with another record" grep -q 'verify OK' \
		<(openssl req -in changed.csr -verify -noout 2>&1)
done <<'END'
8 sha256WithRSAEncryption
10 sha512WithRSAEncryption
13 ecdsa-with-SHA256
14 ecdsa-with-SHA384
15 ED25519
16 ED448
END
# A hundred signatures: also those that begin or end with zeros.
bad=0
for i in $(seq 40); do
	key-csr --policy policy.yaml --key k13 --subject "/CN=$i" --pin-fd 3 3<pin |
		openssl req -verify -noout 2>/dev/null || bad=1
done
check "forty ECDSA signatures" test $bad = 0

# The subject.
csr --policy policy.yaml --key k15 --subject '/C=SE/O=A\/B\\C/OU=Größe/CN=Root KSK 2027/emailAddress=dns@example.org'
expect 0 "a subject"
check "a subject: in its order" grep -qF 'C=SE,O=A/B\\C,OU=Größe,CN=Root KSK 2027,emailAddress=dns@example.org,1.3.6.1.4.1.1000.53=' \
	<(openssl req -in out -noout -subject -nameopt sep_comma_plus,utf8,esc_2253)
csr --policy policy.yaml --key k15 --zone .
check "another zone" grep -qE '= \. IN DS [0-9]+ 15 2 [0-9A-F]{64}$' <(openssl req -in out -noout -subject)
for s in CN=x / /CN /=x /CN= //CN=x "/CN=x\\" /XX=y /C=SWEDEN "/CN=$(printf %0300d 0)" $'/CN=\xff\xfe'; do
	csr --policy policy.yaml --key k15 --subject "$s"
	refused 1 'the subject .* is not /TYPE=VALUE' "subject ${s:0:20}"
done

# Without a policy; what is not known.
csr --module "$MODULE" --token one --key k14 --algorithm 14 --zone example
expect 0 "without a policy"
csr --module "$MODULE" --token one --key k14 --zone example
refused 2 'key k14: no policy says its algorithm' "no algorithm"
csr --module "$MODULE" --token one --key k14 --algorithm 14
refused 2 'the zone is not known' "no zone"
csr --policy policy.yaml --key k15 --algorithm 16
refused 2 'key k15: the policy says ED25519' "another algorithm"
csr --policy policy.yaml --key absent
refused 2 'key absent: on none of 1 tokens' "a key that is not there"
run key-csr --policy policy.yaml --key k15 --pin-fd 3 3< <(echo 0)
refused 2 'the PIN is' "a wrong PIN"
key-csr --policy policy.yaml --key k15 --pin-fd 3 3<pin >/dev/full 2>err
status=$?
: >out
refused 2 'standard output: No space left' "a full disk"
for args in "" "--key a" "--policy policy.yaml" "--module m --key a --algorithm 7" \
	"--module m --key a --zone a..b" "--module m --key a extra"; do
	# shellcheck disable=SC2086
	run key-csr $args
	refused 2 'usage: key-csr' "usage: $args"
done

manual key-csr.1

done_testing
