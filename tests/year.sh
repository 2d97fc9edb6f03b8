# tests/year.sh: a zone whose KSK is offline, signed, served and validated at any instant.  Sourced
# after lib.sh and zsks.sh, in $T.  A story is a folder: keys, policy, responses, anchors, zone.
# shellcheck shell=bash

PATH=$PATH:/usr/sbin
CLOCK=$TESTS/clock.so
MINT=$TESTS/mint
YEAR_PIN=1234
servers=()
day=86400

# at SECONDS COMMAND...: with a clock that stands still at that second.
at()
{
	local t=$1
	shift
	env LD_PRELOAD="$CLOCK" FALSE_CLOCK="$t" "$@"
}

# of WHAT D: a value that a story keeps: shape, zone, alg, holder, the ports of its servers and resolvers.
of()
{
	local name=$1_$2
	echo "${!name}"
}

# seconds INSTANT, stamp SECONDS (of an RRSIG), iso SECONDS
seconds()
{
	date -u -d "$1" +%s
}
stamp()
{
	date -u -d "@$1" +%Y%m%d%H%M%S
}
iso()
{
	date -u -d "@$1" +%Y-%m-%dT%H:%M:%SZ
}

# Servers, each in a process of its own, ended by its id.
# start LOG SECONDS COMMAND...: with a clock as at() has it, or one that runs from there on (+SECONDS).  The process in
# the background must be the server itself, so that its id is what is ended.
start()
{
	local log=$1 t=$2
	shift 2
	env LD_PRELOAD="$CLOCK" FALSE_CLOCK="$t" "$@" >"$log" 2>&1 </dev/null &
	servers+=($!)
}
stop()
{
	[ ${#servers[@]} -eq 0 ] || kill "${servers[@]}" 2>/dev/null
	[ ${#servers[@]} -eq 0 ] || wait "${servers[@]}" 2>/dev/null
	servers=()
}
at_exit=stop

# ports N: so many ports of the loopback that nobody uses now.
ports()
{
	perl -MIO::Socket::INET -e '
		for (1 .. $ARGV[0]) {
			for (;;) {
				my $t = IO::Socket::INET->new(LocalAddr => "127.0.0.1", Listen => 1) or next;
				my $u = IO::Socket::INET->new(LocalAddr => "127.0.0.1", Proto => "udp",
					LocalPort => $t->sockport) or next;
				push @held, $t, $u;
				print $t->sockport, "\n";
				last;
			}
		}' "$1"
}

# answers KIND ZONE PORT...: each of these ports, within ten seconds: a server with the zone that it has loaded, a
# resolver with whatever.
answers()
{
	perl -MIO::Socket::INET -MIO::Select -e '
		my ($kind, $zone, @ports) = @ARGV;
		my $query = pack("n6", 1, 0x0100, 1, 0, 0, 0) .
			join("", map { pack("C/a", $_) } grep { length } split /\./, $zone) . pack("C n2", 0, 6, 1);
		my $end = time + 10;
		PORT: for my $port (@ports) {
			my $s = IO::Socket::INET->new(PeerAddr => "127.0.0.1", PeerPort => $port, Proto => "udp");
			while (time < $end) {
				send $s, $query, 0;
				my $got = "";
				next PORT if IO::Select->new($s)->can_read(0.5) && defined recv($s, $got, 4096, 0) &&
					length $got > 11 && ($kind eq "resolver" || (unpack("n2", $got))[1] % 16 == 0);
				select undef, undef, undef, 0.02;
			}
			exit 1;
		}' "$@"
}

# zone_of SHAPE ZONE: the zone without its keys.
zone_of()
{
	case $1 in
	root)
		cat <<-END
			. 86400 IN SOA a.servers.test. hostmaster.test. 2027010100 1800 900 604800 86400
			. 518400 IN NS a.servers.test.
			. 518400 IN NS b.servers.test.
			test. 172800 IN NS a.servers.test.
			test. 172800 IN NS ns.nic.test.
			ns.nic.test. 172800 IN A 192.0.2.53
			a.servers.test. 172800 IN A 192.0.2.1
			b.servers.test. 172800 IN AAAA 2001:db8::1
			example. 172800 IN NS ns.example.
			example. 86400 IN DS 12345 13 2 $(printf '%064d' 0)
			ns.example. 172800 IN A 192.0.2.54
		END
		;;
	tld)
		cat <<-END
			$2. 3600 IN SOA ns.nic.$2. hostmaster.nic.$2. 2027010100 1800 900 604800 1800
			$2. 172800 IN NS ns.nic.$2.
			ns.nic.$2. 172800 IN A 192.0.2.53
			nic.$2. 3600 IN TXT "a name of its own"
			insecure.$2. 86400 IN NS ns.insecure.$2.
			ns.insecure.$2. 86400 IN A 192.0.2.55
			secure.$2. 86400 IN NS ns.insecure.$2.
			secure.$2. 3600 IN DS 12345 13 2 $(printf '%064d' 0)
		END
		;;
	esac
}

# signed_name SHAPE ZONE: a name with a DS record, which the zone's own ZSK signs.
signed_name()
{
	[ "$1" = root ] && echo example. || echo "secure.$2."
}

# story D SHAPE ZONE ALGORITHM HOLDER: D/policy.yaml, its KSK on the token main, and its ZSKs, listed in
# D/list: a quarter each, from July 2026 on, on that token or in files, as HOLDER says.
story()
{
	local i
	mkdir "$1"
	declare -g "shape_$1=$2" "zone_$1=$3" "alg_$1=$4" "holder_$1=$5"
	{
		printf '%s\n' "request_policy:" "  acceptable_domains: ['$3']" \
			"  approved_algorithms: [$4]" "  signature_horizon_days: 400" \
			"ksk_policy:" "  signers_name: '$3'" "  min_signature_validity: P21D" \
			"  max_signature_validity: P21D" "  min_validity_overlap: P9D" \
			"  max_validity_overlap: P12D" "  retire_safety: P28D" \
			"hsm:" "  soft:" "    module: $MODULE" \
			"keys:" "  ksk:" "    label: ksk-$1" "    algorithm: $4" "schemas:" "  normal:"
		for i in 1 2 3 4 5 6 7 8 9; do
			echo "    $i: { publish: [], sign: ksk, revoke: [] }"
		done
		printf '%s\n' "zsk:" "  domain: '$3'" "  algorithm: $4"
		if [ "$5" = token ]; then echo "  hsm: soft"; else echo "  key_dir: $1/keys"; fi
	} >"$1/policy.yaml"
	zone_of "$2" "$3" >"$1/zone"
	key-generate --role ksk --policy "$1/policy.yaml" --key ksk --pin-fd 3 3<<<$YEAR_PIN >"$1/ksk.list" &&
		key-dnskey --policy "$1/policy.yaml" --key ksk --pin-fd 3 3<<<$YEAR_PIN >"$1/ksk.dnskey" &&
		key-anchor --format ds "$1/ksk.dnskey" >"$1/ksk.ds" &&
		key-anchor --format bind "$1/ksk.dnskey" >"$1/ksk.bind" &&
		"zsks_$5" "$1" "$3" "$4"
}

# zsks_token D: those that were there already, and those that fourteen months need.
zsks_token()
{
	key-generate --role zsk --policy "$1/policy.yaml" --from 2026-07-01 --count 2 --pin-fd 3 \
		3<<<$YEAR_PIN >"$1/list" &&
		key-generate --role zsk --policy "$1/policy.yaml" --from 2027-01-01 --for P14M \
			--record "$1/list" --pin-fd 3 3<<<$YEAR_PIN >"$1/more" &&
		grep -v '^# keys' "$1/more" >>"$1/list"
}

# zsks_files D ZONE ALGORITHM: as PEM, and as the files that dnssec-signzone takes.
zsks_files()
{
	local i from names=()
	for ((i = 0; i < 7; i++)); do
		from=$(date -u -d "2026-07-01 $((3 * i)) months" +%F)
		names+=("zsk-$from")
		zskline "$from" "$3" "$2" >>"$1/list"
	done
	"$MINT" keys --dir "$1/keys" --algorithm "$3" "${names[@]}" && cp -r "$1/keys" "$1/bind"
}

# sitting D N QUARTER: a ceremony for this quarter: D/N.ksr, D/N.skr, judged on each side.
sitting()
{
	local d=$1 n=$2 zone=zone_$1 start now chain=(--first) anchor=(--anchor "$1/ksk.ds")
	start=$(date -u -d "${3%q*}-01-01 $((3 * (${3#*q} - 1))) months" +%F)
	now=$(date -u -d "$start 30 days ago" +%F)
	[ "$n" -eq 0 ] || chain=(--previous "$d/$((n - 1)).skr")
	ksr-create --policy "$d/policy.yaml" "${chain[@]}" "${anchor[@]}" --time "$now" --cycle "$3" --pin-fd 3 \
		--id "$d-$3" --output "$d/$n.ksr" "$d/list" 3<<<$YEAR_PIN &&
		ksr-check --policy "$d/policy.yaml" "${chain[@]}" "${anchor[@]}" --time "$now" "$d/$n.ksr" |
		skr-sign --policy "$d/policy.yaml" "${chain[@]}" "${anchor[@]}" --time "$now" --schema normal \
			--plan-ok normal --pin-fd 3 --output "$d/$n.skr" 3<<<$YEAR_PIN &&
		skr-check --policy "$d/policy.yaml" "${chain[@]}" "${anchor[@]}" --time "$now" --ksr "$d/$n.ksr" \
			--ttl P6D --propagation PT1H --skew PT0S "$d/$n.skr" >"$d/checked" &&
		cmp "$d/checked" "$d/$n.skr"
}

# response D T: the file in force at T, the last one that has begun; status 1: none is.
response()
{
	local n last=
	for ((n = 0; n < 9; n++)); do
		[ ! -e "$1/$n.skr" ] || ! skr-export --format zone --at "$(iso "$2")" "$1/$n.skr" >/dev/null 2>&1 ||
			last=$1/$n.skr
	done
	echo "$last"
	[ -n "$last" ]
}

# zsk_at SKR T: the name of the ZSK that signs then, as the response itself tells.
zsk_at()
{
	local tag
	tag=$(skr-show --timeline --ttl PT0S --propagation PT0S --skew PT0S "$1" |
		awk -v t="$(iso "$2")" '$1 "Z" <= t && t < $2 "Z" { print $5 + 0 }')
	skr-show --json "$1" | grep -oE "\"identifier\":\"[^\"]*\",\"tag\":$tag," | head -n 1 | cut -d '"' -f 4
}

# sign_token D T NAME, sign_files D T NAME: D/unsigned to D/signed.  ldns-signzone makes a signature of
# its own over the DNSKEY records: the exported ones take their place.
sign_token()
{
	local zone=zone_$1 number=8
	[ "$(of alg "$1")" = RSASHA256 ] || number=13
	OPENSSL_CONF=$T/openssl.cnf ldns-signzone -E pkcs11 -k "$number,pkcs11:token=main;object=$3" \
		-o "${!zone}" -i "$(stamp $(($2 - 3600)))" -e "$(stamp $(($2 + 7 * day)))" -f "$1/raw" \
		"$1/unsigned" >"$1/sign.log" 2>&1 &&
		awk '$4 != "DNSKEY" && !($4 == "RRSIG" && $5 == "DNSKEY")' "$1/raw" |
		cat - "$1/slot" >"$1/signed"
}
sign_files()
{
	local zone=zone_$1 key
	key=$(cd "$1/bind" && cat "$3.base") &&
		(cd "$1/bind" && dnssec-signzone -q -x -P -o "${!zone}" -s "$(stamp $(($2 - 3600)))" \
			-e "$(stamp $(($2 + 7 * day)))" -f ../signed ../unsigned "$key") >"$1/sign.log" 2>&1
}

# sign D T [SLOT]: D/signed, the zone as it is served at T; with the records of the file SLOT in place of the
# exported ones.
sign()
{
	local skr holder=holder_$1
	skr=$(response "$1" "$2") || return 1
	if [ -n "${3:-}" ]; then
		cp "$3" "$1/slot"
	else
		skr-export --format zone --at "$(iso "$2")" "$skr" >"$1/slot" || return 1
	fi
	cat "$1/zone" "$1/slot" >"$1/unsigned"
	"sign_${!holder}" "$1" "$2" "$(zsk_at "$skr" "$2")"
}

# records PORT ZONE: the DNSKEY records served there and their signatures, as the export writes them.
records()
{
	dig +tries=2 +time=5 +dnssec +noall +answer +nosplit @127.0.0.1 -p "$1" "$2" DNSKEY | tr -s '\t ' ' ' | sort
}

# offline D T FILE: what the three programs say that look at files; each prints its name if it accepts.
offline()
{
	local zone=zone_$1
	! ldns-verify-zone -t "$(stamp "$2")" -k "$1/${4:-ksk.ds}" "$3" >"$1/ldns.log" 2>&1 || echo ldns-verify-zone
	! at "$2" dnssec-verify -q -o "${!zone}" "$3" >"$1/bind.log" 2>&1 || echo dnssec-verify
	! kzonecheck -o "${!zone}" -d on -t "$2" "$3" >"$1/knot.log" 2>&1 || echo kzonecheck
}

# Configurations.
named_conf()	# D PORT
{
	local zone=zone_$1
	cat >"$1/named.conf" <<-END
		options {
			directory "$T/$1"; pid-file none; session-keyfile none; recursion no;
			listen-on port $2 { 127.0.0.1; }; listen-on-v6 { none; };
		};
		controls { };
		zone "${!zone}" { type primary; file "$T/$1/signed"; };
	END
}
nsd_conf()	# D PORT
{
	local zone=zone_$1
	cat >"$1/nsd.conf" <<-END
		server:
			ip-address: 127.0.0.1@$2
			do-ip6: no
			server-count: 1
			username: ""
			chroot: ""
			zonesdir: "$T/$1"
			database: ""
			pidfile: ""
			xfrdfile: ""
			zonelistfile: "$T/$1/nsd.list"
			xfrdir: "$T/$1"
		remote-control:
			control-enable: no
		zone:
			name: "${!zone}"
			zonefile: signed
	END
}
unbound_conf()	# D NAME PORT SERVERPORT [ANCHORS]
{
	local zone=zone_$1
	cat >"$1/unbound.$2.conf" <<-END
		server:
			interface: 127.0.0.1@$3
			port: $3
			do-ip6: no
			username: ""
			chroot: ""
			directory: "$T/$1"
			pidfile: ""
			use-syslog: no
			val-log-level: 2
			val-sig-skew-min: 0
			val-sig-skew-max: 0
			do-not-query-localhost: no
			module-config: "validator iterator"
			trust-anchor-file: "$T/$1/${5:-ksk.ds}"
			trust-anchor-signaling: no
			target-fetch-policy: "0 0 0 0 0"
			local-zone: "test." nodefault
		remote-control:
			control-enable: no
		stub-zone:
			name: "${!zone}"
			stub-addr: 127.0.0.1@$4
	END
}
knot_conf()	# D PORT: and its keys, of that token or in files
{
	local zone=zone_$1 alg=alg_$1 holder=holder_$1
	mkdir -p "$1/knot"
	cat >"$1/knot.conf" <<-END
		server:
		    rundir: "$T/$1/knot"
		    listen: 127.0.0.1@$2
		    background-workers: 1
		    udp-workers: 1
		    tcp-workers: 1
		log:
		  - target: stderr
		    any: info
		control:
		    listen: "$T/$1/knot/socket"
		database:
		    storage: "$T/$1/knot"
		keystore:
		  - id: token
		    backend: pkcs11
		    config: "pkcs11:token=main;pin-value=$YEAR_PIN $MODULE"
		  - id: files
		    backend: pem
		    config: "$T/$1/knot/keys"
		policy:
		  - id: offline
		    keystore: ${!holder}
		    algorithm: ${!alg}
		    manual: on
		    offline-ksk: on
		    rrsig-lifetime: 14d
		    rrsig-refresh: 7d
		zone:
		  - domain: "${!zone}"
		    storage: "$T/$1"
		    file: zone
		    dnssec-signing: on
		    dnssec-policy: offline
		    zonefile-sync: -1
		    zonefile-load: whole
		    journal-content: none
	END
}

# knot_keys D: the ZSKs of the list as keymgr takes them: published ten days ahead and kept as long.
knot_keys()
{
	local zone=zone_$1 alg=alg_$1 holder=holder_$1 label id from until source
	while IFS=$'\t' read -r _ label id _ _ _ _ _ from until _; do
		source=(import-pkcs11 "$id")
		[ "${!holder}" = token ] || source=(import-pem "$T/$1/keys/$label.pem")
		from=$(seconds "$from") until=$(seconds "$until")
		keymgr -c "$1/knot.conf" "${!zone}" "${source[@]}" ksk=no zsk=yes algorithm="${!alg}" \
			created="$((from - 90 * day))" publish="$((from - 10 * day))" active="$from" \
			retire="$until" remove="$((until + 10 * day))" >>"$1/keymgr.log" 2>&1 || return 1
	done < <(grep -v '^#' "$1/list")
}

# knot_takes D SKR: what Knot DNS needs of a response, verified by it.
knot_takes()
{
	local zone=zone_$1 from
	from=$(seconds "$(skr-show "$2" | awk '$1 == 1 { print $2 "Z" }')")
	skr-export --format knot "$2" >"$1/knot.skr" &&
		at "$from" keymgr -c "$1/knot.conf" "${!zone}" import-skr "$1/knot.skr" >>"$1/keymgr.log" 2>&1
}

# prepare D: ports, configurations, and Knot DNS's keys.  A zone's own resolver takes a signature for good for a while
# after its time, as its clock may be wrong: not here.
prepare()
{
	local p
	mapfile -t p < <(ports 6)
	declare -g "named_$1=${p[0]}" "nsd_$1=${p[1]}" "knot_$1=${p[2]}"
	declare -g "resolver_named_$1=${p[3]}" "resolver_nsd_$1=${p[4]}" "resolver_knot_$1=${p[5]}"
	named_conf "$1" "${p[0]}"
	nsd_conf "$1" "${p[1]}"
	knot_conf "$1" "${p[2]}"
	unbound_conf "$1" named "${p[3]}" "${p[0]}"
	unbound_conf "$1" nsd "${p[4]}" "${p[1]}"
	unbound_conf "$1" knot "${p[5]}" "${p[2]}"
	if [ "$(of holder "$1")" = files ]; then
		for p in "$1"/keys/*.pem; do
			p=${p##*/}
			"$MINT" bind --dir "$1/bind" --zone "$(of zone "$1")" \
				--algorithm "$(of alg "$1")" "${p%.pem}" >"$1/bind/${p%.pem}.base" ||
				return 1
		done
	fi
	knot_keys "$1"
}

# serve D T SERVER...: these, and a resolver before each.
serve()
{
	local d=$1 t=$2 zone=zone_$1 s port ports=() resolvers=()
	shift 2
	for s; do
		case $s in
		named) start "$d/named.log" "$t" named -f -n 1 -c "$T/$d/named.conf" ;;
		nsd) start "$d/nsd.log" "$t" nsd -d -c "$T/$d/nsd.conf" ;;
		knot) start "$d/knot.log" "$t" knotd -c "$T/$d/knot.conf" ;;
		esac
		start "$d/unbound.$s.log" "$t" unbound -d -c "$d/unbound.$s.conf"
	done
	for s; do
		port=${s}_$d
		ports+=("${!port}")
		port=resolver_${s}_$d
		resolvers+=("${!port}")
	done
	answers server "${!zone}" "${ports[@]}" && answers resolver "${!zone}" "${resolvers[@]}"
}

# validated D T SERVER [ANCHORS]: who has validated what it serves, a DS record, which the ZSK has signed, and that a
# name is not there: unbound, by the AD flag, and delv, which asks the server itself.
validated()
{
	local d=$1 port=$3_$1 resolver=resolver_$3_$1 zone=zone_$1 shape=shape_$1 good=0 q
	local questions=("$(signed_name "${!shape}" "${!zone}") DS" "no-such-name.${!zone#.} TXT")
	for q in "${questions[@]}"; do
		# shellcheck disable=SC2086
		drill -D -p "${!resolver}" @127.0.0.1 $q | grep -qE '^;; flags:[^;]* ad[ ;]' && good=$((good + 1))
	done
	[ $good -lt 2 ] || echo unbound
	good=0
	for q in "${questions[@]}"; do
		# shellcheck disable=SC2086
		at "$2" delv -a "$d/${4:-ksk}.bind" +root="${!zone}" @127.0.0.1 -p "${!port}" $q 2>&1 |
			grep -qE '^; (negative response, )?fully validated' && good=$((good + 1))
	done
	[ $good -lt 2 ] || echo delv
}

all_offline=$'ldns-verify-zone\ndnssec-verify\nkzonecheck'
all_online=$'unbound\ndelv'

# look D T SERVER...: what each serves and who validates it: D/SERVER.records and .validated.
look()
{
	local d=$1 t=$2 zone=zone_$1 s port pids=()
	shift 2
	for s; do
		port=${s}_$d
		records "${!port}" "${!zone}" >"$d/$s.records" &
		pids+=($!)
		validated "$d" "$t" "$s" >"$d/$s.validated" &
		pids+=($!)
	done
	wait "${pids[@]}"
}

# moment D T: signed, verified, served and validated at that second.
moment()
{
	local d=$1 t=$2 zone=zone_$1 s when
	when="$d, $(iso "$t")"
	check "$when: signed by $(zsk_at "$(response "$d" "$t")" "$t")" sign "$d" "$t"
	check "$when: verified from the file" test "$(offline "$d" "$t" "$d/signed")" = "$all_offline"
	sort "$d/slot" >"$d/exported"
	check "$when: served by named, nsd and knotd" serve "$d" "$t" named nsd knot
	look "$d" "$t" named nsd knot
	stop
	for s in named nsd knot; do
		check "$when: $s serves the exported records" diff "$d/exported" "$d/$s.records"
		check "$when: unbound and delv validate what $s serves" test "$(cat "$d/$s.validated")" = "$all_online"
	done
}

# slots D N: the number, inception and expiration of each slot of response N, in seconds.
slots_of()
{
	skr-show "$1/$2.skr" | awk '$1 ~ /^[0-9]+$/ { print $1, $2 "Z", $3 "Z" }' |
		while read -r n from until; do
			echo "$n $(seconds "$from") $(seconds "$until")"
		done
}

# boundaries D N: a moment before and after each slot of response N begins.
boundaries()
{
	local n from until
	while read -r n from until; do
		moment "$1" $((from - 1))
		moment "$1" $((from + 1))
	done < <(slots_of "$1" "$2")
}

# the_end D N: the last second of the last response, and the one after it.
the_end()
{
	local d=$1 until
	until=$(slots_of "$d" "$2" | awk 'END { print $3 }')
	moment "$d" $((until - 1))
	refute "$d, the end: no response is in force" response "$d" $((until + 1))
	check "$d, the end: nobody verifies the file" test -z "$(offline "$d" $((until + 1)) "$d/signed")"
	check "$d, the end: it is served still" serve "$d" $((until + 1)) named nsd
	look "$d" $((until + 1)) named nsd
	stop
	check "$d, the end: nobody validates what named serves" test ! -s "$d/named.validated"
	check "$d, the end: nobody validates what nsd serves" test ! -s "$d/nsd.validated"
	start "$d/knot.log" $((until + 1)) knotd -c "$T/$d/knot.conf"
	start "$d/unbound.knot.log" $((until + 1)) unbound -d -c "$d/unbound.knot.conf"
	sleep 0.5
	look "$d" $((until + 1)) knot
	stop
	check "$d, the end: nor what knotd does" test ! -s "$d/knot.validated"
}

# control D T NAME WHO: the zone D/signed at T, of which WHO may say that it is good: others not.
control()
{
	local d=$1 t=$2
	check "$d: $3: verified by: ${4:-nobody}" test "$(offline "$d" "$t" "$d/signed" | xargs)" = "$4"
	check "$d: $3: served" serve "$d" "$t" named
	look "$d" "$t" named
	stop
	check "$d: $3: nobody validates" test ! -s "$d/named.validated"
}

# controls D N: what must not be believed, so that what is believed means something.
controls()
{
	local d=$1 n=$2 zone=zone_$1 alg=alg_$1 skr=$1/$2.skr from until
	read -r _ from until < <(slots_of "$d" "$n" | sed -n 3p)
	skr-export --format zone --slot 3 "$skr" >"$d/third"

	# Another KSK of the same zone, whom nobody named.
	"$MINT" keys --dir "$d/other" --algorithm "${!alg}" ksk-other
	"$MINT" dnskey --dir "$d/other" --zone "${!zone}" --algorithm "${!alg}" ksk-other >"$d/other.dnskey"
	key-anchor --format ds "$d/other.dnskey" >"$d/other.ds"
	key-anchor --format bind "$d/other.dnskey" >"$d/other.bind"
	sign "$d" $((from + 1))
	unbound_conf "$d" named "$(of resolver_named "$d")" "$(of named "$d")" other.ds
	refute "$d: wrong anchor: ldns-verify-zone refuses" ldns-verify-zone -t "$(stamp $((from + 1)))" \
		-k "$d/other.ds" "$d/signed"
	check "$d: wrong anchor: served" serve "$d" $((from + 1)) named
	check "$d: wrong anchor: nobody validates" test -z "$(validated "$d" $((from + 1)) named other)"
	stop
	unbound_conf "$d" named "$(of resolver_named "$d")" "$(of named "$d")"

	sign "$d" $((until - 1)) "$d/third"
	check "$d: a second before its set expires" test "$(offline "$d" $((until - 1)) "$d/signed")" = "$all_offline"
	sign "$d" $((until + 1)) "$d/third"
	control "$d" $((until + 1)) "an expired set" ""
	sign "$d" $((from - 1)) "$d/third"
	control "$d" $((from - 1)) "the next slot's set, a slot too early" ""
	perl -pe 's/(RRSIG DNSKEY.* )(\S)(\S*)$/$1 . ($2 eq "A" ? "B" : "A") . $3/e' "$d/third" >"$d/tampered"
	sign "$d" $((from + 1)) "$d/tampered"
	control "$d" $((from + 1)) "a tampered signature" ""
	zsk_only "$d" $((from + 1))
	check "$d: the ZSK alone has signed the set" grep -qE "RRSIG[[:space:]]+DNSKEY" "$d/signed"
	control "$d" $((from + 1)) "a set that the ZSK alone has signed" ""
	skr-export --format knot "$skr" | perl -pe 's/ (\S)(\S*)$/" " . ($1 eq "A" ? "B" : "A") . $2/e if / RRSIG /' \
		>"$d/tampered.knot"
	refute "$d: keymgr refuses a tampered response" at "$from" keymgr -c "$d/knot.conf" "${!zone}" \
		import-skr "$d/tampered.knot"
}

# zsk_only D T: D/signed with the slot's keys and no signature over them but the ZSK's.
zsk_only()
{
	local zone=zone_$1 holder=holder_$1 skr key
	skr=$(response "$1" "$2")
	skr-export --format zone --at "$(iso "$2")" "$skr" | grep -v RRSIG | cat "$1/zone" - >"$1/unsigned"
	if [ "${!holder}" = token ]; then
		: >"$1/slot"
		sign_token "$1" "$2" "$(zsk_at "$skr" "$2")"
		cp "$1/raw" "$1/signed"
	else
		key=$(cat "$1/bind/$(zsk_at "$skr" "$2").base")
		(cd "$1/bind" && dnssec-signzone -q -P -z -o "${!zone}" -s "$(stamp $(($2 - 3600)))" \
			-e "$(stamp $(($2 + 7 * day)))" -f ../signed ../unsigned "$key") >"$1/sign.log" 2>&1
	fi
}

# by_itself D N: knotd goes from slot 2 to slot 3 when its time comes, with no command.  D/knot is as it was
# before its clock went on: records whose time is over it throws away.
by_itself()
{
	local d=$1 zone=zone_$1 port=knot_$1 from i seen=
	read -r _ from _ < <(slots_of "$d" "$2" | sed -n 3p)
	skr-export --format zone --slot 2 "$d/$2.skr" | sort >"$d/second"
	skr-export --format zone --slot 3 "$d/$2.skr" | sort >"$d/third"
	rm -rf "$d/knot"
	cp -r "$d/knot.early" "$d/knot"
	start "$d/knot.log" "+$((from - 6))" knotd -c "$T/$d/knot.conf"
	answers server "${!zone}" "${!port}"
	for ((i = 0; i < 200; i++)); do
		records "${!port}" "${!zone}" >"$d/now"
		! cmp -s "$d/now" "$d/second" || seen=2
		! cmp -s "$d/now" "$d/third" || break
		sleep 0.1
	done
	check "$d: knotd, its clock running: slot 2" test "$seen" = 2
	check "$d: ... and slot 3 when its time has come" diff "$d/third" "$d/now"
	stop
}

# engine: the configuration by which OpenSSL's programs find the token.
engine()
{
	cat >openssl.cnf <<-END
		openssl_conf = init
		[init]
		engines = engines
		[engines]
		pkcs11 = pkcs11
		[pkcs11]
		engine_id = pkcs11
		MODULE_PATH = $MODULE
		PIN = $YEAR_PIN
		init = 1
	END
}
