#include <inttypes.h>
#include <stdbool.h>
#include <string.h>

#include "act/show.h"
#include "base/base64.h"
#include "base/fields.h"
#include "base/isotime.h"
#include "base/json.h"

struct document {		/* what both documents have */
	const char		*type;
	const char		*id;
	const char		*domain;
	uint64_t		 serial;
	const struct dname	*name;
	const struct sigpolicy	*ksk;	/* NULL in a request */
	const struct sigpolicy	*zsk;
	const struct bundles	*bundles;
	const unsigned char	*digest;
};

static bool
signs(const struct bundle *b, const struct key *k)
{
	size_t	 i;

	for (i = 0; i < b->nsigs; i++)
		if (bundle_key_of(b, &b->sigs[i]) == k)
			return true;
	return false;
}

/* "55138,23763" */
static int
put_zsks(struct buf *out, const struct bundle *b)
{
	const char	*comma = "";
	size_t		 i;

	for (i = 0; i < b->nkeys; i++) {
		if (key_is_sep(&b->keys[i]))
			continue;
		if (buf_printf(out, "%s%05u", comma, b->keys[i].tag) == -1)
			return -1;
		comma = ",";
	}
	return *comma == '\0' ? buf_puts(out, "-") : 0;
}

static int
put_ksk(struct buf *out, const char *comma, unsigned tag, const char *label, const char *does)
{
	if (buf_printf(out, "%s%05u(", comma, tag) == -1 || field_put(out, label) == -1)
		return -1;
	return buf_printf(out, ")/%s", does);
}

/* "05017(KSK1)/S,55186(KSK2)/P" */
static int
put_ksks(struct buf *out, const struct bundle *b)
{
	const char	*comma = "";
	size_t		 i;

	for (i = 0; i < b->nkeys; i++) {
		const struct key *k = &b->keys[i];
		bool		 s = signs(b, k);

		if (!key_is_sep(k))
			continue;
		if (put_ksk(out, comma, k->tag, k->identifier,
		    key_revoked(k) ? s ? "RS" : "R" : s ? "S" : "P") == -1)
			return -1;
		comma = ",";
	}
	for (i = 0; i < b->nsigs; i++) {
		if (bundle_key_of(b, &b->sigs[i]) != NULL)
			continue;
		if (put_ksk(out, comma, b->sigs[i].tag, b->sigs[i].identifier, "N") == -1)
			return -1;
		comma = ",";
	}
	return *comma == '\0' ? buf_puts(out, "-") : 0;
}

/* The column of ZSK tags is as wide as its widest entry. */
static int
zsk_width(const struct bundles *bundles)
{
	size_t		 i, j, widest = strlen("55138,23763,");

	for (i = 0; i < bundles->n; i++) {
		size_t		 width = 0;

		for (j = 0; j < bundles->v[i].nkeys; j++)
			if (!key_is_sep(&bundles->v[i].keys[j]))
				width += strlen("55138,");
		if (width > widest)
			widest = width;
	}
	return (int)widest;
}

static int
put_row(struct buf *out, const struct bundle *b, size_t n, int digits, int width)
{
	char		 from[ISOTIME_SIZE], until[ISOTIME_SIZE];
	size_t		 start;
	int		 used;

	if (buf_printf(out, "%-*zu  %s %s  ", digits, n, isotime_format(from, b->inception, ""),
	    isotime_format(until, b->expiration, "")) == -1)
		return -1;
	start = out->len;
	if (put_zsks(out, b) == -1)
		return -1;
	used = (int)(out->len - start);
	if (buf_printf(out, "%*s", width + 2 - used, "") == -1 || put_ksks(out, b) == -1)
		return -1;
	return buf_puts(out, "\n");
}

int
show_table(struct buf *out, const struct bundles *bundles)
{
	int		 width = zsk_width(bundles), digits = 1;
	size_t		 i;

	for (i = bundles->n; i >= 10; i /= 10)
		digits++;
	if (buf_printf(out, "%-*s  %-19s %-19s  %-*s  KSK Tag(CKA_LABEL)\n", digits, "#",
	    "Inception", "Expiration", width, "ZSK Tags") == -1)
		return -1;
	for (i = 0; i < bundles->n; i++)
		if (put_row(out, &bundles->v[i], i + 1, digits, width) == -1)
			return -1;
	return 0;
}

static int
put_document(struct buf *out, const struct document *d)
{
	char	 hex[DIGEST_HEX];

	if (buf_printf(out, "%s ", d->type) == -1 || field_put(out, d->id) == -1 ||
	    buf_printf(out, "  serial %" PRIu64 "  domain ", d->serial) == -1 ||
	    field_put(out, d->domain) == -1 ||
	    buf_printf(out, "\nsha256 %s\n", digest_hex(hex, d->digest)) == -1)
		return -1;
	return show_table(out, d->bundles);
}

static int
json_algorithms(struct buf *out, const struct sigpolicy *p)
{
	size_t	 i;

	for (i = 0; i < p->nalgs; i++) {
		if (buf_printf(out, "%s{\"algorithm\":%u,\"size\":%u", i > 0 ? "," : "",
		    p->algs[i].algorithm, p->algs[i].bits) == -1 ||
		    (p->algs[i].family == FAMILY_RSA &&
		    buf_printf(out, ",\"exponent\":%" PRIu64, p->algs[i].exponent) == -1) ||
		    buf_puts(out, "}") == -1)
			return -1;
	}
	return 0;
}

static int
json_policy(struct buf *out, const char *name, const struct sigpolicy *p)
{
	const struct {
		const char	*word;
		int64_t		 value;
	} words[] = {
		{ "publish_safety", p->publish_safety },
		{ "retire_safety", p->retire_safety },
		{ "max_signature_validity", p->max_signature_validity },
		{ "min_signature_validity", p->min_signature_validity },
		{ "max_validity_overlap", p->max_validity_overlap },
		{ "min_validity_overlap", p->min_validity_overlap },
	};
	char		 text[ISOTIME_SIZE];
	size_t		 i;

	if (buf_printf(out, ",\"%s\":{", name) == -1)
		return -1;
	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (buf_printf(out, "\"%s\":\"%s\",", words[i].word,
		    isoduration_format(text, words[i].value)) == -1)
			return -1;
	if (buf_puts(out, "\"algorithms\":[") == -1 || json_algorithms(out, p) == -1)
		return -1;
	return buf_puts(out, "]}");
}

static int
json_key(struct buf *out, const struct key *k)
{
	if (buf_puts(out, "{\"identifier\":") == -1 || json_string(out, k->identifier) == -1 ||
	    buf_printf(out, ",\"tag\":%u,\"ttl\":%u,\"flags\":%u,\"protocol\":%u,"
	    "\"algorithm\":%u,\"public_key\":\"", k->tag, k->ttl, k->flags, k->protocol,
	    k->algorithm) == -1 || base64_encode(out, k->public, k->len) == -1)
		return -1;
	return buf_puts(out, "\"}");
}

static int
json_sig(struct buf *out, const struct sig *s)
{
	char	 inception[ISOTIME_SIZE], expiration[ISOTIME_SIZE];

	if (buf_puts(out, "{\"identifier\":") == -1 || json_string(out, s->identifier) == -1 ||
	    buf_printf(out, ",\"tag\":%u,\"ttl\":%u,\"algorithm\":%u,\"labels\":%u,"
	    "\"original_ttl\":%u,\"inception\":\"%s\",\"expiration\":\"%s\",\"signer\":",
	    s->tag, s->ttl, s->algorithm, s->labels, s->original_ttl,
	    isotime_format(inception, s->inception, "Z"),
	    isotime_format(expiration, s->expiration, "Z")) == -1 ||
	    json_string(out, s->signer) == -1 || buf_puts(out, ",\"signature\":\"") == -1 ||
	    base64_encode(out, s->data, s->len) == -1)
		return -1;
	return buf_puts(out, "\"}");
}

static int
json_bundle(struct buf *out, const struct bundle *b)
{
	char		 inception[ISOTIME_SIZE], expiration[ISOTIME_SIZE];
	size_t		 i;

	if (buf_puts(out, "{\"id\":") == -1 || json_string(out, b->id) == -1 ||
	    buf_printf(out, ",\"inception\":\"%s\",\"expiration\":\"%s\",\"signers\":[",
	    isotime_format(inception, b->inception, "Z"),
	    isotime_format(expiration, b->expiration, "Z")) == -1)
		return -1;
	for (i = 0; i < b->nsigners; i++)
		if ((i > 0 && buf_puts(out, ",") == -1) ||
		    json_string(out, b->signers[i]) == -1)
			return -1;
	if (buf_puts(out, "],\"keys\":[") == -1)
		return -1;
	for (i = 0; i < b->nkeys; i++)
		if ((i > 0 && buf_puts(out, ",") == -1) || json_key(out, &b->keys[i]) == -1)
			return -1;
	if (buf_puts(out, "],\"signatures\":[") == -1)
		return -1;
	for (i = 0; i < b->nsigs; i++)
		if ((i > 0 && buf_puts(out, ",") == -1) || json_sig(out, &b->sigs[i]) == -1)
			return -1;
	return buf_puts(out, "]}");
}

static int
json_document(struct buf *out, const struct document *d)
{
	char		 hex[DIGEST_HEX];
	size_t		 i;

	if (buf_printf(out, "{\"type\":\"%s\",\"id\":", d->type) == -1 ||
	    json_string(out, d->id) == -1 ||
	    buf_printf(out, ",\"serial\":%" PRIu64 ",\"domain\":", d->serial) == -1 ||
	    json_string(out, d->domain) == -1 ||
	    buf_printf(out, ",\"sha256\":\"%s\"", digest_hex(hex, d->digest)) == -1 ||
	    (d->ksk != NULL && json_policy(out, "ksk_policy", d->ksk) == -1) ||
	    json_policy(out, "zsk_policy", d->zsk) == -1 ||
	    buf_puts(out, ",\"bundles\":[") == -1)
		return -1;
	for (i = 0; i < d->bundles->n; i++)
		if ((i > 0 && buf_puts(out, ",") == -1) ||
		    json_bundle(out, &d->bundles->v[i]) == -1)
			return -1;
	return buf_puts(out, "]}\n");
}

static int
rr_document(struct buf *out, const struct document *d)
{
	char		 inception[ISOTIME_SIZE], expiration[ISOTIME_SIZE];
	size_t		 i;

	for (i = 0; i < d->bundles->n; i++) {
		const struct bundle *b = &d->bundles->v[i];

		if (buf_printf(out, "; bundle %zu: %s to %s\n", i + 1,
		    isotime_format(inception, b->inception, "Z"),
		    isotime_format(expiration, b->expiration, "Z")) == -1 ||
		    bundle_print_rrs(out, b, d->name) == -1)
			return -1;
	}
	return 0;
}

static int
show(struct buf *out, const struct document *d, enum show_form form)
{
	switch (form) {
	case SHOW_TABLE:
		return put_document(out, d);
	case SHOW_JSON:
		return json_document(out, d);
	case SHOW_RR:
		return rr_document(out, d);
	}
	return -1;
}

int
show_ksr(struct buf *out, const struct ksr *ksr, enum show_form form)
{
	const struct document d = {
		"KSR", ksr->id, ksr->domain, ksr->serial, &ksr->name, NULL, &ksr->zsk,
		&ksr->bundles, ksr->digest
	};

	return show(out, &d, form);
}

int
show_skr(struct buf *out, const struct skr *skr, enum show_form form)
{
	const struct document d = {
		"SKR", skr->id, skr->domain, skr->serial, &skr->name, &skr->ksk, &skr->zsk,
		&skr->bundles, skr->digest
	};

	return show(out, &d, form);
}
