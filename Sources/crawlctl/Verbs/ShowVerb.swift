import ArgumentParser
import ControlAPI

struct ShowVerb: Verb {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "All that is known of one URL.",
        discussion: """
            EXAMPLES
              crawlctl show https://example.com/page
              crawlctl --json show https://example.com/page | jq .state
            """)

    @ParentCommand var parent: Crawlctl
    @OptionGroup var connecting: ConnectingOfVerb
    @Argument(help: "The URL; it is compared in canonical form.") var url: String

    func run(in session: Session) throws {
        try session.send(APIRequest(.get, Routes.urls, query: [(name: "url", value: url)]), as: URLRecord.self) {
            record in
            session.show(Self.rows(record, session.times))
        }
    }

    static func rows(_ record: URLRecord, _ times: TimeText) -> [[String]] {
        var rows = [
            ["url", record.url], ["origin", record.origin],
            ["state", record.state + (record.heldBecause.map { " (\($0))" } ?? "")],
            ["health", record.health], ["priority", "\(record.priority)"], ["due", times.both(record.dueAt)],
            ["recrawl", record.recrawl], ["attempts", NumberText.count(record.attempts)],
            ["last attempt", times.both(record.lastAttemptAt)],
            ["last outcome", ListVerb.outcome(record)],
        ]
        if let run = record.run {
            let grade = run.grade.map { ", \($0)" } ?? ""
            rows += [
                [
                    "run",
                    "\(run.outcome), \(CountText.text(run.observations, "observation")) at "
                        + "\(CountText.text(run.probeTimes, "probe time"))\(grade)",
                ],
                ["  since", times.both(run.since)], ["  last", times.both(run.lastAt)],
            ]
        }
        for hop in record.redirects {
            let what = hop.problem.map { "\(hop.target ?? "nowhere") (\($0): not followed)" } ?? hop.target ?? "-"
            rows.append(["redirect", "\(hop.status) to \(what)"])
        }
        let optional = [
            ("asked as", record.askedAs), ("incident", record.incident), ("etag", record.etag),
            ("last modified", record.lastModified),
            ("no validators", record.plainUntil.map { "until " + times.both($0) }),
            ("size", record.bytes.map { NumberText.bytes($0) }), ("digest", record.digest),
            ("meta", record.meta.flatMap { try? ControlJSON.encode($0) }.map { String(decoding: $0, as: UTF8.self) }),
        ]
        return rows + optional.compactMap { name, value in value.map { [name, $0] } }
    }
}
