/* PKCS#11 URIs: read, written from what was understood, read again. */
#include <string.h>

#include "fuzz.h"
#include "token/p11uri.h"

/* Every byte percent-encoded (RFC 3986 2.1), so that none has a meaning of its own. */
static void
put(struct buf *b, const char *name, const void *value, size_t len)
{
	const unsigned char *p = value;
	size_t		 i;

	if (p == NULL)
		return;
	if (b->data[b->len - 1] != ':' && b->data[b->len - 1] != '?')
		MUST(buf_puts(b, ";") == 0);
	MUST(buf_printf(b, "%s=", name) == 0);
	for (i = 0; i < len; i++)
		MUST(buf_printf(b, "%%%02X", p[i]) == 0);
}

static void
put_text(struct buf *b, const char *name, const char *value)
{
	if (value != NULL)
		put(b, name, value, strlen(value));
}

static void
write_uri(struct buf *b, const struct p11uri *u)
{
	MUST(buf_puts(b, "pkcs11:") == 0);
	put_text(b, "token", u->token);
	put_text(b, "serial", u->serial);
	put_text(b, "model", u->model);
	put_text(b, "manufacturer", u->manufacturer);
	put_text(b, "object", u->object);
	put(b, "id", u->id, u->idlen);
	if (u->pin_file != NULL) {
		MUST(buf_puts(b, "?") == 0);
		put_text(b, "pin-source", u->pin_file);
	}
}

static bool
same(const char *a, const char *b)
{
	return (a == NULL) == (b == NULL) && (a == NULL || strcmp(a, b) == 0);
}

static void
again(const struct p11uri *u, enum p11uri_use use)
{
	struct p11uri	 back = P11URI_EMPTY;
	struct buf	 text = BUF_EMPTY;
	const char	*why;

	write_uri(&text, u);
	/* Only a type, which is not kept; or three times as long as it was, and now too long. */
	if (text.len == strlen("pkcs11:") || text.len > 4096)
		goto out;
	MUST(p11uri_parse(&back, (char *)text.data, use, &why) == 0);
	MUST(same(u->token, back.token) && same(u->serial, back.serial));
	MUST(same(u->model, back.model) && same(u->manufacturer, back.manufacturer));
	MUST(same(u->object, back.object) && same(u->pin_file, back.pin_file));
	MUST(u->idlen == back.idlen);
	MUST(u->idlen == 0 || memcmp(u->id, back.id, u->idlen) == 0);
	p11uri_clear(&back);
 out:
	buf_free(&text);
}

/* Does the path of the URI (RFC 7512 2.3) have this attribute? */
static bool
states(const char *text, const char *name)
{
	size_t		 n = strlen(name);
	char		 end = ':';

	while (end == ':' || end == ';') {
		text += strcspn(text, end == ':' ? ":" : ";?");
		end = *text;
		if ((end == ':' || end == ';') && strncmp(++text, name, n) == 0 &&
		    text[n] == '=')
			return true;
		if (end == ':')
			end = ';';
	}
	return false;
}

/* An attribute that is stated and then lost would fit any token. */
static void
nothing_lost(const struct p11uri *u, const char *text)
{
	MUST(states(text, "token") == (u->token != NULL));
	MUST(states(text, "serial") == (u->serial != NULL));
	MUST(states(text, "model") == (u->model != NULL));
	MUST(states(text, "manufacturer") == (u->manufacturer != NULL));
	MUST(states(text, "object") == (u->object != NULL));
	MUST(states(text, "id") == (u->id != NULL));
	MUST((strstr(text, "pin-source=") != NULL) >= (u->pin_file != NULL));
}

static void
try(const char *text, enum p11uri_use use)
{
	struct p11uri	 u = P11URI_EMPTY;
	const char	*why = NULL;

	if (p11uri_parse(&u, text, use, &why) == -1) {
		MUST(why != NULL && *why != '\0' && u.token == NULL && u.object == NULL);
		return;
	}
	MUST(use == P11URI_KEY || (u.object == NULL && u.id == NULL));
	MUST(use == P11URI_TOKEN || u.pin_file == NULL);
	MUST(u.pin_file == NULL || (u.pin_file[0] == '/' && strlen(u.pin_file) > 1));
	nothing_lost(&u, text);
	again(&u, use);
	p11uri_clear(&u);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct buf	 in = fuzz_buf(data, len);

	try((char *)in.data, P11URI_TOKEN);
	try((char *)in.data, P11URI_KEY);
	buf_free(&in);
	return 0;
}
