/* DNSKEY lines of KSKs: what is taken is good, and printed is taken again. */
#include <string.h>

#include "act/sepkeys.h"
#include "fuzz.h"

#define INPUT	"fuzz"

static void
good(const struct sepkeys *keys)
{
	const struct key *k;
	unsigned	 bits;
	uint64_t	 exponent;
	size_t		 i, j;

	MUST(keys->n > 0 && keys->n <= SEPKEYS_MAX);
	for (i = 0; i < keys->n; i++) {
		k = &keys->v[i].key;
		MUST(k->flags == DNSKEY_KSK && k->protocol == DNSKEY_PROTOCOL && k->line > 0);
		MUST(k->tag == key_tag(k) && key_size(k, &bits, &exponent) == 0);
		MUST(sepkey_ttl(&keys->v[i]) == (k->ttl == 0 ? SEPKEYS_TTL : k->ttl));
		for (j = 0; j < i; j++)
			MUST(!key_same(k, &keys->v[j].key) ||
			    !dname_equal(&keys->v[i].owner, &keys->v[j].owner));
	}
}

static void
again(const struct sepkeys *keys)
{
	struct report	 rep = REPORT_EMPTY;
	struct sepkeys	 back = SEPKEYS_EMPTY;
	struct buf	 lines = BUF_EMPTY;
	size_t		 i;

	for (i = 0; i < keys->n; i++)
		MUST(key_print(&lines, &keys->v[i].key, &keys->v[i].owner) == 0);
	MUST(sepkeys_parse(&back, &lines, INPUT, &rep) == ACCEPT);
	MUST(back.n == keys->n && rep.count == 0);
	for (i = 0; i < keys->n; i++) {
		MUST(key_same(&keys->v[i].key, &back.v[i].key));
		MUST(keys->v[i].key.ttl == back.v[i].key.ttl && back.v[i].key.line == i + 1);
		MUST(dname_equal(&keys->v[i].owner, &back.v[i].owner));
	}
	sepkeys_clear(&back);
	buf_free(&lines);
	report_free(&rep);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct report	 rep = REPORT_EMPTY;
	struct sepkeys	 keys = SEPKEYS_EMPTY;
	struct buf	 in = fuzz_buf(data, len);
	enum verdict	 v = sepkeys_parse(&keys, &in, INPUT, &rep);

	MUST(v == ACCEPT || v == REFUSE);
	MUST((v == ACCEPT) == (keys.n > 0));
	fuzz_report(&rep, v, REPORT_EACH);
	if (v == ACCEPT) {
		good(&keys);
		again(&keys);
	}
	sepkeys_clear(&keys);
	buf_free(&in);
	report_free(&rep);
	return 0;
}
