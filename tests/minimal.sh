# tests/minimal.sh: what we write has one form of tags, attributes and times, everywhere.  Sourced after lib.sh.
# shellcheck shell=bash

# minimal FILE: can whoever reads documents by a simple pattern read it?
minimal()
{
	perl -0777 -ne '
		s/^<\?xml version="1\.0" encoding="UTF-8"\?>\n// or die "declaration";
		/^<KSR id="[^"]*" domain="[^"]*" serial="\d+">/ or die "root";
		s{<(/?)([A-Za-z]+)((?: [a-zA-Z]+="[^"]*")*)(/?)>}{}g;
		die "tags: $1" if /([<>"\x27].*)/;
		die "lines" if /\r/;' "$1" &&
		! grep -q '<!--' "$1" && ! grep -q '<RSA exponent' "$1" &&
		! grep -oE '<(Inception|Expiration|Signature[EI][a-z]*)>[^<]*' "$1" |
			grep -vE '>[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\+00:00$'
}
