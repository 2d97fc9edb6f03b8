# Backups that have been restored: a registry's, with copies, holders and a PIN in shares; that of the
# smart-card workshop, one card's key on two others; killed at every step; on modules that cannot.
# shellcheck disable=SC2119
if [ "${1:-}" = module ]; then
	# In a process of its own, where the module can be: a backup, and a module that cannot unwrap.
	. "$(dirname "$0")/../lib.sh"
	. "$(dirname "$0")/../modules.sh"
	name=$2 from=$3
	cd "$T" || exit 1
	at_exit=module_stop
	if ! module_start "$name"; then
		fail "$name: it starts"
		exit
	fi
	if [ "$name" != p11kit ]; then
		pkcs11-tool --module "$MODULE" "${SLOT[@]}" --init-token --label T --so-pin "$SO_PIN" </dev/null >/dev/null 2>&1
		pkcs11-tool --module "$MODULE" --token-label T --login --login-type so --so-pin "$SO_PIN" --init-pin \
			--pin 1234 </dev/null >/dev/null 2>&1
	fi
	echo 1234 >pin
	objects()
	{
		pkcs11-tool --module "$MODULE" --token-label T --login --pin 1234 --list-objects </dev/null 2>/dev/null
	}
	objects >before
	run backup-restore --module "$MODULE" --token T --pin-fd 3 --digest "$(cut -c -64 "$from"/*.sha256sum)" \
		--share "$from"/*-1.share --share "$from"/*-2.share "$from" 3<pin
	refused 1 'token T .*: its module cannot wrap and unwrap keys under AES .*; nothing was touched' "$name: no restore"
	refute "$name: no share was asked for" grep -q taken err
	printf -- '-\tksk\t01\t-\t-\t-\t-\t-\t-\t-\t-\t-\n' >line
	mkdir box
	run backup-create --output box --needed 2 --shares 2 --module "$MODULE" --token T --pin-fd 3 <line 3<pin
	refused 1 'token T .*: its module cannot wrap and unwrap keys under AES .*; nothing was touched' "$name: no backup"
	check "$name: no file was made" test -z "$(ls -A box)"
	objects >after
	check "$name: the token is as it was" cmp before after
	done_testing
	exit
fi
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../backup.sh"
. "$(dirname "$0")/../modules.sh"
cd "$T" || exit 1
NOW=2026-12-01
echo 1234 >pin
echo 5678 >so-pin

# policy TOKEN: with a KSK and ZSKs of RSASHA256, whose signatures are the same wherever they are made.
policy()
{
	cat >"$1.yaml" <<-END
		hsm:
		  t: {module: $MODULE, uri: "pkcs11:token=$1"}
		keys:
		  ksk: {label: ksk, algorithm: RSASHA256, valid_from: 2026-01-01}
		request_policy:
		  signature_horizon_days: 400
		schemas:
		  normal: {1: {sign: ksk}, 2: {sign: ksk}, 3: {sign: ksk}, 4: {sign: ksk}, 5: {sign: ksk},
		    6: {sign: ksk}, 7: {sign: ksk}, 8: {sign: ksk}, 9: {sign: ksk}}
		zsk: {algorithm: RSASHA256, hsm: t}
	END
}

# sign TOKEN OUT [PINFILE]: the request, with the KSK on this token.
sign()
{
	run skr-sign --policy "$1.yaml" --first --schema normal --plan-ok normal --time $NOW --pin-fd 3 <ksr.xml 3<"${3:-pin}"
	expect 0 "a response, signed on $1"
	cp out "$2"
}

# secrets NAME: neither the bytes of the key that the shares make, nor its hex, are in any file but theirs.
secrets()
{
	share-join --set "$2".shares "$2"-1.share "$2"-2.share 2>/dev/null >../key.hex ||
		share-join --set "$2".shares --passphrase-fd 3 "$2"-1.share "$2"-2.share 3<pass 2>/dev/null >"$T.key"
	[ -e ../key.hex ] && mv ../key.hex "$T.key"
	check "$1: the shares make the key" grep -qxE '[0-9a-f]{64}' "$T.key"
	refute "$1: the wrapping key is in no file" find_key
	rm -f "$T.key"
}
find_key()
{
	find . -type f -print0 | perl -0ne '
		BEGIN { open K, shift or die; chomp($hex = <K>); $raw = pack("H*", $hex); $/ = "\0" }
		chomp; open F, $_ or next; binmode F; local $/; $_ = <F>;
		$found = 1 if index($_, $raw) >= 0 || index($_, $hex) >= 0;
		END { $? = $found ? 0 : 1 }' "$T.key"
}

# The registry.  Keys that leave the token under a trusted key alone; a record; a request.
new_token main
policy main
run key-generate --role ksk --policy main.yaml --key ksk --extractable --pin-fd 3 3<pin
expect 0 "the KSK"
cp out ksk.list
run key-generate --role zsk --policy main.yaml --count 3 --from 2026-10-01 --extractable --pin-fd 3 3<pin
expect 0 "three ZSKs"
cp out zsks.list
run key-list --policy main.yaml --record zsks.list --pin-fd 3 3<pin
expect 0 "the record"
cp out record.txt
cp out keys.txt
run ksr-create --policy main.yaml --first --cycle 2027q1 --time $NOW --sign-at $NOW --pin-fd 3 zsks.list 3<pin
expect 0 "a request"
cp out ksr.xml
sign main skr.main.xml

# The backup: shares for five holders, of whom three are needed, under their passphrases.
mkdir backup
for i in 1 2 3 4 5; do echo "passphrase of holder $i"; done >pass
holders=(--holder Anna --holder Bert --holder Carl --holder Dora --holder Emil)
run backup-create --output backup --needed 3 "${holders[@]}" --passphrase-fd 5 --policy main.yaml \
	--file record.txt --file ksr.xml --file skr.main.xml --pin-fd 3 <keys.txt 3<pin 5<pass
refused 1 'key ksk cannot be backed up: it leaves the token under a trusted key only' "without the security officer"
check "nothing was made" test -z "$(ls -A backup)"
run backup-create --output backup --needed 3 "${holders[@]}" --passphrase-fd 5 --policy main.yaml \
	--trusted --so-pin-fd 4 --file record.txt --file ksr.xml --file skr.main.xml --pin-fd 3 <keys.txt 3<pin 4<so-pin 5<pass
expect 0 "the backup"
cp out backed
cp err digest
run key-list --policy main.yaml --record backed --pin-fd 3 3<pin
check "key-list tells which keys are backed up, and where" \
	test "$(grep -v '^#' out | cut -f 12 | sort -u)" = "$(cd backup && echo ./*.tar.gz | cut -c 3-)"

# A master, operative copies from it, all compared; the digest from paper, as words.
mkdir MASTER WELLINGTON AUCKLAND
run backup-copy backup MASTER
expect 0 "the master copy"
cp out receipts
run backup-copy MASTER WELLINGTON AUCKLAND
expect 0 "operative copies"
cat out >>receipts
check "three receipts of one digest" test "$(cut -f 3 receipts | uniq -c | awk '{ print $1 }')" = 3
run backup-check --digest "$(tail -n 4 digest | xargs)" MASTER WELLINGTON AUCKLAND
expect 0 "they are equal, and have the digest of the paper"
(cd WELLINGTON && sha256sum --quiet -c ./*.sha256sum)
check "sha256sum says the same" test $? -eq 0

# The restore: tried, then done, onto a new token, from an operative copy, with other holders.
new_token spare
policy spare
sed -n '2p;4p;5p' pass >pass.2
shares=(--share backup/*-2.share --share backup/*-4.share --share backup/*-5.share --passphrase-fd 5)
run backup-restore "${shares[@]}" --digest "$(tail -n 4 digest | xargs)" --policy spare.yaml --dry-run --pin-fd 3 \
	WELLINGTON 3<pin 5<pass.2
expect 0 "a try"
objects spare
check "the try left nothing" test ! -s objects.spare
run backup-restore "${shares[@]}" --digest "$(tail -n 4 digest | xargs)" --policy spare.yaml --pin-fd 3 \
	WELLINGTON 3<pin 5<pass.2
expect 0 "the restore"
check "who was there" test "$(grep -c 'taken$' err)" -eq 3 -a "$(grep -c '(Dora): taken' err)" -eq 1
cp out restored
run key-list --policy spare.yaml --record restored --pin-fd 3 3<pin
check "each key is as it was: label, id, dates, flags, archive" \
	diff <(grep -v '^#' backed | sort) <(grep -v '^#' out | sort)
sign spare skr.spare.xml
norm()
{
	sed 's/timestamp="[^"]*"//' "$1"
}
check "the same response, byte for byte" diff <(norm skr.main.xml) <(norm skr.spare.xml)
run key-list --policy spare.yaml --record restored --role zsk --pin-fd 3 3<pin
cp out zsks.spare
run ksr-create --policy spare.yaml --first --cycle 2027q1 --time $NOW --sign-at $NOW --pin-fd 3 zsks.spare 3<pin
expect 0 "a request with the restored ZSKs"
objects spare
refute "no wrapping key is left" grep -q 'Secret Key' objects.spare
objects main
refute "... on either token" grep -q 'Secret Key' objects.main

# From now on nobody signs alone: the PIN in shares.
run share-split --pin --needed 2 --holder Anna --holder Bert --holder Carl --module "$MODULE" --token spare \
	--pin-fd 3 --output spare-pin 3<pin
expect 0 "the PIN in shares"
run skr-sign --policy spare.yaml --first --schema normal --plan-ok normal --time $NOW --pin-fd 3 <ksr.xml 3<pin
refused 2 'the PIN is wrong' "the old PIN is none any more"
share-join --set spare-pin.shares spare-pin-1.share spare-pin-3.share 2>holders.log >pipe.pin
sign spare skr.shared.xml pipe.pin
rm pipe.pin
check "two holders sign, and the log says who" grep -q '(Carl): taken' holders.log
check "it is the same response" diff <(norm skr.spare.xml) <(norm skr.shared.xml)
run skr-sign --policy spare.yaml --first --schema normal --plan-ok normal --time $NOW --pin-fd 3 <ksr.xml \
	3< <(share-join --set spare-pin.shares spare-pin-2.share 2>/dev/null)
refused 2 'PIN' "one holder does not"

# The smart cards: a key made on one, on two others with the shares of any two.
for card in a b c; do
	new_token card-$card
	policy card-$card
done
run key-generate --role ksk --policy card-a.yaml --key ksk --extractable --pin-fd 3 3<pin
expect 0 "a key on card A"
cp out card.list
mkdir cards
run backup-create --output cards --needed 2 --holder Anna --holder Bert --holder Carl --module "$MODULE" --token card-a \
	--trusted --so-pin-fd 4 --pin-fd 3 <card.list 3<pin 4<so-pin
expect 0 "wrapped on card A"
D=$(cut -c -64 cards/*.sha256sum)
run backup-restore --digest "$D" --share cards/*-1.share --share cards/*-2.share --policy card-b.yaml --pin-fd 3 cards 3<pin
expect 0 "unwrapped on card B"
run backup-restore --digest "$D" --share cards/*-3.share --share cards/*-2.share --policy card-c.yaml --pin-fd 3 cards 3<pin
expect 0 "unwrapped on card C"
for card in a b c; do
	sign card-$card skr.$card.xml
done
check "cards A and B sign alike" diff <(norm skr.a.xml) <(norm skr.b.xml)
check "cards A and C sign alike" diff <(norm skr.a.xml) <(norm skr.c.xml)
refute "and not as the other key does" diff <(norm skr.a.xml) <(norm skr.main.xml)
run backup-create --output cards --needed 2 --shares 2 --module "$MODULE" --token card-b --pin-fd 3 <card.list 3<pin
refused 2 'a day has one backup' "a second backup of the day"
mkdir again
grep -v '^#' card.list >card.line
run backup-create --output again --needed 2 --shares 2 --module "$MODULE" --token card-b --pin-fd 3 <card.line 3<pin
refused 1 'it leaves the token under a trusted key only' "on card B the key is guarded as on card A"
secrets cards "$(echo cards/*.shares | sed 's/\.shares$//')"

# Killed at every step that others could see: nothing lost, nothing half there.
extractable card-a one 11 rsa:2048
extractable card-a two 12 EC:prime256v1
{ line one 11; line two 12; } >keys.two
objects card-a
cp objects.card-a before

# killed CALL N COMMAND...: by the kernel, at the Nth of these calls; 1: it was not reached.
killed()
{
	local call=$1 n=$2
	shift 2
	LSAN_OPTIONS=detect_leaks=0 run strace -f -o trace -e trace="$call" -e "inject=$call:signal=KILL:when=$n" "$@"
	[ "$status" -eq 137 ]
} 2>/dev/null

if ! command -v strace >/dev/null || ! strace -o trace true 2>/dev/null; then
	skip "killed at every step: nothing can be traced here"
else
	bad='' steps=0
	for call in fsync linkat; do
		for ((n = 1; n < 40; n++)); do
			rm -rf kill
			mkdir kill
			killed $call $n backup-create --output kill --needed 2 --shares 3 --module "$MODULE" --token card-a \
				--pin-fd 3 <keys.two 3<pin || break
			steps=$((steps + 1))
			objects card-a
			cmp -s before objects.card-a || bad="$bad $call:$n:token"
			# An archive that is there is whole, and so are its shares.
			for archive in kill/*.tar.gz; do
				[ -e "$archive" ] || continue
				(cd kill && sha256sum ./*.tar.gz | sed 's|\./||' >"${archive#kill/}.sha256sum")
				backup-check kill >/dev/null 2>&1 &&
					share-join --set kill/*.shares kill/*-1.share kill/*-3.share 2>/dev/null | grep -q . ||
					bad="$bad $call:$n:archive"
			done
			[ -z "$(find kill -name '.*' -type f)" ] || bad="$bad $call:$n:left"
		done
	done
	check "backup-create killed at each of $steps steps:$bad" test -z "$bad" -a "$steps" -ge 18
	rm -rf kill
	mkdir kill
	run backup-create --output kill --needed 2 --shares 3 --module "$MODULE" --token card-a --pin-fd 3 <keys.two 3<pin
	expect 0 "afterwards it works"
	D=$(cut -c -64 kill/*.sha256sum)

	# The restore writes through SoftHSM: to files in its folder.
	bad='' steps=0 unreadable=0
	restore_kill()
	{
		set -- backup-restore --digest "$D" --share kill/*-1.share --share kill/*-3.share --module "$MODULE" \
			--token killed --pin-fd 3 kill
		if [ -n "${n:-}" ]; then
			killed "$call" "$n" "$@" 3<pin
		else
			run "$@" 3<pin
		fi
	}
	for call in unlink ftruncate; do
		for ((n = 1; n < 400; n += call_step)); do
			case $call in
			ftruncate) call_step=1 ;;
			*) call_step=1 ;;
			esac
			softhsm2-util --delete-token --token killed </dev/null >/dev/null 2>&1
			new_token killed
			restore_kill || break
			steps=$((steps + 1))
			n='' restore_kill
			objects killed
			# Where SoftHSM was killed as it began a file, it has an object without attributes; no other.
			if grep -q 'an object that cannot be read may be what is left' err &&
				[ -n "$(find tokens -name '*.object' -size -9c)" ]; then
				unreadable=$((unreadable + 1))
				continue
			fi
			[ "$status" -eq 0 ] || bad="$bad $call:$n:again"
			[ "$(grep -c '^  label' objects.killed)" -eq 4 ] || bad="$bad $call:$n:objects"
			if grep -q 'Secret Key' objects.killed; then bad="$bad $call:$n:secret"; fi
		done
	done
	check "backup-restore killed at $steps steps, and completed by the same command, but for $unreadable where SoftHSM says why not:$bad" \
		test -z "$bad" -a "$steps" -ge 10 -a "$unreadable" -le 5
fi

# Interrupted, it takes back what it made.
if command -v strace >/dev/null && strace -o trace true 2>/dev/null; then
	bad='' seen=0
	for n in 1 4 7 10; do
		softhsm2-util --delete-token --token killed </dev/null >/dev/null 2>&1
		new_token killed
		LSAN_OPTIONS=detect_leaks=0 run strace -f -o trace -e trace=ftruncate -e inject=ftruncate:signal=INT:when="$n" \
			backup-restore --digest "$D" --share kill/*-1.share --share kill/*-3.share --module "$MODULE" \
			--token killed --pin-fd 3 kill 3<pin
		objects killed
		case $status in
		0)	break ;;	# it had ended by then
		130)	;;		# before there was anything to take back
		2)	grep -q 'interrupted: what was made is taken back' err && seen=$((seen + 1)) ;;
		*)	bad="$bad $n:$status" ;;
		esac
		[ ! -s objects.killed ] || bad="$bad $n"
	done
	check "interrupted, it takes back what it made, $seen times:$bad" test -z "$bad" -a "$seen" -ge 1
fi

# Modules that cannot unwrap.
mkdir for-modules
line one 11 >one.line
run backup-create --output for-modules --needed 2 --shares 2 --module "$MODULE" --token card-a --pin-fd 3 <one.line 3<pin
expect 0 "a backup for other modules"
for name in p11kit opencryptoki; do
	reason=$(module_missing $name)
	if [ -n "$reason" ] && [ -n "${KSR_CI:-}" ]; then
		fail "$name: $reason"
		continue
	elif [ -n "$reason" ]; then
		skip "$name: $reason"
		continue
	fi
	ended=
	while read -r verdict rest; do
		case $verdict in
		ok) pass "${rest#* - }" ;;
		not) fail "${rest#ok * - }" ;;
		1..*) ended=yes ;;
		'#') echo "# $rest" ;;
		esac
	done < <(module_run $name bash "$HERE/tests/pipes/backup.t" module $name "$PWD/for-modules" 2>&1)
	check "$name: to its end" test -n "$ended"
done

done_testing
