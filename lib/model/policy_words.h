/*
 * policy_words: the table of every word of the policy file: where it stands,
 * its type, its default and range, and where its value goes.  The reader, the
 * defaults and the printer walk it, and a test holds it against ksr-policy(5).
 */
#ifndef MODEL_POLICY_WORDS_H
#define MODEL_POLICY_WORDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "model/policy.h"

#define POLICY_MAX_SLOTS	1000	/* of a request, and of a schema */
#define POLICY_MAX_NAMES	256	/* keys, schemas, HSMs */

enum word_section {
	SECTION_TOP,
	SECTION_REQUEST,
	SECTION_RESPONSE,
	SECTION_KSK,
	SECTION_ZSK,
	SECTION_HSM,			/* each of these three: one named entry */
	SECTION_KEY,
	SECTION_SLOT,
	SECTION_FILENAMES,
	SECTIONS
};

enum word_type {
	WORD_BOOL,
	WORD_NUMBER,			/* uint64_t */
	WORD_ODD,			/* uint64_t, odd */
	WORD_DURATION,			/* int64_t seconds */
	WORD_TIME,			/* int64_t */
	WORD_ALGORITHM,			/* uint8_t, one that we support */
	WORD_KNOWN_ALGORITHM,		/* in a list only: any that has a name */
	WORD_TAG,			/* struct ksk: tag, has_tag */
	WORD_DIGEST,			/* struct ksk: ds_sha256, has_ds */
	WORD_TEXT,			/* char * */
	WORD_DOMAIN,			/* char *, as written */
	WORD_MODULE,			/* char *, with its variable replaced */
	WORD_RULE,			/* in a list only: the form of a rule's id */
	WORD_KEY_NAME,			/* in a list only: looked up by the reader */
	WORD_SECRET,			/* struct secret */
	WORD_TRUST,			/* enum trust */
	WORD_MAP,			/* struct hsm: env */
	WORD_IDLE_BOOL,			/* read and checked, without effect */
	WORD_IDLE_TEXT
};

enum word_list {
	LIST_NO,
	LIST_ANY,			/* struct strings or struct numbers */
	LIST_SOME,			/* not empty */
	LIST_OR_ONE			/* a single value is a list of one */
};

struct word {
	enum word_section section;
	const char	*name;
	size_t		 offset;	/* in struct policy, hsm, ksk or schema_slot */
	enum word_type	 type;
	enum word_list	 list;
	const char	*deflt;		/* as in a file, lists with commas; NULL: none */
	const char	*zero;		/* the word for a value of 0, or NULL */
	uint64_t	 min, max;	/* of numbers, and of durations in seconds */
};

extern const struct word policy_words[];
extern const size_t policy_nwords;

/* "request_policy", "hsm.NAME" and so on, as in the manual page. */
const char	*word_section_name(enum word_section);

const struct word *word_find(enum word_section, const char *name);

/*
 * Store what the text says; "base" is the structure of the section.  Of a list,
 * append one item.  0, or -1 with errno: EINVAL the text is not of the type or
 * range, ENOENT it names an environment variable that is not set, ENOMEM.
 */
int		 word_set(const struct word *, void *base, const char *text);

/* The values that the section has without a file.  0, or -1: out of memory. */
int		 word_defaults(enum word_section, void *base);

/* What the word takes, for messages and for the manual: "number, 1 to 1000". */
const char	*word_takes(const struct word *, char *out, size_t size);

/* A number in decimal digits, no sign, no leading zero.  0, or -1. */
int		 word_number(uint64_t *out, const char *text, uint64_t min, uint64_t max);

#endif
