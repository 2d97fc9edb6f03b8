#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/isotime.h"
#include "base/utf8.h"
#include "model/dnskey.h"
#include "model/policy.h"
#include "model/policy_words.h"

/* Words that some YAML reader takes for something else than text. */
static bool
is_special(const char *s)
{
	static const char *const words[] = {
		"true", "false", "yes", "no", "on", "off", "null", "y", "n"
	};
	size_t	 i;

	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strcasecmp(words[i], s) == 0)
			return true;
	return false;
}

static bool
is_plain(const char *s)
{
	static const char letters[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
	static const char others[] = "0123456789._/+-";
	const char	*p = s;

	if (*p == '\0' || (*p != '/' && strchr(letters, *p) == NULL) || is_special(s))
		return false;
	while (*p != '\0' && (strchr(letters, *p) != NULL || strchr(others, *p) != NULL))
		p++;
	return *p == '\0';
}

/* As a double-quoted scalar of printable ASCII, unless it needs no quotes. */
static int
put_text(struct buf *out, const char *text)
{
	const unsigned char	*p = (const unsigned char *)text;
	uint32_t		 c;
	int			 rv;

	if (is_plain(text))
		return buf_puts(out, text);
	rv = buf_puts(out, "\"");
	while (rv == 0 && *p != '\0') {
		c = utf8_next(&p);
		if (c == '"' || c == '\\')
			rv = buf_printf(out, "\\%c", (char)c);
		else if (c >= 0x20 && c < 0x7f)
			rv = buf_printf(out, "%c", (char)c);
		else if (c <= 0xff)
			rv = buf_printf(out, "\\x%02x", (unsigned)c);
		else if (c <= 0xffff)
			rv = buf_printf(out, "\\u%04x", (unsigned)c);
		else
			rv = buf_printf(out, "\\U%08x", (unsigned)c);
	}
	return rv == 0 ? buf_puts(out, "\"") : -1;
}

static int
put_number(struct buf *out, const struct word *w, uint64_t n)
{
	bool		 algorithm = w->type == WORD_ALGORITHM || w->type == WORD_KNOWN_ALGORITHM;
	const char	*name = algorithm ? algorithm_name((unsigned)n) : NULL;

	if (name != NULL)
		return put_text(out, name);
	return buf_printf(out, "%" PRIu64, n);
}

static bool
is_numeric(const struct word *w)
{
	return w->type == WORD_NUMBER || w->type == WORD_ODD || w->type == WORD_KNOWN_ALGORITHM;
}

static int
put_list(struct buf *out, const struct word *w, const void *at)
{
	const struct numbers	*v = at;
	const struct strings	*s = at;
	size_t			 i, n = is_numeric(w) ? v->n : s->n;
	int			 rv = buf_puts(out, "[");

	for (i = 0; rv == 0 && i < n; i++) {
		if (i > 0)
			rv = buf_puts(out, ", ");
		if (rv == 0)
			rv = is_numeric(w) ? put_number(out, w, v->v[i]) : put_text(out, s->v[i]);
	}
	return rv == 0 ? buf_puts(out, "]") : -1;
}

static const char *
text_at(const void *at)
{
	char	*text;

	memcpy(&text, at, sizeof(text));
	return text;
}

/* A word without default that the file does not give is not printed. */
static bool
is_set(const struct word *w, const void *base)
{
	const void	*at = (const char *)base + w->offset;

	if (w->type == WORD_IDLE_BOOL || w->type == WORD_IDLE_TEXT)
		return false;
	if (w->list != LIST_NO)
		return w->deflt != NULL || ((const struct strings *)at)->n > 0;
	switch (w->type) {
	case WORD_NUMBER:
	case WORD_ODD:
		return w->deflt != NULL || *(const uint64_t *)at != 0;
	case WORD_TIME:
		return *(const int64_t *)at != INT64_MIN && *(const int64_t *)at != INT64_MAX;
	case WORD_TAG:
		return ((const struct ksk *)base)->has_tag;
	case WORD_DIGEST:
		return ((const struct ksk *)base)->has_ds;
	case WORD_TEXT:
	case WORD_DOMAIN:
	case WORD_MODULE:
		return text_at(at) != NULL;
	case WORD_SECRET:
		return ((const struct secret *)at)->text != NULL;
	case WORD_MAP:
		return ((const struct hsm *)base)->nenv > 0;
	default:
		return true;
	}
}

static int
put_duration(struct buf *out, const struct word *w, int64_t seconds)
{
	char	 text[ISOTIME_SIZE];

	if (seconds == 0 && w->zero != NULL)
		return buf_puts(out, w->zero);
	return buf_puts(out, isoduration_format(text, seconds));
}

/* The value of a word that is no map. */
static int
put_value(struct buf *out, const struct word *w, const void *base)
{
	const void	*at = (const char *)base + w->offset;
	char		 time[ISOTIME_SIZE], hex[DIGEST_HEX];

	if (w->list != LIST_NO)
		return put_list(out, w, at);
	switch (w->type) {
	case WORD_BOOL:
		return buf_puts(out, *(const bool *)at ? "true" : "false");
	case WORD_NUMBER:
	case WORD_ODD:
		return put_number(out, w, *(const uint64_t *)at);
	case WORD_ALGORITHM:
		return put_number(out, w, *(const uint8_t *)at);
	case WORD_DURATION:
		return put_duration(out, w, *(const int64_t *)at);
	case WORD_TIME:
		return buf_puts(out, isotime_format(time, *(const int64_t *)at, "+00:00"));
	case WORD_TAG:
		return buf_printf(out, "%u", (unsigned)((const struct ksk *)base)->tag);
	case WORD_DIGEST:
		return buf_printf(out, "\"%s\"", digest_hex(hex, at));
	case WORD_SECRET:
		return buf_puts(out, "(set)");
	case WORD_TRUST:
		return buf_puts(out, *(const enum trust *)at == TRUST_DS ? "ds" : "rfc5011");
	default:
		return put_text(out, text_at(at));
	}
}

static int
put_env(struct buf *out, const struct hsm *h, int indent)
{
	size_t	 i;
	int	 rv = 0;

	for (i = 0; rv == 0 && i < h->nenv; i++)
		if ((rv = buf_printf(out, "\n%*s", indent + 2, "")) == 0 &&
		    (rv = put_text(out, h->env[i].name)) == 0 &&
		    (rv = buf_puts(out, ": ")) == 0)
			rv = put_text(out, h->env[i].value);
	return rv;
}

/* The words of one section that have a value, a line each. */
static int
put_words(struct buf *out, enum word_section section, const void *base, int indent)
{
	const struct word	*w;
	size_t			 i;
	int			 rv = 0;

	for (i = 0; rv == 0 && i < policy_nwords; i++) {
		w = &policy_words[i];
		if (w->section != section || !is_set(w, base))
			continue;
		rv = buf_printf(out, "%*s%s:%s", indent, "", w->name, w->type == WORD_MAP ? "" : " ");
		if (rv == 0)
			rv = w->type == WORD_MAP ? put_env(out, base, indent) :
			    put_value(out, w, base);
		if (rv == 0)
			rv = buf_puts(out, "\n");
	}
	return rv;
}

/* The line "NAME:" of a named entry. */
static int
put_name(struct buf *out, const char *name)
{
	if (buf_puts(out, "  ") == -1 || put_text(out, name) == -1)
		return -1;
	return buf_puts(out, ":\n");
}

static int
put_hsms(struct buf *out, const struct policy *pol)
{
	size_t	 i;
	int	 rv = pol->nhsms == 0 ? 0 : buf_puts(out, "hsm:\n");

	for (i = 0; rv == 0 && i < pol->nhsms; i++)
		if ((rv = put_name(out, pol->hsms[i].name)) == 0)
			rv = put_words(out, SECTION_HSM, &pol->hsms[i], 4);
	return rv;
}

static int
put_keys(struct buf *out, const struct policy *pol)
{
	size_t	 i;
	int	 rv = pol->nkeys == 0 ? 0 : buf_puts(out, "keys:\n");

	for (i = 0; rv == 0 && i < pol->nkeys; i++)
		if ((rv = put_name(out, pol->keys[i].name)) == 0)
			rv = put_words(out, SECTION_KEY, &pol->keys[i], 4);
	return rv;
}

static int
put_slots(struct buf *out, const struct schema *s)
{
	size_t	 i, before;
	int	 rv = 0;

	for (i = 0; rv == 0 && i < s->nslots; i++) {
		if (s->slots[i].line == 0)
			continue;
		if ((rv = buf_printf(out, "    %zu:\n", i + 1)) == -1)
			break;
		before = out->len;
		rv = put_words(out, SECTION_SLOT, &s->slots[i], 6);
		if (rv == 0 && out->len == before)
			rv = buf_puts(out, "      {}\n");
	}
	return rv;
}

static int
put_schemas(struct buf *out, const struct policy *pol)
{
	size_t	 i;
	int	 rv = pol->nschemas == 0 ? 0 : buf_puts(out, "schemas:\n");

	for (i = 0; rv == 0 && i < pol->nschemas; i++)
		if ((rv = put_name(out, pol->schemas[i].name)) == 0)
			rv = put_slots(out, &pol->schemas[i]);
	return rv;
}

int
policy_print(struct buf *out, const struct policy *pol)
{
	enum word_section	 s;
	int			 rv;

	rv = put_words(out, SECTION_TOP, pol, 0);
	for (s = SECTION_REQUEST; rv == 0 && s <= SECTION_ZSK; s++)
		if ((rv = buf_printf(out, "%s:\n", word_section_name(s))) == 0)
			rv = put_words(out, s, pol, 2);
	if (rv == 0)
		rv = put_hsms(out, pol);
	if (rv == 0)
		rv = put_keys(out, pol);
	if (rv == 0)
		rv = put_schemas(out, pol);
	return rv;
}
