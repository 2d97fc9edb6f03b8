/*
 * cut ksr|skr FILE: the document is accepted, and refused when it ends early: at every byte.
 * Prints at how many; exit 1 when one is not refused, or not with a single finding.
 */
#include <errno.h>
#include <string.h>

#include "fuzz.h"
#include "model/ksr.h"
#include "model/skr.h"

static enum verdict
parse(bool request, const struct buf *in, struct report *rep)
{
	struct ksr	*ksr = NULL;
	struct skr	*skr = NULL;
	enum verdict	 v;

	v = request ? ksr_parse(&ksr, in, "cut", rep) : skr_parse(&skr, in, "cut", rep);
	MUST((v == ACCEPT) == (ksr != NULL || skr != NULL));
	ksr_free(ksr);
	skr_free(skr);
	return v;
}

/* The bytes are copied, so that a sanitizer sees who reads beyond them. */
static enum verdict
parse_first(bool request, const struct buf *all, size_t len)
{
	struct report	 rep = REPORT_EMPTY;
	struct buf	 in = fuzz_buf(all->data, len);
	enum verdict	 v;

	v = parse(request, &in, &rep);
	MUST(rep.count == (v == ACCEPT ? 0 : 1));
	buf_free(&in);
	report_free(&rep);
	return v;
}

int
main(int argc, char *argv[])
{
	struct buf	 all = BUF_EMPTY;
	size_t		 len, end;
	bool		 request;

	if (argc != 3 || buf_load(&all, argv[2], KSR_MAX_BYTES) == -1) {
		fprintf(stderr, "cut: %s\n", argc != 3 ? "ksr|skr FILE" : strerror(errno));
		return 2;
	}
	request = strcmp(argv[1], "ksr") == 0;
	/* Only what stands behind the last tag can be missing. */
	for (end = all.len; end > 0 && all.data[end - 1] != '>'; end--)
		;
	for (len = 0; len <= all.len; len++)
		if (parse_first(request, &all, len) != (len < end ? REFUSE : ACCEPT)) {
			fprintf(stderr, "cut: at byte %zu: not as expected\n", len);
			buf_free(&all);
			return 1;
		}
	printf("%zu\n", end);
	buf_free(&all);
	return 0;
}
