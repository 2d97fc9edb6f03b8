# A registry's year: the HSM known again, old keys purged, those of fourteen months made, and after each
# step the record says what the token holds: 140, 84, 200.
. "$(dirname "$0")/../lib.sh"
cd "$T" || exit 1
TAB=$'\t'
TODAY=2026-11-21
new_token registry

# policy ZONE LIFETIME
policy()
{
	cat >"$1.yaml" <<-END
		hsm:
		  vault:
		    module: $MODULE
		    uri: pkcs11:token=registry
		keys:
		  ksk-2024:
		    description: on another token
		    algorithm: ECDSAP256SHA256
		zsk:
		  domain: $1.
		  algorithm: ECDSAP256SHA256
		  lifetime: $2
		  cycle: P20D
		  publish_safety: P12D
		  hsm: vault
	END
}
policy example P4D
policy test P5D
both=(--policy example.yaml --policy test.yaml)

# with COMMAND...: with the PIN on descriptor 3.
with()
{
	run "$@" --pin-fd 3 3<<<1234
}
keys()
{
	grep -vc '^#' "$1"
}
objects()
{
	pkcs11-tool --module "$MODULE" --token-label registry --login --pin 1234 --list-objects </dev/null 2>/dev/null |
		grep -cE '^(Public|Private) Key Object'
}

# Last year: the identity key, made when the token was initialised; the keys in use; one more, of a
# zone whose response is still served.
new_key registry identity ffff EC:prime256v1
with key-generate --role zsk --policy example.yaml --count 70 --from 2026-08-01
expect 0 "last year: example."
with key-generate --role zsk --policy test.yaml --count 68 --from 2026-07-04
expect 0 "last year: test."
"$TESTS/mint" ceremony --dir served --ksk ksk-served --zone served. --algorithm ECDSAP256SHA256 --start 2026-10-01 \
	--module "$MODULE"
softhsm2-util --import served/zsk-2026-10-01.pem --token registry --label served-1 --id 0001 --pin 1234 >/dev/null
printf 'served.\tserved-1\t0001\tzsk\tECDSAP256SHA256\t256\t-\t-\t2026-08-01\t2026-11-01\tpPs\t-\n' >served.list
with key-list "${both[@]}" --record served.list --identity identity
expect 0 "last year's record"
cp out last.record
check "last year: 140 keys" grep -qx '# keys 140' last.record
check "last year: nothing is odd" test "$(grep -c '^#' last.record)" = 3

# Is this the HSM of last time, and as it was left?
with key-list "${both[@]}" --identity identity --compare last.record
expect 0 "the HSM is that of last time"
check "the HSM: nobody has been at its keys" grep -qx '# as in last.record: 140 = 140' out
check "the HSM: the same record, but for that line" test -z "$(grep -vxFf last.record out | grep -v '^# as in')"
softhsm2-util --init-token --free --label false --so-pin 5678 --pin 1234 </dev/null >/dev/null
new_key false identity ffff EC:prime256v1
run key-list --module "$MODULE" --token false --identity identity --compare last.record --pin-fd 3 3<<<1234
refused 1 "identity: token false is another" "another HSM with a key of that name is not"

# Purge: what is over, and in no slot of a response in use.
with key-list "${both[@]}" --record last.record --role zsk --expired-before $TODAY --unused-in served/skr.xml
expect 0 "what is over"
cp out over.list
check "what is over: 56 of 140" grep -qx '# a selection: 56 of 140' over.list
with key-list "${both[@]}" --record last.record --role zsk --expired-before $TODAY
check "one more is over, but still served" grep -qx '# keys 57' out
cp out more.list
with key-purge "${both[@]}" --keep served/skr.xml --time $TODAY more.list
refused 1 "keep: it (signs|is published) in served/skr.xml" "it is not purged with the others"
check "only that one is in the way" test "$(grep -c ': keep: ' err) $(grep -c 'more.list:' err)" = "1 1"
with key-purge "${both[@]}" --keep served/skr.xml --time $TODAY over.list
expect 0 "what would go"
check "what would go: 56, each with its reason" test "$(grep -cE 'active until 2026-[01][0-9]-[0-3][0-9], [0-9]+ days ago; in none of 1 SKRs$' out)" = 56
check "what would go: the sum" grep -qE ': 140 - 56 = 84 keys$' out
check "nothing went yet" test "$(objects)" = 280
with key-purge "${both[@]}" --keep served/skr.xml --time $TODAY --delete --expect 115 over.list
refused 1 "expect 115, but there are 56" "the number that stood in the form is not theirs"
with key-purge "${both[@]}" --keep served/skr.xml --time $TODAY --delete --expect 56 over.list
expect 0 "purged"
check "purged: both halves of each" test "$(objects)" = 168
with key-list "${both[@]}" --identity identity --compare last.record
refused 1 "last.record: sum: 140 - 56 = 84: 56 removed, 0 added, 0 changed" "140 - 56 = 84"
check "those that went are those of the list" diff \
	<(grep -v '^#' over.list | cut -f 2 | sort) <(sed -n 's/.*: removed: key \([^ ]*\) .*/\1/p' err | sort)
with key-list "${both[@]}" --record last.record --identity identity
cp out purged.record
check "the record after the purge" grep -qx '# keys 84' purged.record

# Generate: fourteen months from today, both zones in one login.
with key-generate --role zsk "${both[@]}" --for P14M --from $TODAY --record purged.record
expect 0 "fourteen months"
cp out made.list
made=$(keys made.list)
check "fourteen months: $made new keys" test "$made" = 116
with key-list "${both[@]}" --identity identity --compare purged.record
refused 1 "purged.record: sum: 84 \+ 116 = 200: 0 removed, 116 added, 0 changed" "84 + 116 = 200"
check "those that came are those that were made" diff \
	<(grep -v '^#' made.list | cut -f 2 | sort) <(sed -n 's/.*: added: key \([^ ]*\) .*/\1/p' err | sort)
with key-list "${both[@]}" --record purged.record --identity identity
expect 0 "the new record"
cp out new.record
check "the new record: 200 keys" grep -qx '# keys 200' new.record
check "the token: 200 pairs" test "$(objects)" = 400
check "the record is the one before and what was made" diff <(grep -v '^#' new.record | sort) \
	<(grep -hv '^#' purged.record made.list | sort)
check "no tag and no label twice in a zone" test -z "$(cut -f 1,5,7 <(grep -v '^#' new.record | grep "${TAB}zsk$TAB") | sort | uniq -d)"

# Every instant of the fourteen months has its ZSK.
for zone in example test; do
	check "$zone.: one key after the other, from $TODAY to 2028-01-21" awk -F '\t' -v zone=$zone. '
		$1 == zone && $10 > "2026-11-21" { from[++n] = $9; until[n] = $10 }
		END { for (i = 2; i <= n; i++) if (from[i] != until[i - 1]) exit 1
			exit !(from[1] <= "2026-11-21" && until[n] >= "2028-01-21") }' new.record
done
with key-generate --role zsk "${both[@]}" --for P14M --from $TODAY --record new.record
expect 0 "fourteen months again"
check "there is nothing more to make" test "$(keys out)" = 0
with key-list "${both[@]}" --identity identity --compare new.record
expect 0 "the token is left as its record says"
check "the sum" grep -qx '# as in new.record: 200 = 200' out
done_testing
