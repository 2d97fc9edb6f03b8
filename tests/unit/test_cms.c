/* Messages in CMS, and the content key under a passphrase. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <CUnit/Basic.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "act/cms.h"
#include "act/pwkey.h"
#include "fixture.h"

#define CONTENT	"the keys of a slot"

struct party {			/* a certificate and its key, as files */
	EVP_PKEY	*pkey;
	struct cms_cert	*cert;
	struct cms_private *key;
};

static struct party	 rsa, p256, p384, other;
static struct secret	 right, wrong;

static void
add_usage(X509 *x, const char *usage)
{
	X509_EXTENSION	*e = must(X509V3_EXT_conf_nid(NULL, NULL, NID_key_usage, usage));

	CU_ASSERT_EQUAL_FATAL(X509_add_ext(x, e, -1), 1);
	X509_EXTENSION_free(e);
}

/* A certificate by itself, in a file. */
static const char *
make_cert(const char *name, EVP_PKEY *pkey, const char *usage, long days)
{
	X509		*x = must(X509_new());
	X509_NAME	*n = X509_get_subject_name(x);
	BIO		*bio = must(BIO_new(BIO_s_mem()));
	const char	*path;
	char		*pem;
	long		 len;

	X509_set_version(x, 2);
	ASN1_INTEGER_set(X509_get_serialNumber(x), 77);
	X509_NAME_add_entry_by_txt(n, "CN", MBSTRING_ASC, (const unsigned char *)name, -1, -1, 0);
	X509_set_issuer_name(x, n);
	X509_gmtime_adj(X509_getm_notBefore(x), -30 * DAY);
	X509_gmtime_adj(X509_getm_notAfter(x), days * DAY);
	X509_set_pubkey(x, pkey);
	if (usage != NULL)
		add_usage(x, usage);
	CU_ASSERT_NOT_EQUAL_FATAL(X509_sign(x, pkey, EVP_sha256()), 0);
	CU_ASSERT_EQUAL_FATAL(PEM_write_bio_X509(bio, x), 1);
	len = BIO_get_mem_data(bio, &pem);
	path = work_file(name, pem, (size_t)len);
	BIO_free(bio);
	X509_free(x);
	return path;
}

static const char *
make_key(const char *name, EVP_PKEY *pkey, const char *pass)
{
	BIO		*bio = must(BIO_new(BIO_s_mem()));
	const char	*path;
	char		*pem;
	long		 len;

	CU_ASSERT_EQUAL_FATAL(PEM_write_bio_PKCS8PrivateKey(bio, pkey,
	    pass == NULL ? NULL : EVP_aes_256_cbc(), pass, pass == NULL ? 0 : (int)strlen(pass),
	    NULL, NULL), 1);
	len = BIO_get_mem_data(bio, &pem);
	path = work_file(name, pem, (size_t)len);
	CU_ASSERT_EQUAL_FATAL(chmod(path, 0600), 0);
	BIO_free(bio);
	return path;
}

static void
make_pair(struct party *p, const char *name, EVP_PKEY *pkey)
{
	struct report	 rep = REPORT_EMPTY;

	p->pkey = must(pkey);
	p->cert = must(cms_cert_load(make_cert(name, pkey, NULL, 10), &rep));
	p->key = must(cms_private_load(make_key(name, pkey, NULL), NULL, &rep));
	report_free(&rep);
}

static void
clear_pair(struct party *p)
{
	EVP_PKEY_free(p->pkey);
	cms_cert_free(p->cert);
	cms_private_free(p->key);
}

static void
make_all(void)
{
	CU_ASSERT_EQUAL_FATAL(cms_init(), 0);
	CU_ASSERT_EQUAL_FATAL(cms_init(), 0);		/* again: no harm */
	make_pair(&rsa, "rsa", EVP_RSA_gen(2048));
	make_pair(&p256, "p256", EVP_EC_gen("P-256"));
	make_pair(&p384, "p384", EVP_EC_gen("P-384"));
	make_pair(&other, "other", EVP_EC_gen("P-256"));
	CU_ASSERT_EQUAL_FATAL(secret_set(&right, "tissue trauma", 13), 0);
	CU_ASSERT_EQUAL_FATAL(secret_set(&wrong, "tissue traumA", 13), 0);
}

static struct cms_recipient
to_cert(const struct party *p)
{
	return (struct cms_recipient){ .cert = p->cert };
}

static struct cms_opener
by_key(const struct party *p)
{
	return (struct cms_opener){ .key = p->key };
}

/* The verdict on these bytes; what came out must be the content, and only with ACCEPT. */
static enum verdict
try(const void *data, size_t len, const struct cms_opener *o, unsigned char *envelope,
    const char *said)
{
	struct report	 rep = REPORT_EMPTY;
	struct buf	 in = BUF_EMPTY, out = BUF_EMPTY;
	enum verdict	 v;

	CU_ASSERT_EQUAL_FATAL(buf_append(&in, data, len), 0);
	v = cms_open(&out, envelope, &in, "sealed", o, &rep);
	CU_ASSERT_EQUAL(v, report_verdict(&rep));
	if (v == ACCEPT) {
		CU_ASSERT_EQUAL(out.len, strlen(CONTENT));
		CU_ASSERT_PTR_NOT_NULL_FATAL(out.data);
		CU_ASSERT_STRING_EQUAL(out.data, CONTENT);
	} else
		CU_ASSERT_PTR_NULL(out.data);
	if (said != NULL)
		CU_ASSERT_TRUE(report_has(&rep, BROKEN, NULL, said));
	buf_wipe(&out);
	buf_free(&in);
	report_free(&rep);
	return v;
}

static void
test_derive(void)
{
	unsigned char	 ours[PWKEY_KEY], theirs[PWKEY_KEY], salt[PWKEY_SALT];
	char		 text[SECRET_MAX];
	struct secret	 s = SECRET_EMPTY;
	size_t		 len;
	int		 i;

	memset(text, 'x', sizeof(text));
	for (i = 0; i < 6; i++) {
		static const size_t lens[] = { 1, 13, 63, 64, 65, SECRET_MAX };

		len = lens[i];
		text[0] = (char)('a' + i);
		pseudo_random_bytes(salt, sizeof(salt));
		CU_ASSERT_EQUAL_FATAL(secret_set(&s, text, len), 0);
		CU_ASSERT_EQUAL(pwkey_derive(ours, &s, salt, 1000 + (uint32_t)i), 0);
		CU_ASSERT_EQUAL(PKCS5_PBKDF2_HMAC(text, (int)len, salt, PWKEY_SALT, 1000 + i,
		    EVP_sha256(), PWKEY_KEY, theirs), 1);
		CU_ASSERT_EQUAL(memcmp(ours, theirs, sizeof(ours)), 0);
	}
	CU_ASSERT_EQUAL(pwkey_derive(ours, &s, salt, 0), -1);
	secret_free(&s);
}

static void
test_wrap(void)
{
	unsigned char	 key[PWKEY_KEY], back[PWKEY_KEY], zero[PWKEY_KEY] = { 0 };
	unsigned char	 wrapped[PWKEY_WRAPPED], salt[PWKEY_SALT], iv[PWKEY_IV];
	size_t		 i;

	pseudo_random_bytes(key, sizeof(key));
	pseudo_random_bytes(salt, sizeof(salt));
	pseudo_random_bytes(iv, sizeof(iv));
	CU_ASSERT_EQUAL(pwkey_wrap(wrapped, key, &right, salt, 10, iv), 0);
	CU_ASSERT_EQUAL(pwkey_unwrap(back, wrapped, &right, salt, 10, iv), 0);
	CU_ASSERT_EQUAL(memcmp(key, back, sizeof(key)), 0);
	memset(back, 0, sizeof(back));
	CU_ASSERT_EQUAL(pwkey_unwrap(back, wrapped, &wrong, salt, 10, iv), 1);
	CU_ASSERT_EQUAL(pwkey_unwrap(back, wrapped, &right, salt, 11, iv), 1);
	CU_ASSERT_EQUAL(memcmp(back, zero, sizeof(back)), 0);
	/* A bit of the last block changes the first; in the middle only the key can tell. */
	for (i = PWKEY_WRAPPED - 16; i < PWKEY_WRAPPED; i++) {
		wrapped[i] ^= 1;
		CU_ASSERT_EQUAL(pwkey_unwrap(back, wrapped, &right, salt, 10, iv), 1);
		wrapped[i] ^= 1;
	}
	wrapped[16] ^= 1;
	CU_ASSERT_NOT_EQUAL(pwkey_unwrap(back, wrapped, &right, salt, 10, iv), -1);
	CU_ASSERT_NOT_EQUAL(memcmp(key, back, sizeof(key)), 0);
}

static void
test_passphrase(void)
{
	const struct cms_recipient to = { .passphrase = &right };
	const struct cms_opener	 good = { .passphrase = &right }, bad = { .passphrase = &wrong };
	const struct cms_opener	 key = by_key(&p256);
	struct buf	 out = BUF_EMPTY;

	CU_ASSERT_EQUAL_FATAL(cms_seal(&out, CONTENT, strlen(CONTENT), &to, 1), 0);
	CU_ASSERT_EQUAL(try(out.data, out.len, &good, NULL, NULL), ACCEPT);
	CU_ASSERT_EQUAL(try(out.data, out.len, &bad, NULL, "this passphrase does not open it"),
	    REFUSE);
	CU_ASSERT_EQUAL(try(out.data, out.len, &key, NULL, "sealed to nobody with such a key"),
	    REFUSE);
	buf_free(&out);
}

static void
test_certificates(void)
{
	const struct party *pairs[] = { &rsa, &p256, &p384 };
	size_t		 i, j;

	for (i = 0; i < 3; i++) {
		const struct cms_recipient to = to_cert(pairs[i]);
		const struct cms_opener pass = { .passphrase = &right };
		struct buf	 out = BUF_EMPTY;

		CU_ASSERT_EQUAL_FATAL(cms_seal(&out, CONTENT, strlen(CONTENT), &to, 1), 0);
		for (j = 0; j < 3; j++) {
			const struct cms_opener o = by_key(pairs[j]);

			CU_ASSERT_EQUAL(try(out.data, out.len, &o, NULL, i == j ? NULL :
			    "sealed to nobody with such a key"), i == j ? ACCEPT : REFUSE);
		}
		CU_ASSERT_EQUAL(try(out.data, out.len, &pass, NULL,
		    "sealed to nobody with such a passphrase"), REFUSE);
		buf_free(&out);
	}
}

/* Several recipients, another key of the same kind before the right one or not at all. */
static void
test_several(void)
{
	const struct cms_recipient to[] = { to_cert(&p256), to_cert(&p384), to_cert(&rsa) };
	const struct cms_recipient both[] = { to_cert(&other), to_cert(&p256) };
	const struct cms_recipient none = to_cert(&other);
	const struct cms_opener	 openers[] = { by_key(&p384), by_key(&p256), by_key(&rsa) };
	struct cms_recipient many[CMS_RECIPIENTS + 1];
	struct buf	 out = BUF_EMPTY;
	size_t		 i;

	CU_ASSERT_EQUAL_FATAL(cms_seal(&out, CONTENT, strlen(CONTENT), to, 3), 0);
	for (i = 0; i < 3; i++)
		CU_ASSERT_EQUAL(try(out.data, out.len, &openers[i], NULL, NULL), ACCEPT);
	out.len = 0;
	CU_ASSERT_EQUAL_FATAL(cms_seal(&out, CONTENT, strlen(CONTENT), both, 2), 0);
	CU_ASSERT_EQUAL(try(out.data, out.len, &openers[1], NULL, NULL), ACCEPT);
	out.len = 0;
	CU_ASSERT_EQUAL_FATAL(cms_seal(&out, CONTENT, strlen(CONTENT), &none, 1), 0);
	CU_ASSERT_EQUAL(try(out.data, out.len, &openers[1], NULL, "this key does not open it"),
	    REFUSE);
	for (i = 0; i <= CMS_RECIPIENTS; i++)
		many[i] = to_cert(&p256);
	CU_ASSERT_EQUAL(cms_seal(&out, CONTENT, 1, many, CMS_RECIPIENTS + 1), -1);
	CU_ASSERT_EQUAL(cms_seal(&out, CONTENT, 1, many, 0), -1);
	buf_free(&out);
}

/* Every bit of a message: refused, or, in another's recipient, told by the envelope. */
static void
test_changed(void)
{
	const struct cms_recipient to[] = { to_cert(&p256), to_cert(&rsa) };
	const struct cms_opener	 o = by_key(&p256);
	struct cms_envelope *e = must(cms_begin(to, 2));
	unsigned char	 right_one[DIGEST_SIZE], seen[DIGEST_SIZE];
	struct buf	 out = BUF_EMPTY;
	size_t		 i, passed = 0, unnoticed = 0;

	memcpy(right_one, cms_envelope_digest(e), DIGEST_SIZE);
	CU_ASSERT_EQUAL_FATAL(cms_finish(&out, e, CONTENT, strlen(CONTENT)), 0);
	CU_ASSERT_EQUAL(cms_finish(&out, e, CONTENT, strlen(CONTENT)), -1);	/* once only */
	cms_envelope_free(e);
	CU_ASSERT_EQUAL(try(out.data, out.len, &o, seen, NULL), ACCEPT);
	CU_ASSERT_EQUAL(memcmp(seen, right_one, DIGEST_SIZE), 0);
	for (i = 0; i < 8 * out.len; i++) {
		out.data[i / 8] ^= (unsigned char)(1 << i % 8);
		if (try(out.data, out.len, &o, seen, NULL) == ACCEPT) {
			passed++;
			unnoticed += memcmp(seen, right_one, DIGEST_SIZE) == 0;
		}
		out.data[i / 8] ^= (unsigned char)(1 << i % 8);
	}
	CU_ASSERT_TRUE(passed > 0);		/* the other's encrypted key, the names */
	CU_ASSERT_EQUAL(unnoticed, 0);
	for (i = 0; i < out.len; i++)
		CU_ASSERT_NOT_EQUAL(try(out.data, i, &o, seen, NULL), ACCEPT);
	CU_ASSERT_EQUAL(buf_append(&out, "", 1), 0);
	CU_ASSERT_EQUAL(try(out.data, out.len, &o, seen, "something follows the message"), REFUSE);
	buf_free(&out);
}

/* With one passphrase alone nothing can be changed, whatever the envelope says. */
static void
test_changed_passphrase(void)
{
	const struct cms_recipient to = { .passphrase = &right };
	const struct cms_opener	 o = { .passphrase = &right };
	struct cms_form	 form;
	struct buf	 out = BUF_EMPTY;
	size_t		 i, head;

	CU_ASSERT_EQUAL_FATAL(cms_seal(&out, CONTENT, strlen(CONTENT), &to, 1), 0);
	CU_ASSERT_PTR_NULL_FATAL(cms_read(&form, out.data, out.len));
	head = (size_t)(form.infos[0].salt - out.data);
	for (i = 0; i < 8 * head; i++) {		/* cheap: no key is derived */
		out.data[i / 8] ^= (unsigned char)(1 << i % 8);
		CU_ASSERT_EQUAL(try(out.data, out.len, &o, NULL, NULL), REFUSE);
		out.data[i / 8] ^= (unsigned char)(1 << i % 8);
	}
	for (i = head; i < out.len; i += 23) {
		out.data[i] ^= 0x10;
		CU_ASSERT_EQUAL(try(out.data, out.len, &o, NULL, NULL), REFUSE);
		out.data[i] ^= 0x10;
	}
	buf_free(&out);
}

/* Fewer iterations than we write, or a number that would take for ever. */
static void
test_iterations(void)
{
	static const uint32_t counts[] = { 1, CMS_ITERATIONS - 1, CMS_ITERATIONS_MAX + 1, INT32_MAX };
	const struct cms_opener	 o = { .passphrase = &right };
	unsigned char	 bytes[PWKEY_WRAPPED] = { 0 };
	struct cms_info	 info = { .kind = CMS_PASSPHRASE, .salt = bytes, .iv = bytes, .key = bytes,
			     .keylen = sizeof(bytes) };
	struct cms_form	 form = { .nonce = bytes, .tag = bytes, .content = bytes,
			     .contentlen = 1 };
	size_t		 i;

	for (i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
		struct buf	 set = BUF_EMPTY, out = BUF_EMPTY;

		info.iterations = counts[i];
		CU_ASSERT_EQUAL_FATAL(cms_write_info(&set, &info), 0);
		form.set = set.data;
		form.setlen = set.len;
		CU_ASSERT_EQUAL_FATAL(cms_write(&out, &form), 0);
		CU_ASSERT_EQUAL(try(out.data, out.len, &o, NULL, "iterations of PBKDF2: not"),
		    REFUSE);
		buf_free(&set);
		buf_free(&out);
	}
}

/* Somebody else's key: raw RSA with our unpadding, and X of a shared point. */
static enum verdict
hold(void *arg, const unsigned char *in, size_t inlen, unsigned char *out, size_t room,
    size_t *len, struct report *report)
{
	struct party	*p = arg;
	EVP_PKEY_CTX	*ctx = must(EVP_PKEY_CTX_new(p->pkey, NULL));
	unsigned char	 raw[512];
	EVP_PKEY	*peer = NULL;
	enum verdict	 v = ACCEPT;

	(void)report;
	*len = room;
	if (p == &rsa) {
		size_t	 n = sizeof(raw);

		CU_ASSERT_EQUAL_FATAL(EVP_PKEY_decrypt_init(ctx), 1);
		CU_ASSERT_EQUAL_FATAL(EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_NO_PADDING), 1);
		CU_ASSERT_EQUAL_FATAL(EVP_PKEY_decrypt(ctx, raw, &n, in, inlen), 1);
		*len = CMS_KEY;
		v = cms_oaep(out, raw, n) == 0 ? ACCEPT : REFUSE;
	} else {
		peer = must(EVP_PKEY_new());
		CU_ASSERT_EQUAL_FATAL(EVP_PKEY_copy_parameters(peer, p->pkey), 1);
		CU_ASSERT_EQUAL_FATAL(EVP_PKEY_set1_encoded_public_key(peer, in, inlen), 1);
		CU_ASSERT_EQUAL_FATAL(EVP_PKEY_derive_init(ctx), 1);
		CU_ASSERT_EQUAL_FATAL(EVP_PKEY_derive_set_peer(ctx, peer), 1);
		CU_ASSERT_EQUAL_FATAL(EVP_PKEY_derive(ctx, out, len), 1);
	}
	EVP_PKEY_free(peer);
	EVP_PKEY_CTX_free(ctx);
	return v;
}

static void
test_held(void)
{
	struct party	*pairs[] = { &rsa, &p256, &p384 };
	static const enum cms_kind kinds[] = { CMS_RSA, CMS_EC256, CMS_EC384 };
	struct cms_form	 form;
	size_t		 i;

	for (i = 0; i < 3; i++) {
		const struct cms_recipient to = to_cert(pairs[i]);
		const struct cms_holder	 h = { kinds[i], 256, pairs[i], hold };
		const struct cms_opener	 o = { .holder = &h };
		struct buf	 out = BUF_EMPTY;

		CU_ASSERT_EQUAL_FATAL(cms_seal(&out, CONTENT, strlen(CONTENT), &to, 1), 0);
		CU_ASSERT_EQUAL(try(out.data, out.len, &o, NULL, NULL), ACCEPT);
		CU_ASSERT_PTR_NULL_FATAL(cms_read(&form, out.data, out.len));
		out.data[form.infos[0].key - out.data + 5] ^= 1;
		CU_ASSERT_EQUAL(try(out.data, out.len, &o, NULL, "this key does not open it"),
		    REFUSE);
		buf_free(&out);
	}
}

static void
refused_cert(const char *path, const char *why)
{
	struct report	 rep = REPORT_EMPTY;

	CU_ASSERT_PTR_NULL(cms_cert_load(path, &rep));
	CU_ASSERT_TRUE(report_has(&rep, FAULTY, NULL, why));
	report_free(&rep);
}

static void
test_cert_load(void)
{
	struct report	 rep = REPORT_EMPTY;
	struct cms_cert	*c;
	EVP_PKEY	*small = must(EVP_RSA_gen(1024)), *ed = must(EVP_PKEY_Q_keygen(NULL, NULL,
			    "ED25519")), *p521 = must(EVP_EC_gen("P-521"));

	refused_cert("/nonexistent", "No such file");
	refused_cert(work_file("text", "hello\n", 6), "no X.509 certificate");
	refused_cert(make_cert("small", small, NULL, 10), "neither RSA with 2048");
	refused_cert(make_cert("p521", p521, NULL, 10), "neither RSA with 2048");
	refused_cert(make_cert("late", p256.pkey, NULL, -1), "expired");
	refused_cert(make_cert("usage", p256.pkey, "keyEncipherment", 10), "keyUsage");
	refused_cert(make_cert("usage", rsa.pkey, "keyAgreement", 10), "keyUsage");
	c = must(cms_cert_load(make_cert("again", p256.pkey, "keyAgreement", 10), &rep));
	CU_ASSERT_EQUAL(memcmp(cms_cert_key(c), cms_cert_key(p256.cert), DIGEST_SIZE), 0);
	CU_ASSERT_NOT_EQUAL(memcmp(cms_cert_key(c), cms_cert_key(other.cert), DIGEST_SIZE), 0);
	cms_cert_free(c);
	report_free(&rep);
	EVP_PKEY_free(small);
	EVP_PKEY_free(ed);
	EVP_PKEY_free(p521);
}

static int
ask(const char *path, struct secret *s)
{
	CU_ASSERT_PTR_NOT_NULL(strstr(path, "locked"));
	return secret_set(s, "open", 4);
}

static void
refused_key(const char *path, cms_ask_fn *fn, const char *why)
{
	struct report	 rep = REPORT_EMPTY;

	CU_ASSERT_PTR_NULL(cms_private_load(path, fn, &rep));
	CU_ASSERT_TRUE(report_has(&rep, FAULTY, NULL, why));
	report_free(&rep);
}

static void
test_private_load(void)
{
	struct report	 rep = REPORT_EMPTY;
	const char	*path = make_key("locked", p256.pkey, "open");
	struct cms_private *p = cms_private_load(path, ask, &rep);

	CU_ASSERT_PTR_NOT_NULL(p);
	cms_private_free(p);
	refused_key(path, NULL, "cannot be asked for");
	refused_key(make_key("locked", p256.pkey, "shut"), ask, "another passphrase");
	CU_ASSERT_EQUAL(chmod(path, 0640), 0);
	refused_key(path, ask, "its owner alone");
	refused_key("/nonexistent", ask, "No such file");
	refused_key("/dev/null", ask, "its owner alone");
	report_free(&rep);
}

static void
clear_all(void)
{
	clear_pair(&rsa);
	clear_pair(&p256);
	clear_pair(&p384);
	clear_pair(&other);
	secret_free(&right);
	secret_free(&wrong);
}

int
main(void)
{
	static const struct test tests[] = {
		TEST(make_all),
		TEST(test_derive),
		TEST(test_wrap),
		TEST(test_passphrase),
		TEST(test_certificates),
		TEST(test_several),
		TEST(test_changed),
		TEST(test_changed_passphrase),
		TEST(test_iterations),
		TEST(test_held),
		TEST(test_cert_load),
		TEST(test_private_load),
		TEST(clear_all),
	};

	return run_tests("cms", tests, sizeof(tests) / sizeof(tests[0]));
}
