/*
 * document: what a KSR and an SKR have in common, read from their XML and
 * written to it.
 */
#ifndef MODEL_DOCUMENT_H
#define MODEL_DOCUMENT_H

#include "base/buf.h"
#include "model/bundle.h"
#include "model/xml.h"

#define TTL_MAX		INT32_MAX	/* RFC 2181 8 */
#define RSA_SIG_MAX	512		/* bytes: a modulus of 4096 bits, RFC 3110 2 */
#define RDATA_MAX	65535		/* RFC 1035 3.2.1 */

struct heading {			/* attributes of the root; owned by whoever reads it */
	char		*id;
	uint64_t	 serial;
	char		*domain;	/* as written */
	struct dname	 name;
};

/*
 * Read parts of a document that is as the schema says.  What is wrong with a value is a
 * finding of the document (xml_verdict), and the member stays zero.
 *
 * root: returns the one element inside, a Request or a Response, its
 * timestamp looked at.  policy: a ZSK or KSK element.  bundles: this one
 * and its siblings.
 */
const struct xml_node *document_read_root(struct heading *, struct xml *);
void	 document_read_policy(struct sigpolicy *, struct xml *, const struct xml_node *);
void	 document_read_bundles(struct bundles *, struct xml *, const struct xml_node *);

/*
 * Append parts in the form of ksr(5): keys in canonical order and signatures in the
 * order of their tags, whatever their order in memory.  0, or -1: out of
 * memory, or a value that XML cannot hold.
 */
int	 document_write_root(struct buf *, const struct heading *, const char *child);
int	 document_write_policy(struct buf *, const char *name, const struct sigpolicy *);
int	 document_write_bundles(struct buf *, const char *name, const struct bundles *);
int	 document_write_end(struct buf *, const char *child);

#endif
