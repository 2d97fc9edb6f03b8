#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/encoder.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <CUnit/Basic.h>

#include "base/base64.h"
#include "fixture.h"
#include "model/softkey.h"

static const unsigned algorithms[] = {
	RSASHA256, RSASHA512, ECDSAP256SHA256, ECDSAP384SHA384, ED25519, ED448
};
#define ALGORITHMS	(sizeof(algorithms) / sizeof(algorithms[0]))

static struct keypair pairs[ALGORITHMS];

/* The pairs of RFC 6605 6 and RFC 8080 6. */
static const struct {
	const char	*private;
	const char	*public;
	unsigned	 tag;		/* with flags 256: one less than that of the RFC */
} samples[] = {
	{ "Private-key-format: v1.2\nAlgorithm: 13 (ECDSAP256SHA256)\n"
	  "PrivateKey: GU6SnQ/Ou+xC5RumuIUIuJZteXT2z0O/ok1s38Et6mQ=\n",
	  "GojIhhXUN/u4v54ZQqGSnyhWJwaubCvTmeexv7bR6edbkrSqQpF64cYbcB7wNcP+e+MAnLr+Wi9xMWyQLc8NAA==",
	  55647 },
	{ "Private-key-format: v1.2\r\nAlgorithm: 14 (ECDSAP384SHA384)\r\n"
	  "PrivateKey: WURgWHCcYIYUPWgeLmiPY2DJJk02vgrmTfitxgqcL4vwW7BOrbawVmVe0d9V94SR\r\n",
	  "xKYaNhWdGOfJ+nPrL8/arkwf2EY3MDJ+SErKivBVSum1w/egsXvSADtNJhyem5RCOpgQ6K8X1DRSEkrbYQ+OB+v8"
	  "/uX45NBwY8rp65F6Glur8I/mlVNgF6W/qTI37m40", 10770 },
	{ "Private-key-format: v1.3\nAlgorithm: 15 (ED25519)\n"
	  "PrivateKey: ODIyNjAzODQ2MjgwODAxMjI2NDUxOTAyMDQxNDIyNjI=\nCreated: 20261121000000\n"
	  "Publish: 20261201000000\nActivate: 20270101000000\nInactive: 20270401123456\n",
	  "l02Woi0iS8Aa25FQkUd9RMzZHJpBoRQwAQEX1SxZJA4=", 3612 },
	{ "Private-key-format: v1.3\nAlgorithm: 16 (ED448)\n"
	  "PrivateKey: xZ+5Cgm463xugtkY5B0Jx6erFTXp13rYegst0qRtNsOYnaVpMx0Z/c5EiA9x8wWbDDct/U3FhYWA",
	  "3kgROaDjrh0H2iuixWBrc8g2EpBBLCdGzHmn+G2MpTPhpj/OiBVHHSfPodx1FYYUcJKm1MDpJtIA", 9712 },
};

/* The verdict on this text; *why takes whether the report has the words. */
static enum verdict
verdict_on(const char *text, size_t len, unsigned algorithm, const char *words)
{
	struct report	 rep = REPORT_EMPTY;
	struct softkey	*k = NULL;
	enum verdict	 v = softkey_parse(&k, text, len, "dir/a.pem", algorithm, &rep);

	CU_ASSERT((k != NULL) == (v == ACCEPT));
	if (words != NULL && !report_has(&rep, BROKEN, NULL, words)) {
		CU_FAIL("another reason");
		report_print(&rep, words, stderr);
	}
	softkey_free(k);
	report_free(&rep);
	return v;
}

static enum verdict
verdict_text(const char *text, const char *words)
{
	return verdict_on(text, strlen(text), 0, words);
}

static void
test_samples(void)
{
	struct report	 rep = REPORT_EMPTY;
	struct softkey	*k = NULL;
	const struct key *pub;
	int64_t		 from, until;
	size_t		 i;

	for (i = 0; i < sizeof(samples) / sizeof(samples[0]); i++) {
		struct buf	 b = BUF_EMPTY;
		const char	*text = samples[i].private;

		CU_ASSERT_EQUAL_FATAL(softkey_parse(&k, text, strlen(text), "a/Kx.+015+00001.private",
		    0, &rep), ACCEPT);
		pub = softkey_public(k);
		CU_ASSERT_EQUAL(base64_encode(&b, pub->public, pub->len), 0);
		CU_ASSERT_STRING_EQUAL((char *)b.data, samples[i].public);
		CU_ASSERT_EQUAL(pub->tag, samples[i].tag);
		CU_ASSERT_EQUAL(pub->flags, DNSKEY_ZSK);
		CU_ASSERT_STRING_EQUAL(pub->identifier, "Kx.+015+00001");
		softkey_span(k, &from, &until);
		CU_ASSERT_EQUAL(from, i == 2 ? INT64_C(1798761600) : INT64_MIN);
		CU_ASSERT_EQUAL(until, i == 2 ? INT64_C(1806582896) : INT64_MAX);
		softkey_free(k);
		buf_free(&b);
	}
	report_free(&rep);
}

/* The private key as PEM: PKCS#8, or the older form of its kind. */
static struct buf
pem_of(EVP_PKEY *pkey, bool older, const char *passphrase)
{
	const char	*form = older ? "type-specific" : "PrivateKeyInfo";
	OSSL_ENCODER_CTX *ctx;
	struct buf	 b = BUF_EMPTY;
	unsigned char	*data = NULL;
	size_t		 len = 0;

	ctx = must(OSSL_ENCODER_CTX_new_for_pkey(pkey, EVP_PKEY_KEYPAIR, "PEM", form, NULL));
	if (passphrase != NULL) {
		CU_ASSERT_EQUAL_FATAL(OSSL_ENCODER_CTX_set_cipher(ctx, "AES-128-CBC", NULL), 1);
		CU_ASSERT_EQUAL_FATAL(OSSL_ENCODER_CTX_set_passphrase(ctx,
		    (const unsigned char *)passphrase, strlen(passphrase)), 1);
	}
	CU_ASSERT_EQUAL_FATAL(OSSL_ENCODER_to_data(ctx, &data, &len), 1);
	CU_ASSERT_EQUAL_FATAL(buf_append(&b, data, len), 0);
	OPENSSL_free(data);
	OSSL_ENCODER_CTX_free(ctx);
	return b;
}

/* OpenSSL verifies the signature with the pair's own public half. */
static void
verify(const struct softkey *k, EVP_PKEY *pkey)
{
	static const unsigned char message[] = "one message for all";
	unsigned	 algorithm = softkey_public(k)->algorithm;
	unsigned char	*sig = NULL;
	size_t		 len = 0;

	CU_ASSERT_EQUAL_FATAL(softkey_sign(k, message, sizeof(message), &sig, &len), 0);
	CU_ASSERT_EQUAL(len, algorithm_siglen(algorithm) == 0 ? 256 : algorithm_siglen(algorithm));
	CU_ASSERT(softkey_verify(k, message, sizeof(message), sig, len));
	CU_ASSERT(!softkey_verify(k, message, sizeof(message) - 1, sig, len));
	CU_ASSERT(!softkey_verify(k, message, sizeof(message), sig, len - 1));
	if (algorithm_family(algorithm) != FAMILY_ECDSA) {
		EVP_MD_CTX	*ctx = must(EVP_MD_CTX_new());

		CU_ASSERT_EQUAL(EVP_DigestVerifyInit(ctx, NULL, algorithm == RSASHA512 ?
		    EVP_sha512() : algorithm == RSASHA256 ? EVP_sha256() : NULL, NULL, pkey), 1);
		CU_ASSERT_EQUAL(EVP_DigestVerify(ctx, sig, len, message, sizeof(message)), 1);
		EVP_MD_CTX_free(ctx);
	}
	sig[len / 2] ^= 1;
	CU_ASSERT(!softkey_verify(k, message, sizeof(message), sig, len));
	free(sig);
}

/* PKCS#8 in DER is what OpenSSL makes, and it reads it back to the same key. */
static void
compare_der(const struct softkey *k, EVP_PKEY *pkey)
{
	const unsigned char	*p;
	unsigned char		*der = NULL, *its = NULL;
	size_t			 len = 0, itslen = 0;
	OSSL_ENCODER_CTX	*ctx;
	EVP_PKEY		*back;

	CU_ASSERT_EQUAL_FATAL(softkey_der(k, &der, &len), 0);
	p = der;
	back = d2i_AutoPrivateKey(NULL, &p, (long)len);
	CU_ASSERT_PTR_NOT_NULL_FATAL(back);
	CU_ASSERT_EQUAL(EVP_PKEY_eq(back, pkey), 1);
	ctx = must(OSSL_ENCODER_CTX_new_for_pkey(pkey, EVP_PKEY_KEYPAIR, "DER", "PrivateKeyInfo",
	    NULL));
	CU_ASSERT_EQUAL_FATAL(OSSL_ENCODER_to_data(ctx, &its, &itslen), 1);
	CU_ASSERT_EQUAL_FATAL(itslen, len);
	CU_ASSERT_EQUAL(memcmp(its, der, len), 0);
	OSSL_ENCODER_CTX_free(ctx);
	OPENSSL_free(its);
	EVP_PKEY_free(back);
	softkey_der_free(der, len);
}

static void
test_pem(void)
{
	struct report	 rep = REPORT_EMPTY;
	struct softkey	*k = NULL;
	struct buf	 b;
	size_t		 i;
	int		 older;

	for (i = 0; i < ALGORITHMS; i++)
		for (older = 0; older < (algorithms[i] >= ED25519 ? 1 : 2); older++) {
			b = pem_of(pairs[i].private, older == 1, NULL);
			CU_ASSERT_EQUAL_FATAL(softkey_parse(&k, b.data, b.len, "x/zsk-1.pem",
			    algorithms[i], &rep), ACCEPT);
			CU_ASSERT(key_same_public(softkey_public(k), &pairs[i].key));
			CU_ASSERT_STRING_EQUAL(softkey_public(k)->identifier, "zsk-1");
			verify(k, pairs[i].private);
			compare_der(k, pairs[i].private);
			softkey_free(k);
			buf_wipe(&b);
		}
	report_free(&rep);
}

/* What an RSA key is for is said by who asks. */
static void
test_algorithm(void)
{
	struct buf	 b = pem_of(pairs[0].private, false, NULL);
	const char	*p256 = samples[0].private;
	struct report	 rep = REPORT_EMPTY;
	struct softkey	*k = NULL;

	CU_ASSERT_EQUAL_FATAL(softkey_parse(&k, b.data, b.len, "a", 0, &rep), ACCEPT);
	CU_ASSERT_EQUAL(softkey_public(k)->algorithm, RSASHA256);
	softkey_free(k);
	report_free(&rep);
	CU_ASSERT_EQUAL(verdict_on((char *)b.data, b.len, RSASHA512, NULL), ACCEPT);
	CU_ASSERT_EQUAL(verdict_on((char *)b.data, b.len, ED448, "RSA, not ED448"), REFUSE);
	CU_ASSERT_EQUAL(verdict_on(p256, strlen(p256), ECDSAP256SHA256, NULL), ACCEPT);
	CU_ASSERT_EQUAL(verdict_on(p256, strlen(p256), RSASHA256,
	    "ECDSAP256SHA256, not RSASHA256"), REFUSE);
	buf_wipe(&b);
}

static const char *const rsa_words[] = {
	"Modulus", "PublicExponent", "PrivateExponent", "Prime1", "Prime2", "Exponent1", "Exponent2",
	"Coefficient"
};
static const char *const rsa_params[] = {
	OSSL_PKEY_PARAM_RSA_N, OSSL_PKEY_PARAM_RSA_E, OSSL_PKEY_PARAM_RSA_D,
	OSSL_PKEY_PARAM_RSA_FACTOR1, OSSL_PKEY_PARAM_RSA_FACTOR2, OSSL_PKEY_PARAM_RSA_EXPONENT1,
	OSSL_PKEY_PARAM_RSA_EXPONENT2, OSSL_PKEY_PARAM_RSA_COEFFICIENT1
};

/* A K*.private of an RSA key; to the number "odd" 2 is added (-1: none), "left" is left out. */
static struct buf
bind_rsa(EVP_PKEY *pkey, int odd, int left)
{
	struct buf	 b = BUF_EMPTY;
	unsigned char	 bytes[512];
	BIGNUM		*n;
	int		 i, len;

	CU_ASSERT_EQUAL_FATAL(buf_puts(&b, "Private-key-format: v1.3\nAlgorithm: 8 (RSASHA256)\n"), 0);
	for (i = 0; i < 8; i++) {
		n = NULL;
		CU_ASSERT_EQUAL_FATAL(EVP_PKEY_get_bn_param(pkey, rsa_params[i], &n), 1);
		if (i == odd)
			BN_add_word(n, 2);
		len = BN_bn2bin(n, bytes);
		BN_free(n);
		if (i == left)
			continue;
		CU_ASSERT_EQUAL_FATAL(buf_printf(&b, "%s: ", rsa_words[i]), 0);
		CU_ASSERT_EQUAL_FATAL(base64_encode(&b, bytes, (size_t)len), 0);
		CU_ASSERT_EQUAL_FATAL(buf_puts(&b, "\n"), 0);
	}
	return b;
}

/* No number of an RSA key can be another, or missing. */
static void
test_rsa_numbers(void)
{
	struct buf	 b = bind_rsa(pairs[0].private, -1, -1);
	int		 i;

	CU_ASSERT_EQUAL(verdict_on((char *)b.data, b.len, 0, NULL), ACCEPT);
	buf_wipe(&b);
	for (i = 0; i < 8; i++) {
		b = bind_rsa(pairs[0].private, i, -1);
		CU_ASSERT_EQUAL(verdict_on((char *)b.data, b.len, 0, "belong together"), REFUSE);
		buf_wipe(&b);
		b = bind_rsa(pairs[0].private, -1, i);
		CU_ASSERT_EQUAL(verdict_on((char *)b.data, b.len, 0, "missing"), REFUSE);
		buf_wipe(&b);
	}
}

static void
test_refused(void)
{
	struct keypair	 pair;
	struct buf	 b, other;
	size_t		 half;

	CU_ASSERT_EQUAL(verdict_text("", "neither"), REFUSE);
	CU_ASSERT_EQUAL(verdict_text("nonsense\n", "neither"), REFUSE);
	CU_ASSERT_EQUAL(verdict_text("Private-key-format: v2.0\nAlgorithm: 15\n", "v1.2"), REFUSE);
	CU_ASSERT_EQUAL(verdict_text("Private-key-format: v1.3\n", "no Algorithm"), REFUSE);
	CU_ASSERT_EQUAL(verdict_text("Private-key-format: v1.3\nAlgorithm: 5\n", "supported"), REFUSE);
	CU_ASSERT_EQUAL(verdict_text("Private-key-format: v1.3\nAlgorithm: 15\n", "missing"), REFUSE);
	CU_ASSERT_EQUAL(verdict_text("Private-key-format: v1.3\nAlgorithm: 15\nPrivateKey: AAAA\n",
	    "missing"), REFUSE);
	CU_ASSERT_EQUAL(verdict_text("Private-key-format: v1.3\nAlgorithm: 15\nPrivateKey: A*==\n",
	    "cannot have"), REFUSE);
	CU_ASSERT_EQUAL(verdict_text("Private-key-format: v1.3\nAlgorithm: 15\nEngine: cGtjczEx\n",
	    "on a token"), REFUSE);
	CU_ASSERT_EQUAL(verdict_text("Private-key-format: v1.3\nAlgorithm 15\n", "colon"), REFUSE);
	CU_ASSERT_EQUAL(verdict_text("Private-key-format: v1.3\nAlgorithm: 15\n"
	    "PrivateKey: ODIyNjAzODQ2MjgwODAxMjI2NDUxOTAyMDQxNDIyNjI=\n"
	    "Activate: 20270230000000\n", "cannot have"), REFUSE);
	/* the order of P-256, and nothing */
	CU_ASSERT_EQUAL(verdict_text("Private-key-format: v1.3\nAlgorithm: 13\n"
	    "PrivateKey: /////wAAAAD//////////7zm+q2nF56E87nKwvxjJVE=\n", "its curve"), REFUSE);
	CU_ASSERT_EQUAL(verdict_text("Private-key-format: v1.3\nAlgorithm: 13\n"
	    "PrivateKey: AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n", "its curve"), REFUSE);

	b = pem_of(pairs[2].private, false, "geheim");
	CU_ASSERT_EQUAL(verdict_text((char *)b.data, "passphrase"), REFUSE);
	buf_wipe(&b);
	b = pem_of(pairs[0].private, false, NULL);
	half = b.len / 2;
	CU_ASSERT_EQUAL(verdict_on((char *)b.data, half, 0, "no private key"), REFUSE);
	other = pem_of(pairs[2].private, true, NULL);
	CU_ASSERT_EQUAL_FATAL(buf_append(&b, other.data, other.len), 0);
	buf_wipe(&other);
	CU_ASSERT_EQUAL(verdict_text((char *)b.data, "more than one"), REFUSE);
	buf_wipe(&b);
	keypair_make_rsa(&pair, RSASHA256, 512, 65537);
	b = pem_of(pair.private, false, NULL);
	CU_ASSERT_EQUAL(verdict_text((char *)b.data, NULL), ACCEPT);
	CU_ASSERT_EQUAL(verdict_on((char *)b.data, b.len, RSASHA512, "size"), REFUSE);
	buf_wipe(&b);
	keypair_clear(&pair);
}

/* Curves and kinds that DNSSEC does not have. */
static void
test_kinds(void)
{
	EVP_PKEY	*others[3];
	struct buf	 b;
	size_t		 i;

	others[0] = must(EVP_EC_gen("secp256k1"));
	others[1] = must(EVP_PKEY_Q_keygen(NULL, NULL, "X25519"));
	others[2] = must(EVP_EC_gen("P-521"));
	for (i = 0; i < 3; i++) {
		b = pem_of(others[i], false, NULL);
		CU_ASSERT_EQUAL(verdict_text((char *)b.data, "kind or curve"), REFUSE);
		buf_wipe(&b);
		EVP_PKEY_free(others[i]);
	}
}

/* Files: who can read them, what stands beside them. */
static void
test_files(void)
{
	const char	*text = samples[2].private, *path;
	struct report	 rep = REPORT_EMPTY;
	struct softkey	*k = NULL;
	struct buf	 line = BUF_EMPTY;

	path = work_file("Kz.+015+03613.private", text, strlen(text));
	CU_ASSERT_EQUAL_FATAL(chmod(path, 0600), 0);
	CU_ASSERT_EQUAL_FATAL(softkey_load(&k, path, 0, &rep), ACCEPT);
	CU_ASSERT_EQUAL(softkey_public(k)->flags, 256);
	softkey_free(k);
	k = NULL;

	CU_ASSERT_EQUAL_FATAL(buf_printf(&line, "; This is a key\nz. IN DNSKEY 257 3 15 %s\n",
	    samples[2].public), 0);
	work_file("Kz.+015+03613.key", line.data, line.len);
	CU_ASSERT_EQUAL_FATAL(softkey_load(&k, path, ED25519, &rep), ACCEPT);
	CU_ASSERT_EQUAL(softkey_public(k)->flags, 257);
	CU_ASSERT_EQUAL(softkey_public(k)->tag, 3613);
	softkey_free(k);
	k = NULL;
	CU_ASSERT_EQUAL(rep.count, 0);

	line.data[line.len - 5] ^= 1;
	work_file("Kz.+015+03613.key", line.data, line.len);
	CU_ASSERT_EQUAL(softkey_load(&k, path, 0, &rep), REFUSE);
	CU_ASSERT(report_has(&rep, BROKEN, NULL, "another key"));
	work_file("Kz.+015+03613.key", "x", 1);
	CU_ASSERT_EQUAL(softkey_load(&k, path, 0, &rep), REFUSE);
	CU_ASSERT(report_has(&rep, BROKEN, NULL, "not one DNSKEY record"));

	CU_ASSERT_EQUAL_FATAL(chmod(path, 0640), 0);
	CU_ASSERT_EQUAL(softkey_load(&k, path, 0, &rep), REFUSE);
	CU_ASSERT(report_has(&rep, BROKEN, NULL, "its owner alone"));
	CU_ASSERT_EQUAL(softkey_load(&k, "/dev/null", 0, &rep), REFUSE);
	CU_ASSERT_EQUAL(softkey_load(&k, work_folder(), 0, &rep), REFUSE);
	CU_ASSERT_EQUAL(softkey_load(&k, "/nonexistent", 0, &rep), FAULT);
	CU_ASSERT_PTR_NULL(k);
	buf_free(&line);
	report_free(&rep);
}

int
main(void)
{
	static const struct test tests[] = {
		TEST(test_samples), TEST(test_pem), TEST(test_algorithm), TEST(test_rsa_numbers),
		TEST(test_refused), TEST(test_kinds), TEST(test_files),
	};
	size_t	 i;
	int	 rv;

	for (i = 0; i < ALGORITHMS; i++)
		keypair_make(&pairs[i], algorithms[i], DNSKEY_ZSK, "zsk-1");
	rv = run_tests("softkey", tests, sizeof(tests) / sizeof(tests[0]));
	for (i = 0; i < ALGORITHMS; i++)
		keypair_clear(&pairs[i]);
	return rv;
}
