import ArgumentParser
import ControlAPI

struct ConsumersVerb: Verb {
    static let configuration = CommandConfiguration(
        commandName: "consumers", abstract: "Readers of the result feed whose places the daemon keeps.",
        discussion: """
            A consumer reads with crawlctl results --consumer NAME, and moves its place with --ack when the work on a \
            result is done: all up to SEQ is. A place never goes back. A consumer keeps nothing from going: GONE are \
            results that went before it had read them. BEHIND counts those too.
            Without NAME: all of them.

            EXAMPLES
              crawlctl consumers
              crawlctl consumers indexer --create                begins where the feed does
              crawlctl consumers indexer --create --after 3298534883330
              crawlctl consumers indexer --ack 3298534883345
              crawlctl consumers indexer --delete
              crawlctl --json consumers | jq -r 'select(.behind > 100000) | .name'
            """)

    static let writes = true

    @ParentCommand var parent: Crawlctl
    @OptionGroup var connecting: ConnectingOfVerb
    @Argument(help: "1 to 64 letters, digits, dots, hyphens and underscores.") var name: String?

    @Flag(help: "Make it; one that is there stays as it is.") var create = false
    @Option(help: ArgumentHelp("With --create: begin behind this result.", valueName: "seq")) var after: Int64?
    @Flag(help: "Forget it and its place.") var delete = false
    @Option(help: ArgumentHelp("It is done with all up to this result.", valueName: "seq")) var ack: Int64?

    func validate() throws {
        let changes = [create, delete, ack != nil].count(where: { $0 })
        guard changes <= 1 else { throw ValidationError("Give one of --create, --ack and --delete.") }
        guard changes == 0 || name != nil else { throw ValidationError("Of which consumer? Give its NAME.") }
        guard after == nil || create else { throw ValidationError("--after goes with --create.") }
        if let name, name.isEmpty || name.contains("/") { throw ValidationError("\(name): no name of a consumer.") }
        for seq in [after, ack] where seq ?? 0 < 0 { throw ValidationError("\(seq ?? 0): no seq of a result.") }
    }

    func run(in session: Session) throws {
        guard let name else { return try list(session, nil) }
        let path = Routes.consumers + "/" + APIRequest.encoded(name)
        if create {
            let query = after.map { [(name: "after", value: "\($0)")] } ?? []
            try show(APIRequest(.put, path, query: query), session)
        } else if let ack {
            try show(
                APIRequest(
                    .post, Routes.ack, query: [(name: "consumer", value: name), (name: "seq", value: "\(ack)")]),
                session)
        } else if delete {
            try session.send(APIRequest(.delete, path), as: AffectedAnswer.self) { _ in
                session.terminal.line("removed \(name)")
            }
        } else {
            try list(session, name)
        }
    }

    private func show(_ request: APIRequest, _ session: Session) throws(CtlFailure) {
        try session.send(request, as: ConsumerRecord.self) { record in
            session.show([
                ["consumer", record.name], ["cursor", "\(record.cursor)"],
                ["behind", NumberText.count(record.behind)], ["made", session.times.both(record.madeAt)],
            ])
        }
    }

    /// nil = all. They stand in `status`.
    private func list(_ session: Session, _ name: String?) throws(CtlFailure) {
        let answer = try session.send(APIRequest(.get, Routes.status))
        guard let report = try session.decode(StatusReport.self, from: answer.body).results else {
            throw CtlFailure(.notFound, "\(ProblemCode.resultsOff): there is no result feed")
        }
        let records = report.consumers.filter { name == nil || $0.name == name }
        if let name, records.isEmpty {
            throw CtlFailure(.notFound, "\(ProblemCode.notFound): no consumer is called \(name)")
        }
        if session.json {
            for record in records {
                guard let line = try? ControlJSON.encode(record) else { continue }
                session.terminal.raw(Array(line) + [UInt8(ascii: "\n")])
            }
            return
        }
        guard !records.isEmpty else { return session.terminal.remark("no consumers") }
        let table = Self.table(records, begins: report.begins, session.times)
        for line in table.lines(width: session.terminal.width, hasColours: session.terminal.hasColours) {
            session.terminal.line(line)
        }
    }

    static func table(_ records: [ConsumerRecord], begins: Int64, _ times: TimeText) -> Table {
        Table(
            columns: [
                .init(title: "NAME"), .init(title: "CURSOR", alignsRight: true),
                .init(title: "BEHIND", alignsRight: true),
                .init(title: "GONE", alignsRight: true), .init(title: "MADE"),
            ],
            rows: records.map { record in
                [
                    record.name, "\(record.cursor)", NumberText.count(record.behind),
                    NumberText.count(record.gone(begins: begins)), times.relative(record.madeAt),
                ]
            })
    }
}

extension ConsumerRecord {
    /// Results that went before it had read them.
    func gone(begins: Int64) -> Int64 { max(min(begins - cursor, behind), 0) }
}
