#include "act/gf256.h"

#define POLYNOMIAL	0x1d		/* without x^8 */

/* All bits set where the lowest bit of x is, else none: told to nobody, not even the compiler. */
static unsigned
mask(unsigned x)
{
	unsigned	 m = 0u - (x & 1u);

	__asm__("" : "+r"(m));
	return m;
}

unsigned char
gf256_multiply(unsigned char a, unsigned char b)
{
	unsigned	 x = a, product = 0;
	int		 i;

	for (i = 0; i < 8; i++) {
		product ^= x & mask((unsigned)b >> i);
		x = ((x << 1) ^ (POLYNOMIAL & mask(x >> 7))) & 0xff;
	}
	return (unsigned char)product;
}

unsigned char
gf256_inverse(unsigned char a)
{
	unsigned char	 power = a, product = 1;
	int		 i;

	for (i = 1; i < 8; i++) {	/* 254 = 2 + 4 + ... + 128 */
		power = gf256_multiply(power, power);
		product = gf256_multiply(product, power);
	}
	return product;
}
