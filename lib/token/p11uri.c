#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>

#include "token/p11uri.h"

#define URI_MAX		4096
#define SCHEME		"pkcs11:"

enum place { PATH, QUERY };

struct attribute {
	const char	*name;
	enum place	 place;
	bool		 of[2];		/* by enum p11uri_use */
	size_t		 max;		/* bytes, of a field of CK_TOKEN_INFO; 0: no such field */
	size_t		 at;		/* of its string in struct p11uri */
};

#define AT(member)	offsetof(struct p11uri, member)

enum { ID = 5, TYPE, PIN_SOURCE, NATTRIBUTES };

static const struct attribute attributes[NATTRIBUTES] = {
	{ "token",		PATH,	{ true, true },		32,	AT(token) },
	{ "serial",		PATH,	{ true, true },		16,	AT(serial) },
	{ "model",		PATH,	{ true, true },		16,	AT(model) },
	{ "manufacturer",	PATH,	{ true, true },		32,	AT(manufacturer) },
	{ "object",		PATH,	{ false, true },	0,	AT(object) },
	[ID] = { "id",		PATH,	{ false, true },	0,	AT(id) },
	[TYPE] = { "type",	PATH,	{ false, true },	0,	0 },
	[PIN_SOURCE] = { "pin-source", QUERY, { true, false },	0,	AT(pin_file) },
};

/* Which attribute the n bytes at name are; why not, if there is none. */
static const char *
find_attribute(size_t *out, const char *name, size_t n, enum place place, enum p11uri_use use)
{
	size_t	 i;

	if (n == strlen("pin-value") && memcmp(name, "pin-value", n) == 0)
		return "pin-value: a PIN does not belong into a policy file, use pin-source";
	for (i = 0; i < NATTRIBUTES; i++)
		if (attributes[i].place == place && strlen(attributes[i].name) == n &&
		    memcmp(attributes[i].name, name, n) == 0) {
			*out = i;
			return attributes[i].of[use] ? NULL :
			    "an attribute that has no meaning here";
		}
	return "unknown attribute";
}

/* Percent-encoding undone (RFC 3986 2.1); room is as long as the text, and one more for a NUL. */
static const char *
decode(char *room, size_t *outlen, const char *p, size_t len)
{
	const char	*end = p + len;
	char		*out = room;
	int		 high, low;

	for (; p < end; p++) {
		if (*p != '%') {
			*out++ = *p;
			continue;
		}
		if (end - p < 3 || (high = OPENSSL_hexchar2int((unsigned char)p[1])) == -1 ||
		    (low = OPENSSL_hexchar2int((unsigned char)p[2])) == -1)
			return "not well-formed (RFC 7512 2.3)";
		*out++ = (char)(high << 4 | low);
		p += 2;
	}
	*out = '\0';
	*outlen = (size_t)(out - room);
	return NULL;
}

/* The path of a file, from a path or a file: URI (RFC 8089); NULL: neither. */
static const char *
file_of(const char *source)
{
	if (strncmp(source, "file:", 5) == 0)
		source += 5;
	if (strncmp(source, "///", 3) == 0)
		source += 2;
	return source[0] != '/' || source[1] == '/' || source[1] == '\0' ? NULL : source;
}

/* A value of len bytes, decoded, into its place. */
static const char *
keep(struct p11uri *u, size_t which, const char *value, size_t len)
{
	const struct attribute	*a = &attributes[which];
	char			*copy;

	if (which != ID && memchr(value, '\0', len) != NULL)
		return "a NUL byte in a text";
	if (a->max != 0 && len > a->max)
		return "a value that no token can have";
	/* The fields of a token are padded with blanks. */
	while (a->max != 0 && len > 0 && value[len - 1] == ' ')
		len--;
	if (len == 0)
		return "an attribute is empty";
	if (which == TYPE)
		return strcmp(value, "private") == 0 || strcmp(value, "public") == 0 ? NULL :
		    "type is not private or public";
	if (which == PIN_SOURCE) {
		if ((value = file_of(value)) == NULL)
			return "pin-source is not an absolute path or file: with one";
		len = strlen(value);
	}
	if ((copy = malloc(len + 1)) == NULL)
		return "out of memory";
	memcpy(copy, value, len);
	copy[len] = '\0';
	if (which == ID) {
		u->id = (unsigned char *)copy;
		u->idlen = len;
	} else
		*(char **)((char *)u + a->at) = copy;
	return NULL;
}

/* One "name=value" of len bytes; seen remembers earlier ones. */
static const char *
take_attribute(struct p11uri *u, const char *at, size_t len, enum place place,
    enum p11uri_use use, bool seen[NATTRIBUTES])
{
	const char	*equals = memchr(at, '=', len), *why;
	char		 value[URI_MAX + 1];
	size_t		 which, n;

	if (equals == NULL)
		return "an attribute has no value";
	n = (size_t)(equals - at);
	if ((why = find_attribute(&which, at, n, place, use)) != NULL)
		return why;
	if (seen[which])
		return "an attribute is given twice";
	seen[which] = true;
	if ((why = decode(value, &len, equals + 1, len - n - 1)) != NULL)
		return why;
	return keep(u, which, value, len);
}

/* Printable ASCII without the blank. */
static bool
is_graphic(const char *text)
{
	while (*text > ' ' && *text < 0x7f)
		text++;
	return *text == '\0';
}

/* RFC 7512 2.3: attributes of the path between ";", then after "?" those of the query between "&". */
static const char *
take_all(struct p11uri *u, const char *text, enum p11uri_use use)
{
	bool		 seen[NATTRIBUTES] = { false };
	enum place	 place = PATH;
	const char	*why;
	size_t		 len;

	if (strlen(text) > URI_MAX)
		return "too long";
	if (strncmp(text, SCHEME, strlen(SCHEME)) != 0)
		return "does not start with \"" SCHEME "\"";
	text += strlen(SCHEME);
	if (*text == '\0')
		return "states nothing";
	if (!is_graphic(text))
		return "a character that must be percent-encoded";
	for (;;) {
		len = strcspn(text, place == PATH ? ";?" : "&");
		if ((len > 0 || text[len] != '?') &&
		    (why = take_attribute(u, text, len, place, use, seen)) != NULL)
			return why;
		if (text[len] == '\0')
			return NULL;
		if (text[len] == '?')
			place = QUERY;
		text += len + 1;
	}
}

int
p11uri_parse(struct p11uri *out, const char *text, enum p11uri_use use, const char **why)
{
	struct p11uri	 u = P11URI_EMPTY;

	if ((*why = take_all(&u, text, use)) != NULL) {
		p11uri_clear(&u);
		return -1;
	}
	*out = u;
	return 0;
}

static bool
fits(const char *want, const char *have)
{
	return want == NULL || strcmp(want, have) == 0;
}

bool
p11uri_fits(const struct p11uri *u, const char *label, const char *serial,
    const char *model, const char *manufacturer)
{
	return fits(u->token, label) && fits(u->serial, serial) && fits(u->model, model) &&
	    fits(u->manufacturer, manufacturer);
}

void
p11uri_clear(struct p11uri *u)
{
	free(u->token);
	free(u->serial);
	free(u->model);
	free(u->manufacturer);
	free(u->object);
	free(u->id);
	free(u->pin_file);
	*u = (struct p11uri)P11URI_EMPTY;
}
