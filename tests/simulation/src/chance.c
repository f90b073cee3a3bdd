/* Stands in for the system's randomness in the programs of this package, and only there.
 *
 * Hash maps and tokio (which picks among several ready things at random) take their seeds from
 * here. Every thread gets the same bytes in every run, so what a thread does depends on nothing
 * but its inputs. */
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

static __thread uint64_t state = 0x9e3779b97f4a7c15u;

static void fill(unsigned char *bytes, size_t length) {
    for (size_t at = 0; at < length; at++) {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        bytes[at] = (unsigned char)(state >> 32);
    }
}

ssize_t getrandom(void *bytes, size_t length, unsigned int flags) {
    (void)flags;
    fill(bytes, length);
    return (ssize_t)length;
}

int getentropy(void *bytes, size_t length) {
    fill(bytes, length);
    return 0;
}
