/* A share's sheet, the record of a set, and a sealed share: read, printed, read again. */
#include <string.h>

#include "act/share_file.h"
#include "fuzz.h"

static void
sheet(const struct buf *in)
{
	struct report	 rep = REPORT_EMPTY;
	struct share	 s = { .number = 4711 }, back = { .m = 0 };
	struct buf	 text = BUF_EMPTY;
	enum verdict	 v;

	v = share_parse(&s, in, "sheet", &rep);
	fuzz_report(&rep, v, 2 * REPORT_EACH);
	if (v == ACCEPT) {
		MUST(s.m >= 2 && s.m <= s.n && s.n <= SHARE_MAX && s.number >= 1 && s.number <= s.n);
		MUST(share_room(&text) == 0 && share_print(&text, &s, NULL) == 0);
		MUST(fuzz_printable((char *)text.data, text.len, true));
		MUST(share_parse(&back, &text, "again", &rep) == ACCEPT);
		MUST(back.number == s.number && back.body.len == s.body.len);
		MUST(memcmp(back.body.text, s.body.text, s.body.len) == 0);
		share_room_free(&text);
		share_clear(&back);
		share_clear(&s);
	} else
		MUST(s.number == 4711 && s.body.text == NULL);
	report_free(&rep);
}

static void
record(const struct buf *in)
{
	struct report	 rep = REPORT_EMPTY;
	struct share_set set = { .n = 4711 }, back = SHARE_SET_EMPTY;
	struct spot	 at = { "record", 0, 0 };
	struct buf	 text = BUF_EMPTY;
	const char	*rest = NULL;
	enum verdict	 v;

	v = share_set_parse(&set, (char *)in->data, &rest, &at, &rep);
	fuzz_report(&rep, v, 1);
	if (v == ACCEPT) {
		MUST(rest >= (char *)in->data && rest <= (char *)in->data + strlen((char *)in->data));
		MUST(share_set_print(&text, &set) == 0);
		MUST(share_set_parse(&back, (char *)text.data, &rest, &at, &rep) == ACCEPT);
		MUST(*rest == '\0' && back.n == set.n && back.m == set.m);
		MUST(memcmp(back.digest, set.digest, sizeof(set.digest)) == 0);
		buf_free(&text);
		share_set_clear(&back);
		share_set_clear(&set);
	} else
		MUST(set.n == 4711);
	report_free(&rep);
}

static void
cover(const struct buf *in)
{
	struct report	 rep = REPORT_EMPTY;
	struct share_cover c = { .n = 0 };
	char		 who[SHARE_WHO];
	enum verdict	 v;

	v = share_cover_parse(&c, in, "sealed", &rep);
	fuzz_report(&rep, v, 1);
	if (v == ACCEPT) {
		MUST(c.m >= 2 && c.m <= c.n && c.n <= SHARE_MAX && c.cms.len > 0);
		share_who(who, c.number, c.m, c.n, c.holder);
		MUST(fuzz_printable(who, strlen(who), false));
		share_cover_clear(&c);
	} else
		MUST(c.cms.data == NULL && c.holder == NULL);
	report_free(&rep);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct buf	 in = fuzz_buf(data, len);

	sheet(&in);
	record(&in);
	cover(&in);
	buf_free(&in);
	return 0;
}
