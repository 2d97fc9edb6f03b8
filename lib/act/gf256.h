/*
 * gf256: the field of 256 elements, with the polynomial x^8 + x^4 + x^3 + x^2 + 1: no
 * table and no branch that depends on an operand, so that time and cache tell nothing of it.
 */
#ifndef ACT_GF256_H
#define ACT_GF256_H

unsigned char	 gf256_multiply(unsigned char, unsigned char);

/* a^254: the inverse of every element but 0, which it leaves as it is. */
unsigned char	 gf256_inverse(unsigned char);

#endif
