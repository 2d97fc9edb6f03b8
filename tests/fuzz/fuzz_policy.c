/* A policy: read, printed, read again. */
#include <sys/mman.h>

#include <string.h>
#include <unistd.h>

#include "fuzz.h"
#include "model/policy.h"

#define FINDINGS	1000

/* The bytes as a file, for there is no other way to read a policy. */
static struct policy *
load(const void *data, size_t len, struct report *rep)
{
	struct policy	*pol;
	char		 path[64];
	int		 fd;

	MUST((fd = memfd_create("policy", MFD_CLOEXEC)) != -1);
	MUST(write(fd, data, len) == (ssize_t)len);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	pol = policy_load(path, rep);
	close(fd);
	return pol;
}

/* A PIN is printed as "(set)", which is no PIN to who reads it: left out. */
static void
without_pins(struct buf *b)
{
	static const char *const lines[] = { "\n    pin: (set)\n", "\n    so_pin: (set)\n" };
	char		*at;
	size_t		 i, n;

	for (i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		while ((at = strstr((char *)b->data, lines[i])) != NULL) {
			n = strlen(lines[i]) - 1;
			memmove(at, at + n, strlen(at + n) + 1);
			b->len -= n;
		}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct report	 rep = REPORT_EMPTY;
	struct buf	 once = BUF_EMPTY, twice = BUF_EMPTY;
	struct policy	*a, *b = NULL;

	a = load(data, len, &rep);
	fuzz_report(&rep, a != NULL ? ACCEPT : FAULT, FINDINGS);
	if (a != NULL) {
		MUST(policy_print(&once, a) == 0);
		MUST(fuzz_printable((char *)once.data, once.len, true));
		MUST((b = load(once.data, once.len, &rep)) != NULL);
		MUST(policy_print(&twice, b) == 0);
		without_pins(&once);
		without_pins(&twice);
		MUST(once.len == twice.len && memcmp(once.data, twice.data, once.len) == 0);
	}
	policy_free(a);
	policy_free(b);
	buf_free(&once);
	buf_free(&twice);
	report_free(&rep);
	return 0;
}
