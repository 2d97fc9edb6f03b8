# key-purge: the keys that the lines name, if nothing needs them, and nothing else.
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../manual.sh"
cd "$T" || exit 1
TAB=$'\t'
new_token zsk
export MODULE
"$TESTS/mint" ceremony --dir story --ksk ksk-2027 --zone . --algorithm ECDSAP256SHA256 --start 2027-01-01 --module "$MODULE"
cp story/skr.xml skr.xml
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
zsk:
  domain: example.org.
  algorithm: ECDSAP256SHA256
END
sed 's/ksk-2027/ksk-2024/' policy.yaml >other.yaml
import()
{
	softhsm2-util --import "$1" --token zsk --label "$2" --id "$3" --pin 1234 >/dev/null
}

# purge ARGUMENT...: as of November 2026.  (keys.list holds the token's keys, lines PATTERN those that match.)
purge()
{
	run key-purge --policy policy.yaml --time 2026-11-21 --pin-fd 3 "$@" 3<<<1234
}
list()
{
	key-list --policy other.yaml --record dates --pin-fd 3 3<<<1234 >keys.list 2>list.err
}
lines()
{
	grep -E "$TAB($1)$TAB" keys.list
}
count()
{
	pkcs11-tool --module "$MODULE" --token-label zsk --login --pin 1234 --list-objects </dev/null 2>/dev/null |
		grep -cE '^(Public|Private) Key Object'
}

new_key zsk zsk-1 01 EC:prime256v1
new_key zsk zsk-2 02 EC:prime256v1
new_key zsk zsk-3 03 EC:prime256v1
new_key zsk rsa 04 rsa:1024
import story/ksk-2027.pem ksk-2027 05
day()
{
	printf '%s\t%s\t%s\t%s\t%s\t%s\t-\t-\t%s\t%s\tpPs\t-\n' "$@"
}
{
	day example.org. zsk-1 01 zsk ECDSAP256SHA256 256 2026-01-01 2026-04-01
	day example.org. zsk-2 02 zsk ECDSAP256SHA256 256 2026-04-01 2026-07-01
	day example.org. zsk-3 03 zsk ECDSAP256SHA256 256 2026-10-01 2027-01-01
	day example.org. rsa 04 zsk RSASHA256 1024 2025-01-01 2025-04-01
} >dates
list
check "five keys" test "$(tail -n 1 keys.list)" = "# keys 5"

# What would go, and what not.
lines 'zsk-1|rsa' >two
purge --keep skr.xml <two
expect 0 "two that are over"
check "why each may go" grep -qE '^zsk-1 +zsk +[0-9]+  active until 2026-04-01, 234 days ago; in none of 1 SKRs$' out
check "the sum" grep -qE '^token zsk serial [0-9a-f]+: 5 - 2 = 3 keys$' out
check "nothing was deleted, and it is said" grep -qx 'nothing was deleted (--delete)' out
check "nothing was deleted" test "$(count)" = 10
check "--time is warned of" grep -q 'warning: judged as of 2026-11-21' err
check "the columns are in line" test "$(sed '/^token/,$d' out | awk '{ print index($0, $1 == "key" ? "why" : "active until") }' | sort -u | wc -l)" = 1
cp two file.list
purge --no-keep file.list
expect 0 "a file operand, and no SKR"
check "no SKR: none is named" grep -qE '^rsa .*active until 2025-04-01, 599 days ago$' out
lines 'zsk-3' >active
purge --keep skr.xml <active
refused 1 '^key-purge: -:1: active: it is inside its active span, from 2026-10-01 until 2027-01-01$' "an active key"
run key-purge --policy policy.yaml --no-keep --time 2026-12-31 --pin-fd 3 active 3<<<1234
refused 1 "active:" "on its last day"
run key-purge --policy policy.yaml --no-keep --time 2027-01-01 --pin-fd 3 active 3<<<1234
expect 0 "a day later"
run key-purge --policy policy.yaml --no-keep --time 2026-09-30 --pin-fd 3 active 3<<<1234
expect 0 "before its first day"
check "before its first day: said" grep -q 'not active before 2026-10-01' out
sed "s/${TAB}2027-01-01${TAB}/${TAB}-${TAB}/" active >half
purge --no-keep <half
refused 1 "from 2026-10-01 until an unknown day|active span" "an end that nobody knows"
cat two active >three
purge --keep skr.xml <three
refused 1 "^key-purge: -:3: active" "one of three is active: all are refused"
lines ksk-2027 >ksk
purge --no-keep <ksk
refused 1 "^key-purge: -:1: policy: policy.yaml names it, as key ksk-2027$" "a key of the policy"
run key-purge --policy other.yaml --keep skr.xml --pin-fd 3 ksk 3<<<1234
refused 1 "^key-purge: ksk:1: keep: it signs in skr.xml$" "a key that signs in an SKR"
run key-purge --policy other.yaml --no-keep --pin-fd 3 ksk 3<<<1234
expect 0 "the same key where nothing speaks for it"
run key-purge --policy other.yaml --policy policy.yaml --no-keep --pin-fd 3 ksk 3<<<1234
refused 1 "policy: policy.yaml names it" "a key of the second policy"
"$TESTS/mint" ceremony --dir zsks --ksk ksk-x --zone . --algorithm ECDSAP256SHA256 --start 2026-10-01 --module "$MODULE"
import zsks/zsk-2026-10-01.pem "not its name" 06
list
lines 'not%20its%20name' >published
purge --keep zsks/skr.xml <published
refused 1 "keep: it is published in zsks/skr.xml" "a key that an SKR publishes, under whatever label"
purge --keep zsks/skr.xml --keep skr.xml <published
refused 1 "keep: it is published in zsks/skr.xml" "in one of several SKRs"

# Lines that are not the token's.
try()
{
	purge --no-keep <bad
	refused 1 "$1" "$2"
}
sed 's/zsk-1/zsk-9/' two >bad
try "match: no key of that label and id" "a label that is not there"
sed "s/${TAB}01${TAB}/${TAB}02${TAB}/" two >bad
try "match: no key of that label and id" "the id of another key"
sed "s/${TAB}256${TAB}/${TAB}384${TAB}/" two >bad
try "match: the key on the token is another: size" "another size"
sed "s/ECDSAP256SHA256/ED25519/" two >bad
try "is another: algorithm" "another algorithm"
sed "s/RSASHA256/ECDSAP256SHA256/" two >bad
try "is another: algorithm" "an algorithm of another kind"
awk -F '\t' -v OFS='\t' '{ $7 = ($7 + 1) % 65536 } 1' two >bad
try "is another: tag" "another tag"
awk -F '\t' -v OFS='\t' '{ $8 = ($8 + 1) % 65536 } 1' two >bad
try "is another: revoked tag" "another revoked tag"
awk -F '\t' -v OFS='\t' '{ $7 = $8 = "-" } 1' two >bad
try "match: the line does not state the key tag" "no tag, where it is known"
sed 's/pPs/pPsx/' two >bad
try "is another: flags" "other flags"
sed 's/pPs/P/' two >bad
try "is another: flags" "one half only, where there are two"
cat two two >bad
try "match: the same key again" "the same line twice"
{ echo "# token zsk serial 0000 model m firmware 1"; cat two; } >bad
try "match: it is of token zsk serial 0000" "lines of another token"
{ grep '^# token' keys.list; cat two; } >bad
purge --no-keep <bad
expect 0 "lines of this token"
grep '^#' keys.list | sed 's/^# keys.*//' >bad
try "match: no key-list line" "no line at all"
: >bad
purge --no-keep <bad
refused 2 "empty" "an empty input"
printf 'zsk-1\n' >bad
purge --no-keep <bad
refused 2 "1 fields separated by tabs" "no key-list line"
head -c -20 two >bad
purge --no-keep <bad
refused 2 "the last line has no end" "a line that was cut"
check "nothing was deleted by any of these" test "$(count)" = 12

# Options.
purge <two
refused 2 "give the --keep SKR whose keys stay, or --no-keep" "neither --keep nor --no-keep"
purge --keep skr.xml --no-keep <two
refused 2 "or --no-keep" "both --keep and --no-keep"
purge --no-keep --expect 2 <two
refused 2 "expect goes with --delete" "--expect alone"
purge --no-keep --delete --expect 0 <two
refused 2 "expect takes" "--expect 0"
run key-purge --module "$MODULE" --no-keep --pin-fd 3 two 3<<<1234
refused 2 "policy" "no policy"
purge --keep /nonexistent <two
refused 2 "nonexistent: No such file" "--keep: no such file"
purge --keep story/ksr.xml <two
refused 1 "SKR-SCHEMA" "--keep: no SKR"
purge --no-keep --delete --expect 3 <two
refused 1 "expect: --expect 3, but there are 2 keys" "--expect another number"
run setsid key-purge --policy policy.yaml --no-keep --delete --time 2026-11-21 --pin-fd 3 two 3<<<1234
refused 2 "nobody at the terminal confirms" "no terminal"
check "nothing was deleted by any of these either" test "$(count)" = 12

# Deleted.
list
cp keys.list before.list
purge --keep skr.xml --delete --expect 2 <two
expect 0 "two keys deleted"
check "the table says so" grep -qE ': 6 - 2 = 4 keys$' out
check "and nothing else" test "$(count)" = 8
key-list --policy other.yaml --record dates --compare before.list --pin-fd 3 3<<<1234 >out 2>err
check "the record tells the two, and nothing else" test "$(grep -cE 'removed: key (zsk-1|rsa) ' err) $(wc -l <err)" = "2 3"
check "the record's sum" grep -q 'sum: 6 - 2 = 4: 2 removed, 0 added, 0 changed' err
purge --keep skr.xml --delete --expect 2 <two
refused 1 "match: no key of that label and id" "a second time"
lines zsk-2 >one
key-purge --policy policy.yaml --time 2026-11-21 --no-keep --delete --expect 1 --pin-fd 3 one 3<<<1234 >/dev/full 2>err
status=$?
: >out
refused 2 "standard output: No space left on device; the keys were deleted" "a full disk, after the deletion"
check "a full disk: it was deleted" test "$(count)" = 6

# A person at the terminal.
if ! type -P expect >/dev/null; then
	skip "no expect: the question at the terminal"
else
	cat >person.exp <<-'END'
		set timeout 30
		log_user 0
		log_file -a -noappend screen
		spawn -noecho sh -c "key-purge --policy policy.yaml --time 2027-02-01 --no-keep --delete active >out 2>err; echo \$? >status"
		expect {
			"User PIN of token zsk: " { send "1234\r"; exp_continue }
			"Type the number of keys to delete them: " { send "$env(ANSWER)\r"; exp_continue }
			eof
		}
	END
	for answer in 2 "" yes 01; do
		ANSWER=$answer command expect person.exp
		status=$(cat status)
		refused 1 "expect: not confirmed: '$answer' is not their number" "the person types '$answer'"
	done
	check "nothing was deleted" test "$(count)" = 6
	ANSWER=1 command expect person.exp
	status=$(cat status)
	expect 0 "the person types the number"
	check "the person saw what would go" grep -q 'zsk-3 .*active until 2027-01-01, 31 days ago' screen
	check "it was deleted" test "$(count)" = 4
fi

# Halves, and keys that are not certain.
new_key zsk public 11 EC:prime256v1
new_key zsk private 12 EC:prime256v1
new_key zsk twin 13 EC:prime256v1
new_key zsk twin 13 EC:prime256v1
new_key zsk same 14 EC:prime256v1
new_key zsk same 15 EC:prime256v1
new_key zsk $'esc\e' 16 EC:prime256v1
new_key zsk p521 17 EC:secp521r1
for half in public:privkey:11 private:pubkey:12; do
	pkcs11-tool --module "$MODULE" --token-label zsk --login --pin 1234 --delete-object \
		--type "$(echo $half | cut -d : -f 2)" --id "${half##*:}" </dev/null >/dev/null 2>&1
done
list
before=$(count)
lines twin >bad
try "match: several keys have that label and id" "a label and id that two keys have"
lines 'public|private|esc%1B' >halves
purge --no-keep --delete --expect 3 <halves
expect 0 "one half alone, and control characters in a label"
check "one half alone: said" test "$(grep -c 'only its \(public\|private\) half is there' out)" = 2
check "one half alone: no more went" test "$(count)" = $((before - 4))
lines same | head -n 1 >one
purge --no-keep --delete --expect 1 <one
expect 0 "one of two keys with one label"
list
check "the other one stays" test "$(lines same | cut -f 3)" = 15
grep -v '^#' keys.list | sed "s/^-${TAB}twin/-${TAB}p521/; s/${TAB}13${TAB}/${TAB}17${TAB}/" | grep p521 | head -n 1 >bad
try "no key of that label and id" "a key of another kind is none that can be named"

# Tokens that resist, and tokens that others work on.
new_key zsk zsk-7 21 EC:prime256v1
new_key zsk zsk-8 22 EC:prime256v1
list
lines 'zsk-[78]' >two
sed "s#module: .*#module: $TESTS/faulty.so#" policy.yaml >faulty.yaml
export FAULTY_MODULE=$MODULE FAULTY_LOG=$T/log
faulty()
{
	rm -f log
	before=$(count)
	FAULTY=$1 run key-purge --policy faulty.yaml --no-keep --delete --expect 2 --pin-fd 3 two 3<<<1234
}
faulty C_OpenSession=CKR_TOKEN_WRITE_PROTECTED:2
refused 2 "cannot be written to: C_OpenSession: CKR_TOKEN_WRITE_PROTECTED" "a write-protected token"
check "a write-protected token: nothing went" test "$(count)" = "$before"
faulty C_DestroyObject=CKR_DEVICE_ERROR:1
refused 2 "key zsk-7: .*its private half cannot be deleted: C_DestroyObject: CKR_DEVICE_ERROR" "a token that deletes nothing"
check "a token that deletes nothing: how many went" grep -q ': 0 of 2 keys were deleted' err
check "a token that deletes nothing: nothing went" test "$(count)" = "$before"
faulty C_DestroyObject=nothing:1+
refused 2 "2 keys were deleted, but 2 are still there" "a token that only says that it deletes"
faulty C_FindObjects=remove:4
refused 2 "CKR_DEVICE_REMOVED" "a token that is pulled out while the person thinks"
check "pulled out: nothing went" test "$(count)" = "$before"
faulty C_DestroyObject=CKR_DEVICE_ERROR:4
refused 2 "key zsk-8: .*its public half cannot be deleted" "a token that fails between two halves"
check "between two halves: how many went" grep -q ': 1 of 2 keys were deleted' err
check "between two halves: what is left is named" grep -q 'a key has changed: zsk-8' err
check "between two halves: what went" test "$(count)" = $((before - 3))
list
lines zsk-8 >two
check "between two halves: the public one is left" grep -q "${TAB}P${TAB}-\$" two
new_key zsk zsk-9 23 EC:prime256v1
list
lines zsk-9 >two
FAULTY=C_DestroyObject=more:1 run key-purge --policy faulty.yaml --no-keep --delete --expect 1 --pin-fd 3 two 3<<<1234
refused 2 "is gone|has changed|cannot be deleted" "a token that deletes more than it was told to"


# A table of names of any length.
long=the-key-of-example.org-for-the-first-quarter-of-2026
new_key zsk $long 41 EC:prime256v1
new_key zsk "$(printf '%0100d' 0)" 42 EC:prime256v1
list
lines "zsk-9|$long|0+" >three
purge --no-keep <three
expect 0 "long names"
check "long names: the columns are in line" test "$(grep -E "^(key|zsk-9|$long) " out | awk '{ print index($0, $1 == "key" ? "why" : "no active") }' | sort -u)" = $((${#long} + 16))
check "long names: one that is longer than the column is whole" grep -q '^0\{100\}  - ' out
pkcs11-tool --module "$MODULE" --token-label zsk --login --pin 1234 --delete-object --type privkey --id 41 </dev/null >/dev/null 2>&1

# Interrupted between two keys, while a half is being deleted.
new_key zsk zsk-a 31 EC:prime256v1
new_key zsk zsk-b 32 EC:prime256v1
list
lines 'zsk-[ab]' >two
before=$(count)
for signal in TERM INT; do
	rm -f log gate
	FAULTY=C_DestroyObject=hold:1 FAULTY_GATE=$T/gate perl -e '$SIG{INT} = "DEFAULT"; alarm 60; exec @ARGV' \
		key-purge --policy faulty.yaml --no-keep --delete --expect "$(wc -l <two)" --pin-fd 3 two 3<<<1234 >out 2>err &
	for ((i = 0; i < 1000; i++)); do
		grep -q '^C_DestroyObject 1 hold' log 2>/dev/null && break
		sleep 0.02
	done
	kill -s $signal $!
	touch gate
	wait $!
	status=$?
	if [ $signal = TERM ]; then
		refused 2 ': 1 of 2 keys were deleted' "SIG$signal between two keys"
		check "SIG$signal: said" grep -q ': interrupted$' err
		check "SIG$signal: the key that was being deleted went whole, the next one stays" test "$(count)" = $((before - 2))
		lines zsk-b >two
	else
		expect 0 "SIG$signal in the last key: it is done"
		check "SIG$signal: both halves went" test "$(count)" = $((before - 4))
	fi
done

# The manual.
rm -rf tokens
mkdir tokens
new_token zsk
new_key zsk zsk-1 01 EC:prime256v1
new_key zsk zsk-2 02 EC:prime256v1
new_key zsk zsk-3 03 EC:prime256v1
new_key zsk ksk-2027 04 EC:prime256v1
echo 1234 >pin
run key-list --policy other.yaml --record dates --pin-fd 3 3<pin
cp out keys.record
sed -i "s/${TAB}zsk${TAB}ECDSAP256SHA256${TAB}256${TAB}[0-9]*${TAB}[0-9]*/${TAB}zsk${TAB}ECDSAP256SHA256${TAB}256${TAB}-${TAB}-/" keys.record
example()
{
	bash -c "$1" 2>&1 | sed -E 's/serial [0-9a-f]+/serial SERIAL/; s/^(zsk-[12] +zsk) +[0-9]+/\1       -/'
}
manual key-purge.1 example
done_testing
