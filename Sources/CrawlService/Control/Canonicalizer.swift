import CrawlCore
import CurlKit

/// CurlKit's URL parser for the rest of the service.
enum Canonicalizer {
    /// For a URL that a server sent; nil = none that can be crawled.
    @Sendable static func canonicalize(_ text: String) -> CrawlURL? {
        var text = text
        return text.withUTF8 { try? canonicalize($0).get() }
    }

    /// A line of a client, or an absolute URL that a server sent.
    @Sendable static func canonicalize(_ bytes: UnsafeBufferPointer<UInt8>) -> Result<CrawlURL, URLProblem> {
        result { () throws(URLRejection) in try URLCanonicalizer.canonicalize(bytes) }
    }

    /// The target of a reference in an answer of `base`: a `Location` or `Sitemap:` as it came, absolute or not.
    static func resolve(_ reference: some Collection<UInt8>, from base: CrawlURL) -> Result<CrawlURL, URLProblem> {
        let base = CanonicalURL(bytes: Array(base.string.utf8), originLength: base.originLength)
        return result { () throws(URLRejection) in try URLCanonicalizer.resolve(reference, from: base) }
    }

    private static func result(
        _ body: () throws(URLRejection) -> CanonicalURL
    ) -> Result<CrawlURL, URLProblem> {
        do throws(URLRejection) {
            let url = try body()
            return .success(CrawlURL(canonical: url.bytes, originLength: url.originLength))
        } catch {
            return .failure(URLProblem(URLProblem.Code(rawValue: error.code.rawValue) ?? .invalidURL, error.detail))
        }
    }
}
