#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "act/sepkeys.h"
#include "base/array.h"
#include "judge/quality.h"
#include "model/dnskeyline.h"

#define RSA_MIN		1024		/* RFC 5702 2.2; 2.1 would allow 512, which can be factored */
#define RSA_MAX		4096

_Static_assert(SEPKEYS_MAX <= QUALITY_KEYS, "all of them are judged together");

void
sepkeys_clear(struct sepkeys *keys)
{
	size_t	 i;

	for (i = 0; i < keys->n; i++)
		key_clear(&keys->v[i].key);
	free(keys->v);
	*keys = (struct sepkeys)SEPKEYS_EMPTY;
}

uint32_t
sepkey_ttl(const struct sepkey *k)
{
	return k->key.ttl == 0 ? SEPKEYS_TTL : k->key.ttl;
}

static enum verdict
judge_key(const struct key *key, const struct spot *at, struct report *report)
{
	unsigned	 bits;
	uint64_t	 exponent;

	if (key_revoked(key))
		return report_broken(report, at, NULL, "key %u is revoked (RFC 5011 2.1)", key->tag);
	if (!key_is_sep(key))
		return report_broken(report, at, NULL,
		    "key %u has flags %u: no SEP flag, not a key signing key (RFC 4034 2.1.1)",
		    key->tag, key->flags);
	if (key->flags != DNSKEY_KSK)
		return report_broken(report, at, NULL, "key %u has flags %u, %u is expected",
		    key->tag, key->flags, DNSKEY_KSK);
	if (key->protocol != DNSKEY_PROTOCOL)
		return report_broken(report, at, NULL,
		    "key %u has protocol %u, not 3 (RFC 4034 2.1.2)", key->tag, key->protocol);
	if (algorithm_family(key->algorithm) == FAMILY_NONE)
		return report_broken(report, at, NULL, "key %u: algorithm %u is not supported",
		    key->tag, key->algorithm);
	if (key_size(key, &bits, &exponent) == -1)
		return report_broken(report, at, NULL, "key %u: not a public key of algorithm %u",
		    key->tag, key->algorithm);
	if (algorithm_family(key->algorithm) == FAMILY_RSA && (bits < RSA_MIN || bits > RSA_MAX))
		return report_broken(report, at, NULL,
		    "key %u: RSA of %u bits, %d to %d are expected (RFC 5702 2)", key->tag, bits,
		    RSA_MIN, RSA_MAX);
	return ACCEPT;
}

static enum verdict
judge_repeated(const struct sepkeys *keys, const struct sepkey *k, const struct spot *at,
    struct report *report)
{
	size_t	 i;

	for (i = 0; i < keys->n; i++)
		if (key_same(&keys->v[i].key, &k->key) && dname_equal(&keys->v[i].owner, &k->owner))
			return report_broken(report, at, NULL, "key %u stands in line %lu already",
			    k->key.tag, keys->v[i].key.line);
	return ACCEPT;
}

static enum verdict
parse_line(struct sepkeys *keys, const char *line, const struct spot *at, struct report *report)
{
	struct sepkey	 k = { .owner.len = 0 }, *to;
	enum verdict	 v = FAULT;

	if (line[strspn(line, " \t\r")] == '\0' || line[strspn(line, " \t\r")] == ';')
		return ACCEPT;
	if (*line == ' ' || *line == '\t')
		return report_broken(report, at, NULL, "begins with a blank: the owner is missing");
	if (dnskey_line_parse(&k.key, &k.owner, line) == -1)
		return errno == ENOMEM ? report_fault(report, at, "out of memory") :
		    report_broken(report, at, NULL,
		    "not a DNSKEY record of class IN on one line (RFC 4034 2.2)");
	k.key.line = at->line;
	if ((v = judge_key(&k.key, at, report)) != ACCEPT ||
	    (v = judge_repeated(keys, &k, at, report)) != ACCEPT)
		goto out;
	if (keys->n == SEPKEYS_MAX)
		v = report_broken(report, at, NULL, "more than %d keys", SEPKEYS_MAX);
	else if ((to = array_add(&keys->v, keys->n, sizeof(*to))) == NULL)
		v = report_fault(report, at, "out of memory");
	else {
		*to = k;
		keys->n++;
		return ACCEPT;
	}
 out:
	key_clear(&k.key);
	return v;
}

static enum verdict
parse_lines(struct sepkeys *keys, const struct buf *buf, const char *input, struct report *report)
{
	const char	*p = (const char *)buf->data, *end = p + buf->len;
	struct spot	 at = { input, 0, 0 };
	enum verdict	 v = ACCEPT;
	char		*line;
	size_t		 len;

	for (; p < end && v != FAULT; p += len + (p + len < end)) {
		at.line++;
		len = strcspn(p, "\n");
		if ((line = strndup(p, len)) == NULL)
			return report_fault(report, &at, "out of memory");
		v = verdict_worse(v, parse_line(keys, line, &at, report));
		free(line);
	}
	return v;
}

static enum verdict
judge_quality(const struct sepkeys *keys, const char *input, struct report *report)
{
	const struct key *judged[SEPKEYS_MAX];
	struct quality	 out[SEPKEYS_MAX];
	struct spot	 at = { input, 0, 0 };
	enum verdict	 v = ACCEPT;
	size_t		 i;

	for (i = 0; i < keys->n; i++)
		judged[i] = &keys->v[i].key;
	if (quality_judge(out, judged, keys->n, NULL, 0) == -1)
		return report_fault(report, &at, "out of memory");
	for (i = 0; i < keys->n; i++) {
		at.line = judged[i]->line;
		if (out[i].shares != NULL)
			v = report_broken(report, &at, NULL, "key %u: %s in line %lu",
			    judged[i]->tag, out[i].fault, out[i].shares->line);
		else if (out[i].fault != NULL)
			v = report_broken(report, &at, NULL, "key %u: %s", judged[i]->tag,
			    out[i].fault);
	}
	return v;
}

enum verdict
sepkeys_parse(struct sepkeys *out, const struct buf *buf, const char *input,
    struct report *report)
{
	const struct spot at = { input, 0, 0 };
	struct sepkeys	 keys = SEPKEYS_EMPTY;
	enum verdict	 v;

	if (buf->len > 0 && memchr(buf->data, '\0', buf->len) != NULL)
		return report_broken(report, &at, NULL, "a NUL byte: not a text file");
	if ((v = parse_lines(&keys, buf, input, report)) == ACCEPT && keys.n == 0)
		v = report_broken(report, &at, NULL, "no DNSKEY record in it");
	if (v != FAULT && keys.n > 0)
		v = verdict_worse(v, judge_quality(&keys, input, report));
	if (v == ACCEPT)
		*out = keys;
	else
		sepkeys_clear(&keys);
	return v;
}
