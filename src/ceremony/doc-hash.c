/*
 * doc-hash: the SHA-256 of documents, as hex, as pairs and as words to read
 * aloud; and from words back to hex.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/digest.h"
#include "base/options.h"
#include "base/report.h"

#define TEXT_LIMIT	((size_t)64 * 1024)	/* of words on standard input */

static const struct option_spec specs[] = {
	{ 'w', "words", NULL, 0, "the operands, or else standard input, are the words\n"
	    "of a digest: print it as one line of hex" },
	OPTIONS_LAST
};

static const struct tool tool = {
	"doc-hash", "Print the SHA-256 of documents as hex, as pairs and as words.",
	specs, "[FILE ... | WORD ...]", 0, -1
};

static void
tick(uint64_t bytes)
{
	fprintf(stderr, "\r%s: %" PRIu64 " MiB", tool.name, bytes >> 20);
}

/* "tick" only where somebody looks; its line is wiped at the end. */
static int
digest_shown(unsigned char d[DIGEST_SIZE], int fd)
{
	bool	 shown = isatty(STDERR_FILENO) == 1;
	int	 error, rc;

	rc = digest_stream(d, fd, shown ? tick : NULL);
	error = errno;
	if (shown)
		fputs("\r\033[K", stderr);
	errno = error;
	return rc;
}

static enum verdict
hash_file(struct buf *out, struct report *rep, const char *name)
{
	struct spot	 spot = { name, 0, 0 };
	unsigned char	 d[DIGEST_SIZE];
	enum verdict	 v = FAULT;
	int		 fd = STDIN_FILENO;

	if (strcmp(name, "-") != 0 && (fd = open(name, O_RDONLY | O_CLOEXEC | O_NOCTTY)) == -1)
		return report_fault(rep, &spot, "%s", strerror(errno));
	if (digest_shown(d, fd) == -1) {
		if (errno == ENODATA)
			v = report_broken(rep, &spot, NULL, "is empty");
		else
			report_fault(rep, &spot, "%s", strerror(errno));
	} else if ((out->len > 0 && buf_puts(out, "\n") == -1) || digest_print(out, d, name) == -1)
		report_fault(rep, &spot, "%s", errno == EINVAL ?
		    "the name has control characters" : strerror(errno));
	else
		v = ACCEPT;
	if (fd != STDIN_FILENO)
		close(fd);
	return v;
}

static enum verdict
hash_files(struct buf *out, struct report *rep, char **names, int count)
{
	enum verdict	 v = ACCEPT;
	int		 i;

	if (count == 0)
		return hash_file(out, rep, "-");
	for (i = 0; i < count; i++)
		v = verdict_worse(v, hash_file(out, rep, names[i]));
	return v;
}

/* The words, wherever they come from, as one text. */
static enum verdict
gather(struct buf *text, struct report *rep, char **words, int count)
{
	struct spot	 spot = { "-", 0, 0 };
	int		 i;

	if (count == 0 && buf_read(text, STDIN_FILENO, TEXT_LIMIT) == -1)
		return report_fault(rep, &spot, "%s", strerror(errno));
	if (count == 0 && memchr(text->data, '\0', text->len) != NULL)
		return report_broken(rep, &spot, NULL, "has a NUL byte");
	for (i = 0; i < count; i++)
		if (buf_printf(text, "%s ", words[i]) == -1)
			return report_fault(rep, NULL, "%s", strerror(errno));
	return ACCEPT;
}

static enum verdict
unhash(struct buf *out, struct report *rep, char **words, int count)
{
	struct buf	 text = BUF_EMPTY, why = BUF_EMPTY;
	unsigned char	 d[DIGEST_SIZE];
	char		 hex[DIGEST_HEX];
	enum verdict	 v;
	int		 n;

	if ((v = gather(&text, rep, words, count)) != ACCEPT)
		goto out;
	n = digest_from_text(d, &why, (const char *)text.data);
	if (n == -1 && why.len == 0)
		v = report_fault(rep, NULL, "out of memory");
	else if (n == -1)
		v = report_lines(rep, NULL, NULL, (const char *)why.data);
	else if (n != DIGEST_SIZE)
		v = report_broken(rep, NULL, NULL, "%d of %d words", n, DIGEST_SIZE);
	else if (buf_printf(out, "%s\n", digest_hex(hex, d)) == -1)
		v = report_fault(rep, NULL, "%s", strerror(errno));
 out:
	buf_free(&text);
	buf_free(&why);
	return v;
}

/* All of the output, or nothing: half a list of digests is easily misread. */
static enum verdict
run(bool words, char **operands, int count)
{
	struct report	 rep = REPORT_EMPTY;
	struct buf	 out = BUF_EMPTY;
	struct spot	 spot = { "standard output", 0, 0 };
	enum verdict	 v;

	v = words ? unhash(&out, &rep, operands, count) : hash_files(&out, &rep, operands, count);
	if (v == ACCEPT && buf_write(&out, STDOUT_FILENO) == -1)
		v = report_fault(&rep, &spot, "%s", strerror(errno));
	if (report_print(&rep, tool.name, stderr) == -1)
		v = FAULT;
	report_free(&rep);
	buf_free(&out);
	return v;
}

int
main(int argc, char *argv[])
{
	struct options	 o;
	const char	*arg;
	bool		 words = false;
	int		 c;

	options_start(&o, &tool, argc, argv);
	while ((c = options_next(&o, &arg)) > 0)
		if (c == 'w')
			words = true;
	if (c == OPTIONS_STOP)
		return o.status;
	return (int)run(words, o.operands, o.count);
}
