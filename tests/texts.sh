# tests/texts.sh: the grammar of the texts of dnssec-ksr and keymgr, as their own files
# show it.  Sourced after lib.sh.
# shellcheck shell=bash

# textform FORM TITLE: is standard input such a text?  FORM is bind or knot, TITLE
# SignedKeyResponse or KeySigningRequest.
textform()
{
	perl -MPOSIX=strftime -MTime::Local=timegm -e '
		my ($form, $title) = @ARGV;
		local $/; my $text = <STDIN>;
		# Knot: records in parentheses over several lines, and comments behind them.
		$text =~ s{[ \t]*(?<!;);[ ].*$}{}mg;
		$text =~ s{\(([^()\n]*\n[^()]*)\)}{$1 =~ s/\s+/ /gr}ge;
		my ($last, %n, $end) = (0);
		my $must = $title eq "KeySigningRequest" ? "DNSKEY" : "RRSIG";
		for (split /\n/, $text) {
			die "after the end: $_\n" if $end;
			if (/^;; \Q$title\E 1\.0 generated at \S.* by \S/) {
				$end = 1;
			} elsif (/^;;/) {
				my ($time, $said);
				if ($form eq "bind") {
					/^;; \Q$title\E 1\.0 (\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d) \((.*)\)$/
						or die "header: $_\n";
					$time = timegm($6, $5, $4, $3, $2 - 1, $1);
					$said = $7 eq strftime("%a %b %e %T %Y", gmtime $time);
				} else {
					/^;; \Q$title\E 1\.0 (\d{10}) \((.*)\) =========$/ or die "header: $_\n";
					$time = $1;
					$said = $2 eq strftime("%FT%TZ", gmtime $time);
				}
				die "says another time: $_\n" unless $said;
				die "order: $_\n" unless $time > $last;
				die "a bundle without $must\n" if $last && !$n{$must};
				($last, %n) = ($time);
			} else {
				die "before the first header: $_\n" unless $last;
				/^(\S*\.)\s+\d+\s+(?:IN\s+)?(DNSKEY|CDNSKEY|CDS|RRSIG)\s+(\S.*)$/ or die "record: $_\n";
				my ($type, $data) = ($2, $3);
				$data =~ s/\s+/ /g;
				die "class: $_\n" if $form eq "bind" && !/\sIN\s/;
				die "in a request: $_\n" if $title eq "KeySigningRequest" && "$type $data" !~ /^DNSKEY 256 /;
				die "rdata: $_\n" unless $data =~ ($type =~ /DNSKEY/ ? qr/^\d+ 3 \d+ [A-Za-z0-9+\/ ]+=* *$/ :
					$type eq "CDS" ? qr/^\d+ \d+ \d+ [0-9A-F ]+$/ :
					qr/^(DNSKEY|CDNSKEY|CDS) \d+ \d+ \d+ \d{14} \d{14} \d+ \S*\. [A-Za-z0-9+\/ ]+=* *$/);
				$n{$type}++;
			}
		}
		die "no end\n" unless $end;
		die "a last bundle without $must\n" unless $n{$must};' "$1" "$2"
}

# samples TITLE SHORT: the same grammar takes what the programs themselves have written.
samples()
{
	local form f
	if [ -z "${KSR_DATA:-}" ]; then
		skip "KSR_DATA is not set: no files of dnssec-ksr and keymgr here"
		return
	fi
	for form in bind knot; do
		for f in "$KSR_DATA/interop/$form-$2"*.txt; do
			check "${f##*/} is of this grammar" textform $form "$1" <"$f"
		done
	done
}
