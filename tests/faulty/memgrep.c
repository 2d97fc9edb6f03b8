/*
 * memgrep PID: look through the memory of a process for the text on standard input (its
 * line end left out), and for each piece of it of 8 bytes, as a freed copy may have lost its
 * beginning.  A line for each mapping that has any: hits, bytes of the longest one, whether
 * it is locked (lo) and left out of dumps (dd), and its name.  Exit 0: found; 1: not; 2: it
 * cannot be read.  The text is not in our arguments or environment, and the process should be
 * stopped.
 */
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

#define PIECE	8
#define ROOM	256
#define CHUNK	((size_t)1 << 20)

struct mapping {
	unsigned long	 start;
	unsigned long	 end;
	char		 name[200];
	char		 flags[200];	/* VmFlags of smaps */
	size_t		 hits;
	size_t		 longest;
};

static unsigned char	 text[ROOM];
static size_t		 len;
static unsigned char	 chunk[CHUNK + ROOM];

/* The longest piece of the text that stands at p, at least PIECE bytes; else 0. */
static size_t
match(const unsigned char *p, size_t room)
{
	size_t	 i, n, best = 0;

	for (i = 0; i + PIECE <= len; i++) {
		if (text[i] != *p)
			continue;
		for (n = 0; n < room && i + n < len && p[n] == text[i + n]; n++)
			continue;
		if (n >= PIECE && n > best)
			best = n;
	}
	return best;
}

static void
look(struct mapping *m, const unsigned char *p, size_t n)
{
	bool	 digit[256] = { false };
	size_t	 i, got;

	for (i = 0; i < len; i++)
		digit[text[i]] = true;
	for (i = 0; i + PIECE <= n; i++) {
		if (!digit[p[i]] || (got = match(p + i, n - i)) == 0)
			continue;
		m->hits++;
		if (got > m->longest)
			m->longest = got;
		i += got - 1;
	}
}

static void
search(int mem, struct mapping *m)
{
	unsigned long	 at;
	ssize_t		 n;

	for (at = m->start; at < m->end; at += CHUNK) {
		size_t	 want = m->end - at < sizeof(chunk) ? m->end - at : sizeof(chunk);

		/* guard pages and the kernel's own cannot be read */
		if ((n = pread(mem, chunk, want, (off_t)at)) > 0)
			look(m, chunk, (size_t)n);
	}
}

static void
say(const struct mapping *m)
{
	if (m->hits > 0)
		printf("%zu hits, longest %zu, %s %s %s\n", m->hits, m->longest,
		    strstr(m->flags, " lo") != NULL ? "locked" : "unlocked",
		    strstr(m->flags, " dd") != NULL ? "undumped" : "dumped", m->name);
}

static int
walk(FILE *maps, int mem)
{
	struct mapping	 m = { 0 };
	char		 line[512], access[8];
	unsigned long	 start, end;
	size_t		 hits = 0, bytes = 0;
	int		 at = 0;

	while (fgets(line, sizeof(line), maps) != NULL) {
		if (sscanf(line, "%lx-%lx %7s %*s %*s %*s %n", &start, &end, access, &at) == 3) {
			m = (struct mapping){ .start = start, .end = end };
			snprintf(m.name, sizeof(m.name), "%.*s", (int)strcspn(line + at, "\n"),
			    line + at);
			if (access[0] == 'r') {
				search(mem, &m);
				bytes += end - start;
			}
		} else if (strncmp(line, "VmFlags:", 8) == 0) {
			snprintf(m.flags, sizeof(m.flags), "%.*s", 199, line + 8);
			hits += m.hits;
			say(&m);
		}
	}
	if (bytes == 0) {
		fprintf(stderr, "memgrep: nothing could be read\n");
		return 2;
	}
	return hits > 0 ? 0 : 1;
}

int
main(int argc, char *argv[])
{
	char	 path[64];
	ssize_t	 n;
	FILE	*maps;
	int	 mem;

	if (argc != 2 || (n = read(STDIN_FILENO, text, sizeof(text))) <= 0) {
		fprintf(stderr, "usage: memgrep pid <text\n");
		return 2;
	}
	len = (size_t)n - (text[n - 1] == '\n');
	snprintf(path, sizeof(path), "/proc/%s/smaps", argv[1]);
	maps = fopen(path, "r");
	snprintf(path, sizeof(path), "/proc/%s/mem", argv[1]);
	mem = open(path, O_RDONLY);
	if (maps == NULL || mem == -1 || len < PIECE) {
		fprintf(stderr, "memgrep: process %s cannot be read\n", argv[1]);
		return 2;
	}
	return walk(maps, mem);
}
