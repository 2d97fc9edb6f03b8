#include <string.h>

#include "model/textksr_scan.h"

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

enum verdict
text_scan_start(struct text_scan *s, const struct buf *in, const char *input, bool parentheses,
    struct report *report)
{
	*s = (struct text_scan){
		.p = (const char *)in->data, .end = (const char *)in->data + in->len,
		.parentheses = parentheses, .at = { input, 0, 0 }, .line = 1,
		.words = BUF_EMPTY, .report = report
	};
	struct spot	 at = { input, 1, 0 };
	const char	*p;

	for (p = s->p; p < s->end; p++) {
		if ((*p < ' ' || *p > '~') && *p != '\n' && !is_blank(*p))
			return report_broken(report, &at, NULL, "a byte %02X: no such text has it",
			    (unsigned char)*p);
		if (*p == '\n')
			at.line++;
	}
	return ACCEPT;
}

/* To the end of the line, whatever stands there. */
static void
skip_line(struct text_scan *s)
{
	while (s->p < s->end && *s->p != '\n')
		s->p++;
	if (s->p < s->end) {
		s->p++;
		s->line++;
	}
}

static bool
ends_word(char c)
{
	return is_blank(c) || c == '\n' || c == ';' || c == '(' || c == ')';
}

/* What a backslash stands before is no end of a word (RFC 1035 5.1). */
static int
take_word(struct text_scan *s)
{
	const char	*from = s->p;

	while (s->p < s->end && !ends_word(*s->p)) {
		if (*s->p == '\\' && s->p + 1 < s->end && s->p[1] != '\n')
			s->p++;
		s->p++;
	}
	if (buf_append(&s->words, from, (size_t)(s->p - from)) == -1 ||
	    buf_append(&s->words, "", 1) == -1)
		return -1;
	return 0;
}

static enum text_entry
no_memory(struct text_scan *s)
{
	report_fault(s->report, NULL, "out of memory");
	return TEXT_NOMEM;
}

static enum text_entry
scan_header(struct text_scan *s)
{
	const char	*from = s->p + 2;

	skip_line(s);
	for (; from < s->p; from++) {
		const char	*word = from;

		while (from < s->p && !is_blank(*from) && *from != '\n')
			from++;
		if (from > word && (buf_append(&s->words, word, (size_t)(from - word)) == -1 ||
		    buf_append(&s->words, "", 1) == -1))
			return no_memory(s);
	}
	return TEXT_HEADER;
}

static enum text_entry
wrong(struct text_scan *s, const char *what)
{
	report_broken(s->report, &s->at, NULL, "%s", what);
	return TEXT_WRONG;
}

static enum text_entry
wrong_line(struct text_scan *s, const char *what)
{
	skip_line(s);
	return wrong(s, what);
}

static bool
at_header(const struct text_scan *s)
{
	return s->end - s->p >= 2 && s->p[0] == ';' && s->p[1] == ';';
}

/* A record to the end of its line, or of the line on which its parenthesis closes. */
static enum text_entry
scan_record(struct text_scan *s)
{
	bool		 inside = false;

	while (s->p < s->end && (inside || *s->p != '\n')) {
		switch (*s->p) {
		case '\n':
		case ';':
			skip_line(s);
			if (!inside)
				return TEXT_RECORD;
			if (at_header(s))
				return wrong(s, "a parenthesis that is still open at a header");
			break;
		case '(':
		case ')':
			if (!s->parentheses)
				return wrong_line(s, "parentheses: in this form a record is one line");
			if (inside == (*s->p == '('))
				return wrong_line(s, "parentheses that do not match");
			inside = !inside;
			s->p++;
			break;
		default:
			if (is_blank(*s->p))
				s->p++;
			else if (take_word(s) == -1)
				return no_memory(s);
		}
	}
	if (inside)
		return wrong(s, "a parenthesis that does not close");
	skip_line(s);
	return TEXT_RECORD;
}

enum text_entry
text_scan_next(struct text_scan *s)
{
	size_t		 blanks;

	for (;;) {
		s->words.len = s->next = 0;
		s->at.line = s->line;
		if (s->p == s->end) {
			if (s->line > 1 && s->end[-1] == '\n')
				s->at.line--;
			return TEXT_END;
		}
		if (at_header(s))
			return scan_header(s);
		for (blanks = 0; s->p < s->end && is_blank(*s->p); blanks++)
			s->p++;
		if (s->p < s->end && *s->p != '\n' && *s->p != ';')
			return blanks == 0 ? scan_record(s) :
			    wrong_line(s, "begins with a blank: the owner is left out");
		skip_line(s);
	}
}

const char *
text_scan_word(struct text_scan *s)
{
	const char	*word;

	if (s->next == s->words.len)
		return NULL;
	word = (const char *)s->words.data + s->next;
	s->next += strlen(word) + 1;
	return word;
}

const char *
text_scan_rest(struct text_scan *s)
{
	char		*rest, *p, *end;

	if (s->next == s->words.len)
		return "";
	rest = (char *)s->words.data + s->next;
	end = (char *)s->words.data + s->words.len - 1;
	for (p = rest; p < end; p++)
		if (*p == '\0')
			*p = ' ';
	s->next = s->words.len;
	return rest;
}

void
text_scan_free(struct text_scan *s)
{
	buf_free(&s->words);
}
