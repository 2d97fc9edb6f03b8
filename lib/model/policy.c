#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/digest.h"
#include "model/policy.h"
#include "model/policy_read.h"
#include "model/policy_words.h"

struct policy *
policy_default(void)
{
	struct policy		*pol;
	enum word_section	 s;

	if ((pol = calloc(1, sizeof(*pol))) == NULL)
		return NULL;
	pol->private = true;
	for (s = SECTION_TOP; s <= SECTION_ZSK; s++)
		if (word_defaults(s, pol) == -1)
			goto fail;
	if ((pol->input = strdup("defaults")) == NULL)
		goto fail;
	return pol;
 fail:
	policy_free(pol);
	return NULL;
}

/* The bytes of the file, and whether its owner alone can read them. */
static int
read_file(struct buf *in, bool *private, const char *path)
{
	struct stat	 st;
	int		 fd, saved, rv = -1;

	if ((fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY)) == -1)
		return -1;
	if (fstat(fd, &st) == 0 && buf_read(in, fd, POLICY_MAX_BYTES) == 0) {
		*private = S_ISREG(st.st_mode) && st.st_uid == geteuid() &&
		    (st.st_mode & (S_IRWXG | S_IRWXO)) == 0;
		rv = 0;
	}
	saved = errno;
	close(fd);
	errno = saved;
	return rv;
}

static int
parse(struct policy *pol, const struct buf *in, struct report *rep)
{
	struct node	*root;
	int		 rv;

	if ((root = policy_yaml_parse(in, pol->input, rep)) == NULL)
		return -1;
	rv = policy_read(pol, root, rep);
	policy_yaml_free(root);
	return rv;
}

struct policy *
policy_load(const char *path, struct report *rep)
{
	struct spot	 at = { path, 0, 0 };
	struct buf	 in = BUF_EMPTY;
	struct policy	*pol = NULL;
	char		*input = NULL;
	int		 rv = -1;

	if ((pol = policy_default()) == NULL || (input = strdup(path)) == NULL) {
		report_fault(rep, &at, "out of memory");
		goto out;
	}
	free(pol->input);
	pol->input = input;
	if (read_file(&in, &pol->private, path) == -1) {
		if (errno == EFBIG)
			report_fault(rep, &at, "more than %zu bytes", POLICY_MAX_BYTES);
		else
			report_fault(rep, &at, "cannot be read: %s", strerror(errno));
		goto out;
	}
	if (digest_bytes(pol->digest, in.data, in.len) == -1)
		report_fault(rep, &at, "no SHA-256");
	else
		rv = parse(pol, &in, rep);
 out:
	buf_wipe(&in);
	if (rv == 0)
		return pol;
	policy_free(pol);
	return NULL;
}

enum verdict
policy_may_login(const struct policy *pol, struct report *rep)
{
	struct spot	 at = { pol->input, 0, 0 };
	enum verdict	 v = ACCEPT;
	size_t		 i;

	for (i = 0; i < pol->nhsms; i++) {
		if (pol->hsms[i].pin.text == NULL && pol->hsms[i].so_pin.text == NULL)
			continue;
		at.line = pol->hsms[i].line;
		if (pol->private)
			report_warning(rep, &at, NULL, "hsm %s: a PIN in a file: a prompt is safer",
			    pol->hsms[i].name);
		else
			v = report_fault(rep, &at, "hsm %s: a PIN in a file that others than its "
			    "owner can read, or that is not the user's own", pol->hsms[i].name);
	}
	return v;
}

const struct ksk *
policy_key(const struct policy *pol, const char *name)
{
	size_t	 i;

	for (i = 0; i < pol->nkeys; i++)
		if (strcmp(pol->keys[i].name, name) == 0)
			return &pol->keys[i];
	return NULL;
}

const struct schema *
policy_schema(const struct policy *pol, const char *name)
{
	size_t	 i;

	for (i = 0; i < pol->nschemas; i++)
		if (strcmp(pol->schemas[i].name, name) == 0)
			return &pol->schemas[i];
	return NULL;
}

static void
strings_free(struct strings *s)
{
	size_t	 i;

	for (i = 0; i < s->n; i++)
		free(s->v[i]);
	free(s->v);
}

static void
hsm_free(struct hsm *h)
{
	size_t	 i;

	for (i = 0; i < h->nenv; i++) {
		free(h->env[i].name);
		free(h->env[i].value);
	}
	free(h->env);
	secret_free(&h->pin);
	secret_free(&h->so_pin);
	free(h->uri);
	free(h->module);
	free(h->name);
}

static void
ksk_free(struct ksk *k)
{
	free(k->name);
	free(k->description);
	free(k->label);
	free(k->uri);
	free(k->dnskey);
}

static void
schema_free(struct schema *s)
{
	size_t	 i;

	for (i = 0; i < s->nslots; i++) {
		strings_free(&s->slots[i].publish);
		strings_free(&s->slots[i].sign);
		strings_free(&s->slots[i].revoke);
		strings_free(&s->slots[i].sign_only);
		strings_free(&s->slots[i].cds);
	}
	free(s->slots);
	free(s->name);
}

void
policy_free(struct policy *pol)
{
	size_t	 i;

	if (pol == NULL)
		return;
	for (i = 0; i < pol->nhsms; i++)
		hsm_free(&pol->hsms[i]);
	for (i = 0; i < pol->nkeys; i++)
		ksk_free(&pol->keys[i]);
	for (i = 0; i < pol->nschemas; i++)
		schema_free(&pol->schemas[i]);
	free(pol->hsms);
	free(pol->keys);
	free(pol->schemas);
	strings_free(&pol->request.acceptable_domains);
	free(pol->request.approved_algorithms.v);
	free(pol->request.rsa_approved_exponents.v);
	free(pol->request.rsa_approved_key_sizes.v);
	free(pol->request.num_keys_per_bundle.v);
	free(pol->ksk.signers_name);
	free(pol->zsk.domain);
	free(pol->zsk.hsm);
	free(pol->zsk.key_dir);
	free(pol->zsk.label);
	strings_free(&pol->may_accept);
	free(pol->input);
	free(pol);
}
