/* The other half of seal.h: what a sealed file must be. */

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "act/seal.h"
#include "base/isotime.h"

#define FILES_MAX	100000		/* in a folder that is looked through */

enum verdict
seal_listed(const struct seal_claim *c, const struct buf *sealed, const char *input,
    struct report *report)
{
	const struct spot at = { input, 0, 0 };
	unsigned char	 digest[DIGEST_SIZE];
	char		 name[SEAL_NAME];
	size_t		 i;

	if (c->manifest == NULL)
		return ACCEPT;
	if (digest_bytes(digest, sealed->data, sealed->len) == -1)
		return report_fault(report, &at, "no digest can be made");
	for (i = 0; i < c->manifest->n; i++) {
		const struct seal_entry *e = &c->manifest->v[i];
		const struct seal_part p = { .zone = c->manifest->zone, .slot = e->slot,
			.inception = e->inception, .expiration = e->expiration };

		if (c->name == NULL ? memcmp(e->digest, digest, sizeof(digest)) != 0 :
		    seal_name(name, &p) == -1 || strcmp(name, c->name) != 0)
			continue;
		if (memcmp(e->digest, digest, sizeof(digest)) == 0)
			return ACCEPT;
		return report_broken(report, &at, NULL, "not the file that the manifest lists: "
		    "its digest is another");
	}
	return report_broken(report, &at, NULL, "not in the manifest");
}

/* What is claimed of the part that the header says it is. */
static enum verdict
judge_part(const struct seal_part *p, const struct seal_claim *c, const struct spot *at,
    struct report *report)
{
	char		 zone[DNAME_TEXT], name[SEAL_NAME], time[ISOTIME_SIZE];
	enum verdict	 v = ACCEPT;

	if (seal_name(name, p) == -1)
		v = report_broken(report, at, NULL, "its zone has no name for a file");
	else if (c->name != NULL && strcmp(c->name, name) != 0)
		v = report_broken(report, at, NULL, "renamed: what is inside is called %s", name);
	if (c->zone != NULL && !dname_equal(c->zone, &p->zone))
		v = report_broken(report, at, NULL, "it is of zone %s",
		    dname_format(zone, &p->zone));
	if (c->manifest != NULL && !dname_equal(&c->manifest->zone, &p->zone))
		v = report_broken(report, at, NULL, "it is of zone %s, the manifest is not",
		    dname_format(zone, &p->zone));
	if ((c->set != NULL && memcmp(c->set, p->set, DIGEST_SIZE) != 0) ||
	    (c->manifest != NULL && memcmp(c->manifest->set, p->set, DIGEST_SIZE) != 0))
		v = report_broken(report, at, NULL, "it is of another set");
	if (c->manifest != NULL && c->manifest->slots != p->slots)
		v = report_broken(report, at, NULL, "it is of a set of %zu slots, the manifest "
		    "has %zu", p->slots, c->manifest->slots);
	if (c->at != -1 && (c->at < p->inception || c->at >= p->expiration))
		v = report_broken(report, at, NULL, "it is not for %s",
		    isotime_format(time, c->at, "Z"));
	return v;
}

/* The whole response: its digest says it all; its times are those of its bundles. */
static enum verdict
judge_whole(const struct skr *skr, const struct seal_part *p, const struct spot *at,
    struct report *report)
{
	const struct bundles *all = &skr->bundles;
	int64_t		 from = all->v[0].inception, until = all->v[0].expiration;
	size_t		 i;

	for (i = 1; i < all->n; i++) {
		from = all->v[i].inception < from ? all->v[i].inception : from;
		until = all->v[i].expiration > until ? all->v[i].expiration : until;
	}
	if (memcmp(skr->digest, p->set, DIGEST_SIZE) != 0)
		return report_broken(report, at, NULL, "what is inside is not the response that "
		    "its header names");
	if (all->n != p->slots || from != p->inception || until != p->expiration)
		return report_broken(report, at, NULL, "what is inside has not the slots or times "
		    "of its header");
	return ACCEPT;
}

static enum verdict
judge_document(const struct skr *skr, const struct seal_part *p, const struct spot *at,
    struct report *report)
{
	const struct bundle *b = &skr->bundles.v[0];

	if (!dname_equal(&skr->name, &p->zone))
		return report_broken(report, at, NULL, "what is inside is of another zone than "
		    "its header says: %s", skr->domain);
	if (p->slot == 0)
		return judge_whole(skr, p, at, report);
	if (skr->bundles.n != 1)
		return report_broken(report, at, NULL, "%zu bundles are inside, not one",
		    skr->bundles.n);
	if (b->inception != p->inception || b->expiration != p->expiration)
		return report_broken(report, at, NULL, "what is inside has not the times of its "
		    "header");
	return ACCEPT;
}

enum verdict
seal_take(struct skr **out, struct buf *document, const struct buf *content,
    const unsigned char envelope[DIGEST_SIZE], const struct seal_claim *c, const char *input,
    struct report *report)
{
	const struct spot at = { input, 0, 0 };
	unsigned char	 named[DIGEST_SIZE];
	struct seal_part p;
	struct skr	*skr = NULL;
	struct buf	 body = BUF_EMPTY;
	const char	*why;
	enum verdict	 v;
	size_t		 at_body;

	if ((why = seal_header_read(&p, named, &at_body, content->data, content->len)) != NULL)
		return report_broken(report, &at, NULL, "%s, see skr-sealed(5)", why);
	if (memcmp(named, envelope, DIGEST_SIZE) != 0)
		return report_broken(report, &at, NULL, "its recipients are not those that it was "
		    "sealed to");
	if ((v = judge_part(&p, c, &at, report)) != ACCEPT)
		return v;
	if (buf_append(&body, content->data + at_body, content->len - at_body) == -1)
		return report_fault(report, &at, "out of memory");
	if ((v = skr_parse(&skr, &body, input, report)) == ACCEPT)
		v = judge_document(skr, &p, &at, report);
	if (v == ACCEPT) {
		buf_wipe(document);
		*document = body;
		*out = skr;
		return ACCEPT;
	}
	skr_free(skr);
	buf_wipe(&body);
	return v;
}

struct found {
	char		*name;
	size_t		 zonelen;
	int64_t		 inception;
	int64_t		 expiration;
};

/* The zone's part of a file name that it would have; its length. */
static size_t
zone_prefix(char out[SEAL_NAME], const struct dname *zone)
{
	const struct seal_part p = { .zone = *zone, .slot = 1, .inception = 0, .expiration = 1 };
	int64_t		 from, until;
	size_t		 len;
	bool		 whole;

	if (seal_name(out, &p) == -1 || seal_name_read(out, &len, &from, &until, &whole) == -1)
		return 0;
	return len;
}

/* One file of the folder: a better one than the best so far? */
static enum verdict
look_at(struct found *best, const char *name, const char *prefix, size_t prefixlen, int64_t time,
    const struct spot *at, struct report *report)
{
	struct found	 f = { .name = NULL };
	bool		 whole;

	if (seal_name_read(name, &f.zonelen, &f.inception, &f.expiration, &whole) == -1 || whole ||
	    time < f.inception || time >= f.expiration)
		return ACCEPT;
	if (prefix != NULL && (f.zonelen != prefixlen || memcmp(name, prefix, prefixlen) != 0))
		return ACCEPT;
	if (best->name != NULL && (best->zonelen != f.zonelen ||
	    memcmp(best->name, name, f.zonelen) != 0))
		return report_fault(report, at, "slots of several zones: choose with --zone");
	if (best->name != NULL && (f.inception < best->inception ||
	    (f.inception == best->inception && f.expiration <= best->expiration)))
		return ACCEPT;
	if ((f.name = strdup(name)) == NULL)
		return report_fault(report, at, "out of memory");
	free(best->name);
	*best = f;
	return ACCEPT;
}

static enum verdict
look_through(struct found *best, DIR *dir, const struct dname *zone, int64_t time,
    const struct spot *at, struct report *report)
{
	char		 prefix[SEAL_NAME];
	struct dirent	*e;
	enum verdict	 v = ACCEPT;
	size_t		 len = zone == NULL ? 0 : zone_prefix(prefix, zone), n = 0;

	if (zone != NULL && len == 0)
		return report_fault(report, at, "the zone's name is too long for that of a file");
	while (v == ACCEPT && (errno = 0, e = readdir(dir)) != NULL) {
		if (n++ == FILES_MAX)
			return report_fault(report, at, "more than %d files", FILES_MAX);
		v = look_at(best, e->d_name, zone == NULL ? NULL : prefix, len, time, at, report);
	}
	if (v == ACCEPT && errno != 0)
		v = report_fault(report, at, "%s", strerror(errno));
	return v;
}

enum verdict
seal_find(char **path, const char *folder, const struct dname *zone, int64_t time,
    struct report *report)
{
	const struct spot at = { folder, 0, 0 };
	struct found	 best = { .name = NULL };
	DIR		*dir = opendir(folder);
	char		 text[ISOTIME_SIZE];
	enum verdict	 v;

	if (dir == NULL)
		return report_fault(report, &at, "%s", strerror(errno));
	v = look_through(&best, dir, zone, time, &at, report);
	closedir(dir);
	if (v == ACCEPT && best.name == NULL)
		v = report_broken(report, &at, NULL, "no sealed slot for %s",
		    isotime_format(text, time, "Z"));
	if (v == ACCEPT && asprintf(path, "%s/%s", folder, best.name) == -1)
		v = report_fault(report, &at, "out of memory");
	free(best.name);
	return v;
}
