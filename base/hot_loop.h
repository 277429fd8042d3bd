// ACCORD_HOT_LOOP before a function: the compiler makes it once for each generation of vector instructions, and the
// processor's best is chosen when the program is loaded.
//
// For plain loops over many millions of numbers. All versions compute the same bits as long as no multiplication is
// fused with an addition, so the room that uses it is compiled with -ffp-contract=off.
#pragma once

// The choice is made before a sanitizer is ready for it, and other compilers spell it differently.
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && !defined(__SANITIZE_ADDRESS__) && \
    !defined(__SANITIZE_THREAD__)
#define ACCORD_HOT_LOOP __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define ACCORD_HOT_LOOP
#endif
