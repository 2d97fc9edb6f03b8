/* rawpbkdf2 N: N keys by OpenSSL's PBKDF2, as many as a passphrase a slot needs, on all processors. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <openssl/evp.h>

#define ITERATIONS	1300000

static atomic_int	 left;

static void *
work(void *arg)
{
	static const unsigned char salt[16] = { 1 };
	unsigned char	 key[32];

	(void)arg;
	while (atomic_fetch_sub(&left, 1) > 0)
		if (PKCS5_PBKDF2_HMAC("tissue trauma", 13, salt, sizeof(salt), ITERATIONS,
		    EVP_sha256(), sizeof(key), key) != 1)
			exit(1);
	return NULL;
}

int
main(int argc, char *argv[])
{
	pthread_t	 threads[64];
	long		 cpus = sysconf(_SC_NPROCESSORS_ONLN), i, n = 0;

	if (argc != 2) {
		fprintf(stderr, "usage: rawpbkdf2 N\n");
		return 2;
	}
	atomic_store(&left, atoi(argv[1]));
	while (n < cpus && n < 64 && pthread_create(&threads[n], NULL, work, NULL) == 0)
		n++;
	for (i = 0; i < n; i++)
		pthread_join(threads[i], NULL);
	return n > 0 ? 0 : 1;
}
