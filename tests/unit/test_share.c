#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <CUnit/Basic.h>
#include <libgfshare.h>

#include "act/gf256.h"
#include "act/share.h"
#include "fixture.h"

/* As schoolbooks do it: polynomials over GF(2), then the rest of a division. */
static unsigned char
slow_multiply(unsigned a, unsigned b)
{
	unsigned	 product = 0;
	int		 i;

	for (i = 0; i < 8; i++)
		if ((b >> i & 1) != 0)
			product ^= a << i;
	for (i = 14; i >= 8; i--)
		if ((product >> i & 1) != 0)
			product ^= 0x11du << (i - 8);
	return (unsigned char)product;
}

static void
test_field(void)
{
	unsigned	 a, b, wrong = 0;

	for (a = 0; a < 256; a++)
		for (b = 0; b < 256; b++)
			wrong += gf256_multiply((unsigned char)a, (unsigned char)b) !=
			    slow_multiply(a, b);
	for (a = 1; a < 256; a++)
		wrong += gf256_multiply((unsigned char)a, gf256_inverse((unsigned char)a)) != 1;
	CU_ASSERT_EQUAL(wrong, 0);
	CU_ASSERT_EQUAL(gf256_inverse(0), 0);
}

/* Random bytes of the test's own choice: a salt is all zero. */
static unsigned char	coefficients[2];
static size_t		drawn;

static int
chosen(void *arg, unsigned char *out, size_t len)
{
	size_t	 *row = arg;

	drawn += len;
	memset(out, 0, len);
	if (len == 1 + 16)			/* a row: secret of one byte, tag */
		out[0] = coefficients[(*row)++];
	return 0;
}

static void
split_byte(struct share *shares, unsigned m, unsigned n, unsigned char byte)
{
	struct share_set set = { .kind = SHARE_KEY, .m = m, .n = n };
	struct secret	 s = SECRET_EMPTY;
	size_t		 row = 0;

	CU_ASSERT_EQUAL_FATAL(secret_room(&s), 0);
	s.text[0] = (char)byte;
	s.len = 1;
	CU_ASSERT_EQUAL_FATAL(share_split(&set, shares, &s, chosen, &row), 0);
	secret_free(&s);
}

static void
clear(struct share *shares, unsigned n)
{
	while (n-- > 0)
		share_clear(&shares[n]);
}

/*
 * By exhaustion: whatever the secret, over all coefficients a share (of 2 needed) takes each
 * value once, so it tells nothing; and the line goes through all of them.
 */
static void
test_perfect(void)
{
	static const unsigned char secrets[] = { 0, 1, 0x80, 0xff };
	struct share	 s[3];
	unsigned	 c, i, wrong = 0;
	size_t		 k;

	for (k = 0; k < sizeof(secrets); k++) {
		unsigned char	 seen[3][256] = { { 0 } };

		for (c = 0; c < 256; c++) {
			coefficients[0] = (unsigned char)c;
			split_byte(s, 2, 3, secrets[k]);
			for (i = 0; i < 3; i++) {
				unsigned char	 y = (unsigned char)s[i].body.text[0];

				seen[i][y]++;
				wrong += y != (secrets[k] ^ slow_multiply(c, i + 1));
			}
			clear(s, 3);
		}
		for (i = 0; i < 3; i++)
			for (c = 0; c < 256; c++)
				wrong += seen[i][c] != 1;
	}
	CU_ASSERT_EQUAL(wrong, 0);
}

/* Two shares of three needed: over all pairs of coefficients each pair of values comes once. */
static void
test_perfect_pair(void)
{
	unsigned char	*seen = must(calloc(1, 65536));
	struct share	 s[3];
	unsigned	 c, wrong = 0;

	for (c = 0; c < 65536; c += 1) {
		coefficients[0] = (unsigned char)(c >> 8);
		coefficients[1] = (unsigned char)c;
		split_byte(s, 3, 3, 0x5a);
		seen[(unsigned)(unsigned char)s[0].body.text[0] << 8 |
		    (unsigned char)s[2].body.text[0]]++;
		clear(s, 3);
	}
	for (c = 0; c < 65536; c++)
		wrong += seen[c] != 1;
	CU_ASSERT_EQUAL(wrong, 0);
	free(seen);
}

static int
no_random(void *arg, unsigned char *out, size_t len)
{
	size_t	*left = arg;

	memset(out, 1, len);
	return (*left)-- > 0 ? 0 : -1;
}

static void
make_secret(struct secret *s, size_t len)
{
	CU_ASSERT_EQUAL_FATAL(secret_room(s), 0);
	pseudo_random_bytes((unsigned char *)s->text, len);
	s->len = len;
}

static void
test_limits(void)
{
	static const struct { unsigned m, n; size_t len; } bad[] = {
		{ 1, 3, 32 }, { 0, 3, 32 }, { 4, 3, 32 }, { 2, 17, 32 }, { 17, 17, 32 },
		{ 2, 3, 0 }, { 2, 3, 65 },
	};
	struct share	 shares[SHARE_MAX];
	struct secret	 s = SECRET_EMPTY, back = SECRET_EMPTY;
	size_t		 i, left;

	make_secret(&s, 64);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct share_set set = { .kind = SHARE_KEY, .m = bad[i].m, .n = bad[i].n };

		s.len = bad[i].len;
		errno = 0;
		CU_ASSERT_EQUAL(share_split(&set, shares, &s, share_random, NULL), -1);
		CU_ASSERT_EQUAL(errno, EINVAL);
	}
	s.len = 32;
	for (i = 0; i < 6; i++) {	/* an id, three salts, one row, so 5 */
		struct share_set set = { .kind = SHARE_KEY, .m = 2, .n = 3 };

		left = i;
		errno = 0;
		CU_ASSERT_EQUAL(share_split(&set, shares, &s, no_random, &left), i == 5 ? 0 : -1);
		CU_ASSERT_EQUAL(errno, i == 5 ? 0 : EIO);
		CU_ASSERT_EQUAL(shares[0].body.text == NULL, i < 5);
		if (i == 5)
			clear(shares, 3);
	}
	CU_ASSERT_EQUAL(share_join(&back, shares, 0), -1);
	secret_free(&s);
}

/* Every subset of n shares, for every m and n up to 6: those of m join, fewer do not. */
static void
test_subsets(void)
{
	struct secret	 s = SECRET_EMPTY, back = SECRET_EMPTY;
	struct share	 all[6], some[6];
	unsigned	 m, n, bits, i, k, wrong = 0;

	make_secret(&s, 32);
	for (n = 2; n <= 6; n++)
		for (m = 2; m <= n; m++) {
			struct share_set set = { .kind = SHARE_KEY, .m = m, .n = n };

			CU_ASSERT_EQUAL_FATAL(share_split(&set, all, &s, share_random, NULL), 0);
			for (bits = 0; bits < 1u << n; bits++) {
				for (i = 0, k = 0; i < n; i++)
					if ((bits >> i & 1) != 0)
						some[k++] = all[n - 1 - i];
				if (k < m)
					wrong += share_join(&back, some, k) != -1;
				else
					wrong += share_join(&back, some, k) != 1 ||
					    back.len != 32 || memcmp(back.text, s.text, 32) != 0;
			}
			clear(all, n);
		}
	CU_ASSERT_EQUAL(wrong, 0);
	secret_free(&back);
	secret_free(&s);
}

/* The largest sets and secrets, and the smallest. */
static void
test_sizes(void)
{
	static const size_t	 lengths[] = { 1, 16, 32, 63, 64 };
	struct secret	 s = SECRET_EMPTY, back = SECRET_EMPTY;
	struct share	 all[SHARE_MAX];
	size_t		 i;

	for (i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		struct share_set set = { .kind = SHARE_KEY, .m = 16, .n = 16 };

		make_secret(&s, lengths[i]);
		CU_ASSERT_EQUAL_FATAL(share_split(&set, all, &s, share_random, NULL), 0);
		CU_ASSERT_EQUAL(share_join(&back, all, 16), 1);
		CU_ASSERT_EQUAL(back.len, lengths[i]);
		CU_ASSERT_EQUAL(memcmp(back.text, s.text, s.len), 0);
		CU_ASSERT_EQUAL(back.text[back.len], '\0');
		clear(all, 16);
		secret_free(&s);
	}
	secret_free(&back);
}

static void
fill(unsigned char *out, unsigned len)
{
	pseudo_random_bytes(out, len);
}

/* The payload of our shares (secret and tag), split anew by libgfshare and put into them. */
static int
joins_theirs(struct share *all, unsigned n, unsigned m)
{
	unsigned char	 numbers[SHARE_MAX], payload[32 + 16];
	struct secret	 back = SECRET_EMPTY;
	gfshare_ctx	*ctx;
	unsigned	 i;
	int		 rc;

	for (i = 0; i < n; i++)
		numbers[i] = (unsigned char)(i + 1);
	ctx = must(gfshare_ctx_init_dec(numbers, m, sizeof(payload)));
	for (i = 0; i < m; i++)
		gfshare_ctx_dec_giveshare(ctx, (unsigned char)i, (unsigned char *)all[i].body.text);
	gfshare_ctx_dec_extract(ctx, payload);
	gfshare_ctx_free(ctx);
	ctx = must(gfshare_ctx_init_enc(numbers, n, (unsigned char)m, sizeof(payload)));
	gfshare_ctx_enc_setsecret(ctx, payload);
	for (i = 0; i < n; i++)
		gfshare_ctx_enc_getshare(ctx, (unsigned char)i, (unsigned char *)all[i].body.text);
	gfshare_ctx_free(ctx);
	rc = share_join(&back, all + (n - m), m);
	if (rc == 1 && memcmp(back.text, payload, 32) != 0)
		rc = 0;
	secret_free(&back);
	return rc;
}

/* libgfshare joins our shares, and we join its. */
static void
test_oracle(void)
{
	struct secret	 s = SECRET_EMPTY;
	unsigned char	 numbers[SHARE_MAX], value[SHARE_SECRET_MAX + 16];
	struct share	 all[SHARE_MAX];
	unsigned	 m, n, i, wrong = 0;

	gfshare_fill_rand = fill;
	for (n = 2; n <= SHARE_MAX; n += 2)
		for (m = 2; m <= n; m++) {
			struct share_set set = { .kind = SHARE_KEY, .m = m, .n = n };
			gfshare_ctx	*ctx;

			make_secret(&s, 32);
			CU_ASSERT_EQUAL_FATAL(share_split(&set, all, &s, share_random, NULL), 0);
			for (i = 0; i < m; i++)
				numbers[i] = (unsigned char)all[n - 1 - i].number;
			ctx = must(gfshare_ctx_init_dec(numbers, m, 32 + 16));
			for (i = 0; i < m; i++)
				gfshare_ctx_dec_giveshare(ctx, (unsigned char)i,
				    (unsigned char *)all[n - 1 - i].body.text);
			gfshare_ctx_dec_extract(ctx, value);
			wrong += memcmp(value, s.text, 32) != 0;
			gfshare_ctx_free(ctx);
			wrong += joins_theirs(all, n, m) != 1;
			clear(all, n);
			secret_free(&s);
		}
	CU_ASSERT_EQUAL(wrong, 0);
}

/* Any one bit of any share changed: the tag says so, and the record names the share. */
static void
test_changed(void)
{
	static const char *const names[] = { "a", "b", "c" };
	struct share_set set = { .kind = SHARE_KEY, .m = 3, .n = 3 };
	struct secret	 s = SECRET_EMPTY, back = SECRET_EMPTY;
	struct share	 all[3];
	unsigned	 i, wrong = 0;
	size_t		 bit;

	make_secret(&s, 32);
	CU_ASSERT_EQUAL_FATAL(share_split(&set, all, &s, share_random, NULL), 0);
	for (i = 0; i < 3; i++)
		for (bit = 0; bit < 8 * all[i].body.len; bit++) {
			struct report	 rep = REPORT_EMPTY;

			all[i].body.text[bit / 8] ^= (char)(1 << bit % 8);
			/* a salt is not joined */
			wrong += share_join(&back, all, 3) != (bit / 8 < 32 + 16 ? 0 : 1);
			wrong += share_judge(NULL, all, 3, names, &rep) != ACCEPT;
			wrong += share_judge(&set, all, 3, names, &rep) != REFUSE;
			wrong += rep.count != 1 || strcmp(rep.findings[0].input, names[i]) != 0;
			wrong += strstr(rep.findings[0].text, "is not the one that was made") == NULL;
			all[i].body.text[bit / 8] ^= (char)(1 << bit % 8);
			report_free(&rep);
		}
	CU_ASSERT_EQUAL(wrong, 0);
	CU_ASSERT_EQUAL(share_join(&back, all, 3), 1);
	clear(all, 3);
	secret_free(&back);
	secret_free(&s);
}

static void
said(const struct share_set *set, const struct share *shares, size_t n, const char *what)
{
	static const char *const names[] = { "a", "b", "c", "d" };
	struct report	 rep = REPORT_EMPTY;

	CU_ASSERT_EQUAL(share_judge(set, shares, n, names, &rep), REFUSE);
	CU_ASSERT_EQUAL(rep.count, 1);
	if (rep.count > 0 && strstr(rep.findings[0].text, what) == NULL) {
		printf("(%s) ", rep.findings[0].text);
		CU_FAIL("another message");
	}
	report_free(&rep);
}

static void
test_judge(void)
{
	struct share_set set = { .kind = SHARE_KEY, .m = 2, .n = 3 }, other = set;
	struct secret	 s = SECRET_EMPTY;
	struct share	 a[3], b[3], mix[4];

	make_secret(&s, 32);
	CU_ASSERT_EQUAL_FATAL(share_split(&set, a, &s, share_random, NULL), 0);
	CU_ASSERT_EQUAL_FATAL(share_split(&other, b, &s, share_random, NULL), 0);
	said(&set, a, 1, "1 share: 2 are needed");
	said(NULL, a, 1, "1 share: 2 are needed");
	said(&set, a, 0, "0 shares: 2 are needed");
	mix[0] = a[1];
	mix[1] = b[0];
	said(&set, mix, 2, "share 1 belongs to another set");
	said(NULL, mix, 2, "share 1 belongs to another set");
	mix[1] = a[1];
	said(&set, mix, 2, "share 2 is there already, from a");
	said(NULL, mix, 2, "share 2 is there already, from a");
	mix[1] = a[2];
	mix[2] = b[1];
	said(&set, mix, 3, "share 2 belongs to another set");
	mix[1].number = 1;
	said(&set, mix, 2, "share 1 is not the one that was made");
	mix[1] = a[2];
	mix[1].m = 3;
	said(NULL, mix, 2, "share 3 belongs to another set");
	mix[1] = a[2];
	mix[1].kind = SHARE_PIN;
	said(&set, mix, 2, "share 3 belongs to another set");
	mix[1] = a[2];
	mix[1].number = 4;
	said(&set, mix, 2, "not a share");
	clear(a, 3);
	clear(b, 3);
	secret_free(&s);
}

/* The text of a share, read back; in a buffer of share_room. */
static void
print(struct buf *b, const struct share *s, const char *holder)
{
	CU_ASSERT_EQUAL_FATAL(share_room(b), 0);
	CU_ASSERT_EQUAL_FATAL(share_print(b, s, holder), 0);
}

static enum verdict
parse(struct share *out, const char *text, struct report *rep)
{
	struct buf	 b = BUF_EMPTY;
	enum verdict	 v;

	CU_ASSERT_EQUAL_FATAL(buf_puts(&b, text), 0);
	v = share_parse(out, &b, "sheet", rep);
	buf_free(&b);
	return v;
}

static void
test_text(void)
{
	struct share_set set = { .kind = SHARE_PIN, .m = 2, .n = 16 };
	struct share	 all[SHARE_MAX], back = { .m = 0 };
	struct secret	 s = SECRET_EMPTY;
	struct buf	 text = BUF_EMPTY;
	struct report	 rep = REPORT_EMPTY;
	char		 holder[SHARE_HOLDER_MAX + 1];
	size_t		 i, len;

	memset(holder, ' ', SHARE_HOLDER_MAX);
	holder[SHARE_HOLDER_MAX] = '\0';
	for (len = 1; len <= SHARE_SECRET_MAX; len += 7) {
		CU_ASSERT_EQUAL_FATAL(secret_set(&s, "0123456789012345678901234567890123456789"
		    "012345678901234567890123", len), 0);
		CU_ASSERT_EQUAL_FATAL(share_split(&set, all, &s, share_random, NULL), 0);
		for (i = 0; i < 16; i++) {
			print(&text, &all[i], i == 0 ? NULL : holder);
			CU_ASSERT_EQUAL(share_parse(&back, &text, "sheet", &rep), ACCEPT);
			CU_ASSERT_EQUAL(back.number, i + 1);
			CU_ASSERT_EQUAL(back.kind, SHARE_PIN);
			CU_ASSERT_EQUAL(back.body.len, all[i].body.len);
			CU_ASSERT_EQUAL(memcmp(back.body.text, all[i].body.text, back.body.len), 0);
			share_room_free(&text);
		}
		clear(all, 16);
	}
	CU_ASSERT_EQUAL(rep.count, 0);
	report_free(&rep);
	share_clear(&back);
	secret_free(&s);
}

/* As somebody types it: other case, no numbers, more blanks, CR LF, empty lines. */
static void
test_typed(void)
{
	struct share_set set = { .kind = SHARE_KEY, .m = 2, .n = 2 };
	struct share	 all[2], back = { .m = 0 };
	struct secret	 s = SECRET_EMPTY;
	struct buf	 text = BUF_EMPTY, typed = BUF_EMPTY;
	struct report	 rep = REPORT_EMPTY;
	size_t		 i;
	char		*words;

	make_secret(&s, 32);
	CU_ASSERT_EQUAL_FATAL(share_split(&set, all, &s, share_random, NULL), 0);
	print(&text, &all[1], "Anna Admin");
	CU_ASSERT_PTR_NOT_NULL(strstr((char *)text.data, "\nshare 2 of 2, 2 needed\nholder Anna%20Admin\n"));
	words = strstr((char *)text.data, "\nwords\n") + 7;
	for (i = 0; i < text.len; i++) {
		char	 c = (char)text.data[i];

		if ((char *)text.data + i >= words && c >= '0' && c <= '9')
			continue;
		if ((char *)text.data + i >= words && c >= 'a' && c <= 'z')
			c = (char)(c - 32);
		buf_append(&typed, &c, 1);
		buf_puts(&typed, c == ' ' ? "\t " : c == '\n' ? " \r\n \n" : "");
	}
	CU_ASSERT_EQUAL(parse(&back, (char *)typed.data, &rep), ACCEPT);
	CU_ASSERT_EQUAL(back.number, 2);
	CU_ASSERT_EQUAL(rep.count, 0);
	report_free(&rep);
	buf_free(&typed);
	share_room_free(&text);
	share_clear(&back);
	clear(all, 2);
	secret_free(&s);
}

/* Every byte changed, every truncation: never another share. */
static void
test_damaged(void)
{
	struct share_set set = { .kind = SHARE_KEY, .m = 2, .n = 3 };
	struct share	 all[3], back = { .m = 0 };
	struct secret	 s = SECRET_EMPTY;
	struct buf	 text = BUF_EMPTY;
	unsigned	 wrong = 0, same = 0;
	size_t		 i;
	char		*copy, c;

	make_secret(&s, 32);
	CU_ASSERT_EQUAL_FATAL(share_split(&set, all, &s, share_random, NULL), 0);
	print(&text, &all[0], "Anna");
	for (i = 0; i < text.len; i++)
		for (c = 1; c != 64; c = (char)(c * 2)) {
			struct report	 rep = REPORT_EMPTY;

			copy = copy_of((char *)text.data);
			copy[i] = (char)(copy[i] ^ c);
			if (parse(&back, copy, &rep) == ACCEPT) {
				same++;		/* a blank, the case of a letter, the holder */
				wrong += back.number != 1 || memcmp(back.body.text,
				    all[0].body.text, back.body.len) != 0;
			} else
				wrong += rep.count == 0;
			free(copy);
			report_free(&rep);
		}
	for (i = 0; i < text.len - 1; i++) {
		struct report	 rep = REPORT_EMPTY;

		copy = copy_of((char *)text.data);
		copy[i] = '\0';
		wrong += parse(&back, copy, &rep) != REFUSE;
		free(copy);
		report_free(&rep);
	}
	CU_ASSERT_EQUAL(wrong, 0);
	CU_ASSERT_TRUE(same > 0 && same < text.len);
	share_room_free(&text);
	share_clear(&back);
	clear(all, 3);
	secret_free(&s);
}

static int
repeatable(void *arg, unsigned char *out, size_t len)
{
	(void)arg;
	pseudo_random_bytes(out, len);
	return 0;
}

/*
 * Line by line, with an answer for each.  A check word misses one line in 256, so the shares are
 * the same in every run.
 */
static void
test_lines(void)
{
	struct share_set set = { .kind = SHARE_KEY, .m = 2, .n = 3 };
	struct share	 all[3], back = { .m = 0 };
	struct secret	 s = SECRET_EMPTY, body = SECRET_EMPTY;
	struct buf	 text = BUF_EMPTY;
	const char	*why = NULL;
	char		*line, *rest, *blank, keep;
	unsigned	 n = 0;

	make_secret(&s, 32);
	CU_ASSERT_EQUAL_FATAL(share_split(&set, all, &s, repeatable, NULL), 0);
	print(&text, &all[2], "Anna");
	CU_ASSERT_EQUAL_FATAL(secret_room(&body), 0);
	rest = strstr((char *)text.data, "\nwords\n") + 7;
	while (*(line = strsep(&rest, "\n")) != '\0') {
		n++;
		CU_ASSERT_EQUAL(share_line(&body, n + 1, line, &why), -1);
		CU_ASSERT_STRING_EQUAL(why, "another line of words is expected here");
		CU_ASSERT_EQUAL(share_line(&body, n + 1, line + 3, &why), -1);
		CU_ASSERT_STRING_EQUAL(why, "its words and its last word, which checks them, do not agree");
		blank = strrchr(line, ' ');
		keep = *blank;
		*blank = '\0';
		CU_ASSERT_EQUAL(share_line(&body, n, line, &why), -1);
		*blank = keep;
		CU_ASSERT_EQUAL(share_line(&body, n, line, &why), 0);
	}
	CU_ASSERT_EQUAL(n, share_lines(32));
	CU_ASSERT_EQUAL(share_line(&body, n + 1, "aardvark", &why), -1);
	CU_ASSERT_STRING_EQUAL(why, "it has too few words");
	CU_ASSERT_EQUAL(share_line(&body, n + 1, "nonsense", &why), -1);
	CU_ASSERT_STRING_EQUAL(why, "it has a word that is not in the list");
	CU_ASSERT_EQUAL(share_line(&body, n + 1, "adroitness", &why), -1);
	CU_ASSERT_EQUAL(share_from_lines(&back, &body, &why), 0);
	CU_ASSERT_EQUAL(back.number, 3);
	body.len -= 8;
	CU_ASSERT_EQUAL(share_from_lines(&back, &body, &why), -1);
	CU_ASSERT_STRING_EQUAL(why, "its check value does not match");
	body.len = 10;
	CU_ASSERT_EQUAL(share_from_lines(&back, &body, &why), -1);
	CU_ASSERT_STRING_EQUAL(why, "its lines are not all there");
	share_room_free(&text);
	share_clear(&back);
	secret_free(&body);
	clear(all, 3);
	secret_free(&s);
}

static enum verdict
parse_set(struct share_set *out, const char *text, const char **rest)
{
	struct report	 rep = REPORT_EMPTY;
	struct spot	 at = { "record", 0, 0 };
	enum verdict	 v = share_set_parse(out, text, rest, &at, &rep);

	CU_ASSERT_EQUAL(report_verdict(&rep), v);
	report_free(&rep);
	return v;
}

static void
test_record(void)
{
	struct share_set set = { .kind = SHARE_PIN, .m = 3, .n = 4 }, back = SHARE_SET_EMPTY;
	struct share	 all[4];
	struct secret	 s = SECRET_EMPTY;
	struct buf	 text = BUF_EMPTY, again = BUF_EMPTY;
	const char	*rest = NULL;
	unsigned	 accepted = 0;
	size_t		 i;
	char		*copy;

	make_secret(&s, 16);
	set.holder[1] = copy_of("Anna Admin");
	CU_ASSERT_EQUAL_FATAL(share_split(&set, all, &s, share_random, NULL), 0);
	CU_ASSERT_EQUAL(share_set_print(&text, &set), 0);
	CU_ASSERT_EQUAL(buf_puts(&text, "more\n"), 0);
	CU_ASSERT_EQUAL(parse_set(&back, (char *)text.data, &rest), ACCEPT);
	CU_ASSERT_STRING_EQUAL(rest, "more\n");
	CU_ASSERT_STRING_EQUAL(back.holder[1], "Anna Admin");
	CU_ASSERT_PTR_NULL(back.holder[0]);
	CU_ASSERT_EQUAL(share_set_print(&again, &back), 0);
	CU_ASSERT_EQUAL(memcmp(again.data, text.data, again.len), 0);
	for (i = 0; i < again.len - 1; i++) {
		copy = copy_of((char *)again.data);
		copy[i] = '\0';
		CU_ASSERT_EQUAL(parse_set(&back, copy, &rest), REFUSE);
		copy[i] = (char)(again.data[i] ^ 0x40);
		accepted += parse_set(&back, copy, &rest) == ACCEPT;
		free(copy);
	}
	CU_ASSERT_TRUE(accepted < again.len / 4);	/* a holder's name, a digest */
	buf_free(&text);
	buf_free(&again);
	share_set_clear(&back);
	share_set_clear(&set);
	clear(all, 4);
	secret_free(&s);
}

int
main(void)
{
	static const struct test tests[] = {
		TEST(test_field), TEST(test_perfect), TEST(test_perfect_pair), TEST(test_limits),
		TEST(test_subsets), TEST(test_sizes), TEST(test_oracle), TEST(test_changed),
		TEST(test_judge), TEST(test_text), TEST(test_typed), TEST(test_damaged),
		TEST(test_lines), TEST(test_record),
	};

	return run_tests("share", tests, sizeof(tests) / sizeof(tests[0]));
}
