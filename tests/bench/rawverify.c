/*
 * rawverify KEY.pem COUNT: COUNT verifications by OpenSSL with this key, and nothing else: the yardstick of ksr-check and skr-check.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>
#include <openssl/pem.h>

static void
must(int ok, const char *what)
{
	if (ok == 1)
		return;
	fprintf(stderr, "rawverify: %s\n", what);
	exit(1);
}

static EVP_PKEY *
load(const char *path)
{
	EVP_PKEY	*key;
	FILE		*fp;

	if ((fp = fopen(path, "r")) == NULL)
		return NULL;
	key = PEM_read_PrivateKey(fp, NULL, NULL, NULL);
	fclose(fp);
	return key;
}

int
main(int argc, char *argv[])
{
	unsigned char	 message[1200] = "a message of the length of an RRset";
	unsigned char	 sig[1024];
	size_t		 len = sizeof(sig);
	const EVP_MD	*md;
	EVP_MD_CTX	*ctx = EVP_MD_CTX_new();
	EVP_PKEY	*key;
	long		 i, n;

	if (argc != 3 || (key = load(argv[1])) == NULL || (n = atol(argv[2])) <= 0) {
		fputs("usage: rawverify KEY.pem COUNT\n", stderr);
		return 2;
	}
	md = EVP_PKEY_get_base_id(key) == EVP_PKEY_ED25519 ? NULL : EVP_sha256();
	must(EVP_DigestSignInit(ctx, NULL, md, NULL, key), "sign");
	must(EVP_DigestSign(ctx, sig, &len, message, sizeof(message)), "sign");
	for (i = 0; i < n; i++) {
		EVP_MD_CTX_reset(ctx);
		must(EVP_DigestVerifyInit(ctx, NULL, md, NULL, key), "verify");
		must(EVP_DigestVerify(ctx, sig, len, message, sizeof(message)), "verify");
	}
	EVP_MD_CTX_free(ctx);
	EVP_PKEY_free(key);
	return 0;
}
