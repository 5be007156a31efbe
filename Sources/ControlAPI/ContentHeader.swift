/// Headers of `GET /v1/content`: what is known of the page whose bytes are the body. One that says nothing is absent.
package enum ContentHeader {
    /// The HTTP status that the page came with.
    package static let status = "Crawld-Page-Status"
    /// Its Content-Type as it came; the answer's own is always `application/octet-stream`.
    package static let type = "Crawld-Page-Type"
    /// Content codings that the body still has, as Content-Encoding names them.
    package static let coding = "Crawld-Page-Coding"
    /// When it was asked for, RFC 3339.
    package static let date = "Crawld-Page-Date"
    /// The URL whose page was the same to the byte, and holds the bytes.
    package static let original = "Crawld-Page-Same-As"
    /// Why it is not all of the page: `length`, `time` or `disconnect` (so it was fetched), `limit` (of this answer),
    /// `coding` (a content coding ends early or is broken). With commas between.
    package static let cut = "Crawld-Page-Cut"
    /// With `headers=true`: so many bytes of the body are the page's status line and header lines.
    package static let headLength = "Crawld-Head-Length"
}
