/* The record of what a parent publishes: what is taken, printed, is taken again. */
#include <sys/mman.h>

#include <string.h>
#include <unistd.h>

#include "base/isotime.h"
#include "fuzz.h"
#include "judge/parent.h"
#include "model/ds.h"

static struct parent *
load(const void *data, size_t len, struct report *rep)
{
	struct parent	*p;
	char		 path[64];
	int		 fd;

	MUST((fd = memfd_create("parent", MFD_CLOEXEC)) != -1);
	MUST(write(fd, data, len) == (ssize_t)len);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	p = parent_load(path, rep);
	close(fd);
	return p;
}

static void
print_time(struct buf *b, int64_t t)
{
	char	 text[ISOTIME_SIZE];

	MUST(buf_printf(b, "%s ", t == INT64_MIN || t == INT64_MAX ? "-" :
	    isotime_format(text, t, "Z")) == 0);
}

static void
again(const struct parent *p)
{
	struct report	 rep = REPORT_EMPTY;
	struct buf	 lines = BUF_EMPTY;
	struct parent	*back;
	size_t		 i;

	/* Without a record it takes a comment to say so: a file without a byte is a mistake. */
	if (p->n == 0)
		MUST(buf_puts(&lines, "# none\n") == 0);
	for (i = 0; i < p->n; i++) {
		print_time(&lines, p->v[i].from);
		print_time(&lines, p->v[i].until);
		MUST(ds_print(&lines, &p->v[i].ds, "DS", p->ttl) == 0);
	}
	MUST((back = load((const char *)lines.data, lines.len, &rep)) != NULL);
	MUST(back->n == p->n && rep.count == 0 && (p->n == 0 || back->ttl == p->ttl));
	for (i = 0; i < p->n; i++) {
		const struct parent_ds *a = &p->v[i], *b = &back->v[i];

		MUST(a->from == b->from && a->until == b->until && a->from < a->until);
		MUST(dname_equal(&a->ds.owner, &b->ds.owner) && a->ds.tag == b->ds.tag);
		MUST(a->ds.algorithm == b->ds.algorithm && a->ds.type == b->ds.type);
		MUST(a->ds.len == (a->ds.type == DS_SHA256 ? 32 : 48) && a->ds.len == b->ds.len);
		MUST(memcmp(a->ds.digest, b->ds.digest, a->ds.len) == 0);
		MUST(parent_shows(a, &a->ds.owner, a->from));
		MUST(!parent_shows(a, &a->ds.owner, a->until));
		MUST(a->from == INT64_MIN || parent_next(p, a->from - 1) == a->from);
	}
	parent_free(back);
	buf_free(&lines);
	report_free(&rep);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct report	 rep = REPORT_EMPTY;
	struct parent	*p = load(data, len, &rep);

	fuzz_report(&rep, p == NULL ? FAULT : ACCEPT, REPORT_EACH + 1);
	if (p != NULL)
		again(p);
	parent_free(p);
	report_free(&rep);
	return 0;
}
