#include <stdlib.h>
#include <string.h>

#include <p11-kit/pkcs11.h>
#include <p11-kit/uri.h>

#include "token/p11uri.h"

#define URI_MAX		4096
#define SCHEME		"pkcs11:"

enum place { PATH, QUERY };

struct attribute {
	const char	*name;
	enum place	 place;
	bool		 of[2];		/* by enum p11uri_use */
};

static const struct attribute attributes[] = {
	{ "token",		PATH,	{ true, true } },
	{ "serial",		PATH,	{ true, true } },
	{ "model",		PATH,	{ true, true } },
	{ "manufacturer",	PATH,	{ true, true } },
	{ "object",		PATH,	{ false, true } },
	{ "id",			PATH,	{ false, true } },
	{ "type",		PATH,	{ false, true } },
	{ "pin-source",		QUERY,	{ true, false } },
};

#define NATTRIBUTES	(sizeof(attributes) / sizeof(attributes[0]))

/* One "name=value" of len bytes; seen remembers the names of earlier ones. */
static const char *
scan_attribute(const char *at, size_t len, enum place place, enum p11uri_use use,
    bool seen[NATTRIBUTES])
{
	const char	*equals = memchr(at, '=', len);
	size_t		 i, n;

	if (equals == NULL)
		return "an attribute has no value";
	n = (size_t)(equals - at);
	if (n == strlen("pin-value") && memcmp(at, "pin-value", n) == 0)
		return "pin-value: a PIN does not belong into a policy file, use pin-source";
	for (i = 0; i < NATTRIBUTES; i++)
		if (attributes[i].place == place && strlen(attributes[i].name) == n &&
		    memcmp(attributes[i].name, at, n) == 0)
			break;
	if (i == NATTRIBUTES)
		return "unknown attribute";
	if (!attributes[i].of[use])
		return "an attribute that has no meaning here";
	if (seen[i])
		return "an attribute is given twice";
	seen[i] = true;
	/* p11-kit shortens a text at a NUL, to none at all in the end, which would fit any token. */
	if (strcmp(attributes[i].name, "id") != 0 && memmem(at, len, "%00", 3) != NULL)
		return "a NUL byte in a text";
	return n + 1 == len ? "an attribute is empty" : NULL;
}

/* Printable ASCII without the blank; p11-kit would leave white space out. */
static bool
is_graphic(const char *text)
{
	while (*text > ' ' && *text < 0x7f)
		text++;
	return *text == '\0';
}

/*
 * The names, before p11-kit reads the values: it takes the last of two equal
 * attributes and tolerates unknown ones.
 */
static const char *
scan(const char *text, enum p11uri_use use)
{
	bool		 seen[NATTRIBUTES] = { false };
	enum place	 place = PATH;
	const char	*why;
	size_t		 len;

	if (strncmp(text, SCHEME, strlen(SCHEME)) != 0)
		return "does not start with \"" SCHEME "\"";
	text += strlen(SCHEME);
	if (*text == '\0')
		return "states nothing";
	if (!is_graphic(text))
		return "a character that must be percent-encoded";
	for (;;) {
		len = strcspn(text, place == PATH ? ";?" : "&");
		if (len > 0 || text[len] != '?') {
			why = scan_attribute(text, len, place, use, seen);
			if (why != NULL)
				return why;
		}
		if (text[len] == '\0')
			return NULL;
		if (text[len] == '?')
			place = QUERY;
		text += len + 1;
	}
}

/* A blank-padded field of CK_TOKEN_INFO as a string; NULL stays NULL if it is not set. */
static int
copy_field(char **out, const unsigned char *field, size_t size)
{
	if (field[0] == '\0')
		return 0;
	while (size > 0 && field[size - 1] == ' ')
		size--;
	return (*out = strndup((const char *)field, size)) == NULL ? -1 : 0;
}

static int
copy_tokeninfo(struct p11uri *u, P11KitUri *uri)
{
	const CK_TOKEN_INFO	*info = p11_kit_uri_get_token_info(uri);

	if (copy_field(&u->token, info->label, sizeof(info->label)) == -1 ||
	    copy_field(&u->serial, info->serialNumber, sizeof(info->serialNumber)) == -1 ||
	    copy_field(&u->model, info->model, sizeof(info->model)) == -1 ||
	    copy_field(&u->manufacturer, info->manufacturerID,
	    sizeof(info->manufacturerID)) == -1)
		return -1;
	return 0;
}

static const char *
copy_object(struct p11uri *u, P11KitUri *uri)
{
	const CK_ATTRIBUTE	*a;
	CK_OBJECT_CLASS		 class;

	if ((a = p11_kit_uri_get_attribute(uri, CKA_LABEL)) != NULL) {
		if ((u->object = strndup(a->pValue, a->ulValueLen)) == NULL)
			return "out of memory";
	}
	if ((a = p11_kit_uri_get_attribute(uri, CKA_ID)) != NULL) {
		if ((u->id = malloc(a->ulValueLen)) == NULL)
			return "out of memory";
		memcpy(u->id, a->pValue, a->ulValueLen);
		u->idlen = a->ulValueLen;
	}
	if ((a = p11_kit_uri_get_attribute(uri, CKA_CLASS)) != NULL) {
		memcpy(&class, a->pValue, sizeof(class));
		if (class != CKO_PRIVATE_KEY && class != CKO_PUBLIC_KEY)
			return "type is not private or public";
	}
	return NULL;
}

static const char *
copy_pinsource(struct p11uri *u, P11KitUri *uri)
{
	const char	*path = p11_kit_uri_get_pin_source(uri);

	if (path == NULL)
		return NULL;
	if (strncmp(path, "file:", 5) == 0)
		path += 5;
	if (strncmp(path, "///", 3) == 0)	/* file:///path, RFC 8089 */
		path += 2;
	if (path[0] != '/' || path[1] == '/' || path[1] == '\0')
		return "pin-source is not an absolute path or file: with one";
	if ((u->pin_file = strdup(path)) == NULL)
		return "out of memory";
	return NULL;
}

/* A token's fields are padded with blanks: one of blanks alone is empty. */
static bool
has_empty(const struct p11uri *u)
{
	const char	*const texts[] = {
		u->token, u->serial, u->model, u->manufacturer
	};
	size_t		 i;

	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (texts[i] != NULL && *texts[i] == '\0')
			return true;
	return false;
}

int
p11uri_parse(struct p11uri *out, const char *text, enum p11uri_use use, const char **why)
{
	struct p11uri	 u = P11URI_EMPTY;
	P11KitUri	*uri = NULL;
	int		 rc = -1;

	*why = "out of memory";
	if (strlen(text) > URI_MAX) {
		*why = "too long";
		goto out;
	}
	if ((*why = scan(text, use)) != NULL)
		goto out;
	*why = "out of memory";
	if ((uri = p11_kit_uri_new()) == NULL)
		goto out;
	if (p11_kit_uri_parse(text, P11_KIT_URI_FOR_ANY, uri) != P11_KIT_URI_OK) {
		*why = "not well-formed (RFC 7512 2.3)";
		goto out;
	}
	if (p11_kit_uri_any_unrecognized(uri)) {
		*why = "a value that no token can have";
		goto out;
	}
	if (copy_tokeninfo(&u, uri) == -1)
		goto out;
	if ((*why = copy_object(&u, uri)) != NULL || (*why = copy_pinsource(&u, uri)) != NULL)
		goto out;
	if (has_empty(&u)) {
		*why = "an attribute is empty";
		goto out;
	}
	*out = u;
	rc = 0;
 out:
	if (rc == -1)
		p11uri_clear(&u);
	p11_kit_uri_free(uri);
	return rc;
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
