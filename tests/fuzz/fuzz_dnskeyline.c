/* A DNSKEY line: read, printed, read again; and a file with one. */
#include <sys/mman.h>

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "fuzz.h"
#include "model/dnskeyline.h"

static void
same(const struct key *a, const struct dname *aname, const struct key *b,
    const struct dname *bname)
{
	MUST(key_same(a, b) && a->ttl == b->ttl && a->tag == b->tag);
	MUST(a->tag == key_tag(a) && a->identifier == NULL && b->identifier == NULL);
	MUST(dname_equal(aname, bname));
}

static void
again(const struct key *key, const struct dname *owner)
{
	struct key	 back = { 0 };
	struct dname	 name;
	struct buf	 line = BUF_EMPTY;

	MUST(key_print(&line, key, owner) == 0);
	MUST(fuzz_printable((char *)line.data, line.len - 1, false));
	MUST(dnskey_line_parse(&back, &name, (char *)line.data) == 0);
	same(key, owner, &back, &name);
	key_clear(&back);
	buf_free(&line);
}

static void
try_line(const char *text)
{
	struct key	 key = { .line = 4711 };
	struct dname	 owner = { .len = 4711 };

	errno = 0;
	if (dnskey_line_parse(&key, &owner, text) == -1) {
		MUST(errno == EINVAL);
		MUST(key.line == 4711 && key.public == NULL && owner.len == 4711);
		return;
	}
	MUST(key.len > 0 && key.public != NULL);
	again(&key, &owner);
	key_clear(&key);
}

static void
try_file(const uint8_t *data, size_t len)
{
	struct key	 key = { .line = 4711 };
	struct dname	 owner = { .len = 4711 };
	char		 path[64];
	int		 fd;

	MUST((fd = memfd_create("dnskey", MFD_CLOEXEC)) != -1);
	MUST(write(fd, data, len) == (ssize_t)len);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	errno = 0;
	if (dnskey_file_load(&key, &owner, path) == -1) {
		MUST(errno == EINVAL || errno == EFBIG);
		MUST(key.line == 4711 && key.public == NULL && owner.len == 4711);
	} else {
		again(&key, &owner);
		key_clear(&key);
	}
	close(fd);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct buf	 in = fuzz_buf(data, len);

	try_file(data, len);
	in.data[strcspn((char *)in.data, "\n")] = '\0';
	try_line((char *)in.data);
	buf_free(&in);
	return 0;
}
