#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <openssl/evp.h>

#include "base/digest.h"
#include "base/words.h"

#define CHUNK		((size_t)64 * 1024)
#define TICK		(UINT64_C(64) * 1024 * 1024)
#define SEPARATORS	" \t\r\n:"

int
digest_bytes(unsigned char out[DIGEST_SIZE], const void *data, size_t len)
{
	if (EVP_Digest(data, len, out, NULL, EVP_sha256(), NULL) != 1) {
		errno = ENOMEM;
		return -1;
	}
	return 0;
}

/* All that comes from fd into the running digest. */
static int
stream(EVP_MD_CTX *ctx, int fd, unsigned char *chunk, void (*tick)(uint64_t))
{
	uint64_t	 total = 0, said = 0;
	ssize_t		 n;

	while ((n = read(fd, chunk, CHUNK)) != 0) {
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			return -1;
		if (EVP_DigestUpdate(ctx, chunk, (size_t)n) != 1) {
			errno = ENOMEM;
			return -1;
		}
		total += (uint64_t)n;
		if (tick != NULL && total - said >= TICK)
			tick(said = total);
	}
	if (total == 0) {
		errno = ENODATA;
		return -1;
	}
	return 0;
}

int
digest_stream(unsigned char out[DIGEST_SIZE], int fd, void (*tick)(uint64_t))
{
	unsigned char	 d[DIGEST_SIZE], *chunk = NULL;
	EVP_MD_CTX	*ctx = NULL;
	int		 error, rc = -1;

	errno = ENOMEM;
	if ((chunk = malloc(CHUNK)) == NULL || (ctx = EVP_MD_CTX_new()) == NULL)
		goto out;
	if (EVP_DigestInit_ex(ctx, EVP_sha256(), NULL) != 1)
		goto out;
	if (stream(ctx, fd, chunk, tick) == -1)
		goto out;
	errno = ENOMEM;
	if (EVP_DigestFinal_ex(ctx, d, NULL) != 1)
		goto out;
	memcpy(out, d, DIGEST_SIZE);
	rc = 0;
 out:
	error = errno;
	EVP_MD_CTX_free(ctx);
	free(chunk);
	errno = error;
	return rc;
}

int
digest_fd(unsigned char out[DIGEST_SIZE], int fd)
{
	return digest_stream(out, fd, NULL);
}

const char *
digest_hex(char out[DIGEST_HEX], const unsigned char d[DIGEST_SIZE])
{
	static const char	 hex[] = "0123456789abcdef";
	size_t			 i;

	for (i = 0; i < DIGEST_SIZE; i++) {
		out[2 * i] = hex[d[i] >> 4];
		out[2 * i + 1] = hex[d[i] & 15];
	}
	out[2 * DIGEST_SIZE] = '\0';
	return out;
}

static int
hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

int
digest_from_hex(unsigned char d[DIGEST_SIZE], const char *hex)
{
	unsigned char	 bytes[DIGEST_SIZE];
	int		 high, low;
	size_t		 i;

	for (i = 0; i < DIGEST_SIZE; i++) {
		if ((high = hex_value(hex[2 * i])) == -1 ||
		    (low = hex_value(hex[2 * i + 1])) == -1)
			return -1;
		bytes[i] = (unsigned char)(high << 4 | low);
	}
	if (hex[2 * DIGEST_SIZE] != '\0')
		return -1;
	memcpy(d, bytes, DIGEST_SIZE);
	return 0;
}

/*
 * sha256sum escapes three characters and passes all others; of those we refuse
 * the ones that act on a terminal (C0, DEL, and C1 in UTF-8).
 */
static int
print_name(struct buf *b, const char *name)
{
	const char	*p;
	int		 rc = 0;

	for (p = name; *p != '\0'; p++) {
		unsigned char	 c = (unsigned char)*p, next = (unsigned char)p[1];

		if (c == '\\')
			rc |= buf_puts(b, "\\\\");
		else if (c == '\n')
			rc |= buf_puts(b, "\\n");
		else if (c == '\r')
			rc |= buf_puts(b, "\\r");
		else if (c < 0x20 || c == 0x7f || (c == 0xc2 && next >= 0x80 && next <= 0x9f)) {
			errno = EINVAL;
			return -1;
		} else
			rc |= buf_append(b, p, 1);
	}
	return rc;
}

int
digest_print(struct buf *b, const unsigned char d[DIGEST_SIZE], const char *name)
{
	struct buf	 text = BUF_EMPTY;
	char		 hex[DIGEST_HEX];
	size_t		 i;
	int		 error, rc = 0;

	if (strpbrk(name, "\\\n\r") != NULL)
		rc |= buf_puts(&text, "\\");
	rc |= buf_printf(&text, "%s  ", digest_hex(hex, d));
	if (rc == 0)
		rc = print_name(&text, name);
	for (i = 0; rc == 0 && i < DIGEST_SIZE; i++)
		rc = buf_printf(&text, "%c%02x", i % 16 == 0 ? '\n' : ':', d[i]);
	for (i = 0; rc == 0 && i < DIGEST_SIZE; i++)
		rc = buf_printf(&text, "%c%s", i % 8 == 0 ? '\n' : ' ', words_word(d[i], i));
	if (rc == 0)
		rc = buf_puts(&text, "\n");
	if (rc == 0)
		rc = buf_append(b, text.data, text.len);
	error = errno;
	buf_free(&text);
	errno = error;
	return rc;
}

/* What somebody heard, as far as it can be read: known[i] says that d[i] is. */
struct heard {
	unsigned char	 d[DIGEST_SIZE];
	bool		 known[DIGEST_SIZE];
	size_t		 count;		/* of bytes, also those not understood */
	bool		 words;		/* not hex */
	bool		 bad;		/* a mistake was written to "why" */
};

/* A quoted piece of what was typed, fit for a terminal. */
static int
quote(struct buf *why, const char *text, size_t len)
{
	size_t	 i;
	int	 rc = buf_puts(why, "\"");

	for (i = 0; i < len && i < 24; i++)
		rc |= buf_append(why, text[i] >= 0x20 && text[i] <= 0x7e ? &text[i] : "?", 1);
	return rc | buf_puts(why, len > 24 ? "...\"" : "\"");
}

static int
hear_word(struct heard *h, struct buf *why, const char *word, size_t len)
{
	size_t	 i = h->count++;
	int	 byte = words_byte(word, len, i), rc;

	if (byte >= 0) {
		h->d[i] = (unsigned char)byte;
		h->known[i] = true;
		return 0;
	}
	h->bad = true;
	rc = buf_printf(why, "word %zu: ", i + 1);
	rc |= quote(why, word, len);
	return rc | buf_puts(why, byte == -2 ?
	    " has its place one before or after: a word is missing, doubled or swapped\n" :
	    " is not in the word list\n");
}

/* A run of hex digits, pair by pair. */
static int
hear_hex(struct heard *h, struct buf *why, const char *text, size_t len)
{
	int	 high, low, rc = 0;
	size_t	 i;

	while (len > 0 && h->count < DIGEST_SIZE) {
		size_t	 n = len < 2 ? len : 2;

		i = h->count++;
		high = hex_value(text[0]);
		low = n == 2 ? hex_value(text[1]) : -1;
		if (high != -1 && low != -1) {
			h->d[i] = (unsigned char)(high << 4 | low);
			h->known[i] = true;
		} else {
			h->bad = true;
			rc |= buf_printf(why, "byte %zu: ", i + 1);
			rc |= quote(why, text, n);
			rc |= buf_puts(why, " is not a pair of hex digits\n");
		}
		text += n;
		len -= n;
	}
	if (len > 0)
		h->count = DIGEST_SIZE + 1;
	return rc;
}

/* No word of the list has a digit, or only letters from a to f. */
static bool
is_hex(const char *text)
{
	return strpbrk(text, "0123456789:") != NULL ||
	    text[strspn(text, "abcdefABCDEF" SEPARATORS)] == '\0';
}

/* 0, or -1 out of memory.  A count above DIGEST_SIZE means "too many". */
static int
hear(struct heard *h, struct buf *why, const char *text)
{
	size_t	 len;
	int	 rc = 0;

	memset(h, 0, sizeof(*h));
	h->words = !is_hex(text);
	for (;;) {
		text += strspn(text, SEPARATORS);
		if ((len = strcspn(text, SEPARATORS)) == 0)
			break;
		if (h->count >= DIGEST_SIZE) {
			h->count = DIGEST_SIZE + 1;
			break;
		}
		rc |= h->words ? hear_word(h, why, text, len) : hear_hex(h, why, text, len);
		text += len;
	}
	return rc;
}

static int
complain_count(struct heard *h, struct buf *why)
{
	const char	*what = h->words ? "words" : "bytes";

	h->bad = true;
	if (h->count == 0)
		return buf_puts(why, "no word and no digit\n");
	if (h->count > DIGEST_SIZE)
		return buf_printf(why, "more than %d %s\n", DIGEST_SIZE, what);
	return buf_printf(why, "%zu of %d %s\n", h->count, DIGEST_SIZE, what);
}

static int
complain_byte(struct heard *h, struct buf *why, size_t i, unsigned char is)
{
	h->bad = true;
	if (h->words)
		return buf_printf(why, "word %zu: heard \"%s\", is \"%s\"\n", i + 1,
		    words_word(h->d[i], i), words_word(is, i));
	return buf_printf(why, "byte %zu: heard %02x, is %02x\n", i + 1, h->d[i], is);
}

int
digest_heard(struct buf *why, const unsigned char d[DIGEST_SIZE], const char *heard)
{
	struct heard	 h;
	size_t		 i;
	int		 rc = hear(&h, why, heard);

	for (i = 0; i < h.count && i < DIGEST_SIZE; i++)
		if (h.known[i] && h.d[i] != d[i])
			rc |= complain_byte(&h, why, i, d[i]);
	if (h.count != DIGEST_SIZE)
		rc |= complain_count(&h, why);
	if (rc != 0)
		return -1;
	return h.bad ? 1 : 0;
}

int
digest_from_text(unsigned char d[DIGEST_SIZE], struct buf *why, const char *text)
{
	struct heard	 h;
	int		 rc = hear(&h, why, text);

	if (h.count == 0 || h.count > DIGEST_SIZE)
		rc |= complain_count(&h, why);
	if (rc != 0 || h.bad)
		return -1;
	memcpy(d, h.d, h.count);
	return (int)h.count;
}
