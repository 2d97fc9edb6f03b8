/* Documents that mean harm: each must be refused, quickly and in little memory. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mint.h"

#define MANY	1000

struct hostile {
	const char	*name;
	void		(*make)(struct buf *, const struct buf *good);
	const char	*sentence;
};

static void
repeat(struct buf *b, const char *s, size_t times)
{
	while (times-- > 0)
		done(buf_puts(b, s));
}

static void
copy(struct buf *b, const struct buf *good)
{
	done(buf_append(b, good->data, good->len));
}

static void
laughs(struct buf *b, const struct buf *good)
{
	int	 i, j;

	(void)good;
	done(buf_puts(b, "<!DOCTYPE KSR [\n<!ENTITY e0 \"ha\">\n"));
	for (i = 1; i < 16; i++) {
		done(buf_printf(b, "<!ENTITY e%d \"", i));
		for (j = 0; j < 10; j++)
			done(buf_printf(b, "&e%d;", i - 1));
		done(buf_puts(b, "\">\n"));
	}
	done(buf_puts(b, "]>\n<KSR id=\"a\" domain=\".\" serial=\"1\">&e15;</KSR>\n"));
}

static void
quadratic(struct buf *b, const struct buf *good)
{
	(void)good;
	done(buf_puts(b, "<!DOCTYPE KSR [<!ENTITY e \""));
	repeat(b, "0123456789abcdef", 1000);
	done(buf_puts(b, "\">]><KSR id=\"a\" domain=\".\" serial=\"1\">"));
	repeat(b, "&e;", MANY);
	done(buf_puts(b, "</KSR>\n"));
}

static void
file_entity(struct buf *b, const struct buf *good)
{
	copy(b, good);
	edit_replace(b, "<KSR", "<!DOCTYPE KSR [<!ENTITY f SYSTEM \"file:///etc/passwd\">]>\n<KSR");
	edit_set(b, "PublicKey", "&f;");
}

static void
parameter_entity(struct buf *b, const struct buf *good)
{
	copy(b, good);
	edit_replace(b, "<KSR", "<!DOCTYPE KSR [<!ENTITY % p SYSTEM \"http://127.0.0.1:9/p.dtd\"> %p;]>\n<KSR");
}

static void
external_subset(struct buf *b, const struct buf *good)
{
	copy(b, good);
	edit_replace(b, "<KSR", "<!DOCTYPE KSR SYSTEM \"http://127.0.0.1:9/ksr.dtd\">\n<KSR");
}

static void
inclusion(struct buf *b, const struct buf *good)
{
	copy(b, good);
	edit_set(b, "PublicKey", "<xi:include xmlns:xi=\"http://www.w3.org/2001/XInclude\" "
	    "href=\"file:///etc/passwd\" parse=\"text\"/>");
}

static void
deep(struct buf *b, const struct buf *good)
{
	(void)good;
	repeat(b, "<KSR>", MANY);
	repeat(b, "</KSR>", MANY);
}

static void
deep_open(struct buf *b, const struct buf *good)
{
	(void)good;
	repeat(b, "<KSR>", 2 * MANY);
}

static void
attributes(struct buf *b, const struct buf *good)
{
	int	 i;

	(void)good;
	done(buf_puts(b, "<KSR id=\"a\" domain=\".\" serial=\"1\""));
	for (i = 0; i < MANY; i++)
		done(buf_printf(b, " a%d=\"\"", i));
	done(buf_puts(b, "/>\n"));
}

static void
long_attribute(struct buf *b, const struct buf *good)
{
	(void)good;
	done(buf_puts(b, "<KSR id=\""));
	repeat(b, "0123456789abcdef", MANY);
	done(buf_puts(b, "\" domain=\".\" serial=\"1\"/>\n"));
}

static void
long_name(struct buf *b, const struct buf *good)
{
	(void)good;
	done(buf_puts(b, "<"));
	repeat(b, "KSR", MANY);
	done(buf_puts(b, "/>\n"));
}

static void
quoted_ends(struct buf *b, const struct buf *good)
{
	(void)good;
	done(buf_puts(b, "<KSR id='"));
	repeat(b, ">\"<", MANY);
}

static void
huge_value(struct buf *b, const struct buf *good, const char *element, const char *digit)
{
	struct buf	 v = BUF_EMPTY;

	copy(b, good);
	repeat(&v, digit, 3 * MANY);
	edit_set(b, element, (char *)v.data);
	buf_free(&v);
}

static void
huge_number(struct buf *b, const struct buf *good)
{
	huge_value(b, good, "TTL", "9");
}

static void
huge_duration(struct buf *b, const struct buf *good)
{
	copy(b, good);
	edit_set(b, "MaxSignatureValidity",
	    "P9223372036854775807DT9223372036854775807H9223372036854775807M");
}

static void
huge_year(struct buf *b, const struct buf *good)
{
	copy(b, good);
	edit_set(b, "Inception", "9223372036854775807-01-01T00:00:00");
}

static void
huge_key(struct buf *b, const struct buf *good)
{
	huge_value(b, good, "PublicKey", "AAAA");
}

static void
huge_exponent(struct buf *b, const struct buf *good)
{
	copy(b, good);
	edit_set(b, "Algorithm", "8");
	edit_set(b, "PublicKey", "AP//AQAB");	/* an exponent of 65535 bytes, RFC 3110 2 */
}

static void
empty_modulus(struct buf *b, const struct buf *good)
{
	copy(b, good);
	edit_set(b, "Algorithm", "8");
	edit_set(b, "PublicKey", "AwEAAQ==");
}

static void
escapes(struct buf *b, const struct buf *good)
{
	copy(b, good);
	edit_attribute(b, "id", "&#27;]0;owned&#7;\xc2\x9b" "31m\xe2\x80\xae%n%s");
}

static void
invisible(struct buf *b, const struct buf *good)
{
	copy(b, good);
	edit_attribute(b, "domain", "\xe2\x80\x8b.\xef\xbb\xbf");
}

static void
fullwidth(struct buf *b, const struct buf *good)
{
	copy(b, good);
	edit_set(b, "TTL", "\xef\xbc\x91\xef\xbc\x97\xef\xbc\x92");	/* digits, but not ASCII's */
}

static void
open_tag(struct buf *b, const struct buf *good)
{
	(void)good;
	done(buf_puts(b, "<"));
}

static void
open_cdata(struct buf *b, const struct buf *good)
{
	(void)good;
	done(buf_puts(b, "<KSR id=\"a\" domain=\".\" serial=\"1\"><![CDATA["));
	repeat(b, "]]", MANY);
}

static void
instructions(struct buf *b, const struct buf *good)
{
	(void)good;
	repeat(b, "<?x y?>", MANY);
	done(buf_puts(b, "<KSR/>"));
}

static void
zeroes(struct buf *b, const struct buf *good)
{
	size_t	 i;

	(void)good;
	for (i = 0; i < MANY; i++)
		done(buf_append(b, "", 1));
}

static void
not_utf8(struct buf *b, const struct buf *good)
{
	(void)good;
	repeat(b, "\xff\xfe\xfd", MANY);
}

static void
gzipped(struct buf *b, const struct buf *good)
{
	/* An empty member of RFC 1952: libraries have been known to unpack. */
	static const unsigned char	 gz[] = { 0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3,
		3, 0, 0, 0, 0, 0, 0, 0, 0, 0 };

	(void)good;
	done(buf_append(b, gz, sizeof(gz)));
}

static void
many_flags(struct buf *b, const struct buf *good)
{
	int	 i;

	copy(b, good);
	for (i = 0; i < 60; i++)
		edit_double(b, "Flags");
}

static const struct hostile documents[] = {
	{ "laughs", laughs, "entities that grow by ten, fifteen times" },
	{ "quadratic", quadratic, "a long entity, used often" },
	{ "file-entity", file_entity, "an entity that names a file" },
	{ "parameter-entity", parameter_entity, "a parameter entity from the network" },
	{ "external-subset", external_subset, "a document type from the network" },
	{ "inclusion", inclusion, "XInclude of a file" },
	{ "deep", deep, "elements nested 1,000 deep" },
	{ "deep-open", deep_open, "2,000 elements opened and never closed" },
	{ "attributes", attributes, "1,000 attributes" },
	{ "long-attribute", long_attribute, "an attribute of 16,000 bytes" },
	{ "long-name", long_name, "an element name of 3,000 bytes" },
	{ "quoted-ends", quoted_ends, "an attribute full of > and without an end" },
	{ "huge-number", huge_number, "a TTL of 3,000 digits" },
	{ "huge-duration", huge_duration, "a duration that overflows everything" },
	{ "huge-year", huge_year, "a year of 19 digits" },
	{ "huge-key", huge_key, "a public key of 9,000 bytes" },
	{ "huge-exponent", huge_exponent, "an RSA exponent that claims 65,535 bytes" },
	{ "empty-modulus", empty_modulus, "an RSA key without a modulus" },
	{ "escapes", escapes, "terminal escapes and printf directives in the id" },
	{ "invisible", invisible, "invisible letters in the domain" },
	{ "fullwidth", fullwidth, "digits of another alphabet" },
	{ "open-tag", open_tag, "a single <" },
	{ "open-cdata", open_cdata, "a CDATA section that does not end" },
	{ "instructions", instructions, "1,000 processing instructions" },
	{ "zeroes", zeroes, "NUL bytes" },
	{ "not-utf8", not_utf8, "bytes that are no text" },
	{ "gzipped", gzipped, "a gzip file" },
	{ "many-flags", many_flags, "an element 61 times" },
	{ NULL, NULL, NULL }
};

bool
hostile_write(struct buf *out, const struct buf *in, const char *name)
{
	const struct hostile	*h;

	for (h = documents; h->name != NULL; h++)
		if (strcmp(h->name, name) == 0) {
			h->make(out, in);
			return true;
		}
	return false;
}

void
hostile_list(void)
{
	const struct hostile	*h;

	for (h = documents; h->name != NULL; h++)
		printf("%s\t%s\n", h->name, h->sentence);
}
