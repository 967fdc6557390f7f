// Clang's thread-safety annotations (clang.llvm.org/docs/ThreadSafetyAnalysis.html); nothing with
// other compilers.
#ifndef SELVAGE_PRIMITIVES_THREAD_ANNOTATIONS_H_
#define SELVAGE_PRIMITIVES_THREAD_ANNOTATIONS_H_

#if defined(__clang__)
#define SELVAGE_THREAD_ANNOTATION(x) __attribute__((x))
#else
#define SELVAGE_THREAD_ANNOTATION(x)
#endif

// For what stands for the call in it: the call comes from the user's code also in builds that
// inline nothing else.
#define SELVAGE_ALWAYS_INLINE [[gnu::always_inline]]

#define SELVAGE_CAPABILITY(name) SELVAGE_THREAD_ANNOTATION(capability(name))
#define SELVAGE_SCOPED_CAPABILITY SELVAGE_THREAD_ANNOTATION(scoped_lockable)
#define SELVAGE_GUARDED_BY(lock) SELVAGE_THREAD_ANNOTATION(guarded_by(lock))
#define SELVAGE_PT_GUARDED_BY(lock) SELVAGE_THREAD_ANNOTATION(pt_guarded_by(lock))
#define SELVAGE_REQUIRES(...) SELVAGE_THREAD_ANNOTATION(requires_capability(__VA_ARGS__))
#define SELVAGE_REQUIRES_SHARED(...) \
  SELVAGE_THREAD_ANNOTATION(requires_shared_capability(__VA_ARGS__))
#define SELVAGE_EXCLUDES(...) SELVAGE_THREAD_ANNOTATION(locks_excluded(__VA_ARGS__))
#define SELVAGE_ACQUIRE(...) SELVAGE_THREAD_ANNOTATION(acquire_capability(__VA_ARGS__))
#define SELVAGE_ACQUIRE_SHARED(...) \
  SELVAGE_THREAD_ANNOTATION(acquire_shared_capability(__VA_ARGS__))
#define SELVAGE_RELEASE(...) SELVAGE_THREAD_ANNOTATION(release_capability(__VA_ARGS__))
#define SELVAGE_RELEASE_SHARED(...) \
  SELVAGE_THREAD_ANNOTATION(release_shared_capability(__VA_ARGS__))
#define SELVAGE_RELEASE_GENERIC(...) \
  SELVAGE_THREAD_ANNOTATION(release_generic_capability(__VA_ARGS__))
#define SELVAGE_TRY_ACQUIRE(...) SELVAGE_THREAD_ANNOTATION(try_acquire_capability(__VA_ARGS__))
#define SELVAGE_TRY_ACQUIRE_SHARED(...) \
  SELVAGE_THREAD_ANNOTATION(try_acquire_shared_capability(__VA_ARGS__))
#define SELVAGE_NO_THREAD_SAFETY_ANALYSIS SELVAGE_THREAD_ANNOTATION(no_thread_safety_analysis)

#endif  // SELVAGE_PRIMITIVES_THREAD_ANNOTATIONS_H_
