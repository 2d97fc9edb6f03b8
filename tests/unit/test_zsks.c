#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/pem.h>

#include <CUnit/Basic.h>

#include "act/zsks.h"
#include "fixture.h"

static struct keypair	 first, second;	/* P-256 */
static struct zsk_section section = {
	.domain = (char *)(uintptr_t)"example", .algorithm = ECDSAP256SHA256, .ttl = 3600,
	.label = (char *)(uintptr_t)"{zone}-zsk-{alg}-{from}-{n}",
};
static struct dname	 zone;

/* The private half of a pair as a PEM file; its path. */
static const char *
pem(const char *name, const struct keypair *p, mode_t mode)
{
	const char	*path;
	char		*text;
	BIO		*bio = must(BIO_new(BIO_s_mem()));
	long		 len;

	if (PEM_write_bio_PKCS8PrivateKey(bio, p->private, NULL, NULL, 0, NULL, NULL) != 1)
		abort();
	len = BIO_get_mem_data(bio, &text);
	path = work_file(name, text, (size_t)len);
	if (chmod(path, mode) == -1)
		abort();
	BIO_free(bio);
	return path;
}

static enum verdict
load(struct keylist *list, struct zsks *keys, const char *text, struct report *r)
{
	struct buf	 b = BUF_EMPTY;
	enum verdict	 v;

	if (buf_puts(&b, text) == -1 || keylist_parse(list, &b, "list", r) != ACCEPT)
		abort();
	v = zsks_from_list(keys, list, &section, &zone, r);
	buf_free(&b);
	return v;
}

#define LINE(zone, label, role, alg, flags) \
	zone "\t" label "\t-\t" role "\t" alg "\t-\t-\t-\t2030-01-01\t2030-04-01\t" flags "\t-\n"

static void
test_list(void)
{
	struct keylist	 list = KEYLIST_EMPTY;
	struct zsks	 keys = ZSKS_EMPTY;
	struct report	 r = REPORT_EMPTY;

	CU_ASSERT_EQUAL(load(&list, &keys,
	    LINE("example.", "a", "zsk", "ECDSAP256SHA256", "pP")
	    LINE("EXAMPLE.", "b%20", "zsk", "ED25519", "pP")
	    LINE("-", "c", "zsk", "ECDSAP256SHA256", "-")
	    LINE("other.", "d", "zsk", "ECDSAP256SHA256", "pP")
	    LINE("example.", "e", "ksk", "ECDSAP256SHA256", "pP")
	    LINE("example.", "f", "-", "ECDSAP256SHA256", "pP"), &r), ACCEPT);
	CU_ASSERT_EQUAL_FATAL(keys.n, 3);
	CU_ASSERT_STRING_EQUAL(keys.v[0].name, "a");
	CU_ASSERT_STRING_EQUAL(keys.v[1].name, "b ");
	CU_ASSERT_STRING_EQUAL(keys.v[2].name, "c");
	CU_ASSERT_EQUAL(keys.v[0].from, START);
	CU_ASSERT_EQUAL(keys.v[0].until, START + 90 * DAY);
	CU_ASSERT_EQUAL(keys.v[1].algorithm, ED25519);
	CU_ASSERT_EQUAL(keys.v[2].at.line, 3);
	CU_ASSERT_PTR_NULL(keys.v[0].key.public);
	zsks_clear(&keys);
	keylist_clear(&list);
	report_free(&r);
}

/* The rule that these lines break. */
static const char *
broken(const char *text)
{
	static char	 out[128];
	struct keylist	 list = KEYLIST_EMPTY;
	struct zsks	 keys = ZSKS_EMPTY;
	struct report	 r = REPORT_EMPTY;

	CU_ASSERT_EQUAL(load(&list, &keys, text, &r), REFUSE);
	snprintf(out, sizeof(out), "%s", broken_rules(&r));
	zsks_clear(&keys);
	keylist_clear(&list);
	report_free(&r);
	return out;
}

static void
test_bad_list(void)
{
	CU_ASSERT_STRING_EQUAL(broken(LINE("other.", "a", "zsk", "ECDSAP256SHA256", "pP")),
	    "KSR-ZSK-SAFETY");
	CU_ASSERT_STRING_EQUAL(broken(LINE("example.", "a", "zsk", "-", "pP")), "KSR-POLICY-ALG");
	CU_ASSERT_STRING_EQUAL(broken(LINE("example.", "a", "zsk", "ECDSAP256SHA256", "pP")
	    LINE("-", "a", "zsk", "ECDSAP256SHA256", "pP")), "KSR-BUNDLE-KEYS");
	section.algorithm = RSASHA512;
	{
		struct keylist	 list = KEYLIST_EMPTY;
		struct zsks	 keys = ZSKS_EMPTY;
		struct report	 r = REPORT_EMPTY;

		CU_ASSERT_EQUAL(load(&list, &keys, LINE("example.", "a", "zsk", "-", "pP"), &r), ACCEPT);
		CU_ASSERT_EQUAL(keys.v[0].algorithm, RSASHA512);
		zsks_clear(&keys);
		keylist_clear(&list);
	}
	section.algorithm = ECDSAP256SHA256;
}

static void
test_files(void)
{
	struct zsks	 keys = ZSKS_EMPTY;
	struct report	 r = REPORT_EMPTY;
	char		 named[512];

	CU_ASSERT_EQUAL(zsks_add_file(&keys, pem("one.pem", &first, 0600), &section, &r), ACCEPT);
	CU_ASSERT_EQUAL(zsks_add_file(&keys,
	    pem("example-zsk-ecdsap256sha256-2030-01-01-1.pem", &second, 0600), &section, &r), ACCEPT);
	CU_ASSERT_EQUAL_FATAL(keys.n, 2);
	CU_ASSERT_STRING_EQUAL(keys.v[0].name, "one");
	CU_ASSERT_EQUAL(keys.v[0].from, INT64_MIN);
	CU_ASSERT_EQUAL(keys.v[0].until, INT64_MAX);
	CU_ASSERT_EQUAL(keys.v[0].key.ttl, 3600);
	CU_ASSERT_EQUAL(keys.v[0].key.flags, DNSKEY_ZSK);
	CU_ASSERT_EQUAL(keys.v[0].key.tag, key_tag(&keys.v[0].key));
	CU_ASSERT_STRING_EQUAL(keys.v[0].key.identifier, "one");
	CU_ASSERT_TRUE(key_same_public(&keys.v[0].key, &first.key));
	CU_ASSERT_EQUAL(keys.v[1].from, START);		/* its name is a label */
	CU_ASSERT_EQUAL(keys.v[1].until, START + 90 * DAY);
	/* the same key again, or the same name, or open to others */
	CU_ASSERT_EQUAL(zsks_add_file(&keys, pem("again.pem", &first, 0600), &section, &r), REFUSE);
	CU_ASSERT_TRUE(report_has(&r, BROKEN, "KSR-BUNDLE-KEYS", "is the same key"));
	CU_ASSERT_EQUAL(zsks_add_file(&keys, pem("open.pem", &first, 0644), &section, &r), REFUSE);
	snprintf(named, sizeof(named), "%s/absent.pem", work_folder());
	CU_ASSERT_EQUAL(zsks_add_file(&keys, named, &section, &r), FAULT);
	CU_ASSERT_EQUAL(keys.n, 2);
	zsks_clear(&keys);
	section.lifetime = 30 * DAY;
	snprintf(named, sizeof(named), "%s/example-zsk-ecdsap256sha256-2030-01-01-1.pem", work_folder());
	CU_ASSERT_EQUAL(zsks_add_file(&keys, named, &section, &r), ACCEPT);
	CU_ASSERT_EQUAL(keys.v[0].until, START + 30 * DAY);
	section.lifetime = 0;
	zsks_clear(&keys);
	report_free(&r);
}

/* Files for the keys of a list: by name, and what the list says holds. */
static void
test_joined(void)
{
	struct keylist	 list = KEYLIST_EMPTY;
	struct zsks	 keys = ZSKS_EMPTY;
	struct report	 r = REPORT_EMPTY;

	CU_ASSERT_EQUAL(load(&list, &keys, LINE("-", "one", "zsk", "ECDSAP256SHA256", "pP")
	    LINE("-", "two", "zsk", "ED25519", "pP"), &r), ACCEPT);
	CU_ASSERT_EQUAL(zsks_add_file(&keys, pem("one.pem", &first, 0600), &section, &r), ACCEPT);
	CU_ASSERT_PTR_NOT_NULL(keys.v[0].soft);
	CU_ASSERT_EQUAL(keys.v[0].from, START);
	CU_ASSERT_EQUAL(zsks_add_file(&keys, pem("else.pem", &second, 0600), &section, &r), ACCEPT);
	CU_ASSERT_EQUAL(keys.n, 2);
	CU_ASSERT_EQUAL(report_count(&r, BROKEN), 0);
	CU_ASSERT_EQUAL(zsks_add_file(&keys, pem("two.pem", &second, 0600), &section, &r), REFUSE);
	CU_ASSERT_TRUE(report_has(&r, BROKEN, "KSR-BUNDLE-KEYS", "line 2 of list says otherwise"));
	CU_ASSERT_PTR_NULL(keys.v[1].soft);
	CU_ASSERT_EQUAL(zsks_add_file(&keys, pem("one.private", &first, 0600), &section, &r), REFUSE);
	CU_ASSERT_TRUE(report_has(&r, BROKEN, "KSR-BUNDLE-KEYS", "a second private key"));
	zsks_clear(&keys);
	keylist_clear(&list);
	report_free(&r);
}

static void
test_folder(void)
{
	struct zsks	 keys = ZSKS_EMPTY;
	struct report	 r = REPORT_EMPTY;

	/* what the other tests have left: the first of these that cannot be read ends it */
	CU_ASSERT_EQUAL(zsks_add_folder(&keys, work_folder(), &section, &zone, false, &r), REFUSE);
	zsks_clear(&keys);
	CU_ASSERT_EQUAL(zsks_add_folder(&keys, "/nonexistent", &section, &zone, false, &r), FAULT);
	CU_ASSERT_EQUAL(zsks_add_folder(&keys, "/proc/self/fd", &section, &zone, false, &r), REFUSE);
	CU_ASSERT_TRUE(report_has(&r, BROKEN, "KSR-ZSK-SAFETY", "no ZSK of example in this folder"));
	zsks_clear(&keys);
	report_free(&r);
}

int
main(void)
{
	static const struct test tests[] = {
		TEST(test_list), TEST(test_bad_list), TEST(test_files), TEST(test_joined),
		TEST(test_folder),
	};
	int	 rv;

	if (dname_parse(&zone, "example") == -1)
		return 1;
	keypair_make(&first, ECDSAP256SHA256, DNSKEY_ZSK, "first");
	keypair_make(&second, ECDSAP256SHA256, DNSKEY_ZSK, "second");
	rv = run_tests("zsks", tests, sizeof(tests) / sizeof(tests[0]));
	keypair_clear(&first);
	keypair_clear(&second);
	return rv;
}
