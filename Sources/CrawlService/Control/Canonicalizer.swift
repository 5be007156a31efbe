import CrawlCore
import CurlKit

/// curl's URL parser as the control server asks it.
enum Canonicalizer {
    /// For a URL that a server sent; nil = none that can be crawled.
    @Sendable static func canonicalize(_ text: String) -> CrawlURL? {
        var text = text
        return text.withUTF8 { try? canonicalize($0).get() }
    }

    @Sendable static func canonicalize(_ bytes: UnsafeBufferPointer<UInt8>) -> Result<CrawlURL, URLProblem> {
        do throws(URLRejection) {
            let url = try URLCanonicalizer.canonicalize(bytes)
            return .success(CrawlURL(canonical: url.bytes, originLength: url.originLength))
        } catch {
            return .failure(URLProblem(URLProblem.Code(rawValue: error.code.rawValue) ?? .invalidURL, error.detail))
        }
    }
}
