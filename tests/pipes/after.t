# "After the ceremony" of ksr-ceremony(7): each of its commands, in its order, by the clock of the first day of
# the quarter, with named, nsd and knotd running since the one before.
. "$(dirname "$0")/../lib.sh"
. "$HERE/tests/zsks.sh"
. "$HERE/tests/year.sh"
cd "$T" || exit 1
now=$(seconds 2027-01-01T12:00:00Z)
before=$(seconds 2026-12-28T12:00:00Z)

# A story whose ZSK is in files and on a token, by the names that the page has.
"$MINT" ceremony --dir d --zone . --algorithm RSASHA256 --start 2027-01-01 || exit 1
cp d/prev.xml d/ksr.xml d/skr.xml d/ksk.ds .
cp d/policy.yaml root.yaml
zone_of root . >root.zone
"$MINT" dnskey --dir d --algorithm RSASHA256 ksk-1 | key-anchor --format bind >ksk.bind
key=$("$MINT" bind --dir d --zone . --algorithm RSASHA256 zsk-2027-01-01)
cp "d/$key".* .
new_token zone
softhsm2-util --import d/zsk-2027-01-01.pem --token zone --label zsk --id 01 --pin 1234 >/dev/null
engine

# Servers with the last slot of the quarter before, and its ZSK.
old=$("$MINT" bind --dir d --zone . --algorithm RSASHA256 zsk-2026-10-01)
cp "d/$old".* .
servers_of=(named nsd knotd)
declare zone_d=. alg_d=RSASHA256 holder_d=files
mapfile -t port < <(ports 4)
mkdir knot
named_conf d "${port[0]}"
nsd_conf d "${port[1]}"
knot_conf d "${port[2]}"
sed -i "s,$T/d/\(signed\|nsd\|knot\),$T/\1,; s,\"$T/d\",\"$T\",; s,file: zone$,file: root.zone," d/*.conf
sed -i "s|control-enable: no|control-enable: yes\ncontrol-interface: $T/nsd.socket|" d/nsd.conf
rndc-confgen -a -c "$T/rndc.key" >/dev/null 2>&1
sed -i "s|controls { };|include \"$T/rndc.key\"; controls { inet 127.0.0.1 port ${port[3]} allow { localhost; } keys { rndc-key; }; };|" \
	d/named.conf
skr-export --format zone --at "$(iso "$before")" prev.xml >slot
cat root.zone slot >unsigned
dnssec-signzone -q -x -P -o . -s "$(stamp $((before - 3600)))" -e "$(stamp $((now + day)))" -f signed \
	unsigned "$old" >/dev/null 2>&1
skr-export --format knot prev.xml >prev.knot
check "keymgr takes the response before" at "$before" keymgr -c d/knot.conf . import-skr "$T/prev.knot"
for from in 2026-10-01 2027-01-01; do
	t=$(seconds $from)
	check "keymgr takes zsk-$from" at "$before" keymgr -c d/knot.conf . import-pem "$T/d/zsk-$from.pem" \
		ksk=no zsk=yes algorithm=RSASHA256 created=$((t - 90 * day)) publish=$((t - 10 * day)) active="$t" \
		retire=$((t + 92 * day)) remove=$((t + 102 * day))
done
start named.log "$now" named -f -n 1 -c "$T/d/named.conf"
start nsd.log "$now" nsd -d -c "$T/d/nsd.conf"
start knot.log "$now" knotd -c "$T/d/knot.conf"
check "they answer" answers server . "${port[0]}" "${port[1]}" "${port[2]}"
sort slot >last
for p in 0 1 2; do
	check "${servers_of[p]} serves the last slot before" diff last <(records "${port[p]}" .)
done

# A file a display; what the commands find on a machine they find here by these functions.
cat >functions <<END
sources=$HERE
ldns-signzone() { OPENSSL_CONF=$T/openssl.cnf command ldns-signzone "\$@"; }
rndc() { command rndc -k $T/rndc.key -s 127.0.0.1 -p ${port[3]} "\$@"; }
nsd-control() { command nsd-control -c $T/d/nsd.conf "\$@"; }
keymgr() { command keymgr -c $T/d/knot.conf "\$@"; }
knotc() { command knotc -c $T/d/knot.conf "\$@"; }
dig() { command dig -p \$PORT "\$@"; }
delv() { command delv -p \$PORT "\$@"; }
set -exo pipefail
END
awk '/^\.Sh/ { on = /AFTER THE CEREMONY/ } /^\.Ed/ { show = 0 } show { print >file }
	on && /^\.Bd/ { show = 1; file = sprintf("display-%d", ++n) }' "$HERE/man/ksr-ceremony.7"
sed -i "s/\\\\e/\\\\/g; s/\\\\&//g; s/K\.+008+24649/$key/" display-*
check "the page has eight displays" test "$(echo display-*)" = "$(echo display-{1..8})"

# display N [PORT]: its commands.
display()
{
	run env LD_PRELOAD="$CLOCK" FALSE_CLOCK="$now" PORT="${2:-0}" \
		ASAN_OPTIONS="${ASAN_OPTIONS:+$ASAN_OPTIONS:}verify_asan_link_order=0" \
		bash -c "$(cat functions "display-$1")"
}
# exported: the records of the slot in "signed".
exported()
{
	ldns-read-zone -z signed | tr -s '\t' ' ' | grep -E ' IN (DNSKEY|RRSIG DNSKEY) ' | sed 's/ ;.*//' | sort
}
display 1
expect 0 "judged, and the calendar of the quarter"
check "... has slot 1" grep -qE '^2027-01-01T01:00:00 2027-01-03T02:00:00 +1 +p9,1 ' out
display 2
expect 0 "signed with the ZSK in files"
sort slot >first
refute "... another set than the one before" cmp -s last first
check "... with the exported records" diff first <(exported)
display 4
expect 0 "... and verified"
display 3
expect 0 "signed with the ZSK on the token"
check "... with the exported records" diff first <(exported)
display 4
expect 0 "... and verified"
cp signed good
cp raw signed
display 4
refute "control: the ZSK's own signature over the set" test "$status" -eq 0
cp good signed

for p in 0 1 2; do
	display 7 "${port[p]}"
	refute "control: nobody serves it yet" test "$status" -eq 0
done
display 5
expect 0 "loaded by named and nsd"
display 6
expect 0 "taken by Knot DNS"
for p in 0 1 2; do
	for ((i = 0; i < 50; i++)); do		# each loads it in its own time
		diff first <(records "${port[p]}" .) >/dev/null && break
		sleep 0.1
	done
	display 7 "${port[p]}"
	expect 0 "${servers_of[p]} serves it, and delv validates"
done
"$MINT" dnskey --dir d --algorithm RSASHA256 ksk-other | key-anchor --format bind >ksk.bind
display 7 "${port[0]}"
refute "control: another trust anchor" test "$status" -eq 0
display 8
expect 0 "monitoring"
now=$(seconds 2027-03-25T12:00:00Z)
display 8
refute "control: in the last weeks there is an alarm" test "$status" -eq 0

done_testing
