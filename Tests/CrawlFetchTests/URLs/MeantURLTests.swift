import CurlKit
import Testing

/// A URL without a scheme is refused with the one that was probably meant.
struct MeantURLTests {
    @Test(
        arguments: [
            ("example.com", "https://example.com/"), ("example.com/a?b#c", "https://example.com/a?b"),
            ("EXAMPLE.com:8080/x", "https://example.com:8080/x"), ("//example.com/x", "https://example.com/x"),
            (" www.example.com/~a ", "https://www.example.com/~a"), ("localhost:8080/x", "http://localhost:8080/x"),
            ("127.0.0.1/x", "http://127.0.0.1/x"), ("[::1]:80/x", "https://[::1]:80/x"),
            ("nonsense", nil), ("not a url", nil), ("/path/page.html", nil), ("", nil), ("a@b.example/x", nil),
            ("example.com/" + String(repeating: "a", count: 300), nil),
        ] as [(String, String?)])
    func meant(text: String, url: String?) {
        do throws(URLRejection) {
            let canonical = try URLCanonicalizer.canonicalize(Array(text.utf8))
            Issue.record("\(canonical.string)")
        } catch {
            #expect(error.code == .invalidURL)
            let detail = url.map { "no scheme: \($0) was probably meant" }
            #expect(error.detail == detail ?? "no scheme: an absolute http or https URL is needed")
        }
    }
}
