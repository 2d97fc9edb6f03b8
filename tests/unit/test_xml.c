#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <CUnit/Basic.h>

#include "model/xml.h"
#include "model/xml_scan.h"
#include "sample.h"

/* Seconds for a hostile document; a sanitizer takes many times as long. */
#ifdef __SANITIZE_ADDRESS__
#define TOO_LONG	60.0
#else
#define TOO_LONG	3.0
#endif

static const struct xml_rules rules = { "X-XML", "X-SCHEMA" };
static struct report	 rep = REPORT_EMPTY;

static enum verdict
parse_bytes(struct xml **out, const void *data, size_t len, const struct xml_rules *r)
{
	struct buf	 b = borrow(data);

	b.len = len;
	report_free(&rep);
	rep = (struct report)REPORT_EMPTY;
	return xml_parse(out, &b, "in.xml", r, &rep);
}

/* Without a schema; NULL when refused. */
static struct xml *
parse(const char *text)
{
	struct xml	*x = NULL;

	(void)parse_bytes(&x, text, strlen(text), NULL);
	return x;
}

static bool
says(struct xml_span v, const char *text)
{
	return v.len == strlen(text) && memcmp(v.p, text, v.len) == 0;
}

static bool
attr_says(const struct xml *x, const struct xml_node *n, const char *name, const char *text)
{
	struct xml_span	 v;

	return xml_attr(x, n, name, &v) && says(v, text);
}

static bool
broken(const char *rule)
{
	return rep.count == 1 && rep.findings[0].rule != NULL &&
	    strcmp(rep.findings[0].rule, rule) == 0;
}

static void
test_tree(void)
{
	struct xml	*x = parse("<a x='1' y='2'>\n <b/><c>t</c>\n<d><e>u</e><f/></d>\n</a>");
	const struct xml_node *n;
	struct xml_span	 none;

	CU_ASSERT_PTR_NOT_NULL_FATAL(x);
	n = xml_root(x);
	CU_ASSERT_STRING_EQUAL(xml_name(n), "a");
	CU_ASSERT(xml_line(n) == 1 && xml_next(n) == NULL && !xml_mixed(n));
	CU_ASSERT(says(xml_text(n), ""));
	CU_ASSERT_EQUAL(xml_attr_count(n), 2);
	CU_ASSERT(attr_says(x, n, "x", "1"));
	CU_ASSERT(attr_says(x, n, "y", "2"));
	CU_ASSERT_FALSE(xml_attr(x, n, "z", &none));
	n = xml_first(n);
	CU_ASSERT(xml_is(n, "b") && !xml_is(n, "c") && xml_first(n) == NULL);
	CU_ASSERT_EQUAL(xml_attr_count(n), 0);
	n = xml_next(n);
	CU_ASSERT(xml_is(n, "c") && xml_line(n) == 2);
	CU_ASSERT(says(xml_text(n), "t"));
	n = xml_next(n);
	CU_ASSERT(xml_is(n, "d") && xml_line(n) == 3 && xml_next(n) == NULL);
	n = xml_first(n);
	CU_ASSERT(says(xml_text(n), "u"));
	CU_ASSERT(xml_is(xml_next(n), "f") && xml_next(xml_next(n)) == NULL);
	CU_ASSERT(!xml_is(NULL, "f") && xml_next(NULL) == NULL && xml_first(NULL) == NULL);
	CU_ASSERT_EQUAL(xml_verdict(x), ACCEPT);
	xml_free(x);
	xml_free(NULL);
}

static void
test_text(void)
{
	struct xml	*x = parse("<a b='&amp;&lt;&gt;&quot;&apos;&#38;&#x26;#38; &#10;\t\n.'>"
	    "<!-- c --><b>&amp;<![CDATA[<&]]>&#228;<!-- --><?pi?>\r\n.</b>"
	    "<c>x<d/>y</c><e><d/>z</e></a>");
	const struct xml_node *n;

	CU_ASSERT_PTR_NOT_NULL_FATAL(x);
	n = xml_root(x);
	CU_ASSERT(attr_says(x, n, "b", "&<>\"'&&#38; \n  ."));
	n = xml_first(n);
	CU_ASSERT(says(xml_text(n), "&<&\xc3\xa4\n."));
	CU_ASSERT(!xml_mixed(n));
	n = xml_next(n);
	CU_ASSERT(xml_mixed(n) && xml_text(n).len == 0 && xml_text(xml_first(n)).len == 0);
	n = xml_next(n);
	CU_ASSERT(xml_mixed(n) && xml_text(n).len == 0);
	xml_free(x);
}

/* Pieces of text, as they stand in a document and as they are meant; the last only in elements. */
static const struct {
	const char	*stands, *means;
} pieces[] = {
	{ "ab", "ab" }, { " ", " " }, { "&lt;", "<" }, { "&amp;", "&" }, { "&#x41;", "A" },
	{ "\xc3\xa4", "\xc3\xa4" }, { "&#228;", "\xc3\xa4" }, { "<![CDATA[<]]>", "<" },
	{ "<![CDATA[]]>", "" }, { "<!-- x -->", "" }, { "<?x y?>", "" }, { "\r\n", "\n" }
};

#define PIECES		(sizeof(pieces) / sizeof(pieces[0]))
#define PIECES_ATTR	7		/* the first ones also stand in attributes */

/* Text that is left where it stands, and text that has to be put together, in any order. */
static void
test_pieces(void)
{
	char		 raw[64], text[64], doc[256];
	const struct xml_node *n;
	struct xml	*x;
	size_t		 i, j, p, wrong = 0;
	bool		 attr;

	for (i = 0; i < PIECES * PIECES * PIECES * PIECES; i++) {
		raw[0] = text[0] = '\0';
		attr = true;
		for (j = 0, p = i; j < 4; j++, p /= PIECES) {
			strcat(raw, pieces[p % PIECES].stands);
			strcat(text, pieces[p % PIECES].means);
			attr = attr && p % PIECES < PIECES_ATTR;
		}
		snprintf(doc, sizeof(doc), "<r><a>%s</a>\n<b x=\"%s\"/></r>", raw, attr ? raw : "");
		x = parse(doc);
		n = xml_first(xml_root(x));
		wrong += x == NULL || !says(xml_text(n), text) || xml_mixed(n) ||
		    !attr_says(x, xml_next(n), "x", attr ? text : "");
		xml_free(x);
	}
	CU_ASSERT_EQUAL(wrong, 0);
}

static void
test_bytes(void)
{
	static const struct {
		const char	*bytes;
		size_t		 len;
		unsigned long	 line;
	} bad[] = {
		{ "", 0, 1 }, { " \n ", 3, 2 }, { "\xef\xbb\xbf", 3, 1 }, { "\0", 1, 1 },
		{ "<a/>\0", 5, 1 }, { "<a>\n\n\0</a>", 10, 3 }, { "<a>\n\xff</a>", 9, 2 },
		{ "<a>\xed\xa0\x80</a>", 10, 1 }, { "<a>\xc3</a>", 8, 1 },
		{ "<a>\xf4\x90\x80\x80</a>", 11, 1 }, { "<a>\xe0\x80\x80</a>", 10, 1 },
		{ "<a>\xef\xbf\xbe</a>", 10, 1 }, { "<a/>\xe2\x82", 6, 1 },
		{ "<\0a\0/\0>\0", 8, 1 }, { "\xff\xfe<\0", 4, 1 }, { "\xfe\xff", 2, 1 },
		{ "Lo\xa7\x94", 4, 1 }, { "hello", 5, 1 }, { "\n\nx<a/>", 7, 3 },
		{ "\xef\xbb\xbf\xef\xbb\xbf<a/>", 10, 1 }
	};
	struct xml	*x = NULL;
	size_t		 i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		CU_ASSERT_EQUAL(parse_bytes(&x, bad[i].bytes, bad[i].len, &rules), REFUSE);
		CU_ASSERT(broken("X-XML"));
		CU_ASSERT_EQUAL(rep.findings[0].line, bad[i].line);
		CU_ASSERT_EQUAL(parse_bytes(&x, bad[i].bytes, bad[i].len, NULL), FAULT);
	}
	CU_ASSERT_PTR_NULL(x);
}

static void
test_utf8(void)
{
	static const struct {
		const char	*text;
		size_t		 at;
	} is[] = {
		{ "", 0 }, { "abc", 3 }, { "\x7f", 1 }, { "\x80", 0 }, { "\xc1\xbf", 0 },
		{ "\xc2\x80", 2 }, { "\xdf\xbf", 2 }, { "\xe0\xa0\x80", 3 }, { "\xe0\x9f\xbf", 0 },
		{ "\xed\x9f\xbf", 3 }, { "\xed\xa0\x80", 0 }, { "\xee\x80\x80", 3 },
		{ "\xef\xbf\xbd", 3 }, { "\xef\xbf\xbe", 0 }, { "\xf0\x90\x80\x80", 4 },
		{ "\xf0\x8f\xbf\xbf", 0 }, { "\xf4\x8f\xbf\xbf", 4 }, { "\xf4\x90\x80\x80", 0 },
		{ "\xf5\x80\x80\x80", 0 }, { "12345678\xc3\xa4""12345678\xc3", 18 },
		{ "1234567\xc3\xa4\xe2\x82\xac\xe2\x82", 12 }, { "a\xf0\x90\x80z", 1 }
	};
	size_t		 i;

	for (i = 0; i < sizeof(is) / sizeof(is[0]); i++)
		CU_ASSERT_EQUAL(xml_scan_utf8((const unsigned char *)is[i].text,
		    strlen(is[i].text)), is[i].at);
}

/* A tag may have XML_TAG_MAX bytes; what only looks like one may have more. */
static void
test_long_tags(void)
{
	static const struct {
		const char	*before, *after;
	} legal[] = {
		{ "<!-- <", "--><a/>" }, { "<a><![CDATA[<", "]]></a>" }, { "<?pi <", "?><a/>" },
		{ "<a b='>", "'/>" }, { "<a>", "</a>" }, { "<a/><!--", "-->" }
	};
	char		*text, pad[5000];
	struct xml	*x = NULL;
	size_t		 i;

	memset(pad, 'p', sizeof(pad));
	for (i = 0; i < sizeof(legal) / sizeof(legal[0]); i++) {
		CU_ASSERT_NOT_EQUAL_FATAL(asprintf(&text, "%s%.*s%s", legal[i].before,
		    i == 3 ? 2000 : 5000, pad, legal[i].after), -1);
		CU_ASSERT_PTR_NOT_NULL(x = parse(text));
		xml_free(x);
		free(text);
	}
	for (i = XML_TAG_MAX; i <= XML_TAG_MAX + 1; i++) {
		CU_ASSERT_NOT_EQUAL_FATAL(asprintf(&text, "<?p \"?><!-- ' -->\n<a b='%.*s'/>",
		    (int)i - 9, pad), -1);
		x = parse(text);
		CU_ASSERT((x != NULL) == (i == XML_TAG_MAX));
		xml_free(x);
		free(text);
	}
	CU_ASSERT_EQUAL(rep.findings[0].line, 2);
	CU_ASSERT_NOT_EQUAL_FATAL(asprintf(&text, "<a></a%5000s>", ""), -1);
	CU_ASSERT_PTR_NULL(parse(text));
	free(text);
}

static void
test_encodings(void)
{
	static const char *const good[] = {
		"UTF-8", "utf-8", "US-ASCII", "us-ascii"
	}, *const bad[] = {
		"", "UTF8", "UTF-16", "UTF-16LE", "ISO-8859-1", "latin1", "ASCII", "UTF-8 ", "UCS-4",
		"EBCDIC", "UTF-7", "windows-1252", "HTML", "x", "UTF-\xef\xbc\x98"
	};
	char		 text[100];
	struct xml	*x;
	size_t		 i;

	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		snprintf(text, sizeof(text), "<?xml version='1.0' encoding='%s'?><a>b</a>", good[i]);
		CU_ASSERT_PTR_NOT_NULL_FATAL(x = parse(text));
		CU_ASSERT(says(xml_text(xml_root(x)), "b"));
		xml_free(x);
	}
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		snprintf(text, sizeof(text), "<?xml version=\"1.0\" encoding=\"%s\"?><a>b</a>", bad[i]);
		CU_ASSERT_PTR_NULL(parse(text));
	}
	/* Bytes beyond ASCII are not what that declaration promises. */
	CU_ASSERT_PTR_NULL(parse("<?xml version='1.0' encoding='US-ASCII'?><a>\xc3\xa4</a>"));
	CU_ASSERT_PTR_NULL(parse("<?xml version='1.0' encoding=UTF-8?><a/>"));
	CU_ASSERT_PTR_NULL(parse("<?xml version='1.0' encoding='UTF-8?><a/>"));
	CU_ASSERT_PTR_NULL(parse("<?xml encoding='UTF-8'?><a/>"));
	CU_ASSERT_PTR_NULL(parse("<?xml version='1.0' encoding='UTF-8' encoding='UTF-16'?><a/>"));
	CU_ASSERT_PTR_NULL(parse("<?xml version='2.0'?><a/>"));
}

static void
test_refused(void)
{
	static const char *const bad[] = {
		"<!DOCTYPE a><a/>", "<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>",
		"<!DOCTYPE a SYSTEM 'file:///etc/passwd'><a/>", "<!doctype a><a/>",
		"<!DOCTYPE a PUBLIC '-' 'http://127.0.0.1:1/'><a/>",
		"<!DOCTYPE a [<!ENTITY % b SYSTEM 'http://127.0.0.1:1/'>%b;]><a/>",
		"<a>&b;</a>", "<a b='&c;'/>", "<a>&lt</a>", "<a>&#xFFFF;</a>", "<a>&#x110000;</a>",
		"<a>&#xD800;</a>", "<a/><a/>", "<a/>b", "<a>", "</a>", "<a></b>", "<a b='1' b='2'/>",
		"<a b='<'/>", "<a b=1/>", "<a b/>", "<a>]]></a>", "<a><!-- -- --></a>", "<!-- -->",
		"<?xml version='1.0'?>", "<a><?xml version='1.0'?></a>", "<b:a/>", "<a b:c='d'/>",
		"<a>\x01</a>", "<a b='\x1f'/>", "<a", "<a b='", "<!--", "<![CDATA[]]><a/>", "<a/><![CDATA[]]>"
	};
	size_t		 i;
	struct xml	*x = NULL;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		if (parse_bytes(&x, bad[i], strlen(bad[i]), &rules) != REFUSE || !broken("X-XML"))
			CU_FAIL(bad[i]);
		if (parse_bytes(&x, bad[i], strlen(bad[i]), NULL) != FAULT ||
		    rep.count != 1 || rep.findings[0].level != FAULTY)
			CU_FAIL(bad[i]);
	}
	CU_ASSERT_PTR_NULL(x);
	CU_ASSERT_PTR_NULL(parse("<a xmlns='urn:x'/>"));
	CU_ASSERT_PTR_NULL(parse("<a xml:lang='en'/>"));
	CU_ASSERT_EQUAL(parse_bytes(&x, "<a/>", 4, &rules), REFUSE);
	CU_ASSERT(broken("X-SCHEMA"));
}

/* "part" n times, between these. */
static struct buf
repeated(const char *before, const char *part, size_t n, const char *after)
{
	struct buf	 b = BUF_EMPTY;
	size_t		 i, len = strlen(part);
	char		*many;

	CU_ASSERT_PTR_NOT_NULL_FATAL(many = malloc(n * len + 1));
	for (i = 0; i < n; i++)
		memcpy(many + i * len, part, len);
	CU_ASSERT_EQUAL_FATAL(buf_puts(&b, before), 0);
	CU_ASSERT_EQUAL_FATAL(buf_append(&b, many, n * len), 0);
	CU_ASSERT_EQUAL_FATAL(buf_puts(&b, after), 0);
	free(many);
	return b;
}

static double
seconds(void)
{
	struct timespec	 t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* Whatever comes is dealt with in time that is linear in its size. */
static void
test_hostile(void)
{
	static char	 deep[200 * 1800];
	static const struct {
		const char	*before, *part, *after;
		size_t		 n;
		int		 fine;		/* well-formed; -1: who knows */
	} docs[] = {
		{ "<a ", "b%zu='' ", "/>", 40000, 0 },
		{ "", "<a>", "", 1000000, 0 },
		{ "<a", "<a '\"", ">", 100000, 0 },
		{ "<a>", " ", "</a>", 5000000, 1 },
		{ "<a>", " ", "</a>", 50000000, -1 },
		{ "<a>", "<b/>", "</a>", 200000, 1 },
		{ "<a>", "<b/>x", "</a>", 200000, 1 },
		{ "<a>", "<!--x--> ", "</a>", 300000, 1 },
		{ "<a>", "<![CDATA[]]>x", "</a>", 300000, 1 },
		{ "<a>", "&amp;", "</a>", 300000, 1 },
		{ "<a>", "<?p?>y", "</a>", 300000, 1 },
		{ "", "<!--", "", 500000, 0 },
		{ "<a>", "<![CDATA[", "", 300000, 0 },
		{ "", "<?p ", "", 500000, 0 },
		{ "<!DOCTYPE a [<!ENTITY a 'aaaaaaaaaa'>", "<!ENTITY b '&a;&a;&a;&a;&a;'>",
		    "]><a>&b;</a>", 10000, 0 },
		{ "<a>", "<b xmlns='urn:x'>", "", 200, 0 },
		{ "<a>", "<b", "/>", 300000, 0 },
		{ deep, "<b/>", "</a>", 200000, 0 }
	};
	struct xml	*x;
	struct buf	 b;
	enum verdict	 v;
	double		 t;
	size_t		 i, j, used = 0;

	/* 200 elements inside each other, each with 100 namespaces. */
	for (i = 0; i < 200; i++) {
		used += (size_t)sprintf(deep + used, "<a");
		for (j = 0; j < 100; j++)
			used += (size_t)sprintf(deep + used, " xmlns:n%zu='u'", j);
		used += (size_t)sprintf(deep + used, ">");
	}
	for (i = 0; i < sizeof(docs) / sizeof(docs[0]); i++) {
		b = repeated(docs[i].before, docs[i].part, docs[i].n, docs[i].after);
		x = NULL;
		t = seconds();
		v = parse_bytes(&x, b.data, b.len, NULL);
		CU_ASSERT(docs[i].fine == -1 || v == (docs[i].fine ? ACCEPT : FAULT));
		CU_ASSERT(rep.count <= 1);
		xml_free(x);
		x = NULL;
		CU_ASSERT_EQUAL(parse_bytes(&x, b.data, b.len, &rules), REFUSE);
		CU_ASSERT_EQUAL(rep.count, 1);
		t = seconds() - t;
		if (t > TOO_LONG)
			CU_FAIL(docs[i].part);
		buf_free(&b);
	}
}

/* Reading one document twice as long takes about twice as long, not four times. */
static void
test_linear(void)
{
	const char	*end = strstr(KSR_SAMPLE, "</Request>");
	char		*start = strndup(KSR_SAMPLE, strlen(KSR_SAMPLE) - strlen(end));
	const char	*bundle = "<RequestBundle id=\"b\"><Inception>2030-01-01T00:00:00</Inception>"
	    "<Expiration>2030-01-01T00:00:00</Expiration>"
	    KEY("k", "17", "256", "13", BYTES_0) SIGNATURE("k", "17", "13", BYTES_64)
	    "</RequestBundle>";
	double		 t[2];
	size_t		 i;
	struct buf	 b;
	struct xml	*x;

	CU_ASSERT_PTR_NOT_NULL_FATAL(start);
	for (i = 0; i < 2; i++) {
		b = repeated(start, bundle, i == 0 ? 2000 : 8000, end);
		x = NULL;
		t[i] = seconds();
		CU_ASSERT_EQUAL(parse_bytes(&x, b.data, b.len, &rules), ACCEPT);
		t[i] = seconds() - t[i];
		xml_free(x);
		buf_free(&b);
	}
	CU_ASSERT(t[1] < 10 * t[0]);
	free(start);
}

/* The library has no way to say anything on its own. */
static void
test_silence(void)
{
	FILE		*f = tmpfile();
	int		 saved = dup(STDERR_FILENO);

	CU_ASSERT_PTR_NOT_NULL_FATAL(f);
	fflush(stderr);
	CU_ASSERT_NOT_EQUAL_FATAL(dup2(fileno(f), STDERR_FILENO), -1);
	test_refused();
	test_bytes();
	test_encodings();
	fflush(stderr);
	CU_ASSERT_NOT_EQUAL_FATAL(dup2(saved, STDERR_FILENO), -1);
	CU_ASSERT_EQUAL(lseek(fileno(f), 0, SEEK_END), 0);
	close(saved);
	fclose(f);
}

static void
test_getters(void)
{
	struct xml	*x = parse("<a n=' 0042 ' t='2030-01-01T00:00:00Z' d=' P1DT1S' s=' s '>"
	    "<b>Zm8=</b><c> Example.COM.\n</c><d> yes </d></a>");
	const struct xml_node *n, *c;
	struct dname	 name, want;
	unsigned char	*data;
	char		*s;
	size_t		 len = 0;

	CU_ASSERT_PTR_NOT_NULL_FATAL(x);
	n = xml_root(x);
	CU_ASSERT_EQUAL(xml_number(x, n, "n", 42, 42), 42);
	CU_ASSERT_EQUAL(xml_time(x, n, "t"), 1893456000);
	CU_ASSERT_EQUAL(xml_duration(x, n, "d"), 86401);
	CU_ASSERT_PTR_NOT_NULL_FATAL(s = xml_string(x, n, "s"));
	CU_ASSERT_STRING_EQUAL(s, " s ");
	free(s);
	c = xml_first(n);
	CU_ASSERT_PTR_NOT_NULL_FATAL(data = xml_base64(x, c, NULL, &len));
	CU_ASSERT(len == 2 && memcmp(data, "fo", 2) == 0);
	free(data);
	c = xml_next(c);
	CU_ASSERT_PTR_NOT_NULL_FATAL(s = xml_dname(x, c, NULL, &name));
	CU_ASSERT_STRING_EQUAL(s, "Example.COM.");
	CU_ASSERT(dname_parse(&want, "example.com") == 0 && dname_equal(&name, &want));
	free(s);
	xml_fixed(x, xml_next(c), NULL, "yes");
	CU_ASSERT(xml_verdict(x) == ACCEPT && rep.count == 0);
	CU_ASSERT_EQUAL(xml_number(x, n, "n", 43, 50), 0);
	CU_ASSERT_EQUAL(xml_number(x, n, "n", 0, 41), 0);
	CU_ASSERT_EQUAL(xml_number(x, n, "missing", 0, 41), 0);
	CU_ASSERT_EQUAL(xml_time(x, n, "d"), 0);
	CU_ASSERT_EQUAL(xml_duration(x, n, "t"), 0);
	CU_ASSERT_PTR_NULL(xml_base64(x, n, "d", &len));
	CU_ASSERT_PTR_NULL(xml_dname(x, n, "missing", &name));
	CU_ASSERT_PTR_NULL(xml_string(x, n, NULL));
	xml_fixed(x, n, "s", "t");
	CU_ASSERT_EQUAL(rep.count, 9);
	CU_ASSERT_EQUAL(xml_verdict(x), FAULT);
	CU_ASSERT_STRING_EQUAL(rep.findings[0].text, "a n: \"0042\" is not a number from 43 to 50");
	CU_ASSERT_STRING_EQUAL(rep.findings[2].text, "a has no attribute missing");
	xml_free(x);
}

static void
test_string_limit(void)
{
	struct buf	 b = repeated("<a s='", "x", 255, "' t='x"), all;
	struct xml	*x;
	char		*s;

	all = repeated((const char *)b.data, "y", 255, "'/>");
	CU_ASSERT_PTR_NOT_NULL_FATAL(x = parse((const char *)all.data));
	CU_ASSERT_PTR_NOT_NULL(s = xml_string(x, xml_root(x), "s"));
	free(s);
	CU_ASSERT_PTR_NULL(xml_string(x, xml_root(x), "t"));
	CU_ASSERT_EQUAL(rep.count, 1);
	xml_free(x);
	buf_free(&all);
	buf_free(&b);
}

static void
test_escape(void)
{
	static const char *const bad[] = {
		"\x01", "a\x1f", "\x7f\xff", "\xc0\x80", "\xed\xa0\x80", "\xef\xbf\xbf", "a\b"
	};
	struct buf	 b = BUF_EMPTY;
	size_t		 i;

	CU_ASSERT_EQUAL(xml_escape(&b, ""), 0);
	CU_ASSERT_EQUAL(xml_escape(&b, "plain \x7f \xc3\xa4"), 0);
	CU_ASSERT_STRING_EQUAL((const char *)b.data, "plain \x7f \xc3\xa4");
	b.len = 0;
	CU_ASSERT_EQUAL(xml_escape(&b, "a&b<c>d\"e'f\tg\nh\ri"), 0);
	CU_ASSERT_STRING_EQUAL((const char *)b.data,
	    "a&amp;b&lt;c&gt;d&quot;e'f&#9;g&#10;h&#13;i");
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		b.len = 0;
		errno = 0;
		CU_ASSERT_EQUAL(xml_escape(&b, bad[i]), -1);
		CU_ASSERT(errno == EINVAL && b.len == 0);
	}
	buf_free(&b);
}

int
main(void)
{
	CU_pSuite	 s;
	unsigned	 failed;

	if (CU_initialize_registry() != CUE_SUCCESS ||
	    (s = CU_add_suite("xml", NULL, NULL)) == NULL)
		return 1;
	CU_ADD_TEST(s, test_tree);
	CU_ADD_TEST(s, test_text);
	CU_ADD_TEST(s, test_pieces);
	CU_ADD_TEST(s, test_bytes);
	CU_ADD_TEST(s, test_utf8);
	CU_ADD_TEST(s, test_long_tags);
	CU_ADD_TEST(s, test_encodings);
	CU_ADD_TEST(s, test_refused);
	CU_ADD_TEST(s, test_hostile);
	CU_ADD_TEST(s, test_linear);
	CU_ADD_TEST(s, test_silence);
	CU_ADD_TEST(s, test_getters);
	CU_ADD_TEST(s, test_string_limit);
	CU_ADD_TEST(s, test_escape);
	CU_basic_set_mode(CU_BRM_VERBOSE);
	CU_basic_run_tests();
	failed = CU_get_number_of_failures();
	report_free(&rep);
	CU_cleanup_registry();
	return failed == 0 ? 0 : 1;
}
