#include "support/luafixture.h"
#include <time.h>
static void t(void **state){ luafixture_prints("print('hello', 1)", "hello\t1\n");
 struct timespec a,b; clock_gettime(CLOCK_MONOTONIC,&a);
 for(int i=0;i<1000;i++) luafixture_prints("print('hello', 1)", "hello\t1\n");
 clock_gettime(CLOCK_MONOTONIC,&b);
 print_message("%f s per 1000\n", (double)(b.tv_sec-a.tv_sec)+(double)(b.tv_nsec-a.tv_nsec)/1e9);
 }
static void d(void **state){ luafixture_fails("local l=thread.lock() l:acquire() l:acquire()", "x"); }
int main(void){const struct CMUnitTest tests[]={cmocka_unit_test(t),cmocka_unit_test(d)}; return cmocka_run_group_tests(tests,NULL,NULL);}
