#!/bin/bash
# testdata.sh [FOLDER]: make the samples anew, with new keys; the private halves are
# thrown away.  FOLDER is testdata/ of the source tree.
#
#	good/		a ceremony with RSA keys: what every rule accepts
#	good/ec/	the same with ECDSA P-256
#	bad/		one file for each way to break a rule, and INDEX: file, kind (ksr or
#			skr), broken rules, arguments of the judge (from FOLDER), meaning
#	hostile/	what means harm, and INDEX: file, meaning
set -eu
export LC_ALL=C TZ=UTC
here=$(cd "$(dirname "$0")/../.." && pwd)
out=${1:-$here/testdata}
mint=${MINT:-$here/build/tests/mint}
work=$(mktemp -d "${TMPDIR:-/tmp}/testdata.XXXXXX")
trap 'rm -rf "$work"' EXIT

# ceremony FOLDER ALGORITHM
ceremony()
{
	"$mint" ceremony --dir "$work/$1" --algorithm "$2"
	mkdir -p "$out/$1"
	(cd "$work/$1" && cp prev.ksr.xml prev.xml ksr.xml skr.xml ksk.ds policy.yaml "$out/$1/")
	chmod 644 "$out/$1"/*.*
}

# judge FOLDER ARGUMENT...: the arguments with the files where they are.
judge()
{
	local good=$1 word
	shift
	printf -- '--policy %s/policy.yaml' "$good"
	for word; do
		case $word in
		prev.xml | ksr.xml | ksk.ds) printf ' %s/%s' "$good" "$word" ;;
		*.xml) printf ' bad/%s' "$word" ;;
		*) printf ' %s' "$word" ;;
		esac
	done
}

# make_case NAME KIND RULES ARGUMENTS MEANING: the file and its line of the index.
# Faults of the text are in short documents: nothing else of them is judged.
make_case()
{
	local name=$1 kind=$2 file=${1/\//-}.xml good=good/ec alg=ECDSAP256SHA256 ksr=ksr.xml slots=9
	local -a words
	case " $rsa_only " in
	*" $name "*) good=good alg=RSASHA256 ;;
	esac
	if [ "$kind" = text ]; then
		slots=1 ksr=short.ksr.xml kind=ksr
		[ "${name#SKR-}" = "$name" ] || kind=skr
	fi
	if [ "$kind" = ksr ]; then
		"$mint" ksr --dir "$work/$good" --algorithm $alg --slots $slots --break "$name" >"$out/bad/$file"
	else
		"$mint" skr --dir "$work/$good" --ksr "$work/$good/$ksr" --break "$name" >"$out/bad/$file"
	fi
	read -ra words <<<"$4"
	printf '%s\t%s\t%s\t%s\t%s\n' "$file" "$kind" "$3" "$(judge $good "${words[@]}")" "$5"
}

mkdir -p "$out"
rm -rf "$out/good" "$out/bad" "$out/hostile"
mkdir -p "$work/good/ec" "$out/bad" "$out/hostile"
ceremony good RSASHA256
ceremony good/ec ECDSAP256SHA256
"$mint" ksr --dir "$work/good/ec" --algorithm ECDSAP256SHA256 --slots 1 >"$work/good/ec/short.ksr.xml"

# Cases of RSA alone are made with RSA; the others are shorter with ECDSA.
"$mint" cases --algorithm RSASHA256 >"$work/rsa"
"$mint" cases --algorithm ECDSAP256SHA256 | cut -f 1 | sort >"$work/ec"
rsa_only=$(cut -f 1 "$work/rsa" | sort | comm -23 - "$work/ec" | tr '\n' ' ')
while IFS=$'\t' read -r name kind rules arguments meaning; do
	make_case "$name" "$kind" "$rules" "$arguments" "$meaning"
done <"$work/rsa" >"$out/bad/INDEX"

"$mint" hostile --form list | while IFS=$'\t' read -r name meaning; do
	"$mint" hostile --form "$name" --in "$work/good/ec/short.ksr.xml" >"$out/hostile/$name.xml"
	printf '%s.xml\t%s\n' "$name" "$meaning"
done >"$out/hostile/INDEX"
