#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "act/sealform.h"
#include "base/isotime.h"

#define TITLE		"ksrkit-sealed 1"
#define SET_TITLE	"# ksrkit-sealed-set 1"
#define ROOT		"root"
#define STAMP		14		/* YYYYMMDDhhmmss */
#define LINE_MAX_BYTES	2048

/*
 * Lines, one after the other: each call gives what stands between two strings on the next
 * one, in room of the reader, good until the next call; NULL: it is not so.
 */
struct lines {
	const char	*at;
	size_t		 left;
	char		 line[LINE_MAX_BYTES];
};

static bool
next_line(struct lines *l)
{
	const char	*end = memchr(l->at, '\n', l->left);
	size_t		 len;

	if (end == NULL || (len = (size_t)(end - l->at)) >= sizeof(l->line) ||
	    memchr(l->at, '\0', len) != NULL)
		return false;
	memcpy(l->line, l->at, len);
	l->line[len] = '\0';
	l->at += len + 1;
	l->left -= len + 1;
	return true;
}

static char *
next_after(struct lines *l, const char *before)
{
	size_t		 n = strlen(before);

	return next_line(l) && strncmp(l->line, before, n) == 0 ? l->line + n : NULL;
}

/* Only what would be written so again: one zone, one text. */
static bool
read_zone(struct dname *zone, const char *text)
{
	char	 again[DNAME_TEXT];

	return text != NULL && dname_parse(zone, text) == 0 &&
	    strcmp(dname_format(again, zone), text) == 0;
}

static bool
read_time(int64_t *t, const char *text)
{
	char	 again[ISOTIME_SIZE];

	return text != NULL && isotime_parse(t, text) == 0 &&
	    strcmp(isotime_format(again, *t, "Z"), text) == 0;
}

static bool
read_digest(unsigned char d[DIGEST_SIZE], const char *text)
{
	char	 again[DIGEST_HEX];

	return text != NULL && digest_from_hex(d, text) == 0 &&
	    strcmp(digest_hex(again, d), text) == 0;
}

/* A number from 1 to SEAL_SLOTS, or, for 0, "all"; *end is what follows it. */
static bool
read_slot(size_t *slot, char *text, char **end)
{
	size_t		 n;

	if (text == NULL)
		return false;
	if (strncmp(text, "all", 3) == 0) {
		*slot = 0;
		*end = text + 3;
		return true;
	}
	if (*text < '1' || *text > '9')
		return false;
	n = strtoul(text, end, 10);
	if (*end - text > 4 || n > SEAL_SLOTS)
		return false;
	*slot = n;
	return true;
}

static bool
read_count(size_t *n, char *text)
{
	char	*end;

	return read_slot(n, text, &end) && *n > 0 && *end == '\0';
}

static const char *
slot_text(char out[32], size_t slot)
{
	if (slot == 0)
		snprintf(out, 32, "all");
	else
		snprintf(out, 32, "%zu", slot);
	return out;
}

int
seal_header_write(struct buf *out, const struct seal_part *p,
    const unsigned char envelope[DIGEST_SIZE])
{
	char	 zone[DNAME_TEXT], from[ISOTIME_SIZE], until[ISOTIME_SIZE], slot[32];
	char	 set[DIGEST_HEX], env[DIGEST_HEX];

	return buf_printf(out, TITLE "\nzone: %s\nslot: %s of %zu\ninception: %s\n"
	    "expiration: %s\nset: %s\nenvelope: %s\n\n", dname_format(zone, &p->zone),
	    slot_text(slot, p->slot), p->slots, isotime_format(from, p->inception, "Z"),
	    isotime_format(until, p->expiration, "Z"), digest_hex(set, p->set),
	    digest_hex(env, envelope));
}

static bool
read_slot_of(struct seal_part *p, char *text)
{
	char	*end;

	return read_slot(&p->slot, text, &end) && strncmp(end, " of ", 4) == 0 &&
	    read_count(&p->slots, end + 4) && p->slot <= p->slots;
}

const char *
seal_header_read(struct seal_part *p, unsigned char envelope[DIGEST_SIZE], size_t *body,
    const void *data, size_t len)
{
	struct lines	 l = { .at = data, .left = len };

	if (!next_line(&l) || strcmp(l.line, TITLE) != 0)
		return "it does not begin with \"" TITLE "\"";
	if (!read_zone(&p->zone, next_after(&l, "zone: ")))
		return "its header has no good zone";
	if (!read_slot_of(p, next_after(&l, "slot: ")))
		return "its header has no good slot";
	if (!read_time(&p->inception, next_after(&l, "inception: ")))
		return "its header has no good inception";
	if (!read_time(&p->expiration, next_after(&l, "expiration: ")) ||
	    p->expiration <= p->inception)
		return "its header has no good expiration";
	if (!read_digest(p->set, next_after(&l, "set: ")))
		return "its header has no good set";
	if (!read_digest(envelope, next_after(&l, "envelope: ")))
		return "its header has no good envelope";
	if (!next_line(&l) || l.line[0] != '\0')
		return "its header does not end with an empty line";
	*body = len - l.left;
	return NULL;
}

/* The zone as a part of a file name: what could mean something there as %XX. */
static int
zone_part(char *out, size_t room, const struct dname *zone)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyz0123456789-_.";
	char		 text[DNAME_TEXT];
	size_t		 i, n, at = 0;

	n = strlen(dname_format(text, zone));
	if (n == 1)
		n = (size_t)snprintf(text, sizeof(text), ROOT);
	else if (strcmp(text, ROOT ".") != 0)	/* the domain of that name keeps its dot */
		n--;
	for (i = 0; i < n; i++) {
		bool	 as_it_is = strchr(plain, text[i]) != NULL && !(i == 0 && text[i] == '-');

		if (at + 4 > room)
			return -1;
		if (as_it_is)
			out[at++] = text[i];
		else
			at += (size_t)snprintf(out + at, 4, "%%%02X", (unsigned char)text[i]);
	}
	out[at] = '\0';
	return 0;
}

int
seal_name(char out[SEAL_NAME], const struct seal_part *p)
{
	char	 zone[SEAL_NAME - 2 * (STAMP + 1) - sizeof("-whole.cms")];
	char	 from[ISOTIME_SIZE], until[ISOTIME_SIZE];

	if (zone_part(zone, sizeof(zone), &p->zone) == -1)
		return -1;
	snprintf(out, SEAL_NAME, "%s-%.14s-%.14s%s.cms", zone, isotime_rrsig(from, p->inception),
	    isotime_rrsig(until, p->expiration), p->slot == 0 ? "-whole" : "");
	return 0;
}

/* "-YYYYMMDDhhmmss" */
static bool
read_stamp(int64_t *t, const char *s)
{
	char	 iso[ISOTIME_SIZE];

	if (s[0] != '-' || strspn(s + 1, "0123456789") < STAMP)
		return false;
	snprintf(iso, sizeof(iso), "%.4s-%.2s-%.2sT%.2s:%.2s:%.2sZ", s + 1, s + 5, s + 7, s + 9,
	    s + 11, s + 13);
	return isotime_parse(t, iso) == 0;
}

int
seal_name_read(const char *name, size_t *zonelen, int64_t *inception, int64_t *expiration,
    bool *whole)
{
	static const char wholly[] = "-whole.cms", one[] = ".cms";
	const size_t	 stamps = 2 * (STAMP + 1);
	size_t		 len = strlen(name), tail;

	if (len >= SEAL_NAME || len < sizeof(one))
		return -1;
	*whole = len >= sizeof(wholly) && strcmp(name + len - sizeof(wholly) + 1, wholly) == 0;
	tail = *whole ? sizeof(wholly) - 1 : sizeof(one) - 1;
	if (strcmp(name + len - tail, *whole ? wholly : one) != 0 || len < tail + stamps + 1)
		return -1;
	*zonelen = len - tail - stamps;
	return read_stamp(inception, name + *zonelen) &&
	    read_stamp(expiration, name + *zonelen + STAMP + 1) ? 0 : -1;
}

/* The part that an entry of a manifest stands for. */
static struct seal_part
part_of(const struct seal_manifest *m, const struct seal_entry *e)
{
	return (struct seal_part){ .zone = m->zone, .slot = e->slot, .slots = m->slots,
		.inception = e->inception, .expiration = e->expiration };
}

static int
write_entry(struct buf *out, const struct seal_manifest *m, const struct seal_entry *e)
{
	const struct seal_part p = part_of(m, e);
	char	 from[ISOTIME_SIZE], until[ISOTIME_SIZE], name[SEAL_NAME], slot[32];
	char	 hex[DIGEST_HEX];

	if (seal_name(name, &p) == -1)
		return -1;
	return buf_printf(out, "# slot %s %s %s\n%s  %s\n", slot_text(slot, e->slot),
	    isotime_format(from, e->inception, "Z"), isotime_format(until, e->expiration, "Z"),
	    digest_hex(hex, e->digest), name);
}

int
seal_manifest_write(struct buf *out, const struct seal_manifest *m)
{
	char	 zone[DNAME_TEXT], set[DIGEST_HEX];
	size_t	 i;

	if (buf_printf(out, SET_TITLE "\n# zone %s\n# set %s\n# release %s\n# slots %zu\n",
	    dname_format(zone, &m->zone), digest_hex(set, m->set),
	    m->together ? "together" : "slot by slot", m->slots) == -1)
		return -1;
	for (i = 0; i < m->n; i++)
		if (write_entry(out, m, &m->v[i]) == -1)
			return -1;
	return buf_printf(out, "# end %zu\n", m->n);
}

static bool
read_release(bool *together, const char *text)
{
	if (text == NULL)
		return false;
	*together = strcmp(text, "together") == 0;
	return *together || strcmp(text, "slot by slot") == 0;
}

/* Two times with a blank between. */
static bool
read_times(struct seal_entry *e, char *text)
{
	char	*blank;

	if (*text != ' ' || (blank = strchr(text + 1, ' ')) == NULL)
		return false;
	*blank = '\0';
	return read_time(&e->inception, text + 1) && read_time(&e->expiration, blank + 1) &&
	    e->inception < e->expiration;
}

/* Its two lines; the name is what the first one says. */
static bool
read_entry(const struct seal_manifest *m, struct seal_entry *e, struct lines *l)
{
	char		 name[SEAL_NAME], *end, *gap;
	struct seal_part p;

	if (!read_slot(&e->slot, next_after(l, "# slot "), &end) || !read_times(e, end) ||
	    !next_line(l) || (gap = strstr(l->line, "  ")) == NULL)
		return false;
	*gap = '\0';
	p = part_of(m, e);
	return read_digest(e->digest, l->line) && seal_name(name, &p) == 0 &&
	    strcmp(name, gap + 2) == 0;
}

/* The entries up to the last line: all slots in their order, or the whole alone. */
static const char *
read_entries(struct seal_manifest *m, struct lines *l)
{
	size_t		 i, n;
	bool		 whole = l->left > 10 && strncmp(l->at, "# slot all", 10) == 0;

	n = whole ? 1 : m->slots;
	if ((m->v = calloc(n, sizeof(*m->v))) == NULL)
		return "out of memory";
	for (i = 0; i < n; i++)
		if (!read_entry(m, &m->v[i], l) || m->v[i].slot != (whole ? 0 : i + 1))
			return "an entry is missing, or not of the form of skr-sealed(5)";
	m->n = n;
	if (!read_count(&i, next_after(l, "# end ")) || i != n || l->left != 0)
		return "it does not end after the last slot";
	return NULL;
}

const char *
seal_manifest_read(struct seal_manifest **out, const void *data, size_t len)
{
	struct lines	 l = { .at = data, .left = len };
	struct seal_manifest *m = calloc(1, sizeof(*m));
	const char	*why;

	if (m == NULL)
		return "out of memory";
	if (!next_line(&l) || strcmp(l.line, SET_TITLE) != 0)
		why = "it does not begin with \"" SET_TITLE "\"";
	else if (!read_zone(&m->zone, next_after(&l, "# zone ")))
		why = "it has no good zone";
	else if (!read_digest(m->set, next_after(&l, "# set ")))
		why = "it has no good set";
	else if (!read_release(&m->together, next_after(&l, "# release ")))
		why = "it does not say how it is released";
	else if (!read_count(&m->slots, next_after(&l, "# slots ")))
		why = "it has no good number of slots";
	else
		why = read_entries(m, &l);
	if (why == NULL)
		*out = m;
	else
		seal_manifest_free(m);
	return why;
}

void
seal_manifest_free(struct seal_manifest *m)
{
	if (m == NULL)
		return;
	free(m->v);
	free(m);
}
