#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/tty.h"

/* The signals that end or stop a process at a terminal. */
static const int	signals[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP };
#define SIGNALS		(sizeof(signals) / sizeof(signals[0]))

static volatile sig_atomic_t	caught;

/* The terminal and the signals as they were before a secret was asked for. */
struct quiet {
	int			 fd;
	struct termios		 echo;
	sigset_t		 mask;
	struct sigaction	 action[SIGNALS];
};

static int
open_tty(void)
{
	int	 fd;

	if ((fd = open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC)) == -1)
		errno = ENXIO;
	return fd;
}

/* Not copied: the text may be secret. */
static int
say(int fd, const char *text)
{
	const struct buf b = { (unsigned char *)(uintptr_t)text, strlen(text), 0 };

	return buf_write(&b, fd);
}

int
tty_show(const char *text)
{
	int	 fd, error, rc;

	if ((fd = open_tty()) == -1)
		return -1;
	rc = say(fd, text);
	error = errno;
	close(fd);
	errno = error;
	return rc;
}

/*
 * One byte of the answer: 1; 0 at the end of input; -1 with errno, EINTR only
 * for a signal that was caught.  "mask" is in force only while we wait, so that
 * no signal falls between a look at "caught" and the wait.
 */
static int
read_byte(int fd, char *c, const sigset_t *mask)
{
	struct pollfd	 p = { .fd = fd, .events = POLLIN, .revents = 0 };
	ssize_t		 n;

	for (;;) {
		if (ppoll(&p, 1, NULL, mask) == -1) {
			if (errno != EINTR || caught != 0)
				return -1;
			continue;
		}
		if ((n = read(fd, c, 1)) >= 0)
			return (int)n;
		if (errno != EINTR)
			return -1;
	}
}

/*
 * A line of at most size - 1 bytes.  What does not fit is read and dropped:
 * nothing of an answer may be left for the shell.
 */
static ssize_t
read_line(int fd, char *line, size_t size, const sigset_t *mask)
{
	size_t	 len = 0;
	bool	 overlong = false;
	char	 c;
	int	 n;

	while ((n = read_byte(fd, &c, mask)) == 1 && c != '\n') {
		if (len < size - 1)
			line[len++] = c;
		else
			overlong = true;
	}
	secret_wipe(&c, 1);
	line[n == 1 && !overlong ? len : 0] = '\0';
	if (n == 0 || (n == 1 && overlong)) {
		errno = n == 0 ? EPIPE : EMSGSIZE;
		return -1;
	}
	return n == -1 ? -1 : (ssize_t)len;
}

int
tty_ask(const char *question, char *answer, size_t size)
{
	ssize_t	 n = -1;
	int	 fd, error;

	if ((fd = open_tty()) == -1)
		return -1;
	caught = 0;
	/* What was typed before the question is no answer to it. */
	if (tcflush(fd, TCIFLUSH) == 0 && say(fd, question) == 0)
		n = read_line(fd, answer, size, NULL);
	error = errno;
	close(fd);
	errno = error;
	return (int)n;
}

static void
catch(int sig)
{
	if (caught == 0 || caught == SIGTSTP)	/* an end outranks a stop */
		caught = sig;
}

/*
 * Echo off.  From here to loud() the signals arrive only in read_byte; one that
 * was ignored before stays so.
 */
static int
hush(struct quiet *q)
{
	struct sigaction	 sa;
	struct termios		 noecho;
	sigset_t		 ours;
	size_t			 i;

	sigemptyset(&ours);
	for (i = 0; i < SIGNALS; i++)
		sigaddset(&ours, signals[i]);
	sigprocmask(SIG_BLOCK, &ours, &q->mask);
	memset(&sa, 0, sizeof(sa));
	sa.sa_handler = catch;
	sa.sa_mask = ours;
	caught = 0;
	for (i = 0; i < SIGNALS; i++) {
		sigaction(signals[i], NULL, &q->action[i]);
		if (q->action[i].sa_handler != SIG_IGN)
			sigaction(signals[i], &sa, NULL);
	}
	noecho = q->echo;
	noecho.c_lflag &= ~(tcflag_t)(ECHO | ECHONL);
	noecho.c_lflag |= ICANON | ISIG;
	return tcsetattr(q->fd, TCSAFLUSH, &noecho);
}

/* As it was before; a half-typed secret is flushed. */
static void
loud(const struct quiet *q)
{
	size_t	 i;

	tcsetattr(q->fd, TCSAFLUSH, &q->echo);
	for (i = 0; i < SIGNALS; i++)
		sigaction(signals[i], &q->action[i], NULL);
	if (caught != 0)
		raise(caught);		/* pending until the mask is back */
	sigprocmask(SIG_SETMASK, &q->mask, NULL);
}

/* One try.  -1 with errno EINTR after a signal that did not end the process. */
static int
ask_quietly(int fd, const char *question, struct secret *s)
{
	struct quiet	 q = { .fd = fd };
	ssize_t		 n = -1;
	int		 error;

	if (tcgetattr(fd, &q.echo) == -1)
		return -1;
	/* Quiet first: what is typed at the sight of the question is read, and not shown. */
	if (hush(&q) == 0 && say(fd, question) == 0)
		n = read_line(fd, s->text, SECRET_MAX + 1, &q.mask);
	error = errno;
	say(fd, "\n");
	loud(&q);
	errno = error;
	if (n == -1)
		return -1;
	s->len = (size_t)n;
	if (s->len == 0 || memchr(s->text, '\0', s->len) != NULL) {
		errno = EINVAL;
		return -1;
	}
	return 0;
}

int
tty_ask_secret(const char *question, struct secret *answer)
{
	struct secret	 s = SECRET_EMPTY;
	int		 fd, error, rc = -1;

	if ((fd = open_tty()) == -1)
		return -1;
	if (secret_room(&s) == -1)
		goto out;
	/* Back from a stop (SIGTSTP, then SIGCONT): ask again. */
	do {
		rc = ask_quietly(fd, question, &s);
	} while (rc == -1 && errno == EINTR && caught == SIGTSTP);
	if (rc == 0) {
		secret_free(answer);
		*answer = s;
		s.text = NULL;
	}
 out:
	error = errno;
	secret_free(&s);
	close(fd);
	errno = error;
	return rc;
}
