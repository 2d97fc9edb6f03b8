#include <string.h>

#include <CUnit/Basic.h>

#include "act/left.h"
#include "fixture.h"

static int64_t
until(struct bundle *slots, size_t n, int64_t time)
{
	const struct bundles all = { slots, n };
	int64_t		 t = -1;

	CU_ASSERT_EQUAL_FATAL(left_until(&t, &all, time), 0);
	return t;
}

static void
test_until(void)
{
	struct bundle	 slots[] = {
		{ .inception = 100, .expiration = 120 }, { .inception = 110, .expiration = 130 },
		{ .inception = 130, .expiration = 140 }, { .inception = 141, .expiration = 150 },
	};

	CU_ASSERT_EQUAL(until(slots, 4, 99), 99);	/* not yet */
	CU_ASSERT_EQUAL(until(slots, 4, 100), 140);
	CU_ASSERT_EQUAL(until(slots, 4, 130), 140);	/* one begins as the other ends */
	CU_ASSERT_EQUAL(until(slots, 4, 139), 140);
	CU_ASSERT_EQUAL(until(slots, 4, 140), 140);	/* a gap of one second */
	CU_ASSERT_EQUAL(until(slots, 4, 141), 150);
	CU_ASSERT_EQUAL(until(slots, 4, 149), 150);
	CU_ASSERT_EQUAL(until(slots, 4, 150), 150);	/* over */
	CU_ASSERT_EQUAL(until(NULL, 0, 7), 7);
}

/* In any order of the document; one inside another takes nothing away. */
static void
test_order(void)
{
	struct bundle	 slots[] = {
		{ .inception = 130, .expiration = 140 }, { .inception = 100, .expiration = 120 },
		{ .inception = 105, .expiration = 110 }, { .inception = 115, .expiration = 130 },
		{ .inception = 139, .expiration = 20 },
	};

	CU_ASSERT_EQUAL(until(slots, 5, 100), 140);
	CU_ASSERT_EQUAL(slots[0].inception, 130);
	CU_ASSERT_EQUAL(until(slots, 5, 109), 140);
}

struct shown {
	struct buf	 out;
	struct report	 report;
	enum verdict	 verdict;
};

static struct shown
shown(const struct world *w, int64_t time, int64_t warn)
{
	struct shown	 s = { BUF_EMPTY, REPORT_EMPTY, FAULT };

	s.verdict = left_show(&s.out, w->skr, time, warn, &s.report);
	return s;
}

static void
clear(struct shown *s)
{
	buf_free(&s->out);
	report_free(&s->report);
}

#define END	(START + 8 * INTERVAL + VALIDITY)	/* 2030-04-12 */

static void
test_show(void)
{
	struct world	*w = world_new();
	struct shown	 s = shown(w, START, 14 * DAY);

	CU_ASSERT_EQUAL(s.verdict, ACCEPT);
	CU_ASSERT_EQUAL(s.report.count, 0);
	CU_ASSERT_STRING_EQUAL((char *)s.out.data,
	    "left 101 days (8726400 s), until 2030-04-12T00:00:00Z\n");
	clear(&s);
	s = shown(w, END - 14 * DAY, 14 * DAY);
	CU_ASSERT_EQUAL(s.verdict, ACCEPT);
	clear(&s);
	s = shown(w, END - 14 * DAY + 1, 14 * DAY);
	CU_ASSERT_EQUAL(s.verdict, REFUSE);
	CU_ASSERT_TRUE(report_has(&s.report, BROKEN, NULL, "less than P14D is left"));
	CU_ASSERT_STRING_EQUAL((char *)s.out.data,
	    "left 13 days (1209599 s), until 2030-04-12T00:00:00Z\n");
	clear(&s);
	s = shown(w, END - 1, 0);
	CU_ASSERT_EQUAL(s.verdict, ACCEPT);
	CU_ASSERT_STRING_EQUAL((char *)s.out.data,
	    "left 0 days (1 s), until 2030-04-12T00:00:00Z\n");
	clear(&s);
	world_free(w);
}

/* Nothing holds: refused whatever the threshold. */
static void
test_nothing(void)
{
	struct world	*w = world_new();
	struct shown	 s = shown(w, END, 0);

	CU_ASSERT_EQUAL(s.verdict, REFUSE);
	CU_ASSERT_TRUE(report_has(&s.report, BROKEN, NULL, "no bundle holds at 2030-04-12T00:00:00Z"));
	CU_ASSERT_STRING_EQUAL((char *)s.out.data,
	    "left 0 days (0 s), nothing holds at 2030-04-12T00:00:00Z\n");
	clear(&s);
	s = shown(w, START - 1, 0);
	CU_ASSERT_EQUAL(s.verdict, REFUSE);
	CU_ASSERT_STRING_EQUAL((char *)s.out.data,
	    "left 0 days (0 s), nothing holds at 2029-12-31T23:59:59Z\n");
	clear(&s);
	world_free(w);
}

int
main(void)
{
	static const struct test tests[] = {
		TEST(test_until), TEST(test_order), TEST(test_show), TEST(test_nothing),
	};

	return run_tests("left", tests, sizeof(tests) / sizeof(tests[0]));
}
