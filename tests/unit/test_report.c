#include <stdlib.h>
#include <string.h>

#include <CUnit/Basic.h>

#include "base/report.h"

static char	*printed;

static const char *
print(const struct report *rep, int (*how)(const struct report *, const char *, FILE *))
{
	size_t	 len;
	FILE	*fp;

	free(printed);
	printed = NULL;
	if ((fp = open_memstream(&printed, &len)) == NULL)
		abort();
	CU_ASSERT_EQUAL(how(rep, "tool", fp), 0);
	fclose(fp);
	return printed;
}

static void
test_verdict(void)
{
	struct report	 rep = REPORT_EMPTY;

	CU_ASSERT_EQUAL(report_verdict(&rep), ACCEPT);
	report_warning(&rep, NULL, "KSR-CLOCK", "late");
	CU_ASSERT_EQUAL(report_verdict(&rep), ACCEPT);
	CU_ASSERT_EQUAL(report_broken(&rep, NULL, "KSR-ID", "known"), REFUSE);
	CU_ASSERT_EQUAL(report_verdict(&rep), REFUSE);
	CU_ASSERT_EQUAL(report_fault(&rep, NULL, "no token"), FAULT);
	report_warning(&rep, NULL, NULL, "last");
	CU_ASSERT_EQUAL(report_verdict(&rep), FAULT);
	CU_ASSERT_EQUAL(rep.count, 4);
	report_free(&rep);
	CU_ASSERT_EQUAL(rep.count, 0);
	CU_ASSERT_EQUAL(report_verdict(&rep), ACCEPT);
	rep.lost = true;
	CU_ASSERT_EQUAL(report_verdict(&rep), FAULT);
	CU_ASSERT_EQUAL(report_broken(&rep, NULL, "KSR-ID", "known"), FAULT);
	report_free(&rep);
	CU_ASSERT_EQUAL(verdict_worse(ACCEPT, REFUSE), REFUSE);
	CU_ASSERT_EQUAL(verdict_worse(FAULT, REFUSE), FAULT);
	CU_ASSERT_EQUAL(verdict_worse(ACCEPT, ACCEPT), ACCEPT);
}

static void
test_print(void)
{
	struct report	 rep = REPORT_EMPTY;
	struct spot	 full = { "ksr.xml", 214, 7 }, line = { "-", 3, 0 }, name = { "a.xml", 0, 9 };

	report_broken(&rep, &full, "KSR-BUNDLE-POP", "key %d", 24729);
	report_warning(&rep, &line, "KSR-CLOCK", "late");
	report_fault(&rep, &name, "no such file");
	report_fault(&rep, NULL, "no token");
	CU_ASSERT_STRING_EQUAL(print(&rep, report_print),
	    "tool: ksr.xml:214:7: KSR-BUNDLE-POP: key 24729\n"
	    "tool: -:3: warning: KSR-CLOCK: late\n"
	    "tool: a.xml: no such file\n"
	    "tool: no token\n");
	rep.lost = true;
	CU_ASSERT_PTR_NOT_NULL(strstr(print(&rep, report_print), "tool: out of memory: "));
	report_free(&rep);
}

/* Nothing that a terminal obeys gets through, neither in a name nor in a text. */
static void
test_escape(void)
{
	struct report	 rep = REPORT_EMPTY;
	struct spot	 spot = { "a\033[2J\n", 0, 0 };
	char		*big = malloc(100001);

	report_broken(&rep, &spot, NULL, "%s", "\001 ~\177\303\266\\\r\nx");
	CU_ASSERT_STRING_EQUAL(print(&rep, report_print),
	    "tool: a\\x1b[2J\\x0a: \\x01 ~\\x7f\\xc3\\xb6\\\\\\x0d\\x0ax\n");
	report_free(&rep);

	memset(big, '\n', 100000);
	big[100000] = '\0';
	report_broken(&rep, NULL, NULL, "%s", big);
	CU_ASSERT_EQUAL(strlen(rep.findings[0].text), 4 * 2000 + 3);
	CU_ASSERT_STRING_EQUAL(rep.findings[0].text + 4 * 2000, "...");
	big[2000] = '\0';
	report_broken(&rep, NULL, NULL, "%s", big);
	CU_ASSERT_EQUAL(strlen(rep.findings[1].text), 4 * 2000);
	report_free(&rep);
	free(big);
}

static void
test_lines(void)
{
	struct report	 rep = REPORT_EMPTY;

	CU_ASSERT_EQUAL(report_lines(&rep, NULL, "KSR-ID", "one\ntwo\n\nfour"), REFUSE);
	CU_ASSERT_STRING_EQUAL(print(&rep, report_print),
	    "tool: KSR-ID: one\ntool: KSR-ID: two\ntool: KSR-ID: \ntool: KSR-ID: four\n");
	report_free(&rep);
}

static void
test_json(void)
{
	struct report	 rep = REPORT_EMPTY;
	struct spot	 spot = { "a\"b", 2, 3 };

	CU_ASSERT_STRING_EQUAL(print(&rep, report_json),
	    "{\"tool\":\"tool\",\"verdict\":\"accept\",\"findings\":[]}\n");
	report_warning(&rep, NULL, NULL, "w");
	report_broken(&rep, &spot, "KSR-ID", "\"\n");
	CU_ASSERT_STRING_EQUAL(print(&rep, report_json),
	    "{\"tool\":\"tool\",\"verdict\":\"refuse\",\"findings\":["
	    "{\"level\":\"warning\",\"rule\":null,\"input\":null,\"line\":0,\"column\":0,"
	    "\"text\":\"w\"},"
	    "{\"level\":\"broken\",\"rule\":\"KSR-ID\",\"input\":\"a\\\"b\",\"line\":2,"
	    "\"column\":3,\"text\":\"\\\"\\\\x0a\"}]}\n");
	rep.lost = true;
	CU_ASSERT_PTR_NOT_NULL(strstr(print(&rep, report_json), "\"verdict\":\"fault\""));
	CU_ASSERT_PTR_NOT_NULL(strstr(printed, "},{\"level\":\"fault\",\"rule\":null"));
	report_free(&rep);
}

static void
test_write_error(void)
{
	struct report	 rep = REPORT_EMPTY;
	FILE		*full = fopen("/dev/full", "w");

	CU_ASSERT_PTR_NOT_NULL_FATAL(full);
	report_warning(&rep, NULL, NULL, "w");
	CU_ASSERT_EQUAL(report_print(&rep, "tool", full), -1);
	CU_ASSERT_EQUAL(report_json(&rep, "tool", full), -1);
	fclose(full);
	report_free(&rep);
}

/* A flood of one rule is cut, and does not hide another, nor a fault, nor the verdict. */
static void
test_many(void)
{
	struct report	 rep = REPORT_EMPTY;
	char		 last[16];
	int		 i;

	for (i = 1; i <= REPORT_EACH; i++)
		report_broken(&rep, NULL, "KSR-BUNDLE-POP", "%d", i);
	CU_ASSERT_EQUAL(rep.count, REPORT_EACH);
	snprintf(last, sizeof(last), "%d", REPORT_EACH);
	CU_ASSERT_STRING_EQUAL(rep.findings[REPORT_EACH - 1].text, last);
	CU_ASSERT_PTR_NULL(strstr(print(&rep, report_print), "more"));
	for (i = 0; i < 10000; i++)
		CU_ASSERT_EQUAL(report_broken(&rep, NULL, "KSR-BUNDLE-POP", "x"), REFUSE);
	CU_ASSERT_EQUAL(rep.count, REPORT_EACH);
	report_warning(&rep, NULL, "KSR-BUNDLE-POP", "a warning");
	CU_ASSERT_EQUAL(report_broken(&rep, NULL, "KSR-ID", "another"), REFUSE);
	CU_ASSERT_EQUAL(rep.count, REPORT_EACH + 2);
	CU_ASSERT_PTR_NOT_NULL(strstr(print(&rep, report_print), "tool: KSR-ID: another\n"
	    "tool: KSR-BUNDLE-POP: and 10000 more\n"));
	CU_ASSERT_PTR_NOT_NULL(strstr(print(&rep, report_json), "\"another\"},"
	    "{\"level\":\"broken\",\"rule\":\"KSR-BUNDLE-POP\",\"input\":null,"
	    "\"line\":0,\"column\":0,\"text\":\"and 10000 more\"}]}"));
	for (i = 0; i <= REPORT_EACH; i++)
		CU_ASSERT_EQUAL(report_fault(&rep, NULL, "%d", i), FAULT);
	CU_ASSERT_EQUAL(report_verdict(&rep), FAULT);
	CU_ASSERT_PTR_NOT_NULL(strstr(print(&rep, report_print), "\ntool: and 1 more\n"));
	report_free(&rep);
	CU_ASSERT_PTR_NULL(rep.tallies);
}

/* Warnings alone, however many, refuse nothing. */
static void
test_many_warnings(void)
{
	struct report	 rep = REPORT_EMPTY;
	int		 i;

	for (i = 0; i < 10000; i++)
		report_warning(&rep, NULL, NULL, "%d", i);
	CU_ASSERT_EQUAL(report_verdict(&rep), ACCEPT);
	CU_ASSERT_PTR_NOT_NULL(strstr(print(&rep, report_print), "tool: warning: and 9800 more\n"));
	report_free(&rep);
}

int
main(void)
{
	CU_pSuite	 s;
	unsigned	 failed;

	if (CU_initialize_registry() != CUE_SUCCESS ||
	    (s = CU_add_suite("report", NULL, NULL)) == NULL)
		return 1;
	CU_ADD_TEST(s, test_verdict);
	CU_ADD_TEST(s, test_print);
	CU_ADD_TEST(s, test_escape);
	CU_ADD_TEST(s, test_lines);
	CU_ADD_TEST(s, test_json);
	CU_ADD_TEST(s, test_write_error);
	CU_ADD_TEST(s, test_many);
	CU_ADD_TEST(s, test_many_warnings);
	CU_basic_set_mode(CU_BRM_VERBOSE);
	CU_basic_run_tests();
	failed = CU_get_number_of_failures();
	CU_cleanup_registry();
	free(printed);
	return failed == 0 ? 0 : 1;
}
