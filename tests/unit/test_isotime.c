#include <string.h>
#include <time.h>

#include <CUnit/Basic.h>

#include "base/isotime.h"

#define UNTOUCHED	INT64_C(-12345)

static int64_t
instant(const char *text)
{
	int64_t	 t = UNTOUCHED;

	return isotime_parse(&t, text) == 0 ? t : (t == UNTOUCHED ? -1 : -2);
}

static int64_t
option(const char *text)
{
	int64_t	 t = UNTOUCHED;

	return isotime_option(&t, text) == 0 ? t : (t == UNTOUCHED ? -1 : -2);
}

static int64_t
duration(const char *text, bool weeks)
{
	int64_t	 t = UNTOUCHED;

	return isoduration_parse(&t, text, weeks) == 0 ? t : (t == UNTOUCHED ? -1 : -2);
}

static void
test_parse(void)
{
	CU_ASSERT_EQUAL(instant("1970-01-01T00:00:00"), 0);
	CU_ASSERT_EQUAL(instant("1970-01-01T00:00:01Z"), 1);
	CU_ASSERT_EQUAL(instant("2010-04-15T23:59:59+00:00"), 1271375999);
	CU_ASSERT_EQUAL(instant("2000-02-29T12:00:00Z"), 951825600);
	CU_ASSERT_EQUAL(instant("2024-02-29T00:00:00Z"), 1709164800);
	CU_ASSERT_EQUAL(instant("2038-01-19T03:14:08Z"), INT64_C(2147483648));
	CU_ASSERT_EQUAL(instant("2100-03-01T00:00:00Z"), INT64_C(4107542400));
	CU_ASSERT_EQUAL(instant("2106-02-07T06:28:15Z"), ISOTIME_MAX);
}

static void
test_parse_bad(void)
{
	static const char *const bad[] = {
		"", "x", "2024", "2024-01-01", "now", "2106-02-07T06:28:16Z", "9999-12-31T23:59:59Z",
		"1969-12-31T23:59:59Z", "2023-02-29T00:00:00Z", "2100-02-29T00:00:00Z",
		"2024-04-31T00:00:00Z", "2024-00-01T00:00:00Z", "2024-13-01T00:00:00Z",
		"2024-01-00T00:00:00Z", "2024-01-32T00:00:00Z", "2024-01-01T24:00:00Z",
		"2024-01-01T23:60:00Z", "2016-12-31T23:59:60Z", "2024-01-01T00:00:00.0Z",
		"2024-01-01T00:00:00z", "2024-01-01t00:00:00Z", "2024-01-01 00:00:00",
		"2024-01-01T00:00:00+0000", "2024-01-01T00:00:00-00:00", "2024-01-01T00:00:00+01:00",
		"2024-01-01T00:00:00ZZ", "2024-01-01T00:00:00Z ", " 2024-01-01T00:00:00Z",
		"+2024-01-01T00:00:00Z", "12024-01-01T00:00:00Z", "2024-1-01T00:00:00Z",
		"2024-01-01T0:00:00Z", "2024-01-01T00:00", "2024-01-01T00:00:0", "-024-01-01T00:00:00Z",
		"20240101T000000Z", "2024-01-01T00:00:00+00:00Z",
	};
	size_t	 i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		CU_ASSERT_EQUAL(instant(bad[i]), -1);
		if (instant(bad[i]) != -1)
			fprintf(stderr, "accepted: %s\n", bad[i]);
	}
}

static void
test_option(void)
{
	int64_t	 before = time(NULL), now = option("now"), after = time(NULL);

	CU_ASSERT_TRUE(before <= now && now <= after);
	CU_ASSERT_EQUAL(option("2024-02-29"), 1709164800);
	CU_ASSERT_EQUAL(option("2024-02-29T00:00:01"), 1709164801);
	CU_ASSERT_EQUAL(option("2023-02-29"), -1);
	CU_ASSERT_EQUAL(option("2106-02-08"), -1);
	CU_ASSERT_EQUAL(option("2024-02-29T"), -1);
	CU_ASSERT_EQUAL(option("Now"), -1);
	CU_ASSERT_EQUAL(option("now "), -1);
	CU_ASSERT_EQUAL(option(""), -1);
}

static void
test_format(void)
{
	char	 out[ISOTIME_SIZE];

	CU_ASSERT_STRING_EQUAL(isotime_format(out, 0, "Z"), "1970-01-01T00:00:00Z");
	CU_ASSERT_STRING_EQUAL(isotime_format(out, ISOTIME_MAX, "+00:00"),
	    "2106-02-07T06:28:15+00:00");
	CU_ASSERT_STRING_EQUAL(isotime_format(out, 951782399, ""), "2000-02-28T23:59:59");
	CU_ASSERT_STRING_EQUAL(isotime_format(out, 951782400, ""), "2000-02-29T00:00:00");
	CU_ASSERT_STRING_EQUAL(isotime_format(out, -1, "Z"), "1969-12-31T23:59:59Z");
	CU_ASSERT_STRING_EQUAL(isotime_format(out, INT64_C(253402300799), "Z"),
	    "9999-12-31T23:59:59Z");
	CU_ASSERT_STRING_EQUAL(isotime_format(out, INT64_C(253402300800), "Z"), "@253402300800");
	CU_ASSERT_STRING_EQUAL(isotime_format(out, INT64_MAX, "Z"), "@9223372036854775807");
	CU_ASSERT_STRING_EQUAL(isotime_format(out, INT64_MIN, "Z"), "@-9223372036854775808");
	CU_ASSERT_STRING_EQUAL(isotime_rrsig(out, 1271375999), "20100415235959");
	CU_ASSERT_STRING_EQUAL(isotime_rrsig(out, INT64_MAX), "@9223372036854775807");
}

static void
test_rrsig(void)
{
	static const char *const bad[] = {
		"", "2024022900000", "202402290000000", "20240229000000 ", " 20240229000000",
		"20230229000000", "20240229240000", "20240229006000", "20240229000060",
		"20241301000000", "20240100000000", "19691231235959", "21060207062816",
		"2024022900000x", "1709164800", "2024-02-29T00:00:00Z",
	};
	int64_t	 t = 5;
	size_t	 i;

	CU_ASSERT(isotime_rrsig_parse(&t, "20240229000001") == 0 && t == 1709164801);
	CU_ASSERT(isotime_rrsig_parse(&t, "19700101000000") == 0 && t == 0);
	CU_ASSERT(isotime_rrsig_parse(&t, "21060207062815") == 0 && t == ISOTIME_MAX);
	t = 5;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		CU_ASSERT(isotime_rrsig_parse(&t, bad[i]) == -1 && t == 5);
}

/* Every day that an RRSIG can name, there and back, against the C library. */
static void
test_calendar(void)
{
	char		 out[ISOTIME_SIZE], libc[ISOTIME_SIZE];
	struct tm	 tm;
	int64_t		 t, back = 0;
	int		 wrong = 0;

	for (t = 0; t <= ISOTIME_MAX; t += DAY + 1) {
		time_t	 tt = t;

		strftime(libc, sizeof(libc), "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&tt, &tm));
		if (strcmp(isotime_format(out, t, "Z"), libc) != 0 ||
		    isotime_parse(&back, out) != 0 || back != t)
			wrong++;
	}
	CU_ASSERT_EQUAL(wrong, 0);
}

static void
test_duration(void)
{
	CU_ASSERT_EQUAL(duration("PT0S", false), 0);
	CU_ASSERT_EQUAL(duration("P10D", false), 10 * DAY);
	CU_ASSERT_EQUAL(duration("P010D", false), 10 * DAY);
	CU_ASSERT_EQUAL(duration("PT1H30M", false), 90 * MINUTE);
	CU_ASSERT_EQUAL(duration("P1DT2H3M4S", false), DAY + 2 * HOUR + 3 * MINUTE + 4);
	CU_ASSERT_EQUAL(duration("P1DT4S", false), DAY + 4);
	CU_ASSERT_EQUAL(duration("PT4294967295S", false), ISOTIME_MAX);
	CU_ASSERT_EQUAL(duration("P49710DT23295S", false), ISOTIME_MAX);
	CU_ASSERT_EQUAL(duration("P2W", true), 14 * DAY);
	CU_ASSERT_EQUAL(duration("P2D", true), 2 * DAY);
}

static void
test_duration_bad(void)
{
	static const char *const bad[] = {
		"", "P", "PT", "10D", "P10", "P1DT", "-P1D", "P-1D", "+P1D", "P1.5D", "PT1.0S", "P1Y",
		"P1M", "P1Y1D", "P1H", "PT1D", "PT1S1M", "PT1M1M", "P1D1D", "P1DT1HT1M", "P1D ", " P1D",
		"p1d", "P1d", "PT1W", "P1W1D", "P1D1W", "P1DT1W", "P1WT1H", "PD", "PTS", "P 1D",
		"PT4294967296S", "P49711D", "PT99999999999999999999S", "P49710DT23296S",
		"P4294967295DT4294967295H4294967295M4294967295S",
	};
	size_t	 i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		CU_ASSERT_EQUAL(duration(bad[i], false), -1);
		CU_ASSERT_EQUAL(duration(bad[i], true), -1);
		if (duration(bad[i], true) != -1)
			fprintf(stderr, "accepted: %s\n", bad[i]);
	}
	CU_ASSERT_EQUAL(duration("P2W", false), -1);
	CU_ASSERT_EQUAL(duration("P9000W", true), -1);
}

static void
test_duration_format(void)
{
	char	 out[ISOTIME_SIZE];

	CU_ASSERT_STRING_EQUAL(isoduration_format(out, 0), "PT0S");
	CU_ASSERT_STRING_EQUAL(isoduration_format(out, 10 * DAY), "P10D");
	CU_ASSERT_STRING_EQUAL(isoduration_format(out, 90 * MINUTE), "PT1H30M");
	CU_ASSERT_STRING_EQUAL(isoduration_format(out, DAY + 1), "P1DT1S");
	CU_ASSERT_STRING_EQUAL(isoduration_format(out, DAY - 1), "PT23H59M59S");
	CU_ASSERT_STRING_EQUAL(isoduration_format(out, HOUR + 5), "PT1H5S");
	CU_ASSERT_STRING_EQUAL(isoduration_format(out, -DAY), "-P1D");
	CU_ASSERT_STRING_EQUAL(isoduration_format(out, INT64_MIN),
	    "-P106751991167300DT15H30M8S");
}

static void
test_span(void)
{
	static const struct { const char *text; unsigned months, days; } good[] = {
		{ "P14M", 14, 0 }, { "P1Y2M", 14, 0 }, { "P1Y", 12, 0 }, { "P2W", 0, 14 },
		{ "P0Y1D", 0, 1 }, { "P1000Y", 12000, 0 }, { "P1Y1M1W1D", 13, 8 },
	};
	static const char *const bad[] = {
		"", "P", "P0M", "14M", "P-1M", "PM", "P1", "P1M1Y", "P1D1W", "P1M1M", "PT1M", "P1H",
		"P1M ", " P1M", "P1.5Y", "P12001M", "P1001Y", "P99999999999999999999D", "P1MT1S",
	};
	struct calspan	 s = { 4711, 4711 };
	size_t		 i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		CU_ASSERT_EQUAL(calspan_parse(&s, bad[i]), -1);
	CU_ASSERT(s.months == 4711 && s.days == 4711);
	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		CU_ASSERT_EQUAL(calspan_parse(&s, good[i].text), 0);
		CU_ASSERT(s.months == good[i].months && s.days == good[i].days);
	}
}

static void
test_span_after(void)
{
	static const struct { const char *from, *span, *to; } samples[] = {
		{ "2027-01-01", "P14M", "2028-03-01T00:00:00Z" },
		{ "2026-11-21T13:07:28", "P14M", "2028-01-21T13:07:28Z" },
		{ "2027-01-31", "P1M", "2027-02-28T00:00:00Z" },
		{ "2027-12-31", "P2M", "2028-02-29T00:00:00Z" },
		{ "2028-02-29", "P1Y", "2029-02-28T00:00:00Z" },
		{ "2027-01-31", "P1M1D", "2027-03-01T00:00:00Z" },
		{ "2027-12-31", "P1D", "2028-01-01T00:00:00Z" },
		{ "2027-10-15", "P3M", "2028-01-15T00:00:00Z" },
		{ "2027-12-01", "P12M", "2028-12-01T00:00:00Z" },
	};
	char		 out[ISOTIME_SIZE];
	struct calspan	 s;
	int64_t		 t;
	size_t		 i;

	for (i = 0; i < sizeof(samples) / sizeof(samples[0]); i++) {
		CU_ASSERT_EQUAL_FATAL(isotime_option(&t, samples[i].from), 0);
		CU_ASSERT_EQUAL_FATAL(calspan_parse(&s, samples[i].span), 0);
		CU_ASSERT_STRING_EQUAL(isotime_format(out, calspan_after(t, &s), "Z"),
		    samples[i].to);
	}
}

static void
test_quarter(void)
{
	static const struct { const char *at, *first, *next; } samples[] = {
		{ "2027-01-01", "2027-01-01", "2027-04-01" },
		{ "2027-03-31T23:59:59", "2027-01-01", "2027-04-01" },
		{ "2027-04-01", "2027-04-01", "2027-07-01" },
		{ "2028-02-29T12:00:00", "2028-01-01", "2028-04-01" },
		{ "2027-12-31T23:59:59", "2027-10-01", "2028-01-01" },
		{ "2027-09-30", "2027-07-01", "2027-10-01" },
	};
	int64_t		 at, first, next;
	size_t		 i;

	for (i = 0; i < sizeof(samples) / sizeof(samples[0]); i++) {
		CU_ASSERT_EQUAL_FATAL(isotime_option(&at, samples[i].at), 0);
		CU_ASSERT_EQUAL_FATAL(isotime_option(&first, samples[i].first), 0);
		CU_ASSERT_EQUAL_FATAL(isotime_option(&next, samples[i].next), 0);
		CU_ASSERT_EQUAL(calendar_quarter(at), first);
		CU_ASSERT_EQUAL(calendar_next_quarter(at), next);
		CU_ASSERT_EQUAL(calendar_day(first + 5), first);
	}
	CU_ASSERT_EQUAL(calendar_day(-1), -DAY);
}

int
main(void)
{
	CU_pSuite	 s;
	unsigned	 failed;

	if (CU_initialize_registry() != CUE_SUCCESS ||
	    (s = CU_add_suite("isotime", NULL, NULL)) == NULL)
		return 1;
	CU_ADD_TEST(s, test_parse);
	CU_ADD_TEST(s, test_parse_bad);
	CU_ADD_TEST(s, test_option);
	CU_ADD_TEST(s, test_format);
	CU_ADD_TEST(s, test_rrsig);
	CU_ADD_TEST(s, test_calendar);
	CU_ADD_TEST(s, test_duration);
	CU_ADD_TEST(s, test_duration_bad);
	CU_ADD_TEST(s, test_duration_format);
	CU_ADD_TEST(s, test_span);
	CU_ADD_TEST(s, test_span_after);
	CU_ADD_TEST(s, test_quarter);
	CU_basic_set_mode(CU_BRM_VERBOSE);
	CU_basic_run_tests();
	failed = CU_get_number_of_failures();
	CU_cleanup_registry();
	return failed == 0 ? 0 : 1;
}
