# The same work on every PKCS#11 module: a token is initialised, its PIN changed and its random numbers
# tested by pkcs11-tool and rngtest; keys are made, listed, published, imported, certified and purged;
# a request is made with ZSKs on it and signed with its KSK.  What is not installed is skipped, and
# with KSR_CI=1 is a failure.
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../modules.sh"
cd "$T" || exit 1
umask 077
NOW=2026-12-01

# tool ARGS...: pkcs11-tool on the token.
tool()
{
	timeout 60 pkcs11-tool --module "$MODULE" "$@" </dev/null
}

# The commands of ksr-ceremony(7): a token, its PINs, and its random numbers.
initialise()
{
	if [ "$1" != p11kit ]; then
		check "a token is initialised" tool "${SLOT[@]}" --init-token --label T --so-pin "$SO_PIN"
		check "a first PIN" tool --token-label T --login --login-type so --so-pin "$SO_PIN" --init-pin --pin 1234
	fi
	check "a new PIN" tool --token-label T --login --pin 1234 --change-pin --new-pin 4321
	echo 4321 >pin
	refute "the old PIN is none any more" tool --token-label T --login --pin 1234 --list-objects
}

# One of 1,250 blocks of good random numbers fails; of zeros every one.
random()
{
	tool --token-label T --generate-random 125004 --output-file random.bin >random.log 2>&1 ||
		for ((i = 0; i < 124; i++)); do
			tool --token-label T --generate-random 1024 >>random.bin 2>>random.log || break
		done
	rngtest <random.bin >rngtest.log 2>&1
	good=$(sed -n 's/.*successes: //p' rngtest.log)
	check "random numbers: $good of 50 blocks are good" test "${good:-0}" -ge 45
	head -c 125004 /dev/zero | rngtest >rngtest.log 2>&1
	check "zeros: none is good" grep -q 'successes: 0$' rngtest.log
}

# policy ALGORITHM
policy()
{
	cat <<-END
		hsm:
		  t: {module: $MODULE, uri: "pkcs11:token=T"}
		keys:
		  ksk: {label: ksk-$1, algorithm: $1, valid_from: 2026-01-01}
		request_policy:
		  approved_algorithms: [$1]
		  signature_horizon_days: 400
		schemas:
		  normal: {1: {sign: ksk}, 2: {sign: ksk}, 3: {sign: ksk}, 4: {sign: ksk}, 5: {sign: ksk},
		    6: {sign: ksk}, 7: {sign: ksk}, 8: {sign: ksk}, 9: {sign: ksk}}
		zsk: {algorithm: $1, hsm: t}
	END
}

# ceremony ALGORITHM: a KSK and the ZSKs of two quarters; a request; a response; all verified.
ceremony()
{
	local a=$1
	policy "$a" >policy.yaml
	run key-generate --role ksk --policy policy.yaml --key ksk --pin-fd 3 3<pin
	expect 0 "$a: a KSK"
	cp out ksk
	run key-generate --role zsk --policy policy.yaml --count 3 --from 2026-10-01 --pin-fd 3 3<pin
	expect 0 "$a: three ZSKs"
	cp out zsks
	check "$a: sensitive, and both halves" test "$(cat ksk zsks | grep -v '^#' | cut -f 11 | sort -u)" = pPs
	run key-list --policy policy.yaml --pin-fd 3 --record zsks 3<pin
	expect 0 "$a: listed"
	check "$a: the list has the lines of both" test -z "$(cat ksk zsks | grep -v '^#' | grep -vxFf out)"
	run key-dnskey --policy policy.yaml --key ksk --pin-fd 3 3<pin
	expect 0 "$a: the KSK as a DNSKEY record"
	key-ds <out >ds
	run key-csr --policy policy.yaml --key ksk --pin-fd 3 3<pin
	check "$a: openssl verifies a certificate request" openssl req -in out -verify -noout
	run ksr-create --policy policy.yaml --first --cycle 2027q1 --time $NOW --sign-at $NOW --pin-fd 3 zsks 3<pin
	expect 0 "$a: a request"
	cp out ksr.xml
	run skr-sign --policy policy.yaml --first --schema normal --plan-ok normal --time $NOW --pin-fd 3 \
		<ksr.xml 3<pin
	expect 0 "$a: a response"
	cp out skr.xml
	run skr-check --policy policy.yaml --first --ksr ksr.xml --anchor ds --time $NOW skr.xml
	expect 0 "$a: the response holds"
	awk '{ $NF = substr($NF, 3) substr($NF, 1, 2) } 1' ds >other.ds
	refute "$a: by another anchor it does not hold" \
		skr-check --policy policy.yaml --first --ksr ksr.xml --anchor other.ds --time $NOW skr.xml
}

# What the module does not make is refused in one line, and leaves nothing.
other_kind()
{
	local before
	before=$(key-list --module "$MODULE" --token T --pin-fd 3 3<pin | grep -vc '^#')
	run key-generate --role ksk --module "$MODULE" --token T --label no --algorithm "$1" --pin-fd 3 3<pin
	refused 2 'key no: token T .*: C_GenerateKeyPair: CKR_' "$1: not made"
	check "$1: nothing is left of it" \
		test "$(key-list --module "$MODULE" --token T --pin-fd 3 3<pin | grep -vc '^#')" = "$before"
}

# A key from a file; then it is deleted, and nothing else.
import()
{
	openssl genpkey -quiet -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out file.pem 2>/dev/null ||
		openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out file.pem 2>/dev/null
	key-list --module "$MODULE" --token T --pin-fd 3 3<pin >before
	run key-import --role zsk --module "$MODULE" --token T --until 2026-01-01 --zone . --pin-fd 3 file.pem 3<pin
	if [ "$1" = tpm2 ]; then
		check "a TPM takes no key from a file: it is said" test "$status" -ne 0 -a ! -s out -a -s err
		return
	fi
	expect 0 "a key from a file"
	cp out line
	run key-purge --policy policy.yaml --no-keep --delete --expect 1 --time $NOW --pin-fd 3 line 3<pin
	expect 0 "it is purged"
	check "nothing else is" diff before <(key-list --module "$MODULE" --token T --pin-fd 3 3<pin)
}

# story NAME: on one module, in a process of its own.
story()
{
	at_exit=module_stop
	if ! module_start "$1"; then
		fail "it starts"
		cat "$T"/*.log 2>/dev/null | sed 's/^/# /' | head -n 10
		exit
	fi
	initialise "$1"
	random
	ceremony RSASHA256
	case $1 in
	softhsm)
		for a in RSASHA512 ECDSAP256SHA256 ECDSAP384SHA384 ED25519 ED448; do
			ceremony $a
		done ;;
	p11kit | tpm2)
		ceremony ECDSAP256SHA256
		other_kind ED25519 ;;
	opencryptoki)
		other_kind ECDSAP256SHA256 ;;
	esac
	import "$1"
}

if [ $# -eq 2 ] && [ "$1" = story ]; then
	story "$2"
	exit
fi

for name in $MODULES; do
	reason=$(module_missing "$name")
	if [ -n "$reason" ] && [ -n "${KSR_CI:-}" ]; then
		: >err
		fail "$name: $reason"
		continue
	elif [ -n "$reason" ]; then
		skip "$name: $reason"
		continue
	fi
	n=$count
	while read -r line; do
		case $line in
		"ok "*) pass "$name: ${line#*- }" ;;
		"not ok "*)
			: >err
			fail "$name: ${line#*- }" ;;
		*) echo "$line" ;;
		esac
	done < <(module_run "$name" bash "$HERE/tests/pipes/modules.t" story "$name" 2>&1)
	check "$name: the story was told to its end" test $((count - n)) -ge 15
done

done_testing
