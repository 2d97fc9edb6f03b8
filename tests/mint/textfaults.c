/*
 * Faults of form: what makes a document no XML (rules KSR-XML and SKR-XML) or no
 * document of the schema (KSR-SCHEMA and SKR-SCHEMA).
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mint.h"

/* Every function edits the written document; from and to come from the row. */
struct textfault {
	const char	*name;
	void		(*apply)(struct buf *, const char *from, const char *to);
	const char	*from;
	const char	*to;
	const char	*sentence;
};

static void
drop(struct buf *b, const char *element, const char *unused)
{
	(void)unused;
	edit_drop(b, element);
}

static void
twice(struct buf *b, const char *element, const char *unused)
{
	(void)unused;
	edit_double(b, element);
}

static void
prefix(struct buf *b, const char *what, const char *unused)
{
	(void)unused;
	edit_insert(b, 0, what, strlen(what));
}

static void
suffix(struct buf *b, const char *what, const char *unused)
{
	(void)unused;
	edit_insert(b, b->len, what, strlen(what));
}

/* The share of the document that is left, in per cent. */
static void
truncated(struct buf *b, const char *percent, const char *unused)
{
	(void)unused;
	edit_cut(b, b->len * strtoul(percent, NULL, 10) / 100);
}

/* Without the last '>'. */
static void
beheaded(struct buf *b, const char *unused, const char *unused2)
{
	(void)unused;
	(void)unused2;
	while (b->len > 0 && b->data[b->len - 1] != '>')
		edit_cut(b, b->len - 1);
	edit_cut(b, b->len - 1);
}

static void
nul_inside(struct buf *b, const char *unused, const char *unused2)
{
	(void)unused;
	(void)unused2;
	edit_insert(b, b->len / 2, "", 1);
}

static void
nul_behind(struct buf *b, const char *unused, const char *unused2)
{
	(void)unused;
	(void)unused2;
	edit_insert(b, b->len, "", 1);
}

static void
utf16(struct buf *b, const char *unused, const char *unused2)
{
	struct buf	 out = BUF_EMPTY;
	char		 pair[2] = { 0, 0 };
	size_t		 i;

	(void)unused;
	(void)unused2;
	done(buf_append(&out, "\xff\xfe", 2));
	for (i = 0; i < b->len; i++) {
		pair[0] = (char)b->data[i];
		done(buf_append(&out, pair, 2));
	}
	buf_free(b);
	*b = out;
}

/* The document once more behind itself. */
static void
again(struct buf *b, const char *unused, const char *unused2)
{
	char	*root;
	char	*copy;

	(void)unused;
	(void)unused2;
	if ((root = strstr((char *)b->data, "<KSR")) == NULL)
		die("no root element");
	copy = need(strdup(root));
	edit_insert(b, b->len, copy, strlen(copy));
	free(copy);
}

/* One base64 character too few, of the first element of this name. */
static void
shorter(struct buf *b, const char *element, const char *unused)
{
	char	*close = text("</%s>", element);
	char	*p = strstr((char *)b->data, close);

	(void)unused;
	if (p == NULL)
		die("no %s", element);
	while (p[-1] == '=')
		p--;
	p[-1] = ' ';
	free(close);
}

/* Every signature before the end of the first bundle. */
static void
unsigned_bundle(struct buf *b, const char *end, const char *unused)
{
	const char	*sig, *stop;

	(void)unused;
	for (;;) {
		sig = strstr((char *)b->data, "<Signature ");
		stop = strstr((char *)b->data, end);
		if (sig == NULL || stop == NULL || sig > stop)
			return;
		edit_drop(b, "Signature");
	}
}

static void
long_signature(struct buf *b, const char *unused, const char *unused2)
{
	char	 data[4096 + 1];

	(void)unused;
	(void)unused2;
	memset(data, 'A', sizeof(data) - 1);
	data[sizeof(data) - 1] = '\0';
	edit_set(b, "SignatureData", data);
}

static void
latin1_declared(struct buf *b, const char *unused, const char *unused2)
{
	(void)unused;
	(void)unused2;
	edit_replace(b, "<KSR", "<!-- \xe9 --><KSR");
	edit_replace(b, "UTF-8", "ISO-8859-1");
}

static void
other_root(struct buf *b, const char *unused, const char *unused2)
{
	(void)unused;
	(void)unused2;
	edit_replace(b, "<KSR ", "<SKR ");
	edit_replace(b, "</KSR>", "</SKR>");
}

static const struct textfault xml_faults[] = {
	{ "doctype", edit_replace, "<KSR", "<!DOCTYPE KSR>\n<KSR",
	    "a document type declaration" },
	{ "entity", edit_replace, "<KSR", "<!DOCTYPE KSR [<!ENTITY ttl \"172800\">]>\n<KSR",
	    "an entity is declared" },
	{ "external-entity", edit_replace, "<KSR",
	    "<!DOCTYPE KSR [<!ENTITY x SYSTEM \"file:///etc/hostname\">]>\n<KSR",
	    "an external entity is declared" },
	{ "undefined-entity", edit_set, "Flags", "256&nbsp;",
	    "an entity that is not one of the five" },
	{ "truncated", truncated, "60", NULL, "the last part of the document is missing" },
	{ "truncated-end", beheaded, NULL, NULL, "the last byte of the root is missing" },
	{ "empty", truncated, "0", NULL, "no bytes at all" },
	{ "trailing", suffix, "x", NULL, "a letter behind the root" },
	{ "second-root", again, NULL, NULL, "two documents in one" },
	{ "leading", prefix, "x", NULL, "a letter before the document" },
	{ "late-declaration", prefix, "\n", NULL, "a line break before the XML declaration" },
	{ "nul", nul_inside, NULL, NULL, "a NUL byte inside" },
	{ "nul-end", nul_behind, NULL, NULL, "a NUL byte behind the root" },
	{ "control", edit_set, "TTL", "172800\x01", "a control byte in a text" },
	{ "latin1", edit_replace, "<KSR", "<!-- caf\xe9 --><KSR", "a byte of ISO 8859-1" },
	{ "latin1-declared", latin1_declared, NULL, NULL,
	    "a byte of ISO 8859-1, and the declaration says so" },
	{ "overlong", edit_replace, "<KSR", "<!-- \xc0\xaf --><KSR", "an overlong form of UTF-8" },
	{ "surrogate", edit_replace, "<KSR", "<!-- \xed\xa0\x80 --><KSR", "half a surrogate pair" },
	{ "utf16", utf16, NULL, NULL, "UTF-16" },
	{ "unclosed", edit_replace, "</Flags>", "", "an element without its end" },
	{ "crossed", edit_replace, "</Flags>", "</TTL>", "an end that belongs to another element" },
	{ "unquoted", edit_replace, " serial=\"1\"", " serial=1", "an attribute without quotes" },
	{ "open-quote", edit_replace, " serial=\"1\"", " serial='1", "a quote that is not closed" },
	{ "same-attribute", edit_replace, " serial=\"1\"", " serial=\"1\" serial=\"1\"",
	    "an attribute twice" },
	{ "no-value", edit_replace, " serial=\"1\"", " serial", "an attribute without a value" },
	{ "bracket", edit_attribute, "id", "a<b", "a < in an attribute" },
	{ "cdata-end", edit_set, "TTL", "172800]]>", "the end of a CDATA section that never began" },
	{ "comment", edit_replace, "<KSR", "<!-- a -- b --><KSR", "two hyphens in a comment" },
	{ "open-comment", edit_replace, "<KSR", "<!-- <KSR", "a comment that is not closed" },
	{ "reference", edit_set, "TTL", "172800&#0;", "a reference to character 0" },
	{ NULL, NULL, NULL, NULL, NULL }
};

/* In the replacements, '@' stands for Request or Response. */
static const struct textfault schema_faults[] = {
	{ "element", edit_replace, "<@Policy>", "<Note>x</Note><@Policy>", "an unknown element" },
	{ "attribute", edit_replace, "<KSR ", "<KSR note=\"x\" ", "an unknown attribute" },
	{ "attribute-inside", edit_replace, "<TTL>", "<TTL unit=\"s\">",
	    "an attribute where none belongs" },
	{ "namespace", edit_replace, "<KSR ", "<KSR xmlns=\"urn:x\" ", "a name space" },
	{ "case", edit_replace, "<Flags>256</Flags>", "<flags>256</flags>",
	    "an element name in small letters" },
	{ "text", edit_replace, "<@Policy>", "x<@Policy>", "text between elements" },
	{ "missing", drop, "RetireSafety", NULL, "an element is missing" },
	{ "missing-policy", drop, "@Policy", NULL, "the policy is missing" },
	{ "missing-algorithm", drop, "SignatureAlgorithm", NULL, "a policy without an algorithm" },
	{ "missing-signature", unsigned_bundle, "</@Bundle>", NULL, "a bundle without a signature" },
	{ "missing-id", edit_replace, " id=", " name=", "the document has no id" },
	{ "missing-serial", edit_replace, " serial=\"1\"", "", "the document has no serial" },
	{ "missing-tag", edit_replace, " keyTag=", " tag=", "a key has no keyTag" },
	{ "repeated", twice, "TTL", NULL, "an element stands twice" },
	{ "two-policies", twice, "@Policy", NULL, "the policy stands twice" },
	{ "order", edit_move, "Inception", "Expiration", "Expiration stands before Inception" },
	{ "order-key", edit_move, "TTL", "Flags", "Flags stands before TTL" },
	{ "empty-id", edit_attribute, "id", "", "an empty document id" },
	{ "serial", edit_attribute, "serial", "-1", "a negative serial" },
	{ "serial-huge", edit_attribute, "serial", "18446744073709551616",
	    "a serial that does not fit 64 bits" },
	{ "domain", edit_attribute, "domain", "a..b", "a domain with an empty label" },
	{ "domain-long", edit_attribute, "domain",
	    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.",
	    "a domain with a label of 64 bytes" },
	{ "ttl", edit_set, "TTL", "2147483648", "a TTL of 2^31" },
	{ "ttl-negative", edit_set, "TTL", "-1", "a negative TTL" },
	{ "ttl-wraps", edit_set, "TTL", "4295140096", "a TTL that would be right modulo 2^32" },
	{ "ttl-empty", edit_set, "TTL", "", "an empty TTL" },
	{ "ttl-hex", edit_set, "TTL", "0x2a300", "a TTL in hex" },
	{ "flags", edit_set, "Flags", "65536", "flags of 17 bits" },
	{ "flags-wrap", edit_set, "Flags", "65792", "flags that would be right modulo 2^16" },
	{ "protocol", edit_set, "Protocol", "2", "protocol 2" },
	{ "algorithm", edit_set, "Algorithm", "256", "algorithm 256" },
	{ "tag", edit_attribute, "keyTag", "65536", "a key tag of 17 bits" },
	{ "tag-octal", edit_attribute, "keyTag", "0x1f", "a key tag in hex" },
	{ "labels", edit_set, "Labels", "256", "labels of 9 bits" },
	{ "original-ttl", edit_set, "OriginalTTL", "2147483648", "an original TTL of 2^31" },
	{ "type", edit_set, "TypeCovered", "SOA", "a signature over SOA" },
	{ "type-case", edit_set, "TypeCovered", "dnskey", "a type in small letters" },
	{ "offset", edit_set, "Inception", "2027-01-01T02:00:00+02:00", "a time that is not UTC" },
	{ "offset-zero", edit_set, "Inception", "2027-01-01T00:00:00-00:00", "the offset -00:00" },
	{ "calendar", edit_set, "Inception", "2027-02-30T00:00:00", "the 30th of February" },
	{ "leap-day", edit_set, "Inception", "2027-02-29T00:00:00",
	    "the 29th of February in a common year" },
	{ "hour", edit_set, "Inception", "2027-01-01T24:00:00", "the hour 24" },
	{ "leap-second", edit_set, "Inception", "2026-12-31T23:59:60", "a leap second" },
	{ "fraction", edit_set, "Inception", "2027-01-01T00:00:00.5", "a fraction of a second" },
	{ "date", edit_set, "Inception", "2027-01-01", "a date without a time" },
	{ "year", edit_set, "Expiration", "2107-01-01T00:00:00", "a time that no RRSIG can say" },
	{ "signature-time", edit_set, "SignatureExpiration", "20270101000000",
	    "a time as in a zone file" },
	{ "months", edit_set, "PublishSafety", "P1M", "a duration in months" },
	{ "years", edit_set, "PublishSafety", "P1Y", "a duration in years" },
	{ "negative", edit_set, "PublishSafety", "-P10D", "a negative duration" },
	{ "duration-empty", edit_set, "PublishSafety", "P", "a duration without a part" },
	{ "duration-t", edit_set, "PublishSafety", "P10DT", "a duration that ends in T" },
	{ "duration-order", edit_set, "PublishSafety", "PT1M1H", "minutes before hours" },
	{ "duration-huge", edit_set, "PublishSafety", "P99999999999999999999D",
	    "a duration that fits no number" },
	{ "base64", edit_set, "PublicKey", "!!!", "a public key that is no base64" },
	{ "base64-empty", edit_set, "PublicKey", "", "an empty public key" },
	{ "base64-padding", shorter, "PublicKey", NULL, "a public key that lacks a character" },
	{ "base64-bits", edit_set, "SignatureData", "AB==", "base64 with stray bits" },
	{ "base64-signature", edit_set, "SignatureData", "****", "a signature that is no base64" },
	{ "key-length", edit_set, "PublicKey", "AwEAAQ==", "a key too short for its algorithm" },
	{ "signature-length", long_signature, NULL, NULL,
	    "a signature longer than any algorithm makes" },
	{ "parameters", edit_replace, "</SignatureAlgorithm>", "<DSA size=\"1024\"/></SignatureAlgorithm>",
	    "a second set of parameters" },
	{ "no-parameters", edit_set, "SignatureAlgorithm", "", "an algorithm without parameters" },
	{ "root", other_root, NULL, NULL, "another root element" },
	{ "request-timestamp", edit_replace, "<@>", "<@ timestamp=\"yesterday\">",
	    "a timestamp that is no time" },
	{ NULL, NULL, NULL, NULL, NULL }
};

/* "Request" or "Response" for every '@'; the caller frees. */
static char *
expand(const char *s, const char *kind)
{
	struct buf	 b = BUF_EMPTY;

	if (s == NULL)
		return NULL;
	done(buf_puts(&b, ""));
	for (; *s != '\0'; s++) {
		if (*s == '@')
			done(buf_puts(&b, kind));
		else
			done(buf_append(&b, s, 1));
	}
	return (char *)b.data;
}

static bool
apply(struct buf *b, const struct textfault *table, const char *name, const char *kind)
{
	const struct textfault	*f;
	char			*from, *to;

	for (f = table; f->name != NULL; f++)
		if (strcmp(f->name, name) == 0)
			break;
	if (f->name == NULL)
		return false;
	from = expand(f->from, kind);
	to = expand(f->to, kind);
	f->apply(b, from, to);
	free(from);
	free(to);
	return true;
}

bool
text_fault(struct buf *b, const char *name)
{
	const char	*kind = strncmp(name, "SKR-", 4) == 0 ? "Response" : "Request";

	if (strncmp(name, "KSR-", 4) != 0 && strncmp(name, "SKR-", 4) != 0)
		return false;
	if (strncmp(name + 4, "XML/", 4) == 0)
		return apply(b, xml_faults, name + 8, kind);
	if (strncmp(name + 4, "SCHEMA/", 7) == 0)
		return apply(b, schema_faults, name + 11, kind);
	return false;
}

static void
list(const struct textfault *f, const char *kind, const char *rule, const char *context)
{
	for (; f->name != NULL; f++)
		printf("%s-%s/%s\ttext\t%s-%s\t%s\t%s\n", kind, rule, f->name, kind, rule,
		    context, f->sentence);
}

void
text_faults_list(const char *kind, const char *context)
{
	list(xml_faults, kind, "XML", context);
	list(schema_faults, kind, "SCHEMA", context);
}
