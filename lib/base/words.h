/*
 * words: bytes as words to read over the telephone (the PGP word list).  A
 * byte at an even offset takes a word of two syllables, one at an odd offset a
 * word of three, so that a dropped or swapped word is noticed.
 */
#ifndef BASE_WORDS_H
#define BASE_WORDS_H

#include <stddef.h>

/* The word for a byte at this offset; static storage. */
const char	*words_word(unsigned char byte, size_t offset);

/*
 * The byte that a word of this length stands for at this offset, in upper or
 * lower case: 0..255; -1: no such word; -2: a word of the other column.
 */
int		 words_byte(const char *word, size_t len, size_t offset);

#endif
