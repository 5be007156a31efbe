import CrawlTesting
import GRDB
import Testing

@testable import CrawlCore
@testable import CrawlFrontier

/// What shows why an answer was judged as it was, in the rows of attempts and of health.
struct EvidenceColumnsTests {
    static let origin = "https://a.example"

    struct Kept: CustomTestStringConvertible, Sendable {
        var name: String
        var evidence: Evidence?
        var testDescription: String { name }

        init(_ name: String, _ evidence: Evidence?) {
            self.name = name
            self.evidence = evidence
        }

        /// Nothing but that is known.
        init(_ name: String, only adjust: (inout Evidence) -> Void) {
            var evidence = Evidence()
            adjust(&evidence)
            self.init(name, evidence)
        }
    }

    private static let texts = "e\u{0}\"'; DROP TABLE url; -- äöü \u{1F577}"

    static let kept: [Kept] = [
        Kept("none", nil),
        Kept("nothing known", Evidence()),
        Kept("all of it", .full),
        Kept("a look-up that failed") { $0.curlCode = 6 },
        Kept("only a status") { $0.status = 520 },
        Kept("not to be asked again") { $0.retryable = false },
        Kept("to be asked again at once") {
            $0.retryable = true
            $0.retryAfter = 0
        },
        Kept("an edge's code of zero") {
            $0.cfCode = 0
            $0.connectStatus = 0
        },
        Kept("times of nothing") { $0.times = [0, 0, 0, 0, 0] },
        Kept("longest times") { $0.times = [.max, .max, .max, .max, .max] },
        Kept("as small as can be") {
            ($0.status, $0.curlCode, $0.osErrno, $0.bytes) = (.min, .min, .min, .min)
            ($0.cfCode, $0.connectStatus, $0.retryAfter) = (.min, .min, -1)
        },
        Kept("as large as can be") {
            ($0.status, $0.curlCode, $0.osErrno, $0.bytes) = (.max, .max, .max, .max)
            ($0.cfCode, $0.connectStatus, $0.retryAfter) = (.max, .max, 1 << 40)
        },
        Kept("empty texts") {
            ($0.server, $0.cfErrorType, $0.error) = ("", "", "")
        },
        Kept("strangers' texts") {
            ($0.server, $0.cfErrorType, $0.error) = (texts, texts, String(repeating: "ä", count: 128))
        },
    ]

    @Test("it comes back as it was, from an attempt and from a run", arguments: kept)
    func roundTrip(_ kept: Kept) throws {
        let folder = try FrontierFolder()
        defer { withExtendedLifetime(folder) {} }
        let store = try folder.openKeyed()
        try store.enqueue([Self.origin + "/"])
        let url = try #require(try store.lease(Self.origin).urls.first)
        var verdict = url.pending(due: at(5))
        verdict.evidence = kept.evidence
        var record = HealthRecord.sample(.pending)
        record.run?.evidence = kept.evidence
        verdict.health = HealthBox(record)
        try store.complete([verdict], drained: [], now: at(1))
        let explained = try #require(try store.explanation(CrawlURL(Self.origin + "/"), now: at(2)))
        #expect(explained.attempts.map(\.evidence) == [kept.evidence])
        #expect(explained.url.health == record)
        #expect(try store.lease(Self.origin, now: at(5)).health.first?.health?.record == record)
    }

    @Test("an attempt without evidence takes the place of one that had it, and so does a run")
    func replaced() throws {
        let folder = try FrontierFolder()
        defer { withExtendedLifetime(folder) {} }
        let store = try folder.openKeyed()
        try store.enqueue([Self.origin + "/"])
        for n in 0..<(2 * AttemptTable.kept) {
            let lease = try store.lease(Self.origin, now: at(Double(n)))
            let url = try #require(lease.urls.first ?? lease.health.first)
            let evidence = n < AttemptTable.kept ? Evidence.full : nil
            var verdict = url.pending(due: at(Double(n)), at: at(Double(n)))
            verdict.evidence = evidence
            var record = HealthRecord.sample(.pending)
            record.run?.evidence = evidence
            verdict.health = HealthBox(record)
            try store.complete([verdict], drained: [], now: at(Double(n)))
        }
        let explained = try #require(try store.explanation(CrawlURL(Self.origin + "/"), now: at(99)))
        #expect(explained.attempts.map(\.evidence) == Array(repeating: nil, count: AttemptTable.kept))
        #expect(explained.url.health?.run?.evidence == nil)
    }

    // MARK: Damaged rows

    private static let columns = EvidenceColumns.names.split { $0 == "," || $0.isWhitespace }.map(String.init)

    private static let hostile = [
        "9223372036854775807", "-9223372036854775808", "1e300", "-1e300", "9e999", "'x'", "''", "x'00ff'", "x''",
        "CAST(x'ff00c3' AS TEXT)", "-1", "NULL",
    ]

    /// A row of each kind, both with all of it.
    private static func filled() throws -> (folder: FrontierFolder, id: Int64) {
        let folder = try FrontierFolder()
        let store = try folder.openKeyed()
        try store.enqueue([origin + "/"])
        let url = try #require(try store.lease(origin).urls.first)
        var verdict = url.pending(due: at(5))
        verdict.evidence = .full
        var record = HealthRecord.sample(.pending)
        record.run?.evidence = .full
        verdict.health = HealthBox(record)
        try store.complete([verdict], drained: [], now: at(1))
        return (folder, url.id)
    }

    private static func read(_ db: Database, _ id: Int64) throws -> [Evidence?] {
        try [AttemptTable(db: db).load(id).first?.evidence, HealthRow.load(db, id)?.run?.evidence]
    }

    @Test(
        "whatever stands in one of its columns, it is read, and only without a status there is none", arguments: columns
    )
    func anything(column: String) throws {
        let (folder, id) = try Self.filled()
        try folder.edit { db in
            for value in Self.hostile {
                try db.execute(sql: "UPDATE attempt SET \(column) = \(value); UPDATE health SET \(column) = \(value)")
                let isThere = column != "ev_status" || value != "NULL"
                let read = try Self.read(db, id)
                #expect(read.map { $0 != nil } == [isThere, isThere], "\(value)")
                #expect(read[0] == read[1], "\(value)")
            }
        }
    }

    struct Absurd: CustomTestStringConvertible, Sendable {
        var sql: String
        var isCut: @Sendable (Evidence) -> Bool
        var testDescription: String { sql }

        init(_ sql: String, _ isCut: @escaping @Sendable (Evidence) -> Bool) {
            self.sql = sql
            self.isCut = isCut
        }
    }

    @Test(
        "what a field cannot hold is cut to what it can",
        arguments: [
            Absurd("ev_status = 1 << 40") { $0.status == .max },
            Absurd("ev_curl_code = -1 << 40") { $0.curlCode == .min },
            Absurd("ev_os_errno = 1e300") { $0.osErrno == .max }, Absurd("ev_status = 'x'") { $0.status == 0 },
            Absurd("ev_connect_status = 1 << 62") { $0.connectStatus == .max },
            Absurd("ev_dns_us = -7") { $0.times.first == 0 }, Absurd("ev_total_us = 1 << 40") { $0.times.last == .max },
            Absurd("ev_tls_us = NULL") { $0.times == [1, 2] }, Absurd("ev_dns_us = NULL") { $0.times == [] },
            Absurd("ev_retry_after = 9223372036854775807") { $0.retryAfter == 1 << 40 },
            Absurd("ev_retry_after = 1 << 63") { $0.retryAfter == -1 << 40 },
            Absurd("ev_retryable = 7") { $0.retryable == true }, Absurd("ev_via_proxy = 'x'") { !$0.viaProxy },
            Absurd("ev_server = CAST(x'61ff62' AS TEXT)") { $0.server == "a\u{FFFD}b" },
            Absurd("ev_error = 5") { $0.error == "5" },
        ])
    func cut(_ absurd: Absurd) throws {
        let (folder, id) = try Self.filled()
        try folder.edit { db in
            try db.execute(sql: "UPDATE attempt SET \(absurd.sql); UPDATE health SET \(absurd.sql)")
            #expect(try Self.read(db, id).map { $0.map(absurd.isCut) } == [true, true])
        }
    }

    @Test(
        "of texts that are several, what means nothing is passed over, and no more are read than are kept",
        arguments: [
            "''", "' '", "x'ff20ff'", "'= == =1 cut= cut=x nobody=3 cut=4 cut=99999999999999999999'", "1e300", "NULL",
        ])
    func words(value: String) throws {
        let (folder, id) = try Self.filled()
        try folder.edit { db in
            try db.execute(sql: "UPDATE health SET run_rays = \(value), run_colos = \(value), run_met = \(value)")
            let run = try #require(try HealthRow.load(db, id)?.run)
            #expect(run.met == (value.contains("cut=4") ? [.fault(.cut): 4] : [:]))
            let many = (0..<1_000).map { "r\($0)" }
            try db.execute(
                sql: "UPDATE health SET run_rays = ?1, run_colos = ?1", arguments: [many.joined(separator: " ")])
            let filled = try #require(try HealthRow.load(db, id)?.run)
            #expect(filled.rays == many.suffix(HealthRecord.Run.raysKept))
            #expect(filled.colos == Array(many.prefix(HealthRecord.Run.colosKept)))
        }
    }

    // MARK: Other texts

    @Test("how often each failure of a robots.txt was met comes back")
    func met() throws {
        let (folder, id) = try Self.filled()
        var record = HealthRecord.sample(.pending)
        record.run?.met = [.fault(.challenge): 3, .outcome(.serverError): 12, .outcome(.originDown): 1]
        record.run?.rays = ["0123456789abcdef-FRA"]
        try folder.edit { db in
            try HealthRow.save(db, URLKey.robots(of: URLKey.origin(of: id)), record, dueAt: at(9))
            #expect(try HealthRow.load(db, URLKey.robots(of: URLKey.origin(of: id))) == record)
        }
    }

    @Test(
        "what scouts met comes back",
        arguments: [
            OriginBreaker.Looks(), OriginBreaker.Looks(requests: 3, failures: 0, rays: []),
            OriginBreaker.Looks(requests: 7, failures: 2, rays: ["0123456789abcdef-FRA", "0123456789abcdef"]),
        ])
    func looks(_ looks: OriginBreaker.Looks) throws {
        let (folder, id) = try Self.filled()
        var breaker = OriginBreaker()
        breaker.trip(canary: id, scout: nil)
        breaker.looks = looks
        try folder.edit { db in
            try BreakerTable(db: db).save(breaker, of: URLKey.origin(of: id))
            #expect(try BreakerTable(db: db).load(URLKey.origin(of: id)) == breaker)
        }
    }

    @Test(
        "texts of scouts and of soft blocks that mean nothing are none",
        arguments: [
            "''", "'x'", "'3'", "'3 x'", "'99999999999999999999 1'", "x'ff'", "'proof'", "'proof 9 9 1 ::1'",
            "'proof 1 9 x ::1'",
            "'proof 1 9 1 nowhere'", "'proof 1 9 1 ::1 70000'", "'unproven'", "'unproven 0'", "'unproven 999'",
            "'parked'",
            "'parked x'", "'blocked 1'", "NULL",
        ])
    func meaningless(value: String) throws {
        let (folder, id) = try Self.filled()
        var breaker = OriginBreaker()
        breaker.trip(canary: id, scout: nil)
        try folder.edit { db in
            try BreakerTable(db: db).save(breaker, of: URLKey.origin(of: id))
            try db.execute(sql: "UPDATE breaker SET looks = \(value); UPDATE health SET soft_block = \(value)")
            #expect(try BreakerTable(db: db).load(URLKey.origin(of: id)).looks == OriginBreaker.Looks())
            #expect(try HealthRow.load(db, id)?.softBlock == nil)
        }
    }
}

extension Evidence {
    /// All of it, no two fields alike.
    static var full: Evidence {
        var evidence = Evidence()
        evidence.status = 520
        evidence.curlCode = 52
        evidence.osErrno = -104
        evidence.times = [1, 2, 3, 4, 5]
        evidence.httpVersion = "2"
        evidence.remoteIP = "2001:db8::1"
        evidence.bytes = 11
        evidence.cfRay = "0123456789abcdef-FRA"
        evidence.colo = "FRA"
        evidence.cfErrorType = "type"
        evidence.server = "cloudflare"
        evidence.cfMitigated = "challenge"
        evidence.wafAction = "captcha"
        evidence.bodyMarker = "error code: 520"
        evidence.cfCode = 1015
        evidence.errorName = "name"
        evidence.errorCategory = "category"
        evidence.retryable = false
        evidence.retryAfter = 120
        evidence.connectionEnd = "overhead"
        evidence.viaProxy = true
        evidence.connectStatus = 407
        evidence.error = "error"
        return evidence
    }
}
