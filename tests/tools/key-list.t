# key-list: what is on a token, as it is, whatever is on it.
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../manual.sh"
cd "$T" || exit 1
new_token main
TAB=$'\t'

# p11 ARGUMENT...: pkcs11-tool on the token main.
p11()
{
	pkcs11-tool --module "$MODULE" --token-label main --login --pin 1234 "$@" </dev/null >"$T/p11.log" 2>&1
}

# list ARGUMENT...: the token main under the policy.
list()
{
	run key-list --policy policy.yaml --pin-fd 3 "$@" 3<<<"${PIN:-1234}"
}

# lines: the key lines of the last list.
lines()
{
	grep -v '^#' out
}

cat >policy.yaml <<END
hsm:
  soft:
    module: $MODULE
keys:
  ksk-2027:
    description: the KSK
    label: ksk-1
    algorithm: RSASHA512
    valid_from: 2027-01-01T00:00:00+00:00
    valid_until: 2028-01-01T00:00:00+00:00
zsk:
  domain: example.
  algorithm: ECDSAP256SHA256
END

list
expect 0 "an empty token"
serial=$(softhsm2-util --show-slots | sed -n 's/ *Serial number: *\([0-9a-f]\{16\}\)$/\1/p' | head -1)
check "an empty token: its header and no keys" diff out - <<END
# token main serial $serial model SoftHSM%20v2 firmware 2.6
# keys 0
END
cp out empty.list

# A key of each kind.
new_key main ksk-1 01 rsa:2048
new_key main example-zsk-ecdsap256sha256-2027-01-01-1 02 EC:prime256v1
new_key main p384 03 EC:secp384r1
new_key main ed25519 04 EC:edwards25519
"$TESTS/mint" keys --dir keys --algorithm ED448 ed448
softhsm2-util --import keys/ed448.pem --token main --label ed448 --id 05 --pin 1234 >/dev/null
new_key main rsa 06 rsa:1024
list
expect 0 "keys of each kind"
check "keys of each kind: one line each, in the order of their ids" \
	test "$(lines | cut -f 3 | tr '\n' ' ')" = "01 02 03 04 05 06 "
check "each line has twelve fields" test "$(lines | awk -F '\t' 'NF != 12' | wc -l)" = 0
check "it closes with their number" test "$(tail -n 1 out)" = "# keys 6"
tag=$(pkcs11-tool --module "$MODULE" --token-label main --read-object --type pubkey --label ksk-1 2>/dev/null |
	openssl rsa -pubin -inform DER -noout -modulus 2>/dev/null | sed 's/.*=//' |
	perl -e 'my $m = pack("H*", <STDIN> =~ s/\s//gr); my $r = pack("nCC", 257, 3, 10) . "\3\1\0\1" . $m;
		my $t = 0; my $i = 0; $t += $i++ % 2 ? $_ : $_ << 8 for unpack("C*", $r);
		print(($t + ($t >> 16 & 0xffff)) & 0xffff)')
revoked=$((tag + 128 > 65535 ? (tag + 128 + 1) & 65535 : tag + 128))
check "the policy names the KSK: zone, role, algorithm, tags and days" grep -qxFe \
	".${TAB}ksk-1${TAB}01${TAB}ksk${TAB}RSASHA512${TAB}2048${TAB}$tag${TAB}$revoked${TAB}2027-01-01${TAB}2028-01-01${TAB}pPs${TAB}-" out
check "a label of the policy's form names a ZSK" grep -qE \
	"^example\.${TAB}example-zsk-[^$TAB]*${TAB}02${TAB}zsk${TAB}ECDSAP256SHA256${TAB}256${TAB}[0-9]+${TAB}[0-9]+${TAB}2027-01-01${TAB}-${TAB}pPs${TAB}-\$" out
check "nothing is known of others but what the token tells" grep -qxFe \
	"-${TAB}ed448${TAB}05${TAB}-${TAB}ED448${TAB}456${TAB}-${TAB}-${TAB}-${TAB}-${TAB}pPs${TAB}-" out
check "an RSA key may be for either algorithm" grep -qxFe \
	"-${TAB}rsa${TAB}06${TAB}-${TAB}-${TAB}1024${TAB}-${TAB}-${TAB}-${TAB}-${TAB}pPs${TAB}-" out
cp out before.list
list
check "the same token gives the same list" cmp out before.list
run key-list --module "$MODULE" --token main --pin-fd 3 3<<<1234
check "without a policy: the ksk is a key as others" grep -q "^-${TAB}ksk-1${TAB}01${TAB}-${TAB}-${TAB}2048" out
run key-list --module "$MODULE" --token main --record before.list --pin-fd 3 3<<<1234
check "a record tells what the token cannot" cmp out before.list
sed "s/^-${TAB}rsa${TAB}06.*/other.${TAB}rsa${TAB}06${TAB}zsk${TAB}RSASHA256${TAB}1024${TAB}-${TAB}-${TAB}2026-01-01${TAB}2026-04-01${TAB}pPs${TAB}b.tar.gz/" \
	before.list >record
list --record record
check "a record: zone, role, algorithm, days, archive" grep -qE "^other\.${TAB}rsa${TAB}06${TAB}zsk${TAB}RSASHA256${TAB}1024${TAB}[0-9]+${TAB}[0-9]+${TAB}2026-01-01${TAB}2026-04-01${TAB}pPs${TAB}b\.tar\.gz\$" out
cp out named.list
sed "s/${TAB}RSASHA256${TAB}1024${TAB}/${TAB}RSASHA256${TAB}2048${TAB}/" named.list >wrong
list --record wrong
check "a record of another size is not used" grep -q "^-${TAB}rsa${TAB}06${TAB}-" out
check "and it is said" grep -q 'wrong:[0-9]*: warning: key rsa: 2048 bits here, 1024 on the token' err

# Selections.
list --record record --role zsk
check "--role zsk" test "$(lines | cut -f 3 | tr '\n' ' ')" = "02 06 "
check "--role zsk: says that it is not all" grep -qx "# a selection: 2 of 6" out
check "--role zsk: counts its own lines" grep -qx "# keys 2" out
list --record record --role ksk
check "--role ksk" test "$(lines | cut -f 3)" = 01
list --record record --expired-before 2026-03-31
check "--expired-before: not before the last day is over" test -z "$(lines)"
list --record record --expired-before 2026-04-01
check "--expired-before" test "$(lines | cut -f 2)" = rsa
"$TESTS/mint" ceremony --dir story --ksk ksk-9 --zone . --algorithm ECDSAP256SHA256 --start 2027-01-01 --module "$MODULE"
softhsm2-util --import story/ksk-9.pem --token main --label ksk-9 --id 09 --pin 1234 >/dev/null
list --unused-in story/skr.xml
check "--unused-in: what stands in the SKR is left out" test "$(lines | cut -f 3 | tr '\n' ' ')" = "01 02 03 04 05 06 "
p11 --delete-object --type privkey --id 09
p11 --delete-object --type pubkey --id 09
list --unused-in /nonexistent
refused 2 'nonexistent: No such file' "--unused-in: no such file"
list --unused-in story/ksr.xml
refused 1 'SKR-SCHEMA' "--unused-in: no SKR"
list --role csk
refused 2 "role takes" "--role: another role"
list --expired-before never
refused 2 "expired-before takes" "--expired-before: no date"

# As JSON.
list --json
expect 0 "--json"
check "--json: is JSON" perl -MJSON::PP -e 'local $/; my $j = decode_json(<STDIN>);
	my $t = $j->{tokens}[0]; die unless $t->{token}{label} eq "main" && @{$t->{keys}} == 6;
	die unless $t->{keys}[0]{tag} == $ARGV[0] && !defined $t->{keys}[5]{zone}' "$tag" <out

# Compared with a record.
list --compare before.list
expect 0 "--compare: nothing has changed"
check "--compare: its arithmetic" grep -qx "# as in before.list: 6 = 6" out
list --compare named.list
check "--compare: the record names keys too" grep -q "^other\.${TAB}rsa" out
new_key main more-1 07 EC:prime256v1
new_key main more-2 08 EC:prime256v1
p11 --delete-object --type privkey --id 03
p11 --delete-object --type pubkey --id 03
list --compare before.list
refused 1 "sum: 6 - 1 \+ 2 = 7: 1 removed, 2 added, 0 changed" "--compare: keys added and removed"
check "--compare: which were added" test "$(grep -c 'before.list: added: key more-[12] id 0[78] was not there' err)" = 2
check "--compare: which was removed" grep -q 'before.list:[0-9]*: removed: key p384 id 03 is no longer there' err
p11 --delete-object --type privkey --id 04
p11 --delete-object --type pubkey --id 04
new_key main ed25519 04 EC:secp384r1
list --compare before.list
refused 1 "changed: key ed25519 id 04: algorithm, size$" "--compare: another key of the same name"
p11 --delete-object --type privkey --id 01
p11 --delete-object --type pubkey --id 01
new_key main ksk-1 01 rsa:2048
list --compare before.list
refused 1 "changed: key ksk-1 id 01.*: tag, revoked tag" "--compare: the same size, another key"
list --compare empty.list
refused 1 "sum: 0 \+ 7 = 7" "--compare: an empty record"
list --compare before.list --role ksk
refused 2 "compare is of all keys" "--compare and a selection"
list --compare before.list --public
refused 2 "public shows too little" "--compare and --public"
: >nothing
list --compare nothing
refused 2 "nothing: empty" "--compare: an empty file"
head -n 3 before.list | head -c -5 >cut.list
list --compare cut.list
refused 2 "cut.list:3: the last line has no end" "--compare: a record that was cut"
grep -v ed448 before.list >short.list
list --compare short.list
refused 2 "'# keys 6', but 5 lines" "--compare: a record with a line missing"

# Identity: not by a serial number, but by a key.
new_key main identity ff EC:prime256v1
list --identity identity
expect 0 "--identity"
print=$(pkcs11-tool --module "$MODULE" --token-label main --read-object --type pubkey --label identity 2>/dev/null |
	sha256sum | cut -c -64)
check "--identity: the fingerprint that pkcs11-tool's file has" grep -qx "# identity identity $print" out
cp out main.list
list --identity identity --compare main.list
expect 0 "--identity: the HSM of last time"
run key-list --policy policy.yaml --pin-fd 3 --identity identity --compare before.list 3<<<1234
refused 1 "identity: no identity of token main is in it" "--identity: a record without one"
list --identity nobody
refused 1 "0 keys are labelled nobody" "--identity: no such key"
list --identity ed448
cp out eddsa.list
check "--identity: any algorithm (Ed448)" grep -q '^# identity ed448 ' out
list --identity ksk-1
check "--identity: any algorithm (RSA)" grep -q '^# identity ksk-1 ' out
sed 's/^# identity identity ./# identity identity x/; s/identity x/identity 0/' main.list >other.list
cmp -s main.list other.list && sed -i 's/^# identity identity 0/# identity identity 1/' other.list
list --identity identity --compare other.list
refused 1 "identity: token main is another: its key identity has the fingerprint" "--identity: another HSM of the same name and serial"
p11 --delete-object --type privkey --id ff
list --identity identity
refused 2 "it cannot be proved: it has no private half" "--identity: its private half is gone"

# Active and standby.
softhsm2-util --init-token --free --label standby --so-pin 5678 --pin 1234 </dev/null >/dev/null
list
refused 2 "2 tokens: choose with --token" "two tokens in one section"
list --token standby
expect 0 "--token"
cp out standby.list
list --token main
cp out main.list
list --token standby --compare main.list
refused 1 "sum: 8 - 8 = 0" "active and standby: what the standby lacks"
check "active and standby: that they are two is said" grep -q "main.list: warning: token: it is of token main" err
run key-list --policy policy.yaml --token main --token standby --pin-fd 3 3< <(printf '1234\n1234\n')
expect 0 "two tokens in one list"
check "two tokens: a header and a number each" test "$(grep -c '^# token' out) $(grep -c '^# keys' out)" = "2 2"
check "two tokens: the list of each after the other" cmp out <(cat main.list standby.list)
cp out both.list
run key-list --policy policy.yaml --token main --token standby --json --pin-fd 3 3< <(printf '1234\n1234\n')
check "two tokens: as JSON" perl -MJSON::PP -e 'local $/; my $t = decode_json(<STDIN>)->{tokens};
	die unless "@{[map { $_->{token}{label} . @{$_->{keys}} } @$t]}" eq "main8 standby0"' <out
run key-list --policy policy.yaml --token main --token standby --compare both.list --pin-fd 3 3< <(printf '1234\n1234\n')
expect 0 "two tokens compared with their record"
list --token standby --compare both.list
expect 0 "one of the two compared with that record"
list --token nobody
refused 2 "no token nobody" "--token: none of that label"
list --token main --token main
refused 2 "named twice" "--token: twice the same"
list --token "pkcs11:token=main;serial=$serial"
expect 0 "--token: a URI"
list --token "pkcs11:token"
refused 2 "RFC 7512" "--token: a bad URI"
softhsm2-util --init-token --free --label standby --so-pin 5678 --pin 1234 </dev/null >/dev/null
list --token standby
refused 2 "2 tokens are standby" "--token: a label that two tokens have"
run key-list --policy policy.yaml --hsm other --token main
refused 2 "no section hsm.other" "--hsm: no such section"
run key-list --module "$MODULE" --hsm soft
refused 2 "exclude each other" "--module and --hsm"
run key-list
refused 2 "give the --policy" "neither policy nor module"
run key-list --module /nonexistent.so
refused 2 "nonexistent.so" "a module that is not there"

# Everything that can be on a token.
new_token dirt
d11()
{
	pkcs11-tool --module "$MODULE" --token-label dirt --login --pin 1234 "$@" </dev/null >"$T/p11.log" 2>&1
}
new_key dirt twin 01 EC:prime256v1
new_key dirt twin 02 EC:prime256v1
new_key dirt same-id 03 EC:prime256v1
new_key dirt other 03 EC:secp384r1
new_key dirt public-only 04 EC:prime256v1
d11 --delete-object --type privkey --id 04
new_key dirt private-only 05 EC:prime256v1
d11 --delete-object --type pubkey --id 05
new_key dirt $'esc\e[2Jape\n%\t' 06 EC:prime256v1
new_key dirt p521 07 EC:secp521r1
new_key dirt "" 08 EC:prime256v1
new_key dirt exactly 09 EC:prime256v1
new_key dirt exactly 09 EC:prime256v1
d11 --keygen --key-type AES:32 --label $'wrap\e' --id 0a
echo data >file
d11 --write-object file --type data --label "some data"
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj /CN=x -days 2 -keyout /dev/null \
	-out cert.pem 2>/dev/null
openssl x509 -in cert.pem -outform DER -out cert.der
d11 --write-object cert.der --type cert --label cert
run key-list --module "$MODULE" --token dirt --pin-fd 3 3<<<1234
expect 0 "a token with everything on it"
check "only printable ASCII and tabs" test -z "$(LC_ALL=C tr -d '\11\12\40-\176' <out)"
check "a label twice" test "$(grep -c '^# strange twin 0[12]: another key has its label$' out)" = 2
check "an id twice" test "$(grep -c '^# strange [a-z-]* 03: another key has its id$' out)" = 2
check "no private half" grep -qx '# strange public-only 04: it has no private half' out
check "no private half: the flag" grep -qE "${TAB}public-only${TAB}04${TAB}.*${TAB}P${TAB}-\$" out
check "no public half" grep -qx '# strange private-only 05: it has no public half' out
check "no public half: the flags" grep -qE "${TAB}private-only${TAB}05${TAB}.*${TAB}ps${TAB}-\$" out
check "control characters in a label" grep -qF "${TAB}esc%1B[2Jape%0A%25%09${TAB}06${TAB}" out
check "no label" grep -qE "^-${TAB}-${TAB}08${TAB}" out
check "the same label and id twice" test "$(grep -c '^# strange exactly 09: several halves have its label and id$' out)" = 2
check "a private key of another kind" grep -qx '# other private key of another kind: p521' out
check "a public key of another kind" grep -qx '# other public key of another kind: p521' out
check "an AES key" grep -qx '# other secret key: wrap%1B' out
check "data" grep -qx '# other data: some%20data' out
check "a certificate" grep -qx '# other certificate: cert' out
check "all keys that DNSSEC can have" test "$(tail -n 1 out)" = "# keys 10"
cp out dirt.list
run key-list --module "$MODULE" --token dirt --pin-fd 3 --compare dirt.list 3<<<1234
expect 0 "its record is read back, and it is the same"
run key-list --module "$MODULE" --token dirt --pin-fd 3 --identity twin 3<<<1234
refused 1 "2 keys are labelled twin" "--identity: a label twice"
run key-list --module "$MODULE" --token dirt --public </dev/null
expect 0 "--public: without a PIN"
check "--public: says so" grep -q '^# without login' out
check "--public: private halves are hidden" grep -qE "${TAB}twin${TAB}01${TAB}.*${TAB}P${TAB}-\$" out

# Tokens that cannot be read.
list --token main --public >/dev/null
PIN=0000 list --token main
refused 2 "the PIN is wrong; it was tried once" "a wrong PIN"
rm -rf "$T/tokens"
mkdir "$T/tokens"
list --token main
refused 2 "no initialised token" "a module without an initialised token"
new_token main
list </dev/null
expect 0 "a fresh token again"
key-list --policy policy.yaml --pin-fd 3 3<<<1234 >/dev/full 2>err
status=$?
: >out
refused 2 "standard output: No space left" "a full disk"
key-list --policy policy.yaml --pin-fd 3 3<<<1234 >&- 2>err
status=$?
refused 2 "standard output: Bad file descriptor" "a closed standard output"
run setsid key-list --policy policy.yaml </dev/null
refused 2 "cannot get the PIN" "no PIN and no terminal"

# Modules that fail on the way.
new_key main one 01 EC:prime256v1
new_key main two 02 EC:prime256v1
sed "s#module: .*#module: $TESTS/faulty.so#" policy.yaml >faulty.yaml
export FAULTY_MODULE=$MODULE
for fault in C_FindObjects=CKR_DEVICE_REMOVED C_FindObjects=flood C_FindObjectsInit=CKR_DEVICE_ERROR \
	C_GetAttributeValue=remove:3 C_GetAttributeValue=CKR_GENERAL_ERROR:1 C_GetAttributeValue=CKR_GENERAL_ERROR:2+ \
	C_OpenSession=CKR_SESSION_COUNT:1+ C_FindObjects=remove:2; do
	FAULTY=$fault run key-list --policy faulty.yaml --pin-fd 3 3<<<1234
	refused 2 "CKR_|more objects than|no longer answers" "$fault"
done
FAULTY=C_GetAttributeValue=long:1+ run key-list --policy faulty.yaml --pin-fd 3 3<<<1234
expect 0 "labels of lengths that are lies"
check "labels of lengths that are lies: said" test "$(grep -c 'its label or id is too long' out)" = 2
FAULTY=C_GetTokenInfo=locked:3+ run key-list --policy faulty.yaml --pin-fd 3 3<<<1234
refused 2 "PIN is locked; no PIN was tried" "a locked PIN"

# The manual.
new_token zsk
export MODULE
rm -rf story
"$TESTS/mint" ceremony --dir story --ksk ksk-9 --zone . --algorithm ECDSAP256SHA256 --start 2027-01-01 --module "$MODULE"
cp story/skr.xml skr.xml
new_key zsk ksk-2027 03 EC:prime256v1
new_key zsk example.org-zsk-ecdsap256sha256-2026-10-01-1 01 EC:prime256v1
new_key zsk example.org-zsk-ecdsap256sha256-2027-01-01-1 02 EC:prime256v1
pkcs11-tool --module "$MODULE" --token-label zsk --login --pin 1234 --write-object cert.der --type cert \
	--label seal </dev/null >p11.log 2>&1
echo 1234 >pin
cat >policy.yaml <<END
hsm:
  soft:
    module: $MODULE
    uri: pkcs11:token=zsk
keys:
  ksk-2027:
    description: the KSK
    algorithm: ECDSAP256SHA256
    valid_from: 2027-01-01T00:00:00+00:00
    valid_until: 2028-01-01T00:00:00+00:00
zsk:
  domain: example.org.
  algorithm: ECDSAP256SHA256
END
example()
{
	bash -c "${1//--login/--token-label zsk --login}" 2>&1 |
		sed -E 's/serial [0-9a-f]+/serial SERIAL/; s/tag [0-9]+/tag 20326/'
}
manual key-list.1 example
done_testing
