#include <stdlib.h>
#include <string.h>

#include "base/digest.h"
#include "model/document.h"
#include "model/ksr.h"

/* The contents of a document that follows the schema. */
static void
read_ksr(struct ksr *k, struct xml *x)
{
	struct heading	 h = { .id = NULL };
	const struct xml_node *child = document_read_root(&h, x), *policy;

	k->id = h.id;
	k->serial = h.serial;
	k->domain = h.domain;
	k->name = h.name;
	if (!xml_is(child, "Request")) {
		xml_wrong(x, child, "this is an SKR: a Response, not a Request");
		return;
	}
	policy = xml_first(child);
	document_read_policy(&k->zsk, x, xml_first(policy));
	document_read_bundles(&k->bundles, x, xml_next(policy));
}

enum verdict
ksr_parse_undigested(struct ksr **out, const struct buf *in, const char *input,
    struct report *rep)
{
	static const struct xml_rules rules = { "KSR-XML", "KSR-SCHEMA" };
	struct xml	*x = NULL;
	struct ksr	*k = NULL;
	enum verdict	 v;

	if ((v = xml_parse(&x, in, input, &rules, rep)) != ACCEPT)
		goto out;
	if ((k = calloc(1, sizeof(*k))) == NULL || (k->input = strdup(input)) == NULL) {
		v = report_fault(rep, NULL, "out of memory");
		goto out;
	}
	read_ksr(k, x);
	if ((v = xml_verdict(x)) == ACCEPT) {
		*out = k;
		k = NULL;
	}
 out:
	ksr_free(k);
	xml_free(x);
	return v;
}

enum verdict
ksr_parse(struct ksr **out, const struct buf *in, const char *input, struct report *rep)
{
	struct ksr	*k;
	enum verdict	 v;

	if ((v = ksr_parse_undigested(&k, in, input, rep)) != ACCEPT)
		return v;
	if (digest_bytes(k->digest, in->data, in->len) == -1) {
		ksr_free(k);
		return report_fault(rep, NULL, "out of memory");
	}
	*out = k;
	return ACCEPT;
}

int
ksr_write(struct buf *b, const struct ksr *k)
{
	const struct heading h = { k->id, k->serial, k->domain, k->name };

	if (document_write_root(b, &h, "Request") == -1 ||
	    buf_puts(b, "    <RequestPolicy>\n") == -1 ||
	    document_write_policy(b, "ZSK", &k->zsk) == -1 ||
	    buf_puts(b, "    </RequestPolicy>\n") == -1 ||
	    document_write_bundles(b, "RequestBundle", &k->bundles) == -1)
		return -1;
	return document_write_end(b, "Request");
}

void
ksr_free(struct ksr *k)
{
	if (k == NULL)
		return;
	free(k->input);
	free(k->id);
	free(k->domain);
	sigpolicy_clear(&k->zsk);
	bundles_clear(&k->bundles);
	free(k);
}
