#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <CUnit/Basic.h>

#include "model/dnskeyline.h"

/* The example of RFC 8080 6.1. */
#define KEY	"l02Woi0iS8Aa25FQkUd9RMzZHJpBoRQwAQEX1SxZJA4="
#define RDATA	"257 3 15 " KEY
#define TAG	3613

static void
test_good(void)
{
	static const struct { const char *line; uint32_t ttl; const char *owner; } cases[] = {
		{ "example.com. 3600 IN DNSKEY " RDATA, 3600, "example.com." },
		{ "example.com. IN 3600 DNSKEY " RDATA, 3600, "example.com." },
		{ "example.com. 0 DNSKEY " RDATA, 0, "example.com." },
		{ "EXAMPLE.com in dnskey " RDATA "\r\n", 0, "example.com." },
		{ ".\tDNSKEY\t257\t3\t15\t" KEY " ; comment", 0, "." },
		{ ". DNSKEY 257 3 15 l02Woi0iS8Aa25FQkUd9RMzZHJ pBoRQwAQEX1SxZJA4=", 0, "." },
		{ ". 2147483647 IN DNSKEY " RDATA ";", 2147483647, "." },
		{ "a\\;b\\\\. DNSKEY " RDATA " ; comment", 0, "a\\;b\\\\." },
	};
	struct dname	 owner;
	struct key	 key;
	char		 text[DNAME_TEXT];
	size_t		 i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		memset(&key, 0, sizeof(key));
		CU_ASSERT_EQUAL_FATAL(dnskey_line_parse(&key, &owner, cases[i].line), 0);
		CU_ASSERT_STRING_EQUAL(dname_format(text, &owner), cases[i].owner);
		CU_ASSERT_EQUAL(key.ttl, cases[i].ttl);
		CU_ASSERT_EQUAL(key.flags, 257);
		CU_ASSERT_EQUAL(key.protocol, 3);
		CU_ASSERT_EQUAL(key.algorithm, 15);
		CU_ASSERT_EQUAL(key.tag, TAG);
		CU_ASSERT_EQUAL(key.len, 32);
		CU_ASSERT_EQUAL(key.public[0], 0x97);
		CU_ASSERT_PTR_NULL(key.identifier);
		key_clear(&key);
	}
}

static void
test_bad(void)
{
	static const char *const cases[] = {
		"", " ", ";", ".", ". DNSKEY", ". DNSKEY 257 3 15", ". DNSKEY 257 3 15 ;" KEY,
		"DNSKEY " RDATA,			/* no owner: the rdata is taken for one */
		". DS " RDATA, ". CH DNSKEY " RDATA, ". IN IN DNSKEY " RDATA,
		". 1 1 DNSKEY " RDATA, ". -1 DNSKEY " RDATA, ". 2147483648 DNSKEY " RDATA,
		". 99999999999 DNSKEY " RDATA, ". 1h DNSKEY " RDATA,
		". DNSKEY 65536 3 15 " KEY, ". DNSKEY x 3 15 " KEY, ". DNSKEY 257 256 15 " KEY,
		". DNSKEY 257 3 256 " KEY, ". DNSKEY 257 3 ED25519 " KEY,
		". DNSKEY " RDATA "=", ". DNSKEY " RDATA " x", ". DNSKEY ( " RDATA " )",
		". DNSKEY 257 3 15 l02Woi0iS8Aa25FQkUd9RMzZHJpBoRQwAQEX1SxZJA5=",
		"a..b. DNSKEY " RDATA, "a;b. DNSKEY " RDATA, "a\\\\;b. DNSKEY " RDATA, "a\\",
	};
	struct dname	 owner = { .len = 99 };
	struct key	 key = { .len = 99 };
	size_t		 i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		errno = 0;
		CU_ASSERT_EQUAL(dnskey_line_parse(&key, &owner, cases[i]), -1);
		CU_ASSERT_EQUAL(errno, EINVAL);
		CU_ASSERT_EQUAL(key.len, 99);
		CU_ASSERT_EQUAL(owner.len, 99);
	}
}

static int
load(const char *text, size_t len)
{
	char		 path[] = "/tmp/test_dnskeyline.XXXXXX";
	struct key	 key = { 0 };
	struct dname	 owner;
	int		 fd = mkstemp(path), rc;

	if (fd == -1 || write(fd, text, len) != (ssize_t)len)
		return -2;
	close(fd);
	rc = dnskey_file_load(&key, &owner, path);
	unlink(path);
	if (rc == 0)
		CU_ASSERT_EQUAL(key.tag, TAG);
	key_clear(&key);
	return rc;
}

#define LINE	". IN DNSKEY " RDATA "\n"

static void
test_file(void)
{
	struct key	 key;
	struct dname	 owner;

	CU_ASSERT_EQUAL(load(LINE, strlen(LINE)), 0);
	CU_ASSERT_EQUAL(load(LINE, strlen(LINE) - 1), 0);
	CU_ASSERT_EQUAL(load("; a\n\n  \r\n" LINE "\n;", strlen(LINE) + 11), 0);
	CU_ASSERT_EQUAL(load(LINE LINE, 2 * strlen(LINE)), -1);
	CU_ASSERT_EQUAL(load(LINE "x\n", strlen(LINE) + 2), -1);
	CU_ASSERT_EQUAL(load(LINE "\0", strlen(LINE) + 1), -1);
	CU_ASSERT_EQUAL(load("; a\n", 4), -1);
	CU_ASSERT_EQUAL(load("", 0), -1);
	CU_ASSERT_EQUAL(dnskey_file_load(&key, &owner, "/no/such/file"), -1);
	CU_ASSERT_EQUAL(errno, ENOENT);
}

int
main(void)
{
	CU_pSuite	 s;

	if (CU_initialize_registry() != CUE_SUCCESS ||
	    (s = CU_add_suite("dnskeyline", NULL, NULL)) == NULL ||
	    CU_add_test(s, "good lines", test_good) == NULL ||
	    CU_add_test(s, "bad lines", test_bad) == NULL ||
	    CU_add_test(s, "files", test_file) == NULL)
		return 1;
	CU_basic_set_mode(CU_BRM_NORMAL);
	CU_basic_run_tests();
	return CU_get_number_of_failures() > 0;
}
