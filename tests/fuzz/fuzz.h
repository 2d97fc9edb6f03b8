/*
 * fuzz: a fuzz target is one function that takes any bytes.  libFuzzer calls it with
 * bytes of its own making (make fuzz), replay.c with files (make check).
 */
#ifndef FUZZ_FUZZ_H
#define FUZZ_FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/report.h"

/* Always 0.  A broken invariant ends the program as a crash does. */
int	 LLVMFuzzerTestOneInput(const uint8_t *, size_t);

#define MUST(what)							\
	do {								\
		if (!(what)) {						\
			fprintf(stderr, "%s:%d: broken: %s\n", __FILE__,	\
			    __LINE__, #what);				\
			abort();					\
		}							\
	} while (0)

/* A copy with a NUL behind it, as struct buf has it, and not one byte more. */
static inline struct buf
fuzz_buf(const uint8_t *data, size_t len)
{
	struct buf	 b = BUF_EMPTY;

	MUST(buf_append(&b, data, len) == 0);
	return b;
}

/* Printable ASCII, and line ends where they are allowed. */
static inline bool
fuzz_printable(const char *text, size_t len, bool lines)
{
	size_t		 i;

	for (i = 0; i < len; i++)
		if ((text[i] < 0x20 || text[i] > 0x7e) && !(lines && text[i] == '\n'))
			return false;
	return true;
}

/*
 * What every report keeps to: as many findings as fit a screen or two, all printable,
 * and a verdict that follows from them.
 */
static inline void
fuzz_report(const struct report *rep, enum verdict v, size_t most)
{
	size_t		 i;

	MUST(!rep->lost);
	MUST(report_verdict(rep) == v);
	MUST(rep->count <= most);
	for (i = 0; i < rep->count; i++) {
		const struct finding *f = &rep->findings[i];

		MUST(*f->text != '\0' && fuzz_printable(f->text, __builtin_strlen(f->text), false));
		MUST(f->level == WARNING || (f->level == BROKEN) == (v == REFUSE));
	}
}

#endif
