#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libxml/catalog.h>
#include <libxml/dict.h>
#include <libxml/parser.h>
#include <libxml/parserInternals.h>
#include <libxml/relaxng.h>
#include <libxml/SAX2.h>
#include <libxml/xmlerror.h>

#include "base/array.h"
#include "model/xml.h"
#include "model/xml_scan.h"

#define DEPTH_MAX	16		/* elements inside each other; a KSR has 6 */
#define ATTRS_MAX	8		/* of one element; the schema allows 3 */
#define WORDS_MAX	256		/* of a message */

static const char schema_text[] =
#include "schema.h"
;

struct xml_attr {
	const char	*name;
	struct xml_span	 value;
};

/*
 * Nodes stand in document order: the first child of one is the next in the
 * array, its next sibling stands behind its descendants.  There are many: each is kept
 * small.  A document is no longer than INT_MAX, nor a tag than XML_TAG_MAX.
 */
struct xml_node {
	const char	*name;		/* of the dictionary */
	const char	*text;
	unsigned	 len;		/* of text */
	unsigned	 attr;		/* index of the first */
	unsigned	 line;
	unsigned	 size;		/* nodes in this subtree, itself included */
	unsigned short	 nattrs;
	bool		 next;		/* it has a next sibling */
	bool		 mixed;
};

struct xml {
	const struct xml_rules *rules;
	const char	*input;
	struct report	*rep;
	enum verdict	 verdict;
	size_t		 findings;
	xmlDictPtr	 dict;		/* keeps the names */
	struct xml_node	*nodes;
	size_t		 nnodes;
	struct xml_attr	*attrs;
	size_t		 nattrs;
	const char	*data;		/* the document: what it says is mostly read there */
	size_t		 size;
	char		*text;		/* as large: what it says otherwise than it stands there */
	size_t		 len;
};

/* What went wrong first while reading. */
struct mishap {
	bool		 set;
	unsigned long	 line;
	unsigned long	 column;
	char		 words[WORDS_MAX];
};

struct open {				/* an element whose end has not been seen */
	size_t		 node;
	size_t		 last;		/* its latest child, or itself */
};

struct reader {
	struct xml	*x;
	xmlParserCtxtPtr ctxt;
	xmlRelaxNGValidCtxtPtr valid;	/* NULL: no schema */
	xmlNode		 element;	/* what the validator is shown, one at a time */
	xmlAttr		 attrs[ATTRS_MAX];
	struct open	 open[DEPTH_MAX];
	size_t		 depth;
	size_t		 tags;		/* open ones, counted also when nothing is kept */
	struct xml_span	 text;		/* since the last tag */
	bool		 solid;		/* it is more than white space */
	bool		 nomem;
	struct mishap	 xml;		/* no XML: reading has stopped */
	struct mishap	 schema;	/* no such document: only XML is still looked at */
	char		 words[WORDS_MAX];	/* the validator's latest message */
};

static void
mishap(struct mishap *m, unsigned long line, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

static void
mishap(struct mishap *m, unsigned long line, const char *fmt, ...)
{
	va_list		 ap;

	if (m->set)
		return;
	m->set = true;
	m->line = line;
	va_start(ap, fmt);
	(void)vsnprintf(m->words, sizeof(m->words), fmt, ap);
	va_end(ap);
}

static unsigned long
line_now(const struct reader *r)
{
	int		 line = r->ctxt->input != NULL ? r->ctxt->input->line : 0;

	return line > 0 ? (unsigned long)line : 0;
}

static void
out_of_memory(struct reader *r)
{
	r->nomem = true;
	xmlStopParser(r->ctxt);
}

/* Nothing more is to be read: building the tree is over. */
static bool
done(const struct reader *r)
{
	return r->nomem || r->xml.set || r->schema.set;
}

static bool
is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static bool
is_blank(const char *p, size_t len)
{
	while (len > 0 && is_space(*p))
		p++, len--;
	return len == 0;
}

/*
 * libxml2's messages.  It is stopped at the first error that is none of a mere
 * warning: what it makes of the rest is of no use, and not bounded in time.
 */
#if LIBXML_VERSION >= 21200
typedef const xmlError *error_ptr;
#else
typedef xmlErrorPtr error_ptr;
#endif

static void
copy_words(char to[WORDS_MAX], error_ptr e)
{
	size_t		 n;

	(void)snprintf(to, WORDS_MAX, "%s", e->message != NULL ? e->message : "unknown error");
	n = strlen(to);
	while (n > 0 && is_space(to[n - 1]))
		to[--n] = '\0';
}

static void
on_error(void *user, error_ptr e)
{
	struct reader	*r = user;
	char		 words[WORDS_MAX];

	if (e->level < XML_ERR_ERROR || r->xml.set)
		return;
	if (e->code == XML_ERR_NO_MEMORY) {
		out_of_memory(r);
		return;
	}
	copy_words(words, e);
	mishap(&r->xml, e->line > 0 ? (unsigned long)e->line : 0, "%s", words);
	r->xml.column = e->int2 > 0 ? (unsigned long)e->int2 : 0;
	xmlStopParser(r->ctxt);
}

static void
on_schema_error(void *user, error_ptr e)
{
	struct reader	*r = user;

	if (r->words[0] == '\0')
		copy_words(r->words, e);
}

static void
ignore_error(void *user, error_ptr e)
{
	(void)user;
	(void)e;
}

static void
ignore_words(void *user, const char *fmt, ...)
{
	(void)user;
	(void)fmt;
}

static xmlParserInputPtr
load_nothing(const char *url, const char *id, xmlParserCtxtPtr ctxt)
{
	(void)url;
	(void)id;
	(void)ctxt;
	return NULL;
}

static void
start_library(void)
{
	static bool	 started;

	if (started)
		return;
	xmlInitParser();
	xmlCatalogSetDefaults(XML_CATA_ALLOW_NONE);
	xmlSetExternalEntityLoader(load_nothing);
	xmlSetGenericErrorFunc(NULL, ignore_words);
	xmlSetStructuredErrorFunc(NULL, ignore_error);
	started = true;
}

/* The compiled schema, made once in a process; NULL: it cannot be. */
static xmlRelaxNGPtr
schema(void)
{
	static xmlRelaxNGPtr compiled;
	xmlRelaxNGParserCtxtPtr ctxt;

	if (compiled != NULL)
		return compiled;
	ctxt = xmlRelaxNGNewMemParserCtxt(schema_text, (int)sizeof(schema_text) - 1);
	if (ctxt == NULL)
		return NULL;
	compiled = xmlRelaxNGParse(ctxt);
	xmlRelaxNGFreeParserCtxt(ctxt);
	return compiled;
}

/*
 * Show the validator one start tag, as a node that lives no longer than the call.
 * Values stay out: to the schema all of them are text.
 */
static int
show_start(struct reader *r, const xmlChar *name, int nattrs, const xmlChar **attrs)
{
	int		 i;

	if (nattrs > ATTRS_MAX) {
		mishap(&r->schema, line_now(r), "%s: too many attributes", name);
		return -1;
	}
	r->element.name = name;
	r->element.properties = nattrs > 0 ? r->attrs : NULL;
	for (i = 0; i < nattrs; i++) {
		r->attrs[i].name = attrs[5 * i];
		r->attrs[i].next = i + 1 < nattrs ? &r->attrs[i + 1] : NULL;
	}
	r->words[0] = '\0';
	if (xmlRelaxNGValidatePushElement(r->valid, NULL, &r->element) == 1)
		return 0;
	if (strstr(r->words, "failed to validate attributes") != NULL)
		mishap(&r->schema, line_now(r), "%s lacks an attribute", name);
	else
		mishap(&r->schema, line_now(r), "%s is not as the schema has it here (%s)",
		    name, r->words);
	return -1;
}

static int
show_end(struct reader *r, const xmlChar *name)
{
	r->element.name = name;
	r->element.properties = NULL;
	if (xmlRelaxNGValidatePopElement(r->valid, NULL, &r->element) != 1) {
		mishap(&r->schema, line_now(r), "%s ends where the schema has more of it", name);
		return -1;
	}
	return 0;
}

static void
show_text(struct reader *r)
{
	if (xmlRelaxNGValidatePushCData(r->valid, BAD_CAST "text", 4) != 1)
		mishap(&r->schema, line_now(r), "%s has text where the schema has none",
		    r->x->nodes[r->open[r->depth - 1].node].name);
}

/* The text since the last tag stands beside an element: it is no value. */
static void
drop_text(struct reader *r)
{
	if (r->depth > 0 && r->solid)
		r->x->nodes[r->open[r->depth - 1].node].mixed = true;
}

static void
begin_text(struct reader *r)
{
	r->text = (struct xml_span){ "", 0 };
	r->solid = false;
}

static bool
in_document(const struct xml *x, const char *p)
{
	return (uintptr_t)p >= (uintptr_t)x->data && (uintptr_t)p < (uintptr_t)x->data + x->size;
}

/* No document says more than it has bytes, so there is room; see that it is so. */
static void
keep(struct xml *x, const char *data, size_t len)
{
	if (len > x->size - x->len)
		len = x->size - x->len;
	memcpy(x->text + x->len, data, len);
	x->len += len;
}

/*
 * More of the text.  The library hands over a piece of the document itself wherever that says
 * what it says: one such piece is left there, and so are several without a gap.
 */
static void
add_text(struct reader *r, const char *p, size_t len)
{
	struct xml	*x = r->x;
	struct xml_span	*t = &r->text;
	const char	*copy;

	if (in_document(x, p) && (t->len == 0 || p == t->p + t->len)) {
		if (t->len == 0)
			t->p = p;
		t->len += len;
		return;
	}
	if (t->len == 0 || in_document(x, t->p)) {
		copy = x->text + x->len;
		keep(x, t->p, t->len);
		t->p = copy;
	}
	keep(x, p, len);
	t->len = (size_t)(x->text + x->len - t->p);
}

/*
 * An attribute's value as it is.  The library leaves one thing undone when it does not
 * replace entities: an ampersand, however written, comes as "&#38;".
 */
static struct xml_span
keep_value(struct xml *x, const char *p, const char *end)
{
	const char	*value = x->text + x->len, *amp;

	amp = memchr(p, '&', (size_t)(end - p));
	if (amp == NULL && in_document(x, p))
		return (struct xml_span){ p, (size_t)(end - p) };
	for (; amp != NULL; amp = memchr(p, '&', (size_t)(end - p))) {
		keep(x, p, (size_t)(amp + 1 - p));
		p = amp + 1;
		if (end - p >= 4 && memcmp(p, "#38;", 4) == 0)
			p += 4;
	}
	keep(x, p, (size_t)(end - p));
	return (struct xml_span){ value, (size_t)(x->text + x->len - value) };
}

static int
keep_attrs(struct reader *r, int nattrs, const xmlChar **attrs)
{
	struct xml	*x = r->x;
	struct xml_attr	*a;
	int		 i;

	for (i = 0; i < nattrs; i++, attrs += 5) {
		if (attrs[1] != NULL || attrs[2] != NULL) {
			mishap(&r->schema, line_now(r), "attribute %s is in a namespace", attrs[0]);
			return -1;
		}
		if ((a = array_add(&x->attrs, x->nattrs, sizeof(*a))) == NULL) {
			out_of_memory(r);
			return -1;
		}
		x->nattrs++;
		a->name = (const char *)attrs[0];
		a->value = keep_value(x, (const char *)attrs[3], (const char *)attrs[4]);
	}
	return 0;
}

static int
keep_element(struct reader *r, const xmlChar *name, int nattrs, const xmlChar **attrs)
{
	struct xml	*x = r->x;
	struct open	*parent;
	struct xml_node	*n;

	if ((n = array_add(&x->nodes, x->nnodes, sizeof(*n))) == NULL) {
		out_of_memory(r);
		return -1;
	}
	n->name = (const char *)name;
	n->line = (unsigned)line_now(r);
	n->attr = (unsigned)x->nattrs;
	n->nattrs = (unsigned short)nattrs;
	n->size = 1;
	if (r->depth > 0) {
		parent = &r->open[r->depth - 1];
		x->nodes[parent->last].next = parent->last != parent->node;
		parent->last = x->nnodes;
	}
	r->open[r->depth++] = (struct open){ x->nnodes, x->nnodes };
	x->nnodes++;
	return keep_attrs(r, nattrs, attrs);
}

static void
on_start(void *user, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri,
    int nspaces, const xmlChar **spaces, int nattrs, int ndefaults, const xmlChar **attrs)
{
	struct reader	*r = user;

	(void)nspaces;
	(void)spaces;
	(void)ndefaults;
	if (++r->tags > DEPTH_MAX) {
		/* The library looks each tag up in the namespaces of all that are open. */
		mishap(&r->schema, line_now(r), "elements are nested too deeply");
		xmlStopParser(r->ctxt);
	}
	if (done(r))
		return;
	if (prefix != NULL || uri != NULL) {
		mishap(&r->schema, line_now(r), "%s is in a namespace", name);
		return;
	}
	if (r->valid != NULL && show_start(r, name, nattrs, attrs) == -1)
		return;
	drop_text(r);
	if (keep_element(r, name, nattrs, attrs) == -1)
		return;
	begin_text(r);
}

static void
on_end(void *user, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri)
{
	struct reader	*r = user;
	struct xml	*x = r->x;
	struct xml_node	*n;

	(void)prefix;
	(void)uri;
	r->tags--;
	if (done(r) || (r->valid != NULL && show_end(r, name) == -1))
		return;
	n = &x->nodes[r->open[r->depth - 1].node];
	n->size = (unsigned)(&x->nodes[x->nnodes] - n);
	if (n->size > 1) {
		drop_text(r);
		begin_text(r);
	}
	n->text = r->text.p;
	n->len = (unsigned)r->text.len;
	r->depth--;
	begin_text(r);
}

static void
on_text(void *user, const xmlChar *text, int len)
{
	struct reader	*r = user;

	if (done(r) || r->depth == 0 || len <= 0)
		return;
	/* The validator is told once, and never of white space alone. */
	if (!r->solid && !is_blank((const char *)text, (size_t)len)) {
		r->solid = true;
		if (r->valid != NULL)
			show_text(r);
	}
	add_text(r, (const char *)text, (size_t)len);
}

static void
on_doctype(void *user, const xmlChar *name, const xmlChar *id, const xmlChar *url)
{
	struct reader	*r = user;

	(void)name;
	(void)id;
	(void)url;
	mishap(&r->xml, line_now(r), "a DOCTYPE is not allowed");
	xmlStopParser(r->ctxt);
}

/* Without handlers for comments and processing instructions they leave no trace. */
static void
set_handlers(struct reader *r)
{
	xmlSAXHandler	*sax = r->ctxt->sax;

	memset(sax, 0, sizeof(*sax));
	sax->initialized = XML_SAX2_MAGIC;
	sax->internalSubset = on_doctype;
	sax->startElementNs = on_start;
	sax->endElementNs = on_end;
	sax->characters = on_text;
	sax->ignorableWhitespace = on_text;
	sax->cdataBlock = on_text;
	sax->serror = on_error;
	r->ctxt->userData = r;
}

/*
 * The bytes where they are, which end with a NUL: other ways to read memory copy it twice.  That
 * they are UTF-8, and declare nothing else, has been seen by xml_scan.
 */
static void
parse(struct reader *r, const unsigned char *data)
{
	xmlParserInputPtr input;

	if (xmlCtxtUseOptions(r->ctxt, XML_PARSE_NONET | XML_PARSE_BIG_LINES |
	    XML_PARSE_IGNORE_ENC) != 0 ||
	    (input = xmlNewStringInputStream(r->ctxt, data)) == NULL ||
	    inputPush(r->ctxt, input) == -1) {
		out_of_memory(r);
		return;
	}
	(void)xmlParseDocument(r->ctxt);
	xmlFreeDoc(r->ctxt->myDoc);
	r->ctxt->myDoc = NULL;
}

static void
read_bytes(struct reader *r, const unsigned char *data)
{
	set_handlers(r);
	parse(r, data);
	if (r->nomem || r->xml.set || r->tags > DEPTH_MAX)
		return;
	if (r->ctxt->wellFormed != 1)
		mishap(&r->xml, line_now(r), "it is not well-formed");
	else if (r->ctxt->version != NULL && strcmp((const char *)r->ctxt->version, "1.0") != 0)
		mishap(&r->xml, 1, "it is not XML 1.0");
	else if (!r->schema.set && r->x->nnodes == 0)
		mishap(&r->xml, 0, "there is no element in it");
}

static enum verdict
add_finding(struct xml *x, const char *rule, const struct mishap *m)
{
	struct spot	 at = { x->input, m->line, m->column };

	if (rule == NULL)
		return report_fault(x->rep, &at, "%s", m->words);
	return report_broken(x->rep, &at, rule, "%s", m->words);
}

static enum verdict
judge(struct reader *r)
{
	const struct xml_rules *rules = r->x->rules;

	if (r->nomem)
		return report_fault(r->x->rep, NULL, "out of memory");
	/* What is no XML has no structure to speak of. */
	if (r->xml.set)
		return add_finding(r->x, rules != NULL ? rules->xml : NULL, &r->xml);
	if (r->schema.set)
		return add_finding(r->x, rules != NULL ? rules->schema : NULL, &r->schema);
	return ACCEPT;
}

static enum verdict
refuse_bytes(struct xml *x, const unsigned char *data, size_t at, const char *why)
{
	struct mishap	 m = { .set = false };
	unsigned long	 line = 1;
	size_t		 i;

	for (i = 0; i < at; i++)
		line += data[i] == '\n';
	mishap(&m, line, "%s", why);
	return add_finding(x, x->rules != NULL ? x->rules->xml : NULL, &m);
}

/* The document without a byte-order mark, which says nothing in UTF-8. */
static struct buf
without_mark(const struct buf *in)
{
	struct buf	 b = *in;

	if (b.len >= 3 && memcmp(b.data, "\xef\xbb\xbf", 3) == 0) {
		b.data += 3;
		b.len -= 3;
	}
	return b;
}

static int
reader_open(struct reader *r, struct xml *x, const struct buf *b)
{
	xmlRelaxNGPtr	 compiled;
	size_t		 i;

	start_library();
	memset(r, 0, sizeof(*r));
	r->x = x;
	begin_text(r);
	x->data = (const char *)b->data;
	x->size = b->len;
	if ((x->text = malloc(b->len + 1)) == NULL || (r->ctxt = xmlNewParserCtxt()) == NULL)
		return -1;
	x->dict = r->ctxt->dict;
	if (xmlDictReference(x->dict) == -1) {
		x->dict = NULL;
		return -1;
	}
	if (x->rules == NULL)
		return 0;
	r->element.type = XML_ELEMENT_NODE;
	for (i = 0; i < ATTRS_MAX; i++) {
		r->attrs[i].type = XML_ATTRIBUTE_NODE;
		r->attrs[i].parent = &r->element;
		r->attrs[i].prev = i > 0 ? &r->attrs[i - 1] : NULL;
	}
	if ((compiled = schema()) == NULL ||
	    (r->valid = xmlRelaxNGNewValidCtxt(compiled)) == NULL)
		return -1;
	xmlRelaxNGSetValidStructuredErrors(r->valid, on_schema_error, r);
	return 0;
}

static void
reader_close(struct reader *r)
{
	xmlRelaxNGFreeValidCtxt(r->valid);
	xmlFreeParserCtxt(r->ctxt);
}

enum verdict
xml_parse(struct xml **out, const struct buf *in, const char *input,
    const struct xml_rules *rules, struct report *rep)
{
	struct buf	 b = without_mark(in);
	struct reader	 r = { .x = NULL };
	struct xml	*x = NULL;
	enum verdict	 v = FAULT;
	const char	*why;
	size_t		 at;

	if ((x = calloc(1, sizeof(*x))) == NULL) {
		v = report_fault(rep, NULL, "out of memory");
		goto out;
	}
	x->rules = rules;
	x->input = input;
	x->rep = rep;
	at = 0;
	if ((why = b.len > INT_MAX ? "it is too long" :
	    xml_scan(b.data, b.len, XML_TAG_MAX, &at)) != NULL) {
		v = refuse_bytes(x, b.data, at, why);
		goto out;
	}
	if (reader_open(&r, x, &b) == -1) {
		v = report_fault(rep, NULL, "the XML reader cannot be set up");
		goto out;
	}
	read_bytes(&r, b.data);
	if ((v = judge(&r)) == ACCEPT) {
		*out = x;
		x = NULL;
	}
 out:
	reader_close(&r);
	xml_free(x);
	return v;
}

void
xml_free(struct xml *x)
{
	if (x == NULL)
		return;
	free(x->nodes);
	free(x->attrs);
	free(x->text);
	xmlDictFree(x->dict);
	free(x);
}

const struct xml_node *
xml_root(const struct xml *x)
{
	return x->nodes;
}

const struct xml_node *
xml_first(const struct xml_node *n)
{
	return n != NULL && n->size > 1 ? n + 1 : NULL;
}

const struct xml_node *
xml_next(const struct xml_node *n)
{
	return n != NULL && n->next ? n + n->size : NULL;
}

const char *
xml_name(const struct xml_node *n)
{
	return n->name;
}

bool
xml_is(const struct xml_node *n, const char *name)
{
	return n != NULL && strcmp(n->name, name) == 0;
}

unsigned long
xml_line(const struct xml_node *n)
{
	return n->line;
}

struct xml_span
xml_text(const struct xml_node *n)
{
	return (struct xml_span){ n->text, n->len };
}

bool
xml_attr(const struct xml *x, const struct xml_node *n, const char *name,
    struct xml_span *value)
{
	size_t		 i;

	for (i = n->attr; i < (size_t)n->attr + n->nattrs; i++)
		if (strcmp(x->attrs[i].name, name) == 0) {
			*value = x->attrs[i].value;
			return true;
		}
	return false;
}

size_t
xml_attr_count(const struct xml_node *n)
{
	return n->nattrs;
}

bool
xml_mixed(const struct xml_node *n)
{
	return n->mixed;
}

void
xml_wrong(struct xml *x, const struct xml_node *n, const char *fmt, ...)
{
	struct mishap	 m = { .set = true, .line = n->line };
	va_list		 ap;

	if (++x->findings > XML_FINDINGS) {
		if (x->findings > XML_FINDINGS + 1)
			return;
		fmt = "and more of this kind";
	}
	va_start(ap, fmt);
	(void)vsnprintf(m.words, sizeof(m.words), fmt, ap);
	va_end(ap);
	x->verdict = verdict_worse(x->verdict,
	    add_finding(x, x->rules != NULL ? x->rules->schema : NULL, &m));
}

void
xml_nomem(struct xml *x)
{
	if (x->verdict != FAULT)
		x->verdict = report_fault(x->rep, NULL, "out of memory");
}

enum verdict
xml_verdict(const struct xml *x)
{
	return x->verdict;
}
