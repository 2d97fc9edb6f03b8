# share-split: shares of a secret, sealed or not; the PIN of a token in shares.
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../manual.sh"
cd "$T" || exit 1
umask 022

# joined PREFIX NUMBER...: what these shares make, in $T/secret.
joined()
{
	local prefix=$1 files=()
	shift
	for n in "$@"; do files+=("$prefix-$n.share"); done
	share-join --set "$prefix.shares" "${files[@]}" >secret 2>join.err
}

# A key.
run share-split --needed 3 --shares 5 --output key
expect 0 "3 of 5"
check "nothing on stdout, nothing on stderr" test ! -s out -a ! -s err
check "five shares and a record" test "$(find . -name 'key*.share*' | wc -l)" -eq 6
check "the shares are their owner's alone" \
	test "$(stat -c %a key-?.share | sort -u)" = 600
check "the record is for all" test "$(stat -c %a key.shares)" = 644
check "1, 2 and 3 join" joined key 1 2 3
cp secret first
check "it has 64 hex digits" grep -qxE '[0-9a-f]{64}' secret
for pick in "5 4 3" "1 3 5" "2 4 5" "4 1 2 5 3"; do
	# shellcheck disable=SC2086
	joined key $pick
	check "$pick join, too" cmp first secret
done
refute "2 and 4 do not" joined key 2 4
refute "the key is in no file" grep -qr "$(cat first)" key-?.share key.shares
run share-split --needed 2 --shares 2 --output other
expect 0 "another key"
joined other 1 2
refute "is another" cmp -s first secret

# Every m and n.
for n in 2 3 16; do
	for m in 2 $n; do
		run share-split --needed "$m" --shares "$n" --output "all-$m-$n"
		# shellcheck disable=SC2046,SC2086
		check "$m of $n" joined "all-$m-$n" $(seq $((n - m + 1)) "$n")
	done
done

# Holders and folders.
mkdir a b
run share-split --needed 2 --holder "Anna Admin" --holder $'B\303\266rge 100%' --to a --to b --output sub/named
refused 2 'sub/named.shares: No such file' "no folder for the record"
check "no share is left" test -z "$(find a b -type f)"
run share-split --needed 2 --holder "Anna Admin" --holder $'B\303\266rge 100%' --to a --to b --output named
expect 0 "holders and folders"
check "the shares are in their folders" test -f a/named-1.share -a -f b/named-2.share
check "a name with a blank" grep -qx 'holder Anna%20Admin' a/named-1.share
check "a name with more" grep -qx 'holder B%C3%B6rge%20100%25' b/named-2.share
check "the record names them" grep -q '^share 2 [0-9a-f]* B%C3%B6rge%20100%25$' named.shares
run share-join --set named.shares a/named-1.share b/named-2.share
expect 0 "they join"
check "the log says who" grep -qx 'share-join: share 1 of 2, 2 needed (Anna Admin): taken' err
check "in printable characters" grep -q 'B??rge 100%' err

# A secret that is there already.
printf '%s\n' 00112233445566778899aabbccddeeffFFEEDDCCBBAA99887766554433221100 >given
run share-split --needed 2 --shares 2 --output given-s --secret-fd 3 3<given
expect 0 "--secret-fd"
joined given-s 1 2
check "it is the one" test "$(cat secret)" = "$(tr A-F a-f <given)"
run share-split --pin --needed 2 --shares 2 --output given-p --secret-fd 3 3< <(echo 'Pin 1!')
joined given-p 1 2
check "a PIN" test "$(cat secret)" = 'Pin 1!'
for bad in '' 0011 "$(cat given)0" "$(tr 0 g <given)"; do
	run share-split --needed 2 --shares 2 --output bad --secret-fd 3 3< <(echo "$bad")
	refused 2 'no secret on the descriptor: 64 hex digits' "a secret of ${#bad} characters"
done
run share-split --pin --needed 2 --shares 2 --output bad --secret-fd 3 3< <(printf '%065d\n' 0)
refused 2 'a PIN of 1 to 64 characters' "a PIN of 65"

# A PIN.
run share-split --pin --needed 2 --shares 3 --output pin
expect 0 "a PIN"
check "it joins" joined pin 1 3
check "16 digits" grep -qxE '[0-9]{16}' secret
run share-split --pin --length 64 --needed 2 --shares 2 --output long
joined long 1 2
check "64 digits, all ten of them likely" test "$(grep -oE '[0-9]' secret | sort -u | wc -l)" -ge 8
check "... and so many" grep -qxE '[0-9]{64}' secret

# Sealed.
printf 'first passphrase\nsecond passphrase\n' >pass
run share-split --needed 2 --shares 2 --output sealed --passphrase-fd 3 3<pass
expect 0 "sealed"
refute "no words to be seen" grep -q words sealed-1.share
check "the stock tool opens it" sh -c "openssl cms -decrypt -inform PEM -in sealed-2.share \
	-pwri_password 'second passphrase' -binary | grep -qx 'share 2 of 2, 2 needed'"
run share-join --set sealed.shares --passphrase-fd 3 sealed-1.share sealed-2.share 3<pass
expect 0 "they join"
run share-join --set sealed.shares --passphrase-fd 3 sealed-1.share sealed-2.share \
	3< <(printf 'first passphrase\nfirst passphrase\n')
refused 1 'sealed-2.share: this passphrase does not open it' "the wrong passphrase"
run share-split --needed 2 --shares 2 --output sheet --sheets --passphrase-fd 3 3<pass
expect 0 "--sheets"
run share-join --set sheet.shares sheet-1.sheet sheet-2.sheet
expect 0 "the sheets join"
check "sheets are their owner's alone" test "$(stat -c %a sheet-?.sheet | sort -u)" = 600
run share-split --needed 2 --shares 2 --output few --passphrase-fd 3 3< <(echo 'first passphrase')
refused 2 'no passphrase for share 2 of 2' "a passphrase is missing"
run share-split --needed 2 --shares 2 --output few --passphrase-fd 3 3< <(printf 'first passphrase\nshort\n')
refused 2 'passphrase for share 2 of 2, 2 needed is shorter than 8' "a short passphrase"
check "nothing was written" test -z "$(ls few* 2>/dev/null)"

# Nothing is overwritten, nothing is left half.
: >taken-2.share
run share-split --needed 2 --shares 3 --output taken
refused 2 'taken-2.share: exists; nothing is overwritten' "a share exists"
check "no other was written" test "$(echo taken*)" = taken-2.share
: >record.shares
run share-split --needed 2 --shares 3 --output record
refused 2 'record.shares: exists' "the record exists"
check "no share was written" test "$(echo record*)" = record.shares

# full COMMAND...: as strace sees to it, the third file does not fit on the disk.
if command -v strace >/dev/null && strace -o trace true 2>/dev/null; then
	LSAN_OPTIONS=detect_leaks=0 run strace -f -o trace -e trace=fsync -e inject=fsync:error=ENOSPC:when=5 \
		share-split --needed 2 --shares 3 --output full
	refused 2 'full-3.share: No space left' "a full disk"
	check "no share is left" test -z "$(ls full* 2>/dev/null)"
else
	skip "a full disk: nothing can be traced here"
fi

# Usage.
usage()
{
	local why=$1
	shift
	run share-split --output x "$@"
	refused 2 "$why.*usage" "$*"
}
usage 'give --needed' --shares 3
usage 'give --needed' --needed 2
usage 'more shares are needed' --needed 4 --shares 3
usage '--needed takes a number' --needed 1 --shares 3
usage '--shares takes a number' --needed 2 --shares 17
usage 'give a --holder for each' --needed 2 --shares 3 --holder a
usage 'give a folder --to for each' --needed 2 --shares 3 --to a
usage '--sheets is for sealed' --needed 2 --shares 3 --sheets
usage '--length is for a PIN' --needed 2 --shares 3 --length 8
usage '--length takes' --pin --needed 2 --shares 3 --length 5
usage '--secret-fd takes' --needed 2 --shares 3 --secret-fd 0
usage '--passphrase-fd takes' --needed 2 --shares 3 --passphrase-fd x
usage '--pin-fd is for the old PIN' --needed 2 --shares 3 --pin --pin-fd 3
usage '--holder needs NAME, and what is given is empty' --needed 2 --holder ''
run share-split --needed 2 --shares 3 --output -
refused 2 '--output takes a name' "a prefix that is no name"
usage '' --needed 2 --shares 2 operand
run share-split --needed 2 --shares 3
refused 2 'output' "no --output"

# At the terminal: passphrases, twice.
expect_program=$(type -P expect)
if [ -z "$expect_program" ]; then
	skip "the questions: no expect"
else
	cat >person.exp <<-'END'
		set timeout 20
		log_user 0
		log_file -a -noappend screen
		spawn -noecho sh -c "share-split --needed 2 --holder Anna --holder Bert --passphrases --output tty 2>err; echo \$? >status"
		expect {
			"New passphrase for share 1 of 2, 2 needed (Anna): " { send "one passphrase\r"; exp_continue }
			"New passphrase for share 2 of 2, 2 needed (Bert): " { send "two passphrases\r"; exp_continue }
			"The same again: " { send "$env(AGAIN)\r"; exp_continue }
			timeout { exit 99 }
			eof
		}
	END
	AGAIN="one passphrase" "$expect_program" person.exp
	: >out
	status=$(cat status)
	refused 2 'no passphrase for share 2 of 2, 2 needed \(Bert\): the two were not the same' "two passphrases that differ"
	sed -i 's/two passphrases/one passphrase/' person.exp
	AGAIN="one passphrase" "$expect_program" person.exp
	check "the same twice" test "$(cat status)" = 0
	refute "they are not shown" grep -q 'one passphrase' screen
	run share-join --set tty.shares --passphrase-fd 3 tty-1.share tty-2.share 3< <(printf 'one passphrase\none passphrase\n')
	expect 0 "they open the shares"
fi

# The PIN of a token.
new_token main
run share-split --needed 2 --shares 2 --module "$MODULE" --token main --output random
expect 0 "random bytes of a token"
check "they join" joined random 1 2
run share-split --pin --needed 2 --shares 3 --module "$MODULE" --token main --pin-fd 3 --output token 3< <(echo 4321)
refused 2 'token main serial .*: the PIN was not changed .*the old one is wrong; it was tried once' "a wrong PIN"
check "no share is left" test -z "$(ls token-* token.* 2>/dev/null)"
run share-split --pin --length 6 --needed 2 --shares 3 --module "$MODULE" --token main --pin-fd 3 --output token 3< <(echo 1234)
expect 0 "the PIN is in shares"
login()
{
	pkcs11-tool --module "$MODULE" --token-label main --login --pin "$1" --list-objects </dev/null
}
refute "the old one is gone" login 1234
joined token 3 1
check "the shares open the token" login "$(cat secret)"
run share-split --pin --needed 2 --shares 3 --module "$MODULE" --token main --pin-fd 3 --output again 3<secret
expect 0 "and set the next one"
joined again 1 2
check "which opens the token" login "$(cat secret)"
run share-split --pin --needed 2 --shares 3 --module "$MODULE" --token nobody --pin-fd 3 --output no 3<secret
refused 2 'no token nobody' "no such token"
run share-split --pin --needed 2 --shares 3 --module /nowhere.so --token main --pin-fd 3 --output no 3<secret
refused 2 'nowhere.so' "no module"
cat >policy.yaml <<END
hsm:
  soft:
    module: $MODULE
    pin: 1234
END
chmod 600 policy.yaml
run share-split --pin --needed 2 --shares 3 --policy policy.yaml --token main --output no
refused 2 'its PIN stands in a file' "a PIN in the policy"
check "no share is left" test -z "$(ls no* 2>/dev/null)"
sed -i '/pin:/d' policy.yaml
run share-split --pin --needed 2 --shares 3 --policy policy.yaml --token main --pin-fd 3 --output by-policy 3<secret
expect 0 "a token of the policy"

manual share-split.1

done_testing
