#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/fields.h"
#include "judge/parent.h"
#include "model/ds.h"

#define SHA256_LEN	32
#define SHA384_LEN	48

/* The DS as one line again; an empty one where it does not fit, which is none. */
static const char *
join(char *out, size_t size, char *const fields[], size_t n)
{
	size_t	 i, len = 0;

	out[0] = '\0';
	for (i = 0; i < n; i++) {
		if (len + strlen(fields[i]) + 2 > size) {
			out[0] = '\0';
			break;
		}
		len += (size_t)snprintf(out + len, size - len, "%s%s", i == 0 ? "" : " ", fields[i]);
	}
	return out;
}

/* A TTL (RFC 2181 8). */
static int
take_ttl(uint32_t *out, const char *text)
{
	char		*end;
	unsigned long	 n;

	if (strspn(text, "0123456789") != strlen(text) || strlen(text) > 10)
		return -1;
	n = strtoul(text, &end, 10);
	if (n > INT32_MAX)
		return -1;
	*out = (uint32_t)n;
	return 0;
}

/* A digest that no validator can compute is none to it (RFC 4035 5.2). */
static enum verdict
judge_digest(const struct ds *ds, bool *usable, const struct spot *at, struct report *report)
{
	*usable = ds->type == DS_SHA256 || ds->type == DS_SHA384;
	if (!*usable)
		report_warning(report, at, NULL, "a DS of digest type %u is passed over", ds->type);
	else if (ds->len != (ds->type == DS_SHA256 ? SHA256_LEN : SHA384_LEN))
		return report_fault(report, at, "%zu bytes are no digest of type %u", ds->len,
		    ds->type);
	return ACCEPT;
}

static enum verdict
take_ds(void *arg, char *const fields[], size_t n, const struct spot *at, struct report *report)
{
	struct parent	*p = arg;
	struct parent_ds *to, one = { .line = at->line };
	char		 line[2048];
	uint32_t	 ttl;
	enum verdict	 v;
	bool		 usable;

	if (field_time(&one.from, INT64_MIN, fields[0]) == -1 ||
	    field_time(&one.until, INT64_MAX, fields[1]) == -1)
		return report_fault(report, at, "does not begin with two times");
	if (one.from >= one.until)
		return report_fault(report, at, "withdrawn before it is published");
	if (take_ttl(&ttl, fields[3]) == -1 ||
	    ds_line_parse(&one.ds, join(line, sizeof(line), fields + 2, n - 2)) == -1)
		return report_fault(report, at,
		    "not a DS record with TTL and class behind the times (RFC 4034 5.3)");
	if ((v = judge_digest(&one.ds, &usable, at, report)) != ACCEPT || !usable)
		return v;
	if ((to = array_add(&p->v, p->n, sizeof(*to))) == NULL)
		return report_fault(report, at, "out of memory");
	*to = one;
	p->n++;
	if (ttl > p->ttl)
		p->ttl = ttl;
	return ACCEPT;
}

struct parent *
parent_load(const char *path, struct report *report)
{
	const struct spot at = { path, 0, 0 };
	struct parent	*p;

	/* times, owner, TTL, class, type, three numbers, digest */
	if ((p = calloc(1, sizeof(*p))) == NULL || (p->input = strdup(path)) == NULL)
		report_fault(report, &at, "out of memory");
	else if (fields_load(path, 10, FIELDS_MAX, take_ds, p, report) == ACCEPT)
		return p;
	parent_free(p);
	return NULL;
}

void
parent_free(struct parent *p)
{
	if (p == NULL)
		return;
	free(p->v);
	free(p->input);
	free(p);
}

bool
parent_shows(const struct parent_ds *d, const struct dname *zone, int64_t when)
{
	return d->from <= when && when < d->until && dname_equal(&d->ds.owner, zone);
}

int64_t
parent_next(const struct parent *p, int64_t after)
{
	int64_t		 next = INT64_MAX;
	size_t		 i;

	for (i = 0; i < p->n; i++) {
		if (p->v[i].from > after && p->v[i].from < next)
			next = p->v[i].from;
		if (p->v[i].until > after && p->v[i].until < next)
			next = p->v[i].until;
	}
	return next;
}

int64_t
parent_held_until(const struct bundle *b, const struct bundle *next)
{
	int64_t		 until;

	if (next == NULL)
		return b->inception + 1;
	until = next->inception + (b->nkeys > 0 ? b->keys[0].ttl : 0);
	return until < b->expiration ? until : b->expiration;
}

int
parent_names(const struct parent_ds *d, const struct key *key, const struct dname *zone)
{
	struct ds	 made;

	if (key->algorithm != d->ds.algorithm || key_tag(key) != d->ds.tag)
		return 0;
	if (ds_make(&made, key, zone, d->ds.type) == -1)
		return -1;
	return made.len == d->ds.len && memcmp(made.digest, d->ds.digest, made.len) == 0;
}
