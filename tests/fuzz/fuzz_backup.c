/*
 * A backup: the bytes as an archive; as a tar that is packed here; and as the manifest of an
 * archive that is sound but for it.
 */
#include <string.h>

#include <zlib.h>

#include "act/backup.h"
#include "fuzz.h"

#define MAX	((size_t)1 << 20)

static void
archive(const struct buf *in)
{
	struct report	 rep = REPORT_EMPTY;
	struct backup	 b = BACKUP_EMPTY;
	struct tarball	 t = TARBALL_EMPTY;
	struct buf	 again = BUF_EMPTY;
	enum verdict	 v;

	v = tarball_read(&t, in, MAX, "x", &rep);
	fuzz_report(&rep, v, 1);
	report_free(&rep);
	if (v == ACCEPT) {
		MUST(t.n > 0 && tarball_write(&again, &t) == 0);
		MUST(tarball_read(&t, &again, MAX, "again", &rep) == ACCEPT);
		v = backup_read(&b, in, MAX, "x", &rep);
		fuzz_report(&rep, v, 4 * REPORT_EACH);
		report_free(&rep);
		if (v == ACCEPT) {
			MUST(b.list.ntokens == 1 && b.set.m >= 2 && b.set.n <= SHARE_MAX);
			backup_clear(&b);
		}
	} else
		MUST(t.n == 0);
	tarball_clear(&t);
	buf_free(&again);
}

/* As gzip that cannot be smaller: what libFuzzer changes is the tar. */
static void
tar(const uint8_t *data, size_t len)
{
	z_stream	 z = { .next_in = (unsigned char *)(uintptr_t)data };
	struct buf	 b = BUF_EMPTY;
	unsigned char	*out;
	size_t		 room;

	MUST(deflateInit2(&z, 1, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) == Z_OK);
	room = deflateBound(&z, len) + 64;
	MUST((out = malloc(room)) != NULL);
	z.avail_in = (uInt)len;
	z.next_out = out;
	z.avail_out = (uInt)room;
	MUST(deflate(&z, Z_FINISH) == Z_STREAM_END);
	MUST(buf_append(&b, out, room - z.avail_out) == 0);
	deflateEnd(&z);
	free(out);
	archive(&b);
	buf_free(&b);
}

static void
manifest(const uint8_t *data, size_t len)
{
	static const char list[] = "# token main serial 1 model m firmware 1\n"
	    "-\tone\t01\t-\t-\t-\t-\t-\t-\t-\tpPsx\t-\n# keys 1\n";
	struct tarball	 t = { .mtime = 1795219200 };	/* 2026-11-21 */
	struct buf	 b = fuzz_buf(data, len), l = BUF_EMPTY;

	MUST(buf_puts(&l, list) == 0);
	MUST(tarball_add(&t, "key-backup-2026-11-21/manifest", &b) == 0);
	MUST(tarball_add(&t, "key-backup-2026-11-21/keylist", &l) == 0);
	MUST(tarball_write(&b, &t) == 0);
	archive(&b);
	tarball_clear(&t);
	buf_free(&b);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct buf	 in = fuzz_buf(data, len);

	if (len > MAX / 2)
		goto out;
	archive(&in);
	tar(data, len);
	manifest(data, len);
 out:
	buf_free(&in);
	return 0;
}
