/* Trust anchors: lines and XML, added to one that is there already. */
#include <string.h>

#include "fuzz.h"
#include "model/anchor.h"

#define INPUT	"fuzz"

static void
same_anchor(const struct anchor *a, const struct anchor *b)
{
	MUST(dname_equal(&a->owner, &b->owner) && a->tag == b->tag);
	MUST(a->algorithm == b->algorithm && a->tagless == b->tagless);
	MUST(memcmp(a->digest, b->digest, DIGEST_SIZE) == 0);
	MUST(a->valid_from == b->valid_from && a->valid_until == b->valid_until);
	MUST(strcmp(a->name, b->name) == 0);
}

static void
print_ds(struct buf *b, const struct anchor *a)
{
	char		 name[DNAME_TEXT], hex[DIGEST_HEX];

	MUST(buf_printf(b, "%s 172800 IN DS %u %u 2 %s\n", dname_format(name, &a->owner), a->tag,
	    a->algorithm, digest_hex(hex, a->digest)) == 0);
}

/* What was read is written as DS lines, and read back. */
static void
again(const struct anchors *all)
{
	struct report	 rep = REPORT_EMPTY;
	struct anchors	 back = ANCHORS_EMPTY;
	struct buf	 lines = BUF_EMPTY;
	size_t		 i;

	for (i = 0; i < all->n; i++)
		print_ds(&lines, &all->v[i]);
	MUST(anchors_parse(&back, &lines, INPUT, &rep) == ACCEPT);
	MUST(back.n == all->n && rep.count == 0);
	for (i = 0; i < all->n; i++) {
		MUST(dname_equal(&all->v[i].owner, &back.v[i].owner));
		MUST(all->v[i].tag == back.v[i].tag);
		MUST(all->v[i].algorithm == back.v[i].algorithm);
		MUST(memcmp(all->v[i].digest, back.v[i].digest, DIGEST_SIZE) == 0);
	}
	anchors_clear(&back);
	buf_free(&lines);
	report_free(&rep);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	char		 name[] = "first";
	const struct anchor first = { .tag = 1, .tagless = true, .valid_from = 5, .name = name };
	struct report	 rep = REPORT_EMPTY;
	struct anchors	 all = ANCHORS_EMPTY, fresh = ANCHORS_EMPTY;
	struct buf	 in = fuzz_buf(data, len);
	enum verdict	 v;
	size_t		 i;

	MUST(anchors_add(&all, &first) == 0);
	v = anchors_parse(&all, &in, INPUT, &rep);
	MUST(v == ACCEPT || v == FAULT);
	MUST(all.n > 0 && (v == ACCEPT) == (all.n > 1));
	same_anchor(&all.v[0], &first);
	fuzz_report(&rep, v, len + 1);
	MUST(anchors_parse(&fresh, &in, INPUT, &rep) == v);
	MUST(fresh.n == all.n - 1);
	for (i = 0; i < fresh.n; i++)
		same_anchor(&fresh.v[i], &all.v[i + 1]);
	if (fresh.n > 0)
		again(&fresh);
	anchors_clear(&all);
	anchors_clear(&fresh);
	buf_free(&in);
	report_free(&rep);
	return 0;
}
