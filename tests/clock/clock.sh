# tests/clock/clock.sh: a false clock that a test moves while programs run by it.  Sourced after lib.sh.
# shellcheck shell=bash

CLOCK_FILE=$T/clock
# For programs with AddressSanitizer too.
export ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}verify_asan_link_order=0
printf '\0\0\0\0\0\0\0\0' >"$CLOCK_FILE"

# set_clock TIME: it goes on from there, for whatever runs with it.
set_clock()
{
	perl -e 'open F, "+<", $ARGV[0] or die; print F pack "q", $ARGV[1] - time' "$CLOCK_FILE" \
		"$(date -u -d "$1" +%s)"
}

# clocked COMMAND...: by this clock.
clocked()
{
	FALSE_CLOCK=@$CLOCK_FILE LD_PRELOAD=$TESTS/clock.so "$@"
}
