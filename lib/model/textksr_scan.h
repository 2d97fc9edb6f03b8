/*
 * textksr_scan: the lines of a request or response in text, taken apart into words.
 * Private to textksr.
 */
#ifndef MODEL_TEXTKSR_SCAN_H
#define MODEL_TEXTKSR_SCAN_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/report.h"

enum text_entry {
	TEXT_END,		/* of the input */
	TEXT_HEADER,		/* a line that begins with ";;"; the words are those behind it */
	TEXT_RECORD,
	TEXT_WRONG,		/* no record, as the report says; what follows can be read */
	TEXT_NOMEM		/* as the report says */
};

struct text_scan {
	const char	*p;
	const char	*end;
	bool		 parentheses;	/* records may span lines (RFC 1035 5.1) */
	struct spot	 at;		/* of the entry */
	unsigned long	 line;		/* that p stands in */
	struct buf	 words;		/* of the entry, each with a NUL behind it */
	size_t		 next;		/* where the next of them begins */
	struct report	*report;
};

/*
 * Begin; the input and its name are borrowed.  ACCEPT, or REFUSE: there is a byte that no such text
 * has (neither printable ASCII nor a blank nor the end of a line), as the report says.
 */
enum verdict	 text_scan_start(struct text_scan *, const struct buf *, const char *input,
		    bool parentheses, struct report *);

/* The next entry; empty lines and comments are passed over. */
enum text_entry	 text_scan_next(struct text_scan *);

/* The next word of this entry, good until the next entry; NULL: there is none. */
const char	*text_scan_word(struct text_scan *);

/* All words that are left, with blanks between them; never NULL.  Then there are none. */
const char	*text_scan_rest(struct text_scan *);

void		 text_scan_free(struct text_scan *);

#endif
