/* Passphrases in words, and the sheet that they stand on. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <CUnit/Basic.h>

#include "act/sheet.h"
#include "base/words.h"
#include "fixture.h"

#define N	9

static struct seal_manifest *
manifest(void)
{
	struct seal_manifest *m = must(calloc(1, sizeof(*m)));
	size_t		 i;

	CU_ASSERT_EQUAL_FATAL(dname_parse(&m->zone, "example.org"), 0);
	m->v = must(calloc(N, sizeof(*m->v)));
	m->n = m->slots = N;
	for (i = 0; i < N; i++) {
		m->v[i].slot = i + 1;
		m->v[i].inception = START + (int64_t)i * INTERVAL;
		m->v[i].expiration = START + (int64_t)i * INTERVAL + VALIDITY;
	}
	return m;
}

/* Sixteen words of the list in their columns, and not the same ones twice. */
static void
test_passphrases(void)
{
	struct sheet	*s = must(sheet_new(N));
	unsigned	 seen[256] = { 0 }, distinct = 0;
	size_t		 i, w, len;

	for (i = 0; i < N; i++) {
		const struct secret p = sheet_passphrase(s, i);
		const char	*at = p.text;

		CU_ASSERT_TRUE(p.len > 16 * 4 && p.len <= SECRET_MAX);
		for (w = 0; w < SHEET_WORDS; w++) {
			int	 byte;

			len = strcspn(at, " ");
			if (w == SHEET_WORDS - 1)
				len = p.len - (size_t)(at - p.text);
			byte = words_byte(at, len, w);
			CU_ASSERT_TRUE_FATAL(byte >= 0);
			distinct += seen[byte]++ == 0;
			at += len + 1;
		}
		CU_ASSERT_EQUAL(at - p.text, (long)p.len + 1);
	}
	CU_ASSERT_TRUE(distinct > 60);		/* of 144 draws from 256: 110 or so */
	sheet_free(s);
	sheet_free(NULL);
	CU_ASSERT_PTR_NULL(sheet_new(0));
	CU_ASSERT_PTR_NULL(sheet_new(SEAL_SLOTS + 1));
}

/* The lines with two blanks before them, together, are the passphrase. */
static void
test_print(void)
{
	struct sheet	*s = must(sheet_new(N));
	struct seal_manifest *m = manifest();
	struct buf	 text;
	const char	*at;
	size_t		 i;

	CU_ASSERT_EQUAL_FATAL(sheet_print(&text, s, m), 0);
	CU_ASSERT_EQUAL(strlen((const char *)text.data), text.len);
	CU_ASSERT_PTR_NOT_NULL(strstr((const char *)text.data, "\nzone example.org.\n"));
	at = (const char *)text.data;
	for (i = 0; i < N; i++) {
		const struct secret p = sheet_passphrase(s, i);
		char		 joined[SECRET_MAX + 1] = "", *end;

		at = must(strstr(at, "\nfile example.org-"));
		at = must(strchr(at + 1, '\n'));
		CU_ASSERT_EQUAL(strncmp(at - 4, ".cms\n  ", 7), 0);
		end = must(strchr(at + 3, '\n'));
		snprintf(joined, sizeof(joined), "%.*s", (int)(end - at - 3), at + 3);
		/* Eight words at most, of up to 9 and 11 letters by turns. */
		CU_ASSERT_TRUE(strlen(joined) <= 4 * (9 + 11) + 7);
		at = end;
		CU_ASSERT_EQUAL(strncmp(at, "\n  ", 3), 0);
		end = must(strchr(at + 3, '\n'));
		snprintf(joined + strlen(joined), sizeof(joined) - strlen(joined), " %.*s",
		    (int)(end - at - 3), at + 3);
		CU_ASSERT_EQUAL(strlen(joined), p.len);
		CU_ASSERT_EQUAL(strncmp(joined, p.text, p.len), 0);
		at = end;
	}
	m->n--;
	CU_ASSERT_EQUAL(sheet_print(&text, s, m), -1);
	seal_manifest_free(m);
	sheet_free(s);
}

static void
tidied(const char *typed, const char *want)
{
	struct secret	 s = SECRET_EMPTY;

	CU_ASSERT_EQUAL_FATAL(secret_set(&s, typed, strlen(typed)), 0);
	sheet_tidy(&s);
	CU_ASSERT_STRING_EQUAL(s.text, want);
	CU_ASSERT_EQUAL(s.len, strlen(want));
	secret_free(&s);
}

#define WORDS	"algol apollo absurd adviser accrue aftermath acme aggregate " \
		"adrift alkali adult almighty zulu yucatan ahead amusement"

static void
test_tidy(void)
{
	tidied(WORDS, WORDS);
	tidied("  Algol APOLLO absurd adviser accrue aftermath acme aggregate\t"
	    "adrift alkali adult almighty Zulu  Yucatan ahead amusement ", WORDS);
	tidied("Algol apollo", "Algol apollo");
	tidied("Correct Horse", "Correct Horse");
	tidied(WORDS " absurd", WORDS " absurd");
	tidied("Apollo algol absurd adviser accrue aftermath acme aggregate "
	    "adrift alkali adult almighty zulu yucatan ahead amusement",
	    "Apollo algol absurd adviser accrue aftermath acme aggregate "
	    "adrift alkali adult almighty zulu yucatan ahead amusement");
	tidied("  ", "  ");
}

int
main(void)
{
	static const struct test tests[] = {
		TEST(test_passphrases),
		TEST(test_print),
		TEST(test_tidy),
	};

	return run_tests("sheet", tests, sizeof(tests) / sizeof(tests[0]));
}
