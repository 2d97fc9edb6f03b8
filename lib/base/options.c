#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <openssl/crypto.h>

#include "base/buf.h"
#include "base/options.h"

#ifndef VERSION
#error "VERSION comes from the Makefile"
#endif

static const struct option_spec help_spec = { 'h', "help", NULL, 0, "show this text" };
static const struct option_spec version_spec = { 'V', "version", NULL, 0, "show the version" };

static size_t
spec_count(const struct tool *tool)
{
	size_t	 n = 0;

	while (n < OPTIONS_MAX && tool->specs[n].name != NULL)
		n++;
	return n;
}

/* Row i of the table, which help and version end. */
static const struct option_spec *
spec_at(const struct tool *tool, size_t i)
{
	size_t	 n = spec_count(tool);

	if (i < n)
		return &tool->specs[i];
	return i == n ? &help_spec : i == n + 1 ? &version_spec : NULL;
}

static const struct option_spec *
spec_of(const struct tool *tool, int id, size_t *row)
{
	const struct option_spec	*s;

	for (*row = 0; (s = spec_at(tool, *row)) != NULL; (*row)++)
		if (s->id == id)
			return s;
	return NULL;
}

static int
usage_line(struct buf *b, const struct tool *tool)
{
	const struct option_spec	*s;
	size_t				 i;
	int				 rc = 0;

	rc |= buf_printf(b, "usage: %s", tool->name);
	for (i = 0; i < spec_count(tool); i++) {
		s = &tool->specs[i];
		rc |= buf_printf(b, s->flags & OPTION_REQUIRED ? " --%s" : " [--%s", s->name);
		if (s->argument != NULL)
			rc |= buf_printf(b, " %s", s->argument);
		rc |= buf_puts(b, s->flags & OPTION_REQUIRED ? "" : "]");
		rc |= buf_puts(b, s->flags & OPTION_REPEAT ? " ..." : "");
	}
	if (tool->operands != NULL)
		rc |= buf_printf(b, " %s", tool->operands);
	return rc;
}

int
options_usage(const struct options *o, const char *fmt, ...)
{
	struct report	 rep = REPORT_EMPTY;
	struct buf	 usage = BUF_EMPTY;
	va_list		 ap;
	char		*text = NULL;

	va_start(ap, fmt);
	if (vasprintf(&text, fmt, ap) == -1)
		text = NULL;
	va_end(ap);
	if (text == NULL || usage_line(&usage, o->tool) != 0)
		report_fault(&rep, NULL, "out of memory");
	else
		report_fault(&rep, NULL, "%s; %s", text, (char *)usage.data);
	report_print(&rep, o->tool->name, stderr);
	report_free(&rep);
	buf_free(&usage);
	free(text);
	return FAULT;
}

int
options_add(const struct options *o, const char *name, const char *arg, const char **list, size_t *n,
    size_t max)
{
	if (*n >= max) {
		options_usage(o, "--%s may be given %zu times", name, max);
		return -1;
	}
	list[(*n)++] = arg;
	return 0;
}

int
options_argument(const struct options *o, const char *wrong)
{
	if (wrong != NULL)
		options_usage(o, "%s", wrong);
	return wrong != NULL ? -1 : 0;
}

/* "--name ARGUMENT", or its width only. */
static int
option_text(char *out, size_t size, const struct option_spec *s)
{
	return snprintf(out, size, "--%s%s%s", s->name, s->argument != NULL ? " " : "",
	    s->argument != NULL ? s->argument : "");
}

static int
help_option(struct buf *b, const struct option_spec *s, int width)
{
	const char	*line = s->help, *end;
	char		 text[80];
	int		 rc = 0;

	option_text(text, sizeof(text), s);
	if (s->id < OPTION_ID)
		rc |= buf_printf(b, "  -%c, %-*s", s->id, width, text);
	else
		rc |= buf_printf(b, "      %-*s", width, text);
	while ((end = strchr(line, '\n')) != NULL) {
		rc |= buf_printf(b, "  %.*s\n      %-*s", (int)(end - line), line, width, "");
		line = end + 1;
	}
	return rc | buf_printf(b, "  %s\n", line);
}

static int
help_text(struct buf *b, const struct tool *tool)
{
	const struct option_spec	*s;
	size_t				 i;
	int				 width = 0, n, rc = 0;

	rc |= usage_line(b, tool);
	rc |= buf_printf(b, "\n%s\n\n", tool->about);
	for (i = 0; (s = spec_at(tool, i)) != NULL; i++)
		if ((n = option_text(NULL, 0, s)) > width)
			width = n;
	for (i = 0; (s = spec_at(tool, i)) != NULL; i++)
		rc |= help_option(b, s, width);
	return rc;
}

/* --help or --version: print, and stop. */
static int
show(struct options *o, int id)
{
	struct report	 rep = REPORT_EMPTY;
	struct buf	 b = BUF_EMPTY;
	int		 rc;

	if (id == 'h')
		rc = help_text(&b, o->tool);
	else
		rc = buf_printf(&b, "%s (ksrkit) %s\n", o->tool->name, VERSION);
	if (rc == 0)
		rc = buf_write(&b, STDOUT_FILENO);
	if (rc != 0) {
		report_fault(&rep, NULL, "standard output: %s", strerror(errno));
		report_print(&rep, o->tool->name, stderr);
	}
	o->status = rc == 0 ? ACCEPT : FAULT;
	report_free(&rep);
	buf_free(&b);
	return OPTIONS_STOP;
}

static int
finish(struct options *o)
{
	const struct tool	*tool = o->tool;
	size_t			 i;

	o->status = FAULT;
	o->operands = o->argv + optind;
	o->count = o->argc - optind;
	for (i = 0; i < spec_count(tool); i++)
		if ((tool->specs[i].flags & OPTION_REQUIRED) && !o->seen[i]) {
			options_usage(o, "--%s is missing", tool->specs[i].name);
			return OPTIONS_STOP;
		}
	if (tool->max_operands >= 0 && o->count > tool->max_operands) {
		options_usage(o, "extra operand \"%s\"", o->operands[tool->max_operands]);
		return OPTIONS_STOP;
	}
	if (o->count < tool->min_operands) {
		options_usage(o, "an operand is missing");
		return OPTIONS_STOP;
	}
	o->status = ACCEPT;
	return OPTIONS_END;
}

/* What getopt_long did not like. */
static int
refuse(struct options *o, int c)
{
	const struct option_spec	*s;
	size_t				 row;

	o->status = FAULT;
	if (optopt == 0)
		options_usage(o, "\"%s\": no such option, or ambiguous", o->argv[optind - 1]);
	else if ((s = spec_of(o->tool, optopt, &row)) == NULL)
		options_usage(o, "\"-%c\": no such option", optopt);
	else if (c == ':')
		options_usage(o, "--%s needs %s", s->name, s->argument);
	else
		options_usage(o, "--%s takes no argument", s->name);
	return OPTIONS_STOP;
}

void
options_start(struct options *o, const struct tool *tool, int argc, char *argv[])
{
	int	 fd;

	/* open() takes the lowest number.  The wrong way round: to use it is an error. */
	for (fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) == -1)
			(void)!open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY);
	signal(SIGPIPE, SIG_IGN);
	/*
	 * No file and no OPENSSL_CONF decides which code verifies; and a start takes half the time.
	 * Nor does anybody print its messages: without them it fills no table of more than a thousand.
	 */
	OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG | OPENSSL_INIT_NO_ADD_ALL_CIPHERS |
	    OPENSSL_INIT_NO_ADD_ALL_DIGESTS | OPENSSL_INIT_NO_LOAD_CRYPTO_STRINGS, NULL);
	memset(o, 0, sizeof(*o));
	o->tool = tool;
	o->argc = argc;
	o->argv = argv;
	o->status = FAULT;
	optind = 0;		/* glibc: forget any earlier scan */
	opterr = 0;
}

/* The variable of a script that was never set, and what is written to where nobody looks for it. */
static bool
good_argument(struct options *o, const struct option_spec *s, const char *arg)
{
	if (*arg != '\0' && !((s->flags & OPTION_CREATES) && strcmp(arg, "-") == 0))
		return true;
	o->status = FAULT;
	if (*arg == '\0')
		options_usage(o, "--%s needs %s, and what is given is empty", s->name, s->argument);
	else
		options_usage(o, "--%s takes a name, and \"-\" is none: standard output is not "
		    "named, and a file of that name is \"./-\"", s->name);
	return false;
}

int
options_next(struct options *o, const char **arg)
{
	struct option			 longs[OPTIONS_MAX + 3];
	char				 letters[2 * OPTIONS_MAX + 8], *p = letters;
	const struct option_spec	*s;
	size_t				 i;
	int				 c;

	*p++ = ':';
	for (i = 0; (s = spec_at(o->tool, i)) != NULL; i++) {
		longs[i] = (struct option){
			s->name, s->argument != NULL ? required_argument : no_argument, NULL, s->id
		};
		if (s->id < OPTION_ID) {
			*p++ = (char)s->id;
			if (s->argument != NULL)
				*p++ = ':';
		}
	}
	longs[i] = (struct option){ NULL, 0, NULL, 0 };
	*p = '\0';
	if ((c = getopt_long(o->argc, o->argv, letters, longs, NULL)) == -1)
		return finish(o);
	if (c == '?' || c == ':' || (s = spec_of(o->tool, c, &i)) == NULL)
		return refuse(o, c);
	if (c == 'h' || c == 'V')
		return show(o, c);
	if (o->seen[i] && !(s->flags & OPTION_REPEAT)) {
		o->status = FAULT;
		options_usage(o, "--%s is given twice", s->name);
		return OPTIONS_STOP;
	}
	o->seen[i] = true;
	*arg = s->argument != NULL ? optarg : NULL;
	if (*arg != NULL && !good_argument(o, s, *arg))
		return OPTIONS_STOP;
	return c;
}
