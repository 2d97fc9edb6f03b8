#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <CUnit/Basic.h>

#include "base/input.h"
#include "fixture.h"

static struct buf	in;
static struct report	rep;

/* Read it, and how much came. */
static enum verdict
take(const char *path, size_t max)
{
	buf_free(&in);
	report_free(&rep);
	return input_read(&in, path, max, "KSR-XML", &rep);
}

static bool
got(const char *text)
{
	return in.len == strlen(text) && memcmp(in.data, text, in.len) == 0 && rep.count == 0;
}

static void
test_file(void)
{
	const char	*path = work_file("five", "12345", 5);

	CU_ASSERT_EQUAL(take(path, 100), ACCEPT);
	CU_ASSERT_TRUE(got("12345"));
	CU_ASSERT_EQUAL(take(path, 5), ACCEPT);
	CU_ASSERT_TRUE(got("12345"));
	CU_ASSERT_EQUAL(take(path, 4), REFUSE);
	CU_ASSERT_TRUE(report_has(&rep, BROKEN, "KSR-XML", "more than 4 bytes"));
	CU_ASSERT_STRING_EQUAL(rep.findings[0].input, path);
	CU_ASSERT_EQUAL(take(work_file("none", "", 0), 100), REFUSE);
	CU_ASSERT_TRUE(report_has(&rep, BROKEN, "KSR-XML", "empty"));
	CU_ASSERT_EQUAL(rep.count, 1);
	CU_ASSERT_EQUAL(take("/nonexistent/file", 100), FAULT);
	CU_ASSERT_TRUE(report_has(&rep, FAULTY, NULL, "No such file"));
	CU_ASSERT_EQUAL(take(work_folder(), 100), FAULT);
	CU_ASSERT_EQUAL(take("", 100), FAULT);
}

/* Standard input is this text. */
static enum verdict
take_stdin(const char *text, size_t max)
{
	enum verdict	 v;
	int		 saved = dup(STDIN_FILENO);
	const char	*path = work_file("stdin", text, strlen(text));

	CU_ASSERT_PTR_NOT_NULL_FATAL(freopen(path, "r", stdin));
	lseek(STDIN_FILENO, 0, SEEK_SET);
	v = take("-", max);
	dup2(saved, STDIN_FILENO);
	close(saved);
	return v;
}

static void
test_stdin(void)
{
	CU_ASSERT_EQUAL(take_stdin("abc", 3), ACCEPT);
	CU_ASSERT_TRUE(got("abc"));
	CU_ASSERT_EQUAL(take_stdin("abc", 2), REFUSE);
	CU_ASSERT_TRUE(report_has(&rep, BROKEN, "KSR-XML", "more than 2 bytes"));
	CU_ASSERT_STRING_EQUAL(rep.findings[0].input, "-");
	CU_ASSERT_EQUAL(take_stdin("", 3), REFUSE);
	CU_ASSERT_TRUE(report_has(&rep, BROKEN, "KSR-XML", "empty"));
}

static void
test_size(void)
{
	static const char *const bad[] = {
		"", "0", "00", "-1", "+1", " 1", "1 ", "1k", "0x10", "1.5", "2147483648",
		"18446744073709551617", "99999999999999999999999999",
	};
	size_t	 i, n = 77;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		CU_ASSERT_EQUAL(input_size(&n, bad[i]), -1);
	CU_ASSERT_EQUAL(n, 77);
	CU_ASSERT_EQUAL(input_size(&n, "1"), 0);
	CU_ASSERT_EQUAL(n, 1);
	CU_ASSERT_EQUAL(input_size(&n, "2147483647"), 0);
	CU_ASSERT_EQUAL(n, 2147483647);
	CU_ASSERT_EQUAL(input_size(&n, "0010"), 0);
	CU_ASSERT_EQUAL(n, 10);
	CU_ASSERT_EQUAL(INPUT_MAX_BYTES_DEFAULT, 1048576);
}

int
main(void)
{
	static const struct test tests[] = { TEST(test_file), TEST(test_stdin), TEST(test_size) };
	int		 rv = run_tests("input", tests, sizeof(tests) / sizeof(tests[0]));

	buf_free(&in);
	report_free(&rep);
	return rv;
}
