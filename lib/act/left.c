#include <inttypes.h>
#include <stdlib.h>

#include "act/left.h"
#include "base/isotime.h"

static int
by_inception(const void *pa, const void *pb)
{
	const struct bundle *const *a = pa, *const *b = pb;

	return ((*a)->inception > (*b)->inception) - ((*a)->inception < (*b)->inception);
}

int
left_until(int64_t *until, const struct bundles *all, int64_t time)
{
	const struct bundle **sorted = NULL;
	size_t		 i;

	*until = time;
	if (all->n == 0)
		return 0;
	if ((sorted = calloc(all->n, sizeof(*sorted))) == NULL)
		return -1;
	for (i = 0; i < all->n; i++)
		sorted[i] = &all->v[i];
	qsort(sorted, all->n, sizeof(*sorted), by_inception);
	for (i = 0; i < all->n && sorted[i]->inception <= *until; i++)
		if (sorted[i]->expiration > *until)
			*until = sorted[i]->expiration;
	free(sorted);
	return 0;
}

enum verdict
left_show(struct buf *out, const struct skr *skr, int64_t time, int64_t warn,
    struct report *report)
{
	const struct spot at = { skr->input, 0, 0 };
	char		 text[ISOTIME_SIZE];
	int64_t		 until, left;

	if (left_until(&until, &skr->bundles, time) == -1)
		return report_fault(report, NULL, "out of memory");
	left = until - time;
	if (buf_printf(out, "left %" PRId64 " days (%" PRId64 " s), %s %s\n", left / DAY, left,
	    left > 0 ? "until" : "nothing holds at", isotime_format(text, until, "Z")) == -1)
		return report_fault(report, NULL, "out of memory");
	if (left == 0)
		return report_broken(report, &at, NULL, "no bundle holds at %s", text);
	if (left < warn)
		return report_broken(report, &at, NULL, "less than %s is left",
		    isoduration_format(text, warn));
	return ACCEPT;
}
