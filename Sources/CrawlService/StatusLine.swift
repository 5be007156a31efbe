import CrawlCore

/// One line for `systemctl status`: what keeps the crawl from going on, or how it goes.
struct StatusLine {
    /// Fetches since the start.
    var fetches = 0
    var perSecond = 0.0
    var openIncidents = 0
    var isPaused = false
    var storageFullSince: Instant?
    var storageError: String?
    var offlineSince: Instant?
    var localLimitSince: Instant?

    var text: String {
        if let storageFullSince {
            return "the disk is full since \(storageFullSince.text), nothing is fetched" + (isPaused ? "; paused" : "")
        }
        if let storageError { return "storage fails, nothing is fetched: \(storageError)" }
        if isPaused { return "paused; " + counts }
        if let offlineSince { return "offline since \(offlineSince.text); " + counts }
        if let localLimitSince { return "no socket can be had since \(localLimitSince.text); " + counts }
        return counts
    }

    private var counts: String {
        var parts = ["\(Self.grouped(fetches)) \(fetches == 1 ? "fetch" : "fetches")"]
        if perSecond >= 1 {
            parts.append("\(Self.grouped(Int(perSecond.rounded())))/s")
        } else if perSecond > 0 {
            parts.append("under 1/s")
        }
        if openIncidents > 0 {
            parts.append("\(Self.grouped(openIncidents)) \(openIncidents == 1 ? "incident" : "incidents") open")
        }
        return parts.joined(separator: ", ")
    }

    private static func grouped(_ count: Int) -> String {
        var text = ""
        for (place, digit) in String(count).reversed().enumerated() {
            if place > 0, place.isMultiple(of: 3) { text.append(",") }
            text.append(digit)
        }
        return String(text.reversed())
    }
}
