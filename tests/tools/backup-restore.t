# backup-restore: keys as they were, proven; and nothing touched where anything is wrong.
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../manual.sh"
. "$HERE/tests/backup.sh"
cd "$T" || exit 1
echo 1234 >pin
new_token one
new_token two
new_token three
export MODULE
extractable one ksk 01 rsa:2048
extractable one zsk 02 EC:prime256v1
extractable one p384 03 EC:secp384r1
extractable one ed 04 EC:edwards25519
{ line ksk 01; line zsk 02; } >keys
back_up backup one <keys
expect 0 "a backup"
rm -rf full && mkdir full
{ cat keys; line p384 03; line ed 04; } >all
back_up full one --public-only ed <all
expect 0 "another, with a public half alone"
DIGEST=$(cut -c -64 backup/*.sha256sum)
NAME=$(cd backup && echo key-backup-????-??-??.tar.gz)

# untouched NAME: the token two is empty.
untouched()
{
	objects two
	check "$1: nothing is on the token" test ! -s objects.two
}

restore backup two --dry-run
expect 0 "--dry-run"
check "it says so" grep -q '^backup-restore: 2 keys unwrapped and proven, and nothing left on token two' err
untouched "--dry-run"

# Whatever is wrong is said before the token is touched.
wrong()
{
	local status=$1 what=$2 name=$3
	shift 3
	run backup-restore --module "$MODULE" --token two --pin-fd 3 "$@" 3<pin
	refused "$status" "$what" "$name"
}
S=(--share backup/*-1.share --share backup/*-3.share)
wrong 1 "$NAME: byte 1: heard" "another digest" --digest "$(sha256sum pin | cut -c -64)" "${S[@]}" backup
wrong 1 '1 share: 2 are needed' "m - 1 shares" --digest "$DIGEST" --share backup/*-1.share backup
wrong 1 'share 1 belongs to another set' "a share of another set" --digest "$DIGEST" --share full/*-1.share --share backup/*-3.share backup
wrong 1 'share 1 is there already' "a share twice" --digest "$DIGEST" --share backup/*-1.share --share backup/*-1.share backup
wrong 1 '--only nobody: no key of the backup' "a key that is not in it" --digest "$DIGEST" "${S[@]}" --only nobody backup
wrong 1 'no key with a private half' "a public half alone" --digest "$(cut -c -64 full/*.sha256sum)" "${S[@]}" --only ed full
run backup-restore --module "$MODULE" --token two --pin-fd 3 --digest "$DIGEST" "${S[@]}" backup 3< <(echo 4321)
refused 2 'the PIN is wrong; it was tried once' "a wrong PIN"
run setsid backup-restore --module "$MODULE" --token two --pin-fd 3 "${S[@]}" backup 3<pin
refused 2 'the digest cannot be asked for' "no digest and no terminal"
wrong 2 'no token nobody' "no such token" --digest "$DIGEST" "${S[@]}" --token nobody backup
wrong 2 nowhere "no archive" --digest "$DIGEST" nowhere
wrong 2 usage "no operand" --digest "$DIGEST"
wrong 2 usage "two archives" --digest "$DIGEST" backup full
untouched "what is wrong"

# A manifest that somebody made anew: sound, with its digest and sum, but not made with the key.
rm -rf tree forged
mkdir tree forged
tar xzf "backup/$NAME" -C tree
TOP=${NAME%.tar.gz}
sed -i 's/extractable verify/extractable,dated verify/; s/^hmac ./hmac 0/' "tree/$TOP/manifest"
find tree -type f -exec chmod 600 {} +
find tree -exec touch -h -d "$(backup-check backup | sed -n 's/^made \([^,]*\),.*/\1/p')" {} +
(cd tree && find . -mindepth 1 ! -type d | sed 's|^\./||' | LC_ALL=C sort |
	bsdtar -c --format ustar -P -n --uid 0 --gid 0 --uname root --gname root -b 1 -T - ) | gzip -n -9 >"forged/$NAME"
(cd forged && sha256sum "$NAME" >"$NAME.sha256sum")
check "a forged manifest is sound for who has no key" backup-check forged
wrong 1 'the manifest was not made with this key' "a forged manifest" \
	--digest "$(cut -c -64 forged/*.sha256sum)" "${S[@]}" forged
untouched "a forged manifest"

# One key, then all.
restore backup two --only zsk
expect 0 "--only"
objects two
check "one pair is there" test "$(grep -c '^  label: *zsk' objects.two)" -eq 2 -a "$(grep -c '^  label' objects.two)" -eq 2
restore backup two
expect 0 "the rest"
check "what is there is not touched, and said so" grep -q 'warning: key zsk: it is on token two serial .* already: not touched' err
check "the line is of the new token" sh -c "head -n 1 out | grep -q '^# token two serial' && grep -qP '^-\tksk\t01\t' out"
objects one
objects two
# "local" and the like tell where a key was made, which is no longer here.
shared()
{
	sed 's/, always sensitive//; s/, local//; s/Access: *local/Access:     none/' "$1" | sort -u
}
check "label, id, use and public key are as they were" \
	test -z "$(comm -13 <(shared objects.one) <(shared objects.two))"
restore full three
expect 0 "a backup with a public half alone"
check "... which is said" grep -q 'warning: key ed: the backup has its public half only: not restored' err
restore full three
expect 0 "again"
check "nothing is left to do" grep -q '^backup-restore: 0 keys restored' err

# It signs as before.
head -c 32 /dev/urandom >message
for t in one two; do
	pkcs11-tool --module "$MODULE" --token-label $t --login --pin 1234 --sign --mechanism RSA-PKCS --id 01 \
		--input-file message --output-file sig.$t </dev/null >/dev/null 2>&1
done
check "the same RSA signature on both tokens" cmp sig.one sig.two

# Another key of that name is in the way.
new_token four
extractable four ksk 01 rsa:2048
objects four
cp objects.four before
restore backup four
refused 1 'key ksk: another key of this label and id is on token four serial .*; nothing was touched' "a key in the way"
objects four
check "it is as it was, and nothing beside it" cmp before objects.four

# Half a key, as a kill may leave it: completed.
new_token five
restore backup five
half()
{
	pkcs11-tool --module "$MODULE" --token-label five --login --pin 1234 --delete-object --type "$1" --id "$2" </dev/null >/dev/null 2>&1
}
half pubkey 01
half privkey 02
restore backup five
expect 0 "two halves"
refute "... are no other keys" grep -q 'already' err
check "... and both are complete" grep -q '^backup-restore: 2 keys restored and proven' err
objects five
check "each key is there once" test "$(grep -c '^  label' objects.five)" -eq 4

restore backup five --dry-run
expect 0 "--dry-run beside the keys"

# Tokens that fail: full, not to be written to, gone, another one than they say.  One with a kind of wrapping of its
# own, or without C_CopyObject.
real=$MODULE
MODULE=$TESTS/faulty.so
export FAULTY_MODULE=$real
new_empty()
{
	MODULE=$real
	softhsm2-util --delete-token --token empty </dev/null >/dev/null 2>&1
	new_token empty
	MODULE=$TESTS/faulty.so
}
# fails FAULTS PATTERN NAME: and nothing is left on the token.
fails()
{
	new_empty
	export FAULTY=$1
	restore backup empty
	unset FAULTY
	refused 2 "$2" "$3"
	objects empty
}
none_left()
{
	check "$1: nothing is left" test ! -s objects.empty
}
if [ ! -e "$TESTS/faulty.so" ]; then
	fail "no faulty.so"
else
	new_empty
	restore backup empty
	expect 0 "through faulty.so without a fault"
	for n in 1 2 3 4; do
		fails C_CopyObject=CKR_DEVICE_MEMORY:$n 'the token is full' "a full token, object $n"
		none_left "a full token, object $n"
	done
	fails C_CopyObject=CKR_TOKEN_WRITE_PROTECTED:3 'cannot be written to' "a read-only token"
	none_left "a read-only token"
	fails C_UnwrapKey=CKR_DEVICE_ERROR:3 'C_UnwrapKey: CKR_DEVICE_ERROR' "a token that fails"
	none_left "a token that fails"
	fails C_Sign=flip:2 'its signature does not verify with the public key of the backup' "a signature that is wrong"
	none_left "a signature that is wrong"
	fails C_Sign=other-message 'does not verify' "a signature of something else"
	none_left "a signature of something else"
	fails C_WrapKey=flip 'its key wrapping is not that of RFC 5649' "another key wrapping"
	none_left "another key wrapping"
	for n in 2 4; do
		fails C_CopyObject=remove:$n 'cannot be taken back from token empty .*: run again, which completes it' "a token that is pulled out"
		restore backup empty
		expect 0 "... and put in again"
		objects empty
		check "... has each key once" test "$(grep -c '^  label' objects.empty)" -eq 4
	done
	new_empty
	FAULTY=C_CopyObject=CKR_FUNCTION_NOT_SUPPORTED restore backup empty
	expect 0 "a token that copies no objects"
	objects empty
	check "... has each key once" test "$(grep -c '^  label' objects.empty)" -eq 4
	mkdir box
	for fault in C_WrapKey=CKR_DEVICE_ERROR:2 C_WrapKey=remove:3 C_WrapKey=flip C_CreateObject=CKR_DEVICE_MEMORY \
		C_OpenSession=CKR_TOKEN_WRITE_PROTECTED:2+; do
		FAULTY=$fault back_up box one <keys
		check "backup-create, $fault: $status" test "$status" -eq 2 -a ! -s out -a -s err
		check "... nothing was made" test -z "$(ls -A box)"
	done
	rmdir box
fi
MODULE=$real

# At the terminal: the digest, the shares, the PIN.
expect_program=$(type -P expect)
new_token six
if [ -z "$expect_program" ]; then
	skip "the questions: no expect"
else
	cat >person.exp <<-END
		set timeout 30
		log_user 0
		log_file -a -noappend screen
		spawn -noecho sh -c "backup-restore --module \$env(MODULE) --token six backup >out 2>err; echo \\\$? >status"
		expect "as it stands on paper (words or hex): " { send "$(doc-hash "backup/$NAME" | tail -n 4 | xargs)\r" }
		expect "Share 1 of the 2 needed: " { send "$(echo backup/*-2.share)\r" }
		expect "Share 2 of the 2 needed: " { send "$(echo backup/*-3.share)\r" }
		expect "User PIN of token six: " { send "1234\r" }
		expect { timeout { exit 99 } eof }
	END
	"$expect_program" person.exp
	check "with a person" test "$(cat status)" = 0
	check "the log says who was there" grep -q 'share 2 of 3, 2 needed (Bert): taken' err
	refute "... and not what" grep -q 1234 screen err out
fi

rm -rf backup
new_token seven
{ line ksk 01; line zsk 02; } >keys
back_up backup one <keys
softhsm2-util --delete-token --token two >/dev/null 2>&1
new_token two
manual backup-restore.1

done_testing
