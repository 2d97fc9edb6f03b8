# ksr-create: which key stands where, every source of keys, and every way to fail.
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../manual.sh"
. "$(dirname "$0")/../zsks.sh"
. "$(dirname "$0")/../minimal.sh"
cd "$T" || exit 1
MINT=$TESTS/mint
check "keys of six quarters" zsks keys RSASHA256 . 6
P=keys/policy.yaml

# made ARGUMENT...: the request of 2027q1, as of a fixed time.
made()
{
	run ksr-create --policy "$P" --time 2026-12-01 --cycle 2027q1 "$@"
}

# The root's quarter.
made --first keys/list
expect 0 "a quarter"
cp out ksr.xml
check "early, on time and late" diff <(names ksr.xml) - <<'END'
1 2026-10-01 2027-01-01
2 2027-01-01
3 2027-01-01
4 2027-01-01
5 2027-01-01
6 2027-01-01
7 2027-01-01
8 2027-01-01
9 2027-01-01 2027-04-01
END
check "every key signs every bundle that it stands in" test "$(grep -c '<Signature ' ksr.xml)" -eq 11
run ksr-check --policy $P --time 2026-12-01 --first ksr.xml
expect 0 "ksr-check accepts it"
check "a simple parser reads it" minimal ksr.xml
sed "s/domain=\".\"/domain='.'/" ksr.xml >odd.xml
refute "... and would not read all" minimal odd.xml
check "the proofs were made an hour before" test "$(grep -c '<SignatureInception>2026-11-30T23:00:00+00:00<' ksr.xml)" -eq 11
check "... and hold for validity" test "$(grep -c '<SignatureExpiration>2026-12-21T23:00:00+00:00<' ksr.xml)" -eq 11
check "ids are UUIDs" test "$(grep -oE ' id="[0-9a-f]{8}-[0-9a-f]{4}-[48][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"' ksr.xml | sort -u | wc -l)" -eq 10
made --first keys/list
refute "another one has another id" cmp -s out ksr.xml
made --first --id one --serial 7 keys/list
cp out one.xml
check "id and serial as given" grep -q '<KSR id="one" domain="." serial="7">' one.xml
made --first --id one --serial 7 - <keys/list
check "the same input, the same bytes" cmp out one.xml
made --first --id one --serial 7 --output new.xml keys/list
expect 0 "to a file"
check "... the same" cmp new.xml one.xml
run ksr-create --policy $P --time 2026-12-01 --start 2027-01-01 --first --id one --serial 7 keys/list
check "--start is --cycle" cmp out one.xml
run ksr-create --policy $P --time 2026-12-01 --cycle 2027Q1 --first --id one --serial 7 keys/list
check "2027Q1" cmp out one.xml
run ksr-create --policy $P --cycle 2027q1 --first --sign-at 2026-12-01 keys/list
check "by the clock: not a word" test "$status" -eq 0 -a ! -s err
cp out now.xml
run ksr-check --policy $P --first --sign-at 2026-12-01 now.xml
expect 0 "... and KSR-CLOCK is content"

# The chain.
"$MINT" ksr --dir keys --start 2026-10-01 >keys/prev.ksr.xml
"$MINT" skr --dir keys --ksr keys/prev.ksr.xml >keys/prev.xml
"$MINT" skr --dir keys --ksr ksr.xml >keys/skr.xml
"$MINT" ds --dir keys --algorithm RSASHA256 ksk-1 >keys/ksk.ds
sed -i '/^keys:/,/^schemas:/{/ds_sha256/d}' $P
prev=(--previous keys/prev.xml --anchor keys/ksk.ds)
made "${prev[@]}" keys/list
expect 0 "after a response"
check "... the same slots" diff <(names out) <(names ksr.xml)
cp out after.xml
run ksr-check --policy $P --time 2026-12-01 "${prev[@]}" after.xml
expect 0 "... is accepted after it"
made --previous keys/prev.xml keys/list
refused 2 "nothing to authenticate it with" "a response without an anchor"
grep -v zsk-2026-10-01 keys/list >list
made "${prev[@]}" list
broke KSR-CHAIN-KEYS "the key that was active is not among the keys"
made --first list
broke KSR-POLICY-KEYS "... and without a response the policy wants one"
"$MINT" keys --dir keys --algorithm RSASHA256 zsk-2027-01-02
sed 's/zsk-2027-01-01/zsk-2027-01-02/' keys/list >list
made "${prev[@]}" list
broke KSR-CHAIN-KEYS "a key that was not published ahead"
check "... is named" grep -q "key [0-9]* (zsk-2027-01-02) is to stand in slot 1, and does not stand in the last bundle of keys/prev.xml" err
made --previous keys/skr.xml --anchor keys/ksk.ds keys/list
refused 1 "KSR-CHAIN-" "after the response of the same quarter"
run ksr-create --policy $P --time 2027-03-01 --cycle 2027q3 "${prev[@]}" keys/list
refused 1 "KSR-CHAIN-" "a quarter left out"

# Several cycles.
run ksr-create --policy $P --time 2026-12-01 --cycle 2027q1 --cycles 3 --first --output year keys/list
refused 1 "the request of 2027q2:[0-9]+: KSR-POLICY-SIG-HORIZON" "three cycles in one sitting"
refute "... nothing is there" test -e year
run ksr-create --policy $P --time 2026-12-01 --cycle 2027q1 --cycles 3 "${prev[@]}" --output year \
	--sign-at 2026-12-01 --sign-at 2027-03-01 --sign-at 2027-06-01 keys/list
expect 0 "three cycles in three sittings"
check "... three files" test "$(cd year && echo *)" = "ksr-2027q1.xml ksr-2027q2.xml ksr-2027q3.xml"
for q in 1 2 3; do
	check "... 2027q$q: its slots" test "$(slots year/ksr-2027q$q.xml)" = "2 1 1 1 1 1 1 1 2"
	check "... 2027q$q: readable by all" test "$(stat -c %a year/ksr-2027q$q.xml)" = "$(printf %o $((0644 & ~$(umask))))"
done
check "... each has the keys of the one before" test \
	"$(names year/ksr-2027q1.xml | tail -n 1 | cut -c 2-)" = "$(names year/ksr-2027q2.xml | head -n 1 | cut -c 2-)"
before=$(echo * .ksrkit*)
run ksr-create --policy $P --time 2026-12-01 --cycle 2027q1 --cycles 4 "${prev[@]}" --output four \
	--sign-at 2026-12-01 --sign-at 2027-03-01 --sign-at 2027-06-01 --sign-at 2027-09-01 keys/list
expect 0 "four cycles"
rm -r four
head -n 5 keys/list >five
run ksr-create --policy $P --time 2026-12-01 --cycle 2027q1 --cycles 4 "${prev[@]}" --output four \
	--sign-at 2026-12-01 --sign-at 2027-03-01 --sign-at 2027-06-01 --sign-at 2027-09-01 five
broke KSR-ZSK-SAFETY "keys for three: none of the four"
check "... too few keys" grep -q "five: KSR-ZSK-SAFETY: too few keys: none is active at 2028-01-01T00:00:00Z" err
check "... nothing is left behind" test "$(rm five && echo * .ksrkit*)" = "$before"
run ksr-create --policy $P --time 2026-12-01 --cycle 2027q1 --cycles 2 --first --output year keys/list
refused 2 "year: exists" "the folder exists"
sed 's/^request_policy:/&\n  signature_horizon_days: 300/' $P >far.yaml
run ksr-create --policy far.yaml --time 2026-12-01 --cycle 2027q1 --cycles 2 --first --output two \
	--id a --id b keys/list
expect 0 "two in one sitting, where the policy reaches so far"
check "... with their ids" test "$(grep -ho '<KSR id="."' two/* | xargs)" = "<KSR id=a <KSR id=b"
run ksr-create --policy far.yaml --time 2026-12-01 --cycle 2027q1 --cycles 2 --first --output used \
	--write-zsk-use keys/list
expect 0 "two, and who is active when"
check "... a file for each" test "$(cd used && echo *)" = \
	"ksr-2027q1.xml ksr-2027q1.xml.use ksr-2027q2.xml ksr-2027q2.xml.use"
check "... of its own keys" test "$(sed 1d used/ksr-2027q2.xml.use | cut -c 5-14 | xargs)" = \
	"2027-01-01 2027-04-01 2027-07-01"
sed 's/^zsk:/&\n  retire_safety: PT0S/; s/^request_policy:/&\n  check_keys_match_ksk_operator_policy: false/' far.yaml >brief.yaml
run ksr-create --policy brief.yaml --time 2026-12-01 --cycle 2027q1 --cycles 2 --first --output brief keys/list
expect 0 "two, and retired keys go at once"
check "... but for the one that was active at the end" test "$(slots brief/ksr-2027q2.xml)" = "2 1 1 1 1 1 1 1 2"
run ksr-create --policy brief.yaml --time 2026-12-01 --cycle 2027q1 "${prev[@]}" keys/list
expect 0 "after a response, and retired keys go at once"
check "... but for the one that was active at its end" test "$(slots out)" = "2 1 1 1 1 1 1 1 2"
run ksr-create --policy brief.yaml --time 2026-12-01 --cycle 2027q1 --first keys/list
check "... which the first request of all has not" test "$(slots out)" = "1 1 1 1 1 1 1 1 2"
run ksr-create --policy far.yaml --time 2026-12-01 --cycle 2027q1 --cycles 2 --first --output twins \
	--id a --id a keys/list
broke "KSR-BUNDLE-UNIQUE KSR-ID" "two of one id"
refute "... nothing is there" test -e twins

# Spans.
# span NAME RULES: the last run's list is refused by these rules.
span()
{
	made --first list
	broke "$2" "$1"
}
grep -v zsk-2027-01-01 keys/list >list
span "a hole" KSR-ZSK-SAFETY
check "... is named" grep -q "list:2: KSR-ZSK-SAFETY: no key of RSASHA256 is active from 2027-01-01T00:00:00Z, the end of zsk-2026-10-01, to 2027-04-01T00:00:00Z, the beginning of zsk-2027-04-01" err
head -n 2 keys/list >list
span "too few keys" KSR-ZSK-SAFETY
sed 's/2027-04-01\tpP/2027-04-02\tpP/' keys/list >list
span "two keys at once" KSR-ZSK-SAFETY
check "... are named" grep -q "keys zsk-2027-01-01 and zsk-2027-04-01, of one algorithm, are both active at 2027-04-01" err
(
	zskline 2026-01-01 RSASHA256 . 2027-06-01 | sed 's/zsk-2026-01-01/zsk-2026-10-01/'
	zskline 2026-02-01 RSASHA256 . 2026-03-01
	zskline 2027-04-01 RSASHA256 . 2028-01-01
) >list
span "two keys at once, and one of long ago between" KSR-ZSK-SAFETY
sed 's/\t2027-01-01\t2027-04-01/\t-\t-/; s/\t2026-10-01\t2027-01-01/\t-\t-/' keys/list >list
span "two keys without days" KSR-ZSK-SAFETY
sed 's/\t2027-04-01\tpP/\t-\tpP/' keys/list >list
made --first list
expect 0 "an end that is not known"
check "... is where the next one begins" diff <(names out) <(names ksr.xml)
(
	zskline 2026-10-01 RSASHA256 . 2027-01-15
	zskline 2027-01-15 RSASHA256 . 2028-01-01
) >list
"$MINT" keys --dir keys --algorithm RSASHA256 zsk-2027-01-15
sed 's/^request_policy:/&\n  check_keys_match_ksk_operator_policy: false/' $P >free.yaml
P=free.yaml
span "a change within a slot" KSR-ZSK-SAFETY
made --first --write-zsk-use --output within.xml list
expect 0 "... which is stated"
check "... the slots" test "$(slots within.xml)" = "2 2 2 1 1 1 1 1 1"
check "... and a file says when" diff <(sed 1d within.xml.use) - <<'END'
zsk-2026-10-01 2026-10-01T00:00:00Z 2027-01-15T00:00:00Z
zsk-2027-01-15 2027-01-15T00:00:00Z 2028-01-01T00:00:00Z
END
run ksr-check --policy $P --time 2026-12-01 --first --zsk-use within.xml.use within.xml
expect 0 "... by which ksr-check accepts it"
run ksr-check --policy $P --time 2026-12-01 --first within.xml
broke KSR-ZSK-SAFETY "... and not without"
made --first --write-zsk-use --output within.xml list
refused 2 "within.xml: exists" "... not a second time"
rm within.xml
made --first --write-zsk-use --output within.xml list
refused 2 "within.xml: File exists" "... nor beside the file of before"
refute "... and then neither is written" test -e within.xml

# The last slot has what the first one of the next cycle will have.
(
	zskline 2026-10-01 RSASHA256 . 2027-04-11
	zskline 2027-04-01 RSASHA256 . 2028-01-01 | sed 's/2027-04-01\t2028/2027-04-11\t2028/'
) >list
made --first list
expect 0 "a change at the second slot of the next cycle"
check "... its key stands in the last of this one" test "$(names out | tail -n 1)" = "9 2026-10-01 2027-04-01"
P=keys/policy.yaml

# What a list and the files may be.
zskline 2027-01-01 RSASHA256 . | sed 's/\tzsk\t/\tksk\t/; s/zsk-2027-01-01/ksk-1/' >>list
cat keys/list >list
printf 'example.\tother\t-\tzsk\tRSASHA256\t-\t-\t-\t-\t-\tpP\t-\n.\tksk-1\t-\tksk\tRSASHA256\t-\t-\t-\t-\t-\tpP\t-\n-\tunknown\t-\t-\t-\t-\t-\t-\t-\t-\tpP\t-\n' >>list
made --first list
expect 0 "KSKs, other zones and unknown roles are passed over"
sed 's/\tRSASHA256\t/\t-\t/; s/^\./-/' keys/list >list
made --first list
expect 0 "neither algorithm nor zone in the list"
made --first - </dev/null
refused 2 "-: " "an empty list"
grep zsk-2027 list | sed 's/\tzsk\t/\tksk\t/' >ksks
made --first ksks
broke KSR-ZSK-SAFETY "a list without ZSKs"
head -n 2 keys/list | tr '\t' ' ' >list
made --first list
refused 2 "list:1:" "a list that is none"
for ((i = 0; i < 4100; i++)); do
	printf '.\tzsk-%s\t-\tzsk\tRSASHA256\t-\t-\t-\t-\t-\tpP\t-\n' $i
done >list
made --first list
refused 2 "list:4097: more than 4096 ZSKs to choose from" "a list without end"
made --first absent
refused 2 "absent: No such file" "no list"
sed 's/zsk-2027-04-01/zsk-absent/' keys/list >list
made --first list
broke KSR-BUNDLE-POP "a ZSK whose private half is missing"
check "... is named" grep -q "list:3: KSR-BUNDLE-POP: key zsk-absent: its private half is missing: no file of that name in keys" err
sed '3s/\t-\t-\t-\t2027/\t-\t12345\t-\t2027/' keys/list >list
made --first list
broke KSR-BUNDLE-KEYS "another tag than in the list"
sed '3s/RSASHA256\t-/RSASHA256\t3072/' keys/list >list
made --first list
broke KSR-BUNDLE-KEYS "another size"
cat keys/list keys/list >list
made --first list
broke KSR-BUNDLE-KEYS "the same label twice"
for name in $'esc\033' $'byte\377'; do
	cp -p keys/zsk-2027-04-01.pem "keys/$name.pem"
	sed "3s/zsk-2027-04-01/$(printf %s "$name" | sed 's/\x1b/%1B/; s/\xff/%FF/')/" keys/list >list
	made --first list
	broke KSR-BUNDLE-KEYS "a name that XML cannot hold: ${name%?}"
	check "... is named" grep -qE 'list:3: KSR-BUNDLE-KEYS: key (esc\\x1b|byte\\xff): a name' err
	rm "keys/$name.pem"
done
chmod 644 keys/zsk-2027-01-01.pem
made --first keys/list
refused 1 "zsk-2027-01-01.pem: " "a private key that others can read"
chmod 600 keys/zsk-2027-01-01.pem

# Where the policy says so, a key that stands has a backup on record; others need none.
sed '1i require_backup: true' $P >backup.yaml
P=backup.yaml
sed 's/-$/key-backup-2026-11-05.tar.gz/' keys/list >list
made --first list
expect 0 "require_backup: all are in a backup"
zskline 2029-01-01 RSASHA256 . >>list
made --first list
expect 0 "... but for one that does not stand yet"
sed '2s/-$/key-backup-2026-11-05.tar.gz/' keys/list >list
made --first list
refused 1 "^ksr-create: list:1: key zsk-2026-10-01: its line names no backup, and the policy says require_backup" \
	"... one is not"
check "... each is named" test "$(grep -c 'names no backup' err)" = 2
P=keys/policy.yaml

# Named files, whose names are no labels: always active, so one is all there can be.
sed 's/num_keys.*//; s/^request_policy:/&\n  num_keys_per_bundle: [1, 1, 1, 1, 1, 1, 1, 1, 1]\n  num_different_keys_in_all_bundles: 1/' $P >single.yaml
P=single.yaml
made --first --key-file keys/zsk-2027-01-01.pem
expect 0 "one key for ever"
check "... in all slots" test "$(slots out)" = "1 1 1 1 1 1 1 1 1"
made --first --key-file keys/zsk-2027-01-01.pem --key-file keys/zsk-2027-04-01.pem
broke KSR-ZSK-SAFETY "two keys for ever"
sed '1i require_backup: true' $P >lost.yaml
P=lost.yaml
made --first --key-file keys/zsk-2027-01-01.pem
refused 1 "keys/zsk-2027-01-01.pem: key zsk-2027-01-01: no line of a key list names its backup" \
	"require_backup: a file and no list"
P=single.yaml
made --first --key-file keys/zsk-2027-01-01.pem --key-file keys/zsk-2027-01-01.pem
broke KSR-BUNDLE-KEYS "the same file twice"
made --first --key-file absent.pem
refused 2 "absent.pem: No such file" "no such file"
made --first --key-file keys/list
refused 1 "keys/list: " "a file that is no key"
P=keys/policy.yaml
made --first --key-file keys/zsk-2027-01-01.pem keys/list
broke KSR-BUNDLE-POP "named files, and not those of the list"

# A folder of PEM files whose names are labels, and one of BIND's.
mkdir labels
for day in 2026-10-01 2027-01-01 2027-04-01 2027-07-01; do
	cp -p keys/zsk-$day.pem labels/root-zsk-rsasha256-$day-1.pem
done
sed 's/key_dir: .*/key_dir: labels/' $P >labels.yaml
P=labels.yaml
made --first
expect 0 "labels tell the days"
check "... the slots" test "$(slots out)" = "2 1 1 1 1 1 1 1 2"
mkdir bind
day=0
for from in 20261001 20270101 20270401 20270701; do
	dnssec-keygen -q -K bind -a RSASHA256 -b 2048 -n ZONE -P none -A $from \
		-I "$(date -u -d "$from 3 months" +%Y%m%d)" . >/dev/null
done
dnssec-keygen -q -K bind -a RSASHA256 -b 2048 -f KSK . >/dev/null
dnssec-keygen -q -K bind -a ECDSAP256SHA256 example. >/dev/null
sed 's/key_dir: .*/key_dir: bind/' $P >bind.yaml
P=bind.yaml
made --first
expect 0 "dnssec-keygen's files"
check "... the slots" test "$(slots out)" = "2 1 1 1 1 1 1 1 2"
check "... named by the files" grep -qE 'keyIdentifier="K\.\+008\+[0-9]{5}"' out
cp out bind.xml
run ksr-check --policy $P --time 2026-12-01 --first bind.xml
expect 0 "... accepted"
rm -rf none && mkdir none
sed 's/key_dir: .*/key_dir: none/' $P >none.yaml
P=none.yaml
made --first
broke KSR-ZSK-SAFETY "a folder without keys"
rmdir none
made --first
refused 2 "none: No such file" "no folder"
P=keys/policy.yaml

# Algorithms, and zones of three shapes.
while read -r alg zone; do
	check "$alg, $zone: keys" zsks "$alg" "$alg" "$zone"
	run ksr-create --policy "$alg/policy.yaml" --time 2026-12-01 --first --cycle 2027q1 "$alg/list"
	expect 0 "$alg, $zone"
	check "$alg: the slots" test "$(slots out)" = "2 1 1 1 1 1 1 1 2"
	check "$alg: a simple parser reads it" minimal out
	cp out "$alg.xml"
	run ksr-check --policy "$alg/policy.yaml" --time 2026-12-01 --first "$alg.xml"
	expect 0 "$alg: accepted"
done <<'END'
RSASHA256 .
RSASHA512 co.test
ECDSAP256SHA256 example.co.test
ECDSAP384SHA384 a-label-of-sixty-three-octets-which-is-as-long-as-a-label-may-b.test
ED25519 Mixed.Case.Test
ED448 dot\\.and\\032space.test
END

# A key of another algorithm; and one that takes over.
"$MINT" keys --dir keys --algorithm ECDSAP256SHA256 zsk-ec
(
	cat keys/list
	zskline 2026-12-21 ECDSAP256SHA256 . 2029-01-01 | sed 's/zsk-2026-12-21/zsk-ec/'
) >list
made --first list
broke KSR-POLICY-ALG "an algorithm that is not the section's"
check "... is named" grep -q "key zsk-ec is of ECDSAP256SHA256, zsk.algorithm is RSASHA256" err
made --first --second-algorithm ECDSAP256SHA256 list
broke "KSR-POLICY-ALG KSR-POLICY-KEYS" "... nor one that is not approved"
sed 's/    - RSASHA256/&\n    - ECDSAP256SHA256/; s/^request_policy:/&\n  num_keys_per_bundle: [3,2,2,2,2,2,2,2,3]\n  num_different_keys_in_all_bundles: 4/' $P >both.yaml
P=both.yaml
made --first --second-algorithm ECDSAP256SHA256 list
expect 0 "two algorithms side by side"
check "... both in the policy" test "$(grep -c '<SignatureAlgorithm' out)" -eq 2
sed 's/^request_policy:/&\n  check_keys_match_ksk_operator_policy: false/; s/^zsk:/&\n  publish_safety: PT0S\n  retire_safety: PT0S/' both.yaml >roll.yaml
P=roll.yaml
(
	zskline 2026-10-01 RSASHA256 . 2027-03-02
	zskline 2026-12-21 ECDSAP256SHA256 . 2029-01-01 | sed 's/zsk-2026-12-21/zsk-ec/; s/2026-12-21/2027-01-31/'
) >list
made --first --second-algorithm ECDSAP256SHA256 list
expect 0 "one takes over from the other"
check "... slot by slot" test "$(names out | cut -c 3- | sed 's/2026-10-01/R/; s/ec/E/' | xargs)" = "R R R R E R E R E E E E"
sed 's/^request_policy:/&\n  check_keys_match_ksk_operator_policy: false/' both.yaml >roll.yaml
made --first --second-algorithm ECDSAP256SHA256 list
expect 0 "... with ten days of safety"
check "... before and after" test "$(names out | cut -c 3- | sed 's/2026-10-01/R/; s/ec/E/' | xargs)" = "R R R E R E R E R E R E E E"
P=keys/policy.yaml

# A grid that does not hold.
# grid SED RULES NAME
grid()
{
	sed "$1" keys/policy.yaml >grid.yaml
	P=grid.yaml
	made --first keys/list
	broke "$2" "$3"
	P=keys/policy.yaml
}
grid 's/^zsk:/&\n  validity: P20D/' "KSR-POLICY-SIG-VALIDITY" "valid for less than it says itself"
grid 's/^zsk:/&\n  interval: P14D/' "KSR-CHAIN-OVERLAP" "slots beyond the quarter"
grid 's/^zsk:/&\n  interval: P8D/' \
	"KSR-BUNDLE-CYCLE-DURATION KSR-POLICY-BUNDLE-INTERVALS KSR-POLICY-KEYS KSR-POLICY-SIG-OVERLAP KSR-ZSK-SAFETY" "slots too close"
grid 's/^zsk:/&\n  slots: 8/' "KSR-BUNDLE-COUNT KSR-BUNDLE-CYCLE-DURATION KSR-POLICY-KEYS" "eight slots"
grid 's/^zsk:/&\n  ttl: 3600/' "KSR-BUNDLE-TTL" "another TTL than the response will have"
grid 's/^zsk:/&\n  min_validity_overlap: P12D/' "KSR-POLICY-SIG-OVERLAP" "less overlap than it asks for itself"
grid "s/  domain: .*/  domain: other./" "KSR-ZSK-SAFETY" "another zone than the list's"
sed 's/^\./-/' keys/list >list
sed "s/^  domain: .*/  domain: other./" keys/policy.yaml >grid.yaml
run ksr-create --policy grid.yaml --time 2026-12-01 --first --cycle 2027q1 list
broke KSR-DOMAIN "a zone that the policy does not accept"
# Cycles that are no quarters.
sed 's/^zsk:/&\n  cycle: P90D/' keys/policy.yaml >days.yaml
sed 's/\t2027-01-01/\t2027-01-05/g; s/\t2027-04-01/\t2027-04-05/g' keys/list >list
run ksr-create --policy days.yaml --time 2026-12-01 --first --start 2027-01-05 list
expect 0 "a cycle of ninety days, from any day on"
check "... begins there" grep -q '<Inception>2027-01-05T00:00:00+00:00<' out
run ksr-create --policy $P --time 2026-12-01 --first --start 2027-01-05 list
refused 2 "zsk.cycle is quarter, and none starts at 2027-01-05" "a quarter from any day on"
run ksr-create --policy days.yaml --time 2026-12-01 --first --start 2027-01-05T01:00:00Z list
refused 2 "a cycle of whole days starts at 00:00, not at 2027-01-05T01:00:00Z" "a cycle of days from an hour on"
run ksr-create --policy days.yaml --time 2026-12-01 --first --start 2105-12-05 list
refused 2 "beyond the last instant" "a cycle beyond the end of time"

# Text requests.
ksr-show --format bind ksr.xml >bind.txt
ksr-show --format knot ksr.xml >knot.txt
# text FORM FILE ARGUMENT...
text()
{
	local form=$1 file=$2
	shift 2
	made --first "--from-$form" "$file" "$@" keys/list
}
for form in bind knot; do
	text $form $form.txt
	expect 0 "from $form"
	check "from $form: the same keys" diff <(names out) <(names ksr.xml)
	while IFS='|' read -r edit line why name; do
		sed "$edit" $form.txt >cut.txt
		refute "from $form: $name: is another text" cmp -s cut.txt $form.txt
		text $form cut.txt --output dirt.xml
		broke "" "from $form: $name"
		check "from $form: $name: is told" grep -qE "^ksr-create: cut\.txt$line: $why" err
		check "from $form: $name: nothing is written" test ! -e dirt.xml
	done <<-'END'
		$d|:[0-9]+|the last line, 'generated at', is missing|without its last line
		1d|:1|no header before the first record|without a header
		s/ 1\.0 / 1.1 /|:1|a header of version '1\.1', not 1\.0|another version
		2s/^\. /other. /|:2|a foreign owner: other\., not \.|another owner
		2s/ 256 / 257 /|:2|key [0-9]+ has flags 257: a KSK \(SEP\) has no place|a KSK
		2s/ 256 / 384 /|:2|key [0-9]+ has flags 384, not 256|a key that is revoked
		2s/ 3 8 / 3 13 /|:2|260 bytes are no key of algorithm 13|a key of another algorithm
		d||empty|nothing
	END
done
sed '2s/ 172800 / 3600 /' bind.txt >cut.txt
text bind cut.txt
broke "" "from bind: two TTLs in a set"
check "... is told" grep -qE "cut.txt:3: key [0-9]+ has TTL 172800, not that of its set, 3600" err
sed 's/ 172800 / 3600 /' bind.txt >cut.txt
text bind cut.txt
expect 0 "from bind: another TTL"
check "... is a warning" grep -qE "cut.txt:2: warning: key [0-9]+: its TTL 3600 is not taken over, zsk.ttl is 172800" err
check "... the same keys" diff <(names out) <(names ksr.xml)
made --first --from-bind - - <bind.txt
refused 2 "the key list and the text cannot both be standard input" "text and list from one place"
text bind knot.txt
refused 1 "knot.txt:1: " "Knot's for BIND's"
grep -v zsk-2027-01-01 keys/list >list
made --first --from-bind bind.txt list
broke KSR-BUNDLE-POP "a text, and a key of it is missing"
check "... is named" grep -qE "bind.txt:[0-9]+: KSR-BUNDLE-POP: slot 1: the private half of key [0-9]+ .* is missing" err
run ksr-create --policy $P --time 2026-12-01 --first --start 2026-10-01 --from-bind bind.txt keys/list
broke KSR-ZSK-SAFETY "a text that begins later"
made --previous keys/prev.xml --anchor keys/ksk.ds --from-knot knot.txt keys/list
expect 0 "a text after a response"
made --first --from-bind bind.txt --write-zsk-use --output x.xml keys/list
refused 2 "usage" "a text states no spans"

# What keymgr itself asks for, with its own keys.
keymgr=$(PATH=$PATH:/usr/sbin type -P keymgr)
if [ -z "$keymgr" ]; then
	skip "no keymgr"
else
	mkdir kasp
	printf '%s\n' "database:" "    storage: $T/kasp" "policy:" "  - id: zsk" "    algorithm: RSASHA256" \
		"    zsk-size: 2048" "    zsk-lifetime: 0" "    manual: on" "    offline-ksk: on" \
		"    dnskey-ttl: 172800" "    zone-max-ttl: 86400" "zone:" '  - domain: "example.test"' "    dnssec-signing: on" \
		"    dnssec-policy: zsk" >knot.conf
	"$keymgr" -c knot.conf example.test pregenerate 20261201000000 +120d >keymgr.log 2>&1
	"$keymgr" -c knot.conf example.test generate-ksr 20270101000000 +120d >keymgr.txt 2>>keymgr.log
	check "keymgr asks" grep -q '^;; KeySigningRequest 1.0 1798761600 ' keymgr.txt
	chmod 600 kasp/keys/keys/*.pem kasp/keys/*.pem 2>/dev/null
	sed "s/key_dir: .*/key_dir: $(dirname "$(find kasp -name '*.pem' | head -n 1)" | sed 's|/|\\/|g')/
		s/  domain: .*/  domain: example.test/; s/- '\.'/- example.test/" single.yaml >knot.yaml
	run ksr-create --policy knot.yaml --time 2026-12-01 --first --cycle 2027q1 --from-knot keymgr.txt
	expect 0 "keymgr's request, proved with its keys"
	cp out keymgr.xml
	run ksr-check --policy knot.yaml --time 2026-12-01 --first keymgr.xml
	expect 0 "... accepted"
	check "... its key" grep -qF "<PublicKey>$(perl -0ne 'print join "", /DNSKEY 256 3 8 \(\s*([^)]*?)\s*\)/' keymgr.txt | tr -d ' \t\n')<" keymgr.xml
fi

# A text whose keys change within the cycle: who is active when has to be stated.
P=free.yaml
(
	zskline 2026-10-01 RSASHA256 . 2027-01-31
	zskline 2027-01-15 RSASHA256 . 2028-01-01 | sed 's/2027-01-15\t2028/2027-01-31\t2028/'
) >change.list
made --first --write-zsk-use --output change.xml change.list
expect 0 "a change within the cycle"
ksr-show --format bind change.xml >change.txt
made --first --from-bind change.txt change.list
broke KSR-ZSK-SAFETY "... as a text"
made --first --from-bind change.txt --zsk-use change.xml.use change.list
expect 0 "... as a text, and stated"
check "... the same slots" diff <(names out) <(names change.xml)
P=keys/policy.yaml

# Usage.
# usage NAME ARGUMENT...
usage()
{
	local name=$1
	shift
	run ksr-create "$@" </dev/null
	refused 2 "^ksr-create: .*usage: ksr-create" "usage: $name"
}
F=(--policy "$P" --first)
usage "no start" "${F[@]}"
usage "two starts" "${F[@]}" --start 2027-01-01 --cycle 2027q1
usage "no day" "${F[@]}" --start 2027-13-01
usage "no time" "${F[@]}" --start 2027-01-01T25:00:00Z
usage "no quarter" "${F[@]}" --cycle 2027q5
usage "no year" "${F[@]}" --cycle 27q1
usage "a quarter too early" "${F[@]}" --cycle 1969q4
usage "neither first nor previous" --policy $P --cycle 2027q1
usage "both" "${F[@]}" --previous x --cycle 2027q1
usage "no cycles" "${F[@]}" --cycle 2027q1 --cycles 0
usage "too many cycles" "${F[@]}" --cycle 2027q1 --cycles 41
usage "cycles to standard output" "${F[@]}" --cycle 2027q1 --cycles 2
usage "one id for two" "${F[@]}" --cycle 2027q1 --cycles 2 --output x --id a
usage "two days for three" "${F[@]}" --cycle 2027q1 --cycles 3 --output x --sign-at now --sign-at now
usage "no algorithm" "${F[@]}" --cycle 2027q1 --second-algorithm RSAMD5
usage "an id that XML cannot hold" "${F[@]}" --cycle 2027q1 --id $'\033'
usage "no serial" "${F[@]}" --cycle 2027q1 --serial -1
usage "two texts" "${F[@]}" --cycle 2027q1 --from-bind a --from-knot b
usage "files and a token" "${F[@]}" --cycle 2027q1 --key-file a --hsm soft
usage "uses twice" "${F[@]}" --cycle 2027q1 --write-zsk-use --output x --zsk-use y
usage "uses of two" "${F[@]}" --cycle 2027q1 --cycles 2 --output x --zsk-use y
usage "uses to standard output" "${F[@]}" --cycle 2027q1 --write-zsk-use
usage "an output without a name" "${F[@]}" --cycle 2027q1 --output ''
check "... is said" grep -q -- '--output needs PATH, and what is given is empty' err
usage "an output that means standard output elsewhere" "${F[@]}" --cycle 2027q1 --output -
check "... is said" grep -q -- '--output takes a name, and "-" is none' err
usage "two lists" "${F[@]}" --cycle 2027q1 a b
run ksr-create --policy absent.yaml --first --cycle 2027q1 keys/list
refused 2 "absent.yaml: .*No such file" "no policy"
run ksr-create --policy $P --show-policy
expect 0 "--show-policy"
check "... with the zsk section" grep -q '^  key_dir: ' out
run ksr-create --policy $P --first --cycle 2027q1 --json list
check "--json" grep -q '^{"tool":"ksr-create","verdict":"refuse",.*"rule":"KSR-ZSK-SAFETY"' err

# Nowhere to write to.
made --first --output keys keys/list
refused 2 "keys: exists" "an output that exists"
made --first --output no/such/folder.xml keys/list
refused 2 "no/such/folder.xml: No such file" "no folder to write to"
ksr-create --policy $P --time 2026-12-01 --cycle 2027q1 --first keys/list >/dev/full 2>err
status=$?
: >out
refused 2 "standard output: No space left" "a full disk"
ksr-create --policy $P --time 2026-12-01 --cycle 2027q1 --first keys/list >&- 2>err
status=$?
: >out
refused 2 "standard output: Bad file" "a closed standard output"
mkdir -m 555 readonly
if [ "$(id -u)" -ne 0 ]; then
	run ksr-create --policy far.yaml --time 2026-12-01 --cycle 2027q1 --cycles 2 --first --output readonly/two keys/list
	refused 2 "readonly/two: Permission denied" "a folder in which nothing can be made"
fi

# The manual's examples.
cp $P files.yaml
sort -t "$(printf '\t')" -k 9 keys/list >zsks
rm -rf ksr.xml year
manual ksr-create.1

done_testing
