#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "act/share.h"
#include "base/fields.h"
#include "base/words.h"

/*
 * The bytes that stand as words: kind, m, n, number, the set's id, the body, and the first bytes of
 * a digest over all of it.  Each line of words ends with one that checks the line.
 */
#define FRONT	(4 + SHARE_ID)
#define CHECK	4
#define SPACE	" \t\r"
#define HEAD	512			/* a line of the head, without superfluous blanks */

static const char	magic[] = "ksrkit share 1";
static const char	set_magic[] = "ksrkit share-set 1";

static const char *
kind_name(enum share_kind kind)
{
	return kind == SHARE_PIN ? "pin" : "key";
}

const char *
share_id(char out[SHARE_ID_HEX], const unsigned char id[SHARE_ID])
{
	size_t	 i;

	for (i = 0; i < SHARE_ID; i++)
		snprintf(out + 2 * i, 3, "%02x", id[i]);
	return out;
}

int
share_room(struct buf *b)
{
	const size_t	 size = SHARE_TEXT_MAX + 1;
	unsigned char	*page;
	int		 error;

	page = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (page == MAP_FAILED)
		return -1;
	if (mlock(page, size) == -1 || madvise(page, size, MADV_DONTDUMP) == -1) {
		error = errno;
		munmap(page, size);
		errno = error;
		return -1;
	}
	b->data = page;
	b->len = 0;
	b->room = size;
	return 0;
}

void
share_room_free(struct buf *b)
{
	if (b->data != NULL) {
		secret_wipe(b->data, b->room);
		munmap(b->data, b->room);
	}
	*b = (struct buf)BUF_EMPTY;
}

unsigned
share_lines(size_t secret)
{
	return (unsigned)((FRONT + secret + 32 + CHECK + SHARE_LINE - 1) / SHARE_LINE);
}

/* What the last word of a line says of those before it. */
static int
line_check(unsigned char *out, unsigned line, const unsigned char *bytes, size_t n)
{
	unsigned char	 text[16] = "sheet ", d[DIGEST_SIZE];

	text[6] = (unsigned char)line;
	memcpy(text + 7, bytes, n);
	if (digest_bytes(d, text, 7 + n) == -1)
		return -1;
	*out = d[0];
	secret_wipe(text, sizeof(text));
	secret_wipe(d, sizeof(d));
	return 0;
}

/* All bytes that stand as words. */
static int
gather(struct secret *out, const struct share *s)
{
	unsigned char	 d[DIGEST_SIZE], *p;

	if (secret_room(out) == -1)
		return -1;
	p = (unsigned char *)out->text;
	p[0] = (unsigned char)s->kind;
	p[1] = (unsigned char)s->m;
	p[2] = (unsigned char)s->n;
	p[3] = (unsigned char)s->number;
	memcpy(p + 4, s->id, SHARE_ID);
	memcpy(p + FRONT, s->body.text, s->body.len);
	out->len = FRONT + s->body.len;
	if (digest_bytes(d, p, out->len) == -1)
		return -1;
	memcpy(p + out->len, d, CHECK);
	out->len += CHECK;
	return 0;
}

static int
print_words(struct buf *out, const struct secret *all)
{
	const unsigned char *p = (const unsigned char *)all->text;
	unsigned char	 check;
	unsigned	 line = 1;
	size_t		 i, n, at;

	for (at = 0; at < all->len; at += n, line++) {
		n = all->len - at < SHARE_LINE ? all->len - at : SHARE_LINE;
		if (line_check(&check, line, p + at, n) == -1 || buf_printf(out, "%2u ", line) == -1)
			return -1;
		for (i = 0; i < n; i++)
			if (buf_puts(out, " ") == -1 ||
			    buf_puts(out, words_word(p[at + i], i)) == -1)
				return -1;
		if (buf_puts(out, "  ") == -1 || buf_puts(out, words_word(check, n)) == -1 ||
		    buf_puts(out, "\n") == -1)
			return -1;
	}
	return 0;
}

/* The lines before the words, as they must be; the holder's is the caller's. */
static int
print_head(struct buf *out, const struct share *s, const unsigned char *check, const char *holder)
{
	char	 id[SHARE_ID_HEX];

	if (buf_printf(out, "%s\nset %s\nshare %u of %u, %u needed\nholder ", magic,
	    share_id(id, s->id), s->number, s->n, s->m) == -1 || field_put(out, holder) == -1)
		return -1;
	return buf_printf(out, "\nopens %s\ncheck %02x%02x%02x%02x\nwords\n", kind_name(s->kind),
	    check[0], check[1], check[2], check[3]);
}

int
share_print(struct buf *out, const struct share *s, const char *holder)
{
	struct secret	 all = SECRET_EMPTY;
	int		 rc = -1;

	if (gather(&all, s) == 0 && print_head(out, s,
	    (unsigned char *)all.text + all.len - CHECK, holder) == 0)
		rc = print_words(out, &all);
	secret_free(&all);
	return rc;
}

static bool
next_word(const char **p, const char *end, const char **word, size_t *len)
{
	while (*p < end && strchr(SPACE, **p) != NULL)
		(*p)++;
	*word = *p;
	while (*p < end && strchr(SPACE, **p) == NULL)
		(*p)++;
	*len = (size_t)(*p - *word);
	return *len > 0;
}

/* The line's own number may stand before its words. */
static int
skip_number(const char **p, const char *end, unsigned line)
{
	const char	*at = *p, *word;
	char		 number[12];
	size_t		 len;

	if (!next_word(&at, end, &word, &len) || *word < '0' || *word > '9')
		return 0;
	snprintf(number, sizeof(number), "%u", line);
	if (strlen(number) != len || memcmp(number, word, len) != 0)
		return -1;
	*p = at;
	return 0;
}

static int
take_line(struct secret *all, unsigned line, const char *p, const char *end, const char **why)
{
	unsigned char	 bytes[SHARE_LINE + 1], check = 0;
	const char	*word;
	size_t		 len, n;
	int		 b, rc = -1;

	*why = "another line of words is expected here";
	if (skip_number(&p, end, line) == -1)
		return -1;
	for (n = 0; next_word(&p, end, &word, &len); n++) {
		*why = "it has too many words";
		if (n == sizeof(bytes))
			goto out;
		if ((b = words_byte(word, len, n)) < 0) {
			*why = b == -2 ? "a word has its place one before or after: one is missing, "
			    "doubled or swapped" : "it has a word that is not in the list";
			goto out;
		}
		bytes[n] = (unsigned char)b;
	}
	*why = "it has too few words";
	if (n < 2 || all->len + n - 1 > SECRET_MAX)
		goto out;
	*why = "its words and its last word, which checks them, do not agree";
	if (line_check(&check, line, bytes, n - 1) == -1 || check != bytes[n - 1])
		goto out;
	memcpy(all->text + all->len, bytes, n - 1);
	all->len += n - 1;
	rc = 0;
 out:
	secret_wipe(bytes, sizeof(bytes));
	return rc;
}

int
share_line(struct secret *body, unsigned line, const char *words, const char **why)
{
	return take_line(body, line, words, words + strlen(words), why);
}

int
share_from_lines(struct share *out, struct secret *all, const char **why)
{
	const unsigned char *p = (const unsigned char *)all->text;
	struct share	 s = { .m = 0 };
	unsigned char	 d[DIGEST_SIZE];
	size_t		 len = all->len;

	*why = "its lines are not all there";
	if (len < FRONT + 32 + 1 + CHECK || len > FRONT + 32 + SHARE_SECRET_MAX + CHECK)
		return -1;
	*why = "its check value does not match";
	if (digest_bytes(d, p, len - CHECK) == -1 || memcmp(d, p + len - CHECK, CHECK) != 0)
		return -1;
	*why = "its numbers are out of range";
	s.kind = p[0] == SHARE_PIN ? SHARE_PIN : SHARE_KEY;
	s.m = p[1];
	s.n = p[2];
	s.number = p[3];
	memcpy(s.id, p + 4, SHARE_ID);
	if (p[0] != s.kind || s.m < 2 || s.m > s.n || s.n > SHARE_MAX || s.number < 1 ||
	    s.number > s.n)
		return -1;
	*why = "no locked memory";
	if (secret_room(&s.body) == -1)
		return -1;
	s.body.len = len - FRONT - CHECK;
	memcpy(s.body.text, p + FRONT, s.body.len);
	share_clear(out);
	*out = s;
	return 0;
}

/* A text, line by line. */
struct lines {
	const char	*p;
	const char	*line, *end;		/* the current one */
	struct spot	 at;
};

/* The next line that is not empty. */
static bool
next_line(struct lines *l)
{
	do {
		if (*l->p == '\0')
			return false;
		l->line = l->p;
		l->end = l->p + strcspn(l->p, "\n");
		l->p = *l->end == '\n' ? l->end + 1 : l->end;
		l->at.line++;
	} while (l->line + strspn(l->line, SPACE) >= l->end);
	return true;
}

/* The line with one blank between words. */
static void
squeeze(char out[HEAD], const struct lines *l)
{
	const char	*p = l->line, *word;
	size_t		 len, used = 0;

	*out = '\0';
	while (next_word(&p, l->end, &word, &len) && used + len + 2 < HEAD) {
		if (used > 0)
			out[used++] = ' ';
		memcpy(out + used, word, len);
		used += len;
		out[used] = '\0';
	}
}

#define HEAD_LINES	7
#define HEAD_HOLDER	3

static enum verdict
read_head(struct lines *l, char head[HEAD_LINES][HEAD], struct report *rep)
{
	unsigned	 i;

	for (i = 0; i < HEAD_LINES; i++) {
		if (!next_line(l))
			return report_broken(rep, &l->at, NULL, "not a share: its text ends here");
		squeeze(head[i], l);
		if (i == 0 && strcmp(head[0], magic) != 0)
			return report_broken(rep, &l->at, NULL, "not a share: its first line is "
			    "not '%s'", magic);
	}
	if (strcmp(head[HEAD_LINES - 1], "words") != 0)
		return report_broken(rep, &l->at, NULL, "the line 'words' is expected here");
	return ACCEPT;
}

/* The head says the same as the words. */
static enum verdict
judge_head(const struct share *s, const unsigned char *check, char head[HEAD_LINES][HEAD],
    const struct spot *first, struct report *rep)
{
	struct spot	 at = { first->input, 0, 0 };
	struct buf	 want = BUF_EMPTY;
	enum verdict	 v = ACCEPT;
	char		*rest, *line;
	unsigned	 i;

	if (print_head(&want, s, check, NULL) == -1)
		return report_fault(rep, &at, "out of memory");
	for (i = 0, rest = (char *)want.data; i < HEAD_LINES; i++) {
		line = strsep(&rest, "\n");
		if (i == HEAD_HOLDER ? strncmp(head[i], "holder ", 7) != 0 :
		    strcmp(head[i], line) != 0)
			v = report_broken(rep, &at, NULL, "its line '%s' is '%s' by its words",
			    head[i], line);
	}
	buf_free(&want);
	return v;
}

static enum verdict
read_words(struct lines *l, struct secret *all, struct report *rep)
{
	enum verdict	 v = ACCEPT;
	const char	*why;
	unsigned	 line = 1;

	for (; next_line(l); line++) {
		if (line > share_lines(SHARE_SECRET_MAX))
			return report_broken(rep, &l->at, NULL, "more lines than a share has");
		if (take_line(all, line, l->line, l->end, &why) == -1)
			v = report_broken(rep, &l->at, NULL, "line %u of its words: %s", line, why);
	}
	return v;
}

enum verdict
share_parse(struct share *out, const struct buf *in, const char *input, struct report *rep)
{
	struct lines	 l = { .p = (const char *)in->data, .at = { input, 0, 0 } };
	const struct spot at = { input, 0, 0 };
	char		 head[HEAD_LINES][HEAD];
	struct secret	 all = SECRET_EMPTY;
	struct share	 s = { .m = 0 };
	const char	*why;
	enum verdict	 v;

	if (in->len == 0)
		return report_broken(rep, &at, NULL, "empty");
	if (in->len > SHARE_TEXT_MAX || memchr(in->data, '\0', in->len) != NULL)
		return report_broken(rep, &at, NULL, "not a share: %s",
		    in->len > SHARE_TEXT_MAX ? "too long" : "a NUL byte");
	if (secret_room(&all) == -1)
		return report_fault(rep, &at, "no memory that can be locked: %s", strerror(errno));
	if ((v = read_head(&l, head, rep)) == ACCEPT && (v = read_words(&l, &all, rep)) == ACCEPT) {
		if (share_from_lines(&s, &all, &why) == -1)
			v = report_broken(rep, &at, NULL, "damaged: %s", why);
		else
			v = judge_head(&s, (unsigned char *)all.text + all.len - CHECK, head, &at,
			    rep);
	}
	if (v == ACCEPT) {
		share_clear(out);
		*out = s;
	} else
		share_clear(&s);
	secret_free(&all);
	return v;
}

int
share_set_print(struct buf *out, const struct share_set *set)
{
	char		 id[SHARE_ID_HEX], hex[DIGEST_HEX];
	unsigned	 i;

	if (buf_printf(out, "%s\nset %s\nopens %s\nshares %u, %u needed\n", set_magic,
	    share_id(id, set->id), kind_name(set->kind), set->n, set->m) == -1)
		return -1;
	for (i = 0; i < set->n; i++)
		if (buf_printf(out, "share %u %s ", i + 1, digest_hex(hex, set->digest[i])) == -1 ||
		    field_put(out, set->holder[i]) == -1 || buf_puts(out, "\n") == -1)
			return -1;
	return 0;
}

static int
parse_id(unsigned char id[SHARE_ID], const char *hex)
{
	unsigned char	 d[DIGEST_SIZE];
	char		 text[DIGEST_HEX];

	if (strlen(hex) != 2 * SHARE_ID)
		return -1;
	memset(text, '0', DIGEST_HEX - 1);
	text[DIGEST_HEX - 1] = '\0';
	memcpy(text, hex, 2 * SHARE_ID);
	if (digest_from_hex(d, text) == -1)
		return -1;
	memcpy(id, d, SHARE_ID);
	return 0;
}

/* A number of one or two digits, without a leading zero; 0: it is none. */
static unsigned
number(const char *text, size_t len)
{
	if (len < 1 || len > 2 || *text < '1' || *text > '9' ||
	    (len == 2 && (text[1] < '0' || text[1] > '9')))
		return 0;
	return len == 1 ? (unsigned)(*text - '0') :
	    (unsigned)(10 * (*text - '0') + (text[1] - '0'));
}

/* Is this the line, byte for byte? */
static bool
line_is(const struct lines *l, const char *want)
{
	size_t	 len = (size_t)(l->end - l->line);

	return strlen(want) == len && memcmp(want, l->line, len) == 0;
}

static int
parse_set_line(struct share_set *set, const struct lines *l, unsigned i)
{
	char		 line[SHARE_TEXT_MAX + 1], *fields[4], *rest = line;
	size_t		 n = 0, len = (size_t)(l->end - l->line);

	if (len > sizeof(line) - 1)
		return -1;
	memcpy(line, l->line, len);
	line[len] = '\0';
	while (n < 4 && (fields[n] = strsep(&rest, " ")) != NULL)
		n++;
	if (n != 4 || rest != NULL || strcmp(fields[0], "share") != 0 ||
	    number(fields[1], strlen(fields[1])) != i + 1 || strlen(fields[3]) == 0 ||
	    digest_from_hex(set->digest[i], fields[2]) == -1 || field_get(fields[3]) == -1 ||
	    strlen(fields[3]) > SHARE_HOLDER_MAX)
		return -1;
	if (*fields[3] != '\0' && (set->holder[i] = strdup(fields[3])) == NULL)
		return -1;
	return 0;
}

static enum verdict
parse_set_head(struct share_set *set, struct lines *l, struct report *rep)
{
	char		 id[SHARE_TEXT_MAX + 1], want[64];
	size_t		 len;
	const char	*comma;

	if (!next_line(l) || !line_is(l, set_magic))
		return report_broken(rep, &l->at, NULL, "not a record of shares: '%s' is expected",
		    set_magic);
	if (!next_line(l) || (len = (size_t)(l->end - l->line)) != 4 + 2 * SHARE_ID ||
	    memcmp(l->line, "set ", 4) != 0)
		return report_broken(rep, &l->at, NULL, "'set ID' is expected");
	memcpy(id, l->line + 4, 2 * SHARE_ID);
	id[2 * SHARE_ID] = '\0';
	if (parse_id(set->id, id) == -1)
		return report_broken(rep, &l->at, NULL, "'set ID' is expected");
	if (!next_line(l) || (!line_is(l, "opens key") && !line_is(l, "opens pin")))
		return report_broken(rep, &l->at, NULL, "'opens key' or 'opens pin' is expected");
	set->kind = line_is(l, "opens pin") ? SHARE_PIN : SHARE_KEY;
	if (next_line(l) && l->end - l->line > 8 && (comma = memchr(l->line, ',',
	    (size_t)(l->end - l->line))) != NULL && l->end - comma > 2) {
		set->n = number(l->line + 7, (size_t)(comma - l->line - 7));
		set->m = number(comma + 2, strcspn(comma + 2, " \n"));
	}
	snprintf(want, sizeof(want), "shares %u, %u needed", set->n, set->m);
	if (set->m < 2 || set->m > set->n || set->n > SHARE_MAX || !line_is(l, want))
		return report_broken(rep, &l->at, NULL, "'shares N, M needed' is expected, with 2 "
		    "<= M <= N <= %d", SHARE_MAX);
	return ACCEPT;
}

enum verdict
share_set_parse(struct share_set *out, const char *text, const char **rest, struct spot *spot,
    struct report *rep)
{
	struct lines	 l = { .p = text, .at = *spot };
	struct share_set set = SHARE_SET_EMPTY;
	enum verdict	 v;
	unsigned	 i;

	v = parse_set_head(&set, &l, rep);
	for (i = 0; v == ACCEPT && i < set.n; i++)
		if (!next_line(&l) || parse_set_line(&set, &l, i) == -1)
			v = report_broken(rep, &l.at, NULL,
			    "'share %u DIGEST HOLDER' is expected", i + 1);
	*spot = l.at;
	if (v != ACCEPT) {
		share_set_clear(&set);
		return v;
	}
	*rest = l.p;
	share_set_clear(out);
	*out = set;
	return ACCEPT;
}

enum verdict
share_set_load(struct share_set *out, const char *path, struct report *rep)
{
	struct spot	 at = { path, 0, 0 };
	struct buf	 in = BUF_EMPTY;
	struct share_set set = SHARE_SET_EMPTY;
	const char	*rest;
	enum verdict	 v;

	if (buf_load(&in, path, SHARE_TEXT_MAX) == -1)
		return report_fault(rep, &at, "%s", errno == EFBIG ? "too long for a record of "
		    "shares" : strerror(errno));
	if (in.len == 0 || memchr(in.data, '\0', in.len) != NULL)
		v = report_broken(rep, &at, NULL, in.len == 0 ? "empty" :
		    "not a record of shares: a NUL byte");
	else if ((v = share_set_parse(&set, (char *)in.data, &rest, &at, rep)) == ACCEPT &&
	    *rest != '\0')
		v = report_broken(rep, &at, NULL, "something stands behind the record");
	if (v == ACCEPT) {
		share_set_clear(out);
		*out = set;
	} else
		share_set_clear(&set);
	buf_free(&in);
	return v;
}
