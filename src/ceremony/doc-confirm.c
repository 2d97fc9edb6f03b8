/*
 * doc-confirm: a gate in a pipe.  Shows the digest of what comes in and passes
 * it on only after a person, or a digest that is known, has confirmed it.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/digest.h"
#include "base/options.h"
#include "base/report.h"
#include "base/tty.h"

#define DEFAULT_MAX	((size_t)1024 * 1024)
#define MOST_MAX	((size_t)1024 * 1024 * 1024)

#define QUESTION \
	"Type Yes if this is the digest that was read out, or type the digest you heard\n" \
	"(words or hex); anything else refuses: "

enum { OPT_EXPECT = OPTION_ID, OPT_MAX, OPT_NAME };

static const struct option_spec specs[] = {
	{ OPT_EXPECT, "expect", "DIGEST", 0, "the digest as hex or words, in one argument:\n"
	    "compare with it and ask nobody" },
	{ OPT_MAX, "max-bytes", "N", 0, "accept up to N bytes (default 1048576)" },
	{ OPT_NAME, "name", "NAME", 0, "the name to show (default -)" },
	OPTIONS_LAST
};

static const struct tool tool = {
	"doc-confirm", "Pass standard input on once its SHA-256 has been confirmed.",
	specs, NULL, 0, 0
};

struct wishes {
	const char	*expect;	/* NULL: ask */
	const char	*name;
	size_t		 max;
};

static enum verdict
read_document(struct buf *in, struct report *rep, const struct wishes *w)
{
	struct spot	 spot = { w->name, 0, 0 };

	if (buf_read(in, STDIN_FILENO, w->max) == -1) {
		if (errno != EFBIG)
			return report_fault(rep, &spot, "%s", strerror(errno));
		return report_fault(rep, &spot, "has more than %zu bytes (--max-bytes)", w->max);
	}
	if (in->len == 0)
		return report_broken(rep, &spot, NULL, "is empty");
	return ACCEPT;
}

static enum verdict
compare(struct report *rep, const struct wishes *w, const unsigned char d[DIGEST_SIZE],
    const char *heard)
{
	struct spot	 spot = { w->name, 0, 0 };
	struct buf	 why = BUF_EMPTY;
	enum verdict	 v;
	int		 rc;

	if ((rc = digest_heard(&why, d, heard)) == 0)
		v = ACCEPT;
	else if (rc == 1)
		v = report_lines(rep, &spot, NULL, (const char *)why.data);
	else
		v = report_fault(rep, &spot, "out of memory");
	buf_free(&why);
	return v;
}

/* Meant as a digest, so that its mistakes are worth showing. */
static bool
looks_like_digest(const char *answer)
{
	return strlen(answer) >= DIGEST_SIZE || strpbrk(answer, " :") != NULL;
}

static enum verdict
ask(struct report *rep, const struct wishes *w, const unsigned char d[DIGEST_SIZE])
{
	struct spot	 spot = { w->name, 0, 0 };
	struct buf	 text = BUF_EMPTY;
	char		 answer[1024];
	enum verdict	 v = FAULT;
	int		 n;

	if (digest_print(&text, d, w->name) == -1) {
		report_fault(rep, NULL, "%s", errno == EINVAL ?
		    "--name has control characters" : strerror(errno));
		goto out;
	}
	if (tty_show((const char *)text.data) == -1) {
		report_fault(rep, NULL, "no terminal to ask at (--expect needs none)");
		goto out;
	}
	if ((n = tty_ask(QUESTION, answer, sizeof(answer))) == -1 && errno == EPIPE) {
		tty_show("\n");
		v = report_broken(rep, &spot, NULL, "not confirmed: no answer");
	} else if (n == -1 && errno == EMSGSIZE)
		v = report_broken(rep, &spot, NULL, "not confirmed: the answer is too long");
	else if (n == -1)
		report_fault(rep, NULL, "/dev/tty: %s", strerror(errno));
	else if (strlen(answer) == (size_t)n && strcmp(answer, "Yes") == 0)
		v = ACCEPT;
	else if (strlen(answer) == (size_t)n && looks_like_digest(answer))
		v = compare(rep, w, d, answer);
	else
		v = report_broken(rep, &spot, NULL,
		    "not confirmed: the answer is neither \"Yes\" nor a digest");
 out:
	buf_free(&text);
	return v;
}

static enum verdict
gate(const struct wishes *w)
{
	struct report	 rep = REPORT_EMPTY;
	struct buf	 in = BUF_EMPTY;
	struct spot	 spot = { "standard output", 0, 0 };
	unsigned char	 d[DIGEST_SIZE];
	enum verdict	 v;

	if ((v = read_document(&in, &rep, w)) != ACCEPT)
		goto out;
	if (digest_bytes(d, in.data, in.len) == -1)
		v = report_fault(&rep, NULL, "cannot compute SHA-256");
	else
		v = w->expect != NULL ? compare(&rep, w, d, w->expect) : ask(&rep, w, d);
 out:
	if (v == ACCEPT && buf_write(&in, STDOUT_FILENO) == -1)
		v = report_fault(&rep, &spot, "%s", strerror(errno));
	if (report_print(&rep, tool.name, stderr) == -1)
		v = FAULT;
	report_free(&rep);
	buf_free(&in);
	return v;
}

/* A plain decimal number from 1 to MOST_MAX. */
static int
parse_size(size_t *out, const char *text)
{
	size_t	 n = 0, i;

	for (i = 0; text[i] >= '0' && text[i] <= '9' && n <= MOST_MAX; i++)
		n = n * 10 + (size_t)(text[i] - '0');
	if (i == 0 || text[i] != '\0' || n == 0 || n > MOST_MAX)
		return -1;
	*out = n;
	return 0;
}

int
main(int argc, char *argv[])
{
	struct wishes	 w = { NULL, "-", DEFAULT_MAX };
	struct options	 o;
	const char	*arg;
	int		 c;

	options_start(&o, &tool, argc, argv);
	while ((c = options_next(&o, &arg)) > 0)
		switch (c) {
		case OPT_EXPECT:
			w.expect = arg;
			break;
		case OPT_MAX:
			if (parse_size(&w.max, arg) == -1)
				return options_usage(&o, "--max-bytes takes a number from 1 to %zu",
				    MOST_MAX);
			break;
		case OPT_NAME:
			w.name = arg;
			break;
		}
	if (c == OPTIONS_STOP)
		return o.status;
	return (int)gate(&w);
}
