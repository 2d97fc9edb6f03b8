#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include <openssl/rand.h>

#include "act/sheet.h"
#include "base/isotime.h"
#include "base/words.h"

#define PASS_ROOM	(SHEET_WORDS * 12)	/* the longest word has 11 letters */
#define HEAD_ROOM	(DNAME_TEXT + 512)
#define SLOT_ROOM	(2 * SEAL_NAME + PASS_ROOM + 128)
#define LINE_WORDS	8

struct sheet {
	size_t		 n;
	char		*room;		/* locked: the passphrases, then the text */
	size_t		 size;
};

/* The passphrase of these bytes; its length. */
static size_t
put_words(char out[PASS_ROOM], const unsigned char *bytes)
{
	size_t		 i, at = 0;
	const char	*w;

	for (i = 0; i < SHEET_BYTES; i++) {
		if (i > 0)
			out[at++] = ' ';
		for (w = words_word(bytes[i], i); *w != '\0'; w++)
			out[at++] = (char)tolower((unsigned char)*w);
	}
	if (at < PASS_ROOM)
		out[at] = '\0';
	return at;
}

struct sheet *
sheet_new(size_t n)
{
	struct sheet	*s;
	unsigned char	*bytes;
	size_t		 i, size = n * (PASS_ROOM + SLOT_ROOM) + HEAD_ROOM;

	if (n == 0 || n > SEAL_SLOTS || (s = calloc(1, sizeof(*s))) == NULL) {
		errno = ENOMEM;
		return NULL;
	}
	if ((s->room = secret_pages(size)) == NULL) {
		free(s);
		return NULL;
	}
	s->n = n;
	s->size = size;
	bytes = (unsigned char *)s->room + size - SHEET_BYTES;
	for (i = 0; i < n; i++) {
		if (RAND_priv_bytes(bytes, SHEET_BYTES) != 1) {
			sheet_free(s);
			errno = EIO;
			return NULL;
		}
		put_words(s->room + i * PASS_ROOM, bytes);
	}
	secret_wipe(bytes, SHEET_BYTES);
	return s;
}

struct secret
sheet_passphrase(const struct sheet *s, size_t i)
{
	char	*text = s->room + i * PASS_ROOM;

	return (struct secret){ text, strnlen(text, PASS_ROOM) };
}

static void __attribute__((format(printf, 3, 4)))
add(char *out, size_t *at, const char *fmt, ...)
{
	va_list	 ap;
	int	 n;

	va_start(ap, fmt);
	n = vsprintf(out + *at, fmt, ap);	/* there is room: see SLOT_ROOM */
	va_end(ap);
	*at += n > 0 ? (size_t)n : 0;
}

/* Two lines, so that they fit on paper. */
static void
add_passphrase(char *out, size_t *at, const struct secret *p)
{
	size_t	 i, word = 0;

	add(out, at, "  ");
	for (i = 0; i < p->len; i++)
		if (p->text[i] == ' ' && ++word % LINE_WORDS == 0)
			add(out, at, "\n  ");
		else
			out[(*at)++] = p->text[i];
	add(out, at, "\n");
}

int
sheet_print(struct buf *text, struct sheet *s, const struct seal_manifest *m)
{
	char	*out = s->room + s->n * PASS_ROOM, name[SEAL_NAME], zone[DNAME_TEXT];
	char	 hex[DIGEST_HEX], from[ISOTIME_SIZE], until[ISOTIME_SIZE];
	size_t	 i, at = 0;

	if (m->n != s->n)
		return -1;
	add(out, &at, "Passphrases of a sealed set, one a slot: for the release host alone.\n"
	    "zone %s\nset  %s\n", dname_format(zone, &m->zone), digest_hex(hex, m->set));
	for (i = 0; i < m->n; i++) {
		const struct seal_entry *e = &m->v[i];
		const struct seal_part p = { .zone = m->zone, .slot = e->slot,
			.inception = e->inception, .expiration = e->expiration };
		const struct secret pass = sheet_passphrase(s, i);

		if (seal_name(name, &p) == -1)
			return -1;
		add(out, &at, "\nslot %zu of %zu  %s to %s\nfile %s\n", e->slot, m->slots,
		    isotime_format(from, e->inception, "Z"),
		    isotime_format(until, e->expiration, "Z"), name);
		add_passphrase(out, &at, &pass);
	}
	*text = (struct buf){ (unsigned char *)out, at, 0 };
	return 0;
}

void
sheet_free(struct sheet *s)
{
	if (s == NULL)
		return;
	secret_pages_free(s->room, s->size);
	free(s);
}

void
sheet_tidy(struct secret *s)
{
	struct secret	 tidy = SECRET_EMPTY;
	unsigned char	 bytes[SHEET_BYTES];
	size_t		 at = 0, n = 0, len;
	int		 byte = 0;

	for (;;) {
		at += strspn(s->text + at, " \t");
		if (s->text[at] == '\0' || n > SHEET_WORDS)
			break;
		len = strcspn(s->text + at, " \t");
		if (n == SHEET_WORDS || (byte = words_byte(s->text + at, len, n)) < 0)
			break;
		bytes[n++] = (unsigned char)byte;
		at += len;
	}
	if (n == SHEET_WORDS && s->text[at] == '\0' && secret_room(&tidy) == 0) {
		tidy.len = put_words(tidy.text, bytes);
		secret_free(s);
		*s = tidy;
	}
	secret_wipe(bytes, sizeof(bytes));
}
