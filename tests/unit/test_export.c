#include <stdlib.h>
#include <string.h>

#include <CUnit/Basic.h>
#include <ldns/ldns.h>

#include "act/export.h"
#include "fixture.h"

static struct buf	out;
static struct report	report;

/* Slots first to first + n - 1 of the response, or all of the request, as text. */
static const char *
skr_text(const struct world *w, size_t first, size_t n, enum export_form form)
{
	out.len = 0;
	CU_ASSERT_EQUAL_FATAL(export_skr(&out, w->skr, first, n, form, &report), ACCEPT);
	return (const char *)out.data;
}

static const char *
ksr_text(const struct world *w, enum export_form form)
{
	out.len = 0;
	CU_ASSERT_EQUAL_FATAL(export_ksr(&out, w->ksr, form, &report), ACCEPT);
	return (const char *)out.data;
}

static void
test_names(void)
{
	enum export_form f = EXPORT_ZONE;

	CU_ASSERT(export_form(&f, "knot") == 0 && f == EXPORT_KNOT);
	CU_ASSERT(export_form(&f, "bind") == 0 && f == EXPORT_BIND);
	CU_ASSERT(export_form(&f, "BIND") == -1 && f == EXPORT_BIND);
	CU_ASSERT(export_form(&f, "") == -1 && f == EXPORT_BIND);
	CU_ASSERT(export_form(&f, "zone") == 0 && f == EXPORT_ZONE);
}

/* The lines that begin with ";;". */
static char *
headers(const char *text)
{
	char		*all = copy_of(text), *rest = all, *line, *found = must(calloc(1, strlen(text) + 1));

	while ((line = strsep(&rest, "\n")) != NULL)
		if (strncmp(line, ";;", 2) == 0)
			strcat(strcat(found, line), "\n");
	free(all);
	return found;
}

static void
expect_headers(const char *text, const char *expected)
{
	char		*found = headers(text);

	CU_ASSERT_STRING_EQUAL(found, expected);
	free(found);
}

#define END	" by ksrkit " VERSION "\n"

static void
test_headers(void)
{
	struct world	*w = world_new();

	expect_headers(skr_text(w, 0, 2, EXPORT_BIND),
	    ";; SignedKeyResponse 1.0 20300101000000 (Tue Jan  1 00:00:00 2030)\n"
	    ";; SignedKeyResponse 1.0 20300111000000 (Fri Jan 11 00:00:00 2030)\n"
	    ";; SignedKeyResponse 1.0 generated at Fri Feb  1 00:00:00 2030" END);
	expect_headers(skr_text(w, 8, 1, EXPORT_KNOT),
	    ";; SignedKeyResponse 1.0 1900368000 (2030-03-22T00:00:00Z) =========\n"
	    ";; SignedKeyResponse 1.0 generated at 2030-04-12T00:00:00Z" END);
	expect_headers(skr_text(w, 0, 9, EXPORT_ZONE), "");
	/* The ends of the calendar, and a leap day. */
	w->skr->bundles.v[0].inception = 0;
	w->skr->bundles.v[1].inception = INT64_C(951868799);
	w->skr->bundles.v[1].expiration = ISOTIME_MAX;
	expect_headers(skr_text(w, 0, 2, EXPORT_BIND),
	    ";; SignedKeyResponse 1.0 19700101000000 (Thu Jan  1 00:00:00 1970)\n"
	    ";; SignedKeyResponse 1.0 20000229235959 (Tue Feb 29 23:59:59 2000)\n"
	    ";; SignedKeyResponse 1.0 generated at Sun Feb  7 06:28:15 2106" END);
	w->ksr->bundles.n = 1;
	expect_headers(ksr_text(w, EXPORT_BIND),
	    ";; KeySigningRequest 1.0 20300101000000 (Tue Jan  1 00:00:00 2030)\n"
	    ";; KeySigningRequest 1.0 generated at Tue Jan 22 00:00:00 2030" END);
	expect_headers(ksr_text(w, EXPORT_KNOT),
	    ";; KeySigningRequest 1.0 1893456000 (2030-01-01T00:00:00Z) =========\n"
	    ";; KeySigningRequest 1.0 generated at 2030-01-22T00:00:00Z" END);
	w->ksr->bundles.n = SLOTS;
	world_free(w);
}

struct records {
	size_t		 keys;
	size_t		 sep;
	size_t		 verified;	/* RRSIGs by the keys of their own bundle */
};

/* As another reader of records takes them: DNSKEYs, then the RRSIGs over them. */
static struct records
records_of(const char *text)
{
	char		*copy = copy_of(text), *rest = copy, *line;
	ldns_rr_list	*keys = must(ldns_rr_list_new());
	struct records	 t = { 0, 0, 0 };
	ldns_rr		*rr;

	while ((line = strsep(&rest, "\n")) != NULL) {
		if (*line == ';' || *line == '\0')
			continue;
		rr = NULL;
		CU_ASSERT_EQUAL_FATAL(ldns_rr_new_frm_str(&rr, line, 0, NULL, NULL),
		    LDNS_STATUS_OK);
		CU_ASSERT_EQUAL(ldns_rr_ttl(rr), 172800);
		if (ldns_rr_get_type(rr) == LDNS_RR_TYPE_DNSKEY) {
			t.keys++;
			t.sep += strstr(line, "DNSKEY 257 ") != NULL;
			ldns_rr_list_push_rr(keys, rr);
			continue;
		}
		t.verified += ldns_verify_rrsig_keylist_notime(keys, rr, keys, NULL) ==
		    LDNS_STATUS_OK;
		ldns_rr_free(rr);
		ldns_rr_list_deep_free(keys);
		keys = must(ldns_rr_list_new());
	}
	ldns_rr_list_deep_free(keys);
	free(copy);
	return t;
}

static void
test_records(void)
{
	struct world	*w = world_new();
	enum export_form f;
	struct records	 t;

	for (f = EXPORT_ZONE; f <= EXPORT_KNOT; f++) {
		t = records_of(skr_text(w, 0, 9, f));
		CU_ASSERT(t.keys == 20 && t.sep == 9 && t.verified == 9);
		t = records_of(skr_text(w, 0, 1, f));
		CU_ASSERT(t.keys == 3 && t.sep == 1 && t.verified == 1);
		t = records_of(skr_text(w, 4, 1, f));
		CU_ASSERT(t.keys == 2 && t.sep == 1 && t.verified == 1);
	}
	t = records_of(ksr_text(w, EXPORT_BIND));
	CU_ASSERT(t.keys == 11 && t.sep == 0 && t.verified == 0);
	/* A KSK that somebody has slipped in is not passed on to be signed. */
	put_key(&w->ksr->bundles.v[3], &w->pairs[KSK].key);
	t = records_of(ksr_text(w, EXPORT_KNOT));
	CU_ASSERT(t.keys == 11 && t.sep == 0);
	CU_ASSERT_PTR_NULL(strstr((char *)out.data, "RRSIG"));
	world_free(w);
}

/* Under headers a bundle holds until the next: one that begins earlier cannot be said. */
static void
test_order(void)
{
	struct world	*w = world_new();
	struct bundle	*b = w->skr->bundles.v;

	b[4].inception = b[3].inception;
	out.len = 0;
	CU_ASSERT_EQUAL(export_skr(&out, w->skr, 0, 9, EXPORT_BIND, &report), REFUSE);
	CU_ASSERT_EQUAL(export_skr(&out, w->skr, 2, 3, EXPORT_KNOT, &report), REFUSE);
	CU_ASSERT_EQUAL(out.len, 0);
	CU_ASSERT_EQUAL(report_count(&report, BROKEN), 2);
	CU_ASSERT_TRUE(report_has(&report, BROKEN, NULL, "bundle 5 begins no later"));
	report_free(&report);
	CU_ASSERT_EQUAL(export_skr(&out, w->skr, 0, 9, EXPORT_ZONE, &report), ACCEPT);
	CU_ASSERT_EQUAL(export_skr(&out, w->skr, 4, 5, EXPORT_BIND, &report), ACCEPT);
	b[4].inception++;
	CU_ASSERT_EQUAL(export_skr(&out, w->skr, 0, 9, EXPORT_BIND, &report), ACCEPT);
	w->ksr->bundles.v[1].inception = 0;
	CU_ASSERT_EQUAL(export_ksr(&out, w->ksr, EXPORT_BIND, &report), REFUSE);
	CU_ASSERT_TRUE(report_has(&report, BROKEN, NULL, "bundle 2 begins no later"));
	world_free(w);
}

int
main(void)
{
	static const struct test tests[] = {
		TEST(test_names), TEST(test_headers), TEST(test_records), TEST(test_order),
	};
	int		 rv = run_tests("export", tests, sizeof(tests) / sizeof(tests[0]));

	report_free(&report);
	buf_free(&out);
	return rv;
}
