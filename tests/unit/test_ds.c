#include <string.h>

#include <CUnit/Basic.h>

#include "fixture.h"
#include "model/ds.h"

/* The keys of RFC 6605 6.1 and 6.2, RFC 8080 6.1, and the digests given there. */
static const struct {
	const char	*key;
	unsigned	 type;
	const char	*ds;
} samples[] = {
	{ "example.net. DNSKEY 257 3 13 GojIhhXUN/u4v54ZQqGSnyhWJwaubCvTmeexv7bR6edbkrSqQpF64cYb"
	  "cB7wNcP+e+MAnLr+Wi9xMWyQLc8NAA==", DS_SHA256, "example.net. 3600 IN DS 55648 13 2 "
	  "B4C8C1FE2E7477127B27115656AD6256F424625BF5C1E2770CE6D6E37DF61D17\n" },
	{ "Example.NET DNSKEY 257 3 14 xKYaNhWdGOfJ+nPrL8/arkwf2EY3MDJ+SErKivBVSum1w/egsXvSADtN"
	  "Jhyem5RCOpgQ6K8X1DRSEkrbYQ+OB+v8/uX45NBwY8rp65F6Glur8I/mlVNgF6W/qTI37m40",
	  DS_SHA384, "example.net. 3600 IN DS 10771 14 4 72D7B62976CE06438E9C0BF319013CF801F09ECC84"
	  "B8D7E9495F27E305C6A9B0563A9B5F4D288405C3008A946DF983D6\n" },
	{ "example.com. DNSKEY 257 3 15 l02Woi0iS8Aa25FQkUd9RMzZHJpBoRQwAQEX1SxZJA4=", DS_SHA256,
	  "example.com. 3600 IN DS 3613 15 2 "
	  "3AA5AB37EFCE57F737FC1627013FEE07BDF241BD10F3B1964AB55C78E79A304B\n" },
};

static void
test_samples(void)
{
	struct dname	 owner;
	struct key	 key;
	struct ds	 ds;
	size_t		 i;

	for (i = 0; i < sizeof(samples) / sizeof(samples[0]); i++) {
		struct buf	 b = BUF_EMPTY;

		CU_ASSERT_EQUAL_FATAL(dnskey_line_parse(&key, &owner, samples[i].key), 0);
		CU_ASSERT_EQUAL(ds_make(&ds, &key, &owner, samples[i].type), 0);
		CU_ASSERT_EQUAL(ds_print(&b, &ds, "DS", 3600), 0);
		CU_ASSERT_STRING_EQUAL((char *)b.data, samples[i].ds);
		buf_free(&b);
		key_clear(&key);
	}
}

/* Read back, the other type, and a type that there is not. */
static void
test_types(void)
{
	struct dname	 owner;
	struct key	 key;
	struct ds	 ds, back;
	struct buf	 b = BUF_EMPTY;
	unsigned	 type;

	CU_ASSERT_EQUAL_FATAL(dnskey_line_parse(&key, &owner, samples[0].key), 0);
	CU_ASSERT_EQUAL(ds_make(&ds, &key, &owner, DS_SHA384), 0);
	CU_ASSERT_EQUAL(ds.len, 48);
	CU_ASSERT_EQUAL(ds_print(&b, &ds, "DS", 0), 0);
	CU_ASSERT_EQUAL(ds_line_parse(&back, (char *)b.data), 0);
	CU_ASSERT_TRUE(back.type == 4 && back.len == ds.len && back.tag == ds.tag &&
	    memcmp(back.digest, ds.digest, ds.len) == 0);
	b.len = 0;
	CU_ASSERT_EQUAL(ds_print(&b, &ds, "CDS", 2147483647), 0);
	CU_ASSERT_EQUAL(strncmp((char *)b.data, "example.net. 2147483647 IN CDS 55648 13 4 ", 42), 0);
	b.len = 0;
	CU_ASSERT_EQUAL(ds_hex(&b, &ds), 0);
	CU_ASSERT_EQUAL(b.len, 96);
	for (type = 0; type < 260; type++)
		if (type != DS_SHA256 && type != DS_SHA384)
			CU_ASSERT_EQUAL(ds_make(&ds, &key, &owner, type), -1);
	CU_ASSERT_EQUAL(ds.type, DS_SHA384);
	/* The flags count. */
	key.flags |= DNSKEY_REVOKE;
	CU_ASSERT_EQUAL(ds_make(&back, &key, &owner, DS_SHA384), 0);
	CU_ASSERT_NOT_EQUAL(back.tag, ds.tag);
	CU_ASSERT_NOT_EQUAL(memcmp(back.digest, ds.digest, ds.len), 0);
	buf_free(&b);
	key_clear(&key);
}

int
main(void)
{
	static const struct test tests[] = { TEST(test_samples), TEST(test_types) };

	return run_tests("ds", tests, sizeof(tests) / sizeof(tests[0]));
}
