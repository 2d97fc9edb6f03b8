/*
 * interrupt: work that changes a token ends between two keys, not within one, when a signal asks the process to end.
 */
#ifndef BASE_INTERRUPT_H
#define BASE_INTERRUPT_H

#include <stdbool.h>

/*
 * From here on SIGINT, SIGTERM, SIGHUP and SIGQUIT do not end the process, but are remembered.  One that
 * the process was started to ignore (nohup) stays ignored.
 */
void	 interrupt_catch(void);

/* Has one of them come since? */
bool	 interrupt_came(void);

#endif
