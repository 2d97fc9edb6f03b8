#include <stdlib.h>
#include <string.h>

#include <CUnit/Basic.h>

#include "act/export.h"
#include "fixture.h"
#include "model/textksr.h"

/* Keys and a signature of Ed25519's sizes. */
#define K1	"256 3 15 l02Woi0iS8Aa25FQkUd9RMzZHJpBoRQwAQEX1SxZJA4="
#define K2	"256 3 15 zPnZ/QwEe7S8C5SPz2OfS5RR40ATk2/rYnE9xHIEijs="
#define KSK1	"257 3 15 l02Woi0iS8Aa25FQkUd9RMzZHJpBoRQwAQEX1SxZJA4="
#define REV1	"385 3 15 l02Woi0iS8Aa25FQkUd9RMzZHJpBoRQwAQEX1SxZJA4="
#define SIG	"oL9krJun7xfBOIWcGHi7mag5/hdZrKWw15jPGrHpjQeRAvTdszaPD+QLs3fx8A4M3e23mRZ9VrbpMngwcrqNAg=="
#define RRSIG(covered, tag) \
	"RRSIG " covered " 15 2 3600 20270115000000 20261231230000 " tag " a.test. " SIG

#define BH(title, t)	";; " title " 1.0 " t " (whatever)\n"
#define ASK(t)		BH("KeySigningRequest", t)
#define ANSWER(t)	BH("SignedKeyResponse", t)
#define ASK_END		";; KeySigningRequest 1.0 generated at some time by somebody\n"
#define ANSWER_END	";; SignedKeyResponse 1.0 generated at some time by somebody\n"
#define A		"a.test. 3600 IN "

#define T1	"20270101000000"
#define T2	"20270111000000"
#define T1_UNIX	"1798761600"
#define T2_UNIX	"1799625600"

static struct report report;

static void
clear(void)
{
	report_free(&report);
	report = (struct report)REPORT_EMPTY;
}

/* The verdict; *out is NULL where it is not ACCEPT. */
static enum verdict
parse_in(struct textksr **out, const char *text, enum text_form form, enum text_kind kind,
    const char *zone)
{
	struct buf	 in = BUF_EMPTY;
	struct dname	 name;
	enum verdict	 v;

	*out = NULL;
	clear();
	if (zone != NULL)
		CU_ASSERT_EQUAL_FATAL(dname_parse(&name, zone), 0);
	CU_ASSERT_EQUAL_FATAL(buf_puts(&in, text), 0);
	v = textksr_parse(out, &in, "in.txt", form, kind, zone == NULL ? NULL : &name, &report);
	CU_ASSERT_EQUAL(v, report_verdict(&report));
	CU_ASSERT_EQUAL(v == ACCEPT, *out != NULL);
	buf_free(&in);
	return v;
}

static struct textksr *
parse(const char *text, enum text_form form, enum text_kind kind)
{
	struct textksr	*t;

	if (parse_in(&t, text, form, kind, NULL) != ACCEPT)
		report_print(&report, "test_textksr", stderr);
	CU_ASSERT_PTR_NOT_NULL_FATAL(t);
	return t;
}

static void
test_request(void)
{
	struct textksr	*t = parse(ASK(T1) A "DNSKEY " K1 "\n\n" ASK(T2) "; a comment\nA.Test.\t3600\tIN\t"
	    "DNSKEY\t" K1 "\r\n" A "DNSKEY " K2 "; another\n" ASK_END "\n; the end\n", TEXT_BIND, TEXT_KSR);

	CU_ASSERT_STRING_EQUAL(t->input, "in.txt");
	CU_ASSERT_STRING_EQUAL(t->domain, "a.test.");
	CU_ASSERT_EQUAL(t->passed_over, 0);
	CU_ASSERT_EQUAL_FATAL(t->sets.n, 2);
	CU_ASSERT_EQUAL(t->sets.v[0].inception, 1798761600);
	CU_ASSERT_EQUAL(t->sets.v[0].expiration, 1799625600);
	CU_ASSERT_EQUAL(t->sets.v[0].line, 1);
	CU_ASSERT_EQUAL(t->sets.v[0].nkeys, 1);
	CU_ASSERT_PTR_NULL(t->sets.v[0].id);
	CU_ASSERT_EQUAL(t->sets.v[1].inception, 1799625600);
	CU_ASSERT_EQUAL(t->sets.v[1].expiration, TEXT_FOREVER);
	CU_ASSERT_EQUAL_FATAL(t->sets.v[1].nkeys, 2);
	CU_ASSERT_EQUAL(t->sets.v[1].keys[0].ttl, 3600);
	CU_ASSERT_EQUAL(t->sets.v[1].keys[0].line, 6);
	CU_ASSERT_EQUAL(t->sets.v[1].keys[1].flags, 256);
	CU_ASSERT(key_same(&t->sets.v[0].keys[0], &t->sets.v[1].keys[0]));
	CU_ASSERT_STRING_EQUAL(t->sets.v[0].keys[0].identifier, "015+03612");
	CU_ASSERT_STRING_EQUAL(t->sets.v[1].keys[0].identifier, "015+03612");
	CU_ASSERT_PTR_NULL(textksr_at(t, 1798761599));
	CU_ASSERT_PTR_EQUAL(textksr_at(t, 1798761600), &t->sets.v[0]);
	CU_ASSERT_PTR_EQUAL(textksr_at(t, 1799625599), &t->sets.v[0]);
	CU_ASSERT_PTR_EQUAL(textksr_at(t, 1799625600), &t->sets.v[1]);
	CU_ASSERT_PTR_EQUAL(textksr_at(t, ISOTIME_MAX), &t->sets.v[1]);
	textksr_free(t);
	textksr_free(NULL);
}

static void
test_response(void)
{
	struct textksr	*t = parse(ANSWER(T1_UNIX) "a.test. \t3600 DNSKEY 257 3 15 (\n\tl02Woi0iS8Aa25FQkU"
	    "d9RMzZ\n\tHJpBoRQwAQEX1SxZJA4=\n\t) ; KSK, id = 3613\na.test. 3600 IN DNSKEY " K2
	    "\na.test. 3600 CDNSKEY " KSK1 "\na.test. 3600 CDS 3613 15 2 ( ab\n\tcd )\na.test. 3600 "
	    RRSIG("DNSKEY", "3613") "\na.test. 3600 " RRSIG("CDS", "3613") "\na.test. 3600 "
	    RRSIG("CDNSKEY", "3613") "\n" ANSWER(T2) "a.test. 3600 DNSKEY " REV1 "\na.test. 3600 "
	    RRSIG("DNSKEY", "17") "\n" ANSWER_END, TEXT_KNOT, TEXT_SKR);
	const struct sig *s;

	CU_ASSERT_EQUAL(t->passed_over, 4);
	CU_ASSERT_EQUAL_FATAL(t->sets.n, 2);
	CU_ASSERT_EQUAL(t->sets.v[1].inception, 1799625600);
	CU_ASSERT_EQUAL(t->sets.v[0].nkeys, 2);
	CU_ASSERT_EQUAL_FATAL(t->sets.v[0].nsigs, 1);
	s = &t->sets.v[0].sigs[0];
	CU_ASSERT_STRING_EQUAL(s->identifier, "015+03613");
	CU_ASSERT_STRING_EQUAL(s->signer, "a.test.");
	CU_ASSERT_EQUAL(s->ttl, 3600);
	CU_ASSERT_EQUAL(s->original_ttl, 3600);
	CU_ASSERT_EQUAL(s->expiration, 1799971200);
	CU_ASSERT_EQUAL(s->inception, 1798758000);
	CU_ASSERT_EQUAL(s->tag, 3613);
	CU_ASSERT_EQUAL(s->algorithm, 15);
	CU_ASSERT_EQUAL(s->labels, 2);
	CU_ASSERT_EQUAL(s->len, 64);
	CU_ASSERT_EQUAL(s->line, 10);
	CU_ASSERT_STRING_EQUAL(t->sets.v[0].keys[0].identifier, "015+03613");
	CU_ASSERT_STRING_EQUAL(t->sets.v[1].keys[0].identifier, "015+03613");
	CU_ASSERT_STRING_EQUAL(t->sets.v[1].sigs[0].identifier, "015+00017");
	textksr_free(t);
}

/* Two keys of one tag have two names; a signature bears that of the KSK. */
static void
test_twins(void)
{
	struct textksr	*t = parse(ANSWER(T1) A "DNSKEY 256 3 8 AwEAAQABAAA=\n" A
	    "DNSKEY 257 3 8 AwEAAQABAAH/\n" A "DNSKEY 256 3 8 AwEAAAABAAE=\n" ANSWER_END, TEXT_BIND,
	    TEXT_SKR);

	CU_ASSERT_EQUAL(t->sets.v[0].keys[0].tag, t->sets.v[0].keys[2].tag);
	CU_ASSERT_STRING_NOT_EQUAL(t->sets.v[0].keys[0].identifier,
	    t->sets.v[0].keys[2].identifier);
	CU_ASSERT(strstr(t->sets.v[0].keys[0].identifier, "-2") != NULL);
	textksr_free(t);
}

static void
test_zone(void)
{
	static const char text[] = ASK(T1) A "DNSKEY " K1 "\n" ASK_END;
	struct textksr	*t;

	CU_ASSERT_EQUAL(parse_in(&t, text, TEXT_BIND, TEXT_KSR, "A.TEST"), ACCEPT);
	textksr_free(t);
	CU_ASSERT_EQUAL(parse_in(&t, text, TEXT_BIND, TEXT_KSR, "test."), REFUSE);
	CU_ASSERT(report_has(&report, BROKEN, NULL, "a foreign owner: a.test., not test."));
	clear();
}

/* Names with everything that a name may have. */
static void
test_owners(void)
{
	static const char *const names[] = {
		".", "a\\.b\\032c.test.", "semi\\;colon.", "p\\(q\\).", "\\034.", "\\\\.", "\\ .", "\\$.",
	};
	struct textksr	*t;
	char		 text[1000];
	size_t		 i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(text, sizeof(text), ASK(T1) "%s 3600 IN DNSKEY " K1 "\n" ASK_END, names[i]);
		t = parse(text, TEXT_BIND, TEXT_KSR);
		textksr_free(t);
	}
}

struct bad {
	const char	*text;
	unsigned long	 line;
	const char	*why;
};

static void
refuse_all(const struct bad *v, size_t n, enum text_form form, enum text_kind kind)
{
	struct textksr	*t;
	size_t		 i;

	for (i = 0; i < n; i++) {
		enum verdict	 verdict = parse_in(&t, v[i].text, form, kind, NULL);

		if (verdict != REFUSE || !report_has(&report, BROKEN, NULL, v[i].why) ||
		    report.findings[0].line != v[i].line || report.count != 1 ||
		    strcmp(report.findings[0].input, "in.txt") != 0) {
			fprintf(stderr, "%s\nnot refused for '%s' in line %lu\n", v[i].text, v[i].why,
			    v[i].line);
			report_print(&report, "test_textksr", stderr);
			CU_FAIL("not refused as it should be");
		}
		textksr_free(t);
	}
	clear();
}

#define REFUSE_ALL(v, form, kind)	refuse_all(v, sizeof(v) / sizeof((v)[0]), form, kind)
#define ONE(record)	ASK(T1) record "\n" ASK_END

static const struct bad bad_headers[] = {
	{ "", 1, "this is no request" },
	{ "\n; nothing\n", 2, "this is no request" },
	{ A "DNSKEY " K1 "\n" ASK_END, 1, "no header before the first record" },
	{ ASK_END, 1, "there is no set" },
	{ ASK(T1) ASK_END, 1, "a set without DNSKEY" },
	{ ASK(T1) ASK(T2) A "DNSKEY " K1 "\n" ASK_END, 1, "a set without DNSKEY" },
	{ ASK(T1) A "DNSKEY " K1 "\n", 2, "the last line, 'generated at', is missing" },
	{ ASK(T1) A "DNSKEY " K1 "\n" ASK_END ASK(T2), 4, "a header behind the last line" },
	{ ASK(T1) A "DNSKEY " K1 "\n" ASK_END ASK_END, 4, "a header behind the last line" },
	{ ASK(T1) A "DNSKEY " K1 "\n" ASK_END A "DNSKEY " K2 "\n", 4,
	    "a record behind the last line" },
	{ ASK(T2) A "DNSKEY " K1 "\n" ASK(T1) A "DNSKEY " K1 "\n" ASK_END, 3,
	    "not later than that of line 1" },
	{ ASK(T1) A "DNSKEY " K1 "\n" ASK(T1) A "DNSKEY " K1 "\n" ASK_END, 3, "not later" },
	{ ANSWER(T1) A "DNSKEY " K1 "\n" ANSWER_END, 1, "this is a response, not a request" },
	{ ";; keysigningrequest 1.0 " T1 "\n", 1, "no header" },
	{ ";;\n", 1, "no header" },
	{ ";;;; KeySigningRequest 1.0 " T1 "\n", 1, "no header" },
	{ ";; KeySigningRequest\n", 1, "of version ''" },
	{ ";; KeySigningRequest 1.1 " T1 "\n", 1, "of version '1.1'" },
	{ ";; KeySigningRequest 1 " T1 "\n", 1, "of version '1'" },
	{ ";; KeySigningRequest 01.0 " T1 "\n", 1, "of version" },
	{ ";; KeySigningRequest 1.0\n", 1, "without a time" },
	{ ASK(T1) A "DNSKEY " K1 "\n;; KeySigningRequest 1.0 generated\n", 3, "generated at" },
	{ ASK(T1) A "DNSKEY " K1 "\n;; KeySigningRequest 1.0 Generated at\n", 3, "time is not" },
	{ ASK(T1) "a.test. 3600 IN DNSKEY " K1 "\n\001\n" ASK_END, 3, "a byte 01" },
	{ ASK(T1) "\xef\xbb\xbf\n", 2, "a byte EF" },
	{ "\x7f", 1, "a byte 7F" },
};

static const struct bad bad_bind_times[] = {
	{ ASK(T1_UNIX), 1, "not YYYYMMDDhhmmss" },
	{ ASK("2027010100000"), 1, "not YYYYMMDDhhmmss" },
	{ ASK("202701010000000"), 1, "not YYYYMMDDhhmmss" },
	{ ASK("20270230000000"), 1, "not YYYYMMDDhhmmss" },
	{ ASK("20270101240000"), 1, "not YYYYMMDDhhmmss" },
	{ ASK("2027-01-01T00:00:00Z"), 1, "not YYYYMMDDhhmmss" },
	{ ASK("21270101000000"), 1, "not YYYYMMDDhhmmss" },
	{ ASK("-1"), 1, "not YYYYMMDDhhmmss" },
};

static const struct bad bad_knot_times[] = {
	{ ASK("20231231235959"), 1, "nor YYYYMMDDhhmmss from 2024" },
	{ ASK("4294967296"), 1, "nor" },
	{ ASK("99999999999999999999"), 1, "nor" },
	{ ASK("-1"), 1, "nor" },
	{ ASK("1798761600.5"), 1, "nor" },
};

static const struct bad bad_records[] = {
	{ ONE("b.test. 3600 IN DNSKEY " K1 "\na.test. 3600 IN DNSKEY " K1), 3,
	    "a foreign owner: a.test., not b.test." },
	{ ONE("a.test 3600 IN DNSKEY " K1), 2, "not an absolute domain name" },
	{ ONE("a.test\\. 3600 IN DNSKEY " K1), 2, "not an absolute domain name" },
	{ ONE("@ 3600 IN DNSKEY " K1), 2, "not an absolute domain name" },
	{ ONE("a..test. 3600 IN DNSKEY " K1), 2, "not an absolute domain name" },
	{ ONE("$ORIGIN test."), 2, "$ORIGIN is no record" },
	{ ONE("$INCLUDE /etc/passwd"), 2, "$INCLUDE is no record" },
	{ ONE("  3600 IN DNSKEY " K1), 2, "the owner is left out" },
	{ ONE("a.test. IN DNSKEY " K1), 2, "no TTL" },
	{ ONE("a.test. IN 3600 DNSKEY " K1), 2, "no TTL" },
	{ ONE("a.test. 1h IN DNSKEY " K1), 2, "no TTL" },
	{ ONE("a.test. 2147483648 IN DNSKEY " K1), 2, "no TTL" },
	{ ONE("a.test."), 2, "no TTL" },
	{ ONE("a.test. 3600 IN"), 2, "without a type" },
	{ ONE(A "A 192.0.2.1"), 2, "a record A has no place in a request" },
	{ ONE(A "CDS 1 15 2 ab"), 2, "a record CDS has no place in a request" },
	{ ONE(A RRSIG("DNSKEY", "3612")), 2, "a record RRSIG has no place in a request" },
	{ ONE(A "DNSKEY"), 2, "no flags" },
	{ ONE(A "DNSKEY 256 3"), 2, "no flags" },
	{ ONE(A "DNSKEY 65536 3 15 AA=="), 2, "no flags" },
	{ ONE(A "DNSKEY 256 3 ED25519 AA=="), 2, "no flags" },
	{ ONE(A "DNSKEY 256 2 15 l02Woi0iS8Aa25FQkUd9RMzZHJpBoRQwAQEX1SxZJA4="), 2,
	    "of protocol 2" },
	{ ONE(A "DNSKEY " KSK1), 2, "key 3613 has flags 257: a KSK (SEP) has no place" },
	{ ONE(A "DNSKEY " REV1), 2, "a KSK (SEP) has no place" },
	{ ONE(A "DNSKEY 0 3 15 l02Woi0iS8Aa25FQkUd9RMzZHJpBoRQwAQEX1SxZJA4="), 2,
	    "has flags 0, not 256" },
	{ ONE(A "DNSKEY 256 3 15"), 2, "not base64" },
	{ ONE(A "DNSKEY 256 3 15 l02Woi0iS8Aa25FQkUd9RMzZHJpBoRQwAQEX1SxZJA4"), 2, "not base64" },
	{ ONE(A "DNSKEY 256 3 15 l02Woi0iS8Aa25FQkUd9RMzZHJpBoRQwAQEX1SxZJA5="), 2, "not base64" },
	{ ONE(A "DNSKEY " K1 " x"), 2, "not base64" },
	{ ONE(A "DNSKEY 256 3 15 AAAA"), 2, "3 bytes are no key of algorithm 15" },
	{ ONE(A "DNSKEY 256 3 8 AAAA"), 2, "3 bytes are no key of algorithm 8" },
	{ ONE(A "DNSKEY " K1 "\na.test. 3601 IN DNSKEY " K2), 3, "TTL 3601, not that of its set" },
	{ ONE(A "DNSKEY " K1 "\n" A "DNSKEY " K1), 3, "stands twice in its set" },
};

#undef ONE
#define ONE(record)	ANSWER(T1) A "DNSKEY " KSK1 "\n" A record "\n" ANSWER_END

static const struct bad bad_responses[] = {
	{ ASK(T1) A "DNSKEY " K1 "\n" ASK_END, 1, "this is a request, not a response" },
	{ ONE("TXT x"), 3, "a record TXT has no place in a response" },
	{ ONE("RRSIG"), 3, "an RRSIG over nothing" },
	{ ONE(RRSIG("SOA", "1")), 3, "an RRSIG over SOA" },
	{ ONE("RRSIG DNSKEY 15 2"), 3, "no algorithm, labels" },
	{ ONE("RRSIG DNSKEY 256 2 3600 20270115000000 20261231230000 1 a.test. " SIG), 3,
	    "no algorithm, labels" },
	{ ONE("RRSIG DNSKEY 15 2 3600 1799971200 20261231230000 1 a.test. " SIG), 3, "times are not" },
	{ ONE("RRSIG DNSKEY 15 2 3600 20270115000000 20261331230000 1 a.test. " SIG), 3,
	    "times are not" },
	{ ONE("RRSIG DNSKEY 15 2 3600 20270115000000"), 3, "times are not" },
	{ ONE(RRSIG("DNSKEY", "65536")), 3, "without a key tag" },
	{ ONE("RRSIG DNSKEY 15 2 3600 20270115000000 20261231230000 1 a.test " SIG), 3, "signer" },
	{ ONE("RRSIG DNSKEY 15 2 3600 20270115000000 20261231230000 1"), 3, "signer" },
	{ ONE("RRSIG DNSKEY 15 2 3600 20270115000000 20261231230000 1 a.test."), 3, "not base64" },
	{ ONE("RRSIG DNSKEY 15 2 3600 20270115000000 20261231230000 1 a.test. AAAA"), 3,
	    "3 bytes are no signature of algorithm 15" },
	{ ONE(RRSIG("DNSKEY", "1") "\n" A RRSIG("DNSKEY", "1")), 4, "stands twice" },
};

static const struct bad bad_bind[] = {
	{ ASK(T1) "a.test. 3600 DNSKEY " K1 "\n" ASK_END, 2, "the class IN is missing" },
	{ ASK(T1) "a.test. 3600 CH DNSKEY " K1 "\n" ASK_END, 2, "the class IN is missing" },
	{ ASK(T1) A "DNSKEY 256 3 15 ( l02Woi0iS8Aa25FQkUd9RMzZHJpBoRQwAQEX1SxZJA4= )\n" ASK_END, 2,
	    "parentheses: in this form a record is one line" },
};

static const struct bad bad_knot[] = {
	{ ASK(T1) "a.test. 3600 CH DNSKEY " K1 "\n" ASK_END, 2, "a record CH has no place" },
	{ ASK(T1) "a.test. 3600 DNSKEY 256 3 15 ( (\n" ASK_END, 2, "do not match" },
	{ ASK(T1) "a.test. 3600 DNSKEY 256 3 15 )\n" ASK_END, 2, "do not match" },
	{ ASK(T1) "a.test. 3600 DNSKEY 256 3 15 (\n" ASK_END, 2, "still open at a header" },
	{ ASK(T1) "a.test. 3600 DNSKEY " K1 "\n" ASK_END "()\n", 4, "a record behind" },
};

static void
test_bad(void)
{
	struct textksr	*t;

	REFUSE_ALL(bad_headers, TEXT_BIND, TEXT_KSR);
	REFUSE_ALL(bad_headers, TEXT_KNOT, TEXT_KSR);
	REFUSE_ALL(bad_bind_times, TEXT_BIND, TEXT_KSR);
	REFUSE_ALL(bad_knot_times, TEXT_KNOT, TEXT_KSR);
	REFUSE_ALL(bad_records, TEXT_BIND, TEXT_KSR);
	REFUSE_ALL(bad_records, TEXT_KNOT, TEXT_KSR);
	REFUSE_ALL(bad_responses, TEXT_BIND, TEXT_SKR);
	REFUSE_ALL(bad_responses, TEXT_KNOT, TEXT_SKR);
	REFUSE_ALL(bad_bind, TEXT_BIND, TEXT_KSR);
	REFUSE_ALL(bad_knot, TEXT_KNOT, TEXT_KSR);
	CU_ASSERT_EQUAL(parse_in(&t, ASK(T1) "a.test. 3600 DNSKEY 256 3 15 (\n", TEXT_KNOT, TEXT_KSR,
	    NULL), REFUSE);
	CU_ASSERT(report_has(&report, BROKEN, NULL, "a parenthesis that does not close"));
}

/* Every faulty record is named; one that fits no message ends the reading. */
static void
test_many(void)
{
	struct buf	 in = BUF_EMPTY;
	struct textksr	*t;
	int		 i;

	CU_ASSERT_EQUAL(parse_in(&t, ASK(T1) "a. 1 IN DNSKEY " KSK1 "\nb. 1 IN DNSKEY " K1
	    "\na. x IN DNSKEY " K1 "\n", TEXT_BIND, TEXT_KSR, NULL), REFUSE);
	CU_ASSERT_EQUAL(report.count, 4);
	CU_ASSERT_EQUAL(report.findings[1].line, 3);
	CU_ASSERT_EQUAL(report.findings[2].line, 4);
	CU_ASSERT_EQUAL(report.findings[3].line, 4);
	CU_ASSERT_EQUAL_FATAL(buf_puts(&in, ASK(T1)), 0);
	for (i = 0; i < 5000; i++)
		CU_ASSERT_EQUAL_FATAL(buf_puts(&in, A "DNSKEY 256 3 99 AA==\n"), 0);
	CU_ASSERT_EQUAL(parse_in(&t, (char *)in.data, TEXT_BIND, TEXT_KSR, NULL), REFUSE);
	CU_ASSERT_EQUAL(report.count, 1);
	CU_ASSERT_EQUAL(report.findings[0].line, 65535 / 16 + 2);
	CU_ASSERT(report_has(&report, BROKEN, NULL, "fits no DNS message"));
	clear();
	buf_free(&in);
}

/* No text that is cut anywhere is a request. */
static void
test_cut(void)
{
	char		*text = copy_of(ASK(T1) "a.test. 3600 IN DNSKEY 256 3 15 (\n "
	    "l02Woi0iS8Aa25FQkUd9RMzZHJpBoRQwAQEX1SxZJA4= )\n" ";; KeySigningRequest 1.0 generated at");
	struct textksr	*t;
	size_t		 len;

	for (len = strlen(text); len > 0; len--) {
		t = NULL;
		CU_ASSERT_EQUAL(parse_in(&t, text, TEXT_KNOT, TEXT_KSR, NULL),
		    text[len] == '\0' && len == strlen(text) && strstr(text, "generated at") != NULL ?
		    ACCEPT : REFUSE);
		textksr_free(t);
		text[len - 1] = '\0';
	}
	clear();
	free(text);
}

static void
same_sets(const struct textksr *t, const struct bundles *b, bool zsks)
{
	size_t		 i, j, k;

	CU_ASSERT_EQUAL_FATAL(t->sets.n, b->n);
	for (i = 0; i < b->n; i++) {
		CU_ASSERT_EQUAL(t->sets.v[i].inception, b->v[i].inception);
		for (k = 0, j = 0; j < b->v[i].nkeys; j++)
			if (!zsks || !key_is_sep(&b->v[i].keys[j]))
				CU_ASSERT(key_same(&t->sets.v[i].keys[k++], &b->v[i].keys[j]));
		CU_ASSERT_EQUAL(t->sets.v[i].nkeys, k);
		CU_ASSERT_EQUAL_FATAL(t->sets.v[i].nsigs, zsks ? 0 : b->v[i].nsigs);
		for (j = 0; j < t->sets.v[i].nsigs; j++) {
			const struct sig *p = &t->sets.v[i].sigs[j], *q = &b->v[i].sigs[j];

			CU_ASSERT(p->tag == q->tag && p->expiration == q->expiration);
			CU_ASSERT(p->inception == q->inception && p->labels == q->labels);
			CU_ASSERT(p->len == q->len && memcmp(p->data, q->data, p->len) == 0);
			CU_ASSERT_PTR_NOT_NULL(bundle_key_of(&t->sets.v[i], p));
		}
	}
}

/* What we export is what we read. */
static void
test_export(void)
{
	static const enum export_form forms[] = { EXPORT_BIND, EXPORT_KNOT };
	struct world	*w = world_new();
	struct textksr	*t;
	struct buf	 out = BUF_EMPTY;
	size_t		 i;

	for (i = 0; i < 2; i++) {
		enum text_form	 form = forms[i] == EXPORT_BIND ? TEXT_BIND : TEXT_KNOT;

		clear();
		out.len = 0;
		CU_ASSERT_EQUAL(export_skr(&out, w->skr, 0, w->skr->bundles.n, forms[i], &report), ACCEPT);
		t = parse((char *)out.data, form, TEXT_SKR);
		same_sets(t, &w->skr->bundles, false);
		textksr_free(t);
		clear();
		out.len = 0;
		CU_ASSERT_EQUAL(export_ksr(&out, w->ksr, forms[i], &report), ACCEPT);
		t = parse((char *)out.data, form, TEXT_KSR);
		same_sets(t, &w->ksr->bundles, true);
		textksr_free(t);
	}
	buf_free(&out);
	world_free(w);
}

static void
test_samples(void)
{
	static const struct {
		const char	*name;
		enum text_form	 form;
		enum text_kind	 kind;
		size_t		 sets, keys, sigs, passed_over;
	} samples[] = {
		{ "bind-ksr.txt", TEXT_BIND, TEXT_KSR, 1, 1, 0, 0 },
		{ "bind-ksr-ecdsa.txt", TEXT_BIND, TEXT_KSR, 1, 1, 0, 0 },
		{ "bind-skr.txt", TEXT_BIND, TEXT_SKR, 11, 2, 1, 40 },
		{ "bind-skr-ecdsa.txt", TEXT_BIND, TEXT_SKR, 11, 2, 1, 40 },
		{ "knot-ksr.txt", TEXT_KNOT, TEXT_KSR, 8, 1, 0, 0 },
		{ "knot-ksr-ecdsa.txt", TEXT_KNOT, TEXT_KSR, 8, 1, 0, 0 },
		{ "knot-skr.txt", TEXT_KNOT, TEXT_SKR, 14, 2, 1, 0 },
		{ "knot-skr-ecdsa.txt", TEXT_KNOT, TEXT_SKR, 14, 2, 1, 0 },
	};
	struct buf	 in = BUF_EMPTY;
	struct textksr	*t;
	char		 path[100];
	const char	*file;
	size_t		 i;

	for (i = 0; i < sizeof(samples) / sizeof(samples[0]); i++) {
		snprintf(path, sizeof(path), "interop/%s", samples[i].name);
		if ((file = data_file(path)) == NULL)
			return;
		CU_ASSERT_EQUAL_FATAL(buf_load(&in, file, 1 << 20), 0);
		t = parse((char *)in.data, samples[i].form, samples[i].kind);
		CU_ASSERT_EQUAL(t->sets.n, samples[i].sets);
		CU_ASSERT_EQUAL(t->sets.v[0].nkeys, samples[i].keys);
		CU_ASSERT_EQUAL(t->sets.v[0].nsigs, samples[i].sigs);
		CU_ASSERT_EQUAL(t->passed_over, samples[i].passed_over);
		textksr_free(t);
		buf_free(&in);
		in = (struct buf)BUF_EMPTY;
	}
}

static void
test_names(void)
{
	enum text_form	 f = TEXT_BIND;

	CU_ASSERT(text_form(&f, "knot") == 0 && f == TEXT_KNOT);
	CU_ASSERT(text_form(&f, "bind") == 0 && f == TEXT_BIND);
	CU_ASSERT(text_form(&f, "zone") == -1 && f == TEXT_BIND);
}

int
main(void)
{
	static const struct test tests[] = {
		TEST(test_names), TEST(test_request), TEST(test_response), TEST(test_twins),
		TEST(test_zone), TEST(test_owners), TEST(test_bad), TEST(test_many), TEST(test_cut),
		TEST(test_export), TEST(test_samples),
	};
	int		 rv = run_tests("textksr", tests, sizeof(tests) / sizeof(tests[0]));

	clear();
	return rv;
}
