/*
 * skr-open: what skr-seal sealed, opened, and passed on if it is what it claims to be.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "act/seal.h"
#include "base/input.h"
#include "base/isotime.h"
#include "base/tty.h"
#include "judge/inputs.h"
#include "token/decrypt.h"
#include "token/reach.h"

#define ENVELOPE	((size_t)64 << 10)	/* bytes around what is sealed, at most */

enum { OPT_PASSPHRASE_FILE = INPUT_OWN, OPT_PASSPHRASE_FD, OPT_AT, OPT_ZONE, OPT_MANIFEST,
	OPT_SET, OPT_ANY_SET, OPT_NO_ANCHOR, OPT_OUTPUT };

static const struct option_spec specs[] = {
	{ 'k', "key", "KEY", 0, "a private key: a PEM file, or the PKCS#11 URI of\none on a token" },
	{ REACH_MODULE, "module", "FILE", 0, "the PKCS#11 module of that token" },
	{ REACH_PIN_FD, "pin-fd", "N", 0, "read its PIN from descriptor N" },
	{ OPT_PASSPHRASE_FILE, "passphrase-file", "FILE", 0,
	    "read the passphrase from FILE, not at the terminal" },
	{ OPT_PASSPHRASE_FD, "passphrase-fd", "N", 0, "... or from descriptor N" },
	{ OPT_AT, "at", "T", 0, "it must be the slot in force at T" },
	{ OPT_ZONE, "zone", "NAME", 0, "it must be of this zone" },
	{ OPT_MANIFEST, "manifest", "FILE", 0,
	    "the manifest of its set (\"manifest\" beside it)" },
	{ OPT_SET, "set", "DIGEST", 0, "in place of a manifest: it must be of this set" },
	{ OPT_ANY_SET, "any-set", NULL, 0, "it may be of any set" },
	{ INPUT_ANCHOR, "anchor", "FILE", OPTION_REPEAT,
	    "trust anchors: DS lines, DNSKEY lines or\ntrust-anchor XML" },
	{ OPT_NO_ANCHOR, "no-anchor", NULL, 0, "judge it without any trust anchor" },
	{ 't', "time", "T", 0, "judge as of this time, not of now" },
	{ OPT_OUTPUT, "output", "FILE", OPTION_CREATES, "write it into FILE, which must not exist" },
	{ INPUT_MAX_BYTES, "max-bytes", "N", 0, "read documents of up to N bytes (1048576)" },
	OPTIONS_LAST
};
static const struct tool tool = {
	"skr-open", "Open a sealed slot of a Signed Key Response; pass it on only if it is genuine.",
	specs, "[FILE|FOLDER]", 0, 1
};

struct work {
	struct inputs	 in;
	struct reach	 reach;
	const char	*operand;
	const char	*output;
	const char	*key;
	const char	*passphrase_path;
	int		 passphrase_fd;
	const char	*manifest_path;
	bool		 any_set;
	bool		 no_anchor;
	struct dname	 zone;
	unsigned char	 set[DIGEST_SIZE];
	struct seal_claim claim;

	char		*path;		/* the sealed file; "-": standard input */
	struct seal_manifest *manifest;
	struct buf	 sealed;
	struct buf	 content;
	struct buf	 document;
	unsigned char	 envelope[DIGEST_SIZE];
	struct skr	*skr;
};

static enum verdict
no_memory(struct work *w)
{
	return report_fault(&w->in.report, NULL, "out of memory");
}

/* The sealed file itself: the operand, or the one in that folder for the time given. */
static enum verdict
find(struct work *w)
{
	const struct spot at = { w->operand, 0, 0 };
	struct stat	 st;
	const char	*slash;

	if (strcmp(w->operand, "-") != 0 && stat(w->operand, &st) == 0 && S_ISDIR(st.st_mode)) {
		enum verdict	 v;

		if (w->claim.at == -1)
			return report_fault(&w->in.report, &at, "a folder: say --at which time");
		if ((v = seal_find(&w->path, w->operand, w->claim.zone, w->claim.at,
		    &w->in.report)) != ACCEPT)
			return v;
	} else if ((w->path = strdup(w->operand)) == NULL)
		return no_memory(w);
	if (strcmp(w->path, "-") != 0)
		w->claim.name = (slash = strrchr(w->path, '/')) == NULL ? w->path : slash + 1;
	return ACCEPT;
}

static enum verdict
read_manifest(struct work *w, const char *path)
{
	const struct spot at = { path, 0, 0 };
	struct buf	 text = BUF_EMPTY;
	const char	*why = NULL;
	enum verdict	 v = ACCEPT;

	if (buf_load(&text, path, SEAL_MANIFEST_BYTES) == -1)
		v = report_fault(&w->in.report, &at, "%s%s", strerror(errno), errno == ENOENT ?
		    "; give the --manifest of the set, or its digest with --set, or say "
		    "--any-set" : "");
	else if ((why = seal_manifest_read(&w->manifest, text.data, text.len)) != NULL)
		v = report_broken(&w->in.report, &at, NULL, "%s", why);
	buf_free(&text);
	w->claim.manifest = w->manifest;
	return v;
}

/* The one that was named, or the one beside the file. */
static enum verdict
load_manifest(struct work *w)
{
	char		*beside;
	enum verdict	 v;
	int		 len = w->claim.name == NULL ? 0 : (int)(w->claim.name - w->path);

	if (w->manifest_path != NULL)
		return read_manifest(w, w->manifest_path);
	if (w->any_set || w->claim.set != NULL)
		return ACCEPT;
	if (asprintf(&beside, "%.*s%s", len, w->path, SEAL_MANIFEST) == -1)
		return no_memory(w);
	v = read_manifest(w, beside);
	free(beside);
	return v;
}

static enum verdict
no_passphrase(struct work *w, const char *input)
{
	const struct spot at = { input, 0, 0 };

	return report_fault(&w->in.report, &at, "no passphrase: %s", errno == EPERM ?
	    "not a file that its owner alone can read" : strerror(errno));
}

static enum verdict
open_sealed(struct work *w, const struct cms_opener *o)
{
	return cms_open(&w->content, w->envelope, &w->sealed, w->path, o, &w->in.report);
}

static enum verdict
open_by_passphrase(struct work *w)
{
	struct secret	 pass = SECRET_EMPTY;
	const struct cms_opener o = { .passphrase = &pass };
	enum verdict	 v;
	int		 rc;

	if (w->passphrase_path != NULL)
		rc = secret_load(&pass, w->passphrase_path);
	else if (w->passphrase_fd != -1)
		rc = secret_read(&pass, w->passphrase_fd);
	else
		rc = tty_ask_secret("Passphrase of the slot: ", &pass);
	if (rc == -1)
		return no_passphrase(w, w->passphrase_path);
	sheet_tidy(&pass);
	v = open_sealed(w, &o);
	secret_free(&pass);
	return v;
}

static int
ask(const char *path, struct secret *s)
{
	char	 question[256];

	snprintf(question, sizeof(question), "Passphrase of %.200s: ", path);
	return tty_ask_secret(question, s);
}

static enum verdict
open_by_file(struct work *w)
{
	struct cms_private *key = cms_private_load(w->key, ask, &w->in.report);
	const struct cms_opener o = { .key = key };
	enum verdict	 v = FAULT;

	if (key != NULL)
		v = open_sealed(w, &o);
	cms_private_free(key);
	return v;
}

/* One module, one token of it, one key. */
static enum verdict
open_by_token(struct work *w)
{
	struct tokens	*tokens = NULL;
	struct decrypter *d = NULL;
	struct cms_holder h;
	const struct cms_opener o = { .holder = &h };
	char		*token = NULL, *key = NULL;
	enum verdict	 v;

	if (decrypter_uris(&token, &key, w->key) == -1)
		return no_memory(w);
	w->reach.tokens[0] = token;
	w->reach.ntokens = token != NULL;
	if ((v = reach_open(&tokens, &w->reach, NULL, &w->in.report)) == ACCEPT &&
	    (v = decrypter_find(&d, tokens, tokens_get(tokens, 0), key,
	    &w->in.report)) == ACCEPT) {
		h = decrypter_holder(d);
		v = open_sealed(w, &o);
	}
	decrypter_free(d);
	tokens_close(tokens);
	reach_free(&w->reach);
	free(token);
	free(key);
	return v;
}

static bool
on_token(const struct work *w)
{
	return w->key != NULL && strncmp(w->key, "pkcs11:", 7) == 0;
}

/* Signatures and anchor, as of any SKR that something is built on. */
static enum verdict
judge(struct work *w)
{
	const struct spot at = { w->path, 0, 0 };
	struct subject	 s = inputs_subject(&w->in);

	s.previous = w->skr;
	if (w->no_anchor)
		report_warning(&w->in.report, &at, "SKR-ANCHOR",
		    "not authenticated by any anchor, as asked for");
	return check_previous(&s);
}

static enum verdict
unseal(struct work *w)
{
	struct report	*rep = &w->in.report;
	enum verdict	 v;

	if ((v = inputs_load(&w->in, false)) != ACCEPT || (v = find(w)) != ACCEPT ||
	    (v = load_manifest(w)) != ACCEPT ||
	    (v = input_read(&w->sealed, w->path, w->in.o.max_bytes + ENVELOPE, NULL,
	    rep)) != ACCEPT || (v = seal_listed(&w->claim, &w->sealed, w->path, rep)) != ACCEPT)
		return v;
	v = on_token(w) ? open_by_token(w) : w->key != NULL ? open_by_file(w) :
	    open_by_passphrase(w);
	if (v != ACCEPT || (v = seal_take(&w->skr, &w->document, &w->content, w->envelope,
	    &w->claim, w->path, rep)) != ACCEPT)
		return v;
	return judge(w);
}

static enum verdict
deliver(struct work *w, enum verdict v)
{
	int	 rc;

	if ((v = inputs_report(&w->in, v)) != ACCEPT)
		return v;
	rc = w->output == NULL ? buf_write(&w->document, STDOUT_FILENO) :
	    buf_create(&w->document, w->output, 0644);
	if (rc == 0)
		return ACCEPT;
	fprintf(stderr, "%s: %s: %s\n", tool.name,
	    w->output == NULL ? "standard output" : w->output, strerror(errno));
	return FAULT;
}

static enum verdict
run(struct work *w)
{
	enum verdict	 v;

	v = deliver(w, unseal(w));
	skr_free(w->skr);
	buf_wipe(&w->document);
	buf_wipe(&w->content);
	buf_free(&w->sealed);
	seal_manifest_free(w->manifest);
	free(w->path);
	inputs_free(&w->in);
	return v;
}

/* NULL, or what is wrong with the argument. */
static const char *
take_descriptor(int *fd, const char *arg)
{
	char	*end;
	long	 n = strtol(arg, &end, 10);

	if (*arg < '0' || *arg > '9' || *end != '\0' || n < 3 || n > 1023)
		return "--passphrase-fd takes the number of an open descriptor from 3 up";
	*fd = (int)n;
	return NULL;
}

static const char *
take_own(struct work *w, int id, const char *arg)
{
	switch (id) {
	case 'k':
		w->key = arg;
		return NULL;
	case OPT_PASSPHRASE_FILE:
		w->passphrase_path = arg;
		return NULL;
	case OPT_PASSPHRASE_FD:
		return take_descriptor(&w->passphrase_fd, arg);
	case OPT_AT:
		return isotime_option(&w->claim.at, arg) == 0 ? NULL :
		    "--at takes YYYY-MM-DD, YYYY-MM-DDThh:mm:ssZ or now";
	case OPT_ZONE:
		w->claim.zone = &w->zone;
		return dname_parse(&w->zone, arg) == 0 ? NULL : "--zone takes a domain name";
	case OPT_MANIFEST:
		w->manifest_path = arg;
		return NULL;
	case OPT_SET:
		w->claim.set = w->set;
		return digest_from_hex(w->set, arg) == 0 ? NULL : "--set takes 64 hex digits";
	case OPT_ANY_SET:
		w->any_set = true;
		return NULL;
	case OPT_NO_ANCHOR:
		w->no_anchor = true;
		return NULL;
	default:
		w->output = arg;
		return NULL;
	}
}

static int
take_option(struct work *w, const struct options *o, int id, const char *arg)
{
	const char	*why;
	int		 rc;

	if ((rc = reach_option(&w->reach, o, id, arg)) != 0 ||
	    (rc = input_option(&w->in.o, o, id, arg)) != 0)
		return rc == -1 ? -1 : 0;
	if ((why = take_own(w, id, arg)) == NULL)
		return 0;
	options_usage(o, "%s", why);
	return -1;
}

/* NULL, or what does not go together. */
static const char *
wrong(const struct work *w)
{
	if (w->no_anchor == (w->in.o.nanchors > 0))
		return w->no_anchor ? "--no-anchor and --anchor exclude each other" :
		    "give the --anchor that it must be signed under, or say --no-anchor";
	if ((w->key != NULL) + (w->passphrase_path != NULL) + (w->passphrase_fd != -1) > 1)
		return "--key, --passphrase-file and --passphrase-fd exclude each other";
	if (on_token(w) != (w->reach.module != NULL))
		return "the PKCS#11 URI of a key goes with the --module of its token";
	if (!on_token(w) && w->reach.pin_fd != -1)
		return "--pin-fd goes with a key on a token";
	if ((w->manifest_path != NULL) + (w->claim.set != NULL) + w->any_set > 1)
		return "--manifest, --set and --any-set exclude each other";
	return NULL;
}

int
main(int argc, char *argv[])
{
	struct work	 w = {
		.in = { .tool = "skr-open", .o = INPUT_OPTIONS_EMPTY }, .reach = REACH_EMPTY,
		.operand = "-", .passphrase_fd = -1, .claim = { .at = -1 },
	};
	struct options	 o;
	const char	*arg, *why;
	int		 id;

	secret_harden();
	options_start(&o, &tool, argc, argv);
	while ((id = options_next(&o, &arg)) > 0)
		if (take_option(&w, &o, id, arg) == -1)
			return FAULT;
	if (id == OPTIONS_STOP)
		return (int)o.status;
	if ((why = wrong(&w)) != NULL)
		return (int)options_usage(&o, "%s", why);
	if (cms_init() == -1) {
		fprintf(stderr, "%s: no memory can be locked for keys\n", tool.name);
		return FAULT;
	}
	if (o.count > 0)
		w.operand = o.operands[0];
	return (int)run(&w);
}
