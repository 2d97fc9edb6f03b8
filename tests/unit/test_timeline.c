#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <CUnit/Basic.h>

#include "fixture.h"
#include "judge/timeline.h"

/* A key of one letter: capitals of algorithm 13, others of 15; "K" and "k" are KSKs. */
static struct key
letter_key(char letter)
{
	static unsigned char public[128];
	unsigned char	*p = &public[(unsigned char)letter];
	static char	 name[] = "key";
	bool		 ksk = letter == 'K' || letter == 'k';

	*p = (unsigned char)letter;
	return (struct key){
		.identifier = name, .flags = ksk ? DNSKEY_KSK : DNSKEY_ZSK,
		.protocol = DNSKEY_PROTOCOL, .public = p, .len = 1,
		.algorithm = letter <= 'Z' ? ECDSAP256SHA256 : ED25519,
	};
}

/* A word a slot, "-" without keys; "" no slot. */
static struct bundles
slots(const char *text, int64_t start)
{
	struct bundles	 all = { NULL, 0 };
	struct bundle	*b = NULL;
	struct key	 k;

	for (; *text != '\0'; text++) {
		if (b == NULL) {
			b = must(bundles_add(&all));
			b->inception = start + (int64_t)(all.n - 1) * INTERVAL;
			b->expiration = b->inception + VALIDITY;
		}
		if (*text == ' ') {
			b = NULL;
		} else if (*text != '-') {
			k = letter_key(*text);
			put_key(b, &k);
		}
	}
	return all;
}

static void
test_build(void)
{
	struct bundles	 before = slots("A A", START - 2 * INTERVAL), now = slots("A A A", START);
	struct timeline	 t = TIMELINE_EMPTY;
	size_t		 i;

	CU_ASSERT_EQUAL_FATAL(timeline_build(&t, &before, &now), 0);
	CU_ASSERT_EQUAL(t.n, 5);
	CU_ASSERT_EQUAL(t.first, 2);
	CU_ASSERT_EQUAL(t.disorder, 5);
	for (i = 0; i < t.n; i++) {
		CU_ASSERT_EQUAL(t.v[i].from, START + ((int64_t)i - 2) * INTERVAL);
		CU_ASSERT_EQUAL(t.v[i].until, t.v[i].from + (i == 4 ? VALIDITY : INTERVAL));
		CU_ASSERT_PTR_EQUAL(t.v[i].of, i < 2 ? &before : &now);
		CU_ASSERT_EQUAL(t.v[i].index, i < 2 ? i : i - 2);
		CU_ASSERT_PTR_EQUAL(t.v[i].bundle, &t.v[i].of->v[t.v[i].index]);
	}
	timeline_clear(&t);
	CU_ASSERT_PTR_NULL(t.v);
	timeline_clear(&t);
	CU_ASSERT_EQUAL_FATAL(timeline_build(&t, NULL, &now), 0);
	CU_ASSERT_EQUAL(t.n, 3);
	CU_ASSERT_EQUAL(t.first, 0);
	CU_ASSERT_EQUAL(t.disorder, 3);
	timeline_clear(&t);
	bundles_clear(&before);
	bundles_clear(&now);
}

static size_t
disorder_of(const struct bundles *before, const struct bundles *now)
{
	struct timeline	 t = TIMELINE_EMPTY;
	size_t		 found;

	CU_ASSERT_EQUAL_FATAL(timeline_build(&t, before, now), 0);
	found = t.disorder;
	timeline_clear(&t);
	return found;
}

static void
test_disorder(void)
{
	struct bundles	 before = slots("A A", START - 2 * INTERVAL), now = slots("A A A", START);
	struct bundles	 one = slots("A", START);

	CU_ASSERT_EQUAL(disorder_of(NULL, &one), 1);
	now.v[2].inception = now.v[1].inception + 1;
	CU_ASSERT_EQUAL(disorder_of(&before, &now), 5);
	now.v[2].inception--;
	CU_ASSERT_EQUAL(disorder_of(&before, &now), 4);
	CU_ASSERT_EQUAL(disorder_of(NULL, &now), 2);
	now.v[0].inception = before.v[1].inception;
	CU_ASSERT_EQUAL(disorder_of(&before, &now), 2);	/* the first of them */
	before.v[1].inception = before.v[0].inception - 1;
	CU_ASSERT_EQUAL(disorder_of(&before, &now), 1);
	bundles_clear(&before);
	bundles_clear(&now);
	bundles_clear(&one);
}

/* Read as a line: the active key's letter, "?" doubtful, "-" none. */
static const char *
reading(const char *text, uint8_t algorithm)
{
	static char	 out[64];
	struct bundles	 b = slots(text, START);
	struct reading	 r[32];
	size_t		 i;

	CU_ASSERT_TRUE_FATAL(b.n <= 32);
	zsk_read(r, &b, algorithm);
	for (i = 0; i < b.n; i++) {
		CU_ASSERT_FALSE(r[i].doubtful && r[i].active != NULL);
		out[i] = r[i].active != NULL ? (char)r[i].active->public[0] :
		    r[i].doubtful ? '?' : '-';
	}
	out[i] = '\0';
	bundles_clear(&b);
	return out;
}

static void
test_read(void)
{
	static const struct {
		const char	*slots;
		const char	*active;
	} all[] = {
		/* The root's quarter: the old key once more, and the next one already. */
		{ "AB B B B B B B B BC", "BBBBBBBBB" },
		{ "BA B B B B B B B CB", "BBBBBBBBB" },
		{ "A A A A A A A A AB", "AAAAAAAAA" },
		{ "A A A", "AAA" },
		{ "A", "A" },
		{ "AB", "?" },			/* one slot does not tell */
		{ "AB A", "AA" },
		{ "AB B", "BB" },
		{ "AB BC C", "BBC" },
		{ "AB AB AB", "???" },
		{ "AB AB A AB", "??AA" },
		{ "AB C", "?C" },
		{ "A B C", "ABC" },
		{ "A AB B", "AAB" },
		{ "A AB BC", "AA?" },
		{ "A BC B", "A?B" },
		{ "A ABC A", "A?A" },
		{ "A ABC AB A", "A??A" },	/* in doubt it stays until one stands alone */
		{ "ABC A A", "?AA" },
		{ "- A", "-A" },
		{ "A - AB A", "A-?A" },
		{ "- AB A", "-?A" },
		{ "- - -", "---" },
		{ "", "" },
		/* Neither KSKs nor other algorithms count. */
		{ "AKk AabK ABKab", "AAA" },
		{ "ABK BK BCK", "BBB" },
		{ "K K K", "---" },
		{ "a ab b", "---" },
	};
	size_t	 i;

	for (i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		CU_ASSERT_STRING_EQUAL(reading(all[i].slots, ECDSAP256SHA256), all[i].active);
	CU_ASSERT_STRING_EQUAL(reading("Aab Ab Abc", ED25519), "bbb");
	CU_ASSERT_STRING_EQUAL(reading("Aab Ab Abc", RSASHA256), "---");
}

/* The key told is that of its own slot, with its own line and TTL. */
static void
test_own_key(void)
{
	struct bundles	 b = slots("AB B BC", START);
	struct reading	 r[3];

	zsk_read(r, &b, ECDSAP256SHA256);
	CU_ASSERT_PTR_EQUAL(r[0].active, &b.v[0].keys[1]);
	CU_ASSERT_PTR_EQUAL(r[1].active, &b.v[1].keys[0]);
	CU_ASSERT_PTR_EQUAL(r[2].active, &b.v[2].keys[0]);
	bundles_clear(&b);
}

/* So many slots that quadratic work would take minutes. */
static void
test_linear(void)
{
	const size_t	 n = 200000;
	struct bundles	 two = slots("AB AB", START), b = { NULL, n };
	struct reading	*r = must(calloc(n, sizeof(*r)));
	clock_t		 begun = clock();
	size_t		 i;

	b.v = must(calloc(n, sizeof(*b.v)));
	for (i = 0; i < n; i++)
		b.v[i] = two.v[i % 2];
	b.v[0].nkeys = 1;
	zsk_read(r, &b, ECDSAP256SHA256);
	for (i = 0; i < n && r[i].active != NULL && r[i].active->public[0] == 'A'; i++)
		;
	CU_ASSERT_EQUAL(i, n);
	CU_ASSERT_TRUE(clock() - begun < 2 * CLOCKS_PER_SEC);
	free(r);
	free(b.v);
	bundles_clear(&two);
}

static struct zsk_uses *
load(const char *text, struct report *r)
{
	return zsk_uses_load(work_file("use", text, strlen(text)), r);
}

static void
test_uses(void)
{
	struct report	 r = REPORT_EMPTY;
	struct zsk_uses	*u;

	u = must(load("# practice of the operator\n"
	    "zsk-1 - 2030-01-15T00:00:00Z\n\n"
	    "zsk%202 2030-01-15T00:00:00 2030-01-15T00:00:01+00:00\n"
	    "\tzsk%2D3\t2030-01-20T00:00:00Z\t-\r\n"
	    "- - -\n", &r));
	CU_ASSERT_EQUAL_FATAL(u->n, 4);
	CU_ASSERT_STRING_EQUAL(u->v[0].identifier, "zsk-1");
	CU_ASSERT_EQUAL(u->v[0].from, INT64_MIN);
	CU_ASSERT_EQUAL(u->v[0].until, START + 14 * DAY);
	CU_ASSERT_EQUAL(u->v[0].line, 2);
	CU_ASSERT_STRING_EQUAL(u->v[1].identifier, "zsk 2");
	CU_ASSERT_EQUAL(u->v[1].from, START + 14 * DAY);
	CU_ASSERT_EQUAL(u->v[1].until, START + 14 * DAY + 1);
	CU_ASSERT_EQUAL(u->v[1].line, 4);
	CU_ASSERT_STRING_EQUAL(u->v[2].identifier, "zsk-3");
	CU_ASSERT_EQUAL(u->v[2].until, INT64_MAX);
	CU_ASSERT_STRING_EQUAL(u->v[3].identifier, "");
	CU_ASSERT_STRING_EQUAL(strrchr(u->input, '/'), "/use");
	CU_ASSERT_EQUAL(r.count, 0);
	zsk_uses_free(u);
	zsk_uses_free(NULL);
}

static void
test_bad_uses(void)
{
	static const struct {
		const char	*text;
		unsigned long	 line;
		const char	*said;
	} all[] = {
		{ "", 0, "is empty" },
		{ "# a - -\n", 0, "names no key" },
		{ "a - -\na -\n", 2, "2 fields, 3 are expected" },
		{ "a - - -\n", 1, "4 fields" },
		{ "a 2030-01-01 -\n", 1, "'2030-01-01' is not a time" },
		{ "a now -\n", 1, "'now' is not a time" },
		{ "a - 2030-02-30T00:00:00Z\n", 1, "is not a time" },
		{ "a - 2030-01-01T00:00:00+01:00\n", 1, "is not a time" },
		{ "a 2030-01-02T00:00:00Z 2030-01-01T00:00:00Z\n", 1, "ends before it begins" },
		{ "a 2030-01-01T00:00:00Z 2030-01-01T00:00:00Z\n", 1, "ends before it begins" },
		{ "a%2 - -\n", 1, "a bad %XX" },
		{ "a%00 - -\n", 1, "a bad %XX" },
	};
	struct report	 r = REPORT_EMPTY;
	size_t		 i;

	for (i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		CU_ASSERT_PTR_NULL(load(all[i].text, &r));
		CU_ASSERT_EQUAL_FATAL(r.count, 1);
		CU_ASSERT_TRUE(report_has(&r, FAULTY, NULL, all[i].said));
		CU_ASSERT_EQUAL(r.findings[0].line, all[i].line);
		report_free(&r);
	}
	CU_ASSERT_PTR_NULL(zsk_uses_load("/nonexistent/use", &r));
	CU_ASSERT_EQUAL(report_verdict(&r), FAULT);
	report_free(&r);
}

/* Spans as a line: letters, and the numbers of the first and last slot; "?" and a slot: doubtful. */
static const char *
spans_of(const char *before, const char *now)
{
	static char	 out[256];
	struct bundles	 all[2] = { slots(before, START - 2 * INTERVAL), slots(now, START) };
	struct zsk_spans spans;
	struct timeline	 t;
	size_t		 i, n = 0;

	CU_ASSERT_EQUAL_FATAL(timeline_build(&t, all[0].n > 0 ? &all[0] : NULL, &all[1]), 0);
	CU_ASSERT_EQUAL_FATAL(zsk_spans_build(&spans, &t, NULL), 0);
	*out = '\0';
	for (i = 0; i < spans.n; i++) {
		const struct zsk_span *s = &spans.v[i];

		n += (size_t)sprintf(out + n, "%s%c", i > 0 ? " " : "", s->key->public[0]);
		if (s->from != INT64_MIN)
			n += (size_t)sprintf(out + n, "%d", (int)((s->from - START) / INTERVAL));
		n += (size_t)sprintf(out + n, "-");
		if (s->until != INT64_MAX)
			n += (size_t)sprintf(out + n, "%d", (int)((s->until - START) / INTERVAL));
	}
	for (i = 0; i < spans.ndoubts; i++)
		n += (size_t)sprintf(out + n, " %u?%zu", spans.doubts[i].algorithm,
		    spans.doubts[i].slot);
	zsk_spans_clear(&spans);
	CU_ASSERT_PTR_NULL(spans.v);
	timeline_clear(&t);
	bundles_clear(&all[0]);
	bundles_clear(&all[1]);
	return out;
}

static void
test_spans(void)
{
	static const struct {
		const char	*before, *now, *spans;
	} all[] = {
		{ "", "A A A", "A-" },
		{ "", "AB B BC C", "B-3 C3-" },
		{ "A AB", "AB B BC", "A-0 B0-" },
		{ "A AB", "B B B", "A-0 B0-" },
		{ "A A", "ABC A A", "A-0 A1- 13?2" },
		{ "AB AB", "A A A", "A0- 13?0 13?1" },
		{ "A A", "A - A", "A-1 A2-" },
		{ "Aa Aab", "ABab Bb Bb", "A-0 B0- a-0 b0-" },
		{ "", "K K K", "" },
	};
	size_t	 i;

	for (i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		CU_ASSERT_STRING_EQUAL(spans_of(all[i].before, all[i].now), all[i].spans);
}

/* Stated spans, and the first instant, by slot and algorithm, of which nothing is stated. */
static void
test_stated(void)
{
	struct zsk_use	 use[] = {
		{ copy_of("key"), INT64_MIN, START + INTERVAL, 1 },
		{ copy_of("nobody"), START, INT64_MAX, 2 },
		{ copy_of("key"), START + INTERVAL + 1, INT64_MAX, 3 },
	};
	struct zsk_uses	 uses = { NULL, use, 3 };
	struct bundles	 now = slots("A A A", START);
	struct zsk_spans spans;
	struct timeline	 t;
	size_t		 i;

	CU_ASSERT_EQUAL_FATAL(timeline_build(&t, NULL, &now), 0);
	CU_ASSERT_EQUAL_FATAL(zsk_spans_build(&spans, &t, &uses), 0);
	CU_ASSERT_EQUAL_FATAL(spans.n, 3);
	CU_ASSERT_EQUAL(spans.v[0].key->public[0], 'A');
	CU_ASSERT_PTR_NULL(spans.v[1].key);
	CU_ASSERT_EQUAL(spans.v[2].from, START + INTERVAL + 1);
	CU_ASSERT_EQUAL_FATAL(spans.ndoubts, 1);
	CU_ASSERT_EQUAL(spans.doubts[0].slot, 1);
	CU_ASSERT_EQUAL(spans.doubts[0].algorithm, ECDSAP256SHA256);
	CU_ASSERT_EQUAL(spans.doubts[0].instant, START + INTERVAL);
	zsk_spans_clear(&spans);
	use[2].from--;
	CU_ASSERT_EQUAL_FATAL(zsk_spans_build(&spans, &t, &uses), 0);
	CU_ASSERT_EQUAL(spans.ndoubts, 0);
	zsk_spans_clear(&spans);
	use[2].until = START + 2 * INTERVAL + VALIDITY - 1;
	CU_ASSERT_EQUAL_FATAL(zsk_spans_build(&spans, &t, &uses), 0);
	CU_ASSERT_EQUAL_FATAL(spans.ndoubts, 1);
	CU_ASSERT_EQUAL(spans.doubts[0].slot, 2);
	CU_ASSERT_EQUAL(spans.doubts[0].instant, use[2].until);
	zsk_spans_clear(&spans);
	timeline_clear(&t);
	bundles_clear(&now);
	for (i = 0; i < 3; i++)
		free(use[i].identifier);
}

static void
test_showing(void)
{
	const struct delays d = { 6 * DAY, HOUR, 2 * HOUR };
	struct bundles	 now = slots("A A", START);
	struct showing	 s;
	struct timeline	 t;
	size_t		 i;

	for (i = 0; i < now.n; i++)
		now.v[i].keys[0].ttl = 2 * DAY;
	CU_ASSERT_EQUAL_FATAL(timeline_build(&t, NULL, &now), 0);
	s = timeline_showing(&t, 0, &d);
	CU_ASSERT_EQUAL(s.from, START + 2 * HOUR);
	CU_ASSERT_EQUAL(s.until, START + INTERVAL + 2 * HOUR);
	CU_ASSERT_EQUAL(s.latest, START + VALIDITY - HOUR);
	CU_ASSERT_EQUAL(s.gone, START + INTERVAL + 2 * DAY + 3 * HOUR);
	CU_ASSERT_EQUAL(s.ttl, 2 * DAY);
	s = timeline_showing(&t, 1, &d);
	CU_ASSERT_EQUAL(s.until, START + INTERVAL + VALIDITY - HOUR);
	CU_ASSERT_EQUAL(s.gone, START + INTERVAL + VALIDITY);
	timeline_clear(&t);
	bundles_clear(&now);
}

/* A small schedule by chance: instants are single seconds here. */
struct chance {
	struct bundles	 all[2];
	struct timeline	 t;
	struct delays	 d;
	struct zsk_span	 span;		/* as timeline_signing() gives it */
};

static void
chance_slots(struct bundles *b, size_t n, int64_t *at)
{
	struct key	 k;
	char		 letter;

	for (; n > 0; n--) {
		struct bundle	*one = must(bundles_add(b));
		uint32_t	 ttl = pseudo_random() % 5;

		one->inception = *at;
		*at += 1 + pseudo_random() % 8;
		one->expiration = *at + pseudo_random() % 12;
		for (letter = 'A'; letter <= 'C'; letter++) {
			k = letter_key(letter);
			k.ttl = ttl;
			if (pseudo_random() % 3 > 0)
				put_key(one, &k);
		}
	}
}

static void
chance_make(struct chance *c)
{
	int64_t		 at = 100;
	struct zsk_span	 s = { NULL, INT64_MIN, INT64_MAX };
	static struct key a;
	bool		 stated = pseudo_random() % 2;

	memset(c, 0, sizeof(*c));
	chance_slots(&c->all[0], pseudo_random() % 4, &at);
	chance_slots(&c->all[1], 1 + pseudo_random() % 4, &at);
	c->d = (struct delays){ pseudo_random() % 8, pseudo_random() % 4, pseudo_random() % 3 };
	CU_ASSERT_EQUAL_FATAL(timeline_build(&c->t, c->all[0].n > 0 ? &c->all[0] : NULL,
	    &c->all[1]), 0);
	a = letter_key('A');
	s.key = &a;
	if (pseudo_random() % 4 > 0)
		s.from = 95 + pseudo_random() % 40;
	if (pseudo_random() % 4 > 0)
		s.until = (s.from == INT64_MIN ? 100 : s.from) + 1 + pseudo_random() % 25;
	c->span = timeline_signing(&c->t, &s, stated, &c->d);
	if (s.from != INT64_MIN && s.from > 110)
		CU_ASSERT_EQUAL(c->span.from, s.from);
	if (s.until < c->span.until)
		CU_ASSERT_TRUE(!stated && c->span.until - s.until <= c->d.skew);
}

/* Which set is served at v: the last that has begun; -1: none, or not known. */
static int
served(const struct chance *c, int64_t v)
{
	const struct slot *last = &c->t.v[c->t.n - 1];
	int		 found = -1;
	size_t		 i;

	if (v >= last->bundle->expiration - c->d.propagation &&
	    v >= last->from + c->d.skew)
		return -1;
	for (i = 0; i < c->t.n; i++)
		if (c->t.v[i].from + c->d.skew <= v)
			found = (int)i;
	return found;
}

/* Do a signature served at u and the set served at v meet, and cannot be told to fit? */
static bool
meet(const struct chance *c, int64_t u, int64_t v)
{
	const struct bundle *b;
	int		 slot = served(c, v);

	if (u < c->span.from || u >= c->span.until || slot == -1)
		return false;
	b = c->t.v[slot].bundle;
	return bundle_find(b, c->span.key) == NULL && v - u <= c->d.ttl + c->d.propagation &&
	    u - v <= (b->nkeys > 0 ? b->keys[0].ttl : 0) + c->d.propagation;
}

/* The first instant, by trying every pair of seconds; -1: none. */
static int64_t
tried(const struct chance *c)
{
	int64_t		 first = -1, u, v, later;

	for (u = 90; u < 200; u++)
		for (v = 90; v < 200; v++) {
			later = u > v ? u : v;
			if (later >= c->t.v[c->t.first].from && (first == -1 || later < first) &&
			    meet(c, u, v))
				first = later;
		}
	return first;
}

/* The proof by instants agrees with every second tried. */
static void
test_clash(void)
{
	struct chance	 c;
	struct clash	 clash;
	int64_t		 first;
	size_t		 n, found = 0, wrong = 0;

	for (n = 0; n < 4000; n++) {
		chance_make(&c);
		first = tried(&c);
		if (timeline_clash(&clash, &c.t, &c.span, &c.d)) {
			found++;
			wrong += clash.instant != first || (clash.instant != clash.signature &&
			    clash.instant != clash.set) || !meet(&c, clash.signature, clash.set) ||
			    served(&c, clash.set) != (int)clash.slot;
		} else
			wrong += first != -1;
		timeline_clear(&c.t);
		bundles_clear(&c.all[0]);
		bundles_clear(&c.all[1]);
	}
	CU_ASSERT_EQUAL(wrong, 0);
	CU_ASSERT_TRUE(found > 1000 && found < 3900);
}

int
main(void)
{
	static const struct test tests[] = {
		TEST(test_build), TEST(test_disorder), TEST(test_read), TEST(test_own_key),
		TEST(test_linear), TEST(test_uses), TEST(test_bad_uses), TEST(test_spans),
		TEST(test_stated), TEST(test_showing), TEST(test_clash),
	};

	return run_tests("timeline", tests, sizeof(tests) / sizeof(tests[0]));
}
