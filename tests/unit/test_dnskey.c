#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <CUnit/Basic.h>
#include <ldns/ldns.h>

#include "base/buf.h"
#include "fixture.h"
#include "model/dnskey.h"
#include "model/skr.h"

#define ROOT_SKR	"root/skr-root-2017-q3-0-c_to_d.xml"

static const unsigned supported[] = { 8, 10, 13, 14, 15, 16 };
#define NSUPPORTED	(sizeof(supported) / sizeof(supported[0]))

/* The record as ldns has it, from its wire form. */
static ldns_rr *
ldns_key_of(const struct key *key)
{
	ldns_rr	*rr = must(ldns_rr_new_frm_type(LDNS_RR_TYPE_DNSKEY));

	ldns_rr_set_owner(rr, must(ldns_dname_new_frm_str("example.com.")));
	ldns_rr_set_ttl(rr, key->ttl);
	ldns_rr_set_rdf(rr, ldns_native2rdf_int16(LDNS_RDF_TYPE_INT16, key->flags), 0);
	ldns_rr_set_rdf(rr, ldns_native2rdf_int8(LDNS_RDF_TYPE_INT8, key->protocol), 1);
	ldns_rr_set_rdf(rr, ldns_native2rdf_int8(LDNS_RDF_TYPE_ALG, key->algorithm), 2);
	ldns_rr_set_rdf(rr, ldns_rdf_new_frm_data(LDNS_RDF_TYPE_B64, key->len, key->public), 3);
	return rr;
}

static struct key
random_key(unsigned algorithm, size_t len)
{
	static const uint16_t flags[] = { 256, 257, 385, 0, 65535 };
	static unsigned char bytes[1024];

	pseudo_random_bytes(bytes, len);
	return (struct key){
		.ttl = pseudo_random() % 1000000, .flags = flags[pseudo_random() % 5], .protocol = 3,
		.algorithm = (uint8_t)algorithm, .public = bytes, .len = len,
	};
}

static void
test_algorithms(void)
{
	size_t	 i;

	for (i = 0; i < NSUPPORTED; i++) {
		CU_ASSERT_NOT_EQUAL(algorithm_family(supported[i]), FAMILY_NONE);
		CU_ASSERT_FALSE(algorithm_deprecated(supported[i]));
	}
	CU_ASSERT_EQUAL(algorithm_family(8), FAMILY_RSA);
	CU_ASSERT_EQUAL(algorithm_family(10), FAMILY_RSA);
	CU_ASSERT_EQUAL(algorithm_family(14), FAMILY_ECDSA);
	CU_ASSERT_EQUAL(algorithm_family(16), FAMILY_EDDSA);
	CU_ASSERT_EQUAL(algorithm_bits(8), 0);
	CU_ASSERT_EQUAL(algorithm_bits(13), 256);
	CU_ASSERT_EQUAL(algorithm_bits(14), 384);
	CU_ASSERT_EQUAL(algorithm_bits(15), 256);
	CU_ASSERT_EQUAL(algorithm_bits(16), 456);
	CU_ASSERT_EQUAL(algorithm_siglen(10), 0);
	CU_ASSERT_EQUAL(algorithm_siglen(13), 64);
	CU_ASSERT_EQUAL(algorithm_siglen(14), 96);
	CU_ASSERT_EQUAL(algorithm_siglen(15), 64);
	CU_ASSERT_EQUAL(algorithm_siglen(16), 114);
	for (i = 0; i < 300; i++) {
		bool	 old = i == 1 || i == 3 || (i >= 5 && i <= 7) || i == 12;

		CU_ASSERT_EQUAL(algorithm_deprecated((unsigned)i), old);
		if (old || i > 16 || i == 0)
			CU_ASSERT_EQUAL(algorithm_family((unsigned)i), FAMILY_NONE);
	}
}

/* Names as ldns has them, and back, in any case. */
static void
test_names(void)
{
	const ldns_lookup_table *theirs;
	char		 text[8];
	unsigned	 n;

	for (n = 0; n < 256; n++) {
		const char *name = algorithm_name(n);

		snprintf(text, sizeof(text), "%u", n);
		CU_ASSERT_EQUAL(algorithm_number(text), (int)n);
		if (name == NULL)
			continue;
		CU_ASSERT_EQUAL(algorithm_number(name), (int)n);
		if ((theirs = ldns_lookup_by_id(ldns_algorithms, (int)n)) != NULL)
			CU_ASSERT_STRING_EQUAL(name, theirs->name);
	}
	CU_ASSERT_EQUAL(algorithm_number("rsaSha256"), 8);
	CU_ASSERT_EQUAL(algorithm_number("ed448"), 16);
	CU_ASSERT_EQUAL(algorithm_number("008"), 8);
	CU_ASSERT_EQUAL(algorithm_number(""), -1);
	CU_ASSERT_EQUAL(algorithm_number("256"), -1);
	CU_ASSERT_EQUAL(algorithm_number("0008"), -1);
	CU_ASSERT_EQUAL(algorithm_number("-1"), -1);
	CU_ASSERT_EQUAL(algorithm_number("+8"), -1);
	CU_ASSERT_EQUAL(algorithm_number(" 8"), -1);
	CU_ASSERT_EQUAL(algorithm_number("8 "), -1);
	CU_ASSERT_EQUAL(algorithm_number("0x8"), -1);
	CU_ASSERT_EQUAL(algorithm_number("RSASHA25"), -1);
	CU_ASSERT_EQUAL(algorithm_number("RSASHA2566"), -1);
	CU_ASSERT_PTR_NULL(algorithm_name(0));
	CU_ASSERT_PTR_NULL(algorithm_name(17));
}

static void
known_root_key(const struct key *k, uint16_t tag, uint16_t revoked, const char *ds)
{
	unsigned char	 digest[DIGEST_SIZE];
	char		 hex[DIGEST_HEX];
	struct key	 old = *k;
	struct dname	 root;
	uint64_t	 exponent;
	unsigned	 bits;

	CU_ASSERT_EQUAL(k->tag, tag);
	CU_ASSERT_EQUAL(key_tag(k), tag);
	CU_ASSERT_EQUAL(key_tag_revoked(k), revoked);
	old.flags |= DNSKEY_REVOKE;
	CU_ASSERT_EQUAL(key_tag(&old), revoked);
	CU_ASSERT_EQUAL(key_tag_revoked(&old), revoked);
	CU_ASSERT_EQUAL(key_size(k, &bits, &exponent), 0);
	CU_ASSERT_EQUAL(bits, 2048);
	CU_ASSERT_EQUAL(exponent, 65537);
	CU_ASSERT_EQUAL(dname_parse(&root, "."), 0);
	CU_ASSERT_EQUAL(key_ds(digest, k, &root), 0);
	CU_ASSERT_EQUAL(strcasecmp(digest_hex(hex, digest), ds), 0);
	CU_ASSERT_EQUAL(dname_parse(&root, "com"), 0);
	CU_ASSERT_EQUAL(key_ds(digest, k, &root), 0);
	CU_ASSERT_NOT_EQUAL(strcasecmp(digest_hex(hex, digest), ds), 0);
}

/* Keys whose tags and DS records the world knows. */
static void
test_root(void)
{
	const char	*path = data_file(ROOT_SKR);
	struct report	 rep = REPORT_EMPTY;
	struct buf	 in = BUF_EMPTY;
	struct skr	*skr = NULL;
	unsigned	 seen = 0;
	size_t		 i;

	if (path == NULL)
		return;
	CU_ASSERT_EQUAL_FATAL(buf_load(&in, path, KSR_MAX_BYTES), 0);
	CU_ASSERT_EQUAL_FATAL(skr_parse(&skr, &in, path, &rep), ACCEPT);
	for (i = 0; i < skr->bundles.v[8].nkeys; i++) {
		const struct key *k = &skr->bundles.v[8].keys[i];

		if (k->tag == 19036 && ++seen)
			known_root_key(k, 19036, 19164, "49AAC11D7B6F6446702E54A1607371607A1A4185"
			    "5200FD2CE1CDDE32F24E8FB5");
		if (k->tag == 20326 && ++seen)
			known_root_key(k, 20326, 20454, "E06D44B80B8F1D39A95C0B0D7C65D08458E88040"
			    "9BBC683457104237C7F8EC8D");
	}
	CU_ASSERT_EQUAL(seen, 2);
	skr_free(skr);
	buf_free(&in);
	report_free(&rep);
}

static void
test_tags(void)
{
	unsigned	 algorithm;
	struct buf	 b = BUF_EMPTY;
	struct key	 k;
	size_t		 len;

	for (algorithm = 0; algorithm < 20; algorithm++)
		for (len = 3; len < 600; len += 1 + pseudo_random() % 7) {
			k = random_key(algorithm, len);
			b.len = 0;
			CU_ASSERT_EQUAL_FATAL(key_rdata(&b, &k), 0);
			CU_ASSERT_EQUAL(b.len, len + 4);
			CU_ASSERT_EQUAL(key_tag(&k), ldns_calc_keytag_raw(b.data, b.len));
			b.data[1] |= DNSKEY_REVOKE;
			CU_ASSERT_EQUAL(key_tag_revoked(&k), ldns_calc_keytag_raw(b.data, b.len));
		}
	/* RFC 4034 B.1: of RSAMD5 it is part of the modulus, and REVOKE changes nothing. */
	k = (struct key){ .flags = 257, .protocol = 3, .algorithm = 1, .len = 4,
	    .public = (unsigned char[]){ 9, 0x12, 0x34, 7 } };
	CU_ASSERT_EQUAL(key_tag(&k), 0x1234);
	CU_ASSERT_EQUAL(key_tag_revoked(&k), 0x1234);
	k.len = 2;
	CU_ASSERT_EQUAL(key_tag(&k), 0);
	/* The carry of the highest possible sum. */
	k = random_key(8, 600);
	memset(k.public, 0xff, 600);
	k.flags = 65535;
	k.protocol = k.algorithm = 255;
	b.len = 0;
	CU_ASSERT_EQUAL_FATAL(key_rdata(&b, &k), 0);
	CU_ASSERT_EQUAL(key_tag(&k), ldns_calc_keytag_raw(b.data, b.len));
	buf_free(&b);
}

/* The size of these bytes, or -1. */
static int
size_of(unsigned algorithm, const void *bytes, size_t len, uint64_t *exponent)
{
	unsigned char	*exact = must(malloc(len + 1));	/* so that a read beyond is seen */
	struct key	 k = { .algorithm = (uint8_t)algorithm, .public = exact + 1, .len = len };
	unsigned	 bits = 0;
	int		 rv;

	memcpy(exact + 1, bytes, len);
	*exponent = 0;
	rv = key_size(&k, &bits, exponent);
	free(exact);
	return rv == -1 ? -1 : (int)bits;
}

#define RSA(bytes)	size_of(8, bytes, sizeof(bytes) - 1, &e)

/* RFC 3110 2 */
static void
test_rsa_size(void)
{
	uint64_t	 e;

	CU_ASSERT_EQUAL(RSA("\001\003\200\001"), 16);
	CU_ASSERT_EQUAL(e, 3);
	CU_ASSERT_EQUAL(RSA("\003\001\000\001\177\377\377"), 23);
	CU_ASSERT_EQUAL(e, 65537);
	CU_ASSERT_EQUAL(RSA("\000\000\001\003\001"), 1);
	CU_ASSERT_EQUAL(e, 3);
	CU_ASSERT_EQUAL(RSA("\000\000\003\001\000\001\200\000"), 16);
	CU_ASSERT_EQUAL(e, 65537);
	/* Leading zero bytes count for neither. */
	CU_ASSERT_EQUAL(RSA("\002\000\003\000\000\001\000"), 9);
	CU_ASSERT_EQUAL(e, 3);
	CU_ASSERT_EQUAL(RSA("\010\377\377\377\377\377\377\377\376\377"), 8);
	CU_ASSERT_EQUAL(e, UINT64_MAX - 1);
	CU_ASSERT_EQUAL(RSA("\011\001\000\000\000\000\000\000\000\001\377"), 8);
	CU_ASSERT_EQUAL(e, UINT64_MAX);
	CU_ASSERT_EQUAL(RSA("\011\000\000\000\000\000\000\000\000\005\377"), 8);
	CU_ASSERT_EQUAL(e, 5);
	CU_ASSERT_EQUAL(RSA("\012\001\000\000\000\000\000\000\000\000\005\377"), 8);
	CU_ASSERT_EQUAL(e, UINT64_MAX);
	/* Cut short at each place, no exponent, no modulus, one of zero. */
	CU_ASSERT_EQUAL(RSA(""), -1);
	CU_ASSERT_EQUAL(RSA("\001"), -1);
	CU_ASSERT_EQUAL(RSA("\001\003"), -1);
	CU_ASSERT_EQUAL(RSA("\002\003"), -1);
	CU_ASSERT_EQUAL(RSA("\000"), -1);
	CU_ASSERT_EQUAL(RSA("\000\000"), -1);
	CU_ASSERT_EQUAL(RSA("\000\000\001"), -1);
	CU_ASSERT_EQUAL(RSA("\000\000\001\003"), -1);
	CU_ASSERT_EQUAL(RSA("\000\000\000\003\377"), -1);
	CU_ASSERT_EQUAL(RSA("\000\377\377\003\377"), -1);
	CU_ASSERT_EQUAL(RSA("\001\003\000\000"), -1);
	CU_ASSERT_EQUAL(size_of(10, "\001\003\200", 3, &e), 8);
	CU_ASSERT_EQUAL(size_of(5, "\001\003\200", 3, &e), 8);
}

static void
test_fixed_size(void)
{
	static const struct {
		unsigned	 algorithm;
		size_t		 len;
		int		 bits;
	} fixed[] = { { 13, 64, 256 }, { 14, 96, 384 }, { 15, 32, 256 }, { 16, 57, 456 } };
	unsigned char	 bytes[128] = { 1, 2, 3 };
	uint64_t	 e;
	size_t		 i, len;

	for (i = 0; i < sizeof(fixed) / sizeof(fixed[0]); i++)
		for (len = 0; len < sizeof(bytes); len++) {
			CU_ASSERT_EQUAL(size_of(fixed[i].algorithm, bytes, len, &e),
			    len == fixed[i].len ? fixed[i].bits : -1);
			CU_ASSERT_EQUAL(e, 0);
		}
	CU_ASSERT_EQUAL(size_of(3, bytes, 64, &e), -1);
	CU_ASSERT_EQUAL(size_of(12, bytes, 64, &e), -1);
	CU_ASSERT_EQUAL(size_of(0, bytes, 64, &e), -1);
	CU_ASSERT_EQUAL(size_of(255, bytes, 64, &e), -1);
}

static void
size_of_pair(unsigned algorithm, unsigned bits, unsigned long exponent)
{
	struct keypair	 p;
	uint64_t	 e;
	unsigned	 n;

	if (exponent != 0)
		keypair_make_rsa(&p, algorithm, bits, exponent);
	else
		keypair_make(&p, algorithm, DNSKEY_ZSK, "key");
	CU_ASSERT_EQUAL(key_size(&p.key, &n, &e), 0);
	CU_ASSERT_EQUAL(n, bits);
	CU_ASSERT_EQUAL(e, exponent);
	keypair_clear(&p);
}

static void
test_real_size(void)
{
	size_of_pair(8, 1024, 3);
	size_of_pair(8, 1031, 65537);
	size_of_pair(10, 2048, 4294967297UL);
	size_of_pair(13, 256, 0);
	size_of_pair(14, 384, 0);
	size_of_pair(15, 256, 0);
	size_of_pair(16, 456, 0);
}

static void
test_ds(void)
{
	unsigned char	 digest[DIGEST_SIZE];
	struct dname	 owner;
	ldns_rr		*rr, *ds;
	unsigned	 i;

	CU_ASSERT_EQUAL_FATAL(dname_parse(&owner, "EXAMPLE.com"), 0);
	for (i = 0; i < 200; i++) {
		struct key	 k = random_key(supported[i % NSUPPORTED], 3 + i);

		rr = ldns_key_of(&k);
		ds = must(ldns_key_rr2ds(rr, LDNS_SHA256));
		CU_ASSERT_EQUAL(key_ds(digest, &k, &owner), 0);
		CU_ASSERT_EQUAL(memcmp(digest, ldns_rdf_data(ldns_rr_rdf(ds, 3)), DIGEST_SIZE), 0);
		ldns_rr_free(ds);
		ldns_rr_free(rr);
	}
}

static void
test_print(void)
{
	struct buf	 b = BUF_EMPTY;
	struct dname	 owner;
	ldns_rr		*rr, *again;
	unsigned	 i;

	CU_ASSERT_EQUAL_FATAL(dname_parse(&owner, "Example.COM"), 0);
	for (i = 0; i < 200; i++) {
		struct key	 k = random_key(supported[i % NSUPPORTED], 1 + i);

		b.len = 0;
		again = NULL;
		CU_ASSERT_EQUAL_FATAL(key_print(&b, &k, &owner), 0);
		CU_ASSERT_PTR_EQUAL(memchr(b.data, '\n', b.len), b.data + b.len - 1);
		CU_ASSERT_EQUAL_FATAL(ldns_rr_new_frm_str(&again, (char *)b.data, 0, NULL, NULL),
		    LDNS_STATUS_OK);
		rr = ldns_key_of(&k);
		CU_ASSERT_EQUAL(ldns_rr_compare(rr, again), 0);
		CU_ASSERT_EQUAL(ldns_rr_ttl(again), k.ttl);
		ldns_rr_free(rr);
		ldns_rr_free(again);
	}
	b.len = 0;
	CU_ASSERT_EQUAL(dname_parse(&owner, "."), 0);
	CU_ASSERT_EQUAL(key_print(&b, &(struct key){ .ttl = 2147483647, .flags = 257, .protocol = 3,
	    .algorithm = 8, .public = (unsigned char[]){ 1, 3, 255 }, .len = 3 }, &owner), 0);
	CU_ASSERT_STRING_EQUAL((char *)b.data, ". 2147483647 IN DNSKEY 257 3 8 AQP/\n");
	buf_free(&b);
}

static int
sign_of(int n)
{
	return (n > 0) - (n < 0);
}

/* Two keys in the order in which ldns sorts an RRset. */
static void
test_compare(void)
{
	unsigned char	 bytes[1024];
	ldns_rr		*ra, *rb;
	unsigned	 i;

	for (i = 0; i < 500; i++) {
		struct key	 a = random_key(8 + i % 2 * 5, 1 + pseudo_random() % 40), b;

		memcpy(bytes, a.public, a.len);
		a.public = bytes;
		b = random_key(8, 1 + pseudo_random() % 40);
		b.flags = pseudo_random() % 2 ? a.flags : 256;
		if (i % 3 == 0) {		/* a prefix, or the same */
			b.algorithm = a.algorithm;
			memcpy(b.public, a.public, a.len);
			b.len = a.len + i % 2;
		}
		ra = ldns_key_of(&a);
		rb = ldns_key_of(&b);
		CU_ASSERT_EQUAL(sign_of(key_compare(&a, &b)), sign_of(ldns_rr_compare(ra, rb)));
		CU_ASSERT_EQUAL(sign_of(key_compare(&b, &a)), -sign_of(key_compare(&a, &b)));
		CU_ASSERT_EQUAL(key_compare(&a, &b) == 0, key_same(&a, &b));
		ldns_rr_free(ra);
		ldns_rr_free(rb);
	}
}

static void
test_same(void)
{
	unsigned char	 one[] = { 1, 2, 3 }, two[] = { 1, 2, 4 };
	struct key	 a = { .flags = 257, .protocol = 3, .algorithm = 8, .public = one, .len = 3 };
	struct key	 b = a;

	b.tag = 7;
	b.ttl = 9;
	CU_ASSERT_TRUE(key_same(&a, &b));
	b.flags = 385;
	CU_ASSERT_FALSE(key_same(&a, &b));
	CU_ASSERT_TRUE(key_same_public(&a, &b));
	CU_ASSERT_TRUE(key_revoked(&b));
	CU_ASSERT_FALSE(key_revoked(&a));
	CU_ASSERT_TRUE(key_is_sep(&b));
	b = a;
	b.protocol = 2;
	CU_ASSERT_FALSE(key_same(&a, &b));
	CU_ASSERT_TRUE(key_same_public(&a, &b));
	b = a;
	b.algorithm = 10;
	CU_ASSERT_FALSE(key_same_public(&a, &b));
	b = a;
	b.len = 2;
	CU_ASSERT_FALSE(key_same(&a, &b));
	b = a;
	b.public = two;
	CU_ASSERT_FALSE(key_same(&a, &b));
	b.flags = 256;
	CU_ASSERT_FALSE(key_is_sep(&b));
}

static void
test_copy(void)
{
	char		 name[] = "ksk";
	unsigned char	 bytes[] = { 1, 2, 3 };
	struct key	 a = { .identifier = name, .ttl = 1, .flags = 257, .tag = 2, .protocol = 3,
	    .algorithm = 8, .public = bytes, .len = 3, .line = 9 };
	struct key	 b = { .len = 0 };

	CU_ASSERT_EQUAL_FATAL(key_copy(&b, &a), 0);
	CU_ASSERT_PTR_NOT_EQUAL(b.identifier, a.identifier);
	CU_ASSERT_PTR_NOT_EQUAL(b.public, a.public);
	CU_ASSERT_STRING_EQUAL(b.identifier, "ksk");
	CU_ASSERT_TRUE(key_same(&a, &b));
	CU_ASSERT_EQUAL(b.ttl, 1);
	CU_ASSERT_EQUAL(b.tag, 2);
	CU_ASSERT_EQUAL(b.line, 9);
	key_clear(&b);
	CU_ASSERT_PTR_NULL(b.public);
	CU_ASSERT_EQUAL(b.len, 0);
	key_clear(&b);
	a.identifier = NULL;
	a.len = 0;
	CU_ASSERT_EQUAL(key_copy(&b, &a), 0);
	CU_ASSERT_PTR_NULL(b.identifier);
	CU_ASSERT_TRUE(key_same(&a, &b));
	key_clear(&b);
}

int
main(void)
{
	static const struct test tests[] = {
		TEST(test_algorithms), TEST(test_names), TEST(test_root), TEST(test_tags),
		TEST(test_rsa_size), TEST(test_fixed_size), TEST(test_real_size), TEST(test_ds),
		TEST(test_print), TEST(test_compare), TEST(test_same), TEST(test_copy),
	};

	return run_tests("dnskey", tests, sizeof(tests) / sizeof(tests[0]));
}
