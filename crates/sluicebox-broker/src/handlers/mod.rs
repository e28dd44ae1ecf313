//! One file per request, named by its API key. Each begins with the versions it speaks (bound by
//! the table in `dispatch`) and how it behaves.

pub(crate) mod k18_api_versions;
