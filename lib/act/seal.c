#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "act/seal.h"
#include "base/isotime.h"
#include "base/thread.h"

#define THREADS	16
#define MODE	0644

static size_t
files_of(const struct seal_order *o)
{
	return o->whole ? 1 : o->skr->bundles.n;
}

/* File i as a part of the response. */
static struct seal_part
part_of(const struct seal_order *o, size_t i)
{
	const struct bundles *all = &o->skr->bundles;
	struct seal_part p = {
		.zone = o->skr->name, .slot = i + 1, .slots = all->n,
		.inception = all->v[i].inception, .expiration = all->v[i].expiration,
	};
	size_t		 j;

	memcpy(p.set, o->skr->digest, sizeof(p.set));
	for (j = 0; o->whole && j < all->n; j++) {
		p.slot = 0;
		if (all->v[j].inception < p.inception)
			p.inception = all->v[j].inception;
		if (all->v[j].expiration > p.expiration)
			p.expiration = all->v[j].expiration;
	}
	return p;
}

static bool
is_for(const struct seal_order *o, const struct seal_to *to, size_t i)
{
	return o->whole || to->slot == 0 || to->slot == i + 1;
}

/* Who is to open file i; their number, which may be more than fit. */
static size_t
recipients_of(struct cms_recipient out[CMS_RECIPIENTS], struct secret *pass,
    const struct seal_order *o, size_t i)
{
	size_t	 j, n = 0;

	for (j = 0; j < o->nto; j++)
		if (is_for(o, &o->to[j], i) && n++ < CMS_RECIPIENTS)
			out[n - 1] = (struct cms_recipient){ .cert = o->to[j].cert };
	if (o->passphrase != NULL && n++ < CMS_RECIPIENTS)
		out[n - 1] = (struct cms_recipient){ .passphrase = o->passphrase };
	if (o->sheet != NULL && n++ < CMS_RECIPIENTS) {
		*pass = sheet_passphrase(o->sheet, i);
		out[n - 1] = (struct cms_recipient){ .passphrase = pass };
	}
	return n;
}

/* Is this key for more than one slot?  The first slot, from 1, where it comes again. */
static bool
shared(const struct seal_order *o, const struct seal_to *to, const struct seal_to **other)
{
	size_t	 i;

	if (to->slot == 0) {
		*other = to;
		return true;
	}
	for (i = 0; i < o->nto; i++)
		if (o->to[i].slot != to->slot && memcmp(cms_cert_key(o->to[i].cert),
		    cms_cert_key(to->cert), DIGEST_SIZE) == 0) {
			*other = &o->to[i];
			return true;
		}
	return false;
}

/* Release slot by slot needs a key of its own for each slot. */
static enum verdict
judge_control(const struct seal_order *o, struct report *report)
{
	const struct spot at = { o->skr->input, 0, 0 };
	const struct seal_to *other;
	enum verdict	 v = ACCEPT;
	size_t		 i;

	if (o->whole || o->skr->bundles.n == 1)
		return ACCEPT;
	if (o->together) {
		report_warning(report, &at, NULL, "no release control, as asked for: who can "
		    "open one slot may be able to open all of them");
		return ACCEPT;
	}
	if (o->passphrase != NULL)
		v = report_broken(report, &at, NULL, "one passphrase for all slots gives no "
		    "control over their release (--no-release-control)");
	for (i = 0; i < o->nto; i++)
		if (shared(o, &o->to[i], &other)) {
			const struct spot cert = { o->to[i].path, 0, 0 };

			v = report_broken(report, &cert, NULL, "one key for more than one slot "
			    "gives no control over their release (--no-release-control)");
		}
	return v;
}

static enum verdict
judge_file(const struct seal_order *o, size_t i, struct report *report)
{
	const struct spot at = { o->skr->input, 0, 0 };
	struct cms_recipient to[CMS_RECIPIENTS];
	struct seal_part p = part_of(o, i), other;
	struct secret	 pass;
	char		 name[SEAL_NAME];
	size_t		 n = recipients_of(to, &pass, o, i), j;

	if (n == 0)
		return report_broken(report, &at, NULL, "slot %zu is sealed to nobody", i + 1);
	if (n > CMS_RECIPIENTS)
		return report_broken(report, &at, NULL, "slot %zu has %zu recipients: at most %d",
		    i + 1, n, CMS_RECIPIENTS);
	if (seal_name(name, &p) == -1)
		return report_broken(report, &at, NULL, "the zone's name is too long for that "
		    "of a file");
	if (p.expiration <= p.inception)
		return report_broken(report, &at, NULL, "slot %zu expires before it begins",
		    i + 1);
	for (j = 0; j < i; j++) {
		other = part_of(o, j);
		if (other.inception == p.inception && other.expiration == p.expiration)
			return report_broken(report, &at, NULL, "slots %zu and %zu have the same "
			    "times", j + 1, i + 1);
	}
	return ACCEPT;
}

enum verdict
seal_judge(const struct seal_order *o, struct report *report)
{
	const struct spot at = { o->skr->input, 0, 0 };
	size_t		 i, n = o->skr->bundles.n;
	enum verdict	 v;

	if (n > SEAL_SLOTS)
		return report_broken(report, &at, NULL, "%zu slots: at most %d", n, SEAL_SLOTS);
	v = judge_control(o, report);
	for (i = 0; i < o->nto; i++)
		if (o->to[i].slot > n)
			v = report_broken(report, &at, NULL, "no slot %zu: there are %zu",
			    o->to[i].slot, n);
	for (i = 0; i < files_of(o); i++)
		v = verdict_worse(v, judge_file(o, i, report));
	return v;
}

struct work {				/* shared by the threads */
	const struct seal_order *order;
	const struct newdir	*dir;
	struct seal_manifest	*manifest;
	atomic_size_t		 next;
	atomic_bool		 stop;
	atomic_int		 error;	/* errno of the first that failed */
};

/* The SKR of one bundle: all else as in the response. */
static int
put_document(struct buf *out, const struct seal_order *o, size_t i)
{
	struct skr	 one = *o->skr;

	if (o->whole)
		return buf_append(out, o->bytes->data, o->bytes->len);
	one.bundles.v = &o->skr->bundles.v[i];
	one.bundles.n = 1;
	return skr_write(out, &one);
}

static int
seal_file(struct buf *out, const struct seal_order *o, const struct seal_part *p, size_t i)
{
	struct cms_recipient to[CMS_RECIPIENTS];
	struct cms_envelope *e = NULL;
	struct secret	 pass;
	struct buf	 content = BUF_EMPTY;
	int		 rc = -1;

	errno = EIO;
	if ((e = cms_begin(to, recipients_of(to, &pass, o, i))) != NULL &&
	    seal_header_write(&content, p, cms_envelope_digest(e)) == 0 &&
	    put_document(&content, o, i) == 0)
		rc = cms_finish(out, e, content.data, content.len);
	cms_envelope_free(e);
	buf_wipe(&content);
	return rc;
}

static int
seal_one(struct work *w, size_t i)
{
	const struct seal_part p = part_of(w->order, i);
	struct seal_entry *entry = &w->manifest->v[i];
	struct buf	 sealed = BUF_EMPTY;
	char		 name[SEAL_NAME];
	int		 rc = -1;

	if (seal_file(&sealed, w->order, &p, i) == 0 && seal_name(name, &p) == 0 &&
	    digest_bytes(entry->digest, sealed.data, sealed.len) == 0)
		rc = newdir_put(w->dir, name, &sealed, MODE);
	entry->slot = p.slot;
	entry->inception = p.inception;
	entry->expiration = p.expiration;
	buf_free(&sealed);
	return rc;
}

static void *
work_on(void *arg)
{
	struct work	*w = arg;
	int		 none = 0;
	size_t		 i;

	while (!atomic_load(&w->stop) && (i = atomic_fetch_add(&w->next, 1)) < w->manifest->n)
		if (seal_one(w, i) == -1) {
			atomic_compare_exchange_strong(&w->error, &none, errno);
			atomic_store(&w->stop, true);
		}
	return NULL;
}

/* A processor a file; the time goes into passphrases, and into the disk. */
static void
share_out(struct work *w)
{
	pthread_t	 threads[THREADS];
	size_t		 n, i;

	n = threads_beside(threads, THREADS, w->manifest->n, work_on, w);
	work_on(w);
	for (i = 0; i < n; i++)
		pthread_join(threads[i], NULL);
}

static struct seal_manifest *
manifest_new(const struct seal_order *o)
{
	struct seal_manifest *m = calloc(1, sizeof(*m));

	if (m == NULL || (m->v = calloc(files_of(o), sizeof(*m->v))) == NULL) {
		free(m);
		return NULL;
	}
	m->zone = o->skr->name;
	memcpy(m->set, o->skr->digest, sizeof(m->set));
	m->together = o->together || o->whole;
	m->slots = o->skr->bundles.n;
	m->n = files_of(o);
	return m;
}

enum verdict
seal_make(struct seal_manifest **out, const struct seal_order *o, const struct newdir *dir,
    struct report *report)
{
	const struct spot at = { dir->path, 0, 0 };
	struct work	 w = { .order = o, .dir = dir, .manifest = manifest_new(o) };
	struct buf	 text = BUF_EMPTY;
	int		 error = 0;

	if (w.manifest == NULL)
		return report_fault(report, NULL, "out of memory");
	share_out(&w);
	error = atomic_load(&w.error);
	if (error == 0 && (seal_manifest_write(&text, w.manifest) == -1 ||
	    newdir_put(dir, SEAL_MANIFEST, &text, MODE) == -1))
		error = errno;
	buf_free(&text);
	if (error == 0) {
		*out = w.manifest;
		return ACCEPT;
	}
	seal_manifest_free(w.manifest);
	return report_fault(report, &at, "cannot make the sealed files: %s", strerror(error));
}
