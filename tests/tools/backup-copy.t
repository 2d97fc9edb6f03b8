# backup-copy: verified copies with their receipts; the wrong medium, a full one, one that lies.
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../manual.sh"
. "$HERE/tests/backup.sh"
cd "$T" || exit 1
echo 1234 >pin
new_token one
extractable one ksk 01 EC:prime256v1
line ksk 01 >keys
back_up backup one <keys
expect 0 "a backup"
rm backup/*.share
NAME=$(cd backup && echo key-backup-????-??-??.tar.gz)
DIGEST=$(sha256sum "backup/$NAME" | cut -c -64)
unset MODULE SOFTHSM2_CONF

mkdir a b c
run backup-copy backup a b
expect 0 "two copies"
check "a receipt for each" test "$(wc -l <out)" -eq 2
check "with five fields" test "$(awk -F '\t' 'NF == 5' out | wc -l)" -eq 2
check "the digest, the name and the time" \
	grep -qP "^[^\t]+\t[^\t]+\t$DIGEST\t$NAME\t20[0-9]{2}-[0-9]{2}-[0-9]{2}T[0-9:]{8}Z$" out
check "sha256sum -c on each" sh -c 'for d in a b; do (cd $d && sha256sum --quiet -c ./*.sha256sum) || exit 1; done'
check "they are all the same" backup-check backup a b
check "the archive is its owner's alone" test "$(stat -c %a "a/$NAME")" = 600
SERIAL=$(cut -f 2 out | head -n 1)
run backup-copy --digest "$DIGEST" --expect-serial "$SERIAL" a c
expect 0 "a copy of a copy, on the medium that is meant"

# Nothing is overwritten, and all or none.
mkdir d e
cp "backup/$NAME" e
run backup-copy backup d e
refused 2 "^backup-copy: e: e/$NAME exists; nothing is overwritten" "a copy is there already"
check "the other folder is empty" test -z "$(ls -A d)"
rm e/*
: >"e/$NAME.sha256sum"
run backup-copy backup d e
refused 2 "e/$NAME.sha256sum exists; nothing is overwritten" "the sum is there already"
rm e/*
run backup-copy --expect-serial no-such --expect-serial "$SERIAL" backup d e
refused 1 "^backup-copy: d: the wrong medium: its serial number is .*, not no-such" "the wrong medium"
run backup-copy --expect-serial "$SERIAL" backup d e
refused 2 'give --expect-serial for each folder, or none.*usage' "--expect-serial for one of two"
run backup-copy --digest "$(sha256sum pin | cut -c -64)" backup d
refused 1 'byte 1: heard' "another digest"
cp -r backup bad
printf X | dd of="bad/$NAME" bs=1 seek=90 conv=notrunc 2>/dev/null
run backup-copy bad d
refused 1 'has not the digest' "an archive that is not sound"
run backup-copy nowhere d
refused 2 'nowhere: No such file' "no archive"
run backup-copy backup nowhere
refused 2 '^backup-copy: nowhere: No such file' "no folder"
run backup-copy backup pin
refused 2 '^backup-copy: pin: Not a directory' "a file as a folder"
run backup-copy backup
refused 2 usage "no folder named"
run backup-copy --max-bytes 0 backup d
refused 2 usage "--max-bytes 0"
check "nothing was written" test -z "$(find d e -type f)"
backup-copy backup d >/dev/full 2>err
status=$?
: >out
refused 2 'standard output: No space left on device \(the copies are there\)' "a full disk for the receipt"
rm -f d/*

# Media that fail: full, gone, or not giving back what was written.
if command -v strace >/dev/null && strace -o trace true 2>/dev/null; then
	# inject NAME CALL: the third of these calls fails, on the second medium.
	inject()
	{
		LSAN_OPTIONS=detect_leaks=0 run strace -f -o trace -e trace="${2%%:*}" -e "inject=$2" backup-copy backup d e
		refused 2 "$3" "$1"
		check "$1: no copy is left" test -z "$(find d e -type f)"
	}
	inject "a full medium" fsync:error=ENOSPC:when=7 'e/.*No space left'
	inject "a medium that is gone" fsync:error=EIO:when=9 'e/.*Input/output error'
	inject "a cache that stays" fadvise64:error=EIO:when=2 'd/.*it cannot be read back'
	check "the cache is dropped for each file" sh -c "LSAN_OPTIONS=detect_leaks=0 strace -f -o trace -e trace=fadvise64 backup-copy backup d e >/dev/null &&
		test \$(grep -c POSIX_FADV_DONTNEED trace) -eq 4"
	rm -f d/* e/*
else
	skip "media that fail: nothing can be traced here"
fi
if command -v mount >/dev/null && mkdir tiny && mount -t tmpfs -o size=4k none tiny 2>/dev/null; then
	head -c 4096 /dev/zero >tiny/fill
	run backup-copy backup d tiny
	refused 2 'tiny/.*No space left' "a medium without room"
	check "no copy is left anywhere" test -z "$(ls -A d)"
	rm tiny/fill
	mount -o remount,ro tiny
	run backup-copy backup d tiny
	refused 2 'tiny/.*Read-only file system' "a medium that is read-only"
	umount tiny
else
	skip "a medium without room: nothing can be mounted here"
fi

mkdir medium-1 medium-2 medium-3
manual backup-copy.1

done_testing
