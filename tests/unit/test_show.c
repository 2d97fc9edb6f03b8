#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <CUnit/Basic.h>
#include <ldns/ldns.h>

#include "act/show.h"
#include "fixture.h"

static struct buf	out;

/* A key with exactly this tag: two of its bytes are tried until it fits. */
static struct key *
put_tagged(struct bundle *b, unsigned flags, uint16_t tag, const char *identifier)
{
	unsigned char	 bytes[64] = { 0 };
	char		 name[64];
	unsigned	 i;
	struct key	 key = {
		.identifier = name, .ttl = 172800, .flags = (uint16_t)flags, .protocol = 3,
		.algorithm = ECDSAP256SHA256, .public = bytes, .len = sizeof(bytes), .tag = tag,
	};

	snprintf(name, sizeof(name), "%s", identifier);
	for (i = 0; i < 65536 && key_tag(&key) != tag; i++) {
		bytes[0] = (unsigned char)(i >> 8);
		bytes[1] = (unsigned char)i;
	}
	CU_ASSERT_EQUAL_FATAL(key_tag(&key), tag);
	return put_key(b, &key);
}

static struct sig *
put_tag_sig(struct bundle *b, uint16_t tag, const char *identifier)
{
	struct sig	*s = must(bundle_add_sig(b));

	s->identifier = copy_of(identifier);
	s->signer = copy_of(".");
	s->tag = tag;
	s->algorithm = ECDSAP256SHA256;
	s->ttl = s->original_ttl = 172800;
	s->inception = b->inception;
	s->expiration = b->expiration;
	s->data = must(calloc(1, 64));
	s->len = 64;
	return s;
}

static struct bundle *
put_slot(struct bundles *all, const char *from, const char *until)
{
	struct bundle	*b = must(bundles_add(all));
	char		 id[32];

	snprintf(id, sizeof(id), "slot-%zu", all->n);
	b->id = copy_of(id);
	CU_ASSERT_EQUAL_FATAL(isotime_parse(&b->inception, from), 0);
	CU_ASSERT_EQUAL_FATAL(isotime_parse(&b->expiration, until), 0);
	return b;
}

static const char *
table(const struct bundles *all)
{
	out.len = 0;
	CU_ASSERT_EQUAL_FATAL(show_table(&out, all), 0);
	return (const char *)out.data;
}

#define HEADER	"#  Inception           Expiration           ZSK Tags      KSK Tag(CKA_LABEL)\n"
#define TIMES	"2010-04-01T00:00:00 2010-04-15T23:59:59  "

/* The columns that operators know. */
static void
test_columns(void)
{
	struct bundles	 all = { NULL, 0 };
	struct bundle	*b = put_slot(&all, "2010-04-01T00:00:00", "2010-04-15T23:59:59");

	put_tagged(b, 256, 55138, "zsk1");
	put_tagged(b, 256, 23763, "zsk2");
	put_tagged(b, 257, 5017, "KSK1");
	put_tag_sig(b, 5017, "KSK1");
	b = put_slot(&all, "2010-04-11T00:00:00", "2010-04-25T23:59:59");
	put_tagged(b, 257, 5017, "KSK1");
	put_tagged(b, 256, 55138, "zsk1");
	put_tagged(b, 257, 55186, "KSK2");
	put_tag_sig(b, 5017, "KSK1");
	CU_ASSERT_STRING_EQUAL(table(&all), HEADER
	    "1  2010-04-01T00:00:00 2010-04-15T23:59:59  55138,23763   05017(KSK1)/S\n"
	    "2  2010-04-11T00:00:00 2010-04-25T23:59:59  55138         05017(KSK1)/S,"
	    "55186(KSK2)/P\n");
	bundles_clear(&all);
}

/* What each KSK does there: published, signing, revoked, both, signing only. */
static void
test_letters(void)
{
	struct bundles	 all = { NULL, 0 };
	struct bundle	*b = put_slot(&all, "2010-04-01T00:00:00", "2010-04-15T23:59:59");

	CU_ASSERT_STRING_EQUAL(table(&all), HEADER "1  " TIMES "-             -\n");
	put_tagged(b, 257, 1, "a");
	put_tagged(b, 257, 2, "b");
	put_tagged(b, 385, 3, "c");
	put_tagged(b, 385, 65535, "d");
	put_tag_sig(b, 65535, "d");
	put_tag_sig(b, 2, "b");
	put_tag_sig(b, 12345, "gone");
	CU_ASSERT_STRING_EQUAL(table(&all), HEADER "1  " TIMES
	    "-             00001(a)/P,00002(b)/S,00003(c)/R,65535(d)/RS,12345(gone)/N\n");
	/* A signature of the old form is none by the revoked one, nor one of another name. */
	b->sigs[0].tag = 65407;
	b->sigs[1].identifier[0] = 'x';
	CU_ASSERT_STRING_EQUAL(table(&all), HEADER "1  " TIMES
	    "-             00001(a)/P,00002(b)/P,00003(c)/R,65535(d)/R,65407(d)/N,00002(x)/N,"
	    "12345(gone)/N\n");
	bundles_clear(&all);
}

/* Names from outside stay one word of printable ASCII. */
static void
test_escapes(void)
{
	struct bundles	 all = { NULL, 0 };
	struct bundle	*b = put_slot(&all, "2010-04-01T00:00:00", "2010-04-15T23:59:59");

	put_tagged(b, 257, 1, "a b%c\033[2J\n\t\177\303\266~!");
	CU_ASSERT_STRING_EQUAL(table(&all), HEADER "1  " TIMES
	    "-             00001(a%20b%25c%1B[2J%0A%09%7F%C3%B6~!)/P\n");
	bundles_clear(&all);
}

/* More than nine slots, more than two ZSKs: the columns grow. */
static void
test_wide(void)
{
	struct bundles	 all = { NULL, 0 };
	struct bundle	*b;
	const char	*text, *nl;
	size_t		 i, rows = 0;

	for (i = 0; i < 10; i++)
		put_slot(&all, "2010-04-01T00:00:00", "2010-04-15T23:59:59");
	b = &all.v[9];
	put_tagged(b, 256, 1, "a");
	put_tagged(b, 256, 2, "b");
	put_tagged(b, 256, 3, "c");
	put_tagged(b, 257, 4, "d");
	text = table(&all);
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "\n9   " TIMES "-                   -\n"));
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "\n10  " TIMES "00001,00002,00003   00004(d)/P\n"));
	CU_ASSERT_PTR_EQUAL(strstr(text, "KSK Tag(") - strlen("10  " TIMES "00001,00002,00003   "),
	    text);
	for (; (nl = strchr(text, '\n')) != NULL; text = nl + 1)
		rows++;
	CU_ASSERT_EQUAL(rows, 11);
	bundles_clear(&all);
}

static const char *
shown(const struct world *w, bool skr, enum show_form form)
{
	out.len = 0;
	CU_ASSERT_EQUAL_FATAL(skr ? show_skr(&out, w->skr, form) : show_ksr(&out, w->ksr, form), 0);
	CU_ASSERT_EQUAL(strlen((char *)out.data), out.len);
	return (const char *)out.data;
}

static bool
begins(const char *text, const char *with)
{
	return strncmp(text, with, strlen(with)) == 0;
}

static void
test_document(void)
{
	struct world	*w = world_new();
	const char	*text = shown(w, false, SHOW_TABLE);

	CU_ASSERT_TRUE(begins(text, "KSR request-2  serial 2  domain .\nsha256 0000000000"));
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "0000\n#  Inception "));
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "\n9  2030-03-22T00:00:00 2030-04-12T00:00:00  "));
	w->skr->serial = UINT64_MAX;
	free(w->skr->id);
	free(w->skr->domain);
	w->skr->id = copy_of("a b");
	w->skr->domain = copy_of("\n");
	text = shown(w, true, SHOW_TABLE);
	CU_ASSERT_TRUE(begins(text, "SKR a%20b  serial 18446744073709551615  domain %0A\nsha256 "));
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "(ksk)/S\n"));
	world_free(w);
}

/* A reader of JSON (RFC 8259) that keeps nothing: where the value ends, or NULL. */
static const char	*json_value(const char *, int depth);

static const char *
json_text(const char *p)
{
	size_t	 i;

	if (*p++ != '"')
		return NULL;
	for (; *p != '"'; p++) {
		if ((unsigned char)*p < 0x20 || (unsigned char)*p > 0x7e)
			return NULL;
		if (*p != '\\')
			continue;
		if (*++p != 'u' && strchr("\"\\/bfnrt", *p) == NULL)
			return NULL;
		for (i = 0; *p == 'u' && i < 4; i++)
			if (!isxdigit((unsigned char)p[1 + i]))
				return NULL;
		p += *p == 'u' ? 4 : 0;
	}
	return p + 1;
}

/* Of an array, or with names of an object. */
static const char *
json_members(const char *p, char close, int depth)
{
	if (*++p == close)
		return p + 1;
	for (;; p++) {
		if (close == '}' && ((p = json_text(p)) == NULL || *p++ != ':'))
			return NULL;
		if ((p = json_value(p, depth + 1)) == NULL)
			return NULL;
		if (*p == close)
			return p + 1;
		if (*p != ',')
			return NULL;
	}
}

static const char *
json_value(const char *p, int depth)
{
	if (depth > 10)
		return NULL;
	switch (*p) {
	case '{':
		return json_members(p, '}', depth);
	case '[':
		return json_members(p, ']', depth);
	case '"':
		return json_text(p);
	case 'n':
		return strncmp(p, "null", 4) == 0 ? p + 4 : NULL;
	case '0':
		return p + 1;
	}
	return isdigit((unsigned char)*p) ? p + strspn(p, "0123456789") : NULL;
}

static bool
is_json(const char *text)
{
	const char	*end = json_value(text, 0);

	return end != NULL && strcmp(end, "\n") == 0;
}

static void
test_reader(void)
{
	CU_ASSERT_TRUE(is_json("{\"a\":[1,null,\"\\u00e9\\n\",{}],\"b\":0}\n"));
	CU_ASSERT_FALSE(is_json("{\"a\":[1,],\"b\":0}\n"));
	CU_ASSERT_FALSE(is_json("{\"a\":01}\n"));
	CU_ASSERT_FALSE(is_json("{\"a\" 1}\n"));
	CU_ASSERT_FALSE(is_json("{a:1}\n"));
	CU_ASSERT_FALSE(is_json("{\"a\":\"\\x\"}\n"));
	CU_ASSERT_FALSE(is_json("{\"a\":\"\001\"}\n"));
	CU_ASSERT_FALSE(is_json("{} {}\n"));
	CU_ASSERT_FALSE(is_json("{"));
}

static size_t
count_of(const char *text, const char *what)
{
	size_t	 n = 0;

	for (; (text = strstr(text, what)) != NULL; text++)
		n++;
	return n;
}

static void
test_json(void)
{
	struct world	*w = world_new();
	const char	*text;

	w->ksr->bundles.v[0].signers = must(calloc(2, sizeof(char *)));
	w->ksr->bundles.v[0].signers[0] = copy_of("K\"1\"");
	w->ksr->bundles.v[0].signers[1] = copy_of("wish");
	w->ksr->bundles.v[0].nsigners = 2;
	free(w->ksr->domain);
	w->ksr->domain = copy_of("\303\266\377\n");
	*(struct sigalg *)must(sigpolicy_add(&w->ksr->zsk)) =
	    (struct sigalg){ RSASHA256, FAMILY_RSA, 2048, UINT64_MAX, 0 };
	text = shown(w, false, SHOW_JSON);
	CU_ASSERT_TRUE(is_json(text));
	CU_ASSERT_TRUE(begins(text, "{\"type\":\"KSR\",\"id\":\"request-2\",\"serial\":2,"
	    "\"domain\":\"\\u00f6\\ufffd\\u000a\",\"sha256\":\"00"));
	CU_ASSERT_PTR_NULL(strstr(text, "ksk_policy"));
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "\"zsk_policy\":{\"publish_safety\":\"P10D\","
	    "\"retire_safety\":\"P10D\",\"max_signature_validity\":\"P21D\","
	    "\"min_signature_validity\":\"P21D\",\"max_validity_overlap\":\"P12D\","
	    "\"min_validity_overlap\":\"P9D\",\"algorithms\":[{\"algorithm\":13,\"size\":256},"
	    "{\"algorithm\":8,\"size\":2048,\"exponent\":18446744073709551615}]},\"bundles\":["
	    "{\"id\":\"new-1\",\"inception\":\"2030-01-01T00:00:00Z\","
	    "\"expiration\":\"2030-01-22T00:00:00Z\",\"signers\":[\"K\\\"1\\\"\",\"wish\"],"
	    "\"keys\":[{\"identifier\":\"zsk-old\","));
	CU_ASSERT_EQUAL(count_of(text, "\"public_key\":"), 11);
	CU_ASSERT_EQUAL(count_of(text, "\"signature\":"), 11);
	CU_ASSERT_EQUAL(count_of(text, "\"signers\":[]"), 8);
	text = shown(w, true, SHOW_JSON);
	CU_ASSERT_TRUE(is_json(text));
	CU_ASSERT_EQUAL(count_of(text, "\"ksk_policy\":{"), 1);
	CU_ASSERT_EQUAL(count_of(text, "\"flags\":257,\"protocol\":3,\"algorithm\":13,"), 9);
	CU_ASSERT_EQUAL(count_of(text, "\"labels\":0,\"original_ttl\":172800,"), 9);
	world_free(w);
}

/* Records as another reader of zone files takes them, and as they verify there. */
static void
test_rr(void)
{
	struct world	*w = world_new();
	char		*text = copy_of(shown(w, true, SHOW_RR)), *rest = text, *line;
	ldns_rr_list	*keys = must(ldns_rr_list_new());
	size_t		 verified = 0, comments = 0;
	ldns_rr		*rr;

	CU_ASSERT_TRUE(begins(text, "; bundle 1: 2030-01-01T00:00:00Z to 2030-01-22T00:00:00Z\n"));
	while ((line = strsep(&rest, "\n")) != NULL && *line != '\0') {
		if (*line == ';') {
			comments++;
			continue;
		}
		rr = NULL;
		CU_ASSERT_EQUAL_FATAL(ldns_rr_new_frm_str(&rr, line, 0, NULL, NULL),
		    LDNS_STATUS_OK);
		CU_ASSERT_EQUAL(ldns_rr_ttl(rr), 172800);
		if (ldns_rr_get_type(rr) == LDNS_RR_TYPE_DNSKEY) {
			ldns_rr_list_push_rr(keys, rr);
			continue;
		}
		CU_ASSERT_EQUAL(ldns_verify_rrsig_keylist_notime(keys, rr, keys, NULL),
		    LDNS_STATUS_OK);
		verified++;
		ldns_rr_free(rr);
		ldns_rr_list_deep_free(keys);
		keys = must(ldns_rr_list_new());
	}
	CU_ASSERT_EQUAL(verified, 9);
	CU_ASSERT_EQUAL(comments, 9);
	ldns_rr_list_deep_free(keys);
	free(text);
	world_free(w);
}

int
main(void)
{
	static const struct test tests[] = {
		TEST(test_columns), TEST(test_letters), TEST(test_escapes), TEST(test_wide),
		TEST(test_document), TEST(test_reader), TEST(test_json), TEST(test_rr),
	};
	int		 rv = run_tests("show", tests, sizeof(tests) / sizeof(tests[0]));

	buf_free(&out);
	return rv;
}
