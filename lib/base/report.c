#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/mutant.h"
#include "base/report.h"

#define TEXT_MAX	2000		/* bytes of one text before escaping */
#define REST_MAX	64

static const char *const verdict_words[] = { "accept", "refuse", "fault" };
static const char *const level_words[] = { "warning", "broken", "fault" };

/*
 * A copy with only printable ASCII.  Longer text is cut: a hostile document
 * must not push the other findings off the screen.
 */
static char *
escape(const char *text)
{
	static const char hex[] = "0123456789abcdef";
	size_t	 len = strlen(text), n = len > TEXT_MAX ? TEXT_MAX : len, i;
	char	*out, *p;

	if ((out = malloc(4 * n + sizeof("..."))) == NULL)
		return NULL;
	for (p = out, i = 0; i < n; i++) {
		unsigned char c = (unsigned char)text[i];

		if (c == '\\') {
			*p++ = '\\';
			*p++ = '\\';
		} else if (c < 0x20 || c > 0x7e) {
			*p++ = '\\';
			*p++ = 'x';
			*p++ = hex[c >> 4];
			*p++ = hex[c & 15];
		} else
			*p++ = (char)c;
	}
	strcpy(p, n < len ? "..." : "");
	return out;
}

static struct finding *
new_finding(struct report *rep)
{
	struct finding	*more;
	size_t		 room;

	if (rep->count == rep->room) {
		room = rep->room == 0 ? 8 : 2 * rep->room;
		if ((more = reallocarray(rep->findings, room, sizeof(*more))) == NULL)
			return NULL;
		rep->findings = more;
		rep->room = room;
	}
	return &rep->findings[rep->count];
}

/* "text" is escaped and copied; NULL means that it could not be made. */
static void
add(struct report *rep, enum level level, const struct spot *spot, const char *rule,
    const char *text)
{
	struct finding	*f;
	char		*input = NULL, *safe = NULL;

	if (text == NULL || (safe = escape(text)) == NULL)
		goto lost;
	if (spot != NULL && spot->input != NULL && (input = escape(spot->input)) == NULL)
		goto lost;
	if ((f = new_finding(rep)) == NULL)
		goto lost;
	f->level = level;
	f->rule = rule;
	f->input = input;
	f->line = spot == NULL ? 0 : spot->line;
	f->column = spot == NULL ? 0 : spot->column;
	f->text = safe;
	rep->count++;
	return;
 lost:
	free(input);
	free(safe);
	rep->lost = true;
}

/* Counts one more.  1: keep it; 0: there are enough of its kind; -1: out of memory. */
static int
count(struct report *rep, enum level level, const char *rule)
{
	struct tally	*t;
	size_t		 i;

	for (i = 0; i < rep->ntallies; i++) {
		t = &rep->tallies[i];
		if (t->level == level && (t->rule == rule ||
		    (t->rule != NULL && rule != NULL && strcmp(t->rule, rule) == 0)))
			return ++t->n <= REPORT_EACH;
	}
	if ((t = array_add(&rep->tallies, rep->ntallies, sizeof(*t))) == NULL)
		return -1;
	rep->ntallies++;
	*t = (struct tally){ rule, level, 1 };
	return 1;
}

static void
vadd(struct report *, enum level, const struct spot *, const char *, const char *, va_list)
    __attribute__((format(printf, 5, 0)));

static void
vadd(struct report *rep, enum level level, const struct spot *spot, const char *rule,
    const char *fmt, va_list ap)
{
	char	*text = NULL;
	int	 keep;

	if ((keep = count(rep, level, rule)) == 0)
		return;
	if (keep == -1 || vasprintf(&text, fmt, ap) == -1)
		text = NULL;
	add(rep, level, spot, rule, text);
	free(text);
}

enum verdict
report_broken(struct report *rep, const struct spot *spot, const char *rule, const char *fmt, ...)
{
	va_list	 ap;

	if (mutant(rule, NULL))
		return ACCEPT;
	va_start(ap, fmt);
	vadd(rep, BROKEN, spot, rule, fmt, ap);
	va_end(ap);
	return rep->lost ? FAULT : REFUSE;
}

enum verdict
report_lines(struct report *rep, const struct spot *spot, const char *rule, const char *text)
{
	enum verdict	 v = REFUSE;
	size_t		 len;

	if (mutant(rule, NULL))
		return ACCEPT;
	while (*text != '\0') {
		len = strcspn(text, "\n");
		/* A line beyond that length is cut anyway. */
		v = verdict_worse(v, report_broken(rep, spot, rule, "%.*s",
		    (int)(len > TEXT_MAX ? TEXT_MAX + 1 : len), text));
		text += len;
		if (*text == '\n')
			text++;
	}
	return v;
}

enum verdict
report_fault(struct report *rep, const struct spot *spot, const char *fmt, ...)
{
	va_list	 ap;

	va_start(ap, fmt);
	vadd(rep, FAULTY, spot, NULL, fmt, ap);
	va_end(ap);
	return FAULT;
}

void
report_warning(struct report *rep, const struct spot *spot, const char *rule, const char *fmt, ...)
{
	va_list	 ap;

	va_start(ap, fmt);
	vadd(rep, WARNING, spot, rule, fmt, ap);
	va_end(ap);
}

enum verdict
verdict_worse(enum verdict a, enum verdict b)
{
	return a > b ? a : b;
}

enum verdict
report_verdict(const struct report *rep)
{
	static const enum verdict follows[] = { ACCEPT, REFUSE, FAULT };
	enum verdict	 v = rep->lost ? FAULT : ACCEPT;
	size_t		 i;

	for (i = 0; i < rep->count; i++)
		v = verdict_worse(v, follows[rep->findings[i].level]);
	return v;
}

static void
print_finding(const struct finding *f, const char *tool, FILE *fp)
{
	fprintf(fp, "%s: ", tool);
	if (f->input != NULL) {
		fputs(f->input, fp);
		if (f->line != 0)
			fprintf(fp, ":%lu", f->line);
		if (f->line != 0 && f->column != 0)
			fprintf(fp, ":%lu", f->column);
		fputs(": ", fp);
	}
	if (f->level == WARNING)
		fputs("warning: ", fp);
	if (f->rule != NULL)
		fprintf(fp, "%s: ", f->rule);
	fprintf(fp, "%s\n", f->text);
}

/* What stands for the findings of a kind that were not kept, if there are any. */
static bool
rest(struct finding *f, char text[REST_MAX], const struct tally *t)
{
	if (t->n <= REPORT_EACH)
		return false;
	(void)snprintf(text, REST_MAX, "and %zu more", t->n - REPORT_EACH);
	*f = (struct finding){ .level = t->level, .rule = t->rule, .text = text };
	return true;
}

int
report_print(const struct report *rep, const char *tool, FILE *fp)
{
	struct finding	 more;
	char		 text[REST_MAX];
	size_t		 i;

	for (i = 0; i < rep->count; i++)
		print_finding(&rep->findings[i], tool, fp);
	for (i = 0; i < rep->ntallies; i++)
		if (rest(&more, text, &rep->tallies[i]))
			print_finding(&more, tool, fp);
	if (rep->lost)
		fprintf(fp, "%s: out of memory: not every finding is shown\n", tool);
	return fflush(fp) == 0 && !ferror(fp) ? 0 : -1;
}

/* "text" is printable ASCII already, or NULL. */
static void
json_string(const char *text, FILE *fp)
{
	if (text == NULL) {
		fputs("null", fp);
		return;
	}
	putc('"', fp);
	for (; *text != '\0'; text++) {
		if (*text == '"' || *text == '\\')
			putc('\\', fp);
		putc(*text, fp);
	}
	putc('"', fp);
}

static void
json_finding(const struct finding *f, FILE *fp)
{
	fprintf(fp, "{\"level\":\"%s\",\"rule\":", level_words[f->level]);
	json_string(f->rule, fp);
	fputs(",\"input\":", fp);
	json_string(f->input, fp);
	fprintf(fp, ",\"line\":%lu,\"column\":%lu,\"text\":", f->line, f->column);
	json_string(f->text, fp);
	putc('}', fp);
}

int
report_json(const struct report *rep, const char *tool, FILE *fp)
{
	char		 text[] = "out of memory: not every finding is shown", left[REST_MAX];
	struct finding	 lost = { .level = FAULTY, .text = text }, more;
	size_t		 i, j;

	fputs("{\"tool\":", fp);
	json_string(tool, fp);
	fprintf(fp, ",\"verdict\":\"%s\",\"findings\":[", verdict_words[report_verdict(rep)]);
	for (i = 0; i < rep->count; i++) {
		if (i > 0)
			putc(',', fp);
		json_finding(&rep->findings[i], fp);
	}
	for (j = 0; j < rep->ntallies; j++)
		if (rest(&more, left, &rep->tallies[j])) {
			putc(',', fp);	/* there are some before it */
			json_finding(&more, fp);
		}
	if (rep->lost) {
		if (i > 0)
			putc(',', fp);
		json_finding(&lost, fp);
	}
	fputs("]}\n", fp);
	return fflush(fp) == 0 && !ferror(fp) ? 0 : -1;
}

void
report_free(struct report *rep)
{
	static const struct report empty = REPORT_EMPTY;
	size_t	 i;

	for (i = 0; i < rep->count; i++) {
		free(rep->findings[i].input);
		free(rep->findings[i].text);
	}
	free(rep->findings);
	free(rep->tallies);
	*rep = empty;
}
