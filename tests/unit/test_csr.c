#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <CUnit/Basic.h>

#include "act/csr.h"
#include "fixture.h"

/* A request of this pair, signed by it; with "spoil" the signature is another. */
static int
make(struct buf *out, const struct keypair *p, const char *subject, bool spoil)
{
	struct report	 rep = REPORT_EMPTY;
	struct dname	 zone;
	struct sig	 sig = { 0 };
	struct buf	 message = BUF_EMPTY;
	struct csr	*c = NULL;
	const unsigned char *data;
	size_t		 len = 0;
	int		 rv;

	CU_ASSERT_EQUAL_FATAL(dname_parse(&zone, "Example.ORG"), 0);
	CU_ASSERT_EQUAL_FATAL(csr_prepare(&c, &p->key, &zone, subject, &rep), ACCEPT);
	CU_ASSERT_EQUAL(rep.count, 0);
	data = csr_message(c, &len);
	CU_ASSERT_EQUAL_FATAL(buf_append(&message, data, len), 0);
	sig.algorithm = p->key.algorithm;
	sign_bytes(&sig, p, &message);
	if (spoil)
		sig.data[sig.len / 2] ^= 1;
	rv = csr_sign(c, sig.data, sig.len);
	if (rv == 0)
		CU_ASSERT_EQUAL(csr_print(out, c), 0);
	free(sig.data);
	buf_free(&message);
	csr_free(c);
	report_free(&rep);
	return rv;
}

static void
test_algorithms(void)
{
	static const unsigned algorithms[] = {
		RSASHA256, RSASHA512, ECDSAP256SHA256, ECDSAP384SHA384, ED25519, ED448
	};
	struct keypair	 p;
	X509_REQ	*req;
	BIO		*bio;
	size_t		 i;

	for (i = 0; i < sizeof(algorithms) / sizeof(algorithms[0]); i++) {
		struct buf	 b = BUF_EMPTY;

		keypair_make(&p, algorithms[i], DNSKEY_KSK, "ksk");
		CU_ASSERT_EQUAL(make(&b, &p, NULL, true), -1);
		CU_ASSERT_EQUAL_FATAL(make(&b, &p, "/O=x/CN=a\\/b", false), 0);
		bio = must(BIO_new_mem_buf(b.data, (int)b.len));
		req = must(PEM_read_bio_X509_REQ(bio, NULL, NULL, NULL));
		CU_ASSERT_EQUAL(X509_REQ_verify(req, p.private), 1);
		CU_ASSERT_EQUAL(X509_NAME_entry_count(X509_REQ_get_subject_name(req)), 3);
		CU_ASSERT_EQUAL(EVP_PKEY_eq(X509_REQ_get0_pubkey(req), p.private), 1);
		X509_REQ_free(req);
		BIO_free(bio);
		buf_free(&b);
		keypair_clear(&p);
	}
}

static void
test_subjects(void)
{
	static const char *const bad[] = { "CN=x", "/", "/CN", "/=x", "/CN=", "/CN=x\\", "/Nothing=x" };
	struct report	 rep = REPORT_EMPTY;
	struct keypair	 p;
	struct dname	 zone;
	struct csr	*c = NULL;
	size_t		 i;

	CU_ASSERT_EQUAL_FATAL(dname_parse(&zone, "."), 0);
	keypair_make(&p, ED25519, DNSKEY_KSK, "ksk");
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		CU_ASSERT_EQUAL(csr_prepare(&c, &p.key, &zone, bad[i], &rep), REFUSE);
	CU_ASSERT_PTR_NULL(c);
	p.key.len--;
	CU_ASSERT_EQUAL(csr_prepare(&c, &p.key, &zone, "", &rep), FAULT);
	p.key.len++;
	keypair_clear(&p);
	report_free(&rep);
}

int
main(void)
{
	static const struct test tests[] = { TEST(test_algorithms), TEST(test_subjects) };

	return run_tests("csr", tests, sizeof(tests) / sizeof(tests[0]));
}
