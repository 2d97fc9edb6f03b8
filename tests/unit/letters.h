/*
 * letters: requests and responses as lines of letters, for the rules on when keys come and
 * go.
 *
 * Slots as a line: a word a slot, a letter a key; "-" is a slot without keys.  Slots begin
 * ten days apart, the first one asked for at START, and are valid for 21 days.
 * The tag that a key states, which messages tell, is its letter's number: A 65, B 66; that of
 * its revoked form, which none tells, 1000 more.
 *
 * ZSKs: a capital is a key of algorithm 13, a small letter one of 15.  KSKs: after the letter
 * "*" stands and signs, "!" stands and signs in its revoked form, "~" stands in that and does
 * not sign, "^" signs without standing, nothing: stands.
 */
#ifndef UNIT_LETTERS_H
#define UNIT_LETTERS_H

#include "fixture.h"

struct stage {
	struct policy	*policy;
	struct ksr	 ksr;
	struct skr	 skr;
	struct skr	 previous;
	struct report	 report;
	struct subject	 subject;
};

/* The key of a letter; its public half is the letter and zeros. */
struct key	 letter_key(char letter, uint16_t flags);

/* "before" is the previous SKR, NULL with --first; "flags" are those of the letters. */
void		 set_stage(struct stage *, const char *before, const char *judged, uint16_t flags);
void		 clear_stage(struct stage *);

#endif
