#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "model/anchor.h"
#include "model/dnskeyline.h"
#include "model/xml.h"

#define LINE_MAX_BYTES	8192		/* a DNSKEY line of RSA-4096 has 800 */
#define DIGEST_SHA256	2		/* IANA, DS digest types; RFC 4509 */

int
anchors_add(struct anchors *anchors, const struct anchor *from)
{
	struct anchor	*v, one = *from;

	if ((one.name = strdup(from->name)) == NULL)
		return -1;
	if ((v = reallocarray(anchors->v, anchors->n + 1, sizeof(*v))) == NULL) {
		free(one.name);
		return -1;
	}
	v[anchors->n++] = one;
	anchors->v = v;
	return 0;
}

void
anchors_clear(struct anchors *anchors)
{
	size_t	 i;

	for (i = 0; i < anchors->n; i++)
		free(anchors->v[i].name);
	free(anchors->v);
	*anchors = (struct anchors)ANCHORS_EMPTY;
}

/* The first from v[i] on that names this key, whose digest this is. */
static const struct anchor *
find_from(const struct anchors *anchors, size_t i, const struct key *published,
    const unsigned char digest[DIGEST_SIZE], const struct dname *owner)
{
	uint16_t	 tag = key_tag(published);

	for (; i < anchors->n; i++) {
		const struct anchor *a = &anchors->v[i];

		if (memcmp(a->digest, digest, DIGEST_SIZE) != 0)
			continue;
		if (a->tagless || (a->tag == tag && a->algorithm == published->algorithm &&
		    dname_equal(&a->owner, owner)))
			return a;
	}
	return NULL;
}

const struct anchor *
anchors_find(const struct anchors *anchors, const struct key *key, const struct dname *owner)
{
	struct key	 published = *key;
	unsigned char	 digest[DIGEST_SIZE];

	published.flags &= (uint16_t)~DNSKEY_REVOKE;
	if (key_ds(digest, &published, owner) == -1)
		return NULL;
	return find_from(anchors, 0, &published, digest, owner);
}

const struct anchor *
anchors_find_next(const struct anchors *anchors, const struct anchor *found,
    const struct key *key, const struct dname *owner)
{
	struct key	 published = *key;

	published.flags &= (uint16_t)~DNSKEY_REVOKE;
	return find_from(anchors, (size_t)(found - anchors->v) + 1, &published, found->digest, owner);
}

bool
anchor_in_force(const struct anchor *a, int64_t when)
{
	return a->valid_from <= when && when < a->valid_until;
}

const struct anchor *
anchors_find_again(struct anchors_latest *latest, const struct anchors *anchors,
    const struct key *key, const struct dname *owner)
{
	unsigned	 i;

	for (i = 0; i < ANCHORS_LATEST; i++)
		if (latest->key[i] != NULL && key_same(latest->key[i], key))
			return latest->found[i];
	i = latest->next++ % ANCHORS_LATEST;
	latest->key[i] = key;
	return latest->found[i] = anchors_find(anchors, key, owner);
}

/* RFC 4034 2.1.1, RFC 5011 7 */
static bool
may_anchor(const struct key *key)
{
	return key_is_sep(key) && !key_revoked(key) && (key->flags & DNSKEY_ZONE) != 0;
}

/* The anchor that a DNSKEY stands for: its DS. */
static enum verdict
of_key(struct anchor *a, const struct key *key, const struct spot *at, struct report *report)
{
	unsigned	 bits;
	uint64_t	 exponent;

	if (!may_anchor(key))
		return report_fault(report, at,
		    "a DNSKEY with flags %u is no trust anchor, %u is expected", key->flags,
		    DNSKEY_KSK);
	if (key->protocol != DNSKEY_PROTOCOL || key_size(key, &bits, &exponent) == -1)
		return report_fault(report, at, "not a public key of algorithm %u",
		    key->algorithm);
	a->tag = key_tag(key);
	a->algorithm = key->algorithm;
	if (key_ds(a->digest, key, &a->owner) == -1)
		return report_fault(report, at, "out of memory");
	return ACCEPT;
}

static enum verdict
from_dnskey(struct anchor *a, const char *line, const struct spot *at, struct report *report)
{
	struct key	 key = { .len = 0 };
	enum verdict	 v;

	if (dnskey_line_parse(&key, &a->owner, line) == -1)
		return report_fault(report, at, "%s", errno == ENOMEM ? "out of memory" :
		    "not a record DS or DNSKEY of class IN (RFC 4034 5.3, 2.2)");
	v = of_key(a, &key, at, report);
	key_clear(&key);
	return v;
}

/* REFUSE: a DS of another digest type, passed over. */
static enum verdict
from_ds(struct anchor *a, const struct ds *ds, const struct spot *at, struct report *report)
{
	if (ds->type != DIGEST_SHA256) {
		report_warning(report, at, NULL, "a DS of digest type %u is passed over", ds->type);
		return REFUSE;
	}
	if (ds->len != DIGEST_SIZE)
		return report_fault(report, at, "a DS of type %u with %zu bytes", ds->type,
		    ds->len);
	a->owner = ds->owner;
	a->tag = ds->tag;
	a->algorithm = ds->algorithm;
	memcpy(a->digest, ds->digest, DIGEST_SIZE);
	return ACCEPT;
}

static enum verdict
parse_line(struct anchors *anchors, const char *line, const struct spot *at,
    struct report *report)
{
	struct anchor	 a = { .valid_from = INT64_MIN, .valid_until = INT64_MAX };
	struct ds	 ds;
	enum verdict	 v;
	char		*name = NULL;

	v = ds_line_parse(&ds, line) == 0 ? from_ds(&a, &ds, at, report) :
	    from_dnskey(&a, line, at, report);
	if (v == ACCEPT) {
		if (asprintf(&name, "%s:%lu", at->input, at->line) == -1)
			name = NULL;
		a.name = name;
		if (name == NULL || anchors_add(anchors, &a) == -1)
			v = report_fault(report, at, "out of memory");
	}
	free(name);
	return v == FAULT ? FAULT : ACCEPT;
}

static enum verdict
parse_lines(struct anchors *anchors, const struct buf *buf, const char *input,
    struct report *report)
{
	const char	*p = (const char *)buf->data, *end = p + buf->len, *nl;
	struct spot	 at = { input, 0, 0 };
	char		 line[LINE_MAX_BYTES];
	enum verdict	 v = ACCEPT;
	size_t		 len, blanks;

	for (; p < end; p = nl + 1) {
		at.line++;
		if ((nl = memchr(p, '\n', (size_t)(end - p))) == NULL)
			nl = end;
		len = (size_t)(nl - p);
		if (len >= sizeof(line))
			return report_fault(report, &at, "a line of more than %zu bytes",
			    sizeof(line) - 1);
		memcpy(line, p, len);
		line[len] = '\0';
		line[record_length(line)] = '\0';
		blanks = strspn(line, " \t\r");
		if (line[blanks] == '\0')
			continue;
		if (blanks > 0)
			v = report_fault(report, &at, "begins with a blank: the owner is missing");
		else
			v = verdict_worse(v, parse_line(anchors, line, &at, report));
	}
	return v;
}

/* White space inside a Digest or PublicKey is no part of it (RFC 9718 2.1.3). */
static char *
squeezed(struct xml_span text)
{
	char		*out, *p;

	if ((out = p = malloc(text.len + 1)) == NULL)
		return NULL;
	for (; text.len > 0; text.p++, text.len--)
		if (strchr(" \t\r\n", *text.p) == NULL)
			*p++ = *text.p;
	*p = '\0';
	return out;
}

struct digest_parts {			/* of a KeyDigest element */
	const struct xml_node	*tag;
	const struct xml_node	*algorithm;
	const struct xml_node	*type;
	const struct xml_node	*digest;
	const struct xml_node	*public;
	const struct xml_node	*flags;
};

/* Each child once, in any order (PublicKey and Flags are seen in both). */
static bool
sort_parts(struct digest_parts *parts, const struct xml_node *node)
{
	const struct {
		const char		*name;
		const struct xml_node	**at;
	} names[] = {
		{ "KeyTag", &parts->tag }, { "Algorithm", &parts->algorithm },
		{ "DigestType", &parts->type }, { "Digest", &parts->digest },
		{ "PublicKey", &parts->public }, { "Flags", &parts->flags },
	};
	const struct xml_node *c;
	size_t		 i, n = sizeof(names) / sizeof(names[0]);

	memset(parts, 0, sizeof(*parts));
	for (c = xml_first(node); c != NULL; c = xml_next(c)) {
		for (i = 0; i < n && !xml_is(c, names[i].name); i++)
			;
		if (i == n || *names[i].at != NULL)
			return false;
		*names[i].at = c;
	}
	return parts->tag != NULL && parts->algorithm != NULL && parts->type != NULL &&
	    parts->digest != NULL && (parts->public == NULL) == (parts->flags == NULL);
}

/* Where the key itself is given it must be the one that the digest is of. */
static void
prove_public(struct xml *xml, const struct digest_parts *parts, const struct anchor *a)
{
	struct key	 key = { .protocol = DNSKEY_PROTOCOL, .algorithm = a->algorithm };
	unsigned char	 digest[DIGEST_SIZE];

	if (parts->public == NULL)
		return;
	key.flags = (uint16_t)xml_number(xml, parts->flags, NULL, 0, UINT16_MAX);
	if (!may_anchor(&key)) {
		xml_wrong(xml, parts->flags, "a key with flags %u is no trust anchor, %u is expected",
		    key.flags, DNSKEY_KSK);
		return;
	}
	if ((key.public = xml_base64(xml, parts->public, NULL, &key.len)) == NULL)
		return;
	if (key_ds(digest, &key, &a->owner) == -1)
		xml_nomem(xml);
	else if (memcmp(digest, a->digest, sizeof(digest)) != 0 || key_tag(&key) != a->tag)
		xml_wrong(xml, parts->public, "PublicKey and Digest are of different keys");
	free(key.public);
}

static void
parse_digest(struct anchors *anchors, struct xml *xml, const struct xml_node *node,
    const struct dname *zone, const char *input, struct report *report)
{
	const struct spot at = { input, xml_line(node), 0 };
	struct anchor	 a = { .owner = *zone, .valid_until = INT64_MAX };
	struct digest_parts parts;
	struct xml_span	 id = { "KeyDigest", strlen("KeyDigest") }, until;
	unsigned	 type;
	char		*hex = NULL, *name = NULL;

	if (!sort_parts(&parts, node)) {
		xml_wrong(xml, node, "KeyDigest is not as RFC 9718 2.1.2 says");
		return;
	}
	type = (unsigned)xml_number(xml, parts.type, NULL, 0, UINT8_MAX);
	if (type != DIGEST_SHA256) {
		report_warning(report, &at, NULL, "a KeyDigest of type %u is passed over", type);
		return;
	}
	a.tag = (uint16_t)xml_number(xml, parts.tag, NULL, 0, UINT16_MAX);
	a.algorithm = (uint8_t)xml_number(xml, parts.algorithm, NULL, 0, UINT8_MAX);
	a.valid_from = xml_time(xml, node, "validFrom");
	if (xml_attr(xml, node, "validUntil", &until))
		a.valid_until = xml_time(xml, node, "validUntil");
	(void)xml_attr(xml, node, "id", &id);
	if ((hex = squeezed(xml_text(parts.digest))) == NULL ||
	    asprintf(&name, "%s: %.*s", input, (int)id.len, id.p) == -1) {
		name = NULL;
		xml_nomem(xml);
	} else if (digest_from_hex(a.digest, hex) == -1)
		xml_wrong(xml, parts.digest, "Digest is not 64 hexadecimal digits");
	else {
		prove_public(xml, &parts, &a);
		a.name = name;
		if (anchors_add(anchors, &a) == -1)
			xml_nomem(xml);
	}
	free(name);
	free(hex);
}

static enum verdict
parse_xml(struct anchors *anchors, const struct buf *buf, const char *input,
    struct report *report)
{
	struct xml	*xml = NULL;
	const struct xml_node *n;
	struct dname	 zone;
	char		*text;
	enum verdict	 v;

	if ((v = xml_parse(&xml, buf, input, NULL, report)) != ACCEPT)
		return v;
	n = xml_root(xml);
	if (!xml_is(n, "TrustAnchor") || !xml_is(n = xml_first(n), "Zone")) {
		xml_wrong(xml, xml_root(xml), "not a TrustAnchor with its Zone (RFC 9718 2.1.1)");
		goto out;
	}
	if ((text = xml_dname(xml, n, NULL, &zone)) == NULL)
		goto out;
	free(text);
	while ((n = xml_next(n)) != NULL)
		if (xml_is(n, "KeyDigest"))
			parse_digest(anchors, xml, n, &zone, input, report);
		else
			xml_wrong(xml, n, "only KeyDigest may stand here");
 out:
	v = xml_verdict(xml);
	xml_free(xml);
	return v;
}

enum verdict
anchors_parse(struct anchors *anchors, const struct buf *buf, const char *input,
    struct report *report)
{
	const struct spot at = { input, 0, 0 };
	struct anchors	 found = ANCHORS_EMPTY;
	struct buf	 rest = *buf;
	enum verdict	 v;
	size_t		 i;

	if (buf->len == 0 || memchr(buf->data, '\0', buf->len) != NULL)
		return report_fault(report, &at, buf->len == 0 ? "empty: no trust anchor" :
		    "a NUL byte: not a file of trust anchors");
	/* A byte-order mark says nothing in UTF-8. */
	if (buf->len >= 3 && memcmp(buf->data, "\xef\xbb\xbf", 3) == 0) {
		rest.data += 3;
		rest.len -= 3;
	}
	i = strspn((const char *)rest.data, " \t\r\n");
	v = rest.data[i] == '<' ? parse_xml(&found, &rest, input, report) :
	    parse_lines(&found, &rest, input, report);
	if (v == ACCEPT && found.n == 0)
		v = report_fault(report, &at, "no trust anchor (SHA-256) in it");
	for (i = 0; v == ACCEPT && i < found.n; i++)
		if (anchors_add(anchors, &found.v[i]) == -1)
			v = report_fault(report, &at, "out of memory");
	anchors_clear(&found);
	return v == ACCEPT ? ACCEPT : FAULT;
}
