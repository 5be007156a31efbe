import CrawlCore
import CurlKit
import Testing

/// Tables of URLs, each right by RFC 3986 and the WHATWG URL standard, or as `URLCanonicalizer` says where they differ.
struct URLCanonicalizerTests {
    @Test(arguments: URLCase.schemesAndPorts) func schemeAndPort(_ row: URLCase) { check(row) }
    @Test(arguments: URLCase.names) func name(_ row: URLCase) { check(row) }
    @Test(arguments: URLCase.addresses) func address(_ row: URLCase) { check(row) }
    @Test(arguments: URLCase.internationalNames) func internationalName(_ row: URLCase) { check(row) }
    @Test(arguments: URLCase.paths) func path(_ row: URLCase) { check(row) }
    @Test(arguments: URLCase.escapes) func escape(_ row: URLCase) { check(row) }
    @Test(arguments: URLCase.queriesAndFragments) func queryAndFragment(_ row: URLCase) { check(row) }

    private func check(_ row: URLCase) {
        #expect(URLCase.Form { () throws(URLRejection) in try URLCanonicalizer.canonicalize(row.input) } == row.form)
    }

    /// Spellings of one page, and pages that look alike and are not.
    @Test func oneFormForAllSpellings() throws {
        let spellings = [
            "http://a.test/b%C3%A4?q", "HTTP://A.TEST:80/b%c3%a4?q", "http://a.test:/x/../bä?q#f",
            " http://%61.test/./b%C3%A4?q ", "http://a。test/%2e/b%C3%A4?q#", "http://a.test:0080/x\\..\\bä?q",
        ]
        #expect(Set(try spellings.map { try URLCanonicalizer.canonicalize($0.utf8) }).count == 1)
        let different = [
            "http://a.test/b", "https://a.test/b", "http://a.test./b", "http://a.test:81/b", "http://a.test/b/",
            "http://a.test//b", "http://a.test/B", "http://a.test/b?", "http://a.test/%62", "http://www.a.test/b",
        ]
        #expect(Set(try different.map { try URLCanonicalizer.canonicalize($0.utf8) }).count == different.count)
    }
}
