#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <CUnit/Basic.h>
#include <archive.h>
#include <archive_entry.h>
#include <zlib.h>

#include "act/tarball.h"
#include "fixture.h"

#define MAX	((size_t)1 << 20)

static void
add(struct tarball *t, const char *name, const char *text)
{
	struct buf	 b = BUF_EMPTY;

	CU_ASSERT_EQUAL_FATAL(buf_puts(&b, text), 0);
	CU_ASSERT_EQUAL_FATAL(tarball_add(t, name, &b), 0);
	CU_ASSERT_PTR_NULL(b.data);
}

static void
sample(struct tarball *t)
{
	t->mtime = 1893456000;
	add(t, "top/manifest", "first\n");
	add(t, "top/files/z", "");
	add(t, "top/files/a.yaml", "a: b\n");
}

static void
test_names(void)
{
	static const char *const good[] = { "a", "A-b_c.9+", "a/b/c", "a/b.c/d..e" };
	static const char *const bad[] = { "", "/", "/a", "a/", "a//b", ".", "..", "../a", "a/..",
		"a/../b", "a/./b", ".a", "a/.b", "a b", "a\nb", "a\\b", "\xc3\xa4", "a:b", "~" };
	char		 longest[TARBALL_NAME_MAX + 2];
	size_t		 i;

	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		CU_ASSERT_TRUE(tarball_name(good[i]));
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		CU_ASSERT_FALSE(tarball_name(bad[i]));
	memset(longest, 'x', sizeof(longest));
	longest[TARBALL_NAME_MAX + 1] = '\0';
	CU_ASSERT_FALSE(tarball_name(longest));
	longest[TARBALL_NAME_MAX] = '\0';
	CU_ASSERT_TRUE(tarball_name(longest));
}

static void
test_add(void)
{
	struct tarball	 t = TARBALL_EMPTY;
	struct buf	 b = BUF_EMPTY;

	sample(&t);
	CU_ASSERT_STRING_EQUAL(t.v[0].name, "top/files/a.yaml");
	CU_ASSERT_STRING_EQUAL(t.v[2].name, "top/manifest");
	CU_ASSERT_PTR_EQUAL(tarball_find(&t, "top/files/z"), &t.v[1]);
	CU_ASSERT_PTR_NULL(tarball_find(&t, "top/files/y"));
	CU_ASSERT_PTR_NULL(tarball_find(&t, "top/n"));
	CU_ASSERT_EQUAL(tarball_add(&t, "top/manifest", &b), -1);
	CU_ASSERT_EQUAL(errno, EEXIST);
	CU_ASSERT_EQUAL(tarball_add(&t, "../x", &b), -1);
	CU_ASSERT_EQUAL(errno, EINVAL);
	CU_ASSERT_EQUAL(t.n, 3);
	tarball_clear(&t);
}

/* The same files in another order: the same bytes; and read back they are what they were. */
static void
test_deterministic(void)
{
	struct tarball	 a = TARBALL_EMPTY, b = TARBALL_EMPTY, back = TARBALL_EMPTY;
	struct buf	 x = BUF_EMPTY, y = BUF_EMPTY;
	struct report	 rep = REPORT_EMPTY;

	sample(&a);
	b.mtime = a.mtime;
	add(&b, "top/files/a.yaml", "a: b\n");
	add(&b, "top/files/z", "");
	add(&b, "top/manifest", "first\n");
	CU_ASSERT_EQUAL(tarball_write(&x, &a), 0);
	CU_ASSERT_EQUAL(tarball_write(&y, &b), 0);
	CU_ASSERT_EQUAL(x.len, y.len);
	CU_ASSERT_EQUAL(memcmp(x.data, y.data, x.len), 0);
	CU_ASSERT_EQUAL(memcmp(x.data, "\x1f\x8b\x08\0\0\0\0\0", 8), 0);
	CU_ASSERT_EQUAL(tarball_read(&back, &x, MAX, "x", &rep), ACCEPT);
	CU_ASSERT_EQUAL(back.n, 3);
	CU_ASSERT_EQUAL(back.mtime, a.mtime);
	CU_ASSERT_STRING_EQUAL((char *)back.v[0].data.data, "a: b\n");
	CU_ASSERT_EQUAL(back.v[1].data.len, 0);
	CU_ASSERT_EQUAL(rep.count, 0);
	tarball_clear(&a);
	tarball_clear(&b);
	tarball_clear(&back);
	buf_free(&x);
	buf_free(&y);
	report_free(&rep);
}

static void
refused(const struct buf *in, size_t max, const char *what)
{
	struct tarball	 t = TARBALL_EMPTY;
	struct report	 rep = REPORT_EMPTY;

	CU_ASSERT_EQUAL(tarball_read(&t, in, max, "x", &rep), REFUSE);
	CU_ASSERT_EQUAL(rep.count, 1);
	CU_ASSERT_EQUAL(t.n, 0);
	if (rep.count > 0 && strstr(rep.findings[0].text, what) == NULL) {
		printf("(%s, not %s) ", rep.findings[0].text, what);
		CU_FAIL("another message");
	}
	report_free(&rep);
}

static la_ssize_t
take(struct archive *a, void *arg, const void *data, size_t len)
{
	(void)a;
	return buf_append(arg, data, len) == 0 ? (la_ssize_t)len : -1;
}

struct thing {				/* an entry as somebody else may write it */
	const char	*name;
	unsigned	 type;
	const char	*target;	/* of a link */
	bool		 hard;
	size_t		 size;
};

static void
craft(struct buf *out, const struct thing *v, size_t n, int (*format)(struct archive *))
{
	struct archive	*a = must(archive_write_new());
	struct archive_entry *e;
	char		*zeros = must(calloc(1, 4096));
	size_t		 i;

	format(a);
	archive_write_add_filter_gzip(a);
	archive_write_set_filter_option(a, "gzip", "timestamp", NULL);
	archive_write_set_bytes_in_last_block(a, 1);
	CU_ASSERT_EQUAL_FATAL(archive_write_open(a, out, NULL, take, NULL), ARCHIVE_OK);
	for (i = 0; i < n; i++) {
		e = must(archive_entry_new());
		archive_entry_set_pathname(e, v[i].name);
		archive_entry_set_filetype(e, v[i].type);
		archive_entry_set_perm(e, 0600);
		archive_entry_set_size(e, (la_int64_t)v[i].size);
		archive_entry_set_mtime(e, 1893456000, 0);
		archive_entry_set_uname(e, "root");
		archive_entry_set_gname(e, "root");
		if (v[i].target != NULL && v[i].hard)
			archive_entry_set_hardlink(e, v[i].target);
		else if (v[i].target != NULL)
			archive_entry_set_symlink(e, v[i].target);
		CU_ASSERT_EQUAL(archive_write_header(a, e), ARCHIVE_OK);
		if (v[i].size > 0)
			archive_write_data(a, zeros, v[i].size);
		archive_entry_free(e);
	}
	archive_write_close(a);
	archive_write_free(a);
	free(zeros);
}

/* Our own form, so that the cases below differ in one thing. */
static void
test_crafted(void)
{
	static const struct thing good[] = { { "a", AE_IFREG, NULL, false, 3 } };
	struct tarball	 t = TARBALL_EMPTY;
	struct report	 rep = REPORT_EMPTY;
	struct buf	 b = BUF_EMPTY;

	craft(&b, good, 1, archive_write_set_format_ustar);
	CU_ASSERT_EQUAL(tarball_read(&t, &b, MAX, "x", &rep), ACCEPT);
	tarball_clear(&t);
	buf_free(&b);
	report_free(&rep);
}

static void
test_hostile(void)
{
	static const struct {
		struct thing	 v[2];
		const char	*what;
	} cases[] = {
		{ { { "a", AE_IFREG, NULL, false, 3 }, { "b", AE_IFLNK, "/etc/passwd", false, 0 } },
		    "b is a link" },
		{ { { "a", AE_IFREG, NULL, false, 3 }, { "b", AE_IFREG, "a", true, 0 } },
		    "b is a link" },
		{ { { "a", AE_IFREG, NULL, false, 3 }, { "b", AE_IFCHR, NULL, false, 0 } },
		    "b is a device or a pipe" },
		{ { { "a", AE_IFREG, NULL, false, 3 }, { "b", AE_IFBLK, NULL, false, 0 } },
		    "b is a device or a pipe" },
		{ { { "a", AE_IFREG, NULL, false, 3 }, { "b", AE_IFIFO, NULL, false, 0 } },
		    "b is a device or a pipe" },
		{ { { "a", AE_IFREG, NULL, false, 3 }, { "b", AE_IFDIR, NULL, false, 0 } },
		    "b/ is a folder" },
		{ { { "a", AE_IFREG, NULL, false, 3 }, { "/etc/x", AE_IFREG, NULL, false, 3 } },
		    "/etc/x: no such path" },
		{ { { "a", AE_IFREG, NULL, false, 3 }, { "b/../../x", AE_IFREG, NULL, false, 3 } },
		    "b/../../x: no such path" },
		{ { { "a", AE_IFREG, NULL, false, 3 }, { "a", AE_IFREG, NULL, false, 3 } },
		    "a is there twice" },
		{ { { "b", AE_IFREG, NULL, false, 3 }, { "a", AE_IFREG, NULL, false, 3 } },
		    "a is out of order" },
	};
	struct buf	 b = BUF_EMPTY;
	size_t		 i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		craft(&b, cases[i].v, 2, archive_write_set_format_ustar);
		refused(&b, MAX, cases[i].what);
		buf_free(&b);
	}
}

/* The same files, and something that is not ours. */
static void
test_forms(void)
{
	static const struct thing good[] = { { "a", AE_IFREG, NULL, false, 3 } };
	struct buf	 b = BUF_EMPTY;

	craft(&b, good, 1, archive_write_set_format_gnutar);
	refused(&b, MAX, "not as it was written");
	buf_free(&b);
	craft(&b, good, 0, archive_write_set_format_ustar);
	refused(&b, MAX, "it holds no file");
	buf_free(&b);
	refused(&b, MAX, "empty");
	buf_puts(&b, "this is not gzip, and long enough");
	refused(&b, MAX, "its gzip header is another");
	buf_free(&b);
}

/* Every truncation, every byte changed: refused, or by gzip's own slack the same files. */
static void
test_damaged(void)
{
	struct tarball	 t = TARBALL_EMPTY, back = TARBALL_EMPTY;
	struct buf	 whole = BUF_EMPTY, b = BUF_EMPTY;
	size_t		 i, accepted = 0;

	sample(&t);
	CU_ASSERT_EQUAL_FATAL(tarball_write(&whole, &t), 0);
	for (i = 1; i < whole.len; i++) {
		struct report	 rep = REPORT_EMPTY;

		CU_ASSERT_EQUAL(buf_append(&b, whole.data, i), 0);
		CU_ASSERT_EQUAL(tarball_read(&back, &b, MAX, "x", &rep), REFUSE);
		report_free(&rep);
		buf_free(&b);
	}
	for (i = 0; i < whole.len; i++) {
		struct report	 rep = REPORT_EMPTY;

		CU_ASSERT_EQUAL(buf_append(&b, whole.data, whole.len), 0);
		b.data[i] ^= 0x10;
		if (tarball_read(&back, &b, MAX, "x", &rep) == ACCEPT) {
			CU_ASSERT_EQUAL(back.n, 3);
			accepted++;	/* two bytes that tell how it was made, bits of the last */
		}
		tarball_clear(&back);
		report_free(&rep);
		buf_free(&b);
	}
	CU_ASSERT_TRUE(accepted <= 3);
	CU_ASSERT_EQUAL(buf_append(&b, whole.data, whole.len), 0);
	CU_ASSERT_EQUAL(buf_append(&b, whole.data, whole.len), 0);
	refused(&b, MAX, "bytes stand behind its end");
	buf_free(&b);
	buf_free(&whole);
	tarball_clear(&t);
}

/* A bomb: 64 MiB of zeros in 64 KiB. */
static void
test_bomb(void)
{
	unsigned char	*zeros = must(calloc(1, MAX)), *out = must(malloc(MAX));
	z_stream	 z = { .next_out = out, .avail_out = MAX };
	struct buf	 b = BUF_EMPTY;
	int		 i;

	CU_ASSERT_EQUAL_FATAL(deflateInit2(&z, 9, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
	for (i = 0; i < 64; i++) {
		z.next_in = zeros;
		z.avail_in = MAX;
		CU_ASSERT_EQUAL_FATAL(deflate(&z, i == 63 ? Z_FINISH : Z_NO_FLUSH) >= Z_OK, 1);
	}
	CU_ASSERT_EQUAL(buf_append(&b, out, MAX - z.avail_out), 0);
	deflateEnd(&z);
	CU_ASSERT_TRUE(b.len < 128 * 1024);
	refused(&b, MAX, "it unpacks to more than 1048576 bytes");
	buf_free(&b);
	free(zeros);
	free(out);
}

int
main(void)
{
	static const struct test tests[] = {
		TEST(test_names), TEST(test_add), TEST(test_deterministic), TEST(test_crafted),
		TEST(test_hostile), TEST(test_forms), TEST(test_damaged), TEST(test_bomb),
	};

	return run_tests("tarball", tests, sizeof(tests) / sizeof(tests[0]));
}
