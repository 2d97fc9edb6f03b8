/* Edits of a written document, each on the first occurrence. */
#include <stdlib.h>
#include <string.h>

#include "mint.h"

/* Where a whole element stands: from its '<' to behind its last '>'. */
struct span {
	size_t	 start;
	size_t	 inner;		/* behind the opening tag */
	size_t	 outer;		/* the closing tag, or the end of an empty element */
	size_t	 end;
};

static size_t
find(const struct buf *b, size_t from, const char *what)
{
	const unsigned char	*p = NULL;

	if (from <= b->len)
		p = memmem(b->data + from, b->len - from, what, strlen(what));
	if (p == NULL)
		die("nothing like '%s' in the document", what);
	return (size_t)(p - b->data);
}

static void
splice(struct buf *b, size_t at, size_t len, const void *with, size_t withlen)
{
	struct buf	 out = BUF_EMPTY;

	done(buf_append(&out, b->data, at));
	done(buf_append(&out, with, withlen));
	done(buf_append(&out, b->data + at + len, b->len - at - len));
	buf_free(b);
	*b = out;
}

void
edit_insert(struct buf *b, size_t at, const void *what, size_t len)
{
	splice(b, at, 0, what, len);
}

void
edit_cut(struct buf *b, size_t len)
{
	splice(b, len, b->len - len, "", 0);
}

void
edit_replace(struct buf *b, const char *from, const char *to)
{
	splice(b, find(b, 0, from), strlen(from), to, strlen(to));
}

/* The first element of this name, which has no element of the same name inside. */
static struct span
element_span(const struct buf *b, const char *name)
{
	struct span	 s;
	char		*open = text("<%s", name), *close = text("</%s>", name);
	size_t		 n = strlen(open);

	s.start = find(b, 0, open);
	while (strchr(" >/", b->data[s.start + n]) == NULL)
		s.start = find(b, s.start + n, open);
	s.inner = find(b, s.start, ">") + 1;
	if (b->data[s.inner - 2] == '/') {
		s.outer = s.end = s.inner;
	} else {
		s.outer = find(b, s.inner, close);
		s.end = s.outer + strlen(close);
	}
	free(open);
	free(close);
	return s;
}

void
edit_set(struct buf *b, const char *element, const char *content)
{
	struct span	 s = element_span(b, element);

	splice(b, s.inner, s.outer - s.inner, content, strlen(content));
}

void
edit_attribute(struct buf *b, const char *attribute, const char *value)
{
	char	*start = text(" %s=\"", attribute);
	size_t	 at = find(b, 0, start) + strlen(start);

	splice(b, at, find(b, at, "\"") - at, value, strlen(value));
	free(start);
}

void
edit_drop(struct buf *b, const char *element)
{
	struct span	 s = element_span(b, element);

	splice(b, s.start, s.end - s.start, "", 0);
}

void
edit_double(struct buf *b, const char *element)
{
	struct span	 s = element_span(b, element);
	char		*copy = text("%.*s", (int)(s.end - s.start), (char *)b->data + s.start);

	splice(b, s.end, 0, copy, strlen(copy));
	free(copy);
}

void
edit_move(struct buf *b, const char *element, const char *behind)
{
	struct span	 s = element_span(b, element);
	char		*copy = text("%.*s", (int)(s.end - s.start), (char *)b->data + s.start);

	splice(b, s.start, s.end - s.start, "", 0);
	s = element_span(b, behind);
	splice(b, s.end, 0, copy, strlen(copy));
	free(copy);
}

/* The lowest bit of the first key's stated tag. */
void
edit_tag(struct buf *b)
{
	size_t	 at = find(b, 0, " keyTag=\"") + strlen(" keyTag=\"");
	char	*other = text("%lu", strtoul((char *)b->data + at, NULL, 10) ^ 1);

	edit_attribute(b, "keyTag", other);
	free(other);
}
