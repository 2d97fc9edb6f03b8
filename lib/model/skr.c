#include <stdlib.h>
#include <string.h>

#include "base/digest.h"
#include "model/document.h"
#include "model/skr.h"

/* The contents of a document that follows the schema. */
static void
read_skr(struct skr *s, struct xml *x)
{
	struct heading	 h = { .id = NULL };
	const struct xml_node *child = document_read_root(&h, x), *policy;

	s->id = h.id;
	s->serial = h.serial;
	s->domain = h.domain;
	s->name = h.name;
	if (!xml_is(child, "Response")) {
		xml_wrong(x, child, "this is a KSR: a Request, not a Response");
		return;
	}
	policy = xml_first(child);
	document_read_policy(&s->ksk, x, xml_first(policy));
	document_read_policy(&s->zsk, x, xml_next(xml_first(policy)));
	document_read_bundles(&s->bundles, x, xml_next(policy));
}

enum verdict
skr_parse_undigested(struct skr **out, const struct buf *in, const char *input,
    struct report *rep)
{
	static const struct xml_rules rules = { "SKR-XML", "SKR-SCHEMA" };
	struct xml	*x = NULL;
	struct skr	*s = NULL;
	enum verdict	 v;

	if ((v = xml_parse(&x, in, input, &rules, rep)) != ACCEPT)
		goto out;
	if ((s = calloc(1, sizeof(*s))) == NULL || (s->input = strdup(input)) == NULL) {
		v = report_fault(rep, NULL, "out of memory");
		goto out;
	}
	read_skr(s, x);
	if ((v = xml_verdict(x)) == ACCEPT) {
		*out = s;
		s = NULL;
	}
 out:
	skr_free(s);
	xml_free(x);
	return v;
}

enum verdict
skr_parse(struct skr **out, const struct buf *in, const char *input, struct report *rep)
{
	struct skr	*s;
	enum verdict	 v;

	if ((v = skr_parse_undigested(&s, in, input, rep)) != ACCEPT)
		return v;
	if (digest_bytes(s->digest, in->data, in->len) == -1) {
		skr_free(s);
		return report_fault(rep, NULL, "out of memory");
	}
	*out = s;
	return ACCEPT;
}

int
skr_write(struct buf *b, const struct skr *s)
{
	const struct heading h = { s->id, s->serial, s->domain, s->name };

	if (document_write_root(b, &h, "Response") == -1 ||
	    buf_puts(b, "    <ResponsePolicy>\n") == -1 ||
	    document_write_policy(b, "KSK", &s->ksk) == -1 ||
	    document_write_policy(b, "ZSK", &s->zsk) == -1 ||
	    buf_puts(b, "    </ResponsePolicy>\n") == -1 ||
	    document_write_bundles(b, "ResponseBundle", &s->bundles) == -1)
		return -1;
	return document_write_end(b, "Response");
}

void
skr_free(struct skr *s)
{
	if (s == NULL)
		return;
	free(s->input);
	free(s->id);
	free(s->domain);
	sigpolicy_clear(&s->ksk);
	sigpolicy_clear(&s->zsk);
	bundles_clear(&s->bundles);
	free(s);
}
