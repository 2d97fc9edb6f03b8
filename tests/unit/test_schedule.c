#include <stdlib.h>
#include <string.h>

#include <CUnit/Basic.h>

#include "act/schedule.h"
#include "fixture.h"

/* A section with the root's numbers. */
static struct zsk_section
section(void)
{
	return (struct zsk_section){
		.domain = (char *)(uintptr_t)".", .algorithm = ECDSAP256SHA256, .ttl = 172800,
		.slots = SLOTS, .interval = INTERVAL, .validity = VALIDITY,
		.publish_safety = 10 * DAY, .retire_safety = 10 * DAY,
	};
}

static int64_t
quarter(const char *text)
{
	int64_t	 t = -1;

	return schedule_quarter(&t, text) == 0 ? t : -1;
}

static void
test_quarter(void)
{
	static const char *const bad[] = {
		"", "2030", "2030q", "2030q0", "2030q5", "2030q11", "230q1", "2030-1", "2030qq",
		"q2030", "20x0q1", "1969q4", "2107q1", " 2030q1", "2030q1 ", "-203q1",
	};
	size_t	 i;

	CU_ASSERT_EQUAL(quarter("2030q1"), START);
	CU_ASSERT_EQUAL(quarter("2030Q2"), START + 90 * DAY);
	CU_ASSERT_EQUAL(quarter("2030q4"), START + 273 * DAY);
	CU_ASSERT_EQUAL(quarter("1970q1"), 0);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		CU_ASSERT_EQUAL(quarter(bad[i]), -1);
}

static void
test_cycles(void)
{
	struct zsk_section z = section();
	struct report	 r = REPORT_EMPTY;
	struct cycle	 c[5];
	char		 name[ISOTIME_SIZE];

	CU_ASSERT_EQUAL(schedule_cycles(c, 5, &z, START, "p", &r), ACCEPT);
	CU_ASSERT_EQUAL(c[0].start, START);
	CU_ASSERT_EQUAL(c[0].end, START + 90 * DAY);
	CU_ASSERT_EQUAL(c[4].start, START + 365 * DAY);
	CU_ASSERT_STRING_EQUAL(schedule_name(name, &z, &c[0]), "2030q1");
	CU_ASSERT_STRING_EQUAL(schedule_name(name, &z, &c[3]), "2030q4");
	CU_ASSERT_STRING_EQUAL(schedule_name(name, &z, &c[4]), "2031q1");
	CU_ASSERT_EQUAL(schedule_inception(&z, &c[0], 0), START);
	CU_ASSERT_EQUAL(schedule_inception(&z, &c[0], 8), START + 80 * DAY);
	CU_ASSERT_EQUAL(schedule_inception(&z, &c[1], 9), c[1].end);
	CU_ASSERT_EQUAL(schedule_cycles(c, 1, &z, START + DAY, "p", &r), FAULT);
	CU_ASSERT_TRUE(report_has(&r, FAULTY, NULL, "none starts at 2030-01-02T00:00:00Z"));
	CU_ASSERT_EQUAL(schedule_cycles(c, 1, &z, quarter("2105q4"), "p", &r), ACCEPT);
	CU_ASSERT_EQUAL(schedule_cycles(c, 2, &z, quarter("2105q4"), "p", &r), FAULT);
	CU_ASSERT_TRUE(report_has(&r, FAULTY, NULL, "beyond the last instant"));
	z.interval = ISOTIME_MAX;
	CU_ASSERT_EQUAL(schedule_cycles(c, 1, &z, START, "p", &r), FAULT);
	z = section();
	z.cycle = 90 * DAY;
	CU_ASSERT_EQUAL(schedule_cycles(c, 2, &z, START + DAY, "p", &r), ACCEPT);
	CU_ASSERT_EQUAL(c[1].start, START + 91 * DAY);
	CU_ASSERT_STRING_EQUAL(schedule_name(name, &z, &c[1]), "2030-04-02");
	CU_ASSERT_EQUAL(schedule_cycles(c, 1, &z, START + 1, "p", &r), FAULT);
	CU_ASSERT_TRUE(report_has(&r, FAULTY, NULL, "whole days starts at 00:00"));
	z.cycle = 90 * DAY + 1;			/* as in a rehearsal */
	CU_ASSERT_EQUAL(schedule_cycles(c, 1, &z, START + 1, "p", &r), ACCEPT);
	CU_ASSERT_EQUAL(c[0].end, START + 90 * DAY + 2);
	z.cycle = 80 * DAY;
	report_free(&r);
	CU_ASSERT_EQUAL(schedule_cycles(c, 1, &z, START, "p", &r), REFUSE);
	CU_ASSERT_STRING_EQUAL(broken_rules(&r), "KSR-CHAIN-OVERLAP");
	report_free(&r);
}

/* A key of a letter, active on days counted from the start; NEVER: not stated. */
#define NEVER	INT32_MAX

static void
put(struct zsks *keys, char letter, uint8_t algorithm, int from, int until)
{
	static const char *const names[] = { "A", "B", "C", "D", "E" };
	struct zsk	*k;

	keys->v = must(realloc(keys->v, (keys->n + 1) * sizeof(*keys->v)));
	k = &keys->v[keys->n++];
	memset(k, 0, sizeof(*k));
	k->name = copy_of(names[letter - 'A']);
	k->algorithm = algorithm;
	k->from = from == NEVER ? INT64_MIN : START + from * DAY;
	k->until = until == NEVER ? INT64_MAX : START + until * DAY;
	k->at.input = "list";
	k->key = (struct key){ .identifier = copy_of(names[letter - 'A']), .flags = DNSKEY_ZSK,
	    .protocol = DNSKEY_PROTOCOL, .algorithm = algorithm, .ttl = 172800 };
	k->key.public = must(calloc(1, 64));
	k->key.public[0] = (unsigned char)letter;
	k->key.len = 64;
	k->key.tag = key_tag(&k->key);
}

/* The lineup of n cycles as letters, a blank between slots, a bar between cycles; or the broken rules. */
static const char *
lined(struct zsks *keys, const struct zsk_section *z, size_t n, unsigned second)
{
	static char	 out[512];
	struct report	 r = REPORT_EMPTY;
	struct lineup	 l = LINEUP_EMPTY;
	struct cycle	 c[4];
	size_t		 i, s, k, len = 0;

	CU_ASSERT_EQUAL_FATAL(schedule_cycles(c, n, z, START, "p", &r), ACCEPT);
	if (lineup_by_spans(&l, keys, z, c, n, second, &r) != ACCEPT)
		snprintf(out, sizeof(out), "%s", broken_rules(&r));
	else
		for (i = 0; i < n; i++)
			for (s = 0; s < l.nslots; s++) {
				if (len > 0)
					out[len++] = s == 0 ? '|' : ' ';
				for (k = 0; k < keys->n; k++)
					if (*lineup_at(&l, i, s, k))
						out[len++] = keys->v[k].name[0];
				out[len] = '\0';
			}
	lineup_clear(&l);
	report_free(&r);
	zsks_clear(keys);
	return out;
}

#define EC	ECDSAP256SHA256

static void
test_lineup(void)
{
	struct zsk_section z = section();
	struct zsks	 k = ZSKS_EMPTY;

	put(&k, 'A', EC, -92, 0);
	put(&k, 'B', EC, 0, 90);
	put(&k, 'C', EC, 90, 181);
	CU_ASSERT_STRING_EQUAL(lined(&k, &z, 1, 0), "AB B B B B B B B BC");
	put(&k, 'D', EC, 181, 273);
	put(&k, 'C', EC, 90, 181);
	put(&k, 'B', EC, 0, 90);
	put(&k, 'A', EC, -92, 0);
	CU_ASSERT_STRING_EQUAL(lined(&k, &z, 2, 0), "BA B B B B B B B CB|CB C C C C C C C DC");
	put(&k, 'A', EC, NEVER, NEVER);
	CU_ASSERT_STRING_EQUAL(lined(&k, &z, 1, 0), "A A A A A A A A A");
	put(&k, 'A', EC, NEVER, NEVER);
	put(&k, 'B', EC, 30, NEVER);
	CU_ASSERT_STRING_EQUAL(lined(&k, &z, 1, 0), "A A AB AB B B B B B");
	put(&k, 'A', EC, -10, 15);
	put(&k, 'B', EC, 15, NEVER);
	CU_ASSERT_STRING_EQUAL(lined(&k, &z, 1, 0), "AB AB AB B B B B B B");
	z.publish_safety = z.retire_safety = 0;
	put(&k, 'A', EC, NEVER, 50);
	put(&k, 'B', EC, 50, NEVER);
	CU_ASSERT_STRING_EQUAL(lined(&k, &z, 1, 0), "A A A A A B B B B");
	z.publish_safety = z.retire_safety = 20 * DAY;
	put(&k, 'A', EC, NEVER, 50);
	put(&k, 'B', EC, 50, NEVER);
	CU_ASSERT_STRING_EQUAL(lined(&k, &z, 1, 0), "A A A AB AB AB AB B B");
}

/* What the next cycle's first slot has, this one's last has already. */
static void
test_ahead(void)
{
	struct zsk_section z = section();
	struct zsks	 k = ZSKS_EMPTY;

	put(&k, 'A', EC, NEVER, 100);
	put(&k, 'B', EC, 100, NEVER);
	CU_ASSERT_STRING_EQUAL(lined(&k, &z, 1, 0), "A A A A A A A A AB");
	put(&k, 'A', EC, NEVER, 110);
	put(&k, 'B', EC, 110, NEVER);
	CU_ASSERT_STRING_EQUAL(lined(&k, &z, 1, 0), "A A A A A A A A A");
	put(&k, 'A', EC, NEVER, 109);
	put(&k, 'B', EC, 109, NEVER);
	CU_ASSERT_STRING_EQUAL(lined(&k, &z, 1, 0), "A A A A A A A A AB");
	/* and the key that was active at the end of a cycle is not gone at once */
	z.retire_safety = 0;
	put(&k, 'A', EC, NEVER, 90);
	put(&k, 'B', EC, 90, 181);
	put(&k, 'C', EC, 181, NEVER);
	CU_ASSERT_STRING_EQUAL(lined(&k, &z, 2, 0), "A A A A A A A A AB|AB B B B B B B B BC");
	z.publish_safety = 0;
	put(&k, 'A', EC, NEVER, 90);
	put(&k, 'B', EC, 90, NEVER);
	CU_ASSERT_STRING_EQUAL(lined(&k, &z, 2, 0), "A A A A A A A A AB|AB B B B B B B B B");
	z.publish_safety = z.retire_safety = 10 * DAY;
	/* one slot a cycle: the next one is in force as long as this one */
	z.slots = 1;
	z.cycle = 20 * DAY;
	put(&k, 'A', EC, NEVER, 45);
	put(&k, 'B', EC, 45, NEVER);
	CU_ASSERT_STRING_EQUAL(lined(&k, &z, 2, 0), "AB|AB");
}

static void
test_refused(void)
{
	struct zsk_section z = section();
	struct zsks	 k = ZSKS_EMPTY;

	/* a hole; keys that end, and the instant from which on they must reach */
	put(&k, 'A', EC, NEVER, 40);
	put(&k, 'B', EC, 41, NEVER);
	CU_ASSERT_STRING_EQUAL(lined(&k, &z, 1, 0), "KSR-ZSK-SAFETY");
	put(&k, 'A', EC, 0, 109);
	CU_ASSERT_STRING_EQUAL(lined(&k, &z, 1, 0), "KSR-ZSK-SAFETY");
	put(&k, 'A', EC, 0, 110);
	CU_ASSERT_STRING_EQUAL(lined(&k, &z, 1, 0), "A A A A A A A A A");
	put(&k, 'A', EC, 1, NEVER);
	CU_ASSERT_STRING_EQUAL(lined(&k, &z, 1, 0), "KSR-ZSK-SAFETY");
	CU_ASSERT_STRING_EQUAL(lined(&k, &z, 1, 0), "KSR-ZSK-SAFETY");	/* none at all */
	/* two at once */
	put(&k, 'A', EC, NEVER, 41);
	put(&k, 'B', EC, 40, NEVER);
	CU_ASSERT_STRING_EQUAL(lined(&k, &z, 1, 0), "KSR-ZSK-SAFETY");
	put(&k, 'A', EC, NEVER, NEVER);
	put(&k, 'B', EC, NEVER, NEVER);
	CU_ASSERT_STRING_EQUAL(lined(&k, &z, 1, 0), "KSR-ZSK-SAFETY");
	put(&k, 'A', EC, NEVER, NEVER);
	put(&k, 'B', EC, 40, 50);
	CU_ASSERT_STRING_EQUAL(lined(&k, &z, 1, 0), "KSR-ZSK-SAFETY");	/* B ends, and A has */
	/* two at once, and between their beginnings one that stands nowhere any more */
	put(&k, 'A', EC, -400, 150);
	put(&k, 'B', EC, -350, -300);
	put(&k, 'C', EC, 90, NEVER);
	CU_ASSERT_STRING_EQUAL(lined(&k, &z, 1, 0), "KSR-ZSK-SAFETY");
	/* an algorithm pauses, whatever another one does; or it ends */
	put(&k, 'A', EC, NEVER, 90);
	put(&k, 'B', EC, 181, NEVER);
	put(&k, 'C', RSASHA256, NEVER, NEVER);
	CU_ASSERT_STRING_EQUAL(lined(&k, &z, 1, RSASHA256), "KSR-ZSK-SAFETY");
	put(&k, 'A', EC, NEVER, 90);
	put(&k, 'C', RSASHA256, NEVER, NEVER);
	CU_ASSERT_STRING_EQUAL(lined(&k, &z, 1, RSASHA256), "AC AC AC AC AC AC AC AC AC");
	/* long ago, or long after: left aside */
	put(&k, 'A', EC, -400, -300);
	put(&k, 'B', EC, -350, -200);
	put(&k, 'C', EC, -20, NEVER);
	put(&k, 'D', EC, 300, 310);
	CU_ASSERT_STRING_EQUAL(lined(&k, &z, 1, 0), "C C C C C C C C C");
}

static void
test_algorithms(void)
{
	struct zsk_section z = section();
	struct zsks	 k = ZSKS_EMPTY;

	put(&k, 'A', EC, NEVER, NEVER);
	put(&k, 'B', ED25519, NEVER, NEVER);
	CU_ASSERT_STRING_EQUAL(lined(&k, &z, 1, 0), "KSR-POLICY-ALG");
	put(&k, 'A', EC, NEVER, NEVER);
	put(&k, 'B', ED25519, NEVER, NEVER);
	CU_ASSERT_STRING_EQUAL(lined(&k, &z, 1, RSASHA256), "KSR-POLICY-ALG");
	put(&k, 'A', EC, NEVER, NEVER);
	put(&k, 'B', ED25519, NEVER, NEVER);
	CU_ASSERT_STRING_EQUAL(lined(&k, &z, 1, ED25519), "AB AB AB AB AB AB AB AB AB");
	put(&k, 'A', EC, NEVER, NEVER);
	put(&k, 'B', ED25519, 300, NEVER);
	CU_ASSERT_STRING_EQUAL(lined(&k, &z, 1, 0), "A A A A A A A A A");
	/* one takes over from the other: no hole, as long as one is there */
	z.publish_safety = z.retire_safety = 0;
	put(&k, 'A', ED25519, NEVER, 60);
	put(&k, 'B', EC, 30, NEVER);
	CU_ASSERT_STRING_EQUAL(lined(&k, &z, 1, ED25519), "A A A AB AB AB B B B");
	put(&k, 'A', ED25519, NEVER, 30);
	put(&k, 'B', EC, 31, NEVER);
	CU_ASSERT_STRING_EQUAL(lined(&k, &z, 1, ED25519), "KSR-ZSK-SAFETY");
}

/* A previous SKR of these slots, each with these of the keys. */
static struct skr *
previous(const struct zsks *keys, const char *slots)
{
	struct skr	*s = must(calloc(1, sizeof(*s)));
	struct bundle	*b = NULL;
	size_t		 i;

	s->input = copy_of("prev");
	s->id = copy_of("prev");
	for (i = 0; slots[i] != '\0'; i++) {
		if (i == 0 || slots[i] == ' ')
			b = must(bundles_add(&s->bundles));
		if (slots[i] != ' ')
			put_key(b, &keys->v[slots[i] - 'A'].key);
	}
	return s;
}

/* Slot 1 after this previous SKR, as letters, or the broken rules. */
static const char *
continued(struct zsks *keys, const char *slots)
{
	static char	 out[64];
	struct zsk_section z = section();
	struct report	 r = REPORT_EMPTY;
	struct lineup	 l = LINEUP_EMPTY;
	struct skr	*prev = previous(keys, slots);
	struct cycle	 c;
	size_t		 k, len = 0;

	CU_ASSERT_EQUAL_FATAL(schedule_cycles(&c, 1, &z, START, "p", &r), ACCEPT);
	CU_ASSERT_EQUAL_FATAL(lineup_by_spans(&l, keys, &z, &c, 1, 0, &r), ACCEPT);
	if (lineup_continue(&l, keys, prev, &r) != ACCEPT)
		snprintf(out, sizeof(out), "%s", broken_rules(&r));
	else
		for (k = 0; k < keys->n; k++)
			if (*lineup_at(&l, 0, 0, k))
				out[len++] = keys->v[k].name[0];
	if (len > 0)
		out[len] = '\0';
	lineup_clear(&l);
	report_free(&r);
	skr_free(prev);
	zsks_clear(keys);
	return out;
}

static void
test_continue(void)
{
	struct zsks	 k = ZSKS_EMPTY;

	put(&k, 'A', EC, -92, 0);
	put(&k, 'B', EC, 0, NEVER);
	CU_ASSERT_STRING_EQUAL(continued(&k, "A A AB"), "AB");
	put(&k, 'A', EC, -92, 0);
	put(&k, 'B', EC, 0, NEVER);
	CU_ASSERT_STRING_EQUAL(continued(&k, "A A A"), "KSR-CHAIN-KEYS");	/* B is new */
	/* by its span A is gone long since, but it was the active one */
	put(&k, 'A', EC, -92, -30);
	put(&k, 'B', EC, -30, NEVER);
	CU_ASSERT_STRING_EQUAL(continued(&k, "A A AB"), "AB");
	put(&k, 'A', EC, -92, -30);
	put(&k, 'B', EC, -30, NEVER);
	CU_ASSERT_STRING_EQUAL(continued(&k, "A A A"), "KSR-CHAIN-KEYS");
}

static void
test_continues(void)
{
	struct zsks	 k = ZSKS_EMPTY;
	struct keyline	 line = { .tag = -1 };
	struct skr	*prev;

	put(&k, 'A', EC, NEVER, NEVER);
	put(&k, 'B', EC, NEVER, NEVER);
	prev = previous(&k, "A AB");
	CU_ASSERT_TRUE(zsk_continues(&k.v[0], prev));
	CU_ASSERT_FALSE(zsk_continues(&k.v[1], prev));
	/* without a public half: by its tag, or its name */
	free(k.v[0].key.public);
	k.v[0].key.public = NULL;
	CU_ASSERT_TRUE(zsk_continues(&k.v[0], prev));
	k.v[0].line = &line;
	CU_ASSERT_TRUE(zsk_continues(&k.v[0], prev));
	line.tag = key_tag(&prev->bundles.v[0].keys[0]);
	k.v[0].name[0] = 'Z';
	CU_ASSERT_TRUE(zsk_continues(&k.v[0], prev));
	line.tag++;
	CU_ASSERT_FALSE(zsk_continues(&k.v[0], prev));
	skr_free(prev);
	zsks_clear(&k);
	/* a key that is not there at all */
	put(&k, 'A', EC, NEVER, NEVER);
	prev = previous(&k, "A A");
	zsks_clear(&k);
	put(&k, 'B', EC, NEVER, NEVER);
	CU_ASSERT_FALSE(zsk_continues(&k.v[0], prev));
	skr_free(prev);
	zsks_clear(&k);
}

/* Sets of keys as a text has them, the first at this day from the start, ten days apart. */
static const char *
from_text(struct zsks *keys, const char *sets, int day)
{
	static char	 out[512];
	struct zsk_section z = section();
	struct report	 r = REPORT_EMPTY;
	struct lineup	 l = LINEUP_EMPTY;
	struct skr	*as = previous(keys, sets);
	struct textksr	 text = { .input = as->input, .sets = as->bundles };
	struct cycle	 c;
	size_t		 i, k, len = 0;

	for (i = 0; i < text.sets.n; i++) {
		text.sets.v[i].inception = START + (day + 10 * (int64_t)i) * DAY;
		text.sets.v[i].expiration = i + 1 == text.sets.n ? TEXT_FOREVER :
		    text.sets.v[i].inception + 10 * DAY;
	}
	keys->n -= 2;		/* D and E have no private half */
	CU_ASSERT_EQUAL_FATAL(schedule_cycles(&c, 1, &z, START, "p", &r), ACCEPT);
	if (lineup_by_text(&l, keys, &z, &c, 1, 0, &text, &r) != ACCEPT)
		snprintf(out, sizeof(out), "%s", broken_rules(&r));
	else
		for (i = 0; i < l.nslots; i++) {
			if (len > 0)
				out[len++] = ' ';
			for (k = 0; k < keys->n; k++)
				if (*lineup_at(&l, 0, i, k))
					out[len++] = keys->v[k].name[0];
			out[len] = '\0';
		}
	keys->n += 2;
	lineup_clear(&l);
	report_free(&r);
	skr_free(as);
	return out;
}

static void
test_text(void)
{
	struct zsks	 k = ZSKS_EMPTY;

	put(&k, 'A', EC, 0, 1);
	put(&k, 'B', EC, 0, 1);
	put(&k, 'C', ED25519, 0, 1);
	put(&k, 'D', EC, 0, 1);
	put(&k, 'E', EC, 0, 1);
	CU_ASSERT_STRING_EQUAL(from_text(&k, "A", -30), "A A A A A A A A A");
	CU_ASSERT_STRING_EQUAL(from_text(&k, "AB B AB", 0), "AB B AB AB AB AB AB AB AB");
	CU_ASSERT_STRING_EQUAL(from_text(&k, "AB B AB", -5), "AB B AB AB AB AB AB AB AB");
	CU_ASSERT_STRING_EQUAL(from_text(&k, "A B A", -10), "B A A A A A A A A");
	CU_ASSERT_STRING_EQUAL(from_text(&k, "A B", 1), "KSR-ZSK-SAFETY");
	CU_ASSERT_STRING_EQUAL(from_text(&k, "A D", 0), "KSR-BUNDLE-POP");
	CU_ASSERT_STRING_EQUAL(from_text(&k, "AC", 0), "KSR-POLICY-ALG");
	zsks_clear(&k);
}

int
main(void)
{
	static const struct test tests[] = {
		TEST(test_quarter), TEST(test_cycles), TEST(test_lineup), TEST(test_ahead),
		TEST(test_refused), TEST(test_algorithms), TEST(test_continue),
		TEST(test_continues), TEST(test_text),
	};

	return run_tests("schedule", tests, sizeof(tests) / sizeof(tests[0]));
}
