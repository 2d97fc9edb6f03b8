#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/input.h"

enum verdict
input_read(struct buf *buf, const char *path, size_t max, const char *rule,
    struct report *report)
{
	const struct spot at = { path, 0, 0 };
	int		 rv;

	rv = strcmp(path, "-") == 0 ? buf_read(buf, STDIN_FILENO, max) :
	    buf_load(buf, path, max);
	if (rv == -1 && errno == EFBIG)
		return report_broken(report, &at, rule,
		    "more than %zu bytes (--max-bytes raises the limit)", max);
	if (rv == -1)
		return report_fault(report, &at, "%s", strerror(errno));
	if (buf->len == 0)
		return report_broken(report, &at, rule, "empty");
	return ACCEPT;
}

int
input_size(size_t *out, const char *text)
{
	unsigned long long n;
	char		*end;

	errno = 0;
	n = strtoull(text, &end, 10);
	if (*text < '0' || *text > '9' || *end != '\0' || errno != 0 || n == 0 || n > INT32_MAX)
		return -1;
	*out = (size_t)n;
	return 0;
}
