#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <CUnit/Basic.h>

#include "base/buf.h"
#include "base/options.h"

enum { OPT_FIRST = OPTION_ID, OPT_KEYS };

static const struct option_spec	specs[] = {
	{ 'p', "policy", "FILE", OPTION_REQUIRED, "the policy file" },
	{ 'P', "previous", "FILE", 0, "the previous SKR,\nor none" },
	{ 'k', "key", "LABEL", OPTION_REPEAT, "a key" },
	{ OPT_KEYS, "keys", "FILE", OPTION_CREATES, "more keys" },
	{ OPT_FIRST, "first", NULL, 0, "there is no previous SKR" },
	OPTIONS_LAST
};
static const struct tool	tool = { "tool", "Does things.", specs, "[FILE]", 0, 1 };
static const struct tool	copy = { "copy", "Copies.", specs + 4, "FROM TO", 2, 2 };

#define USAGE "usage: tool --policy FILE [--previous FILE] [--key LABEL] ... [--keys FILE] " \
	"[--first] [FILE]"

static char	said[4096];	/* on stdout and stderr by the last scan */
static char	got[256];	/* "p=FILE first " and then the operands */
static int	status;

/* Output of both kinds goes to a file for the time of one scan. */
static int
scan(const struct tool *t, const char *line)
{
	struct options	 o;
	char		*argv[32], words[512], *w;
	const char	*arg;
	const char	*keys[4] = { NULL, NULL, NULL, "guard" };
	size_t		 nkeys = 0;
	int		 argc = 0, c, i, out = dup(1), err = dup(2), file;
	FILE		*fp = tmpfile();
	size_t		 n;

	fflush(stdout);
	file = fileno(fp);
	dup2(file, 1);
	dup2(file, 2);
	snprintf(words, sizeof(words), "tool %s", line);
	for (w = strtok(words, " "); w != NULL; w = strtok(NULL, " "))
		argv[argc++] = w;
	argv[argc] = NULL;
	*got = '\0';
	options_start(&o, t, argc, argv);
	while ((c = options_next(&o, &arg)) > 0) {
		if (c == 'k' && options_add(&o, "key", arg, keys, &nkeys, 3) == -1) {
			o.status = FAULT;
			c = OPTIONS_STOP;
			break;
		}
		if (options_argument(&o, arg != NULL && strcmp(arg, "%n") == 0 ? "not a %n" : NULL) == -1) {
			o.status = FAULT;
			c = OPTIONS_STOP;
			break;
		}
		sprintf(got + strlen(got), "%c%s%s ", c < OPTION_ID ? c : '0' + c - OPTION_ID,
		    arg != NULL ? "=" : "", arg != NULL ? arg : "");
	}
	CU_ASSERT_STRING_EQUAL(keys[3], "guard");
	for (i = 0; c == OPTIONS_END && i < o.count; i++)
		sprintf(got + strlen(got), "%s ", o.operands[i]);
	status = o.status;
	fflush(stderr);
	dup2(out, 1);
	dup2(err, 2);
	close(out);
	close(err);
	rewind(fp);
	n = fread(said, 1, sizeof(said) - 1, fp);
	said[n] = '\0';
	fclose(fp);
	return c;
}

static void
good(const char *line, const char *want)
{
	CU_ASSERT_EQUAL(scan(&tool, line), OPTIONS_END);
	CU_ASSERT_EQUAL(status, ACCEPT);
	CU_ASSERT_STRING_EQUAL(got, want);
	CU_ASSERT_STRING_EQUAL(said, "");
}

/* Refused with one line: the tool, the complaint, the usage. */
static void
bad(const char *line, const char *complaint)
{
	char	 want[1024];

	CU_ASSERT_EQUAL(scan(&tool, line), OPTIONS_STOP);
	CU_ASSERT_EQUAL(status, FAULT);
	snprintf(want, sizeof(want), "tool: %s; " USAGE "\n", complaint);
	CU_ASSERT_STRING_EQUAL(said, want);
	if (strcmp(said, want) != 0)
		fprintf(stderr, "%s: %s", line, said);
}

static void
test_good(void)
{
	good("--policy a", "p=a ");
	good("-pa", "p=a ");
	good("--pol=a --fi", "p=a 0 ");
	good("-p a -P b -k c --key d -kc --keys e x", "p=a P=b k=c k=d k=c 1=e x ");
	good("x -p a", "p=a x ");
	good("-p a -- -x", "p=a -x ");
	good("-p a -", "p=a - ");
	good("-p -", "p=- ");
	good("-p a --keys ./-", "p=a 1=./- ");
}

static void
test_bad(void)
{
	bad("", "--policy is missing");
	bad("--first", "--policy is missing");
	bad("-p a -p a", "--policy is given twice");
	bad("-p a --pol a", "--policy is given twice");
	bad("-p a --first --first", "--first is given twice");
	bad("-p a --keys x --keys y", "--keys is given twice");
	bad("--p a", "\"--p\": no such option, or ambiguous");
	bad("--nope", "\"--nope\": no such option, or ambiguous");
	bad("--no\033pe", "\"--no\\x1bpe\": no such option, or ambiguous");
	bad("-x", "\"-x\": no such option");
	bad("-px -kx -x", "\"-x\": no such option");
	bad("-p", "--policy needs FILE");
	bad("--keys", "--keys needs FILE");
	bad("--policy=", "--policy needs FILE, and what is given is empty");
	bad("-p a --key=", "--key needs LABEL, and what is given is empty");
	bad("-p a --keys=", "--keys needs FILE, and what is given is empty");
	bad("-p a --keys -", "--keys takes a name, and \"-\" is none: standard output is not named, and "
	    "a file of that name is \"./-\"");
	bad("-p a --first=1", "--first takes no argument");
	bad("-p a -k b -k c -k d -k e", "--key may be given 3 times");
	bad("-p a -k %n", "not a %n");		/* as the tool says it of an argument */
	bad("-p a x y", "extra operand \"y\"");
}

static void
test_operands(void)
{
	CU_ASSERT_EQUAL(scan(&copy, "a"), OPTIONS_STOP);
	CU_ASSERT_STRING_EQUAL(said,
	    "copy: an operand is missing; usage: copy [--first] FROM TO\n");
	CU_ASSERT_EQUAL(scan(&copy, "a b"), OPTIONS_END);
	CU_ASSERT_EQUAL(scan(&copy, "a b c"), OPTIONS_STOP);
	CU_ASSERT_EQUAL(status, FAULT);
}

static void
test_help(void)
{
	CU_ASSERT_EQUAL(scan(&tool, "--help"), OPTIONS_STOP);
	CU_ASSERT_EQUAL(status, ACCEPT);
	CU_ASSERT_STRING_EQUAL(said, USAGE "\n"
	    "Does things.\n\n"
	    "  -p, --policy FILE    the policy file\n"
	    "  -P, --previous FILE  the previous SKR,\n"
	    "                       or none\n"
	    "  -k, --key LABEL      a key\n"
	    "      --keys FILE      more keys\n"
	    "      --first          there is no previous SKR\n"
	    "  -h, --help           show this text\n"
	    "  -V, --version        show the version\n");
	CU_ASSERT_EQUAL(scan(&tool, "-V"), OPTIONS_STOP);
	CU_ASSERT_EQUAL(status, ACCEPT);
	CU_ASSERT_STRING_EQUAL(said, "tool (ksrkit) " VERSION "\n");
}

/* Standard output that takes nothing, and one that is closed. */
static void
test_help_lost(void)
{
	char		*argv[] = { (char []){ "tool" }, (char []){ "--help" }, NULL };
	struct options	 o;
	const char	*arg;
	int		 out = dup(1), err = dup(2), full = open("/dev/full", O_WRONLY);

	fflush(stdout);
	dup2(full, 1);
	dup2(full, 2);
	options_start(&o, &tool, 2, argv);
	CU_ASSERT_EQUAL(options_next(&o, &arg), OPTIONS_STOP);
	CU_ASSERT_EQUAL(o.status, FAULT);
	close(1);
	options_start(&o, &tool, 2, argv);
	CU_ASSERT_EQUAL(fcntl(1, F_GETFL) & O_ACCMODE, O_RDONLY);
	CU_ASSERT_EQUAL(options_next(&o, &arg), OPTIONS_STOP);
	CU_ASSERT_EQUAL(o.status, FAULT);
	clearerr(stderr);
	dup2(out, 1);
	dup2(err, 2);
	close(out);
	close(err);
	close(full);
}

int
main(void)
{
	CU_pSuite	 s;
	unsigned	 failed;

	if (CU_initialize_registry() != CUE_SUCCESS ||
	    (s = CU_add_suite("options", NULL, NULL)) == NULL)
		return 1;
	CU_ADD_TEST(s, test_good);
	CU_ADD_TEST(s, test_bad);
	CU_ADD_TEST(s, test_operands);
	CU_ADD_TEST(s, test_help);
	CU_ADD_TEST(s, test_help_lost);
	CU_basic_set_mode(CU_BRM_VERBOSE);
	CU_basic_run_tests();
	failed = CU_get_number_of_failures();
	CU_cleanup_registry();
	return failed == 0 ? 0 : 1;
}
