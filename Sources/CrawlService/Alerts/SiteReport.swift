import ControlAPI
import CrawlCore

/// A block of text that an operator can send to a site's owner as it is: what was seen, when, and what to look up. What
/// strangers wrote stays on its line.
struct SiteReport {
    let text: String

    /// nil if there is no owner to write to, or nothing to complain of any more.
    init?(_ facts: AlertFacts) {
        guard facts.event != .resolved, facts.origin != nil else { return nil }
        let last = facts.evidence
        var lines = Self.opening(facts) + [""]
        if facts.scope == .url {
            lines.append(Self.line("URL", facts.url ?? ""))
        } else {
            lines.append(Self.line("Site", facts.origin ?? ""))
            if let url = facts.url { lines.append(Self.line("Seen at", url)) }
        }
        lines += [
            Self.code(facts), Self.line("First time", Self.time(facts.firstAtMs)),
            Self.line("Last time", Self.time(facts.lastAtMs)), Self.line("Attempts", "\(facts.observations)"),
        ]
        if let words = Self.words(last) { lines.append(Self.line("Cloudflare", words)) }
        if !facts.rays.isEmpty { lines.append(Self.line("cf-ray", facts.rays.joined(separator: ", "))) }
        if !facts.colos.isEmpty { lines.append(Self.line("Data centres", facts.colos.joined(separator: ", "))) }
        if let address = last?.remoteIP { lines.append(Self.line("Address", address)) }
        if let version = last?.httpVersion { lines.append(Self.line("HTTP version", version)) }
        if let end = last?.connectionEnd.flatMap(ConnectionEnd.init(rawValue:)) {
            lines.append(Self.line("Cut by us", Self.words(end)))
        }
        if last?.viaProxy == true { lines.append(Self.line("Seen through", "a proxy")) }
        if facts.scope != .url {
            lines.append(Self.line("URLs", "\(facts.urlsAffected)"))
            for (index, url) in facts.sample.enumerated() {
                lines.append(index == 0 ? Self.line("Such as", url) : Self.continued(url))
            }
        }
        text = lines.joined(separator: "\n") + "\n"
    }

    private static func opening(_ facts: AlertFacts) -> [String] {
        if facts.event == .softBlocked {
            let what = facts.scope == .url ? "this URL, and gives the page" : "every page, and gives them"
            return [
                "Your server gives our crawler an error for \(what) to a request that differs",
                "only in how it looks. If you do not want to be crawled, robots.txt can say so.",
            ]
        }
        if facts.cause == RobotsFailure.cause {
            return [
                "Our crawler cannot read your robots.txt: from the first to the last time below, no request for it was",
                "answered with a file, or with the word that there is none. Until one is, it asks for nothing else.",
            ]
        }
        return switch facts.scope {
        case .url, .edge, .offline, .consumer, .archive:
            [
                "Our crawler gets no page from your server: from the first to the last time below, every request for",
                "this URL failed in the same way.",
            ]
        case .origin:
            [
                "Our crawler gets no page from your server: from the first to the last time below, every request that",
                "it made there failed in the same way.",
            ]
        case .partial:
            [
                "Our crawler gets no page for some of your URLs, while your server answers others: from the first to",
                "the last time below, requests for these failed in the same way.",
            ]
        }
    }

    /// `520: …`, or what came in its place of a robots.txt; when no server sent the number itself, that is said.
    private static func code(_ facts: AlertFacts) -> String {
        if facts.cause == RobotsFailure.cause {
            return line("Answers", AlertMessages.outcomes(facts) ?? "none that says anything of its rules")
        }
        return line("Code", codeText(facts))
    }

    private static func codeText(_ facts: AlertFacts) -> String {
        let meaning = meaning(of: facts.cause)
        if let status = facts.evidence?.status, status != 0, "\(status)" == facts.cause {
            return "HTTP status \(facts.cause): \(meaning)"
        }
        if let evidence = facts.evidence, let code = evidence.cfCode, evidence.status != 0 {
            return "Cloudflare's code \(code), with HTTP status \(evidence.status): \(meaning)"
        }
        let error = facts.evidence.map(\.curlCode).flatMap { $0 == 0 ? nil : ", libcurl error \($0)" } ?? ""
        return "seen directly, without an edge; an edge would answer \(facts.cause)\(error): \(meaning)"
    }

    /// What the edge itself says of the error; nil = it said nothing.
    private static func words(_ evidence: Evidence?) -> String? {
        let parts = [
            evidence?.errorName, evidence?.errorCategory.map { "fault: \($0)" },
            evidence?.retryable.map { $0 ? "may pass by itself" : "does not pass by itself" },
        ].compactMap(\.self)
        return parts.isEmpty ? nil : parts.joined(separator: ", ")
    }

    private static func words(_ end: ConnectionEnd) -> String {
        switch end {
        case .stalledInParser: "data came without a pause, and nothing of it was part of an answer"
        case .overhead: "far more data came than the answers were long"
        }
    }

    /// What an edge says with its code.
    private static func meaning(of cause: String) -> String {
        switch cause {
        case "520": "the origin server closed the connection or sent no valid HTTP answer"
        case "521": "the origin server refused the connection"
        case "522": "connecting to the origin server timed out"
        case "523": "the origin server cannot be reached"
        case "524": "the origin server took the request and did not answer in time"
        case "525": "the TLS handshake with the origin server failed"
        case "526": "the origin server's TLS certificate is not valid"
        case "530": "the origin server's name cannot be resolved"
        default: "the request failed at the origin server"
        }
    }

    /// `2026-01-02 03:04:05.678 UTC`.
    private static func time(_ ms: Int64) -> String {
        Timestamp.text(ms).replacing("T", with: " ").replacing("Z", with: " UTC")
    }

    private static func continued(_ value: String) -> String {
        String(repeating: " ", count: 15) + LogEscape.line(value)
    }

    private static func line(_ label: String, _ value: String) -> String {
        label + ":" + String(repeating: " ", count: max(1, 14 - label.count)) + LogEscape.line(value)
    }
}
