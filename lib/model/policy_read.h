/*
 * policy_read: from the tree of a policy file to the policy, word by word along
 * the table, and what the words must be to each other.
 */
#ifndef MODEL_POLICY_READ_H
#define MODEL_POLICY_READ_H

#include "base/report.h"
#include "model/policy.h"
#include "model/policy_yaml.h"

/*
 * The policy has its defaults and its input name.  0, or -1: the report holds every
 * fault, up to a limit, and the policy is of no use but to be freed.
 */
int	 policy_read(struct policy *, const struct node *root, struct report *);

#endif
