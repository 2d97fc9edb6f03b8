/*
 * policy_yaml: the YAML of a policy file as a tree of values that know where
 * they stand.  Only maps, lists and scalars: no anchors, aliases, tags, merge
 * keys, second document, or deep nesting.
 */
#ifndef MODEL_POLICY_YAML_H
#define MODEL_POLICY_YAML_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/report.h"

enum node_kind { NODE_SCALAR, NODE_LIST, NODE_MAP };

struct node {
	enum node_kind	 kind;
	char		*name;		/* the word before its colon; NULL in a list */
	unsigned long	 name_line;
	unsigned long	 name_column;
	char		*text;		/* of a scalar, without NUL bytes; UTF-8 */
	bool		 null;		/* a plain scalar that says "no value" */
	unsigned long	 line;
	unsigned long	 column;
	struct node	*child;		/* in the file's order */
	struct node	*next;
	size_t		 n;		/* children */
};

/*
 * The tree of one document, or NULL after exactly one fault in the report.  The
 * names of a map differ from each other.
 */
struct node	*policy_yaml_parse(const struct buf *, const char *input, struct report *);

/* The value with this name in a map, or NULL. */
const struct node *policy_yaml_find(const struct node *map, const char *name);

/* Every text is wiped: one of them may be a PIN. */
void		 policy_yaml_free(struct node *);

#endif
