#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <CUnit/Basic.h>

#include "base/fields.h"
#include "fixture.h"

/* Put as a field; good until the next call. */
static const char *
put(const char *text)
{
	static struct buf b;

	buf_free(&b);
	CU_ASSERT_EQUAL_FATAL(field_put(&b, text), 0);
	return (const char *)b.data;
}

static void
test_put(void)
{
	CU_ASSERT_STRING_EQUAL(put("abc"), "abc");
	CU_ASSERT_STRING_EQUAL(put(""), "-");
	CU_ASSERT_STRING_EQUAL(put(NULL), "-");
	CU_ASSERT_STRING_EQUAL(put("-"), "%2D");
	CU_ASSERT_STRING_EQUAL(put("--"), "--");
	CU_ASSERT_STRING_EQUAL(put("a b"), "a%20b");
	CU_ASSERT_STRING_EQUAL(put("100%"), "100%25");
	CU_ASSERT_STRING_EQUAL(put("%41"), "%2541");
	CU_ASSERT_STRING_EQUAL(put("!~"), "!~");
	CU_ASSERT_STRING_EQUAL(put("\t\n\r\x1b\x7f"), "%09%0A%0D%1B%7F");
	CU_ASSERT_STRING_EQUAL(put("\xc3\xa9\xff"), "%C3%A9%FF");
}

/* Appended, not put in place of what is there. */
static void
test_append(void)
{
	struct buf	 b = BUF_EMPTY;

	CU_ASSERT_EQUAL(buf_puts(&b, "x "), 0);
	CU_ASSERT_EQUAL(field_put(&b, "a b"), 0);
	CU_ASSERT_EQUAL(field_put(&b, NULL), 0);
	CU_ASSERT_STRING_EQUAL((char *)b.data, "x a%20b-");
	buf_free(&b);
}

static void
test_get(void)
{
	static const char *const all[][2] = {
		{ "abc", "abc" }, { "-", "" }, { "%2D", "-" }, { "%2d", "-" }, { "--", "--" },
		{ "-a", "-a" }, { "a%20b", "a b" }, { "%25", "%" }, { "%2541", "%41" },
		{ "%41%42%43", "ABC" }, { "%ff%FE", "\xff\xfe" }, { "%0a", "\n" },
		{ "%00", NULL }, { "a%00b", NULL }, { "%", NULL }, { "a%", NULL }, { "%4", NULL },
		{ "%4g", NULL }, { "%g4", NULL }, { "%%41", NULL }, { "% 41", NULL },
		{ "%-1", NULL }, { "%+1", NULL }, { "%0x", NULL }, { "%u0041", NULL },
		{ "\xc3\xa9", "\xc3\xa9" },
	};
	char	 field[32];
	size_t	 i;

	for (i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		strcpy(field, all[i][0]);
		if (all[i][1] == NULL) {
			CU_ASSERT_EQUAL(field_get(field), -1);
			continue;
		}
		CU_ASSERT_EQUAL(field_get(field), 0);
		CU_ASSERT_STRING_EQUAL(field, all[i][1]);
	}
}

/* There and back, whatever the bytes; and nothing between but printable ASCII. */
static void
test_round(void)
{
	unsigned char	 text[40];
	char		 field[3 * sizeof(text) + 1], *p;
	size_t		 i, j, len;

	for (i = 0; i < 5000; i++) {
		len = pseudo_random() % (sizeof(text) - 1);
		pseudo_random_bytes(text, len);
		for (j = 0; j < len; j++)
			if (text[j] == 0)
				text[j] = '%';
		text[len] = '\0';
		strcpy(field, put((char *)text));
		for (p = field; *p != '\0'; p++)
			CU_ASSERT_TRUE(*p > ' ' && *p < 0x7f);
		CU_ASSERT_TRUE(p > field);
		CU_ASSERT_EQUAL(field_get(field), 0);
		CU_ASSERT_STRING_EQUAL(field, (char *)text);
	}
}

/* What each() was called with, fields with a bar between, lines with their number before. */
static struct buf	seen;

static enum verdict
each(void *arg, char *const fields[], size_t n, const struct spot *at, struct report *r)
{
	size_t	 i;

	CU_ASSERT_PTR_EQUAL(arg, &seen);
	CU_ASSERT_STRING_EQUAL(strrchr(at->input, '/'), "/lines");
	if (buf_printf(&seen, "%lu:", at->line) == -1)
		return FAULT;
	for (i = 0; i < n; i++)
		if (buf_printf(&seen, "%s|", fields[i]) == -1)
			return FAULT;
	if (strcmp(fields[0], "stop") == 0)
		return report_fault(r, at, "stopped");
	return strcmp(fields[0], "refuse") == 0 ? REFUSE : ACCEPT;
}

static enum verdict
load(const char *text, size_t len, size_t min, size_t max, const char *said)
{
	const char	*path = work_file("lines", text, len);
	struct report	 r = REPORT_EMPTY;
	enum verdict	 v;

	buf_free(&seen);
	CU_ASSERT_EQUAL_FATAL(buf_puts(&seen, ""), 0);
	v = fields_load(path, min, max, each, &seen, &r);
	CU_ASSERT_TRUE(v == ACCEPT || v == FAULT);
	if (said == NULL)
		CU_ASSERT_EQUAL(r.count, 0);
	if (said != NULL)
		CU_ASSERT_TRUE(report_has(&r, FAULTY, NULL, said));
	report_free(&r);
	return v;
}

#define LOAD(text, min, max, said)	load(text, sizeof(text) - 1, min, max, said)
#define SAW(text)	CU_ASSERT_STRING_EQUAL(seen.data == NULL ? "" : (char *)seen.data, text)

static void
test_load(void)
{
	CU_ASSERT_EQUAL(LOAD("#", 1, 3, NULL), ACCEPT);
	SAW("");
	CU_ASSERT_EQUAL(LOAD("a b\nc\n", 1, 3, NULL), ACCEPT);
	SAW("1:a|b|2:c|");
	CU_ASSERT_EQUAL(LOAD("a b\nc", 1, 3, NULL), ACCEPT);
	SAW("1:a|b|2:c|");
	CU_ASSERT_EQUAL(LOAD("\n\n# a b c d\n#\n \t \r\n  a \t b\t\r\n", 2, 2, NULL), ACCEPT);
	SAW("6:a|b|");
	CU_ASSERT_EQUAL(LOAD("a#b # c\n", 3, 3, NULL), ACCEPT);
	SAW("1:a#b|#|c|");
	CU_ASSERT_EQUAL(LOAD("a%20b %\n", 2, 2, NULL), ACCEPT);	/* the caller's to resolve */
	SAW("1:a%20b|%|");
}

/* One way or the other. */
static void
test_empty(void)
{
	const char	*path = work_file("lines", "", 0);
	struct report	 r = REPORT_EMPTY;

	CU_ASSERT_EQUAL(LOAD("", 1, 3, "is empty"), FAULT);
	CU_ASSERT_EQUAL(fields_load_or_empty(path, 1, 3, each, &seen, &r), ACCEPT);
	CU_ASSERT_EQUAL(fields_load_or_empty(work_file("lines", "a\n", 2), 2, 3, each, &seen, &r), FAULT);
	SAW("");
	report_free(&r);
}

static void
test_bad_lines(void)
{
	CU_ASSERT_EQUAL(LOAD("a b\n", 3, 4, "2 fields, 3 or more are expected"), FAULT);
	SAW("");
	CU_ASSERT_EQUAL(LOAD("a\na b c\nd\n", 1, 2, "3 fields"), FAULT);
	SAW("1:a|");
	CU_ASSERT_EQUAL(LOAD("a\nstop\nc\n", 1, 1, "stopped"), FAULT);
	SAW("1:a|2:stop|");
	CU_ASSERT_EQUAL(LOAD("refuse\nc\n", 1, 1, NULL), FAULT);
	SAW("1:refuse|");
	CU_ASSERT_EQUAL(LOAD("a\nb\0c\n", 1, 1, "NUL"), FAULT);
	SAW("");
	CU_ASSERT_EQUAL(LOAD("a\n\0", 1, 1, "NUL"), FAULT);
}

/* FIELDS_MAX of them, one more, and very many. */
static void
test_many_fields(void)
{
	char	 text[200001];
	size_t	 i;

	for (i = 0; i < sizeof(text) - 1; i++)
		text[i] = i % 2 == 0 ? 'a' : ' ';
	CU_ASSERT_EQUAL(load(text, (size_t)2 * FIELDS_MAX, 1, FIELDS_MAX, NULL), ACCEPT);
	CU_ASSERT_EQUAL(load(text, (size_t)2 * FIELDS_MAX + 2, 1, FIELDS_MAX, "17 fields"), FAULT);
	CU_ASSERT_EQUAL(load(text, sizeof(text) - 1, 1, FIELDS_MAX, "17 fields"), FAULT);
	memset(text, 'a', sizeof(text) - 1);
	CU_ASSERT_EQUAL(load(text, sizeof(text) - 1, 1, 1, NULL), ACCEPT);
	memset(text, '\n', sizeof(text) - 1);
	CU_ASSERT_EQUAL(load(text, sizeof(text) - 1, 1, 1, NULL), ACCEPT);
	SAW("");
}

static void
test_no_file(void)
{
	struct report	 r = REPORT_EMPTY;

	CU_ASSERT_EQUAL(fields_load("/nonexistent/lines", 1, 1, each, &seen, &r), FAULT);
	CU_ASSERT_TRUE(report_has(&r, FAULTY, NULL, "No such file"));
	CU_ASSERT_STRING_EQUAL(r.findings[0].input, "/nonexistent/lines");
	CU_ASSERT_EQUAL(fields_load(work_folder(), 1, 1, each, &seen, &r), FAULT);
	CU_ASSERT_EQUAL(fields_load("/dev/zero", 1, 1, each, &seen, &r), FAULT);
	report_free(&r);
}

int
main(void)
{
	static const struct test tests[] = {
		TEST(test_put), TEST(test_append), TEST(test_get), TEST(test_round),
		TEST(test_load), TEST(test_empty), TEST(test_bad_lines), TEST(test_many_fields), TEST(test_no_file),
	};
	int	 rv = run_tests("fields", tests, sizeof(tests) / sizeof(tests[0]));

	buf_free(&seen);
	return rv;
}
