#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <CUnit/Basic.h>

#include "act/sepkeys.h"
#include "fixture.h"

/* The keys of RFC 8080 6.1, and of RFC 6605 6.1 and 6.2. */
#define ED	"l02Woi0iS8Aa25FQkUd9RMzZHJpBoRQwAQEX1SxZJA4="
#define P256	"GojIhhXUN/u4v54ZQqGSnyhWJwaubCvTmeexv7bR6edbkrSqQpF64cYbcB7wNcP+e+MAnLr+Wi9xMWyQLc8NAA=="
#define OFF	"GojIhhXUN/u4v54ZQqGSnyhWJwaubCvTmeexv7bR6edbkrSqQpF64cYbcB7wNcP+e+MAnLr+Wi9xMWyQLc8NAQ=="
#define ED_LINE		"example.com. 3600 IN DNSKEY 257 3 15 " ED
#define P256_LINE	"example.com. IN DNSKEY 257 3 13 " P256

static struct sepkeys	keys;
static struct report	rep;

/* Exactly these bytes, so that a read beyond them is seen. */
static enum verdict
parse_bytes(const void *data, size_t len)
{
	struct buf	 b = BUF_EMPTY;
	enum verdict	 v;

	sepkeys_clear(&keys);
	report_free(&rep);
	if (buf_append(&b, data, len) == -1)
		exit(1);
	v = sepkeys_parse(&keys, &b, "file", &rep);
	buf_free(&b);
	CU_ASSERT_EQUAL(v, report_verdict(&rep));
	CU_ASSERT_EQUAL(keys.n > 0, v == ACCEPT);
	return v;
}

static enum verdict
parse(const char *text)
{
	return parse_bytes(text, strlen(text));
}

/* One finding, this one, in this line. */
static bool
refuses(const char *text, unsigned long line, const char *why)
{
	enum verdict	 v = parse(text);
	bool		 good = v == REFUSE && rep.count == 1 && rep.findings[0].line == line &&
	    report_has(&rep, BROKEN, NULL, why);

	if (!good) {
		printf("[%.60s: %d ", text, v);
		report_print(&rep, "now", stdout);
	}
	return good;
}

static void
test_good(void)
{
	static const char *const good[] = {
		ED_LINE, ED_LINE "\n", ED_LINE "\r\n", "\n; x\n \t\r\n  ; y\n" ED_LINE " ; z\n\n",
	};
	struct dname	 owner;
	size_t		 i;

	CU_ASSERT_EQUAL(dname_parse(&owner, "example.com"), 0);
	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		CU_ASSERT_EQUAL(parse(good[i]), ACCEPT);
		CU_ASSERT_EQUAL_FATAL(keys.n, 1);
		CU_ASSERT_EQUAL(keys.v[0].key.tag, 3613);
		CU_ASSERT_EQUAL(keys.v[0].key.line, i == 3 ? 5 : 1);
		CU_ASSERT_TRUE(dname_equal(&keys.v[0].owner, &owner));
		CU_ASSERT_EQUAL(sepkey_ttl(&keys.v[0]), 3600);
		CU_ASSERT_EQUAL(rep.count, 0);
	}
	CU_ASSERT_EQUAL(parse("a. 1 DNSKEY 257 3 15 " ED "\n" P256_LINE "\nb. DNSKEY 257 3 15 " ED),
	    ACCEPT);
	CU_ASSERT_EQUAL_FATAL(keys.n, 3);
	CU_ASSERT_EQUAL(sepkey_ttl(&keys.v[0]), 1);
	CU_ASSERT_EQUAL(keys.v[1].key.tag, 55648);
	CU_ASSERT_EQUAL(sepkey_ttl(&keys.v[1]), SEPKEYS_TTL);
}

static void
test_bad(void)
{
	CU_ASSERT_TRUE(refuses("", 0, "no DNSKEY record"));
	CU_ASSERT_TRUE(refuses("; " ED_LINE "\n\n", 0, "no DNSKEY record"));
	CU_ASSERT_EQUAL(parse_bytes(ED_LINE "\0\n", sizeof(ED_LINE "\0\n") - 1), REFUSE);
	CU_ASSERT_TRUE(report_has(&rep, BROKEN, NULL, "a NUL byte"));
	CU_ASSERT_TRUE(refuses(ED_LINE "\n\tIN DNSKEY 257 3 15 " ED, 2, "the owner is missing"));
	CU_ASSERT_TRUE(refuses(ED_LINE "\nx", 2, "not a DNSKEY record"));
	CU_ASSERT_TRUE(refuses(". DS 1 8 2 00", 1, "not a DNSKEY record"));
	CU_ASSERT_TRUE(refuses(". DNSKEY 257 3 15 " ED "!", 1, "not a DNSKEY record"));
	CU_ASSERT_TRUE(refuses(". DNSKEY 385 3 15 " ED, 1, "is revoked"));
	CU_ASSERT_TRUE(refuses(". DNSKEY 384 3 15 " ED, 1, "is revoked"));
	CU_ASSERT_TRUE(refuses(". DNSKEY 256 3 15 " ED, 1, "flags 256: no SEP flag"));
	CU_ASSERT_TRUE(refuses(". DNSKEY 1 3 15 " ED, 1, "flags 1, 257 is expected"));
	CU_ASSERT_TRUE(refuses(". DNSKEY 259 3 15 " ED, 1, "flags 259, 257 is expected"));
	CU_ASSERT_TRUE(refuses(". DNSKEY 257 2 15 " ED, 1, "protocol 2"));
	CU_ASSERT_TRUE(refuses(". DNSKEY 257 3 5 AwEAAQ==", 1, "algorithm 5 is not supported"));
	CU_ASSERT_TRUE(refuses(". DNSKEY 257 3 253 " ED, 1, "algorithm 253 is not supported"));
	CU_ASSERT_TRUE(refuses(". DNSKEY 257 3 16 " ED, 1, "not a public key of algorithm 16"));
	CU_ASSERT_TRUE(refuses(". DNSKEY 257 3 8 AwEAAQ==", 1, "not a public key of algorithm 8"));
	CU_ASSERT_TRUE(refuses("\n. DNSKEY 257 3 13 " OFF, 2, "not on the curve"));
	CU_ASSERT_TRUE(refuses(ED_LINE "\n" P256_LINE "\nEXAMPLE.com DNSKEY 257 3 15 " ED, 3,
	    "key 3613 stands in line 1 already"));
	/* All that is wrong is said. */
	CU_ASSERT_EQUAL(parse("x\n" ED_LINE "\ny\n. DNSKEY 257 3 13 " OFF), REFUSE);
	CU_ASSERT_EQUAL(rep.count, 3);
}

/* A line with an RSA modulus of so many bits, that is no product of two primes. */
static const char *
rsa_line(unsigned bits)
{
	static struct buf line;
	struct key	 key = { .flags = DNSKEY_KSK, .protocol = 3, .algorithm = RSASHA256 };
	size_t		 bytes = (bits + 7) / 8;
	struct dname	 root;

	key.len = 4 + bytes;
	key.public = must(calloc(1, key.len));
	memcpy(key.public, "\003\001\000\001", 4);
	key.public[4] = (unsigned char)(1 << (bits - 1) % 8);
	key.public[key.len - 1] |= 1;
	line.len = 0;
	CU_ASSERT_EQUAL(dname_parse(&root, "."), 0);
	CU_ASSERT_EQUAL(key_print(&line, &key, &root), 0);
	key_clear(&key);
	return (char *)line.data;
}

static void
test_rsa_size(void)
{
	CU_ASSERT_TRUE(refuses(rsa_line(512), 1, "RSA of 512 bits, 1024 to 4096"));
	CU_ASSERT_TRUE(refuses(rsa_line(1023), 1, "RSA of 1023 bits"));
	CU_ASSERT_TRUE(refuses(rsa_line(1024), 1, "its modulus"));
	CU_ASSERT_TRUE(refuses(rsa_line(4096), 1, "its modulus"));
	CU_ASSERT_TRUE(refuses(rsa_line(4097), 1, "RSA of 4097 bits"));
}

static void
test_rsa(void)
{
	struct keypair	 pair;
	struct buf	 good = BUF_EMPTY, bad = BUF_EMPTY;
	struct key	 even;
	struct dname	 root;

	CU_ASSERT_EQUAL(dname_parse(&root, "."), 0);
	keypair_make(&pair, RSASHA256, DNSKEY_KSK, "rsa");
	CU_ASSERT_EQUAL(key_print(&good, &pair.key, &root), 0);
	CU_ASSERT_EQUAL(key_copy(&even, &pair.key), 0);
	even.public[even.len - 1] &= 0xfe;
	CU_ASSERT_EQUAL(key_print(&bad, &even, &root), 0);
	CU_ASSERT_EQUAL(parse((char *)good.data), ACCEPT);
	CU_ASSERT_TRUE(refuses((char *)bad.data, 1, "its modulus is even"));
	key_clear(&even);
	keypair_clear(&pair);
	buf_free(&good);
	buf_free(&bad);
}

static void
test_limit(void)
{
	struct buf	 b = BUF_EMPTY;
	unsigned	 i;

	for (i = 0; i < SEPKEYS_MAX; i++)
		CU_ASSERT_EQUAL(buf_printf(&b, "z%u. DNSKEY 257 3 15 " ED "\n", i), 0);
	CU_ASSERT_EQUAL(parse((char *)b.data), ACCEPT);
	CU_ASSERT_EQUAL(keys.n, SEPKEYS_MAX);
	CU_ASSERT_EQUAL(buf_puts(&b, "y. DNSKEY 257 3 15 " ED "\n"), 0);
	CU_ASSERT_TRUE(refuses((char *)b.data, SEPKEYS_MAX + 1, "more than 256 keys"));
	buf_free(&b);
}

int
main(void)
{
	static const struct test tests[] = {
		TEST(test_good), TEST(test_bad), TEST(test_rsa_size), TEST(test_rsa),
		TEST(test_limit),
	};
	int		 rv;

	rv = run_tests("sepkeys", tests, sizeof(tests) / sizeof(tests[0]));
	sepkeys_clear(&keys);
	report_free(&rep);
	return rv;
}
