//! The heap under the client library.

/// Keeps the C heap to [`limits::HEAP_ARENAS`](crate::limits::HEAP_ARENAS) arenas, so that memory
/// does not grow with the number of cores. Call it first in `main`: arenas that exist stay.
///
/// Does nothing where the C library is not glibc.
pub fn bound_heap_arenas() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    {
        /// `M_ARENA_MAX` of `malloc.h`.
        const M_ARENA_MAX: i32 = -8;
        unsafe extern "C" {
            fn mallopt(parameter: i32, value: i32) -> i32;
        }
        // SAFETY: mallopt takes two integers by value, and is called before other threads exist.
        // It answers 0 when it refuses; the default holds then.
        unsafe { mallopt(M_ARENA_MAX, crate::limits::HEAP_ARENAS) };
    }
}
