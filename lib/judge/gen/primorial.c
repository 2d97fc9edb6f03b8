/*
 * Run while building: prints the product of all primes below 2^16 as the bytes of a C array,
 * most significant first, for quality.c.
 */
#include <stdio.h>
#include <stdlib.h>

#include <openssl/bn.h>

#define LIMIT	65536

int
main(void)
{
	static unsigned char composite[LIMIT];
	BIGNUM		*product = BN_new();
	unsigned char	*bytes;
	unsigned long	 i, j;
	int		 len;

	if (product == NULL || BN_one(product) != 1)
		return 1;
	for (i = 2; i < LIMIT; i++) {
		if (composite[i])
			continue;
		for (j = i * i; j < LIMIT; j += i)
			composite[j] = 1;
		if (BN_mul_word(product, i) != 1)
			return 1;
	}
	len = BN_num_bytes(product);
	if ((bytes = malloc((size_t)len)) == NULL)
		return 1;
	BN_bn2bin(product, bytes);
	for (i = 0; i < (unsigned long)len; i++)
		printf("%u,%s", bytes[i], i % 20 == 19 ? "\n" : "");
	BN_free(product);
	free(bytes);
	return fflush(stdout) == 0 ? 0 : 1;
}
