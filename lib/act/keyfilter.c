#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "act/keyfilter.h"
#include "base/input.h"

enum verdict
keyfilter(const char *tool, const char *path, size_t max, keyfilter_fn *make, const void *arg)
{
	const struct spot to = { "standard output", 0, 0 };
	struct sepkeys	 keys = SEPKEYS_EMPTY;
	struct report	 report = REPORT_EMPTY;
	struct buf	 in = BUF_EMPTY, out = BUF_EMPTY;
	enum verdict	 v;

	if ((v = input_read(&in, path, max, NULL, &report)) == ACCEPT)
		v = sepkeys_parse(&keys, &in, path, &report);
	if (v == ACCEPT)
		v = make(&out, &keys, path, arg, &report);
	if (v == ACCEPT && buf_write(&out, STDOUT_FILENO) == -1)
		v = report_fault(&report, &to, "%s", strerror(errno));
	if (report_print(&report, tool, stderr) == -1)
		v = FAULT;
	sepkeys_clear(&keys);
	report_free(&report);
	buf_free(&out);
	buf_free(&in);
	return v;
}
