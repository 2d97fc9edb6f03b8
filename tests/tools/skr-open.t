# skr-open: what it opens, with what, and that it takes nothing else for it.
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../manual.sh"
. "$(dirname "$0")/../sealing.sh"
cd "$T" || exit 1
MINT=$TESTS/mint
ulimit -c 0
"$MINT" ceremony --dir . || exit 1
SET=$(sha256sum skr.xml | cut -c -64)
certificates=()
for n in 1 2 3 4 5 6 7 8 9; do
	case $n in 1) kind=rsa ;; 2) kind=p384 ;; *) kind=p256 ;; esac
	party "c$n" $kind
	certificates+=(--certificate "$n=c$n.pem")
done
skr-seal --anchor ksk.ds "${certificates[@]}" --passphrases-per-slot --sheet sheet --output sealed skr.xml || exit 1
phrases sheet phrases
for n in 1 2 3 4 5 6 7 8 9; do
	eval "S$n=$(nth sealed $n)"
	skr-export --format zone --slot $n skr.xml >"slot-$n"
done

# opened N NAME: the last run gave slot N, and not a word on stderr.
opened()
{
	expect 0 "$2"
	check "$2: slot $1" diff <(skr-export --format zone out) "slot-$1"
	check "$2: not a word on stderr" test ! -s err
}

# Each key its slot.
for n in 1 2 3 9; do
	run skr-open --anchor ksk.ds --key c$n.key "$(nth sealed $n)"
	opened $n "the key of slot $n"
done
check "the original ids" diff <(grep -o '<KSR [^>]*>' skr.xml) <(grep -o '<KSR [^>]*>' out)
run skr-open --anchor ksk.ds --key c9.key --output new.xml "$S9"
check "--output: the same bytes" test "$status" -eq 0 -a ! -s out
run skr-open --anchor ksk.ds --key c9.key - <"$S9"
refused 2 '^skr-open: manifest: No such file or directory; give the --manifest' "standard input, no manifest"
run skr-open --anchor ksk.ds --key c9.key --manifest sealed/manifest <"$S9"
check "standard input: the same bytes" cmp out new.xml
run skr-open --anchor ksk.ds --key c9.key --set "$SET" "$S9"
opened 9 "--set"
run skr-open --anchor ksk.ds --key c9.key --any-set "$S9"
opened 9 "--any-set"
run skr-open --anchor ksk.ds --passphrase-file phrases/4 "$S4"
opened 4 "the passphrase of slot 4"
run skr-open --anchor ksk.ds --passphrase-fd 5 "$S4" 5<phrases/4
opened 4 "--passphrase-fd"
(umask 077 && tr 'a-z ' 'A-Z\t' <phrases/4 >typed)
run skr-open --anchor ksk.ds --passphrase-file typed "$S4"
opened 4 "the passphrase in capitals, with tabs"
run skr-open --anchor ksk.ds --key c4.key --zone . --at 2027-02-05 "$S4"
opened 4 "--zone and --at"
run sh -c 'skr-open --anchor ksk.ds --key c4.key "$1" | skr-show' - "$S4"
check "a pipe into skr-show" grep -q '2027-01-31T00:00:00' out

# The folder: the last slot with inception <= T < expiration.
while read -r t n; do
	run skr-open --anchor ksk.ds --key "c$n.key" --at "$t" sealed
	opened "$n" "the folder at $t"
done <<'END'
2027-01-01 1
2027-01-10T23:59:59Z 1
2027-01-31 4
2027-02-09T23:59:59Z 4
2027-04-11T23:59:59Z 9
END
for t in 2026-12-31T23:59:59Z 2027-04-12; do
	run skr-open --anchor ksk.ds --key c4.key --at $t sealed
	broke "" "the folder at $t: nothing"
	check "... said" grep -qE '^skr-open: sealed: no sealed slot for ' err
done
run skr-open --anchor ksk.ds --key c4.key sealed
refused 2 'a folder: say --at which time' "the folder at no time"

# The whole response.
skr-seal --anchor ksk.ds --whole --certificate c1.pem --certificate c2.pem --output whole skr.xml
run skr-open --anchor ksk.ds --key c2.key whole/root-20270101000000-20270412000000-whole.cms
check "the whole response: the same bytes" cmp out skr.xml

# With the wrong key or passphrase nothing comes out.
run skr-open --anchor ksk.ds --key c4.key "$S5"
broke "" "the key of another slot"
check "... said" grep -qE ': this key does not open it$' err
run skr-open --anchor ksk.ds --key c1.key "$S5"
broke "" "a key of another kind"
check "... said" grep -qE ': it is sealed to nobody with such a key$' err
run skr-open --anchor ksk.ds --passphrase-file phrases/4 "$S5"
broke "" "the passphrase of another slot"
check "... said" grep -qE ': this passphrase does not open it$' err
run skr-open --anchor ksk.ds --passphrase-file phrases/4 whole/*.cms
broke "" "a passphrase where there is none"

# Renamed, swapped, of another set, zone or place in the set.
# swapped NAME SAID FILE ARGUMENT...: slot 5's key or another, this file.
swapped()
{
	local name=$1 said=$2
	shift 2
	run skr-open --anchor ksk.ds "$@"
	broke "" "$name"
	check "$name: said" grep -qE -- "$said" err
}
mkdir swap
cp sealed/manifest swap/manifest
cp "$S5" "swap/${S4##*/}"
swapped "slot 5 named 4, by the manifest" 'not the file that the manifest lists' --key c5.key "swap/${S4##*/}"
swapped "slot 5 named 4, no manifest" "renamed: what is inside is called ${S5##*/}" --key c5.key --set "$SET" "swap/${S4##*/}"
swapped "slot 5 at the time of 4" 'renamed' --key c5.key --set "$SET" --at 2027-02-01 swap
swapped "slot 5 for the time of 4" 'it is not for 2027-02-01T00:00:00Z' --key c5.key --set "$SET" --at 2027-02-01 "$S5"
cp "$S5" swap/root.cms
swapped "another name" 'renamed' --key c5.key --set "$SET" swap/root.cms
swapped "another name, by the manifest" 'not in the manifest' --key c5.key swap/root.cms
skr-seal --anchor ksk.ds "${certificates[@]}" --output again skr.xml
swapped "sealed again" 'not the file that the manifest lists' --key c5.key --manifest sealed/manifest "$(nth again 5)"
"$MINT" skr --dir . --ksr ksr.xml --publish ksk-2 >other.xml
skr-seal --anchor ksk.ds "${certificates[@]}" --output other other.xml
check "another response, the same names" test "$(nth other 5)" = "other/${S5##*/}"
swapped "slot 5 of another response" 'it is of another set' --key c5.key --set "$SET" "$(nth other 5)"
swapped "... with its manifest" 'it is of another set' --key c5.key --set "$(sha256sum other.xml | cut -c -64)" "$S5"
"$MINT" ceremony --dir z --zone test
skr-seal --anchor z/ksk.ds "${certificates[@]}" --output z/sealed z/skr.xml
cp "$(nth z/sealed 5)" "swap/${S5##*/}"
swapped "another zone's under this name" 'renamed' --key c5.key --any-set "swap/${S5##*/}"
run skr-open --no-anchor --zone . --any-set --key c5.key - <"$(nth z/sealed 5)"
broke "" "another zone's, --zone"
check "... said" grep -q 'it is of zone test\.' err
run skr-open --anchor ksk.ds --any-set --key c5.key "$(nth z/sealed 5)"
broke SKR-ANCHOR "another zone's KSK"
cp "$(nth z/sealed 5)" sealed
run skr-open --anchor ksk.ds --key c4.key --at 2027-02-12 sealed
refused 2 'slots of several zones: choose with --zone' "two zones in a folder"
run skr-open --anchor ksk.ds --key c5.key --zone . --at 2027-02-12 sealed
opened 5 "two zones in a folder, --zone"
rm sealed/test-*
# A manifest that somebody made for it.
sed "s/^[0-9a-f]\{64\}  \(${S4##*/}\)\$/$(sha256sum "swap/${S4##*/}" | cut -c -64)  \1/" sealed/manifest >swap/manifest
swapped "a manifest to go with it" 'renamed' --key c5.key "swap/${S4##*/}"

# Made by somebody who has the certificate, as anybody may: the content as it is, sealed anew.
stock "$S5" -inkey c5.key >content
openssl cms -encrypt -binary -in content -aes-256-gcm -outform DER -recip c5.pem \
	-keyopt ecdh_kdf_md:sha256 -out forged.cms
stock forged.cms -inkey c5.key >again.content
check "sealed by the stock command: the same inside" cmp content again.content
swapped "sealed by the stock command" 'not those that it was sealed to|form that is written here' \
	--any-set --key c5.key - <forged.cms
"$MINT" skr --dir . --ksr ksr.xml --break SKR-VERIFY/tampered >bad.xml
run skr-seal --anchor ksk.ds --certificate c5.pem --whole --output unsigned bad.xml
broke SKR-VERIFY "what does not verify is not sealed"

# A bit of every region, one at a time; a part; something behind.
size=$(stat -c %s "$S5")
taken=0
tried=0
at=0
while [ "$at" -lt "$size" ]; do
	perl -e 'local $/; $_ = <STDIN>; substr($_, $ARGV[0], 1) ^= chr(1 << $ARGV[0] % 8); print' $at <"$S5" >flipped
	skr-open --anchor ksk.ds --any-set --key c5.key --output never.xml - <flipped >out 2>err
	status=$?
	tried=$((tried + 1))
	if [ $status -ne 1 ] || [ -s out ] || [ -e never.xml ]; then
		taken=$((taken + 1))
		echo "# byte $at: exit $status"
	fi
	at=$((at + (at < 900 ? 7 : 61)))
done
check "a bit flipped in one of $tried places: always refused" test "$taken" -eq 0 -a "$tried" -gt 100
bad=0
for at in 0 1 2 10 100 $((size / 2)) $((size - 16)) $((size - 1)); do
	head -c "$at" "$S5" >part
	skr-open --anchor ksk.ds --any-set --key c5.key - <part >out 2>err
	status=$?
	if [ $status -ne 1 ] || [ -s out ]; then
		bad=$((bad + 1))
	fi
done
check "a part of it: always refused" test $bad -eq 0
(cat "$S5" && echo) >longer
swapped "one byte more" 'something follows the message' --any-set --key c5.key longer
mv flipped "swap/${S5##*/}"
cp sealed/manifest swap/manifest
swapped "flipped, by the manifest" 'its digest is another' --key c5.key "swap/${S5##*/}"
at=40
perl -e 'local $/; $_ = <STDIN>; substr($_, $ARGV[0], 1) ^= chr(1); print' $at <sealed/manifest >bent
run skr-open --anchor ksk.ds --key c5.key --manifest bent "$S5"
check "a bent manifest: refused" test "$status" -eq 1 -a ! -s out
run skr-open --anchor ksk.ds --any-set --key c5.key skr.xml
broke "" "no sealed file"
check "... said" grep -q 'no CMS message of the type AuthEnvelopedData, see skr-sealed(5)' err
run skr-open --anchor ksk.ds --any-set --key c5.key /dev/null
broke "" "empty"
openssl cms -encrypt -binary -in content -aes-256-cbc -outform DER -recip c5.pem -out cbc.cms
run skr-open --anchor ksk.ds --any-set --key c5.key - <cbc.cms
broke "" "CBC in place of GCM"
head -c 3000000 /dev/zero >huge
run skr-open --anchor ksk.ds --any-set --key c5.key huge
broke "" "huge"

# Only what verifies comes out.
run skr-open --anchor z/ksk.ds --key c5.key "$S5"
broke SKR-ANCHOR "another anchor"
run skr-open --no-anchor --key c5.key "$S5"
check "--no-anchor: opened, with a warning" test "$status" -eq 0 -a "$(grep -c 'warning: SKR-ANCHOR' err)" -eq 1

# Keys of a token.
new_token online
# on_token N: the key of slot N.
on_token()
{
	openssl pkcs8 -topk8 -nocrypt -in "c$1.key" -outform DER -out key.der
	pkcs11-tool --module "$MODULE" --token-label online --login --pin 1234 --write-object key.der \
		--type privkey --label "slot-$1" --id "0$1" "${@:2}" </dev/null >/dev/null 2>&1
}
openssl pkcs8 -topk8 -nocrypt -in c1.key -out key.pem
softhsm2-util --import key.pem --token online --label slot-1 --id 01 --pin 1234 >/dev/null
on_token 2 --usage-derive
on_token 3 --usage-derive
on_token 4 --usage-sign
for n in 1 2 3; do
	run skr-open --anchor ksk.ds --module "$MODULE" --key "pkcs11:token=online;object=slot-$n" \
		--pin-fd 3 "$(nth sealed $n)" 3<<<1234
	opened $n "slot $n with the key on a token"
done
run skr-open --anchor ksk.ds --module "$MODULE" --key "pkcs11:id=%03" --pin-fd 3 "$S3" 3<<<1234
opened 3 "a key by its id, the only token"
(umask 077 && echo 1234 >pin)
run skr-open --anchor ksk.ds --module "$MODULE" --key "pkcs11:object=slot-3?pin-source=file:$T/pin" "$S3"
opened 3 "pin-source"
# token STATUS SAID NAME URI FILE: with the right PIN, or that of $PIN.
token()
{
	run skr-open --anchor ksk.ds --module "$MODULE" --key "$4" --pin-fd 3 "$5" 3<<<"${PIN:-1234}"
	refused "$1" "$2" "token: $3"
}
token 1 'this key does not open it' "the key of another slot" "pkcs11:object=slot-3" "$S5"
token 1 'sealed to nobody with such a key' "a key of another kind" "pkcs11:object=slot-3" "$S1"
perl -e 'local $/; $_ = <STDIN>; my $i = index($_, "\x04\x82\x01\x00"); substr($_, $i + 9, 1) ^= chr(1); print' \
	<"$S1" >"flipped"
run skr-open --anchor ksk.ds --any-set --module "$MODULE" --key pkcs11:object=slot-1 --pin-fd 3 - <flipped 3<<<1234
broke "" "token: an encrypted key that was changed"
token 2 'no private key of that name' "no such key" "pkcs11:object=slot-9" "$S3"
token 2 'name the key by object or id' "no name" "pkcs11:token=online" "$S3"
token 2 'may not derive' "a key that may only sign" "pkcs11:object=slot-4" "$S4"
token 2 'no token pkcs11:token=other' "no such token" "pkcs11:token=other;object=slot-3" "$S3"
token 2 'RFC 7512' "a URI that is none" "pkcs11:colour=red;object=slot-3" "$S3"
PIN=9999 token 2 'the PIN is wrong; it was tried once' "a wrong PIN" "pkcs11:object=slot-3" "$S3"
on_token 3 --usage-derive
token 2 'more than one private key of that name' "two of that name" "pkcs11:object=slot-3" "$S3"
if command -v strace >/dev/null && strace -o /dev/null true 2>/dev/null; then
	# files ARGUMENT...: what it opens.
	files()
	{
		LSAN_OPTIONS=detect_leaks=0 strace -f -e trace=openat -o trace skr-open --anchor ksk.ds "$@" >out 2>err
	}
	files --passphrase-file phrases/4 "$S4"
	check "with a passphrase no module is loaded" test "$(grep -c softhsm trace)" -eq 0 -a -s out
	files --key c4.key "$S4"
	check "with a key in a file neither" test "$(grep -c softhsm trace)" -eq 0 -a -s out
	files --module "$MODULE" --key pkcs11:object=slot-2 --pin-fd 3 "$S2" 3<<<1234
	check "with a key on a token it is" test "$(grep -c softhsm trace)" -gt 0 -a -s out
else
	skip "no strace"
fi

# A key file with a passphrase of its own; what else can be wrong with it.
(umask 077 && openssl pkcs8 -topk8 -in c4.key -passout pass:sesame -out locked.key)
run setsid -w skr-open --anchor ksk.ds --key locked.key "$S4" </dev/null
refused 2 'locked.key: its passphrase cannot be asked for' "a locked key, and no terminal"
run setsid -w skr-open --anchor ksk.ds "$S4" </dev/null
refused 2 '^skr-open: no passphrase: ' "a passphrase, and no terminal"
if ! type -P expect >/dev/null; then
	skip "the terminal: no expect"
else
	cat >tty.exp <<-'END'
		set timeout 60
		log_file -noappend tty.log
		spawn -noecho sh -c $::env(COMMAND)
		expect {
			-re "Passphrase of .*: $" { send "$::env(ANSWER)\r"; exp_continue }
			timeout { exit 99 }
			eof
		}
		exit [lindex [wait] 3]
	END
	at_terminal()
	{
		ANSWER=$1 COMMAND=$2 timeout 90 "$(type -P expect)" tty.exp >/dev/null 2>&1
		status=$?
	}
	at_terminal sesame "skr-open --anchor ksk.ds --key locked.key $S4 >out 2>err"
	opened 4 "a locked key, its passphrase typed"
	at_terminal open "skr-open --anchor ksk.ds --key locked.key $S4 >out 2>err"
	refused 2 'no private key in PEM, or another passphrase' "a locked key, another passphrase"
	at_terminal "$(cat phrases/6)" "skr-open --anchor ksk.ds $S6 >out 2>err"
	opened 6 "the passphrase of the slot, typed"
	refute "... it is not shown" grep -q "$(cut -d ' ' -f 1-2 phrases/6)" tty.log
fi
chmod 640 c4.key
run skr-open --anchor ksk.ds --key c4.key "$S4"
refused 2 'c4.key: not a file that its owner alone can read' "a key for others to read"
chmod 600 c4.key
cp phrases/4 loose
chmod 644 loose
run skr-open --anchor ksk.ds --passphrase-file loose "$S4"
refused 2 'loose: no passphrase: not a file that its owner alone can read' "a passphrase for others to read"

# Could not tell.
run skr-open --anchor ksk.ds --key c4.key nowhere
refused 2 '^skr-open: manifest: No such file' "no such file, no manifest"
run skr-open --anchor ksk.ds --any-set --key c4.key nowhere
refused 2 '^skr-open: nowhere: No such file' "no such file"
run skr-open --anchor ksk.ds --key nowhere "$S4"
refused 2 '^skr-open: nowhere: No such file' "no such key"
run skr-open --anchor nowhere --key c4.key "$S4"
refused 2 '^skr-open: nowhere: No such file' "no such anchor"
run skr-open --anchor ksk.ds --key c4.key --output skr.xml "$S4"
refused 2 '^skr-open: skr.xml: File exists' "the output exists"
skr-open --anchor ksk.ds --key c4.key "$S4" >/dev/full 2>err
status=$?
: >out
refused 2 '^skr-open: standard output: No space left' "a full disk"
run skr-open --anchor ksk.ds --any-set --key c4.key - <&-
refused 2 '^skr-open: -: Bad file descriptor' "closed standard input"

usage "no anchor" "give the --anchor" --key c4.key "$S4"
usage "two anchors" "exclude each other" --anchor ksk.ds --no-anchor "$S4"
usage "two keys" "exclude each other" --anchor ksk.ds --key c4.key --passphrase-file pin "$S4"
usage "a URI and no module" "goes with the --module" --anchor ksk.ds --key pkcs11:object=a "$S4"
usage "a module and no URI" "goes with the --module" --anchor ksk.ds --module "$MODULE" "$S4"
usage "a PIN for nothing" "--pin-fd goes with" --anchor ksk.ds --pin-fd 3 "$S4"
usage "a set and any" "exclude each other" --anchor ksk.ds --set "$SET" --any-set "$S4"
usage "half a digest" "--set takes 64 hex digits" --anchor ksk.ds --set "${SET:1}" "$S4"
usage "no time" "--at takes" --anchor ksk.ds --at noon "$S4"
usage "no zone" "--zone takes" --anchor ksk.ds --zone a..b "$S4"
usage "standard input for a passphrase" "--passphrase-fd takes" --anchor ksk.ds --passphrase-fd 0 "$S4"

# The passphrase, while its key is derived, is in locked memory alone, and afterwards nowhere.
(umask 077 && echo "58201947263014857392064718532960" >decoy)
skr-seal --anchor ksk.ds --whole --passphrase-file decoy --output secret skr.xml
if nm -D "$BIN/skr-open" | grep -q __asan; then
	skip "no search of memory under AddressSanitizer"
else
	LD_PRELOAD=$TESTS/hoard.so skr-open --anchor ksk.ds --passphrase-file decoy secret/*.cms >out 2>err &
	pid=$!
	sleep 0.1
	kill -STOP $pid
	"$TESTS/memgrep" $pid <decoy >found 2>err.memgrep
	case $? in
	0)
		check "while it derives: the passphrase is found" test -s found
		refute "... but not outside locked memory" grep -v 'locked undumped' found
		check "... and no core can be dumped" grep -qE '^Max core file size +0 +0 ' /proc/$pid/limits
		refute "... nor is it in the arguments" grep -qa 58201947 /proc/$pid/cmdline /proc/$pid/environ
		;;
	1) fail "while it derives: the passphrase is not found at all" ;;
	*) skip "no memory can be searched here: $(cat err.memgrep)" ;;
	esac
	kill -CONT $pid
	wait $pid
	check "... and it is opened" cmp out skr.xml
fi

manual skr-open.1
done_testing
