import CrawlCore
import CrawlTesting
import Foundation
import Testing

@testable import CrawlFrontier

/// What is written of failing answers by hand is what is read of them.
struct JSONTextTests {
    /// What strangers may have put into a header.
    private static let texts = [
        "", "plain", "quote \" and \\ backslash", "\u{0}\u{1}\t\n\r\u{1f}\u{7f}", "ümläut 漢字 🕸", "\u{2028}</script>",
        "\\u0041", "{\"status\":1}", String(repeating: "\"", count: 300),
    ]

    private static func full(_ text: String) -> Evidence {
        var evidence = Evidence()
        evidence.status = 520
        evidence.curlCode = -7
        evidence.osErrno = .max
        evidence.times = [0, 1, .max]
        evidence.httpVersion = "1.1"
        evidence.remoteIP = text
        evidence.bytes = .min
        evidence.cfRay = text
        evidence.colo = "VIE"
        evidence.cfErrorType = text
        evidence.server = text
        evidence.cfMitigated = text
        evidence.wafAction = text
        evidence.bodyMarker = text
        evidence.cfCode = 1015
        evidence.errorName = text
        evidence.errorCategory = text
        evidence.retryable = true
        evidence.retryAfter = .max
        evidence.connectionEnd = text
        evidence.viaProxy = true
        evidence.connectStatus = 407
        evidence.error = text
        return evidence
    }

    private static func read(_ text: JSONText) throws -> Evidence {
        try JSONDecoder().decode(Evidence.self, from: Data(text.text.utf8))
    }

    @Test("evidence is read as it was written, whatever its texts are", arguments: texts)
    func evidence(text: String) throws {
        let evidence = Self.full(text)
        #expect(try Self.read(JSONText(evidence)) == evidence)
        #expect(try Self.read(JSONText(Evidence())) == Evidence())
    }

    @Test("no property of evidence is left out")
    func whole() throws {
        let evidence = Self.full("text")
        let isSet = Mirror(reflecting: evidence).children.allSatisfy { child in
            Mirror(reflecting: child.value).displayStyle != .optional
                || Mirror(reflecting: child.value).children.isEmpty == false
        }
        #expect(isSet, "a new property: give it a value above")
        #expect(try Self.read(JSONText(evidence)) == evidence)
    }

    @Test("what a run met is read as it was written", arguments: texts)
    func run(text: String) throws {
        var run = HealthRecord.Run(
            outcome: .unknownOriginError, since: at(0), lastAt: at(1), observations: 2, probeTimes: 1,
            burstAttempts: 0, timeline: 0)
        for rays in [[], [text], [text, "second"]] {
            run.rays = rays
            run.colos = rays.reversed()
            run.evidence = rays.isEmpty ? nil : Self.full(text)
            let read = try JSONDecoder().decode(HealthRow.Texts.self, from: Data(HealthRow.texts(run).utf8))
            #expect(read.rays == run.rays && read.colos == run.colos && read.last == run.evidence)
            #expect(read.met == nil)
        }
    }
}
