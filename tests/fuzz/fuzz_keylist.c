/* A key-list file: read, printed, read again. */
#include <string.h>

#include "fuzz.h"
#include "model/keylist.h"

static void
read_back(const struct keylist *list)
{
	struct buf	 text = BUF_EMPTY, json = BUF_EMPTY;
	struct keylist	 again = KEYLIST_EMPTY;
	struct report	 rep = REPORT_EMPTY;
	size_t		 i;

	MUST(keylist_print(&text, list) == 0);
	if (text.len > 0)
		MUST(keylist_parse(&again, &text, "again", &rep) == ACCEPT);
	for (i = 0; i < text.len; i++)
		if (text.data[i] == '\t')
			text.data[i] = ' ';
	MUST(text.len == 0 || fuzz_printable((char *)text.data, text.len, true));
	MUST(again.n == list->n);
	for (i = 0; i < list->n; i++) {
		MUST(keyline_same(&list->keys[i], &list->keys[i]));
		MUST(keyline_json(&json, &list->keys[i]) == 0);
	}
	MUST(json.len == 0 || fuzz_printable((char *)json.data, json.len, false));
	report_free(&rep);
	keylist_clear(&again);
	buf_free(&text);
	buf_free(&json);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct buf	 in = fuzz_buf(data, len);
	struct keylist	 list = KEYLIST_EMPTY;
	struct report	 rep = REPORT_EMPTY;
	enum verdict	 v;

	v = keylist_parse(&list, &in, "input", &rep);
	fuzz_report(&rep, v, REPORT_EACH);
	if (v == ACCEPT)
		read_back(&list);
	else
		MUST(list.n == 0 && list.ntokens == 0 && list.input == NULL);
	keylist_sort(&list);
	keylist_clear(&list);
	report_free(&rep);
	buf_free(&in);
	return 0;
}
