# key-import: private keys from other programs (openssl, dnssec-keygen) onto SoftHSM; pkcs11-tool and
# key-dnskey say which they are.
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../manual.sh"
cd "$T" || exit 1
umask 077
printf '1234\n1234\n1234\n' >pins

# import ARGS...: with the PINs on descriptor 3.
import()
{
	run key-import --module "$MODULE" --pin-fd 3 "$@" 3<pins
}

field()
{
	grep -v '^#' out | cut -f "$1" | xargs
}

objects()
{
	pkcs11-tool --module "$MODULE" --token-label "$1" --login --pin 1234 --list-objects 2>/dev/null |
		grep -cE '^(Public|Private) Key Object'
}

new_token one
new_token two

# K*.private of all algorithms, onto two tokens.
for a in RSASHA256 RSASHA512 ECDSAP256SHA256 ECDSAP384SHA384 ED25519 ED448; do
	bits=()
	[[ $a != RSA* ]] || bits=(-b 1024)
	k=$(dnssec-keygen -q -a $a "${bits[@]}" -A 20270101000000 -I 20270401120000 example)
	sed -i -E 's/^example\. IN/example. 3600 IN/' "$k.key"
	import --role zsk --zone example --token one --token two "$k.private"
	expect 0 "$a from dnssec-keygen"
	tag=$((10#${k##*+}))
	check "$a: the same line for both tokens" test "$(field 1,2,4,5,7,9-)" = \
		"example. $k zsk $a $tag 2027-01-01 2027-04-02 pPs - example. $k zsk $a $tag 2027-01-01 2027-04-02 pPs -"
	check "$a: the same CKA_ID" test "$(grep -v '^#' out | cut -f 3 | uniq | wc -l)" -eq 1
	grep -v '^;' "$k.key" | tr -s ' ' | awk '{ k = ""; for (i = 8; i <= NF; i++) k = k $i
		print $1, $2, $3, $4, $5, $6, $7, k }' >want
	[[ $a != RSA* ]] || bits=(--algorithm "$a")
	check "$a: the public half on the token is that of dnssec-keygen" diff want \
		<(key-dnskey --module "$MODULE" --token two --key "$k" --role zsk --zone example "${bits[@]}")
done
check "both halves of all" test "$(objects one)" -eq 12 -a "$(objects two)" -eq 12
pkcs11-tool --module "$MODULE" --token-label one --login --pin 1234 --list-objects --type privkey >private 2>/dev/null
check "they sign and nothing else" test "$(grep 'Usage:' private | sort -u | xargs)" = "Usage: sign"
check "they do not leave the token" test "$(grep -c 'Access: *sensitive$' private)" -eq 6

# PEM of every form.
openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:1024 -out rsa8.pem 2>/dev/null
openssl genrsa -traditional -out rsa1.pem 1024 2>/dev/null
openssl ecparam -name prime256v1 -genkey -out ec.pem 2>/dev/null
openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-384 -out ec384.pem
openssl genpkey -algorithm ED448 -out ed448.pem
new_token pem
import --role ksk --zone . --token pem --from 2027-01-01 rsa8.pem ec.pem ec384.pem ed448.pem
expect 0 "four PEM files"
check "four PEM files: their lines" diff <(grep -v '^#' out | sort | cut -f 1,2,4-6,9-11) - <<'END'
.	ec	ksk	ECDSAP256SHA256	256	2027-01-01	-	pPs
.	ec384	ksk	ECDSAP384SHA384	384	2027-01-01	-	pPs
.	ed448	ksk	ED448	456	2027-01-01	-	pPs
.	rsa8	ksk	RSASHA256	1024	2027-01-01	-	pPs
END
import --role ksk --token pem --algorithm RSASHA512 --label x --until 2028-01-01 --extractable rsa1.pem
expect 0 "PKCS#1"
check "PKCS#1: what the options say" test "$(field 1,2,5,9-11)" = "- x RSASHA512 - 2028-01-01 pPsxt"
for k in rsa8:8 ec:13 ec384:14 ed448:16; do
	key-csr --module "$MODULE" --token pem --key "${k%:*}" --algorithm "${k#*:}" --zone . --pin-fd 3 3<pins >csr
	check "${k%:*}: openssl verifies what the token signs" openssl req -in csr -verify -noout
	check "${k%:*}: with the public half of the file" \
		cmp <(openssl req -in csr -noout -pubkey) <(openssl pkey -in "${k%:*}.pem" -pubout)
done
refute "but it is no other key" cmp <(openssl req -in csr -noout -pubkey) <(openssl pkey -in ec.pem -pubout)
before=$(objects pem)

# There already, or mistaken for another.
import --role ksk --token pem ec.pem
refused 1 '^key-import: ec.pem: token pem serial [0-9a-f]+ has this key already \(ec\)' "a key that is there"
import --role zsk --token one --token pem --label other ec.pem
refused 1 'ec.pem: token pem .* has this key already' "there on one of two tokens"
check "there on one of two tokens: the other got nothing" test "$(objects one)" -eq 12
openssl genpkey -algorithm ED25519 -out new.pem
import --role ksk --token pem --label ec new.pem
refused 1 'has another key with the label ec' "a label that is taken"
cp new.pem again.pem
import --role ksk --token pem new.pem again.pem
refused 1 'again.pem: the same key as in new.pem' "a key twice"
mkdir d
openssl genpkey -algorithm ED25519 -out d/new.pem
import --role ksk --token pem new.pem d/new.pem
refused 1 'd/new.pem: the same label as of new.pem' "a label twice"
import --role zsk --token pem --algorithm 13 new.pem
refused 1 'new.pem: a key of algorithm ED25519, not ECDSAP256SHA256' "another algorithm"
import --role zsk --token pem --from 2027-02-01 --until 2027-01-01 new.pem
refused 1 'it ends before it begins' "an end before the beginning"
k=$(dnssec-keygen -q -a ED25519 -f KSK example)
import --role zsk --token pem "$k.private"
refused 1 'flags 257: not a ZSK' "a KSK as a ZSK"
other=$(dnssec-keygen -q -a ED25519 -f KSK example)
import --role ksk --zone other.example --token pem "$other.private"
refused 1 'the record beside it is of example\., not of other\.example\.' "a key of another zone"
openssl genrsa -out weak.pem 512 2>/dev/null
import --role ksk --token pem weak.pem
refused 1 'weak.pem: an RSA key of less than 1024 bits' "an RSA key of 512 bits"
cp "$other.key" "$k.key"
import --role ksk --token pem "$k.private"
refused 1 'is the public half of another key' "another key beside it"

# Files that are no private keys, or not private.
chmod 640 new.pem
import --role ksk --token pem new.pem
refused 1 'new.pem: not a file that its owner alone can read' "a file that others can read"
chmod 600 new.pem
openssl pkey -in new.pem -aes-128-cbc -passout pass:x -out locked.pem
import --role ksk --token pem locked.pem
refused 1 'locked.pem: a private key under a passphrase' "a passphrase"
: >empty
import --role ksk --token pem empty
refused 1 'empty: neither' "an empty file"
head -n 2 new.pem >cut.pem
import --role ksk --token pem cut.pem
refused 1 'cut.pem: no private key in PEM' "half a file"
cat new.pem d/new.pem >two.pem
import --role ksk --token pem two.pem
refused 1 'more than one private key' "two keys in a file"
openssl ecparam -name secp256k1 -genkey -out k1.pem 2>/dev/null
import --role ksk --token pem k1.pem
refused 1 'a kind or curve that DNSSEC does not have' "secp256k1"
head -c 100000 /dev/zero >big
import --role ksk --token pem big
refused 1 'more than 32768 bytes' "a huge file"
import --role ksk --token pem d
refused 1 'd: not a file' "a folder"
import --role ksk --token pem missing
refused 2 'missing: No such file' "no file"
sed -E 's/^(Prime1: ).{4}/\1AAAA/' Kexample.+008*.private >Kbroken.private
import --role ksk --token pem Kbroken.private
refused 1 'do not belong together' "a prime that is another"
printf 'Private-key-format: v1.3\nAlgorithm: 13 (ECDSAP256SHA256)\nEngine: cGtjczExAA==\nLabel: eA==\n' >Ktoken.private
import --role ksk --token pem Ktoken.private
refused 1 'not in this file but on a token' "a reference to a token"
check "nothing of all that is on the token" test "$(objects pem)" -eq "$before"

# A token that misbehaves.
export FAULTY_MODULE=$MODULE
export ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}handle_segv=0:verify_asan_link_order=0
# faulty TOKEN FAULT: two keys onto it.
faulty()
{
	FAULTY=$2 run key-import --module "$TESTS/faulty.so" --pin-fd 3 --role ksk --token "$1" f.pem g.pem 3<pins
}
new_token bad
openssl genpkey -algorithm ED25519 -out f.pem
openssl genpkey -algorithm ED25519 -out g.pem
faulty bad C_CreateObject=CKR_DEVICE_MEMORY:2
refused 2 'C_CreateObject: CKR_DEVICE_MEMORY \(the token is full\?\)' "full after a private half"
check "full after a private half: nothing is left" test "$(objects bad)" -eq 0
faulty bad C_CreateObject=CKR_DEVICE_MEMORY:3
expect 2 "full after a key"
check "full after a key: it is listed" test "$(field 2)" = f -a "$(tail -n 1 out)" = "# keys 1"
check "full after a key: and said" grep -q '1 of 2 keys were put there, and are listed' err
check "full after a key: it is whole" test "$(objects bad)" -eq 2
openssl genpkey -algorithm ED25519 -out f.pem
faulty bad C_CreateObject=CKR_MECHANISM_INVALID:1
refused 1 'has another key with the label f' "the label of before"
new_token bad2
faulty bad2 C_Sign=flip:1
refused 2 'key f: token bad2 .*: its signature does not verify' "a key that signs wrongly"
check "a key that signs wrongly is deleted" test "$(objects bad2)" -eq 0
faulty bad2 C_CreateObject=lost:4
expect 2 "a public half that is lost"
faulty bad2 C_Sign=other-message:1
expect 1 "what is left of it is refused"
new_token bad3
faulty bad3 C_CreateObject=no-dates:1+
expect 0 "a token without dates, for a key without dates"
new_token bad4
FAULTY=C_CreateObject=no-uses:1+ run key-import --module "$TESTS/faulty.so" --pin-fd 3 --role ksk --token bad4 \
	--from 2027-01-01 f.pem 3<pins
expect 0 "a token that is not told what a key is not for"
check "it is said" grep -q 'warning: .*for signatures alone' err

# Interrupted while the first half of a key is put there: that key is finished, and no other begun.
for signal in INT QUIT; do
	rm -f log gate
	new_token "int$signal"
	FAULTY=C_CreateObject=hold:1 FAULTY_LOG=$T/log FAULTY_GATE=$T/gate perl -e '$SIG{$_} = "DEFAULT" for qw(INT QUIT); exec @ARGV' \
		key-import --module "$TESTS/faulty.so" --pin-fd 3 --role ksk --token "int$signal" f.pem g.pem 3<pins >out 2>err &
	for ((i = 0; i < 500; i++)); do
		grep -q '^C_CreateObject .*hold$' log 2>/dev/null && break
		sleep 0.02
	done
	kill -s $signal $!
	: >gate
	wait $!
	status=$?
	expect 2 "SIG$signal"
	check "SIG$signal: it is said" test "$(grep -cE 'interrupted$|: 1 of 2 keys were put there, and are listed$' err)" -eq 2
	check "SIG$signal: what is there is whole, and listed" \
		test "$(field 2) $(tail -n 1 out) $(objects "int$signal")" = "f # keys 1 2"
done
unset FAULTY

# Faults.
run key-import --module "$MODULE" --pin-fd 3 --role ksk --token pem new.pem 3< <(echo 0000)
refused 2 'the PIN is wrong' "a wrong PIN"
import --role ksk --token nowhere new.pem
refused 2 'nowhere' "no such token"
key-import --module "$MODULE" --pin-fd 3 --role ksk --token pem new.pem 3<pins >/dev/full 2>err
status=$?
: >out
refused 2 'standard output: No space left on device; the keys are on the tokens' "a full disk"
for args in "" "--role ksk" "--role ksk new.pem" "--module m new.pem" "--role x --module m new.pem" \
	"--role ksk --module m --label '' new.pem" "--role ksk --module m --label a new.pem ec.pem" \
	"--role ksk --module m --zone a..b new.pem" "--role ksk --module m --algorithm 7 new.pem" \
	"--role ksk --module m --from x new.pem" "--role ksk --module m --hsm a new.pem"; do
	eval "run key-import $args"
	refused 2 'usage: key-import' "usage: $args"
done

# The manual.
new_token m1
new_token m2
cat >policy.yaml <<END
hsm:
  one: {module: $MODULE, uri: "pkcs11:token=m1"}
  two: {module: $MODULE, uri: "pkcs11:token=m2"}
ksk_policy: {signers_name: example.org}
END
example()
{
	bash -c "$1" 2>&1 | sed -E 's/token m1/token one/; s/token m2/token two/; s/serial [0-9a-f]+/serial SERIAL/'
}
manual key-import.1 example

done_testing
