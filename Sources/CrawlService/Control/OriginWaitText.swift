import ControlAPI
import CrawlCore

extension OriginWait {
    /// As records say it: rule, values, and when it ends by itself.
    var text: String {
        let latest = if case .storm = self { " at the latest" } else { "" }
        return "\(rule.name): \(detail)" + (until.map { ", until \($0.text)\(latest)" } ?? "")
    }

    /// The values behind it, without the time that ends it.
    var detail: String {
        switch self {
        case .blocked(_, let code?): "Cloudflare's code \(code)"
        case .blocked(_, nil): "its server asked for it with 429 or 503"
        case .storm(let edge, let since, _): "many sites behind \(edge.name) fail since \(since.text)"
        case .suspect(let wait): "its robots.txt \(wait.text)"
        case .localLimit(let pause):
            "no socket can be had since \(pause.since.text), \(LocalFault.name(of: pause.errno))"
        case .offline(let since): "no site answers since \(since.text)"
        case .budget(let limit, _): "\(CountText.text(limit, "request")) a day \(limit == 1 ? "is" : "are") spent"
        case .originBudget(let limit, _):
            "\(CountText.text(limit, "request")) a day to this origin \(limit == 1 ? "is" : "are") spent"
        case .robots(let isFirst): "\(isFirst ? "first answer" : "new copy") awaited"
        case .name(let since, let isSlow):
            "look-up under way since \(since.text)" + (isSlow ? ", and no name server has answered yet" : "")
        case .address(let inFlight, let address):
            "\(CountText.text(inFlight, "request")) in flight at \(address?.description ?? "its address")"
        case .origin(let inFlight): "\(CountText.text(inFlight, "request")) in flight to it"
        case .all(let inFlight): "\(CountText.text(inFlight, "request")) in flight in all"
        case .crawlDelay(_, let delay, let isAsked):
            "\(DurationText.text(delay)) from request to request, as "
                + "\(isAsked ? "robots.txt asks" : "politeness.crawl_delay says")"
        }
    }

    /// What ends it if no time does, or sooner than that; nil = the time does.
    var ending: String? {
        switch self {
        case .offline: "one is asked every 30 s, and the answers of two end it"
        case .storm: "its end may come sooner"
        case .robots: "its answer ends it"
        case .localLimit: "a request tries it again, and the first that get their sockets end it"
        case .name: "its answer ends it"
        case .address, .origin, .all: "one of them has to end first"
        case .suspect(let wait): wait.until == nil ? "its answer ends it" : nil
        case .blocked, .budget, .originBudget, .crawlDelay: nil
        }
    }

    /// When it ends by itself; nil = that is not known.
    var until: Instant? {
        switch self {
        case .blocked(let until, _), .storm(_, _, let until), .budget(_, let until), .originBudget(_, let until),
            .crawlDelay(let until, _, _):
            until
        case .suspect(let wait): wait.until
        case .localLimit(let pause): pause.until
        case .offline, .robots, .name, .address, .origin, .all: nil
        }
    }
}

extension SuspectWait {
    /// What comes after "it".
    var text: String {
        "was in flight at \(CountText.text(ends, "end")) of the daemon by faults of its own, "
            + (until == nil ? "and is asked when nothing else is in flight" : "the last time alone: it is not asked")
    }
}

extension StorageWait {
    var rule: String {
        switch self {
        case .full: "storage-full"
        case .failed: "storage-failed"
        }
    }

    var detail: String {
        switch self {
        case .full(let since):
            "the disk is full since \(since.text): nothing is asked until there is room, which is looked for again and again"
        case .failed(let error): "\(error): nothing is asked until storage works, which is tried again and again"
        }
    }
}
