// Functions without the compiler's scheduling points.
#ifndef SELVAGE_PRIMITIVES_UNSCHEDULED_H_
#define SELVAGE_PRIMITIVES_UNSCHEDULED_H_

// For accesses that the schedule is told of by name, and for memory that nobody else can see: there
// the callbacks of -fsanitize-coverage would only add scheduling points that change nothing.
// `noinline`, because what is inlined into instrumented code is instrumented with it; `flatten`,
// because what is not inlined here would be instrumented on its own. TSan sees the accesses as
// ever.
#if defined(__clang__)
#define SELVAGE_UNSCHEDULED __attribute__((no_sanitize("coverage"), noinline, flatten))
#else
#define SELVAGE_UNSCHEDULED
#endif

#endif  // SELVAGE_PRIMITIVES_UNSCHEDULED_H_
