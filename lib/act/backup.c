#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "act/backup.h"
#include "base/base64.h"
#include "base/isotime.h"

#define MANIFEST	"manifest"
#define KEYLIST		"keylist"
#define PURPOSE		"ksrkit backup manifest 1"
#define HMAC_LINE	(5 + 2 * DIGEST_SIZE + 1)	/* "hmac ", hex and the line's end */
#define KEYS_MAX	9999

void
backup_name(char out[BACKUP_NAME], int64_t made)
{
	char	 text[ISOTIME_SIZE];

	snprintf(out, BACKUP_NAME, "key-backup-%.10s", isotime_format(text, made, "Z"));
}

const char *
backup_key_file(char out[BACKUP_KEY_FILE], size_t i)
{
	snprintf(out, BACKUP_KEY_FILE, "keys/%04zu", i + 1);
	return out;
}

static const char *const attribute_names[] = {
	"sign", "sign-recover", "decrypt", "unwrap", "derive", "verify", "verify-recover",
	"encrypt", "wrap", "private", "modifiable", "sensitive", "extractable",
	"wrap-with-trusted", "always-authenticate", "dated", NULL
};

int
backup_attributes_print(struct buf *out, unsigned attributes)
{
	bool	 first = true;
	size_t	 i;

	if (attributes == 0)
		return buf_puts(out, "-");
	for (i = 0; attribute_names[i] != NULL; i++)
		if ((attributes >> i & 1) != 0) {
			if (buf_printf(out, "%s%s", first ? "" : ",", attribute_names[i]) == -1)
				return -1;
			first = false;
		}
	return 0;
}

int
backup_attributes_parse(unsigned *out, const char *text)
{
	unsigned	 all = 0;
	size_t		 i, len;

	if (strcmp(text, "-") == 0) {
		*out = 0;
		return 0;
	}
	for (;; text += len + 1) {
		len = strcspn(text, ",");
		for (i = 0; attribute_names[i] != NULL; i++)
			if (strlen(attribute_names[i]) == len &&
			    strncmp(attribute_names[i], text, len) == 0)
				break;
		if (attribute_names[i] == NULL)
			return -1;
		all |= 1u << i;
		if (text[len] == '\0')
			break;
	}
	*out = all;
	return 0;
}

int
backup_sum(struct buf *out, const unsigned char digest[DIGEST_SIZE], const char *file)
{
	char	 hex[DIGEST_HEX];

	return buf_printf(out, "%s  %s\n", digest_hex(hex, digest), file);
}

static int
print_files(struct buf *out, const struct tarball *t)
{
	unsigned char	 d[DIGEST_SIZE];
	char		 hex[DIGEST_HEX];
	size_t		 i;

	if (buf_printf(out, "files %zu\n", t->n) == -1)
		return -1;
	for (i = 0; i < t->n; i++)
		if (digest_bytes(d, t->v[i].data.data, t->v[i].data.len) == -1 ||
		    buf_printf(out, "file %s %zu %s\n", t->v[i].name, t->v[i].data.len,
		    digest_hex(hex, d)) == -1)
			return -1;
	return 0;
}

static int
print_keys(struct buf *out, const struct backup *b)
{
	size_t	 i;

	if (buf_printf(out, "keys %zu\n", b->list.n) == -1)
		return -1;
	for (i = 0; i < b->list.n; i++) {
		const struct backup_key *k = &b->keys[i];

		if (buf_printf(out, "key %zu %s ", i + 1, k->wrapped ? "wrapped" : "public") == -1 ||
		    backup_attributes_print(out, k->private) == -1 || buf_puts(out, " ") == -1 ||
		    backup_attributes_print(out, k->public) == -1 ||
		    buf_printf(out, " %u ", k->key.algorithm) == -1 ||
		    base64_encode(out, k->key.public, k->key.len) == -1 || buf_puts(out, "\n") == -1)
			return -1;
	}
	return 0;
}

/* All but its last line, which authenticates it. */
static int
print_manifest(struct buf *out, const struct backup *b)
{
	char	 text[ISOTIME_SIZE];

	if (buf_printf(out, "ksrkit backup 1\nname %s\nmade %s\nwrap %s\n", b->name,
	    isotime_format(text, b->made, "Z"), b->wrap) == -1 ||
	    share_set_print(out, &b->set) == -1 || print_files(out, &b->files) == -1)
		return -1;
	return print_keys(out, b);
}

/* A key of its own for this use, made of the wrapping key (as HKDF-Expand with one block, RFC 5869 2.3). */
static int
make_hmac(unsigned char out[DIGEST_SIZE], const struct buf *manifest, const struct secret *key)
{
	static const unsigned char info[] = PURPOSE "\x01";
	struct secret	 own = SECRET_EMPTY;
	unsigned	 n = DIGEST_SIZE;
	int		 rc = -1;

	if (secret_room(&own) == -1)
		return -1;
	if (HMAC(EVP_sha256(), key->text, (int)key->len, info, sizeof(info) - 1,
	    (unsigned char *)own.text, &n) != NULL && HMAC(EVP_sha256(), own.text, DIGEST_SIZE,
	    manifest->data, manifest->len, out, &n) != NULL)
		rc = 0;
	else
		errno = ENOMEM;
	secret_free(&own);
	return rc;
}

int
backup_authentic(const struct backup *b, const struct secret *key)
{
	unsigned char	 hmac[DIGEST_SIZE];

	if (make_hmac(hmac, &b->manifest, key) == -1)
		return -1;
	return CRYPTO_memcmp(hmac, b->hmac, DIGEST_SIZE) == 0;
}

/* Everything into the folder that the archive unpacks to. */
static int
pack(struct tarball *out, const struct backup *b, struct buf *manifest)
{
	char	 path[2 * TARBALL_NAME_MAX];
	size_t	 i;

	out->mtime = b->made;
	snprintf(path, sizeof(path), "%s/" MANIFEST, b->name);
	if (tarball_add(out, path, manifest) == -1)
		return -1;
	for (i = 0; i < b->files.n; i++) {
		struct buf	 copy = BUF_EMPTY;

		snprintf(path, sizeof(path), "%s/%s", b->name, b->files.v[i].name);
		if (buf_append(&copy, b->files.v[i].data.data, b->files.v[i].data.len) == -1 ||
		    tarball_add(out, path, &copy) == -1) {
			buf_free(&copy);
			return -1;
		}
	}
	return 0;
}

int
backup_write(struct buf *out, struct backup *b, const struct secret *key)
{
	struct buf	 list = BUF_EMPTY, whole = BUF_EMPTY;
	struct tarball	 t = TARBALL_EMPTY;
	char		 hex[DIGEST_HEX];
	int		 rc = -1;

	buf_free(&b->manifest);
	if (keylist_print(&list, &b->list) == -1 || tarball_add(&b->files, KEYLIST, &list) == -1 ||
	    print_manifest(&b->manifest, b) == -1 || make_hmac(b->hmac, &b->manifest, key) == -1 ||
	    buf_append(&whole, b->manifest.data, b->manifest.len) == -1 ||
	    buf_printf(&whole, "hmac %s\n", digest_hex(hex, b->hmac)) == -1)
		goto out;
	rc = pack(&t, b, &whole);
	if (rc == 0)
		rc = tarball_write(out, &t);
 out:
	buf_free(&list);
	buf_free(&whole);
	tarball_clear(&t);
	return rc;
}

/* The files out of their folder, the manifest aside; its last line is taken off. */
static enum verdict
take_apart(struct backup *b, struct tarball *t, const struct spot *at, struct report *rep)
{
	const char	*name, *slash;
	size_t		 i, top;

	if ((slash = strchr(t->v[0].name, '/')) == NULL ||
	    (top = (size_t)(slash - t->v[0].name)) >= BACKUP_NAME)
		return report_broken(rep, at, NULL, "its files are not in one folder key-backup-...");
	memcpy(b->name, t->v[0].name, top);
	b->name[top] = '\0';
	for (i = 0; i < t->n; i++) {
		name = t->v[i].name;
		if (strncmp(name, b->name, top) != 0 || name[top] != '/')
			return report_broken(rep, at, NULL, "%s is not in the folder %s", name,
			    b->name);
		name += top + 1;
		if (strcmp(name, MANIFEST) == 0) {
			b->manifest = t->v[i].data;
			t->v[i].data = (struct buf)BUF_EMPTY;
		} else if (tarball_add(&b->files, name, &t->v[i].data) == -1)
			return report_fault(rep, at, "out of memory");
	}
	if (b->manifest.len == 0)
		return report_broken(rep, at, NULL, "it has no manifest");
	return ACCEPT;
}

static enum verdict
take_hmac(struct backup *b, const struct spot *at, struct report *rep)
{
	struct buf	*m = &b->manifest;
	char		*line;

	if (memchr(m->data, '\0', m->len) != NULL || m->len <= HMAC_LINE ||
	    m->data[m->len - 1] != '\n' || m->data[m->len - HMAC_LINE - 1] != '\n')
		return report_broken(rep, at, NULL, "the manifest does not end with its hmac line");
	line = (char *)m->data + m->len - HMAC_LINE;
	line[HMAC_LINE - 1] = '\0';
	if (strncmp(line, "hmac ", 5) != 0 || digest_from_hex(b->hmac, line + 5) == -1)
		return report_broken(rep, at, NULL, "the manifest does not end with its hmac line");
	m->len -= HMAC_LINE;
	*line = '\0';
	return ACCEPT;
}

/* "word VALUE": the value up to the end of the line, into out; the text behind it. */
static const char *
take_value(const char *p, const char *word, char *out, size_t size)
{
	size_t	 len = strlen(word), n = strcspn(p, "\n");

	if (n <= len + 1 || strncmp(p, word, len) != 0 || p[len] != ' ' || p[n] != '\n' ||
	    n - len - 1 >= size)
		return NULL;
	memcpy(out, p + len + 1, n - len - 1);
	out[n - len - 1] = '\0';
	return p + n + 1;
}

/* "word N" */
static const char *
take_number(const char *p, const char *word, size_t max, size_t *n)
{
	char	 text[8], *end;

	if ((p = take_value(p, word, text, sizeof(text))) == NULL || *text < '0' || *text > '9')
		return NULL;
	*n = strtoul(text, &end, 10);
	return *end != '\0' || *n > max ? NULL : p;
}

static int
parse_key(struct backup_key *k, char *line)
{
	char	*field[7], *rest = line, *end;
	size_t	 n = 0, len;

	while (n < 7 && (field[n] = strsep(&rest, " ")) != NULL)
		n++;
	if (n != 7 || rest != NULL || strcmp(field[0], "key") != 0)
		return -1;
	k->wrapped = strcmp(field[2], "wrapped") == 0;
	k->key.algorithm = (uint8_t)strtoul(field[5], &end, 10);
	if (*end != '\0' || backup_attributes_parse(&k->private, field[3]) == -1 ||
	    backup_attributes_parse(&k->public, field[4]) == -1 ||
	    (k->key.public = base64_decode(field[6], strlen(field[6]), &len)) == NULL)
		return -1;
	k->key.len = len;
	return 0;
}

static enum verdict
parse_keys(struct backup *b, const char *p, size_t n, const struct spot *at, struct report *rep)
{
	uint64_t	 exponent;
	unsigned	 bits;
	size_t		 i, len;
	char		*line;
	int		 rc;

	if (n != b->list.n)
		return report_broken(rep, at, NULL, "%zu keys in the manifest, %zu in the list", n,
		    b->list.n);
	if ((b->keys = calloc(n + 1, sizeof(*b->keys))) == NULL)
		return report_fault(rep, at, "out of memory");
	for (i = 0; i < n; i++) {
		len = strcspn(p, "\n");
		if ((line = strndup(p, len)) == NULL)
			return report_fault(rep, at, "out of memory");
		rc = parse_key(&b->keys[i], line);
		free(line);
		p += len + (p[len] == '\n');
		if (rc == -1 || key_size(&b->keys[i].key, &bits, &exponent) == -1)
			return report_broken(rep, at, NULL, "the manifest's line of key %zu is not "
			    "sound", i + 1);
	}
	return ACCEPT;
}

/* The head of the manifest; *p is set behind it. */
static enum verdict
parse_head(struct backup *b, const char **p, const struct spot *at, struct report *rep)
{
	static const char magic[] = "ksrkit backup 1\n";
	struct spot	 line = { at->input, 0, 0 };
	char		 name[BACKUP_NAME], made[ISOTIME_SIZE], want[BACKUP_NAME];

	if (strncmp(*p, magic, strlen(magic)) != 0)
		return report_broken(rep, at, NULL, "its manifest is of no form that is known here");
	*p += strlen(magic);
	if ((*p = take_value(*p, "name", name, sizeof(name))) == NULL ||
	    (*p = take_value(*p, "made", made, sizeof(made))) == NULL ||
	    (*p = take_value(*p, "wrap", b->wrap, sizeof(b->wrap))) == NULL ||
	    isotime_parse(&b->made, made) == -1 ||
	    (strcmp(b->wrap, "kwp") != 0 && strcmp(b->wrap, "pad") != 0))
		return report_broken(rep, at, NULL, "the head of its manifest is not sound");
	backup_name(want, b->made);
	if (strcmp(name, b->name) != 0 || strcmp(name, want) != 0)
		return report_broken(rep, at, NULL, "folder, name and time are those of different "
		    "backups: %s, %s, %s", b->name, name, made);
	return share_set_parse(&b->set, *p, p, &line, rep);
}

static enum verdict
parse_list(struct backup *b, const struct spot *at, struct report *rep)
{
	const struct tarfile *f = tarball_find(&b->files, KEYLIST);
	struct report	 own = REPORT_EMPTY;
	enum verdict	 v = ACCEPT;
	size_t		 i;

	if (f == NULL)
		return report_broken(rep, at, NULL, "it has no " KEYLIST);
	if (keylist_parse(&b->list, &f->data, at->input, &own) != ACCEPT)
		for (i = 0; i < own.count; i++)
			v = report_broken(rep, at, NULL, KEYLIST ":%lu: %s", own.findings[i].line,
			    own.findings[i].text);
	else if (b->list.ntokens != 1 || b->list.n > KEYS_MAX)
		v = report_broken(rep, at, NULL, KEYLIST ": one token and up to %d keys are "
		    "expected", KEYS_MAX);
	report_free(&own);
	return v;
}

/* Each file against the manifest's line for it; what is not listed is named, and what is missing. */
static enum verdict
judge_files(struct backup *b, const char **p, const struct spot *at, struct report *rep)
{
	char		 line[TARBALL_NAME_MAX + 100], name[TARBALL_NAME_MAX + 1], hex[DIGEST_HEX];
	char		 is[DIGEST_HEX];
	unsigned char	 d[DIGEST_SIZE];
	enum verdict	 v = ACCEPT;
	size_t		 n, i, size;

	if ((*p = take_number(*p, "files", TARBALL_FILES_MAX, &n)) == NULL)
		return report_broken(rep, at, NULL, "the manifest does not tell its files");
	for (i = 0; i < n; i++) {
		const struct tarfile *f;

		if ((*p = take_value(*p, "file", line, sizeof(line))) == NULL ||
		    sscanf(line, "%100s %zu %64s", name, &size, hex) != 3)
			return report_broken(rep, at, NULL, "the manifest's line of file %zu is not "
			    "sound", i + 1);
		if ((f = tarball_find(&b->files, name)) == NULL)
			v = report_broken(rep, at, NULL, "%s is in the manifest, and not there",
			    name);
		else if (digest_bytes(d, f->data.data, f->data.len) == -1)
			return report_fault(rep, at, "no digest can be made");
		else if (f->data.len != size || strcmp(digest_hex(is, d), hex) != 0)
			v = report_broken(rep, at, NULL, "%s has another digest than the manifest "
			    "says", name);
	}
	if (v == ACCEPT && n != b->files.n)
		v = report_broken(rep, at, NULL, "%zu files in the manifest, %zu in the archive", n,
		    b->files.n);
	return v;
}

/* What the key-list line, the manifest and the files say of each key must be one thing. */
static enum verdict
judge_keys(const struct backup *b, const struct spot *at, struct report *rep)
{
	char		 file[BACKUP_KEY_FILE];
	enum verdict	 v = ACCEPT;
	size_t		 i, wrapped = 0, found = 0;

	for (i = 0; i < b->list.n; i++) {
		const struct keyline *l = &b->list.keys[i];
		const struct backup_key *k = &b->keys[i];
		const struct tarfile *f = tarball_find(&b->files, backup_key_file(file, i));

		wrapped += k->wrapped;
		if (k->wrapped != (f != NULL) || (k->wrapped &&
		    (f->data.len % 8 != 0 || f->data.len < 24)))
			v = report_broken(rep, at, NULL, "key %zu: its wrapped half is %s", i + 1,
			    f == NULL ? "missing" : k->wrapped ? "no wrapped key" : "not expected");
		if (l->algorithm != 0 && algorithm_family(l->algorithm) !=
		    algorithm_family(k->key.algorithm))
			v = report_broken(rep, at, NULL, "key %zu: list and manifest have different "
			    "algorithms", i + 1);
		if (!k->wrapped && k->private != 0)
			v = report_broken(rep, at, NULL, "key %zu: attributes of a half that is not "
			    "there", i + 1);
	}
	for (i = 0; i < b->files.n; i++)
		found += strncmp(b->files.v[i].name, "keys/", 5) == 0;
	if (v == ACCEPT && found != wrapped)
		v = report_broken(rep, at, NULL, "%zu files of wrapped keys, %zu are expected", found,
		    wrapped);
	if (b->set.kind != SHARE_KEY)
		v = report_broken(rep, at, NULL, "its shares are those of a PIN");
	return v;
}

/* There is one text for a manifest: written again, it is the same. */
static enum verdict
judge_form(const struct backup *b, const struct spot *at, struct report *rep)
{
	struct buf	 again = BUF_EMPTY;
	enum verdict	 v = ACCEPT;

	if (print_manifest(&again, b) == -1)
		v = report_fault(rep, at, "out of memory");
	else if (again.len != b->manifest.len ||
	    memcmp(again.data, b->manifest.data, again.len) != 0)
		v = report_broken(rep, at, NULL, "its manifest is not as it was written");
	buf_free(&again);
	return v;
}

static enum verdict
judge(struct backup *b, const struct spot *at, struct report *rep)
{
	const char	*p;
	enum verdict	 v;
	size_t		 n;

	if ((v = take_hmac(b, at, rep)) != ACCEPT)
		return v;
	p = (const char *)b->manifest.data;
	if ((v = parse_head(b, &p, at, rep)) != ACCEPT ||
	    (v = judge_files(b, &p, at, rep)) != ACCEPT || (v = parse_list(b, at, rep)) != ACCEPT)
		return v;
	if ((p = take_number(p, "keys", KEYS_MAX, &n)) == NULL)
		return report_broken(rep, at, NULL, "the manifest does not tell its keys");
	if ((v = parse_keys(b, p, n, at, rep)) != ACCEPT || (v = judge_keys(b, at, rep)) != ACCEPT)
		return v;
	return judge_form(b, at, rep);
}

enum verdict
backup_read(struct backup *out, const struct buf *in, size_t max, const char *input,
    struct report *rep)
{
	const struct spot at = { input, 0, 0 };
	struct tarball	 t = TARBALL_EMPTY;
	struct backup	 b = BACKUP_EMPTY;
	enum verdict	 v;

	if ((v = tarball_read(&t, in, max, input, rep)) == ACCEPT &&
	    (v = take_apart(&b, &t, &at, rep)) == ACCEPT && (v = judge(&b, &at, rep)) == ACCEPT) {
		if (t.mtime != b.made)
			v = report_broken(rep, &at, NULL, "its files have another time than it");
		else if (digest_bytes(b.digest, in->data, in->len) == -1)
			v = report_fault(rep, &at, "no digest can be made");
	}
	tarball_clear(&t);
	if (v == ACCEPT) {
		backup_clear(out);
		*out = b;
	} else
		backup_clear(&b);
	return v;
}

void
backup_clear(struct backup *b)
{
	size_t	 i;

	for (i = 0; b->keys != NULL && i < b->list.n; i++)
		key_clear(&b->keys[i].key);
	free(b->keys);
	keylist_clear(&b->list);
	share_set_clear(&b->set);
	tarball_clear(&b->files);
	buf_free(&b->manifest);
	*b = (struct backup)BACKUP_EMPTY;
}
