#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "act/show_main.h"
#include "base/input.h"
#include "base/options.h"

enum { OPT_RR = OPTION_ID, OPT_MAX_BYTES };

static const struct option_spec specs[] = {
	{ 'j', "json", NULL, 0, "as JSON, for programs" },
	{ OPT_RR, "rr", NULL, 0, "as DNSKEY and RRSIG records in zone form" },
	{ OPT_MAX_BYTES, "max-bytes", "N", 0, "read documents of up to N bytes (1048576)" },
	OPTIONS_LAST
};

static int
run(const char *name, const char *path, size_t max, const char *rule, show_fn *show,
    enum show_form form)
{
	const struct spot at = { path, 0, 0 };
	struct buf	 in = BUF_EMPTY, out = BUF_EMPTY;
	struct report	 report = REPORT_EMPTY;
	enum verdict	 v;

	v = input_read(&in, path, max, rule, &report);
	if (v == ACCEPT)
		v = show(&out, &in, path, form, &report);
	if (v == ACCEPT && buf_write(&out, STDOUT_FILENO) == -1)
		v = report_fault(&report, &at, "standard output: %s", strerror(errno));
	if (report_print(&report, name, stderr) == -1)
		v = FAULT;
	report_free(&report);
	buf_free(&out);
	buf_free(&in);
	return (int)v;
}

int
show_main(const char *name, const char *about, const char *rule, show_fn *show, int argc,
    char *argv[])
{
	const struct tool tool = { name, about, specs, "[FILE]", 0, 1 };
	enum show_form	 form = SHOW_TABLE;
	size_t		 max = INPUT_MAX_BYTES_DEFAULT;
	struct options	 o;
	const char	*arg;
	int		 c;

	options_start(&o, &tool, argc, argv);
	while ((c = options_next(&o, &arg)) > 0) {
		if (c == OPT_MAX_BYTES) {
			if (input_size(&max, arg) == -1)
				return (int)options_usage(&o, INPUT_SIZE_USAGE);
			continue;
		}
		if (form != SHOW_TABLE)
			return (int)options_usage(&o, "--json and --rr exclude each other");
		form = c == 'j' ? SHOW_JSON : SHOW_RR;
	}
	if (c == OPTIONS_STOP)
		return (int)o.status;
	return run(name, o.count > 0 ? o.operands[0] : "-", max, rule, show, form);
}
