#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/base64.h"
#include "base/isotime.h"
#include "model/document.h"

/* A DNSKEY and an RRSIG of the root, without key and signature: RFC 1035 3.2.1, 4034 2.1, 3.1. */
#define KEY_RR_MIN	(11 + 4)
#define SIG_RR_MIN	(11 + 18 + 1)
#define MESSAGE_MAX	65535

/*
 * The family whose form keys and signatures of this algorithm have, also for those that
 * we refuse later; FAMILY_NONE: whatever form the document gives.
 */
static enum family
form_of(unsigned algorithm)
{
	switch (algorithm) {
	case 1:
	case 5:
	case 7:
		return FAMILY_RSA;
	default:
		return algorithm_family(algorithm);
	}
}

const struct xml_node *
document_read_root(struct heading *h, struct xml *x)
{
	const struct xml_node *root = xml_root(x), *child = xml_first(root);
	struct xml_span	 timestamp;

	h->id = xml_string(x, root, "id");
	h->serial = xml_number(x, root, "serial", 0, UINT64_MAX);
	h->domain = xml_dname(x, root, "domain", &h->name);
	if (xml_attr(x, child, "timestamp", &timestamp))
		(void)xml_time(x, child, "timestamp");
	return child;
}

static void
read_algorithm(struct sigpolicy *p, struct xml *x, const struct xml_node *n)
{
	static const char *const names[] = {
		[FAMILY_RSA] = "RSA", [FAMILY_ECDSA] = "ECDSA", [FAMILY_EDDSA] = "EdDSA"
	};
	const struct xml_node *child = xml_first(n);
	struct sigalg	*a;
	enum family	 form;
	unsigned	 fixed;

	if ((a = sigpolicy_add(p)) == NULL) {
		xml_nomem(x);
		return;
	}
	a->line = xml_line(n);
	a->algorithm = (uint8_t)xml_number(x, n, "algorithm", 0, UINT8_MAX);
	a->family = xml_is(child, "RSA") ? FAMILY_RSA :
	    xml_is(child, "ECDSA") ? FAMILY_ECDSA : FAMILY_EDDSA;
	a->bits = (unsigned)xml_number(x, child, "size", 1, INT32_MAX);
	if (a->family == FAMILY_RSA)
		a->exponent = xml_number(x, child, "exponent", 1, UINT64_MAX);
	form = form_of(a->algorithm);
	if (form != FAMILY_NONE && a->family != form) {
		xml_wrong(x, n, "SignatureAlgorithm: algorithm %u takes %s, not %s",
		    a->algorithm, names[form], names[a->family]);
		return;
	}
	fixed = algorithm_bits(a->algorithm);
	if (fixed != 0 && a->bits != 0 && a->bits != fixed)
		xml_wrong(x, n, "SignatureAlgorithm: algorithm %u has size %u, not %u",
		    a->algorithm, fixed, a->bits);
}

void
document_read_policy(struct sigpolicy *p, struct xml *x, const struct xml_node *n)
{
	int64_t	*const durations[] = {
		&p->publish_safety, &p->retire_safety,
		&p->max_signature_validity, &p->min_signature_validity,
		&p->max_validity_overlap, &p->min_validity_overlap
	};
	const struct xml_node *c = xml_first(n);
	size_t	 i;

	p->line = xml_line(n);
	for (i = 0; i < sizeof(durations) / sizeof(durations[0]); i++) {
		*durations[i] = xml_duration(x, c, NULL);
		c = xml_next(c);
	}
	for (; c != NULL; c = xml_next(c))
		read_algorithm(p, x, c);
}

static void
check_key_form(const struct key *k, struct xml *x, const struct xml_node *n)
{
	uint64_t	 exponent;
	unsigned	 bits;

	if (k->len > RDATA_MAX - 4 ||
	    (form_of(k->algorithm) != FAMILY_NONE && key_size(k, &bits, &exponent) == -1))
		xml_wrong(x, n, "PublicKey: %zu bytes are no key of algorithm %u",
		    k->len, k->algorithm);
}

static void
read_key(struct bundle *b, struct xml *x, const struct xml_node *n)
{
	const struct xml_node *c = xml_first(n);
	struct key	*k;

	if ((k = bundle_add_key(b)) == NULL) {
		xml_nomem(x);
		return;
	}
	k->line = xml_line(n);
	k->identifier = xml_string(x, n, "keyIdentifier");
	k->tag = (uint16_t)xml_number(x, n, "keyTag", 0, UINT16_MAX);
	k->ttl = (uint32_t)xml_number(x, c, NULL, 0, TTL_MAX);
	c = xml_next(c);
	k->flags = (uint16_t)xml_number(x, c, NULL, 0, UINT16_MAX);
	c = xml_next(c);
	k->protocol = (uint8_t)xml_number(x, c, NULL, DNSKEY_PROTOCOL, DNSKEY_PROTOCOL);
	c = xml_next(c);
	k->algorithm = (uint8_t)xml_number(x, c, NULL, 0, UINT8_MAX);
	c = xml_next(c);
	if ((k->public = xml_base64(x, c, NULL, &k->len)) != NULL)
		check_key_form(k, x, c);
}

static void
check_sig_form(const struct sig *s, struct xml *x, const struct xml_node *n)
{
	size_t		 fixed = algorithm_siglen(s->algorithm);
	size_t		 max = form_of(s->algorithm) == FAMILY_RSA ? RSA_SIG_MAX :
	    RDATA_MAX - 18 - DNAME_WIRE;

	if (fixed != 0 ? s->len != fixed : s->len > max)
		xml_wrong(x, n, "SignatureData: %zu bytes are no signature of algorithm %u",
		    s->len, s->algorithm);
}

static void
read_sig(struct bundle *b, struct xml *x, const struct xml_node *n)
{
	const struct xml_node *c = xml_first(n);
	struct dname	 signer;
	struct sig	*s;

	if ((s = bundle_add_sig(b)) == NULL) {
		xml_nomem(x);
		return;
	}
	s->line = xml_line(n);
	s->identifier = xml_string(x, n, "keyIdentifier");
	s->ttl = (uint32_t)xml_number(x, c, NULL, 0, TTL_MAX);
	c = xml_next(c);
	xml_fixed(x, c, NULL, "DNSKEY");
	c = xml_next(c);
	s->algorithm = (uint8_t)xml_number(x, c, NULL, 0, UINT8_MAX);
	c = xml_next(c);
	s->labels = (uint8_t)xml_number(x, c, NULL, 0, 127);
	c = xml_next(c);
	s->original_ttl = (uint32_t)xml_number(x, c, NULL, 0, TTL_MAX);
	c = xml_next(c);
	s->expiration = xml_time(x, c, NULL);
	c = xml_next(c);
	s->inception = xml_time(x, c, NULL);
	c = xml_next(c);
	s->tag = (uint16_t)xml_number(x, c, NULL, 0, UINT16_MAX);
	c = xml_next(c);
	s->signer = xml_dname(x, c, NULL, &signer);
	c = xml_next(c);
	if ((s->data = xml_base64(x, c, NULL, &s->len)) != NULL)
		check_sig_form(s, x, c);
}

static void
read_signer(struct bundle *b, struct xml *x, const struct xml_node *n)
{
	char	**name;

	if ((name = array_add(&b->signers, b->nsigners, sizeof(*name))) == NULL) {
		xml_nomem(x);
		return;
	}
	*name = xml_string(x, n, "keyIdentifier");
	b->nsigners++;
}

/*
 * The keys of a bundle and their signatures are one answer of a name server: what fits no
 * message (RFC 1035 4.2.2) is nothing to sign, and would take long to verify.
 */
static void
check_bundle_size(const struct bundle *b, struct xml *x, const struct xml_node *n)
{
	size_t		 i, sum = 0;

	for (i = 0; i < b->nkeys; i++)
		sum += KEY_RR_MIN + b->keys[i].len;
	for (i = 0; i < b->nsigs; i++)
		sum += SIG_RR_MIN + b->sigs[i].len;
	if (sum > MESSAGE_MAX)
		xml_wrong(x, n, "%s: %zu keys and %zu signatures fit no DNS message", xml_name(n),
		    b->nkeys, b->nsigs);
}

void
document_read_bundles(struct bundles *all, struct xml *x, const struct xml_node *n)
{
	const struct xml_node *c;
	struct bundle	*b;

	for (; n != NULL; n = xml_next(n)) {
		if ((b = bundles_add(all)) == NULL) {
			xml_nomem(x);
			return;
		}
		b->line = xml_line(n);
		b->id = xml_string(x, n, "id");
		c = xml_first(n);
		b->inception = xml_time(x, c, NULL);
		c = xml_next(c);
		b->expiration = xml_time(x, c, NULL);
		for (c = xml_next(c); xml_is(c, "Signer"); c = xml_next(c))
			read_signer(b, x, c);
		for (; xml_is(c, "Key"); c = xml_next(c))
			read_key(b, x, c);
		for (; c != NULL; c = xml_next(c))
			read_sig(b, x, c);
		check_bundle_size(b, x, n);
	}
}

/* The value, escaped, between these. */
static int
put(struct buf *b, const char *before, const char *value, const char *after)
{
	if (value == NULL) {
		errno = EINVAL;
		return -1;
	}
	if (buf_puts(b, before) == -1 || xml_escape(b, value) == -1)
		return -1;
	return buf_puts(b, after);
}

int
document_write_root(struct buf *b, const struct heading *h, const char *child)
{
	if (put(b, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<KSR id=\"", h->id, "\"") == -1 ||
	    put(b, " domain=\"", h->domain, "\"") == -1)
		return -1;
	return buf_printf(b, " serial=\"%" PRIu64 "\">\n  <%s>\n", h->serial, child);
}

int
document_write_end(struct buf *b, const char *child)
{
	return buf_printf(b, "  </%s>\n</KSR>\n", child);
}

static int
write_algorithm(struct buf *b, const struct sigalg *a)
{
	int	 rv;

	if (buf_printf(b, "        <SignatureAlgorithm algorithm=\"%u\">\n", a->algorithm) == -1)
		return -1;
	if (a->family == FAMILY_RSA)
		rv = buf_printf(b, "          <RSA size=\"%u\" exponent=\"%" PRIu64 "\"/>\n",
		    a->bits, a->exponent);
	else
		rv = buf_printf(b, "          <%s size=\"%u\"/>\n",
		    a->family == FAMILY_ECDSA ? "ECDSA" : "EdDSA", a->bits);
	if (rv == -1)
		return -1;
	return buf_puts(b, "        </SignatureAlgorithm>\n");
}

int
document_write_policy(struct buf *b, const char *name, const struct sigpolicy *p)
{
	const struct {
		const char	*name;
		int64_t		 value;
	} durations[] = {
		{ "PublishSafety",		p->publish_safety },
		{ "RetireSafety",		p->retire_safety },
		{ "MaxSignatureValidity",	p->max_signature_validity },
		{ "MinSignatureValidity",	p->min_signature_validity },
		{ "MaxValidityOverlap",		p->max_validity_overlap },
		{ "MinValidityOverlap",		p->min_validity_overlap }
	};
	char	 text[ISOTIME_SIZE];
	size_t	 i;

	if (buf_printf(b, "      <%s>\n", name) == -1)
		return -1;
	for (i = 0; i < sizeof(durations) / sizeof(durations[0]); i++)
		if (buf_printf(b, "        <%s>%s</%s>\n", durations[i].name,
		    isoduration_format(text, durations[i].value), durations[i].name) == -1)
			return -1;
	for (i = 0; i < p->nalgs; i++)
		if (write_algorithm(b, &p->algs[i]) == -1)
			return -1;
	return buf_printf(b, "      </%s>\n", name);
}

static int
write_data(struct buf *b, const char *name, const unsigned char *data, size_t len)
{
	if (buf_printf(b, "        <%s>", name) == -1 || base64_encode(b, data, len) == -1)
		return -1;
	return buf_printf(b, "</%s>\n", name);
}

static int
write_key(struct buf *b, const struct key *k)
{
	if (put(b, "      <Key keyIdentifier=\"", k->identifier, "\"") == -1 ||
	    buf_printf(b, " keyTag=\"%u\">\n"
	    "        <TTL>%u</TTL>\n"
	    "        <Flags>%u</Flags>\n"
	    "        <Protocol>%u</Protocol>\n"
	    "        <Algorithm>%u</Algorithm>\n",
	    key_tag(k), k->ttl, k->flags, k->protocol, k->algorithm) == -1 ||
	    write_data(b, "PublicKey", k->public, k->len) == -1)
		return -1;
	return buf_puts(b, "      </Key>\n");
}

static int
write_sig(struct buf *b, const struct sig *s)
{
	char	 until[ISOTIME_SIZE], from[ISOTIME_SIZE];

	if (put(b, "      <Signature keyIdentifier=\"", s->identifier, "\">\n") == -1 ||
	    buf_printf(b, "        <TTL>%u</TTL>\n"
	    "        <TypeCovered>DNSKEY</TypeCovered>\n"
	    "        <Algorithm>%u</Algorithm>\n"
	    "        <Labels>%u</Labels>\n"
	    "        <OriginalTTL>%u</OriginalTTL>\n"
	    "        <SignatureExpiration>%s</SignatureExpiration>\n"
	    "        <SignatureInception>%s</SignatureInception>\n"
	    "        <KeyTag>%u</KeyTag>\n",
	    s->ttl, s->algorithm, s->labels, s->original_ttl,
	    isotime_format(until, s->expiration, "+00:00"),
	    isotime_format(from, s->inception, "+00:00"), s->tag) == -1 ||
	    put(b, "        <SignersName>", s->signer, "</SignersName>\n") == -1 ||
	    write_data(b, "SignatureData", s->data, s->len) == -1)
		return -1;
	return buf_puts(b, "      </Signature>\n");
}

/* Of a bundle whose keys and signatures are in order. */
static int
write_bundle(struct buf *buf, const char *name, const struct bundle *b)
{
	char	 from[ISOTIME_SIZE], until[ISOTIME_SIZE];
	size_t	 i;

	if (buf_printf(buf, "    <%s", name) == -1 || put(buf, " id=\"", b->id, "\">\n") == -1 ||
	    buf_printf(buf, "      <Inception>%s</Inception>\n"
	    "      <Expiration>%s</Expiration>\n",
	    isotime_format(from, b->inception, "+00:00"),
	    isotime_format(until, b->expiration, "+00:00")) == -1)
		return -1;
	for (i = 0; i < b->nsigners; i++)
		if (put(buf, "      <Signer keyIdentifier=\"", b->signers[i], "\"/>\n") == -1)
			return -1;
	for (i = 0; i < b->nkeys; i++)
		if (write_key(buf, &b->keys[i]) == -1)
			return -1;
	for (i = 0; i < b->nsigs; i++)
		if (write_sig(buf, &b->sigs[i]) == -1)
			return -1;
	return buf_printf(buf, "    </%s>\n", name);
}

/* The same keys and signatures, borrowed, in arrays that can be sorted. */
static int
write_sorted(struct buf *buf, const char *name, const struct bundle *b)
{
	struct bundle	 sorted = *b;
	int		 rv = -1;

	sorted.keys = reallocarray(NULL, b->nkeys + 1, sizeof(*sorted.keys));
	sorted.sigs = reallocarray(NULL, b->nsigs + 1, sizeof(*sorted.sigs));
	if (sorted.keys == NULL || sorted.sigs == NULL)
		goto out;
	if (b->nkeys > 0)
		memcpy(sorted.keys, b->keys, b->nkeys * sizeof(*sorted.keys));
	if (b->nsigs > 0)
		memcpy(sorted.sigs, b->sigs, b->nsigs * sizeof(*sorted.sigs));
	if (bundle_sort(&sorted) == 0)
		rv = write_bundle(buf, name, &sorted);
 out:
	free(sorted.keys);
	free(sorted.sigs);
	return rv;
}

int
document_write_bundles(struct buf *b, const char *name, const struct bundles *all)
{
	size_t	 i;

	for (i = 0; i < all->n; i++)
		if (write_sorted(b, name, &all->v[i]) == -1)
			return -1;
	return 0;
}
