#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include <CUnit/Basic.h>

#include "base/tty.h"

static int	master, slave;	/* our ends of the terminal under test */
static char	shown[4096];	/* all that it has shown */
static size_t	count;

static bool
echoes(void)
{
	struct termios	 t;

	return tcgetattr(slave, &t) == 0 && (t.c_lflag & ECHO) != 0;
}

/* Read what the terminal shows until it contains text; at most five seconds. */
static bool
wait_for(const char *text)
{
	struct pollfd	 p = { .fd = master, .events = POLLIN };
	ssize_t		 n;

	while (strstr(shown, text) == NULL) {
		if (poll(&p, 1, 5000) != 1 || count == sizeof(shown) - 1)
			return false;
		if ((n = read(master, shown + count, sizeof(shown) - 1 - count)) <= 0)
			return false;
		count += (size_t)n;
		shown[count] = '\0';
	}
	return true;
}

static bool
wait_echo(bool on)
{
	int	 i;

	for (i = 0; i < 500 && echoes() != on; i++)
		usleep(10000);
	return echoes() == on;
}

static void
type(const char *text)
{
	CU_ASSERT_EQUAL(write(master, text, strlen(text)), (ssize_t)strlen(text));
}

/*
 * A process whose terminal is ours.  Between the two of them stands a shell's
 * part, a parent in the same session, so that a stop is not discarded.
 */
static pid_t
start(int (*question)(void))
{
	static const int sent[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTTOU };
	const char	*name;
	size_t		 i;
	int		 status;
	pid_t		 pid, child;

	count = 0;
	shown[0] = '\0';
	if ((master = posix_openpt(O_RDWR | O_NOCTTY)) == -1 || grantpt(master) == -1 ||
	    unlockpt(master) == -1 || (name = ptsname(master)) == NULL ||
	    (slave = open(name, O_RDWR | O_NOCTTY)) == -1)
		abort();
	if ((pid = fork()) != 0)
		return pid;
	setsid();
	ioctl(slave, TIOCSCTTY, 0);
	if ((child = fork()) == 0) {
		setpgid(0, 0);
		signal(SIGTTOU, SIG_IGN);
		tcsetpgrp(slave, getpid());
		/* also where a shell in the background, or nohup(1), has them ignored */
		for (i = 0; i < sizeof(sent) / sizeof(sent[0]); i++)
			signal(sent[i], SIG_DFL);
		close(master);
		_exit(question());
	}
	signal(SIGHUP, SIG_IGN);
	while (waitpid(child, &status, WUNTRACED) == child && WIFSTOPPED(status)) {
		if (!echoes())
			_exit(99);
		dprintf(slave, "[stopped]");
		kill(child, SIGCONT);
	}
	_exit(WIFSIGNALED(status) ? 100 + WTERMSIG(status) : WEXITSTATUS(status));
}

static int
end(pid_t pid)
{
	int	 status = -1;

	waitpid(pid, &status, 0);
	CU_ASSERT_TRUE(echoes());
	close(master);
	close(slave);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static int
ask_secret(void)
{
	struct secret	 s = SECRET_EMPTY;
	int		 rc = tty_ask_secret("PIN: ", &s), error = errno;
	bool		 right = rc == 0 && s.len == 4 && strcmp(s.text, "1234") == 0;

	secret_free(&s);
	return right ? 0 : rc == 0 ? 1 : error;
}

static int
ask_line(void)
{
	char	 answer[8];
	int	 n;

	if (tty_show("hello\n") == -1)
		return errno;
	if ((n = tty_ask("name? ", answer, sizeof(answer))) == -1)
		return errno;
	return n == 7 && strcmp(answer, "1234567") == 0 ? 0 : 1;
}

static int
run(int (*question)(void), const char *prompt, const char *answer)
{
	pid_t	 pid = start(question);

	CU_ASSERT_TRUE(wait_for(prompt));
	if (question == ask_secret)
		CU_ASSERT_TRUE(wait_echo(false));
	type(answer);
	return end(pid);
}

static void
test_line(void)
{
	CU_ASSERT_EQUAL(run(ask_line, "hello\r\nname? ", "1234567\n"), 0);
	CU_ASSERT_EQUAL(run(ask_line, "name? ", "12345678\n"), EMSGSIZE);
	CU_ASSERT_EQUAL(run(ask_line, "name? ", "\n"), 1);
	CU_ASSERT_EQUAL(run(ask_line, "name? ", "\004"), EPIPE);
	CU_ASSERT_EQUAL(run(ask_line, "name? ", "1234567\004\004"), EPIPE);
	CU_ASSERT_EQUAL(run(ask_line, "name? ", "\003"), 100 + SIGINT);
}

static void
test_secret(void)
{
	pid_t	 pid = start(ask_secret);

	CU_ASSERT_TRUE(wait_for("PIN: "));
	CU_ASSERT_TRUE(wait_echo(false));
	type("1234\n");
	CU_ASSERT_TRUE(wait_for("PIN: \r\n"));
	CU_ASSERT_EQUAL(end(pid), 0);
	CU_ASSERT_PTR_NULL(strstr(shown, "1234"));
	CU_ASSERT_EQUAL(run(ask_secret, "PIN: ", "123\n"), 1);
	CU_ASSERT_EQUAL(run(ask_secret, "PIN: ", "\n"), EINVAL);
	CU_ASSERT_EQUAL(run(ask_secret, "PIN: ", "12\004\004"), EPIPE);
}

static void
test_secret_long(void)
{
	char	 line[SECRET_MAX + 3];

	memset(line, 'x', sizeof(line));
	strcpy(line + SECRET_MAX + 1, "\n");
	CU_ASSERT_EQUAL(run(ask_secret, "PIN: ", line), EMSGSIZE);
	strcpy(line + SECRET_MAX, "\n");
	CU_ASSERT_EQUAL(run(ask_secret, "PIN: ", line), 1);
}

/* From the keyboard or from elsewhere: the signal ends us, and echo is back. */
static void
test_secret_signals(void)
{
	static const int	 sent[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT };
	pid_t			 pid;
	size_t			 i;

	CU_ASSERT_EQUAL(run(ask_secret, "PIN: ", "12\003"), 100 + SIGINT);
	for (i = 0; i < sizeof(sent) / sizeof(sent[0]); i++) {
		pid = start(ask_secret);
		CU_ASSERT_TRUE(wait_for("PIN: "));
		CU_ASSERT_TRUE(wait_echo(false));
		type("12");
		kill(-tcgetpgrp(master), sent[i]);
		CU_ASSERT_EQUAL(end(pid), 100 + sent[i]);
	}
}

/* Stopped with the echo on; after that, the question again from its beginning. */
static void
test_secret_stop(void)
{
	pid_t	 pid = start(ask_secret);

	CU_ASSERT_TRUE(wait_for("PIN: "));
	CU_ASSERT_TRUE(wait_echo(false));
	type("99\032");
	CU_ASSERT_TRUE(wait_for("[stopped]PIN: "));
	CU_ASSERT_TRUE(wait_echo(false));
	type("1234\n");
	CU_ASSERT_EQUAL(end(pid), 0);
}

/* What was typed before the question does not answer it. */
static int
ask_late(void)
{
	tty_show("wait");
	sleep(1);
	return ask_line();
}

static void
test_typed_ahead(void)
{
	pid_t	 pid = start(ask_late);

	CU_ASSERT_TRUE(wait_for("wait"));
	type("early\n");
	CU_ASSERT_TRUE(wait_for("name? "));
	type("1234567\n");
	CU_ASSERT_EQUAL(end(pid), 0);
}

static void
test_no_terminal(void)
{
	int	 status = -1;
	pid_t	 pid;

	if ((pid = fork()) == 0) {
		setsid();
		_exit(ask_line() == ENXIO && ask_secret() == ENXIO ? 0 : 1);
	}
	waitpid(pid, &status, 0);
	CU_ASSERT_EQUAL(status, 0);
}

int
main(void)
{
	CU_pSuite	 s;
	unsigned	 failed;

	if (CU_initialize_registry() != CUE_SUCCESS ||
	    (s = CU_add_suite("tty", NULL, NULL)) == NULL)
		return 1;
	CU_ADD_TEST(s, test_line);
	CU_ADD_TEST(s, test_secret);
	CU_ADD_TEST(s, test_secret_long);
	CU_ADD_TEST(s, test_secret_signals);
	CU_ADD_TEST(s, test_secret_stop);
	CU_ADD_TEST(s, test_typed_ahead);
	CU_ADD_TEST(s, test_no_terminal);
	CU_basic_set_mode(CU_BRM_VERBOSE);
	CU_basic_run_tests();
	failed = CU_get_number_of_failures();
	CU_cleanup_registry();
	return failed == 0 ? 0 : 1;
}
