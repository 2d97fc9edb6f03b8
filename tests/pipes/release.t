# The release of a quarter, slot by slot, with the scripts of examples/release: a release host, an
# online signer, a name server and a validator, under a false clock.
. "$(dirname "$0")/../lib.sh"
. "$HERE/tests/clock/clock.sh"
. "$(dirname "$0")/../sealing.sh"
cd "$T" || exit 1
PATH=$HERE/examples/release:$PATH:/usr/sbin
MINT=$TESTS/mint
ZONE=example.org
A=ECDSAP256SHA256
PORT=$((20000 + $$ % 12000))	# below those that the kernel gives away (32768)
pids=
# shellcheck disable=SC2317
end_daemons()
{
	# shellcheck disable=SC2086
	[ -z "$pids" ] || { kill $pids; wait $pids; } 2>/dev/null
}
at_exit=end_daemons

# until COMMAND...: within ten seconds.
until_so()
{
	local i
	for ((i = 0; i < 100; i++)); do
		"$@" >/dev/null 2>&1 && return
		sleep 0.1
	done
	return 1
}

# The rehearsal, in real time, while all else goes on.
ASAN_OPTIONS=$ASAN_OPTIONS:fast_unwind_on_malloc=0:malloc_context_size=10 PORT=$((PORT + 20)) \
	timeout 300 rehearse "$T/rehearsal" >rehearsal.out 2>&1 &
rehearsal=$!
pids="$pids $rehearsal"

# The clock itself: programs that BIND, GNU and we have made follow it.
set_clock 2027-01-01T12:00:00Z
check "the false clock: date" test "$(clocked date -u +%F)" = 2027-01-01
"$MINT" ceremony --dir c --zone $ZONE --algorithm $A --start 2027-01-01 || exit 1
"$MINT" ceremony --dir alien --zone $ZONE --algorithm $A --start 2027-01-01 || exit 1
clocked skr-open --no-anchor --any-set --at now - </dev/null >out 2>err
check "the false clock: no program is stopped by it" grep -q 'empty' err
run clocked skr-export --format zone --at now c/skr.xml
check "the false clock: our tools" test "$status" -eq 0 -a -s out
ZSK=$T/c/$("$MINT" bind --dir c --zone $ZONE --algorithm $A zsk-2027-01-01)

# The release host: a sealed response, its sheet, and the way to the other one.
mkdir release online online/inbox online/work zones
skr-seal --anchor c/ksk.ds --passphrases-per-slot --sheet release/sheet --output release/q1 c/skr.xml
cat >release.conf <<-END
	SET=$T/release/q1 SHEET=$T/release/sheet LOG=$T/release/given AHEAD="3 days"
	put() { SSH_ORIGINAL_COMMAND=\$1 slot-receive $T/online.conf; }
END
cp c/ksk.ds online/ksk.ds
cat >online.conf <<-END
	ZONE=$ZONE INBOX=$T/online/inbox WORK=$T/online/work ANCHOR=$T/online/ksk.ds SOON="2 days"
	sign()
	{
		sed "s/@SERIAL@/\$(date -u +%s)/" $T/online/zone | cat - "\$1" >"\$WORK/unsigned" &&
			dnssec-signzone -q -x -i 0 -P -O full -o $ZONE -f "\$2" "\$WORK/unsigned" $ZSK >/dev/null
	}
	publish()
	{
		cp "\$1" $T/zones/new && mv $T/zones/new $T/zones/$ZONE && kill -HUP \$(cat $T/nsd.pid)
	}
END
printf '%s\n' "$ZONE. 300 IN SOA ns hostmaster @SERIAL@ 3600 900 864000 60" \
	"$ZONE. 300 IN NS ns.$ZONE." "ns.$ZONE. 300 IN A 127.0.0.1" \
	"*.$ZONE. 300 IN TXT here" >online/zone

# A name server without any clock, two validators with the false one.
cp online/zone zones/$ZONE
sed -i "s/@SERIAL@/1/" zones/$ZONE
cat >nsd.conf <<-END
	server:
	    ip-address: 127.0.0.1@$PORT
	    username: ""
	    database: ""
	    zonesdir: "$T/zones"
	    pidfile: "$T/nsd.pid"
	    xfrdfile: "$T/xfrd.state"
	    zonelistfile: "$T/zone.list"
	    xfrdir: "$T"
	    logfile: "$T/nsd.log"
	    server-count: 1
	remote-control:
	    control-enable: no
	zone:
	    name: "$ZONE"
	    zonefile: "$ZONE"
END
nsd -d -c nsd.conf >nsd.out 2>&1 &
pids="$pids $!"
# validator NAME ANCHOR PORT
validator()
{
	cat >"$1.conf" <<-END
		server:
		    interface: 127.0.0.1
		    port: $3
		    username: ""
		    chroot: ""
		    directory: "$T"
		    pidfile: ""
		    use-syslog: no
		    logfile: "$T/$1.log"
		    val-log-level: 2
		    do-not-query-localhost: no
		    do-ip6: no
		    msg-buffer-size: 8192
		    rrset-roundrobin: no
		    trust-anchor-file: "$2"
		    module-config: "validator iterator"
		stub-zone:
		    name: "$ZONE"
		    stub-addr: 127.0.0.1@$PORT
		remote-control:
		    control-enable: no
	END
	FALSE_CLOCK=@$CLOCK_FILE LD_PRELOAD=$TESTS/clock.so unbound -d -c "$1.conf" >"$1.out" 2>&1 &
	pids="$pids $!"
}
validator right "$T/online/ksk.ds" $((PORT + 1))
validator wrong "$T/alien/ksk.ds" $((PORT + 2))
# fresh: another one, which has no memory of later days; its port is $fresh.
fresh=$((PORT + 2))
fresh()
{
	fresh=$((fresh + 1))
	validator "fresh$fresh" "$T/online/ksk.ds" $fresh
	until_so sh -c "dig +time=1 +tries=1 @127.0.0.1 -p $fresh version.bind CH TXT | grep -q status"
}
ask()
{
	dig +time=30 +tries=1 +dnssec +nosplit @127.0.0.1 -p "$@"
}
check "nsd answers" until_so sh -c "dig +time=1 +tries=1 @127.0.0.1 -p $PORT $ZONE SOA | grep -q 'status: NOERROR'"
check "unbound answers" until_so sh -c "dig +time=1 +tries=1 @127.0.0.1 -p $((PORT + 1)) version.bind CH TXT | grep -q status"

# secure PORT: does this validator say so, of a name that it has never been asked for?
asked=0
secure()
{
	asked=$((asked + 1))
	ask "$1" "q$asked.$ZONE" TXT >answer
	grep -qE '^;; flags: .*\bad\b' answer && grep -q 'status: NOERROR' answer
}
bogus()
{
	asked=$((asked + 1))
	ask "$1" "q$asked.$ZONE" TXT >answer
	grep -q 'status: SERVFAIL' answer
}

# day TIME: both hosts do their work; the exit status is that of the online one.
day()
{
	set_clock "$1"
	clocked release-push release.conf >out 2>err || echo "release-push: exit $?" >>err
	run clocked slot-install online.conf
	loaded
}
# loaded: the server has what was published.
loaded()
{
	local serial
	[ -e zones/$ZONE ] || return
	serial=$(awk '$4 == "SOA" { print $7; exit }' zones/$ZONE)
	until_so sh -c "dig +short +time=1 +tries=1 @127.0.0.1 -p $PORT $ZONE SOA | grep -q ' $serial '"
}

# The quarter: after the beginning of each slot, and before that of the next.
released()
{
	find online/inbox -name '*.pass' | wc -l
}
for n in 1 2 3 4 5 6 7 8 9; do
	begin=$(date -u -d "2027-01-01 $(((n - 1) * 10)) days" +%F)
	for step in 0:01 8:23; do
		day "$begin $((10#${step#*:})):00 UTC ${step%:*} days"
		if [ "$n${step%:*}" = 98 ]; then
			check "slot 9, day 8: nothing to be said" test "$status" -eq 0
		else
			check "slot $n, day ${step%:*}: installed" test "$status" -eq 0 -a ! -s err
		fi
		check "slot $n, day ${step%:*}: secure" secure $((PORT + 1))
	done
	ask $PORT $ZONE DNSKEY | awk '$4 == "DNSKEY" || ($4 == "RRSIG" && $5 == "DNSKEY")' |
		awk '{ $1 = $1; print }' | LC_ALL=C sort >served
	check "slot $n: served as exported, byte by byte" diff <(skr-export --format zone --slot $n c/skr.xml | LC_ALL=C sort) served
	check "slot $n: another anchor finds it bogus" bogus $((PORT + 2))
	check "slot $n: the online signer has this one and the next" test "$(released)" -le 4
	if [ $n -eq 2 ]; then
		# Whoever has the online signer, and all sealed files besides, opens what was given.
		opened=0
		for pass in online/inbox/q1/*.pass; do
			for f in release/q1/*.cms; do
				skr-open --no-anchor --any-set --passphrase-file "$pass" "$f" >/dev/null 2>&1 &&
					opened=$((opened + 1))
			done
		done
		check "with all that it has: $opened slots and no more" test "$opened" -eq "$(released)" -a "$opened" -eq 3
	fi
done
check "every slot was given once" test "$(grep -c 'cms$' release/given)" -eq 9
refute "no passphrase was in what was logged" grep -rqFf <(awk '/^  / { $1 = $1; print $1, $2, $3 }' release/sheet) \
	release/given out err unbound.log nsd.log

# The end of the set, and what goes wrong on the way: by the clock of its last slot.
day 2027-04-11T00:00:00Z
refused 1 'slot-install: example.org: the last slot ends at 2027-04-12T00:00:00Z, and no further set is here' "before the end: said"
check "before the end: secure all the same" secure $((PORT + 1))
# (unbound gives a signature a tenth of its life more, up to a day)
day 2027-04-14T00:00:00Z
refused 1 'no slot for 2027-04-14T00:00:0[0-9]Z is here' "after the end: said"
check "after the end: bogus" bogus $((PORT + 1))
check "what has expired was removed" test "$(released)" -eq 0

# again: the online signer as it was on a day, with these slots given.
again()
{
	rm -rf online/inbox release/given
	mkdir online/inbox
	set_clock "$1"
	clocked release-push release.conf
}
again 2027-02-01T00:00:00Z
run clocked slot-install online.conf
expect 0 "slot 4 alone"
set_clock 2027-02-09T00:00:00Z
run clocked slot-install online.conf
refused 1 'the next slot begins at 2027-02-10T00:00:00Z, and example.org-20270210000000-20270303000000.cms is not here' "the release host is silent: said"
set_clock 2027-02-11T00:00:00Z
run clocked slot-install online.conf
refused 1 'example.org-20270210000000-20270303000000.cms is in force, and is not here' "the next slot has begun: said"
loaded
fresh
check "the slot before it still holds" secure $fresh
again 2027-02-01T00:00:00Z
f=online/inbox/q1/example.org-20270131000000-20270221000000.cms
cp $f kept
perl -0777 -pi -e 'substr($_, 600, 1) ^= "\x01"' $f
cp zones/$ZONE before
run clocked slot-install online.conf
refused 1 'is not installed' "a bit flipped in the slot: said"
check "... and nothing is published" cmp zones/$ZONE before
cp kept $f
cp c/ksk.ds kept.ds
cp alien/ksk.ds online/ksk.ds
run clocked slot-install online.conf
refused 1 'SKR-ANCHOR' "another anchor"
check "... and nothing is published" cmp zones/$ZONE before
cp kept.ds online/ksk.ds
run clocked slot-install online.conf
expect 0 "all as it should be"

# A set signed by the ZSK alone: the validator tells it apart.
set_clock 2027-02-05T00:00:00Z
skr-export --format zone --slot 4 c/skr.xml | grep -v RRSIG | cat online/zone - |
	sed "s/@SERIAL@/$(clocked date -u +%s)/" >zsk-only
clocked dnssec-signzone -q -z -P -O full -o $ZONE -f zones/new zsk-only "$ZSK" >/dev/null 2>err &&
	mv zones/new zones/$ZONE && kill -HUP "$(cat nsd.pid)"
loaded
fresh
check "a set signed by the ZSK alone is bogus" bogus $fresh

# What the online signer takes from the other side.
# taken NAME STATUS PATTERN: standard input under this name.
taken()
{
	SSH_ORIGINAL_COMMAND=$1 run slot-receive online.conf
	if [ "$2" -eq 0 ]; then
		expect 0 "slot-receive: $1"
	else
		refused "$2" "$3" "slot-receive: $1"
	fi
}
taken "q1/${f##*/}" 0 <kept
taken "q1/${f##*/}" 1 'is here already, and is another' <nsd.conf
for name in ../evil q1/../../evil.cms q1/.hidden.cms /etc/passwd q1/evil.sh "q1/a b.cms" "" q1 q1/ -q1/a.cms "q1/\$(id).cms"; do
	taken "$name" 1 'not the name of a' <nsd.conf
done
taken q1/empty.cms 1 'empty' </dev/null
check "... and nothing of it is there" test "$(find . -name 'evil*' -o -name 'empty*' -o -name '.new*' | wc -l)" -eq 0

# With a private key for each slot in place of a sheet.
certificates=()
mkdir release/keys
for n in 1 2 3 4 5 6 7 8 9; do
	party "release/keys/$n" p256
	certificates+=(--certificate "$n=release/keys/$n.pem")
done
skr-seal --anchor c/ksk.ds "${certificates[@]}" --output release/k1 c/skr.xml
sed -i 's|^SET=\(.*\)q1 SHEET=[^ ]*|SET=\1k1 KEYS=\1keys|' release.conf
again 2027-02-08T00:00:00Z
run clocked slot-install online.conf
expect 0 "with keys in place of passphrases"
loaded
fresh
check "... secure" secure $fresh
check "... this slot's and the next one's" test "$(find online/inbox -name '*.key' | wc -l)" -eq 2

wait $rehearsal
check "the rehearsal: secure from its first slot to its last, then bogus" test $? -eq 0
tail -n 3 rehearsal.out | sed 's/^/# /'
check "... in four slots" test "$(grep -oE 'slot since [0-9]+  secure' rehearsal.out | sort -u | wc -l)" -eq 4

done_testing
