#include <stdlib.h>
#include <string.h>

#include "act/anchorwrite.h"
#include "base/base64.h"
#include "base/digest.h"
#include "base/isotime.h"
#include "model/ds.h"

#define UUID_SIZE	37		/* with NUL */
#define ID_DIGITS	16		/* of the digest, in the id of a KeyDigest */

/* Text as content or in double quotes (XML 1.0, 2.4). */
static int
put_text(struct buf *out, const char *text)
{
	const char	*p;
	int		 rv = 0;

	for (p = text; rv == 0 && *p != '\0'; p++)
		switch (*p) {
		case '&':
			rv = buf_puts(out, "&amp;");
			break;
		case '<':
			rv = buf_puts(out, "&lt;");
			break;
		case '>':
			rv = buf_puts(out, "&gt;");
			break;
		case '"':
			rv = buf_puts(out, "&quot;");
			break;
		default:
			rv = buf_append(out, p, 1);
		}
	return rv;
}

static int
put_public(struct buf *out, const struct key *key)
{
	if (buf_puts(out, "<PublicKey>") == -1 ||
	    base64_encode(out, key->public, key->len) == -1)
		return -1;
	return buf_printf(out, "</PublicKey>\n<Flags>%u</Flags>\n", key->flags);
}

static int
put_digest(struct buf *out, const struct sepkey *k, const struct term *term, bool rfc7958)
{
	char		 from[ISOTIME_SIZE], until[ISOTIME_SIZE];
	struct buf	 hex = BUF_EMPTY;
	struct ds	 ds;
	int		 rv = -1;

	if (ds_make(&ds, &k->key, &k->owner, DS_SHA256) == -1 || ds_hex(&hex, &ds) == -1)
		goto out;
	if (buf_printf(out, "<KeyDigest id=\"K%u-%.*s\" validFrom=\"%s\"", ds.tag, ID_DIGITS,
	    (char *)hex.data, isotime_format(from, term->from, "+00:00")) == -1)
		goto out;
	if (term->until != INT64_MAX && buf_printf(out, " validUntil=\"%s\"",
	    isotime_format(until, term->until, "+00:00")) == -1)
		goto out;
	if (buf_printf(out, ">\n<KeyTag>%u</KeyTag>\n<Algorithm>%u</Algorithm>\n"
	    "<DigestType>%u</DigestType>\n<Digest>%s</Digest>\n", ds.tag, ds.algorithm, ds.type,
	    (char *)hex.data) == -1)
		goto out;
	if (!rfc7958 && put_public(out, &k->key) == -1)
		goto out;
	rv = buf_puts(out, "</KeyDigest>\n");
 out:
	buf_free(&hex);
	return rv;
}

/* A UUID of version 8 (RFC 9562 5.8): the same anchors, the same id. */
static int
make_id(char id[UUID_SIZE], const struct buf *of)
{
	unsigned char	 d[DIGEST_SIZE];
	char		 hex[DIGEST_HEX];
	size_t		 i, n = 0;

	if (digest_bytes(d, of->data, of->len) == -1)
		return -1;
	d[6] = (unsigned char)((d[6] & 0x0f) | 0x80);
	d[8] = (unsigned char)((d[8] & 0x3f) | 0x80);
	digest_hex(hex, d);
	for (i = 0; i < 32; i++) {
		if (i == 8 || i == 12 || i == 16 || i == 20)
			id[n++] = '-';
		id[n++] = hex[i];
	}
	id[n] = '\0';
	return 0;
}

int
anchorwrite_xml(struct buf *out, const struct sepkeys *keys, const struct term *terms,
    const struct anchor_head *head)
{
	char		 id[UUID_SIZE], zone[DNAME_TEXT];
	struct buf	 rest = BUF_EMPTY;
	size_t		 i;
	int		 rv = -1;

	if (buf_puts(&rest, "\" source=\"") == -1 || put_text(&rest, head->source) == -1 ||
	    buf_puts(&rest, "\">\n<Zone>") == -1 ||
	    put_text(&rest, dname_format(zone, &keys->v[0].owner)) == -1 ||
	    buf_puts(&rest, "</Zone>\n") == -1)
		goto out;
	for (i = 0; i < keys->n; i++)
		if (put_digest(&rest, &keys->v[i], &terms[i], head->rfc7958) == -1)
			goto out;
	if (buf_puts(&rest, "</TrustAnchor>\n") == -1 || make_id(id, &rest) == -1)
		goto out;
	if (buf_puts(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<TrustAnchor id=\"") == -1 ||
	    put_text(out, head->id == NULL ? id : head->id) == -1)
		goto out;
	rv = buf_append(out, rest.data, rest.len);
 out:
	buf_free(&rest);
	return rv;
}

int
anchorwrite_ds(struct buf *out, const struct sepkeys *keys)
{
	struct ds	 ds;
	size_t		 i;

	for (i = 0; i < keys->n; i++)
		if (ds_make(&ds, &keys->v[i].key, &keys->v[i].owner, DS_SHA256) == -1 ||
		    ds_print(out, &ds, "DS", sepkey_ttl(&keys->v[i])) == -1)
			return -1;
	return 0;
}

int
anchorwrite_bind(struct buf *out, const struct sepkeys *keys, bool initial)
{
	char		 zone[DNAME_TEXT];
	struct ds	 ds;
	size_t		 i;

	if (buf_puts(out, "trust-anchors {\n") == -1)
		return -1;
	for (i = 0; i < keys->n; i++)
		if (ds_make(&ds, &keys->v[i].key, &keys->v[i].owner, DS_SHA256) == -1 ||
		    buf_printf(out, "    \"%s\" %s-ds %u %u %u \"", dname_format(zone, &ds.owner),
		    initial ? "initial" : "static", ds.tag, ds.algorithm, ds.type) == -1 ||
		    ds_hex(out, &ds) == -1 || buf_puts(out, "\";\n") == -1)
			return -1;
	return buf_puts(out, "};\n");
}
