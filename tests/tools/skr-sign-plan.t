# skr-sign judges the plan: PLAN-TRUST, PLAN-REVOKE and PLAN-SIZE, on a real token; and what
# PLAN-SIZE says is what a name server answers.
. "$(dirname "$0")/../lib.sh"
cd "$T" || exit 1
KEYS="ksk-1 ksk-2 ksk-ed"		# A, B and, of another algorithm, c
new_token main
"$TESTS/mint" ceremony --dir . --algorithm ECDSAP256SHA256 --module "$MODULE"
"$TESTS/mint" keys --dir . --algorithm ECDSAP256SHA256 ksk-2
"$TESTS/mint" keys --dir . --algorithm ED25519 ksk-ed
"$TESTS/mint" ds --dir . --algorithm ECDSAP256SHA256 ksk-2 >ksk-2.ds
"$TESTS/mint" ds --dir . --algorithm ED25519 ksk-ed >ksk-ed.ds
serial=0
for key in $KEYS; do
	serial=$((serial + 1))
	softhsm2-util --import "$key.pem" --token main --label "$key" --id 0$serial --pin 1234 >/dev/null
done

# schema NAME SLOT...: a schema from words: in a slot A, B and c stand; "*" behind one: it signs,
# "!": revoked, it signs, "^": it signs and does not stand.
schema()
{
	local name=$1
	shift
	printf '%s\n' "$@" | awk -v name="$name" '
		BEGIN {
			of["A"] = "ksk-1"; of["B"] = "ksk-2"; of["c"] = "ksk-ed"
			does["*"] = "sign"; does["!"] = "revoke"; does["^"] = "sign_only"
			print "  " name ":"
		}
		{
			split("", list)
			for (i = 1; i <= length($0); i++) {
				k = substr($0, i, 1)
				if (!(k in of))
					continue
				mark = substr($0, i + 1, 1)
				word = mark in does ? does[mark] : "publish"
				list[word] = list[word] (list[word] == "" ? "" : ", ") of[k]
			}
			printf "    %d: {", NR
			sep = " "
			for (word in list) { printf "%s%s: [%s]", sep, word, list[word]; sep = ", " }
			print " }"
		}'
}

# policy SCHEMA [SED...]: into plan.yaml, with the keys and that schema besides, and without RetireSafety.
policy()
{
	local add=$1
	shift
	sed "/^keys:/a\\  ksk-2: { label: ksk-2, algorithm: ECDSAP256SHA256 }\\n  ksk-ed: { label: ksk-ed, algorithm: ED25519 }" \
		policy.yaml | sed 's/retire_safety: .*/retire_safety: PT0S/' >plan.yaml
	printf '%s\n' "$add" >added
	sed -i '/^schemas:/r added' plan.yaml
	[ $# -eq 0 ] || sed -i -E "$@" plan.yaml
	chmod 600 plan.yaml
}

# sign ARGUMENT...: under the schema "plan".
sign()
{
	run skr-sign --policy plan.yaml --schema plan --plan-ok plan --time 2026-12-02 --pin-fd 3 \
		"$@" <ksr.xml 3<<<1234
}

AFTER="--previous prev.xml"
# plan RULE|- "SLOT..." "ARGUMENTS" MEANING: of nine slots; "-": it is signed.
plan()
{
	local rule=$1 slots=$2 arguments=$3 meaning=$4
	# shellcheck disable=SC2086
	policy "$(schema plan $slots)" "${edit[@]}"
	# shellcheck disable=SC2086
	sign $arguments
	if [ "$rule" = - ]; then
		expect 0 "$meaning"
	else
		broke "$rule" "$meaning"
	fi
}
edit=()

# Validators that follow RFC 5011: a TTL of two days, so 31 days from 10 January on, when the last
# set of the quarter before ends; slot 5 begins then.
plan - "A* A* A* A* A* A* A* A* A*" "$AFTER" "nothing changes"
plan - "A*B A*B A*B A*B B* B* B* B* B*" "$AFTER" "a roll when everybody trusts the new KSK"
check "... which the table shows" test "$(skr-show out | grep -c '(ksk-2)/S')" -eq 5
plan PLAN-TRUST "A*B A*B A*B B* B* B* B* B* B*" "$AFTER" "a roll ten days too early"
check "... is told by the schema, and by when" grep -q \
	'plan.yaml:[0-9]*: PLAN-TRUST: schema plan, slot 4: .*(ksk-2) does, which is trusted from 2027-02-10T00:00:00Z' err
check "... in that slot alone" test "$(grep -c 'PLAN-TRUST' err)" -eq 1
plan PLAN-TRUST "B* B* B* B* B* B* B* B* B*" "$AFTER" "another KSK from one day to the next"
plan PLAN-TRUST "A*B A*B A* A*B B* B* B* B* B*" "$AFTER" "a roll to a KSK that was away for a slot"
plan - "A*B* A*B* B*A B*A B*A B*A A* A* A*" "$AFTER --anchor ksk.ds --anchor ksk-2.ds" \
	"a roll to a KSK that an anchor names"
plan PLAN-TRUST "B* B* B* B* B* B* B* B* B*" "--first --anchor ksk.ds" \
	"the first response, signed by another KSK than the anchor's"
plan - "A* A* A* A* A* A* A* A* A*" "--first --anchor ksk.ds" "the first response, by the anchor's"
plan - "A* A* A* A* A* A* A* A* A*" --first "the first response without an anchor"
check "... with a warning" grep -q "warning: PLAN-TRUST: .*neither a previous response nor an anchor" err
plan PLAN-TRUST "A* A* A* A* A* A* A* A* A*" "--first --anchor ksk.ds --anchor ksk-ed.ds" \
	"an anchor of an algorithm that does not sign"
plan PLAN-TRUST "A*c* A*c* A*c* A*c* A*c* A*c* A* A* A*" "$AFTER" \
	"an algorithm that is trusted leaves without a revocation"
edit=(-e 's/^ksk_policy:/&\n  check_plan_trust: false/')
plan - "A*B A*B A*B A*B A*B B*A B*A B*A B*A" "--first --anchor ksk-2.ds" "check_plan_trust: false"
check "... with a warning" grep -q "warning: PLAN-TRUST: switched off by ksk_policy.check_plan_trust" err

# A revocation: the last set without it ends on 22 January, a day more for those who look again.
edit=()
both="--first --anchor ksk.ds --anchor ksk-2.ds"
plan - "A*B* A!B* A!B* A!B* B* B* B* B* B*" "$both" "a revocation that everybody sees"
plan PLAN-REVOKE "A*B* A!B* B* B* B* B* B* B* B*" "$both" "a revocation that is gone too soon"
check "... told by when it may go" grep -q \
	'schema plan, slot 3: the revoked key .*(ksk-1) is gone before 2027-01-23T00:00:00Z' err
plan PLAN-REVOKE "A*B* A!B* A!B* A!B* B* B*A B* B* B*" "$both" "a revoked key comes back"
"$TESTS/mint" skr --dir . --ksr prev.ksr.xml --ksk ksk-2 --revoke ksk-1 >revoked.xml
after="--previous revoked.xml --anchor ksk-2.ds"
plan - "A!B* B* B* B* B* B* B* B* B*" "$after" "the end of a revocation of the quarter before"
plan PLAN-REVOKE "B*A B*A B*A B*A B*A B*A B*A B*A B*A" "$after" "a key that was revoked in the quarter before"
edit=(-e 's/^ksk_policy:/&\n  check_plan_revoke: false/')
plan - "A*B* A!B* B*A B*A B*A B*A B*A B*A B*A" "$both" "check_plan_revoke: false"

# Long after the previous response has forgotten it, the history has not.
edit=()
: >history
plan - "A*B* A!B* A!B* A!B* B* B* B* B* B*" "$both --history history" "a revocation, recorded"
check "... by the DS that the key had" test "$(cut -d ' ' -f 5 history)" = \
	"$(awk '{ print tolower($NF) }' ksk.ds)"
"$TESTS/mint" ksr --dir . --algorithm ECDSAP256SHA256 --start 2027-04-01 >later.xml
later()
{
	policy "$(schema plan B\*A B\*A B\*A B\*A B\*A B\*A B\*A B\*A B\*A)"
	run skr-sign --policy plan.yaml --schema plan --plan-ok plan --time 2027-03-02 --pin-fd 3 --first \
		--anchor ksk-2.ds "$@" <later.xml 3<<<1234
}
later
expect 0 "a revoked key comes back, and nobody knows"
later --history history
broke PLAN-REVOKE "a revoked key comes back, and the history knows"

# A DS record at the parent, with the TTL of an hour.
edit=(-e '1s/^/trust: ds\n/')
# published FROM UNTIL KEY.ds
published()
{
	echo "$1 $2 $(sed 's/ [0-9]* IN DS / 3600 IN DS /' "$3")"
}
plan_ds="$AFTER --ds parent"
policy "$(schema plan A\* A\* A\* A\* A\* A\* A\* A\* A\*)" "${edit[@]}"
sign --previous prev.xml
refused 2 "trust is ds in the policy: give --ds" "trust: ds without --ds"
echo garbage >parent
sign --previous prev.xml --ds parent
refused 2 "parent:1: " "--ds with garbage"
sign --previous prev.xml --ds nothing-there
refused 2 "nothing-there" "--ds that is not there"
{ published - 2027-01-16T00:00:00Z ksk.ds; published 2027-01-16T00:00:00Z - ksk-2.ds; } >parent
plan - "A*B* A*B* A*B* B* B* B* B* B* B*" "$plan_ds" "both KSKs sign while the DS changes"
plan PLAN-TRUST "A* A* A* B* B* B* B* B* B*" "$plan_ds" "the old KSK alone signs after its DS is gone"
check "... told by the instant" grep -q 'slot 2: .* publishes at 2027-01-16T00:00:00Z' err
plan PLAN-TRUST "A*B* B* B* B* B* B* B* B* B*" "$plan_ds" "the new KSK alone signs before its DS is there"
edit=()
published - - ksk-ed.ds >>parent
plan SKR-ALG "A* A* A* A* A* A* A* A* A*" "$plan_ds" "a DS of an algorithm that does not sign"
cp ksk.ds anchor.ds
run skr-check --policy policy.yaml --previous prev.xml --ksr ksr.xml --anchor ksk.ds --ds parent \
	skr.xml
broke SKR-ALG "skr-check --ds: a DS of an algorithm that does not sign"
published - - ksk.ds >parent
run skr-check --policy policy.yaml --previous prev.xml --ksr ksr.xml --anchor ksk.ds --ds parent \
	skr.xml
expect 0 "skr-check --ds: the DS of the KSK"

# Too large: refused; large: a warning, which is shown before the plan is confirmed.
all="A*B A*B A*B A*B A*B A*B A*B A*B A*B"
edit=(-e '1s/^/max_response_size: 512\nhard_response_size: 512\n/')
plan - "$all" "$AFTER" "answers of at most 512 bytes"
check "... without a warning" test "$(grep -c PLAN-SIZE err)" -eq 0
plan PLAN-SIZE "A*B*c* A*B*c* A*B*c* A*B*c* A*B*c* A*B*c* A*B*c* A*B*c* A*B*c*" "$AFTER" \
	"answers of more than 512 bytes"
edit=(-e '1s/^/max_response_size: 512\n/')
six="A*B*c* A* A* A* A* A* A* A* A*"
policy "$(schema plan "A*B*c*" A* A* A* A* A* A* A* A*)" "${edit[@]}"
cat >ask.exp <<'END'
set timeout 20
log_user 0
spawn -noecho sh -c "skr-sign --policy plan.yaml --schema plan --previous prev.xml --time 2026-12-02 --output asked.xml <ksr.xml"
expect {
	"PIN of token main" { send "1234\r"; exp_continue }
	-re "warning: PLAN-SIZE: schema plan: 1 slot with DNSKEY answers above max_response_size, which is 512; the largest takes (\[0-9]+) bytes, slot 1\r\n.*Type its name" {
		send "plan\r"
		set shown 1
		exp_continue
	}
	timeout { exit 99 }
	eof
}
if {![info exists shown]} { exit 98 }
exit [lindex [wait] 3]
END
run command expect ask.exp
expect 0 "a plan with a warning, which is shown before the question, and confirmed"
check "... and signed" test -s asked.xml
edit=(-e '1s/^/max_response_size: 512\nhard_response_size: 512\n/' -e 's/^ksk_policy:/&\n  check_plan_size: false/')
plan - "$six" "$AFTER" "check_plan_size: false"

# What it says is what a name server answers: a slot with three KSKs, two of which sign.
port=
stop()
{
	[ -z "${server:-}" ] || { kill "$server"; wait "$server"; } 2>/dev/null
	server=
}
at_exit=stop

# serve ZONE FILE: knotd with these records, on a port of its own.  It takes a zone for a signed one
# when there is a signature of its SOA; nobody looks whether it is good.
serve()
{
	local try
	{
		echo "$1 3600 IN SOA ns.$1 hostmaster.$1 1 3600 600 86400 300" | sed 's/\.\. /. /g'
		echo "$1 3600 IN RRSIG SOA 8 0 3600 20300101000000 20260101000000 1 $1 AAAA"
		echo "$1 3600 IN NS ns.${1#.}"
		echo "ns.${1#.} 3600 IN A 127.0.0.1"
		cat "$2"
	} >zone
	for try in 1 2 3 4 5; do
		port=$((20000 + RANDOM % 20000))
		rm -rf knot && mkdir knot
		cat >knot.conf <<-END
			server:
			    rundir: "$T/knot"
			    listen: 127.0.0.1@$port
			    udp-max-payload: 4096
			database:
			    storage: "$T/knot"
			log:
			  - target: stderr
			    any: warning
			zone:
			  - domain: "$1"
			    file: "$T/zone"
			    zonefile-sync: -1
			    semantic-checks: off
		END
		knotd -c knot.conf >knot.log 2>&1 &
		server=$!
		for _ in {1..50}; do
			kill -0 "$server" 2>/dev/null || break
			dig +tries=1 +time=1 +norecurse @127.0.0.1 -p "$port" "$1" SOA 2>/dev/null |
				grep -q 'status: NOERROR' && return 0
			sleep 0.1
		done
		stop
	done
	return 1
}

# measured ZONE: bytes of the answer over UDP.
measured()
{
	dig +dnssec +bufsize=4096 +nocookie +norecurse +ignore +tries=2 +time=5 @127.0.0.1 -p "$port" \
		"$1" DNSKEY | sed -n 's/^;; MSG SIZE  rcvd: //p'
}

# compare ZONE ALGORITHM: in a folder of its own, for slots 1 and 2.
compare()
{
	local zone=$1 alg=$2 d=size.$2 slot said got
	"$TESTS/mint" ceremony --dir "$d" --algorithm "$alg" --zone "$zone" --module "$MODULE" \
		--ksk "ksk-$alg"
	softhsm2-util --import "$d/ksk-$alg.pem" --token main --label "ksk-$alg" --id "$3" \
		--pin 1234 >/dev/null
	sed -i "s/sign: ksk-$alg/sign: [ksk-$alg, ksk-ed]\\n      sign_only: ksk-2/; \
		1s/^/hard_response_size: 4096\\n/; s/^keys:/&\\n  ksk-2: { label: ksk-2, algorithm: ECDSAP256SHA256 }\\n  ksk-ed: { label: ksk-ed, algorithm: ED25519 }/" \
		"$d/policy.yaml"
	local -a sign=(--previous "$d/prev.xml" --schema normal --plan-ok normal --time 2026-12-02 --pin-fd 3)
	run skr-sign --policy "$d/policy.yaml" "${sign[@]}" <"$d/ksr.xml" 3<<<1234
	expect 0 "$zone, $alg: signed"
	cp out "$d/skr.xml"
	sed 's/^hard_response_size:.*/max_response_size: 512\nhard_response_size: 512/' "$d/policy.yaml" \
		>"$d/small.yaml"
	run skr-sign --policy "$d/small.yaml" "${sign[@]}" <"$d/ksr.xml" 3<<<1234
	broke PLAN-SIZE "$zone, $alg: each slot's size is said"
	cp err "$d/said"
	for slot in 1 2; do
		skr-export --format zone --slot $slot "$d/skr.xml" >"$d/slot"
		check "$zone, $alg, slot $slot: served" serve "$zone" "$d/slot"
		said=$(sed -n "s/.*slot $slot: the DNSKEY answer takes \([0-9]*\) bytes.*/\1/p" "$d/said")
		got=$(measured "$zone")
		stop
		check "$zone, $alg, slot $slot: said are '$said' bytes, '$got' are answered" \
			test -n "$said" -a "$said" = "$got"
	done
}
compare . RSASHA256 11
compare a. ECDSAP256SHA256 12
compare ceremony.some-rather-longer-name.example. RSASHA512 13

done_testing
