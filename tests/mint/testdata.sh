#!/bin/bash
# testdata.sh [FOLDER]: make the samples anew, with new keys; the private halves are
# thrown away.  FOLDER is testdata/ of the source tree.
#
#	good/		a ceremony with RSA keys: what every rule accepts
#	good/ec/, ed/	the same with ECDSA P-256 and Ed25519
#	bad/		for every rule some ways to break it, a file each, with the policy or record that
#			it needs, and INDEX: file, kind (ksr or skr), broken rules, arguments of
#			the judge (from FOLDER), meaning
#	good/more/	what comes near to that and breaks none; INDEX: the same, rules -
#	hostile/	what means harm, and INDEX: file, meaning
set -eu
export LC_ALL=C TZ=UTC
here=$(cd "$(dirname "$0")/../.." && pwd)
out=${1:-$here/testdata}
KEPT=3
mint=${MINT:-$here/build/tests/mint}
work=$(mktemp -d "${TMPDIR:-/tmp}/testdata.XXXXXX")
trap 'rm -rf "$work"' EXIT

# ceremony FOLDER ALGORITHM
ceremony()
{
	"$mint" ceremony --dir "$work/$1" --algorithm "$2"
	mkdir -p "$out/$1"
	(cd "$work/$1" && cp prev.xml ksr.xml skr.xml ksk.ds policy.yaml "$out/$1/")
	chmod 644 "$out/$1"/*.*
}

# judge FOLDER INTO ARGUMENT...: the arguments with the files where they are.  What belongs to this
# case alone goes INTO the folder of its document.
judge()
{
	local good=$1 into=$2 word sep=
	shift 2
	for word; do
		case $word in
		policy.yaml | prev.xml | ksr.xml | ksk.ds) word=$good/$word ;;
		*.*)
			if [ -e "$work/$good/$word" ]; then
				cp "$work/$good/$word" "$out/$into/"
				chmod 644 "$out/$into/$word"
			fi
			word=$into/$word
			;;
		esac
		printf '%s%s' "$sep" "$word"
		sep=' '
	done
}

# enough NAME KIND FOLDER: are there samples enough of this rule, in documents of full length?  Tests
# make every case anew; here some of each kind are kept.
declare -A made
enough()
{
	local what="${1%/*} $2 $3"
	[ "$2" != text ] || return 1
	made[$what]=$((${made[$what]:-0} + 1))
	[ "${made[$what]}" -gt "$KEPT" ]
}

# make_case NAME KIND RULES ARGUMENTS MEANING: the file and its line of the index.
# Faults of the text are in short documents: nothing else of them is judged.
make_case()
{
	local name=$1 kind=$2 file=${1/\//-}.xml good=good/ec alg=ECDSAP256SHA256 ksr=ksr.xml slots=9
	local into=bad
	local -a words
	[ "$3" != - ] || into=good/more
	case " $rsa_only " in
	*" $name "*) good=good alg=RSASHA256 ;;
	esac
	case " $ed_only " in
	*" $name "*) good=good/ed alg=ED25519 ;;
	esac
	! enough "$name" "$kind" "$good$into" || return 0
	if [ "$kind" = text ]; then
		slots=1 ksr=short.ksr.xml kind=ksr
		[ "${name#SKR-}" = "$name" ] || kind=skr
	fi
	if [ "$kind" = ksr ]; then
		"$mint" ksr --dir "$work/$good" --algorithm $alg --slots $slots --break "$name" \
			>"$out/$into/$file"
	else
		"$mint" skr --dir "$work/$good" --ksr "$work/$good/$ksr" --break "$name" \
			>"$out/$into/$file"
	fi
	read -ra words <<<"$4"
	printf '%s\t%s\t%s\t%s\t%s\n' "$file" "$kind" "$3" "$(judge $good $into "${words[@]}")" "$5" \
		>>"$out/$into/INDEX"
}

mkdir -p "$out"
rm -rf "$out/good" "$out/bad" "$out/hostile"
mkdir -p "$work/good/ec" "$out/bad" "$out/good/more" "$out/hostile"
ceremony good RSASHA256
ceremony good/ec ECDSAP256SHA256
ceremony good/ed ED25519
"$mint" ksr --dir "$work/good/ec" --algorithm ECDSAP256SHA256 --slots 1 >"$work/good/ec/short.ksr.xml"

# Cases of one family alone are made with it; the others are short with ECDSA.
cases()
{
	"$mint" cases --algorithm "$1" | sort
}
only()
{
	comm -23 <(cases "$1" | cut -f 1) <(cases ECDSAP256SHA256 | cut -f 1) | tr '\n' ' '
}
rsa_only=$(only RSASHA256)
ed_only=$(only ED25519)
cat <(cases RSASHA256) <(cases ECDSAP256SHA256) <(cases ED25519) | sort -u >"$work/all"
while IFS=$'\t' read -r name kind rules arguments meaning; do
	make_case "$name" "$kind" "$rules" "$arguments" "$meaning"
done <"$work/all"

"$mint" hostile --form list | while IFS=$'\t' read -r name meaning; do
	"$mint" hostile --form "$name" --in "$work/good/ec/short.ksr.xml" >"$out/hostile/$name.xml"
	printf '%s.xml\t%s\n' "$name" "$meaning"
done >"$out/hostile/INDEX"
