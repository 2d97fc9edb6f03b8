#include <stdlib.h>
#include <string.h>

#include <CUnit/Basic.h>

#include "base/isotime.h"
#include "fixture.h"
#include "model/keylist.h"

#define TOKEN	"# token root serial 1a2b model SoftHSM%20v2 firmware 2.6\n"
#define ONE	".\tksk-2027\t0a01\tksk\tRSASHA256\t2048\t20326\t20454\t2027-01-01\t2028-01-01\tpPs\tb.tar.gz\n"
#define TWO	"example.\tzsk%201\t0b\tzsk\tED25519\t256\t7\t135\t2027-01-01\t2027-04-01\tpP\t-\n"
#define PRINT	"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define BARE	"-\t-\t-\t-\t-\t-\t-\t-\t-\t-\t-\t-\n"

static struct report rep = REPORT_EMPTY;

static enum verdict
parse(struct keylist *list, const char *text)
{
	struct buf	 in = BUF_EMPTY;
	enum verdict	 v;

	report_free(&rep);
	CU_ASSERT_EQUAL_FATAL(buf_puts(&in, text), 0);
	v = keylist_parse(list, &in, "record", &rep);
	buf_free(&in);
	return v;
}

/* The fault that a text gives; the list stays as it is. */
static const char *
fault(const char *text)
{
	static char	 line[512];
	struct keylist	 list = KEYLIST_EMPTY;

	CU_ASSERT_EQUAL(parse(&list, text), FAULT);
	CU_ASSERT(list.n == 0 && list.ntokens == 0 && list.keys == NULL && list.input == NULL);
	keylist_clear(&list);
	if (rep.count == 0)
		return "";
	snprintf(line, sizeof(line), "%lu: %s", rep.findings[0].line, rep.findings[0].text);
	return line;
}

static void
test_fields(void)
{
	struct keylist	 list = KEYLIST_EMPTY;
	const struct keyline *k;

	CU_ASSERT_EQUAL_FATAL(parse(&list, "# a comment\n" TOKEN ONE TWO "\n# keys 2\n" BARE), ACCEPT);
	CU_ASSERT_EQUAL_FATAL(list.n, 3);
	CU_ASSERT_EQUAL_FATAL(list.ntokens, 1);
	CU_ASSERT_STRING_EQUAL(list.tokens[0].model, "SoftHSM v2");
	CU_ASSERT_STRING_EQUAL(list.input, "record");
	k = &list.keys[0];
	CU_ASSERT_STRING_EQUAL(k->zone, ".");
	CU_ASSERT_STRING_EQUAL(k->label, "ksk-2027");
	CU_ASSERT(k->idlen == 2 && memcmp(k->id, "\x0a\x01", 2) == 0);
	CU_ASSERT(k->role == ROLE_KSK && k->algorithm == 8 && k->bits == 2048);
	CU_ASSERT(k->tag == 20326 && k->revoked_tag == 20454);
	CU_ASSERT_EQUAL(k->from, 20819 * DAY);
	CU_ASSERT_EQUAL(k->until, (20819 + 365) * DAY);
	CU_ASSERT_EQUAL(k->flags, KEY_PRIVATE | KEY_PUBLIC | KEY_SENSITIVE);
	CU_ASSERT_STRING_EQUAL(k->archive, "b.tar.gz");
	CU_ASSERT(k->token == 0 && k->line == 3);
	CU_ASSERT_STRING_EQUAL(list.keys[1].label, "zsk 1");
	CU_ASSERT_PTR_NULL(list.keys[1].archive);
	k = &list.keys[2];
	CU_ASSERT(k->zone == NULL && k->label == NULL && k->id == NULL && k->idlen == 0);
	CU_ASSERT(k->role == ROLE_UNKNOWN && k->algorithm == 0 && k->bits == 0 && k->flags == 0);
	CU_ASSERT(k->tag == -1 && k->revoked_tag == -1);
	CU_ASSERT(k->from == KEYLIST_ALWAYS && k->until == KEYLIST_FOREVER && k->token == 0);
	keylist_clear(&list);
	CU_ASSERT(list.n == 0 && list.keys == NULL);
}

/* What is read is printed as it was. */
static void
test_print(void)
{
	static const char *const all[] = {
		TOKEN ONE TWO "# keys 2\n",
		ONE "# keys 1\n",
		BARE "# keys 1\n" TOKEN "# keys 0\n",
		"# keys 0\n",
		TOKEN "# keys 0\n# token - serial - model - firmware -\n" TWO "# keys 1\n",
		"x\\.y.\t%2D\tff\t-\t-\t-\t0\t65535\t-\t2027-01-01\tPxt\t%0A%25%FF\n# keys 1\n",
	};
	struct keylist	 list = KEYLIST_EMPTY;
	struct buf	 out = BUF_EMPTY;
	size_t		 i;

	for (i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		CU_ASSERT_EQUAL(parse(&list, all[i]), ACCEPT);
		CU_ASSERT_EQUAL(keylist_print(&out, &list), 0);
		CU_ASSERT_STRING_EQUAL((char *)out.data, all[i]);
		keylist_clear(&list);
		buf_free(&out);
	}
}

static void
test_several(void)
{
	struct keylist	 list = KEYLIST_EMPTY;

	CU_ASSERT_EQUAL(parse(&list, BARE TOKEN TWO), ACCEPT);
	CU_ASSERT_EQUAL(parse(&list, "# token b serial 2 model m firmware f\n" ONE TOKEN BARE
	    "# keys 2\n"), ACCEPT);
	CU_ASSERT_EQUAL_FATAL(list.n, 4);
	CU_ASSERT_EQUAL(list.ntokens, 2);
	CU_ASSERT(list.keys[0].token == SIZE_MAX && list.keys[1].token == 0);
	CU_ASSERT(list.keys[2].token == 1 && list.keys[3].token == 0);
	/* a bad file adds nothing to what is there */
	CU_ASSERT_EQUAL(parse(&list, "# token c serial 3 model m firmware f\n" ONE "x\n"), FAULT);
	CU_ASSERT(list.n == 4 && list.ntokens == 2);
	keylist_sort(&list);
	CU_ASSERT_EQUAL(list.keys[0].token, SIZE_MAX);
	CU_ASSERT(list.keys[1].token == 0 && list.keys[1].idlen == 0);
	CU_ASSERT(list.keys[2].token == 0 && list.keys[2].idlen == 1);
	CU_ASSERT_EQUAL(list.keys[3].token, 1);
	keylist_clear(&list);
}

static void
test_identity(void)
{
	struct keylist	 list = KEYLIST_EMPTY;
	struct buf	 out = BUF_EMPTY;

	CU_ASSERT_EQUAL(parse(&list, TOKEN ONE), ACCEPT);
	CU_ASSERT_PTR_NULL(list.tokens[0].identity);
	CU_ASSERT_EQUAL(parse(&list, TOKEN "# identity my%20key " PRINT "\n" TOKEN "# identity my%20key "
	    PRINT "\n"), ACCEPT);
	CU_ASSERT_EQUAL_FATAL(list.ntokens, 1);
	CU_ASSERT_STRING_EQUAL(list.tokens[0].identity, "my key");
	CU_ASSERT_EQUAL(list.tokens[0].fingerprint[1], 0x23);
	CU_ASSERT_EQUAL(keylist_print(&out, &list), 0);
	CU_ASSERT_STRING_EQUAL((char *)out.data, TOKEN "# identity my%20key " PRINT "\n" ONE "# keys 1\n");
	out.len = 0;
	CU_ASSERT_EQUAL(keytoken_json(&out, &list.tokens[0]), 0);
	CU_ASSERT_PTR_NOT_NULL(strstr((char *)out.data, "\"identity\":\"my%20key\",\"fingerprint\":\""
	    PRINT "\"}"));
	buf_free(&out);
	keylist_clear(&list);
	CU_ASSERT_PTR_NOT_NULL(strstr(fault("# identity k " PRINT "\n"), "without a '# token'"));
	CU_ASSERT_PTR_NOT_NULL(strstr(fault(TOKEN "# identity k\n"), "2: not '# identity"));
	CU_ASSERT_PTR_NOT_NULL(strstr(fault(TOKEN "# identity k 00\n"), "not '# identity"));
	CU_ASSERT_PTR_NOT_NULL(strstr(fault(TOKEN "# identity - " PRINT "\n"), "not '# identity"));
	CU_ASSERT_PTR_NOT_NULL(strstr(fault(TOKEN "# identity k " PRINT " \n"), "not '# identity"));
	CU_ASSERT_PTR_NOT_NULL(strstr(fault(TOKEN "# identity k " PRINT "\n# identity l " PRINT "\n"),
	    "3: a second identity"));
}

/* A line with one field in place of its own. */
static const char *
with(size_t column, const char *field)
{
	static const char *const good[] = { ".", "l", "01", "ksk", "RSASHA256", "2048", "1", "2",
	    "2027-01-01", "2028-01-01", "pP", "a" };
	static char	 line[512];
	size_t		 i, n = 0;

	for (i = 0; i < 12; i++)
		n += (size_t)snprintf(line + n, sizeof(line) - n, "%s%s", i == 0 ? "" : "\t",
		    i == column ? field : good[i]);
	snprintf(line + n, sizeof(line) - n, "\n");
	return line;
}

static void
test_bad_fields(void)
{
	static const struct { size_t column; const char *field; } bad[] = {
		{ 0, "" }, { 0, "a..b" }, { 0, "%4" }, { 0, "%00" },
		{ 1, "" }, { 1, "%" }, { 1, "a%00" }, { 2, "" }, { 2, "0" }, { 2, "0g" },
		{ 2, "0x01" }, { 3, "" }, { 3, "KSK" }, { 3, "csk" }, { 4, "" }, { 4, "RSA" },
		{ 4, "256" }, { 4, "0" }, { 5, "" }, { 5, "-1" }, { 5, "65537" }, { 5, "0x800" },
		{ 6, "65536" }, { 6, "+1" }, { 6, "000001" }, { 7, "99999" }, { 7, "" },
		{ 8, "2027-02-30" }, { 8, "2027-1-1" }, { 8, "now" }, { 8, "" }, { 8, "1969-12-31" },
		{ 8, "2027-01-01T00:00:00Z" }, { 9, "2027-01-01" }, { 9, "2026-12-31" },
		{ 10, "" }, { 10, "Pp" }, { 10, "pp" }, { 10, "q" }, { 10, "p-" }, { 11, "" },
		{ 11, "%0" },
	};
	char		 want[64];
	size_t		 i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		snprintf(want, sizeof(want), "1: field %zu, ", bad[i].column + 1);
		CU_ASSERT_EQUAL(strncmp(fault(with(bad[i].column, bad[i].field)), want,
		    strlen(want)), 0);
	}
	CU_ASSERT_STRING_EQUAL(fault(with(3, "csk")), "1: field 4, role: 'csk' is not ksk, zsk or -");
	CU_ASSERT_STRING_EQUAL(fault(with(9, "2026-12-31")), "1: field 10, until: '2026-12-31' is "
	    "not a day as YYYY-MM-DD after the one before it or -");
	CU_ASSERT_STRING_EQUAL(fault(with(3, "x\x1b")), "1: a byte that is not printable "
	    "ASCII; in a key-list line it stands as %XX");
	CU_ASSERT_EQUAL(rep.findings[0].column, 9);
	CU_ASSERT_PTR_NOT_NULL(strstr(fault(with(11, "a\r")), "not printable"));
	CU_ASSERT_PTR_NOT_NULL(strstr(fault(with(1, "a b")), "not printable"));
	CU_ASSERT_PTR_NOT_NULL(strstr(fault(with(1, "a\tb")), "more than 12 fields"));
	CU_ASSERT_PTR_NOT_NULL(strstr(fault("a b c\n"), "not printable"));
	CU_ASSERT_PTR_NOT_NULL(strstr(fault("a\tb\n"), "1: 2 fields"));
}

static void
test_bad_files(void)
{
	static const char *const tokens[] = {
		"# token a\n", "# token a serial b model c firmware\n", "# token \n",
		"# token a serial b model c firmware d e\n", "# token a serial b model c firmware %0\n",
		"# token a serial  model c firmware d\n", "# token a b serial c model d firmware e\n",
		"# token a Serial b model c firmware d\n",
	};
	struct keylist	 list = KEYLIST_EMPTY;
	struct buf	 in = BUF_EMPTY, many = BUF_EMPTY;
	size_t		 i;

	CU_ASSERT_STRING_EQUAL(fault(ONE "# keys 2\n"), "2: '# keys 2', but 1 lines stand above it");
	CU_ASSERT_PTR_NOT_NULL(strstr(fault(ONE "# keys 1\n" ONE "# keys 2\n"), "4: '# keys 2'"));
	CU_ASSERT_PTR_NOT_NULL(strstr(fault("# keys -0\n"), "# keys"));
	CU_ASSERT_PTR_NOT_NULL(strstr(fault("# keys 0x0\n"), "# keys"));
	CU_ASSERT_PTR_NOT_NULL(strstr(fault("# keys \n"), "# keys"));
	CU_ASSERT_PTR_NOT_NULL(strstr(fault(ONE "# keys 18446744073709551617\n"), "# keys"));
	CU_ASSERT_PTR_NOT_NULL(strstr(fault(ONE ".\tksk"), "2: the last line has no end"));
	for (i = 0; i < sizeof(tokens) / sizeof(tokens[0]); i++)
		CU_ASSERT_PTR_NOT_NULL(strstr(fault(tokens[i]), "1: not '# token"));
	/* each bad line is named */
	CU_ASSERT_EQUAL(parse(&list, "x\ny\n" ONE "z\n"), FAULT);
	CU_ASSERT_EQUAL(rep.count, 3);
	CU_ASSERT_EQUAL(keylist_parse(&list, &in, "record", &rep), FAULT);
	CU_ASSERT_EQUAL(buf_append(&in, ONE "\0\n", sizeof(ONE) + 1), 0);
	CU_ASSERT_EQUAL(keylist_parse(&list, &in, "record", &rep), FAULT);
	buf_free(&in);
	for (i = 0; i <= KEYLIST_MAX_TOKENS; i++)
		CU_ASSERT_EQUAL(buf_printf(&many, "# token %zu serial s model m firmware f\n", i), 0);
	CU_ASSERT_PTR_NOT_NULL(strstr(fault((char *)many.data), "more than 64 tokens"));
	buf_free(&many);
	CU_ASSERT_EQUAL(keylist_load(&list, "/nonexistent", &rep), FAULT);
	CU_ASSERT_EQUAL(keylist_load(&list, "/dev/null", &rep), FAULT);
	CU_ASSERT_PTR_NULL(list.keys);
}

static void
test_same(void)
{
	static const struct { size_t column; const char *field; bool same; } cases[] = {
		{ 0, "other.", true }, { 1, "m", false }, { 1, "-", false }, { 2, "02", false },
		{ 2, "0100", false }, { 2, "-", false }, { 3, "zsk", true }, { 4, "RSASHA512", false },
		{ 4, "-", true }, { 5, "4096", false }, { 5, "-", true }, { 6, "3", false },
		{ 6, "-", true }, { 7, "9", true }, { 8, "-", true }, { 10, "p", true }, { 11, "-", true },
	};
	struct keylist	 list = KEYLIST_EMPTY;
	size_t		 i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		CU_ASSERT_EQUAL_FATAL(parse(&list, with(12, "")), ACCEPT);
		CU_ASSERT_EQUAL_FATAL(parse(&list, with(cases[i].column, cases[i].field)), ACCEPT);
		CU_ASSERT_EQUAL(keyline_same(&list.keys[0], &list.keys[1]), cases[i].same);
		CU_ASSERT_EQUAL(keyline_same(&list.keys[1], &list.keys[0]), cases[i].same);
		keylist_clear(&list);
	}
}

static void
test_order(void)
{
	/* ascending: by id, then by label, then by tag */
	static const struct { size_t column; const char *field; } up[] = {
		{ 2, "-" }, { 2, "0000" }, { 2, "00ff" }, { 1, "-" }, { 1, "k" }, { 6, "-" }, { 6, "0" },
		{ 6, "1" }, { 6, "2" }, { 1, "la" }, { 2, "0100" }, { 2, "02" }
	};
	struct keylist	 list = KEYLIST_EMPTY;
	size_t		 i, n = sizeof(up) / sizeof(up[0]);

	for (i = n; i-- > 0;)
		CU_ASSERT_EQUAL_FATAL(parse(&list, with(up[i].column, up[i].field)), ACCEPT);
	for (i = 0; i + 1 < n; i++)
		CU_ASSERT(keyline_compare(&list.keys[i], &list.keys[i + 1]) > 0);
	keylist_sort(&list);
	for (i = 0; i + 1 < n; i++)
		CU_ASSERT(keyline_compare(&list.keys[i], &list.keys[i + 1]) < 0);
	CU_ASSERT_EQUAL(keyline_compare(&list.keys[0], &list.keys[0]), 0);
	keylist_clear(&list);
}

static void
test_copy(void)
{
	struct keylist	 list = KEYLIST_EMPTY, again = KEYLIST_EMPTY;
	struct buf	 a = BUF_EMPTY, b = BUF_EMPTY;
	size_t		 i;

	CU_ASSERT_EQUAL_FATAL(parse(&list, TOKEN ONE TWO BARE), ACCEPT);
	for (i = 0; i < list.n; i++) {
		struct keyline	*k = keylist_add(&again);

		CU_ASSERT_PTR_NOT_NULL_FATAL(k);
		CU_ASSERT_EQUAL(keyline_copy(k, &list.keys[i]), 0);
		CU_ASSERT_EQUAL(k->token, SIZE_MAX);
		CU_ASSERT_EQUAL(keyline_print(&a, &list.keys[i]), 0);
		CU_ASSERT_EQUAL(keyline_print(&b, k), 0);
	}
	CU_ASSERT_STRING_EQUAL((char *)a.data, (char *)b.data);
	CU_ASSERT_STRING_EQUAL((char *)a.data, ONE TWO BARE);
	keylist_clear(&list);
	keylist_clear(&again);
	buf_free(&a);
	buf_free(&b);
}

static void
test_json(void)
{
	struct keylist	 list = KEYLIST_EMPTY;
	struct buf	 out = BUF_EMPTY;

	CU_ASSERT_EQUAL_FATAL(parse(&list, TOKEN TWO BARE), ACCEPT);
	CU_ASSERT_EQUAL(keytoken_json(&out, &list.tokens[0]), 0);
	CU_ASSERT_EQUAL(keyline_json(&out, &list.keys[0]), 0);
	CU_ASSERT_EQUAL(keyline_json(&out, &list.keys[1]), 0);
	CU_ASSERT_STRING_EQUAL((char *)out.data, "{\"label\":\"root\",\"serial\":\"1a2b\","
	    "\"model\":\"SoftHSM%20v2\",\"firmware\":\"2.6\",\"identity\":null,\"fingerprint\":null}"
	    "{\"zone\":\"example.\",\"label\":\"zsk%201\",\"id\":\"0b\",\"role\":\"zsk\","
	    "\"algorithm\":\"ED25519\",\"size\":256,\"tag\":7,\"revoked_tag\":135,"
	    "\"from\":\"2027-01-01\",\"until\":\"2027-04-01\",\"flags\":\"pP\",\"archive\":null}"
	    "{\"zone\":null,\"label\":null,\"id\":null,\"role\":null,\"algorithm\":null,"
	    "\"size\":null,\"tag\":null,\"revoked_tag\":null,\"from\":null,\"until\":null,"
	    "\"flags\":null,\"archive\":null}");
	keylist_clear(&list);
	buf_free(&out);
}

int
main(void)
{
	static const struct test tests[] = {
		TEST(test_fields), TEST(test_print), TEST(test_several), TEST(test_identity), TEST(test_bad_fields),
		TEST(test_bad_files), TEST(test_same), TEST(test_order), TEST(test_copy),
		TEST(test_json),
	};
	int	 rv = run_tests("keylist", tests, sizeof(tests) / sizeof(tests[0]));

	report_free(&rep);
	return rv;
}
