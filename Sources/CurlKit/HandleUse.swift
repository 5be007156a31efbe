/// How many transfers an `EasyHandle` may serve.
///
/// libcurl before 8.1.0 keeps, on a handle that is used again, a pointer into the response headers of the transfer before,
/// which are freed by then; `curl_easy_reset` leaves it there. Cured in 8.1.0 (curl's pull request 11103). What counts is
/// how often a handle is added to a multi handle or performed, not what for.
package enum HandleUse: Sendable, Hashable {
    /// A new handle for each; connections are the multi handle's and are shared all the same, TLS sessions where
    /// `TLSSessions` are.
    case once
    case often

    package init(_ version: CurlVersion) { self = version < CurlVersion(8, 1, 0) ? .once : .often }

    /// What the libcurl of this process needs.
    package static let ofLibrary = HandleUse(.running)
}
