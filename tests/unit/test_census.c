#include <stdlib.h>
#include <string.h>

#include <CUnit/Basic.h>

#include "fixture.h"
#include "token/census.h"

#define KEYS	4

static struct keypair pairs[KEYS];

/* Key n of a token, as it is read from there. */
static void
put_holding(struct inventory *inv, int n)
{
	struct holding	*h;
	uint64_t	 exponent;

	inv->keys = must(realloc(inv->keys, (inv->n + 1) * sizeof(*inv->keys)));
	h = &inv->keys[inv->n++];
	memset(h, 0, sizeof(*h));
	h->family = FAMILY_EDDSA;
	h->line.label = must(malloc(16));
	snprintf(h->line.label, 16, "key-%d", n);
	h->line.id = must(malloc(1));
	h->line.id[0] = (unsigned char)n;
	h->line.idlen = 1;
	h->line.algorithm = ED25519;
	h->line.tag = h->line.revoked_tag = -1;
	h->line.token = SIZE_MAX;
	h->line.flags = KEY_PRIVATE | KEY_PUBLIC | KEY_SENSITIVE;
	CU_ASSERT_EQUAL_FATAL(key_copy(&h->public, &pairs[n].key), 0);
	CU_ASSERT_EQUAL_FATAL(key_size(&h->public, &h->line.bits, &exponent), 0);
	h->digest[0] = (unsigned char)n;
}

static struct inventory *
inventory(const char *keys)
{
	struct inventory *inv = must(calloc(1, sizeof(*inv)));

	for (; *keys != '\0'; keys++)
		put_holding(inv, *keys - '0');
	return inv;
}

static struct newkey *
newkeys(const char *keys)
{
	struct inventory *inv = inventory(keys);
	struct newkey	 *v = must(calloc(strlen(keys) + 1, sizeof(*v)));
	size_t		  i;

	for (i = 0; i < inv->n; i++) {
		CU_ASSERT_EQUAL_FATAL(keyline_copy(&v[i].line, &inv->keys[i].line), 0);
		CU_ASSERT_EQUAL_FATAL(key_copy(&v[i].public, &inv->keys[i].public), 0);
		v[i].line.flags = 0;
	}
	inventory_free(inv);
	return v;
}

/* The verdict on keys before, made and after; why is to be among the faults (NULL: none is). */
static void
judge(const char *before, const char *made, struct inventory *after, const char *why)
{
	struct inventory *b = inventory(before);
	struct newkey	 *v = newkeys(made);
	struct report	  rep = REPORT_EMPTY;
	size_t		  n = strlen(made), i;

	CU_ASSERT_EQUAL(census_check(b, after, v, n, "token t", &rep),
	    why == NULL ? ACCEPT : FAULT);
	CU_ASSERT_EQUAL(rep.count > 0, why != NULL);
	if (why != NULL && !report_has(&rep, FAULTY, NULL, why)) {
		CU_FAIL("another reason");
		report_print(&rep, why, stderr);
	}
	for (i = 0; why == NULL && i < n; i++)
		CU_ASSERT_EQUAL(v[i].line.flags, KEY_PRIVATE | KEY_PUBLIC | KEY_SENSITIVE);
	newkeys_free(v, n);
	report_free(&rep);
	inventory_free(b);
	inventory_free(after);
}

static void
test_accepted(void)
{
	judge("", "", inventory(""), NULL);
	judge("01", "", inventory("01"), NULL);
	judge("", "0123", inventory("0123"), NULL);
	judge("13", "20", inventory("0123"), NULL);
}

static void
test_differences(void)
{
	struct inventory	*after;

	judge("0", "1", inventory("0"), "key key-1: token t: it was made, and is not there");
	judge("0", "1", inventory("1"), "key key-0: token t: it was there before, and is gone");
	judge("0", "", inventory("01"), "key key-1: token t: it was added, and not by this program");
	judge("0", "1", inventory("012"), "key key-2: token t: it was added, and not by this program");
	after = inventory("01");
	after->keys[0].digest[1] = 1;
	judge("0", "1", after, "key key-0: token t: it is not as it was before");
	after = inventory("01");
	after->keys[1].line.flags = KEY_PUBLIC;
	judge("0", "1", after, "key key-1: token t: its private half is not there");
	after = inventory("01");
	after->keys[1].line.label[0] = 'K';
	judge("0", "1", after, "key key-1: token t: it bears another label there");
	after = inventory("01");
	after->keys[1].public.public[0] ^= 1;
	judge("0", "1", after, "key key-1: token t: its public half is another");
	after = inventory("01");
	after->keys[1].strange = "it is odd";
	judge("0", "1", after, "key key-1: token t: it is odd");
}

static void
test_id(void)
{
	static const unsigned char more[6] = { 1, 2, 3, 4, 5, 6 };
	static const unsigned char want[CENSUS_ID] = { 0x20, 0x30, 0x01, 0x01, 1, 2, 3, 4, 5, 6 };
	unsigned char	 id[CENSUS_ID];

	census_id(id, START, more);
	CU_ASSERT_EQUAL(memcmp(id, want, sizeof(id)), 0);
	census_id(id, START + 11 * DAY, more);
	CU_ASSERT_EQUAL(id[3], 0x12);
}

int
main(void)
{
	static const struct test tests[] = {
		TEST(test_accepted), TEST(test_differences), TEST(test_id),
	};
	int	 i, rv;

	for (i = 0; i < KEYS; i++)
		keypair_make(&pairs[i], ED25519, DNSKEY_ZSK, "k");
	rv = run_tests("census", tests, sizeof(tests) / sizeof(tests[0]));
	for (i = 0; i < KEYS; i++)
		keypair_clear(&pairs[i]);
	return rv;
}
