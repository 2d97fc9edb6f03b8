#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/isotime.h"
#include "model/dnskey.h"
#include "model/zsklabel.h"

#define PART_MAX	DNAME_TEXT	/* of what stands for one word */
#define DATE		10		/* YYYY-MM-DD */

static int
make_zone(struct buf *out, const struct dname *zone)
{
	char	 text[DNAME_TEXT];
	size_t	 len;

	dname_format(text, zone);
	if (strcmp(text, ".") == 0)
		return buf_puts(out, "root");
	len = strlen(text);
	return buf_append(out, text, len - 1);
}

static int
make_algorithm(struct buf *out, unsigned algorithm)
{
	const char	*name = algorithm_name(algorithm);
	char		 c;

	for (; name != NULL && *name != '\0'; name++) {
		c = (char)tolower((unsigned char)*name);
		if (buf_append(out, &c, 1) == -1)
			return -1;
	}
	return name == NULL ? -1 : 0;
}

/* The word that begins here with its braces, or NULL. */
static const char *
word_at(const char *p)
{
	static const char *const words[] = { "{zone}", "{alg}", "{from}", "{n}" };
	size_t	 i;

	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strncmp(p, words[i], strlen(words[i])) == 0)
			return words[i];
	return NULL;
}

int
zsklabel_make(struct buf *out, const char *form, const struct zsklabel *l)
{
	char		 date[ISOTIME_SIZE];
	const char	*p, *word;
	int		 rv = 0;

	for (p = form; *p != '\0' && rv == 0; p += word == NULL ? 1 : strlen(word)) {
		errno = EINVAL;
		if ((word = word_at(p)) == NULL)
			rv = *p == '{' || *p == '}' ? -1 : buf_append(out, p, 1);
		else if (strcmp(word, "{zone}") == 0)
			rv = l->has_zone ? make_zone(out, &l->zone) : -1;
		else if (strcmp(word, "{alg}") == 0)
			rv = make_algorithm(out, l->algorithm);
		else if (strcmp(word, "{from}") == 0)
			rv = l->from == INT64_MIN ? -1 :
			    buf_append(out, isotime_format(date, l->from, ""), DATE);
		else
			rv = l->n == 0 ? -1 : buf_printf(out, "%lu", l->n);
	}
	return rv;
}

/* Does this text stand for the word?  Then it goes into *l; a word that comes twice must say the same. */
static bool
take_word(struct zsklabel *l, const char *word, const char *text)
{
	struct dname	 zone;
	unsigned long	 n;
	int64_t		 day;
	char		*end;
	int		 a;

	if (strcmp(word, "{zone}") == 0) {
		if (dname_parse(&zone, strcmp(text, "root") == 0 ? "." : text) == -1 ||
		    (l->has_zone && !dname_equal(&l->zone, &zone)))
			return false;
		l->zone = zone;
		l->has_zone = true;
		return true;
	}
	if (strcmp(word, "{alg}") == 0) {
		a = isdigit((unsigned char)*text) ? -1 : algorithm_number(text);
		if (a == -1 || algorithm_family((unsigned)a) == FAMILY_NONE ||
		    (l->algorithm != 0 && l->algorithm != a))
			return false;
		l->algorithm = (uint8_t)a;
		return true;
	}
	if (strcmp(word, "{from}") == 0) {
		if (strlen(text) != DATE || isotime_option(&day, text) == -1 ||
		    (l->from != INT64_MIN && l->from != day))
			return false;
		l->from = day;
		return true;
	}
	if (*text < '1' || *text > '9' || strlen(text) > 9)
		return false;
	n = strtoul(text, &end, 10);
	if (*end != '\0' || (l->n != 0 && l->n != n))
		return false;
	l->n = n;
	return true;
}

/*
 * The rest of the label against the rest of the form.  What stands for a word is tried from its shortest
 * form up; "left" bounds the trials, because a form may have many words.
 */
static bool
match(struct zsklabel *l, const char *form, const char *label, unsigned *left)
{
	struct zsklabel	 saved = *l;
	const char	*word;
	char		 part[PART_MAX];
	size_t		 len, max;

	while (*form != '\0' && (word = word_at(form)) == NULL)
		if (*form++ != *label++)
			return false;
	if (*form == '\0')
		return *label == '\0';
	max = strlen(label);
	for (len = 1; len <= max && len < sizeof(part); len++) {
		if ((*left)-- == 0) {
			*left = 0;
			return false;
		}
		memcpy(part, label, len);
		part[len] = '\0';
		if (take_word(l, word, part) &&
		    match(l, form + strlen(word), label + len, left))
			return true;
		*l = saved;
	}
	return false;
}

int
zsklabel_parse(struct zsklabel *out, const char *form, const char *label)
{
	struct zsklabel	 l = { .from = INT64_MIN };
	unsigned	 left = 20000;

	if (!match(&l, form, label, &left))
		return -1;
	*out = l;
	return 0;
}
