#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <CUnit/Basic.h>

#include "act/phases.h"
#include "fixture.h"

static const struct delays delays = { 6 * DAY, HOUR, HOUR };

/* The table without its first two lines; "refused" where it is. */
static char *
table(const struct world *w, bool previous, const struct delays *d, const struct zsk_uses *uses)
{
	struct report	 r = REPORT_EMPTY;
	struct buf	 out = BUF_EMPTY;
	enum verdict	 v;
	char		*text, *rows;

	v = phases_show(&out, w->skr, previous ? w->previous : NULL, d, uses, &r);
	CU_ASSERT_EQUAL(report_verdict(&r), v);
	report_free(&r);
	if (v != ACCEPT) {
		CU_ASSERT_EQUAL(out.len, 0);
		return copy_of("refused");
	}
	rows = must(strchr((char *)out.data, '\n'));
	rows = must(strchr(rows + 1, '\n'));
	text = copy_of(rows + 1);
	buf_free(&out);
	return text;
}

static bool
has_row(const char *rows, const char *from, const char *until, const char *rest)
{
	char		 start[64], *line, *end;
	size_t		 i, j;

	snprintf(start, sizeof(start), "%s %s ", from, until);
	if ((line = strstr(rows, start)) == NULL || (end = strchr(line, '\n')) == NULL)
		return false;
	/* Compare with single blanks. */
	for (i = strlen(start), j = 0; line + i < end; i++) {
		if (line[i] == ' ' && (line[i + 1] == ' ' || j == 0))
			continue;
		if (line[i] != rest[j++])
			return false;
	}
	return rest[j] == '\0';
}

static void
test_rows(void)
{
	struct world	*w = world_new();
	char		*rows = table(w, true, &delays, NULL), expected[64];
	unsigned	 old = key_tag(&w->pairs[ZSK_OLD].key), now = key_tag(&w->pairs[ZSK_NOW].key);

	snprintf(expected, sizeof(expected), "p9 p9 %05u,%05u %05u,%05u", old, now, old, now);
	CU_ASSERT_TRUE(has_row(rows, "2030-01-01T00:00:00", "2030-01-01T01:00:00", expected));
	snprintf(expected, sizeof(expected), "1 p9,1 %05u %05u,%05u", now, old, now);
	CU_ASSERT_TRUE(has_row(rows, "2030-01-01T01:00:00", "2030-01-03T02:00:00", expected));
	snprintf(expected, sizeof(expected), "1 1 %05u %05u,%05u", now, old, now);
	CU_ASSERT_TRUE(has_row(rows, "2030-01-03T02:00:00", "2030-01-07T02:00:00", expected));
	snprintf(expected, sizeof(expected), "1 1 %05u %05u", now, now);
	CU_ASSERT_TRUE(has_row(rows, "2030-01-07T02:00:00", "2030-01-11T01:00:00", expected));
	free(rows);
	rows = table(w, false, &delays, NULL);
	CU_ASSERT_TRUE(has_row(rows, "2030-01-01T01:00:00", "2030-01-11T01:00:00", expected));
	free(rows);
	world_free(w);
}

static void
test_doubt(void)
{
	struct world	*w = world_new();
	char		*rows;
	unsigned	 now = key_tag(&w->pairs[ZSK_NOW].key);
	char		 expected[64];

	put_key(&w->skr->bundles.v[4], &w->pairs[ZSK_NEXT].key);
	put_key(&w->skr->bundles.v[4], &w->pairs[ZSK_OLD].key);
	rows = table(w, false, &(struct delays){ 0, 0, 0 }, NULL);
	snprintf(expected, sizeof(expected), "5 5 ? ?");
	CU_ASSERT_TRUE(has_row(rows, "2030-02-12T00:00:00", "2030-02-20T00:00:00", expected));
	snprintf(expected, sizeof(expected), "4 4 %05u %05u", now, now);
	CU_ASSERT_TRUE(has_row(rows, "2030-02-02T00:00:00", "2030-02-10T00:00:00", expected));
	free(rows);
	world_free(w);
}

static void
test_refused(void)
{
	struct zsk_use	 use = { copy_of("nobody"), INT64_MIN, INT64_MAX, 7 };
	struct zsk_uses	 uses = { copy_of("use"), &use, 1 };
	struct world	*w = world_new();
	char		*rows;

	rows = table(w, true, &delays, &uses);
	CU_ASSERT_STRING_EQUAL(rows, "refused");
	free(rows);
	free(use.identifier);
	use.identifier = copy_of(w->pairs[ZSK_NOW].key.identifier);
	rows = table(w, true, &delays, &uses);
	CU_ASSERT_STRING_NOT_EQUAL(rows, "refused");
	free(rows);
	w->skr->bundles.v[3].inception = w->skr->bundles.v[2].inception;
	rows = table(w, true, &delays, NULL);
	CU_ASSERT_STRING_EQUAL(rows, "refused");
	free(rows);
	free(use.identifier);
	free(uses.input);
	world_free(w);
}

int
main(void)
{
	static const struct test tests[] = {
		TEST(test_rows), TEST(test_doubt), TEST(test_refused),
	};

	return run_tests("phases", tests, sizeof(tests) / sizeof(tests[0]));
}
