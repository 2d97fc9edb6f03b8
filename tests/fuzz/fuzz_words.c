/* A digest as people say or type it: the first 32 bytes are the digest, the rest is heard. */
#include <string.h>

#include "base/digest.h"
#include "base/words.h"
#include "fuzz.h"

#define COMPLAINTS	40		/* one for each byte, one for the number, and then some */

/* Lines for a terminal, each one complete. */
static void
check_why(const struct buf *why)
{
	size_t		 i, lines = 0;

	MUST(why->len > 0 && why->data[why->len - 1] == '\n');
	MUST(fuzz_printable((char *)why->data, why->len, true));
	for (i = 0; i < why->len; i++)
		lines += why->data[i] == '\n';
	MUST(lines <= COMPLAINTS && why->len <= 160 * lines);
}

/* What was understood, said in words and as hex, is understood again. */
static void
said_again(const unsigned char *d, size_t n)
{
	unsigned char	 back[DIGEST_SIZE];
	struct buf	 words = BUF_EMPTY, hex = BUF_EMPTY, why = BUF_EMPTY;
	size_t		 i;

	for (i = 0; i < n; i++)
		MUST(buf_printf(&words, "%s ", words_word(d[i], i)) == 0 &&
		    buf_printf(&hex, "%02x", d[i]) == 0);
	MUST(digest_from_text(back, &why, (char *)words.data) == (int)n);
	MUST(memcmp(back, d, n) == 0);
	MUST(digest_from_text(back, &why, (char *)hex.data) == (int)n);
	MUST(memcmp(back, d, n) == 0);
	MUST(why.len == 0);
	buf_free(&words);
	buf_free(&hex);
}

static void
try_text(const char *text)
{
	unsigned char	 d[DIGEST_SIZE], untouched[DIGEST_SIZE];
	struct buf	 why = BUF_EMPTY, nothing = BUF_EMPTY;
	int		 n;

	memset(d, 0xa5, sizeof(d));
	memset(untouched, 0xa5, sizeof(untouched));
	n = digest_from_text(d, &why, text);
	MUST(n == -1 || (n >= 1 && n <= DIGEST_SIZE));
	if (n == -1) {
		MUST(memcmp(d, untouched, sizeof(d)) == 0);
		check_why(&why);
	} else {
		MUST(why.len == 0);
		said_again(d, (size_t)n);
		MUST(n < DIGEST_SIZE || digest_heard(&nothing, d, text) == 0);
	}
	buf_free(&why);
	buf_free(&nothing);
}

static void
try_heard(const unsigned char d[DIGEST_SIZE], const char *text)
{
	unsigned char	 said[DIGEST_SIZE];
	struct buf	 why = BUF_EMPTY;
	int		 rv = digest_heard(&why, d, text);

	MUST(rv == 0 || rv == 1);
	if (rv == 1)
		check_why(&why);
	else {
		MUST(why.len == 0);
		MUST(digest_from_text(said, &why, text) == DIGEST_SIZE);
		MUST(memcmp(said, d, DIGEST_SIZE) == 0);
	}
	buf_free(&why);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	unsigned char	 d[DIGEST_SIZE] = { 0 };
	struct buf	 in = fuzz_buf(data, len);
	size_t		 n = len < DIGEST_SIZE ? len : DIGEST_SIZE;

	if (n > 0)
		memcpy(d, data, n);
	try_text((char *)in.data);
	try_text((char *)in.data + n);
	try_heard(d, (char *)in.data + n);
	buf_free(&in);
	return 0;
}
