#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "act/cms.h"
#include "act/share_file.h"
#include "base/base64.h"
#include "base/fields.h"

#define PEM_BEGIN	"-----BEGIN CMS-----\n"
#define PEM_END		"-----END CMS-----\n"
#define PEM_LINE	64

static const char	magic[] = "ksrkit sealed share 1";

const char *
share_who(char out[SHARE_WHO], unsigned number, unsigned m, unsigned n, const char *holder)
{
	size_t	 i;

	if (holder == NULL)
		snprintf(out, SHARE_WHO, "share %u of %u, %u needed", number, n, m);
	else
		snprintf(out, SHARE_WHO, "share %u of %u, %u needed (%s)", number, n, m, holder);
	for (i = 0; out[i] != '\0'; i++)
		if (out[i] < 0x20 || out[i] > 0x7e)
			out[i] = '?';
	return out;
}

static int
print_cover(struct buf *out, unsigned number, unsigned m, unsigned n,
    const unsigned char id[SHARE_ID], enum share_kind kind, const char *holder)
{
	char	 hex[SHARE_ID_HEX];

	if (buf_printf(out, "%s\nset %s\nshare %u of %u, %u needed\nholder ", magic,
	    share_id(hex, id), number, n, m) == -1 || field_put(out, holder) == -1)
		return -1;
	return buf_printf(out, "\nopens %s\n" PEM_BEGIN, kind == SHARE_PIN ? "pin" : "key");
}

int
share_seal(struct buf *out, const struct share *s, const char *holder,
    const struct secret *passphrase)
{
	struct cms_recipient to = { .passphrase = passphrase };
	struct buf	 text = BUF_EMPTY, der = BUF_EMPTY, pem = BUF_EMPTY;
	size_t		 at, n;
	int		 rc = -1;

	if (share_room(&text) == -1 || share_print(&text, s, holder) == -1 ||
	    cms_seal(&der, text.data, text.len, &to, 1) == -1 ||
	    base64_encode(&pem, der.data, der.len) == -1 ||
	    print_cover(out, s->number, s->m, s->n, s->id, s->kind, holder) == -1)
		goto out;
	for (at = 0; at < pem.len; at += n) {
		n = pem.len - at < PEM_LINE ? pem.len - at : PEM_LINE;
		if (buf_append(out, pem.data + at, n) == -1 || buf_puts(out, "\n") == -1)
			goto out;
	}
	rc = buf_puts(out, PEM_END);
 out:
	share_room_free(&text);
	buf_free(&der);
	buf_free(&pem);
	return rc;
}

void
share_cover_clear(struct share_cover *c)
{
	free(c->holder);
	buf_free(&c->cms);
	memset(c, 0, sizeof(*c));
}

static bool
parse_hex(unsigned char id[SHARE_ID], const char *hex)
{
	unsigned	 b;
	size_t		 i;

	if (strlen(hex) != 2 * SHARE_ID || hex[strspn(hex, "0123456789abcdef")] != '\0')
		return false;
	for (i = 0; i < SHARE_ID; i++) {
		if (sscanf(hex + 2 * i, "%2x", &b) != 1)
			return false;
		id[i] = (unsigned char)b;
	}
	return true;
}

/* The lines before the PEM: read, then written again, which must give the same. */
static int
parse_lines(struct share_cover *c, const char *text, size_t len)
{
	char		 id[17] = "", kind[4] = "", holder[3 * SHARE_HOLDER_MAX + 1] = "";
	struct buf	 again = BUF_EMPTY;
	int		 rc = -1;

	if (sscanf(text, "ksrkit sealed share 1\nset %16s\nshare %2u of %2u, %2u needed\n"
	    "holder %300s\nopens %3s\n", id, &c->number, &c->n, &c->m, holder, kind) != 6 ||
	    !parse_hex(c->id, id) || field_get(holder) == -1 || strlen(holder) > SHARE_HOLDER_MAX ||
	    c->m < 2 || c->m > c->n || c->n > SHARE_MAX || c->number < 1 || c->number > c->n)
		return -1;
	c->kind = strcmp(kind, "pin") == 0 ? SHARE_PIN : SHARE_KEY;
	if (*holder != '\0' && (c->holder = strdup(holder)) == NULL)
		return -1;
	if (print_cover(&again, c->number, c->m, c->n, c->id, c->kind, c->holder) == 0 &&
	    again.len == len && memcmp(again.data, text, len) == 0)
		rc = 0;
	buf_free(&again);
	return rc;
}

enum verdict
share_cover_parse(struct share_cover *out, const struct buf *in, const char *input,
    struct report *rep)
{
	const struct spot at = { input, 0, 0 };
	struct share_cover c = { 0 };
	const char	*text = (const char *)in->data, *pem, *end;
	unsigned char	*der = NULL;
	size_t		 len;

	if (in->len == 0 || in->len > SHARE_FILE_MAX || memchr(text, '\0', in->len) != NULL)
		return report_broken(rep, &at, NULL, "not a sealed share: %s", in->len == 0 ?
		    "empty" : in->len > SHARE_FILE_MAX ? "too long" : "a NUL byte");
	if (strncmp(text, magic, strlen(magic)) != 0 || (pem = strstr(text, PEM_BEGIN)) == NULL)
		return report_broken(rep, &at, NULL, "not a sealed share");
	pem += strlen(PEM_BEGIN);
	if (parse_lines(&c, text, (size_t)(pem - text)) == -1 ||
	    (end = strstr(pem, PEM_END)) == NULL || end[strlen(PEM_END)] != '\0' ||
	    (der = base64_decode(pem, (size_t)(end - pem), &len)) == NULL ||
	    buf_append(&c.cms, der, len) == -1) {
		free(der);
		share_cover_clear(&c);
		return report_broken(rep, &at, NULL, "a sealed share, but damaged");
	}
	free(der);
	share_cover_clear(out);
	*out = c;
	return ACCEPT;
}

/* What is inside must be the share that the cover names. */
static enum verdict
open_cover(struct share *out, const struct share_cover *c, const char *path,
    const struct secret *passphrase, struct report *rep)
{
	const struct spot at = { path, 0, 0 };
	struct cms_opener with = { .passphrase = passphrase };
	struct buf	 content = BUF_EMPTY;
	struct share	 s = { .m = 0 };
	enum verdict	 v;

	if ((v = cms_open(&content, NULL, &c->cms, path, &with, rep)) == ACCEPT)
		v = share_parse(&s, &content, path, rep);
	buf_wipe(&content);
	if (v == ACCEPT && (s.number != c->number || s.m != c->m || s.n != c->n ||
	    s.kind != c->kind || memcmp(s.id, c->id, SHARE_ID) != 0))
		v = report_broken(rep, &at, NULL, "the share inside is not the one that its cover "
		    "names");
	if (v == ACCEPT) {
		share_clear(out);
		*out = s;
	} else
		share_clear(&s);
	return v;
}

static enum verdict
load_sealed(struct share *out, const struct buf *in, const char *path, share_passphrase_fn *ask,
    void *arg, struct report *rep)
{
	const struct spot at = { path, 0, 0 };
	struct share_cover c = { 0 };
	struct secret	 passphrase = SECRET_EMPTY;
	char		 who[SHARE_WHO];
	enum verdict	 v;

	if ((v = share_cover_parse(&c, in, path, rep)) != ACCEPT)
		return v;
	share_who(who, c.number, c.m, c.n, c.holder);
	if (ask(arg, who, &passphrase) == -1)
		v = report_fault(rep, &at, "no passphrase for %s: %s", who, strerror(errno));
	else
		v = open_cover(out, &c, path, &passphrase, rep);
	secret_free(&passphrase);
	share_cover_clear(&c);
	return v;
}

/* The whole file into locked memory, whose size bounds it. */
static enum verdict
read_file(struct buf *text, const char *path, struct report *rep)
{
	const struct spot at = { path, 0, 0 };
	ssize_t		 n = 0;
	int		 fd;

	if ((fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK)) == -1)
		return report_fault(rep, &at, "%s", strerror(errno));
	while (text->len < text->room - 1) {
		n = read(fd, text->data + text->len, text->room - 1 - text->len);
		if (n == -1 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		text->len += (size_t)n;
	}
	if (n == -1) {
		report_fault(rep, &at, "%s", strerror(errno));
		close(fd);
		return FAULT;
	}
	close(fd);
	text->data[text->len] = '\0';
	return ACCEPT;
}

enum verdict
share_load(struct share *out, const char *path, share_passphrase_fn *ask, void *arg,
    struct report *rep)
{
	const struct spot at = { path, 0, 0 };
	struct buf	 text = BUF_EMPTY, big = BUF_EMPTY;
	enum verdict	 v;

	if (share_room(&text) == -1)
		return report_fault(rep, &at, "no memory that can be locked: %s", strerror(errno));
	if ((v = read_file(&text, path, rep)) == ACCEPT) {
		if (strncmp((char *)text.data, magic, strlen(magic)) != 0)
			v = share_parse(out, &text, path, rep);
		else if (buf_load(&big, path, SHARE_FILE_MAX) == -1)
			v = report_fault(rep, &at, "%s", strerror(errno));
		else
			v = load_sealed(out, &big, path, ask, arg, rep);
	}
	share_room_free(&text);
	buf_free(&big);
	return v;
}
