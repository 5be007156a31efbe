package import ControlAPI
import CrawlCore
import CrawlFrontier

// What an operator names: URLs in whatever spelling, origins, incidents, causes.

extension DaemonControl {
    package func revive(_ target: ControlTarget) async throws -> RevivedAnswer {
        let kept = try await kept(target)
        if case .url(let url) = kept { try await refuseIfOriginIsBroken(url) }
        guard let answer = try await revive(kept) else { throw target.unknown }
        return answer
    }

    package func revive(_ incident: IncidentName) async throws -> RevivedAnswer {
        let id = try await number(of: incident)
        guard let answer = try await revive(incident: id) else {
            throw ControlError(
                status: 409, code: ProblemCode.invalidValue,
                detail: "incident \(id) is about no one site: nothing is marked by it, and nothing is to be revived")
        }
        return answer
    }

    package func revive(cause: String) async throws -> RevivedAnswer {
        var answer = RevivedAnswer(affected: 0, incidents: 0)
        // URLs of an origin that is broken as a whole go with that, if it is for the same cause: once more at the end.
        var behind: [String] = []
        var after: String?
        repeat {
            let page = try await read { [after] in
                try $0.incidentKeys(openOnly: true, cause: cause, after: after, limit: Routes.maxLimit)
            }
            for id in page.keys where try await !revive(id, into: &answer) { behind.append(id) }
            after = page.next
        } while after != nil
        for id in behind { _ = try await revive(id, into: &answer) }
        return answer
    }

    /// False if the whole origin holds it.
    private func revive(_ id: String, into answer: inout RevivedAnswer) async throws -> Bool {
        do {
            guard let one = try await revive(incident: id) else { return true }
            answer.affected += one.affected
            answer.broken += one.broken
            answer.freed += one.freed
            answer.incidents = (answer.incidents ?? 0) + (one.incidents ?? 0)
            return true
        } catch let error as ControlError where error.code == ProblemCode.originBroken {
            return false
        }
    }

    /// `incidents` is 0 if it was over already. nil = it marks nothing.
    private func revive(incident id: String) async throws -> RevivedAnswer? {
        guard let target = try await read({ try $0.revivable(id) }) else {
            let isOpen = try await read { try $0.incidents([id], openOnly: true, within: 1).rows.isEmpty == false }
            return isOpen ? nil : RevivedAnswer(affected: 0, incidents: 0)
        }
        if case .url(let url) = target { try await refuseIfOriginIsBroken(url) }
        // What was removed meanwhile needs no revival.
        var answer = try await revive(target) ?? RevivedAnswer(affected: 0)
        answer.incidents = 1
        return answer
    }

    private func revive(_ target: FrontierTarget) async throws -> RevivedAnswer? {
        try await change(target) { store, target, after, rows, now in
            try store.revive(target, after: after, atMost: rows, now: now)
        }
    }

    private func refuseIfOriginIsBroken(_ url: CrawlURL) async throws {
        guard let hold = try await read({ try $0.hold(of: url) }), hold == .originBroken || hold == .softBlocked else {
            return
        }
        let what = hold == .softBlocked ? "turns us away" : "is broken"
        throw ControlError(
            status: 409, code: ProblemCode.originBroken,
            detail: "its whole origin \(what): revive that with ?origin=\(url.origin)")
    }

    func number(of incident: IncidentName) async throws -> String {
        try incident.number(of: try await read { try $0.incidentIDs(endingWith: incident.text) })
    }

    /// As it is kept, whichever spelling of it was given; what is unknown as it was given.
    func kept(_ url: CrawlURL) async throws -> CrawlURL { try await read { try $0.spelling(of: url) } ?? url }

    func kept(_ target: ControlTarget) async throws -> FrontierTarget {
        switch target {
        case .url(let url): .url(try await kept(url))
        case .origin(let origin): .origin(origin)
        }
    }
}

extension ControlTarget {
    var unknown: ControlError {
        switch self {
        case .url(let url): .notFound("unknown URL: \(url.string)")
        case .origin(let origin): .notFound("unknown origin: \(origin)")
        }
    }
}
