/* --doctor: what this system can hold a script to. */
#ifndef NB_APP_DOCTOR_H
#define NB_APP_DOCTOR_H

/*
 * Writes it to standard output, as a table. Returns the exit status: 0 where
 * it can do all that netbox asks for, 1 where not.
 */
int nb_doctor_run(void);

#endif
