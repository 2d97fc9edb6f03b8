/*
 * xml: a document from untrusted bytes, held to XML 1.0 in UTF-8 without DOCTYPE,
 * and to the schema of KSR and SKR; then strict getters for what it contains.
 * Not for use by several threads at once.
 */
#ifndef MODEL_XML_H
#define MODEL_XML_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/report.h"
#include "model/dname.h"

#define XML_TAG_MAX	2048		/* bytes of a tag, from < to > */
#define XML_NAME_MAX	255		/* bytes of what xml_string returns */
#define XML_FINDINGS	100		/* listed for a document at most */

struct xml;
struct xml_node;			/* an element; lives as long as its document */

/* What a document says somewhere; no NUL stands behind it.  It lives as long as the document. */
struct xml_span {
	const char	*p;
	size_t		 len;
};

/* The rules that a document is held to, for the report. */
struct xml_rules {
	const char	*xml;		/* what is no XML, or more than we read of it */
	const char	*schema;	/* what is no such document */
};

/*
 * Read and, with rules, validate against the schema of KSR and SKR.  Without rules
 * (NULL) there is no schema, and everything wrong is a fault.  Time and memory are
 * linear in the size.  ACCEPT and *out set, else *out unchanged and a finding
 * added.  "input" names the bytes in messages and is borrowed, as are the bytes
 * themselves, rules and report, until xml_free.
 */
enum verdict	 xml_parse(struct xml **out, const struct buf *, const char *input,
		    const struct xml_rules *, struct report *);
void		 xml_free(struct xml *);

/* The tree: the root, the first element inside, the next beside it, or NULL. */
const struct xml_node *xml_root(const struct xml *);
const struct xml_node *xml_first(const struct xml_node *);
const struct xml_node *xml_next(const struct xml_node *);

const char	*xml_name(const struct xml_node *);
bool		 xml_is(const struct xml_node *, const char *name);	/* false for NULL */
unsigned long	 xml_line(const struct xml_node *);

/*
 * What stands in the element (text and CDATA, comments left out), or in one of its
 * attributes.  Text that stands beside elements is no text: xml_mixed.  xml_attr is
 * false, and *value unchanged, where there is no such attribute.
 */
struct xml_span	 xml_text(const struct xml_node *);
bool		 xml_attr(const struct xml *, const struct xml_node *, const char *name,
		    struct xml_span *value);
size_t		 xml_attr_count(const struct xml_node *);
bool		 xml_mixed(const struct xml_node *);

/*
 * Add a finding at this element: REFUSE by rules->schema, or a fault without
 * rules.  xml_verdict is what all findings of this document so far amount to.
 */
void		 xml_wrong(struct xml *, const struct xml_node *, const char *fmt, ...)
		    __attribute__((format(printf, 3, 4)));
void		 xml_nomem(struct xml *);		/* a fault */
enum verdict	 xml_verdict(const struct xml *);

/*
 * Typed getters: of the attribute "attr", or of the element's text where attr is
 * NULL.  What is missing or not of the type is a finding, and 0 or NULL comes
 * back: read on, and look at xml_verdict at the end.  White space around a
 * value is ignored, but not around that of xml_string.
 *
 * number: decimal digits, leading zeros allowed, min to max.
 * time, duration: isotime_parse, isoduration_parse without weeks.
 * string: as it stands, not empty, at most XML_NAME_MAX bytes; the caller frees.
 * name: a legal domain name (dname_parse), printable; as written; the caller frees.
 * fixed: this value and no other.
 * base64: base64_decode; the caller frees.
 */
uint64_t	 xml_number(struct xml *, const struct xml_node *, const char *attr,
		    uint64_t min, uint64_t max);
int64_t		 xml_time(struct xml *, const struct xml_node *, const char *attr);
int64_t		 xml_duration(struct xml *, const struct xml_node *, const char *attr);
char		*xml_string(struct xml *, const struct xml_node *, const char *attr);
char		*xml_dname(struct xml *, const struct xml_node *, const char *attr,
		    struct dname *);
void		 xml_fixed(struct xml *, const struct xml_node *, const char *attr,
		    const char *value);
unsigned char	*xml_base64(struct xml *, const struct xml_node *, const char *attr,
		    size_t *len);

/*
 * Append text so that it is read back as it is, in an attribute in double quotes
 * or in an element.  0, or -1: out of memory (errno ENOMEM), or a character
 * that XML cannot hold or bytes that are not UTF-8 (errno EINVAL).
 */
int		 xml_escape(struct buf *, const char *text);

#endif
