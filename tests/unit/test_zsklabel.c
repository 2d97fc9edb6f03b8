#include <errno.h>
#include <string.h>

#include <CUnit/Basic.h>

#include "fixture.h"
#include "model/dnskey.h"
#include "model/zsklabel.h"

#define FORM	"{zone}-zsk-{alg}-{from}-{n}"

static const struct {
	const char	*form;
	const char	*zone;
	const char	*label;
} samples[] = {
	{ FORM, "Example.ORG.", "example.org-zsk-ecdsap256sha256-2030-01-01-7" },
	{ FORM, ".", "root-zsk-ecdsap256sha256-2030-01-01-7" },
	{ FORM, "a-zsk-ed25519-b.", "a-zsk-ed25519-b-zsk-ecdsap256sha256-2030-01-01-7" },
	{ "{n}{from}{zone}", "7.example.", "72030-01-017.example" },
	{ "{n}.{n}.{from}", NULL, "7.7.2030-01-01" },
	{ "Z{from}", NULL, "Z2030-01-01" },
	{ "a fixed one", NULL, "a fixed one" },
};

static void
test_samples(void)
{
	size_t	 i;

	for (i = 0; i < sizeof(samples) / sizeof(samples[0]); i++) {
		struct zsklabel	 l = { .algorithm = ECDSAP256SHA256, .from = START, .n = 7 }, back;
		struct buf	 b = BUF_EMPTY;

		if (samples[i].zone != NULL) {
			CU_ASSERT_EQUAL_FATAL(dname_parse(&l.zone, samples[i].zone), 0);
			l.has_zone = true;
		}
		CU_ASSERT_EQUAL(zsklabel_make(&b, samples[i].form, &l), 0);
		CU_ASSERT_STRING_EQUAL((char *)b.data, samples[i].label);
		CU_ASSERT_EQUAL_FATAL(zsklabel_parse(&back, samples[i].form, samples[i].label), 0);
		CU_ASSERT_EQUAL(back.has_zone, l.has_zone);
		if (l.has_zone)
			CU_ASSERT(dname_equal(&back.zone, &l.zone));
		CU_ASSERT_EQUAL(back.algorithm,
		    strstr(samples[i].form, "{alg}") == NULL ? 0 : ECDSAP256SHA256);
		CU_ASSERT_EQUAL(back.from,
		    strstr(samples[i].form, "{from}") == NULL ? INT64_MIN : START);
		CU_ASSERT_EQUAL(back.n, strstr(samples[i].form, "{n}") == NULL ? 0 : 7);
		buf_free(&b);
	}
}

static void
test_refused(void)
{
	static const char *const others[] = {
		"", "x", "example.org-zsk-ecdsap256sha256-2030-01-01-", "example.org-zsk-2030-01-01-7",
		"example.org-zsk-ecdsap256sha256-2030-02-30-7", "-zsk-ed25519-2030-01-01-7",
		"example.org-zsk-rsasha1-2030-01-01-7", "example.org-zsk-ed25519-2030-01-01-0",
		"example.org-zsk-ed25519-2030-01-01-07", "example.org-zsk-15-2030-01-01-7",
		"example.org-zsk-ed25519-2030-01-01-7 ", "a..b-zsk-ed25519-2030-01-01-7",
		"example.org-ksk-ed25519-2030-01-01-7", "example.org-zsk-ed25519-2030-01-01-1234567890",
	};
	static const char *const forms[] = { "{what}", "{zone}", "{alg}", "{from}", "{n}", "}", "{" };
	char		 many[2048] = "";
	struct zsklabel	 l = { .n = 4711 }, none = { .from = INT64_MIN };
	struct buf	 b = BUF_EMPTY;
	size_t		 i;

	for (i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		CU_ASSERT_EQUAL(zsklabel_parse(&l, FORM, others[i]), -1);
	CU_ASSERT_EQUAL(zsklabel_parse(&l, "{n}.{n}", "7.8"), -1);
	for (i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		errno = 0;
		CU_ASSERT_EQUAL(zsklabel_make(&b, forms[i], &none), -1);
		CU_ASSERT_EQUAL(errno, EINVAL);
	}
	/* a form with many words ends all the same */
	for (i = 0; i < 60; i++)
		strcat(many, "{zone}");
	CU_ASSERT_EQUAL(zsklabel_parse(&l, many,
	    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!"), -1);
	CU_ASSERT_EQUAL(l.n, 4711);
	buf_free(&b);
}

int
main(void)
{
	static const struct test tests[] = { TEST(test_samples), TEST(test_refused) };

	return run_tests("zsklabel", tests, sizeof(tests) / sizeof(tests[0]));
}
