# backup-check: a sound backup and its copies; whatever is not as it was made is refused.
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../manual.sh"
. "$HERE/tests/backup.sh"
cd "$T" || exit 1
echo 1234 >pin
new_token one
extractable one ksk 01 rsa:2048
extractable one zsk 02 EC:prime256v1
{ line ksk 01; line zsk 02; } >keys
back_up backup one <keys
expect 0 "a backup"
rm backup/*.share
NAME=$(cd backup && echo key-backup-????-??-??.tar.gz)
TOP=${NAME%.tar.gz}
cp -r backup copy
unset MODULE SOFTHSM2_CONF

run backup-check backup
expect 0 "it is sound"
check "the digest, in three forms" diff <(head -n 7 out | cut -d ' ' -f 1) <(cd backup && doc-hash "$NAME" | cut -d ' ' -f 1)
check "the keys" grep -qP '^-\tksk\t01\t' out
check "the shares" grep -q '^share 3 [0-9a-f]\{64\} Carl$' out
run backup-check "backup/$NAME" copy
expect 0 "a file and a folder, the same"
run backup-check --digest "$(sha256sum "backup/$NAME" | cut -c -64)" backup
expect 0 "the digest as hex"
run backup-check --digest "$(doc-hash "backup/$NAME" | tail -n 4 | xargs)" backup
expect 0 "the digest as words"
run backup-check --digest "$(sha256sum "pin" | cut -c -64)" backup
refused 1 "backup/$NAME: byte 1: heard" "another digest"

# fresh: the backup in box, to be spoilt.
fresh()
{
	rm -rf box
	cp -r backup box
}
# sum: the digest of what is in box now.
sum()
{
	(cd box && sha256sum "$NAME" >"$NAME.sha256sum")
}
# pack OPTION...: the files of tree as an archive in box, as we write them but for the options.
pack()
{
	fresh
	find tree -type f -exec chmod 600 {} +
	find tree -exec touch -h -d "$MADE" {} +
	(cd tree && find . -mindepth 1 ! -type d | sed 's|^\./||' | LC_ALL=C sort |
		bsdtar -c --format ustar -P -n --uid 0 --gid 0 --uname root --gname root -b 1 "$@" -T - ) |
		gzip -n -9 >"box/$NAME"
	sum
}
MADE=$(backup-check backup | sed -n 's/^made \([^,]*\),.*/\1/p')
# unpacked: the files of the backup in the folder tree.
unpacked()
{
	rm -rf tree
	mkdir tree
	tar xzf "backup/$NAME" -C tree
}

unpacked
pack
run backup-check box
expect 0 "bsdtar and gzip make an archive that is ours"

spoilt()
{
	run backup-check box
	refused 1 "$1" "$2"
}
fresh
rm "box/$NAME.sha256sum"
spoilt "^backup-check: box/$NAME.sha256sum: is missing" "no sum"
fresh
sed -i 's/^./x/' "box/$NAME.sha256sum"
spoilt "$NAME.sha256sum: has not the digest of $NAME, which is [0-9a-f]{64}" "another sum"
fresh
rm "box/$NAME"
spoilt '^backup-check: box: no key-backup-\*.tar.gz is in it' "no archive"
fresh
cp "box/$NAME" box/key-backup-2001-01-01.tar.gz
spoilt 'box: 2 backups are in it' "two archives"
fresh
mv "box/$NAME" box/key-backup-2001-01-01.tar.gz
(cd box && sha256sum key-backup-2001-01-01.tar.gz >key-backup-2001-01-01.tar.gz.sha256sum)
spoilt "its name should be $NAME" "another name"
fresh
: >"box/$NAME"
spoilt 'empty' "an empty archive"
fresh
truncate -s -1 "box/$NAME"
sum
spoilt ': truncated' "a truncated archive"
fresh
echo >>"box/$NAME"
sum
spoilt '1 bytes stand behind its end' "a byte behind its end"
fresh
head -c 3000 /dev/urandom >"box/$NAME"
sum
spoilt 'its gzip header is another' "no gzip"
fresh
head -c 100000000 /dev/zero | gzip -n -9 >"box/$NAME"
sum
spoilt 'it unpacks to more than 67108864 bytes' "a bomb"
run "$TESTS/bounded" cost backup-check box
read -r ms kib <cost
check "... costs little: $ms ms, $kib KiB" test "$ms" -lt 10000 -a \( "$kib" -lt 300000 -o "${BIN#*/san/}" != "$BIN" \)

unpacked
ln -s /etc/passwd "tree/$TOP/files"
pack
spoilt "$TOP/files is a link, no plain file" "a symbolic link"
unpacked
ln "tree/$TOP/keylist" "tree/$TOP/keys/0003"
pack
spoilt "is a link, no plain file" "a hard link"
unpacked
mkfifo "tree/$TOP/keys/0003"
pack
spoilt "$TOP/keys/0003 is a device or a pipe" "a pipe"
if mknod "tree/$TOP/null" c 1 3 2>/dev/null; then
	rm "tree/$TOP/keys/0003"
	pack
	spoilt "$TOP/null is a device or a pipe" "a device"
else
	skip "a device: none can be made here"
fi
unpacked
pack -s "|^$TOP/keylist|$T/x|"
spoilt "/x: no such path belongs in a backup" "an absolute path"
pack -s "|^$TOP/keylist|$TOP/../x|"
spoilt "$TOP/\.\./x: no such path belongs in a backup" "a path with .."
pack -s "|/keys/0002|/keys/0001|"
spoilt "$TOP/keys/0001 is there twice" "a file twice"
echo more >"tree/$TOP/more"
pack
spoilt '3 files in the manifest, 4 in the archive' "an unknown file"
unpacked
rm "tree/$TOP/keys/0002"
pack
spoilt 'keys/0002 is in the manifest, and not there' "a file is missing"
unpacked
echo >>"tree/$TOP/keylist"
pack
spoilt 'keylist has another digest than the manifest says' "a file was changed"
unpacked
sed -i 's/^wrap .*/wrap none/' "tree/$TOP/manifest"
pack
spoilt 'the head of its manifest is not sound' "the manifest was changed"
unpacked
sed -i '$d' "tree/$TOP/manifest"
pack
spoilt 'the manifest does not end with its hmac line' "the hmac is missing"
unpacked
was=$MADE
MADE=2001-01-01
pack
spoilt 'its files have another time than it' "another time"
MADE=$was
pack --uname joe
spoilt 'not as it was written: byte [0-9]+ of its tar' "another owner"
pack --format pax
spoilt 'out of order|not as it was written' "another form of tar"

# Copies that differ.
fresh
printf X | dd of="box/$NAME" bs=1 seek=100 conv=notrunc 2>/dev/null
run backup-check backup copy box
refused 1 "box/$NAME: differs from backup/$NAME at byte 101" "a copy that differs"
check "... which its sum tells, too" grep -q "box/$NAME.sha256sum: has not the digest" err
run backup-check box backup
refused 1 'gzip|not as it was|header' "a bad one first"
mkdir other
cp "backup/$NAME" other/key-backup-2001-01-01.tar.gz
(cd other && sha256sum key-backup-2001-01-01.tar.gz >key-backup-2001-01-01.tar.gz.sha256sum)
run backup-check backup other
refused 1 "another backup than backup/$NAME" "another backup"

# Could not tell.
run backup-check nowhere
refused 2 '^backup-check: nowhere: No such file' "no such folder"
run backup-check backup nowhere
refused 2 '^backup-check: nowhere: No such file' "no second folder"
run backup-check /dev/null
refused 2 'neither a file nor a folder' "a device as an archive"
run backup-check
refused 2 usage "no operand"
run backup-check --max-bytes 100 backup
refused 1 'more than 100 bytes' "--max-bytes"
run backup-check --max-bytes x backup
refused 2 usage "--max-bytes x"
backup-check backup >/dev/full 2>err
status=$?
: >out
refused 2 'standard output: No space left' "a full disk"
backup-check backup >&- 2>err
status=$?
refused 2 'standard output: Bad file' "standard output is closed"

rm -rf damaged
mv box damaged
[ -e "damaged/$NAME" ] || fail "nothing is damaged"
manual backup-check.1

done_testing
