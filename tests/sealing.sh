# tests/sealing.sh: certificates and passphrases for the tests of sealed slots.  Sourced after lib.sh.
# shellcheck shell=bash

# party NAME KIND: NAME.key and NAME.pem, a key (rsa, p256, p384) and its own certificate.
party()
{
	local how
	case $2 in
	rsa) how="rsa:2048" ;;
	p256) how="ec -pkeyopt ec_paramgen_curve:P-256" ;;
	p384) how="ec -pkeyopt ec_paramgen_curve:P-384" ;;
	esac
	# shellcheck disable=SC2086
	openssl req -x509 -newkey $how -nodes -keyout "$1.key" -out "$1.pem" -subj "/CN=${1##*/}" \
		-days "${3:-300}" 2>/dev/null
	chmod 600 "$1.key"
}

# phrases SHEET FOLDER: each passphrase of a sheet as FOLDER/1, FOLDER/2, ..., for their owner.
phrases()
{
	mkdir -p "$2"
	(umask 077 && awk -v folder="$2" '/^slot / { n = $2 }
		/^  / { sub(/^  /, ""); p[n] = p[n] (p[n] == "" ? "" : " ") $0 }
		END { for (n in p) print p[n] >(folder "/" n) }' "$1")
}

# stock FILE ARGUMENT...: what the stock command finds in a sealed file.
stock()
{
	openssl cms -decrypt -inform DER -binary -in "$@"
}

# nth FOLDER N: the sealed file of slot N.
nth()
{
	find "$1" -name '*.cms' | LC_ALL=C sort | sed -n "$2p"
}
