#include <stdlib.h>
#include <string.h>

#include <yaml.h>

#include "base/secret.h"
#include "model/policy_yaml.h"

#define MAX_DEPTH	8		/* a schema's list of keys is at 5 */
#define MAX_NODES	50000

struct source {
	yaml_parser_t	 parser;
	const struct buf *in;
	const char	*input;
	struct report	*rep;
	size_t		 bom;		/* bytes before the text */
	size_t		 nodes;
};

static void
fault_at(const struct source *s, unsigned long line, unsigned long column, const char *text)
{
	struct spot	 at = { s->input, line, column };

	report_fault(s->rep, &at, "%s", text);
}

/* libyaml counts lines and columns from 0. */
static void
fault(const struct source *s, const yaml_mark_t *mark, const char *text)
{
	fault_at(s, mark->line + 1, mark->column + 1, text);
}

/* A fault in the encoding has an offset in bytes only. */
static void
fault_offset(const struct source *s, size_t offset, const char *text)
{
	unsigned long	 line = 1, column = 1;
	size_t		 i;

	for (i = 0; i < offset && i < s->in->len; i++) {
		column++;
		if (s->in->data[i] == '\n') {
			line++;
			column = 1;
		}
	}
	fault_at(s, line, column, text);
}

static void
fault_parser(const struct source *s)
{
	const yaml_parser_t	*p = &s->parser;

	if (p->error == YAML_MEMORY_ERROR || p->problem == NULL)
		fault(s, &p->mark, "out of memory");
	else if (p->error == YAML_READER_ERROR)
		fault_offset(s, s->bom + p->problem_offset, p->problem);
	else
		fault(s, &p->problem_mark, p->problem);
}

static int
next_event(struct source *s, yaml_event_t *ev)
{
	if (yaml_parser_parse(&s->parser, ev) == 1)
		return 0;
	fault_parser(s);
	return -1;
}

/* An event may hold the text of a PIN. */
static void
drop_event(yaml_event_t *ev)
{
	if (ev->type == YAML_SCALAR_EVENT)
		secret_wipe(ev->data.scalar.value, ev->data.scalar.length);
	yaml_event_delete(ev);
}

static void
node_free(struct node *n)
{
	if (n == NULL)
		return;
	if (n->text != NULL)
		secret_wipe(n->text, strlen(n->text));
	free(n->text);
	free(n->name);
	free(n);
}

/* No deeper than MAX_DEPTH. */
void
policy_yaml_free(struct node *n)
{
	struct node	*next;

	for (; n != NULL; n = next) {
		next = n->next;
		policy_yaml_free(n->child);
		node_free(n);
	}
}

const struct node *
policy_yaml_find(const struct node *map, const char *name)
{
	const struct node	*n;

	for (n = map->child; n != NULL; n = n->next)
		if (n->name != NULL && strcmp(n->name, name) == 0)
			return n;
	return NULL;
}

/* Anchors, tags and aliases would let a file say one thing and show another. */
static int
refuse_marks(const struct source *s, const yaml_event_t *ev)
{
	const yaml_char_t	*anchor = NULL, *tag = NULL;

	switch (ev->type) {
	case YAML_SCALAR_EVENT:
		anchor = ev->data.scalar.anchor;
		tag = ev->data.scalar.tag;
		break;
	case YAML_SEQUENCE_START_EVENT:
		anchor = ev->data.sequence_start.anchor;
		tag = ev->data.sequence_start.tag;
		break;
	case YAML_MAPPING_START_EVENT:
		anchor = ev->data.mapping_start.anchor;
		tag = ev->data.mapping_start.tag;
		break;
	default:
		fault(s, &ev->start_mark, "a policy has no aliases");
		return -1;
	}
	if (anchor == NULL && tag == NULL)
		return 0;
	fault(s, &ev->start_mark, anchor != NULL ? "a policy has no anchors" : "a policy has no tags");
	return -1;
}

/* A copy of the scalar's text, or NULL after a fault. */
static char *
scalar_text(const struct source *s, const yaml_event_t *ev)
{
	const char	*value = (const char *)ev->data.scalar.value;
	size_t		 len = ev->data.scalar.length;
	char		*text;

	if (memchr(value, '\0', len) != NULL) {
		fault(s, &ev->start_mark, "a NUL byte in a value");
		return NULL;
	}
	if ((text = malloc(len + 1)) == NULL) {
		fault(s, &ev->start_mark, "out of memory");
		return NULL;
	}
	memcpy(text, value, len);
	text[len] = '\0';
	return text;
}

/* How YAML 1.1 writes that there is no value. */
static bool
says_null(const yaml_event_t *ev)
{
	static const char *const words[] = { "", "~", "null", "Null", "NULL" };
	size_t	 i;

	if (ev->data.scalar.style != YAML_PLAIN_SCALAR_STYLE)
		return false;
	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strcmp((const char *)ev->data.scalar.value, words[i]) == 0)
			return true;
	return false;
}

/* The node of an event without its children. */
static struct node *
node_new(struct source *s, const yaml_event_t *ev)
{
	struct node	*n;

	if (refuse_marks(s, ev) == -1)
		return NULL;
	if (++s->nodes > MAX_NODES) {
		fault(s, &ev->start_mark, "too many values");
		return NULL;
	}
	if ((n = calloc(1, sizeof(*n))) == NULL) {
		fault(s, &ev->start_mark, "out of memory");
		return NULL;
	}
	n->line = ev->start_mark.line + 1;
	n->column = ev->start_mark.column + 1;
	n->kind = ev->type == YAML_MAPPING_START_EVENT ? NODE_MAP :
	    ev->type == YAML_SEQUENCE_START_EVENT ? NODE_LIST : NODE_SCALAR;
	if (n->kind == NODE_SCALAR) {
		if ((n->text = scalar_text(s, ev)) == NULL) {
			node_free(n);
			return NULL;
		}
		n->null = says_null(ev);
	}
	return n;
}

/* The name of a map's next value; its position goes into *mark. */
static char *
map_name(struct source *s, const yaml_event_t *ev, yaml_mark_t *mark)
{
	if (ev->type != YAML_ALIAS_EVENT && ev->type != YAML_SCALAR_EVENT) {
		fault(s, &ev->start_mark, "a name must be a word");
		return NULL;
	}
	if (refuse_marks(s, ev) == -1)
		return NULL;
	if (says_null(ev) || ev->data.scalar.length == 0) {
		fault(s, &ev->start_mark, "a value without a name");
		return NULL;
	}
	if (strcmp((const char *)ev->data.scalar.value, "<<") == 0) {
		fault(s, &ev->start_mark, "a policy has no merge keys");
		return NULL;
	}
	*mark = ev->start_mark;
	return scalar_text(s, ev);
}

static int
by_name(const void *a, const void *b)
{
	const struct node	*x = *(const struct node *const *)a;
	const struct node	*y = *(const struct node *const *)b;
	int			 c = strcmp(x->name, y->name);

	if (c != 0)
		return c;
	if (x->name_line != y->name_line)
		return x->name_line < y->name_line ? -1 : 1;
	return x->name_column < y->name_column ? -1 : x->name_column > y->name_column;
}

/* Sorted, so that a hostile map costs no more than n log n. */
static int
refuse_duplicates(const struct source *s, const struct node *map)
{
	const struct node	**v, *n;
	struct spot		 at;
	size_t			 i = 0;
	int			 rv = 0;

	if (map->n < 2)
		return 0;
	if ((v = calloc(map->n, sizeof(*v))) == NULL) {
		fault_at(s, map->line, map->column, "out of memory");
		return -1;
	}
	for (n = map->child; n != NULL; n = n->next)
		v[i++] = n;
	qsort(v, map->n, sizeof(*v), by_name);
	for (i = 1; i < map->n && rv == 0; i++) {
		if (strcmp(v[i - 1]->name, v[i]->name) != 0)
			continue;
		at = (struct spot){ s->input, v[i]->name_line, v[i]->name_column };
		report_fault(s->rep, &at, "\"%.64s\" stands here again, first in line %lu",
		    v[i]->name, v[i - 1]->name_line);
		rv = -1;
	}
	free(v);
	return rv;
}

static struct node *build(struct source *, const yaml_event_t *, unsigned);

/*
 * The next child of a map or list.  1: *out set; 0: the collection has ended;
 * -1: a fault.
 */
static int
next_child(struct source *s, const struct node *parent, unsigned depth, struct node **out)
{
	yaml_event_t	 ev;
	yaml_mark_t	 mark = { 0, 0, 0 };
	struct node	*n;
	char		*name = NULL;

	if (next_event(s, &ev) == -1)
		return -1;
	if (ev.type == YAML_MAPPING_END_EVENT || ev.type == YAML_SEQUENCE_END_EVENT) {
		yaml_event_delete(&ev);
		return 0;
	}
	if (parent->kind == NODE_MAP) {
		name = map_name(s, &ev, &mark);
		drop_event(&ev);
		if (name == NULL)
			return -1;
		if (next_event(s, &ev) == -1) {
			free(name);
			return -1;
		}
	}
	n = build(s, &ev, depth);
	drop_event(&ev);
	if (n == NULL) {
		free(name);
		return -1;
	}
	n->name = name;
	n->name_line = mark.line + 1;
	n->name_column = mark.column + 1;
	*out = n;
	return 1;
}

static struct node *
build(struct source *s, const yaml_event_t *ev, unsigned depth)
{
	struct node	*n, *child = NULL, **tail;
	int		 more;

	if (depth > MAX_DEPTH) {
		fault(s, &ev->start_mark, "nested too deeply");
		return NULL;
	}
	if ((n = node_new(s, ev)) == NULL || n->kind == NODE_SCALAR)
		return n;
	tail = &n->child;
	while ((more = next_child(s, n, depth + 1, &child)) == 1) {
		*tail = child;
		tail = &child->next;
		n->n++;
	}
	if (more == 0 && n->kind == NODE_MAP)
		more = refuse_duplicates(s, n);
	if (more == 0)
		return n;
	policy_yaml_free(n);
	return NULL;
}

/* Read one event of this kind and throw it away. */
static int
expect(struct source *s, yaml_event_type_t type, const char *otherwise)
{
	yaml_event_t	 ev;
	int		 rv = 0;

	if (next_event(s, &ev) == -1)
		return -1;
	if (ev.type != type) {
		fault(s, &ev.start_mark, otherwise);
		rv = -1;
	} else if (type == YAML_DOCUMENT_START_EVENT &&
	    ev.data.document_start.tag_directives.start !=
	    ev.data.document_start.tag_directives.end) {
		fault(s, &ev.start_mark, "a policy has no tags");
		rv = -1;
	}
	drop_event(&ev);
	return rv;
}

static struct node *
document(struct source *s)
{
	yaml_event_t	 ev;
	struct node	*root;

	if (expect(s, YAML_STREAM_START_EVENT, "not YAML") == -1 ||
	    expect(s, YAML_DOCUMENT_START_EVENT, "the file is empty") == -1 ||
	    next_event(s, &ev) == -1)
		return NULL;
	root = build(s, &ev, 1);
	drop_event(&ev);
	if (root == NULL)
		return NULL;
	if (expect(s, YAML_DOCUMENT_END_EVENT, "not YAML") == 0 &&
	    expect(s, YAML_STREAM_END_EVENT, "a second document") == 0)
		return root;
	policy_yaml_free(root);
	return NULL;
}

struct node *
policy_yaml_parse(const struct buf *in, const char *input, struct report *rep)
{
	struct source		 s;
	const unsigned char	*nul;
	struct node		*root;

	memset(&s, 0, sizeof(s));
	s.in = in;
	s.input = input;
	s.rep = rep;
	if (in->len == 0) {
		fault_at(&s, 0, 0, "the file is empty");
		return NULL;
	}
	if ((nul = memchr(in->data, '\0', in->len)) != NULL) {
		fault_offset(&s, (size_t)(nul - in->data), "a NUL byte");
		return NULL;
	}
	if (yaml_parser_initialize(&s.parser) != 1) {
		fault_at(&s, 0, 0, "out of memory");
		return NULL;
	}
	/* Else another byte order mark would make it UTF-16. */
	yaml_parser_set_encoding(&s.parser, YAML_UTF8_ENCODING);
	if (in->len >= 3 && memcmp(in->data, "\xef\xbb\xbf", 3) == 0)
		s.bom = 3;
	yaml_parser_set_input_string(&s.parser, in->data + s.bom, in->len - s.bom);
	root = document(&s);
	secret_wipe(s.parser.raw_buffer.start,
	    (size_t)(s.parser.raw_buffer.end - s.parser.raw_buffer.start));
	secret_wipe(s.parser.buffer.start,
	    (size_t)(s.parser.buffer.end - s.parser.buffer.start));
	yaml_parser_delete(&s.parser);
	return root;
}
