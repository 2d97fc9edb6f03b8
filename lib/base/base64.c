#include <errno.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/base64.h"

#define GROUPS	256			/* encoded in one go */

static const char alphabet[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/* The value of a character, plus one; 0: not in the alphabet. */
static const unsigned char value[256] = {
	['A'] = 1, ['B'] = 2, ['C'] = 3, ['D'] = 4, ['E'] = 5, ['F'] = 6, ['G'] = 7,
	['H'] = 8, ['I'] = 9, ['J'] = 10, ['K'] = 11, ['L'] = 12, ['M'] = 13,
	['N'] = 14, ['O'] = 15, ['P'] = 16, ['Q'] = 17, ['R'] = 18, ['S'] = 19,
	['T'] = 20, ['U'] = 21, ['V'] = 22, ['W'] = 23, ['X'] = 24, ['Y'] = 25,
	['Z'] = 26, ['a'] = 27, ['b'] = 28, ['c'] = 29, ['d'] = 30, ['e'] = 31,
	['f'] = 32, ['g'] = 33, ['h'] = 34, ['i'] = 35, ['j'] = 36, ['k'] = 37,
	['l'] = 38, ['m'] = 39, ['n'] = 40, ['o'] = 41, ['p'] = 42, ['q'] = 43,
	['r'] = 44, ['s'] = 45, ['t'] = 46, ['u'] = 47, ['v'] = 48, ['w'] = 49,
	['x'] = 50, ['y'] = 51, ['z'] = 52, ['0'] = 53, ['1'] = 54, ['2'] = 55,
	['3'] = 56, ['4'] = 57, ['5'] = 58, ['6'] = 59, ['7'] = 60, ['8'] = 61,
	['9'] = 62, ['+'] = 63, ['/'] = 64
};

struct decoder {
	uint32_t	 bits;		/* of the group that is not complete */
	unsigned	 have;		/* its characters, 0 to 3 */
	unsigned	 pads;
	unsigned char	*out;
};

/* Groups without white space or padding: nearly all of every text. */
static const unsigned char *
whole_groups(unsigned char **out, const unsigned char *p, const unsigned char *end)
{
	unsigned char	*o = *out;
	unsigned	 a, b, c, d;

	while (end - p >= 4) {
		a = value[p[0]];
		b = value[p[1]];
		c = value[p[2]];
		d = value[p[3]];
		if (a == 0 || b == 0 || c == 0 || d == 0)
			break;
		a--, b--, c--, d--;
		*o++ = (unsigned char)(a << 2 | b >> 4);
		*o++ = (unsigned char)(b << 4 | c >> 2);
		*o++ = (unsigned char)(c << 6 | d);
		p += 4;
	}
	*out = o;
	return p;
}

static int
one_character(struct decoder *d, unsigned char c)
{
	if (c == ' ' || c == '\t' || c == '\r' || c == '\n')
		return 0;
	if (c == '=') {
		d->pads++;
		return d->have + d->pads > 4 ? -1 : 0;
	}
	if (value[c] == 0 || d->pads > 0)
		return -1;
	d->bits = d->bits << 6 | (value[c] - 1u);
	if (++d->have == 4) {
		*d->out++ = (unsigned char)(d->bits >> 16);
		*d->out++ = (unsigned char)(d->bits >> 8);
		*d->out++ = (unsigned char)d->bits;
		d->have = 0;
	}
	return 0;
}

/* The last group: complete with its padding, and its unused bits zero. */
static int
last_group(struct decoder *d)
{
	if (d->have == 0)
		return d->pads == 0 ? 0 : -1;
	if (d->have < 2 || d->have + d->pads != 4)
		return -1;
	if (d->have == 2) {
		if ((d->bits & 0xf) != 0)
			return -1;
		*d->out++ = (unsigned char)(d->bits >> 4);
		return 0;
	}
	if ((d->bits & 0x3) != 0)
		return -1;
	*d->out++ = (unsigned char)(d->bits >> 10);
	*d->out++ = (unsigned char)(d->bits >> 2);
	return 0;
}

unsigned char *
base64_decode(const char *text, size_t len, size_t *outlen)
{
	const unsigned char *p = (const unsigned char *)text, *end = p + len;
	struct decoder	 d = { 0, 0, 0, NULL };
	unsigned char	*start;

	if ((start = malloc(len / 4 * 3 + 4)) == NULL)
		return NULL;
	d.out = start;
	while (p < end) {
		if (d.have == 0 && d.pads == 0)
			p = whole_groups(&d.out, p, end);
		if (p < end && one_character(&d, *p++) == -1)
			goto bad;
	}
	if (last_group(&d) == -1 || d.out == start)
		goto bad;
	*d.out = '\0';
	*outlen = (size_t)(d.out - start);
	return start;
 bad:
	free(start);
	errno = EINVAL;
	return NULL;
}

static size_t
encode_groups(char *out, const unsigned char *p, size_t len)
{
	char		*o = out;
	uint32_t	 w;

	for (; len > 0; p += 3, len -= 3) {
		w = (uint32_t)p[0] << 16;
		if (len > 1)
			w |= (uint32_t)p[1] << 8;
		if (len > 2)
			w |= p[2];
		*o++ = alphabet[w >> 18];
		*o++ = alphabet[w >> 12 & 63];
		*o++ = len > 1 ? alphabet[w >> 6 & 63] : '=';
		*o++ = len > 2 ? alphabet[w & 63] : '=';
		if (len <= 3)
			break;
	}
	return (size_t)(o - out);
}

int
base64_encode(struct buf *b, const void *data, size_t len)
{
	const unsigned char *p = data;
	char		 chunk[4 * GROUPS];
	size_t		 n;

	while (len > 0) {
		n = len < 3 * GROUPS ? len : 3 * GROUPS;
		if (buf_append(b, chunk, encode_groups(chunk, p, n)) == -1)
			return -1;
		p += n;
		len -= n;
	}
	return 0;
}
