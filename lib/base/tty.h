/*
 * tty: questions to the person at /dev/tty, whatever stdin and stdout are
 * connected to.  The terminal's state is restored on every path, also when a
 * signal ends the process during a question.
 */
#ifndef BASE_TTY_H
#define BASE_TTY_H

#include <stddef.h>

#include "base/secret.h"

/* Show text.  0, or -1 with errno (ENXIO: no terminal). */
int	tty_show(const char *text);

/*
 * Ask for one line, echoed; stored without its end.  What was typed before the
 * question does not count.  Returns its length, or -1 with errno (ENXIO: no
 * terminal; EMSGSIZE: longer than size - 1; EPIPE: end of input).
 */
int	tty_ask(const char *question, char *answer, size_t size);

/*
 * The same without echo, into locked memory.  0, or -1 with errno (also EINVAL:
 * empty or with a NUL byte; EINTR: a signal that the process survived).  After a
 * stop from the keyboard the question is asked again.
 */
int	tty_ask_secret(const char *question, struct secret *);

#endif
